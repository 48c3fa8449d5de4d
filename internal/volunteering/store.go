package volunteering

import (
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const columns = "a.no, a.id, a.organisation, a.title, a.about, a.place, a.district, a.contact, a.kind, a.min_age, a.reason, a.helps"

func placesOf(x *Action) []any {
	return []any{&x.no, &x.ID, &x.Organisation, storage.JSON(&x.Title), storage.JSON(&x.About), &x.Place, &x.District, &x.Contact, &x.Role.Kind, &x.Role.MinAge, storage.JSON(&x.Reason), &x.Helps}
}

var scanAction = storage.Into(placesOf)

// shiftColumns count who is to come.
const shiftColumns = "s.id, s.starts_at, s.ends_at, s.needed, (SELECT COUNT(*) FROM volunteering_coming c WHERE c.shift = s.no), s.no, s.action, s.is_off"

func placesOfShift(s *Shift) []any {
	return []any{&s.ID, storage.Instant(&s.Starts), storage.Instant(&s.Ends), &s.Needed, &s.Taken, &s.no, &s.action, &s.Off}
}

var scanShift = storage.Into(placesOfShift)

// called is a shift with its action.
type called struct {
	Action Action
	Shift  Shift
}

var scanColumns = storage.Into(func(c *called) []any { return append(placesOf(&c.Action), placesOfShift(&c.Shift)...) })

// scanCalled gives a shift the role that its action asks for: an action has one.
func scanCalled(r storage.Row) (called, error) {
	c, err := scanColumns(r)
	c.Shift.Role = c.Action.Role
	return c, err
}

func find(tx *storage.Tx, id civic.ID) (Action, error) {
	return storage.One(tx, scanAction, "SELECT "+columns+" FROM volunteering_action a WHERE a.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Action, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanAction, "SELECT "+columns+" FROM volunteering_action a WHERE a.id IN "+in, args...)
}

// ofOrganisations lists the actions of organisations, of all when all is set, behind a place, the latest first.
func ofOrganisations(tx *storage.Tx, all bool, ids []civic.ID, behind storage.Place, most int) ([]Action, error) {
	if len(ids) == 0 && !all {
		return nil, nil
	}
	of, args := "TRUE", []any{most}
	if !all {
		of, args = storage.In(args, ids)
		of = "a.organisation IN " + of
	}
	after, args := behind.Behind(args, "a.no", "a.no", true)
	return storage.All(tx, scanAction, "SELECT "+columns+" FROM volunteering_action a WHERE "+of+" AND "+after+" ORDER BY a.no DESC LIMIT $1", args...)
}

// last says of a line e that it is the last word of its person on its shift.
const last = "NOT EXISTS (SELECT 1 FROM volunteering_entry l WHERE l.shift = e.shift AND l.account = e.account AND l.no > e.no)"

// waitingFor lists the actions of organisations for which hours wait to be signed, those that wait longest first, and of how many people.
func waitingFor(tx *storage.Tx, ids []civic.ID, most int) (actions []Action, people map[civic.ID]int, err error) {
	if len(ids) == 0 {
		return nil, nil, nil
	}
	type waits struct {
		action civic.ID
		people int
	}
	in, args := storage.In([]any{most}, ids)
	all, err := storage.All(tx, storage.Into(func(w *waits) []any { return []any{&w.action, &w.people} }), `SELECT a.id, COUNT(DISTINCT e.account) FROM volunteering_entry e
		JOIN volunteering_shift s ON s.id = e.shift JOIN volunteering_action a ON a.no = s.action WHERE e.organisation IN `+in+` AND e.step = 'stated' AND `+last+" GROUP BY a.id ORDER BY MIN(e.no) LIMIT $1", args...)
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	people = map[civic.ID]int{}
	var found []civic.ID
	for _, w := range all {
		people[w.action] = w.people
		found = append(found, w.action)
	}
	actions, err = byIDs(tx, found)
	slices.SortFunc(actions, func(a, b Action) int { return slices.Index(found, a.ID) - slices.Index(found, b.ID) })
	return actions, people, err
}

// lastLines lists the lines of an action that are the last word on their shift and of a step, person by person in the order of their names, behind one of
// them ("": from the first on).
func lastLines(tx *storage.Tx, x Action, step Step, after civic.ID, most int) ([]worded, error) {
	const from = " FROM volunteering_shift s JOIN volunteering_entry e ON e.shift = s.id JOIN volunteering_coming m ON m.shift = s.no AND m.account = e.account WHERE s.action = $1 AND "
	args, behind := []any{x.no, step, most}, ""
	if after != "" {
		args, behind = append(args, after), " AND (m.name, m.account, s.starts_at, s.no) > (SELECT m.name, m.account, s.starts_at, s.no"+from+"e.id = $4)"
	}
	return storage.All(tx, scanWorded, "SELECT "+personColumns+", "+entryColumns+from+"e.step = $2 AND "+last+behind+" ORDER BY m.name, m.account, s.starts_at, s.no LIMIT $3", args...)
}

// worded is a line with whose it is.
type worded struct {
	person
	Entry
}

var scanWorded = storage.Into(func(w *worded) []any { return append(placesOfPerson(&w.person), placesOfEntry(&w.Entry)...) })

// insertAction numbers the action too: the caller holds the lock of all.
func insertAction(tx *storage.Tx, x *Action) (err error) {
	if x.no, err = next(tx, "volunteering_action"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO volunteering_action (no, id, organisation, title, about, place, district, contact, kind, min_age, reason, helps) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		x.no, x.ID, x.Organisation, storage.AsJSON(x.Title), storage.AsJSON(x.About), x.Place, x.District, x.Contact, x.Role.Kind, x.Role.MinAge, storage.AsJSON(x.Reason), x.Helps)
	return err
}

func clearContact(tx *storage.Tx, x Action) error {
	_, err := tx.Exec("UPDATE volunteering_action SET contact = '' WHERE no = $1", x.no)
	return err
}

func next(tx *storage.Tx, table string) (int64, error) {
	return storage.Next(tx, table)
}

func insertShift(tx *storage.Tx, x Action, s Shift) error {
	no, err := next(tx, "volunteering_shift")
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO volunteering_shift (no, id, action, starts_at, ends_at, needed) VALUES ($1, $2, $3, $4, $5, $6)", no, s.ID, x.no, storage.Millis(s.Starts), storage.Millis(s.Ends), s.Needed)
	return err
}

func shiftsOf(tx *storage.Tx, x Action) ([]Shift, error) {
	all, err := storage.All(tx, scanShift, "SELECT "+shiftColumns+" FROM volunteering_shift s WHERE s.action = $1 ORDER BY s.starts_at, s.no LIMIT $2", x.no, maxShifts)
	for i := range all {
		all[i].Role = x.Role
	}
	return all, err
}

func findShift(tx *storage.Tx, id civic.ID) (Action, Shift, error) {
	c, err := storage.One(tx, scanCalled, "SELECT "+columns+", "+shiftColumns+" FROM volunteering_shift s JOIN volunteering_action a ON a.no = s.action WHERE s.id = $1", id)
	return c.Action, c.Shift, err
}

// wanted narrows a list of shifts.
type wanted struct {
	District string // code; "": all
	Free     bool   // only those that have not begun and lack people
}

// where is the condition, with the instant from as $1; a district is appended to args.
func (w wanted) where(args []any) (string, []any) {
	out := "NOT s.is_off AND s.ends_at > $1"
	if w.Free {
		out += " AND s.starts_at > $1 AND (SELECT COUNT(*) FROM volunteering_coming c WHERE c.shift = s.no) < s.needed"
	}
	if w.District != "" {
		args = append(args, w.District)
		out += fmt.Sprintf(" AND a.district = $%d", len(args))
	}
	return out, args
}

const fromShifts = " FROM volunteering_shift s JOIN volunteering_action a ON a.no = s.action WHERE "

// comingUp lists shifts that have not ended, behind a place, the earliest first.
func comingUp(tx *storage.Tx, w wanted, from time.Time, after storage.Place, most int) ([]called, error) {
	where, args := w.where([]any{storage.Millis(from), most})
	behind, args := after.Behind(args, "s.ends_at", "s.no", false)
	return storage.All(tx, scanCalled, "SELECT "+columns+", "+shiftColumns+fromShifts+where+" AND "+behind+" ORDER BY s.ends_at, s.no LIMIT $2", args...)
}

// countComingUp counts the shifts that people can still sign up for.
func countComingUp(tx *storage.Tx) (int64, error) {
	where, args := wanted{Free: true}.where([]any{storage.Millis(tx.Now())})
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*)"+fromShifts+where, args...)
}

// between lists the shifts that begin in a time.
func between(tx *storage.Tx, from, to time.Time, most int) ([]called, error) {
	return storage.All(tx, scanCalled, "SELECT "+columns+", "+shiftColumns+" FROM volunteering_shift s JOIN volunteering_action a ON a.no = s.action WHERE NOT s.is_off AND s.ends_at > $1 AND s.starts_at >= $1 AND s.starts_at < $2 ORDER BY s.starts_at, s.no LIMIT $3",
		storage.Millis(from), storage.Millis(to), most)
}

func insertComing(tx *storage.Tx, s Shift, a civic.Actor, class Class) error {
	_, err := tx.Exec("INSERT INTO volunteering_coming (shift, account, name, class, at) VALUES ($1, $2, $3, $4, $5)", s.no, a.Account, a.Name, class, storage.Millis(tx.Now()))
	return err
}

func deleteComing(tx *storage.Tx, s Shift, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM volunteering_coming WHERE shift = $1 AND account = $2", s.no, account)
	return err
}

func isComing(tx *storage.Tx, s Shift, account civic.ID) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM volunteering_coming WHERE shift = $1 AND account = $2", s.no, account)
	return n > 0, err
}

