package surveys

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Surveys.

const columnsOf = `s.no, s.id, s.title, s.purpose, s.drawn, s.body, s.audience, s.district, s.theme, s.days, s.background, s.margins, s.before, s.state, s.made_at, s.opened_at, s.closes_at, s.closed_at,
	s.counted_at, s.hash, s.reason, s.changed_at, s.invited, s.results, s.totals`

const selected = "SELECT " + columnsOf + " FROM surveys_survey s"

var scan = storage.Into(func(s *Survey) []any {
	return []any{&s.no, &s.ID, &s.Title, &s.Purpose, &s.Drawn, &s.Body, &s.Audience, &s.District, &s.Theme, &s.Days, storage.JSON(&s.Background), storage.JSON(&s.Margins), &s.Before, &s.State, storage.Instant(&s.MadeAt),
		storage.Instant(&s.OpenedAt), storage.Instant(&s.ClosesAt), storage.Instant(&s.ClosedAt), storage.Instant(&s.CountedAt), &s.Hash, &s.Reason, storage.Instant(&s.ChangedAt), &s.Invited, &s.Results,
		storage.JSON(&s.Totals)}
})

func find(tx *storage.Tx, id civic.ID) (Survey, error) {
	return storage.One(tx, scan, selected+" WHERE s.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Survey, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scan, selected+" WHERE s.id IN "+in, args...)
}

// insert numbers the survey too: the caller holds the lock of all numbers.
func insert(tx *storage.Tx, s *Survey) (err error) {
	if s.no, err = storage.Next(tx, "surveys_survey"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO surveys_survey (no, id, title, purpose, drawn, body, audience, district, theme, days, background, margins, before, state, made_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		s.no, s.ID, s.Title, s.Purpose, s.Drawn, s.Body, s.Audience, s.District, s.Theme, s.Days, storage.AsJSON(append([]string{}, s.Background...)), storage.AsJSON(s.Margins), s.Before, s.State, storage.Millis(s.MadeAt),
		storage.Millis(s.ChangedAt))
	return err
}

func update(tx *storage.Tx, s Survey) error {
	_, err := tx.Exec(`UPDATE surveys_survey SET title = $2, purpose = $3, drawn = $4, body = $5, audience = $6, district = $7, theme = $8, days = $9, background = $10, margins = $11, state = $12, opened_at = $13,
		closes_at = $14, closed_at = $15, counted_at = $16, hash = $17, reason = $18, changed_at = $19, invited = $20, results = $21, totals = $22 WHERE no = $1`,
		s.no, s.Title, s.Purpose, s.Drawn, s.Body, s.Audience, s.District, s.Theme, s.Days, storage.AsJSON(append([]string{}, s.Background...)), storage.AsJSON(s.Margins), s.State, storage.Millis(s.OpenedAt),
		storage.Millis(s.ClosesAt), storage.Millis(s.ClosedAt), storage.Millis(s.CountedAt), s.Hash, s.Reason, storage.Millis(s.ChangedAt), s.Invited, s.Results, storage.AsJSON(s.Totals))
	return err
}

// Query narrows the list.
type Query struct {
	State State
	city.Scope
	Words string
	After string // the cursor of a page
}

// list gives a page of those that everybody sees, the latest first, and the cursor of the next.
func list(tx *storage.Tx, q Query, most int) ([]Survey, string, error) {
	var where strings.Builder
	var args []any
	for _, c := range []struct{ column, value string }{{"state", string(q.State)}, {"district", q.District}, {"theme", q.Theme}} {
		if c.value != "" {
			args = append(args, c.value)
			fmt.Fprintf(&where, " AND s.%s = $%d", c.column, len(args))
		}
	}
	found, err := search.Latest(tx, Kind, q.Words, q.After, most, search.Ordered[Survey]{Rows: search.Rows[Survey]{Columns: columnsOf, From: "surveys_survey s", Number: "s.no", Where: where.String(), Args: args,
		Scan: scan, NumberOf: func(s Survey) int64 { return s.no }}, Shown: "s.opened_at > 0", Time: "s.opened_at", TimeOf: func(s Survey) time.Time { return s.OpenedAt }})
	return found.Items, found.Next, err
}

func countIn(tx *storage.Tx, state State) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM surveys_survey WHERE state = $1", state)
}

// inState lists those in a state, those that close first in front.
func inState(tx *storage.Tx, state State, most int) ([]Survey, error) {
	return storage.All(tx, scan, selected+" WHERE s.state = $2 ORDER BY s.closes_at, s.no LIMIT $1", most, state)
}

// dueToClose lists the open ones whose time is over.
func dueToClose(tx *storage.Tx, now time.Time, most int) ([]Survey, error) {
	return storage.All(tx, scan, selected+" WHERE s.state = $2 AND s.closes_at <= $3 ORDER BY s.closes_at, s.no LIMIT $1", most, Open, storage.Millis(now))
}

// lately lists those that were counted, the latest first.
func lately(tx *storage.Tx, most int) ([]Survey, error) {
	return storage.All(tx, scan, selected+" WHERE s.state = $2 ORDER BY s.closes_at DESC, s.no DESC LIMIT $1", most, Counted)
}

// ofBodies lists the surveys of some bodies, the latest first; of all bodies with nil.
func ofBodies(tx *storage.Tx, bodies []civic.ID, most int) ([]Survey, error) {
	if bodies == nil {
		return storage.All(tx, scan, selected+" ORDER BY s.no DESC LIMIT $1", most)
	}
	in, args := storage.In([]any{most}, bodies)
	return storage.All(tx, scan, selected+" WHERE s.body IN "+in+" ORDER BY s.no DESC LIMIT $1", args...)
}

// Answers.

// isOnRoll reports whether somebody has answered.
func isOnRoll(tx *storage.Tx, s Survey, who string) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM surveys_roll WHERE survey = $1 AND who = $2", s.no, who)
	return n > 0, err
}

