package consultations

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/lexis"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

const consultationColumns = `c.no, c.id, c.phase, c.question, c.decision, c.host, c.body, c.district, c.theme, c.point, c.audience, c.moderation, c.statement_max,
	c.answer_days, c.created_at, c.published_at, c.opens_at, c.closes_at, c.closed_at, c.answered_at, c.source,
	c.participants, c.votes, c.statements, c.folded_at`

// places are where the columns go.
func (c *Consultation) places() []any {
	return []any{&c.no, &c.ID, &c.Phase, &c.Question, &c.Decision, &c.Host, &c.Body, &c.District, &c.Theme, &c.Point, &c.Audience, &c.Moderation, &c.StatementMax,
		&c.AnswerDays, storage.Instant(&c.CreatedAt), storage.Instant(&c.PublishedAt), storage.Instant(&c.OpensAt), storage.Instant(&c.ClosesAt),
		storage.Instant(&c.ClosedAt), storage.Instant(&c.AnsweredAt), &c.Source,
		&c.Totals.Participants, &c.Totals.Votes, &c.Totals.Statements, storage.Instant(&c.Totals.AsOf)}
}

var scanConsultation = storage.Into((*Consultation).places)

func find(tx *storage.Tx, id civic.ID) (Consultation, error) {
	return storage.One(tx, scanConsultation, "SELECT "+consultationColumns+" FROM consultations_consultation c WHERE c.id = $1", id)
}

// forVoting is what a vote needs to know of a consultation, and the state of the statement:
// one short query, because every vote makes it.
func forVoting(tx *storage.Tx, id civic.ID, statement int64) (c Consultation, state State, err error) {
	type row struct {
		Consultation
		state State
	}
	r, err := storage.One(tx, storage.Into(func(r *row) []any {
		return []any{&r.no, &r.Phase, &r.Audience, storage.Instant(&r.OpensAt), storage.Instant(&r.ClosesAt), &r.state}
	}), `SELECT c.no, c.phase, c.audience, c.opens_at, c.closes_at, COALESCE(s.state, '') FROM consultations_consultation c
		LEFT JOIN consultations_statement s ON s.consultation = c.no AND s.no = $2 WHERE c.id = $1`, id, statement)
	r.ID = id
	return r.Consultation, r.state, err
}

// findContext reads the long field that lists do not need.
func findContext(tx *storage.Tx, c Consultation) (civic.Text, error) {
	return storage.One(tx, storage.Scalar[civic.Text], "SELECT context FROM consultations_consultation WHERE no = $1", c.no)
}

