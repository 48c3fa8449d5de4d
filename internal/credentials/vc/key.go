package vc

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math/big"
	"net/url"
	"strings"
)

// The alphabet of base58btc (multibase "z"), and the prefix of an Ed25519 key in multicodec.
const base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

var ed25519Prefix = []byte{0xed, 0x01}

func encode58(b []byte) string {
	var out []byte
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(58), new(big.Int)
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		out = append(out, base58Alphabet[digit.Int64()])
	}
	for _, x := range b {
		if x != 0 {
			break
		}
		out = append(out, base58Alphabet[0])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return "z" + string(out)
}

var errMultibase = errors.New("vc: not base58btc with a z in front")

// decode58 reads at most 128 characters: keys and signatures are shorter.
func decode58(s string) ([]byte, error) {
	digits, ok := strings.CutPrefix(s, "z")
	if !ok || len(digits) > 128 {
		return nil, errMultibase
	}
	n, base := new(big.Int), big.NewInt(58)
	zeros, leading := 0, true
	for i := range len(digits) {
		d := strings.IndexByte(base58Alphabet, digits[i])
		if d < 0 {
			return nil, errMultibase
		}
		if leading = leading && d == 0; leading {
			zeros++
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(d)))
	}
	return append(make([]byte, zeros), n.Bytes()...), nil
}

// Multibase writes a public key as it stands in documents: "z6Mk…".
func Multibase(key ed25519.PublicKey) string {
	return encode58(append(bytes.Clone(ed25519Prefix), key...))
}

// ParseKey reads a public key "z6Mk…".
func ParseKey(multibase string) (ed25519.PublicKey, error) {
	b, err := decode58(multibase)
	if err != nil || !bytes.HasPrefix(b, ed25519Prefix) || len(b) != len(ed25519Prefix)+ed25519.PublicKeySize {
		return nil, errors.New("vc: not an Ed25519 key, which begins with z6Mk")
	}
	return ed25519.PublicKey(b[len(ed25519Prefix):]), nil
}

// DIDOf is the name (did:web) of the issuer at a web address: "did:web:city.example", with a port as %3A.
func DIDOf(host string) string {
	return "did:web:" + strings.ReplaceAll(url.PathEscape(host), ":", "%3A")
}

// Method names a key of an issuer, as a proof names it.
func Method(did string, key ed25519.PublicKey) string { return did + "#" + Multibase(key) }

// KeyDocument is the DID document of an issuer with its keys, the one in force last. All stay in it: what a former one signed is checked
// with it for ever.
func KeyDocument(did string, keys []ed25519.PublicKey) Document {
	methods, names := []any{}, []any{}
	for _, k := range keys {
		methods = append(methods, map[string]any{"id": Method(did, k), "type": "Multikey", "controller": did, "publicKeyMultibase": Multibase(k)})
		names = append(names, Method(did, k))
	}
	return Document{"@context": []any{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"}, "id": did, "verificationMethod": methods, "assertionMethod": names}
}

// Trusted is a key of which the checker knows whose it is.
type Trusted struct {
	Issuer string // a DID or an address; "": of whoever names it
	Key    string // "z6Mk…"
}

// ParseKeys reads keys to trust: one as "z6Mk…", or a DID document (did.json).
func ParseKeys(raw []byte) ([]Trusted, error) {
	text := strings.TrimSpace(string(raw))
	if strings.HasPrefix(text, "z") {
		_, err := ParseKey(text)
		return []Trusted{{Key: text}}, err
	}
	doc, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	var out []Trusted
	asserting := map[string]bool{}
	inline := []any{}
	for _, m := range list(doc["assertionMethod"]) {
		if object, ok := m.(map[string]any); ok {
			inline = append(inline, object)
		}
		asserting[idOf(m)] = true
	}
	for _, m := range append(list(doc["verificationMethod"]), inline...) {
		method, _ := m.(map[string]any)
		key := textOf(method["publicKeyMultibase"])
		if _, err := ParseKey(key); err == nil && asserting[idOf(method)] {
			out = append(out, Trusted{idOf(map[string]any(doc)), key})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("vc: there is no Ed25519 key in it that may sign claims")
	}
	return out, nil
}
