package web_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type city struct {
	*web.Server
	version atomic.Uint64
	shell   atomic.Uint64
	calls   atomic.Int64
}

func newCity(t testing.TB, change func(*web.Config)) *city {
	t.Helper()
	catalog, err := i18n.Load(time.UTC, i18n.Source{Name: "web", Files: web.Texts()}, i18n.Source{Name: "ui", Files: ui.Texts()})
	if err != nil {
		t.Fatal(err)
	}
	c := &city{}
	page := func(w http.ResponseWriter, r *http.Request) error {
		c.calls.Add(1)
		p := web.NewPage(w, r, "Title <script>")
		return web.Render(w, r, 200, ui.Layout(p))
	}
	echo := func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		return web.Write(w, r, "text/plain", []byte(f.Value("a")))
	}
	cfg := web.Config{
		Catalog: catalog,
		Versions: func(topic string) uint64 {
			if topic == "shell" {
				return c.shell.Load()
			}
			return c.version.Load()
		},
		ShellTopics: []string{"shell"},
		Authenticate: func(r *http.Request) (civic.Actor, error) {
			if k, err := r.Cookie("birge_session"); err == nil {
				return civic.Actor{Account: civic.ID(k.Value), Assurance: civic.EmailConfirmed}, nil
			}
			return civic.Actor{}, nil
		},
		Routes: []web.Route{
			{Method: "GET", Pattern: "/{$}", Query: []string{"x"}, Access: web.Everyone, Handler: page, Topics: func(*http.Request) []string { return []string{"x"} }},
			{Method: "GET", Pattern: "/thing/{id}", Query: []string{"q"}, Access: web.Everyone, Handler: page, Topics: func(*http.Request) []string { return []string{"x"} }},
			{Method: "GET", Pattern: "/mine", Access: web.SignedIn, Handler: page},
			{Method: "GET", Pattern: "/desk", Access: web.Administrators, Handler: page},
			{Method: "POST", Pattern: "/echo", Page: "/mine", Access: web.Everyone, Handler: echo, MaxBody: 1000},
			{Method: "GET", Pattern: "/feed.atom", Access: web.Everyone, Plain: true, Handler: func(w http.ResponseWriter, r *http.Request) error {
				return web.Write(w, r, "application/atom+xml", []byte("<feed/>"))
			}},
			{Method: "GET", Pattern: "/broken", Access: web.Everyone, Handler: func(http.ResponseWriter, *http.Request) error { return errors.New("secret detail") }},
			{Method: "GET", Pattern: "/panics", Access: web.Everyone, Handler: func(http.ResponseWriter, *http.Request) error { panic("secret detail") }},
			{Method: "GET", Pattern: "/said", Access: web.Everyone, Handler: func(http.ResponseWriter, *http.Request) error {
				return civic.Fail(civic.Closed, "web.timeout").Because(errors.New("secret detail"))
			}},
			{Method: "POST", Pattern: "/act", Page: "/{$}", Access: web.Everyone, Handler: func(w http.ResponseWriter, r *http.Request) error {
				return web.See(w, r, "/", ui.Good, "web.timeout")
			}},
			{Method: "GET", Pattern: "/ip", Access: web.Everyone, Plain: true, Handler: func(w http.ResponseWriter, r *http.Request) error {
				return web.Write(w, r, "text/plain", fmt.Append(nil, web.ClientIP(r), " ", web.Origin(r)))
			}},
		},
	}
	if change != nil {
		change(&cfg)
	}
	s, err := web.NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.Server = s
	return c
}

func (c *city) get(path string, headers ...string) *httptest.ResponseRecorder {
	return c.do("GET", path, "", headers...)
}

