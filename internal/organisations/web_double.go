package organisations

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type doublePage struct {
	ui.Page
	Form      ui.Form
	ID        civic.ID
	Name      civic.Text
	Alike     []Item
	Districts []District
	Pair      Pair // of the check page
}

func (s *Service) doublePage(w http.ResponseWriter, r *http.Request, f ui.Form) (doublePage, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return doublePage{}, err
	}
	v, err := s.Get(r.Context(), web.Actor(r), id)
	if err != nil {
		return doublePage{}, err
	}
	l := web.L(r)
	p := doublePage{Page: web.NewPage(w, r, l.T("organisations.double_title")), Form: f, ID: id, Name: v.Name, Districts: s.districts()}
	p.NoIndex, p.Crumbs = true, s.crumbs(l, p.LinkTo(PathOf(id), v.Name))
	return p, nil
}

func (s *Service) pageDouble(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.doublePage(w, r, f)
	if err != nil {
		return nil, err
	}
	p.SetLede("organisations.double_lede", "Name", p.Name)
	p.Alike, err = s.Alike(r.Context(), web.Actor(r), p.ID)
	return doubleView(p), err
}

// checkUnite shows both entries side by side, and which values stay.
func (s *Service) checkUnite(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.doublePage(w, r, f)
	if err != nil {
		return nil, err
	}
	p.Pair, err = s.Pair(r.Context(), web.Actor(r), p.ID, f.Value("double"))
	return doubleCheckView(p), err
}

func (s *Service) unite(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := idOf(r, "id")
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(PathOf(id), "organisations.double_done"), s.Unite(r.Context(), web.Actor(r), id, f.Value("double"))
}

// led leads from the address of a former double to the same page of the entry that stands for it.
func (s *Service) led(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h(w, r)
		id := civic.ID(r.PathValue("id"))
		if civic.CodeOf(err) != civic.NotFound {
			return err
		}
		kept, moved, found := s.movedTo(r.Context(), id)
		if found != nil || !moved {
			return err
		}
		return web.See(w, r, strings.Replace(r.URL.Path, PathOf(id), PathOf(kept), 1), "", "")
	}
}
