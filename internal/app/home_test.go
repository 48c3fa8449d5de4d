package app_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// fair is a capability made up for these tests. It supplies what the pages of no single
// capability ask for, so that those pages are tested without real capabilities.
func fair(hands part.Running) capability.Capability {
	texts := fstest.MapFS{}
	for _, lang := range civic.Languages() {
		more := ""
		if lang == civic.Russian {
			more = "few = \"{{.Count}} stalls\"\nmany = \"{{.Count}} stalls\"\n"
		}
		texts[string(lang)+".toml"] = &fstest.MapFile{Data: []byte(`
kind_stall = "Stall"
kind_dance = "Dance"
nav = "Stalls"
nav_dances = "Dances"
who = "everybody"
number = "visitors"
number_other = "lanterns"
said = "Delivered"
taken = "7 of 9 taken"
waits = "Hang the lanterns"
did = "danced"
[counted]
one = "{{.Count}} stall"
other = "{{.Count}} stalls"
` + more)}
	}
	none := func(*storage.Tx, civic.Actor, []civic.ID) (map[civic.ID]part.Resolved, error) { return nil, nil }
	absent := []part.Point{part.PointSettings, part.PointActs, part.PointAudited, part.PointPersonal, part.PointHelp}
	for point, there := range map[part.Point]bool{part.PointNow: hands.Now != nil, part.PointWeek: hands.Week != nil, part.PointCame: hands.Came != nil,
		part.PointPromises: hands.Promises != nil, part.PointNumbers: hands.Numbers != nil, part.PointDesk: hands.Desk != nil, part.PointMe: hands.Me != nil} {
		if !there {
			absent = append(absent, point)
		}
	}
	return capability.Capability{
		Part: part.Part{Name: "fair", Texts: texts,
			Kinds:   []part.Kind{{Name: "fair.stall", Titles: none, NotSearched: "a test"}, {Name: "fair.dance", Titles: none, NotSearched: "a test"}},
			Without: []part.Absence{part.No("a test", absent...)}},
		New: func(capability.City) part.Running {
			hands := hands // of this city: the test opens one on each engine
			hands.Nav = []part.Nav{
				{Menu: part.Join, Place: 1, Text: "fair.nav", Path: "/stalls", Counted: "fair.counted", Count: func(*storage.Tx) (int64, error) { return 14, nil }},
				{Menu: part.Decide, Place: 2, Text: "fair.nav_dances", Path: "/dances"},
			}
			for _, n := range hands.Nav {
				hands.Routes = append(hands.Routes, web.Route{Method: "GET", Pattern: n.Path, Access: web.Everyone, Handler: nowhere})
			}
			return hands
		},
	}
}

func nowhere(http.ResponseWriter, *http.Request) error {
	return civic.Fail(civic.NotFound, "web.not_found")
}

func named(s string) civic.Text { return civic.Text{civic.English: s} }

// order fails unless the page has all the texts in this order.
func order(t *testing.T, page *citytest.Page, parts ...string) {
	t.Helper()
	text := page.Want(200).Text()
	at := 0
	for _, p := range parts {
		i := strings.Index(text[at:], p)
		if i < 0 {
			t.Fatalf("no %q after %q in\n%s", p, text[:at], text)
		}
		at += i + len(p)
	}
}