// nextNo numbers a new consultation. They are rare, so that two at once may wait for each other.
func nextNo(tx *storage.Tx) (int64, error) {
	if err := tx.Lock("consultations_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, "consultations_consultation")
}

func insert(tx *storage.Tx, c Consultation, context civic.Text) error {
	_, err := tx.Exec(`INSERT INTO consultations_consultation (no, id, phase, sort_at, changed_at, question, context, decision, host, body,
		audience, moderation, statement_max, answer_days, created_at, opens_at, closes_at, source, district, theme, point)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		c.no, c.ID, c.Phase, storage.Millis(c.sortAt()), storage.Millis(c.changedAt()), c.Question, context, c.Decision, c.Host, c.Body,
		c.Audience, c.Moderation, c.StatementMax, c.AnswerDays, storage.Millis(c.CreatedAt), storage.Millis(c.OpensAt), storage.Millis(c.ClosesAt), c.Source, c.District, c.Theme, c.Point)
	return err
}

// update stores a consultation without its totals, and without the texts, which only Edit
// changes.
func update(tx *storage.Tx, c Consultation) error {
	_, err := tx.Exec(`UPDATE consultations_consultation SET phase = $2, sort_at = $3, host = $4, body = $5, audience = $6, moderation = $7,
		statement_max = $8, answer_days = $9, published_at = $10, opens_at = $11, closes_at = $12, closed_at = $13, answered_at = $14, changed_at = $15, district = $16, theme = $17, point = $18 WHERE no = $1`,
		c.no, c.Phase, storage.Millis(c.sortAt()), c.Host, c.Body, c.Audience, c.Moderation,
		c.StatementMax, c.AnswerDays, storage.Millis(c.PublishedAt), storage.Millis(c.OpensAt), storage.Millis(c.ClosesAt), storage.Millis(c.ClosedAt), storage.Millis(c.AnsweredAt),
		storage.Millis(c.changedAt()), c.District, c.Theme, c.Point)
	return err
}

func updateTexts(tx *storage.Tx, c Consultation, context civic.Text) error {
	_, err := tx.Exec("UPDATE consultations_consultation SET question = $2, decision = $3, context = $4 WHERE no = $1",
		c.no, c.Question, c.Decision, context)
	return err
}

// listPhase is a page of the consultations of one phase that are about a scope: those
// that end or begin soonest first, those that are over the latest first.
func listPhase(tx *storage.Tx, phase Phase, about city.Scope, after storage.Place, limit int) ([]Consultation, error) {
	order, over := "ASC", phase == Closed || phase == Answered
	if over {
		order = "DESC"
	}
	args, where := []any{phase}, ""
	for _, narrow := range []struct{ column, code string }{{"c.district", about.District}, {"c.theme", about.Theme}} {
		if narrow.code != "" {
			args = append(args, narrow.code)
			where += fmt.Sprintf(" AND %s = $%d", narrow.column, len(args))
		}
	}
	behind, args := after.Behind(args, "c.sort_at", "c.no", over)
	return storage.All(tx, scanConsultation, fmt.Sprintf("SELECT %s FROM consultations_consultation c WHERE c.phase = $1%s AND %s ORDER BY c.sort_at %s, c.no %s LIMIT %d",
		consultationColumns, where, behind, order, order, limit), args...)
}

// countPhases counts the consultations of each phase.
func countPhases(tx *storage.Tx) (map[Phase]int64, error) {
	return storage.Map[Phase, int64](tx, "SELECT phase, COUNT(*) FROM consultations_consultation GROUP BY phase")
}

// found is the consultations in which the words are found, those first whose question has them.
func found(tx *storage.Tx, words string, limit int) ([]Consultation, error) {
	p, err := search.List(tx, Kind, true, words, "", limit, search.Rows[Consultation]{
		Columns: consultationColumns, From: "consultations_consultation c", Number: "c.no",
		Where: " AND c.phase IN ('open', 'planned', 'closed', 'answered')",
		Scan:  scanConsultation, NumberOf: func(c Consultation) int64 { return c.no },
	})
	return p.Items, err
}

// latestChanged is the consultations that were published, closed or answered last.
func latestChanged(tx *storage.Tx, limit int) ([]Consultation, error) {
	return storage.All(tx, scanConsultation, fmt.Sprintf(`SELECT %s FROM consultations_consultation c
		WHERE c.changed_at > 0 AND c.phase <> 'importing' ORDER BY c.changed_at DESC, c.no DESC LIMIT %d`, consultationColumns, limit))
}

// mineOf is the consultations that an actor's desk lists, newest first: those of their bodies
// and organisations; to moderators and administrators all.
func mineOf(tx *storage.Tx, a civic.Actor, before int64, limit int) ([]Consultation, error) {
	older, args := storage.Before(nil, "c.no", before)
	where, args := onDesk(a, args...)
	return storage.All(tx, scanConsultation, fmt.Sprintf("SELECT %s FROM consultations_consultation c WHERE %s AND %s ORDER BY c.no DESC LIMIT %d",
		consultationColumns, older, where, limit), args...)
}

// onDesk is the condition for them, its arguments appended to args.
func onDesk(a civic.Actor, args ...any) (string, []any) {
	where := "c.phase <> 'importing'"
	if !a.HasAny(civic.Moderator, civic.Administrator) {
		var in string
		in, args = storage.In(args, a.Scopes(civic.Officer, civic.Representative))
		where += " AND (c.body IN " + in + " OR c.host IN " + in + ")"
	}
	return where, args
}

// Of mineOf, those in which something waits; who may do it is for the caller to ask.

// votingEnds is the order in which queues stand: those whose voting ends first foremost, then those
// without voting.
const votingEnds = "CASE WHEN c.phase = 'open' THEN c.closes_at ELSE 9000000000000000000 END"

// queuedIn is a consultation with its place in that order.
type queuedIn struct {
	Consultation
	ends int64
}

// queuedFor is those with statements that no moderator has looked at, behind a place in that order;
// of is the only one that counts, unless it is "".
func queuedFor(tx *storage.Tx, a civic.Actor, of civic.ID, after storage.Place, limit int) ([]queuedIn, error) {
	where, args := "TRUE", []any(nil)
	if !a.HasAny(civic.Moderator, civic.Administrator) {
		where, args = storage.In(nil, a.Scopes(civic.Officer))
		where = "c.body IN " + where
	}
	if of != "" {
		args = append(args, of)
		where += fmt.Sprintf(" AND c.id = $%d", len(args))
	}
	behind, args := after.Behind(args, votingEnds, "c.no", false)
	return storage.All(tx, storage.Into(func(c *queuedIn) []any { return append(c.places(), &c.ends) }), fmt.Sprintf(`SELECT %s, %s FROM consultations_consultation c
		WHERE EXISTS (SELECT 1 FROM consultations_statement s WHERE s.consultation = c.no AND s.decided_at = 0) AND %s AND %s AND c.phase <> 'importing'
		ORDER BY %s, c.no LIMIT %d`, consultationColumns, votingEnds, where, behind, votingEnds, limit), args...)
}

// draftsOf is the drafts, the newest first.
func draftsOf(tx *storage.Tx, a civic.Actor, limit int) ([]Consultation, error) {
	where, args := onDesk(a)
	return storage.All(tx, scanConsultation, fmt.Sprintf("SELECT %s FROM consultations_consultation c WHERE c.phase = 'draft' AND %s ORDER BY c.no DESC LIMIT %d",
		consultationColumns, where, limit), args...)
}

// due is the consultations that time has moved past their stored phase.
func due(tx *storage.Tx, now time.Time) ([]Consultation, error) {
	return storage.All(tx, scanConsultation, "SELECT "+consultationColumns+` FROM consultations_consultation c
		WHERE c.phase IN ('planned', 'open') AND c.sort_at <= $1 ORDER BY c.phase, c.sort_at, c.no LIMIT 100`, storage.Millis(now))
}

func insertRescheduling(tx *storage.Tx, c Consultation, moved Rescheduling) error {
	_, err := tx.Exec("INSERT INTO consultations_rescheduling (consultation, at, transition, was, becomes, reason) VALUES ($1, $2, $3, $4, $5, $6)",
		c.no, storage.Millis(moved.At), moved.By, storage.Millis(moved.Was), storage.Millis(moved.Becomes), moved.Reason)
	return err
}

func reschedulings(tx *storage.Tx, c Consultation) ([]Rescheduling, error) {
	return storage.All(tx, storage.Into(func(moved *Rescheduling) []any {
		return []any{storage.Instant(&moved.At), &moved.By, storage.Instant(&moved.Was), storage.Instant(&moved.Becomes), &moved.Reason}
	}), "SELECT at, transition, was, becomes, reason FROM consultations_rescheduling WHERE consultation = $1 ORDER BY at LIMIT 100", c.no)
}

// Statements.

const statementColumns = `s.no, s.text, s.lang, s.translations, s.state, s.official, s.rule, s.reason, s.created_at, s.decided_at, s.decided_by, s.author,
	s.agree, s.disagree, s.pass`

// places are where the columns go. Nobody in particular looks at the statement yet.
func (s *Statement) places() []any {
	s.Mine = unanswered
	return []any{&s.No, &s.Text, &s.Lang, &s.Translations, &s.State, &s.Official, &s.Rule, &s.Reason, storage.Instant(&s.CreatedAt), storage.Instant(&s.DecidedAt),
		&s.decidedBy, &s.author, &s.Count.Agree, &s.Count.Disagree, &s.Count.Pass}
}

var scanStatement = storage.Into((*Statement).places)

func statement(tx *storage.Tx, c Consultation, no int64) (Statement, error) {
	return storage.One(tx, scanStatement, "SELECT "+statementColumns+" FROM consultations_statement s WHERE s.consultation = $1 AND s.no = $2", c.no, no)
}

// statements are all of a consultation's, in their order.
func statements(tx *storage.Tx, c Consultation) iter.Seq2[Statement, error] {
	return storage.Each(tx, scanStatement, "SELECT "+statementColumns+" FROM consultations_statement s WHERE s.consultation = $1 ORDER BY s.no", c.no)
}

// insertStatement numbers and stores a statement.
func insertStatement(tx *storage.Tx, c Consultation, s Statement) (int64, error) {
	no, err := storage.One(tx, storage.Scalar[int64],
		"UPDATE consultations_consultation SET next_statement = next_statement + 1 WHERE no = $1 RETURNING next_statement - 1", c.no)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO consultations_statement (consultation, no, author, official, text, terms, lang, state, created_at, decided_at, translations)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.no, no, s.author, s.Official, s.Text, lexis.Analyse(s.Text), s.Lang, s.State, storage.Millis(tx.Now()), storage.Millis(s.DecidedAt), s.Translations)
	return no, err
}

func replaceSeeds(tx *storage.Tx, c Consultation, seeds []civic.Text) error {
	if _, err := tx.Exec("DELETE FROM consultations_statement WHERE consultation = $1 AND official", c.no); err != nil {
		return err
	}
	// Nobody else has written yet, so numbers begin anew.
	if _, err := tx.Exec("UPDATE consultations_consultation SET next_statement = 1 WHERE no = $1", c.no); err != nil {
		return err
	}
	for _, words := range seeds {
		st := seedStatement(words)
		st.DecidedAt = tx.Now()
		if _, err := insertStatement(tx, c, st); err != nil {
			return err
		}
	}
	return countStatements(tx, c)
}

func seeds(tx *storage.Tx, c Consultation) (out []civic.Text, err error) {
	all, err := officialStatements(tx, c)
	for _, st := range all {
		out = append(out, st.Words())
	}
	return out, err
}

func countStatements(tx *storage.Tx, c Consultation) error {
	_, err := tx.Exec(`UPDATE consultations_consultation SET statements =
		(SELECT COUNT(*) FROM consultations_statement WHERE consultation = $1 AND state = 'shown') WHERE no = $1`, c.no)
	return err
}

func decide(tx *storage.Tx, c Consultation, s Statement) error {
	_, err := tx.Exec(`UPDATE consultations_statement SET state = $3, rule = $4, reason = $5, decided_at = $6, decided_by = $7
		WHERE consultation = $1 AND no = $2`, c.no, s.No, s.State, s.Rule, s.Reason, storage.Millis(s.DecidedAt), s.decidedBy)
	if err != nil {
		return err
	}
	return countStatements(tx, c)
}

func updateWords(tx *storage.Tx, c Consultation, s Statement) error {
	_, err := tx.Exec("UPDATE consultations_statement SET lang = $3, translations = $4 WHERE consultation = $1 AND no = $2", c.no, s.No, s.Lang, s.Translations)
	return err
}

func countWaiting(tx *storage.Tx, c Consultation) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM consultations_statement WHERE consultation = $1 AND state = 'waiting'", c.no)
}

// lapse ends the waiting of what no moderator has let in, and returns it.
func lapse(tx *storage.Tx, c Consultation, at time.Time) ([]Statement, error) {
	const columns = `no, text, lang, translations, state, official, rule, reason, created_at, decided_at, decided_by, author, agree, disagree, pass`
	return storage.All(tx, scanStatement, `UPDATE consultations_statement SET state = 'lapsed', decided_at = $2
		WHERE consultation = $1 AND state = 'waiting' RETURNING `+columns, c.no, storage.Millis(at))
}

// apart counts what the totals of a consultation do not tell: the statements that were removed,
// the votes on them, and those that were never shown.
func apart(tx *storage.Tx, c Consultation) (Apart, error) {
	return storage.One(tx, storage.Into(func(a *Apart) []any { return []any{&a.Removed, &a.Votes, &a.Lapsed} }),
		`SELECT COALESCE(SUM(CASE WHEN state = 'removed' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'removed' THEN votes ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN state = 'lapsed' THEN 1 ELSE 0 END), 0)
		FROM consultations_statement WHERE consultation = $1 AND state IN ('removed', 'lapsed')`, c.no)
}

// sortKeys are the columns behind each Sort and whether the greatest comes first.
var sortKeys = map[Sort]struct {
	column string
	desc   bool
}{
	"agreed": {"s.agreement_ppm", true}, "disputed": {"s.dispute_ppm", true}, "votes": {"s.votes", true},
	"newest": {"s.created_at", true}, "oldest": {"s.created_at", false},
}

var showFilters = map[Show]string{
	"all": "s.state IN ('shown', 'removed')", "shown": "s.state = 'shown'", "people": "s.state = 'shown' AND NOT s.official",
	"official": "s.state = 'shown' AND s.official", "removed": "s.state = 'removed'",
	onAnswer: "(s.state = 'shown' OR s.state = 'removed' AND EXISTS (SELECT 1 FROM consultations_answer_item a WHERE a.consultation = s.consultation AND a.statement = s.no))",
}

// onAnswer are the statements on a published answer: those that everybody sees, and of those removed the ones to which it says something.
const onAnswer Show = "on_answer"

type ranked struct {
	Statement
	key int64
}

// listStatements is a page of statements in one of the orders. Ties go by number.
func listStatements(tx *storage.Tx, c Consultation, sort Sort, show Show, after storage.Place, limit int) ([]ranked, error) {
	key := sortKeys[sort]
	order := "ASC"
	if key.desc {
		order = "DESC"
	}
	behind, args := after.Behind([]any{c.no}, key.column, "s.no", key.desc)
	return storage.All(tx, storage.Into(func(s *ranked) []any { return append(s.places(), &s.key) }), fmt.Sprintf("SELECT %s, %s FROM consultations_statement s WHERE s.consultation = $1 AND %s AND %s ORDER BY %s %s, s.no %s LIMIT %d",
		statementColumns, key.column, showFilters[show], behind, key.column, order, order, limit), args...)
}

// queue is the statements that no moderator has looked at, behind one of them, the oldest first.
func queue(tx *storage.Tx, c Consultation, after int64, limit int) ([]Statement, error) {
	return storage.All(tx, scanStatement, fmt.Sprintf(`SELECT %s FROM consultations_statement s WHERE s.consultation = $1 AND s.decided_at = 0 AND s.no > $2
		ORDER BY s.no LIMIT %d`, statementColumns, limit), c.no, after)
}

// queueLengths counts the statements in the queues of consultations, by the consultation's number.
func queueLengths(tx *storage.Tx, cs ...Consultation) (map[int64]int64, error) {
	nos := make([]int64, len(cs))
	for i, c := range cs {
		nos[i] = c.no
	}
	in, args := storage.In(nil, nos)
	return storage.Map[int64, int64](tx, "SELECT consultation, COUNT(*) FROM consultations_statement WHERE consultation IN "+in+" AND decided_at = 0 GROUP BY consultation", args...)
}

// comparedStatements are those that a new one is compared with: what everybody may see, and
// the participant's own. The bound keeps the comparison short; the newest are compared.
func comparedStatements(tx *storage.Tx, c Consultation, participant int64) ([]compared, error) {
	return storage.All(tx, storage.Into(func(s *compared) []any { return []any{&s.no, &s.text, &s.terms} }),
		`SELECT s.no, s.text, s.terms FROM consultations_statement s WHERE s.consultation = $1 AND (s.state = 'shown' OR s.state = 'waiting' AND s.author = $2)
		ORDER BY s.no DESC LIMIT 3000`, c.no, participant)
}

// sameStatement is what of that is in the very same words, but for small and great letters.
func sameStatement(tx *storage.Tx, c Consultation, participant int64, text string) ([]Statement, error) {
	all, err := storage.All(tx, scanStatement, "SELECT "+statementColumns+` FROM consultations_statement s WHERE s.consultation = $1 AND s.terms = $2
		AND (s.state = 'shown' OR s.state = 'waiting' AND s.author = $3) ORDER BY s.no LIMIT 100`, c.no, lexis.Analyse(text), participant)
	return slices.DeleteFunc(all, func(s Statement) bool { return !strings.EqualFold(s.Text, text) }), err
}

// addedAt is when a participant added their newest statements, the newest first.
func addedAt(tx *storage.Tx, c Consultation, participant int64, newest int) ([]time.Time, error) {
	return storage.All(tx, storage.Into(func(t *time.Time) []any { return []any{storage.Instant(t)} }),
		"SELECT created_at FROM consultations_statement WHERE consultation = $1 AND author = $2 ORDER BY created_at DESC LIMIT $3", c.no, participant, newest)
}

// candidates are the shown statements of others that a participant has not voted on, those with
// the fewest votes first. The bound keeps the choice among them short. Their own are left out by
// number, so that an index holds all that is asked of each of the others.
func candidates(tx *storage.Tx, c Consultation, participant int64) ([]candidate, error) {
	return storage.All(tx, storage.Into(func(s *candidate) []any { return []any{&s.no, &s.votes} }),
		`SELECT s.no, s.votes FROM consultations_statement s WHERE s.consultation = $1 AND s.state = 'shown'
		AND s.no NOT IN (SELECT no FROM consultations_statement WHERE consultation = $1 AND author = $2 AND NOT official)
		AND NOT EXISTS (SELECT 1 FROM consultations_vote v WHERE v.consultation = $1 AND v.participant = $2 AND v.statement = s.no)
		ORDER BY s.votes, s.no LIMIT 500`, c.no, participant)
}

// Participants.

type participant struct {
	no    int64
	voted bool
}

// tokenHash is how an anonymous participant's token is stored: bound to the consultation,
// so that nobody is followed from one to another.
func tokenHash(c civic.ID, token string) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(string(c) + ":" + token))
	return hex.EncodeToString(sum[:16])
}

func findParticipant(tx *storage.Tx, c Consultation, account civic.ID, hash string, lock bool) (participant, bool, error) {
	where, arg := "p.account = $2 AND p.account <> ''", any(account)
	if account == "" {
		where, arg = "p.token_hash = $2 AND p.token_hash <> ''", hash
	}
	if arg == any("") {
		return participant{}, false, nil
	}
	suffix := ""
	if lock && tx.Engine() == storage.PostgreSQL { // two requests of one person take turns; on SQLite they do anyway
		suffix = " FOR UPDATE"
	}
	return storage.Found(storage.One(tx, storage.Into(func(p *participant) []any { return []any{&p.no, &p.voted} }),
		"SELECT p.no, p.voted FROM consultations_participant p WHERE p.consultation = $1 AND "+where+suffix, c.no, arg))
}

// adopt gives the anonymous participant of a browser to the account that signed in there.
func adopt(tx *storage.Tx, c Consultation, account civic.ID, hash string) error {
	if account == "" || hash == "" {
		return nil
	}
	_, err := tx.Exec("UPDATE consultations_participant SET account = $2, token_hash = '' WHERE consultation = $1 AND token_hash = $3 AND token_hash <> '' AND account = ''",
		c.no, account, hash)
	return err
}

// insertParticipant draws a number at random: numbers appear in exports, and say nothing of
// who came first. It reports false when somebody else with the same account, token or
// number was faster.
func insertParticipant(tx *storage.Tx, c Consultation, account civic.ID, hash string) (bool, error) {
	if account != "" {
		hash = ""
	}
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: the standard library stops the program instead
	n, err := tx.Exec("INSERT INTO consultations_participant (consultation, no, account, token_hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		c.no, int64(binary.LittleEndian.Uint32(b[:])>>1), account, hash)
	return n == 1, err
}

func markVoted(tx *storage.Tx, c Consultation, p participant) error {
	_, err := tx.Exec("UPDATE consultations_participant SET voted = TRUE WHERE consultation = $1 AND no = $2", c.no, p.no)
	return err
}

func accountOf(tx *storage.Tx, c Consultation, participant int64) (civic.ID, error) {
	id, _, err := storage.Found(storage.One(tx, storage.Scalar[civic.ID],
		"SELECT account FROM consultations_participant WHERE consultation = $1 AND no = $2", c.no, participant))
	return id, err
}

// takeUntold marks at most limit participants with an account as told, and returns their
// accounts: whatever happens, nobody is told twice.
func takeUntold(tx *storage.Tx, c Consultation, limit int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], fmt.Sprintf(`UPDATE consultations_participant SET told = TRUE
		WHERE consultation = $1 AND no IN (SELECT no FROM consultations_participant WHERE consultation = $1 AND account <> '' AND NOT told LIMIT %d)
		RETURNING account`, limit), c.no)
}

// tookPartIn reports whether an account took part.
func tookPartIn(tx *storage.Tx, id, account civic.ID) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], `SELECT COUNT(*) FROM consultations_participant
		WHERE consultation = (SELECT no FROM consultations_consultation WHERE id = $1) AND account = $2 AND account <> ''`, id, account)
	return n > 0, err
}

// askers lists the accounts that took part behind one of them, in their order.
func askers(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	return storage.All(tx, storage.Scalar[civic.ID], fmt.Sprintf(`SELECT account FROM consultations_participant
		WHERE consultation = (SELECT no FROM consultations_consultation WHERE id = $1) AND account > $2 AND account <> '' ORDER BY account LIMIT %d`, most), id, after)
}

// Votes.

type ballot struct {
	choice Choice
	at     time.Time
	seq    int64
}

func ballotOf(tx *storage.Tx, c Consultation, p participant, statement int64) (ballot, error) {
	b, ok, err := storage.Found(storage.One(tx, storage.Into(func(b *ballot) []any { return []any{&b.choice, storage.Instant(&b.at), &b.seq} }),
		"SELECT choice, at, seq FROM consultations_vote WHERE consultation = $1 AND participant = $2 AND statement = $3", c.no, p.no, statement))
	if !ok {
		b.choice = unanswered
	}
	return b, err
}

// castVote stores a vote, keeps the one it replaces, and queues the difference for the totals.
func castVote(tx *storage.Tx, c Consultation, p participant, statement int64, choice Choice, former ballot) error {
	now := storage.Millis(tx.Now())
	seq, err := storage.One(tx, storage.Scalar[int64], `INSERT INTO consultations_vote_new (consultation, statement, choice, former, newcomer, at)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, c.no, statement, choice, former.choice, !p.voted, now)
	if err != nil {
		return err
	}
	if former.choice != unanswered {
		if _, err := tx.Exec("INSERT INTO consultations_vote_former (consultation, participant, statement, choice, at, seq) VALUES ($1, $2, $3, $4, $5, $6)",
			c.no, p.no, statement, former.choice, storage.Millis(former.at), former.seq); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO consultations_vote (consultation, participant, statement, choice, at, seq) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (consultation, participant, statement) DO UPDATE SET choice = excluded.choice, at = excluded.at, seq = excluded.seq`,
		c.no, p.no, statement, choice, now, seq)
	if err != nil || p.voted {
		return err
	}
	return markVoted(tx, c, p)
}

// myVotes is a page of what a participant said, by statement number.
func myVotes(tx *storage.Tx, c Consultation, participant, after int64, limit int) ([]Statement, error) {
	return storage.All(tx, storage.Into(func(s *Statement) []any { return append(s.places(), &s.Mine) }), fmt.Sprintf(`SELECT %s, v.choice FROM consultations_vote v JOIN consultations_statement s ON s.consultation = v.consultation AND s.no = v.statement
		WHERE v.consultation = $1 AND v.participant = $2 AND v.statement > $3 ORDER BY v.statement LIMIT %d`, statementColumns, limit), c.no, participant, after)
}

// writtenBy are the statements of a participant, the newest first.
func writtenBy(tx *storage.Tx, c Consultation, participant int64) ([]Statement, error) {
	return storage.All(tx, scanStatement, "SELECT "+statementColumns+` FROM consultations_statement s
		WHERE s.consultation = $1 AND s.author = $2 AND NOT s.official ORDER BY s.created_at DESC, s.no DESC LIMIT 50`, c.no, participant)
}

// wroteIn counts what a participant wrote.
func wroteIn(tx *storage.Tx, c Consultation, participant int64) (Wrote, error) {
	return storage.One(tx, storage.Into(func(w *Wrote) []any { return []any{&w.All, &w.Removed} }),
		`SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'removed' THEN 1 ELSE 0 END), 0) FROM consultations_statement
		WHERE consultation = $1 AND author = $2 AND NOT official`, c.no, participant)
}

// whose says which participants p are one person's: a condition, and its arguments.
type whose struct {
	where string
	args  []any
}

// ofAccount are the participants of an account.
func ofAccount(account civic.ID) whose {
	return whose{"p.account = $1 AND p.account <> ''", []any{account}}
}

// browserKnows is in how many consultations, counted from the newest that needs no account, one looks for what a
// browser did: its token is kept bound to each (tokenHash), so that it has to be tried for each.
const browserKnows = 100

// ofBrowser are the participants that a browser is by its token.
func ofBrowser(tx *storage.Tx, token string) (whose, error) {
	cs, err := storage.All(tx, storage.Into(func(c *Consultation) []any { return []any{&c.no, &c.ID} }), fmt.Sprintf(`SELECT no, id FROM consultations_consultation
		WHERE audience = 'anyone' AND phase IN ('open', 'closed', 'answered') ORDER BY no DESC LIMIT %d`, browserKnows))
	if len(cs) == 0 || err != nil {
		return whose{where: "FALSE"}, err
	}
	var w whose
	var rows []string
	for _, c := range cs {
		w.args = append(w.args, tokenHash(c.ID, token))
		rows = append(rows, fmt.Sprintf("(%d, $%d)", c.no, len(w.args)))
	}
	w.where = "p.token_hash <> '' AND (p.consultation, p.token_hash) IN (VALUES " + strings.Join(rows, ", ") + ")"
	return w, nil
}

// ownStatements is a page of what a person wrote, with what the
// official answer says to each: the newest consultation first, in each the newest statement.
func ownStatements(tx *storage.Tx, of whose, after storage.Place, limit int) ([]Own, error) {
	behind, args := after.Behind(slices.Clone(of.args), "s.consultation", "s.no", true)
	return storage.All(tx, storage.Into(func(o *Own) []any {
		return append(append(o.Consultation.places(), o.Statement.places()...), &o.Verdict, &o.Reason)
	}), fmt.Sprintf(`SELECT %s, %s, COALESCE(i.verdict, ''), COALESCE(i.reason, '{}') FROM consultations_participant p
		JOIN consultations_consultation c ON c.no = p.consultation
		JOIN consultations_statement s ON s.consultation = p.consultation AND s.author = p.no AND NOT s.official
		LEFT JOIN consultations_answer_item i ON c.phase = 'answered' AND i.consultation = s.consultation AND i.statement = s.no
		WHERE %s AND %s ORDER BY s.consultation DESC, s.no DESC LIMIT %d`, consultationColumns, statementColumns, of.where, behind, limit), args...)
}

// progressOf counts the shown statements of others that a participant voted on, and their own.
func progressOf(tx *storage.Tx, c Consultation, participant int64) (done, own int64, err error) {
	p, err := storage.One(tx, storage.Into(func(n *[2]int64) []any { return []any{&n[0], &n[1]} }),
		`SELECT (SELECT COUNT(*) FROM consultations_vote v JOIN consultations_statement s
			ON s.consultation = v.consultation AND s.no = v.statement AND s.state = 'shown' AND s.author <> $2 WHERE v.consultation = $1 AND v.participant = $2),
		(SELECT COUNT(*) FROM consultations_statement WHERE consultation = $1 AND author = $2 AND state = 'shown')`, c.no, participant)
	return p[0], p[1], err
}

// newVote is a vote that has not joined the totals.
type newVote struct {
	consultation, statement int64
	choice, former          Choice
	newcomer                bool
	at                      time.Time
}

// takeNew removes votes from the queue, oldest first, and returns them. of 0 means of every
// consultation.
func takeNew(tx *storage.Tx, of int64, limit int) ([]newVote, error) {
	where, args := "", []any{}
	if of != 0 {
		where, args = " WHERE consultation = $1", []any{of}
	}
	return storage.All(tx, storage.Into(func(v *newVote) []any {
		return []any{&v.consultation, &v.statement, &v.choice, &v.former, &v.newcomer, storage.Instant(&v.at)}
	}), fmt.Sprintf(`DELETE FROM consultations_vote_new WHERE id IN (SELECT id FROM consultations_vote_new%s ORDER BY id LIMIT %d)
		RETURNING consultation, statement, choice, former, newcomer, at`, where, limit), args...)
}

func anyNew(tx *storage.Tx) (bool, error) {
	_, ok, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT id FROM consultations_vote_new LIMIT 1"))
	return ok, err
}

// Totals. Who changes them holds foldLock, so they can be read and written back: UPDATE … RETURNING
// would have SQLite keep what undoes the one statement, and walk through all that it keeps already.

const foldLock = "consultations_fold"

func addToStatement(tx *storage.Tx, consultation, no int64, d Count) error {
	n, err := storage.One(tx, storage.Into(func(c *Count) []any { return []any{&c.Agree, &c.Disagree, &c.Pass} }),
		"SELECT agree, disagree, pass FROM consultations_statement WHERE consultation = $1 AND no = $2", consultation, no)
	if err != nil {
		return err
	}
	n = Count{n.Agree + d.Agree, n.Disagree + d.Disagree, n.Pass + d.Pass}
	_, err = tx.Exec(`UPDATE consultations_statement SET agree = $3, disagree = $4, pass = $5, votes = $6, agreement_ppm = $7, dispute_ppm = $8
		WHERE consultation = $1 AND no = $2`, consultation, no, n.Agree, n.Disagree, n.Pass, n.Total(), ppm(n.Agreement()), ppm(n.Dispute()))
	return err
}

// addToDay adds to a day of a consultation and of the city.
func addToDay(tx *storage.Tx, consultation int64, day string, votes, participants int64) error {
	if err := addToCity(tx, day, Numbers{Votes: votes, Participants: participants}); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO consultations_day (consultation, day, votes, participants) VALUES ($1, $2, $3, $4)
		ON CONFLICT (consultation, day) DO UPDATE SET votes = consultations_day.votes + excluded.votes,
		participants = consultations_day.participants + excluded.participants`, consultation, day, votes, participants)
	return err
}

