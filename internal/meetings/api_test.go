package meetings_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	. "github.com/birge-kz/birge/internal/meetings"
)

// Programs get what the pages show: every meeting that is convened once, page by page, and what each member did in each vote.
func TestListsForPrograms(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		meeting, items := w.sit(Item{Title: lamps, Reporter: "Б. Баяндамашы"})
		_, err := c.Meetings.Hold(c.Ctx(), w.secretary.Actor, items[0], Ask{Text: lamps, Rule: OfPresent, Choices: w.choices(For, For, Against, Recused)})
		c.Must(err)
		for range 22 {
			w.sit(Item{Title: lamps})
		}
		ahead, err := c.Meetings.Plan(c.Ctx(), w.secretary.Actor, Meeting{Body: councils.Ref(w.council), StartsAt: c.Now().Add(time.Hour), Place: place})
		c.Must(err)
		visitor, ref := c.Browser(nil), councils.Ref(w.council)
		seen := map[civic.ID]int{}
		pages := 0
		for next := "/api/v1/meetings?of=" + ref.String(); next != ""; pages++ {
			var page struct {
				Items []struct {
					ID    civic.ID `json:"id"`
					State string   `json:"state"`
				} `json:"items"`
				Next string `json:"next"`
			}
			c.Must(json.Unmarshal([]byte(visitor.Get(next).Want(200).Body), &page))
			for _, m := range page.Items {
				seen[m.ID]++
			}
			next = strings.TrimPrefix(page.Next, "http://city.test")
		}
		if len(seen) != 23 || seen[meeting] != 1 || seen[ahead] != 0 || pages != 2 {
			t.Errorf("%d meetings on %d pages: %v", len(seen), pages, seen)
		}
		first := visitor.Get("/ru"+OfPath(ref)).Want(200, "Прошедшие и отменённые")
		second := linkWith(t, first.Body, "after=")
		if visitor.Get(second).Want(200, string(meeting)); strings.Contains(first.Body, string(meeting)) {
			t.Error("the earliest meeting is on both pages")
		}
		visitor.Get("/api/v1/meetings/"+string(meeting)).Want(200, `"choice":"against"`, "Болат Ким", "Б. Баяндамашы")
		visitor.Get("/api/v1/meetings/" + string(ahead)).Want(404)

		for file, comma := range map[string]rune{"votes.csv": ',', "votes-excel.csv": ';'} {
			r := csv.NewReader(strings.NewReader(strings.TrimPrefix(visitor.Get(OfPath(ref)+"/"+file).Want(200).Body, "\ufeff")))
			r.Comma = comma
			rows, err := r.ReadAll()
			c.Must(err)
			last := rows[len(rows)-1]
			if len(rows) != 6 || last[17] != "Дина Юсупова" || last[18] != "absent" || rows[3][18] != "against" {
				t.Errorf("%s: %v", file, rows)
			}
		}
	}, councils.Capability())
}

// linkWith finds an address on a page.
func linkWith(t *testing.T, body, part string) string {
	for _, piece := range strings.Split(body, `"`) {
		if strings.HasPrefix(piece, "/ru/") && strings.Contains(piece, part) {
			return strings.ReplaceAll(piece, "&amp;", "&")
		}
	}
	t.Fatalf("no link with %s", part)
	return ""
}
