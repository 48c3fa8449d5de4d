package identity

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const origin = "http://city.test"

// testRules are the defaults, which a test may change.
type testRules struct {
	mu     sync.Mutex
	values map[string]int64
}

func (r *testRules) Value(key string) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[key]
	if !ok {
		panic("unknown setting " + key)
	}
	return v
}

func (r *testRules) set(key string, v int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values[key] = v
}

func (r *testRules) Calendar() civic.Calendar { return civic.Calendar{} }

func rulesOf(settings []part.Setting) *testRules {
	r := &testRules{values: map[string]int64{}}
	for _, s := range settings {
		r.values[s.Key] = s.Default
	}
	return r
}

// postbox keeps mails, in words, instead of sending them.
type postbox struct {
	catalog *i18n.Catalog
	mu      sync.Mutex
	letters []letter
}

type letter struct {
	to            string
	lang          civic.Lang
	subject, body string
}

func (b *postbox) Send(tx *storage.Tx, to string, lang civic.Lang, subject, body civic.Message, _ map[string]string) error {
	l := b.catalog.For(lang)
	tx.AfterCommit(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.letters = append(b.letters, letter{to, lang, l.Say(subject), l.Say(body)})
	})
	return nil
}

// last is the newest mail to an address.
func (b *postbox) last(t *testing.T, to string) letter {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.letters) - 1; i >= 0; i-- {
		if b.letters[i].to == strings.ToLower(to) {
			return b.letters[i]
		}
	}
	t.Fatalf("no mail to %s", to)
	return letter{}
}

var linkIn = regexp.MustCompile(`http://city\.test(/\S+)`)

func (l letter) link(t *testing.T) string {
	t.Helper()
	m := linkIn.FindStringSubmatch(l.body)
	if m == nil {
		t.Fatalf("no link in %q", l.body)
	}
	return m[1]
}

// token is the secret at the end of the link.
func (l letter) token(t *testing.T) string {
	t.Helper()
	link := l.link(t)
	return link[strings.LastIndexByte(link, '/')+1:]
}

// A part of the tests' own: councils with a secretary each, whom a chair of the same council or
// an administrator appoints.
const (
	secretary = civic.Role("councils.secretary")
	chair     = civic.Role("councils.chair")
	council   = "councils.council"
)

func testRoles() (roles part.Roles) {
	roles.Add("identity", Roles()...)
	roles.Add("councils", part.Role{Name: secretary, Scope: council, GivenBy: []civic.Role{chair}}, part.Role{Name: chair, Scope: council})
	return roles
}

// The things for which roles are held.
var (
	akimat = civic.Ref{Kind: scopeKind, ID: "akimat"}
	youth  = civic.Ref{Kind: council, ID: "youth"}
	elders = civic.Ref{Kind: council, ID: "elders"}
)

type testScopes map[civic.Ref]string

