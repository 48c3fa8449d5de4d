package search

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	perKind  = 5   // hits of each kind on the page over all kinds
	pageSize = 20  // hits on a page of one kind
	maxText  = 200 // characters of a query
)

func (s *Service) routes() []web.Route {
	return []web.Route{{Method: "GET", Pattern: Path, Query: []string{"q", "district", "theme", "kind", "after"}, Heavy: true, Access: web.Everyone, Handler: s.show, Timeout: 10 * time.Second}}
}

// Path is the address of the page, without the language.
const Path = "/search"

// newLimiter bounds how often one network searches: what a hall of people can type, and no
// program needs.
func newLimiter(clock civic.Clock) *web.Limiter {
	return &web.Limiter{Burst: func(string) int { return 300 }, Per: 5 * time.Minute, Clock: clock}
}

type page struct {
	ui.Page
	Form   ui.Form
	Query  Query // Kind is that of the one kind that is shown, or ""
	City   *city.Settings
	Groups []Group
	First  string // the beginning of this kind, on its further pages
	Next   string
}

// address is that of the page for a query.
func address(q Query) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.Text, "district": q.About.District, "theme": q.About.Theme, "kind": q.Kind, "after": q.After} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return Path
	}
	return Path + "?" + v.Encode()
}

// show is the page of /search. It is never kept, for what it finds depends on everything.
func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	values, l := r.URL.Query(), web.L(r)
	settings := s.city.Current()
	q := Query{Text: Typed(values.Get("q")), About: settings.Known(city.Scope{District: values.Get("district"), Theme: values.Get("theme")}), Kind: values.Get("kind"), After: values.Get("after"), Most: perKind}
	p := page{Page: web.NewPage(w, r, l.T("search.title")), City: settings, Form: ui.Form{Values: url.Values{"q": {q.Text}, "district": {q.About.District}, "theme": {q.About.Theme}}}}
	p.Path, p.NoIndex, p.Search = address(q), true, ""
	if q.Kind != "" {
		k, ok := s.kind(q.Kind)
		if !ok {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		p.Title, p.Crumbs = l.T(k.Found), []ui.Link{{Text: l.T("search.title"), Path: address(Query{Text: q.Text, About: q.About})}}
		q.Most = pageSize
	} else {
		p.Lede, q.After = l.T("search.lede"), ""
		s.nameAfter(&p, q)
	}
	p.Query = q
	if !q.asks() {
		return web.Render(w, r, http.StatusOK, view(p))
	}
	if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
		return err
	}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) { p.Groups, err = s.Find(tx, web.Actor(r), q); return err })
	if err != nil {
		return err
	}
	if q.After != "" {
		p.First = address(p.of(q.Kind, ""))
	}
	if q.Kind != "" && len(p.Groups) == 1 && p.Groups[0].Next != "" {
		p.Next = address(p.of(q.Kind, p.Groups[0].Next))
	}
	return web.Render(w, r, http.StatusOK, view(p))
}

// nameAfter calls the page what it shows when that is no more than a district, a theme or both.
func (s *Service) nameAfter(p *page, q Query) {
	if q.Text != "" || !q.asks() {
		return
	}
	var names []string
	if d, found := p.City.District(q.About.District); found {
		names = append(names, p.L.Text(d.Name))
	}
	if t, found := city.ThemeOf(q.About.Theme); found {
		names = append(names, p.L.Text(t.Name))
	}
	p.Title, p.Lede = strings.Join(names, " · "), p.T("search.about_lede")
	p.Crumbs = []ui.Link{{Text: p.T("search.title"), Path: Path}}
}

// asks reports whether there is anything to look for.
func (q Query) asks() bool { return q.Text != "" || q.About != (city.Scope{}) }

// of is the page's query for one kind, from a place on.
func (p page) of(kind, after string) Query {
	return Query{Text: p.Query.Text, About: p.Query.About, Kind: kind, After: after}
}

// follow is what one follows to hear of what else will be found. A district or a theme alone is followed itself.
func (p page) follow() civic.Ref {
	if alone := p.Query.About.Followed(); p.Query.Text == "" && len(alone) == 1 {
		return alone[0]
	}
	return QueryRef(p.Query.Text, p.Query.About)
}

// Typed is what was typed, as far as it is looked for and shown again.
func Typed(s string) string {
	runes := []rune(strings.TrimSpace(strings.ToValidUTF8(s, " ")))
	return strings.TrimSpace(string(runes[:min(len(runes), maxText)]))
}

// total writes how many there are.
func (p page) total(g Group) string {
	if g.Total > maxCounted {
		return p.L.Number(maxCounted) + "+"
	}
	return p.L.Number(g.Total)
}