// putOnRoll notes that somebody answers; false when they have already.
func putOnRoll(tx *storage.Tx, s Survey, who string, account civic.ID) (bool, error) {
	n, err := tx.Exec("INSERT INTO surveys_roll (survey, who, account) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", s.no, who, account)
	return n == 1, err
}

// codeState reports whether a code is one of a survey's letters, and whether it was used.
func codeState(tx *storage.Tx, s Survey, hash string) (known, used bool, err error) {
	used, known, err = storage.Found(storage.One(tx, storage.Scalar[bool], "SELECT used FROM surveys_code WHERE survey = $1 AND hash = $2", s.no, hash))
	return known, used, err
}

// useCode marks a code as used; false when it was, or is none.
func useCode(tx *storage.Tx, s Survey, hash string) (bool, error) {
	n, err := tx.Exec("UPDATE surveys_code SET used = $3 WHERE survey = $1 AND hash = $2 AND used = $4", s.no, hash, true, false)
	return n == 1, err
}

func insertCodes(tx *storage.Tx, s Survey, hashes []string) error {
	var rows [][]any
	for _, hash := range hashes {
		rows = append(rows, []any{s.no, hash, false})
	}
	return tx.Insert("surveys_code (survey, hash, used)", rows)
}

// newAnswerID is a key by chance.
func newAnswerID() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

func insertAnswer(tx *storage.Tx, s Survey, source Source, said string) error {
	_, err := tx.Exec("INSERT INTO surveys_answer (survey, id, source, said) VALUES ($1, $2, $3, $4)", s.no, newAnswerID(), source, said)
	return err
}

type kept struct {
	id     string
	source Source
	said   string
}

var scanKept = storage.Into(func(k *kept) []any { return []any{&k.id, &k.source, &k.said} })

// answers are all of a survey, by their keys: in no order.
func answersOf(tx *storage.Tx, s Survey) iter.Seq2[kept, error] {
	return storage.Each(tx, scanKept, "SELECT a.id, a.source, a.said FROM surveys_answer a WHERE a.survey = $1 ORDER BY a.id", s.no)
}

// answersAfter is a page of them.
func answersAfter(tx *storage.Tx, s Survey, after string, most int) ([]kept, error) {
	return storage.All(tx, scanKept, "SELECT a.id, a.source, a.said FROM surveys_answer a WHERE a.survey = $1 AND a.id > $2 ORDER BY a.id LIMIT $3", s.no, after, most)
}

