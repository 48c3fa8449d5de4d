package projects

import (
	"embed"
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
			Name: "projects", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "projects_project projects_partner projects_milestone projects_line", Personal: "projects_voice projects_word projects_given"},
			Settings: settings(), Kinds: kinds(), Acts: acts(), Datasets: datasets(), Tables: tables(),
			Audited:  []string{"projects.word.decide"},
			Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
			Help:     []part.Help{{Name: "projects.together", Place: 38, Path: root}},
			Without: []part.Absence{
				part.No("a milestone has a day by which it is promised, which its page shows, and no hour to come to", part.PointWeek),
				part.No("what an agency owes to a claim is counted with all else that bodies owe, by internal/answers", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{
			{Menu: part.Join, Place: 34, Text: "projects.nav", Lede: "projects.nav_lede", Path: root, Also: []string{"/projects.atom", "/milestones"}, Count: countRunning, Counted: "projects.nav_counted"},
			{Menu: part.Work, Place: 64, Text: "projects.nav_desk", Lede: "projects.nav_desk_lede", Path: deskRoot, Also: []string{"/desk/milestones", "/desk/project-words"}, Access: web.Hosts},
		},
		Now: s.now, Came: s.came, Numbers: numbersNow, Desk: s.desk, Me: mine,
	}
}

// settings are the city's own: no law fixes them.
func settings() []part.Setting {
	const byCity = "projects.source_city"
	return []part.Setting{
		{Key: "projects.accept_days", Default: 10, Min: 1, Max: 90, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		{Key: "projects.say_days", Default: 90, Min: 7, Max: 1000, Unit: part.Days, Source: byCity, For: part.ForPeople},
		{Key: "projects.finish_days", Default: 14, Min: 0, Max: 90, Unit: part.Days, Source: byCity, For: part.ForPeople},
		{Key: "projects.confirms", Default: 5, Min: 1, Max: 1000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "projects.disputes", Default: 3, Min: 1, Max: 1000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "projects.look_months", Default: 12, Min: 0, Max: 60, Unit: part.Months, Source: byCity, For: part.ForBodies},
		{Key: "projects.hours_value", Default: 2_500, Min: 1, Max: 100_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "projects.volunteers_value", Default: 1_500, Min: 1, Max: 100_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program alone"
	return []part.Table{
		{Name: "projects_project", Columns: []part.Columns{part.Proves("id state title problem goal first_goal whom evidence district theme starts ends first_end versions changes goals locked why lesson agreed_at begun_at ended_at looked_at"),
			part.Leaves("projects.unproven_changed", "changed_at"), part.Hides(inner, "no made_at")}},
		{Name: "projects_partner", Columns: []part.Columns{part.Proves("project organisation role"), part.Hides("it orders them", "place")}},
		{Name: "projects_milestone", Columns: []part.Columns{part.Proves("id project name due first_due rounds"), part.Hides(inner, "no")}},
		{Name: "projects_voice", Columns: []part.Columns{part.Leaves("projects.unproven_voice", "milestone round voice matter"), part.Hides("who said it is nobody's business", "account said_at")}},
		{Name: "projects_word", Columns: []part.Columns{part.Proves("id milestone round voice lang words text_state rule reason"), part.Leaves("projects.unproven_written", "written_at"), part.Hides("it is for the program or for moderators", "no account decided_at")}},
		{Name: "projects_line", Columns: []part.Columns{part.Proves("id project giver sort what unit amount first_amount rate source"), part.Hides(inner, "no")}},
		{Name: "projects_given", Columns: []part.Columns{part.Proves("id line amount paper review reviewer note stated_at decided_at"), part.Hides(inner, "no giver counted")}},
	}
}

var toneOf = map[State]ui.Tone{Draft: ui.Neutral, Agreed: ui.Info, Running: ui.Info, Done: ui.Good, Stopped: ui.Bad, Reviewed: ui.Good}

var toneOfStanding = map[Standing]ui.Tone{Planned: ui.Neutral, Claimed: ui.Info, Seen: ui.Warn, IsAccepted: ui.Good, Met: ui.Good, InPart: ui.Warn, IsRejected: ui.Bad, Contested: ui.Warn, Disputed: ui.Bad}

func countRunning(tx *storage.Tx) (int64, error) { return countIn(tx, Running) }

// now is the milestones on which people can say what they see.
func (s *Service) now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	all, err := inState(tx, Running, 50)
	if err != nil {
		return nil, 0, err
	}
	listed, err := s.listed(tx, all)
	for _, l := range listed {
		for _, m := range l.milestones {
			if !m.heard(tx.Now(), s.value("say_days")) || m.Last().People != "" {
				continue
			}
			total++
			if len(out) < most {
				out = append(out, part.Open{Kind: KindMilestone, Title: m.Name, Path: MilestonePath(m.ID), Who: "projects.who_says", Minutes: 2, Until: m.Last().At.AddDate(0, 0, s.value("say_days")), District: l.District})
			}
		}
	}
	return out, total, err
}

// came is the projects that ended last.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := ended(tx, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	for _, l := range listed {
		out = append(out, part.Result{Kind: Kind, Title: l.Title, Path: Path(l.ID), At: l.EndedAt, Body: l.Names[l.As(Agency).Organisation].Name, Said: civic.Say("projects.state_" + string(l.State)), Tone: toneOf[l.State]})
	}
	return out, err
}

func numbersNow(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := countAgreed(tx, tx.Now().Add(time.Second))
	if err != nil {
		return nil, err
	}
	before, err := countAgreed(tx, then)
	return []part.Number{{Value: n, Then: &before, Label: "projects.number", Path: root}}, err
}

// desk is what projects wait for from the sides for which the actor speaks.
func (s *Service) desk(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	if !a.HasAny(civic.Officer, civic.Representative) {
		return nil, nil
	}
	all, err := ofSides(tx, a.Scopes(civic.Representative, civic.Officer), 60)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	for _, l := range listed {
		what, path, due, waits := s.waiting(l, a, tx.Now(), s.today(tx))
		if waits && what != "judge" && len(out) < most { // what an agency owes is on the desk by internal/answers
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, Title: l.Title, What: civic.Say("projects.waits_" + what), Path: path, Due: due, Since: l.ChangedAt})
		}
	}
	return out, err
}

// mine is what the person said of milestones.
func mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := voicedBy(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	var ids []civic.ID
	for _, v := range all {
		ids = append(ids, v.Milestone)
	}
	found, err := milestonesByIDs(tx, ids)
	of := map[civic.ID]Milestone{}
	for _, m := range found {
		of[m.ID] = m
	}
	for _, v := range all {
		m := of[v.Milestone]
		out = append(out, part.Mine{Kind: KindMilestone, Title: m.Name, Path: MilestonePath(m.ID), At: v.At, State: civic.Say("projects.standing_" + string(m.Standing())), Tone: toneOfStanding[m.Standing()]})
	}
	return out, err
}
