package record

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

func insertPending(tx *storage.Tx, e proof.Entry, raw []byte) error {
	_, err := tx.Exec("INSERT INTO record_pending (id, kind, subject_kind, subject_id, body) VALUES ($1, $2, $3, $4, $5)",
		e.ID, e.Kind, e.Subject.Kind, e.Subject.ID, raw)
	return err
}

func insertSalt(tx *storage.Tx, c proof.Commitment, salt []byte) error {
	_, err := tx.Exec("INSERT INTO record_salt (commitment, salt) VALUES ($1, $2)", c, salt)
	return err
}

func deleteSalt(tx *storage.Tx, c proof.Commitment) error {
	_, err := tx.Exec("DELETE FROM record_salt WHERE commitment = $1", c)
	return err
}

func findSalt(tx *storage.Tx, c proof.Commitment) ([]byte, error) {
	return storage.One(tx, storage.Scalar[[]byte], "SELECT salt FROM record_salt WHERE commitment = $1", c)
}

var entryRow = storage.Into(func(e *Recorded) []any { return []any{&e.Index, &e.Raw} })

// scanEntry reads (idx, body).
func scanEntry(r storage.Row) (Recorded, error) {
	e, err := entryRow(r)
	if err != nil {
		return e, err
	}
	// An entry that was altered behind the program's back may be unreadable. It is shown as
	// far as it can be read; its proof fails and says so.
	e.Entry, _ = proof.ParseEntry(e.Raw)
	return e, nil
}

func entryAt(tx *storage.Tx, index int64) (Recorded, error) {
	return storage.One(tx, scanEntry, "SELECT idx, body FROM record_entry WHERE idx = $1", index)
}

func entryByID(tx *storage.Tx, id civic.ID) (Recorded, error) {
	e, ok, err := storage.Found(storage.One(tx, scanEntry, "SELECT idx, body FROM record_entry WHERE id = $1", id))
	if ok || err != nil {
		return e, err
	}
	return storage.One(tx, scanEntry, "SELECT -1, body FROM record_pending WHERE id = $1", id)
}

func entriesFrom(tx *storage.Tx, first int64, n int) ([]Recorded, error) {
	return storage.All(tx, scanEntry, "SELECT idx, body FROM record_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx", first, first+int64(n))
}

// entriesAbout lists a subject's entries from an index on, the oldest first.
func entriesAbout(tx *storage.Tx, subject civic.Ref, from int64, limit int) ([]Recorded, error) {
	return storage.All(tx, scanEntry, "SELECT idx, body FROM record_entry WHERE subject_kind = $1 AND subject_id = $2 AND idx >= $3 ORDER BY idx LIMIT $4",
		subject.Kind, subject.ID, from, limit)
}

func pendingAbout(tx *storage.Tx, subject civic.Ref) ([]Recorded, error) {
	return storage.All(tx, scanEntry, "SELECT -1, body FROM record_pending WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq LIMIT 1000", subject.Kind, subject.ID)
}

// latestAbout is the id of a subject's last entry; "" when there is none.
func latestAbout(tx *storage.Tx, subject civic.Ref) (id civic.ID, err error) {
	for _, query := range []string{"SELECT id FROM record_pending WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq DESC LIMIT 1",
		"SELECT id FROM record_entry WHERE subject_kind = $1 AND subject_id = $2 ORDER BY idx DESC LIMIT 1"} {
		id, found, err := storage.Found(storage.One(tx, storage.Scalar[civic.ID], query, subject.Kind, subject.ID))
		if found || err != nil {
			return id, err
		}
	}
	return "", nil
}

// pendingSubjects are the subjects of acts that are not yet in the tree: few, as the
// sequencer is never far behind.
func pendingSubjects(tx *storage.Tx) (map[civic.Ref]bool, error) {
	out := map[civic.Ref]bool{}
	for ref, err := range storage.Each(tx, storage.Into(func(ref *civic.Ref) []any { return []any{&ref.Kind, &ref.ID} }),
		"SELECT subject_kind, subject_id FROM record_pending") {
		if err != nil {
			return nil, err
		}
		out[ref] = true
	}
	return out, nil
}

