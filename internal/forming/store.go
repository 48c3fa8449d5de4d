package forming

import (
	"encoding/json"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/sortition"
)

// most bounds lists of what belongs to one competition.
const most = 5_000

// number is the next one of a table. Whoever inserts holds the lock of all numbers, so that search documents are
// numbered in the order of time.
func number(tx *storage.Tx, table string) (int64, error) {
	if err := tx.Lock("forming_no"); err != nil {
		return 0, err
	}
	return storage.Next(tx, table)
}

// Competitions.

const competitionColumns = "c.no, c.id, c.body, c.state, c.method, c.seats, c.reserve, c.working, c.terms, c.quotas, c.until, c.announced_at, c.reasons, c.ended_at"

var scanCompetition = storage.Into(func(c *Competition) []any {
	return []any{&c.no, &c.ID, storage.Ref(&c.Body), &c.State, &c.Method, &c.Seats, &c.Reserve, storage.JSON(&c.Group), &c.Terms, storage.JSON(&c.Quotas),
		storage.Instant(&c.Until), storage.Instant(&c.AnnouncedAt), &c.Reasons, storage.Instant(&c.EndedAt)}
})

func find(tx *storage.Tx, id civic.ID) (Competition, error) {
	return storage.One(tx, scanCompetition, "SELECT "+competitionColumns+" FROM forming_competition c WHERE c.id = $1", id)
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Competition, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCompetition, "SELECT "+competitionColumns+" FROM forming_competition c WHERE c.id IN "+in, args...)
}

// ofBody lists the competitions of a body, the latest first.
func ofBody(tx *storage.Tx, body civic.Ref) ([]Competition, error) {
	return storage.All(tx, scanCompetition, "SELECT "+competitionColumns+" FROM forming_competition c WHERE c.body = $1 ORDER BY c.no DESC LIMIT $2", body.String(), 100)
}

// Query narrows the list of competitions. The zero value is all.
type Query struct {
	State  State
	Method Method
	Body   civic.Ref // for whose seats
}

// listPublic lists competitions of a query that everybody sees behind the one with the number before (0: from the latest on).
func listPublic(tx *storage.Tx, q Query, before int64, most int) ([]Competition, error) {
	where, args := "c.state <> "+storage.Literal(Draft), []any{}
	and := func(condition string, value any) {
		args = append(args, value)
		where += " AND " + condition + " $" + strconv.Itoa(len(args))
	}
	if q.State != "" {
		where += " AND c.state = " + storage.Literal(q.State) // some are few among many
	}
	if q.Method != "" {
		and("c.method =", q.Method)
	}
	if q.Body != (civic.Ref{}) {
		and("c.body =", q.Body.String())
	}
	if before > 0 {
		and("c.no <", before)
	}
	return storage.All(tx, scanCompetition, "SELECT "+competitionColumns+" FROM forming_competition c WHERE "+where+" ORDER BY c.no DESC LIMIT $"+strconv.Itoa(len(args)+1), append(args, most)...)
}

// running lists the competitions that are not over, those whose last day comes first in front.
func running(tx *storage.Tx, most int) ([]Competition, error) {
	return storage.All(tx, scanCompetition, "SELECT "+competitionColumns+" FROM forming_competition c WHERE c.state IN ($1, $2, $3) ORDER BY c.until, c.no LIMIT $4", Draft, Announced, Chosen, most)
}

// openNow lists the competitions for which people may stand, those that end first in front. A day counts to its end: from is yesterday.
func openNow(tx *storage.Tx, from int64, most int) ([]Competition, error) {
	return storage.All(tx, scanCompetition, "SELECT "+competitionColumns+" FROM forming_competition c WHERE c.state = $1 AND c.until > $2 ORDER BY c.until, c.no LIMIT $3", Announced, from, most)
}

func countOpen(tx *storage.Tx) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM forming_competition WHERE state = $1 AND until > $2", Announced, storage.Millis(tx.Now().AddDate(0, 0, -1)))
}

// latestPublished lists the competitions whose composition was published last.
func latestPublished(tx *storage.Tx, most int) ([]Competition, error) {
	return storage.All(tx, scanCompetition, "SELECT "+competitionColumns+" FROM forming_competition c WHERE c.state = $1 ORDER BY c.no DESC LIMIT $2", Published, most)
}

