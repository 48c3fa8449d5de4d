package organisations

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// keptFor is the entry that stands for one that was its double.
func keptFor(tx *storage.Tx, double civic.ID) (civic.ID, bool, error) {
	return storage.Found(storage.One(tx, storage.Scalar[civic.ID], "SELECT kept FROM organisation_double WHERE id = $1", double))
}

// moveToKept gives all that hangs on a double to the entry that stands for both: its history, posts,
// claims, the filings of years that the other has not filed, and what doubles of its own led to. Of
// two waiting claims of one person the double's is taken back.
func moveToKept(tx *storage.Tx, kept, double civic.ID) error {
	if err := tx.ExecEach([]string{
		`UPDATE organisation_claim SET state = 'withdrawn', contact = '' WHERE organisation = $2 AND state = 'pending'
			AND account IN (SELECT account FROM organisation_claim WHERE organisation = $1 AND state = 'pending')`,
		"UPDATE organisation_claim SET organisation = $1 WHERE organisation = $2",
		"UPDATE organisation_revision SET organisation = $1 WHERE organisation = $2",
		`DELETE FROM organisation_membership WHERE organisation = $2
			AND (person, post) IN (SELECT person, post FROM organisation_membership WHERE organisation = $1)`,
		"UPDATE organisation_membership SET organisation = $1 WHERE organisation = $2",
		`DELETE FROM organisation_filing WHERE organisation = $1 AND filed_at = 0
			AND year IN (SELECT year FROM organisation_filing WHERE organisation = $2 AND filed_at > 0)`,
		`UPDATE organisation_filing SET organisation = $1 WHERE organisation = $2
			AND year NOT IN (SELECT year FROM organisation_filing WHERE organisation = $1)`,
		"UPDATE organisation_double SET kept = $1 WHERE kept = $2",
	}, kept, double); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO organisation_double (id, kept, united_at) VALUES ($1, $2, $3)", double, kept, storage.Millis(tx.Now()))
	return err
}

// retire takes a double out of all lists, counts and the search, and frees its identifier. What it was
// stays in the history.
func (s *Service) retire(tx *storage.Tx, old stored, c counts) error {
	if err := s.removeDerived(tx, old); err != nil {
		return err
	}
	c.add(&old.Organisation, -1)
	if err := s.search.Remove(tx, Kind, old.Seq); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE organisation SET state = $1, identifier = $2, rev = rev + 1 WHERE id = $3", United, ownPrefix+string(old.ID), old.ID)
	return err
}

// keepNames lets tables find an entry without a BIN by the names of its former double too.
func keepNames(tx *storage.Tx, kept, double *Organisation) error {
	if kept.BIN() != "" {
		return nil
	}
	for _, key := range double.nameKeys() {
		if _, err := tx.Exec("INSERT INTO organisation_key (key, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING", key, kept.Seq); err != nil {
			return err
		}
	}
	return nil
}
