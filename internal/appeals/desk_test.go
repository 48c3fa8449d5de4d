package appeals_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A desk of more cases than a page shows holds what is due first in front, what is paused at the end, each once; an officer finds those of one
// person, and one by its number, and nothing of another body.
func TestALongDesk(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		officer := c.Browser(w.officer)
		var paused, elsewhere Appeal
		for i := range 30 {
			a := pit
			if a.Title, a.Wished = fmt.Sprintf("Яма номер %02d", i), w.akimat; i == 20 {
				a.Sort = Information // whose days are of the calendar, so that it is due before all others
			}
			filed := w.filed(c.Resident(civic.Russian), a)
			switch of := w.caseOf(filed.ID).ID; i {
			case 0: // would be the first by its date
				paused = filed
				c.Must(w.Take(c.Ctx(), w.officer.Actor, of, clerk))
				c.Must(w.Ask(c.Ctx(), w.officer.Actor, of, "Какой дом?"))
			case 7, 29:
				c.Must(w.Take(c.Ctx(), w.officer.Actor, of, "Б. Другой"))
			}
			c.Pass(time.Minute)
		}
		elsewhere = w.filed(c.Resident(civic.Russian), Appeal{Sort: Complaint, Title: "Чужая яма", Words: pit.Words, Wished: w.roads})

		var seen []string
		after := ""
		for pages := 0; ; pages++ {
			d, err := w.Desk(c.Ctx(), w.officer.Actor, DeskQuery{After: after})
			c.Must(err)
			for _, item := range d.Cases {
				seen = append(seen, item.Appeal.Title)
			}
			if after = d.Next; after == "" || pages > 3 {
				break
			}
		}
		want := []string{"Яма номер 20"}
		for i := 1; i < 30; i++ {
			if i != 20 {
				want = append(want, fmt.Sprintf("Яма номер %02d", i))
			}
		}
		want = append(want, paused.Title)
		if strings.Join(seen, ",") != strings.Join(want, ",") {
			t.Errorf("on the desk:\n%v\nwant\n%v", seen, want)
		}

		officer.Get("/ru/desk/appeals").Want(200, "Яма номер 20", "Яма номер 25", "after=").Lacks("Яма номер 26", "Чужая яма")
		officer.Get("/ru/desk/appeals?person="+url.QueryEscape("Б. Другой")).Want(200, "Яма номер 07", "Яма номер 29").Lacks("Яма номер 08", paused.Title)
		for _, number := range []string{paused.Number(), "№ " + paused.Number(), "1", " 000001 "} {
			officer.Get("/ru/desk/appeals?q="+url.QueryEscape(number)).Want(200, paused.Title).Lacks("Яма номер 01")
		}
		for _, number := range []string{elsewhere.Number(), "2025-000001", "яма", "-5"} {
			officer.Get("/ru/desk/appeals?q="+url.QueryEscape(number)).Want(200, "Ничего не найдено").Lacks("Яма номер", "Чужая")
		}
		officer.Get("/ru/desk/appeals?after=nonsense").Want(422)
		c.SkipActs()
	}, Capability())
}

// What one person works on in two bodies is one list in pages, the oldest in front, each once.
func TestADeskOfOnePersonInTwoBodies(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		officer := c.With(w.officer, civic.Grant{Role: civic.Officer, Scope: organisations.RefOf(w.roads)})
		var want, seen []string
		for i := range 34 {
			a := pit
			a.Title, a.Wished = fmt.Sprintf("Яма номер %02d", i), w.akimat
			if i%2 == 0 {
				a.Wished = w.roads
			}
			who := clerk
			if i == 5 {
				who = "Б. Другой"
			} else {
				want = append(want, a.Title)
			}
			c.Must(w.Take(c.Ctx(), officer.Actor, w.caseOf(w.filed(c.Resident(civic.Russian), a).ID).ID, who))
		}
		for q, pages := (DeskQuery{Person: clerk}), 1; ; pages++ {
			d, err := w.Desk(c.Ctx(), officer.Actor, q)
			c.Must(err)
			for _, item := range d.Cases {
				seen = append(seen, item.Appeal.Title)
			}
			if q.After = d.Next; q.After == "" {
				if pages != 2 {
					t.Errorf("%d pages", pages)
				}
				break
			}
		}
		if !slices.Equal(seen, want) {
			t.Errorf("on the desk of one person:\n%v\nwant\n%v", seen, want)
		}
		c.SkipActs()
	}, Capability())
}

// A case is given to one of the body's people, chosen from a list: its officers, and who works on its cases under the name and post that is written there. Nobody of another body
// stands in it; somebody else is written.
func TestACaseIsGivenToOneOfTheBody(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		stranger := c.Officer(w.roads)
		name := func(p *citytest.Person) (name string) {
			c.Read(func(tx *storage.Tx) error {
				a, _, err := c.Identity.Holder(tx, p.Account)
				name = a.Name
				return err
			})
			return name
		}
		aruzhan, other := name(w.officer), name(stranger)
		officer := c.Browser(w.officer)
		of := func() string {
			a := pit
			a.Wished = w.akimat
			return "/ru/desk/appeals/cases/" + string(w.caseOf(w.filed(c.Resident(civic.Russian), a).ID).ID)
		}
		first, second := of(), of()
		officer.Get(first).Want(200, `<option value="`+aruzhan+`">`).Lacks(other)
		officer.Post(first+"/take").Want(422, "имя и должность")
		officer.Post(first+"/take", "chosen", aruzhan).Want(303)
		officer.Get(first).Want(200, `<option value="`+aruzhan+`" selected>`)
		officer.Post(first+"/take", "chosen", aruzhan, "person", clerk).Want(303) // what is written counts
		officer.Get(second).Want(200, `<option value="`+clerk+`">`, `<option value="`+aruzhan+`">`)
		officer.Post(second+"/take", "person", aruzhan+", инженер").Want(303)
		officer.Get(first).Want(200, `<option value="`+aruzhan+`, инженер">`).Lacks(`<option value="` + aruzhan + `">`)
		c.SkipActs()
	}, Capability())
}
