package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/platform/web"
)

// The check finds a cached page that would look different now. It allows a page whose topic has
// changed, which is made anew anyway, and a page that only says when it was made.
func TestAPageThatLeavesOutATopicIsFound(t *testing.T) {
	things := 1
	count := func(w http.ResponseWriter, r *http.Request) error {
		return web.Write(w, r, "text/html", fmt.Appendf(nil, "%d things", things))
	}
	none := func(*http.Request) []string { return nil }
	x := func(*http.Request) []string { return []string{"x"} }
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes,
			web.Route{Method: "GET", Pattern: "/forgets", Query: []string{"page"}, Access: web.Everyone, Handler: count, Topics: none},
			web.Route{Method: "GET", Pattern: "/names", Access: web.Everyone, Handler: count, Topics: x})
	})
	overtaken := func() []string {
		pages, err := c.Overtaken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return pages
	}
	for _, path := range []string{"/kk", "/kk/forgets?page=2", "/kk/names"} {
		c.get(path)
	}
	if got := overtaken(); got != nil {
		t.Errorf("nothing has changed, and %v are said to be overtaken", got)
	}
	things++
	c.version.Add(1)
	if got, want := overtaken(), []string{"/kk/forgets?page=2"}; !slices.Equal(got, want) {
		t.Errorf("overtaken: %v, want %v", got, want)
	}
}
