package delivery

import (
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/voices"
)

const workColumns = "w.no, w.id, w.of_kind, w.of_id, w.body, w.state, w.district, w.point, w.year, w.cost, w.set_aside, w.due, w.first_due, w.contracts, w.raises, w.delays, w.mended, w.why, w.round, w.built_at, w.opened_at, w.changed_at"

// pointColumn reads a place as places.Point writes it; what is none is nowhere.
type pointColumn struct{ to *places.Point }

func (c pointColumn) Scan(src any) error {
	text, _ := src.(string)
	*c.to, _ = places.ParsePoint(text)
	return nil
}

const fromWorks = "SELECT " + workColumns + " FROM delivery_work w WHERE "

var scanWork = storage.Into(func(w *Work) []any {
	return []any{&w.no, &w.ID, &w.Of.Kind, &w.Of.ID, storage.Ref(&w.Body), &w.State, &w.District, pointColumn{&w.Point}, &w.Year, &w.Cost, &w.Set, &w.Due, &w.First, storage.JSON(&w.Contracts), storage.JSON(&w.Raises),
		storage.JSON(&w.Delays), storage.JSON(&w.Mended), &w.Why, &w.Round, storage.Instant(&w.BuiltAt), storage.Instant(&w.OpenedAt), storage.Instant(&w.ChangedAt)}
})

