package proof

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the head of the record: how many entries it has and their root hash (C2SP
// tlog-checkpoint).
type Checkpoint struct {
	Origin string
	tlog.Tree
}

// Body is the text that is signed.
func (c Checkpoint) Body() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.N, base64.StdEncoding.EncodeToString(c.Hash[:]))
}

// Sign makes the signed note.
func (c Checkpoint) Sign(signers ...note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Body()}, signers...)
}

// ParseCheckpoint reads a checkpoint's body without looking at its signatures.
func ParseCheckpoint(signed []byte) (c Checkpoint, err error) {
	lines := strings.SplitN(string(signed), "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return c, errors.New("the checkpoint is not the three lines it should be")
	}
	c.Origin = lines[0]
	if c.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.N < 0 || strconv.FormatInt(c.N, 10) != lines[1] {
		return c, fmt.Errorf("the checkpoint's size %q is no number", lines[1])
	}
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(hash) != tlog.HashSize {
		return c, fmt.Errorf("the checkpoint's root hash %q is none", lines[2])
	}
	copy(c.Hash[:], hash)
	return c, nil
}

// GenerateKey makes a key pair for a record whose origin line is name.
func GenerateKey(name string) (secret, public string, err error) {
	return note.GenerateKey(rand.Reader, name)
}

// CheckVKey reports why a public key in note's form "name+hash+base64" cannot be used.
func CheckVKey(vkey string) error { _, err := verifierOf(vkey); return err }

// KeyName is the name in a public key; "" when it cannot be read.
func KeyName(vkey string) string {
	v, err := verifierOf(vkey)
	if err != nil {
		return ""
	}
	return v.Name()
}

// verifierOf reads the key of a record (Ed25519) or of a witness (cosignature/v1).
func verifierOf(vkey string) (note.Verifier, error) {
	if v, err := note.NewVerifier(vkey); err == nil {
		return v, nil
	}
	name, rest, _ := strings.Cut(vkey, "+")
	id, key, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(key)
	hash, err2 := strconv.ParseUint(id, 16, 32)
	if err != nil || err2 != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algCosignature || name == "" {
		return nil, fmt.Errorf("%q is not a public key in the form name+hash+key", vkey)
	}
	w := cosigner{name, cosignerHash(name, raw), raw[1:]}
	if w.hash != uint32(hash) {
		return nil, fmt.Errorf("the hash in the public key %q is not that of its key: it was copied wrongly", vkey)
	}
	return w, nil
}

// algCosignature is the signature type of Ed25519 cosignatures (C2SP tlog-cosignature).
const algCosignature = 4

type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func cosignerHash(name string, typed []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write(typed)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return ed25519.Verify(c.key, cosigned(at, msg), sig[8:])
}

func cosigned(at uint64, body []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), body...)
}

// Witness cosigns checkpoints; tests and small witnesses use it.
type Witness struct {
	name string
	key  ed25519.PrivateKey
	at   func() time.Time
}

// NewWitness makes a witness with a fresh key and returns its public key.
func NewWitness(name string, clock func() time.Time) (*Witness, string) {
	public, private, _ := ed25519.GenerateKey(rand.Reader) // never fails: it stops the program instead
	typed := append([]byte{algCosignature}, public...)
	return &Witness{name, private, clock}, fmt.Sprintf("%s+%08x+%s", name, cosignerHash(name, typed), base64.StdEncoding.EncodeToString(typed))
}

// Name is note.Signer's.
func (w *Witness) Name() string { return w.name }

// KeyHash is note.Signer's.
func (w *Witness) KeyHash() uint32 {
	return cosignerHash(w.name, append([]byte{algCosignature}, w.key.Public().(ed25519.PublicKey)...))
}

// Sign is note.Signer's.
func (w *Witness) Sign(msg []byte) ([]byte, error) {
	at := uint64(w.at().Unix())
	return append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(w.key, cosigned(at, msg))...), nil
}

// SignedBy tells which of the public keys have signed the note. A signature that claims to
// be of one of them and is not is an error.
func SignedBy(signed []byte, vkeys []string) (by []string, err error) {
	if len(vkeys) == 0 {
		return nil, nil
	}
	var list []note.Verifier
	names := map[string]string{}
	for _, k := range slices.Compact(slices.Sorted(slices.Values(vkeys))) {
		v, err := verifierOf(k)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		names[fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash())] = k
	}
	n, err := note.Open(signed, note.VerifierList(list...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, sig := range n.Sigs {
		by = append(by, names[fmt.Sprintf("%s+%08x", sig.Name, sig.Hash)])
	}
	return by, nil
}

// rotationText is what the old key signs to hand over to the new one.
func rotationText(origin, next string) string {
	return "birge record key rotation v1\n" + origin + "\n" + next + "\n"
}

// SignRotation lets the old key say which key follows it.
func SignRotation(origin, next string, old note.Signer) (string, error) {
	b, err := note.Sign(&note.Note{Text: rotationText(origin, next)}, old)
	return string(b), err
}

// CheckRotation reports whether the old key said that next follows it.
func CheckRotation(origin, old, next, signed string) error {
	by, err := SignedBy([]byte(signed), []string{old})
	if err != nil {
		return err
	}
	if len(by) == 0 || !strings.HasPrefix(signed, rotationText(origin, next)+"\n") {
		return errors.New("the old key did not sign the new one")
	}
	return nil
}