func (c *city) do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://city.test"+path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	c := newCity(t, nil)
	for _, tc := range []struct {
		method, path string
		headers      []string
		status       int
		has, hasNot  string
	}{
		{"GET", "/kk", nil, 200, `lang="kk"`, "<script>"},
		{"GET", "/ru/", nil, 200, `lang="ru"`, ""},
		{"GET", "/", []string{"Accept-Language", "de, ru;q=0.8"}, 302, "", ""},
		{"GET", "/kk/nowhere", nil, 404, "Мұндай бет жоқ", ""},
		{"GET", "/nowhere", nil, 404, "Мұндай бет жоқ", ""},
		{"GET", "/en/echo", nil, 303, "", ""},
		{"GET", "/ru/mine", nil, 401, "", ""},
		{"GET", "/ru/mine", []string{"Cookie", "birge_session=a"}, 200, "", ""},
		{"GET", "/ru/desk", []string{"Cookie", "birge_session=a"}, 403, "не открыта для вашей роли", ""},
		{"GET", "/ru/broken", nil, 500, "Вы ни при чём", "secret"},
		{"GET", "/ru/panics", nil, 500, "Вы ни при чём", "secret"},
		{"GET", "/en/said", nil, 409, "took too long", "secret"},
		{"GET", "/feed.atom", nil, 200, "<feed/>", ""},
		{"GET", "/kk/feed.atom", nil, 404, "", ""},
		{"POST", "/feed.atom", nil, 405, "", ""},
		{"GET", "/assets/birge.00000000.css", nil, 404, `"status":404`, "<html"},
		{"DELETE", "/kk/mine", nil, 405, "", ""},
	} {
		w := c.do(tc.method, tc.path, "", tc.headers...)
		body := w.Body.String()
		if w.Code != tc.status || !strings.Contains(body, tc.has) || tc.hasNot != "" && strings.Contains(body, tc.hasNot) {
			t.Errorf("%s %s %v: %d, want %d with %q:\n%.300s", tc.method, tc.path, tc.headers, w.Code, tc.status, tc.has, body)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", tc.path, csp)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: types are sniffed", tc.path)
		}
	}
	if to := c.get("/thing/1?q=ә", "Accept-Language", "de, ru;q=0.8").Header().Get("Location"); to != "/ru/thing/1?q=%d3%99" {
		t.Errorf("sent to %q", to)
	}
	if to := c.get("/", "Accept-Language", "en-GB", "Cookie", "lang=ru").Header().Get("Location"); to != "/ru" {
		t.Errorf("the language chosen last is forgotten: %q", to)
	}
}

// Every error page has the same head as other pages and knows who is signed in, even when no
// route took the request.
func TestErrorsKnowWhoAsks(t *testing.T) {
	broken := false
	c := newCity(t, func(cfg *web.Config) {
		cfg.Shell = func(_ *http.Request, p *ui.Page) { p.Account = []ui.Link{{Text: "Sign in", Path: "/sign-in"}} }
		authenticate := cfg.Authenticate
		cfg.Authenticate = func(r *http.Request) (civic.Actor, error) {
			if broken {
				return civic.Actor{}, errors.New("no database")
			}
			actor, err := authenticate(r)
			actor.Name = "Aigul"
			return actor, err
		}
	})
	session := []string{"Cookie", "birge_session=a"}
	for _, tc := range []struct {
		method, path, body string
		headers            []string
		status             int
	}{
		{"GET", "/en/desk", "", nil, 403},
		{"POST", "/en/echo", "a=1", []string{"Origin", "https://evil.test"}, 403},
		{"GET", "/en/nowhere", "", nil, 404},
		{"GET", "/nowhere", "", nil, 404},
		{"GET", "/en/nowhere%00", "", nil, 404},
		{"DELETE", "/en/mine", "", nil, 405},
		{"GET", "/en/said", "", nil, 409},
		{"POST", "/en/echo", strings.Repeat("a", 1001), nil, 413},
		{"GET", "/en/broken", "", nil, 500},
		{"GET", "/en/panics", "", nil, 500},
	} {
		w := c.do(tc.method, tc.path, tc.body, append(tc.headers, session...)...)
		if w.Code != tc.status || !strings.Contains(w.Body.String(), "Aigul") {
			t.Errorf("%s %s: %d, want %d for Aigul:\n%.300s", tc.method, tc.path, w.Code, tc.status, w.Body)
		}
	}
	if w := c.do("GET", "/en/nowhere", ""); w.Code != 404 || !strings.Contains(w.Body.String(), `href="/en/sign-in"`) {
		t.Errorf("a visitor is told %d:\n%.300s", w.Code, w.Body)
	}
	broken = true
	for path, status := range map[string]int{"/en/nowhere": 404, "/en/mine": 500} {
		if w := c.do("GET", path, "", session...); w.Code != status || strings.Contains(w.Body.String(), "Aigul") {
			t.Errorf("%s, when no session can be read: %d, want %d", path, w.Code, status)
		}
	}
}

