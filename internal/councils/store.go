package councils

import (
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// number is the next one of a table. Whoever inserts holds the lock of all numbers, so that search documents are
// numbered in the order of time.
func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("councils_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

// most bounds lists of what belongs to one council.
const most = 1_000

// Councils.

const councilColumns = "c.no, c.id, c.form, c.name, c.about, c.body, c.law, c.regulation, c.size, c.since, c.until, c.district, c.theme, c.parent, c.reports"

var scanCouncil = storage.Into(func(c *Council) []any {
	return []any{&c.no, &c.ID, &c.Form, &c.Name, &c.About, &c.Body, &c.Law, &c.Regulation, &c.Size, storage.Instant(&c.Since), storage.Instant(&c.Until), &c.District, &c.Theme, &c.Parent, &c.Reports}
})

func find(tx *storage.Tx, id civic.ID) (Council, error) {
	return storage.One(tx, scanCouncil, "SELECT "+councilColumns+" FROM councils_council c WHERE c.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Council, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCouncil, "SELECT "+councilColumns+" FROM councils_council c WHERE c.id IN "+in, args...)
}

// list gives councils, those whose term ends last in front.
func list(tx *storage.Tx, most int) ([]Council, error) {
	return storage.All(tx, scanCouncil, "SELECT "+councilColumns+" FROM councils_council c ORDER BY c.until DESC, c.no DESC LIMIT $1", most)
}

// Query narrows the list of councils. The zero value is all.
type Query struct {
	State State
	city.Scope
	Words  string
	After  string // where a page goes on
	Ending int    // how many days before its end a term is ending
}

// where is the condition of a query at an instant, in the terms of Council.At.
func (q Query) where(now time.Time) (string, []any) {
	var b strings.Builder
	var args []any
	and := func(condition string, value any) {
		args = append(args, value)
		fmt.Fprintf(&b, " AND "+condition, len(args))
	}
	if q.District != "" {
		and("c.district = $%d", q.District)
	}
	if q.Theme != "" {
		and("c.theme = $%d", q.Theme)
	}
	over, ending := storage.Millis(now.AddDate(0, 0, -1)), storage.Millis(now.AddDate(0, 0, q.Ending))
	switch q.State {
	case Forming:
		and("c.since > $%d", storage.Millis(now))
	case Active:
		and("c.since <= $%d", storage.Millis(now))
		and("c.until > $%d", ending)
	case Ending:
		and("c.since <= $%d", storage.Millis(now))
		and("c.until > $%d", over)
		and("c.until <= $%d", ending)
	case Over:
		and("c.since <= $%d", storage.Millis(now))
		and("c.until <= $%d", over)
	}
	return b.String(), args
}

// listed is a page of the councils of a query: those whose term ends last in front, or in the order of the words.
func listed(tx *storage.Tx, q Query, most int) (search.Page[Council], error) {
	where, args := q.where(tx.Now())
	return search.Latest(tx, Kind, strings.TrimSpace(q.Words), q.After, most, search.Ordered[Council]{
		Rows:  search.Rows[Council]{Columns: councilColumns, From: "councils_council c", Number: "c.no", Where: where, Args: args, Scan: scanCouncil, NumberOf: func(c Council) int64 { return c.no }},
		Shown: "TRUE", Time: "c.until", TimeOf: func(c Council) time.Time { return c.Until }})
}

// endingAlone lists the councils whose term is ending while none of the same body and form, for the same district and theme, begins later: those
// whose term ends first in front.
func endingAlone(tx *storage.Tx, days, most int) ([]Council, error) {
	where, args := Query{State: Ending, Ending: days}.where(tx.Now())
	return storage.All(tx, scanCouncil, fmt.Sprintf(`SELECT %s FROM councils_council c WHERE TRUE%s AND NOT EXISTS (SELECT 1 FROM councils_council n WHERE n.body = c.body AND n.form = c.form
		AND n.district = c.district AND n.theme = c.theme AND n.since > c.since) ORDER BY c.until, c.no LIMIT %d`, councilColumns, where, most), args...)
}

func countActive(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_council WHERE since <= $1 AND until >= $2", storage.Millis(tx.Now()), storage.Millis(tx.Now().AddDate(0, 0, -1)))
}

func insert(tx *storage.Tx, c *Council) (err error) {
	if c.no, err = number(tx, "councils_council"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_council (no, id, form, name, about, body, law, regulation, size, since, until, district, theme, parent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
		c.no, c.ID, c.Form, c.Name, c.About, c.Body, c.Law, c.Regulation, c.Size, storage.Millis(c.Since), storage.Millis(c.Until), c.District, c.Theme, c.Parent)
	return err
}

// foundBefore reports whether there is another council of the same body, form, name and first day.
func foundBefore(tx *storage.Tx, c Council) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_council WHERE body = $1 AND form = $2 AND name = $3 AND since = $4 AND id <> $5", c.Body, c.Form, c.Name, storage.Millis(c.Since), c.ID)
	return n > 0, err
}

// partsOf lists the councils that are parts of another, such as its commissions, those whose term ends last in front.
func partsOf(tx *storage.Tx, council civic.ID) ([]Council, error) {
	return storage.All(tx, scanCouncil, "SELECT "+councilColumns+" FROM councils_council c WHERE c.parent = $1 ORDER BY c.until DESC, c.no DESC LIMIT $2", council, shownParts)
}

// putReports keeps how many reports a council heard.
func putReports(tx *storage.Tx, council civic.ID, n int64) error {
	_, err := tx.Exec("UPDATE councils_council SET reports = $2 WHERE id = $1", council, n)
	return err
}

// Kinds.

var scanForm = storage.Into(func(f *FormName) []any { return []any{&f.no, &f.Code, &f.Name} })

// forms lists the kinds of councils in the order in which they came.
func forms(tx *storage.Tx) ([]FormName, error) {
	return storage.All(tx, scanForm, "SELECT no, code, name FROM councils_form ORDER BY no LIMIT $1", maxForms)
}

func insertForm(tx *storage.Tx, f *FormName) (err error) {
	if f.no, err = number(tx, "councils_form"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_form (no, code, name) VALUES ($1, $2, $3)", f.no, f.Code, f.Name)
	return err
}

func renameForm(tx *storage.Tx, f FormName) error {
	_, err := tx.Exec("UPDATE councils_form SET name = $2 WHERE code = $1", f.Code, f.Name)
	return err
}

// Seats.

const seatColumns = "s.no, s.id, s.council, s.name, s.post, s.side, s.organisation, s.commission, s.since, s.until, s.sex, s.born, s.district"

var scanSeat = storage.Into(func(s *Seat) []any {
	return []any{&s.no, &s.ID, &s.Council, &s.Name, &s.Post, &s.Side, &s.Organisation, &s.Commission, storage.Instant(&s.Since), storage.Instant(&s.Until), &s.Sex, &s.Born, &s.District}
})

// seats lists all that sit, sat or will sit in a council, in the order in which they came.
func seats(tx *storage.Tx, council civic.ID) ([]Seat, error) {
	return storage.All(tx, scanSeat, "SELECT "+seatColumns+" FROM councils_seat s WHERE s.council = $1 ORDER BY s.no LIMIT $2", council, most)
}

// seatsFrom lists those who sit on a day or later, in all councils.
func seatsFrom(tx *storage.Tx, day time.Time, most int) ([]Seat, error) {
	return storage.All(tx, scanSeat, "SELECT "+seatColumns+" FROM councils_seat s WHERE s.until = 0 OR s.until > $1 ORDER BY s.council, s.no LIMIT $2", storage.Millis(day.AddDate(0, 0, -1)), most)
}

func seatsByIDs(tx *storage.Tx, ids []civic.ID) ([]Seat, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanSeat, "SELECT "+seatColumns+" FROM councils_seat s WHERE s.id IN "+in, args...)
}

func insertSeat(tx *storage.Tx, s *Seat) (err error) {
	if s.no, err = number(tx, "councils_seat"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_seat (no, id, council, name, post, side, organisation, commission, since, until, sex, born, district) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		s.no, s.ID, s.Council, s.Name, s.Post, s.Side, s.Organisation, s.Commission, storage.Millis(s.Since), storage.Millis(s.Until), s.Sex, s.Born, s.District)
	return err
}

func endSeat(tx *storage.Tx, s Seat) error {
	_, err := tx.Exec("UPDATE councils_seat SET until = $2 WHERE no = $1", s.no, storage.Millis(s.Until))
	return err
}

// Recommendations.

const recommendationColumns = "r.no, r.id, r.council, r.meeting, r.vote, r.number, r.text, r.body, r.opinion, r.adopted_at, r.sent_at"

var scanRecommendation = storage.Into(func(r *Recommendation) []any {
	return []any{&r.no, &r.ID, &r.Council, &r.Meeting, &r.Vote, &r.Number, &r.Text, &r.Body, &r.Opinion, storage.Instant(&r.AdoptedAt), storage.Instant(&r.SentAt)}
})

func findRecommendation(tx *storage.Tx, id civic.ID) (Recommendation, error) {
	return storage.One(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.id = $1", id)
}

func recommendationsByIDs(tx *storage.Tx, ids []civic.ID) ([]Recommendation, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.id IN "+in, args...)
}

// recommendations is a page of those of a council, the latest first, behind the number before (0: from the top); with the number behind which the next goes on, 0 on the last.
func recommendations(tx *storage.Tx, council civic.ID, before int64, size int) ([]Recommendation, int64, error) {
	behind, args := storage.Before([]any{council, size + 1}, "r.no", before)
	all, err := storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.council = $1 AND "+behind+" ORDER BY r.no DESC LIMIT $2", args...)
	page, last := storage.Page(all, size)
	if last == nil {
		return page, 0, err
	}
	return page, last.no, err
}

// unsent lists those of a council that were adopted and are not sent, the first first.
func unsent(tx *storage.Tx, council civic.ID, most int) ([]Recommendation, error) {
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.council = $1 AND r.sent_at = 0 ORDER BY r.no LIMIT $2", council, most)
}

// unsentOfAll is unsent of all councils.
func unsentOfAll(tx *storage.Tx, most int) ([]Recommendation, error) {
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.sent_at = 0 ORDER BY r.no LIMIT $1", most)
}

// recommendationsBy finds those that votes adopted.
func recommendationsBy(tx *storage.Tx, votes []civic.ID) ([]Recommendation, error) {
	in, args := storage.In(nil, votes)
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.vote IN "+in, args...)
}

// latestAdopted lists the recommendations of all councils, those adopted last in front.
func latestAdopted(tx *storage.Tx, most int) ([]Recommendation, error) {
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r ORDER BY r.no DESC LIMIT $1", most)
}

// latestSent lists what was sent to bodies last.
func latestSent(tx *storage.Tx, most int) ([]Recommendation, error) {
	return storage.All(tx, scanRecommendation, "SELECT "+recommendationColumns+" FROM councils_recommendation r WHERE r.sent_at > 0 ORDER BY r.no DESC LIMIT $1", most)
}

func countRecommendations(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_recommendation")
}

func countRecommendationsBefore(tx *storage.Tx, then time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_recommendation WHERE adopted_at < $1", storage.Millis(then))
}

func countOfYear(tx *storage.Tx, council civic.ID, from time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM councils_recommendation WHERE council = $1 AND adopted_at >= $2", council, storage.Millis(from))
}

func insertRecommendation(tx *storage.Tx, r *Recommendation) (err error) {
	if r.no, err = number(tx, "councils_recommendation"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO councils_recommendation (no, id, council, meeting, vote, number, text, body, opinion, adopted_at, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
		r.no, r.ID, r.Council, r.Meeting, r.Vote, r.Number, r.Text, r.Body, r.Opinion, storage.Millis(r.AdoptedAt))
	return err
}

func markSent(tx *storage.Tx, r Recommendation) error {
	_, err := tx.Exec("UPDATE councils_recommendation SET sent_at = $2 WHERE no = $1", r.no, storage.Millis(r.SentAt))
	return err
}

// Sums.

var scanCounted = storage.Into(func(c *Counted) []any {
	return []any{&c.InTime, &c.Late, &c.Taken, &c.Delivered, storage.Instant(&c.LateFrom)}
})

// countedAs is how a recommendation counts so far.
func countedAs(tx *storage.Tx, r Recommendation) (Counted, error) {
	return storage.One(tx, scanCounted, "SELECT in_time, late, taken, delivered, late_from FROM councils_recommendation WHERE no = $1", r.no)
}

// recount keeps how a recommendation counts now, and moves its council's sums by the difference.
func recount(tx *storage.Tx, r Recommendation, was, is Counted) error {
	if _, err := tx.Exec("UPDATE councils_recommendation SET in_time = $2, late = $3, taken = $4, delivered = $5, late_from = $6 WHERE no = $1",
		r.no, is.InTime, is.Late, is.Taken, is.Delivered, storage.Millis(is.LateFrom)); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE councils_tally SET in_time = in_time + $2, late = late + $3, taken = taken + $4, delivered = delivered + $5 WHERE council = $1",
		r.Council, moved(was.InTime, is.InTime), moved(was.Late, is.Late), moved(was.Taken, is.Taken), moved(was.Delivered, is.Delivered))
	return err
}

// countAdopted adds one to what a council adopted.
func countAdopted(tx *storage.Tx, council civic.ID) error {
	_, err := tx.Exec(`INSERT INTO councils_tally (council, adopted, in_time, late, taken, delivered) VALUES ($1, 1, 0, 0, 0, 0)
		ON CONFLICT (council) DO UPDATE SET adopted = councils_tally.adopted + 1`, council)
	return err
}

type reckoned struct {
	council civic.ID
	Reckoning
}

var scanReckoned = storage.Into(func(k *reckoned) []any {
	return []any{&k.council, &k.Adopted, &k.InTime, &k.Late, &k.Taken, &k.Delivered}
})

// reckonings are the sums of councils at the transaction's instant.
func reckonings(tx *storage.Tx, councils []civic.ID) (map[civic.ID]Reckoning, error) {
	in, args := storage.In([]any{storage.Millis(tx.Now())}, councils)
	all, err := storage.All(tx, scanReckoned, `SELECT t.council, t.adopted, t.in_time, t.late + (SELECT COUNT(*) FROM councils_recommendation r WHERE r.council = t.council AND r.late_from > 0 AND r.late_from < $1),
		t.taken, t.delivered FROM councils_tally t WHERE t.council IN `+in, args...)
	out := map[civic.ID]Reckoning{}
	for _, k := range all {
		out[k.council] = k.Reckoning
	}
	return out, err
}

// Attendance.

type attended struct {
	seat civic.ID
	meetings.Attendance
}

var scanAttended = storage.Into(func(a *attended) []any { return []any{&a.seat, &a.Held, &a.Attended} })

// attendanceOf is the attendance of a council's members by seat; nothing before it was counted first.
func attendanceOf(tx *storage.Tx, council civic.ID) (map[civic.ID]meetings.Attendance, error) {
	all, err := storage.All(tx, scanAttended, "SELECT seat, held, attended FROM councils_attendance WHERE council = $1", council)
	out := map[civic.ID]meetings.Attendance{}
	for _, a := range all {
		out[a.seat] = a.Attendance
	}
	return out, err
}

// putAttendance keeps the attendance of a council's members in the place of what was counted before.
func putAttendance(tx *storage.Tx, council civic.ID, all map[civic.ID]meetings.Attendance) error {
	if _, err := tx.Exec("DELETE FROM councils_attendance WHERE council = $1", council); err != nil || len(all) == 0 {
		return err
	}
	var rows [][]any
	for seat, n := range all {
		rows = append(rows, []any{council, seat, n.Held, n.Attended})
	}
	return tx.Insert("councils_attendance (council, seat, held, attended)", rows)
}
