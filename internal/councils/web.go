package councils

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

const (
	onePattern     = "/councils/{id}"
	meetingPattern = onePattern + "/meetings/{meeting}"
	workPattern    = "/desk/councils/{id}"
	sitPattern     = workPattern + "/meetings/{meeting}"
)

func (s *Service) routes() []web.Route {
	topics := func(about ...func(*http.Request) civic.Ref) func(*http.Request) []string {
		return func(r *http.Request) []string {
			out := []string{topic, answers.Topic, organisations.Topic, city.Topic, city.TopicDay}
			for _, of := range about {
				out = append(out, record.TopicOf(of(r)))
			}
			return out
		}
	}
	ofCouncil := func(r *http.Request) civic.Ref { return Ref(pathID(r)) }
	ofMeeting := func(r *http.Request) civic.Ref { return meetingRef(civic.ID(r.PathValue("meeting"))) }
	ofRecommendation := func(r *http.Request) civic.Ref { return recommendationRef(civic.ID(r.PathValue("recommendation"))) }
	return append([]web.Route{
		{Method: "GET", Pattern: "/councils", Access: web.Everyone, Handler: s.showList, Topics: topics()},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: topics(ofCouncil)},
		{Method: "GET", Pattern: onePattern + "/members", Access: web.Everyone, Handler: s.showMembers, Topics: topics()},
		{Method: "GET", Pattern: meetingPattern, Access: web.Everyone, Handler: s.showMeeting, Topics: topics(ofMeeting)},
		{Method: "GET", Pattern: onePattern + "/recommendations/{recommendation}", Access: web.Everyone, Handler: s.showRecommendation, Topics: topics(ofRecommendation)},
		{Method: "GET", Pattern: onePattern + "/meetings.ics", Access: web.Everyone, Handler: s.getCalendar, Topics: topics(), Plain: true},
		{Method: "GET", Pattern: "/api/councils/{id}", Access: web.Everyone, Handler: s.apiOne, Topics: topics(), Heavy: true, Plain: true},
		{Method: "GET", Pattern: "/desk/councils", Access: secretaries, Handler: s.showDesk},
		{Method: "GET", Pattern: workPattern, Access: secretaries, Handler: s.showWork},
		{Method: "GET", Pattern: sitPattern, Access: secretaries, Handler: s.showSitting},
	}, web.Forms(
		web.Form{Pattern: onePattern + "/ask", Access: web.Residents, Show: s.askPage, Do: s.ask},
		web.Form{Pattern: meetingPattern + "/come", Page: meetingPattern, Access: web.Residents, Do: s.come, Button: true},

		web.Form{Pattern: "/desk/councils/new", Access: web.Administrators, Show: s.newPage, Do: s.found},
		web.Form{Pattern: workPattern + "/seats/new", Access: secretaries, Show: s.seatPage, Do: s.seat},
		web.Form{Pattern: workPattern + "/seats/{seat}", Access: secretaries, Show: s.endPage, Do: s.end},
		web.Form{Pattern: workPattern + "/meetings/new", Access: secretaries, Show: s.planPage, Do: s.plan},
		web.Form{Pattern: workPattern + "/questions/{question}", Access: secretaries, Show: s.questionPage, Do: s.decideQuestion},
		web.Form{Pattern: workPattern + "/recommendations/{recommendation}/send", Page: workPattern, Access: secretaries, Check: s.sendCheck, Do: s.send, Button: true},
		web.Form{Pattern: sitPattern + "/items/new", Access: secretaries, Show: s.itemPage, Do: s.addItem},
		web.Form{Pattern: sitPattern + "/items/{item}", Access: secretaries, Show: s.settlePage, Do: s.settleItem},
		web.Form{Pattern: sitPattern + "/items/{item}/vote", Access: secretaries, Show: s.votePage, Do: s.hold},
		web.Form{Pattern: sitPattern + "/convene", Page: sitPattern, Access: secretaries, Check: s.conveneCheck, Do: s.convene, Button: true},
		web.Form{Pattern: sitPattern + "/present", Page: sitPattern, Access: secretaries, Do: s.present, Button: true},
		web.Form{Pattern: sitPattern + "/close", Page: sitPattern, Access: secretaries, Check: s.closeCheck, Do: s.close, Button: true},
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
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.newPageOf(w, r, web.L(r).T("councils.title"))}
	p.Lede = p.T("councils.lede")
	if p.Councils, err = s.List(r.Context()); err != nil {
		return err
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

type meetingPage struct {
	page
	MeetingView
}

func (s *Service) meetingPage(w http.ResponseWriter, r *http.Request) (p meetingPage, err error) {
	v, err := s.ShowMeeting(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("meeting")))
	if err != nil {
		return p, err
	}
	p = meetingPage{page: s.newPageOf(w, r, web.L(r).T("councils.meeting_on", "Date", v.StartsAt)), MeetingView: v}
	p.Crumbs = []ui.Link{p.listLink(), p.LinkTo(Path(v.Council), v.Of.Name)}
	return p, nil
}

func (s *Service) showMeeting(w http.ResponseWriter, r *http.Request) error {
	p, err := s.meetingPage(w, r)
	if err == nil && !p.Public() {
		err = notThere()
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, meetingView(p))
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

func (s *Service) askPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.onePage(w, r)
	if err != nil {
		return nil, err
	}
	p.Title, p.Form = p.T("councils.ask"), f
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(p.ID), p.Name))
	return askView(p, s.value("question_max")), nil
}

func (s *Service) ask(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "councils.asked"), s.Ask(r.Context(), web.Actor(r), pathID(r), f.Value("words"), web.L(r).Lang())
}

func (s *Service) come(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	m := Meeting{ID: civic.ID(r.PathValue("meeting")), Council: pathID(r)}
	return web.Done(m.path(), "councils.comes"), s.Come(r.Context(), web.Actor(r), m.Council, m.ID, f.Value("speaks") != "")
}
