package grants

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
			Name: "grants", Schema: embedded.Folder(embeds, "schema"), Texts: embedded.Folder(embeds, "texts"),
			Belongs:  part.Belongs{Blueprint: map[string]string{"grants_call": ""}, Personal: "grants_application grants_objection"},
			Pieces:   []part.Piece{{Name: pieceCalls, Read: readCalls, Shown: true}},
			Settings: settings(), Kinds: kinds(), Acts: acts(), Datasets: datasets(), Tables: tables(),
			Audited:  []string{"grants.call.announce", "grants.call.cancel", "grants.call.read", "grants.application.check", "grants.application.answer", "grants.application.fund"},
			Personal: part.Personal{Export: exportPerson, Erase: forget},
			Help:     []part.Help{{Name: "grants.apply", Place: 36, Path: root}},
			Without: []part.Absence{
				part.No("nothing of it happens at an hour to which people come", part.PointWeek),
				part.No("nobody owes the public an answer by a date in it", part.PointPromises),
			},
		},
		New: func(c capability.City) part.Running { return New(c).running() },
	}
}

func (s *Service) running() part.Running {
	return part.Running{
		Service: s, Routes: s.routes(),
		Nav: []part.Nav{
			{Menu: part.Join, Place: 30, Text: "grants.nav", Lede: "grants.nav_lede", Path: root, Count: countTaking, Counted: "grants.nav_counted"},
			{Menu: part.Work, Place: 60, Text: "grants.nav_desk", Lede: "grants.nav_desk_lede", Path: desk, Access: web.Hosts},
		},
		Now: s.now, Came: s.came, Numbers: numbers, Desk: s.waits, Me: s.mine,
	}
}

func settings() []part.Setting {
	const order, byCity = "grants.source_order", "grants.source_city"
	return []part.Setting{
		{Key: "grants.open_days", Default: 20, Min: 1, Max: 180, Unit: part.Days, Source: order, For: part.ForPeople},
		{Key: "grants.check_days", Default: 10, Min: 1, Max: 60, Unit: part.WorkingDays, Source: order, For: part.ForBodies},
		{Key: "grants.supply_days", Default: 5, Min: 1, Max: 30, Unit: part.WorkingDays, Source: byCity, For: part.ForPeople},
		{Key: "grants.object_days", Default: 3, Min: 1, Max: 30, Unit: part.WorkingDays, Source: byCity, For: part.ForPeople},
		{Key: "grants.object_answer_days", Default: 5, Min: 1, Max: 30, Unit: part.WorkingDays, Source: byCity, For: part.ForBodies},
	}
}

// tables say what public pages show of each table.
func tables() []part.Table {
	const inner, private = "it ties rows together, or is for the program alone", "only the organisation, and those who run the call, see it"
	return []part.Table{
		{Name: "grants_call", Columns: []part.Columns{part.Proves("id funder kind state title about money most own opens closes grace rules rubric anonymous district theme form_hash announced_at decided_at reasons"), part.Hides(inner, "no")}},
		{Name: "grants_application", Columns: []part.Columns{part.Hides("the acts of its call prove what pages show of it after the decision; before, only the organisation, and those who run the call, see it", "call applicant state award changed upheld"), part.Hides("it orders what changed after the decision", "changed_at"), part.Hides(private, "id account number title summary budget seen partners people ask own receipt handed submitted_at in_grace lacks supply_until supplied reason refused_at score why decided_at"), part.Hides(inner, "no")}},
		{Name: "grants_objection", Columns: []part.Columns{part.Hides(private, "")}},
	}
}

