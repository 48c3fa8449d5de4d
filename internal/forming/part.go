package forming

import (
	"embed"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record"
)

//go:embed schema/*.sql texts/*.toml
var embeds embed.FS

// Part is what forming says of itself.
func Part() part.Part {
	return part.Part{
		Name: "forming", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
		Belongs:  part.Belongs{City: "forming_competition", Personal: "forming_candidacy forming_draw"},
		Settings: settings(), Kinds: kinds(), Acts: acts(), Datasets: datasets(), Tables: tables(),
		Audited: []string{"forming.competition.announce", "forming.competition.choose", "forming.competition.publish", "forming.competition.fail", "forming.candidacy.check",
			"forming.draw.announce", "forming.draw.draw", "forming.draw.void"},
		Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
		Help:     []part.Help{{Name: "forming.stand", Place: 26, Path: root}},
		Without: []part.Absence{
			part.No("nothing of it happens at an hour to which people come; the meeting of a draw is a meeting", part.PointWeek),
			part.No("nobody owes the public anything by a date in it but the day of announcement, which stands on the desk", part.PointPromises),
		},
	}
}

// Running is forming as the application composes it.
func (s *Service) Running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		// One at a time: a large pool takes a core and some hundred megabytes for a minute.
		Jobs: []jobs.Kind{{Name: computeKind, Run: s.compute, AtOnce: 1}, {Name: lapseKind, Run: s.lapse}},
		Nav: []part.Nav{
			{Menu: part.Speak, Place: 42, Text: "forming.nav", Lede: "forming.nav_lede", Path: root, Also: []string{root + ".atom"}, Count: countOpen, Counted: "forming.nav_counted"},
			{Menu: part.Work, Place: 52, Text: "forming.nav_desk", Lede: "forming.nav_desk_lede", Path: desk, Access: part.Secretaries()},
		},
		Now: s.now, Came: s.came, Numbers: numbers, Desk: s.waits, Me: s.mine,
	}
}

