package answers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type deskListPage struct {
	page
	Items  []Listed
	NextTo string
}

// showDesk lists what the actor's bodies owe.
func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) error {
	p := deskListPage{page: s.newPage(w, r, web.L(r).T("answers.desk_title"))}
	p.NoIndex = true
	after, ok := storage.ParsePlace(r.URL.Query().Get("after"))
	if !ok {
		return civic.Fail(civic.Invalid, "answers.bad_cursor")
	}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		owed, next, err := owedBy(tx, s.bodiesOf(p.Actor), after, pageSize)
		if err != nil {
			return err
		}
		if next != "" {
			p.NextTo = p.With("after", next)
		}
		p.Items, err = s.named(tx, owed)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p, s))
}

type workPage struct {
	page
	View
	Bodies []ui.Option
	May    map[Step]bool
	Days   int // of the setting that bounds the step
	Step   Step
	Said   Verdict // as it would be published
	Person string
}

// workPage is what the pages of a body's work on one obligation share. Permission: Answers.
func (s *Service) workPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p workPage, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return p, err
	}
	if !v.Own {
		return p, civic.Fail(civic.Forbidden, "answers.only_the_body")
	}
	l := web.L(r)
	p = workPage{page: s.newPage(w, r, l.T(title)), View: v, May: map[Step]bool{}}
	for _, step := range []Step{Pause, Resume, Extend, Assign, Pass, Give} {
		p.May[step] = s.may(p.Actor, v.Obligation, step) == nil
	}
	late := p.Now.After(v.PassBy)
	p.May[Pass] = p.May[Pass] && !late
	p.May[Extend] = p.May[Extend] && !v.Late(p.Now) && len(v.Extensions) < s.value("extensions")
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: l.T("answers.desk_title"), Path: "/desk/answers"}, p.LinkTo(deskPath(v.ID), titleOf(l, v.Listed))}
	p.Bodies, err = s.bodyOptions(r, p.Page, "answers.choose_body")
	return p, err
}

func (s *Service) showWork(w http.ResponseWriter, r *http.Request) error {
	p, err := s.workPage(w, r, "answers.desk_title", ui.Form{})
	if err != nil {
		return err
	}
	p.SetName(titleOf(p.L, p.Listed))
	p.Crumbs = p.Crumbs[:1]
	return web.Render(w, r, http.StatusOK, workView(p))
}

func (s *Service) verdictOf(f ui.Form) (v Verdict, person string) {
	v = Verdict{Outcome: Outcome(f.Value("outcome")), Reason: f.Text("reason"), Evidence: strings.Fields(f.Value("evidence"))}
	v.Whose, _ = civic.ParseRef(f.Value("whose"))
	if day := strings.TrimSpace(f.Value("promised")); day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, s.city.Zone())
		if err != nil {
			at = s.db.Now() // no day to come, so it is refused with the words for that
		}
		v.Promised = at
	}
	return v, strings.TrimSpace(f.Value("person"))
}

func (s *Service) answerPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "answers.desk_title", f)
	if err != nil {
		return nil, err
	}
	if !p.May[Give] || p.Work != deskPath(p.ID) {
		return nil, notNow()
	}
	if !f.Sent {
		f.Values.Set("person", p.View.Person)
	}
	p.Page.Title = p.T("answers.give_" + string(p.Owed))
	return answerView(p), nil
}

func (s *Service) answerCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, person := s.verdictOf(f)
	if err := s.BeforeAnswer(r.Context(), web.Actor(r), pathID(r), v, person); err != nil {
		return nil, err
	}
	p, err := s.workPage(w, r, "answers.check_title", f)
	p.Said, p.Person = v, person
	p.Lede = p.T("answers.check_lede")
	return answerCheckView(p), err
}

func (s *Service) answer(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, person := s.verdictOf(f)
	return web.Done(Path(pathID(r)), "answers.answered"), s.Answer(r.Context(), web.Actor(r), pathID(r), v, person)
}

// stepPage is the form of a step that needs a reason.
func (s *Service) stepPage(step Step) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		p, err := s.workPage(w, r, "answers.step_"+string(step), f)
		if err != nil {
			return nil, err
		}
		if !p.May[step] {
			return nil, notNow()
		}
		p.Step, p.Lede = step, p.T("answers.step_"+string(step)+"_lede")
		p.Days = s.value("extend_days")
		if step == Assign && !f.Sent {
			p.Form.Values = map[string][]string{"person": {p.View.Person}}
		}
		return stepView(p), nil
	}
}

func (s *Service) pause(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "answers.step_done"), s.Wait(r.Context(), web.Actor(r), pathID(r), f.Text("reason"))
}

func (s *Service) resume(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "answers.step_done"), s.GoOn(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) extend(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	days, err := strconv.Atoi(strings.TrimSpace(f.Value("days")))
	if err != nil {
		days = 0 // which is refused with the words for it
	}
	return web.Done(deskPath(pathID(r)), "answers.step_done"), s.Prolong(r.Context(), web.Actor(r), pathID(r), days, f.Text("reason"))
}

func (s *Service) assign(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "answers.assigned"), s.PutInCharge(r.Context(), web.Actor(r), pathID(r), f.Value("person"))
}

func (s *Service) pass(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	whose, _ := civic.ParseRef(f.Value("whose"))
	return web.Done(deskPath(pathID(r)), "answers.step_done"), s.PassOn(r.Context(), web.Actor(r), pathID(r), whose, f.Text("what"), f.Text("reason"))
}
