package councils

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
			Name: "councils", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "councils_form councils_council councils_recommendation councils_tally councils_attendance", Personal: "councils_seat"},
			Settings: settings(),
			Roles:    []part.Role{{Name: secretary, Scope: Kind}, {Name: memberOf, Scope: KindSeat}},
			Kinds:    kinds(),
			Acts:     acts(),
			Tables:   tables(),
			Datasets: datasets(),
			Audited:  []string{"councils.form.add", "councils.form.rename", "councils.council.found", "councils.seat.take", "councils.seat.end", "councils.recommendation.send"},
			Help:     []part.Help{{Name: "councils.ask", Place: 27, Path: "/councils"}},
			Without: []part.Absence{
				part.No("the answers that bodies owe to councils are counted with all others, by internal/answers", part.PointPromises),
				part.No("what residents ask and who comes is kept by internal/meetings; members and what they state are public acts of a council", part.PointPersonal, part.PointMe),
				part.No("people take part in meetings, which internal/meetings tells", part.PointNow, part.PointWeek),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

// Secretaries are those who do a council's work, and administrators.
var secretaries = web.Holders("secretaries", secretary)

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 40, Text: "councils.nav", Lede: "councils.nav_lede", Path: "/councils", Also: []string{"/councils.atom"}, Count: countActive, Counted: "councils.nav_counted"},
			{Menu: part.Work, Place: 50, Text: "councils.nav_desk", Lede: "councils.nav_desk_lede", Path: "/desk/councils", Access: secretaries},
		},
		Came: s.came, Numbers: numbers, Desk: s.waits,
	}
}

const byCity = "councils.source_city"

// settings are what the law or a council's own regulation fixes, and a city may have otherwise.
func settings() []part.Setting {
	const formed, sits = "councils.source_formed", "councils.source_sits"
	return []part.Setting{
		{Key: "councils.state_one_in", Default: 3, Min: 1, Max: 100, Unit: part.Count, Source: formed, For: part.ForBodies},
		{Key: "councils.one_each", Default: 1, Min: 0, Max: 1, Unit: part.YesNo, Source: formed, For: part.ForPeople},
		{Key: "councils.chair_is_free", Default: 1, Min: 0, Max: 1, Unit: part.YesNo, Source: sits, For: part.ForBodies},
		{Key: "councils.quorum_part", Default: 2, Min: 1, Max: 100, Unit: part.Count, Source: sits, For: part.ForPeople},
		{Key: "councils.quorum_whole", Default: 3, Min: 1, Max: 100, Unit: part.Count, Source: sits, For: part.ForPeople},
		{Key: "councils.ending_days", Default: 60, Min: 0, Max: 366, Unit: part.Days, Source: formed, For: part.ForBodies},
		{Key: "councils.answer_days", Default: 15, Min: 1, Max: 250, Unit: part.WorkingDays, Source: "councils.source_answer", For: part.ForBodies},
		{Key: "councils.opinion_days", Default: 10, Min: 1, Max: 250, Unit: part.WorkingDays, Source: "councils.source_answer", For: part.ForBodies},
		{Key: "councils.age_middle", Default: 36, Min: 19, Max: 60, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "councils.age_older", Default: 60, Min: 20, Max: 90, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "councils.shown_from", Default: 3, Min: 2, Max: 50, Unit: part.Count, Source: byCity, For: part.ForPeople},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program alone"
	return []part.Table{
		{Name: "councils_council", Columns: []part.Columns{part.Proves("id form name about body law regulation size since until district theme parent"), part.Leaves("councils.unproven_counted", "reports"), part.Hides(inner, "no")}},
		{Name: "councils_form", Columns: []part.Columns{part.Leaves("councils.unproven_forms", "code name"), part.Hides("it orders lists", "no")}},
		{Name: "councils_seat", Columns: []part.Columns{part.Proves("id council name post side organisation commission since until"),
			part.Leaves("councils.unproven_stated", "sex born district"), part.Hides(inner, "no")}},
		{Name: "councils_recommendation", Columns: []part.Columns{part.Proves("id council meeting vote number text body opinion adopted_at sent_at"), part.Hides(inner, "no"),
			part.Leaves("councils.unproven_counted", "in_time late taken delivered late_from")}},
		{Name: "councils_tally", Columns: []part.Columns{part.Leaves("councils.unproven_counted", "council adopted in_time late taken delivered")}},
		{Name: "councils_attendance", Columns: []part.Columns{part.Leaves("councils.unproven_counted", "council seat held attended")}},
	}
}

var toneOf = map[Fate]ui.Tone{Adopted: ui.Neutral, Due: ui.Info, Late: ui.Warn, Answered: ui.Info, Taken: ui.Good, TakenPartly: ui.Warn, Refused: ui.Neutral, Promised: ui.Info,
	Delivered: ui.Good, DeliveredPartly: ui.Warn, Undone: ui.Bad, NotDelivered: ui.Warn, Confirmed: ui.Good, Contested: ui.Warn}

// came is the recommendations that were answered, the latest sent first.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latestSent(tx, 5*most)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	for _, r := range listed {
		if answer := r.answer(); !answer.GivenAt.IsZero() && len(out) < most {
			out = append(out, r.result())
		}
	}
	return out, err
}

func (r Listed) result() part.Result {
	return part.Result{Kind: KindRecommendation, Title: r.Text, Path: r.path(), At: r.answer().GivenAt, Body: r.BodyName, Said: civic.Say("councils.fate_" + string(r.Fate)), Tone: toneOf[r.Fate]}
}

// answer is the first obligation: to answer.
func (r Listed) answer() Owing {
	if len(r.Owed) == 0 {
		return Owing{}
	}
	return r.Owed[0]
}

func numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := countRecommendations(tx)
	if err != nil {
		return nil, err
	}
	before, err := countRecommendationsBefore(tx, then)
	return []part.Number{{Value: n, Then: &before, Label: "councils.number", Path: "/councils"}}, err
}

// waits is the recommendations that are not sent and, for administrators, who found councils, those whose term is ending while nobody has
// put the next one on the list.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	adopted := []Recommendation{}
	if a.Has(civic.Administrator) {
		ending, err := endingAlone(tx, s.value("ending_days"), most)
		if err != nil {
			return nil, err
		}
		for _, c := range ending {
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, Title: c.Name, What: civic.Say("councils.waits_successor"), Path: "/desk/councils/new", Since: c.Until.AddDate(0, 0, -s.value("ending_days")), Due: c.Until})
		}
		if adopted, err = unsentOfAll(tx, most); err != nil {
			return nil, err
		}
	} else {
		for _, id := range a.Scopes(secretary) {
			some, err := unsent(tx, id, most)
			if err != nil {
				return nil, err
			}
			adopted = append(adopted, some...)
		}
	}
	for _, r := range adopted {
		out = append(out, part.Waiting{Stage: part.Decision, Kind: KindRecommendation, Title: r.Text, What: civic.Say("councils.waits_send"), Path: sendPath(r), Since: r.AdoptedAt})
	}
	return out[:min(len(out), most)], err
}

// worked is a page of the councils whose work the actor does, and where the next begins; "" on the last. A secretary's are few.
func (s *Service) worked(tx *storage.Tx, a civic.Actor, after string) ([]Council, string, error) {
	if !a.Has(civic.Administrator) {
		all, err := byIDs(tx, a.Scopes(secretary))
		return all, "", err
	}
	page, err := listed(tx, Query{After: after}, offered)
	return page.Items, page.Next, err
}

// offered is how many councils stand on a page of the desk, and to how many a form can offer a choice.
const offered = 100