func addToTotals(tx *storage.Tx, consultation, votes, participants int64) error {
	_, err := tx.Exec("UPDATE consultations_consultation SET votes = votes + $2, participants = participants + $3, folded_at = $4 WHERE no = $1",
		consultation, votes, participants, storage.Millis(tx.Now()))
	return err
}

func idOf(tx *storage.Tx, consultation int64) (civic.ID, error) {
	return storage.One(tx, storage.Scalar[civic.ID], "SELECT id FROM consultations_consultation WHERE no = $1", consultation)
}

func days(tx *storage.Tx, c Consultation) ([]Day, error) {
	return storage.All(tx, storage.Into(func(d *Day) []any { return []any{&d.Day, &d.Votes, &d.Participants} }),
		"SELECT day, votes, participants FROM consultations_day WHERE consultation = $1 ORDER BY day LIMIT 2000", c.no)
}

// The answer.

// wholeAnswer is the answer without what it says to statements.
func wholeAnswer(tx *storage.Tx, c Consultation) (Answer, bool, error) {
	return storage.Found(storage.One(tx, storage.Into(func(a *Answer) []any {
		return []any{&a.Text, &a.Person, storage.Instant(&a.SavedAt)}
	}), "SELECT text, person, saved_at FROM consultations_answer WHERE consultation = $1", c.no))
}