func (s testScopes) Choices(_ *storage.Tx, kind string) (out []Scope, _ error) {
	for ref, title := range s {
		if ref.Kind == kind {
			out = append(out, Scope{ref.ID, civic.Text{civic.English: title}})
		}
	}
	slices.SortFunc(out, func(a, b Scope) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out, nil
}

func (s testScopes) Titles(_ *storage.Tx, refs []civic.Ref) (map[civic.Ref]civic.Text, error) {
	out := map[civic.Ref]civic.Text{}
	for _, ref := range refs {
		if title, known := s[ref]; known {
			out[ref] = civic.Text{civic.English: title}
		}
	}
	return out, nil
}

// city is a running city with nothing but identity in it, and the names of councils.
type city struct {
	*Service
	t      *testing.T
	db     *storage.DB
	rules  *testRules
	post   *postbox
	server *web.Server
	log    *bytes.Buffer
	clock  *testClock
}

type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// cheap keeps the tests quick; password_test.go checks the real cost.
var cheap = PasswordCost{Memory: 64, Passes: 1, Threads: 1}

func catalog(t testing.TB) *i18n.Catalog {
	t.Helper()
	councils := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		councils[string(lang)+".toml"] = &fstest.MapFile{Data: []byte("role_secretary = 'Secretary'\nrole_secretary_for = 'Keeps the minutes.'\nrole_chair = 'Chair'\nrole_chair_for = 'Leads.'\n")}
	}
	c, err := i18n.Load(time.FixedZone("UTC+5", 5*3600), i18n.Source{Name: "identity", Files: Texts()}, i18n.Source{Name: "councils", Files: councils},
		i18n.Source{Name: "web", Files: web.Texts()}, i18n.Source{Name: "ui", Files: ui.Texts()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// each runs a test on a city of its own, on every engine.
func each(t *testing.T, test func(t *testing.T, c *city)) { eachWith(t, Options{}, test) }

func eachWith(t *testing.T, opts Options, test func(t *testing.T, c *city)) {
	t.Helper()
	begin := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	clock := &testClock{now: begin}
	storagetest.EachWith(t, []storage.Schema{{Module: "identity", Files: Schema()}, audit.Schema()}, storage.Options{Clock: clock.Now}, func(t *testing.T, db *storage.DB) {
		clock.pass(begin.Sub(clock.Now())) // the engine before has moved it
		test(t, newCity(t, db, clock, opts))
	})
}

func newCity(t *testing.T, db *storage.DB, clock *testClock, opts Options) *city {
	t.Helper()
	words := catalog(t)
	c := &city{t: t, db: db, rules: rulesOf(Settings()), post: &postbox{catalog: words}, log: &bytes.Buffer{}, clock: clock}
	opts.Origin, opts.Password, opts.Roles = origin, cheap, testRoles()
	opts.Scopes = testScopes{akimat: "City Hall", youth: "Youth Council", elders: "Council of Elders"}
	opts.City = func() civic.Text { return civic.Text{civic.Kazakh: "Шымкент", civic.English: "Shymkent"} }
	s, err := New(db, c.rules, c.post, opts)
	if err != nil {
		t.Fatal(err)
	}
	c.Service = s
	routes := s.Module().Routes
	echo := func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		return web.Write(w, r, "text/plain; charset=utf-8", []byte(web.Actor(r).Name+"|"+f.Value("text")+"|"+strings.Join(f.Values["theme"], ",")))
	}
	routes = append(routes, web.Route{Method: "POST", Pattern: "/say", Page: "/say", Access: web.Residents, Handler: echo},
		web.Route{Method: "GET", Pattern: "/say", Access: web.Residents, Handler: echo})
	c.server, err = web.NewServer(web.Config{Catalog: words, Routes: routes, Versions: db.Version, Authenticate: s.Authenticate, SignIn: s.SignInPage,
		Clock: clock.Now, Log: slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// browser keeps cookies and asks the city's pages.
type browser struct {
	t       *testing.T
	city    *city
	jar     http.CookieJar
	address string
	agent   string
}

func (c *city) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{t: c.t, city: c, jar: jar, address: "192.0.2.7:1234", agent: "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"}
}

type reply struct {
	status   int
	body     string
	location string
	header   http.Header
}

func (b *browser) do(method, path string, form url.Values) reply {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, origin+path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.send(r)
}

func (b *browser) send(r *http.Request) reply {
	b.t.Helper()
	r.RemoteAddr = b.address
	r.Header.Set("User-Agent", b.agent)
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.city.server.ServeHTTP(w, r)
	b.jar.SetCookies(r.URL, w.Result().Cookies())
	return reply{w.Code, w.Body.String(), w.Header().Get("Location"), w.Header()}
}

func (b *browser) get(path string) reply { b.t.Helper(); return b.do("GET", path, nil) }

func (b *browser) post(path string, pairs ...string) reply {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form)
}

func (r reply) want(t *testing.T, status int, parts ...string) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, text(r.body))
	}
	for _, p := range parts {
		if !strings.Contains(r.body+r.location, p) {
			t.Fatalf("no %q in %q %s", p, r.location, text(r.body))
		}
	}
	if strings.Contains(r.body, "⟦") {
		t.Fatalf("an unknown message key in %s", text(r.body))
	}
	return r
}

var tags = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

func text(html string) string { return tags.ReplaceAllString(html, " ") }

const goodPassword = "tulip anvil seven orbit"

// join signs a person up, through mail and pages, in a browser of their own.
func (c *city) join(email, name string) *browser {
	c.t.Helper()
	b := c.browser()
	b.post("/en/sign-up", "email", email).want(c.t, 303, "/en/look-into-your-mail")
	link := c.post.last(c.t, email).link(c.t)
	b.get(link).want(c.t, 200, strings.ToLower(email))
	b.post(link, "name", name, "password", goodPassword).want(c.t, 303)
	return b
}

// visitOf is the visit of whoever is signed in in a browser.
func (c *city) visitOf(b *browser) Visit {
	c.t.Helper()
	v, ok, err := c.Visit(context.Background(), b.cookie())
	if err != nil || !ok {
		c.t.Fatalf("not signed in: %v", err)
	}
	return v
}

func (b *browser) cookie() string {
	u, _ := url.Parse(origin)
	for _, k := range b.jar.Cookies(u) {
		if k.Name == sessionCookie {
			return k.Value
		}
	}
	return ""
}

// grant gives a role directly, as if decided long ago.
func (c *city) grant(b *browser, g civic.Grant) {
	c.t.Helper()
	v := c.visitOf(b)
	if err := c.db.Write(context.Background(), func(tx *storage.Tx) error { return c.Give(tx, civic.System(), v.Actor.Account, g) }); err != nil {
		c.t.Fatal(err)
	}
}

func code(t *testing.T, err error, want civic.Code) {
	t.Helper()
	if civic.CodeOf(err) != want {
		t.Fatalf("error %v, want code %q", err, want)
	}
}

// account reads what is kept of the holder of an address.
func (c *city) account(email string) Account {
	c.t.Helper()
	var a Account
	err := c.db.Read(context.Background(), func(tx *storage.Tx) (err error) {
		a, _, err = accountByEmail(tx, email)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *city) stored(email string) string { c.t.Helper(); return c.account(email).password }

// parallel runs f n times at once and returns how often each outcome came.
func parallel(n int, f func(i int) error) map[civic.Code]int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	out := map[civic.Code]int{}
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			err := f(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil && civic.CodeOf(err) == "" {
				out[civic.Code(err.Error())]++
				return
			}
			out[civic.CodeOf(err)]++
		})
	}
	close(start)
	wg.Wait()
	return out
}

// crossSite posts as a form on another site would.
func (b *browser) crossSite(path string) reply {
	b.t.Helper()
	r := httptest.NewRequest("POST", origin+path, strings.NewReader("name=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.test")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return b.send(r)
}
