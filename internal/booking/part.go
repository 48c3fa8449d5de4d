package booking

import (
	"embed"
	"math"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

//go:embed schema/*.sql texts/*.toml
var files embed.FS

// Part is what booking says of itself.
func Part() part.Part {
	return part.Part{
		Name: "booking", Schema: embedded.Folder(files, "schema"), Texts: embedded.Folder(files, "texts"),
		Belongs:  part.Belongs{City: "booking_offering booking_key", Personal: "booking_party booking_ticket booking_scan booking_said"},
		Settings: settings(),
		Tables:   append(part.TablesUnproven("booking.unproven", "booking_offering"), part.TablesUnshown("who has places is nobody's business", "booking_party", "booking_ticket", "booking_scan", "booking_said", "booking_key")...),
		Personal: part.Personal{Export: exportPerson, Erase: erasePerson},
		Without: []part.Absence{
			part.No("places belong to a thing of another part, which says in acts of its own how many there are", part.PointKinds, part.PointActs, part.PointAudited, part.PointHelp,
				part.PointNow, part.PointWeek, part.PointCame, part.PointPromises, part.PointNumbers, part.PointDesk),
		},
	}
}

// Running is booking as the application composes it.
func (s *Service) Running() part.Running {
	return part.Running{Service: s, Routes: s.routes(), Unlisted: []string{"/book", "/door"}, Here: s.here, Me: s.mine,
		Nav:  []part.Nav{{Menu: part.Own, Place: 44, Text: "booking.nav", Lede: "booking.nav_lede", Path: ownList, Access: web.SignedIn}},
		Jobs: []jobs.Kind{{Name: settleKind, Run: s.settleOne}, {Name: tellKind, Run: s.tellAll}, {Name: askKind, Run: s.ask}, {Name: forgetKind, Run: s.forget}}, Periodics: []jobs.Periodic{{Kind: forgetKind, Every: 24 * time.Hour}}}
}

// settings are the terms of booking: the city's own choice, no law fixes them.
func settings() []part.Setting {
	const byCity = "booking.source_city"
	return []part.Setting{
		// A day: whoever reads mails once a day sees the offer.
		{Key: "booking.hold_hours", Default: 24, Min: 1, Max: 168, Unit: part.Hours, Source: byCity, For: part.ForPeople},
		{Key: "booking.hold_least_hours", Default: 3, Min: 1, Max: 8, Unit: part.Hours, Source: byCity, For: part.ForPeople},
		{Key: "booking.quiet_from", Default: 21, Min: 18, Max: 23, Unit: part.HourOfDay, Source: byCity, For: part.ForPeople},
		{Key: "booking.quiet_to", Default: 9, Min: 5, Max: 11, Unit: part.HourOfDay, Source: byCity, For: part.ForPeople},
		{Key: "booking.confirm_minutes", Default: 60, Min: 10, Max: 1440, Unit: part.Minutes, Source: byCity, For: part.ForPeople},
		{Key: "booking.door_minutes", Default: 120, Min: 0, Max: 1440, Unit: part.Minutes, Source: byCity, For: part.ForPeople},
		{Key: "booking.say_days", Default: 30, Min: 1, Max: 365, Unit: part.Days, Source: byCity, For: part.ForPeople},
		// Long enough for a host to settle what is left to do.
		{Key: "booking.forget_days", Default: 30, Min: 1, Max: 365, Unit: part.Days, Source: byCity, For: part.ForPeople},
		// A school class at one address signs up; a machine that fills a hall does not get far.
		{Key: "booking.by_network", Default: 60, Min: 1, Max: 100_000, Unit: part.Count, Source: byCity},
	}
}

// exported is what is kept of somebody's booking.
type exported struct {
	Of        civic.Ref      `json:"of"`
	State     State          `json:"state"`
	Name      string         `json:"name"`
	Shown     bool           `json:"others_see_the_name"`
	Places    map[string]int `json:"places"`
	Tickets   []string       `json:"tickets,omitempty"`
	Answers   []answered     `json:"answers,omitempty"`
	Mark      int            `json:"mark,omitempty"`
	Better    string         `json:"what_should_be_better,omitempty"`
	BookedAt  time.Time      `json:"booked_at"`
	ChangedAt time.Time      `json:"changed_at"`
}

// answered is a question with what was said to it.
type answered struct {
	Question civic.Text `json:"question"`
	Said     []string   `json:"said"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := partiesBy(tx, account, Party{}, math.MaxInt32)
	var out []exported
	for _, p := range all {
		o, err := offeringByNo(tx, p.offering)
		if err != nil {
			return nil, err
		}
		tickets, err := ticketsOfParty(tx, p)
		if err != nil {
			return nil, err
		}
		e := exported{Of: o.Of, State: p.State, Name: p.Name, Shown: p.Shown, Places: map[string]int{}, BookedAt: p.BookedAt, ChangedAt: p.ChangedAt}
		said, _, err := saidBy(tx, p)
		if err != nil {
			return nil, err
		}
		e.Mark, e.Better = said.Mark, said.Better
		form, err := askedOf(tx, p)
		if err != nil {
			return nil, err
		}
		for _, q := range form {
			if said := p.answers[q.Key]; len(said) > 0 {
				e.Answers = append(e.Answers, answered{q.Label, said})
			}
		}
		for kind, n := range p.Places {
			if n > 0 {
				e.Places[kindNames[kind]] = n
			}
		}
		for _, t := range tickets {
			e.Tickets = append(e.Tickets, t.Code.Shown())
		}
		out = append(out, e)
	}
	if out == nil {
		return nil, err
	}
	return out, err
}

// erasePerson cuts what a person booked off from them. What they had of things to come was given on before: Service.passOn.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	if err := forgetWords(tx, account); err != nil {
		return err
	}
	return forgetParties(tx, account)
}
