package events_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/places"
)

func idIn(address string) civic.ID {
	return civic.ID(address[strings.LastIndexByte(address, '/')+1:])
}

// A calendar keeps the UID of an event for ever, and the number of its entry rises with each change of time or place, of a single date and of one date of a series, so that programs take the newest.
func TestAnEntryOfACalendarRises(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		single := town.announced(town.fair(0), Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		start := town.at(7, 10)
		series := town.announced(town.fair(0), Plan{Starts: start, Ends: start.Add(time.Hour), Rule: RuleOf("weekly", start, start.AddDate(0, 0, 14))})
		read := func(id civic.ID) (uids map[string]bool, highest string) {
			body := c.Browser(nil).Get(Path(id) + "/event.ics").Want(200).Body
			uids = map[string]bool{}
			for _, m := range regexp.MustCompile(`(?m)^UID:(\S+)`).FindAllStringSubmatch(body, -1) {
				uids[m[1]] = true
			}
			for _, m := range regexp.MustCompile(`(?m)^SEQUENCE:(\d+)`).FindAllStringSubmatch(body, -1) {
				highest = max(highest, m[1])
			}
			return uids, highest
		}
		for _, v := range []Shown{single, series} {
			last := len(v.Dates) - 1
			d := v.Dates[last]
			change := []func(){func() {}, func() {
				c.Must(town.Move(c.Ctx(), town.host.Actor, v.ID, d.ID, d.Starts.Add(time.Hour), d.Ends.Add(time.Hour)))
			}, func() {
				other := town.fair(0)
				other.Place = "Кітапхана"
				c.Must(town.Change(c.Ctx(), town.host.Actor, v.ID, other))
			}, func() {
				c.Must(town.CallOffDate(c.Ctx(), town.host.Actor, v.ID, d.ID, civic.Text{"ru": "Буран"}))
			}}
			for i, do := range change {
				do()
				uids, highest := read(v.ID)
				if len(uids) != 1 || !uids[string(v.ID)+"@birge"] || highest != string(rune('0'+i)) {
					t.Errorf("after %d changes: %v, SEQUENCE %s", i, uids, highest)
				}
			}
		}
	}, Capability())
}

// Search engines read what an event is, by the words of schema.org: each field is compared with what its host wrote.
func TestAnEventForSearchEngines(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		e := town.fair(5)
		e.Price, e.Online, e.Point, e.Languages = 1_500*civic.Tenge, "https://meet.example/signed", places.Point{Lat: 42.34, Lon: 69.59}, []civic.Lang{"kk", "ru"}
		v := town.announced(e, Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)}) // the ninth of March 2026
		data := func() (out map[string]any) {
			body := c.Browser(nil).Get("/ru" + Path(v.ID)).Want(200).Body
			_, rest, _ := strings.Cut(body, `<script type="application/ld+json">`)
			raw, _, _ := strings.Cut(rest, "</script>")
			c.Must(json.Unmarshal([]byte(raw), &out))
			return out
		}
		got := data()
		for name, want := range map[string]string{"@context": `"https://schema.org"`, "@type": `"Event"`, "name": `"Книжная ярмарка"`, "description": `"Обмен книгами"`, "startDate": `"2026-03-09T18:00:00+05:00"`, "endDate": `"2026-03-09T20:00:00+05:00"`,
			"eventStatus": `"https://schema.org/EventScheduled"`, "eventAttendanceMode": `"https://schema.org/MixedEventAttendanceMode"`, "isAccessibleForFree": "false", "inLanguage": `["kk","ru"]`,
			"location":  `{"@type":"Place","address":"Орталық саябақ","geo":{"@type":"GeoCoordinates","latitude":42.34,"longitude":69.59},"name":"Орталық саябақ"}`,
			"organizer": `[{"@type":"Organization","name":"Жасыл қала"}]`, "url": `"` + citytest.Origin + "/ru" + Path(v.ID) + `"`} {
			if raw, _ := json.Marshal(got[name]); string(raw) != want {
				t.Errorf("%s: %s, not %s", name, raw, want)
			}
		}
		if offer, _ := got["offers"].(map[string]any); offer["price"] != "1500" || offer["priceCurrency"] != "KZT" {
			t.Errorf("%v", got["offers"])
		}
		c.Must(town.Move(c.Ctx(), town.host.Actor, v.ID, v.Dates[0].ID, town.at(8, 18), town.at(8, 20)))
		if got := data(); got["eventStatus"] != "https://schema.org/EventRescheduled" || got["previousStartDate"] != "2026-03-09T18:00:00+05:00" || got["startDate"] != "2026-03-10T18:00:00+05:00" {
			t.Errorf("moved: %v", got)
		}
		c.Must(town.CallOff(c.Ctx(), town.host.Actor, v.ID, civic.Text{"ru": "Буран"}))
		if got := data(); got["eventStatus"] != "https://schema.org/EventCancelled" {
			t.Errorf("called off: %v", got)
		}
	}, Capability())
}

// The list on paper has each ticket that holds, with whose it is, and none that was given back; only whoever looks after the event sees it.
func TestTheListOfTheDoorOnPaper(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		v := town.announced(town.fair(5), Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		of := DateRef(v.Dates[0].ID)
		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Kazakh)
		has, err := c.Booking.Book(c.Ctx(), asel.Actor, of, booking.Wish{Places: booking.Seats(2), Name: "Асель"})
		c.Must(err)
		gone, err := c.Booking.Book(c.Ctx(), dauren.Actor, of, booking.Wish{Places: booking.Seats(1), Name: "Дәурен"})
		c.Must(err)
		c.Must(c.Booking.GiveBack(c.Ctx(), booking.Who{Actor: dauren.Actor, ID: gone.ID}))
		held, err := c.Booking.Show(c.Ctx(), booking.Who{Actor: asel.Actor, ID: has.ID})
		c.Must(err)
		page := c.Browser(town.host).Get("/ru"+booking.GuestsPath(of)).Want(200, "Книжная ярмарка", "Асель", held.Tickets[0].Code.Shown(), held.Tickets[1].Code.Shown()).Lacks("Дәурен")
		if n := strings.Count(page.Main().Body, "<tr"); n != 3 { // its head, and a line for each ticket
			t.Errorf("%d lines", n)
		}
		c.Browser(asel).Get("/ru" + booking.GuestsPath(of)).Want(403)
	}, Capability())
}
