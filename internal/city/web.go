package city

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// The set-up is a row of pages, one thing each. An administrator walks through them once
// and comes back to any of them later.
var steps = []string{"city", "districts", "bodies"}

func (s *Service) routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/settings", Access: web.Administrators, Handler: s.showFirst},
		{Method: "GET", Pattern: "/settings/city", Access: web.Administrators, Handler: s.showCity},
		{Method: "POST", Pattern: "/settings/city", Access: web.Administrators, Handler: s.saveCity},
		{Method: "GET", Pattern: "/settings/districts", Access: web.Administrators, Handler: s.showDistricts},
		{Method: "POST", Pattern: "/settings/districts", Access: web.Administrators, Handler: s.saveDistricts},
		{Method: "GET", Pattern: "/settings/bodies", Access: web.Administrators, Handler: s.showBodies},
		{Method: "POST", Pattern: "/settings/bodies", Access: web.Administrators, Handler: s.addBody},
		{Method: "POST", Pattern: "/settings/finish", Access: web.Administrators, Handler: s.finish},
		{Method: "GET", Pattern: "/settings/days", Access: web.Administrators, Handler: s.showDays},
		{Method: "POST", Pattern: "/settings/days", Access: web.Administrators, Handler: s.saveDays},
		{Method: "GET", Pattern: "/settings/rules/{key}", Access: web.Administrators, Handler: s.showRule},
		{Method: "POST", Pattern: "/settings/rules/{key}", Access: web.Administrators, Handler: s.saveRule},
		{Method: "GET", Pattern: "/rules", Access: web.Everyone, Handler: s.showProfile,
			Topics: func(*http.Request) []string { return []string{Topic} }},
	}
}

// settingsPage is one page of the set-up.
type settingsPage struct {
	ui.Page
	Form  ui.Form
	Steps []string // names; empty once the set-up is done
	Step  int
	Next  string
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, step string, form ui.Form) settingsPage {
	l := web.L(r)
	p := settingsPage{Page: web.NewPage(w, r, l.T("city."+step+"_title")), Form: form}
	p.Lede, p.NoIndex = l.T("city."+step+"_lede"), true
	if p.Form.Values == nil {
		p.Form.Values = url.Values{}
	}
	if !s.Settings().Ready {
		for i, name := range steps {
			p.Steps = append(p.Steps, l.T("city."+name+"_step"))
			if name == step {
				p.Step = i
			}
		}
	} else {
		p.Crumbs = []ui.Link{{Text: l.T("city.settings_title"), Path: "/settings"}}
	}
	return p
}

// answer shows the form again with what is wrong, or goes on to the next page.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, err error, next string, again func(problems []civic.FieldError) templ.Component) error {
	if err == nil {
		if s.Settings().Ready {
			next = "/settings"
		}
		return web.See(w, r, next, ui.Good, "city.saved")
	}
	problems := civic.FieldsOf(err)
	if problems == nil {
		return err
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, again(problems))
}

func (s *Service) showFirst(w http.ResponseWriter, r *http.Request) error {
	if !s.Settings().Ready {
		return web.See(w, r, "/settings/"+steps[0], "", "")
	}
	p := s.page(w, r, "settings", ui.Form{})
	p.Crumbs = nil
	return web.Render(w, r, http.StatusOK, settingsHome(p))
}

func (s *Service) showCity(w http.ResponseWriter, r *http.Request) error {
	f := ui.Form{Values: url.Values{}}
	f.SetText("name", s.Settings().Name)
	for _, l := range s.Settings().Languages {
		f.Values.Add("languages", string(l))
	}
	return web.Render(w, r, http.StatusOK, cityForm(s.page(w, r, "city", f)))
}

func (s *Service) saveCity(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r)
	if err != nil {
		return err
	}
	var languages []civic.Lang
	for _, v := range f.Values["languages"] {
		if l, ok := civic.ParseLang(v); ok {
			languages = append(languages, l)
		}
	}
	err = s.Describe(r.Context(), web.Actor(r), f.Text("name"), languages)
	return s.answer(w, r, err, "/settings/districts", func(problems []civic.FieldError) templ.Component {
		f.Problems = problems
		return cityForm(s.page(w, r, "city", f))
	})
}

func (s *Service) showDistricts(w http.ResponseWriter, r *http.Request) error {
	f := ui.Form{Values: url.Values{"districts": {FormatDistricts(s.Settings().Districts)}}}
	return web.Render(w, r, http.StatusOK, districtsForm(s.page(w, r, "districts", f)))
}

