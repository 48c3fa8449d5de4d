package appeals

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Appeals.

const appealColumns = `a.no, a.id, a.year, a.serial, a.sort, a.open, a.lang, a.title, a.words, a.district, a.theme, a.point, a.address, a.wished, a.applicant, a.by_mail,
	a.state, a.body, a.text_state, a.rule, a.reason, a.decided_at, a.written_at, a.filed_at, a.changed_at, a.older, a.salt, a.mark`

type appealRow struct {
	Appeal
	point string
}

var scanAppealRow = storage.Into(func(r *appealRow) []any {
	return []any{&r.no, &r.ID, &r.Year, &r.Serial, &r.Sort, &r.Open, &r.Lang, &r.Title, &r.Words, &r.District, &r.Theme, &r.point, &r.Address, &r.Wished, &r.Applicant, &r.ByMail,
		&r.State, &r.Body, &r.Text, &r.Rule, &r.Reason, storage.Instant(&r.DecidedAt), storage.Instant(&r.WrittenAt), storage.Instant(&r.FiledAt), storage.Instant(&r.ChangedAt), &r.Older, &r.salt, &r.mark}
})

func scanAppeal(r storage.Row) (Appeal, error) {
	row, err := scanAppealRow(r)
	row.Point, _ = places.ParsePoint(row.point)
	return row.Appeal, err
}

