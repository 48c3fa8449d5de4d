package search

import (
	"net/http"
	"net/url"
	"strings"
	"time"

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
	return []web.Route{{Method: "GET", Pattern: Path, Query: []string{"q", "kind", "after"}, Heavy: true, Access: web.Everyone, Handler: s.show, Timeout: 10 * time.Second}}
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
	Text   string
	Kind   string // of the one kind that is shown, or ""
	Groups []Group
	First  string // the beginning of this kind, on its further pages
	Next   string
}

// address is that of the page for a query, which is made of the text, the kind and the place.
func address(text, kind, after string) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": text, "kind": kind, "after": after} {
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
	q := Query{Text: typed(values.Get("q")), Kind: values.Get("kind"), After: values.Get("after"), Most: perKind}
	p := page{Page: web.NewPage(w, r, l.T("search.title")), Text: q.Text, Kind: q.Kind, Form: ui.Form{Values: url.Values{"q": {q.Text}}}}
	p.Path, p.NoIndex, p.Search = address(q.Text, q.Kind, q.After), true, ""
	if q.Kind != "" {
		k, ok := s.kind(q.Kind)
		if !ok {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		p.Title, p.Crumbs = l.T(k.Found), []ui.Link{{Text: l.T("search.title"), Path: address(q.Text, "", "")}}
		q.Most = pageSize
	} else {
		p.Lede, q.After = l.T("search.lede"), ""
	}
	if q.Text == "" {
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
		p.First = address(q.Text, q.Kind, "")
	}
	if q.Kind != "" && len(p.Groups) == 1 && p.Groups[0].Next != "" {
		p.Next = address(q.Text, q.Kind, p.Groups[0].Next)
	}
	return web.Render(w, r, http.StatusOK, view(p))
}

// typed is what was typed as the page shows it again.
func typed(s string) string {
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
