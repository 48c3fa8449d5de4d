package identity_test

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// The city knows the district of a verified person as a desk wrote it down from the document, also later, else as the roll says; the day of birth is that of the number. Who
// leaves takes both with them.
func TestDistrictOfAResident(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский; Abai\nТұран; Туранский; Turan"))
		abai, turan := c.Settings.Current().Districts[0].Code, c.Settings.Current().Districts[1].Code
		officer, res, listed := c.join("o@example.kz", "О"), c.join("r@example.kz", "Р"), c.join("l@example.kz", "Л")
		c.grant(officer, civic.Grant{Role: civic.Officer, Scope: akimat})
		known := func(b *citytest.Browser) (r Resident) {
			t.Helper()
			account := c.visitOf(b).Actor.Account
			c.Read(func(tx *storage.Tx) (err error) { r, err = c.Identity.ResidentOf(tx, account); return err })
			return r
		}
		ask := func(b *citytest.Browser) string {
			t.Helper()
			return strings.TrimSpace(codeIn.FindString(b.Post("/en/account/verification/code").Want(200).Body))
		}
		if r := known(res); r != (Resident{}) {
			t.Errorf("of somebody who is not verified: %+v", r)
		}
		officer.Get("/ru/desk/verification").Want(200, "Район, где живёт", "Туранский")
		officer.Post("/en/desk/verification", "code", ask(res), "iin", iinOne, "district", "moon").Want(422, "no such district")
		officer.Post("/en/desk/verification", "code", ask(res), "iin", iinOne).Want(303)
		if r := known(res); r != (Resident{Born: "2006-12-11"}) { // the number is a public test vector: a woman born on 11 December 2006
			t.Errorf("without a district: %+v", r)
		}
		res.Get("/en/account/verification").Want(200, "not verified yet")
		for _, d := range []string{abai, turan} { // they come back with a document, and move later
			officer.Post("/en/desk/verification", "code", ask(res), "iin", iinOne, "district", d).Want(303)
			if r := known(res); r.District != d {
				t.Errorf("noted %s, known %+v", d, r)
			}
		}
		res.Get("/ru/account/verification").Want(200, "Ваш подтверждённый район:", "Туранский")
		if n := strings.Count(c.dump("audit"), "identity.account.district"); n != 2 || strings.Contains(c.dump("audit"), turan) {
			t.Errorf("%d notes of a district, or they say which", n)
		}

		report, err := c.importRoll(c.Ctx(), "iin;район\n"+iinTwo+";Туранский\n"+iinThree+";Луна\n", true, nil)
		if err != nil || len(report.Problems) != 1 || report.Problems[0].Line != 3 {
			t.Fatalf("a roll with a district that is none: %+v, %v", report, err)
		}
		report, err = c.importRoll(c.Ctx(), "iin;аудан\n"+iinTwo+";"+abai+"\n"+iinOne+";абай\n", true, nil)
		if err != nil || report.Added != 2 {
			t.Fatalf("%+v, %v", report, err)
		}
		listed.Address = "198.51.100.1:1"
		listed.Post("/kk/account/verification/roll", "iin", iinTwo).Want(303)
		if r := known(listed); r.District != abai {
			t.Errorf("by the roll: %+v", r)
		}
		if r := known(res); r.District != turan { // what a desk saw in a document goes before the list
			t.Errorf("by the desk and the roll: %+v", r)
		}
		v := c.visitOf(res)
		c.Must(c.Identity.Erase(c.Ctx(), v, citytest.Password))
		if kept := c.dump("identity_person"); strings.Contains(kept, turan) || strings.Contains(kept, "2006-12-11") {
			t.Errorf("what is kept of who left: %s", kept)
		}
	})
}
