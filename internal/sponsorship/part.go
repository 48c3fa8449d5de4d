package sponsorship

import (
	"embed"
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
			Name: "sponsorship", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "sponsorship_campaign", Personal: "sponsorship_gift sponsorship_statement sponsorship_line sponsorship_row"},
			Settings: settings(), Kinds: kinds(), Acts: acts(), Datasets: datasets(), Tables: partTables(),
			Audited:  []string{"sponsorship.campaign.decide", "sponsorship.campaign.close", "sponsorship.gift.ask_back", "sponsorship.statement.import", "sponsorship.line.settle", "sponsorship.line.reopen"},
			Personal: part.Personal{Export: exportPerson, Erase: forget},
			Help:     []part.Help{{Name: "sponsorship.give", Place: 38, Path: root}, {Name: "sponsorship.prove", Place: 39}},
			Without: []part.Absence{
				part.No("gifts are given for months: no hour of a week is a campaign's own", part.PointWeek),
				part.No("what an organisation owes its givers stands on the page of its campaign and on its desk; nobody owes the public an answer by a date", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Jobs: []jobs.Kind{{Name: remindKind, Run: s.remind}},
		Nav: []part.Nav{
			{Menu: part.Join, Place: 36, Text: "sponsorship.nav", Lede: "sponsorship.nav_lede", Path: root, Count: countTaking, Counted: "sponsorship.nav_counted"},
			{Menu: part.Own, Place: 48, Text: "sponsorship.nav_own", Lede: "sponsorship.nav_own_lede", Path: mine, Access: web.SignedIn},
			{Menu: part.Work, Place: 68, Text: "sponsorship.nav_desk", Lede: "sponsorship.nav_desk_lede", Path: desk, Also: []string{statements}, Access: web.Hosts},
		},
		Now: s.now, Came: s.came, Numbers: numbers, Desk: s.waits, Me: s.me,
	}
}

