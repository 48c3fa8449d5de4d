package city

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/workdays"
)

// The set-up is a row of pages, one thing each. An administrator walks through them once
// and comes back to any of them later.
var steps = []string{"city", "districts", "bodies"}

func (s *Service) routes() []web.Route {
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/settings", Access: web.Administrators, Handler: s.showFirst},
		{Method: "GET", Pattern: "/rules", Access: web.Everyone, Handler: s.showProfile,
			Topics: func(*http.Request) []string { return []string{Topic} }},
		{Method: "GET", Pattern: "/rules/days", Query: []string{"year"}, Access: web.Everyone, Handler: s.showCalendar,
			Topics: func(*http.Request) []string { return []string{Topic, TopicDay} }},
		{Method: "GET", Pattern: "/rules/days.csv", Access: web.Everyone, Handler: s.getDays, Plain: true},
	}, web.Forms(
		web.Form{Pattern: "/settings/city", Access: web.Administrators, Show: s.cityPage, Do: s.saveCity},
		web.Form{Pattern: "/settings/districts", Access: web.Administrators, Show: s.districtsPage, Do: s.saveDistricts},
		web.Form{Pattern: "/settings/finish", Page: "/settings/bodies", Access: web.Administrators, Do: s.finish, Button: true},
		web.Form{Pattern: "/settings/days", Access: web.Administrators, Show: s.daysPage, Do: s.saveDays},
		web.Form{Pattern: "/settings/days/file", Page: "/settings/days", Shown: "/settings/days", Access: web.Administrators, Show: s.daysPage, Do: s.readDays, MaxBody: workdays.MaxBytes + 1<<10},
		web.Form{Pattern: "/settings/rules/{key}", Access: web.Administrators, Fresh: true, Show: s.valuePage, Do: s.saveValue},
	))
}

// DistrictOptions are the districts as the choices of a form, behind the choice of none, whose name is
// the message none.
func (s *Settings) DistrictOptions(p ui.Page, none string) []ui.Option {
	out := []ui.Option{{Label: p.T(none)}}
	for _, d := range s.Districts {
		words, lang := p.Words(d.Name)
		out = append(out, ui.Option{Value: d.Code, Label: words, Lang: lang})
	}
	return out
}

// SettingsPage is one page of the set-up, of which Frame draws what is around the form.
type SettingsPage struct {
	ui.Page
	Form  ui.Form
	Steps []string // names; empty once the set-up is done
	Step  int
	Next  string
}

// Page starts a page of the set-up. Its title and lede are the texts city.STEP_title and city.STEP_lede.
func (s *Service) Page(w http.ResponseWriter, r *http.Request, step string, form ui.Form) SettingsPage {
	l := web.L(r)
	p := SettingsPage{Page: web.NewPage(w, r, l.T("city."+step+"_title")), Form: form}
	p.Lede, p.NoIndex = l.T("city."+step+"_lede"), true
	if !s.Current().Ready {
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

// saved goes on to the next page of the set-up, or back to the list once that is done.
func (s *Service) saved(next string) web.Next {
	if s.Current().Ready {
		next = "/settings"
	}
	return web.Done(next, "city.saved")
}

func (s *Service) showFirst(w http.ResponseWriter, r *http.Request) error {
	if !s.Current().Ready {
		return web.See(w, r, "/settings/"+steps[0], "", "")
	}
	p := s.Page(w, r, "settings", ui.Form{})
	p.Crumbs = nil
	return web.Render(w, r, http.StatusOK, settingsHome(p))
}

func (s *Service) cityPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		f.SetText("name", s.Current().Name)
		for _, l := range s.Current().Languages {
			f.Values.Add("languages", string(l))
		}
	}
	return cityForm(s.Page(w, r, "city", f)), nil
}

func (s *Service) saveCity(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var languages []civic.Lang
	for _, v := range f.Values["languages"] {
		if l, ok := civic.ParseLang(v); ok {
			languages = append(languages, l)
		}
	}
	err := s.Describe(r.Context(), web.Actor(r), f.Text("name"), languages)
	return s.saved("/settings/districts"), err
}

func (s *Service) districtsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		f.Values.Set("districts", FormatDistricts(s.Current().Districts))
	}
	return districtsForm(s.Page(w, r, "districts", f)), nil
}

func (s *Service) saveDistricts(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.SetDistricts(r.Context(), web.Actor(r), f.Value("districts"))
	return s.saved("/settings/bodies"), err
}

func (s *Service) finish(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done("/", "city.finished"), s.Finish(r.Context(), web.Actor(r))
}

// profilePage lists every threshold and deadline with its source: anybody may look.
type profilePage struct {
	ui.Page
	Values  []SettingValues
	MayEdit bool
}

func (s *Service) showProfile(w http.ResponseWriter, r *http.Request) error {
	p := profilePage{Page: web.NewPage(w, r, web.L(r).T("city.profile_title")), Values: s.Profile()}
	p.Lede, p.MayEdit = web.L(r).T("city.profile_lede"), web.Actor(r).Has(civic.Administrator)
	return web.Render(w, r, http.StatusOK, profileView(p))
}

type valuePage struct {
	SettingsPage
	Set SettingValues
}

func (s *Service) valuePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	for _, set := range s.Profile() {
		if set.Setting.Key != r.PathValue("key") {
			continue
		}
		if !f.Sent {
			f.Values.Set("from", s.DayOf(s.db.Now()))
			f.Values.Set("value", strconv.FormatInt(set.Now.Value, 10))
		}
		p := valuePage{SettingsPage: s.Page(w, r, "value", f), Set: set}
		p.Title = settingName(p.Page, set.Setting)
		p.Crumbs = []ui.Link{{Text: web.L(r).T("city.profile_title"), Path: "/rules"}}
		return valueForm(p), nil
	}
	return nil, civic.Fail(civic.NotFound, "web.not_found")
}

func (s *Service) saveValue(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	value, err := strconv.ParseInt(f.Value("value"), 10, 64)
	if err != nil {
		value = -1 // out of every range, so that the message names the range
	}
	err = s.SetValue(r.Context(), web.Actor(r), Value{Key: r.PathValue("key"), From: f.Value("from"), Value: value, Source: f.Value("source")})
	return web.Done("/rules", "city.saved"), err
}
