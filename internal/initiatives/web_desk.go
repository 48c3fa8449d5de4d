package initiatives

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// conditionNames are the fields of conditions, which a suggestion hands over in the address.
var conditionNames = []string{"from", "to", "domain", "network", "pattern", "district", "young", "burst", "run"}

type deskPage struct {
	page
	Items []Initiative
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	p := deskPage{page: s.pageOf(w, r, web.L(r).T("initiatives.nav_desk"), ui.Form{})}
	p.NoIndex, p.Crumbs = true, nil
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		for _, state := range []State{Moderation, Open, Closed, Joinder} {
			all, err := inState(tx, state, storage.Place{}, 100)
			if err != nil {
				return err
			}
			p.Items = append(p.Items, all...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

func (p page) deskLink() []ui.Link {
	return []ui.Link{{Text: p.T("initiatives.nav_desk"), Path: "/desk/initiatives"}}
}

type wordsPage struct {
	page
	ForModerator
	Back    string
	Options []ui.Option
}

func (s *Service) wordsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	of, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := wordsPage{page: s.pageOf(w, r, web.L(r).T("initiatives.decide_title"), f), ForModerator: of, Back: cmp.Or(f.Value(moderation.BackName), r.URL.Query().Get(moderation.BackName))}
	p.NoIndex, p.Crumbs = true, p.deskLink()
	p.Options = append(s.city.Moderation.RuleOptions(p.Page, moderation.Topics), s.city.Moderation.RuleOptions(p.Page, moderation.Words)...)
	return wordsView(p), nil
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, Path(pathID(r)), moderation.Decided{Shown: "initiatives.decided_opened", Removed: "initiatives.decided_refused"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}

type panelPage struct {
	page
	Panel
	Districts []ui.Option
}

const minuteLayout = "2006-01-02 15:04"

func (s *Service) panelPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	of, err := s.Panel(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := panelPage{page: s.pageOf(w, r, web.L(r).T("initiatives.panel_title"), f), Panel: of}
	p.NoIndex, p.Crumbs = true, p.deskLink()
	p.Districts = p.City.DistrictOptions(p.Page, "initiatives.any_district")
	if !f.Sent {
		for _, name := range conditionNames {
			p.Form.Values.Set(name, r.URL.Query().Get(name))
		}
	}
	return panelView(p), nil
}

// take is the query by which a suggestion becomes a condition.
func (p panelPage) take(c Conditions) string {
	v := map[string]string{"domain": c.Domain, "network": c.Network, "run": string(c.Run)}
	if !c.From.IsZero() {
		v["from"], v["to"] = c.From.In(p.zone()).Format(minuteLayout), c.To.In(p.zone()).Format(minuteLayout)
	}
	if c.Burst > 0 {
		v["burst"] = strconv.Itoa(c.Burst)
	}
	out := map[string][]string{}
	for name, value := range v {
		if value != "" {
			out[name] = []string{value}
		}
	}
	return p.URL(panelPath(p.ID)) + "?" + encode(out) + "#f-from"
}

func (p page) zone() *time.Location { return p.Cal.Zone }

// conditionsOf reads what a moderator typed. Errors: civic.Invalid with "from", "to", "young", "burst".
func (s *Service) conditionsOf(f ui.Form) (c Conditions, err error) {
	var p civic.Problems
	at := func(name string) time.Time {
		text := strings.TrimSpace(f.Value(name))
		if text == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation(minuteLayout, text, s.city.Settings.Zone())
		if err != nil {
			p.Add(name, "initiatives.time_wrong")
		}
		return t
	}
	number := func(name string) int {
		text := strings.TrimSpace(f.Value(name))
		if text == "" {
			return 0
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1
		}
		return n
	}
	c = Conditions{From: at("from"), To: at("to"), Domain: strings.TrimSpace(f.Value("domain")), Network: strings.TrimSpace(f.Value("network")), Name: strings.TrimSpace(f.Value("pattern")), District: f.Value("district"),
		Young: number("young"), Burst: number("burst"), Run: civic.ID(strings.TrimSpace(f.Value("run")))}
	return c, p.Err()
}

type previewPage struct {
	page
	Found
	Of     Initiative
	Reason civic.Text
}

func (s *Service) panelCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	c, err := s.conditionsOf(f)
	if err != nil {
		return nil, err
	}
	found, err := s.Preview(r.Context(), web.Actor(r), pathID(r), c, f.Text("reason"))
	if err != nil {
		return nil, err
	}
	p := previewPage{page: s.pageOf(w, r, web.L(r).T("initiatives.preview_title"), f), Found: found, Of: Initiative{ID: pathID(r)}, Reason: f.Text("reason")}
	p.NoIndex, p.Crumbs = true, p.deskLink()
	return previewView(p), nil
}

func (s *Service) takeOut(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c, err := s.conditionsOf(f)
	if err != nil {
		return web.Next{}, err
	}
	_, err = s.Invalidate(r.Context(), web.Actor(r), pathID(r), c, f.Text("reason"))
	return web.Done(panelPath(pathID(r)), "initiatives.invalidated"), err
}

type reversePage struct {
	page
	Invalidation
}

func (s *Service) reversePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, _, err := s.ToReverse(r.Context(), web.Actor(r), civic.ID(r.PathValue("invalidation")))
	p := reversePage{page: s.pageOf(w, r, web.L(r).T("initiatives.reverse_title"), f), Invalidation: v}
	p.NoIndex, p.Crumbs = true, p.deskLink()
	return reverseView(p), err
}

func (s *Service) reverse(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id := civic.ID(r.PathValue("invalidation"))
	return web.Done("/desk/initiatives", "initiatives.reversed"), s.Reverse(r.Context(), web.Actor(r), id, f.Text("reason"))
}