// latestOfPage is the last entry behind an index that decides what a page of the family shows of
// the subject; −1 for none.
func latestOfPage(tx *storage.Tx, family string, subject civic.Ref, after int64) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], `SELECT COALESCE(MAX(idx), -1) FROM record_entry
		WHERE subject_kind = $1 AND subject_id = $2 AND kind LIKE $3 AND page <> $4 AND idx > $5`,
		subject.Kind, subject.ID, family+".%", string(proof.Apart), after)
}

// firstOfKindsAfter is the first entry of one of the kinds about a subject behind an index; −1 for none.
func firstOfKindsAfter(tx *storage.Tx, kinds []string, subject civic.Ref, after int64) (int64, error) {
	in, args := storage.In([]any{subject.Kind, subject.ID, after}, kinds)
	return storage.One(tx, storage.Scalar[int64], `SELECT COALESCE(MIN(idx), -1) FROM record_entry
		WHERE subject_kind = $1 AND subject_id = $2 AND idx > $3 AND kind IN `+in, args...)
}

// latestTimeBefore is the latest time among the few hundred entries in front of an index.
func latestTimeBefore(tx *storage.Tx, index int64) (latest time.Time, err error) {
	for e, err := range storage.Each(tx, scanEntry, "SELECT idx, body FROM record_entry WHERE idx < $1 ORDER BY idx DESC LIMIT 256", index) {
		if err != nil {
			return latest, err
		}
		if e.Time.After(latest) {
			latest = e.Time
		}
	}
	return latest, nil
}

// bundle writes entries as C2SP bundles. Where an entry is gone, an empty one stands.
func bundle(tx *storage.Tx, n int64, width int) ([]byte, error) {
	entries, err := entriesFrom(tx, n*proof.TileWidth, width)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, width*512)
	next := n * proof.TileWidth
	for _, e := range entries {
		for ; next < e.Index; next++ {
			b = proof.AppendBundle(b, nil)
		}
		b = proof.AppendBundle(b, e.Raw)
		next++
	}
	for ; next < n*proof.TileWidth+int64(width); next++ {
		b = proof.AppendBundle(b, nil)
	}
	return b, nil
}

func findTile(tx *storage.Tx, level int, n int64) ([]byte, error) {
	return storage.One(tx, storage.Scalar[[]byte], "SELECT data FROM record_tile WHERE level = $1 AND n = $2", level, n)
}

func saveTile(tx *storage.Tx, level int, n int64, data []byte) error {
	_, err := tx.Exec(`INSERT INTO record_tile (level, n, data) VALUES ($1, $2, $3)
		ON CONFLICT (level, n) DO UPDATE SET data = excluded.data`, level, n, data)
	return err
}

func findHead(tx *storage.Tx, name string) (head, error) {
	type row struct {
		note []byte
		at   int64
	}
	kept, err := storage.One(tx, storage.Into(func(k *row) []any { return []any{&k.note, &k.at} }),
		"SELECT note, made_at FROM record_checkpoint WHERE name = $1", name)
	if err != nil {
		return head{}, err
	}
	return parseHead(kept.note, kept.at)
}

// saveHead keeps a head, unless a larger one is there: what was published never shrinks.
func saveHead(tx *storage.Tx, name string, size int64, note []byte) error {
	_, err := tx.Exec(`INSERT INTO record_checkpoint (name, size, note, made_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET size = excluded.size, note = excluded.note, made_at = excluded.made_at
		WHERE record_checkpoint.size <= excluded.size`, name, size, note, storage.Millis(tx.Now()))
	return err
}

// takeLease takes or renews a lease and reports whether it is held. A lease that ends later
// than any lease taken now would end is void: the clock has been moved back since.
func takeLease(tx *storage.Tx, name, holder string, length time.Duration) (bool, error) {
	now := storage.Millis(tx.Now())
	n, err := tx.Exec(`INSERT INTO record_lease (name, holder, until_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
		WHERE record_lease.holder = excluded.holder OR record_lease.until_at < $4 OR record_lease.until_at > $5`,
		name, holder, now+length.Milliseconds(), now, now+4*length.Milliseconds())
	return n > 0, err
}

