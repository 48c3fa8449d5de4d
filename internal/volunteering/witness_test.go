package volunteering_test

import (
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events"
	. "github.com/birge-kz/birge/internal/volunteering"
)

// What the door of an event saw speaks of a shift on its day, of the same organiser, and of the event that the action names before others.
func TestWhichDoorSpeaksOfAShift(t *testing.T) {
	zone := time.FixedZone("", 5*3600)
	at := func(day, hour int) time.Time { return time.Date(2026, 5, day, hour, 0, 0, 0, zone) }
	sh := Shift{Starts: at(10, 10), Ends: at(10, 14)}
	night := Shift{Starts: at(10, 22), Ends: at(11, 3)}
	seen := func(event, host civic.ID, when time.Time) booking.Seen {
		return booking.Seen{At: when, Whose: booking.Whose{Of: civic.Ref{Kind: "events.event", ID: event}, Runs: []civic.ID{"body", host}}}
	}
	for name, c := range map[string]struct {
		helps civic.ID
		shift Shift
		seen  []booking.Seen
		want  civic.ID // of which event; "": of none
		here  bool
	}{
		"nobody saw them":            {"", sh, nil, "", false},
		"on the day":                 {"", sh, []booking.Seen{seen("fair", "ngo", at(10, 9))}, "fair", false},
		"at which the action helps":  {"fair", sh, []booking.Seen{seen("fair", "ngo", at(10, 9))}, "fair", true},
		"the day before":             {"fair", sh, []booking.Seen{seen("fair", "ngo", at(9, 23))}, "", false},
		"the day after":              {"fair", sh, []booking.Seen{seen("fair", "ngo", at(11, 0))}, "", false},
		"after midnight of a night":  {"", night, []booking.Seen{seen("fair", "ngo", at(11, 1))}, "fair", false},
		"after the night":            {"", night, []booking.Seen{seen("fair", "ngo", at(11, 4))}, "", false},
		"of another host":            {"fair", sh, []booking.Seen{seen("fair", "others", at(10, 9))}, "", false},
		"the earliest of two":        {"", sh, []booking.Seen{seen("fair", "ngo", at(10, 9)), seen("concert", "ngo", at(10, 11))}, "fair", false},
		"the one that is named":      {"concert", sh, []booking.Seen{seen("fair", "ngo", at(10, 9)), seen("concert", "ngo", at(10, 11))}, "concert", true},
		"the named one, not a later": {"fair", sh, []booking.Seen{seen("fair", "ngo", at(10, 9)), seen("concert", "ngo", at(10, 11))}, "fair", true},
	} {
		got, here, there := WitnessOf(Action{Organisation: "ngo", Helps: c.helps}, c.shift, c.seen, zone)
		if got.Of.ID != c.want || here != c.here || there != (c.want != "") {
			t.Errorf("%s: %s, %t, %t", name, got.Of.ID, here, there)
		}
	}
}