func answer(tx *storage.Tx, c Consultation) (Answer, bool, error) {
	a, ok, err := wholeAnswer(tx, c)
	if err != nil {
		return a, ok, err
	}
	a.Items, err = storage.All(tx, storage.Into(func(i *AnswerItem) []any {
		return append(i.Statement.places(), &i.Outcome, &i.Reason, storage.Ref(&i.Whose), storage.Instant(&i.Promised), storage.JSON(&i.Evidence), &i.Version)
	}), "SELECT "+statementColumns+`, a.verdict, a.reason, a.whose, a.promised_by, a.evidence, a.version FROM consultations_answer_item a
		JOIN consultations_statement s ON s.consultation = a.consultation AND s.no = a.statement
		WHERE a.consultation = $1 ORDER BY s.votes DESC, s.no LIMIT 5000`, c.no)
	return a, ok, err
}

// verdictsOn is what the answer says to some statements, by their numbers.
func verdictsOn(tx *storage.Tx, c Consultation, nos []int64) (map[int64]answers.Verdict, error) {
	in, args := storage.In([]any{c.no}, nos)
	all, err := storage.All(tx, storage.Into(func(i *AnswerItem) []any {
		return []any{&i.Statement.No, &i.Outcome, &i.Reason, storage.Ref(&i.Whose), storage.Instant(&i.Promised), storage.JSON(&i.Evidence), &i.Version}
	}), "SELECT statement, verdict, reason, whose, promised_by, evidence, version FROM consultations_answer_item WHERE consultation = $1 AND statement IN "+in, args...)
	out := map[int64]answers.Verdict{}
	for _, i := range all {
		out[i.Statement.No] = i.Verdict
	}
	return out, err
}

