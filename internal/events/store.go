package events

import (
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

const columns = `e.no, e.id, e.state, e.author, e.title, e.about, e.hosts, e.host_group, e.place, e.point, e.district, e.theme, e.online, e.audience, e.languages, e.access, e.price, e.repeats,
	e.terms, e.certificate, e.reason, e.rule, e.refusal, e.decided_at, e.report, e.figures, e.heard, e.paid_by, e.submitted_at, e.changed_at, e.decide_by`

func into(e *Event) []any {
	return []any{&e.no, &e.ID, &e.State, &e.Author, &e.Title, &e.About, storage.JSON(&e.Hosts), &e.Group, &e.Place, pointOf{&e.Point}, &e.District, &e.Theme, &e.Online, &e.For, storage.JSON(&e.Languages),
		storage.JSON(&e.Access), (*int64)(&e.Price), &e.Repeats, storage.JSON(&e.Terms), &e.Terms.Certificate, &e.Reason, &e.Rule, &e.Refusal, storage.Instant(&e.DecidedAt), &e.Report, storage.JSON(&e.Figures), &e.Heard, &e.Grant, storage.Instant(&e.SubmittedAt), storage.Instant(&e.ChangedAt), storage.Instant(&e.DecideBy)}
}

// pointOf reads a point as it is written.
type pointOf struct{ *places.Point }

// Scan is sql.Scanner.
func (p pointOf) Scan(column any) error {
	if text, ok := column.(string); ok {
		*p.Point, _ = places.ParsePoint(text)
	}
	return nil
}

var scanEvent = storage.Into(into)

const dateColumns = "d.no, d.event, d.id, d.of_at, d.starts_at, d.ends_at, d.is_off, d.reason, d.sequence, d.shown"

func intoDate(d *Date) []any {
	return []any{&d.no, &d.event, &d.ID, storage.Instant(&d.Of), storage.Instant(&d.Starts), storage.Instant(&d.Ends), &d.Off, &d.Reason, &d.Sequence, &d.listed}
}

var scanDate = storage.Into(intoDate)

// Dated is an event at one of its times.
type Dated struct {
	Event
	Date Date
}

var scanDated = storage.Into(func(d *Dated) []any { return append(into(&d.Event), intoDate(&d.Date)...) })

// publicStates are those of events that everybody sees. The column shown of their dates is for the index alone.
const publicStates = "('announced', 'cancelled', 'reported')"

const datedTables = " FROM events_date d JOIN events_event e ON e.no = d.event"

func find(tx *storage.Tx, id civic.ID) (Event, error) {
	return storage.One(tx, scanEvent, "SELECT "+columns+" FROM events_event e WHERE e.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Event, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanEvent, "SELECT "+columns+" FROM events_event e WHERE e.id IN "+in, args...)
}

// locate finds where events are, for part.Locate. What a place is called stands in one language.
func locate(tx *storage.Tx, words, after string, most int) (out []part.Located, next string, err error) {
	found, err := search.List(tx, Kind, true, words, after, most, search.Rows[Event]{Columns: columns, From: "events_event e", Number: "e.no", Where: " AND e.point <> '' AND e.place <> '' AND e.state IN " + publicStates,
		Scan: scanEvent, NumberOf: func(e Event) int64 { return e.no }})
	for _, e := range found.Items {
		out = append(out, part.Located{Name: e.Title, Address: civic.Text{civic.GuessLang(e.Place, civic.Russian): e.Place}, Point: e.Point.String(), District: e.District})
	}
	return out, found.Next, err
}

func findDate(tx *storage.Tx, id civic.ID) (Dated, error) {
	return storage.One(tx, scanDated, "SELECT "+columns+", "+dateColumns+datedTables+" WHERE d.id = $1", id)
}

func byDates(tx *storage.Tx, ids []civic.ID) ([]Dated, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanDated, "SELECT "+columns+", "+dateColumns+datedTables+" WHERE d.id IN "+in, args...)
}

// insert numbers the event too: the caller holds the lock of all events.
func insert(tx *storage.Tx, e *Event, uid string) (err error) {
	if e.no, err = storage.Next(tx, "events_event"); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO events_event (no, id, state, author, title, about, hosts, host_group, place, point, district, theme, online, audience, languages, access, price, repeats, terms, certificate, reason,
		rule, refusal, decided_at, report, heard, submitted_at, changed_at, uid, decide_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)`,
		e.no, e.ID, e.State, e.Author, e.Title, e.About, storage.AsJSON(e.Hosts), e.Group, e.Place, e.Point.String(), e.District, e.Theme, e.Online, e.For, storage.AsJSON(e.Languages),
		storage.AsJSON(e.Access), int64(e.Price), e.Repeats, storage.AsJSON(e.Terms), e.Terms.Certificate, e.Reason, e.Rule, e.Refusal, storage.Millis(e.DecidedAt), e.Report, e.Heard, storage.Millis(e.SubmittedAt), storage.Millis(e.ChangedAt), uid, storage.Millis(e.DecideBy)); err != nil {
		return err
	}
	return insertHosts(tx, *e)
}

func insertHosts(tx *storage.Tx, e Event) error {
	for _, h := range e.Hosts {
		if _, err := tx.Exec("INSERT INTO events_host (host, event) VALUES ($1, $2) ON CONFLICT DO NOTHING", h, e.no); err != nil {
			return err
		}
	}
	return nil
}

// update writes all of an event that changes, and shows its dates or hides them.
func update(tx *storage.Tx, e Event) error {
	if _, err := tx.Exec(`UPDATE events_event SET state = $2, title = $3, about = $4, host_group = $5, place = $6, point = $7, district = $8, theme = $9, online = $10, audience = $11, languages = $12,
		access = $13, price = $14, terms = $15, reason = $16, rule = $17, refusal = $18, decided_at = $19, report = $20, heard = $21, submitted_at = $22, changed_at = $23, figures = $24, certificate = $25, paid_by = $26 WHERE no = $1`,
		e.no, e.State, e.Title, e.About, e.Group, e.Place, e.Point.String(), e.District, e.Theme, e.Online, e.For, storage.AsJSON(e.Languages), storage.AsJSON(e.Access), int64(e.Price), storage.AsJSON(e.Terms),
		e.Reason, e.Rule, e.Refusal, storage.Millis(e.DecidedAt), e.Report, e.Heard, storage.Millis(e.SubmittedAt), storage.Millis(e.ChangedAt), storage.AsJSON(e.Figures), e.Terms.Certificate, e.Grant); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE events_date SET shown = $2 WHERE event = $1", e.no, e.State.Public())
	return err
}

// insertDates numbers the dates of an event too: the caller holds the lock of all events.
func insertDates(tx *storage.Tx, e Event, dates []Date) error {
	no, err := storage.Next(tx, "events_date")
	if err != nil {
		return err
	}
	hosts := slices.Compact(slices.Sorted(slices.Values(e.Hosts)))
	var rows, hosted [][]any
	for i, d := range dates {
		for _, h := range hosts {
			hosted = append(hosted, []any{h, storage.Millis(d.Starts), no + int64(i)})
		}
		rows = append(rows, []any{no + int64(i), e.no, civic.NewID(tx.Now()), storage.Millis(d.Of), storage.Millis(d.Starts), storage.Millis(d.Ends), d.Off, d.Reason, d.Sequence, e.State.Public(), d.Ends.Sub(d.Starts) > day})
	}
	if err := tx.Insert("events_date (no, event, id, of_at, starts_at, ends_at, is_off, reason, sequence, shown, lasting)", rows); err != nil || len(hosted) == 0 {
		return err
	}
	return tx.Insert("events_hosted (host, starts_at, date)", hosted)
}

const day = 24 * time.Hour

func updateDate(tx *storage.Tx, d Date) error {
	if _, err := tx.Exec("UPDATE events_hosted SET starts_at = $2 WHERE date = $1", d.no, storage.Millis(d.Starts)); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE events_date SET starts_at = $2, ends_at = $3, is_off = $4, reason = $5, sequence = $6, lasting = $7 WHERE no = $1", d.no, storage.Millis(d.Starts), storage.Millis(d.Ends), d.Off, d.Reason, d.Sequence,
		d.Ends.Sub(d.Starts) > day)
	return err
}

const mostDates = 600 // of one event: those of a series and those that were added

func datesOf(tx *storage.Tx, e Event) ([]Date, error) {
	return storage.All(tx, scanDate, "SELECT "+dateColumns+" FROM events_date d WHERE d.event = $1 ORDER BY d.starts_at, d.no LIMIT $2", e.no, mostDates)
}

// datesOfAll are the dates of several events, by their numbers.
func datesOfAll(tx *storage.Tx, all []Event) (map[int64][]Date, error) {
	out := map[int64][]Date{}
	for _, e := range all {
		dates, err := datesOf(tx, e)
		if err != nil {
			return nil, err
		}
		out[e.no] = dates
	}
	return out, nil
}

// Filter is which of the dates are looked for.
type Filter struct {
	From, To        time.Time // of the beginning; To zero: no end
	District, Theme string
	Host            civic.ID
	Children, Free  bool
	Standing        Standing
	Booked          bool      // only those of which places are given out
	Words           string    // of their events
	Now             time.Time // before which those are over that are looked for as such

	found []int64 // the events that have the words
}

// mostFound is how many events with some words are looked at: those whose dates fit the time, the best first.
const mostFound = 200

// worded is a filter that knows which events have its words. more says that there are others.
func (f Filter) worded(tx *storage.Tx) (_ Filter, more bool, err error) {
	if f.Words == "" {
		return f, false, nil
	}
	within, args := "d.ends_at > $1", []any{storage.Millis(f.From)}
	if f.Standing.past() {
		within = "d.ends_at > $1 AND d.ends_at <= $2"
		args = append(args, storage.Millis(f.Now))
	}
	if !f.To.IsZero() {
		args = append(args, storage.Millis(f.To))
		within += fmt.Sprintf(" AND d.starts_at < $%d", len(args))
	}
	p, err := search.List(tx, Kind, true, f.Words, "", mostFound, search.Rows[int64]{Columns: "e.no", From: "events_event e", Number: "e.no", Where: " AND EXISTS (SELECT 1 FROM events_date d WHERE d.event = e.no AND " + within + ")", Args: args,
		Scan: storage.Scalar[int64], NumberOf: func(no int64) int64 { return no }})
	f.found = p.Items
	return f, p.Next != "", err
}

// withPlaces holds of events that give out places: of others clean has left none in their terms.
const withPlaces = ` AND e.terms NOT LIKE '{"Places":[0,0,0]%'`

func (f Filter) where(args []any) (string, []any) {
	sql := "d.shown = TRUE AND COALESCE(e.state, '') IN " + publicStates // as the index has it: SQLite takes none for a bare column, and the state is to lead it to none
	add := func(condition string, value any) {
		args = append(args, value)
		sql += fmt.Sprintf(" AND "+condition, len(args))
	}
	if f.District != "" {
		add("e.district = $%d", f.District)
	}
	if f.Theme != "" {
		add("e.theme = $%d", f.Theme)
	}
	if f.Host != "" {
		add("e.no IN (SELECT h.event FROM events_host h WHERE h.host = $%d)", f.Host)
	}
	if f.Children {
		args = append(args, ForChildren, ForFamilies)
		sql += fmt.Sprintf(" AND e.audience IN ($%d, $%d)", len(args)-1, len(args))
	}
	if f.Booked {
		sql += withPlaces
	}
	if f.Free {
		sql += " AND e.price = 0"
	}
	switch f.Standing {
	case On:
		sql += " AND NOT d.is_off AND e.state <> 'cancelled'"
	case Off:
		sql += " AND (d.is_off OR e.state = 'cancelled')"
	case Over, Told:
		add("NOT d.is_off AND d.ends_at <= $%d", storage.Millis(f.Now))
		if f.Standing == Told {
			sql += " AND e.state = 'reported'"
		}
	}
	if f.Words != "" {
		var in string
		in, args = storage.In(args, f.found)
		sql += " AND e.no IN " + in
	}
	return sql, args
}

// list is a page of the dates that begin in a time, the earliest first; of what is over the latest.
func list(tx *storage.Tx, f Filter, after storage.Place, most int) ([]Dated, error) {
	order := map[bool]string{true: " DESC"}[f.Standing.past()]
	tables, of, starts, no, args := datedTables, "", "d.starts_at", "d.no", []any{storage.Millis(f.From)}
	if f.Host != "" { // its dates stand in their order by themselves
		hosted := "events_hosted h"
		if tx.Engine() == storage.PostgreSQL { // in their order first, so that no more are looked up than the page has
			hosted = "(SELECT o.host, o.starts_at, o.date FROM events_hosted o WHERE o.host = $2 AND o.starts_at >= $1 ORDER BY o.starts_at" + order + ", o.date" + order + ") h"
		}
		tables, of, starts, no, args = " FROM "+hosted+" JOIN events_date d ON d.no = h.date JOIN events_event e ON e.no = d.event", "h.host = $2 AND ", "h.starts_at", "h.date", append(args, f.Host)
		f.Host = ""
	}
	behind, args := after.Behind(args, starts, no, f.Standing.past())
	where, args := f.where(args)
	sql := "SELECT " + columns + ", " + dateColumns + tables + " WHERE " + of + where + " AND " + starts + " >= $1 AND " + behind
	if !f.To.IsZero() {
		args = append(args, storage.Millis(f.To))
		sql += fmt.Sprintf(" AND %s < $%d", starts, len(args))
	}
	return storage.All(tx, scanDated, sql+fmt.Sprintf(" ORDER BY %s%s, %s%s LIMIT %d", starts, order, no, order, most), args...)
}

// running are the dates of more than a day that have begun before a time and are not over then, those that end first in front.
func running(tx *storage.Tx, f Filter, at time.Time, most int) ([]Dated, error) {
	where, args := f.where([]any{storage.Millis(at)})
	return storage.All(tx, scanDated, "SELECT "+columns+", "+dateColumns+datedTables+" WHERE "+where+fmt.Sprintf(" AND d.lasting AND d.ends_at > $1 AND d.starts_at < $1 AND NOT d.is_off ORDER BY d.ends_at, d.no LIMIT %d", most), args...)
}

// changedOf are the dates that were to begin in a time and were called off, or begin at another.
func changedOf(tx *storage.Tx, f Filter, most int) ([]Dated, error) {
	where, args := f.where([]any{storage.Millis(f.From), storage.Millis(f.To)})
	return storage.All(tx, scanDated, "SELECT "+columns+", "+dateColumns+datedTables+" WHERE "+where+fmt.Sprintf(" AND d.of_at >= $1 AND d.of_at < $2 AND (d.is_off OR d.starts_at <> d.of_at) ORDER BY d.of_at, d.no LIMIT %d", most), args...)
}

// begins are the moments at which dates begin in a time, for a picture of the month.
func begins(tx *storage.Tx, f Filter) ([]time.Time, error) {
	where, args := f.where([]any{storage.Millis(f.From), storage.Millis(f.To)})
	return storage.All(tx, storage.Into(func(t *time.Time) []any { return []any{storage.Instant(t)} }),
		"SELECT d.starts_at"+datedTables+" WHERE "+where+" AND d.starts_at >= $1 AND d.starts_at < $2 AND NOT d.is_off ORDER BY d.starts_at LIMIT 20000", args...)
}

// latest are the events that were announced or changed last.
func latest(tx *storage.Tx, host civic.ID, most int) ([]Event, error) {
	sql, args := "SELECT "+columns+" FROM events_event e WHERE e.state IN ($1, $2, $3)", []any{Announced, Cancelled, Reported}
	if host != "" {
		args = append(args, host)
		sql += " AND e.no IN (SELECT h.event FROM events_host h WHERE h.host = $4)"
	}
	return storage.All(tx, scanEvent, sql+fmt.Sprintf(" ORDER BY e.changed_at DESC, e.no DESC LIMIT %d", most), args...)
}

// coming are the events of which a date is still to come or goes on, those with the next date first. No date lasts longer than mostLength.
func coming(tx *storage.Tx, host civic.ID, most int) ([]Event, error) {
	args := []any{storage.Millis(tx.Now()), storage.Millis(tx.Now().Add(-mostLength)), most}
	of := ""
	if host != "" {
		args = append(args, host)
		of = " AND d.event IN (SELECT h.event FROM events_host h WHERE h.host = $4)"
	}
	return storage.All(tx, scanEvent, "SELECT "+columns+` FROM (SELECT d.event AS no, MIN(d.starts_at) AS next FROM events_date d
		WHERE d.shown = TRUE AND d.starts_at >= $2 AND d.ends_at > $1`+of+` GROUP BY d.event ORDER BY next, d.event LIMIT $3) n JOIN events_event e ON e.no = n.no WHERE e.state IN `+publicStates+" ORDER BY n.next, e.no", args...)
}

// managed are the events that an actor looks after, the latest first, behind a place in that order.
func managed(tx *storage.Tx, a civic.Actor, after storage.Place, most int) ([]Event, error) {
	sql, args := "SELECT "+columns+" FROM events_event e WHERE ", []any{most}
	if !a.Has(civic.Administrator) {
		var in string
		in, args = storage.In(append(args, a.Account), a.Scopes(civic.Representative, civic.Officer))
		sql += "(e.author = $2 OR e.no IN (SELECT h.event FROM events_host h WHERE h.host IN " + in + ")) AND "
	}
	behind, args := after.Behind(args, "e.changed_at", "e.no", true)
	return storage.All(tx, scanEvent, sql+behind+" ORDER BY e.changed_at DESC, e.no DESC LIMIT $1", args...)
}

func inState(tx *storage.Tx, state State, after storage.Place, most int) ([]Event, error) {
	behind, args := after.Behind([]any{state}, "e.submitted_at", "e.no", false)
	return storage.All(tx, scanEvent, "SELECT "+columns+" FROM events_event e WHERE e.state = $1 AND "+behind+fmt.Sprintf(" ORDER BY e.submitted_at, e.no LIMIT %d", most), args...)
}

func byAuthor(tx *storage.Tx, account civic.ID, most int) ([]Event, error) {
	return storage.All(tx, scanEvent, "SELECT "+columns+" FROM events_event e WHERE e.author = $1 ORDER BY e.no DESC LIMIT $2", account, most)
}

func countComing(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*)"+datedTables+" WHERE d.shown AND e.state IN "+publicStates+" AND NOT d.is_off AND d.starts_at > $1", storage.Millis(tx.Now()))
}

// countBookable counts the dates to come of which places are given out.
func countBookable(tx *storage.Tx) (int64, error) {
	where, args := Filter{Standing: On, Booked: true}.where([]any{storage.Millis(tx.Now())})
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*)"+datedTables+" WHERE "+where+" AND d.starts_at >= $1", args...)
}

func countHeld(tx *storage.Tx, before time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*)"+datedTables+" WHERE d.shown AND e.state IN "+publicStates+" AND NOT d.is_off AND d.ends_at <= $1", storage.Millis(before))
}

func knownUID(tx *storage.Tx, uid string) (civic.ID, bool, error) {
	return storage.Found(storage.One(tx, storage.Scalar[civic.ID], "SELECT id FROM events_event WHERE uid = $1", uid))
}

// reports lists events whose hosts told how they went, the latest first.
func reports(tx *storage.Tx, most int) ([]Event, error) {
	return storage.All(tx, scanEvent, "SELECT "+columns+" FROM events_event e WHERE e.state = $1 ORDER BY e.changed_at DESC, e.no DESC LIMIT $2", Reported, most)
}

// forget cuts what somebody wrote off from them; what nobody has seen goes.
func forget(tx *storage.Tx, account civic.ID) error {
	if _, err := tx.Exec("DELETE FROM events_hosted WHERE date IN (SELECT d.no"+datedTables+" WHERE e.author = $1 AND e.state IN ($2, $3, $4))", account, Draft, Suggested, Refused); err != nil {
		return err
	}
	for _, table := range []string{"events_asked", "events_host", "events_item", "events_date"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE event IN (SELECT no FROM events_event WHERE author = $1 AND state IN ($2, $3, $4))", account, Draft, Suggested, Refused); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM events_event WHERE author = $1 AND state IN ($2, $3, $4)", account, Draft, Suggested, Refused); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE events_event SET author = '' WHERE author = $1", account)
	return err
}
