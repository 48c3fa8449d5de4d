package appeals_test

import (
	"strings"
	"testing"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// An officer takes along all cases of their body, those of private appeals with their words, and none of another body.
func TestTheDeskIsTakenAlong(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel, roads := c.Resident(civic.Russian), c.Officer(w.roads)
		for _, to := range []civic.ID{w.akimat, w.roads} {
			a := pit
			a.Wished, a.Open, a.Title = to, false, "Яма у "+string(to)
			w.filed(asel, a)
		}
		c.Browser(w.officer).Get("/desk/appeals.csv").Want(200, "2026-000001", "Яма у "+string(w.akimat), pit.Words).Lacks("2026-000002", string(w.roads))
		c.Browser(roads).Get("/desk/appeals.csv").Want(200, "2026-000002").Lacks("2026-000001")
		c.Browser(w.officer).Get("/ru/desk/appeals").Want(200, "/desk/appeals.csv")
		c.Browser(asel).Get("/desk/appeals.csv").Want(403)
		c.SkipActs()
	}, Capability())
}

// What a body notes on a case its officers alone read, and it is gone with the applicant.
func TestNotesOfTheBody(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel, roads := c.Resident(civic.Russian), c.Officer(w.roads)
		to := pit
		to.Wished = w.akimat
		a := w.filed(asel, to)
		w.shown(a.ID)
		c.SkipActs()
		page, desk := "/ru"+Path(a.ID), "/ru/desk/appeals/cases/"+string(w.caseOf(a.ID).ID)
		officer := c.Browser(w.officer)
		officer.Post(desk+"/note", "note", " ").Want(422, "Заполните")
		officer.Post(desk+"/note", "note", strings.Repeat("ұ", 2_001)).Want(422, "Слишком длинно")
		officer.Post(desk+"/note", "note", "Соседка Айгүл звонила дважды").Want(303)
		c.WantActs() // a note is in no act
		officer.Get(desk).Want(200, "Соседка Айгүл")
		c.Browser(c.Officer(w.akimat)).Get(desk).Want(200, "Соседка Айгүл")
		c.Browser(roads).Post(desk+"/note", "note", "Чужое").Want(403)
		for _, who := range []*citytest.Person{nil, asel, roads, w.moderator, c.Administrator()} {
			c.Browser(who).Get(page).Want(200).Lacks("Айгүл")
		}
		officer.Get(page).Want(200).Lacks("Айгүл")
		c.Browser(asel).Get("/ru/account/download").Want(200, pit.Title).Lacks("Айгүл")
		c.Browser(asel).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		officer.Get(desk).Want(200, pit.Words).Lacks("Айгүл")
	}, Capability())
}
