package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/web"
)

// slow is a route whose answers wait until the test lets them go.
type slow struct {
	arrived chan struct{}
	let     chan struct{}
	made    atomic.Int64
}

func newSlow() *slow { return &slow{arrived: make(chan struct{}, 1000), let: make(chan struct{})} }

func (s *slow) route(rt web.Route) web.Route {
	rt.Method, rt.Access = "GET", web.Everyone
	rt.Handler = func(w http.ResponseWriter, r *http.Request) error {
		s.made.Add(1)
		s.arrived <- struct{}{}
		select {
		case <-s.let:
		case <-r.Context().Done():
		}
		return web.Write(w, r, "text/plain", []byte("done "+r.URL.RawQuery))
	}
	return rt
}

// ask gets a page for somebody at an address. That person may leave before the answer.
func (c *city) ask(ctx context.Context, from, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "GET", "http://city.test"+path, nil)
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func topics(*http.Request) []string { return []string{"x"} }

// Sixty-four readers ask for a page that is not cached. It is made once and all of them wait
// for it.
func TestAPageIsMadeOnceForAllWhoAskAtOnce(t *testing.T) {
	s := newSlow()
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes, s.route(web.Route{Pattern: "/dear", Topics: topics}))
	})
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if w := c.get("/kk/dear"); w.Body.String() != "done " {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	<-s.arrived
	close(s.let)
	all.Wait()
	if n := s.made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
}

// A reader who leaves while somebody else makes the page does not stop it, and waits no longer.
// The error page is made although the time of the request is over.
func TestWhoGoesAwayWhileAPageIsMade(t *testing.T) {
	s := newSlow()
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes, s.route(web.Route{Pattern: "/dear", Topics: topics}))
	})
	var all sync.WaitGroup
	all.Go(func() {
		if w := c.get("/en/dear"); w.Code != 200 {
			t.Errorf("the first: %d", w.Code)
		}
	})
	<-s.arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if w := c.ask(ctx, "192.0.2.1:1234", "/en/dear"); w.Code != 503 || !strings.Contains(w.Body.String(), "This took too long. Try again in 30 seconds.") || !strings.HasSuffix(w.Body.String(), "</html>") {
		t.Errorf("the one who went away: %d %s", w.Code, w.Body)
	}
	close(s.let)
	all.Wait()
}

// Of one network, eight requests for heavy pages are running or waiting. The ninth is refused
// with a message and a time. Somebody elsewhere gets their turn after those that came first.
func TestHeavyAnswersAreBounded(t *testing.T) {
	for name, rt := range map[string]web.Route{"kept": {Pattern: "/dear", Query: []string{"n"}, Topics: topics, Heavy: true}, "streamed": {Pattern: "/dear", Query: []string{"n"}, Heavy: true, Plain: true}} {
		t.Run(name, func(t *testing.T) {
			s, path, words := newSlow(), "/en/dear?n=", "Try again in 10 seconds"
			if rt.Plain {
				path, words = "/dear?n=", `"status":503`
			}
			c := newCity(t, func(cfg *web.Config) { cfg.Routes = append(cfg.Routes, s.route(rt)) })
			var all sync.WaitGroup
			refused := make(chan string, 64)
			for i := range 20 {
				all.Go(func() {
					w := c.ask(t.Context(), "192.0.2.7:1234", path+strconv.Itoa(i))
					if w.Code == 503 {
						refused <- w.Header().Get("Retry-After") + " " + w.Body.String()
					} else if w.Code != 200 {
						t.Errorf("%d", w.Code)
					}
				})
			}
			for range 12 {
				if said := <-refused; !strings.HasPrefix(said, "10 ") || !strings.Contains(said, words) {
					t.Errorf("sent away with %.400s", said)
				}
			}
			all.Go(func() {
				if w := c.ask(t.Context(), "198.51.100.1:99", path+"another"); w.Code != 200 {
					t.Errorf("another network: %d", w.Code)
				}
			})
			close(s.let)
			all.Wait()
			if len(refused) > 0 || s.made.Load() != 9 {
				t.Errorf("made %d answers, want 8 and that of another network", s.made.Load())
			}
		})
	}
}

// Pages without a query stay in the cache, whatever addresses somebody makes up.
func TestQueriesCrowdOutOnlyEachOther(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) { cfg.CacheBytes = 1 << 20 })
	c.get("/kk/thing/a")
	calls := c.calls.Load()
	for i := range 3000 {
		c.get(fmt.Sprintf("/kk/thing/a?q=%d", i))
	}
	if c.calls.Load() != calls+3000 {
		t.Error("the queries are not pages of their own")
	}
	if c.get("/kk/thing/a"); c.calls.Load() != calls+3000 {
		t.Error("the page was crowded out")
	}
}

