package rights

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func addCount(tx *storage.Tx, c counted, n int64) error {
	_, err := tx.Exec("INSERT INTO rights_count (guide, place, what, day, n) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (guide, place, what, day) DO UPDATE SET n = rights_count.n + excluded.n",
		c.guide, c.place, c.what, c.day, n)
	return err
}

// Tally is how often something happened at a place of a guide.
type Tally struct {
	Place, What string
	N           int64
}

var scanTally = storage.Into(func(t *Tally) []any { return []any{&t.Place, &t.What, &t.N} })

// talliesSince adds up the counts of a guide from a day on.
func talliesSince(tx *storage.Tx, guide, day string, most int) ([]Tally, error) {
	return storage.All(tx, scanTally, "SELECT place, what, CAST(SUM(n) AS BIGINT) FROM rights_count WHERE guide = $1 AND day >= $2 GROUP BY place, what ORDER BY place, what LIMIT $3", guide, day, most)
}

func insertKept(tx *storage.Tx, id string, sealed []byte, until time.Time) error {
	_, err := tx.Exec("INSERT INTO rights_kept (id, sealed, until) VALUES ($1, $2, $3)", id, sealed, storage.Millis(until))
	return err
}

func findKept(tx *storage.Tx, id string, now time.Time) ([]byte, error) {
	return storage.One(tx, storage.Scalar[[]byte], "SELECT sealed FROM rights_kept WHERE id = $1 AND until > $2", id, storage.Millis(now))
}

func deleteKept(tx *storage.Tx, now time.Time) error {
	_, err := tx.Exec("DELETE FROM rights_kept WHERE until <= $1", storage.Millis(now))
	return err
}

const versionColumns = "no, guide, version, state, title, source, why, author, reviewer, made_at, decided_at"

var scanKept = storage.Into(func(v *Version) []any {
	return []any{&v.No, &v.Guide, &v.Version, &v.State, &v.Title, &v.Kept, &v.Why, &v.Author, &v.Reviewer, storage.Instant(&v.MadeAt), storage.Instant(&v.Decided)}
})

func scanVersion(r storage.Row) (Version, error) {
	v, err := scanKept(r)
	v.read()
	return v, err
}

func findVersion(tx *storage.Tx, no int64) (Version, error) {
	return storage.One(tx, scanVersion, "SELECT "+versionColumns+" FROM rights_version WHERE no = $1", no)
}

// versionsIn lists those in a state behind a number, the oldest first.
func versionsIn(tx *storage.Tx, state State, after int64, most int) ([]Version, error) {
	return storage.All(tx, scanVersion, "SELECT "+versionColumns+" FROM rights_version WHERE state = $1 AND no > $2 ORDER BY no LIMIT $3", state, after, most)
}

func versionsBy(tx *storage.Tx, account civic.ID, most int) ([]Version, error) {
	return storage.All(tx, scanVersion, "SELECT "+versionColumns+" FROM rights_version WHERE author = $1 ORDER BY no LIMIT $2", account, most)
}

const lastPublished = " FROM rights_version v WHERE state = 'published' AND version = (SELECT MAX(version) FROM rights_version w WHERE w.guide = v.guide AND w.state = 'published')"

// allPublished are the versions in force, of each guide the latest.
func allPublished(tx *storage.Tx, most int) ([]Version, error) {
	return storage.All(tx, scanVersion, "SELECT "+versionColumns+lastPublished+" ORDER BY guide LIMIT $1", most)
}

func publishedOf(tx *storage.Tx, ids []civic.ID) ([]Version, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanVersion, "SELECT "+versionColumns+lastPublished+" AND guide IN "+in, args...)
}

// guidesForOthers are the versions in force as other cities may take them over: without who wrote them, and why they did.
func guidesForOthers(tx *storage.Tx, most int) ([]Version, error) {
	all, err := storage.All(tx, storage.Into(func(v *Version) []any { return []any{&v.Guide, &v.Version, &v.Title, &v.Kept} }),
		"SELECT guide, version, title, source"+lastPublished+" ORDER BY guide LIMIT $1", most)
	for i := range all {
		all[i].read()
	}
	return all, err
}

func lastVersion(tx *storage.Tx, guide string) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(MAX(version), 0) FROM rights_version WHERE guide = $1", guide)
}

// insertVersion numbers the version too: the caller holds the lock of all.
func insertVersion(tx *storage.Tx, v *Version) error {
	no, err := storage.Next(tx, "rights_version")
	if err != nil {
		return err
	}
	v.No = no
	_, err = tx.Exec("INSERT INTO rights_version ("+versionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		v.No, v.Guide, v.Version, v.State, v.Title, storage.AsJSON(v.Source), v.Why, v.Author, v.Reviewer, storage.Millis(v.MadeAt), storage.Millis(v.Decided))
	return err
}

func updateVersion(tx *storage.Tx, v Version) error {
	_, err := tx.Exec("UPDATE rights_version SET state = $1, version = $2, reviewer = $3, decided_at = $4 WHERE no = $5", v.State, v.Version, v.Reviewer, storage.Millis(v.Decided), v.No)
	return err
}

// forget cuts what stays public off from who wrote and reviewed it.
func forget(tx *storage.Tx, account civic.ID) error {
	if _, err := tx.Exec("UPDATE rights_version SET author = '', why = '' WHERE author = $1", account); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE rights_version SET reviewer = '' WHERE reviewer = $1", account)
	return err
}
