package initiatives

import (
	"errors"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// What initiatives keep about a person.

type heldInitiative struct {
	Number  string    `json:"number,omitempty"`
	State   State     `json:"state"`
	Title   string    `json:"title"`
	Words   string    `json:"words"`
	Written time.Time `json:"written_at"`
}

type heldSignature struct {
	Initiative civic.ID       `json:"initiative"`
	State      SignatureState `json:"state"`
	Counts     bool           `json:"counts"`
	Name       string         `json:"name,omitempty"`
	Shown      bool           `json:"name_shown"`
	District   string         `json:"district,omitempty"`
	Domain     string         `json:"mail_domain,omitempty"`
	AskedAt    time.Time      `json:"asked_at"`
	SignedAt   time.Time      `json:"signed_at,omitzero"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	written, err := writtenBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	signed, err := signedBy(tx, account, math.MaxInt32)
	if err != nil || len(written)+len(signed) == 0 {
		return nil, err
	}
	wrote, signatures := []heldInitiative{}, []heldSignature{}
	for _, i := range written {
		wrote = append(wrote, heldInitiative{Number: i.Number(), State: i.State, Title: i.Title, Words: i.Words, Written: i.WrittenAt})
	}
	for _, s := range signed {
		i, err := findNo(tx, s.initiative)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, heldSignature{Initiative: i.ID, State: s.State, Counts: s.counts(), Name: s.Name, Shown: s.Shown, District: s.District, Domain: s.Domain, AskedAt: s.AskedAt, SignedAt: s.SignedAt})
	}
	return map[string]any{"written": wrote, "signed": signatures}, nil
}

// erase cuts initiatives off from whoever leaves. A signature goes with them while it could be taken back; from then on it stays in the count,
// nobody's. What everybody has read stays, nobody's; what only those with its link read is gone when its last author leaves.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	signed, err := signedBy(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, sig := range signed {
		i, err := findNo(tx, sig.initiative)
		if err == nil {
			err = forgetSignature(tx, i, sig)
		}
		if err != nil {
			return err
		}
	}
	written, err := writtenBy(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	if err := forgetAuthor(tx, account); err != nil {
		return err
	}
	for _, i := range written {
		left, err := authorsOf(tx, i)
		if err == nil {
			err = forgetInitiative(tx, i, left)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func forgetSignature(tx *storage.Tx, i Initiative, sig Signature) error {
	tx.Touch(topic, topicOf(i.ID))
	if i.Takes() {
		after := sig
		after.State = TakenBack
		return errors.Join(deleteSignature(tx, sig), changed(tx, sig, delta(sig, after)))
	}
	sig.Signer, sig.mark, sig.person, sig.network, sig.Name, sig.Shown, sig.code = "", "", "", "", "", false, ""
	return updateSignature(tx, sig)
}

func forgetInitiative(tx *storage.Tx, i Initiative, left []Author) error {
	if len(left) > 0 || i.Public() {
		return nil
	}
	if !i.Known() {
		return remove(tx, i)
	}
	i.Title, i.Words = "", ""
	return errors.Join(update(tx, i), record.EraseSubject(tx, Ref(i.ID)))
}
