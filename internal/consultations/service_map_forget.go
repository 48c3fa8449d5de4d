package consultations

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion"
)

// forgetNumbers gives all that an account said new numbers, before it is cut off from them:
// no export, memory or list that names the old ones leads to what it said.
func forgetNumbers(tx *storage.Tx, account civic.ID) error {
	all, err := membershipsOf(tx, account)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := tx.Lock(lockKey(m.consultation.ID)); err != nil {
			return err
		}
		to, err := giveNumber(tx, m.consultation, m.participant)
		if err != nil {
			return err
		}
		if err := renumberMap(tx, m.consultation, m.participant, to); err != nil {
			return err
		}
	}
	return nil
}

func renumberMap(tx *storage.Tx, c Consultation, from, to int64) error {
	if err := nextEpoch(tx, c.no); err != nil {
		return err
	}
	var memory opinion.Memory
	if ok, err := mapColumn(tx, c.no, "memory", &memory); err != nil {
		return err
	} else if ok {
		for _, ids := range memory.Groups {
			renumber(ids, from, to)
		}
		if err := setMapColumn(tx, c.no, "memory", memory); err != nil {
			return err
		}
	}
	var bursts []Burst
	if ok, err := mapColumn(tx, c.no, "bursts", &bursts); err != nil || !ok {
		return err
	}
	for _, b := range bursts {
		renumber(b.Accounts, from, to)
	}
	return setMapColumn(tx, c.no, "bursts", bursts)
}