// outcomes counts what the answer says to statements that readers know of, and unsaid those that everybody sees and to which it says nothing.
func outcomes(tx *storage.Tx, c Consultation) (said map[answers.Outcome]int, unsaid int, err error) {
	said, err = storage.Map[answers.Outcome, int](tx, `SELECT a.verdict, COUNT(*) FROM consultations_answer_item a JOIN consultations_statement s ON s.consultation = a.consultation AND s.no = a.statement
		WHERE a.consultation = $1 AND s.state IN ('shown', 'removed') GROUP BY a.verdict`, c.no)
	if err != nil {
		return nil, 0, err
	}
	unsaid, err = storage.One(tx, storage.Scalar[int], `SELECT COUNT(*) FROM consultations_statement s WHERE s.consultation = $1 AND s.state = 'shown'
		AND NOT EXISTS (SELECT 1 FROM consultations_answer_item a WHERE a.consultation = s.consultation AND a.statement = s.no)`, c.no)
	return said, unsaid, err
}

func saveAnswer(tx *storage.Tx, c Consultation, a Answer) error {
	_, err := tx.Exec(`INSERT INTO consultations_answer (consultation, text, person, saved_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (consultation) DO UPDATE SET text = excluded.text, person = excluded.person, saved_at = excluded.saved_at`,
		c.no, a.Text, a.Person, storage.Millis(a.SavedAt))
	return err
}