func find(tx *storage.Tx, id civic.ID) (Work, error) {
	return storage.One(tx, scanWork, fromWorks+"w.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Work, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanWork, fromWorks+"w.id IN "+in, args...)
}

// ofThing finds the work that a thing promised. Errors: civic.NotFound.
func ofThing(tx *storage.Tx, of civic.Ref) (Work, error) {
	return storage.One(tx, scanWork, fromWorks+"w.of_kind = $1 AND w.of_id = $2", of.Kind, of.ID)
}

// insert keeps a new work and numbers it: the caller holds the lock of all works.
func insert(tx *storage.Tx, w *Work) (err error) {
	if w.no, err = storage.Next(tx, "delivery_work"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO delivery_work (no, id, of_kind, of_id, body, state, district, point, year, cost, set_aside, due, first_due, opened_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)`,
		w.no, w.ID, w.Of.Kind, w.Of.ID, w.Body.String(), w.State, w.District, w.Point.String(), w.Year, w.Cost, w.Set, w.Due, w.First, storage.Millis(w.OpenedAt))
	return err
}

func update(tx *storage.Tx, w Work) error {
	_, err := tx.Exec(`UPDATE delivery_work SET state = $2, year = $3, set_aside = $4, due = $5, contracts = $6, raises = $7, delays = $8, mended = $9, why = $10, round = $11, built_at = $12, changed_at = $13 WHERE no = $1`,
		w.no, w.State, w.Year, w.Set, w.Due, storage.AsJSON(w.Contracts), storage.AsJSON(w.Raises), storage.AsJSON(w.Delays), storage.AsJSON(w.Mended), w.Why, w.Round, storage.Millis(w.BuiltAt), storage.Millis(w.ChangedAt))
	return err
}

// Query narrows the list of works.
type Query struct {
	Year     int // 0: any
	State    State
	District string
	After    string // the cursor of a page
}

// list gives a page of works, the latest first, and the cursor of the next.
func list(tx *storage.Tx, q Query, most int) (all []Work, next string, err error) {
	after, ok := storage.ParsePlace(q.After)
	if !ok {
		return nil, "", civic.Fail(civic.Invalid, "web.malformed")
	}
	args, where := []any{most + 1}, ""
	and := func(column string, value any) {
		args = append(args, value)
		where += fmt.Sprintf("w.%s = $%d AND ", column, len(args))
	}
	if q.Year != 0 {
		and("year", q.Year)
	}
	if q.State != "" {
		and("state", q.State)
	}
	if q.District != "" {
		and("district", q.District)
	}
	behind, args := after.Behind(args, "w.opened_at", "w.no", true)
	rows, err := storage.All(tx, scanWork, fromWorks+where+behind+" ORDER BY w.opened_at DESC, w.no DESC LIMIT $1", args...)
	all, last := storage.Page(rows, most)
	if last != nil {
		next = storage.PlaceAt(storage.Millis(last.OpenedAt), last.no).String()
	}
	return all, next, err
}

// yearCount is how many works of a year stand so.
type yearCount struct {
	Year  int
	State State
	Count int64
}

var scanYear = storage.Into(func(y *yearCount) []any { return []any{&y.Year, &y.State, &y.Count} })

func byYear(tx *storage.Tx) ([]yearCount, error) {
	return storage.All(tx, scanYear, "SELECT year, state, COUNT(*) FROM delivery_work GROUP BY year, state ORDER BY year DESC, state LIMIT 1000")
}

// waiting lists works of bodies that are neither built nor dropped, or are disputed, the earliest day first. No bodies: of all.
func waiting(tx *storage.Tx, bodies []civic.Ref, most int) ([]Work, error) {
	where, args := "TRUE", []any{most, Promised, Contracted, Disputed}
	if bodies != nil {
		var names []string
		for _, b := range bodies {
			names = append(names, b.String())
		}
		where, args = storage.In(args, names)
		where = "w.body IN " + where
	}
	return storage.All(tx, scanWork, fromWorks+"w.state IN ($2, $3, $4) AND "+where+" ORDER BY w.due, w.no LIMIT $1", args...)
}

// latest lists works that were built, the last changed first.
func latest(tx *storage.Tx, most int) ([]Work, error) {
	return storage.All(tx, scanWork, fromWorks+"w.state IN ($2, $3, $4) ORDER BY w.changed_at DESC, w.no DESC LIMIT $1", most, Built, Confirmed, Disputed)
}

func countBuilt(tx *storage.Tx, by time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM delivery_work WHERE built_at > 0 AND built_at < $1", storage.Millis(by))
}

func countRunning(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM delivery_work WHERE state IN ($1, $2)", Promised, Contracted)
}

// kept counts promises: built by the day that was promised first, built later, and not built though the day that is promised now has passed. Days are those of the city.
func kept(tx *storage.Tx, zone *time.Location, today string) (inTime, late, overdue int64, err error) {
	type row struct {
		first string
		built time.Time
	}
	scan := storage.Into(func(r *row) []any { return []any{&r.first, storage.Instant(&r.built)} })
	for r, err := range storage.Each(tx, scan, "SELECT first_due, built_at FROM delivery_work WHERE built_at > 0 LIMIT 100000") {
		if err != nil {
			return 0, 0, 0, err
		}
		if r.built.In(zone).Format(time.DateOnly) <= r.first {
			inTime++
		} else {
			late++
		}
	}
	overdue, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM delivery_work WHERE state IN ($1, $2) AND due < $3", Promised, Contracted, today)
	return inTime, late, overdue, err
}

// Milestones.

const milestoneColumns = "m.no, m.id, m.work, m.name, m.due, m.reached_at"

var scanMilestone = storage.Into(func(m *Milestone) []any {
	return []any{&m.no, &m.ID, &m.work, &m.Name, &m.Due, storage.Instant(&m.Reached)}
})

func milestonesOf(tx *storage.Tx, w Work) ([]Milestone, error) {
	return storage.All(tx, scanMilestone, "SELECT "+milestoneColumns+" FROM delivery_milestone m WHERE m.work = $1 ORDER BY m.due, m.no LIMIT 100", w.no)
}

func milestonesByIDs(tx *storage.Tx, ids []civic.ID) ([]Milestone, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanMilestone, "SELECT "+milestoneColumns+" FROM delivery_milestone m WHERE m.id IN "+in, args...)
}

// worksOf finds the works of milestones, by their numbers.
func worksOf(tx *storage.Tx, all []Milestone) (map[int64]Work, error) {
	var numbers []int64
	for _, m := range all {
		numbers = append(numbers, m.work)
	}
	in, args := storage.In(nil, numbers)
	works, err := storage.All(tx, scanWork, fromWorks+"w.no IN "+in, args...)
	out := map[int64]Work{}
	for _, w := range works {
		out[w.no] = w
	}
	return out, err
}

func insertMilestone(tx *storage.Tx, w Work, m *Milestone) (err error) {
	if err := tx.Lock("delivery_milestone_no"); err != nil {
		return err
	}
	if m.no, err = storage.Next(tx, "delivery_milestone"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO delivery_milestone (no, id, work, name, due) VALUES ($1, $2, $3, $4, $5)", m.no, m.ID, w.no, m.Name, m.Due)
	return err
}

// reach says that a milestone was reached, once.
func reach(tx *storage.Tx, m Milestone, at time.Time) (int64, error) {
	return tx.Exec("UPDATE delivery_milestone SET reached_at = $2 WHERE no = $1 AND reached_at = 0", m.no, storage.Millis(at))
}

// Voices.

// Voiced is what an account said of a work.
type Voiced struct {
	Work   civic.ID     `json:"work"`
	Voice  voices.Voice `json:"said"`
	Matter string       `json:"matter,omitempty"`
	At     time.Time    `json:"at"`

	of    civic.Ref
	state State
}

var scanVoiced = storage.Into(func(v *Voiced) []any {
	return []any{&v.Work, &v.of.Kind, &v.of.ID, &v.state, &v.Voice, &v.Matter, storage.Instant(&v.At)}
})

// voicedBy lists what an account said, the latest first.
func voicedBy(tx *storage.Tx, account civic.ID, most int) ([]Voiced, error) {
	return storage.All(tx, scanVoiced, "SELECT w.id, w.of_kind, w.of_id, w.state, v.voice, v.matter, v.said_at FROM delivery_voice v JOIN delivery_work w ON w.no = v.work WHERE v.account = $1 ORDER BY v.said_at DESC, w.no DESC, v.round DESC LIMIT $2", account, most)
}

func forgetVoices(tx *storage.Tx, account civic.ID) error {
	tx.Touch(topic)
	return box.Forget(tx, account)
}

// madeOf sums up the works of some things that are there; Days are milliseconds in all.
func madeOf(tx *storage.Tx, kind string, of []civic.ID) (Made, error) {
	in, args := storage.In([]any{kind, Built, Confirmed}, of)
	return storage.One(tx, storage.Into(func(m *Made) []any { return []any{&m.Count, &m.Cost, &m.Days} }),
		"SELECT COUNT(*), COALESCE(SUM(w.cost), 0), COALESCE(SUM(w.built_at - w.opened_at), 0) FROM delivery_work w WHERE w.of_kind = $1 AND w.state IN ($2, $3) AND w.of_id IN "+in, args...)
}
