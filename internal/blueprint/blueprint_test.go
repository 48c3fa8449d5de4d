package blueprint_test

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/blueprint"
	"github.com/birge-kz/birge/internal/blueprint/archive"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/learning"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

func capabilities() []capability.Capability {
	return []capability.Capability{learning.Capability()}
}

// other is a second city.
func other(t *testing.T) *citytest.City {
	at := &url.URL{Scheme: "http", Host: "other.test"}
	return citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: capabilities(), URL: at})
}

// handed is the blueprint of a city as another reads it.
func handed(t *testing.T, c *citytest.City) archive.Blueprint {
	t.Helper()
	c.Acts() // the record opens
	raw, _, err := c.Blueprint.Archive(c.Ctx())
	c.Must(err)
	b, err := archive.Read(raw)
	c.Must(err)
	keys, err := c.Record.Keys(c.Ctx())
	c.Must(err)
	if _, err := b.SignedBy(keys); err != nil {
		t.Fatal(err)
	}
	return b
}

func take(c *citytest.City, b archive.Blueprint, choice blueprint.Choice) map[string]blueprint.Outcome {
	c.T.Helper()
	all, err := c.Blueprint.Take(c.Ctx(), c.Administrator().Actor, b, choice)
	c.Must(err)
	out := map[string]blueprint.Outcome{}
	for _, o := range all {
		out[o.ID()] = o
	}
	return out
}

func write(c *citytest.City, name, ru string) {
	c.T.Helper()
	r := c.Moderation.Book().Newest(name)
	if r.Version == 0 {
		r.Name, r.About = name, moderation.Words
	}
	r.Title, r.Text, r.InForce = civic.Text{"kk": ru, "ru": ru}, civic.Text{"kk": ru, "ru": ru}, true
	c.Must(c.Moderation.Write(c.Ctx(), c.Administrator().Actor, r))
}

func value(c *citytest.City, n int64) {
	c.T.Helper()
	c.Must(c.Settings.SetValue(c.Ctx(), c.Administrator().Actor, city.Value{Key: "moderation.claim_minutes", From: "2026-01-01", Value: n, Source: "шешім 5"}))
}

// A city takes another's blueprint over, changes something itself, and follows: what it changed stays, what both changed is asked, and the last
// taking can be taken back.
func TestTakeOverThenFollow(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		from := other(t)
		write(from, "spam", "Спам")
		write(from, "noise", "Шум")
		write(from, "insult", "Оскорбление по-нашему")
		value(from, 20)
		from.Must(from.Settings.SetDays(from.Ctx(), from.Administrator().Actor, "2026-05-04 Көпір; шешім 7"))
		from.Must(from.Settings.SetDistricts(from.Ctx(), from.Administrator().Actor, "Абай; Абайский"))

		first := handed(t, from)
		out := take(c, first, blueprint.Choice{})
		for item, want := range map[string]struct {
			change archive.Change
			taken  bool
		}{
			"moderation.rules/spam":                {archive.Added, true},
			"moderation.rules/insult":              {archive.Conflict, false}, // both cities began with one, and neither took it from the other
			"moderation.rules/hatred":              {archive.Same, false},
			"city.values/moderation.claim_minutes": {archive.Added, true},
			"city.days/days":                       {archive.Added, true},
			"city.settings/languages":              {archive.Same, false},
		} {
			if o := out[item]; o.Change != want.change || o.Taken != want.taken || o.Refused.Key != "" {
				t.Errorf("%s: %s, taken %v, refused %v", item, o.Change, o.Taken, o.Refused)
			}
		}
		if _, offered := out["city.districts/districts"]; offered {
			t.Error("the districts of another city are offered")
		}
		if c.Settings.Value("moderation.claim_minutes") != 20 || c.Moderation.Book().Newest("spam").Title["ru"] != "Спам" || c.Settings.Calendar().Working(time.Date(2026, 5, 4, 12, 0, 0, 0, citytest.Zone)) {
			t.Error("what was taken is not in force")
		}
		if out := take(c, first, blueprint.Choice{Theirs: map[string]bool{"moderation.rules/insult": true}}); !out["moderation.rules/insult"].Taken || out["moderation.rules/spam"].Change != archive.Same {
			t.Errorf("the choice: %+v", out["moderation.rules/insult"])
		}

		// Both go on: here one rule is changed, there another, and a third on both sides.
		write(c, "spam", "Спам и реклама")
		write(from, "noise", "Шум ночью")
		write(from, "insult", "Оскорбление, третье")
		write(c, "insult", "Оскорбление, наше")
		from.Must(from.Moderation.Write(from.Ctx(), from.Administrator().Actor, func() moderation.Rule {
			r := from.Moderation.Book().Newest("several_ideas")
			r.InForce = false
			return r
		}()))
		value(from, 25)
		second := handed(t, from)
		out = take(c, second, blueprint.Choice{})
		for item, want := range map[string]archive.Change{"moderation.rules/spam": archive.Kept, "moderation.rules/noise": archive.Changed, "moderation.rules/insult": archive.Conflict,
			"moderation.rules/several_ideas": archive.Removed, "city.values/moderation.claim_minutes": archive.Changed} {
			if o := out[item]; o.Change != want || o.Taken != (want == archive.Changed || want == archive.Removed) {
				t.Errorf("%s: %s, taken %v, %v", item, o.Change, o.Taken, o.Refused)
			}
		}
		if f := out["moderation.rules/noise"].Fields; !slices.ContainsFunc(f, func(f archive.Field) bool {
			return f.Name == "title.ru" && f.Was == "Шум" && f.Now == "Шум ночью"
		}) {
			t.Errorf("the change in words: %+v", f)
		}
		if c.Moderation.Book().Newest("spam").Title["ru"] != "Спам и реклама" || c.Moderation.Book().Newest("several_ideas").InForce {
			t.Error("a change of this city's own is gone, or what was removed is in force")
		}

		// What is kept by a choice is not asked again before it changes there.
		take(c, second, blueprint.Choice{Mine: map[string]bool{"moderation.rules/insult": true}})
		if o := take(c, second, blueprint.Choice{})["moderation.rules/insult"]; o.Change != archive.Kept {
			t.Errorf("asked again: %s", o.Change)
		}

		// The last taking is taken back, except what was changed since.
		write(c, "noise", "Шум, наш")
		taken, undone, err := c.Blueprint.Undo(c.Ctx(), c.Administrator().Actor)
		c.Must(err)
		got := map[string]string{}
		for _, o := range undone {
			got[o.ID()] = o.Refused.Key
		}
		if taken.Version != second.Version || got["moderation.rules/noise"] != "blueprint.changed_since" || got["city.values/moderation.claim_minutes"] != "" || len(got) != 3 {
			t.Errorf("taken back: %+v %v", taken, got)
		}
		if c.Settings.Value("moderation.claim_minutes") != 20 || !c.Moderation.Book().Newest("several_ideas").InForce || c.Moderation.Book().Newest("noise").Title["ru"] != "Шум, наш" {
			t.Error("what was taken back is not as it was")
		}
		if o := take(c, second, blueprint.Choice{})["city.values/moderation.claim_minutes"]; o.Change != archive.Changed || !o.Taken {
			t.Errorf("what was taken back can be taken again: %s", o.Change)
		}
	})
}

