package answers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

const columns = `o.no, o.id, o.subject, o.owed, o.what, o.origin, o.body, o.person, o.district, o.theme, o.source, o.started_at, o.days, o.working,
	o.pauses, o.extensions, o.state, o.due, o.given_at, o.changed_at, o.confirms, o.contests, o.reminded`

type row struct {
	Obligation
	pauses     []keptPause
	extensions []keptExtension
}

// keptPause and keptExtension are how those of a clock are kept: instants in milliseconds, as in
// columns.
type keptPause struct {
	From int64      `json:"from"`
	To   int64      `json:"to"`
	Why  civic.Text `json:"why"`
}

type keptExtension struct {
	Days int        `json:"days"`
	Told int64      `json:"told"`
	Why  civic.Text `json:"why"`
}

var scanRow = storage.Into(func(r *row) []any {
	return []any{&r.no, &r.ID, storage.Ref(&r.Subject), &r.Owed, &r.What, &r.Origin, storage.Ref(&r.Body), &r.Person, &r.District, &r.Theme, &r.Source, storage.Instant(&r.Start), &r.Term.Days, &r.Term.Working,
		storage.JSON(&r.pauses), storage.JSON(&r.extensions), &r.State, storage.Instant(&r.Due), storage.Instant(&r.GivenAt), storage.Instant(&r.ChangedAt), &r.Confirms, &r.Contests, &r.reminded}
})

func scanObligation(r storage.Row) (Obligation, error) {
	o, err := scanRow(r)
	for _, p := range o.pauses {
		o.Pauses = append(o.Pauses, civic.Pause{From: storage.Time(p.From), To: storage.Time(p.To), Why: p.Why})
	}
	for _, e := range o.extensions {
		o.Extensions = append(o.Extensions, civic.Extension{Days: e.Days, Told: storage.Time(e.Told), Why: e.Why})
	}
	return o.Obligation, err
}