func saveItem(tx *storage.Tx, c Consultation, i AnswerItem) error {
	_, err := tx.Exec(`INSERT INTO consultations_answer_item (consultation, statement, verdict, reason, whose, promised_by, evidence, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (consultation, statement) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason, whose = excluded.whose, promised_by = excluded.promised_by,
		evidence = excluded.evidence, version = excluded.version`,
		c.no, i.Statement.No, i.Outcome, i.Reason, i.Whose.String(), storage.Millis(i.Promised), storage.AsJSON(append([]string{}, i.Evidence...)), i.Version)
	return err
}

func dropItem(tx *storage.Tx, c Consultation, no int64) error {
	_, err := tx.Exec("DELETE FROM consultations_answer_item WHERE consultation = $1 AND statement = $2", c.no, no)
	return err
}

// What the city holds on a person.

// Held is what one consultation holds on a person, for their own download.
type Held struct {
	Consultation civic.ID   `json:"consultation"`
	Question     civic.Text `json:"question"`
	Votes        []Said     `json:"votes"`
	Statements   []string   `json:"statements"`
}

// Said is one vote of the person's own. The words that they voted on are told as everybody may read
// them: of a statement that was removed, none, unless they are the person's own.
type Said struct {
	No        int64  `json:"no"`
	Statement string `json:"statement,omitempty"`
	Removed   bool   `json:"removed,omitempty"`
	Choice    string `json:"choice"`
	At        string `json:"at"`
}

