package events

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
			Name: "events", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs: part.Belongs{City: "events_asked events_date events_host events_hosted events_item", Personal: "events_event"},
			Kinds:   kinds(),
			Acts:    acts(),
			Audited: []string{"events.event.decide"},
			Settings: []part.Setting{
				// Of five answers nobody can tell whose a mark is; the city may want more.
				{Key: "events.opinions_least", Default: 5, Min: 1, Max: 100, Unit: part.Count, Source: "events.source_city", For: part.ForPeople},
				// Whoever suggests something for the next weekend is to hear before it.
				{Key: "events.moderation_days", Default: 3, Min: 1, Max: 30, Unit: part.Days, Source: "events.source_city", For: part.ForPeople},
			},
			Datasets: datasets(),
			Tables: []part.Table{
				{Name: "events_event", Columns: []part.Columns{part.Proves("id state title about hosts host_group place point district theme audience languages access price repeats terms certificate reason rule refusal report figures heard paid_by"),
					part.Hides("it is for who looks after the event or has a place, or for the program", "no author online decided_at decide_by submitted_at uid"), part.Leaves("events.unproven_changed", "changed_at")}},
				{Name: "events_date", Columns: []part.Columns{part.Proves("id of_at starts_at ends_at is_off reason shown"), part.Hides("it ties rows together, or is for the program", "no event sequence lasting")}},
				{Name: "events_item", Columns: []part.Columns{part.Proves("id of_date exhibit title speakers spot of_at starts_at ends_at is_off"), part.Hides("it ties rows together", "no event")}},
				{Name: "events_host", Columns: []part.Columns{part.Hides("it repeats the hosts of events, for lists", "")}},
				{Name: "events_asked", Columns: []part.Columns{part.Hides("nobody hosts who has not agreed: it is between those who ask and those who are asked", "")}},
				{Name: "events_hosted", Columns: []part.Columns{part.Hides("it repeats the dates of hosts, for lists", "")}},
			},
			Personal: part.Personal{Export: exportPerson, Erase: forget},
			Help:     []part.Help{{Name: "events.find", Place: 37, Path: root}, {Name: "events.suggest", Place: 38, Path: root + "/suggest"}},
			Without: []part.Absence{
				part.No("nobody owes an event by a date", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{
			{Menu: part.Join, Place: 20, Text: "events.nav", Lede: "events.nav_lede", Path: root, Also: []string{root + ".atom"}, Count: countComing, Counted: "events.nav_counted"},
			{Menu: part.Own, Place: 47, Text: "events.nav_desk", Lede: "events.nav_desk_lede", Path: deskPath, Access: web.SignedIn},
		},
		Now: now, Week: week, Came: came, Numbers: numbers, Desk: waits, Me: mine, Locate: locate,
	}
}

// now are the next dates of which places are given out.
func now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	all, err := list(tx, Filter{From: tx.Now(), Standing: On, Booked: true}, storage.Place{}, most)
	for _, d := range all {
		out = append(out, part.Open{Kind: Kind, Title: d.Title, Path: Path(d.ID), Who: "events.who", Anyone: true, Minutes: 2, Until: d.Date.Starts, District: d.District})
	}
	if err != nil {
		return nil, 0, err
	}
	total, err = countBookable(tx)
	return out, total, err
}

func week(tx *storage.Tx, from, to time.Time, most int) (out []part.Dated, err error) {
	all, err := list(tx, Filter{From: from, To: to}, storage.Place{}, most)
	for _, d := range all {
		if !d.Date.Off {
			out = append(out, part.Dated{Kind: Kind, Title: d.Title, Path: Path(d.ID), At: d.Date.Starts, Place: civic.Everywhere(d.Place), District: d.District})
		}
	}
	return out, err
}

func came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := reports(tx, most)
	for _, e := range all {
		out = append(out, part.Result{Kind: Kind, Title: e.Title, Path: Path(e.ID), At: e.ChangedAt, Said: civic.Say("events.came"), Tone: ui.Good})
	}
	return out, err
}

func numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := countHeld(tx, tx.Now())
	if err != nil {
		return nil, err
	}
	before, err := countHeld(tx, then)
	return []part.Number{{Value: n, Then: &before, Label: "events.number", Path: root}}, err
}

// waits are events that others ask to host with them, drafts that are to be announced, and events that are over and of which nothing is told yet.
func waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	if a.Has(civic.Administrator) || !a.HasAny(civic.Officer, civic.Representative) {
		return nil, nil
	}
	asked, err := askedFor(tx, a, most)
	if err != nil {
		return nil, err
	}
	for _, e := range asked {
		out = append(out, part.Waiting{Stage: part.Answer, Kind: Kind, Title: e.Title, What: civic.Say("events.waits_host"), Path: hostsDesk(e.ID)})
	}
	all, err := managed(tx, a, storage.Place{}, most)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		dates, err := datesOf(tx, e)
		if err != nil {
			return nil, err
		}
		w := part.Waiting{Stage: part.Prepare, Kind: Kind, Title: e.Title, Path: deskOf(e.ID)}
		switch {
		case e.State == Draft:
			w.What = civic.Say("events.waits_draft")
		case e.State == Announced && len(dates) > 0 && !dates[len(dates)-1].Ends.After(tx.Now()):
			w.What = civic.Say("events.waits_report")
		default:
			continue
		}
		out = append(out, w)
	}
	return out, nil
}

func mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := byAuthor(tx, a.Account, most)
	for _, e := range all {
		out = append(out, part.Mine{Kind: Kind, Title: e.Title, Path: deskOf(e.ID), At: e.ChangedAt, State: civic.Say("events.state_" + string(e.State)), Tone: toneOf[e.State]})
	}
	return out, err
}

var toneOf = map[State]ui.Tone{Draft: ui.Neutral, Suggested: ui.Info, Refused: ui.Warn, Announced: ui.Info, Cancelled: ui.Warn, Reported: ui.Good}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type wrote struct {
		Title civic.Text `json:"title"`
		About civic.Text `json:"about"`
		Group string     `json:"group,omitempty"`
		Place string     `json:"place"`
		State State      `json:"state"`
	}
	all, err := byAuthor(tx, account, math.MaxInt32)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var out []wrote
	for _, e := range all {
		out = append(out, wrote{e.Title, e.About, e.Group, e.Place, e.State})
	}
	return out, nil
}
