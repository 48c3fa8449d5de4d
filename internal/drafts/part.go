package drafts

import (
	"embed"
	"errors"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
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
			Name: "drafts", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "drafts_draft drafts_left drafts_paragraph", Personal: "drafts_remark drafts_support"},
			Settings: settings(),
			Kinds:    kinds(),
			Acts:     acts(),
			Datasets: datasets(),
			Tables:   tables(),
			Audited:  []string{"drafts.draft.make", "drafts.draft.edit", "drafts.draft.text", "drafts.draft.open", "drafts.draft.report", "drafts.draft.adopt", "drafts.draft.withdraw", "drafts.remark.decide", "drafts.remark.weigh"},
			Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
			Help:     []part.Help{{Name: "drafts.remark", Place: 32, Path: "/drafts"}},
			Without: []part.Absence{
				part.No("a text is discussed for weeks: no hour of a week is its own", part.PointWeek),
				part.No("the report that a body owes is counted with all else that it owes, by internal/answers", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs:       []jobs.Kind{{Name: tellKind, Run: s.tellAuthors}},
		Background: []part.Background{{Name: "drafts: what is over is closed", Run: s.watch, Settle: s.Advance}},
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 15, Text: "drafts.nav", Lede: "drafts.nav_lede", Path: "/drafts", Also: []string{"/drafts.atom"}, Count: countOpenDrafts, Counted: "drafts.nav_counted"},
			{Menu: part.Work, Place: 15, Text: "drafts.nav_desk", Lede: "drafts.nav_desk_lede", Path: "/desk/drafts", Access: web.Officers},
		},
		Unlisted: []string{wordsRoot},
		Now:      now, Came: s.came, Numbers: numbersNow, Desk: s.waits, Me: mine,
	}
}

// settings are what the law fixes for the discussion of drafts of legal acts, and what the city decides itself.
func settings() []part.Setting {
	const byCity = "drafts.source_city"
	return []part.Setting{
		{Key: "drafts.days_min", Default: 10, Min: 1, Max: 120, Unit: part.WorkingDays, Source: "drafts.source_law", For: part.ForBodies},
		{Key: "drafts.days_max", Default: 60, Min: 1, Max: 250, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		{Key: "drafts.report_days", Default: 10, Min: 1, Max: 120, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		{Key: "drafts.remark_max", Default: 3_000, Min: 200, Max: 10_000, Unit: part.Characters, Source: byCity, For: part.ForPeople},
		{Key: "drafts.per_hour", Default: 20, Min: 1, Max: 1_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "drafts.verified_only", Default: 0, Min: 0, Max: 1, Unit: part.YesNo, Source: byCity, For: part.ForPeople},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program or the body alone"
	return []part.Table{
		{Name: "drafts_draft", Columns: []part.Columns{
			part.Proves("id sort title purpose touched cost links body district theme state version opened_at closes_at closed_at reported_at decided_at act reason"),
			part.Leaves("drafts.unproven_changed", "changed_at"), part.Hides(inner, "no made_at")}},
		{Name: "drafts_left", Columns: []part.Columns{part.Hides("it is said to the body that reads its file in", "")}},
		{Name: "drafts_paragraph", Columns: []part.Columns{part.Proves("place kind level number words"), part.Leaves("drafts.unproven_counts", "remarks"), part.Hides(inner, "draft version")}},
		{Name: "drafts_remark", Columns: []part.Columns{
			part.Proves("id serial place sort lang quote words wording organisation state rule reason said_at outcome because lands"),
			part.Leaves("drafts.unproven_counts", "support"), part.Hides("who somebody is is nobody's business", "account"), part.Hides("which moderator decided is for the audit list", "decided_at decided_by"),
			part.Hides(inner, "no draft")}},
		{Name: "drafts_support", Columns: []part.Columns{part.Hides("who supports what is nobody's business; pages show how many", "")}},
	}
}

func countOpenDrafts(tx *storage.Tx) (int64, error) { return countIn(tx, Open) }

var toneOf = map[State]ui.Tone{Preparing: ui.Neutral, Open: ui.Info, Closed: ui.Neutral, Reported: ui.Good, Adopted: ui.Good, Withdrawn: ui.Neutral}

var toneOfOutcome = map[Outcome]ui.Tone{Taken: ui.Good, Partly: ui.Info, NotTaken: ui.Warn}

func standing(s State) civic.Message { return civic.Say("drafts.state_" + string(s)) }

// now is the open drafts, those that close first in front.
func now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	if total, err = countIn(tx, Open); err != nil {
		return nil, 0, err
	}
	all, err := openSoonest(tx, most)
	for _, d := range all {
		out = append(out, part.Open{Kind: Kind, Title: d.Title, Path: Path(d.ID), Who: "drafts.who", Minutes: 10, Until: d.ClosesAt, District: d.District})
	}
	return out, total, err
}

// came is what became of drafts last.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := lately(tx, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	for _, l := range listed {
		counts, err := countBy(tx, l.Draft)
		if err != nil {
			return nil, err
		}
		out = append(out, part.Result{Kind: Kind, Title: l.Title, Path: reportPath(l.ID), At: l.ReportedAt, Body: l.BodyName.Name, Said: standing(l.State), Tone: toneOf[l.State],
			Facts: []civic.Message{civic.Say("drafts.counted", "Taken", counts[Taken], "Partly", counts[Partly], "Not", counts[NotTaken])}})
	}
	return out, err
}

