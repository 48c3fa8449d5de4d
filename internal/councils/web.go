package councils

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

const (
	onePattern  = "/councils/{id}"
	workPattern = "/desk/councils/{id}"
)

func (s *Service) routes() []web.Route {
	topics := func(about ...func(*http.Request) civic.Ref) func(*http.Request) []string {
		return func(r *http.Request) []string {
			out := []string{topic, forming.Topic, meetings.Topic, answers.Topic, organisations.Topic, city.Topic, city.TopicDay}
			for _, of := range about {
				out = append(out, record.TopicOf(of(r)))
			}
			return out
		}
	}
	ofCouncil := func(r *http.Request) civic.Ref { return Ref(pathID(r)) }
	ofRecommendation := func(r *http.Request) civic.Ref { return recommendationRef(civic.ID(r.PathValue("recommendation"))) }
	return append(append(slices.Concat(web.Tables(web.Route{Pattern: onePattern + "/recommendations", Access: web.Everyone, Topics: topics()}, s.getRecommendations),
		web.Tables(web.Route{Pattern: onePattern + "/members", Access: web.Everyone, Topics: topics()}, s.getMembers),
		web.Tables(web.Route{Pattern: "/councils", Query: councilsBy, Access: web.Everyone, Topics: topics()}, s.getCouncils)), []web.Route{
		{Method: "GET", Pattern: "/councils.atom", Access: web.Everyone, Handler: s.showFeed, Topics: topics()},
		{Method: "GET", Pattern: "/councils", Query: append([]string{"after"}, councilsBy...), Access: web.Everyone, Handler: s.showList, Topics: topics()},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: topics(ofCouncil)},
		{Method: "GET", Pattern: onePattern + "/members", Access: web.Everyone, Handler: s.showMembers, Topics: topics()},
		{Method: "GET", Pattern: onePattern + "/recommendations", Query: []string{"before"}, Access: web.Everyone, Handler: s.showRecommendations, Topics: topics()},
		{Method: "GET", Pattern: onePattern + "/recommendations/{recommendation}", Access: web.Everyone, Handler: s.showRecommendation, Topics: topics(ofRecommendation)},
		web.List(web.Reading{Pattern: "/councils", Summary: "Public councils", Topics: topics(), Query: []web.Param{web.ByWords, {Name: "state", Means: "Only those whose term stands so", OneOf: web.Values(States()...)}, web.ByDistrict, web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: "/councils/{id}", Summary: "One council with its members and votes, as Popolo has it", Topics: topics(), Heavy: true}, s.apiOne),
		{Method: "GET", Pattern: onePattern + "/popolo.json", Access: web.Everyone, Handler: s.getPopolo, Topics: topics(), Heavy: true, Plain: true},
		{Method: "GET", Pattern: "/desk/councils", Query: []string{"after"}, Access: secretaries, Handler: s.showDesk},
		{Method: "GET", Pattern: workPattern, Access: secretaries, Handler: s.showWork},
	}...), web.Forms(
		web.Form{Pattern: "/desk/councils/new", Access: web.Administrators, Show: s.newPage, Check: s.foundCheck, Do: s.found},
		web.Form{Pattern: kindsPath, Access: web.Administrators, Show: s.kindsPage, Do: s.addKind},
		web.Form{Pattern: kindsPath + "/{kind}", Access: web.Administrators, Show: s.kindPage, Do: s.renameKind},
		web.Form{Pattern: workPattern + "/seats/new", Access: secretaries, Show: s.seatPage, Check: s.seatCheck, Do: s.seat},
		web.Form{Pattern: workPattern + "/seats/{seat}", Access: secretaries, Show: s.endPage, Do: s.end},
		web.Form{Pattern: workPattern + "/recommendations/{recommendation}/send", Page: workPattern, Access: secretaries, Check: s.sendCheck, Do: s.send, Button: true},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// page is what all pages here share.
type page struct {
	ui.Page
	Cal  civic.Calendar
	City *city.Settings
	Form ui.Form
}

func (s *Service) newPageOf(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), City: s.city.Settings.Current()}
	p.Form.Values = map[string][]string{}
	return p
}

func (p page) listLink() ui.Link { return ui.Link{Text: p.T("councils.title"), Path: "/councils"} }

type listPage struct {
	page
	Councils []Summary
	About    city.Scope
	Filtered bool
	Kept     string // the parameters by which the list is narrowed, with the question mark
	NextTo   string
}

// councilsBy are the parameters by which the list is narrowed.
var councilsBy = []string{"q", "state", "district", "theme"}

func (s *Service) queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{Words: v.Get("q"), After: v.Get("after"), Scope: s.city.Settings.Current().Known(city.Scope{District: v.Get("district"), Theme: v.Get("theme")})}
	if state := State(v.Get("state")); slices.Contains(States(), state) {
		q.State = state
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.newPageOf(w, r, web.L(r).T("councils.title"))}
	p.Lede, p.Feed = p.T("councils.lede"), ui.Link{Text: p.T("councils.feed_title"), Path: p.URL("/councils.atom")}
	q := s.queryOf(r)
	p.Form.Values, p.About = r.URL.Query(), q.Scope
	p.Filtered = q.Words != "" || q.State != "" || q.Scope != (city.Scope{})
	p.Kept = web.Narrowed(r, councilsBy...)
	next := ""
	if p.Councils, next, err = s.List(r.Context(), q); err != nil {
		return err
	}
	if next != "" {
		p.NextTo = p.With("after", next)
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	page
	View
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request) (p onePage, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return p, err
	}
	p = onePage{page: s.newPageOf(w, r, ""), View: v}
	p.Crumbs = []ui.Link{p.listLink()}
	return p, nil
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onePage(w, r)
	if err != nil {
		return err
	}
	p.SetName(p.Name)
	return web.Render(w, r, http.StatusOK, oneView(p))
}

func (s *Service) showMembers(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onePage(w, r)
	if err != nil {
		return err
	}
	p.Title = p.T("councils.members")
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(p.ID), p.Name))
	return web.Render(w, r, http.StatusOK, membersView(p))
}

type recommendationsPage struct {
	page
	Recommended
	NextTo string
}

func (s *Service) showRecommendations(w http.ResponseWriter, r *http.Request) error {
	p := recommendationsPage{page: s.newPageOf(w, r, web.L(r).T("councils.recommendations"))}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	var err error
	if p.Recommended, err = s.Recommended(r.Context(), pathID(r), before); err != nil {
		return err
	}
	p.Crumbs = []ui.Link{p.listLink(), p.LinkTo(Path(p.ID), p.Name)}
	if p.Next != 0 {
		p.NextTo = p.With("before", strconv.FormatInt(p.Next, 10))
	}
	return web.Render(w, r, http.StatusOK, recommendationsView(p))
}

type recommendationPage struct {
	page
	RecommendationView
}

func (s *Service) showRecommendation(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ShowRecommendation(r.Context(), pathID(r), civic.ID(r.PathValue("recommendation")))
	if err != nil {
		return err
	}
	p := recommendationPage{page: s.newPageOf(w, r, web.L(r).T("councils.recommendation_no", "Number", v.Number)), RecommendationView: v}
	p.Crumbs = []ui.Link{p.listLink(), p.LinkTo(Path(v.Council), v.Of.Name)}
	return web.Render(w, r, http.StatusOK, recommendationView(p))
}
