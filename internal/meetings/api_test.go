package meetings_test

import (
	"encoding/csv"
	"encoding/json"
	"slices"
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

// The list of meetings is narrowed by body, by what is to come, by month and by words of points; tables and the feed have what the list has,
// and nothing to which nobody was invited.
func TestMeetingsAreFound(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		held, _ := w.sit(Item{Title: lamps})
		other, err := w.Found(c.Ctx(), c.Administrator().Actor, councils.Council{Form: "commission", Name: civic.Text{"kk": "Комиссия", "ru": "Комиссия"}, About: lamps, Body: w.body, Law: "383-V", Size: 3, Since: c.Now().AddDate(-1, 0, 0), Until: c.Now().AddDate(1, 0, 0)})
		c.Must(err)
		plan := func(of civic.ID, days int, title civic.Text, convene bool) civic.ID {
			id, err := c.Meetings.Plan(c.Ctx(), c.Administrator().Actor, Meeting{Body: councils.Ref(of), StartsAt: c.Now().AddDate(0, 0, days), Place: place})
			c.Must(err)
			_, err = c.Meetings.AddItem(c.Ctx(), c.Administrator().Actor, Item{Meeting: id, Title: title, Minutes: 10})
			c.Must(err)
			if convene {
				c.Must(c.Meetings.Convene(c.Ctx(), c.Administrator().Actor, id))
			}
			return id
		}
		coming, later, planned := plan(w.council, 3, roads, true), plan(other, 70, roads, true), plan(w.council, 4, roads, false)
		visitor := c.Browser(nil)
		month := c.Now().AddDate(0, 0, 70).In(c.Settings.Zone()).Format("2006-01")
		for query, want := range map[string][]civic.ID{
			"": {held, coming, later}, "?when=ahead": {coming, later}, "?when=before": {held}, "?of=" + councils.Ref(other).String(): {later}, "?month=" + month: {later},
			"?q=дорогу": {coming, later}, "?q=дорогу&of=" + councils.Ref(w.council).String(): {coming}, "?q=дорогу&when=before": {}, "?q=фонари": {held}, "?when=nonsense&month=nonsense&of=nonsense": {held, coming, later},
		} {
			page := visitor.Get("/ru/meetings" + query).Want(200).Body
			for _, id := range []civic.ID{held, coming, later, planned} {
				if got := strings.Contains(page, "/ru"+Path(id)+`"`); got != slices.Contains(want, id) {
					t.Errorf("%s: %s is listed: %v", query, id, got)
				}
			}
		}
		visitor.Get("/ru/meetings?q=дорогу&when=before").Want(200, "Таких заседаний нет")
		visitor.Get("/ru/meetings?when=ahead").Want(200, `href="/meetings.csv?when=ahead"`)
		table := visitor.Get("/meetings.csv?when=ahead").Want(200, string(coming), string(later), "Городской совет", "convened").Lacks(string(held), string(planned))
		if rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table.Body, "\ufeff"))).ReadAll(); err != nil || len(rows) != 3 {
			t.Errorf("%d rows: %v", len(rows), err)
		}
		visitor.Get("/ru/meetings.atom").Want(200, string(held)+"#"+string(Quorate), "Городской совет", string(later)).Lacks(string(planned))
		visitor.Get("/api/v1/meetings?when=before").Want(200, string(held)).Lacks(string(coming))
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
