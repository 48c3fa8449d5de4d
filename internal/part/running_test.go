package part_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

// What a running part forgets stops the program too.
func TestNothingIsForgottenWhileRunning(t *testing.T) {
	declared, err := part.Declare(words(t, gardenTexts, ""), garden())
	if err != nil {
		t.Fatal(err)
	}
	routes := func() []web.Route {
		return []web.Route{{Method: "GET", Pattern: "/garden", Access: web.Everyone}, {Method: "GET", Pattern: "/garden/{id}"}, {Method: "GET", Pattern: "/garden.csv", Plain: true}, {Method: "POST", Pattern: "/elsewhere"}}
	}
	whole := func() part.Running {
		r := part.Running{
			Nav: []part.Nav{{Menu: part.Join, Text: "garden.nav", Lede: "garden.nav_lede", Path: "/garden", Counted: "garden.nav_counted",
				Count: func(*storage.Tx) (int64, error) { return 0, nil }}},
			Now:     func(*storage.Tx, int) ([]part.Open, int64, error) { return nil, 0, nil },
			Numbers: func(*storage.Tx, time.Time) ([]part.Number, error) { return nil, nil },
		}
		r.Routes = routes()
		return r
	}
	if err := garden().Check(whole(), declared); err != nil {
		t.Fatalf("a whole part is refused: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*part.Running)
		want   string
	}{
		"no entry in the navigation": {func(r *part.Running) { r.Nav = nil }, `it has no nav, and does not say why`},
		"nothing on the home page":   {func(r *part.Running) { r.Now = nil }, `it has no now, and does not say why`},
		"no numbers":                 {func(r *part.Running) { r.Numbers = nil }, `it has no numbers, and does not say why`},
		"an absence of what is there": {func(r *part.Running) {
			r.Week = func(*storage.Tx, time.Time, time.Time, int) ([]part.Dated, error) { return nil, nil }
		}, `it has week, and says that it has none`},
		"a page outside the menus":              {func(r *part.Running) { r.Routes = append(r.Routes, web.Route{Method: "GET", Pattern: "/gardens"}) }, `the page /gardens belongs to no entry of the navigation`},
		"an entry without words":                {func(r *part.Running) { r.Nav[0].Text = "garden.menu" }, `lacks its text "garden.menu"`},
		"an entry without any text":             {func(r *part.Running) { r.Nav[0].Text = "" }, `lacks its text ""`},
		"an entry of no menu":                   {func(r *part.Running) { r.Nav[0].Menu = "" }, `the entry /garden of the navigation is in no menu: ""`},
		"an entry without its line":             {func(r *part.Running) { r.Nav[0].Lede = "garden.lede" }, `lacks its text "garden.lede"`},
		"an entry without address":              {func(r *part.Running) { r.Nav[0].Path = "garden" }, `the entry "garden" of the navigation has no address`},
		"an entry that leads nowhere":           {func(r *part.Running) { r.Nav[0].Path = "/gardens" }, `the entry /gardens of the navigation leads to no page of the part`},
		"an entry that holds what is not there": {func(r *part.Running) { r.Nav[0].Also = []string{"/fences"} }, `the entry /garden of the navigation holds /fences too, and no page is there`},
		"an entry shown to whom its page is closed": {func(r *part.Running) { r.Routes[0].Access = web.SignedIn },
			`the entry /garden of the navigation is shown to everyone, and its page to signed in`},
		"an entry hidden from whom its page is open to": {func(r *part.Running) { r.Nav[0].Access = web.SignedIn },
			`the entry /garden of the navigation is shown to signed in, and its page to everyone`},
		"an address in no menu where nothing is": {func(r *part.Running) { r.Unlisted = []string{"/fences"} }, `/fences is Unlisted, and no page is there`},
		"words without a count":                  {func(r *part.Running) { r.Nav[0].Count = nil }, `a count without its words`},
		"work without a name":                    {func(r *part.Running) { r.Jobs = []jobs.Kind{{Name: "garden.water"}} }, `the text garden.job_water is missing`},
		"work of another":                        {func(r *part.Running) { r.Jobs = []jobs.Kind{{Name: "other.water"}} }, `the job "other.water" does not begin with "garden."`},
		"a count without words":                  {func(r *part.Running) { r.Nav[0].Counted = "" }, `a count without its words`},
	} {
		t.Run(name, func(t *testing.T) {
			r := whole()
			c.change(&r)
			if err := garden().Check(r, declared); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	p := garden()
	p.Help[0].Path = "/gardens?open=1"
	if err := p.Check(whole(), declared); err == nil || !strings.Contains(err.Error(), `"garden.water" leads to /gardens, and the part has no page there`) {
		t.Errorf("a topic of help that leads nowhere: %v", err)
	}
	r := whole()
	r.Routes, r.Unlisted = append(r.Routes, web.Route{Method: "GET", Pattern: "/gardens"}), []string{"/gardens"}
	if err := garden().Check(r, declared); err != nil {
		t.Errorf("a page that says it is in no menu: %v", err)
	}
}
