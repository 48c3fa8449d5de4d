package delivery

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/voices"
)

const (
	root     = "/built"
	deskRoot = "/desk/built"
)

// Path is the page of a work, without the language.
func Path(id civic.ID) string { return root + "/" + string(id) }

func deskPath(id civic.ID) string { return deskRoot + "/" + string(id) }

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

func (s *Service) routes() []web.Route {
	topics := func(*http.Request) []string { return []string{topic, places.Topic, city.Topic} }
	one := func(r *http.Request) []string {
		return []string{topic, places.Topic, "budgeting", record.TopicOf(Ref(pathID(r)))}
	}
	work, desk := root+"/{id}", deskRoot+"/{id}"
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showList, Topics: topics, Query: append([]string{"after"}, narrowing...)},
		{Method: "GET", Pattern: work, Access: web.Everyone, Handler: s.showOne, Topics: one},
		web.List(web.Reading{Pattern: "/built", Summary: "What was promised to be built, and what became of it", Query: []web.Param{
			{Name: "year", Means: "Only what was promised in this year", Shape: web.ANumber}, {Name: "state", Means: "Only what stands so", OneOf: web.Values(States()...)}, web.ByDistrict}}, s.apiList),
		web.One(web.Reading{Pattern: "/built/{id}", Summary: "One work with its contracts"}, s.apiOne),
		{Method: "GET", Pattern: "/built-360giving.json", Access: web.Everyone, Handler: s.getContracts, Plain: true, Heavy: true},
		{Method: "GET", Pattern: deskRoot, Access: web.Officers, Handler: s.showDesk},
		{Method: "GET", Pattern: desk, Access: web.Officers, Handler: s.showDeskOne},
	}, web.Tables(web.Route{Pattern: root, Access: web.Everyone, Query: narrowing}, s.getTable), web.Forms(
		web.Form{Pattern: work + "/say", Access: web.Residents, Show: s.sayPage, Do: s.say},
		web.Form{Pattern: desk + "/contract", Access: web.Officers, Show: s.formPage("contract"), Check: s.formCheck("contract", s.contract), Do: s.contract},
		web.Form{Pattern: desk + "/milestone", Access: web.Officers, Show: s.formPage("milestone"), Do: s.plan},
		web.Form{Pattern: desk + "/milestones/{milestone}", Page: desk, Access: web.Officers, Do: s.reach, Button: true},
		web.Form{Pattern: desk + "/delay", Access: web.Officers, Show: s.formPage("delay"), Check: s.formCheck("delay", s.delay), Do: s.delay},
		web.Form{Pattern: desk + "/payment", Access: web.Officers, Show: s.formPage("payment"), Do: s.pay},
		web.Form{Pattern: desk + "/finish", Page: desk, Access: web.Officers, Check: s.finishCheck, Do: s.finish, Button: true},
		web.Form{Pattern: desk + "/answer", Access: web.Officers, Show: s.formPage("answer"), Check: s.formCheck("answer", s.mend), Do: s.mend},
		web.Form{Pattern: desk + "/drop", Access: web.Officers, Show: s.formPage("drop"), Check: s.formCheck("drop", s.drop), Do: s.drop},
	))
}

// narrowing names the filters that files know too.
var narrowing = slices.Clip([]string{"year", "state", "district"})

// page is what all pages here share.
type page struct {
	ui.Page
	Places *places.Service
	Form   ui.Form
}

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, web.L(r).T(title)), Places: s.Places}
	p.Form.Values = url.Values{}
	return p
}

// tenge is an amount in whole tenge, as messages take it.
func tenge(m civic.Money) int64 { return int64(m / civic.Tenge) }

// day is a day in words.
func day(p ui.Page, d string) string { return p.L.Date(dayOf(d, p.Now.Location())) }

type listPage struct {
	page
	List
	Filtered  bool
	Chosen    int // year; 0: all
	Pins      []places.Pin
	Districts []ui.Option
	Export    string
	NextTo    string
}

func queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{State: State(v.Get("state")), District: v.Get("district"), After: v.Get("after")}
	q.Year, _ = strconv.Atoi(v.Get("year"))
	if !slices.Contains(States(), q.State) {
		q.State = ""
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.pageOf(w, r, "delivery.title")}
	p.Lede = p.T("delivery.lede")
	q := queryOf(r)
	if p.List, err = s.List(r.Context(), q); err != nil {
		return err
	}
	p.Form.Values, p.Chosen = r.URL.Query(), q.Year
	p.Filtered = q.Year != 0 || q.State != "" || q.District != ""
	p.Districts = s.Settings.Current().DistrictOptions(p.Page, "delivery.any_district")
	if p.Next != "" {
		p.NextTo = p.With("after", p.Next)
	}
	for _, l := range p.Items {
		p.Pins = append(p.Pins, places.Pin{At: l.Point, Title: p.L.Text(l.Title.Title)})
	}
	p.Export = web.Narrowed(r, narrowing...)
	return web.Render(w, r, http.StatusOK, listView(p))
}

func (p listPage) yearOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("delivery.any_year")}}
	for _, y := range p.Years {
		out = append(out, ui.Option{Value: strconv.Itoa(y.Year), Label: strconv.Itoa(y.Year)})
	}
	return out
}

func stateOptions(p ui.Page) []ui.Option {
	out := []ui.Option{{Label: p.T("delivery.any_state")}}
	for _, s := range States() {
		out = append(out, ui.Option{Value: string(s), Label: p.T("delivery.state_" + string(s))})
	}
	return out
}

type onePage struct {
	page
	View
	Confirms, Disputes int64 // how many confirm or dispute it
	What               string
}

func (s *Service) onePageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p onePage, err error) {
	p = onePage{page: s.pageOf(w, r, "delivery.title"), Confirms: s.value("confirms"), Disputes: s.value("disputes")}
	if p.View, err = s.Show(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return p, err
	}
	if f.Values != nil {
		p.Form = f
	}
	p.SetName(p.View.Title.Title)
	p.Crumbs = []ui.Link{{Text: p.T("delivery.title"), Path: root}}
	return p, nil
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onePageOf(w, r, ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// workLinks are the links back to a work.
func (p onePage) workLinks() []ui.Link {
	return append(p.Crumbs, p.LinkTo(Path(p.ID), p.View.Title.Title))
}

func (s *Service) sayPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.onePageOf(w, r, f)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		if p.MaySay != nil {
			return nil, p.MaySay
		}
		p.Form.Values.Set("voice", string(p.Mine))
	}
	p.Crumbs = p.workLinks()
	p.SetTitle("delivery.say_title")
	return sayView(p), nil
}

func (s *Service) say(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.Say(r.Context(), web.Actor(r), pathID(r), voices.Voice(f.Value("voice")), f.Value("matter"), f.Value("near") == "yes")
	return web.Done(Path(pathID(r)), "delivery.heard"), err
}

func (p onePage) voiceOptions() (out []ui.Option) {
	for _, v := range voices.All() {
		out = append(out, ui.Option{Value: string(v), Label: p.T("delivery.voice_" + string(v))})
	}
	return out
}

func (p onePage) matterOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("delivery.matter_none")}}
	for _, m := range voices.Matters() {
		out = append(out, ui.Option{Value: m, Label: p.T("delivery.matter_" + m)})
	}
	return out
}