func dropLease(tx *storage.Tx, name, holder string) error {
	_, err := tx.Exec("DELETE FROM record_lease WHERE name = $1 AND holder = $2", name, holder)
	return err
}

// signingKey is a key of the city with its secret.
type signingKey struct{ vkey, secret string }

var scanKey = storage.Into(func(k *signingKey) []any { return []any{&k.vkey, &k.secret} })

// keyInForce is the key that signs now.
func keyInForce(tx *storage.Tx) (signingKey, error) {
	return storage.One(tx, scanKey, "SELECT vkey, secret FROM record_key WHERE active_from IS NOT NULL ORDER BY active_from DESC LIMIT 1")
}

func activeKeys(tx *storage.Tx) ([]string, error) {
	return storage.All(tx, storage.Scalar[string], "SELECT vkey FROM record_key WHERE active_from IS NOT NULL ORDER BY active_from")
}

func insertKey(tx *storage.Tx, k signingKey, entry civic.ID) error {
	_, err := tx.Exec("INSERT INTO record_key (vkey, secret, entry_id) VALUES ($1, $2, $3)", k.vkey, k.secret, entry)
	return err
}

// activateKey puts the key in force whose entry was given the index.
func activateKey(tx *storage.Tx, entry civic.ID, index int64) error {
	_, err := tx.Exec("UPDATE record_key SET active_from = $2 WHERE entry_id = $1 AND active_from IS NULL", entry, index)
	return err
}

// pendingKeys counts keys whose entry is not yet in the tree.
func pendingKeys(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM record_key WHERE active_from IS NULL")
}

type pendingRow struct {
	seq int64
	raw []byte
}

func takePending(tx *storage.Tx, limit int) ([]pendingRow, error) {
	return storage.All(tx, storage.Into(func(p *pendingRow) []any { return []any{&p.seq, &p.raw} }),
		"SELECT seq, body FROM record_pending ORDER BY seq LIMIT $1", limit)
}

func anyPending(tx *storage.Tx) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM (SELECT 1 FROM record_pending LIMIT 1) AS waiting")
	return n > 0, err
}

// dropPending deletes just those rows: on PostgreSQL others with smaller numbers may have
// been committed since they were read.
func dropPending(tx *storage.Tx, rows []pendingRow) error {
	if tx.Engine() == storage.SQLite && len(rows) > 0 {
		_, err := tx.Exec("DELETE FROM record_pending WHERE seq <= $1", rows[len(rows)-1].seq)
		return err
	}
	for len(rows) > 0 {
		part := rows[:min(len(rows), 512)]
		rows = rows[len(part):]
		seqs := make([]int64, len(part))
		for i, p := range part {
			seqs[i] = p.seq
		}
		in, args := storage.In(nil, seqs)
		if _, err := tx.Exec("DELETE FROM record_pending WHERE seq IN "+in, args...); err != nil {
			return err
		}
	}
	return nil
}

// countBefore is how many entries of the record's n were there before a day.
func countBefore(tx *storage.Tx, day string, n int64) (int64, error) {
	before, found, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT first_idx FROM record_day WHERE day >= $1 ORDER BY day LIMIT 1", day))
	if !found {
		return n, err
	}
	return before, err
}

// count is how many acts have their place.
func count(tx *storage.Tx) (int64, error) {
	h, found, err := storage.Found(findHead(tx, "latest"))
	if err != nil || !found {
		return 0, err
	}
	return h.N, nil
}

// entriesOfKind are the first entries of a kind, as they are in the tree.
func entriesOfKind(tx *storage.Tx, kind string, most int) ([][]byte, error) {
	return storage.All(tx, storage.Scalar[[]byte], "SELECT body FROM record_entry WHERE kind = $1 ORDER BY idx LIMIT $2", kind, most)
}