func find(tx *storage.Tx, id civic.ID) (Obligation, error) {
	return storage.One(tx, scanObligation, "SELECT "+columns+" FROM answers_obligation o WHERE o.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Obligation, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanObligation, "SELECT "+columns+" FROM answers_obligation o WHERE o.id IN "+in, args...)
}

// about lists all obligations about some things, of each thing the first in front, so many in one statement.
func about(tx *storage.Tx, subjects []civic.Ref) (out []Obligation, err error) {
	const things, rows = 200, 1_000
	for some := range slices.Chunk(subjects, things) {
		var names []string
		for _, s := range some {
			names = append(names, s.String())
		}
		for after, more := int64(0), true; more; {
			in, args := storage.In([]any{after}, names)
			page, err := storage.All(tx, scanObligation, fmt.Sprintf("SELECT %s FROM answers_obligation o WHERE o.no > $1 AND o.subject IN %s ORDER BY o.no LIMIT %d", columns, in, rows), args...)
			if err != nil {
				return nil, err
			}
			out = append(out, page...)
			if more = len(page) == rows; more {
				after = page[rows-1].no
			}
		}
	}
	return out, nil
}

// cameOf lists what came of an obligation: parts, promises, and what another body owes now. That the origin is not empty is said because the
// index has only such rows.
func cameOf(tx *storage.Tx, o Obligation) ([]Obligation, error) {
	return storage.All(tx, scanObligation, "SELECT "+columns+" FROM answers_obligation o WHERE o.origin = $1 AND o.origin <> '' ORDER BY o.no LIMIT 100", o.ID)
}

// numbers is the lock of all numbers and of the sums of what is owed, and the last that a step takes: those who take several obligations lock all of
// them before the first moves.
const numbers = "answers_no"

// insert numbers a new obligation too.
func insert(tx *storage.Tx, o *Obligation) error {
	if err := tx.Lock(numbers); err != nil {
		return err
	}
	no, err := storage.Next(tx, "answers_obligation")
	if err != nil {
		return err
	}
	o.no = no
	pauses, extensions := clockColumns(*o)
	_, err = tx.Exec(`INSERT INTO answers_obligation (no, id, subject, owed, what, origin, body, person, district, theme, source, started_at, days, working,
		pauses, extensions, state, due, view, list_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		o.no, o.ID, o.Subject.String(), o.Owed, o.What, o.Origin, o.Body.String(), o.Person, o.District, o.Theme, o.Source, storage.Millis(o.Start), o.Term.Days, o.Term.Working,
		pauses, extensions, o.State, storage.Millis(o.Due), o.view(), storage.Millis(o.listAt()), storage.Millis(o.ChangedAt))
	if err != nil {
		return err
	}
	return addOwing(tx, o.owing(), 1)
}

// owing is a date by which a body still owes something; the zero value is none.
type owing struct {
	body string
	due  int64 // ms
}

func (o Obligation) owing() owing {
	if o.view() != owedView || o.Due.IsZero() {
		return owing{}
	}
	return owing{o.Body.String(), storage.Millis(o.Due)}
}

// addOwing counts what is owed by a date. Its row is locked until the transaction ends, so whoever calls it holds the lock of the numbers: others
// would take the row and the lock, or two rows, the other way round.
func addOwing(tx *storage.Tx, at owing, n int64) error {
	if at == (owing{}) {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO answers_owing (body, due, n) VALUES ($1, $2, $3)
		ON CONFLICT (body, due) DO UPDATE SET n = answers_owing.n + excluded.n`, at.body, at.due, n)
	if err == nil && n < 0 {
		_, err = tx.Exec("DELETE FROM answers_owing WHERE body = $1 AND due = $2 AND n = 0", at.body, at.due)
	}
	return err
}

// moveOwing counts an obligation that is to be stored by where it is owed now, instead of where it was.
func moveOwing(tx *storage.Tx, o Obligation) error {
	was, err := storage.One(tx, scanObligation, "SELECT "+columns+" FROM answers_obligation o WHERE o.no = $1", o.no)
	if err != nil || was.owing() == o.owing() {
		return err
	}
	if err := tx.Lock(numbers); err != nil {
		return err
	}
	if err := addOwing(tx, was.owing(), -1); err != nil {
		return err
	}
	return addOwing(tx, o.owing(), 1)
}

// owingDiffers lists the sums of what is owed that are not what the obligations themselves add up to: what is kept, 0 where it lacks, and what it is.
func owingDiffers(tx *storage.Tx, most int) ([]miscount, error) {
	return storage.All(tx, storage.Into(func(m *miscount) []any { return []any{&m.at.body, &m.at.due, &m.kept, &m.is} }),
		`SELECT body, due, CAST(SUM(kept) AS BIGINT), CAST(SUM(really) AS BIGINT) FROM (
			SELECT body, due, n AS kept, 0 AS really FROM answers_owing
			UNION ALL SELECT body, due, 0 AS kept, 1 AS really FROM answers_obligation WHERE view = 'owed' AND due > 0) counted
		GROUP BY body, due HAVING SUM(kept) <> SUM(really) ORDER BY body, due LIMIT $1`, most)
}

// miscount is a sum that is wrong.
type miscount struct {
	at       owing
	kept, is int64
}

func clockColumns(o Obligation) (pauses, extensions any) {
	ps, es := []keptPause{}, []keptExtension{}
	for _, p := range o.Pauses {
		ps = append(ps, keptPause{storage.Millis(p.From), storage.Millis(p.To), p.Why})
	}
	for _, e := range o.Extensions {
		es = append(es, keptExtension{e.Days, storage.Millis(e.Told), e.Why})
	}
	return storage.AsJSON(ps), storage.AsJSON(es)
}

// update stores what steps and the calendar change.
func update(tx *storage.Tx, o Obligation) error {
	if err := moveOwing(tx, o); err != nil {
		return err
	}
	pauses, extensions := clockColumns(o)
	_, err := tx.Exec(`UPDATE answers_obligation SET person = $2, pauses = $3, extensions = $4, state = $5, due = $6, given_at = $7, view = $8, list_at = $9,
		changed_at = $10, confirms = $11, contests = $12, reminded = $13 WHERE no = $1`,
		o.no, o.Person, pauses, extensions, o.State, storage.Millis(o.Due), storage.Millis(o.GivenAt), o.view(), storage.Millis(o.listAt()),
		storage.Millis(o.ChangedAt), o.Confirms, o.Contests, int64(o.reminded))
	return err
}

// Verdicts.

var scanVerdict = storage.Into(func(v *Verdict) []any {
	return []any{storage.Instant(&v.At), &v.Version, &v.Outcome, storage.Ref(&v.Whose), &v.Reason, storage.JSON(&v.Evidence), storage.Instant(&v.Promised)}
})

// verdicts lists what the body said, the first in front.
func verdicts(tx *storage.Tx, o Obligation) ([]Verdict, error) {
	return storage.All(tx, scanVerdict, "SELECT at, version, outcome, whose, reason, evidence, promised_by FROM answers_verdict WHERE obligation = $1 ORDER BY no LIMIT 100", o.no)
}

type saidOf struct {
	no int64
	Verdict
}

var scanSaid = storage.Into(func(v *saidOf) []any {
	return []any{&v.no, storage.Instant(&v.At), &v.Version, &v.Outcome, storage.Ref(&v.Whose), &v.Reason, storage.JSON(&v.Evidence), storage.Instant(&v.Promised)}
})

// lastVerdicts lists what bodies said last of what they owe, by its number.
func lastVerdicts(tx *storage.Tx, obligations []int64) ([]saidOf, error) {
	in, args := storage.In(nil, obligations)
	return storage.All(tx, scanSaid, `SELECT v.obligation, v.at, v.version, v.outcome, v.whose, v.reason, v.evidence, v.promised_by FROM answers_verdict v
		WHERE v.obligation IN `+in+" AND v.no = (SELECT MAX(w.no) FROM answers_verdict w WHERE w.obligation = v.obligation)", args...)
}

// lastVerdict is the number of what the body of the obligation $1 said last.
const lastVerdict = "(SELECT MAX(no) FROM answers_verdict WHERE obligation = $1)"

func insertVerdict(tx *storage.Tx, o Obligation, v Verdict) error {
	_, err := tx.Exec(`INSERT INTO answers_verdict (obligation, no, at, version, outcome, whose, reason, evidence, promised_by)
		VALUES ($1, COALESCE(`+lastVerdict+`, 0) + 1, $2, $3, $4, $5, $6, $7, $8)`,
		o.no, storage.Millis(v.At), v.Version, v.Outcome, v.Whose.String(), v.Reason, storage.AsJSON(append([]string{}, v.Evidence...)), storage.Millis(v.Promised))
	return err
}

// Replies.

// putReply notes or changes what one of those who asked says to the last verdict: an account, or a reader of
// package notifications who has none.
func putReply(tx *storage.Tx, o Obligation, who civic.ID, r Reply) error {
	_, err := tx.Exec(`INSERT INTO answers_reply (obligation, verdict, id, who, confirms, words, at) VALUES ($1, `+lastVerdict+`, $2, $3, $4, $5, $6)
		ON CONFLICT (obligation, verdict, who) WHERE who <> '' DO UPDATE SET confirms = excluded.confirms, words = excluded.words, at = excluded.at`,
		o.no, civic.NewID(tx.Now()), who, r.Confirms, r.Words, storage.Millis(r.At))
	return err
}

var scanReply = storage.Into(func(r *Reply) []any { return []any{&r.Confirms, &r.Words, storage.Instant(&r.At)} })

func replyOf(tx *storage.Tx, o Obligation, who civic.ID) (Reply, bool, error) {
	return storage.Found(storage.One(tx, scanReply, "SELECT confirms, words, at FROM answers_reply WHERE obligation = $1 AND verdict = "+lastVerdict+" AND who = $2", o.no, who))
}

// repliesWithWords lists what was said to the last verdict, the latest first.
func repliesWithWords(tx *storage.Tx, o Obligation, most int) ([]Reply, error) {
	return storage.All(tx, scanReply, "SELECT confirms, words, at FROM answers_reply WHERE obligation = $1 AND verdict = "+lastVerdict+" AND words <> '' ORDER BY at DESC, id LIMIT $2", o.no, most)
}

func countReplies(tx *storage.Tx, o Obligation) (confirms, contests int64, err error) {
	n, err := storage.Map[bool, int64](tx, "SELECT confirms, COUNT(*) FROM answers_reply WHERE obligation = $1 AND verdict = "+lastVerdict+" GROUP BY confirms", o.no)
	return n[true], n[false], err
}

// held is a reply with what it is to, for its author.
type held struct {
	Obligation civic.ID  `json:"obligation"`
	Confirms   bool      `json:"confirms"`
	Words      string    `json:"words,omitempty"`
	At         time.Time `json:"at"`
}

func heldOn(tx *storage.Tx, account civic.ID) (any, error) {
	return storage.All(tx, storage.Into(func(h *held) []any { return []any{&h.Obligation, &h.Confirms, &h.Words, storage.Instant(&h.At)} }),
		"SELECT o.id, r.confirms, r.words, r.at FROM answers_reply r JOIN answers_obligation o ON o.no = r.obligation WHERE r.who = $1 ORDER BY r.at, r.id", account)
}

func forget(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE answers_reply SET who = '', words = '' WHERE who = $1", account)
	return err
}

// repliedTo lists what an account has said something to, the latest first.
func repliedTo(tx *storage.Tx, account civic.ID, most int) ([]Obligation, error) {
	return storage.All(tx, scanObligation, "SELECT "+columns+` FROM answers_obligation o WHERE o.no IN (SELECT obligation FROM answers_reply WHERE who = $1)
		ORDER BY o.changed_at DESC, o.no DESC LIMIT $2`, account, most)
}

// Moves.

func insertMove(tx *storage.Tx, o Obligation, m Move) error {
	_, err := tx.Exec("INSERT INTO answers_move (obligation, at, was, becomes, days) VALUES ($1, $2, $3, $4, $5)", o.no, storage.Millis(m.At), storage.Millis(m.Was), storage.Millis(m.Becomes), storage.AsJSON(append([]MovedDay{}, m.Days...)))
	return err
}

func moves(tx *storage.Tx, o Obligation) ([]Move, error) {
	return storage.All(tx, storage.Into(func(m *Move) []any {
		return []any{storage.Instant(&m.At), storage.Instant(&m.Was), storage.Instant(&m.Becomes), storage.JSON(&m.Days)}
	}), "SELECT at, was, becomes, days FROM answers_move WHERE obligation = $1 ORDER BY at LIMIT 100", o.no)
}

// calendarBefore is the calendar by which the due dates were computed; false when there is none yet.
func calendarBefore(tx *storage.Tx) (known calendar, found bool, err error) {
	return storage.Found(storage.One(tx, storage.Into(func(c *calendar) []any { return []any{&c.Digest, storage.JSON(&c.Days)} }),
		"SELECT digest, days FROM answers_calendar WHERE one = 1"))
}

func saveCalendar(tx *storage.Tx, c calendar) error {
	_, err := tx.Exec(`INSERT INTO answers_calendar (one, digest, days) VALUES (1, $1, $2)
		ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, days = excluded.days`, c.Digest, storage.AsJSON(c.Days))
	return err
}

// keepCalendar notes by which calendar the first due date was computed.
func keepCalendar(tx *storage.Tx, c calendar) error {
	_, err := tx.Exec("INSERT INTO answers_calendar (one, digest, days) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING", c.Digest, storage.AsJSON(c.Days))
	return err
}

// running lists obligations whose clock goes, in the order of their numbers.
func running(tx *storage.Tx, after int64, most int) ([]Obligation, error) {
	return storage.All(tx, scanObligation, "SELECT "+columns+" FROM answers_obligation o WHERE o.view = $1 AND o.state = $2 AND o.no > $3 ORDER BY o.no LIMIT $4", owedView, Running, after, most)
}

// toRemind lists what is owed, due by an instant, and of which the body was not told so yet.
func toRemind(tx *storage.Tx, due time.Time, told reminder, most int) ([]Obligation, error) {
	return storage.All(tx, scanObligation, "SELECT "+columns+" FROM answers_obligation o WHERE o.view = $1 AND o.state = $2 AND o.list_at <= $3 AND o.reminded < $4 ORDER BY o.list_at, o.no LIMIT $5",
		owedView, Running, storage.Millis(due), int64(told), most)
}

// markReminded changes nothing else: the body may take a step at the same time.
func markReminded(tx *storage.Tx, o Obligation, as reminder) error {
	_, err := tx.Exec("UPDATE answers_obligation SET reminded = $2 WHERE no = $1", o.no, int64(as))
	return err
}

// Lists.

// Query is what a list of obligations is asked for.
type Query struct {
	State string // one of Filters
	Body  civic.Ref
	city.Scope
	Words    string
	After    string // cursor of an earlier page
	Lateness Lateness
}

// Lateness are the instants that separate what is late.
type Lateness struct {
	Overdue, VeryOverdue time.Time // what was due before is overdue, and very overdue
}

// where is the condition of a query and the direction of its order. Each begins with columns of an
// index, so that a page costs the same however many obligations there are.
func (q Query) where(args []any) (string, []any, bool) {
	var b strings.Builder
	and := func(condition string, value any) {
		args = append(args, value)
		fmt.Fprintf(&b, " AND "+condition, len(args))
	}
	in := viewOf(q.State)
	// The indexes of bodies, of districts and of themes begin with fewer rows than that of states, which an
	// engine without statistics would take for as good.
	state := "o.state = $%d"
	if q.Body != (civic.Ref{}) {
		and("o.body = $%d", q.Body.String())
		state = "(o.state || '') = $%d"
	}
	if q.District != "" {
		and("o.district = $%d", q.District)
		state = "(o.state || '') = $%d"
	}
	if q.Theme != "" {
		and("o.theme = $%d", q.Theme)
		state = "(o.state || '') = $%d"
	}
	and("o.view = $%d", in)
	if ofState(q.State) {
		and(state, q.State)
	}
	switch q.State {
	case FilterOverdue:
		and("o.list_at < $%d", storage.Millis(q.Lateness.Overdue))
	case FilterVeryOverdue:
		and("o.list_at < $%d", storage.Millis(q.Lateness.VeryOverdue))
	}
	return b.String(), args, in != owedView
}

// viewOf is the view that a filter narrows.
func viewOf(filter string) view {
	switch filter {
	case FilterAnswered, string(Confirmed), string(Contested):
		return givenView
	case string(PassedOn):
		return goneView
	}
	return owedView
}

// ofState reports whether a filter is a state.
func ofState(filter string) bool {
	return slices.Contains([]State{Paused, Confirmed, Contested}, State(filter))
}

// list is a page of obligations: those that are owed by their date, the others the latest first;
// with words in the order of search.List.
func list(tx *storage.Tx, q Query, most int) (items []Obligation, next string, err error) {
	if strings.TrimSpace(q.Words) != "" {
		where, args, _ := q.where(nil)
		found, err := search.List(tx, Kind, true, q.Words, q.After, most, search.Rows[Obligation]{
			Columns: columns, From: "answers_obligation o", Number: "o.no", Where: where, Args: args,
			Scan: scanObligation, NumberOf: func(o Obligation) int64 { return o.no },
		})
		return found.Items, found.Next, err
	}
	from, ok := storage.ParsePlace(q.After)
	if !ok {
		return nil, "", civic.Fail(civic.Invalid, "answers.bad_cursor")
	}
	where, args, descending := q.where(nil)
	order := "ASC"
	if descending {
		order = "DESC"
	}
	behind, args := from.Behind(args, "o.list_at", "o.no", descending)
	rows, err := storage.All(tx, scanObligation, fmt.Sprintf("SELECT %s FROM answers_obligation o WHERE %s%s ORDER BY o.list_at %s, o.no %s LIMIT %d", columns, behind, where, order, order, most+1), args...)
	items, last := storage.Page(rows, most)
	if last != nil {
		next = storage.PlaceAt(storage.Millis(last.listAt()), last.no).String()
	}
	return items, next, err
}

// latest is what changed last: the feed.
func latest(tx *storage.Tx, most int) ([]Obligation, error) {
	return storage.All(tx, scanObligation, "SELECT "+columns+" FROM answers_obligation o ORDER BY o.changed_at DESC, o.no DESC LIMIT $1", most)
}

// owedBy is a page of what the bodies still owe and of what was contested, the soonest first, and the place behind it, "" on the last.
func owedBy(tx *storage.Tx, bodies []civic.Ref, after storage.Place, most int) (out []Obligation, next string, err error) {
	for _, body := range bodies {
		for _, q := range []Query{{State: FilterOwed, Body: body}, {State: string(Contested), Body: body}} {
			where, args, _ := q.where(nil)
			behind, args := after.Behind(args, "o.list_at", "o.no", false)
			some, err := storage.All(tx, scanObligation, fmt.Sprintf("SELECT %s FROM answers_obligation o WHERE %s%s ORDER BY o.list_at, o.no LIMIT %d", columns, behind, where, most+1), args...)
			if err != nil {
				return nil, "", err
			}
			out = append(out, some...)
		}
	}
	slices.SortFunc(out, func(x, y Obligation) int { return cmp.Or(x.listAt().Compare(y.listAt()), cmp.Compare(x.no, y.no)) })
	out, last := storage.Page(out, most)
	if last != nil {
		next = storage.PlaceAt(storage.Millis(last.listAt()), last.no).String()
	}
	return out, next, nil
}

// owedAbout is a page of the answers that bodies still owe about things of a kind, the soonest first, and the place behind it, "" on the last.
func owedAbout(tx *storage.Tx, bodies []civic.Ref, kind string, after storage.Place, most int) (out []Obligation, next string, err error) {
	// The kind stands in the text, so that a plan knows how many there are.
	begins := strings.ReplaceAll(strings.TrimSuffix(storage.Literal(kind), "'"), "_", `\_`) + ":%'"
	for _, body := range bodies { // one by one, so that each is read in the order of the index and no further than its page
		behind, args := after.Behind([]any{body.String(), most + 1}, "o.list_at", "o.no", false)
		of, err := storage.All(tx, scanObligation, fmt.Sprintf(`SELECT %s FROM answers_obligation o WHERE o.view = %s AND o.owed = %s AND o.subject LIKE %s ESCAPE '\' AND o.body = $1 AND %s ORDER BY o.list_at, o.no LIMIT $2`,
			columns, storage.Literal(owedView), storage.Literal(Answer), begins, behind), args...)
		if err != nil {
			return nil, "", err
		}
		out = append(out, of...)
	}
	slices.SortFunc(out, func(x, y Obligation) int {
		return cmp.Or(cmp.Compare(storage.Millis(x.listAt()), storage.Millis(y.listAt())), cmp.Compare(x.no, y.no))
	})
	out, last := storage.Page(out[:min(len(out), most+1)], most)
	if last != nil {
		next = storage.PlaceAt(storage.Millis(last.listAt()), last.no).String()
	}
	return out, next, nil
}

// countOverdue counts by body what is owed and due before an instant.
func countOverdue(tx *storage.Tx, before time.Time) (map[string]int64, error) {
	return storage.Map[string, int64](tx, "SELECT body, CAST(SUM(n) AS BIGINT) FROM answers_owing WHERE due < $1 GROUP BY body", storage.Millis(before))
}

func countOwed(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM answers_obligation WHERE view = $1", owedView)
}

// Tallies.

// tallied is how many obligations of a body came out in one way.
type tallied struct {
	Body    string
	Owed    Owed
	Outcome Outcome
	Days    int
	Late    bool
	N       int64
}

func count(tx *storage.Tx, t tallied) error {
	_, err := tx.Exec(`INSERT INTO answers_tally (body, owed, outcome, days, late, n) VALUES ($1, $2, $3, $4, $5, 1)
		ON CONFLICT (body, owed, outcome, days, late) DO UPDATE SET n = answers_tally.n + 1`, t.Body, t.Owed, t.Outcome, t.Days, t.Late)
	return err
}

// tallies lists them by body, those that took the fewest days first.
func tallies(tx *storage.Tx) ([]tallied, error) {
	return storage.All(tx, storage.Into(func(t *tallied) []any { return []any{&t.Body, &t.Owed, &t.Outcome, &t.Days, &t.Late, &t.N} }),
		"SELECT body, owed, outcome, days, late, n FROM answers_tally ORDER BY body, days LIMIT 100000")
}

// lastOutcomes are the outcomes of the last verdicts, by the obligation's number.
func lastOutcomes(tx *storage.Tx, numbers []int64) (map[int64]Outcome, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	in, args := storage.In(nil, numbers)
	return storage.Map[int64, Outcome](tx, "SELECT obligation, outcome FROM answers_verdict WHERE obligation IN "+in+" ORDER BY obligation, no", args...)
}