// held is what is kept of somebody who began an application.
type held struct {
	Application civic.ID `json:"application"`
	Call        civic.ID `json:"call"`
	For         civic.ID `json:"organisation"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := begunBy(tx, account)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var out []held
	for _, d := range all {
		out = append(out, held{d.ID, d.Call, d.Applicant})
	}
	return out, nil
}

// now is the calls that take applications.
func (s *Service) now(tx *storage.Tx, most int) (out []part.Open, total int64, err error) {
	all, err := taking(tx, tx.Now(), most)
	for _, c := range all {
		out = append(out, part.Open{Kind: Kind, Title: c.Title, Path: Path(c.ID), Who: "grants.who_applies", Minutes: 60, Until: c.lastCall(tx.Now()), District: c.District,
			Facts: []civic.Message{civic.Say("grants.gives", "Money", c.Money.String())}})
	}
	if err != nil {
		return nil, 0, err
	}
	total, err = countTaking(tx)
	return out, total, err
}

// came is the calls that were decided, the latest first.
func (s *Service) came(tx *storage.Tx, most int) (out []part.Result, err error) {
	all, err := latestDecided(tx, most)
	for _, c := range all {
		out = append(out, part.Result{Kind: Kind, Title: c.Title, Path: Path(c.ID), At: c.DecidedAt, Said: civic.Say("grants.came"), Tone: ui.Good})
	}
	return out, err
}

// numbers does not say how many calls took applications on an earlier day: that is not kept.
func numbers(tx *storage.Tx, _ time.Time) ([]part.Number, error) {
	n, err := countTaking(tx)
	return []part.Number{{Value: n, Label: "grants.number_pl", Path: root}}, err
}

// waits is what the actor is to do for calls.
func (s *Service) waits(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	of := funders(a)
	if of != nil && len(of) == 0 {
		return nil, nil
	}
	objected, err := unansweredObjections(tx, of, most)
	for _, o := range objected {
		out = append(out, part.Waiting{Stage: part.Answer, Kind: Kind, Title: o.Title, What: civic.Say("review.waits_complaint"), Path: deskPath(o.Call) + "/applications/" + string(o.Application) + "/complaint", Due: o.Due, Since: o.MadeAt})
	}
	if err != nil {
		return nil, err
	}
	all, err := s.work(tx, of, most)
	for _, c := range all {
		item := part.Waiting{Stage: part.Verify, Kind: Kind, Title: c.Title, Path: deskPath(c.ID), Since: c.AnnouncedAt}
		switch c.Phase {
		case Phase(Draft):
			item.Stage, item.What, item.Due = part.Prepare, civic.Say("grants.waits_announce"), c.Opens
		case Checking:
			switch {
			case c.In[Submitted] > 0:
				item.What, item.Due = civic.Say("grants.waits_check", "Count", c.In[Submitted]), c.CheckBy
			case c.In[Lacking] == 0 && c.In[Admitted] > 0:
				item.What, item.Due = civic.Say("grants.waits_read"), c.CheckBy
			default: // applicants are to supply something, or nobody was let in
				continue
			}
		case Phase(Reading):
			next, waits, err := s.city.Review.NextOf(tx, ref(c.ID))
			if err != nil {
				return nil, err
			}
			if !waits {
				continue
			}
			item.What, item.Path, item.Due = next.What, next.Path, next.Due
		default:
			continue
		}
		out = append(out, item)
	}
	return out, err
}

var toneOf = map[State]ui.Tone{Begun: ui.Neutral, Submitted: ui.Info, Lacking: ui.Warn, Admitted: ui.Good, Refused: ui.Warn, Withdrawn: ui.Neutral, Funded: ui.Good, Partly: ui.Good, Reserve: ui.Info, Unfunded: ui.Neutral, Declined: ui.Neutral}

// mine is the applications of the organisations for which the person speaks.
func (s *Service) mine(tx *storage.Tx, a civic.Actor, most int) (out []part.Mine, err error) {
	all, err := ofApplicants(tx, a.Scopes(civic.Representative), most)
	if err != nil {
		return nil, err
	}
	names, err := s.city.Declared.Titles(tx, a, refsOf(all))
	for _, d := range all {
		out = append(out, part.Mine{Kind: KindApplication, Title: names[applicationRef(d.ID)].Title, Path: d.path(), At: d.ID.MadeAt(), State: civic.Say("grants.application_" + string(d.State)), Tone: toneOf[d.State]})
	}
	return out, err
}

func refsOf(all []Application) (out []civic.Ref) {
	for _, d := range all {
		out = append(out, applicationRef(d.ID))
	}
	return out
}