func countAnswers(tx *storage.Tx, s Survey) (map[Source]int64, error) {
	return storage.Map[Source, int64](tx, "SELECT source, COUNT(*) FROM surveys_answer WHERE survey = $1 GROUP BY source", s.no)
}

// rekey writes all answers anew under other keys, in an order by chance, so that no row stands in one transaction with the roll or a code any more.
func rekey(tx *storage.Tx, s Survey) error {
	fresh := map[string]kept{} // ranged over by chance
	for k, err := range answersOf(tx, s) {
		if err != nil {
			return err
		}
		fresh[newAnswerID()] = k
	}
	if _, err := tx.Exec("DELETE FROM surveys_answer WHERE survey = $1", s.no); err != nil {
		return err
	}
	rows := make([][]any, 0, len(fresh))
	for id, k := range fresh {
		rows = append(rows, []any{s.no, id, k.source, k.said})
	}
	return tx.Insert("surveys_answer (survey, id, source, said)", rows)
}

// Figures.

var scanFigure = storage.Into(func(f *Figure) []any { return []any{storage.JSON(f)} })

func insertFigures(tx *storage.Tx, s Survey, all []Figure) error {
	var rows [][]any
	for i, f := range all {
		rows = append(rows, []any{s.no, i + 1, storage.AsJSON(f)})
	}
	return tx.Insert("surveys_figure (survey, place, figure)", rows)
}

// figuresOf lists the figures of one source; of one question unless its key is "".
func figuresOf(tx *storage.Tx, s Survey, source Source, question string) ([]Figure, error) {
	all, err := allFigures(tx, s)
	return slices.DeleteFunc(all, func(f Figure) bool { return f.Source != source || question != "" && f.Question != question }), err
}

func allFigures(tx *storage.Tx, s Survey) ([]Figure, error) {
	return storage.All(tx, scanFigure, "SELECT f.figure FROM surveys_figure f WHERE f.survey = $1 ORDER BY f.place", s.no)
}

// Themes.

var scanText = storage.Into(func(t *civic.Text) []any { return []any{t} })

func themesOf(tx *storage.Tx, s Survey, question string) ([]civic.Text, error) {
	return storage.All(tx, scanText, "SELECT label FROM surveys_theme WHERE survey = $1 AND question = $2 ORDER BY place", s.no, question)
}

func replaceThemes(tx *storage.Tx, s Survey, question string, labels []civic.Text) error {
	if _, err := tx.Exec("DELETE FROM surveys_theme WHERE survey = $1 AND question = $2", s.no, question); err != nil {
		return err
	}
	var rows [][]any
	for i, label := range labels {
		rows = append(rows, []any{s.no, question, i + 1, label})
	}
	return tx.Insert("surveys_theme (survey, question, place, label)", rows)
}

// codersOf are the accounts of the two who put answers into themes, by turn.
func codersOf(tx *storage.Tx, s Survey, question string) (map[int64]civic.ID, error) {
	return storage.Map[int64, civic.ID](tx, "SELECT turn, account FROM surveys_coder WHERE survey = $1 AND question = $2", s.no, question)
}

// putCoder gives a turn to an account; who had it before has left the city.
func putCoder(tx *storage.Tx, s Survey, question string, turn int64, account civic.ID) error {
	_, err := tx.Exec("INSERT INTO surveys_coder (survey, question, turn, account) VALUES ($1, $2, $3, $4) ON CONFLICT (survey, question, turn) DO UPDATE SET account = $4", s.no, question, turn, account)
	return err
}

func putCoding(tx *storage.Tx, s Survey, question string, turn int64, answer string, theme int) error {
	_, err := tx.Exec(`INSERT INTO surveys_coding (survey, question, turn, answer, theme) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (survey, question, turn, answer) DO UPDATE SET theme = $5`, s.no, question, turn, answer, theme)
	return err
}