func heldOn(tx *storage.Tx, account civic.ID) ([]Held, error) {
	all, err := membershipsOf(tx, account)
	if err != nil {
		return nil, err
	}
	type vote struct {
		Statement
		choice Choice
		at     time.Time
	}
	var out []Held
	for _, m := range all {
		held := Held{Consultation: m.consultation.ID, Question: m.consultation.Question}
		votes, err := storage.All(tx, storage.Into(func(v *vote) []any {
			return []any{&v.No, &v.State, &v.Text, &v.author, &v.choice, storage.Instant(&v.at)}
		}),
			`SELECT s.no, s.state, s.text, s.author, v.choice, v.at FROM consultations_vote v JOIN consultations_statement s ON s.consultation = v.consultation AND s.no = v.statement
			WHERE v.consultation = $1 AND v.participant = $2 ORDER BY v.statement`, m.consultation.no, m.participant)
		if err != nil {
			return nil, err
		}
		for _, v := range votes {
			shown := v.Statement
			if shown.author != m.participant {
				shown, _ = shown.Public()
			}
			held.Votes = append(held.Votes, Said{v.No, shown.Text, v.State == Removed, v.choice.String(), v.at.Format(time.RFC3339)})
		}
		held.Statements, err = storage.All(tx, storage.Scalar[string],
			"SELECT text FROM consultations_statement WHERE consultation = $1 AND author = $2 ORDER BY no", m.consultation.no, m.participant)
		if err != nil {
			return nil, err
		}
		out = append(out, held)
	}
	return out, nil
}

