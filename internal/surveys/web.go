package surveys

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
)

// The addresses, without the language.
const (
	root = "/surveys"
	desk = "/desk/surveys"
)

// Path is the page of a survey.
func Path(id civic.ID) string { return root + "/" + string(id) }

func answerPath(id civic.ID) string { return Path(id) + "/answer" }

func resultsPath(id civic.ID) string { return Path(id) + "/results" }

func deskPath(id civic.ID) string { return desk + "/" + string(id) }

// narrowing are the parameters by which the list is narrowed, also for the files.
var narrowing = []string{"q", "state", "district", "theme"}

func (s *Service) routes() []web.Route {
	// The page of a survey is not kept: it says whether this browser has answered.
	topics := func(*http.Request) []string { return []string{topic, organisations.Topic, city.Topic, city.TopicDay} }
	const one, work = root + "/{id}", desk + "/{id}"
	routes := []web.Route{
		{Method: "GET", Pattern: root, Query: append([]string{"after"}, narrowing...), Access: web.Everyone, Handler: s.showList, Topics: topics},
		{Method: "GET", Pattern: one, Access: web.Everyone, Handler: s.showOne},
		{Method: "GET", Pattern: one + "/results", Query: []string{"of"}, Access: web.Everyone, Handler: s.showResults, Topics: topics},
		{Method: "GET", Pattern: one + "/results/{question}", Query: []string{"of"}, Access: web.Everyone, Handler: s.showResult, Topics: topics},
		{Method: "GET", Pattern: one + "/codebook.json", Access: web.Everyone, Handler: s.getCodebook, Plain: true},
		web.List(web.Reading{Pattern: root, Summary: "Surveys", Topics: topics, Query: []web.Param{web.ByWords, {Name: "state", Means: "Only those that stand so", OneOf: web.Values(shownStates...)}, web.ByDistrict, web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: one, Summary: "One survey with its questions and, once it is counted, its figures", Topics: topics}, s.apiOne),
		{Method: "GET", Pattern: desk, Access: web.Officers, Handler: s.showDesk},
		{Method: "GET", Pattern: work, Access: web.Officers, Handler: s.showWork},
		{Method: "GET", Pattern: work + "/data.csv", Access: web.Officers, Handler: s.getWhole, Plain: true, Heavy: true},
		web.Page(work+"/letters", web.Officers, s.lettersPage),
		{Method: "POST", Pattern: work + "/letters", Page: work + "/letters", Access: web.Officers, Handler: s.letters, Heavy: true},
	}
	routes = append(routes, web.Tables(web.Route{Pattern: root, Query: narrowing, Access: web.Everyone}, s.getTable)...)
	routes = append(routes, web.Tables(web.Route{Pattern: one + "/data", Access: web.Everyone}, s.getData)...)
	return append(routes, web.Forms(
		web.Form{Pattern: one + "/answer", Query: []string{"code"}, Access: web.Everyone, Show: s.answerPage, Check: s.answerCheck, Do: s.answer},
		web.Form{Pattern: desk + "/new", Access: web.Officers, Show: s.newPage, Do: s.make},
		web.Form{Pattern: work + "/again", Page: work, Access: web.Officers, Do: s.again, Button: true},
		web.Form{Pattern: work + "/edit", Access: web.Officers, Show: s.editPage, Do: s.edit},
		web.Form{Pattern: work + "/questions", Access: web.Officers, Show: s.questionsPage, Do: s.addQuestion},
		web.Form{Pattern: work + "/questions/drop", Page: work + "/questions", Access: web.Officers, Do: s.dropQuestion, Button: true},
		web.Form{Pattern: work + "/margins", Access: web.Officers, Show: s.marginsPage, Do: s.setMargins},
		web.Form{Pattern: work + "/try", Access: web.Officers, Show: s.tryPage, Check: s.tryCheck, Do: s.tried},
		web.Form{Pattern: work + "/open", Page: work, Access: web.Officers, Show: s.workPage, Check: s.openCheck, Do: s.open, Button: true},
		web.Form{Pattern: work + "/withdraw", Access: web.Officers, Show: s.withdrawPage, Do: s.withdraw},
		web.Form{Pattern: work + "/themes/{question}", Access: web.Officers, Show: s.themesPage, Do: s.setThemes},
		web.Form{Pattern: work + "/coding/{question}", Query: []string{"after"}, Access: web.Officers, Show: s.codingPage, Do: s.code, Field: "theme"},
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

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), City: s.city.Settings.Current(), Form: f}
	if p.Form.Values == nil {
		p.Form.Values = map[string][]string{}
	}
	p.Crumbs = []ui.Link{{Text: p.T("surveys.title"), Path: root}}
	return p
}

// under adds the survey to the crumbs.
func (p *page) under(s Survey) { p.Crumbs = append(p.Crumbs, p.LinkTo(Path(s.ID), s.Title)) }

// tokenCookie holds the token of a browser that answered without an account, for tokenLife.
const (
	tokenCookie = "birge_surveys"
	tokenLife   = 52 * 7 * 24 * time.Hour
)

// whoOf is who answers. Without an account it is the browser, by its cookie.
func (s *Service) whoOf(r *http.Request, code string) Who {
	w := Who{Actor: web.Actor(r), Code: code, Admit: func() error { return s.newcomers.Allow(web.ClientNetwork(r)) }}
	if token := web.Cookie(r, tokenCookie); len(token) == 32 {
		w.Token = token
	}
	return w
}

// here is the surveys that this browser answered without an account.
func (s *Service) here(tx *storage.Tx, r *http.Request, most int) ([]part.Mine, error) {
	token := s.whoOf(r, "").Token
	if token == "" {
		return nil, nil
	}
	all, err := answeredHere(tx, token, most)
	return answered(all), err
}

type listPage struct {
	page
	List      List
	Districts []ui.Option
	Filtered  bool
	Export    string
	NextTo    string
}

// shownStates are those by which the list can be narrowed.
var shownStates = []State{Open, Closed, Counted, Withdrawn}

func (s *Service) queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{State: State(v.Get("state")), Scope: s.city.Settings.Current().Known(city.Scope{District: v.Get("district"), Theme: v.Get("theme")}), Words: v.Get("q"), After: v.Get("after")}
	if !slices.Contains(shownStates, q.State) {
		q.State = ""
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.pageOf(w, r, web.L(r).T("surveys.title"), ui.Form{Values: r.URL.Query()})}
	p.Crumbs, p.Lede = nil, p.T("surveys.lede")
	q := s.queryOf(r)
	p.Filtered = q.State != "" || q.Scope != (city.Scope{}) || q.Words != ""
	p.Districts = p.City.DistrictOptions(p.Page, "surveys.any_district")
	if p.List, err = s.List(r.Context(), q, pageSize); err != nil {
		return err
	}
	p.Export = web.Narrowed(r, narrowing...)
	if p.List.Next != "" {
		p.NextTo = p.With("after", p.List.Next)
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	page
	View
	Steps []string
	Step  int
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), s.whoOf(r, ""), pathID(r))
	if err != nil {
		return err
	}
	p := onePage{page: s.pageOf(w, r, "", ui.Form{}), View: v}
	p.SetName(v.Title)
	states := []State{Open, Closed, Counted}
	for _, state := range states {
		p.Steps = append(p.Steps, p.T("surveys.step_"+string(state)))
	}
	p.Step = slices.Index(states, v.State)
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// answerForm is a page of questions. What stands on other pages is carried along in fields that nobody sees.
type answerForm struct {
	page
	Asking
	Action string
	Now    questions.Form // on this page
	Seen   []string       // keys of those on earlier pages
	Last   bool
	Trial  bool
	Check  bool // all is answered: what it is is shown before it is sent
	Said   questions.Answers
	Code   bool // this page asks for the code of a letter
	Left   int  // questions behind this page, as far as is known
}

