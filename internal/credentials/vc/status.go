package vc

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ListLength is how many credentials a status list has room for: the least that the standard allows, so that one among them says nothing
// of whose it is.
const ListLength = 131072

// maxListBytes bounds a list of somebody else's that is unpacked: 2^23 credentials.
const maxListBytes = 1 << 20

// Bits is a status list: one bit for each credential, the first at the left.
type Bits []byte

// NewBits is a list of which nothing is revoked.
func NewBits() Bits { return make(Bits, ListLength/8) }

// Set marks a credential.
func (b Bits) Set(index int64) { b[index/8] |= 1 << (7 - index%8) }

// Get reports whether one is marked; false beyond the list.
func (b Bits) Get(index int64) bool {
	return index >= 0 && index/8 < int64(len(b)) && b[index/8]&(1<<(7-index%8)) != 0
}

// Encode packs a list: multibase base64url over gzip.
func (b Bits) Encode() (string, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := zip.Write(b); err != nil {
		return "", err
	}
	err = zip.Close()
	return "u" + base64.RawURLEncoding.EncodeToString(out.Bytes()), err
}

// DecodeBits unpacks one.
func DecodeBits(encoded string) (Bits, error) {
	text, ok := strings.CutPrefix(encoded, "u")
	if !ok {
		return nil, fmt.Errorf("vc: a status list begins with u")
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("vc: the status list is no base64url: %w", err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("vc: the status list is not packed: %w", err)
	}
	bits, err := io.ReadAll(io.LimitReader(zip, maxListBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("vc: the status list is damaged: %w", err)
	case len(bits) > maxListBytes || len(bits) < ListLength/8:
		return nil, fmt.Errorf("vc: the status list is too long or too short")
	}
	return bits, nil
}

const (
	listType    = "BitstringStatusListCredential"
	listSubject = "BitstringStatusList"
	entryType   = "BitstringStatusListEntry"
	// revocation is the purpose of the lists here: what is marked is not valid any more.
	revocation = "revocation"
)

// StatusList is the credential, yet to be signed, that says which of the credentials on a list are revoked. address is where it is found.
func StatusList(address, issuer string, bits Bits, at time.Time) (Document, error) {
	encoded, err := bits.Encode()
	return Document{"@context": []any{ContextCredentials}, "id": address, "type": []any{"VerifiableCredential", listType}, "issuer": issuer,
		"validFrom":         at.UTC().Format(time.RFC3339),
		"credentialSubject": map[string]any{"id": address + "#list", "type": listSubject, "statusPurpose": revocation, "encodedList": encoded}}, err
}

// StatusEntry says in a credential where its bit is.
func StatusEntry(address string, index int64) map[string]any {
	n := strconv.FormatInt(index, 10)
	return map[string]any{"id": address + "#" + n, "type": entryType, "statusPurpose": revocation, "statusListIndex": n, "statusListCredential": address}
}
