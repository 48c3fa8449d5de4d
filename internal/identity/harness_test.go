package identity_test

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// The roles of a capability of the tests' own: councils with a secretary each, whom a chair of
// the same council or an administrator appoints.
const (
	secretary = civic.Role("councils.secretary")
	chair     = civic.Role("councils.chair")
	council   = "councils.council"
)

// The things for which roles are held.
var (
	akimat = organisations.RefOf("00000000000000000000akimat")
	youth  = civic.Ref{Kind: council, ID: "youth"}
	elders = civic.Ref{Kind: council, ID: "elders"}
)

// testCity is a whole city with a body, councils, and a capability that keeps notes on people.
type testCity struct {
	*citytest.City
	notes *notes
	log   *bytes.Buffer // all that the program has logged
	cfg   app.Config
}

// each runs a test on a city of its own, on every engine.
func each(t *testing.T, test func(t *testing.T, c *testCity)) { eachWith(t, app.Config{}, test) }

func eachWith(t *testing.T, cfg app.Config, test func(t *testing.T, c *testCity)) {
	t.Helper()
	held, log := &notes{}, &bytes.Buffer{}
	cfg.Capabilities = []capability.Capability{councils(), held.capability()}
	cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	citytest.EachWith(t, cfg, func(t *testing.T, city *citytest.City) {
		c := &testCity{city, held, log, cfg}
		c.At(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
		admin := civic.Actor{Account: "setup", Grants: []civic.Grant{{Role: civic.Administrator}}}
		c.Must(c.Settings.Describe(c.Ctx(), admin, civic.Text{civic.Kazakh: "Шымкент", civic.Russian: "Шымкент", civic.English: "Shymkent"}, civic.Languages()))
		_, err := c.Organisations.Create(c.Ctx(), admin, map[organisations.Field]string{"identifier": "birge:" + string(akimat.ID),
			"kind": organisations.StateBody, "status": organisations.Active, "name.kk": "Әкімдік", "name.en": "City Hall"}, organisations.Public)
		c.Must(err)
		test(t, c)
	})
}

// node is another node of the same city, on the same database.
func (c *testCity) node() *testCity {
	c.T.Helper()
	node := &testCity{citytest.Open(c.T, c.DB.DSN(), c.cfg), c.notes, c.log, c.cfg}
	node.At(c.Now())
	return node
}

// service is identity once more on the city's database, with other options.
func (c *testCity) service(opts Options) (*Service, error) {
	opts.Password = PasswordCost{Memory: 64, Passes: 1, Threads: 1}
	return New(c.Ctx(), c.DB, c.Settings, mail.Post{Catalog: c.Catalog}, c.Declared, c.Trail, opts)
}

// absent answers for everything that a made-up capability does not have.
func absent(points ...part.Point) []part.Absence {
	return []part.Absence{part.No("a test's", append(points, part.PointSettings, part.PointActs, part.PointAudited, part.PointNav, part.PointHelp, part.PointNow,
		part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointDesk, part.PointMe)...)}
}

// texts are the same in every language.
func texts(text string) fstest.MapFS {
	files := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		files[string(lang)+".toml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// councils is a capability with a kind of thing for which roles are held.
func councils() capability.Capability {
	names := map[civic.ID]string{"youth": "Youth Council", "elders": "Council of Elders"}
	return capability.Capability{
		Part: part.Part{Name: "councils", Without: absent(part.PointPersonal),
			Texts: texts("kind_council = 'Council'\nrole_secretary = 'Secretary'\nrole_secretary_for = 'Keeps the minutes.'\nrole_chair = 'Chair'\nrole_chair_for = 'Leads.'\n"),
			Roles: []part.Role{{Name: secretary, Scope: council, GivenBy: []civic.Role{chair}}, {Name: chair, Scope: council}},
			Kinds: []part.Kind{{Name: council, NotSearched: "a test's",
				Titles: func(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
					out := map[civic.ID]part.Resolved{}
					for _, id := range ids {
						if name, known := names[id]; known {
							out[id] = part.Resolved{Title: civic.Text{civic.English: name}}
						}
					}
					return out, nil
				},
				Choices: func(*storage.Tx) (out []part.Choice, _ error) {
					for _, id := range slices.Sorted(maps.Keys(names)) {
						out = append(out, part.Choice{ID: id, Title: civic.Text{civic.English: names[id]}})
					}
					return out, nil
				}}}},
		New: func(capability.City) part.Running { return part.Running{} },
	}
}

// notes is a capability that keeps something about people and shows what they write.
type notes struct{ erased civic.ID }

func (n *notes) capability() capability.Capability {
	return capability.Capability{
		Part: part.Part{Name: "notes", Texts: texts(""), Without: absent(part.PointKinds), Personal: part.Personal{
			Export: func(_ *storage.Tx, account civic.ID) (any, error) {
				return map[string]string{"of": string(account)}, nil
			},
			Erase: func(_ *storage.Tx, account civic.ID) error { n.erased = account; return nil },
		}},
		New: func(capability.City) part.Running {
			return part.Running{Routes: []web.Route{
				{Method: "POST", Pattern: "/say", Page: "/say", Access: web.Residents, Handler: echo},
				{Method: "GET", Pattern: "/say", Access: web.Residents, Handler: echo},
			}, Unlisted: []string{"/say"}}
		},
	}
}

func echo(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	return web.Write(w, r, "text/plain; charset=utf-8", []byte(web.Actor(r).Name+"|"+f.Value("text")+"|"+strings.Join(f.Values["theme"], ",")))
}

// testRoles is the table of roles with those of the councils.
func testRoles() (table part.Roles) {
	table.Add("identity", OwnRoles()...)
	table.Add("councils", councils().Roles...)
	return table
}

var linkIn = regexp.MustCompile(`http://city\.test(/\S+)`)

// link returns the path of the link in the newest mail to an address, and the secret token at
// its end.
func (c *testCity) link(to string) string {
	c.T.Helper()
	text := c.Letter(to).Text
	m := linkIn.FindStringSubmatch(text)
	if m == nil {
		c.T.Fatalf("no link in %q", text)
	}
	return m[1]
}

func (c *testCity) token(to string) string { c.T.Helper(); return tokenOf(c.link(to)) }

func tokenOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// join signs a person up, through mail and pages, in a browser of their own.
func (c *testCity) join(email, name string) *citytest.Browser {
	c.T.Helper()
	c.Jobs() // mails that wait together are sent in no particular order
	b := c.Browser(nil)
	b.Post("/en/sign-up", "email", email).Want(303, "/en/look-into-your-mail")
	link := c.link(email)
	b.Get(link).Want(200, strings.ToLower(email))
	b.Post(link, "name", name, "password", citytest.Password).Want(303)
	return b
}

// visitOf is the visit of the person who is signed in in a browser.
func (c *testCity) visitOf(b *citytest.Browser) Visit {
	c.T.Helper()
	v, ok, err := c.Identity.Visit(c.Ctx(), b.Cookie(SessionCookie))
	if err != nil || !ok {
		c.T.Fatalf("not signed in: %v", err)
	}
	return v
}

// grant gives a role directly, without the pages.
func (c *testCity) grant(b *citytest.Browser, g civic.Grant) {
	c.T.Helper()
	v := c.visitOf(b)
	c.Write(func(tx *storage.Tx) error { return c.Identity.Give(tx, civic.System(), v.Actor.Account, g) })
}

// stored is the hash that is kept of a password.
func (c *testCity) stored(email string) (hash string) {
	c.T.Helper()
	c.Read(func(tx *storage.Tx) (err error) { hash, err = StoredPassword(tx, email); return err })
	return hash
}

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

// formRequest is a form that is sent with headers that a browser of the test kit does not set.
func formRequest(path string, form url.Values) *http.Request {
	r := httptest.NewRequest("POST", citytest.Origin+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// crossSite posts the form as a page on another site would.
func crossSite(b *citytest.Browser, path string) *citytest.Page {
	r := formRequest(path, url.Values{"name": {"x"}})
	r.Header.Set("Origin", "https://evil.test")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return b.Do(r)
}