func TestRoutesMustSayWhoMayCallThem(t *testing.T) {
	ok := func(http.ResponseWriter, *http.Request) error { return nil }
	for name, rt := range map[string]web.Route{
		"no access":          {Method: "GET", Pattern: "/x", Handler: ok},
		"no handler":         {Method: "GET", Pattern: "/x", Access: web.Everyone},
		"odd method":         {Method: "PUT", Pattern: "/x", Access: web.Everyone, Handler: ok},
		"form without page":  web.Forms(web.Form{Pattern: "/x", Access: web.Everyone})[0],
		"sent from nowhere":  {Method: "POST", Pattern: "/x", Access: web.Everyone, Handler: ok},
		"sent from no page":  {Method: "POST", Pattern: "/x", Page: "/x", Access: web.Everyone, Handler: ok},
		"page by other name": {Method: "POST", Pattern: "/x/{a}", Page: "/x/{b}", Access: web.Everyone, Handler: ok},
		"cached secret":      {Method: "GET", Pattern: "/x", Access: web.SignedIn, Handler: ok, Topics: func(*http.Request) []string { return nil }},
	} {
		other := web.Route{Method: "GET", Pattern: "/x/{b}", Access: web.Everyone, Handler: ok}
		if _, err := web.NewServer(web.Config{Routes: []web.Route{other, rt}}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestOtherSitesCannotAct(t *testing.T) {
	c := newCity(t, nil)
	for _, tc := range []struct {
		site, origin string
		status       int
	}{{"cross-site", "https://evil.test", 403}, {"same-origin", "http://city.test", 200}, {"", "https://evil.test", 403}, {"", "", 200}} {
		var h []string
		if tc.site != "" {
			h = append(h, "Sec-Fetch-Site", tc.site)
		}
		if tc.origin != "" {
			h = append(h, "Origin", tc.origin)
		}
		if w := c.do("POST", "/kk/echo", "a=1", h...); w.Code != tc.status {
			t.Errorf("%+v: %d", tc, w.Code)
		}
	}
}

func TestFormsAreBoundedAndCleaned(t *testing.T) {
	c := newCity(t, nil)
	if w := c.do("POST", "/en/echo", "a=%D3%99%00%0D%0A%FF%07x"); w.Body.String() != "ә\n\uFFFDx" {
		t.Errorf("cleaned to %q", w.Body)
	}
	for typed, want := range map[string]string{
		"a\u0085b\u009b":                  "ab",
		"Мек\u00adтеп\u200d":              "Мек\u00adтеп\u200d", // the writer decides where a word may be divided
		"\u200b\u200d\ufeff\u2060 \u202e": " ",                  // nobody sees any of these
	} {
		if w := c.do("POST", "/en/echo", url.Values{"a": {typed}}.Encode()); w.Body.String() != want {
			t.Errorf("%q became %q", typed, w.Body)
		}
	}
	if w := c.do("POST", "/en/echo", "a="+strings.Repeat("x", 2000)); w.Code != 413 || !strings.Contains(w.Body.String(), "limit") {
		t.Errorf("too large: %d", w.Code)
	}
	if w := c.do("POST", "/en/echo", "a=%zz"); w.Code != 422 {
		t.Errorf("malformed: %d", w.Code)
	}
}

func FuzzForm(f *testing.F) {
	c := newCity(f, nil)
	f.Add("a=1&b=%D3%99")
	f.Add("a=%00&a;=%zz")
	f.Fuzz(func(t *testing.T, body string) {
		if w := c.do("POST", "/kk/echo", body); w.Code != 200 && w.Code != 422 && w.Code != 413 {
			t.Errorf("%q: %d", body, w.Code)
		}
	})
}

func TestCachedPagesAreNeverStaleAndNeverSomebodyElses(t *testing.T) {
	c := newCity(t, nil)
	first := c.get("/kk")
	if again := c.get("/kk"); c.calls.Load() != 1 || again.Body.String() != first.Body.String() || again.Header().Get("Etag") == "" {
		t.Errorf("not cached: %d calls", c.calls.Load())
	}
	etag := c.get("/kk").Header().Get("Etag")
	if w := c.get("/kk", "If-None-Match", etag); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("304: %d", w.Code)
	}
	zipped := c.get("/kk", "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(zipped.Body)
	if err != nil || zipped.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal(err)
	}
	if plain, _ := io.ReadAll(z); string(plain) != first.Body.String() {
		t.Error("the compressed copy differs")
	}
	if w := c.get("/kk", "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("gzip for one who refuses it")
	}
	if ru := c.get("/ru"); c.calls.Load() != 2 || !strings.Contains(ru.Body.String(), `lang="ru"`) {
		t.Error("languages are mixed up")
	}
	if w := c.get("/kk", "Cookie", "birge_session=a"); c.calls.Load() != 3 || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Error("a signed-in reader is answered from the cache")
	}
	c.get("/kk", "Cookie", "lang=ru")
	if c.calls.Load() != 3 {
		t.Error("the language cookie keeps visitors from the cache")
	}
	c.version.Add(1)
	c.get("/kk")
	if c.calls.Load() != 4 {
		t.Error("a change is not seen")
	}
	if c.get("/kk"); c.calls.Load() != 4 {
		t.Error("not cached again")
	}
	c.shell.Add(1)
	if c.get("/kk"); c.calls.Load() != 5 {
		t.Error("a change of the shell is not seen")
	}
	c.calls.Add(-1)
	c.get("/kk?x=1")
	if c.calls.Load() != 5 {
		t.Error("queries are mixed up")
	}
	for _, junk := range []string{"/kk?utm=1", "/kk?y=2&z=3", "/kk?utm=1&x=1"} { // pages that are cached already
		if c.get(junk); c.calls.Load() != 5 {
			t.Errorf("%s is made anew", junk)
		}
	}
	if w := c.do("HEAD", "/kk", ""); w.Body.Len() != 0 || w.Code != 200 || w.Header().Get("Content-Length") == "" {
		t.Error("HEAD")
	}
}

// What all readers see alike is made once, also for those who are signed in.
func TestFragmentsFollowTheirTopics(t *testing.T) {
	made := 0
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes, web.Route{Method: "GET", Pattern: "/list", Query: []string{"page", "broken"}, Access: web.Everyone, Handler: func(w http.ResponseWriter, r *http.Request) error {
			part, err := web.Fragment(r, "list", []string{"x"}, func() (templ.Component, error) {
				if r.URL.Query().Has("broken") {
					return nil, civic.Fail(civic.NotFound, "web.not_found")
				}
				made++
				return templ.Raw(fmt.Sprintf("<i>%s %d</i>", web.L(r).Lang(), made)), nil
			})
			if err != nil {
				return err
			}
			return web.Render(w, r, 200, part)
		}})
	})
	mine := []string{"Cookie", "birge_session=a"}
	for _, tc := range []struct {
		path, want string
		before     func()
	}{
		{"/kk/list", "<i>kk 1</i>", nil},
		{"/kk/list", "<i>kk 1</i>", nil},
		{"/ru/list", "<i>ru 2</i>", nil},
		{"/kk/list?page=2", "<i>kk 3</i>", nil},
		{"/kk/list", "<i>kk 4</i>", func() { c.version.Add(1) }},
		{"/kk/list", "<i>kk 5</i>", func() { c.shell.Add(1) }},
		{"/kk/list", "<i>kk 5</i>", nil},
	} {
		if tc.before != nil {
			tc.before()
		}
		if got := c.get(tc.path, mine...).Body.String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.path, got, tc.want)
		}
	}
	if w := c.get("/kk/list?broken", mine...); w.Code != 404 {
		t.Errorf("an error in a fragment: %d", w.Code)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) { cfg.CacheBytes = 64 << 10 })
	for i := range 500 {
		c.get(fmt.Sprintf("/kk/thing/%d", i))
	}
	before := c.calls.Load()
	for i := range 500 {
		c.get(fmt.Sprintf("/kk/thing/%d", i))
	}
	if kept := 500 - (c.calls.Load() - before); kept > 60 {
		t.Errorf("%d pages fit into 64 KiB", kept)
	}
}