// takenBy lists the shifts of somebody that end after a time.
func takenBy(tx *storage.Tx, account civic.ID, from time.Time) ([]Shift, error) {
	return storage.All(tx, scanShift, "SELECT "+shiftColumns+" FROM volunteering_coming m JOIN volunteering_shift s ON s.no = m.shift WHERE m.account = $1 AND s.ends_at > $2 ORDER BY s.starts_at LIMIT 500", account, storage.Millis(from))
}

// ofAccount lists the shifts of somebody with their actions, the latest first.
func ofAccount(tx *storage.Tx, account civic.ID, most int) ([]called, error) {
	return storage.All(tx, scanCalled, "SELECT "+columns+", "+shiftColumns+" FROM volunteering_coming m JOIN volunteering_shift s ON s.no = m.shift JOIN volunteering_action a ON a.no = s.action WHERE m.account = $1 ORDER BY s.starts_at DESC, s.no DESC LIMIT $2", account, most)
}

// person is somebody who is to come to a shift.
type person struct {
	Account civic.ID
	Name    string
	Class   Class
	Shift   civic.ID
	Asked   bool // whether they come at the new time too, and did not answer
}

const personColumns = "m.account, m.name, m.class, s.id, m.asked"

func placesOfPerson(p *person) []any { return []any{&p.Account, &p.Name, &p.Class, &p.Shift, &p.Asked} }

