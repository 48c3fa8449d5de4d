package organisations

import (
	"net/http"

	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// mapPage shows where the offices are, with the list beside the map.
type mapPage struct {
	listPage
	Places   *places.Service
	District string
}

func (s *Service) pageMap(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := queryOf(v)
	q.Placed = true
	found, err := s.List(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := mapPage{Places: s.places, District: q.District,
		listPage: listPage{Page: web.NewPage(w, r, l.T("organisations.map_title")), Form: ui.Form{Values: v}, Found: found, Districts: s.districts()}}
	p.Lede, p.Crumbs = l.T("organisations.map_lede"), s.crumbs(l)
	p.Narrowed, p.NoIndex = web.Narrowed(r, narrowing...) != "", v.Get("q") != ""
	p.page(found)
	return web.Render(w, r, http.StatusOK, mapView(p))
}

func (p mapPage) pins() (pins []places.Pin) {
	for _, it := range p.Found.Items {
		at, _ := places.ParsePoint(it.Point)
		pins = append(pins, places.Pin{At: at, Title: p.L.Text(it.Name)})
	}
	return pins
}
