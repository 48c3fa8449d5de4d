package ballots

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/blobs"
)

// A ballot lies in the box sealed for a key of the vote (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-128-GCM). Its public half stands in
// the database and in the record; its private half lies outside the database, in the store of keys, from the opening of the vote until
// the box was counted. Then it is destroyed.

var errSealed = errors.New("ballots: a sealed ballot cannot be opened: it was changed, or is of another vote")

// newKey makes the key of a vote.
func newKey() (private *ecdh.PrivateKey, public string, err error) {
	private, err = ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", err
	}
	return private, base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()), nil
}

func publicKey(s string) (hpke.PublicKey, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, err
	}
	key, err := ecdh.X25519().NewPublicKey(raw)
	if err != nil {
		return nil, err
	}
	return hpke.NewDHKEMPublicKey(key)
}

// sealing binds a sealed ballot to its vote and its place in the box.
func sealing(vote civic.ID, box []byte) []byte {
	return append([]byte("birge ballot 1\x00"+string(vote)+"\x00"), box...)
}

// content is what is sealed: the code of the ballot in the published list, and the ballot.
type content struct {
	code   string // 16 letters
	ballot string
}

// seal makes every ballot of a vote as long as the longest can be.
func seal(key hpke.PublicKey, vote civic.ID, box []byte, c content, longest int) ([]byte, error) {
	if len(c.code) != codeLength || len(c.ballot) > longest {
		return nil, errors.New("ballots: too long to be sealed")
	}
	plain := make([]byte, codeLength+2+longest)
	copy(plain, c.code)
	binary.BigEndian.PutUint16(plain[codeLength:], uint16(len(c.ballot)))
	copy(plain[codeLength+2:], c.ballot)
	return hpke.Seal(key, hpke.HKDFSHA256(), hpke.AES128GCM(), sealing(vote, box), plain)
}

const codeLength = 16

func open(key hpke.PrivateKey, vote civic.ID, box, sealed []byte) (content, error) {
	plain, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES128GCM(), sealing(vote, box), sealed)
	if err != nil || len(plain) < codeLength+2 {
		return content{}, errSealed
	}
	n := int(binary.BigEndian.Uint16(plain[codeLength:]))
	rest := plain[codeLength+2:]
	if n > len(rest) {
		return content{}, errSealed
	}
	return content{string(plain[:codeLength]), string(rest[:n])}, nil
}

// keyStore keeps the private halves outside the database, each under the id of its vote.
type keyStore struct{ store blobs.Store }

func keyName(vote civic.ID) string { return "vote-" + string(vote) }

func (k keyStore) put(ctx context.Context, vote civic.ID, key *ecdh.PrivateKey) error {
	raw := key.Bytes()
	b, err := blobs.HashOf(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return err
	}
	return k.store.Put(ctx, keyName(vote), b)
}

func (k keyStore) get(ctx context.Context, vote civic.ID) (hpke.PrivateKey, error) {
	r, _, err := k.store.Open(ctx, keyName(vote))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, 100))
	if err != nil {
		return nil, err
	}
	key, err := ecdh.X25519().NewPrivateKey(raw)
	if err != nil {
		return nil, err
	}
	return hpke.NewDHKEMPrivateKey(key)
}

func (k keyStore) destroy(ctx context.Context, vote civic.ID) error {
	return k.store.Remove(ctx, keyName(vote))
}