// Names of fields beside those of questions.
const (
	pageName = "page" // keys of the questions on the page that was sent
	seenName = "seen" // keys of those on earlier pages
)

func (s *Service) answerOf(w http.ResponseWriter, r *http.Request, f ui.Form, trial bool) (p answerForm, err error) {
	code := f.Value("code")
	if !f.Sent && !trial {
		code = r.URL.Query().Get("code")
	}
	a, err := s.Asked(r.Context(), pathID(r), s.whoOf(r, code), trial)
	if err != nil {
		return p, err
	}
	p = answerForm{page: s.pageOf(w, r, "", f), Asking: a, Trial: trial, Action: answerPath(a.ID)}
	p.NoIndex = true
	if p.page.Form.Values.Set("code", code); trial {
		p.Action = deskPath(a.ID) + "/try"
		p.Crumbs = []ui.Link{{Text: p.T("surveys.nav_desk"), Path: desk}, p.LinkTo(deskPath(a.ID), a.Title)}
		p.SetTitle("surveys.try_title")
	} else {
		p.under(a.Survey)
		p.SetName(a.Title)
	}
	return p, nil
}

func (p answerForm) typed(q questions.Question) []string { return q.TypedIn(p.page.Form) }

// show chooses the questions of a page: some keys, or all that are asked.
func (p *answerForm) show(keys []string) {
	said, _ := p.Asking.Form.Answered(p.typed, nil)
	for _, q := range p.Asking.Form.Asked(said) {
		if keys == nil || slices.Contains(keys, q.Key) {
			p.Now = append(p.Now, q)
		}
	}
	shown := p.Now.Keys()
	p.Seen = slices.DeleteFunc(slices.Clone(p.Seen), func(k string) bool { return slices.Contains(shown, k) })
	p.Code = p.Letters && !p.Trial && len(p.Seen) == 0
	for _, q := range p.Asking.Form.Asked(said) {
		if !slices.Contains(p.Seen, q.Key) && !slices.Contains(shown, q.Key) {
			p.Left++
		}
	}
}

