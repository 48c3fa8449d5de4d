package appeals

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type deskPage struct {
	page
	Desk
	Asked  DeskQuery
	NextTo string
}

// narrowed reports whether the reader asked for some cases only.
func (p deskPage) narrowed() bool { return p.Asked != DeskQuery{} }

// personOptions lists who works on cases of the reader's bodies.
func (p deskPage) personOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("appeals.anybody")}}
	for _, person := range p.People {
		out = append(out, ui.Option{Value: person, Label: person})
	}
	return out
}

func (p page) deskLink() ui.Link {
	return ui.Link{Text: p.T("appeals.nav_desk"), Path: "/desk/appeals"}
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.pageOf(w, r, web.L(r).T("appeals.nav_desk"))}
	p.NoIndex = true
	p.Form.Values = r.URL.Query()
	p.Asked = DeskQuery{Person: p.Form.Value("person"), Number: strings.TrimSpace(p.Form.Value("q")), After: p.Form.Value("after")}
	if p.Desk, err = s.Desk(r.Context(), p.Actor, p.Asked); err != nil {
		return err
	}
	if p.Next != "" {
		p.NextTo = p.With("after", p.Next)
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

// getWork is all that the officer's bodies had and have to answer, with the words of private appeals too.
func (s *Service) getWork(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "cases",
			Head: []string{"number", "case", "body", "sort", "open", "state", "word", "filed", "due", "person", "district", "theme", "title", "words", "address", "closed"},
			Rows: func(write func([]string) error) error {
				return s.EachCase(r.Context(), web.Actor(r), func(c WorkItem) error {
					a := c.Appeal
					return write([]string{a.Number(), string(c.ID), string(c.Body), string(a.Sort), strconv.FormatBool(a.Open), string(c.State), string(c.Word), s.day(a.FiledAt), s.day(c.Owed.Due), c.Person,
						a.District, a.Theme, a.Title, a.Words, a.Address, s.day(c.ClosedAt)})
				})
			}})
	}
}

type registerPage struct {
	page
	View
	Bodies []ui.Option
}

func (s *Service) registerPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.Show(r.Context(), Who{Actor: web.Actor(r)}, pathID(r))
	if err == nil && v.State != Filed {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	p := registerPage{page: s.pageOf(w, r, web.L(r).T("appeals.register_title")), View: v}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.deskLink()}
	p.Bodies, err = s.bodyOptions(r, p.Page, "appeals.choose_body")
	return registerView(p), err
}

func (s *Service) register(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done("/desk/appeals", "appeals.registered"), s.Register(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("body")))
}

type workPage struct {
	page
	WorkView
	Said      answers.Verdict // as it would be sent
	Person    string
	Bodies    []ui.Option
	ForwardBy time.Time // until when it can be forwarded
	PauseDays int
	Templates []Template // of the officer's bodies, on the page of an answer
}

func (p workPage) may(step Step) bool {
	_, ok := Next(p.Case.State, step)
	return ok && (step != Forward || !p.Now.After(p.ForwardBy))
}

// takers are those who can be given the case, behind the choice of somebody else.
func (p workPage) takers() []ui.Option {
	out := []ui.Option{{Label: p.T("appeals.somebody_else")}}
	for _, person := range p.People {
		out = append(out, ui.Option{Value: person, Label: person})
	}
	return out
}

func caseID(r *http.Request) civic.ID { return civic.ID(r.PathValue("case")) }

func (s *Service) workPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p workPage, err error) {
	p = workPage{page: s.pageOf(w, r, "")}
	if p.WorkView, err = s.Work(r.Context(), p.Actor, caseID(r)); err != nil {
		return p, err
	}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.deskLink()}
	_, p.ForwardBy = s.city.Answers.MayPass(p.Case.Owed, p.Now)
	p.PauseDays = s.value("pause_days")
	p.SetName(civic.Text{p.Lang: cmp.Or(p.View.Title, p.Number())})
	if !f.Sent {
		p.Form.Values.Set("person", p.Case.Person)
	}
	return p, nil
}

// chooses puts who works on a case into the list of the body's people, where they stand there, instead of the field for others.
func (p *workPage) chooses() {
	if !p.Form.Sent && slices.Contains(p.People, p.Case.Person) {
		p.Form.Values.Set("chosen", p.Case.Person)
		p.Form.Values.Set("person", "")
	}
}

func (s *Service) showWork(w http.ResponseWriter, r *http.Request) error {
	page, err := s.workPage(w, r, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page)
}

