package projects

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/voices"
)

const (
	onePattern       = root + "/{id}"
	milestonePattern = "/milestones/{id}"
	deskPattern      = deskRoot + "/{id}"
	deskMilestone    = deskMilestones + "{id}"
)

// narrowing names the filters that files know too.
var narrowing = slices.Clip([]string{"q", "state", "district", "theme"})

func (s *Service) routes() []web.Route {
	topics := func(r *http.Request) []string {
		out := []string{topic, organisations.Topic, city.Topic, city.TopicDay, moderation.Topic, answers.Topic}
		if id := pathID(r); id != "" {
			out = append(out, record.TopicOf(Ref(id)))
		}
		return out
	}
	form := func(what string, do func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error)) web.Form {
		return web.Form{Pattern: deskPattern + "/" + what, Access: web.Hosts, Show: s.formPage(what), Do: do}
	}
	ofItem := func(what string, do func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error)) web.Form {
		return web.Form{Pattern: deskPattern + "/" + what + "/{item}", Access: web.Hosts, Show: s.formPage(what), Do: do}
	}
	button := func(pattern string, check web.Show, do func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error)) web.Form {
		return web.Form{Pattern: deskPattern + "/" + pattern, Page: deskPattern, Access: web.Hosts, Check: check, Do: do, Button: true}
	}
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: root, Query: append(narrowing, "after"), Access: web.Everyone, Handler: s.showList, Topics: topics},
		{Method: "GET", Pattern: root + ".atom", Access: web.Everyone, Handler: s.showFeed, Topics: topics},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: topics},
		{Method: "GET", Pattern: milestonePattern, Access: web.Everyone, Handler: s.showMilestone},
		{Method: "GET", Pattern: deskRoot, Access: web.Hosts, Handler: s.showDesk},
		web.Page(deskPattern, web.Hosts, s.deskPage),
	}, s.machineRoutes(), web.Forms(
		web.Form{Pattern: milestonePattern + "/say", Access: web.Residents, Show: s.sayPage, Do: s.say},
		web.Form{Pattern: deskRoot + "/new", Access: web.Hosts, Show: s.newPage, Do: s.write},
		web.Form{Pattern: deskPattern + "/edit", Access: web.Hosts, Show: s.editPage, Do: s.rewrite},
		form("plan", s.plan), form("promise", s.promise), form("aim", s.aim),
		button("sign", s.signCheck, s.sign), button("start", nil, s.start), button("finish", s.finishCheck, s.finish),
		form("stop", s.stop), form("look", s.look), form("change", s.change), form("lock", s.lock),
		button("agree/{item}", nil, s.agreeTo), ofItem("refuse", s.refuse),
		ofItem("give", s.give), button("confirm/{item}", nil, s.confirm), ofItem("return", s.sendBack),
		ofItem("measure", s.measure), button("approve/{item}", nil, s.approve), ofItem("back", s.giveBack),
		web.Form{Pattern: deskMilestone + "/claim", Access: web.Hosts, Show: s.milestoneForm("claim"), Do: s.claim},
		web.Form{Pattern: deskMilestone + "/judge", Access: web.Hosts, Show: s.milestoneForm("judge"), Do: s.judge},
		web.Form{Pattern: deskWords + "{id}", Query: []string{moderation.BackName}, Access: web.Moderators, Show: s.wordsPage, Do: s.decide, Field: "rule"},
	))
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

func item(r *http.Request) civic.ID { return civic.ID(r.PathValue("item")) }

// page is what all pages here share.
type page struct {
	ui.Page
	City *city.Settings
	Cal  civic.Calendar
	Form ui.Form
}

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	p := page{Page: web.NewPage(w, r, web.L(r).T(title)), City: s.city.Settings.Current(), Cal: s.city.Settings.Calendar(), Form: f}
	if p.Form.Values == nil {
		p.Form.Values = url.Values{}
	}
	p.Crumbs = []ui.Link{{Text: p.T("projects.nav"), Path: root}}
	return p
}

// day is a day in words.
func (p page) day(d string) string {
	t, err := time.ParseInLocation(time.DateOnly, d, p.L.Zone())
	if err != nil {
		return ""
	}
	return p.L.Date(t)
}

