package initiatives

import (
	"context"
	"embed"
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
			Name: "initiatives", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs: part.Belongs{City: "initiatives_threshold initiatives_sheets initiatives_change initiatives_count initiatives_invalidation",
				Personal: "initiatives_initiative initiatives_author initiatives_signature"},
			Settings: settings(),
			Kinds:    kinds(),
			Acts:     acts(),
			Datasets: datasets(),
			Tables:   tables(),
			Audited:  []string{"initiatives.initiative.decide", "initiatives.invalidation.make", "initiatives.invalidation.reverse"},
			Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
			Help:     []part.Help{{Name: "initiatives.begin", Place: 31, Path: "/initiatives/new"}},
			Without: []part.Absence{
				part.No("signing lasts for months: no hour of a week is its own", part.PointWeek),
				part.No("what bodies owe because of initiatives is counted with all else that they owe, by internal/answers", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Jobs:       []jobs.Kind{{Name: forgetKind, Run: func(ctx context.Context, _ jobs.Job) error { return s.forgetOld(ctx) }}},
		Periodics:  []jobs.Periodic{{Kind: forgetKind, Every: time.Hour}},
		Background: []part.Background{{Name: "initiatives", Run: s.watch, Settle: s.settleAll}},
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 35, Text: "initiatives.nav", Lede: "initiatives.nav_lede", Path: "/initiatives", Also: []string{"/initiatives.atom"}, Count: countOpen, Counted: "initiatives.nav_counted"},
			{Menu: part.Work, Place: 27, Text: "initiatives.nav_desk", Lede: "initiatives.nav_desk_lede", Path: "/desk/initiatives", Access: web.Moderators},
		},
		Now: now, Came: s.came, Numbers: numbersNow, Desk: waits, Me: mine, Here: here,
	}
}

