package grants

import (
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// number is the next one of a table. Whoever inserts holds the lock of all numbers, so that search documents are numbered in the order
// of time.
func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("grants_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

// Calls.

const callColumns = "c.no, c.id, c.funder, c.kind, c.state, c.title, c.about, c.money, c.most, c.own, c.opens, c.closes, c.grace, c.rules, c.rubric, c.anonymous, c.district, c.theme, c.form_hash, c.announced_at, c.decided_at, c.reasons"

var scanCallRow = storage.Into(func(c *Call) []any {
	return []any{&c.no, &c.ID, &c.Funder, &c.Kind, &c.State, &c.Title, &c.About, &c.Money, &c.Most, &c.Own, storage.Instant(&c.Opens), storage.Instant(&c.Closes), &c.Grace,
		storage.JSON(&c.Rules), storage.JSON(&c.Rubric), &c.Anonymous, &c.District, &c.Theme, &c.FormHash, storage.Instant(&c.AnnouncedAt), storage.Instant(&c.DecidedAt), &c.Reasons}
})

// scanCall reads a call, whose grace is kept in minutes.
func scanCall(r storage.Row) (Call, error) {
	c, err := scanCallRow(r)
	c.Grace *= time.Minute
	return c, err
}

// announced lists the calls that were announced, the latest first, with what makes them a pattern for others.
func announced(tx *storage.Tx, most int) ([]Call, error) {
	return storage.All(tx, storage.Into(func(c *Call) []any {
		return []any{&c.ID, &c.Kind, storage.JSON(&c.Title), &c.Own, storage.JSON(&c.Rules), storage.JSON(&c.Rubric), &c.Anonymous}
	}), "SELECT c.id, c.kind, c.title, c.own, c.rules, c.rubric, c.anonymous FROM grants_call c WHERE c.announced_at > 0 ORDER BY c.no DESC LIMIT $1", most)
}

const fromCalls = "SELECT " + callColumns + " FROM grants_call c WHERE "

func find(tx *storage.Tx, id civic.ID) (Call, error) {
	return storage.One(tx, scanCall, fromCalls+"c.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Call, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCall, fromCalls+"c.id IN "+in, args...)
}

// listPublic lists calls that everybody sees below a number (0: from the last on); funder "" is all.
func listPublic(tx *storage.Tx, of Narrow, below int64, most int) ([]Call, error) {
	where, args := "c.state <> $1", []any{Draft}
	if of.State != "" {
		where, args = "c.state = $1", []any{of.State}
	}
	for _, narrow := range []struct{ column, value string }{{"c.funder", string(of.Funder)}, {"c.district", of.District}} {
		if narrow.value != "" {
			args = append(args, narrow.value)
			where += " AND " + narrow.column + " = $" + strconv.Itoa(len(args))
		}
	}
	before, args := storage.Before(args, "c.no", below)
	return storage.All(tx, scanCall, fromCalls+where+" AND "+before+" ORDER BY c.no DESC LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

// running lists the calls that are not over, those that close first in front; of the funders, or of all when there is nil.
func running(tx *storage.Tx, funders []civic.ID, most int) ([]Call, error) {
	where, args := "c.state IN ($1, $2, $3)", []any{Draft, Announced, Reading}
	if funders != nil {
		var in string
		in, args = storage.In(args, funders)
		where += " AND c.funder IN " + in
	}
	return storage.All(tx, scanCall, fromCalls+where+" ORDER BY c.closes, c.no LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

// taking lists the calls that take applications at an instant, also in the grace period, those that close first in front.
func taking(tx *storage.Tx, now time.Time, most int) ([]Call, error) {
	return storage.All(tx, scanCall, fromCalls+"c.state = $1 AND c.opens <= $2 AND c.closes + c.grace * 60000 > $2 ORDER BY c.closes, c.no LIMIT $3", Announced, storage.Millis(now), most)
}

func countTaking(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM grants_call WHERE state = $1 AND opens <= $2 AND closes + grace * 60000 > $2", Announced, storage.Millis(tx.Now()))
}

// latestDecided lists the calls that were decided last.
func latestDecided(tx *storage.Tx, most int) ([]Call, error) {
	return storage.All(tx, scanCall, fromCalls+"c.state = $1 ORDER BY c.no DESC LIMIT $2", Decided, most)
}

func insertCall(tx *storage.Tx, c *Call) (err error) {
	if c.no, err = number(tx, "grants_call"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO grants_call (no, id, funder, kind, state, title, about, money, most, own, opens, closes, grace, rules, rubric, anonymous, district, theme, form_hash, announced_at, decided_at, reasons)
		VALUES ($1, $2, $3, '', $4, '{}', '{}', 0, 0, 0, 0, 0, 0, '[]', '{}', FALSE, '', '', '', 0, 0, '{}')`, c.no, c.ID, c.Funder, c.State)
	if err != nil {
		return err
	}
	return updateCall(tx, *c)
}

func updateCall(tx *storage.Tx, c Call) error {
	_, err := tx.Exec(`UPDATE grants_call SET kind = $2, state = $3, title = $4, about = $5, money = $6, most = $7, own = $8, opens = $9, closes = $10, grace = $11, rules = $12, rubric = $13,
		anonymous = $14, district = $15, theme = $16, form_hash = $17, announced_at = $18, decided_at = $19, reasons = $20 WHERE no = $1`,
		c.no, c.Kind, c.State, c.Title, c.About, int64(c.Money), int64(c.Most), c.Own, storage.Millis(c.Opens), storage.Millis(c.Closes), int64(c.Grace/time.Minute), storage.AsJSON(append([]Rule{}, c.Rules...)), storage.AsJSON(c.Rubric),
		c.Anonymous, c.District, c.Theme, c.FormHash, storage.Millis(c.AnnouncedAt), storage.Millis(c.DecidedAt), c.Reasons)
	return err
}

// Applications.

const applicationColumns = "a.no, a.id, a.call, a.applicant, a.account, a.state, a.number, a.title, a.summary, a.budget, a.seen, a.partners, a.people, a.ask, a.own, a.receipt, a.submitted_at, a.in_grace, a.lacks, a.supply_until, a.supplied, a.reason, a.award, a.score, a.why, a.decided_at, a.changed_at, a.changed, a.upheld, a.refused_at, a.handed"

var scanApplication = storage.Into(func(a *Application) []any {
	return []any{&a.no, &a.ID, &a.Call, &a.Applicant, &a.Account, &a.State, &a.Number, &a.Title, &a.Summary, storage.JSON(&a.Budget), &a.Seen, storage.JSON(&a.Partners), storage.JSON(&a.People),
		&a.Ask, &a.Own, &a.Receipt, storage.Instant(&a.SubmittedAt), &a.InGrace, &a.Lacks, storage.Instant(&a.SupplyUntil), &a.Supplied, &a.Reason, &a.Award, &a.Score, &a.Why, storage.Instant(&a.DecidedAt), storage.Instant(&a.ChangedAt), &a.Changed, &a.Upheld, storage.Instant(&a.RefusedAt), &a.Handed}
})

const fromApplications = "SELECT " + applicationColumns + " FROM grants_application a WHERE "

func findApplication(tx *storage.Tx, id civic.ID) (Application, error) {
	return storage.One(tx, scanApplication, fromApplications+"a.id = $1", id)
}

func applicationOf(tx *storage.Tx, call, applicant civic.ID) (Application, error) {
	return storage.One(tx, scanApplication, fromApplications+"a.call = $1 AND a.applicant = $2", call, applicant)
}

func applicationsByIDs(tx *storage.Tx, ids []civic.ID) ([]Application, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanApplication, fromApplications+"a.id IN "+in, args...)
}

// applications lists those of a call that were handed in, by their numbers.
func applications(tx *storage.Tx, call civic.ID) ([]Application, error) {
	return storage.All(tx, scanApplication, fromApplications+"a.call = $1 AND a.number > 0 AND a.state <> $2 ORDER BY a.number LIMIT $3", call, Begun, maxPerCall)
}

// changedIn lists the applications to calls of which something changed after the decision, as it did.
func changedIn(tx *storage.Tx, calls []civic.ID) (map[civic.ID][]Application, error) {
	in, args := storage.In(nil, calls)
	all, err := storage.All(tx, scanApplication, fromApplications+"a.changed_at > 0 AND a.call IN "+in+" ORDER BY a.call, a.changed_at, a.no LIMIT $"+strconv.Itoa(len(args)+1), append(args, maxPerCall*len(calls))...)
	out := map[civic.ID][]Application{}
	for _, d := range all {
		out[d.Call] = append(out[d.Call], d)
	}
	return out, err
}

// applicants lists the organisations that have begun to apply to a call and have not withdrawn.
func applicants(tx *storage.Tx, call civic.ID) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT applicant FROM grants_application WHERE call = $1 AND state <> $2 ORDER BY no LIMIT $3", call, Withdrawn, maxPerCall)
}

// countStates says how many applications of each call are in each state.
func countStates(tx *storage.Tx, calls []civic.ID) (map[civic.ID]map[State]int, error) {
	type row struct {
		of    civic.ID
		state State
		n     int
	}
	in, args := storage.In(nil, calls)
	all, err := storage.All(tx, storage.Into(func(r *row) []any { return []any{&r.of, &r.state, &r.n} }),
		"SELECT call, state, COUNT(*) FROM grants_application WHERE call IN "+in+" GROUP BY call, state", args...)
	out := map[civic.ID]map[State]int{}
	for _, r := range all {
		if out[r.of] == nil {
			out[r.of] = map[State]int{}
		}
		out[r.of][r.state] = r.n
	}
	return out, err
}

// ofApplicants lists the applications of organisations, the last in front.
func ofApplicants(tx *storage.Tx, applicants []civic.ID, most int) ([]Application, error) {
	if len(applicants) == 0 {
		return nil, nil
	}
	in, args := storage.In(nil, applicants)
	return storage.All(tx, scanApplication, fromApplications+"a.applicant IN "+in+" ORDER BY a.no DESC LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

// payment is money that a call gave.
type payment struct {
	from, to civic.ID
	at       time.Time
}

// paidBetween lists what calls gave to organisations, or in their name.
func paidBetween(tx *storage.Tx, orgs []civic.ID) ([]payment, error) {
	if len(orgs) == 0 {
		return nil, nil
	}
	in, args := storage.In(nil, orgs)
	return storage.All(tx, storage.Into(func(p *payment) []any { return []any{&p.from, &p.to, storage.Instant(&p.at)} }),
		"SELECT c.funder, a.applicant, a.decided_at FROM grants_application a JOIN grants_call c ON c.id = a.call WHERE a.award > 0 AND (a.applicant IN "+in+" OR c.funder IN "+in+") ORDER BY a.no DESC LIMIT 10000", args...)
}

// begunBy lists the applications that an account began.
func begunBy(tx *storage.Tx, account civic.ID) ([]Application, error) {
	return storage.All(tx, scanApplication, fromApplications+"a.account = $1 ORDER BY a.no LIMIT $2", account, maxPerCall)
}

func insertApplication(tx *storage.Tx, a *Application) (err error) {
	if a.no, err = number(tx, "grants_application"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO grants_application (no, id, call, applicant, account, state, number, title, summary, budget, seen, partners, people, ask, own, receipt, submitted_at, in_grace, lacks, supply_until,
		supplied, reason, award, score, why, decided_at, changed_at, changed, upheld, refused_at, handed) VALUES ($1, $2, $3, $4, $5, $6, 0, '', '', '[]', 0, '[]', '[]', 0, 0, '', 0, FALSE, '{}', 0, FALSE, '{}', 0, '', '{}', 0, 0, '{}', FALSE, 0, '')`,
		a.no, a.ID, a.Call, a.Applicant, a.Account, a.State)
	return err
}

func updateApplication(tx *storage.Tx, a Application) error {
	_, err := tx.Exec(`UPDATE grants_application SET state = $2, number = $3, title = $4, summary = $5, budget = $6, seen = $7, partners = $8, people = $9, ask = $10, own = $11, receipt = $12, submitted_at = $13,
		in_grace = $14, lacks = $15, supply_until = $16, supplied = $17, reason = $18, award = $19, score = $20, why = $21, decided_at = $22, changed_at = $23, changed = $24, upheld = $25, refused_at = $26, handed = $27 WHERE no = $1`,
		a.no, a.State, a.Number, a.Title, a.Summary, storage.AsJSON(append([]Line{}, a.Budget...)), a.Seen, storage.AsJSON(append([]civic.ID{}, a.Partners...)), storage.AsJSON(append([]string{}, a.People...)), int64(a.Ask), int64(a.Own), a.Receipt, storage.Millis(a.SubmittedAt),
		a.InGrace, a.Lacks, storage.Millis(a.SupplyUntil), a.Supplied, a.Reason, int64(a.Award), a.Score, a.Why, storage.Millis(a.DecidedAt), storage.Millis(a.ChangedAt), a.Changed, a.Upheld, storage.Millis(a.RefusedAt), a.Handed)
	return err
}

// Complaints about the check for form.

const fromObjections = "SELECT o.application, o.words, o.made_at, o.due, o.upheld, o.answer, o.answered_at FROM grants_objection o "

var scanObjection = storage.Into(func(o *Objection) []any {
	return []any{&o.Application, &o.Words, storage.Instant(&o.MadeAt), storage.Instant(&o.Due), &o.Upheld, &o.Answer, storage.Instant(&o.AnsweredAt)}
})

func objection(tx *storage.Tx, application civic.ID) (Objection, error) {
	return storage.One(tx, scanObjection, fromObjections+"WHERE o.application = $1", application)
}

// objections are those to the check of a call, by the application.
func objections(tx *storage.Tx, call civic.ID) (map[civic.ID]Objection, error) {
	all, err := storage.All(tx, scanObjection, fromObjections+"JOIN grants_application a ON a.id = o.application WHERE a.call = $1 LIMIT $2", call, maxPerCall)
	out := map[civic.ID]Objection{}
	for _, o := range all {
		out[o.Application] = o
	}
	return out, err
}

// waitingObjection is one that waits for an answer, with its call.
type waitingObjection struct {
	Application, Call civic.ID
	Title             civic.Text
	MadeAt, Due       time.Time
}

// unansweredObjections lists the complaints to calls of the funders that wait, the most urgent first; nil: to all calls.
func unansweredObjections(tx *storage.Tx, funders []civic.ID, most int) ([]waitingObjection, error) {
	where, args := "o.answered_at = 0", []any(nil)
	if funders != nil {
		var in string
		in, args = storage.In(args, funders)
		where += " AND c.funder IN " + in
	}
	return storage.All(tx, storage.Into(func(o *waitingObjection) []any {
		return []any{&o.Application, &o.Call, &o.Title, storage.Instant(&o.MadeAt), storage.Instant(&o.Due)}
	}), "SELECT o.application, c.id, c.title, o.made_at, o.due FROM grants_objection o JOIN grants_application a ON a.id = o.application JOIN grants_call c ON c.id = a.call WHERE "+where+" ORDER BY o.due, o.application LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

func insertObjection(tx *storage.Tx, o Objection) error {
	_, err := tx.Exec("INSERT INTO grants_objection (application, words, made_at, due, upheld, answer, answered_at) VALUES ($1, $2, $3, $4, FALSE, '{}', 0)", o.Application, o.Words, storage.Millis(o.MadeAt), storage.Millis(o.Due))
	return err
}

func updateObjection(tx *storage.Tx, o Objection) error {
	_, err := tx.Exec("UPDATE grants_objection SET upheld = $2, answer = $3, answered_at = $4 WHERE application = $1", o.Application, o.Upheld, o.Answer, storage.Millis(o.AnsweredAt))
	return err
}

// nextNumber is the number of the next application that is submitted to a call, whose lock the caller holds.
func nextNumber(tx *storage.Tx, call civic.ID) (int, error) {
	last, err := storage.One(tx, storage.Scalar[int], "SELECT COALESCE(MAX(number), 0) FROM grants_application WHERE call = $1", call)
	return last + 1, err
}

// forget cuts applications off from the account that began them: they are the organisation's.
func forget(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE grants_application SET account = '' WHERE account = $1", account)
	return err
}