// about is the district and the theme of a project, in words.
func (p page) about(of city.Scope) string {
	out := ""
	if d, known := p.City.District(of.District); known {
		out = p.L.Text(d.Name)
	}
	if t, known := city.ThemeOf(of.Theme); known {
		if out != "" {
			out += " · "
		}
		out += p.L.Text(t.Name)
	}
	return out
}

type listPage struct {
	page
	List      List
	Filtered  bool
	Districts []ui.Option
	Export    string
	NextTo    string
}

func (s *Service) queryOf(r *http.Request) Query {
	v := r.URL.Query()
	about := s.city.Settings.Current().Known(city.Scope{District: v.Get("district"), Theme: v.Get("theme")})
	q := Query{State: State(v.Get("state")), District: about.District, Theme: about.Theme, Words: v.Get("q"), After: v.Get("after")}
	if !slices.Contains(States(), q.State) {
		q.State = ""
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.pageOf(w, r, "projects.nav", ui.Form{Values: r.URL.Query()})}
	p.Crumbs, p.Lede = nil, p.T("projects.nav_lede")
	q := s.queryOf(r)
	p.Filtered = q != Query{After: q.After}
	if p.List, err = s.List(r.Context(), q); err != nil {
		return err
	}
	if p.List.Next != "" {
		p.NextTo = p.With("after", p.List.Next)
	}
	p.Export = web.Narrowed(r, narrowing...)
	p.Districts = p.City.DistrictOptions(p.Page, "projects.any_district")
	return web.Render(w, r, http.StatusOK, listView(p))
}

func stateOptions(p ui.Page) []ui.Option {
	out := []ui.Option{{Label: p.T("projects.any_state")}}
	for _, s := range States() {
		out = append(out, ui.Option{Value: string(s), Label: p.T("projects.state_" + string(s))})
	}
	return out
}

type onePage struct {
	page
	View
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p := onePage{page: s.pageOf(w, r, "projects.nav", ui.Form{})}
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err == nil && !v.Public() {
		err = notThere() // its sides have a page of their own
	}
	if err != nil {
		return err
	}
	p.View = v
	p.SetName(v.Title)
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// name is a partner's name.
func (v View) name(id civic.ID) civic.Text { return v.Names[id].Name }

type milestonePage struct {
	page
	MilestoneView
	Confirms, Disputes int
}

func (s *Service) milestonePageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p milestonePage, err error) {
	p = milestonePage{page: s.pageOf(w, r, "projects.nav", f), Confirms: s.value("confirms"), Disputes: s.value("disputes")}
	if p.MilestoneView, err = s.ShowMilestone(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return p, err
	}
	p.SetName(p.Milestone.Name)
	back := Path(p.ID)
	if !p.Public() {
		back = deskPath(p.ID)
	}
	p.Crumbs = append(p.Crumbs, p.LinkTo(back, p.View.Title))
	return p, nil
}

func (s *Service) showMilestone(w http.ResponseWriter, r *http.Request) error {
	p, err := s.milestonePageOf(w, r, ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, milestoneView(p))
}

func (s *Service) sayPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.milestonePageOf(w, r, f)
	if err == nil && !f.Sent {
		err = p.MaySay
	}
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		p.Form.Values.Set("voice", string(p.Mine))
		if p.Own != nil {
			p.Form.Values.Set("words", p.Own.Words)
		}
	}
	p.Crumbs = append(p.Crumbs, p.LinkTo(MilestonePath(p.Milestone.ID), p.Milestone.Name))
	p.SetTitle("delivery.say_title")
	return sayView(p), nil
}

func (s *Service) say(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	word, err := s.Say(r.Context(), web.Actor(r), pathID(r), Spoken{Voice: voices.Voice(f.Value("voice")), Matter: f.Value("matter"), Words: f.Value("words"), Near: f.Value("near") == "yes"})
	if word != "" {
		return web.Done(MilestonePath(pathID(r)), "projects.heard_words"), err
	}
	return web.Done(MilestonePath(pathID(r)), "projects.heard"), err
}

func (p milestonePage) voiceOptions() (out []ui.Option) {
	for _, v := range voices.All() {
		out = append(out, ui.Option{Value: string(v), Label: p.T("delivery.voice_" + string(v))})
	}
	return out
}

func (p milestonePage) matterOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("delivery.matter_none")}}
	for _, m := range voices.Matters() {
		out = append(out, ui.Option{Value: m, Label: p.T("delivery.matter_" + m)})
	}
	return out
}
