package organisations_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// A moderator makes one entry of two: the better values, and all that hung on the double, are the
// entry's; the old address leads there; the act is in the record.
func TestTwoEntriesOfOneOrganisationBecomeOne(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		moderator := c.Moderator()
		create := func(values map[organisations.Field]string) civic.ID {
			id, err := c.Organisations.Create(c.Ctx(), moderator.Actor, values, organisations.Public)
			c.Must(err)
			c.Pass(time.Minute)
			return id
		}
		kept := create(map[organisations.Field]string{"kind": "ngo", "status": "active", "name.kk": "Жасыл қала", "name.ru": "Зелёный город", "phone": "+7 7252 111111"})
		double := create(map[organisations.Field]string{"kind": "ngo", "status": "active", "name.kk": "Жасыл қала қоры", "name.ru": "Зелёный город", "identifier": "950440001673",
			"mission.kk": "Ағаш отырғызу", "phone": "+7 7252 222222"})
		speaker := c.Representative(double)
		c.Must(c.Organisations.AddMember(c.Ctx(), speaker.Actor, double, organisations.Membership{Person: "Гүлнар Асқарова", Post: civic.Text{"kk": "Төраға"}}))
		number := int64(3)
		c.Must(c.Organisations.SaveFiling(c.Ctx(), speaker.Actor, double, 2025, organisations.Filing{Activities: civic.Text{"kk": "Ағаш отырғыздық", "ru": "Сажали деревья"},
			Sources: map[string]int64{"own": 100}, Spending: map[string]int64{"projects": 90}, Staff: &number, Volunteers: &number, Founders: &number, Members: &number, Property: "no"}, true))
		claimant := c.Resident(civic.Russian)
		c.Must(c.Organisations.Claim(c.Ctx(), claimant.Actor, double, "Я её председатель уже пять лет.", "+7 701 000 00 00"))
		c.Must(c.Organisations.Claim(c.Ctx(), claimant.Actor, kept, "Я её председатель уже пять лет.", "+7 701 000 00 00"))

		b := c.Browser(moderator)
		at, gone := organisations.PathOf(kept), organisations.PathOf(double)
		b.Get("/en"+at).Want(200, "Merge with a duplicate")
		b.Get("/en"+at+"/double").Want(200, "Entries with the same name", string(double))
		b.Post("/en"+at+"/double", "double", "").Want(422, "Say which entry is the duplicate.")
		b.Post("/en"+at+"/double", "double", "123").Want(422, "No such entry was found.")
		check := b.Post("/en"+at+"/double", "double", "БИН 950440001673").Want(200, "Merging cannot be undone", "Ағаш отырғызу", "+7 7252 222222", "1 person in a post", "1 yearly filing", "1 claim that waits", "The same in both: ")
		if phone := between(check.Body, "+7 7252 111111", "+7 7252 222222"); !strings.Contains(phone, "stays") {
			t.Errorf("the kept entry's telephone does not stay: %s", phone)
		}
		if len(c.Acts("organisations.organisation.united")) != 0 {
			t.Fatal("the check page has united")
		}
		b.Post("/en"+at+"/double", "double", "950440001673", "_sure", "yes").Want(303, "/en"+at)

		visitor := c.Browser(nil)
		page := visitor.Get("/en"+at).Want(200, "950440001673", "Ағаш отырғызу", "+7 7252 111111", "Гүлнар Асқарова", "2025").Body
		if strings.Contains(page, "222222</") {
			t.Error("the double's telephone took the place of the kept entry's")
		}
		for _, path := range []string{"", "/history", "/feed", "/filings/2025"} {
			if r := visitor.Get("/en" + gone + path).Want(303); r.Location != "/en"+at+path {
				t.Errorf("%s leads to %s", path, r.Location)
			}
		}
		if body := visitor.Get("/en/organisations?q=Жасыл").Want(200, string(kept)).Body; strings.Contains(body, string(double)) {
			t.Error("the double is still listed")
		}
		visitor.Get("/en"+at+"/history").Want(200, "Ағаш отырғызу")
		c.Renew(speaker)
		if !speaker.ActsFor(civic.Representative, organisations.RefOf(kept)) {
			t.Error("who spoke for the double does not speak for the entry")
		}
		claims, err := c.Organisations.MyClaims(c.Ctx(), claimant.Actor)
		c.Must(err)
		waiting := 0
		for _, claim := range claims {
			if claim.Organisation != kept {
				t.Errorf("a claim for %s", claim.Organisation)
			}
			if claim.State == organisations.Pending {
				waiting++
			}
		}
		if len(claims) != 2 || waiting != 1 {
			t.Errorf("%d claims, %d wait", len(claims), waiting)
		}
		if acts := c.Acts("organisations.organisation.united"); len(acts) != 1 || acts[0].Subject.ID != double {
			t.Errorf("%+v", acts)
		}
		b.Get("/en"+gone).Want(303, at)
		b.Post("/en"+gone+"/state", "state", "public").Want(404) // not even a moderator brings it back
		b.Post("/en"+at+"/double", "double", "950440001673", "_sure", "yes").Want(422, "This is the same entry")
	})
}

