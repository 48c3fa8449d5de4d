package initiatives

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Signatures.

const signatureColumns = "s.id, s.initiative, s.signer, s.mark, s.by_mail, s.state, s.invalid, s.name, s.shown, s.district, s.domain, s.network, s.known_at, s.asked_at, s.signed_at, s.day, s.code, s.tries, s.person, s.run"

var scanSignature = storage.Into(func(s *Signature) []any {
	return []any{&s.ID, &s.initiative, &s.Signer, &s.mark, &s.ByMail, &s.State, &s.Invalid, &s.Name, &s.Shown, &s.District, &s.Domain, &s.network, storage.Instant(&s.knownAt), storage.Instant(&s.AskedAt),
		storage.Instant(&s.SignedAt), &s.Day, &s.code, &s.tries, &s.person, &s.run}
})

const selectedSignatures = "SELECT " + signatureColumns + " FROM initiatives_signature s"

// byMark finds the signature of an address; false when it has none there.
func byMark(tx *storage.Tx, i Initiative, mark string) (Signature, bool, error) {
	return storage.Found(storage.One(tx, scanSignature, selectedSignatures+" WHERE s.initiative = $1 AND s.mark = $2 AND s.mark <> ''", i.no, mark))
}

// bySigner finds that of an account or reader; false when they have none there.
func bySigner(tx *storage.Tx, i Initiative, signer civic.ID) (Signature, bool, error) {
	return storage.Found(storage.One(tx, scanSignature, selectedSignatures+" WHERE s.initiative = $1 AND s.signer = $2 AND s.signer <> ''", i.no, signer))
}

// byPerson finds that of a person whose number is known; false when they have none there.
func byPerson(tx *storage.Tx, i Initiative, person string) (Signature, bool, error) {
	return storage.Found(storage.One(tx, scanSignature, selectedSignatures+" WHERE s.initiative = $1 AND s.person = $2 AND s.person <> ''", i.no, person))
}

func signature(tx *storage.Tx, id civic.ID) (Signature, error) {
	return storage.One(tx, scanSignature, selectedSignatures+" WHERE s.id = $1", id)
}

