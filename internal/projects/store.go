package projects

import (
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

const columns = "p.no, p.id, p.state, p.title, p.problem, p.goal, p.first_goal, p.whom, p.evidence, p.district, p.theme, p.starts, p.ends, p.first_end, p.versions, p.changes, p.goals, p.locked, p.why, p.lesson, " +
	"p.made_at, p.agreed_at, p.begun_at, p.ended_at, p.looked_at, p.changed_at"

const selected = "SELECT " + columns + " FROM projects_project p"

var scan = storage.Into(func(p *Project) []any {
	return []any{&p.no, &p.ID, &p.State, &p.Title, &p.Problem, &p.Goal, &p.First, &p.Whom, storage.JSON(&p.Evidence), &p.District, &p.Theme, &p.Starts, &p.Ends, &p.FirstEnd, storage.JSON(&p.Versions),
		storage.JSON(&p.Changes), storage.JSON(&p.Goals), &p.Locked, &p.Why, &p.Lesson, storage.Instant(&p.MadeAt), storage.Instant(&p.AgreedAt), storage.Instant(&p.BegunAt), storage.Instant(&p.EndedAt), storage.Instant(&p.LookedAt), storage.Instant(&p.ChangedAt)}
})

func find(tx *storage.Tx, id civic.ID) (Project, error) {
	p, err := storage.One(tx, scan, selected+" WHERE p.id = $1", id)
	if err != nil {
		return p, err
	}
	all := []Project{p}
	err = addPartners(tx, all)
	return all[0], err
}

func byIDs(tx *storage.Tx, ids []civic.ID) ([]Project, error) {
	in, args := storage.In(nil, ids)
	all, err := storage.All(tx, scan, selected+" WHERE p.id IN "+in, args...)
	if err != nil {
		return nil, err
	}
	return all, addPartners(tx, all)
}

// byNumbers finds projects by the numbers that their parts hold.
func byNumbers(tx *storage.Tx, numbers []int64) (map[int64]Project, error) {
	in, args := storage.In(nil, numbers)
	all, err := storage.All(tx, scan, selected+" WHERE p.no IN "+in, args...)
	if err == nil {
		err = addPartners(tx, all)
	}
	out := map[int64]Project{}
	for _, p := range all {
		out[p.no] = p
	}
	return out, err
}

// addPartners looks up the partners of projects, all at once.
func addPartners(tx *storage.Tx, all []Project) error {
	if len(all) == 0 {
		return nil
	}
	at, numbers := map[int64]int{}, []int64{}
	for i, p := range all {
		at[p.no], numbers = i, append(numbers, p.no)
	}
	type row struct {
		project int64
		Partner
	}
	in, args := storage.In(nil, numbers)
	rows, err := storage.All(tx, storage.Into(func(r *row) []any { return []any{&r.project, &r.Organisation, &r.Role} }), "SELECT project, organisation, role FROM projects_partner WHERE project IN "+in+" ORDER BY project, place", args...)
	for _, r := range rows {
		p := &all[at[r.project]]
		p.Partners = append(p.Partners, r.Partner)
	}
	return err
}

// insert keeps a new project and numbers it: the caller holds the lock of all projects.
func insert(tx *storage.Tx, p *Project) (err error) {
	if p.no, err = storage.Next(tx, "projects_project"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO projects_project (no, id, state, title, problem, goal, whom, district, theme, starts, ends, first_end, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
		p.no, p.ID, p.State, p.Title, p.Problem, p.Goal, p.Whom, p.District, p.Theme, p.Starts, p.Ends, p.FirstEnd, storage.Millis(p.MadeAt))
	return err
}

func update(tx *storage.Tx, p Project) error {
	_, err := tx.Exec("UPDATE projects_project SET state = $2, title = $3, problem = $4, goal = $5, first_goal = $6, whom = $7, evidence = $8, district = $9, theme = $10, starts = $11, ends = $12, first_end = $13, versions = $14, changes = $15, goals = $16, locked = $17, why = $18, lesson = $19, agreed_at = $20, begun_at = $21, ended_at = $22, looked_at = $23, changed_at = $24 WHERE no = $1",
		p.no, p.State, p.Title, p.Problem, p.Goal, p.First, p.Whom, storage.AsJSON(p.Evidence), p.District, p.Theme, p.Starts, p.Ends, p.FirstEnd, storage.AsJSON(p.Versions), storage.AsJSON(p.Changes), storage.AsJSON(p.Goals),
		p.Locked, p.Why, p.Lesson, storage.Millis(p.AgreedAt), storage.Millis(p.BegunAt), storage.Millis(p.EndedAt), storage.Millis(p.LookedAt), storage.Millis(p.ChangedAt))
	return err
}

// setPartners keeps the partners of a project in place of those there were.
func setPartners(tx *storage.Tx, p Project) error {
	if _, err := tx.Exec("DELETE FROM projects_partner WHERE project = $1", p.no); err != nil {
		return err
	}
	var rows [][]any
	for i, of := range p.Partners {
		rows = append(rows, []any{p.no, of.Organisation, of.Role, i})
	}
	return tx.Insert("projects_partner (project, organisation, role, place)", rows)
}

// Query is what a list of projects is asked for.
type Query struct {
	State    State
	District string
	Theme    string
	Words    string
	After    string // cursor of an earlier page
}

func (q Query) where() (where string, args []any) {
	for _, f := range []struct{ column, value string }{{"state", string(q.State)}, {"district", q.District}, {"theme", q.Theme}} {
		if f.value != "" {
			args = append(args, f.value)
			where += fmt.Sprintf(" AND p.%s = $%d", f.column, len(args))
		}
	}
	return where, args
}

// list gives a page of the projects that everybody sees, the last agreed on in front, and the cursor of the next.
func list(tx *storage.Tx, q Query, most int) ([]Project, string, error) {
	where, args := q.where()
	found, err := search.Latest(tx, Kind, q.Words, q.After, most, search.Ordered[Project]{Rows: search.Rows[Project]{Columns: columns, From: "projects_project p", Number: "p.no", Where: where, Args: args,
		Scan: scan, NumberOf: func(p Project) int64 { return p.no }}, Shown: "p.agreed_at > 0", Time: "p.agreed_at", TimeOf: func(p Project) time.Time { return p.AgreedAt }})
	if err != nil {
		return nil, "", err
	}
	return found.Items, found.Next, addPartners(tx, found.Items)
}

// latest lists what changed last.
func latest(tx *storage.Tx, most int) ([]Project, error) {
	all, err := storage.All(tx, scan, selected+" WHERE p.agreed_at > 0 ORDER BY p.changed_at DESC, p.no DESC LIMIT $1", most)
	if err != nil {
		return nil, err
	}
	return all, addPartners(tx, all)
}

// ofSides lists the projects of organisations, drafts too, the last changed in front. No organisations: of all.
func ofSides(tx *storage.Tx, organisations []civic.ID, most int) ([]Project, error) {
	where, args := "TRUE", []any{most}
	if organisations != nil {
		if len(organisations) == 0 {
			return nil, nil
		}
		where, args = storage.In(args, organisations)
		where = "p.no IN (SELECT r.project FROM projects_partner r WHERE r.organisation IN " + where + ")"
	}
	all, err := storage.All(tx, scan, selected+" WHERE "+where+" ORDER BY p.changed_at DESC, p.no DESC LIMIT $1", args...)
	if err != nil {
		return nil, err
	}
	return all, addPartners(tx, all)
}

func countIn(tx *storage.Tx, state State) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM projects_project WHERE state = $1", state)
}

func countAgreed(tx *storage.Tx, before time.Time) (int64, error) {
	return storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM projects_project WHERE agreed_at > 0 AND agreed_at < $1", storage.Millis(before))
}

// Milestones.

const milestoneColumns = "m.no, m.id, m.project, m.name, m.due, m.first_due, m.rounds"

var scanMilestone = storage.Into(func(m *Milestone) []any {
	return []any{&m.no, &m.ID, &m.project, &m.Name, &m.Due, &m.First, storage.JSON(&m.Rounds)}
})

// milestonesOf lists the milestones of projects, by their numbers, the earliest first.
func milestonesOf(tx *storage.Tx, all ...Project) (map[int64][]Milestone, error) {
	var numbers []int64
	for _, p := range all {
		numbers = append(numbers, p.no)
	}
	in, args := storage.In(nil, numbers)
	rows, err := storage.All(tx, scanMilestone, "SELECT "+milestoneColumns+" FROM projects_milestone m WHERE m.project IN "+in+" ORDER BY m.due, m.no", args...)
	out := map[int64][]Milestone{}
	for _, m := range rows {
		out[m.project] = append(out[m.project], m)
	}
	return out, err
}

func milestonesByIDs(tx *storage.Tx, ids []civic.ID) ([]Milestone, error) {
	in, args := storage.In(nil, ids)
	return storage.All(tx, scanMilestone, "SELECT "+milestoneColumns+" FROM projects_milestone m WHERE m.id IN "+in, args...)
}

// projectsOf finds the projects of milestones, by their numbers.
func projectsOf(tx *storage.Tx, all []Milestone) (map[int64]Project, error) {
	var numbers []int64
	for _, m := range all {
		numbers = append(numbers, m.project)
	}
	return byNumbers(tx, numbers)
}

func milestonesByNumbers(tx *storage.Tx, numbers []int64) (map[int64]Milestone, error) {
	in, args := storage.In(nil, numbers)
	rows, err := storage.All(tx, scanMilestone, "SELECT "+milestoneColumns+" FROM projects_milestone m WHERE m.no IN "+in, args...)
	out := map[int64]Milestone{}
	for _, m := range rows {
		out[m.no] = m
	}
	return out, err
}

// insertMilestone numbers it too: the caller holds the lock of all projects.
func insertMilestone(tx *storage.Tx, p Project, m *Milestone) (err error) {
	if m.no, err = storage.Next(tx, "projects_milestone"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO projects_milestone (no, id, project, name, due, first_due) VALUES ($1, $2, $3, $4, $5, $5)", m.no, m.ID, p.no, m.Name, m.Due)
	return err
}

func updateMilestone(tx *storage.Tx, m Milestone) error {
	_, err := tx.Exec("UPDATE projects_milestone SET due = $2, rounds = $3 WHERE no = $1", m.no, m.Due, storage.AsJSON(m.Rounds))
	return err
}

// Lines and what was given.

var scanLine = storage.Into(func(l *Line) []any {
	return []any{&l.no, &l.ID, &l.project, &l.Giver, &l.Sort, &l.What, &l.Unit, &l.Amount, &l.First, &l.Rate, &l.Source}
})

func linesOf(tx *storage.Tx, p Project) ([]Line, error) {
	return storage.All(tx, scanLine, "SELECT no, id, project, giver, sort, what, unit, amount, first_amount, rate, source FROM projects_line WHERE project = $1 ORDER BY no", p.no)
}

// insertLine numbers it too: the caller holds the lock of all projects.
func insertLine(tx *storage.Tx, p Project, l *Line) (err error) {
	if l.no, err = storage.Next(tx, "projects_line"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO projects_line (no, id, project, giver, sort, what, unit, amount, first_amount, rate, source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)",
		l.no, l.ID, p.no, l.Giver, l.Sort, l.What, l.Unit, l.Amount, l.Rate, l.Source)
	return err
}

func updateLine(tx *storage.Tx, l Line) error {
	_, err := tx.Exec("UPDATE projects_line SET amount = $2 WHERE no = $1", l.no, l.Amount)
	return err
}

var scanGiven = storage.Into(func(g *Given) []any {
	return []any{&g.no, &g.ID, &g.line, &g.Line, &g.Amount, &g.Paper, &g.Review, &g.Reviewer, &g.Note, storage.Instant(&g.StatedAt), storage.Instant(&g.DecidedAt)}
})

func givenOf(tx *storage.Tx, p Project) ([]Given, error) {
	return storage.All(tx, scanGiven, "SELECT g.no, g.id, g.line, l.id, g.amount, g.paper, g.review, g.reviewer, g.note, g.stated_at, g.decided_at FROM projects_given g JOIN projects_line l ON l.no = g.line WHERE l.project = $1 ORDER BY g.no", p.no)
}

// insertGiven fails with a unique key where what shows it is counted already: see storage.IsUnique. The caller holds the lock of all projects.
func insertGiven(tx *storage.Tx, l Line, g *Given) (err error) {
	if g.no, err = storage.Next(tx, "projects_given"); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO projects_given (no, id, line, giver, amount, paper, counted, review, stated_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)", g.no, g.ID, l.no, l.Giver, g.Amount, g.Paper, g.Review, storage.Millis(g.StatedAt))
	return err
}

// countedFor reports whether something that shows a gift is counted for a giver already.
func countedFor(tx *storage.Tx, giver civic.ID, paper string) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM projects_given WHERE giver = $1 AND counted = $2", giver, paper)
	return n > 0, err
}

// judgeGiven keeps what another side says of what was given. What was returned may be shown again, with what mends it.
func judgeGiven(tx *storage.Tx, g Given) error {
	_, err := tx.Exec("UPDATE projects_given SET review = $2, reviewer = $3, note = $4, decided_at = $5, counted = CASE WHEN $6 THEN id ELSE counted END WHERE no = $1", g.no, g.Review, g.Reviewer, g.Note, storage.Millis(g.DecidedAt), g.Review == Returned)
	return err
}

// inState lists projects in a state, the last changed in front.
func inState(tx *storage.Tx, state State, most int) ([]Project, error) {
	all, err := storage.All(tx, scan, selected+" WHERE p.state = $2 ORDER BY p.changed_at DESC, p.no DESC LIMIT $1", most, state)
	if err != nil {
		return nil, err
	}
	return all, addPartners(tx, all)
}

// ended lists projects that ended, the last in front.
func ended(tx *storage.Tx, most int) ([]Project, error) {
	all, err := storage.All(tx, scan, selected+" WHERE p.ended_at > 0 ORDER BY p.ended_at DESC, p.no DESC LIMIT $1", most)
	if err != nil {
		return nil, err
	}
	return all, addPartners(tx, all)
}
