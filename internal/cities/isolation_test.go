package cities_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/cities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// hosted is a city of the tests, which its test closes.
type hosted struct{ *app.App }

func (hosted) Close() error { return nil }

// Start leaves the background work to the test: two requests are compared, and nothing changes between them.
func (hosted) Start(context.Context) *sync.WaitGroup { return &sync.WaitGroup{} }

// hostOf serves the cities under the name of their folder and ".test".
func hostOf(t *testing.T, towns map[string]*citytest.City) *cities.Host {
	t.Helper()
	folder := t.TempDir()
	for name := range towns {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name, "city.toml"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h, err := cities.New(cities.Options{Folder: folder, File: "city.toml", Read: func(folder string) (cities.Site, error) {
		c := towns[filepath.Base(folder)]
		return cities.Site{Host: filepath.Base(folder) + ".test", Open: func(context.Context) (cities.City, error) { return hosted{c.App}, nil }}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// Who is somebody in one city is nobody in another: every route answers them as it answers a stranger, whatever of their own city
// they name, and nothing changes there.
func TestNothingOfACityReachesAnother(t *testing.T) {
	t.Parallel()
	for engine, open := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		t.Run(engine, func(t *testing.T) {
			towns := map[string]*citytest.City{}
			for _, name := range []string{"taraz", "turkistan"} {
				towns[name] = citytest.Open(t, open(t), app.Config{Capabilities: capabilities.All(), URL: &url.URL{Scheme: "http", Host: name + ".test"}})
			}
			taraz, turkistan := towns["taraz"], towns["turkistan"]
			mayor := taraz.SignIn(taraz.Administrator())
			theirs := taraz.Organisation("Жасыл аула қоры")
			taraz.Jobs()
			turkistan.Jobs()
			h := hostOf(t, towns)
			send := func(host, method, path, cookie string) *httptest.ResponseRecorder {
				r := httptest.NewRequest(method, "http://"+host+path, nil)
				if method == "POST" {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				if cookie != "" {
					r.AddCookie(&http.Cookie{Name: "birge_session", Value: cookie})
				}
				w := httptest.NewRecorder()
				h.Handler().ServeHTTP(w, r)
				return w
			}
			if w := send("taraz.test", "GET", "/ru/settings/texts", mayor.Cookie); w.Code == http.StatusUnauthorized || w.Code == http.StatusForbidden {
				t.Fatalf("the session means nothing in its own city: %d", w.Code)
			}
			if w := send("taraz.test", "GET", "/ru/search?q=аула", ""); !strings.Contains(w.Body.String(), "Жасыл аула") {
				t.Fatal("the organisation is not found in its own city")
			}
			before := count(t, turkistan)
			walked := 0
			for _, route := range turkistan.Routes() {
				path := wildcard.ReplaceAllString(route.Pattern, string(theirs))
				if !strings.HasPrefix(path, "/") {
					continue
				}
				if !route.Plain {
					path = "/ru" + path
				}
				stranger, known := send("turkistan.test", route.Method, path, ""), send("turkistan.test", route.Method, path, mayor.Cookie)
				if stranger.Code != known.Code || stranger.Header().Get("Location") != known.Header().Get("Location") {
					t.Errorf("%s %s: %d %s to the administrator of another city, %d %s to a stranger", route.Method, path, known.Code, known.Header().Get("Location"), stranger.Code, stranger.Header().Get("Location"))
				}
				if strings.Contains(known.Body.String(), "Жасыл аула") {
					t.Errorf("%s %s shows what is another city's", route.Method, path)
				}
				walked++
			}
			if walked < 300 {
				t.Errorf("%d routes were walked", walked)
			}
			if w := send("turkistan.test", "GET", "/ru/search?q=аула", mayor.Cookie); strings.Contains(w.Body.String(), "Жасыл аула") {
				t.Error("another city's organisation is found")
			}
			turkistan.Jobs()
			if after := count(t, turkistan); after != before {
				t.Errorf("the other city's audit and record had %v entries, and have %v", before, after)
			}
		})
	}
}

// count counts the entries of a city's audit trail and record.
func count(t *testing.T, c *citytest.City) (n [2]int64) {
	t.Helper()
	c.Must(c.DB.Read(c.Ctx(), func(tx *storage.Tx) (err error) {
		for i, q := range []string{"SELECT COUNT(*) FROM audit", "SELECT COUNT(*) FROM record_pending"} {
			if n[i], err = storage.One(tx, storage.Scalar[int64], q); err != nil {
				return err
			}
		}
		return nil
	}))
	return n
}