func insertSignature(tx *storage.Tx, s Signature) error {
	_, err := tx.Exec(`INSERT INTO initiatives_signature (id, initiative, signer, mark, by_mail, state, name, shown, district, domain, network, known_at, asked_at, signed_at, code, day, person, run)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		s.ID, s.initiative, s.Signer, s.mark, s.ByMail, s.State, s.Name, s.Shown, s.District, s.Domain, s.network, storage.Millis(s.knownAt), storage.Millis(s.AskedAt), storage.Millis(s.SignedAt), s.code, s.Day, s.person, s.run)
	return err
}

func updateSignature(tx *storage.Tx, s Signature) error {
	_, err := tx.Exec(`UPDATE initiatives_signature SET signer = $2, mark = $3, state = $4, invalid = $5, name = $6, shown = $7, district = $8, network = $9, asked_at = $10, signed_at = $11, code = $12, tries = $13, by_mail = $14, day = $15, person = $16, run = $17 WHERE id = $1`,
		s.ID, s.Signer, s.mark, s.State, s.Invalid, s.Name, s.Shown, s.District, s.network, storage.Millis(s.AskedAt), storage.Millis(s.SignedAt), s.code, s.tries, s.ByMail, s.Day, s.person, s.run)
	return err
}

func deleteSignature(tx *storage.Tx, s Signature) error {
	_, err := tx.Exec("DELETE FROM initiatives_signature WHERE id = $1", s.ID)
	return err
}

// forgetAsked removes what nobody confirmed that was asked before.
func forgetAsked(tx *storage.Tx, before time.Time) error {
	_, err := tx.Exec("DELETE FROM initiatives_signature WHERE state = $1 AND asked_at < $2", Asked, storage.Millis(before))
	return err
}

// anonymise leaves of the signatures of an initiative what is counted and what everybody reads.
func anonymise(tx *storage.Tx, i Initiative) error {
	return tx.ExecEach([]string{"DELETE FROM initiatives_signature WHERE initiative = $1 AND state <> 'signed'",
		"UPDATE initiatives_signature SET mark = '', network = '', domain = '', person = '', known_at = 0 WHERE initiative = $1", "UPDATE initiatives_signature SET name = '' WHERE initiative = $1 AND NOT shown"}, i.no)
}

// signedBy lists what an account or reader signed, the latest first.
func signedBy(tx *storage.Tx, signer civic.ID, most int) ([]Signature, error) {
	return storage.All(tx, scanSignature, selectedSignatures+" WHERE s.signer = $1 AND s.signer <> '' ORDER BY s.asked_at DESC, s.id LIMIT $2", signer, most)
}

// names lists the latest signatures whose names everybody reads, before one of them.
func names(tx *storage.Tx, i Initiative, after civic.ID, most int) ([]Signature, error) {
	before, args := storage.Before([]any{i.no, most}, "s.id", after)
	return storage.All(tx, scanSignature, selectedSignatures+" WHERE s.initiative = $1 AND s.shown AND s.state = 'signed' AND s.invalid = '' AND "+before+" ORDER BY s.id DESC LIMIT $2", args...)
}

// looked lists what moderators look at for manipulation: the latest that were asked for, taken back or not.
func looked(tx *storage.Tx, i Initiative, c Conditions, most int) ([]Signature, error) {
	to := int64(1) << 60
	if !c.To.IsZero() {
		to = storage.Millis(c.To)
	}
	return storage.All(tx, scanSignature, selectedSignatures+" WHERE s.initiative = $1 AND s.asked_at >= $2 AND s.asked_at < $3 ORDER BY s.asked_at DESC LIMIT $4", i.no, max(0, storage.Millis(c.From)), to, most)
}

// invalidate marks signatures; "" as the invalidation takes the mark away.
func invalidate(tx *storage.Tx, all []Signature, by civic.ID) error {
	for len(all) > 0 {
		some := all[:min(len(all), 500)]
		all = all[len(some):]
		var ids []civic.ID
		for _, s := range some {
			ids = append(ids, s.ID)
		}
		in, args := storage.In([]any{by}, ids)
		if _, err := tx.Exec("UPDATE initiatives_signature SET invalid = $1 WHERE id IN "+in, args...); err != nil {
			return err
		}
	}
	return nil
}

// invalidatedBy lists the signatures that one invalidation took out of the count.
func invalidatedBy(tx *storage.Tx, inv Invalidation) ([]Signature, error) {
	return storage.All(tx, scanSignature, selectedSignatures+" WHERE s.invalid = $1 ORDER BY s.id", inv.ID)
}

// The fold.

// change is by how much a count changes.
type change struct {
	initiative    int64
	district, day string
	delta         int64
}

func insertChange(tx *storage.Tx, c change) error {
	_, err := tx.Exec("INSERT INTO initiatives_change (id, initiative, district, day, delta) VALUES ($1, $2, $3, $4, $5)", civic.NewID(tx.Now()), c.initiative, c.district, c.day, c.delta)
	return err
}

// takeChanges removes changes of an initiative from the queue, the oldest first, and returns them.
func takeChanges(tx *storage.Tx, of int64, most int) ([]change, error) {
	return storage.All(tx, storage.Into(func(c *change) []any { return []any{&c.initiative, &c.district, &c.day, &c.delta} }),
		"DELETE FROM initiatives_change WHERE id IN (SELECT id FROM initiatives_change WHERE initiative = $1 ORDER BY id LIMIT $2) RETURNING initiative, district, day, delta", of, most)
}

// changedNow lists initiatives of which something waits in the queue.
func changedNow(tx *storage.Tx, most int) ([]int64, error) {
	return storage.All(tx, storage.Scalar[int64], "SELECT DISTINCT initiative FROM initiatives_change ORDER BY initiative LIMIT $1", most)
}

// addCount adds to a count. Whoever does it holds the lock of the initiative.
func addCount(tx *storage.Tx, c change) error {
	_, err := tx.Exec("INSERT INTO initiatives_count (initiative, district, day, signed) VALUES ($1, $2, $3, $4) ON CONFLICT (initiative, district, day) DO UPDATE SET signed = initiatives_count.signed + excluded.signed",
		c.initiative, c.district, c.day, c.delta)
	return err
}

func addSigned(tx *storage.Tx, no, delta int64) error {
	_, err := tx.Exec("UPDATE initiatives_initiative SET signed = signed + $2 WHERE no = $1", no, delta)
	return err
}

// countsBy gives the folded counts of an initiative, by district or by day, as column says.
func countsBy(tx *storage.Tx, i Initiative, column string) (map[string]int64, error) {
	return storage.Map[string, int64](tx, "SELECT "+column+", SUM(signed) FROM initiatives_count WHERE initiative = $1 GROUP BY "+column+" HAVING SUM(signed) <> 0", i.no)
}

// allCounts gives those of a district on a day, for open data.
func allCounts(tx *storage.Tx, i Initiative) ([]change, error) {
	return storage.All(tx, storage.Into(func(c *change) []any { return []any{&c.day, &c.district, &c.delta} }),
		"SELECT day, district, signed FROM initiatives_count WHERE initiative = $1 AND signed <> 0 ORDER BY day, district LIMIT 20000", i.no)
}

// Paper.

func insertSheets(tx *storage.Tx, s Sheets) error {
	_, err := tx.Exec("INSERT INTO initiatives_sheets (run, initiative, counted, repeated, at) VALUES ($1, $2, $3, $4, $5)", s.Run, s.initiative, s.Counted, s.Repeated, storage.Millis(s.At))
	return err
}

// sheetsOf adds up what came of all sheets of an initiative; At is the last time.
func sheetsOf(tx *storage.Tx, i Initiative) (Sheets, error) {
	return storage.One(tx, storage.Into(func(s *Sheets) []any { return []any{&s.Counted, &s.Repeated, storage.Instant(&s.At)} }),
		"SELECT COALESCE(SUM(counted), 0), COALESCE(SUM(repeated), 0), COALESCE(MAX(at), 0) FROM initiatives_sheets WHERE initiative = $1", i.no)
}

// Invalidations.

var scanInvalidation = storage.Into(func(v *Invalidation) []any {
	return []any{&v.no, &v.ID, &v.initiative, storage.JSON(&v.Conditions), &v.Reason, &v.Counted, &v.Waiting, storage.Instant(&v.MadeAt), storage.Instant(&v.ReversedAt), &v.Reversal}
})

const selectedInvalidations = "SELECT v.no, v.id, v.initiative, v.conditions, v.reason, v.counted, v.waiting, v.made_at, v.reversed_at, v.reversal FROM initiatives_invalidation v"

func findInvalidation(tx *storage.Tx, id civic.ID) (Invalidation, error) {
	return storage.One(tx, scanInvalidation, selectedInvalidations+" WHERE v.id = $1", id)
}

func invalidationsByIDs(tx *storage.Tx, ids []civic.ID) ([]Invalidation, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanInvalidation, selectedInvalidations+" WHERE v.id IN "+in, args...)
}

func invalidationsOf(tx *storage.Tx, i Initiative) ([]Invalidation, error) {
	return storage.All(tx, scanInvalidation, selectedInvalidations+" WHERE v.initiative = $1 ORDER BY v.no LIMIT 200", i.no)
}

func insertInvalidation(tx *storage.Tx, v *Invalidation) error {
	no, err := storage.Next(tx, "initiatives_invalidation")
	if err != nil {
		return err
	}
	v.no = no
	_, err = tx.Exec("INSERT INTO initiatives_invalidation (no, id, initiative, conditions, reason, counted, waiting, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		v.no, v.ID, v.initiative, storage.AsJSON(v.Conditions), v.Reason, v.Counted, v.Waiting, storage.Millis(v.MadeAt))
	return err
}

func reverseInvalidation(tx *storage.Tx, v Invalidation) error {
	_, err := tx.Exec("UPDATE initiatives_invalidation SET reversed_at = $2, reversal = $3 WHERE no = $1", v.no, storage.Millis(v.ReversedAt), v.Reversal)
	return err
}

// signersAndAuthors lists who signed and counts, and the authors, behind one of them, in their order, each once.
func signersAndAuthors(tx *storage.Tx, i Initiative, after civic.ID, most int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], `SELECT signer FROM initiatives_signature WHERE initiative = $1 AND signer > $2 AND signer <> '' AND state = 'signed' AND invalid = ''
		UNION SELECT account FROM initiatives_author WHERE initiative = $1 AND account > $2 ORDER BY 1 LIMIT $3`, i.no, after, most)
}