func TestANoticeIsShownOnceAndHoldsNoWords(t *testing.T) {
	c := newCity(t, nil)
	w := c.do("POST", "/en/act", "a=1")
	if w.Code != 303 || w.Header().Get("Location") != "/en" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	cookie := w.Result().Cookies()[0]
	shown := c.get("/en", "Cookie", cookie.Name+"="+cookie.Value)
	if gone := shown.Result().Cookies(); len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Error("the notice stays")
	}
	if w := c.get("/en", "Cookie", cookie.Name+"=good.You won a prize"); strings.Contains(w.Body.String(), "prize") {
		t.Error("a cookie puts words on a page")
	}
}

// In a city behind TLS nobody can plant a cookie: no other host of the same domain, and nobody
// on the way. A cookie under the bare name is not read.
func TestCookiesOfTheHostAlone(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) { cfg.Origin = "https://city.test" })
	set := c.do("POST", "/en/act", "a=1").Header()["Set-Cookie"]
	if len(set) != 1 || !strings.HasPrefix(set[0], "__Host-birge_notice=") || !strings.Contains(set[0], "; Path=/;") || !strings.Contains(set[0], "Secure") || strings.Contains(set[0], "Domain") {
		t.Fatalf("the browser is given %q", set)
	}
	value, _, _ := strings.Cut(strings.TrimPrefix(set[0], "__Host-birge_notice="), ";")
	const words = "This took too long"
	if w := c.get("/en", "Cookie", "__Host-birge_notice="+value); !strings.Contains(w.Body.String(), words) || !strings.HasPrefix(w.Header().Get("Set-Cookie"), "__Host-birge_notice=;") {
		t.Errorf("the host's own cookie is not taken: %q", w.Header()["Set-Cookie"])
	}
	if w := c.get("/en", "Cookie", "birge_notice="+value); strings.Contains(w.Body.String(), words) {
		t.Error("a planted cookie counts")
	}
}