func find(tx *storage.Tx, id civic.ID) (Appeal, error) {
	return storage.One(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Appeal, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.id IN "+in, args...)
}

// byOlder finds the appeal that has a number in the system from which it was taken.
func byOlder(tx *storage.Tx, number string) (Appeal, error) {
	return storage.One(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.older = $1 AND a.older <> ''", number)
}

// insert keeps a draft. The caller holds the lock of all numbers.
func insert(tx *storage.Tx, a *Appeal) error {
	no, err := storage.Next(tx, "appeals_appeal")
	if err != nil {
		return err
	}
	a.no = no
	if a.salt == "" {
		a.salt = civic.Token()
	}
	_, err = tx.Exec(`INSERT INTO appeals_appeal (no, id, sort, open, lang, title, words, district, theme, point, address, wished, applicant, by_mail, state, text_state, written_at, changed_at, older, salt, mark)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		a.no, a.ID, a.Sort, a.Open, a.Lang, a.Title, a.Words, a.District, a.Theme, a.Point.String(), a.Address, a.Wished, a.Applicant, a.ByMail, a.State, a.Text, storage.Millis(a.WrittenAt), storage.Millis(a.ChangedAt), a.Older, a.salt, a.mark)
	return err
}

// lastSerial is the last number that was given in a year. The caller holds the lock of all numbers.
func lastSerial(tx *storage.Tx, year int) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COALESCE(MAX(serial), 0) FROM appeals_appeal WHERE year = $1 AND serial > 0", year)
}

func update(tx *storage.Tx, a Appeal) error {
	_, err := tx.Exec(`UPDATE appeals_appeal SET year = $2, serial = $3, title = $4, words = $5, applicant = $6, state = $7, body = $8, text_state = $9, rule = $10, reason = $11,
		decided_at = $12, filed_at = $13, changed_at = $14, address = $15, point = $16, mark = $17 WHERE no = $1`,
		a.no, a.Year, a.Serial, a.Title, a.Words, a.Applicant, a.State, a.Body, a.Text, a.Rule, a.Reason, storage.Millis(a.DecidedAt), storage.Millis(a.FiledAt), storage.Millis(a.ChangedAt),
		a.Address, a.Point.String(), a.mark)
	return err
}

func remove(tx *storage.Tx, a Appeal) error {
	_, err := tx.Exec("DELETE FROM appeals_appeal WHERE no = $1", a.no)
	return err
}

// appealsBy lists what an account, or a reader without one, wrote, the latest first.
func appealsBy(tx *storage.Tx, who civic.ID, most int) ([]Appeal, error) {
	return storage.All(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.applicant = $1 AND a.applicant <> '' ORDER BY a.no DESC LIMIT $2", who, most)
}

// countBy counts what somebody wrote since.
func countBy(tx *storage.Tx, who civic.ID, since time.Time) (int, error) {
	return storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM appeals_appeal WHERE applicant = $1 AND applicant <> '' AND written_at >= $2", who, storage.Millis(since))
}

// oldDrafts lists drafts that were written before.
func oldDrafts(tx *storage.Tx, before time.Time, most int) ([]Appeal, error) {
	return storage.All(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.state = $1 AND a.written_at < $2 ORDER BY a.no LIMIT $3", Draft, storage.Millis(before), most)
}

// Query narrows the list.
type Query struct {
	State      State
	Sort       Sort
	city.Scope // district and theme
	Body       civic.ID
	Words      string
	After      string // the cursor of a page

	From, To    time.Time // of filing; zero: at any time
	Shown       bool      // only those that everybody reads
	Over, Going bool      // only those that are closed, or that are not
}

// where is the condition of a query, with its arguments.
func (q Query) where() (_ string, args []any) {
	var b strings.Builder
	compare := func(column, how string, value any) {
		args = append(args, value)
		fmt.Fprintf(&b, " AND a.%s %s $%d", column, how, len(args))
	}
	add := func(column string, value any) { compare(column, "=", value) }
	if q.State != "" {
		add("state", q.State)
	}
	if q.Sort != "" {
		add("sort", q.Sort)
	}
	if q.District != "" {
		add("district", q.District)
	}
	if q.Theme != "" {
		add("theme", q.Theme)
	}
	if q.Body != "" {
		add("body", q.Body)
	}
	if !q.From.IsZero() {
		compare("filed_at", ">=", storage.Millis(q.From))
	}
	if !q.To.IsZero() {
		compare("filed_at", "<=", storage.Millis(q.To))
	}
	if q.Shown {
		add("text_state", Shown)
	}
	if q.Over {
		add("state", Closed)
	}
	if q.Going {
		compare("state", "<>", Closed)
	}
	return b.String(), args
}

// list gives a page of filed appeals, the latest first, and the cursor of the next.
func list(tx *storage.Tx, q Query, most int) ([]Appeal, string, error) {
	where, args := q.where()
	found, err := search.Latest(tx, Kind, q.Words, q.After, most, search.Ordered[Appeal]{Rows: search.Rows[Appeal]{Columns: appealColumns, From: "appeals_appeal a", Number: "a.no", Where: where, Args: args,
		Scan: scanAppeal, NumberOf: func(a Appeal) int64 { return a.no }}, Shown: "a.serial > 0", Time: "a.filed_at", TimeOf: func(a Appeal) time.Time { return a.FiledAt }})
	return found.Items, found.Next, err
}

// locate finds what everybody reads and was shown on the map, for part.Locate.
func locate(tx *storage.Tx, words, after string, most int) (out []part.Located, next string, err error) {
	found, err := search.List(tx, Kind, true, words, after, most, search.Rows[Appeal]{Columns: appealColumns, From: "appeals_appeal a", Number: "a.no", Where: " AND a.point <> '' AND a.address <> '' AND a.text_state = $1",
		Args: []any{Shown}, Scan: scanAppeal, NumberOf: func(a Appeal) int64 { return a.no }})
	for _, a := range found.Items {
		out = append(out, part.Located{Name: civic.Text{a.Lang: a.Title}, Address: civic.Text{a.Lang: a.Address}, Point: a.Point.String(), District: a.District})
	}
	return out, found.Next, err
}

// latest lists what changed last.
func latest(tx *storage.Tx, most int) ([]Appeal, error) {
	return storage.All(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.serial > 0 ORDER BY a.changed_at DESC, a.no DESC LIMIT $1", most)
}

// unregistered lists those of which nobody has said whose they are, the oldest first.
func unregistered(tx *storage.Tx, most int) ([]Appeal, error) {
	return storage.All(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.serial > 0 AND a.state = $1 ORDER BY a.filed_at, a.no LIMIT $2", Filed, most)
}

// toLookAt lists open appeals at whose words no moderator has looked, the oldest first.
func toLookAt(tx *storage.Tx, after storage.Place, most int) ([]Appeal, error) {
	behind, args := after.Behind([]any{most, Waiting}, "a.filed_at", "a.no", false)
	return storage.All(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.serial > 0 AND a.text_state = $2 AND "+behind+" ORDER BY a.filed_at, a.no LIMIT $1", args...)
}

func countFiled(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM appeals_appeal WHERE serial > 0")
}

func countFiledBefore(tx *storage.Tx, then time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM appeals_appeal WHERE serial > 0 AND filed_at < $1", storage.Millis(then))
}

// Cases.

const caseColumns = `c.no, c.id, c.appeal, c.body, c.what, c.why, c.origin, c.state, c.person, c.obligation, c.begun_at, c.judge_by, c.paused_until, c.contested_at, c.contest, c.word, c.words, c.closed_at,
	c.same, c.asked_same, c.not_same`

var scanCase = storage.Into(func(c *Case) []any {
	return []any{&c.no, &c.ID, &c.Appeal, &c.Body, &c.What, &c.Why, &c.Origin, &c.State, &c.Person, &c.Obligation, storage.Instant(&c.BegunAt), storage.Instant(&c.JudgeBy), storage.Instant(&c.PausedUntil),
		storage.Instant(&c.ContestedAt), &c.Contest, &c.Word, &c.Words, storage.Instant(&c.ClosedAt), &c.Same, &c.AskedSame, &c.NotSame}
})

func findCase(tx *storage.Tx, id civic.ID) (Case, error) {
	return storage.One(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.id = $1", id)
}

func casesByIDs(tx *storage.Tx, ids []civic.ID) ([]Case, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.id IN "+in, args...)
}

// casesOf lists the cases of appeals, the first of each in front.
func casesOf(tx *storage.Tx, appeals []civic.ID) (map[civic.ID][]Case, error) {
	in, args := storage.In(nil, appeals)
	all, err := storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.appeal IN "+in+" ORDER BY c.no", args...)
	out := map[civic.ID][]Case{}
	for _, c := range all {
		out[c.Appeal] = append(out[c.Appeal], c)
	}
	return out, err
}

// caseNumbers is the lock of the numbers of cases.
const caseNumbers = "appeals_case_no"

func insertCase(tx *storage.Tx, c *Case) error {
	if err := tx.Lock(caseNumbers); err != nil {
		return err
	}
	no, err := storage.Next(tx, "appeals_case")
	if err != nil {
		return err
	}
	c.no = no
	_, err = tx.Exec("INSERT INTO appeals_case (no, id, appeal, body, what, why, origin, state, obligation, begun_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		c.no, c.ID, c.Appeal, c.Body, c.What, c.Why, c.Origin, c.State, c.Obligation, storage.Millis(c.BegunAt))
	return err
}

func updateCase(tx *storage.Tx, c Case) error {
	_, err := tx.Exec(`UPDATE appeals_case SET state = $2, person = $3, obligation = $4, judge_by = $5, contested_at = $6, contest = $7, word = $8, words = $9, closed_at = $10, paused_until = $11,
		same = $12, asked_same = $13, not_same = $14 WHERE no = $1`,
		c.no, c.State, c.Person, c.Obligation, storage.Millis(c.JudgeBy), storage.Millis(c.ContestedAt), c.Contest, c.Word, c.Words, storage.Millis(c.ClosedAt), storage.Millis(c.PausedUntil), c.Same, c.AskedSame, c.NotSame)
	return err
}

// linkedTo lists cases that are answered together with some, the oldest first.
func linkedTo(tx *storage.Tx, mains []civic.ID, most int) ([]Case, error) {
	if len(mains) == 0 {
		return nil, nil
	}
	in, args := storage.In([]any{most}, mains)
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.same <> '' AND c.same IN "+in+" ORDER BY c.no LIMIT $1", args...)
}

// unsaid lists cases to which their applicants said nothing in time.
func unsaid(tx *storage.Tx, now time.Time, most int) ([]Case, error) {
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.judge_by > 0 AND c.judge_by < $1 ORDER BY c.judge_by LIMIT $2", storage.Millis(now), most)
}

// latestClosed lists the cases that were closed last.
func latestClosed(tx *storage.Tx, most int) ([]Case, error) {
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.closed_at > 0 ORDER BY c.closed_at DESC, c.no DESC LIMIT $1", most)
}

// waiting are the states in which a body has something to do, or waits itself.
var waiting = []State{Registered, WithBody, Paused, Contested}

// assigned is the condition of the index of who works on what waits, word for word: with parameters it would not be used.
const assigned = "c.person <> '' AND c.state IN ('registered', 'with_body', 'paused', 'contested')"

// workOfPerson lists the cases of bodies on which somebody works, those behind one of them, the oldest first. It asks for each body by itself, so that
// the index gives their numbers in order and without a row; only the rows of the page are read.
func workOfPerson(tx *storage.Tx, bodies []civic.ID, person string, after int64, most int) ([]Case, error) {
	var all []int64
	for _, body := range bodies {
		of, err := storage.All(tx, storage.Scalar[int64], "SELECT c.no FROM appeals_case c WHERE c.no > $3 AND c.body = $4 AND "+assigned+" AND c.person = $2 ORDER BY c.no LIMIT $1", most, person, after, body)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	slices.Sort(all)
	if all = all[:min(len(all), most)]; len(all) == 0 {
		return nil, nil
	}
	in, args := storage.In(nil, all)
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.no IN "+in+" ORDER BY c.no", args...)
}

// latestWork lists the cases of a body that wait, the latest first.
func latestWork(tx *storage.Tx, body civic.ID, most int) ([]Case, error) {
	in, args := storage.In([]any{most, body}, waiting)
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.body = $2 AND c.state IN "+in+" ORDER BY c.no DESC LIMIT $1", args...)
}

// peopleOf lists who works on the cases of a body now. It goes from each to the next in the index: of the cases there may be a hundred thousand.
func peopleOf(tx *storage.Tx, body civic.ID, most int) ([]string, error) {
	const next = "SELECT MIN(c.person) FROM appeals_case c WHERE c.body = $1 AND " + assigned
	return storage.All(tx, storage.Scalar[string], "WITH RECURSIVE p (person) AS ("+next+" UNION ALL SELECT ("+next+" AND c.person > p.person) FROM p WHERE p.person IS NOT NULL) SELECT person FROM p WHERE person IS NOT NULL LIMIT $2", body, most)
}

// workNumbered lists the cases of bodies of the appeals with a number, whatever their state; of every year when it is 0.
func workNumbered(tx *storage.Tx, bodies []civic.ID, year, serial, most int) ([]Case, error) {
	in, args := storage.In([]any{most, serial, year}, bodies)
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_appeal a JOIN appeals_case c ON c.appeal = a.id WHERE a.serial = $2 AND (a.year = $3 OR $3 = 0) AND c.body IN "+in+" ORDER BY c.no LIMIT $1", args...)
}

// casesOfBodies lists all cases of bodies behind one of them, the oldest first.
func casesOfBodies(tx *storage.Tx, bodies []civic.ID, after int64, most int) ([]Case, error) {
	if len(bodies) == 0 {
		return nil, nil
	}
	in, args := storage.In([]any{most, after}, bodies)
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.no > $2 AND c.body IN "+in+" ORDER BY c.no LIMIT $1", args...)
}

// Answers of bodies.

var scanReply = storage.Into(func(r *replyRow) []any {
	return []any{&r.caseNo, storage.Instant(&r.At), &r.Outcome, &r.Reason, storage.JSON(&r.Evidence), storage.Instant(&r.Promised)}
})

type replyRow struct {
	answers.Verdict
	caseNo int64
}

// repliesTo lists what bodies said to cases, the first to each in front.
func repliesTo(tx *storage.Tx, cases []Case) (map[civic.ID][]answers.Verdict, error) {
	byNo, numbers := map[int64]civic.ID{}, []int64{}
	for _, c := range cases {
		byNo[c.no], numbers = c.ID, append(numbers, c.no)
	}
	in, args := storage.In(nil, numbers)
	rows, err := storage.All(tx, scanReply, "SELECT case_no, at, outcome, reason, evidence, promised_by FROM appeals_answer WHERE case_no IN "+in+" ORDER BY case_no, no", args...)
	out := map[civic.ID][]answers.Verdict{}
	for _, r := range rows {
		out[byNo[r.caseNo]] = append(out[byNo[r.caseNo]], r.Verdict)
	}
	return out, err
}

func insertReply(tx *storage.Tx, c Case, r answers.Verdict) error {
	_, err := tx.Exec(`INSERT INTO appeals_answer (case_no, no, at, outcome, reason, evidence, promised_by)
		SELECT $1, COUNT(*) + 1, $2, $3, $4, $5, $6 FROM appeals_answer WHERE case_no = $1`,
		c.no, storage.Millis(r.At), r.Outcome, r.Reason, storage.AsJSON(append([]string{}, r.Evidence...)), storage.Millis(r.Promised))
	return err
}

// pausedTooLong lists cases whose applicants were asked something and said nothing in time.
func pausedTooLong(tx *storage.Tx, now time.Time, most int) ([]Case, error) {
	return storage.All(tx, scanCase, "SELECT "+caseColumns+" FROM appeals_case c WHERE c.paused_until > 0 AND c.paused_until < $1 ORDER BY c.paused_until LIMIT $2", storage.Millis(now), most)
}

// Questions of a body, and what the applicant says to them.

var scanTalk = storage.Into(func(t *Talk) []any { return []any{storage.Instant(&t.At), &t.ByBody, &t.Words} })

func talkOf(tx *storage.Tx, c Case) ([]Talk, error) {
	return storage.All(tx, scanTalk, "SELECT at, by_body, words FROM appeals_talk WHERE case_no = $1 ORDER BY no LIMIT 100", c.no)
}

func insertTalk(tx *storage.Tx, c Case, t Talk) error {
	_, err := tx.Exec("INSERT INTO appeals_talk (case_no, no, at, by_body, words) SELECT $1, COUNT(*) + 1, $2, $3, $4 FROM appeals_talk WHERE case_no = $1", c.no, storage.Millis(t.At), t.ByBody, t.Words)
	return err
}

// forgetTalk removes what the applicant said, and what they were asked, which may tell who they are.
func forgetTalk(tx *storage.Tx, c Case) error {
	_, err := tx.Exec("DELETE FROM appeals_talk WHERE case_no = $1", c.no)
	return err
}

// Notes of those who work on a case.

var scanNote = storage.Into(func(n *Note) []any { return []any{storage.Instant(&n.At), &n.Words} })

func notesOfCase(tx *storage.Tx, c Case) ([]Note, error) {
	return storage.All(tx, scanNote, "SELECT at, words FROM appeals_note WHERE case_no = $1 ORDER BY no DESC LIMIT 100", c.no)
}

func insertNote(tx *storage.Tx, c Case, n Note) error {
	_, err := tx.Exec("INSERT INTO appeals_note (case_no, no, at, words) SELECT $1, COUNT(*) + 1, $2, $3 FROM appeals_note WHERE case_no = $1", c.no, storage.Millis(n.At), n.Words)
	return err
}

// forgetNotes removes what a body noted, which may tell who filed the appeal.
func forgetNotes(tx *storage.Tx, c Case) error {
	_, err := tx.Exec("DELETE FROM appeals_note WHERE case_no = $1", c.no)
	return err
}

// openNow lists the latest appeals that everybody reads and that are not closed.
func openNow(tx *storage.Tx, most int) ([]Appeal, error) {
	return storage.All(tx, scanAppeal, "SELECT "+appealColumns+" FROM appeals_appeal a WHERE a.serial > 0 AND a.text_state = $2 AND a.state <> $3 ORDER BY a.filed_at DESC, a.no DESC LIMIT $1", most, Shown, Closed)
}

// Statistics.

// group is how many cases are one in sort, body and district.
type group struct {
	sort, body, district string
	Tally
}

var scanGroup = storage.Into(func(g *group) []any {
	return append([]any{&g.sort, &g.body, &g.district}, g.columns()...)
})

func (t *Tally) columns() []any {
	return []any{&t.Cases, &t.Answered, &t.Done, &t.Partly, &t.NotDone, &t.Contested}
}

var scanTally = storage.Into((*Tally).columns)

const (
	tallies = `COUNT(*), COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM appeals_answer r WHERE r.case_no = c.no) THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN c.word = 'done' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN c.word = 'partly' THEN 1 ELSE 0 END), 0),
	COALESCE(SUM(CASE WHEN c.word = 'not_done' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN c.contested_at > 0 THEN 1 ELSE 0 END), 0)`
	tallied = ` FROM appeals_appeal a JOIN appeals_case c ON c.appeal = a.id WHERE a.serial > 0 AND c.state <> $1`
)

// groups counts all cases, going through them once.
func groups(tx *storage.Tx) ([]group, error) {
	return storage.All(tx, scanGroup, "SELECT a.sort, c.body, a.district, "+tallies+tallied+" GROUP BY a.sort, c.body, a.district", Forwarded)
}

// tallyBetween counts cases of appeals that were filed from one instant to before another.
func tallyBetween(tx *storage.Tx, from, to time.Time) (Tally, error) {
	return storage.One(tx, scanTally, "SELECT "+tallies+tallied+" AND a.filed_at >= $2 AND a.filed_at < $3", Forwarded, storage.Millis(from), storage.Millis(to))
}

// Templates of answers.

var scanTemplate = storage.Into(func(t *Template) []any { return []any{&t.ID, &t.Body, &t.Name, &t.Words} })

const templateColumns = "SELECT id, body, name, words FROM appeals_template"

func findTemplate(tx *storage.Tx, id civic.ID) (Template, error) {
	return storage.One(tx, scanTemplate, templateColumns+" WHERE id = $1", id)
}

// templatesOf lists the templates of bodies, by name.
func templatesOf(tx *storage.Tx, bodies []civic.ID) ([]Template, error) {
	in, args := storage.In([]any{maxTemplates * max(1, len(bodies))}, bodies)
	return storage.All(tx, scanTemplate, templateColumns+" WHERE body IN "+in+" ORDER BY name, id LIMIT $1", args...)
}

func putTemplate(tx *storage.Tx, t Template) error {
	_, err := tx.Exec("INSERT INTO appeals_template (id, body, name, words) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET name = excluded.name, words = excluded.words", t.ID, t.Body, t.Name, t.Words)
	return err
}

func deleteTemplate(tx *storage.Tx, t Template) error {
	_, err := tx.Exec("DELETE FROM appeals_template WHERE id = $1", t.ID)
	return err
}

// Official channels.

var scanChannel = storage.Into(func(c *Channel) []any { return []any{&c.Name, &c.Address} })

func allChannels(tx *storage.Tx) ([]Channel, error) {
	return storage.All(tx, scanChannel, "SELECT name, address FROM appeals_channel ORDER BY no LIMIT $1", maxChannels)
}

func putChannels(tx *storage.Tx, all []Channel) error {
	_, err := tx.Exec("DELETE FROM appeals_channel")
	for i, c := range all {
		if err == nil {
			_, err = tx.Exec("INSERT INTO appeals_channel (no, name, address) VALUES ($1, $2, $3)", i+1, c.Name, c.Address)
		}
	}
	return err
}