// A city in which much happens: three things of different kinds, with those that need no
// account first; what is next this week; how promises are kept; the latest answers; the verbs
// with what is under them; and four numbers, one of each part before a second of any.
func TestHomeOfAFullCity(t *testing.T) {
	day := 24 * time.Hour
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский; Abai"))
		page := c.Browser(nil).Get("/en")
		order(t, page, "Your word changes the city",
			"Take part now", "Dance", "Ring dance", "Abai", "everybody", "Stall", "Bread", "Stall", "Honey", "All 14",
			"This week", "Morning", "Abai", "Noon", "Evening",
			"Promised and done", "60%", "3 of 5", "1 answer is overdue", "Second answer", "Delivered", "7 of 9 taken", "First answer",
			"What you can do in the city", "Decide", "Join", "14 stalls", "Check", "300", "visitors", "+12 in 30 days", "7", "lanterns")
		if n := strings.Count(page.Body, `class="district"`); n != 2 {
			t.Errorf("%d things say their district, want 2", n)
		}
		page.Lacks("Night", "Oldest answer", "Cheese", "Lanterns", "0 organisations")
		if strings.Count(page.Body, `href="/en/stalls"`) == 0 || !strings.Contains(page.Body, `href="/en/owed"`) {
			t.Error("the verbs do not unfold, or what is owed has no list")
		}
	}, fair(part.Running{
		Now: func(tx *storage.Tx, most int) ([]part.Open, int64, error) {
			open := func(kind, name string, anyone bool, in time.Duration) part.Open {
				return part.Open{Kind: kind, Title: named(name), Path: "/stalls/1", Who: "fair.who", Anyone: anyone, Until: tx.Now().Add(in)}
			}
			dance := open("fair.dance", "Ring dance", true, 2*day)
			dance.District = "abai"
			closed := open("fair.stall", "Bread", true, 9*day)
			closed.District = "a-district-that-was" // of which nothing is left to be said
			endless := open("fair.stall", "Lanterns", false, 0)
			endless.Until = time.Time{}
			return []part.Open{endless, open("fair.stall", "Honey", false, day), open("fair.stall", "Cheese", false, 3*day), closed, dance}, 14, nil
		},
		Week: func(_ *storage.Tx, from, to time.Time, _ int) ([]part.Dated, error) {
			if to.Sub(from) != 7*day {
				t.Errorf("a week from %s to %s", from, to)
			}
			dated := func(name string, after time.Duration) part.Dated {
				return part.Dated{Kind: "fair.dance", Title: named(name), Path: "/dances/1", At: from.Add(after)}
			}
			morning := dated("Morning", time.Hour)
			morning.District = "abai"
			return []part.Dated{dated("Evening", 9*time.Hour), dated("Night", 14*time.Hour), morning, dated("Noon", 3*time.Hour)}, nil
		},
		Came: func(tx *storage.Tx, _ int) ([]part.Result, error) {
			result := func(name string, ago time.Duration) part.Result {
				return part.Result{Kind: "fair.stall", Title: named(name), Path: "/stalls/1", At: tx.Now().Add(-ago), Said: civic.Say("fair.said"), Tone: ui.Good,
					Facts: []civic.Message{civic.Say("fair.taken")}}
			}
			return []part.Result{result("First answer", 5*day), result("Oldest answer", 9*day), result("Second answer", day)}, nil
		},
		Promises: func(*storage.Tx) (part.Promises, error) {
			return part.Promises{InTime: 3, Late: 1, Overdue: 1, Path: "/owed"}, nil
		},
		Numbers: func(*storage.Tx, time.Time) ([]part.Number, error) {
			return []part.Number{{Value: 300, Then: new(int64(288)), Label: "fair.number", Path: "/stalls"}, {Value: 7, Label: "fair.number_other", Path: "/stalls"}}, nil
		},
	}))
}

// How a number changed is said in the reader's language: up, down or not at all. It looks as
// far back as the city's setting says, and says nothing where the past is unknown.
func TestTrends(t *testing.T) {
	for name, tc := range map[string]struct {
		lang string
		days int64
		then *int64
		want string // after the number's label
	}{
		"up":          {"kk", 30, new(int64(288)), "30 күнде +12"},
		"down":        {"ru", 31, new(int64(1312)), "−1 012 за 31 день"},
		"few days":    {"ru", 22, new(int64(299)), "+1 за 22 дня"},
		"level":       {"en", 7, new(int64(300)), "unchanged in 7 days"},
		"all is new":  {"en", 30, new(int64(0)), ""},
		"not known":   {"kk", 30, nil, ""},
		"level there": {"kk", 30, new(int64(300)), "30 күнде өзгерген жоқ"},
	} {
		t.Run(name, func(t *testing.T) {
			citytest.Each(t, func(t *testing.T, c *citytest.City) {
				c.Set("app.trend_days", tc.days)
				_, after, _ := strings.Cut(c.Browser(nil).Get("/"+tc.lang).Want(200).Main().Text(), "visitors")
				if got := strings.ReplaceAll(strings.TrimSpace(after), "\u00a0", " "); got != tc.want {
					t.Errorf("after the label stands %q, want %q", got, tc.want)
				}
			}, fair(part.Running{Numbers: func(tx *storage.Tx, then time.Time) ([]part.Number, error) {
				if !then.Equal(time.Date(2026, 3, 2-int(tc.days), 0, 0, 0, 0, citytest.Zone)) {
					t.Errorf("the number is asked about %s", then)
				}
				return []part.Number{{Value: 300, Then: tc.then, Label: "fair.number", Path: "/stalls"}}, nil
			}}))
		})
	}
}

