package consultations

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var (
	zone  = citytest.Zone
	start = citytest.Start
)

// The bodies and organisations of the tests' city.
const (
	akimat = civic.ID("00000000000000000000akimat")
	police = civic.ID("00000000000000000000police")
	ngo    = civic.ID("00000000000000000000000ngo")
)

// testCity is a whole city with the bodies above, and the service of consultations in it.
type testCity struct {
	*citytest.City
	*Service
	t      testing.TB
	db     *storage.DB
	people map[civic.ID]*citytest.Person
}

func (c *testCity) at(t time.Time)           { c.At(t) }
func (c *testCity) pass(d time.Duration)     { c.Pass(d) }
func (c *testCity) ctx() context.Context     { return c.Ctx() }
func (c *testCity) must(err error) *testCity { c.t.Helper(); must(c.t, err); return c }
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code civic.Code) {
	t.Helper()
	if civic.CodeOf(err) != code {
		t.Fatalf("error %v, want code %q", err, code)
	}
}

func each(t *testing.T, test func(t *testing.T, c *testCity)) {
	t.Helper()
	citytest.Each(t, func(t *testing.T, c *citytest.City) { test(t, newCity(t, c)) }, Capability())
}

func newCity(t testing.TB, c *citytest.City) *testCity {
	t.Helper()
	for _, o := range []struct {
		id         civic.ID
		kind       string
		kk, ru, en string
	}{
		{akimat, organisations.StateBody, "Қала әкімдігі", "Акимат города", "City administration"},
		{police, organisations.StateBody, "Полиция департаменті", "Департамент полиции", "Police department"},
		{ngo, organisations.NGO, "«Жасыл қала» қоры", "Фонд «Зелёный город»", "Green City Foundation"},
	} {
		_, err := c.Organisations.Create(c.Ctx(), administrator, map[organisations.Field]string{"identifier": "birge:" + string(o.id), "kind": o.kind,
			"status": organisations.Active, "name.kk": o.kk, "name.ru": o.ru, "name.en": o.en}, organisations.Public)
		must(t, err)
	}
	if _, counts := t.(*testing.T); counts { // a benchmark measures what happens once
		c.Again()
	}
	return &testCity{c, citytest.Service[*Service](c), t, c.DB, map[civic.ID]*citytest.Person{}}
}

// person is a made-up actor as somebody with an account, who is the same each time.
func (c *testCity) person(a civic.Actor) *citytest.Person {
	c.t.Helper()
	if c.people[a.Account] == nil {
		c.people[a.Account] = c.Known(a)
	}
	return c.people[a.Account]
}

// visitor is a new browser of one of those below, or of somebody without an account.
func (c *testCity) visitor(who string) *citytest.Browser {
	c.t.Helper()
	if who == "" {
		return c.Browser(nil)
	}
	return c.Browser(c.person(people[who]))
}

// told lists what a resident was told, the newest first.
func (c *testCity) told(n int) []notifications.Kept {
	c.t.Helper()
	return c.Told(&citytest.Person{Actor: resident(n)})
}

// audited are the privileged acts of consultations, the oldest first: "account act".
func (c *testCity) audited() (out []string) {
	for _, e := range slices.Backward(c.Audited()) {
		if strings.HasPrefix(e.Act, "consultations.") {
			out = append(out, string(e.Account)+" "+e.Act)
		}
	}
	return out
}

func officer(body civic.ID) civic.Actor {
	return civic.Actor{Account: "officer-" + body, Name: "Officer", Assurance: civic.EmailConfirmed,
		Grants: []civic.Grant{{Role: civic.Officer, Scope: organisations.RefOf(body)}}}
}

func resident(n int) civic.Actor {
	return civic.Actor{Account: civic.ID(fmt.Sprintf("resident-%d", n)), Assurance: civic.EmailConfirmed}
}

var (
	moderator     = civic.Actor{Account: "moderator", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}
	administrator = civic.Actor{Account: "administrator", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Administrator}}}
	represents    = civic.Actor{Account: "representative", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: organisations.RefOf(ngo)}}}
)

// people are those whose browser a test can use.
var people = map[string]civic.Actor{
	"resident": resident(1), "other": resident(2), "officer": officer(akimat), "police": officer(police), "moderator": moderator,
	"administrator": administrator, "representative": represents, "newcomer": {Account: "new"},
}

// both is an official text that says the same in both official languages.
func both(text string) civic.Text { return civic.Text{"kk": text, "ru": text} }

func settingsFor(c *testCity, seeds ...string) Settings {
	set := c.Defaults()
	set.Question = civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?", "en": "What does the park need?"}
	set.Context = civic.Text{"kk": "Саябақ **ескі**.", "ru": "Парк **старый**."}
	set.Host, set.Body = akimat, akimat
	set.Audience = Anyone
	set.OpensAt, set.ClosesAt = start, start.AddDate(0, 0, 30)
	for _, text := range seeds {
		set.Seeds = append(set.Seeds, both(text))
	}
	return set
}

// opened makes a consultation that is open from start for 30 days.
func opened(c *testCity, change func(*Settings), seeds ...string) civic.ID {
	c.t.Helper()
	set := settingsFor(c, seeds...)
	if change != nil {
		change(&set)
	}
	id, err := c.Create(c.ctx(), officer(akimat), set)
	c.must(err).must(c.Publish(c.ctx(), officer(akimat), id))
	return id
}

func voter(n int) Voter { return Voter{Actor: resident(n)} }
func browser(n int) Voter {
	return Voter{Token: fmt.Sprintf("token-%d", n)}
}

func (c *testCity) counts(id civic.ID) map[int64]Count {
	c.t.Helper()
	out := map[int64]Count{}
	after := ""
	for {
		res, err := c.Results(c.ctx(), id, civic.Actor{}, "oldest", "shown", after)
		c.must(err)
		for _, s := range res.Items {
			out[s.No] = s.Count
		}
		if after = res.Next; after == "" {
			return out
		}
	}
}

const hostile = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`

func contains(t testing.TB, where, page string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(page, w) {
			t.Errorf("%s does not show %q", where, w)
		}
	}
}

func lacks(t testing.TB, where, page string, unwanted ...string) {
	t.Helper()
	for _, w := range unwanted {
		if strings.Contains(page, w) {
			t.Errorf("%s shows %q", where, w)
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
