package consultations

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

func (s *Service) routes() []web.Route {
	list := func(*http.Request) []string {
		return []string{listTopic, answers.Topic, city.TopicDay, organisations.Topic, city.Topic}
	}
	const desk = "/desk/consultations/{id}"
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/consultations", Query: []string{"phase", "q", "district", "theme", "after"}, Access: web.Everyone, Handler: s.showList, Topics: list},
		{Method: "GET", Pattern: "/consultations.atom", Access: web.Everyone, Handler: s.showFeed, Topics: list},
		{Method: "GET", Pattern: "/consultations/{id}", Query: []string{"statement"}, Access: web.Everyone, Handler: s.showOne, Topics: topicsOfOne},
		{Method: "GET", Pattern: "/consultations/{id}/answer", Query: []string{"after"}, Access: web.Everyone, Handler: s.showVerdicts, Topics: topicsOfOne},
		{Method: "GET", Pattern: ownPath, Query: []string{"after"}, Access: web.SignedIn, Handler: s.showOwn},
		{Method: "GET", Pattern: "/consultations/{id}/mine", Query: []string{"after"}, Access: web.Everyone, Handler: s.showMine},
		{Method: "GET", Pattern: "/consultations/{id}/results", Query: []string{"sort", "show", "after"}, Heavy: true, Access: web.Everyone, Handler: s.showResults, Topics: topicsOfOne},
		web.List(web.Reading{Pattern: "/consultations", Summary: "Consultations in one phase", Topics: list, Query: []web.Param{
			{Name: "phase", Means: "Only those in this phase; without it, those that are open", OneOf: web.Values(PublicPhases()...)}, web.ByDistrict, web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: "/consultations/{id}", Summary: "One consultation with the body's answer", Topics: topicsOfOne}, s.apiOne),
		web.List(web.Reading{Pattern: "/consultations/{id}/statements", Summary: "The statements of a consultation and how people voted on them", Topics: topicsOfOne, Heavy: true, Query: []web.Param{
			{Name: "sort", Means: "Their order; without it, the oldest first", OneOf: web.Values(Sorts()...)}, {Name: "show", Means: "Which of them", OneOf: web.Values(Shows()...)}}}, s.apiStatements),

		{Method: "GET", Pattern: "/desk/consultations", Query: []string{"before"}, Access: web.Hosts, Handler: s.showDesk},
		{Method: "GET", Pattern: desk, Access: web.Hosts, Handler: s.showManage},
	}, web.Tables(web.Route{Pattern: "/consultations/{id}/results", Access: web.Everyone, Topics: topicsOfOne}, s.getTable), web.Forms(
		web.Form{Pattern: "/consultations/{id}/vote", Page: "/consultations/{id}", Access: web.Everyone, Do: s.vote, Button: true},
		web.Form{Pattern: "/consultations/{id}/language", Page: "/consultations/{id}/mine", Access: web.Everyone, Do: s.nameLanguage, Button: true},
		web.Form{Pattern: "/consultations/{id}/add", Access: web.Everyone, Show: s.addPage, Do: s.add, Topics: topicsOfOne, Heavy: true},
		web.Form{Pattern: "/consultations/{id}/statements/{no}/contest", Access: web.Everyone, Show: s.contestPage, Do: s.contest},

		web.Form{Pattern: "/desk/consultations/new", Access: web.Hosts, Show: s.newForm, Do: s.create, MaxBody: longTexts},
		web.Form{Pattern: desk + "/edit", Access: web.Hosts, Show: s.editForm, Do: s.update, MaxBody: longTexts},
		web.Form{Pattern: desk + "/publish", Page: desk, Access: web.Hosts, Show: s.lackingPage, Shown: desk + "/edit", Check: s.publishCheck, Do: s.publish},
		web.Form{Pattern: desk + "/withdraw", Page: desk, Access: web.Hosts, Check: s.withdrawCheck, Do: s.withdraw, Button: true},
		web.Form{Pattern: desk + "/extend", Access: web.Hosts, Show: s.extendPage, Check: s.extendCheck, Do: s.extend},
		web.Form{Pattern: desk + "/close", Access: web.Hosts, Show: s.closePage, Check: s.closeCheck, Do: s.closeNow},
		web.Form{Pattern: desk + "/statements/{no}", Query: []string{moderation.BackName}, Access: web.Hosts, Show: s.decisionPage, Check: s.removalCheck, Do: s.moderate},
		web.Form{Pattern: desk + "/statements/{no}/translate", Access: web.Hosts, Show: s.translateForm, Do: s.translate, MaxBody: longTexts},
		web.Form{Pattern: desk + "/answer", Query: []string{"after"}, Access: web.Officers, Show: s.answerForm, Check: s.answerCheck, Do: s.answer, MaxBody: longTexts},
	))
}

