package laws

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	onePattern = root + "/{code}"
	deskPath   = "/desk/laws"
)

func (s *Service) routes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.list},
		web.List(web.Reading{Pattern: root, Summary: "Laws that things in the city rest on"}, s.apiList),
		web.One(web.Reading{Pattern: root + "/{id}", Summary: "A law", Path: map[string]string{"id": "Code of the law, as the list gives it"}}, s.apiOne),
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.one},
		web.Page(deskPath, web.Hosts, s.deskPage),
	}, web.Forms(
		web.Form{Pattern: root + "/enter", Access: web.Administrators, Show: s.enterPage, Do: s.enter},
		web.Form{Pattern: deskPath + "/looked", Page: deskPath, Access: web.Hosts, Do: s.looked, Button: true},
	)...)
}

type listed struct {
	Law
	Latest string
	Citing int64
}

// listed are all laws, with the day of their latest edition and how many things cite them.
func (s *Service) listed(ctx context.Context) (out []listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := allLaws(tx, mostLaws)
		if err != nil {
			return err
		}
		for _, l := range all {
			x := listed{Law: l}
			if x.Latest, err = latestDay(tx, l.Code); err != nil {
				return err
			}
			if x.Citing, err = countCiting(tx, l.Code, 1); err != nil {
				return err
			}
			out = append(out, x)
		}
		return nil
	})
	return out, err
}

type listPage struct {
	ui.Page
	Laws []listed
}

func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	p := listPage{Page: web.NewPage(w, r, web.L(r).T("laws.nav"))}
	p.Lede = p.T("laws.nav_lede")
	var err error
	p.Laws, err = s.listed(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	ui.Page
	Law          Law
	Redactions   []Redaction
	Citing       []part.Resolved
	Certificates int64
}

func (s *Service) one(w http.ResponseWriter, r *http.Request) error {
	p := onePage{Page: web.NewPage(w, r, "")}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if p.Law, err = findLaw(tx, r.PathValue("code")); err != nil {
			return err
		}
		if p.Redactions, err = redactionsOf(tx, p.Law.Code, mostRedactions); err != nil {
			return err
		}
		refs, err := citing(tx, p.Law.Code, mostCiting)
		if err != nil {
			return err
		}
		named, err := s.declared.Titles(tx, p.Actor, refs)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if n, there := named[ref]; there {
				p.Citing = append(p.Citing, n)
			}
		}
		p.Certificates, err = countCiting(tx, p.Law.Code, 0)
		return err
	})
	if err != nil {
		return err
	}
	p.SetName(p.Law.Title)
	p.Crumbs = []ui.Link{{Text: p.T("laws.nav"), Path: root}}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

type enterPage struct {
	ui.Page
	Form ui.Form
	Laws []ui.Option
}

func (s *Service) enterPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := enterPage{Page: web.NewPage(w, r, web.L(r).T("laws.enter")), Form: f, Laws: []ui.Option{{Label: web.L(r).T("laws.choose")}}}
	p.Lede, p.NoIndex = p.T("laws.enter_lede"), true
	p.Crumbs = []ui.Link{{Text: p.T("laws.nav"), Path: root}}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := allLaws(tx, mostLaws)
		for _, l := range all {
			words, lang := p.Words(l.Title)
			p.Laws = append(p.Laws, ui.Option{Value: l.Code, Label: words, Lang: lang})
		}
		return err
	})
	return enterView(p), err
}

func (s *Service) enter(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	day := ""
	if at := f.Day("day", s.city.Zone()); !at.IsZero() {
		day = at.Format("2006-01-02")
	}
	_, err := s.Enter(r.Context(), web.Actor(r), Redaction{Law: f.Value("law"), Day: day, What: f.Text("what"), Source: strings.TrimSpace(f.Value("source"))})
	return web.Done(Path(CodeOf(f.Value("law"))), "laws.entered"), err
}

type taskLine struct {
	Task
	Named part.Resolved
}

type deskPage struct {
	ui.Page
	Tasks []taskLine
	Cal   civic.Calendar
}

const mostShown = 30

func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, _ ui.Form) (templ.Component, error) {
	p := deskPage{Page: web.NewPage(w, r, web.L(r).T("laws.nav_desk")), Cal: s.city.Calendar()}
	p.Lede, p.NoIndex = p.T("laws.nav_desk_lede"), true
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.Tasks(tx, p.Actor, mostShown)
		if err != nil {
			return err
		}
		var refs []civic.Ref
		for _, t := range all {
			refs = append(refs, t.Of)
		}
		named, err := s.declared.Titles(tx, p.Actor, refs)
		for _, t := range all {
			if n, there := named[t.Of]; there {
				p.Tasks = append(p.Tasks, taskLine{t, n})
			}
		}
		return err
	})
	return deskView(p), err
}

func (s *Service) looked(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	of, ok := civic.ParseRef(f.Value("of"))
	if !ok {
		return web.Next{}, notThere()
	}
	return web.Done(deskPath, "laws.was_looked"), s.Looked(r.Context(), web.Actor(r), of, f.Value("law"))
}