// The first line counts the answers to what the person took part in, until they are read. All
// other notices are counted in the page's head.
func TestAnswersThatCame(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		asan := c.Resident(civic.English)
		c.Write(func(tx *storage.Tx) error {
			return c.Notifications.Notify(tx, asan.Account, notifications.Notice{Subject: civic.Say("fair.waits"), Path: "/stalls/1"})
		})
		c.Browser(asan).Get("/en").Want(200, "1<span class=\"vh\"> ").Lacks("answer came", "Nothing new for you")
		c.Write(func(tx *storage.Tx) error {
			return c.Notifications.Notify(tx, asan.Account, notifications.Notice{Subject: civic.Say("fair.said"), Path: "/stalls/1", Answer: true})
		})
		c.Browser(asan).Get("/en").Want(200, "1 answer came", "2<span class=\"vh\"> ")
		for _, n := range c.Told(asan) {
			if n.Subject.Key == "fair.said" {
				c.Browser(asan).Get("/en/notices/" + string(n.ID)).Want(303)
			}
		}
		c.Browser(asan).Get("/en").Want(200, "1<span class=\"vh\"> ").Lacks("answer came")
	}, fair(part.Running{}))
}

// A new city has bodies and nothing to take part in. It shows no zeros and no empty headings.
func TestHomeOfANewCity(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Body("Әкімдік")
		page := c.Browser(nil).Get("/en")
		order(t, page, "Take part now", "Nothing is open right now", "What you can do in the city", "Speak", "Check", "1 organisation", "1 organisation in the register")
		page.Lacks("This week", "Promised and done", "0 open", "<b>0</b>", "Everything is about to begin")
		c.Browser(c.Administrator()).Get("/en").Want(200, "Hello, Administrator", "things wait for you").Lacks("What to do next")
	}, capabilities.All()...)
}

// An empty city tells its administrator what to do, and others that it has just begun.
func TestHomeOfAnEmptyCity(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		visitor := c.Browser(nil).Get("/en")
		order(t, visitor, "Your word changes the city", "Everything is about to begin here", "What you can do in the city")
		visitor.Lacks("Nothing is open right now", "Promised and done", "What to do next", "0 o", "<b>0</b>")
		admin := c.Browser(c.Administrator()).Get("/en")
		order(t, admin, "Hello, Administrator", "What to do next", "The city is not yet set up", "Add the state bodies", "Begin the first consultation")
		c.Browser(c.Resident(civic.English)).Get("/en").Want(200, "Hello, Person", "Nothing new for you yet", "Everything is about to begin here").Lacks("What to do next")
	}, capabilities.All()...)
}