// topicsOfOne are what the public pages of one consultation show: itself, its trace, the
// bodies' names and the day.
func topicsOfOne(r *http.Request) []string {
	id := pathID(r)
	return []string{topic(id), answers.Topic, record.TopicOf(ref(Consultation{ID: id})), city.TopicDay, organisations.Topic, city.Topic}
}

// longTexts bounds a form with long texts in three languages: each letter of Cyrillic takes
// six bytes on its way.
const longTexts = 1 << 20

// page is what all pages here share.
type page struct {
	ui.Page
	Cal    civic.Calendar
	City   *city.Settings
	Places *places.Service
	Rules  *moderation.Book
	Form   ui.Form
}

// districtName is the name of a district; empty of the whole city.
func (p page) districtName(code string) civic.Text {
	d, _ := p.City.District(code)
	return d.Name
}

// themeName is the name of a theme; empty of none.
func themeName(code string) civic.Text {
	t, _ := city.ThemeOf(code)
	return t.Name
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), City: s.city.Settings.Current(), Places: s.city.Places, Rules: s.city.Moderation.Book()}
	p.Form.Values = map[string][]string{}
	return p
}

func listLink(p page) ui.Link {
	return ui.Link{Text: p.T("consultations.title"), Path: "/consultations"}
}

// under puts the consultation into the breadcrumb of a page below its own.
func (p *page) under(c Consultation) {
	p.Crumbs = []ui.Link{listLink(*p), p.LinkTo(Path(c.ID), c.Question)}
}