func numbersNow(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
	n, err := countIn(tx, Open)
	return []part.Number{{Value: n, Label: "drafts.number", Path: "/drafts"}}, err
}

// waits is remarks for moderators, and drafts that a body prepares or must report on.
func (s *Service) waits(tx *storage.Tx, actor civic.Actor, most int) (out []part.Waiting, err error) {
	todo, err := toModerate(tx, actor, part.QueuePage{Most: most})
	if err != nil {
		return nil, err
	}
	if len(todo) > 0 {
		out = append(out, part.Waiting{Stage: part.Moderate, Kind: KindRemark, Title: todo[0].Text, What: civic.Say("drafts.waits_moderator", "Count", len(todo)), Path: todo[0].Page, Since: todo[0].Since})
	}
	bodies := actor.Scopes(civic.Officer)
	if len(bodies) == 0 {
		return out, nil
	}
	all, err := ofBodies(tx, bodies, most)
	for _, d := range all {
		if d.State == Preparing { // that a report is owed, and until when, says internal/answers
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, Title: d.Title, What: civic.Say("drafts.waits_preparing"), Path: deskPath(d.ID), Since: d.MadeAt})
		}
	}
	late, err2 := broughtBack(tx, bodies, most)
	for _, d := range late {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: Kind, Title: d.Title, What: civic.Say("drafts.brought_back", "Count", d.open), Path: deskPath(d.ID) + "/weigh", Since: d.ChangedAt})
	}
	return out[:min(len(out), most)], errors.Join(err, err2)
}

// mine is what the person said, and what became of it.
func mine(tx *storage.Tx, actor civic.Actor, most int) (out []part.Mine, err error) {
	all, err := writtenBy(tx, actor.Account, most)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var nos []int64
	for _, r := range all {
		nos = append(nos, r.draft)
	}
	of, err := byNos(tx, nos)
	for _, r := range all {
		seen := r.Public(of[r.draft])
		m := part.Mine{Kind: KindRemark, Title: civic.Text{r.Lang: quoted(r.said())}, Path: remarkPath(r), At: r.SaidAt, State: civic.Say("drafts.remark_state_" + string(r.State)), Tone: ui.Neutral}
		if seen.Verdict.Given() {
			m.State, m.Tone = civic.Say("drafts.outcome_"+string(seen.Verdict.Outcome)), toneOfOutcome[seen.Verdict.Outcome]
		}
		if r.said() == "" {
			m.Title = of[r.draft].Title
		}
		out = append(out, m)
	}
	return out, err
}

// exportPerson returns all that a person said and supports.
func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type remark struct {
		Draft   civic.ID    `json:"draft"`
		URL     string      `json:"url"`
		Place   int         `json:"paragraph"`
		Sort    RemarkSort  `json:"sort"`
		Quote   string      `json:"quote,omitempty"`
		Words   string      `json:"words,omitempty"`
		Wording string      `json:"wording,omitempty"`
		State   RemarkState `json:"state"`
		For     civic.ID    `json:"organisation,omitempty"`
		At      time.Time   `json:"at"`
	}
	var out struct {
		Remarks  []remark   `json:"remarks,omitempty"`
		Supports []civic.ID `json:"supports,omitempty"`
	}
	all, err := writtenBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		out.Remarks = append(out.Remarks, remark{r.Draft, remarkPath(r), r.Place, r.Sort, r.Quote, r.Words, r.Wording, r.State, r.Organisation, r.SaidAt})
	}
	supports, err := supportOf(tx, account)
	for _, r := range supports {
		out.Supports = append(out.Supports, r.ID)
	}
	if len(out.Remarks)+len(out.Supports) == 0 {
		return nil, err
	}
	return out, err
}

// erasePerson leaves what is public, nobody's; the record forgets the words that were said for nobody but the person.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	all, err := writtenBy(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	if err := eraseWords(tx, all); err != nil {
		return err
	}
	return forget(tx, account)
}
