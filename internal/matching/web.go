package matching

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const onePattern = root + "/{id}"

func (s *Service) routes() []web.Route {
	one := func(*http.Request) []string {
		return append([]string{Topic, city.Topic, city.TopicDay}, s.owner.Topics...)
	} // a pool ends at midnight
	return append([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showList, Query: []string{"district", "after"}}, // not kept: whether a pool is over changes by the minute
		web.List(web.Reading{Pattern: root, Summary: "Pools of money that match people's gifts, the latest first",
			Query: []web.Param{web.ByDistrict}}, s.apiList),
		web.One(web.Reading{Pattern: onePattern, Summary: "A pool of money that matches people's gifts"}, s.apiOne),
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: one, Heavy: true},
		{Method: "GET", Pattern: onePattern + "/gifts.csv", Access: web.Everyone, Handler: s.getList, Plain: true, Heavy: true},
	}, web.Forms(
		web.Form{Pattern: root + "/new", Access: web.Hosts, Show: s.newPage, Check: s.newCheck, Do: s.announce},
		web.Form{Pattern: onePattern + "/join", Page: onePattern, Access: web.Hosts, Do: s.join, Button: true},
		web.Form{Pattern: onePattern + "/close", Page: onePattern, Access: web.Hosts, Check: s.closeCheck, Do: s.closeIt, Button: true},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

type listPage struct {
	ui.Page
	Form    ui.Form
	Places  []ui.Option
	All     []View
	Next    string
	Sponsor bool // the actor may announce one
}

// district is the one that an address asks for; "": all, or none that the city has.
func (s *Service) district(r *http.Request) string {
	return s.city.Current().Known(city.Scope{District: r.URL.Query().Get("district")}).District
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	p := listPage{Page: web.NewPage(w, r, web.L(r).T("matching.nav"))}
	p.Lede = p.T("matching.lede")
	p.Sponsor = p.Actor.Has(civic.Representative) || p.Actor.Has(civic.Administrator)
	below, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // nonsense is the beginning
	district := s.district(r)
	p.Form.Values = map[string][]string{"district": {district}}
	p.Places = s.city.Current().DistrictOptions(p.Page, "matching.all_districts")
	all, next, err := s.List(r.Context(), district, below)
	if err != nil {
		return err
	}
	if p.All = all; next > 0 {
		p.Next = p.With("after", strconv.FormatInt(next, 10))
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	ui.Page
	View
	Form ui.Form
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, f ui.Form) (onePage, error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	p := onePage{web.NewPage(w, r, ""), v, f}
	p.SetName(v.Title)
	p.Crumbs = []ui.Link{{Text: p.T("matching.nav"), Path: root}}
	return p, err
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.page(w, r, ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// command is how anybody computes it again.
func (p Pool) command() string {
	out := []string{"birge allocate gifts.csv --rule", string(p.Rule), "--pool", strconv.FormatInt(p.Money, 10)}
	for _, one := range []struct {
		flag   string
		amount int64
	}{{"--cap-project", p.CapProject}, {"--cap-gift", p.CapGift}, {"--bound", p.Bound}} {
		if one.amount > 0 {
			out = append(out, one.flag, strconv.FormatInt(one.amount, 10))
		}
	}
	return strings.Join(out, " ")
}

// getList is what birge allocate reads: projects, givers by names of this list alone, and whole tenge that count.
func (s *Service) getList(w http.ResponseWriter, r *http.Request) error {
	p, list, err := s.Published(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	head := []string{"project", "donor", "amount", "given"}
	if !p.ShowsGiven() {
		head = head[:3]
	}
	return web.WriteTable(w, r, web.Table{Form: web.CSV, Name: "gifts", Head: head, Rows: func(write func([]string) error) error {
		for _, c := range list {
			if c.Amount == 0 {
				continue
			}
			row := []string{string(c.Project), c.Donor, strconv.FormatInt(c.Amount, 10), strconv.FormatInt(c.Given, 10)}
			if err := write(row[:len(head)]); err != nil {
				return err
			}
		}
		return nil
	}})
}

type newPage struct {
	ui.Page
	Form                        ui.Form
	Organisations, Places, Rule []ui.Option
	Pool                        Pool
}

func (s *Service) form(w http.ResponseWriter, r *http.Request, f ui.Form) (newPage, error) {
	p := newPage{Page: web.NewPage(w, r, web.L(r).T("matching.new")), Form: f, Organisations: []ui.Option{{Label: web.L(r).T("matching.choose_one")}}}
	p.NoIndex, p.Crumbs = true, []ui.Link{{Text: p.T("matching.nav"), Path: root}}
	p.Places = s.city.Current().DistrictOptions(p.Page, "matching.whole_city")
	for _, rule := range Rules() {
		p.Rule = append(p.Rule, ui.Option{Value: string(rule), Label: p.T("matching.rule_" + string(rule)), Hint: p.T("matching.rule_hint_" + string(rule))})
	}
	var refs []civic.Ref
	for _, id := range p.Actor.Scopes(civic.Representative) {
		refs = append(refs, organisation(id))
	}
	slices.SortFunc(refs, func(a, b civic.Ref) int { return cmp.Compare(a.ID, b.ID) })
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		names, err := s.declared.Titles(tx, civic.Actor{}, refs)
		for _, of := range refs {
			words, lang := p.Words(names[of].Title)
			p.Organisations = append(p.Organisations, ui.Option{Value: string(of.ID), Label: words, Lang: lang})
		}
		return err
	})
	return p, err
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.form(w, r, f)
	return newView(p), err
}

// typed reads a pool. An amount that is left out is none.
func (s *Service) typed(f ui.Form) Pool {
	whole := func(name string) int64 {
		text := strings.TrimSpace(f.Value(name))
		if text == "" {
			return 0
		}
		m, ok := civic.ParseMoney(text)
		if !ok || m%civic.Tenge != 0 {
			return -1
		}
		return int64(m / civic.Tenge)
	}
	p := Pool{Sponsor: civic.ID(f.Value("sponsor")), Title: f.Text("title"), About: f.Text("about"), Rule: allocation.Rule(f.Value("rule")), Money: whole("money"), CapGift: whole("cap_gift"), CapDonor: whole("cap_donor"),
		CapProject: whole("cap_project"), Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}}
	if p.Rule == allocation.Pairwise {
		p.Bound = max(p.Money/100, 1) // two who do everything together earn no more than some hundredths of the pool
	}
	if day := f.Day("ends", s.city.Zone()); !day.IsZero() {
		p.Ends = civic.EndOf(day)
	}
	return p
}

func (s *Service) newCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.form(w, r, f)
	if err != nil {
		return nil, err
	}
	p.Pool = s.typed(f)
	if err := s.Ready(r.Context(), p.Actor, p.Pool); err != nil {
		return nil, err
	}
	return newCheckView(p), nil
}

func (s *Service) announce(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Announce(r.Context(), web.Actor(r), s.typed(f))
	return web.Done(Path(id), "matching.announced"), err
}

func (s *Service) join(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "matching.joined"), s.Join(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("project")))
}

func (s *Service) closeCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.page(w, r, f)
	if err == nil && !Speaks(p.Actor, p.Sponsor) {
		err = notThere()
	}
	if err == nil && (p.State != Running || !p.Over(p.Now)) {
		err = notNow()
	}
	return closeView(p), err
}

func (s *Service) closeIt(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "matching.divided"), s.Close(r.Context(), web.Actor(r), pathID(r))
}
