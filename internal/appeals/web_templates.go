package appeals

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const onTemplate = templatesPath + "/{template}"

func (s *Service) templateForms() []web.Form {
	return []web.Form{
		{Pattern: templatesPath, Access: web.Officers, Show: s.templatesPage, Do: s.newTemplate, Field: "name"},
		{Pattern: onTemplate, Access: web.Officers, Show: s.templatePage, Do: s.saveTemplate, Field: "name"},
		{Pattern: onTemplate + "/delete", Page: onTemplate, Access: web.Officers, Do: s.deleteTemplate, Button: true},
	}
}

type templatesPage struct {
	page
	All    []Template
	One    Template                         // to be changed; of nobody on the page of all
	Bodies map[civic.ID]organisations.Named // of the reader
}

// bodyOptions lists the reader's bodies.
func (p templatesPage) bodyOptions() (out []ui.Option) {
	for _, id := range p.Actor.Scopes(civic.Officer) {
		words, lang := p.Words(p.Bodies[id].Name)
		out = append(out, ui.Option{Value: string(id), Label: words, Lang: lang})
	}
	return out
}

func (s *Service) templatesPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p templatesPage, err error) {
	p = templatesPage{page: s.pageOf(w, r, web.L(r).T(title))}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.deskLink()}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		p.Bodies, err = s.city.Organisations.Named(tx, p.Actor.Scopes(civic.Officer))
		return err
	})
	return p, err
}

func (s *Service) templatesPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.templatesPageOf(w, r, "appeals.templates", f)
	if err == nil {
		p.All, err = s.Templates(r.Context(), p.Actor)
	}
	p.Lede = p.T("appeals.templates_lede")
	return templatesView(p), err
}

func (s *Service) templatePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	t, err := s.Template(r.Context(), web.Actor(r), templateID(r))
	if err != nil {
		return nil, err
	}
	p, err := s.templatesPageOf(w, r, "appeals.template_change", f)
	p.One, p.Crumbs = t, append(p.Crumbs, ui.Link{Text: p.T("appeals.templates"), Path: templatesPath})
	if !f.Sent {
		p.Form.Values.Set("name", t.Name)
		p.Form.SetText("words", t.Words)
	}
	return templateView(p), err
}

func templateID(r *http.Request) civic.ID { return civic.ID(r.PathValue("template")) }

func (s *Service) newTemplate(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	t := Template{Body: civic.ID(f.Value("body")), Name: f.Value("name"), Words: f.Text("words")}
	if of := web.Actor(r).Scopes(civic.Officer); t.Body == "" && len(of) == 1 {
		t.Body = of[0]
	}
	_, err := s.KeepTemplate(r.Context(), web.Actor(r), t)
	return web.Done(templatesPath, "appeals.template_kept"), err
}

func (s *Service) saveTemplate(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	_, err := s.KeepTemplate(r.Context(), web.Actor(r), Template{ID: templateID(r), Name: f.Value("name"), Words: f.Text("words")})
	return web.Done(templatesPath, "appeals.template_kept"), err
}

func (s *Service) deleteTemplate(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(templatesPath, "appeals.template_gone"), s.DropTemplate(r.Context(), web.Actor(r), templateID(r))
}

// inserted puts the words of the chosen template into the answer that is being written, and reports whether there were any to put.
func (p workPage) inserted(f ui.Form) bool {
	t, found := templateFor(p.Templates, civic.ID(f.Value("template")), p.Case.Body)
	f.Values.Del("template")
	if !found {
		return false
	}
	was, becomes := f.Text("reason"), t.Insert(f.Text("reason"))
	f.SetText("reason", becomes)
	for lang, words := range becomes {
		if words != was[lang] {
			return true
		}
	}
	return false
}

// templateOptions lists the templates of the body of the case.
func (p workPage) templateOptions() []ui.Option {
	out := []ui.Option{{Label: p.T("appeals.template_none")}}
	for _, t := range p.Templates {
		if t.Body == p.Case.Body {
			out = append(out, ui.Option{Value: string(t.ID), Label: t.Name})
		}
	}
	return out
}