// settings are what the law fixes for petitions, which this city takes over, or what it decides itself.
func settings() []part.Setting {
	const byCity, byLaw = "initiatives.source_city", "initiatives.source_petition"
	return []part.Setting{
		{Key: "initiatives.authors_min", Default: 3, Min: 1, Max: 20, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "initiatives.joinder_people", Default: 50, Min: 1, Max: 10_000, Unit: part.Count, Source: byLaw, For: part.ForPeople},
		{Key: "initiatives.joinder_days", Default: 10, Min: 1, Max: 250, Unit: part.WorkingDays, Source: byLaw, For: part.ForPeople},
		{Key: "initiatives.moderation_days", Default: 20, Min: 1, Max: 250, Unit: part.WorkingDays, Source: byLaw, For: part.ForBodies},
		{Key: "initiatives.collection_months", Default: 6, Min: 1, Max: 24, Unit: part.Months, Source: "initiatives.source_collection", For: part.ForPeople},
		{Key: "initiatives.check_days", Default: 3, Min: 0, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		{Key: "initiatives.paper_days", Default: 10, Min: 0, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		{Key: "initiatives.review_days", Default: 20, Min: 1, Max: 250, Unit: part.WorkingDays, Source: byLaw, For: part.ForBodies},
		// From how many signatures on something follows; 0: it does not. Petitions by the law need 1 % of all residents for the
		// akimat and 2 % for the maslikhat.
		{Key: "initiatives.council_signatures", Default: 300, Min: 0, Max: 1_000_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "initiatives.answer_signatures", Default: 1_000, Min: 0, Max: 1_000_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "initiatives.consultation_signatures", Default: 3_000, Min: 0, Max: 1_000_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "initiatives.verified_only", Default: 0, Min: 0, Max: 1, Unit: part.YesNo, Source: byCity, For: part.ForPeople},
		{Key: "initiatives.words_max", Default: 4_000, Min: 500, Max: 20_000, Unit: part.Characters, Source: byCity, For: part.ForPeople},
		{Key: "initiatives.per_month", Default: 3, Min: 1, Max: 100, Unit: part.Count, Source: byCity, For: part.ForPeople},
		// A school or an office behind one address does not reach it; where more people come together, a moderator opens a venue.
		{Key: "initiatives.by_network", Default: 100, Min: 1, Max: 100_000, Unit: part.Count, Source: byCity},
		{Key: "initiatives.asked_days", Default: 7, Min: 1, Max: 90, Unit: part.Days, Source: byCity, For: part.ForPeople},
		{Key: "initiatives.suspicious", Default: 20, Min: 3, Max: 10_000, Unit: part.Count, Source: byCity},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner = "it ties rows together, or is for the program, the authors or moderators alone"
	return []part.Table{
		{Name: "initiatives_initiative", Columns: []part.Columns{
			part.Proves("id year serial lang title words body district theme state rule reason opened_at closes_at closed_at final"),
			part.Leaves("initiatives.unproven_count", "signed changed_at decided_at hand_at"),
			part.Hides(inner, "no secret invite salt written_at joinder_by moderate_by"),
		}},
		{Name: "initiatives_threshold", Columns: []part.Columns{part.Proves("effect needed reached_at obligation"), part.Hides(inner, "initiative")}},
		{Name: "initiatives_author", Columns: []part.Columns{part.Leaves("initiatives.unproven_authors", "")}},
		{Name: "initiatives_signature", Columns: []part.Columns{part.Leaves("initiatives.unproven_names", "")}},
		{Name: "initiatives_sheets", Columns: []part.Columns{part.Leaves("initiatives.unproven_count", "initiative counted repeated"), part.Hides(inner, "run at")}},
		{Name: "initiatives_change", Columns: []part.Columns{part.Hides("it waits to be counted", "")}},
		{Name: "initiatives_count", Columns: []part.Columns{part.Leaves("initiatives.unproven_count", "")}},
		{Name: "initiatives_invalidation", Columns: []part.Columns{part.Proves("id reason counted waiting made_at reversed_at reversal"), part.Hides(inner, "no initiative conditions")}},
	}
}

func countOpen(tx *storage.Tx) (int64, error) { return countIn(tx, Open) }

var toneOf = map[State]ui.Tone{Draft: ui.Neutral, Joinder: ui.Info, Moderation: ui.Info, Open: ui.Info, Closed: ui.Neutral, WithBody: ui.Info, Answered: ui.Good, Delivered: ui.Good, Lapsed: ui.Neutral,
	Refused: ui.Warn, Unsupported: ui.Neutral, Withdrawn: ui.Neutral}

func standing(s State) civic.Message { return civic.Say("initiatives.state_" + string(s)) }

// now is the open initiatives, those that close first in front.
func now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	if total, err = countIn(tx, Open); err != nil {
		return nil, 0, err
	}
	all, err := openSoonest(tx, most)
	for _, i := range all {
		out = append(out, part.Open{Kind: Kind, Title: civic.Text{i.Lang: i.Title}, Path: Path(i.ID), Who: "initiatives.who", Anyone: true, Minutes: 2, Until: i.ClosesAt, District: i.District,
			Facts: []civic.Message{civic.Say("initiatives.signed", "Count", i.Signed)}})
	}
	return out, total, err
}

// came is what bodies answered to initiatives last.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latestIn(tx, []State{Answered, Delivered}, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(tx, all)
	for _, l := range listed {
		out = append(out, part.Result{Kind: Kind, Title: civic.Text{l.Lang: l.Title}, Path: Path(l.ID), At: l.ChangedAt, Body: l.BodyName.Name, Said: standing(l.State), Tone: toneOf[l.State],
			Facts: []civic.Message{civic.Say("initiatives.signed", "Count", l.Final)}})
	}
	return out, err
}

func numbersNow(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
	n, err := countIn(tx, Open)
	return []part.Number{{Value: n, Label: "initiatives.number", Path: "/initiatives"}}, err
}

// waits is the initiatives on which a moderator decides.
func waits(tx *storage.Tx, actor civic.Actor, most int) (out []part.Waiting, err error) {
	all, err := toModerate(tx, actor, part.QueuePage{Most: most})
	for _, m := range all {
		title, _ := titles(tx, actor, []civic.ID{m.ID})
		out = append(out, part.Waiting{Stage: part.Moderate, Kind: Kind, Title: title[m.ID].Title, What: civic.Say("initiatives.waits"), Path: m.Page, Due: m.Due, Since: m.Since})
	}
	return out, err
}

// mine is what the person wrote and signed.
func mine(tx *storage.Tx, actor civic.Actor, most int) (out []part.Mine, err error) {
	written, err := writtenBy(tx, actor.Account, most)
	if err != nil {
		return nil, err
	}
	for _, i := range written {
		m := part.Mine{Kind: Kind, Title: civic.Text{i.Lang: i.Title}, Path: Path(i.ID), At: i.WrittenAt, State: standing(i.State), Tone: toneOf[i.State]}
		if i.ByLink() {
			m.Path = linkPath(i)
		}
		out = append(out, m)
	}
	signed, err := signedOf(tx, actor.Account, most, func(i Initiative) string { return Path(i.ID) })
	out = append(out, signed...)
	return out[:min(most, len(out))], err
}

// signedOf is what an account, or a reader without one, signed, and where each reads of it.
func signedOf(tx *storage.Tx, who civic.ID, most int, at func(Initiative) string) (out []part.Mine, err error) {
	signed, err := signedBy(tx, who, most)
	for _, sig := range signed {
		i, err := findNo(tx, sig.initiative)
		if err != nil {
			return nil, err
		}
		if sig.State == Signed && i.Public() && i.Title != "" {
			out = append(out, part.Mine{Kind: Kind, Title: civic.Text{i.Lang: i.Title}, Path: at(i), At: sig.SignedAt, State: civic.Say("initiatives.you_signed"), Tone: toneOf[i.State]})
		}
	}
	return out, err
}