// A class behind one address opens a dear page that is not kept, all at once: everybody gets it, one after the other.
func TestAClassOpensOnePageAtOnce(t *testing.T) {
	s := newSlow()
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes, s.route(web.Route{Pattern: "/one", Heavy: true}))
	})
	close(s.let)
	var wg sync.WaitGroup
	var refused atomic.Int64
	for range web.ClassPerNetwork {
		wg.Go(func() {
			if w := c.ask(t.Context(), "192.0.2.1:99", "/kk/one"); w.Code != http.StatusOK {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if refused.Load() > 0 {
		t.Errorf("%d of %d were refused", refused.Load(), web.ClassPerNetwork)
	}
}

// Addresses of things that one after the other asks for do not crowd out what everybody needs.
func TestWhatEverybodyNeedsIsKept(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) { cfg.CacheBytes = 1 << 20 })
	c.get("/kk/thing/home")
	for i := range 3000 {
		c.get(fmt.Sprintf("/kk/thing/%d", i))
		if i%50 != 0 {
			continue
		}
		calls := c.calls.Load()
		if c.get("/kk/thing/home"); c.calls.Load() != calls {
			t.Fatalf("after %d others the page was crowded out", i)
		}
	}
	calls := c.calls.Load()
	if c.get("/kk/thing/0"); c.calls.Load() != calls+1 {
		t.Error("everything is kept: the test crowds nothing out")
	}
}

// Everybody gets compressed pages and files, with a cookie or without. A page for one reader
// has no length from which one could tell that it is the same page.
func TestEverybodyIsSentCompressed(t *testing.T) {
	c := newCity(t, nil)
	assets := c.get("/kk").Body.String()
	_, asset, _ := strings.Cut(assets, `<link rel="stylesheet" href="`)
	asset, _, _ = strings.Cut(asset, `"`)
	for _, cookie := range []string{"", "birge_session=a"} {
		for _, path := range []string{"/kk/thing/a", asset} {
			w := c.get(path, "Accept-Encoding", "gzip", "Cookie", cookie)
			z, err := gzip.NewReader(w.Body)
			if err != nil || w.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s as %q: %v %v", path, cookie, err, w.Header())
				continue
			}
			packed, _ := io.ReadAll(z)
			if plain := c.get(path, "Cookie", cookie); !bytes.Equal(packed, plain.Body.Bytes()) || plain.Header().Get("Content-Encoding") != "" {
				t.Errorf("%s as %q: unpacked %d bytes, plain %d", path, cookie, len(packed), plain.Body.Len())
			}
		}
	}
	if w := c.get(asset, "Cookie", "birge_session=a"); w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || strings.Contains(w.Header().Get("Vary"), "Cookie") {
		t.Errorf("the files of the city are sent as if they were somebody's: %v", w.Header())
	}
	lengths := map[int]bool{}
	for range 50 {
		lengths[c.get("/kk/thing/a", "Accept-Encoding", "gzip", "Cookie", "birge_session=a").Body.Len()] = true
	}
	if len(lengths) < 10 {
		t.Errorf("a page for one reader has only %d lengths", len(lengths))
	}
}

// For a network so many answers of heavy routes are made in a minute, by page or by file, and it gets
// ten times as many that are kept. Then it is refused with words and a time; others are not, nor is its own home page.
func TestHeavyAnswersForOneNetwork(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	answer := func(w http.ResponseWriter, r *http.Request) error {
		return web.Write(w, r, "text/plain", []byte("large"))
	}
	c := newCity(t, func(cfg *web.Config) {
		cfg.Clock = func() time.Time { return now }
		cfg.HeavyFrom = func(network string) int {
			if network == "203.0.113.1" { // a venue
				return 60
			}
			return 6
		}
		cfg.Routes = append(cfg.Routes,
			web.Route{Method: "GET", Pattern: "/kept", Access: web.Everyone, Topics: topics, Heavy: true, Handler: answer},
			web.Route{Method: "GET", Pattern: "/made", Access: web.Everyone, Heavy: true, Handler: answer},
			web.Route{Method: "GET", Pattern: "/file", Access: web.Everyone, Heavy: true, Plain: true, Topics: topics, Handler: answer})
	})
	gone, leave := context.WithCancel(t.Context())
	leave() // whoever has left is not held back before the refusal
	ask := func(from, path string) *httptest.ResponseRecorder { return c.ask(gone, from+":99", path) }
	for i, path := range []string{"/kk/kept", "/kk/made", "/file", "/kk/made", "/kk/made", "/kk/made"} {
		if w := c.ask(t.Context(), "192.0.2.1:99", path); w.Code != 200 {
			t.Errorf("answer %d, %s: %d", i, path, w.Code)
		}
	}
	if w := ask("192.0.2.1", "/en/made"); w.Code != 429 {
		t.Errorf("one more that has to be made: %d", w.Code)
	}
	for i := range 60 {
		if w := c.ask(t.Context(), "192.0.2.1:99", []string{"/kk/kept", "/file"}[i%2]); w.Code != 200 {
			t.Fatalf("kept answer %d: %d", i, w.Code)
		}
	}
	for path, words := range map[string]string{
		"/kk/kept": "Сіздің желіңізден", "/ru/kept": "Из вашей сети", "/en/made": "from your network. Try again in 10 seconds", "/file": ""} {
		w := ask("192.0.2.1", path)
		if w.Code != 429 || w.Header().Get("Retry-After") != "10" || !strings.Contains(w.Body.String(), words) {
			t.Errorf("%s: %d %q %s", path, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
	if w := c.ask(t.Context(), "192.0.2.1:99", "/kk"); w.Code != 200 {
		t.Errorf("the home page: %d", w.Code)
	}
	if w := ask("192.0.2.2", "/kk/kept"); w.Code != 200 {
		t.Errorf("another network: %d", w.Code)
	}
	for range 600 {
		if w := ask("203.0.113.1", "/kk/kept"); w.Code != 200 {
			t.Fatalf("at a venue: %d", w.Code)
		}
	}
	now = now.Add(10 * time.Second)
	if w := ask("192.0.2.1", "/kk/kept"); w.Code != 200 {
		t.Errorf("when it was said to try again: %d", w.Code)
	}
}