// codedBy are the themes that somebody has put some answers into, by the answers' keys.
func codedBy(tx *storage.Tx, s Survey, question string, turn int64, answers []string) (map[string]int64, error) {
	in, args := storage.In([]any{s.no, question, turn}, answers)
	return storage.Map[string, int64](tx, "SELECT answer, theme FROM surveys_coding WHERE survey = $1 AND question = $2 AND turn = $3 AND answer IN "+in, args...)
}

// pair is how many answers of a source the two put into which themes.
type pair struct {
	source        Source
	first, second int64
	people        int64
}

var scanPair = storage.Into(func(p *pair) []any { return []any{&p.source, &p.first, &p.second, &p.people} })

func pairsOf(tx *storage.Tx, s Survey, question string) ([]pair, error) {
	return storage.All(tx, scanPair, `SELECT a.source, c.theme, d.theme, COUNT(*) FROM surveys_coding c JOIN surveys_coding d ON d.survey = c.survey AND d.question = c.question AND d.answer = c.answer AND d.turn = 2
		JOIN surveys_answer a ON a.survey = c.survey AND a.id = c.answer WHERE c.survey = $1 AND c.question = $2 AND c.turn = 1 GROUP BY a.source, c.theme, d.theme ORDER BY a.source, c.theme, d.theme`, s.no, question)
}

func dropAnswers(tx *storage.Tx, s Survey) error {
	return tx.ExecEach([]string{"DELETE FROM surveys_answer WHERE survey = $1", "DELETE FROM surveys_code WHERE survey = $1", "DELETE FROM surveys_roll WHERE survey = $1"}, s.no)
}

// People.

// answeredBy lists the surveys that an account has answered, the latest first.
func answeredBy(tx *storage.Tx, account civic.ID, most int) ([]Survey, error) {
	return storage.All(tx, scan, selected+" JOIN surveys_roll r ON r.survey = s.no WHERE r.account = $1 ORDER BY s.no DESC LIMIT $2", account, most)
}

// browserKnows is in how many surveys, counted from the newest that needs no account, one looks for what a browser answered: it stands on the roll of
// each under another mark (Who.mark), so that each has to be tried.
const browserKnows = 100

// answeredHere lists the surveys that a browser has answered by its token, the latest first, as far as browserKnows reaches.
func answeredHere(tx *storage.Tx, token string, most int) (out []Survey, err error) {
	all, err := storage.All(tx, scan, selected+" WHERE s.audience = $1 AND s.state IN ($2, $3, $4) ORDER BY s.no DESC LIMIT $5", Anyone, Open, Closed, Counted, browserKnows)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var rows []string
	var args []any
	for _, s := range all {
		args = append(args, Who{Token: token}.mark(s))
		rows = append(rows, fmt.Sprintf("(%d, $%d)", s.no, len(args)))
	}
	on, err := storage.All(tx, storage.Scalar[int64], "SELECT survey FROM surveys_roll WHERE (survey, who) IN (VALUES "+strings.Join(rows, ", ")+")", args...)
	for _, s := range all {
		if slices.Contains(on, s.no) && len(out) < most {
			out = append(out, s)
		}
	}
	return out, err
}

func tookPart(tx *storage.Tx, s Survey, account civic.ID) (bool, error) {
	return isOnRoll(tx, s, digest("account", s.ID, string(account)))
}

func askersOf(tx *storage.Tx, s Survey, after civic.ID, most int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], "SELECT account FROM surveys_roll WHERE survey = $1 AND account > $2 ORDER BY account LIMIT $3", s.no, after, most)
}

// codedFor counts the questions whose answers an account has put into themes.
func codedFor(tx *storage.Tx, account civic.ID) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM surveys_coder WHERE account = $1", account)
}

func forget(tx *storage.Tx, account civic.ID) error {
	return tx.ExecEach([]string{"DELETE FROM surveys_roll WHERE account = $1", "UPDATE surveys_coder SET account = '' WHERE account = $1"}, account)
}

// rowsOf reads all answers of a survey for the tables.
func rowsOf(tx *storage.Tx, s Survey) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for k, err := range answersOf(tx, s) {
			if !yield(Row{k.source, unpack(k.said)}, err) {
				return
			}
		}
	}
}
