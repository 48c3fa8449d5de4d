package events_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
)

// Lists are narrowed by words, by what became of dates, by the weekend, by theme and by district; each way shows what fits, and nothing else, on the page, in tables and for machines.
func TestListsAreNarrowed(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский; Abai"))
		abai := c.Settings.Current().Districts[0].Code
		name := func(e Event, title string) Event {
			e.Title = civic.Text{"kk": title, "ru": title}
			return e
		}
		at := func(days int) Plan { return Plan{Starts: town.at(days, 12), Ends: town.at(days, 14)} } // the second of March 2026 is a Monday
		held := town.announced(name(town.fair(0), "Кобыз"), at(1))
		told := town.announced(name(town.fair(0), "Домбра"), at(2))
		c.Pass(4 * 24 * time.Hour) // Friday
		c.Renew(town.host)
		c.Must(town.Tell(c.Ctx(), town.host.Actor, told.ID, Telling{Words: civic.Text{"kk": "Жақсы", "ru": "Хорошо"}, Visitors: 0}))
		saturday := town.fair(0)
		saturday.Theme, saturday.Languages, saturday.Access = "culture", []civic.Lang{"kk", "ru"}, []string{"step_free", "quiet_hour"}
		town.announced(name(saturday, "Ярмарка"), at(1))
		monday := town.fair(0)
		monday.District = abai
		off := town.announced(name(monday, "Лекция"), Plan{Starts: town.at(3, 12), Ends: town.at(3, 14), Also: []time.Time{town.at(10, 12)}})
		c.Must(town.CallOffDate(c.Ctx(), town.host.Actor, off.ID, off.Dates[0].ID, civic.Text{"kk": "Боран", "ru": "Буран"}))

		for query, want := range map[string]string{
			"":                                  "Ярмарка Лекция Лекция",
			"when=weekend":                      "Ярмарка",
			"theme=culture":                     "Ярмарка",
			"district=" + abai:                  "Лекция Лекция",
			"state=on":                          "Ярмарка Лекция",
			"state=off":                         "Лекция",
			"state=over":                        "Домбра Кобыз",
			"state=reported":                    "Домбра",
			"state=over&from=2026-03-04":        "Домбра",
			"state=nonsense":                    "Ярмарка Лекция Лекция",
			"q=ярмарку":                         "Ярмарка",
			"q=лекции&state=off":                "Лекция",
			"q=кобыз":                           "",
			"q=кобыз&state=over":                "Кобыз",
			"q=жәрмеңке":                        "", // the titles were written anew
			"q=обмен&view=week&from=2026-03-09": "Лекция",
			"q=лекция&theme=nonsense&district=" + abai: "Лекция Лекция", // a theme that there is not narrows nothing
		} {
			var got []string
			l := c.Browser(nil).Get("/ru/events?" + query).Want(200).Main().Body
			_, l, _ = strings.Cut(l, "</form>")
			for _, row := range strings.Split(l, `<li class="card"`)[1:] {
				for _, title := range []string{"Кобыз", "Домбра", "Ярмарка", "Лекция"} {
					if strings.Contains(row, title) {
						got = append(got, title)
					}
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %v, not %s", query, got, want)
			}
			api := c.Browser(nil).Get("/api/v1/events?" + query).Body
			if n := strings.Count(api, `"url":`); query != "state=nonsense" && n != len(got) {
				t.Errorf("%s: %d for machines", query, n)
			}
		}
		if table := c.Browser(nil).Get("/events.csv?theme=culture").Want(200).Body; !strings.Contains(table, "\r\n") || !strings.HasSuffix(strings.TrimSpace(table), ",announced,"+string(town.ngo)+",,kk ru,step_free quiet_hour") {
			t.Errorf("%q", table)
		}
		if rows := strings.Split(c.Browser(nil).Get("/events.csv?state=over").Want(200).Body, "\n"); len(rows) != 4 || !strings.Contains(rows[1], string(told.ID)) || !strings.Contains(rows[2], string(held.ID)) {
			t.Errorf("%q", rows)
		}
	}, Capability())
}
