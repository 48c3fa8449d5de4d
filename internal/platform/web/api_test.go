package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/web"
)

// Whatever goes wrong before a program's question reaches a part is answered as every error of the interface is (RFC 9457): with a title, with
// words on how to mend it in the reader's language, and with when to come again.
func TestRefusalsOfTheInterfaceAreReadable(t *testing.T) {
	hold, arrived := make(chan struct{}), make(chan struct{}, 100)
	list := func(r *http.Request) ([]string, string, error) {
		if r.PathValue("id") == "busy" {
			arrived <- struct{}{}
			<-hold
		}
		return nil, "", nil
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := newCity(t, func(cfg *web.Config) {
		cfg.Clock = func() time.Time { return now }
		cfg.ReadersFrom = func(network string) int {
			if network == "198.51.100.1" {
				return 2
			}
			return 1000
		}
		cfg.Routes = append(cfg.Routes, web.List(web.Reading{Pattern: "/things/{id}", Summary: "Things", Heavy: true}, list))
	})
	ask := func(method, from, path, lang string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://city.test"+path, nil)
		r.RemoteAddr = from + ":99"
		r.Header.Set("Accept-Language", lang)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w
	}
	readable := func(w *httptest.ResponseRecorder, status int, lang, words string) {
		t.Helper()
		var p struct {
			Type, Title, Detail string
			Status              int
		}
		err := json.Unmarshal(w.Body.Bytes(), &p)
		h := w.Header()
		if w.Code != status || err != nil || h.Get("Content-Type") != "application/problem+json" || h.Get("Content-Language") != lang || p.Status != status || !strings.HasSuffix(p.Type, fmt.Sprintf("/api#status-%d", status)) ||
			p.Title == "" || !strings.Contains(p.Detail, words) || strings.Contains(w.Body.String(), "⟦") || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%d %v %v: %s", w.Code, h, err, w.Body)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		w := ask(method, "192.0.2.7", "/api/v1/things/a", "en")
		readable(w, 405, "en", "GET")
		if w.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: allowed is %q", method, w.Header().Get("Allow"))
		}
	}
	readable(ask("GET", "192.0.2.7", "/api/v1/nothing", "ru"), 404, "ru", "")

	for range 2 {
		if w := ask("GET", "198.51.100.1", "/api/v1/things/a", "en"); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	for lang, words := range map[string]string{"en": "2", "ru": "2", "kk": "2"} {
		w := ask("GET", "198.51.100.1", "/api/v1/things/a", lang)
		readable(w, 429, lang, words)
		if w.Header().Get("Retry-After") == "" || !strings.Contains(w.Header().Get("RateLimit"), "r=0") {
			t.Errorf("headers %v", w.Header())
		}
	}
	if w := ask("GET", "192.0.2.7", "/api/v1/things/a", "en"); w.Code != 200 {
		t.Errorf("another network: %d", w.Code)
	}

	var all sync.WaitGroup
	defer all.Wait()
	defer close(hold)
	for i := range 8 { // as many as one network may have
		all.Go(func() { ask("GET", "203.0.113.9", fmt.Sprintf("/api/v1/things/busy?after=%d", i), "en") })
	}
	for range 4 {
		<-arrived // the others wait for their turn
	}
	w := ask("GET", "203.0.113.9", "/api/v1/things/busy", "kk")
	for w.Code == 200 {
		w = ask("GET", "203.0.113.9", "/api/v1/things/busy", "kk")
	}
	readable(w, 503, "kk", "")
	if w.Header().Get("Retry-After") != "10" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
}