// statementsBy are the statements that an account's participants wrote.
func statementsBy(tx *storage.Tx, account civic.ID) ([]civic.Ref, error) {
	type written struct {
		consultation Consultation
		no           int64
	}
	all, err := storage.All(tx, storage.Into(func(w *written) []any { return []any{&w.consultation.ID, &w.no} }), `SELECT c.id, s.no FROM consultations_participant p JOIN consultations_consultation c ON c.no = p.consultation
		JOIN consultations_statement s ON s.consultation = p.consultation AND s.author = p.no
		WHERE p.account = $1 AND p.account <> '' ORDER BY c.no, s.no`, account)
	refs := make([]civic.Ref, len(all))
	for i, w := range all {
		refs[i] = statementRef(w.consultation, w.no)
	}
	return refs, err
}

// officialStatements are a consultation's first statements, by its host.
func officialStatements(tx *storage.Tx, c Consultation) ([]Statement, error) {
	return storage.All(tx, scanStatement, "SELECT "+statementColumns+" FROM consultations_statement s WHERE s.consultation = $1 AND s.official ORDER BY s.no", c.no)
}

func forget(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE consultations_participant SET account = '' WHERE account = $1 AND account <> ''", account)
	return err
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Consultation, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanConsultation, "SELECT "+consultationColumns+" FROM consultations_consultation c WHERE c.id IN "+in, args...)
}

// tookPart lists the consultations in which a person takes part, the newest first.
func tookPart(tx *storage.Tx, of whose, most int) ([]Consultation, error) {
	return storage.All(tx, scanConsultation, fmt.Sprintf(`SELECT %s FROM consultations_participant p JOIN consultations_consultation c ON c.no = p.consultation
		WHERE %s ORDER BY c.no DESC LIMIT %d`, consultationColumns, of.where, most), of.args...)
}