// Two organisations are not made one: other BINs, other kinds, state bodies.
func TestOnlyEntriesOfOneOrganisationAreUnited(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		moderator := c.Moderator()
		create := func(values map[organisations.Field]string) civic.ID {
			values["status"] = "active"
			id, err := c.Organisations.Create(c.Ctx(), moderator.Actor, values, organisations.Public)
			c.Must(err)
			return id
		}
		kept := create(map[organisations.Field]string{"kind": "ngo", "name.kk": "Бір", "identifier": "950440001673"})
		other := create(map[organisations.Field]string{"kind": "ngo", "name.kk": "Екі", "identifier": "990940003030"})
		media := create(map[organisations.Field]string{"kind": "media", "name.kk": "Бір"})
		body := create(map[organisations.Field]string{"kind": "state", "name.kk": "Әкімдік"})
		for double, field := range map[civic.ID]string{other: "double", media: "double", body: "double", kept: "double"} {
			err := c.Organisations.Unite(c.Ctx(), moderator.Actor, kept, string(double))
			if civic.CodeOf(err) != civic.Invalid {
				t.Errorf("%s: %v (%s)", double, err, field)
			}
		}
		if err := c.Organisations.Unite(c.Ctx(), c.Resident("").Actor, kept, string(other)); civic.CodeOf(err) != civic.Forbidden {
			t.Errorf("a resident: %v", err)
		}
	})
}

// A table that names the double by its old identifier or name finds the entry that stands for it.
func TestAnImportFindsTheEntryThatStandsForADouble(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		moderator := c.Moderator()
		var ids []civic.ID
		for _, name := range []string{"Көктем", "Көктем қоры"} {
			id, err := c.Organisations.Create(c.Ctx(), moderator.Actor, map[organisations.Field]string{"kind": "initiative", "status": "active", "name.kk": name}, organisations.Public)
			c.Must(err)
			ids = append(ids, id)
		}
		c.Must(c.Organisations.Unite(c.Ctx(), moderator.Actor, ids[0], string(ids[1])))
		for _, table := range []string{"identifier,name_kk,founded\nbirge:" + string(ids[1]) + ",Көктем қоры,2001\n", "name_kk,founded\nКөктем қоры,2001\n"} {
			report, err := c.Organisations.Import(c.Ctx(), strings.NewReader(table), int64(len(table)), organisations.Mapping{Kind: "initiative"}, false, nil)
			c.Must(err)
			if report.Created != 0 {
				t.Errorf("%q made %d entries", table, report.Created)
			}
		}
	})
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	rest, _, _ = strings.Cut(rest, to)
	return rest
}