// carried is what stands on other pages.
func (p answerForm) carried() ui.Form {
	out := ui.Form{Values: url.Values{}}
	here := map[string]bool{}
	for _, q := range p.Now {
		here[q.Key] = true
	}
	for name, values := range p.page.Form.Values {
		key, _, _ := strings.Cut(strings.TrimPrefix(name, questions.FieldOf("")), ".")
		if strings.HasPrefix(name, questions.FieldOf("")) && !here[key] || name == "code" && !p.Code {
			out.Values[name] = values
		}
	}
	out.Values.Set(pageName, strings.Join(p.Now.Keys(), ","))
	out.Values.Set(seenName, strings.Join(p.Seen, ","))
	return out
}

// split reads the keys of a field.
func split(f ui.Form, name string) []string {
	if f.Value(name) == "" {
		return nil
	}
	return strings.Split(f.Value(name), ",")
}

// first are the questions of the next page: those that are asked and were not seen, as many as fit.
func (p answerForm) next() (out []string) {
	said, _ := p.Asking.Form.Answered(p.typed, nil)
	for _, q := range p.Asking.Form.Asked(said) {
		if !slices.Contains(p.Seen, q.Key) && len(out) < pageQuestions {
			out = append(out, q.Key)
		}
	}
	return out
}

func (s *Service) answerPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.questionPage(w, r, f, false)
}

func (s *Service) questionPage(w http.ResponseWriter, r *http.Request, f ui.Form, trial bool) (templ.Component, error) {
	p, err := s.answerOf(w, r, f, trial)
	if err != nil {
		return nil, err
	}
	switch {
	case !f.Sent:
		p.show(p.next())
	case len(f.Problems) > 0 && slices.ContainsFunc(f.Problems, func(e civic.FieldError) bool { return strings.HasPrefix(e.Field, questions.FieldOf("")) }):
		p.Seen = split(f, seenName)
		p.show(split(f, pageName))
	default: // back from what was to be sent
		p.show(nil)
	}
	return answerView(p), nil
}

func (s *Service) answerCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.checkAnswers(w, r, f, false)
}

// checkAnswers looks at the page that was sent, and shows the next, or all that was answered.
func (s *Service) checkAnswers(w http.ResponseWriter, r *http.Request, f ui.Form, trial bool) (templ.Component, error) {
	p, err := s.answerOf(w, r, f, trial)
	if err == nil && p.Blocked != nil {
		err = p.Blocked
	}
	if err != nil {
		return nil, err
	}
	page := split(f, pageName)
	if _, problems := p.Asking.Form.Answered(p.typed, page); problems.Err() != nil {
		return nil, problems.Err()
	}
	p.Seen = append(split(f, seenName), page...)
	if next := p.next(); len(next) > 0 {
		p.show(next)
		return answerView(p), nil
	}
	said, problems := p.Asking.Form.Answered(p.typed, p.Asking.Form.Keys())
	if problems.Err() != nil {
		return nil, problems.Err()
	}
	p.Check, p.Said = true, said
	return checkView(p), nil
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	who := s.whoOf(r, f.Value("code"))
	fresh := who.Token == ""
	if fresh {
		raw := make([]byte, 16)
		_, _ = rand.Read(raw) // never fails
		who.Token = hex.EncodeToString(raw)
	}
	if err := s.Answer(r.Context(), pathID(r), who, func(q questions.Question) []string { return q.TypedIn(f) }); err != nil {
		return web.Next{}, err
	}
	if fresh && who.Code == "" && !who.Actor.SignedIn() {
		web.SetCookie(w, r, tokenCookie, who.Token, tokenLife)
	}
	return web.Done(Path(pathID(r)), "surveys.thanks"), nil
}

type resultsPage struct {
	page
	Results
}

// sourceOf is the source that a page is asked for.
func sourceOf(r *http.Request) Source {
	if Source(r.URL.Query().Get("of")) == Free {
		return Free
	}
	return Sample
}

func (s *Service) showResults(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Results(r.Context(), pathID(r), sourceOf(r))
	if err != nil {
		return err
	}
	p := resultsPage{page: s.pageOf(w, r, web.L(r).T("surveys.results_title"), ui.Form{}), Results: v}
	p.under(v.Survey)
	return web.Render(w, r, http.StatusOK, resultsView(p))
}

type resultPage struct {
	page
	One
}

func (s *Service) showResult(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ResultOf(r.Context(), pathID(r), sourceOf(r), r.PathValue("question"))
	if err != nil {
		return err
	}
	p := resultPage{page: s.pageOf(w, r, "", ui.Form{}), One: v}
	p.SetName(v.Question.Label)
	p.under(v.Survey)
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("surveys.results_title"), Path: resultsPath(v.ID) + "?of=" + string(v.Of)})
	return web.Render(w, r, http.StatusOK, resultView(p))
}