// Whoever is told to wait learns for how long, in the header and in words: on a page, on a form
// and for a program, in each language.
func TestWhoeverMustWaitIsToldHowLong(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) {
		fail := func(err error) web.Handler { return func(http.ResponseWriter, *http.Request) error { return err } }
		slow := civic.Fail(civic.TooMany, "web.too_many").After(10*time.Minute + time.Second)
		cfg.Routes = append(cfg.Routes, web.Forms(web.Form{Pattern: "/form", Access: web.Everyone,
			Show: func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
				p := web.NewPage(w, r, "")
				return ui.ErrorSummary(p, f), nil
			},
			Do: func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error) { return web.Next{}, slow }})...)
		cfg.Routes = append(cfg.Routes,
			web.Route{Method: "GET", Pattern: "/page", Access: web.Everyone, Handler: fail(slow)},
			web.Route{Method: "GET", Pattern: "/file", Access: web.Everyone, Plain: true, Handler: fail(slow)},
			web.Route{Method: "GET", Pattern: "/day", Access: web.Everyone, Handler: fail(civic.Fail(civic.TooMany, "web.too_many").After(24 * time.Hour))},
			web.Route{Method: "GET", Pattern: "/down", Access: web.Everyone, Handler: fail(civic.Fail(civic.Unavailable, "web.busy"))},
			web.Route{Method: "GET", Pattern: "/late", Access: web.Everyone, Timeout: time.Nanosecond, Handler: func(_ http.ResponseWriter, r *http.Request) error {
				<-r.Context().Done()
				return r.Context().Err()
			}})
	})
	for _, tc := range []struct {
		method, path string
		status       int
		after, words string
	}{
		{"GET", "/en/page", 429, "601", "Too many attempts. Try again in 11 minutes."},
		{"GET", "/ru/page", 429, "601", "Слишком много попыток. Повторите через 11 минут."},
		{"GET", "/kk/page", 429, "601", "Тым жиі әрекет жасалды. 11 минуттан кейін қайталап көріңіз."},
		{"POST", "/en/form", 429, "601", "Too many attempts. Try again in 11 minutes."},
		{"GET", "/file", 429, "601", "11 минуттан кейін"},
		{"GET", "/ru/day", 429, "86400", "через 24 часа."},
		{"GET", "/en/down", 503, "30", "Too many people are asking for this page just now. Try again in 30 seconds."},
		{"GET", "/en/late", 503, "30", "This took too long. Try again in 30 seconds."},
		{"GET", "/en/no-such-page", 404, "", ""},
	} {
		w := c.do(tc.method, tc.path, "")
		if w.Code != tc.status || w.Header().Get("Retry-After") != tc.after || !strings.Contains(w.Body.String(), tc.words) {
			t.Errorf("%s %s: %d, Retry-After %q\n%s", tc.method, tc.path, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
}

func TestOnlyTrustedProxiesSpeakForOthers(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) { cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }) // httptest's address
	if got := c.get("/ip", "X-Forwarded-For", "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto", "https").Body.String(); got != "198.51.100.7 http://localhost" {
		t.Errorf("trusted: %s", got)
	}
	for hops, want := range map[string]string{"203.0.113.9:4711": "203.0.113.9", "203.0.113.9, 192.0.2.8:80": "203.0.113.9", "[2001:db8::7]:443": "2001:db8::7",
		"[2001:db8::7]": "2001:db8::7", "2001:db8::7": "2001:db8::7", "[::ffff:203.0.113.9]:1": "203.0.113.9", "unknown": "192.0.2.1", "203.0.113.9, _hidden": "192.0.2.1"} {
		if got, _, _ := strings.Cut(c.get("/ip", "X-Forwarded-For", hops).Body.String(), " "); got != want {
			t.Errorf("%s: %s, want %s", hops, got, want)
		}
	}
	c = newCity(t, nil)
	if got := c.get("/ip", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https").Body.String(); got != "192.0.2.1 http://localhost" {
		t.Errorf("not trusted: %s", got)
	}
}

func TestLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	burst := 3
	l := &web.Limiter{Burst: func(string) int { return burst }, Per: 30 * time.Minute, Clock: func() time.Time { return now }}
	for range 3 {
		if err := l.Allow("a"); err != nil {
			t.Fatal(err)
		}
	}
	err := l.Allow("a")
	var e *civic.Error
	if !errors.As(err, &e) || e.Code != civic.TooMany || e.Wait != 10*time.Minute {
		t.Errorf("fourth: %v", err)
	}
	if l.Allow("b") != nil {
		t.Error("keys share a limit")
	}
	now = now.Add(10 * time.Minute)
	if l.Allow("a") != nil || l.Allow("a") == nil {
		t.Error("refill")
	}
	burst = 1
	if l.Allow("a") != nil || l.Allow("a") == nil || l.Allow("b") != nil || l.Allow("b") == nil {
		t.Error("a changed number does not take effect")
	}
}

// A client that sends its form one byte at a time is cut off by the route's deadline.
func TestASlowClientHoldsNobody(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) {
		for i := range cfg.Routes {
			cfg.Routes[i].Timeout = 50 * time.Millisecond
		}
	})
	srv := httptest.NewServer(c)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /kk/echo HTTP/1.1\r\nHost: city.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\na=")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil) // returns only because the server gives up
	if err == nil && res.StatusCode < 400 {
		t.Errorf("answered %d", res.StatusCode)
	}
}

