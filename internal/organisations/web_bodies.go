package organisations

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// bodiesPage is the step of the city's set-up in which the state bodies are named.
func (s *Service) bodiesPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	var bodies []Named
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) { bodies, err = s.Bodies(tx); return err })
	return bodiesForm(s.city.Page(w, r, "bodies", f), bodies), err
}

func (s *Service) addBody(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done("/settings/bodies", "organisations.body_added"), s.AddBody(r.Context(), web.Actor(r), f.Text("name"))
}