var scanPerson = storage.Into(placesOfPerson)

// comingTo lists all who are to come to a shift.
func comingTo(tx *storage.Tx, s Shift) ([]person, error) {
	return storage.All(tx, scanPerson, "SELECT "+personColumns+" FROM volunteering_coming m JOIN volunteering_shift s ON s.no = m.shift WHERE m.shift = $1 ORDER BY m.account LIMIT $2", s.no, maxNeeded)
}

// comingAs lists the shifts of an action to which somebody is to come.
func comingAs(tx *storage.Tx, x Action, account civic.ID) ([]person, error) {
	if account == "" {
		return nil, nil
	}
	return storage.All(tx, scanPerson, "SELECT "+personColumns+" FROM volunteering_coming m JOIN volunteering_shift s ON s.no = m.shift WHERE s.action = $1 AND m.account = $2 LIMIT $3", x.no, account, maxShifts)
}

// takenByThem lists the other shifts, in a time, of each who is to come to one.
func takenByThem(tx *storage.Tx, s Shift, from, to time.Time) (map[civic.ID][]Shift, error) {
	type taken struct {
		by civic.ID
		Shift
	}
	all, err := storage.All(tx, storage.Into(func(t *taken) []any { return append([]any{&t.by}, placesOfShift(&t.Shift)...) }),
		"SELECT m.account, "+shiftColumns+" FROM volunteering_coming own JOIN volunteering_coming m ON m.account = own.account JOIN volunteering_shift s ON s.no = m.shift WHERE own.shift = $1 AND m.shift <> $1 AND s.ends_at > $2 AND s.starts_at < $3",
		s.no, storage.Millis(from), storage.Millis(to))
	out := map[civic.ID][]Shift{}
	for _, t := range all {
		out[t.by] = append(out[t.by], t.Shift)
	}
	return out, err
}

