package events_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
)

// Whoever follows a host, or a district, hears once of what is announced there, and not of what is elsewhere.
func TestFollowersOfHostsAndDistrictsHear(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай\tАбайский\tAbai\nТұран\tТуранский\tTuran"))
		districts := c.Settings.Current().Districts
		ofHost, ofDistrict, ofBoth, elsewhere := c.Resident(""), c.Resident(""), c.Resident(""), c.Resident("")
		host, district := organisations.RefOf(town.ngo), civic.Ref{Kind: city.KindDistrict, ID: civic.ID(districts[0].Code)}
		for p, things := range map[*citytest.Person][]civic.Ref{ofHost: {host}, ofDistrict: {district}, ofBoth: {host, district},
			elsewhere: {{Kind: city.KindDistrict, ID: civic.ID(districts[1].Code)}, organisations.RefOf(c.Organisation("Кітапсүйер"))}} {
			for _, thing := range things {
				c.Must(c.Notifications.Follow(c.Ctx(), p.Account, thing))
			}
		}
		e := town.fair(0)
		e.District = districts[0].Code
		id, err := town.Service.Write(c.Ctx(), town.host.Actor, e, Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		c.Must(err)
		c.Jobs()
		for _, p := range []*citytest.Person{ofHost, ofDistrict, ofBoth} {
			if told := c.Told(p); len(told) != 0 { // a draft is nobody's news
				t.Errorf("%+v", told)
			}
		}
		c.Must(town.Announce(c.Ctx(), town.host.Actor, id))
		c.Jobs()
		for _, p := range []*citytest.Person{ofHost, ofDistrict, ofBoth} {
			if told := c.Told(p); len(told) != 1 || told[0].Subject.Key != "events.told_new" || told[0].Path != Path(id) {
				t.Errorf("%+v", told)
			}
		}
		for _, n := range c.Told(elsewhere) {
			if strings.HasPrefix(n.Subject.Key, "events.") {
				t.Errorf("%+v", n)
			}
		}
	}, Capability())
}

// Who booked is told of another accessibility at once and of the programme once a day; who booked and follows the event too has one notice of each, and who only follows has one.
func TestWhoBookedAndFollowsIsToldOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		e := town.fair(8)
		v := town.announced(e, Plan{Starts: town.at(7, 10), Ends: town.at(7, 18)})
		date := v.Dates[0]
		booked, both, follows := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Russian)
		for _, p := range []*citytest.Person{booked, both} {
			_, err := c.Booking.Book(c.Ctx(), p.Actor, DateRef(date.ID), booking.Wish{Places: booking.Seats(1), Name: "Қонақ"})
			c.Must(err)
		}
		for _, p := range []*citytest.Person{both, follows} {
			c.Must(c.Notifications.Follow(c.Ctx(), p.Account, RefOf(v.ID)))
		}
		c.Jobs()
		people := []*citytest.Person{booked, both, follows}
		item := func(title string, hour int) Item {
			return Item{Date: date.ID, Title: civic.Text{"kk": title, "ru": title}, Spot: civic.Text{"kk": "Сахна", "ru": "Сцена"}, Starts: date.Starts.Add(time.Duration(hour-10) * time.Hour), Ends: date.Starts.Add(time.Duration(hour-9) * time.Hour)}
		}
		count := func(what string, want int) {
			t.Helper()
			c.Jobs()
			for i, p := range people {
				if n := len(c.Told(p)); n != want {
					t.Errorf("%s: the %d. has %d notices, not %d: %+v", what, i+1, n, want, c.Told(p))
				}
			}
		}
		e.Access, e.Price = []string{"sign_language", "step_free"}, 700*civic.Tenge
		c.Must(town.Change(c.Ctx(), town.host.Actor, v.ID, e))
		count("accessibility and price together", 1)
		c.Browser(both).Get("/ru/notices").Want(200, "Доступность: ", "жест", "700")
		for i, title := range []string{"Жыр", "Айтыс"} {
			_, err := town.AddItem(c.Ctx(), town.host.Actor, v.ID, item(title, 11+i))
			c.Must(err)
		}
		count("two things on the programme", 2)
		c.Browser(booked).Get("/ru/notices").Want(200, "Изменилась программа")
		c.Pass(24 * time.Hour)
		_, err := town.AddItem(c.Ctx(), town.host.Actor, v.ID, item("Күй", 14))
		c.Must(err)
		count("another on the next day", 3)
		c.Must(town.Move(c.Ctx(), town.host.Actor, v.ID, date.ID, date.Starts, date.Ends.Add(time.Hour)))
		count("moved", 4)
	}, Capability())
}