// A redaction of a law that one city entered reaches another, and gives it its tasks; entered there otherwise it is refused.
func TestALawChange(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		from := other(t)
		for _, in := range []*citytest.City{c, from} {
			in.Write(func(tx *storage.Tx) error {
				return in.Laws.Cite(tx, civic.Ref{Kind: "x.y", ID: "1"}, []laws.Law{{Code: "k2000000350", Title: civic.Text{"kk": "Кодекс", "ru": "Кодекс"}}}, []laws.Cite{{Law: "k2000000350", Article: "1", Redaction: "2026-01-01"}}, true)
			})
		}
		enter := func(in *citytest.City, source string) {
			_, err := in.Laws.Enter(in.Ctx(), in.Administrator().Actor, laws.Redaction{Law: "k2000000350", Day: "2026-07-01", What: civic.Text{"kk": "5-бап", "ru": "Статья 5"}, Source: source})
			in.Must(err)
		}
		enter(from, "https://example.kz/1")
		b := handed(t, from)
		o := take(c, b, blueprint.Choice{})["laws.laws/k2000000350"]
		if !o.Taken || !strings.Contains(o.Why, "https://example.kz/1") {
			t.Fatalf("%+v", o)
		}
		c.Read(func(tx *storage.Tx) error {
			tasks, err := c.Laws.Tasks(tx, c.Administrator().Actor, 10)
			if len(tasks) != 1 {
				t.Errorf("%d tasks", len(tasks))
			}
			return err
		})
		if _, undone, err := c.Blueprint.Undo(c.Ctx(), c.Administrator().Actor); err != nil || len(undone) != 1 || undone[0].Refused.Key != "blueprint.stays" {
			t.Errorf("a redaction is taken back: %+v %v", undone, err)
		}
		third := other(t)
		third.Write(func(tx *storage.Tx) error {
			return third.Laws.Cite(tx, civic.Ref{Kind: "x.y", ID: "1"}, []laws.Law{{Code: "k2000000350", Title: civic.Text{"kk": "Кодекс", "ru": "Кодекс"}}}, []laws.Cite{{Law: "k2000000350", Article: "1", Redaction: "2026-01-01"}}, true)
		})
		enter(third, "https://example.kz/2")
		if o := take(third, b, blueprint.Choice{All: true})["laws.laws/k2000000350"]; o.Taken || o.Refused.Key != "laws.day_entered" {
			t.Errorf("%+v", o)
		}
	})
}