// Whoever was let in at the event that an action helps is offered their hours with one button, and the coordinator sees beside them what the door saw; two people sign. Of an action that names no event it is
// seen by both and nothing is offered; whoever was not at the door has nothing of it, and no organiser sees the doors of others.
func TestWhatTheDoorSawStandsBesideTheHours(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		other := c.Organisation("Кітапсүйер")
		otherBoss := c.Representative(other)
		fair := citytest.Service[*events.Service](c)
		sh := town.shift(2, 10, 14, 5)
		event, err := fair.Write(c.Ctx(), town.boss.Actor, events.Event{Title: civic.Text{"kk": "Жәрмеңке", "ru": "Ярмарка"}, About: civic.Text{"kk": "Кітап", "ru": "Книги"}, Hosts: []civic.ID{town.ngo}, Place: "Саябақ",
			District: town.district(), For: events.ForAll, Languages: []civic.Lang{"kk"}, Terms: events.Terms{Places: booking.Seats(8), GroupMost: 2, BackHours: 2}}, events.Plan{Starts: sh.Starts, Ends: sh.Starts.Add(8 * time.Hour)})
		c.Must(err)
		draft := func(helps civic.ID, of civic.ID) Action {
			return Action{Organisation: of, Title: civic.Text{"kk": "Көмек", "ru": "Помощь"}, About: civic.Text{"kk": "а", "ru": "б"}, Place: "Саябақ", District: town.district(), Contact: "А. Б.", Helps: helps}
		}
		_, err = town.Announce(c.Ctx(), town.boss.Actor, draft(event, town.ngo), sh)
		c.Refused(err, civic.Invalid) // nobody sees it yet
		c.Must(fair.Announce(c.Ctx(), town.boss.Actor, event))
		v, err := fair.Show(c.Ctx(), civic.Actor{}, event)
		c.Must(err)
		date := events.DateRef(v.Dates[0].ID)

		helping, err := town.Announce(c.Ctx(), town.boss.Actor, draft(event, town.ngo), sh)
		c.Must(err)
		plain, err := town.Announce(c.Ctx(), town.boss.Actor, draft("", town.ngo), town.shift(2, 15, 17, 5))
		c.Must(err)
		foreign, err := town.Announce(c.Ctx(), otherBoss.Actor, draft(event, other), town.shift(2, 18, 20, 5))
		c.Must(err)
		c.Browser(nil).Get("/ru"+Path(helping)).Want(200, "На каком мероприятии помогают", "Ярмарка", "/ru"+events.Path(event))

		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Russian)
		shifts := map[civic.ID]civic.ID{}
		for _, action := range []civic.ID{helping, plain, foreign} {
			all, err := town.Shifts(c.Ctx(), action)
			c.Must(err)
			shifts[action] = all[0].ID
			for _, p := range []*citytest.Person{asel, dauren} {
				c.Must(town.Come(c.Ctx(), p.Actor, all[0].ID, SignUp{}))
			}
		}
		for _, p := range []*citytest.Person{asel, dauren} {
			_, err := c.Booking.Book(c.Ctx(), p.Actor, date, booking.Wish{Places: booking.Seats(1), Name: "Қонақ " + string(p.Account)})
			c.Must(err)
		}
		c.Acts()
		c.At(sh.Starts.Add(30 * time.Minute))
		list, err := c.Booking.List(c.Ctx(), town.boss.Actor, date)
		c.Must(err)
		for i, ticket := range list.Tickets {
			if strings.HasSuffix(ticket.Name, string(asel.Account)) {
				_, _, err := c.Booking.Scans(c.Ctx(), town.boss.Actor, date, []booking.Scan{{Device: "d", Nonce: string(rune('a' + i)), Read: ticket.Code.Shown(), At: c.Now()}})
				c.Must(err)
			}
		}
		c.At(sh.Starts.Add(11 * time.Hour))

		const saw = "На входе «Ярмарка» билет считан в 10:30"
		mine := c.Browser(asel)
		page := mine.Get("/ru/my/volunteering").Want(200, saw, "Записать 3:30: от входа до конца смены")
		if n := strings.Count(page.Body, saw); n != 2 { // the two actions of whoever hosts the fair, not the third
			t.Errorf("the door stands at %d shifts", n)
		}
		if n := strings.Count(page.Body, "от входа до конца смены"); n != 1 {
			t.Errorf("hours are offered for %d shifts", n)
		}
		c.Browser(dauren).Get("/ru/my/volunteering").Want(200).Lacks("На входе", "от входа до конца смены")
		mine.Post("/ru/my/volunteering", "shift", string(shifts[helping]), "minutes", "3:30").Want(303)
		mine.Get("/ru/my/volunteering").Want(200, saw).Lacks("от входа до конца смены")
		for _, action := range []civic.ID{plain, foreign} {
			c.Must(town.State(c.Ctx(), asel.Actor, shifts[action], 120))
		}
		c.Must(town.State(c.Ctx(), dauren.Actor, shifts[helping], 240))

		boss := c.Browser(town.boss)
		desk := boss.Get("/ru/desk/volunteering/"+string(helping)).Want(200, saw, "3:30", "4:00")
		if n := strings.Count(desk.Body, saw); n != 1 {
			t.Errorf("the door speaks for %d", n)
		}
		boss.Get("/ru/desk/volunteering/"+string(plain)).Want(200, saw)
		c.Browser(otherBoss).Get("/ru/desk/volunteering/"+string(foreign)).Want(200, "2:00").Lacks("На входе")
		boss.Post("/ru/desk/volunteering/"+string(helping)+"/confirm", "account", string(asel.Account), "minutes."+string(shifts[helping]), "3:30").Want(303)
		mine.Get("/ru/my/volunteering").Want(200, "3:30, подписано обоими", saw)
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability(), events.Capability())
}