// What waits for staff, over all parts: overdue things first, then by stage and date. What is
// not about a thing is named after what is to be done.
func TestDesk(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		officer := c.Officer(c.Body("Әкімдік"))
		order(t, c.Browser(officer).Get("/en/desk"), "Overdue", "1", "Late stall", "To answer", "2", "Soon", "Later", "To prepare", "Hang the lanterns", "Tools")
		order(t, c.Browser(officer).Get("/en"), "Hello, ", "1 thing to take part in ends soon", "4 things wait for you", "1 is overdue")
		c.Set("app.soon_days", 9)
		order(t, c.Browser(officer).Get("/en"), "Hello, ", "2 things to take part in end soon")
		order(t, c.Browser(officer).Get("/en/me"), "What you did", "Ring dance", "danced", "Notices", "My claims")
	}, fair(part.Running{
		Now: func(tx *storage.Tx, _ int) ([]part.Open, int64, error) {
			soon := part.Open{Kind: "fair.dance", Title: named("Soon over"), Path: "/dances/1", Who: "fair.who", Until: tx.Now().Add(6 * 24 * time.Hour)}
			later, always := soon, soon
			later.Until, always.Until = tx.Now().Add(8*24*time.Hour), time.Time{}
			return []part.Open{soon, later, always}, 3, nil
		},
		Desk: func(tx *storage.Tx, _ civic.Actor, _ int) ([]part.Waiting, error) {
			waits := func(stage part.Stage, name string, in time.Duration) part.Waiting {
				w := part.Waiting{Stage: stage, Kind: "fair.stall", What: civic.Say("fair.waits"), Path: "/stalls/1"}
				if name != "" {
					w.Title, w.Due = named(name), tx.Now().Add(in)
				}
				return w
			}
			return []part.Waiting{waits(part.Prepare, "", 0), waits(part.Answer, "Later", 9*time.Hour), waits(part.Answer, "Late stall", -time.Hour),
				waits(part.Answer, "Soon", time.Hour)}, nil
		},
		Me: func(tx *storage.Tx, _ civic.Actor, _ int) ([]part.Mine, error) {
			return []part.Mine{{Kind: "fair.dance", Title: named("Ring dance"), Path: "/dances/1", At: tx.Now(), State: civic.Say("fair.did")}}, nil
		},
	}))
}

// Every part answers what people ask about it, in every language, and links to where it is
// done. The foot of every page links to the answers.
func TestHelp(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		order(t, c.Browser(nil).Get("/en/help"), "How do I take part in a consultation?", "What is the opinion map?", "How do I find something?", "How do I reach a state body?",
			"What needs an account", "What happens with my personal data?", "How do I check the public record?")
		reader := c.Browser(c.Resident(""))
		for _, lang := range civic.Languages() {
			prefix := "/" + string(lang)
			main := c.Browser(nil).Get(prefix + "/help").Want(200).Main().Body
			if n := strings.Count(main, "<h2"); n != len(c.Declared.Help()) {
				t.Errorf("%s: %d questions, want %d", lang, n, len(c.Declared.Help()))
			}
			for _, h := range c.Declared.Help() {
				if h.Path == "" {
					continue
				}
				if !strings.Contains(main, `href="`+prefix+h.Path+`"`) {
					t.Errorf("%s: no link to %s", lang, h.Path)
				}
				if page := reader.Get(prefix + h.Path); page.Status != 200 && page.Status != 303 {
					t.Errorf("%s leads to %s: %d", h.Name, h.Path, page.Status)
				}
			}
			c.Browser(nil).Get(prefix+"/rules").Want(200, `href="`+prefix+`/help"`)
		}
	})
}

// Staff begin at their desk and others at home, unless they were on their way somewhere.
func TestWhereToGoAfterSignIn(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		officer, resident := c.Officer(c.Body("Әкімдік")), c.Resident("")
		for _, tc := range []struct {
			who        *citytest.Person
			next, want string
		}{
			{officer, "", "/kk/desk"}, {officer, "/", "/kk/desk"}, {officer, "/organisations", "/kk/organisations"},
			{resident, "", "/kk"}, {resident, "/rules", "/kk/rules"},
		} {
			c.Browser(nil).Post("/kk/sign-in", "email", tc.who.Email, "password", citytest.Password, "next", tc.next).Want(303)
			got := c.Browser(nil).Post("/kk/sign-in", "email", tc.who.Email, "password", citytest.Password, "next", tc.next).Location
			if got, _, _ = strings.Cut(got, "?"); got != tc.want {
				t.Errorf("%s going to %q is sent to %s, want %s", tc.who.Email, tc.next, got, tc.want)
			}
		}
		if page := c.Browser(officer).Get("/kk/sign-in"); page.Location != "/kk/desk" {
			t.Errorf("who is signed in already is sent to %q", page.Location)
		}
	}, capabilities.All()...)
}