// What an owner refuses does not keep the rest from being taken, and nobody but an administrator takes anything.
func TestWhatIsRefused(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		item := func(piece, key, file, text string) archive.Item {
			return archive.Item{Piece: piece, Key: key, Files: map[string]string{file: text}}
		}
		b := archive.Blueprint{Manifest: archive.Manifest{Origin: "far.test", Version: 1}, Items: []archive.Item{
			item("moderation.rules", "spam", "rule.json", `{"about":"words","title":{"kk":"Спам","ru":"Спам"},"text":{"kk":"Спам","ru":"Спам"}}`),
			item("moderation.rules", "half", "rule.json", `{"about":"words","title":{"kk":"Спам"},"text":{}}`),
			item("moderation.rules", "turned", "rule.json", "{\"about\":\"words\",\"title\":{\"kk\":\"а\u202eб\",\"ru\":\"б\"},\"text\":{\"kk\":\"а\",\"ru\":\"б\"}}"),
			item("moderation.rules", "extra", "rule.json", `{"about":"words","made_by":"me"}`),
			item("moderation.rules", "other-name", "rule.json", `{"about":"words","title":{"kk":"а","ru":"б"},"text":{"kk":"а","ru":"б"}}`),
			item("city.values", "moderation.claim_minutes", "values.json", `{"2026-01-01":{"value":100000,"source":"x"}}`),
			item("city.values", "far.away", "values.json", `{"2026-01-01":{"value":1,"source":"x"}}`),
			item("city.days", "days", "days.json", `{"2026-01-01 x\n2026-02-02":{"name":"x"}}`),
			item("learning.courses", "1", "kk.md", "# x"),
			item("unknown.things", "x", "x.json", "{}"),
		}}
		_, err := c.Blueprint.Take(c.Ctx(), c.Resident("").Actor, b, blueprint.Choice{})
		c.Refused(err, civic.Forbidden)
		_, _, err = c.Blueprint.Undo(c.Ctx(), c.Resident("").Actor)
		c.Refused(err, civic.Forbidden)
		out := take(c, b, blueprint.Choice{})
		for id, o := range out {
			if o.Taken != (id == "moderation.rules/spam") || o.Taken == (o.Refused.Key != "") {
				t.Errorf("%s: taken %v, refused %v", id, o.Taken, o.Refused)
			}
		}
		if len(out) != len(b.Items)-1 {
			t.Errorf("%d outcomes", len(out))
		}
		if _, _, err = c.Blueprint.Undo(c.Ctx(), c.Administrator().Actor); err != nil {
			t.Error(err)
		}
		_, _, err = c.Blueprint.Undo(c.Ctx(), c.Administrator().Actor)
		c.Refused(err, civic.NotFound)
	})
}

// A taking is one: many at once take each item once.
func TestManyTakeAtOnce(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		from := other(t)
		write(from, "spam", "Спам")
		b := handed(t, from)
		admin := c.Administrator().Actor
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := c.Blueprint.Take(c.Ctx(), admin, b, blueprint.Choice{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if v := c.Moderation.Book().Versions("spam"); len(v) != 1 {
			t.Errorf("the rule was written %d times", len(v))
		}
	})
}

// Everybody gets the archive at one address, the same until something changes.
func TestTheAddress(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		c.Browser(nil).Get("/blueprint").Want(404)
		c.Acts()
		first := c.Browser(nil).Get("/blueprint").Want(200)
		again := c.Browser(nil).Get("/blueprint").Want(200)
		if first.Body != again.Body {
			t.Error("two answers differ")
		}
		b, err := archive.Read([]byte(first.Body))
		if err != nil || b.Version != 1 || !bytes.Contains([]byte(first.Body), []byte("Правила модерации")) {
			t.Errorf("%v %+v", err, b.Manifest.Version)
		}
	})
}

// A new city asks what only it can know; what an administrator closes is not asked again.
func TestWhatIsOpen(t *testing.T) {
	citytest.EachWith(t, app.Config{Capabilities: capabilities()}, func(t *testing.T, c *citytest.City) {
		names := func() (out []string) {
			open, err := c.Blueprint.Open(c.Ctx())
			c.Must(err)
			for _, u := range open {
				out = append(out, u.Name)
			}
			return out
		}
		if got := names(); !slices.Equal(got, []string{"city.name", "city.districts", "places.outlines", "organisations.bodies", "city.days", "city.thresholds", "city.population"}) {
			t.Errorf("open: %v", got)
		}
		admin := c.Administrator().Actor
		c.Must(c.Settings.Describe(c.Ctx(), admin, civic.Everywhere("Түркістан"), civic.Languages()))
		c.Body("Әкімдік")
		c.Must(c.Blueprint.Close(c.Ctx(), admin, "city.population"))
		c.Must(c.Blueprint.Close(c.Ctx(), admin, "city.population"))
		c.Refused(c.Blueprint.Close(c.Ctx(), admin, "city.mayor"), civic.NotFound)
		c.Refused(c.Blueprint.Close(c.Ctx(), c.Resident("").Actor, "city.days"), civic.Forbidden)
		if got := names(); !slices.Equal(got, []string{"city.districts", "places.outlines", "city.days", "city.thresholds"}) {
			t.Errorf("open: %v", got)
		}
	})
}
