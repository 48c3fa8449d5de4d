package blueprint

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/blueprint/archive"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	citiesPath = "/cities"
	deskPath   = "/settings/blueprint"
	openPath   = "/settings/open"
	mostShown  = 40 // proposals on one page; the next come when these are decided
)

func offersPath(id civic.ID) string { return deskPath + "/" + string(id) }

// newFetcher asks others' servers: over TLS, on the public Internet alone, without following them elsewhere.
func newFetcher() fetcher {
	client := web.ClientUpTo(time.Minute, false, archive.MaxBytes+1)
	return func(ctx context.Context, address string) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: the server answers %s", address, resp.Status)
		}
		return io.ReadAll(resp.Body)
	}
}

type citiesPage struct {
	ui.Page
	Own     Version // No 0: the record is not open yet
	Cities  []Followed
	Takings []Taking
}

// showCities is the directory: this city's blueprint, and those that it follows.
func (s *Service) showCities(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	p := citiesPage{Page: web.NewPage(w, r, l.T("blueprint.cities_title"))}
	p.Lede = l.T("blueprint.cities_lede")
	var err error
	if p.Own, p.Cities, p.Takings, err = s.directory(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, citiesView(p))
}

type deskPage struct {
	citiesPage
	Form   ui.Form
	Offers map[civic.ID]int
}

func (s *Service) deskPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	l := web.L(r)
	p := deskPage{citiesPage: citiesPage{Page: web.NewPage(w, r, l.T("blueprint.desk_title"))}, Form: f, Offers: map[civic.ID]int{}}
	p.Lede, p.NoIndex, p.Crumbs = l.T("blueprint.desk_lede"), true, []ui.Link{{Text: l.T("city.settings_title"), Path: "/settings"}}
	var err error
	if p.Own, p.Cities, p.Takings, err = s.directory(r.Context()); err != nil {
		return nil, err
	}
	for _, c := range p.Cities {
		_, _, offers, err := s.Offered(r.Context(), c.ID)
		if err != nil {
			return nil, err
		}
		p.Offers[c.ID] = len(offers)
	}
	return deskView(p), nil
}

func (s *Service) doFollow(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	_, err := s.Follow(r.Context(), web.Actor(r), f.Value("address"), f.Value("key"))
	return web.Done(deskPath, "blueprint.followed"), err
}

func (s *Service) doUnfollow(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath, "blueprint.unfollowed"), s.Unfollow(r.Context(), web.Actor(r), civic.ID(r.PathValue("id")))
}

func (s *Service) doUndo(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	_, _, err := s.Undo(r.Context(), web.Actor(r))
	return web.Done(deskPath, "blueprint.undone"), err
}

// offersPage lists proposals with a choice for each.
type offersPage struct {
	ui.Page
	Form   ui.Form
	City   Followed
	Offers []archive.Difference
	More   int
}

func (s *Service) offersPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	l := web.L(r)
	c, _, offers, err := s.Offered(r.Context(), civic.ID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	p := offersPage{Page: web.NewPage(w, r, l.T("blueprint.offers_title", "City", c.Host())), Form: f, City: c, Offers: offers[:min(len(offers), mostShown)], More: len(offers) - min(len(offers), mostShown)}
	p.Lede, p.NoIndex = l.T("blueprint.offers_lede"), true
	p.Crumbs = []ui.Link{{Text: l.T("city.settings_title"), Path: "/settings"}, {Text: l.T("blueprint.desk_title"), Path: deskPath}}
	return offersView(p), nil
}

// doTake carries the choices out.
func (s *Service) doTake(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id := civic.ID(r.PathValue("id"))
	choice := Choice{Only: map[string]bool{}, Theirs: map[string]bool{}, Mine: map[string]bool{}}
	_, _, offers, err := s.Offered(r.Context(), id)
	if err != nil {
		return web.Next{}, err
	}
	for _, d := range offers {
		switch f.Value(d.ID()) {
		case "take":
			choice.Only[d.ID()] = true
		case "keep":
			choice.Mine[d.ID()] = true
		}
	}
	if len(choice.Only)+len(choice.Mine) == 0 {
		return web.Next{}, civic.Fail(civic.Invalid, "blueprint.choose")
	}
	var version int64
	_, _ = fmt.Sscan(f.Value("version"), &version) // what is no number is no version that came
	out, err := s.TakeOffered(r.Context(), web.Actor(r), id, version, choice)
	for _, o := range out {
		if err == nil && o.Refused.Key != "" {
			err = civic.Fail(civic.Conflict, "blueprint.some_refused", "Item", o.ID(), "Why", o.Refused)
		}
	}
	return web.Done(deskPath, "blueprint.decided"), err
}

// question is a question about the city, on the page of those that are open.
type question struct {
	part.Unknown
	Open bool
}

type openPage struct {
	ui.Page
	Questions []question
	Answered  int
}

func (s *Service) openPage(w http.ResponseWriter, r *http.Request, _ ui.Form) (templ.Component, error) {
	l := web.L(r)
	p := openPage{Page: web.NewPage(w, r, l.T("blueprint.open_title"))}
	p.Lede, p.NoIndex, p.Crumbs = l.T("blueprint.open_lede"), true, []ui.Link{{Text: l.T("city.settings_title"), Path: "/settings"}}
	open, err := s.Open(r.Context())
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, u := range open {
		asked[u.Name] = true
	}
	for _, u := range s.unknown {
		p.Questions = append(p.Questions, question{u, asked[u.Name]})
	}
	p.Answered = len(s.unknown) - len(open)
	return openView(p), nil
}

func (s *Service) doClose(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(openPath, "blueprint.closed"), s.Close(r.Context(), web.Actor(r), f.Value("question"))
}