// proofPath lists the acts about something, each with its proof and a receipt to keep.
func proofPath(about civic.Ref) string {
	return "/record?" + url.Values{"subject": {about.String()}}.Encode()
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

func pathNo(r *http.Request) (int64, error) {
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err != nil {
		return 0, civic.Fail(civic.NotFound, "web.not_found")
	}
	return no, nil
}

// participantCookie holds the token of somebody who takes part without an account.
const participantCookie = "birge_participant"

// here is what the browser did without an account.
func (s *Service) here(tx *storage.Tx, r *http.Request, most int) ([]part.Mine, error) {
	token := s.voterOf(r).Token
	if token == "" {
		return nil, nil
	}
	return doneHere(tx, token, most)
}

// voterOf is who asks. Without an account it is the browser, by its cookie.
func (s *Service) voterOf(r *http.Request) Voter {
	v := Voter{Actor: web.Actor(r), Admit: func() error { return s.newcomers.Allow(web.ClientNetwork(r)) }}
	if token := web.Cookie(r, participantCookie); len(token) == 32 {
		v.Token = token
	}
	return v
}

// keepToken gives the browser its token once it took part.
func keepToken(w http.ResponseWriter, r *http.Request, v Voter) {
	if v.Actor.SignedIn() {
		return
	}
	web.SetCookie(w, r, participantCookie, v.Token, 365*24*time.Hour)
}

type listPage struct {
	page
	List   List
	Phase  Phase
	Query  string
	About  city.Scope
	Found  []Listed
	Prev   string
	NextTo string
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	p := listPage{page: s.newPage(w, r, l.T("consultations.title")), Phase: Open}
	p.Lede = l.T("consultations.lede")
	p.Feed = ui.Link{Text: l.T("consultations.feed_title"), Path: ui.Localized(l.Lang(), "/consultations.atom")}
	q := r.URL.Query()
	if phase, ok := ParsePhase(q.Get("phase")); ok {
		p.Phase = phase
	}
	p.Query = strings.TrimSpace(q.Get("q"))
	p.About = s.city.Settings.Current().Known(city.Scope{District: q.Get("district"), Theme: q.Get("theme")})
	p.Form.Values = map[string][]string{"q": {p.Query}, "district": {p.About.District}, "theme": {p.About.Theme}}
	items, err := web.Fragment(r, "consultations", []string{listTopic, answers.Topic, city.TopicDay, organisations.Topic, city.Topic}, func() (c templ.Component, err error) {
		if p.Query != "" {
			if p.Found, err = s.Search(r.Context(), p.Query, p.About); err != nil {
				return nil, err
			}
			return foundView(p), nil
		}
		if p.List, err = s.List(r.Context(), p.Phase, p.About, q.Get("after")); err != nil {
			return nil, err
		}
		if p.List.Next != "" {
			p.NextTo = p.With("after", p.List.Next)
		}
		return itemsView(p), nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(p, items))
}

type onePage struct {
	page
	View
	Own      bool // the actor manages or moderates it
	AnswerBy ui.AnswerProps
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	ask, _ := strconv.ParseInt(r.URL.Query().Get("statement"), 10, 64)
	v, err := s.View(r.Context(), pathID(r), s.voterOf(r), max(ask, 0))
	if err != nil {
		return err
	}
	l := web.L(r)
	p := onePage{page: s.newPage(w, r, l.Text(v.Question)), View: v}
	p.Own = v.ManagedBy(p.Actor) || v.ModeratedBy(p.Actor)
	p.Crumbs = []ui.Link{listLink(p.page)}
	p.NoIndex = v.Phase == Draft
	p.HideHead = true
	p.AnswerBy = ui.AnswerProps{Title: l.T("consultations.answer_title"), Body: v.BodyName.Name, Given: v.AnsweredAt, Due: v.Owed.Due, Cal: p.Cal}
	if v.BodyName.Path != "" {
		p.AnswerBy.URL = p.URL(v.BodyName.Path)
	}
	if v.Answer != nil {
		p.AnswerBy.Person = v.Answer.Person
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// verdictsPath lists what was said to every statement.
func verdictsPath(id civic.ID) string { return Path(id) + "/answer" }

type verdictsView struct {
	page
	Consultation
	Verdicts
}

// showVerdicts lists all statements with what the body said to each.
func (s *Service) showVerdicts(w http.ResponseWriter, r *http.Request) error {
	after := r.URL.Query().Get("after")
	c, said, err := s.Verdicts(r.Context(), pathID(r), web.Actor(r), after)
	if err != nil {
		return err
	}
	p := verdictsView{page: s.newPage(w, r, web.L(r).T("consultations.answer_items")), Consultation: c, Verdicts: said}
	p.SetLedeName(c.Question)
	p.under(c)
	next := ""
	if said.Next != "" {
		next = p.With("after", said.Next)
	}
	return web.Render(w, r, http.StatusOK, allVerdicts(p, next))
}

// vote takes a vote and leads to the next statement, or back to the list of one's own
// votes when it was changed there.
func (s *Service) vote(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	choice, ok := ParseChoice(f.Value("vote"))
	no, err := strconv.ParseInt(f.Value("statement"), 10, 64)
	if !ok || err != nil {
		return web.Next{}, civic.Fail(civic.Invalid, "web.malformed")
	}
	id, v := pathID(r), s.voterOf(r)
	if v.Token == "" && !v.Actor.SignedIn() {
		v.Token = civic.Token()
	}
	if err := s.Vote(r.Context(), id, v, no, choice); err != nil {
		return web.Next{}, err
	}
	keepToken(w, r, v)
	if f.Value("from") == "mine" {
		return web.Done(Path(id)+"/mine", "consultations.vote_changed"), nil
	}
	return web.On(Path(id) + "#vote"), nil
}

type addPage struct {
	page
	Consultation
	Blocked error
	Alike   []Statement
}

func (s *Service) addPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.alikePage(w, r, f, nil)
}

// alikePage shows what others have said that is nearly the same, and the form again.
func (s *Service) alikePage(w http.ResponseWriter, r *http.Request, f ui.Form, alike []Statement) (templ.Component, error) {
	v, err := s.View(r.Context(), pathID(r), s.voterOf(r), 0)
	if err != nil {
		return nil, err
	}
	p := addPage{page: s.newPage(w, r, web.L(r).T("consultations.add_title")), Consultation: v.Consultation, Blocked: v.Blocked, Alike: alike}
	p.under(v.Consultation)
	p.Form = f
	return addView(p), nil
}

// add takes a statement. When others say nearly the same it asks first; insisting holds
// for the very text that was compared.
func (s *Service) add(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, v, text := pathID(r), s.voterOf(r), cleanStatement(f.Value("text"))
	if v.Token == "" && !v.Actor.SignedIn() {
		v.Token = civic.Token()
	}
	insist := f.Value("compared") != "" && cleanStatement(f.Value("compared")) == text
	added, err := s.AddStatement(r.Context(), id, v, text, web.WrittenIn(r, f, text), insist)
	if err != nil {
		return web.Next{}, err
	}
	if len(added.Alike) > 0 {
		web.Resend(r, Path(id)+"/add")
		page, err := s.alikePage(w, r, f, added.Alike)
		return web.Instead(page), err
	}
	keepToken(w, r, v)
	if added.State == Waiting {
		return web.Next{Path: Path(id), Tone: ui.Info, Notice: "consultations.added_waiting"}, nil
	}
	return web.Done(Path(id), "consultations.added_shown"), nil
}

// nameLanguage takes which language an author says that their statement is in.
func (s *Service) nameLanguage(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	no, err := strconv.ParseInt(f.Value("statement"), 10, 64)
	if err != nil {
		return web.Next{}, civic.Fail(civic.Invalid, "web.malformed")
	}
	err = s.NameLanguage(r.Context(), pathID(r), s.voterOf(r), no, civic.Lang(f.Value("lang")))
	return web.Done(Path(pathID(r))+"/mine", "consultations.language_named"), err
}

type contestPage struct {
	page
	Consultation
	Statement Statement
}

func contestPath(id civic.ID, no int64) string {
	return Path(id) + "/statements/" + strconv.FormatInt(no, 10) + "/contest"
}

func (s *Service) contestPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	no, err := pathNo(r)
	if err != nil {
		return nil, err
	}
	p := contestPage{page: s.newPage(w, r, web.L(r).T("moderation.contest_ask"))}
	p.NoIndex, p.Form = true, f
	if p.Consultation, p.Statement, err = s.BeforeContest(r.Context(), pathID(r), s.voterOf(r), no); err != nil && !f.Sent {
		return nil, err
	}
	p.under(p.Consultation)
	return contestView(p), nil
}

func (s *Service) contest(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	no, err := pathNo(r)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(minePath(pathID(r)), "moderation.contest_sent"), s.Contest(r.Context(), pathID(r), s.voterOf(r), no, f.Value(moderation.WordsName))
}

type minePage struct {
	page
	Mine
	NextTo string
}

func (s *Service) showMine(w http.ResponseWriter, r *http.Request) error {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if after == 0 {
		after = -1 // an imported statement may be numbered 0
	}
	m, err := s.MyVotes(r.Context(), pathID(r), s.voterOf(r), after)
	if err != nil {
		return err
	}
	p := minePage{page: s.newPage(w, r, web.L(r).T("consultations.mine_title")), Mine: m}
	p.Lede = p.T("consultations.mine_lede")
	p.NoIndex = true
	p.under(m.Consultation)
	if m.Next != 0 {
		p.NextTo = p.With("after", strconv.FormatInt(m.Next, 10))
	}
	return web.Render(w, r, http.StatusOK, mineView(p))
}

// ownPath is the page of all that a person wrote.
const ownPath = "/consultations/mine"

type ownPage struct {
	page
	Items  []Own
	NextTo string
}

func (s *Service) showOwn(w http.ResponseWriter, r *http.Request) error {
	items, next, err := s.OwnStatements(r.Context(), web.Actor(r), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	p := ownPage{page: s.newPage(w, r, web.L(r).T("consultations.own_title")), Items: items}
	p.Lede, p.NoIndex = p.T("consultations.own_lede"), true
	if next != "" {
		p.NextTo = p.With("after", next)
	}
	return web.Render(w, r, http.StatusOK, ownView(p))
}

type resultsPage struct {
	page
	Results
	Sort   Sort
	Show   Show
	First  bool // the overview: no page, order or filter was asked for
	NextTo string
	// Moderates: the reader may decide on the statements; Names: say their language.
	Moderates, Names bool
}

func (s *Service) showResults(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Seen(r.Context(), pathID(r), web.Actor(r))
	if err != nil {
		return err
	}
	p := resultsPage{page: s.newPage(w, r, web.L(r).T("consultations.results_title"))}
	p.SetLedeName(c.Question)
	p.under(c)
	p.Moderates, p.Names = c.ModeratedBy(p.Actor), c.NamesLanguageOf(p.Actor)
	content, err := web.Fragment(r, fmt.Sprintf("results, moderated %t, named %t", p.Moderates, p.Names), topicsOfOne(r), func() (templ.Component, error) {
		err := s.fillResults(r, &p)
		return resultsView(p), err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, wholeView(p.page, content))
}

// fillResults puts on the page what all its readers see, but for what only moderators do.
func (s *Service) fillResults(r *http.Request, p *resultsPage) (err error) {
	q := r.URL.Query()
	p.Sort, p.Show = ParseSort(q.Get("sort")), ParseShow(q.Get("show"))
	p.First = q.Get("after") == "" && q.Get("sort") == "" && q.Get("show") == ""
	p.Form.Values = map[string][]string{"sort": {string(p.Sort)}, "show": {string(p.Show)}}
	if p.Results, err = s.Results(r.Context(), pathID(r), web.Actor(r), p.Sort, p.Show, q.Get("after")); err == nil && p.Next != "" {
		p.NextTo = p.With("after", p.Next)
	}
	return err
}
