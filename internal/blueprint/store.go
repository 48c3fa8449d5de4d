package blueprint

import (
	"encoding/json"
	"time"

	"github.com/birge-kz/birge/internal/blueprint/archive"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Version is a content that the city's blueprint had.
type Version struct {
	No     int64
	digest string
	MadeAt time.Time
}

func lastVersion(tx *storage.Tx) (Version, bool, error) {
	return storage.Found(storage.One(tx, storage.Into(func(v *Version) []any { return []any{&v.No, &v.digest, storage.Instant(&v.MadeAt)} }),
		"SELECT no, digest, made_at FROM blueprint_version ORDER BY no DESC LIMIT 1"))
}

func insertVersion(tx *storage.Tx, v Version) error {
	_, err := tx.Exec("INSERT INTO blueprint_version (no, digest, made_at) VALUES ($1, $2, $3)", v.No, v.digest, storage.Millis(v.MadeAt))
	return err
}

// held is an item as a row keeps it; nil: there is none.
type held struct{ *archive.Item }

func (h held) text() string {
	if h.Item == nil {
		return ""
	}
	raw, _ := json.Marshal(h.Item) // texts and numbers, which never fail
	return string(raw)
}

func heldOf(i archive.Item, there bool) held {
	if !there {
		return held{}
	}
	return held{&i}
}

// basesOf lists what was taken over of a city, in the order of the items' names. It is bounded by the items of a blueprint.
func basesOf(tx *storage.Tx, origin string) ([]archive.Item, error) {
	return storage.All(tx, storage.Into(func(i *archive.Item) []any { return []any{storage.JSON(i)} }),
		"SELECT held FROM blueprint_base WHERE origin = $1 ORDER BY item LIMIT $2", origin, archive.MaxItems)
}

// saveBase keeps what an item was there when it was taken over; nothing: it is gone there.
func saveBase(tx *storage.Tx, origin, item string, h held) error {
	if h.Item == nil {
		_, err := tx.Exec("DELETE FROM blueprint_base WHERE origin = $1 AND item = $2", origin, item)
		return err
	}
	_, err := tx.Exec("INSERT INTO blueprint_base (origin, item, held) VALUES ($1, $2, $3) ON CONFLICT (origin, item) DO UPDATE SET held = excluded.held", origin, item, h.text())
	return err
}

// Taking is one time that something was taken over.
type Taking struct {
	No      int64
	At      time.Time
	Origin  string
	Version int64
	digest  string
	Undone  time.Time // zero: it stands
}

const takingColumns = "no, at, origin, version, digest, undone_at"

var scanTaking = storage.Into(func(t *Taking) []any {
	return []any{&t.No, storage.Instant(&t.At), &t.Origin, &t.Version, &t.digest, storage.Instant(&t.Undone)}
})

// insertTaking numbers the taking too: the caller holds the lock of the blueprint.
func insertTaking(tx *storage.Tx, t *Taking) (err error) {
	if t.No, err = storage.Next(tx, "blueprint_taking"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO blueprint_taking (no, at, origin, version, digest) VALUES ($1, $2, $3, $4, $5)", t.No, storage.Millis(t.At), t.Origin, t.Version, t.digest)
	return err
}

// takings lists the latest.
func takings(tx *storage.Tx, most int) ([]Taking, error) {
	return storage.All(tx, scanTaking, "SELECT "+takingColumns+" FROM blueprint_taking ORDER BY no DESC LIMIT $1", most)
}

// lastStanding is the latest taking that was not undone. Errors: NotFound.
func lastStanding(tx *storage.Tx) (Taking, error) {
	return storage.One(tx, scanTaking, "SELECT "+takingColumns+" FROM blueprint_taking WHERE undone_at = 0 ORDER BY no DESC LIMIT 1")
}

func saveUndone(tx *storage.Tx, t Taking) error {
	_, err := tx.Exec("UPDATE blueprint_taking SET undone_at = $2 WHERE no = $1", t.No, storage.Millis(t.Undone))
	return err
}

// step is what a taking did to an item, as rows keep it.
type step struct{ item, was, became, baseWas string }

func insertSteps(tx *storage.Tx, taking int64, all []step) error {
	var rows [][]any
	for i, s := range all {
		rows = append(rows, []any{taking, i, s.item, s.was, s.became, s.baseWas})
	}
	return tx.Insert("blueprint_step (taking, place, item, was, became, base_was)", rows)
}

func stepsOf(tx *storage.Tx, taking int64) ([]step, error) {
	return storage.All(tx, storage.Into(func(s *step) []any { return []any{&s.item, &s.was, &s.became, &s.baseWas} }),
		"SELECT item, was, became, base_was FROM blueprint_step WHERE taking = $1 ORDER BY place DESC LIMIT $2", taking, archive.MaxItems)
}

// answered are the questions that an administrator closed, with the instants.
func answered(tx *storage.Tx) (map[string]int64, error) {
	return storage.Map[string, int64](tx, "SELECT question, at FROM blueprint_answered")
}

func saveAnswered(tx *storage.Tx, question string) error {
	_, err := tx.Exec("INSERT INTO blueprint_answered (question, at) VALUES ($1, $2) ON CONFLICT (question) DO NOTHING", question, storage.Millis(tx.Now()))
	return err
}

const followedColumns = "f.no, f.id, f.address, f.key, f.version, f.digest, f.made_at, f.came_at, f.looked_at, f.problem"

func (f *Followed) columns() []any {
	return []any{&f.no, &f.ID, &f.Address, &f.Key, &f.Version, &f.digest, &f.MadeAt, storage.Instant(&f.CameAt), storage.Instant(&f.Looked), &f.Problem}
}

// allFollowed leaves their archives out: each may have archive.MaxBytes.
func allFollowed(tx *storage.Tx) ([]Followed, error) {
	return storage.All(tx, storage.Into((*Followed).columns), "SELECT "+followedColumns+" FROM blueprint_followed f ORDER BY f.no LIMIT $1", mostFollowed)
}

func findFollowed(tx *storage.Tx, id civic.ID) (Followed, error) {
	return storage.One(tx, storage.Into(func(f *Followed) []any { return append(f.columns(), &f.archive) }), "SELECT "+followedColumns+", f.archive FROM blueprint_followed f WHERE f.id = $1", id)
}

// insertFollowed numbers the city too: the caller holds the lock of the blueprint.
func insertFollowed(tx *storage.Tx, f *Followed) (err error) {
	if f.no, err = storage.Next(tx, "blueprint_followed"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO blueprint_followed (no, id, address, key, archive) VALUES ($1, $2, $3, $4, $5)", f.no, f.ID, f.Address, f.Key, []byte{})
	return err
}

func saveFollowed(tx *storage.Tx, f Followed) error {
	_, err := tx.Exec("UPDATE blueprint_followed SET key = $2, version = $3, digest = $4, made_at = $5, archive = $6, came_at = $7, looked_at = $8, problem = $9 WHERE no = $1",
		f.no, f.Key, f.Version, f.digest, f.MadeAt, append([]byte{}, f.archive...), storage.Millis(f.CameAt), storage.Millis(f.Looked), f.Problem)
	return err
}

func deleteFollowed(tx *storage.Tx, id civic.ID) error {
	_, err := tx.Exec("DELETE FROM blueprint_followed WHERE id = $1", id)
	return err
}
