package moderation

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// RulesPath is the address of the rule book, without the language; editPath that where it is changed.
const (
	RulesPath = "/moderation/rules"
	editPath  = "/administration/moderation"
)

func (s *Service) ruleRoutes() []web.Route {
	book := func(*http.Request) []string { return []string{Topic} }
	return append([]web.Route{
		{Method: "GET", Pattern: RulesPath, Access: web.Everyone, Handler: s.showBook, Topics: book},
		{Method: "GET", Pattern: RulesPath + "/{rule}", Access: web.Everyone, Handler: s.showRule, Topics: book},
		{Method: "GET", Pattern: editPath, Access: web.Administrators, Handler: s.showEdit},
	}, web.Forms(
		web.Form{Pattern: editPath + "/new", Access: web.Administrators, Fresh: true, Show: s.newRule, Check: s.ruleCheck, Do: s.writeRule},
		web.Form{Pattern: editPath + "/{rule}", Access: web.Administrators, Fresh: true, Show: s.editRule, Check: s.ruleCheck, Do: s.writeRule},
	)...)
}

type bookPage struct {
	ui.Page
	Rules []Rule
	Edit  bool
}

func (s *Service) showBook(w http.ResponseWriter, r *http.Request) error {
	p := bookPage{Page: web.NewPage(w, r, web.L(r).T("moderation.book_title")), Rules: s.Book().Rules()}
	p.Lede = p.T("moderation.book_lede")
	p.Crumbs = []ui.Link{{Text: p.T("moderation.log_title"), Path: LogPath}}
	return web.Render(w, r, http.StatusOK, bookView(p))
}

func (s *Service) showEdit(w http.ResponseWriter, r *http.Request) error {
	p := bookPage{Page: web.NewPage(w, r, web.L(r).T("moderation.nav_book")), Rules: s.Book().Rules(), Edit: true}
	p.Lede, p.NoIndex = p.T("moderation.nav_book_lede"), true
	return web.Render(w, r, http.StatusOK, bookView(p))
}

type rulePage struct {
	ui.Page
	Versions []Rule // the newest first
}

func (s *Service) showRule(w http.ResponseWriter, r *http.Request) error {
	all := s.Book().Versions(r.PathValue("rule"))
	if len(all) == 0 {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	p := rulePage{Page: web.NewPage(w, r, "")}
	for _, v := range all {
		p.Versions = append([]Rule{v}, p.Versions...)
	}
	p.SetName(p.Versions[0].Title)
	p.Crumbs = []ui.Link{{Text: p.T("moderation.log_title"), Path: LogPath}, {Text: p.T("moderation.book_title"), Path: RulesPath}}
	return web.Render(w, r, http.StatusOK, ruleView(p))
}

type editPage struct {
	ui.Page
	Form   ui.Form
	Rule   Rule // the newest version; of a new rule zero
	Action string
}

func (s *Service) editForm(w http.ResponseWriter, r *http.Request, f ui.Form, title string) editPage {
	p := editPage{Page: web.NewPage(w, r, web.L(r).T(title)), Form: f, Action: r.URL.Path}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("moderation.nav_book"), Path: editPath}}
	return p
}

func (s *Service) newRule(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		f.Values.Set("about", string(Words))
		f.Values.Set("in_force", "yes")
	}
	p := s.editForm(w, r, f, "moderation.rule_new")
	p.Action = editPath + "/new"
	return ruleEditView(p), nil
}

func (s *Service) editRule(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	newest := s.Book().Newest(r.PathValue("rule"))
	if newest.Version == 0 {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	if !f.Sent {
		f.SetText("title", newest.Title)
		f.SetText("text", newest.Text)
		f.Values.Set("version", strconv.FormatInt(newest.Version, 10))
		if newest.InForce {
			f.Values.Set("in_force", "yes")
		}
	}
	p := s.editForm(w, r, f, "moderation.rule_edit")
	p.Rule, p.Action = newest, editPath+"/"+newest.Name
	return ruleEditView(p), nil
}

// ruleOf is the version as it was typed.
func ruleOf(r *http.Request, f ui.Form) Rule {
	rule := Rule{Name: r.PathValue("rule"), Title: f.Text("title"), Text: f.Text("text"), About: About(f.Value("about")), InForce: f.Value("in_force") == "yes"}
	if rule.Name == "" {
		rule.Name = f.Value("name")
	}
	rule.Version, _ = strconv.ParseInt(f.Value("version"), 10, 64)
	return rule
}

// ruleCheck asks before a version is written: it stays for ever.
func (s *Service) ruleCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	next, err := s.next(web.Actor(r), ruleOf(r, f))
	if err != nil {
		return nil, err
	}
	p := s.editForm(w, r, f, "moderation.rule_check")
	p.Lede, p.Rule = p.T("moderation.rule_check_lede"), next
	p.Action = editPath + "/new"
	if next.Version > 1 {
		p.Action = editPath + "/" + next.Name
	}
	return ruleCheckView(p), nil
}

func (s *Service) writeRule(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(editPath, "moderation.rule_written"), s.Write(r.Context(), web.Actor(r), ruleOf(r, f))
}

// RuleOptions are the rules by which something of that sort may be removed, as the choices of a form.
func (s *Service) RuleOptions(p ui.Page, about About) []ui.Option {
	out := []ui.Option{{Label: p.T("moderation.choose_rule")}}
	for _, r := range s.Book().InForce(about) {
		title, lang := p.Words(r.Title)
		out = append(out, ui.Option{Value: string(r.ID()), Label: title, Lang: lang})
	}
	return out
}
