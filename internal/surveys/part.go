package surveys

import (
	"embed"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Capability is what the application composes.
func Capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{
			Name: "surveys", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "surveys_survey surveys_figure surveys_theme", Personal: "surveys_roll surveys_code surveys_answer surveys_coder surveys_coding"},
			Settings: settings(), Kinds: kinds(), Acts: acts(), Datasets: datasets(), Tables: tables(),
			Audited: []string{"surveys.survey.make", "surveys.survey.edit", "surveys.survey.questions", "surveys.survey.margins", "surveys.survey.letters", "surveys.survey.open", "surveys.survey.withdraw",
				"surveys.survey.themes", "surveys.survey.code", "surveys.survey.data"},
			Personal: part.Personal{Export: exportPerson, Erase: forget},
			Help:     []part.Help{{Name: "surveys.answer", Place: 33, Path: root}},
			Without: []part.Absence{
				part.No("a survey is open for weeks: no hour of a week is its own", part.PointWeek),
				part.No("the answer that a body owes is counted with all else that it owes, by internal/answers", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Background: []part.Background{{Name: "surveys: what is over is closed and counted", Run: s.watch, Settle: s.Advance}},
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 12, Text: "surveys.nav", Lede: "surveys.nav_lede", Path: root, Count: countOpen, Counted: "surveys.nav_counted"},
			{Menu: part.Work, Place: 12, Text: "surveys.nav_desk", Lede: "surveys.nav_desk_lede", Path: desk, Access: web.Officers},
		},
		Now: now, Came: s.came, Numbers: numbersNow, Desk: waits, Me: mine, Here: s.here,
	}
}

// settings are what the city decides of surveys.
func settings() []part.Setting {
	const byCity = "surveys.source_city"
	return []part.Setting{
		{Key: "surveys.days_min", Default: 7, Min: 1, Max: 365, Unit: part.Days, Source: byCity, For: part.ForBodies},
		{Key: "surveys.days_max", Default: 90, Min: 1, Max: 365, Unit: part.Days, Source: byCity, For: part.ForBodies},
		{Key: "surveys.answer_days", Default: 15, Min: 1, Max: 120, Unit: part.WorkingDays, Source: "surveys.source_answer", For: part.ForBodies},
		{Key: "surveys.least", Default: 5, Min: 3, Max: 100, Unit: part.Count, Source: "surveys.source_least", For: part.ForPeople},
		{Key: "surveys.newcomers_per_hour", Default: 60, Min: 1, Max: 100_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program or the body alone"
	return []part.Table{
		{Name: "surveys_survey", Columns: []part.Columns{
			part.Proves("id title purpose drawn body audience district theme days background margins before state opened_at closes_at closed_at counted_at hash reason totals"),
			part.Leaves("surveys.unproven_invited", "invited"), part.Hides(inner, "no made_at changed_at results")}},
		{Name: "surveys_figure", Columns: []part.Columns{part.Proves("figure"), part.Hides(inner, "survey place")}},
		{Name: "surveys_theme", Columns: []part.Columns{part.Leaves("surveys.unproven_themes", "label"), part.Hides(inner, "survey question place")}},
		{Name: "surveys_coding", Columns: []part.Columns{part.Leaves("surveys.unproven_themes", "theme"), part.Hides(inner, "survey question turn answer")}},
		{Name: "surveys_coder", Columns: []part.Columns{part.Hides("who read what people wrote is for the audit list", "")}},
		{Name: "surveys_roll", Columns: []part.Columns{part.Hides("who has answered is nobody's business", "")}},
		{Name: "surveys_code", Columns: []part.Columns{part.Hides("who holds a code may answer", "")}},
		{Name: "surveys_answer", Columns: []part.Columns{part.Leaves("surveys.unproven_answers", "")}},
	}
}

func countOpen(tx *storage.Tx) (int64, error) { return countIn(tx, Open) }

var toneOf = map[State]ui.Tone{Preparing: ui.Neutral, Open: ui.Info, Closed: ui.Neutral, Counted: ui.Good, Withdrawn: ui.Neutral}

func standing(s State) civic.Message { return civic.Say("surveys.state_" + string(s)) }

// minutes is about how long it takes to answer so many questions: four a minute.
func minutes(asked int) int { return max(1, (asked+3)/4) }

// now is the open surveys, those that close first in front.
func now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	if total, err = countIn(tx, Open); err != nil {
		return nil, 0, err
	}
	all, err := inState(tx, Open, most)
	for _, s := range all {
		out = append(out, part.Open{Kind: Kind, Title: s.Title, Path: Path(s.ID), Who: "surveys.audience_" + string(s.Audience), Anyone: s.Audience == Anyone, Minutes: 5, Until: s.ClosesAt, District: s.District})
	}
	return out, total, err
}

// came is the surveys that were counted last.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := lately(tx, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	for _, l := range listed {
		out = append(out, part.Result{Kind: Kind, Title: l.Title, Path: resultsPath(l.ID), At: l.CountedAt, Body: l.BodyName.Name, Said: standing(l.State), Tone: toneOf[l.State], Facts: saidHow(l.Survey)})
	}
	return out, err
}

// saidHow is how many answered, by source.
func saidHow(s Survey) (out []civic.Message) {
	for _, source := range Sources() {
		if n := s.Totals.People[source]; n > 0 {
			out = append(out, civic.Say("surveys.people_"+string(source), "Count", n))
		}
	}
	return out
}

func numbersNow(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
	n, err := countOpen(tx)
	return []part.Number{{Value: n, Label: "surveys.number", Path: root}}, err
}

// waits is the surveys that a body prepares; that an answer is owed, and until when, says internal/answers.
func waits(tx *storage.Tx, actor civic.Actor, most int) (out []part.Waiting, err error) {
	bodies := actor.Scopes(civic.Officer)
	if len(bodies) == 0 {
		return nil, nil
	}
	all, err := ofBodies(tx, bodies, most)
	for _, s := range all {
		if s.State == Preparing {
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, Title: s.Title, What: civic.Say("surveys.waits_preparing"), Path: deskPath(s.ID), Since: s.MadeAt})
		}
	}
	return out, err
}

// mine is the surveys that the person has answered.
func mine(tx *storage.Tx, actor civic.Actor, most int) ([]part.Mine, error) {
	all, err := answeredBy(tx, actor.Account, most)
	return answered(all), err
}

// answered shows surveys that somebody has answered.
func answered(all []Survey) (out []part.Mine) {
	for _, s := range all {
		m := part.Mine{Kind: Kind, Title: s.Title, Path: Path(s.ID), At: s.OpenedAt, State: standing(s.State), Tone: toneOf[s.State]}
		if s.State == Counted {
			m.Path = resultsPath(s.ID)
		}
		out = append(out, m)
	}
	return out
}

// exportPerson returns which surveys a person has answered, and whose texts they put into themes. What they answered is tied to nobody.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	var out struct {
		Answered []civic.ID `json:"answered,omitempty"`
		Coded    int64      `json:"questions_coded,omitempty"`
	}
	all, err := answeredBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		out.Answered = append(out.Answered, s.ID)
	}
	if out.Coded, err = codedFor(tx, account); err != nil || len(out.Answered)+int(out.Coded) == 0 {
		return nil, err
	}
	return out, nil
}
