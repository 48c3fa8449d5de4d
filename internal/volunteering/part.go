package volunteering

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
			Name: "volunteering", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{City: "volunteering_shift", Personal: "volunteering_action volunteering_coming volunteering_entry"},
			Settings: settings(),
			Kinds:    []part.Kind{{Name: Kind, Titles: titles, Searched: true, Hours: hoursOf}},
			Acts:     acts(),
			Datasets: datasets(),
			Tables: []part.Table{
				{Name: "volunteering_action", Columns: []part.Columns{part.Proves("id organisation title about place district contact kind min_age helps reason"), part.Leaves("volunteering.unproven", "no")}},
				{Name: "volunteering_shift", Columns: []part.Columns{part.Leaves("volunteering.unproven", "starts_at ends_at needed action is_off"), part.Hides("it ties rows together", "no id")}},
				{Name: "volunteering_coming", Columns: []part.Columns{part.Leaves("volunteering.unproven", "shift"), part.Hides("who comes is between them and the organiser", "account name class at asked")}},
				{Name: "volunteering_entry", Columns: []part.Columns{part.Leaves("volunteering.unproven_hours", "")}},
			},
			Personal: part.Personal{Export: exportPerson, Erase: forget},
			Help:     []part.Help{{Name: "volunteering.help", Place: 56, Path: root}, {Name: "volunteering.prove", Place: 57}},
			Without: []part.Absence{
				part.No("an organisation's acts are public acts, and hours are in the book with who signed them", part.PointAudited),
				part.No("what comes of an action are its hours, which its volunteers own", part.PointCame),
				part.No("nobody owes an action by a date", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

// settings: law and city. Where sources disagree the stricter holds until the city decides.
func settings() []part.Setting {
	return []part.Setting{
		{Key: "volunteering.consent_under", Default: 16, Min: 14, Max: 18, Unit: part.Count, Source: "volunteering.source_consent", For: part.ForPeople},
		{Key: "volunteering.adult_at", Default: 18, Min: 18, Max: 21, Unit: part.Count, Source: "volunteering.source_adult", For: part.ForPeople},
		{Key: "volunteering.travel_minutes", Default: 30, Min: 0, Max: 180, Unit: part.Minutes, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.minor_hours", Default: 4, Min: 1, Max: 8, Unit: part.Hours, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.minor_from", Default: 8, Min: 5, Max: 12, Unit: part.HourOfDay, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.minor_until", Default: 20, Min: 14, Max: 23, Unit: part.HourOfDay, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.minors_collect", Default: 0, Min: 0, Max: 1, Unit: part.YesNo, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.day_hours", Default: 10, Min: 1, Max: 16, Unit: part.Hours, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.rest_hours", Default: 11, Min: 0, Max: 24, Unit: part.Hours, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.contact_days", Default: 30, Min: 0, Max: 365, Unit: part.Days, Source: "volunteering.source_city", For: part.ForPeople},
		{Key: "volunteering.over_minutes", Default: 30, Min: 0, Max: 240, Unit: part.Minutes, Source: "volunteering.source_city", For: part.ForPeople},
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(), Jobs: []jobs.Kind{{Name: forgetKind, Run: s.forgetContact}},
		Nav: []part.Nav{
			{Menu: part.Join, Place: 32, Text: "volunteering.nav", Lede: "volunteering.nav_lede", Path: root, Count: countComingUp, Counted: "volunteering.nav_counted"},
			{Menu: part.Own, Place: 46, Text: "volunteering.nav_own", Lede: "volunteering.nav_own_lede", Path: minePath, Access: web.SignedIn},
			{Menu: part.Work, Place: 62, Text: "volunteering.nav_desk", Lede: "volunteering.nav_desk_lede", Path: deskPath, Access: web.Hosts},
		},
		Now: now, Week: week, Numbers: numbers, Me: mine, Desk: s.desk,
	}
}

func now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	all, err := comingUp(tx, wanted{Free: true}, tx.Now(), storage.Place{}, most)
	if err != nil {
		return nil, 0, err
	}
	for _, c := range all {
		out = append(out, part.Open{Kind: Kind, Title: c.Action.Title, Path: Path(c.Action.ID), Who: "volunteering.who", Until: c.Shift.Starts, District: c.Action.District,
			Facts: []civic.Message{civic.Say("volunteering.missing", "Count", c.Shift.Missing())}})
	}
	total, err = countComingUp(tx)
	return out, total, err
}

func week(tx *storage.Tx, from, to time.Time, most int) (out []part.Dated, err error) {
	all, err := between(tx, from, to, most)
	for _, c := range all {
		out = append(out, part.Dated{Kind: Kind, Title: c.Action.Title, Path: Path(c.Action.ID), At: c.Shift.Starts, Place: civic.Everywhere(c.Action.Place), District: c.Action.District})
	}
	return out, err
}

func numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	sum, err := confirmedMinutes(tx, tx.Now())
	if err != nil {
		return nil, err
	}
	before, err := confirmedMinutes(tx, then)
	return []part.Number{{Value: sum / 60, Then: new(before / 60), Label: "volunteering.number", Path: root}}, err
}

func mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := ofAccount(tx, a.Account, most)
	for _, c := range all {
		state, tone := "volunteering.you_come", ui.Info
		if !tx.Now().Before(c.Shift.Ends) {
			state, tone = "volunteering.you_came", ui.Neutral
		}
		out = append(out, part.Mine{Kind: Kind, Title: c.Action.Title, Path: Path(c.Action.ID), At: c.Shift.Starts, State: civic.Say(state), Tone: tone})
	}
	return out, err
}

// desk tells organisers of hours that wait for their signature.
func (s *Service) desk(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	actions, people, err := waitingFor(tx, a.Scopes(civic.Representative, civic.Officer), most)
	if err != nil {
		return nil, err
	}
	for _, x := range actions {
		out = append(out, part.Waiting{Stage: part.Verify, Kind: Kind, Title: x.Title, What: civic.Say("volunteering.waits", "Count", people[x.ID]), Path: deskPath + "/" + string(x.ID)})
	}
	return out, nil
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	type shown struct {
		Title  civic.Text `json:"title"`
		Starts time.Time  `json:"starts_at"`
		Ends   time.Time  `json:"ends_at"`
	}
	all, err := ofAccount(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	book, err := bookOf(tx, account)
	if err != nil || len(all)+len(book) == 0 {
		return nil, err
	}
	var shifts []shown
	for _, c := range all {
		shifts = append(shifts, shown{c.Action.Title, c.Shift.Starts, c.Shift.Ends})
	}
	return map[string]any{"shifts": shifts, "book": book}, nil
}

// hoursOf is whose an action is, and how many minutes of it two people have signed.
func hoursOf(tx *storage.Tx, id civic.ID) (civic.ID, int64, error) {
	x, err := find(tx, id)
	if err != nil {
		return "", 0, err
	}
	minutes, err := confirmedOf(tx, x)
	return x.Organisation, minutes, err
}
