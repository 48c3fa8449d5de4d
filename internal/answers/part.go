package answers

import (
	"embed"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what obligations say of themselves.
func Part() part.Part {
	return part.Part{
		Name: "answers", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs:  part.Belongs{City: "answers_move answers_tally answers_owing answers_calendar", Personal: "answers_obligation answers_verdict answers_reply"},
		Tables:   shownTables(),
		Datasets: datasets(),
		Settings: settings(),
		Kinds:    []part.Kind{{Name: Kind, Titles: titles, Searched: true, Followed: true}},
		Acts:     acts(),
		Audited:  []string{auditOf(Pause), auditOf(Resume), auditOf(Extend), auditOf(Assign), auditOf(Pass), auditOf(Give)},
		Personal: part.Personal{Export: heldOn, Erase: forget},
		Help:     []part.Help{{Name: "answers.late", Place: 35, Path: "/answers"}},
		Without: []part.Absence{
			part.No("one says what became of an answer on its page, once it is there", part.PointNow),
			part.No("what came of it is told by those who asked the question", part.PointCame),
			part.No("a date by which something is owed is no hour at which something happens", part.PointWeek),
		},
	}
}

// shownTables say what public pages show of each table, and what of it the record proves.
func shownTables() []part.Table {
	const (
		order   = "answers.unproven_order"
		replies = "answers.unproven_replies"
		inner   = "it ties rows together, or is for the program alone"
	)
	return append([]part.Table{
		{Name: "answers_obligation", Columns: []part.Columns{
			part.Proves("id subject owed what origin body person district theme source started_at days working pauses extensions state due given_at"),
			part.Leaves(order, "view list_at changed_at"),
			part.Leaves(replies, "confirms contests"),
			part.Hides(inner, "no reminded"),
		}},
		{Name: "answers_move", Columns: []part.Columns{part.Proves("obligation at was becomes days")}},
		{Name: "answers_verdict", Columns: []part.Columns{part.Proves("obligation at version outcome whose reason evidence promised_by"), part.Hides(inner, "no")}},
	}, append(part.TablesUnproven("answers.unproven_tally", "answers_tally", "answers_owing"),
		part.TablesUnshown("who says what is for the body; pages show how many", "answers_reply", "answers_calendar")...)...)
}

const byCity = "answers.source_city"

// settings are the terms that a city may change.
func settings() []part.Setting {
	return []part.Setting{
		{Key: "answers.pass_days", Default: 3, Min: 0, Max: 30, Unit: part.WorkingDays, Source: "answers.source_pass", For: part.ForBodies},
		{Key: "answers.extend_days", Default: 40, Min: 1, Max: 250, Unit: part.Days, Source: "answers.source_extend", For: part.ForBodies},
		{Key: "answers.extensions", Default: 1, Min: 0, Max: 10, Unit: part.Count, Source: "answers.source_extend", For: part.ForBodies},
		{Key: "answers.remind_days", Default: 3, Min: 0, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		{Key: "answers.very_overdue_days", Default: 10, Min: 1, Max: 250, Unit: part.WorkingDays, Source: byCity, For: part.ForPeople},
		{Key: "answers.reply_days", Default: 30, Min: 1, Max: 366, Unit: part.Days, Source: byCity, For: part.ForPeople},
	}
}

// Running is obligations as they work.
func (s *Service) Running() part.Running {
	return part.Running{
		Service:    s,
		Routes:     s.routes(),
		Jobs:       []jobs.Kind{{Name: tellKind, Run: s.tell}, {Name: remindKind, Run: s.remind}, {Name: recountKind, Run: s.recount}},
		Periodics:  []jobs.Periodic{{Kind: remindKind, Every: time.Hour}, {Kind: recountKind, Every: 24 * time.Hour}},
		Background: []part.Background{{Name: "answers: due dates by the calendar", Run: s.watchCalendar, Settle: s.settleCalendar}},
		Nav: []part.Nav{
			{Menu: part.Check, Place: 10, Text: "answers.nav", Lede: "answers.nav_lede", Path: "/answers", Also: []string{"/answers.atom", "/answers.ics"}, Count: countOwed, Counted: "answers.nav_counted"},
			{Menu: part.Work, Place: 20, Text: "answers.nav_desk", Lede: "answers.nav_desk_lede", Path: "/desk/answers", Access: web.Officers},
		},
		Promises: s.promises, Numbers: s.numbers, Desk: s.waiting, Me: s.mine,
	}
}

// promises counts how bodies keep their dates.
func (s *Service) promises(tx *storage.Tx) (part.Promises, error) {
	out := part.Promises{Path: "/answers?state=" + FilterOverdue}
	all, err := tallies(tx)
	if err != nil {
		return out, err
	}
	for _, t := range all {
		if t.Late {
			out.Late += t.N
		} else {
			out.InTime += t.N
		}
	}
	overdue, err := countOverdue(tx, tx.Now())
	for _, n := range overdue {
		out.Overdue += n
	}
	return out, err
}

// numbers does not say how much was owed on an earlier day: that is not kept.
func (s *Service) numbers(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
	n, err := countOwed(tx)
	return []part.Number{{Value: n, Label: "answers.number", Path: "/answers"}}, err
}

// waiting is what the actor's bodies owe, the soonest first.
func (s *Service) waiting(tx *storage.Tx, a civic.Actor, most int) ([]part.Waiting, error) {
	owed, _, err := owedBy(tx, s.bodiesOf(a), storage.Place{}, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.named(tx, owed)
	var out []part.Waiting
	for _, o := range listed {
		w := part.Waiting{Stage: part.Answer, Kind: Kind, Title: o.Title, What: civic.Say("answers.waits_" + string(o.State)), Path: s.desk(o.Obligation), Since: o.Start}
		if o.State == Running {
			w.What, w.Due = civic.Say("answers.waits_"+string(o.Owed)), o.Due
		}
		out = append(out, w)
	}
	return out, err
}

// bodiesOf are the bodies for which the actor acts.
func (s *Service) bodiesOf(a civic.Actor) (out []civic.Ref) {
	role, _ := s.declared.Roles().Get(civic.Officer)
	for _, id := range a.Scopes(civic.Officer) {
		out = append(out, civic.Ref{Kind: role.Scope, ID: id})
	}
	return out
}

// mine is what the person said something to.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) ([]part.Mine, error) {
	all, err := repliedTo(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.named(tx, all)
	var out []part.Mine
	for _, o := range listed {
		out = append(out, part.Mine{Kind: Kind, Title: o.Title, Path: Path(o.ID), At: o.ChangedAt, State: civic.Say("answers.state_" + string(o.State)), Tone: toneOf[o.State]})
	}
	return out, err
}

var toneOf = map[State]ui.Tone{Running: ui.Info, Paused: ui.Neutral, Given: ui.Info, Confirmed: ui.Good, Contested: ui.Warn, PassedOn: ui.Neutral, Dropped: ui.Neutral}