// A cached page compared with a bare handler that writes the same bytes with the same headers,
// in one run. It must reach at least 0.6 of the bare handler's rate.
func BenchmarkCachedPage(b *testing.B) {
	c := newCity(b, nil)
	first := c.get("/kk", "Accept-Encoding", "gzip")
	body, header := first.Body.Bytes(), first.Header()
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for k, v := range header {
			h[k] = v
		}
		_, _ = w.Write(body)
	})
	for _, tc := range []struct {
		name string
		h    http.Handler
	}{{"bare", bare}, {"birge", c}} {
		b.Run(tc.name, func(b *testing.B) {
			srv := httptest.NewServer(tc.h)
			defer srv.Close()
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.Dial("tcp", srv.Listener.Addr().String())
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				in := bufio.NewReader(conn)
				for pb.Next() {
					fmt.Fprintf(conn, "GET /kk HTTP/1.1\r\nHost: city.test\r\nAccept-Encoding: gzip\r\n\r\n")
					res, err := http.ReadResponse(in, nil)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			})
		})
	}
}

func TestNoAddressLeadsToAnotherSite(t *testing.T) {
	c := newCity(t, nil)
	for _, path := range []string{"//thing/1", "//evil.test/../thing/1", "///evil.test/../thing/1", "//evil.test", `/\evil.test`, "/kk//evil.test/../thing/1", "/kk//thing/1"} {
		r := httptest.NewRequest("GET", "http://city.test/", nil)
		var err error
		if r.URL, err = url.ParseRequestURI(path); err != nil {
			continue // the server refuses it by itself
		}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		if to := w.Header().Get("Location"); strings.HasPrefix(to, "//") || to != "" && !strings.HasPrefix(to, "/") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}

// A page in another language is at the address that was asked for, and what the address spells out is in no page.
func TestLinksToTheSamePageAreEscaped(t *testing.T) {
	w := newCity(t, nil).get("/kk/nowhere/%E2%80%AE%3Fa%25%0D")
	if body := w.Body.String(); !strings.Contains(body, "/ru/nowhere/%E2%80%AE%3Fa%25%0D") || strings.Contains(body, "\u202e") {
		t.Errorf("%.3000s", body)
	}
}

func TestAddressesThatNoDatabaseStores(t *testing.T) {
	c := newCity(t, nil)
	for path, want := range map[string]int{"/kk/thing/%00": 404, "/kk/thing/%ff": 404, "/kk/thing/1?a=%00": 404, "/kk/thing/1?a=%ff": 404, "/kk/thing/1?%00=a": 404,
		"/kk/thing/1?a=100%": 200, "/kk/thing/1?a=%D2%9B": 200} {
		if w := c.get(path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

// A request body that nobody reads is not waited for, whether the page does not exist or comes
// from the cache.
func TestABodyThatNeverComesHoldsNobody(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) {
		cfg.BodyTimeout = 50 * time.Millisecond
		for i := range cfg.Routes {
			cfg.Routes[i].Timeout = 50 * time.Millisecond
		}
	})
	c.get("/kk")
	srv := httptest.NewServer(c)
	defer srv.Close()
	for _, line := range []string{"POST /kk/nothing", "GET /kk", "GET /nothing", "PUT /kk"} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // so that a failing test ends
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: city.test\r\nContent-Length: 1000\r\n\r\n", line)
		if _, err := http.ReadResponse(bufio.NewReader(conn), nil); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s holds its connection", line)
		}
		conn.Close()
	}
}