func insertCompetition(tx *storage.Tx, c *Competition) (err error) {
	if c.no, err = number(tx, "forming_competition"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO forming_competition (no, id, body, state, method, seats, reserve, working, terms, quotas, until, announced_at, reasons, ended_at)
		VALUES ($1, $2, $3, $4, '', 0, 0, '[]', '{}', '[]', 0, 0, '{}', 0)`, c.no, c.ID, c.Body.String(), c.State)
	if err != nil {
		return err
	}
	return updateCompetition(tx, *c)
}

func updateCompetition(tx *storage.Tx, c Competition) error {
	_, err := tx.Exec("UPDATE forming_competition SET state = $2, method = $3, seats = $4, reserve = $5, working = $6, terms = $7, quotas = $8, until = $9, announced_at = $10, reasons = $11, ended_at = $12 WHERE no = $1",
		c.no, c.State, c.Method, c.Seats, c.Reserve, storage.AsJSON(append([]string{}, c.Group...)), c.Terms, storage.AsJSON(append([]Quota{}, c.Quotas...)), storage.Millis(c.Until), storage.Millis(c.AnnouncedAt), c.Reasons, storage.Millis(c.EndedAt))
	return err
}

// Candidacies.

const candidacyColumns = "d.no, d.id, d.competition, d.number, d.state, d.account, d.nominated, d.name, d.lang, d.about, d.sex, d.born, d.district, d.filed_at, d.reason, d.votes, d.salt, d.seal, d.seat"

var scanCandidacy = storage.Into(func(c *Candidacy) []any {
	return []any{&c.no, &c.ID, &c.Competition, &c.Number, &c.State, &c.Account, storage.Ref(&c.By), &c.Name, &c.Lang, &c.About, &c.Sex, &c.Born, &c.District,
		storage.Instant(&c.FiledAt), &c.Reason, storage.JSON(&c.For), &c.Salt, &c.Seal, &c.Seat}
})

func findCandidacy(tx *storage.Tx, id civic.ID) (Candidacy, error) {
	return storage.One(tx, scanCandidacy, "SELECT "+candidacyColumns+" FROM forming_candidacy d WHERE d.id = $1", id)
}

func candidaciesByIDs(tx *storage.Tx, ids []civic.ID) ([]Candidacy, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanCandidacy, "SELECT "+candidacyColumns+" FROM forming_candidacy d WHERE d.id IN "+in, args...)
}

// candidacies lists those of a competition in the order of their numbers.
func candidacies(tx *storage.Tx, competition civic.ID) ([]Candidacy, error) {
	return storage.All(tx, scanCandidacy, "SELECT "+candidacyColumns+" FROM forming_candidacy d WHERE d.competition = $1 ORDER BY d.number LIMIT $2", competition, most)
}

// candidaciesOf lists those that an account filed, the latest first.
func candidaciesOf(tx *storage.Tx, account civic.ID, most int) ([]Candidacy, error) {
	return storage.All(tx, scanCandidacy, "SELECT "+candidacyColumns+" FROM forming_candidacy d WHERE d.account = $1 ORDER BY d.no DESC LIMIT $2", account, most)
}

// countCandidacies counts by competition and state; with the competitions in ids alone.
func countCandidacies(tx *storage.Tx, ids []civic.ID) (map[civic.ID]map[CandidacyState]int, error) {
	type row struct {
		of    civic.ID
		state CandidacyState
		n     int
	}
	in, args := storage.In(nil, ids)
	all, err := storage.All(tx, storage.Into(func(r *row) []any { return []any{&r.of, &r.state, &r.n} }),
		"SELECT competition, state, COUNT(*) FROM forming_candidacy WHERE competition IN "+in+" GROUP BY competition, state", args...)
	out := map[civic.ID]map[CandidacyState]int{}
	for _, r := range all {
		if out[r.of] == nil {
			out[r.of] = map[CandidacyState]int{}
		}
		out[r.of][r.state] = r.n
	}
	return out, err
}

// insertCandidacy gives it its number in the competition, whose lock the caller holds.
func insertCandidacy(tx *storage.Tx, c *Candidacy) (err error) {
	if c.no, err = number(tx, "forming_candidacy"); err != nil {
		return err
	}
	if c.Number, err = storage.One(tx, storage.Scalar[int], "SELECT COALESCE(MAX(number), 0) + 1 FROM forming_candidacy WHERE competition = $1", c.Competition); err != nil {
		return err
	}
	c.Seal = c.seal()
	_, err = tx.Exec(`INSERT INTO forming_candidacy (no, id, competition, number, state, account, nominated, name, lang, about, sex, born, district, filed_at, reason, votes, salt, seal, seat)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '{}', '[]', $15, $16, '')`,
		c.no, c.ID, c.Competition, c.Number, c.State, c.Account, c.By.String(), c.Name, c.Lang, c.About, c.Sex, c.Born, c.District, storage.Millis(c.FiledAt), c.Salt, c.Seal)
	return err
}

func updateCandidacy(tx *storage.Tx, c Candidacy) error {
	_, err := tx.Exec("UPDATE forming_candidacy SET state = $2, reason = $3, votes = $4, seat = $5 WHERE no = $1", c.no, c.State, c.Reason, storage.AsJSON(append([]int{}, c.For...)), c.Seat)
	return err
}

// forget removes who it was from what an account filed; that somebody stood under the number stays.
func forget(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("UPDATE forming_candidacy SET account = '', name = '', about = '', sex = '', born = 0, district = '', salt = '' WHERE account = $1", account)
	return err
}

// Draws.

const drawColumns = "r.no, r.id, r.competition, r.purpose, r.state, r.problem, r.stayed, r.gone, r.panels, r.never, r.conflict, r.deviation, r.announced, r.evidence, r.why, r.made_at, r.ended_at"

var scanDraw = storage.Into(func(d *Draw) []any {
	return []any{&d.no, &d.ID, &d.Competition, &d.Purpose, &d.State, storage.JSON(&readProblem{&d.Problem}), storage.JSON(&d.Stayed), storage.JSON(&d.Gone), storage.JSON(&d.List), storage.JSON(&d.Never),
		storage.JSON(&d.Conflict), storage.JSON(&d.Deviation), storage.JSON(&d.Announced), storage.JSON(&d.Evidence), &d.Why, storage.Instant(&d.MadeAt), storage.Instant(&d.At)}
})

// keptProblem is a problem as it is kept: people are their id and then their features.
type keptProblem struct {
	Size       int                  `json:"size"`
	Categories []sortition.Category `json:"categories"`
	People     [][]string           `json:"people"`
}

func kept(p *sortition.Problem) keptProblem {
	out := keptProblem{Size: p.Size, Categories: p.Categories}
	for _, person := range p.People {
		out.People = append(out.People, append([]string{person.ID}, person.Features...))
	}
	return out
}

// readProblem is where a problem is read to.
type readProblem struct{ to **sortition.Problem }

// UnmarshalJSON reads it.
func (r readProblem) UnmarshalJSON(text []byte) error {
	var k keptProblem
	if err := json.Unmarshal(text, &k); err != nil {
		return err
	}
	*r.to = &sortition.Problem{Size: k.Size, Categories: k.Categories}
	for _, row := range k.People {
		if len(row) > 0 {
			(*r.to).People = append((*r.to).People, sortition.Person{ID: row[0], Features: row[1:]})
		}
	}
	return nil
}

func findDraw(tx *storage.Tx, id civic.ID) (Draw, error) {
	return storage.One(tx, scanDraw, "SELECT "+drawColumns+" FROM forming_draw r WHERE r.id = $1", id)
}

func drawsByIDs(tx *storage.Tx, ids []civic.ID) ([]Draw, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanDraw, "SELECT "+drawColumns+" FROM forming_draw r WHERE r.id IN "+in, args...)
}

// draws lists those of a competition in the order in which they were prepared.
func draws(tx *storage.Tx, competition civic.ID) ([]Draw, error) {
	return storage.All(tx, scanDraw, "SELECT "+drawColumns+" FROM forming_draw r WHERE r.competition = $1 ORDER BY r.no LIMIT $2", competition, 100)
}

func insertDraw(tx *storage.Tx, d *Draw) (err error) {
	if d.no, err = number(tx, "forming_draw"); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO forming_draw (no, id, competition, purpose, state, problem, stayed, gone, panels, never, conflict, deviation, announced, evidence, why, made_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '[]', '[]', '[]', '0', '{}', '{}', '{}', 0, 0)`, d.no, d.ID, d.Competition, d.Purpose, d.State, storage.AsJSON(kept(d.Problem)), storage.AsJSON(append([]string{}, d.Stayed...)), storage.AsJSON(append([]string{}, d.Gone...)))
	return err
}

func updateDraw(tx *storage.Tx, d Draw) error {
	_, err := tx.Exec("UPDATE forming_draw SET state = $2, panels = $3, never = $4, conflict = $5, deviation = $6, announced = $7, evidence = $8, gone = $9, why = $10, made_at = $11, ended_at = $12 WHERE no = $1",
		d.no, d.State, storage.AsJSON(append([][]string{}, d.List...)), storage.AsJSON(append([]string{}, d.Never...)), storage.AsJSON(append([]Relaxation{}, d.Conflict...)), storage.AsJSON(d.Deviation), storage.AsJSON(d.Announced), storage.AsJSON(d.Evidence), storage.AsJSON(append([]string{}, d.Gone...)), d.Why, storage.Millis(d.MadeAt), storage.Millis(d.At))
	return err
}

// dropDraw forgets a draw that nobody but the working group saw.
func dropDraw(tx *storage.Tx, d Draw) error {
	_, err := tx.Exec("DELETE FROM forming_draw WHERE no = $1", d.no)
	return err
}