func updateReason(tx *storage.Tx, x Action) error {
	_, err := tx.Exec("UPDATE volunteering_action SET reason = $2 WHERE no = $1", x.no, storage.AsJSON(x.Reason))
	return err
}

func updateOff(tx *storage.Tx, s Shift) error {
	_, err := tx.Exec("UPDATE volunteering_shift SET is_off = TRUE WHERE no = $1", s.no)
	return err
}

func updateShift(tx *storage.Tx, s Shift) error {
	_, err := tx.Exec("UPDATE volunteering_shift SET starts_at = $2, ends_at = $3, needed = $4 WHERE no = $1", s.no, storage.Millis(s.Starts), storage.Millis(s.Ends), s.Needed)
	return err
}

// askAnew asks all who are to come to a shift whether they come at its new time.
func askAnew(tx *storage.Tx, s Shift) error {
	_, err := tx.Exec("UPDATE volunteering_coming SET asked = TRUE WHERE shift = $1", s.no)
	return err
}

func answered(tx *storage.Tx, s Shift, account civic.ID) error {
	_, err := tx.Exec("UPDATE volunteering_coming SET asked = FALSE WHERE shift = $1 AND account = $2", s.no, account)
	return err
}

func peopleOf(tx *storage.Tx, x Action) ([]person, error) {
	return storage.All(tx, scanPerson, "SELECT "+personColumns+" FROM volunteering_coming m JOIN volunteering_shift s ON s.no = m.shift WHERE s.action = $1 ORDER BY m.name, m.account, s.starts_at LIMIT 5000", x.no)
}

const entryColumns = "e.id, e.shift, e.organisation, e.minutes, e.step, e.by_account, e.against, e.at"

func placesOfEntry(e *Entry) []any {
	return []any{&e.ID, &e.Shift, &e.Organisation, &e.Minutes, &e.Step, &e.By, &e.Against, storage.Instant(&e.At)}
}

var scanEntry = storage.Into(placesOfEntry)

// bookOf is a volunteer's book in the order of time.
func bookOf(tx *storage.Tx, account civic.ID) ([]Entry, error) {
	return storage.All(tx, scanEntry, "SELECT "+entryColumns+" FROM volunteering_entry e WHERE e.account = $1 ORDER BY e.no", account)
}

// insertEntry adds a line: the caller holds the lock of the book.
func insertEntry(tx *storage.Tx, account civic.ID, e Entry) error {
	if err := tx.Lock("volunteering_entries"); err != nil {
		return err
	}
	no, err := next(tx, "volunteering_entry")
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO volunteering_entry (no, id, account, shift, organisation, minutes, step, by_account, against, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		no, civic.NewID(tx.Now()), account, e.Shift, e.Organisation, e.Minutes, e.Step, e.By, e.Against, storage.Millis(tx.Now()))
	return err
}

// confirmedMinutes is the sum of all hours that two people signed.
func confirmedMinutes(tx *storage.Tx, before time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(SUM(minutes), 0) FROM volunteering_entry WHERE step IN ('confirmed', 'taken_back') AND at <= $1", storage.Millis(before))
}

// confirmedOf is the sum of the hours of an action that two people signed, in minutes.
func confirmedOf(tx *storage.Tx, x Action) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COALESCE(SUM(e.minutes), 0) FROM volunteering_entry e JOIN volunteering_shift s ON s.id = e.shift WHERE s.action = $1 AND e.step IN ('confirmed', 'taken_back')", x.no)
}

// forget erases who came, and their book. What they confirmed for others stays, without them.
func forget(tx *storage.Tx, account civic.ID) error {
	return tx.ExecEach([]string{"DELETE FROM volunteering_coming WHERE account = $1", "DELETE FROM volunteering_entry WHERE account = $1", "UPDATE volunteering_entry SET by_account = '' WHERE by_account = $1"}, account)
}
