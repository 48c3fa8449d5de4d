package appeals_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
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
