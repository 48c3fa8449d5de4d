package identity

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
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

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const origin = "http://city.test"

// postbox reads the mails that have left.
type postbox struct {
	worker *jobs.Worker
	sent   *mail.Outbox
}

type letter struct{ subject, body string }

// empty sends what waits.
func (b *postbox) empty(t *testing.T) {
	t.Helper()
	if err := b.worker.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// last is the newest mail to an address.
func (b *postbox) last(t *testing.T, to string) letter {
	t.Helper()
	b.empty(t)
	for _, m := range b.sent.Messages() { // the latest first
		if m.To == strings.ToLower(to) {
			return letter{m.Subject, m.Text}
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

// The roles of a part of the tests' own: councils with a secretary each, whom a chair of the
// same council or an administrator appoints.
const (
	secretary = civic.Role("councils.secretary")
	chair     = civic.Role("councils.chair")
	council   = "councils.council"
)

// The things for which roles are held.
var (
	akimat = civic.Ref{Kind: scopeKind, ID: "akimat"}
	youth  = civic.Ref{Kind: council, ID: "youth"}
	elders = civic.Ref{Kind: council, ID: "elders"}
)

// testRoles is the table of roles with those of the councils.
func testRoles() (table part.Roles) {
	table.Add("identity", roles()...)
	table.Add("councils", councils().Roles...)
	return table
}

// holding is a made-up part with one kind of thing for which roles are held.
func holding(name, kind, texts string, things map[civic.ID]string) part.Part {
	files := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		files[string(lang)+".toml"] = &fstest.MapFile{Data: []byte(texts)}
	}
	return part.Part{Name: name, Texts: files,
		Kinds: []part.Kind{{Name: kind, NotSearched: "a test's",
			Titles: func(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
				out := map[civic.ID]part.Resolved{}
				for _, id := range ids {
					if title, known := things[id]; known {
						out[id] = part.Resolved{Title: civic.Text{civic.English: title}}
					}
				}
				return out, nil
			},
			Choices: func(*storage.Tx) (out []part.Choice, _ error) {
				for _, id := range slices.Sorted(maps.Keys(things)) {
					out = append(out, part.Choice{ID: id, Title: civic.Text{civic.English: things[id]}})
				}
				return out, nil
			}}},
		Without: []part.Absence{part.No("a test's", part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal)}}
}

func register() part.Part {
	return holding("organisations", scopeKind, "kind_organisation = 'Organisation'\n", map[civic.ID]string{"akimat": "City Hall"})
}

func councils() part.Part {
	p := holding("councils", council, "kind_council = 'Council'\nrole_secretary = 'Secretary'\nrole_secretary_for = 'Keeps the minutes.'\nrole_chair = 'Chair'\nrole_chair_for = 'Leads.'\n",
		map[civic.ID]string{"youth": "Youth Council", "elders": "Council of Elders"})
	p.Roles = []part.Role{{Name: secretary, Scope: council, GivenBy: []civic.Role{chair}}, {Name: chair, Scope: council}}
	return p
}

// testCity is a running city with nothing but identity in it, and the names of councils.
type testCity struct {
	*Service
	t        *testing.T
	db       *storage.DB
	settings *city.Service
	post     *postbox
	server   *web.Server
	log      *bytes.Buffer
	clock    *testClock
	made     foundation
	held     *notes
}

// foundation is what identity stands on.
type foundation struct {
	settings *city.Service
	post     mail.Post
	declared *part.Declared
	trail    *audit.Trail
}

// set gives a setting another value, bounds or not.
func (c *testCity) set(key string, v int64) {
	c.t.Helper()
	err := c.db.Write(context.Background(), func(tx *storage.Tx) error {
		tx.Touch(city.Topic)
		_, err := tx.Exec("INSERT INTO city_value (key, effective_from, value, source, set_at) VALUES ($1, '2000-01-01', $2, 'test', 0)", key, v)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// parts are identity and what it stands on, and a made-up capability that keeps notes on people.
func parts(held *notes) []part.Part {
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: nil}
	}
	return []part.Part{city.Part(), Part(), register(), councils(), {Name: "notes", Texts: texts, Personal: part.Personal{Export: held.export, Erase: held.erase},
		Without: []part.Absence{part.No("a test's", part.PointSettings, part.PointKinds, part.PointActs, part.PointAudited)}}}
}

func found(t testing.TB, db *storage.DB, held *notes) foundation {
	t.Helper()
	words := catalog(t)
	declared, err := part.Declare(words, parts(held)...)
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.New(declared.Audited)
	settings, err := city.New(context.Background(), db, words.For(civic.Kazakh).Zone(), declared.Settings(), trail)
	if err != nil {
		t.Fatal(err)
	}
	return foundation{settings, mail.Post{Catalog: words}, declared, trail}
}

func (f foundation) identity(db *storage.DB, opts Options) (*Service, error) {
	return New(db, f.settings, f.post, f.declared, f.trail, opts)
}

func schemas() []storage.Schema {
	return []storage.Schema{{Module: "city", Files: city.Part().Schema}, {Module: "identity", Files: Part().Schema}, audit.Schema(), jobs.Schema()}
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
	c, err := i18n.Load(time.FixedZone("UTC+5", 5*3600), i18n.Source{Name: "identity", Files: Part().Texts}, i18n.Source{Name: "councils", Files: councils().Texts}, i18n.Source{Name: "organisations", Files: register().Texts}, i18n.Source{Name: "city", Files: city.Part().Texts},
		i18n.Source{Name: "web", Files: web.Texts()}, i18n.Source{Name: "ui", Files: ui.Texts()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// each runs a test on a city of its own, on every engine.
func each(t *testing.T, test func(t *testing.T, c *testCity)) { eachWith(t, Options{}, test) }

func eachWith(t *testing.T, opts Options, test func(t *testing.T, c *testCity)) {
	t.Helper()
	begin := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	clock := &testClock{now: begin}
	storagetest.EachWith(t, schemas(), storage.Options{Clock: clock.Now}, func(t *testing.T, db *storage.DB) {
		clock.pass(begin.Sub(clock.Now())) // the engine before has moved it
		test(t, newCity(t, db, clock, opts))
	})
}

func newCity(t *testing.T, db *storage.DB, clock *testClock, opts Options) *testCity {
	t.Helper()
	held := &notes{}
	made := found(t, db, held)
	sent := mail.NewOutbox(slog.New(slog.DiscardHandler), 1000)
	c := &testCity{t: t, db: db, settings: made.settings, log: &bytes.Buffer{}, clock: clock, made: made, held: held,
		post: &postbox{jobs.New(db, []jobs.Kind{mail.Kind(sent)}, nil, slog.New(slog.DiscardHandler), jobs.WorkerOptions{}), sent}}
	opts.Origin, opts.Password = origin, cheap
	s, err := made.identity(db, opts)
	if err != nil {
		t.Fatal(err)
	}
	c.Service = s
	admin := civic.Actor{Account: "setup", Grants: []civic.Grant{{Role: civic.Administrator}}}
	if err := made.settings.Describe(context.Background(), admin, civic.Text{civic.Kazakh: "Шымкент", civic.English: "Shymkent"}, []civic.Lang{civic.Kazakh, civic.English}); err != nil {
		t.Fatal(err)
	}
	routes := s.Running().Routes
	echo := func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		return web.Write(w, r, "text/plain; charset=utf-8", []byte(web.Actor(r).Name+"|"+f.Value("text")+"|"+strings.Join(f.Values["theme"], ",")))
	}
	routes = append(routes, web.Route{Method: "POST", Pattern: "/say", Page: "/say", Access: web.Residents, Handler: echo},
		web.Route{Method: "GET", Pattern: "/say", Access: web.Residents, Handler: echo})
	c.server, err = web.NewServer(web.Config{Catalog: made.post.Catalog, Routes: routes, Versions: db.Version, Authenticate: s.Authenticate, SignIn: s.SignInPage,
		Clock: clock.Now, Log: slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// browser keeps cookies and asks the city's pages.
type browser struct {
	t       *testing.T
	city    *testCity
	jar     http.CookieJar
	address string
	agent   string
}

func (c *testCity) browser() *browser {
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
	b.city.post.empty(b.t) // what waits together leaves in no particular order
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
func (c *testCity) join(email, name string) *browser {
	c.t.Helper()
	c.post.empty(c.t)
	b := c.browser()
	b.post("/en/sign-up", "email", email).want(c.t, 303, "/en/look-into-your-mail")
	link := c.post.last(c.t, email).link(c.t)
	b.get(link).want(c.t, 200, strings.ToLower(email))
	b.post(link, "name", name, "password", goodPassword).want(c.t, 303)
	return b
}

// visitOf is the visit of whoever is signed in in a browser.
func (c *testCity) visitOf(b *browser) Visit {
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
func (c *testCity) grant(b *browser, g civic.Grant) {
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
func (c *testCity) account(email string) Account {
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

func (c *testCity) stored(email string) string { c.t.Helper(); return c.account(email).password }

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