func settings() []part.Setting {
	const law, byCity = "forming.source_law", "forming.source_city"
	return []part.Setting{
		{Key: "forming.start_days", Default: 60, Min: 0, Max: 366, Unit: part.Days, Source: law, For: part.ForBodies},
		{Key: "forming.open_days", Default: 15, Min: 1, Max: 180, Unit: part.Days, Source: byCity, For: part.ForPeople},
		{Key: "forming.group_from", Default: 3, Min: 1, Max: 50, Unit: part.Count, Source: byCity, For: part.ForBodies},
		{Key: "forming.about_max", Default: 1500, Min: 100, Max: 5000, Unit: part.Characters, Source: byCity, For: part.ForPeople},
		// Three dice with ten sides throw a number below a thousand.
		{Key: "forming.panels", Default: 1000, Min: 10, Max: 10_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "forming.age_middle", Default: 36, Min: 19, Max: 60, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "forming.age_older", Default: 60, Min: 20, Max: 90, Unit: part.Count, Source: byCity, For: part.ForPeople},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner, person = "it ties rows together, or is for the program alone", "only who stands, and the working group, see it"
	return []part.Table{
		{Name: "forming_competition", Columns: []part.Columns{part.Proves("id body state method seats reserve working terms quotas until announced_at reasons ended_at"), part.Hides(inner, "no")}},
		{Name: "forming_candidacy", Columns: []part.Columns{part.Proves("id competition number state nominated name seal reason votes seat"), part.Leaves("forming.unproven_salt", "salt"),
			part.Leaves("forming.unproven_about", "about lang"), part.Hides(person, "account sex born district filed_at"), part.Hides(inner, "no")}},
		{Name: "forming_draw", Columns: []part.Columns{part.Proves("id competition purpose state problem stayed gone panels never deviation announced evidence why made_at ended_at"),
			part.Hides("the working group alone sees it, before anything is published", "conflict"), part.Hides(inner, "no")}},
	}
}

// held is what is kept of somebody who stands.
type held struct {
	Competition civic.ID       `json:"competition"`
	Number      int            `json:"number"`
	State       CandidacyState `json:"state"`
	By          civic.Ref      `json:"nominated_by,omitzero"`
	Name        string         `json:"name"`
	About       string         `json:"about"`
	Sex         string         `json:"sex,omitempty"`
	Born        int            `json:"born,omitempty"`
	District    string         `json:"district,omitempty"`
	FiledAt     time.Time      `json:"filed_at"`
	Salt        string         `json:"salt"`
	Seal        string         `json:"seal"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := candidaciesOf(tx, account, math.MaxInt32)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var out []held
	for _, c := range all {
		out = append(out, held{c.Competition, c.Number, c.State, c.By, c.Name, c.About, c.Sex, c.Born, c.District, c.FiledAt, c.Salt, c.Seal})
	}
	return out, nil
}

// erasePerson takes the names out of the record too. A seat stays with whoever owns the body: there somebody holds an office.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	all, err := candidaciesOf(tx, account, math.MaxInt32)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := record.EraseSubject(tx, candidacyRef(c.ID)); err != nil {
			return err
		}
	}
	tx.Touch(Topic)
	return forget(tx, account)
}

// now is the competitions in which people may stand.
func (s *Service) now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	all, err := openNow(tx, storage.Millis(tx.Now().AddDate(0, 0, -1)), most)
	if err != nil {
		return nil, 0, err
	}
	listed, err := s.summaries(tx, all)
	for _, c := range listed {
		out = append(out, part.Open{Kind: Kind, Title: c.Of.Name, Path: Path(c.ID), Who: "forming.who_stands", Minutes: 15, Until: c.Until.AddDate(0, 0, 1),
			Facts: []civic.Message{civic.Say("forming.seats_to_fill", "Count", c.Seats)}})
	}
	if err != nil {
		return nil, 0, err
	}
	total, err = countOpen(tx)
	return out, total, err
}

// came is the compositions that were published, the latest first.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latestPublished(tx, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.summaries(tx, all)
	for _, c := range listed {
		out = append(out, part.Result{Kind: Kind, Title: c.Of.Name, Path: Path(c.ID), At: c.EndedAt, Said: civic.Say("forming.came_" + string(c.Method)), Tone: ui.Good})
	}
	return out, err
}

// numbers does not say how many took candidacies on an earlier day: that is not kept.
func numbers(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
	n, err := countOpen(tx)
	return []part.Number{{Value: n, Label: "forming.number", Path: root}}, err
}

// waits is the competitions that are to begin, and what the actor is to do for those that go on.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	if !part.IsSecretary(a) {
		return nil, nil
	}
	w, err := s.work(tx, a, most)
	if err != nil {
		return nil, err
	}
	for _, b := range w.Begin {
		out = append(out, part.Waiting{Stage: part.Prepare, Kind: b.Ref.Kind, Title: b.Name, What: civic.Say("forming.waits_begin"), Path: NewPath(b.Ref), Due: b.Since.AddDate(0, 0, -s.value("start_days"))})
	}
	for _, c := range w.Runs {
		item := part.Waiting{Stage: part.Decision, Kind: Kind, Title: c.Of.Name, Path: deskPath(c.ID), Since: c.AnnouncedAt}
		switch {
		case c.Phase == Phase(Draft):
			item.Stage, item.What, item.Due = part.Prepare, civic.Say("forming.waits_announce"), c.Of.Since.AddDate(0, 0, -s.value("start_days"))
		case c.To > 0:
			item.Stage, item.What = part.Verify, civic.Say("forming.waits_check", "Count", c.To)
		case c.Phase == Checking:
			item.What = civic.Say("forming.waits_choose")
		case c.Phase == Phase(Chosen):
			item.What, item.Due = civic.Say("forming.waits_publish"), c.Of.Since
		default:
			continue
		}
		out = append(out, item)
	}
	return out[:min(len(out), most)], nil
}

var toneOf = map[CandidacyState]ui.Tone{Filed: ui.Info, Admitted: ui.Good, Refused: ui.Warn, Withdrawn: ui.Neutral, Elected: ui.Good, Waiting: ui.Info, Passed: ui.Neutral, Declined: ui.Neutral}

// mine is the candidacies that the person filed.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := candidaciesOf(tx, a.Account, most)
	if err != nil {
		return nil, err
	}
	of, err := competitionsOf(tx, all)
	for _, d := range all {
		if err != nil {
			return nil, err
		}
		var b Body
		b, err = s.body(tx, of[d.Competition].Body)
		out = append(out, part.Mine{Kind: KindCandidacy, Title: b.Name, Path: d.path(), At: d.FiledAt, State: civic.Say("forming.candidacy_" + string(d.State)), Tone: toneOf[d.State]})
	}
	return out, err
}