func (s *Service) saveDistricts(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r)
	if err != nil {
		return err
	}
	err = s.SetDistricts(r.Context(), web.Actor(r), f.Value("districts"))
	return s.answer(w, r, err, "/settings/bodies", func(problems []civic.FieldError) templ.Component {
		f.Problems = problems
		return districtsForm(s.page(w, r, "districts", f))
	})
}

func (s *Service) showBodies(w http.ResponseWriter, r *http.Request) error {
	return s.renderBodies(w, r, http.StatusOK, ui.Form{})
}

func (s *Service) renderBodies(w http.ResponseWriter, r *http.Request, status int, f ui.Form) error {
	names, err := s.Bodies.BodyNames(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, status, bodiesForm(s.page(w, r, "bodies", f), names, s.Settings().Ready))
}

func (s *Service) addBody(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r)
	if err != nil {
		return err
	}
	name := f.Text("name")
	if name.Empty() {
		f.Problems = []civic.FieldError{{Field: "name." + string(civic.Kazakh), Message: civic.Say("city.body_name_missing")}}
		return s.renderBodies(w, r, http.StatusUnprocessableEntity, f)
	}
	if err := s.Bodies.AddBody(r.Context(), web.Actor(r), name); err != nil {
		if f.Problems = civic.FieldsOf(err); f.Problems == nil {
			return err
		}
		return s.renderBodies(w, r, http.StatusUnprocessableEntity, f)
	}
	return web.See(w, r, "/settings/bodies", ui.Good, "city.body_added")
}

func (s *Service) finish(w http.ResponseWriter, r *http.Request) error {
	if err := s.Finish(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return web.See(w, r, "/", ui.Good, "city.finished")
}

func (s *Service) showDays(w http.ResponseWriter, r *http.Request) error {
	days, err := s.Days(r.Context())
	if err != nil {
		return err
	}
	f := ui.Form{Values: url.Values{"days": {FormatDays(days)}}}
	return web.Render(w, r, http.StatusOK, daysForm(s.page(w, r, "days", f)))
}

func (s *Service) saveDays(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r)
	if err != nil {
		return err
	}
	err = s.SetDays(r.Context(), web.Actor(r), f.Value("days"))
	return s.answer(w, r, err, "/settings", func(problems []civic.FieldError) templ.Component {
		f.Problems = problems
		return daysForm(s.page(w, r, "days", f))
	})
}

// profilePage lists every threshold and deadline with its source: anybody may look.
type profilePage struct {
	ui.Page
	Rules   []RuleSet
	MayEdit bool
}

func (s *Service) showProfile(w http.ResponseWriter, r *http.Request) error {
	p := profilePage{Page: web.NewPage(w, r, web.L(r).T("city.profile_title")), Rules: s.Profile()}
	p.Lede, p.MayEdit = web.L(r).T("city.profile_lede"), web.Actor(r).Has(civic.Administrator)
	return web.Render(w, r, http.StatusOK, profileView(p))
}

type rulePage struct {
	settingsPage
	Set RuleSet
}

func (s *Service) rulePage(w http.ResponseWriter, r *http.Request, f ui.Form) (rulePage, error) {
	for _, set := range s.Profile() {
		if set.Setting.Key == r.PathValue("key") {
			p := rulePage{settingsPage: s.page(w, r, "rule", f), Set: set}
			p.Title = settingName(p.Page, set.Setting)
			p.Crumbs = []ui.Link{{Text: web.L(r).T("city.profile_title"), Path: "/rules"}}
			return p, nil
		}
	}
	return rulePage{}, civic.Fail(civic.NotFound, "web.not_found")
}

func (s *Service) showRule(w http.ResponseWriter, r *http.Request) error {
	p, err := s.rulePage(w, r, ui.Form{Values: url.Values{"from": {s.db.Now().In(s.zone).Format("2006-01-02")}}})
	if err != nil {
		return err
	}
	p.Form.Values.Set("value", strconv.FormatInt(p.Set.Now.Value, 10))
	return web.Render(w, r, http.StatusOK, ruleForm(p))
}

func (s *Service) saveRule(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r)
	if err != nil {
		return err
	}
	value, err := strconv.ParseInt(f.Value("value"), 10, 64)
	if err != nil {
		value = -1 // out of every range, so that the message names the range
	}
	err = s.SetRule(r.Context(), web.Actor(r), Rule{Key: r.PathValue("key"), From: f.Value("from"), Value: value, Source: f.Value("source")})
	if err == nil {
		return web.See(w, r, "/rules", ui.Good, "city.saved")
	}
	return web.Again(w, r, err, f, func(f ui.Form) (templ.Component, error) {
		p, err := s.rulePage(w, r, f)
		return ruleForm(p), err
	})
}