func settings() []part.Setting {
	const byCity = "sponsorship.source_city"
	return []part.Setting{
		{Key: "sponsorship.moderation_days", Default: 5, Min: 1, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
		{Key: "sponsorship.most_days", Default: 180, Min: 7, Max: 730, Unit: part.Days, Source: byCity, For: part.ForPeople},
		{Key: "sponsorship.least_gift", Default: 100, Min: 1, Max: 100_000, Unit: part.Count, Source: byCity, For: part.ForPeople},
		{Key: "sponsorship.unmatched_days", Default: 5, Min: 1, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForPeople},
		{Key: "sponsorship.refund_days", Default: 10, Min: 1, Max: 60, Unit: part.WorkingDays, Source: byCity, For: part.ForPeople},
	}
}

// partTables say what public pages show of each table.
func partTables() []part.Table {
	const inner, private = "it ties rows together, or is for the program alone", "only the giver and the organisation see it"
	return []part.Table{
		{Name: "sponsorship_campaign", Columns: []part.Columns{
			part.Proves("id organisation state title about keep lines district theme place receiver iban bank left_over thanks clause ends_at opened_at closed_at report rule reason"),
			part.Hides(inner, "no moderate_by decided_at reached_at")}},
		{Name: "sponsorship_gift", Columns: []part.Columns{part.Leaves("sponsorship.unproven_names", "id name shown clause received campaign no"), part.Hides(private, "account verified amount monthly code state pledged_at announced_at back back_by why_back")}},
		{Name: "sponsorship_row", Columns: []part.Columns{part.Proves("id campaign number sort amount left_after day what undoes"), part.Leaves("sponsorship.unproven_names", "gift"), part.Hides(inner, "no line transfer entry")}},
		{Name: "sponsorship_line", Columns: []part.Columns{part.Hides("only the organisation reads its statements", "")}},
		{Name: "sponsorship_statement", Columns: []part.Columns{part.Hides("only the organisation reads its statements", "")}},
	}
}

// held is what is kept of a giver.
type held struct {
	Campaign  civic.ID  `json:"campaign"`
	Name      string    `json:"name"`
	Amount    string    `json:"amount"`
	Received  string    `json:"received"`
	Code      string    `json:"code"`
	State     GiftState `json:"state"`
	PledgedAt time.Time `json:"pledged_at"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := giftsOf(tx, account, math.MaxInt32)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var out []held
	for _, g := range all {
		out = append(out, held{g.Campaign, g.Name, g.Amount.String(), g.Received.String(), g.Code, g.State, g.PledgedAt})
	}
	return out, nil
}

var toneOf = map[Phase]ui.Tone{Phase(Draft): ui.Neutral, Phase(Checking): ui.Info, Phase(Refused): ui.Warn, Phase(Running): ui.Info, Ended: ui.Neutral, Phase(Closed): ui.Good}

var giftTone = map[GiftState]ui.Tone{Pledged: ui.Info, Announced: ui.Info, Booked: ui.Good, Returning: ui.Warn, Returned: ui.Neutral, Withdrawn: ui.Neutral, Lapsed: ui.Neutral}

// now is the campaigns that take gifts, those that end first in front.
func (s *Service) now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	soon, err := endsSoonest(tx, tx.Now(), most)
	if err != nil {
		return nil, 0, err
	}
	all, err := s.listed(tx, soon)
	if err != nil {
		return nil, 0, err
	}
	for _, c := range all {
		out = append(out, part.Open{Kind: Kind, Title: c.Title, Path: Path(c.ID), Who: "sponsorship.who", Minutes: 5, Until: c.Ends, District: c.District,
			Facts: []civic.Message{civic.Say("sponsorship.card_raised", "Raised", c.Raised.String(), "Of", c.Optimum().String())}})
	}
	total, err = countTaking(tx)
	return out, total, err
}

func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	last, err := latestClosed(tx, most)
	if err != nil {
		return nil, err
	}
	all, err := s.listed(tx, last)
	for _, c := range all {
		out = append(out, part.Result{Kind: Kind, Title: c.Title, Path: Path(c.ID), At: c.ClosedAt, Said: civic.Say("sponsorship.came"), Tone: ui.Good,
			Facts: []civic.Message{civic.Say("sponsorship.card_raised", "Raised", c.Raised.String(), "Of", c.Optimum().String())}})
	}
	return out, err
}

func numbers(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
	n, err := countTaking(tx)
	return []part.Number{{Value: n, Label: "sponsorship.number", Path: root}}, err
}

// waits is what the actor is to do: campaigns to be looked at, lines that nobody has said anything of, money that is to go back.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	queue, err := toModerate(tx, a, part.QueuePage{Most: most})
	if err != nil {
		return nil, err
	}
	for _, m := range queue {
		c, err := find(tx, m.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, part.Waiting{Stage: part.Moderate, Kind: Kind, Title: c.Title, What: civic.Say("sponsorship.waits_check"), Path: m.Page, Due: m.Due, Since: m.Since})
	}
	w, err := s.work(tx, whose(a), most)
	if err != nil {
		return nil, err
	}
	for _, l := range w.Lines {
		out = append(out, part.Waiting{Stage: part.Verify, Kind: Kind, Title: civic.Everywhere(l.Amount.String() + " ₸"), What: civic.Say("sponsorship.waits_line"), Path: linePath(l.ID), Due: l.Due})
	}
	for _, g := range w.Back {
		out = append(out, part.Waiting{Stage: part.Verify, Kind: Kind, Title: g.Of.Title, What: civic.Say("sponsorship.waits_back", "Money", g.Back.String()), Path: deskPath(g.Campaign), Due: g.BackBy})
	}
	for _, c := range w.Campaigns {
		if c.Phase(tx.Now()) == Ended {
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, Title: c.Title, What: civic.Say("sponsorship.waits_report"), Path: deskPath(c.ID) + "/close"})
		}
	}
	return out[:min(len(out), most)], nil
}

func (s *Service) me(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := s.ownGifts(tx, a, most)
	for _, g := range all {
		out = append(out, part.Mine{Kind: Kind, Title: g.Of.Title, Path: giftPath(g.ID), At: g.PledgedAt, State: civic.Say("sponsorship.gift_" + string(g.State)), Tone: giftTone[g.State]})
	}
	return out, err
}