// The page of a festival's day has a map where its place has a point, with one pin, and none where it has not.
func TestTheDayOfAFestivalHasAMap(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай\tАбайский\tAbai"))
		c.Must(c.Places.SetOutlines(c.Ctx(), c.Administrator().Actor, []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"district":"`+c.Settings.Current().Districts[0].Code+
			`"},"geometry":{"type":"Polygon","coordinates":[[[69,42],[70,42],[70,43],[69,43],[69,42]]]}}]}`)))
		for name, point := range map[string]places.Point{"with a point": {Lat: 42.32, Lon: 69.59}, "without": {}} {
			e := town.fair(0)
			e.Point = point
			v := town.announced(e, Plan{Starts: town.at(3, 10), Ends: town.at(3, 18)})
			_, err := town.AddItem(c.Ctx(), town.host.Actor, v.ID, Item{Date: v.Dates[0].ID, Title: civic.Text{"kk": "Жыр", "ru": "Песни"}, Spot: civic.Text{"kk": "Сахна"}, Starts: town.at(3, 11), Ends: town.at(3, 12)})
			c.Must(err)
			body := c.Browser(nil).Get("/ru"+Path(v.ID)+"/programme").Want(200, "Песни").Main().Body
			pins, want := strings.Count(body, `class="pin"`), 0
			if point.Known() {
				want = 1
			}
			if pins != want {
				t.Errorf("%s: %d pins", name, pins)
			}
		}
	}, Capability())
}

// What a state body hosts is in Kazakh and in Russian: its words, the report on it and the reason for which it is called off; what an organisation hosts is in one of them at least.
func TestABodyTellsInBothLanguages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		body := c.Body("Мәдениет басқармасы")
		officer := c.Officer(body)
		one, both := civic.Text{"kk": "Боран"}, civic.Text{"kk": "Боран", "ru": "Буран"}
		fields := func(err error) (out []string) {
			var wrong *civic.Error
			if errors.As(err, &wrong) {
				for _, p := range wrong.Fields {
					out = append(out, p.Field)
				}
			}
			slices.Sort(out)
			return out
		}
		plan := Plan{Starts: town.at(1, 18), Ends: town.at(1, 20)}
		e := town.fair(0)
		e.Title, e.About = civic.Text{"kk": "Жәрмеңке"}, civic.Text{"kk": "Айырбас"}
		_, err := town.Service.Write(c.Ctx(), town.host.Actor, e, plan)
		c.Must(err) // an organisation may
		e.Hosts = []civic.ID{body}
		_, err = town.Service.Write(c.Ctx(), officer.Actor, e, plan)
		if got := fields(err); !slices.Equal(got, []string{"about.ru", "title.ru"}) {
			t.Errorf("%s: %v", got, err)
		}
		e = town.fair(0)
		e.Hosts = []civic.ID{body}
		made := func(pl Plan) civic.ID {
			id, err := town.Service.Write(c.Ctx(), officer.Actor, e, pl)
			c.Must(err)
			c.Must(town.Announce(c.Ctx(), officer.Actor, id))
			return id
		}
		off, held := made(Plan{Starts: town.at(9, 18), Ends: town.at(9, 20)}), made(plan)
		c.Refused(town.CallOff(c.Ctx(), officer.Actor, off, one), civic.Invalid)
		c.Must(town.CallOff(c.Ctx(), officer.Actor, off, both))
		c.Acts()
		c.At(town.at(2, 9))
		c.Refused(town.Tell(c.Ctx(), officer.Actor, held, Telling{Words: one}), civic.Invalid)
		c.Must(town.Tell(c.Ctx(), officer.Actor, held, Telling{Words: both}))
	}, Capability())
}

// The home page says how many dates with places are to come, however few of them it shows, and counts none that was called off, is over, or has no places.
func TestTheHomePageSaysHowManyThereAre(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		town.announced(town.fair(0), Plan{Starts: town.at(1, 9), Ends: town.at(1, 10)})
		weekly := town.announced(town.fair(3), Plan{Starts: town.at(2, 18), Ends: town.at(2, 20), Rule: "FREQ=DAILY;COUNT=12"})
		c.Must(town.CallOffDate(c.Ctx(), town.host.Actor, weekly.ID, weekly.Dates[3].ID, civic.Text{"kk": "Боран", "ru": "Буран"}))
		off := town.announced(town.fair(3), Plan{Starts: town.at(2, 9), Ends: town.at(2, 10)})
		c.Must(town.CallOff(c.Ctx(), town.host.Actor, off.ID, civic.Text{"kk": "Боран", "ru": "Буран"}))
		if page := c.Browser(nil).Get("/ru").Want(200, "Всего 11"); strings.Count(page.Body, Path(weekly.ID)) == 0 {
			t.Error("none of them is shown")
		}
	}, Capability())
}
