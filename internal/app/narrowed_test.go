package app_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Public lists, page by page, in which nothing is about a district, and why.
var noDistricts = map[string]string{
	"/bookings":              "one's own places",
	"/budget":                "a campaign is of the whole city; its ideas are narrowed",
	"/past-budgets":          "a past vote is of one part of a budget, which its title says",
	"/consultations/mine":    "one's own statements",
	"/claims":                "who asked to speak for an organisation",
	"/forming":               "competitions are by council",
	"/learning":              "a course is nowhere",
	"/meetings":              "meetings are by council",
	"/organisations/filings": "who has filed a year",
	"/record":                "acts are by kind and thing",
	"/webhooks":              "one's own",
}

// Every list that goes on over pages can be narrowed by district, as the page of settings promises, or says why not.
func TestListsAreNarrowedByDistrict(t *testing.T) {
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities.All()})
	narrowed, stale := 0, map[string]bool{}
	for pattern := range noDistricts {
		stale[pattern] = true
	}
	for _, r := range c.Routes() {
		if r.Method != "GET" || strings.Contains(r.Pattern, "{") || strings.Contains(r.Pattern, "/desk") || strings.HasPrefix(r.Pattern, "/api/") || !slices.Contains(r.Query, "after") {
			continue
		}
		by, why := slices.Contains(r.Query, "district"), noDistricts[r.Pattern]
		delete(stale, r.Pattern)
		switch {
		case by && why != "":
			t.Errorf("%s is narrowed by district, and has a reason not to be", r.Pattern)
		case by:
			narrowed++
		case why == "":
			t.Errorf("%s cannot be narrowed by district, and does not say why", r.Pattern)
		}
	}
	if narrowed < 14 || len(stale) > 0 {
		t.Errorf("%d lists are narrowed; no lists: %v", narrowed, stale)
	}
}

// Every list, export and interface that has no other place in its address takes words, a district and whatever its own page offers to
// narrow it by, and finds something or nothing. A list of which no test asked for words once failed for every word.
func TestListsTakeWhatNarrowsThem(t *testing.T) {
	each(t, func(t *testing.T, c *citytest.City) {
		boss := c.Administrator()
		c.Must(c.Settings.SetDistricts(c.Ctx(), boss.Actor, "Абай; Абайский; Abai"))
		admin, asked := c.Browser(boss), 0
		for _, r := range c.Routes() {
			if r.Method != "GET" || strings.Contains(strings.TrimSuffix(r.Pattern, "{$}"), "{") || len(r.Query) == 0 {
				continue
			}
			path := strings.TrimSuffix(r.Pattern, "{$}")
			if !r.Plain {
				path = "/ru" + path
			}
			page := admin.Get(path)
			for _, name := range r.Query {
				values := map[string][]string{"q": {"су", "жол су"}, "district": {"abai"}}[name]
				for _, offered := range regexp.MustCompile(`[?;&]`+name+`=([a-z0-9_.-]+)`).FindAllStringSubmatch(page.Body, 20) {
					values = append(values, offered[1])
				}
				for _, value := range values {
					asked++
					if got := admin.Get(path + "?" + url.Values{name: {value}}.Encode()); got.Status != page.Status && got.Status != 200 {
						t.Errorf("%s?%s=%s: %d, without %d", path, name, value, got.Status, page.Status)
					}
				}
			}
		}
		if asked < 150 {
			t.Errorf("only %d addresses were asked", asked)
		}
	})
}