func (s *Service) workPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPageOf(w, r, f)
	p.chooses()
	return workView(p), err
}

func (s *Service) take(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(workPath(caseID(r)), "appeals.taken"), s.Take(r.Context(), web.Actor(r), caseID(r), cmp.Or(strings.TrimSpace(f.Value("person")), f.Value("chosen")))
}

func (s *Service) keepNote(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(workPath(caseID(r)), "appeals.noted"), s.Note(r.Context(), web.Actor(r), caseID(r), f.Value("note"))
}

// verdictOf reads an answer. A day that is none is taken for today, so that it is refused with the words for that.
func (s *Service) verdictOf(f ui.Form) answers.Verdict {
	v := answers.Verdict{Outcome: answers.Outcome(f.Value("outcome")), Reason: f.Text("reason"), Evidence: strings.Fields(f.Value("evidence"))}
	if day := strings.TrimSpace(f.Value("promised")); day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, s.city.Settings.Zone())
		if err != nil {
			at = s.db.Now()
		}
		v.Promised = at
	}
	return v
}

func (s *Service) answerPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.stepPage(w, r, f, Answer)
	if err == nil {
		p.Templates, err = s.Templates(r.Context(), p.Actor)
	}
	if !f.Sent {
		for _, o := range p.alsoOptions() {
			p.Form.Values.Add("also", o.Value)
		}
	}
	return answerView(p), err
}

func (s *Service) answerCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if page, err := s.withTemplate(w, r, f); page != nil || err != nil {
		return page, err
	}
	v := s.verdictOf(f)
	if err := s.BeforeReply(r.Context(), web.Actor(r), caseID(r), v, f.Value("person")); err != nil {
		return nil, err
	}
	p, err := s.workPageOf(w, r, f)
	p.Said, p.Person = v, f.Value("person")
	p.SetTitle("appeals.answer_check")
	return answerCheckView(p), err
}

// withTemplate is the page of an answer with the template that was chosen put in; nil when there is none, and one goes on.
func (s *Service) withTemplate(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if f.Value("template") == "" {
		return nil, nil
	}
	p, err := s.workPageOf(w, r, f)
	if err == nil {
		p.Templates, err = s.Templates(r.Context(), p.Actor)
	}
	if err != nil || !p.inserted(f) {
		return nil, err
	}
	web.Resend(r, workPath(p.Case.ID)+"/answer")
	return s.answerPage(w, r, f)
}

func (s *Service) answer(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(workPath(caseID(r)), "appeals.answered"), s.Reply(r.Context(), web.Actor(r), caseID(r), s.verdictOf(f), f.Value("person"), alsoOf(f)...)
}

type wordsPage struct {
	page
	ForModerator
	Back string
	By   []ui.Option // rules by which the words may be removed
}

func (s *Service) wordsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	a, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := wordsPage{page: s.pageOf(w, r, web.L(r).T("appeals.words_title")), ForModerator: a, Back: cmp.Or(f.Value(moderation.BackName), r.URL.Query().Get(moderation.BackName))}
	p.Form, p.NoIndex, p.By = f, true, s.city.Moderation.RuleOptions(p.Page, moderation.Words)
	p.Crumbs = []ui.Link{{Text: p.T("moderation.title"), Path: moderation.Path}}
	return wordsView(p), nil
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, Path(pathID(r)), moderation.Decided{Shown: "appeals.decided_shown", Removed: "appeals.decided_removed"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}

func (s *Service) forwardPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.stepPage(w, r, f, Forward)
	if err == nil {
		p.Bodies, err = s.bodyOptions(r, p.Page, "appeals.choose_body")
	}
	return forwardView(p), err
}

// stepPage is the page of a step of the body that has a form of its own.
func (s *Service) stepPage(w http.ResponseWriter, r *http.Request, f ui.Form, step Step) (workPage, error) {
	p, err := s.workPageOf(w, r, f)
	if err == nil && !p.may(step) {
		err = notNow()
	}
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.Number(), Path: workPath(p.Case.ID)})
	p.SetTitle("appeals.step_" + string(step))
	return p, err
}

func (s *Service) forward(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(workPath(caseID(r)), "appeals.forwarded"), s.Forward(r.Context(), web.Actor(r), caseID(r), civic.ID(f.Value("whose")), f.Text("what"), f.Text("reason"))
}

func (s *Service) askPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.stepPage(w, r, f, Pause)
	return askView(p), err
}

func (s *Service) ask(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(workPath(caseID(r)), "appeals.asked"), s.Ask(r.Context(), web.Actor(r), caseID(r), f.Value("question"))
}