// An answer that breaks off must not look complete.
func TestABrokenAnswerIsCut(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) {
		half := func(fault func() error) web.Handler {
			return func(w http.ResponseWriter, r *http.Request) error {
				if err := web.Write(w, r, "text/csv", []byte(strings.Repeat("1,2,3\n", 1000))); err != nil {
					return err
				}
				return fault()
			}
		}
		cfg.Routes = append(cfg.Routes,
			web.Route{Method: "GET", Pattern: "/half", Access: web.Everyone, Plain: true, Handler: half(func() error { return errors.New("the disk is full") })},
			web.Route{Method: "GET", Pattern: "/fall", Access: web.Everyone, Plain: true, Handler: half(func() error { panic("a fault") })})
	})
	srv := httptest.NewServer(c)
	defer srv.Close()
	srv.Config.ErrorLog = nil
	for _, path := range []string{"/half", "/fall"} {
		res, err := http.Get(srv.URL + path)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		if err == nil {
			t.Errorf("%s looks complete", path)
		}
	}
}

// No cache on the way keeps a page that is for one reader or is made anew each time.
func TestOnlyCachedPagesMayBeKept(t *testing.T) {
	c := newCity(t, nil)
	for path, want := range map[string]string{"/kk": "no-cache", "/feed.atom": "private, no-store", "/ip": "private, no-store", "/kk/nothing": "no-store"} {
		if got := c.get(path).Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// A page that asks to sign in reads what was typed. It does not accept files that only people
// with permission may send.
func TestThoseWhoAreRefusedSendLittle(t *testing.T) {
	read := int64(-1)
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes, web.Route{Method: "POST", Pattern: "/upload", Page: "/{$}", Access: web.Administrators, MaxBody: 8 << 20, Timeout: 5 * time.Minute,
			Handler: func(http.ResponseWriter, *http.Request) error { return nil }})
		cfg.SignIn = func(w http.ResponseWriter, r *http.Request) error {
			read, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusUnauthorized)
			return nil
		}
	})
	c.do("POST", "/kk/upload", strings.Repeat("x", 4<<20), "Content-Type", "multipart/form-data; boundary=x")
	if read < 1 || read > 256<<10 {
		t.Errorf("read %d bytes", read)
	}
}

func TestLimitsCountNetworks(t *testing.T) {
	c := newCity(t, func(cfg *web.Config) {
		cfg.Routes = append(cfg.Routes, web.Route{Method: "GET", Pattern: "/network", Access: web.Everyone, Plain: true,
			Handler: func(w http.ResponseWriter, r *http.Request) error {
				return web.Write(w, r, "text/plain", []byte(web.ClientNetwork(r)))
			}})
	})
	for from, want := range map[string]string{"203.0.113.7:1": "203.0.113.7", "[::ffff:203.0.113.7]:1": "203.0.113.7", "[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::]:1": "2001:db8:1:2::/64", "nonsense": ""} {
		r := httptest.NewRequest("GET", "http://city.test/network", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		if got := w.Body.String(); got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}

func TestHoldersAreThoseOfTheRolesAndAdministrators(t *testing.T) {
	secretaries := web.Holders("secretaries", "councils.secretary", civic.Moderator)
	for role, want := range map[civic.Role]bool{"councils.secretary": true, civic.Moderator: true, civic.Administrator: true, civic.Officer: false, "councils.chair": false} {
		a := civic.Actor{Account: "x", Assurance: civic.Verified, Grants: []civic.Grant{{Role: role, Scope: civic.Ref{Kind: "councils.council", ID: "a"}}}}
		if secretaries.Allow(a) != want {
			t.Errorf("holders of %s: %v", role, !want)
		}
	}
	if secretaries.Allow(civic.Actor{}) || secretaries.Allow(civic.Actor{Account: "x", Assurance: civic.Verified}) {
		t.Error("who holds no role passes")
	}
}
