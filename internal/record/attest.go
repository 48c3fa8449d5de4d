package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Attest signs a statement of the city's with the key of its record. Its first line says what it is, and is "birge" and another word: so
// it is taken for no checkpoint, and for no change of a key, whose first line is another.
// ErrNotOpen while there is no key.
func (l *Log) Attest(tx *storage.Tx, statement string) ([]byte, error) {
	first, _, _ := strings.Cut(statement, "\n")
	if !slices.Contains([]string{"birge blueprint v1"}, first) {
		return nil, fmt.Errorf("record: a statement %q is not known", first)
	}
	key, found, err := storage.Found(keyInForce(tx))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ErrNotOpen
	}
	signer, err := note.NewSigner(key.secret)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: statement}, signer)
}

// KeysIn lists the public keys of the record in a transaction, the first one first. The last one signs.
func (l *Log) KeysIn(tx *storage.Tx) ([]string, error) { return activeKeys(tx) }

// Rotated is a change of the record's key.
type Rotated struct {
	Old    string `json:"old"`
	Key    string `json:"key"`
	Signed string `json:"signed"` // by the old key
}

// Rotations lists the changes of the key that are in force, the first one first.
func (l *Log) Rotations(tx *storage.Tx) (out []Rotated, err error) {
	bodies, err := entriesOfKind(tx, proof.KindRotated, 100)
	for _, body := range bodies {
		e, err := proof.ParseEntry(body)
		if err != nil {
			return nil, err
		}
		var r Rotated
		if err := json.Unmarshal(e.Payload, &r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, err
}
