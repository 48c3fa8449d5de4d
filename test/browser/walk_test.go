package browser_test

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// likeEach is how many pages of one kind a walk opens before it turns to other kinds: enough to meet
// the large consultation and the empty one, few enough for a record of a thousand acts.
const likeEach = 12

// walker walks a city as several people, and gives each page that looks the same to all of them once.
type walker struct {
	c     *city
	kinds *http.ServeMux
	seen  map[string]bool // pages with what they say
	met   map[string]bool // routes that somebody was shown
}

// walked is, of the pages of one kind, the one that says most.
type walked struct {
	path  string // in Kazakh
	says  string
	alike int // pages of its kind that were opened
}

// narrowing are what addresses are asked with that only leave things out of a list.
var narrowing = []string{"theme", "district", "state", "status", "body", "host", "kind", "phase", "year", "month", "q", "after", "before", "of", "free", "children", "rule"}

func newWalker(c *city) *walker {
	w := &walker{c: c, kinds: http.NewServeMux(), seen: map[string]bool{}, met: map[string]bool{}}
	for _, pattern := range w.routes() {
		w.kinds.HandleFunc("GET "+pattern, http.NotFound)
	}
	return w
}

// routes are the patterns of all pages of the city.
func (w *walker) routes() (patterns []string) {
	for _, rt := range w.c.Routes() {
		if rt.Method == "GET" && !rt.Plain && !forDevelopers(rt.Pattern) {
			patterns = append(patterns, rt.Pattern)
		}
	}
	return patterns
}

// forDevelopers tells the page of all components from those that people use.
func forDevelopers(pattern string) bool { return pattern == "/_styleguide" }

// walk goes through the Kazakh city as somebody, from every route that is an address by itself and by every
// link, and returns the Kazakh paths of the pages that nobody before was shown alike: of each kind the one that
// says most; of a list that is narrowed only one that says more than the whole list. A kind is a route and the names in the query; so the pages of a new
// part are tried with the others, and unmet tells when no link leads to one.
func (w *walker) walk(k *correspondent, start ...string) []string {
	k.t.Helper()
	found, queued, queue := map[string]walked{}, map[string]bool{}, append([]string{""}, start...)
	for _, pattern := range w.routes() {
		if !strings.Contains(pattern, "{") {
			queue = append(queue, pattern)
		}
	}
	for i := range queue {
		queue[i] = "/kk" + queue[i]
	}
	for len(queue) > 0 {
		page := queue[0]
		queue = queue[1:]
		route, kind := w.kindOf(page)
		was := found[kind]
		if kind == "" || was.alike == likeEach {
			continue
		}
		says, links, met := k.read(page)
		was.alike++
		w.met[route] = w.met[route] || met
		if len(says) > len(was.says) {
			was.path, was.says = page, says
		}
		found[kind] = was
		for _, l := range links {
			if !queued[l] {
				queued[l] = true
				queue = append(queue, l)
			}
		}
	}
	var pages []string
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		route, query, _ := strings.Cut(kind, "?")
		if slices.Contains(narrowing, query) && len(found[kind].says) <= len(found[route].says) {
			continue // it is the page of its route with less on it
		}
		if page := found[kind]; page.path != "" && !w.seen[page.path+page.says] {
			w.seen[page.path+page.says] = true
			pages = append(pages, page.path)
		}
	}
	return pages
}

// inRussian is the path of a Kazakh page in Russian.
func inRussian(page string) string { return "/ru" + strings.TrimPrefix(page, "/kk") }

// unmet fails for a route that nobody was shown and for which no reason is given.
func (w *walker) unmet(t *testing.T, reasons map[string]string) {
	t.Helper()
	for _, pattern := range w.routes() {
		switch reason := reasons[pattern]; {
		case !w.met[pattern] && reason == "":
			t.Errorf("nobody came to %s: link to it, or say why no link leads there", pattern)
		case w.met[pattern] && reason != "" && reason != byChance && reason != forAWhile:
			t.Errorf("%s was met, though %s", pattern, reason)
		}
	}
}

// kindOf names the route and the kind of the page at a path; "" is no Kazakh page. One
// filter after the other would be a walk without end, so addresses with more than one are left out.
func (w *walker) kindOf(page string) (route, kind string) {
	at, err := url.Parse(page)
	if err != nil || len(at.Query()) > 1 {
		return "", ""
	}
	path, ours := strings.CutPrefix(at.Path, "/kk")
	if !ours || path != "" && path[0] != '/' {
		return "", ""
	}
	_, pattern := w.kinds.Handler(&http.Request{Method: "GET", URL: &url.URL{Path: "/" + strings.TrimPrefix(path, "/")}})
	if pattern == "" {
		return "", ""
	}
	route = strings.TrimPrefix(pattern, "GET ")
	for name := range at.Query() {
		return route, route + "?" + name
	}
	return route, route
}

// read opens a page of the city and returns what its middle says, where its links lead, and whether there
// was something for this person: a page, a file, or the way to another page.
func (k *correspondent) read(page string) (says string, links []string, met bool) {
	k.t.Helper()
	r, err := k.client.Get(k.c.base + page)
	if err != nil {
		k.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.Request.URL.RequestURI() != page {
		links = append(links, r.Request.URL.RequestURI())
	}
	if r.StatusCode != http.StatusOK || len(links) > 0 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		_, _ = io.Copy(io.Discard, r.Body)
		return "", links, r.StatusCode == http.StatusOK
	}
	root, err := html.Parse(r.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.DataAtom == atom.Main {
			for m := range n.Descendants() {
				if m.Type == html.TextNode {
					says += m.Data
				}
			}
		}
		if n.DataAtom != atom.A {
			continue
		}
		for _, a := range n.Attr {
			if to, err := r.Request.URL.Parse(a.Val); a.Key == "href" && err == nil && to.Host == r.Request.URL.Host {
				links = append(links, to.RequestURI())
			}
		}
	}
	return says, links, true
}
