package app_test

import (
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/places"
)

// happened does everything with events: a series of which one date was moved and one called off, one that was called off, one that was held and told of, one that a moderator refused, and one
// that was let in again.
func happened(c scene) {
	s := citytest.Service[*events.Service](c.City)
	c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай\tАбайский\tAbai"))
	in := func(days int) events.Plan {
		return events.Plan{Starts: c.Now().AddDate(0, 0, days), Ends: c.Now().AddDate(0, 0, days).Add(2 * time.Hour)}
	}
	of := func(title string, hosts ...civic.ID) events.Event {
		return events.Event{Title: civic.Text{"kk": title, "ru": title + " по-русски"}, About: civic.Text{"kk": title + " жайлы", "ru": "Подробно: " + title}, Hosts: hosts, Group: title + " тобы", Place: title + " алаңы", Point: places.Point{Lat: 42.32, Lon: 69.59},
			District: c.Settings.Current().Districts[0].Code, Theme: "culture", For: events.ForFamilies, Languages: []civic.Lang{"kk"}, Access: []string{"step_free"}, Price: 500 * civic.Tenge,
			Terms: events.Terms{Places: booking.Places{booking.Seat: 7, booking.Wheelchair: 2, booking.Child: 3}, GroupMost: 4, BackHours: 6, Certificate: true}}
	}
	why := civic.Text{"kk": "Боран", "ru": "Буран"}
	announced := func(e events.Event, pl events.Plan) events.Shown {
		id, err := s.Write(c.Ctx(), c.speaker, e, pl)
		c.Must(err)
		c.Must(s.Announce(c.Ctx(), c.speaker, id))
		v, err := s.Show(c.Ctx(), c.speaker, id)
		c.Must(err)
		return v
	}
	weekly := in(5)
	weekly.Rule = "FREQ=WEEKLY;COUNT=4"
	series := announced(of("Құс санау", c.ngo), weekly)
	performed(c, s, series)
	c.Must(s.Move(c.Ctx(), c.speaker, series.ID, series.Dates[1].ID, series.Dates[1].Starts.Add(time.Hour), series.Dates[1].Ends.Add(time.Hour)))
	c.Must(s.CallOffDate(c.Ctx(), c.speaker, series.ID, series.Dates[2].ID, why))
	c.Must(s.CallOff(c.Ctx(), c.speaker, announced(of("Жәрмеңке", c.ngo), in(6)).ID, why))
	held := announced(of("Көрме", c.ngo), in(1))
	suggested := func(title string) civic.ID {
		id, err := s.Write(c.Ctx(), c.Resident("").Actor, of(title), in(7))
		c.Must(err)
		return id
	}
	rule := c.Moderation.Book().InForce(moderation.Words)[0].ID()
	refuse := moderation.Choice{Rule: rule, Reason: "Жарнама"}
	c.Must(s.Decide(c.Ctx(), c.moderator, suggested("Сауда"), refuse))
	again := suggested("Көршілер")
	c.Must(s.Decide(c.Ctx(), c.moderator, again, refuse))
	c.Must(s.Decide(c.Ctx(), c.Administrator().Actor, again, moderation.Choice{Approve: true, Reason: "Жарнама емес"}))
	c.Pass(27 * time.Hour)
	c.Must(s.Tell(c.Ctx(), c.speaker, held.ID, events.Telling{Words: civic.Text{"kk": "Жүз адам келді", "ru": "Пришли сто человек"}, Heard: c.ask("Көрме туралы"), Visitors: 100}))
	c.Browser(nil).Get("/ru"+events.Path(held.ID)).Want(200, "Разговор продолжается:", "/consultations/") // what the city heard
	c.Must(s.Change(c.Ctx(), c.speaker, series.ID, of("Құстарды санау", c.ngo)))
}

// performed gives the first date of an announced event a programme: of a stage and a stand, one thing put off, one taken off.
func performed(c scene, s *events.Service, v events.Shown) {
	d := v.Dates[0]
	add := func(title, spot string, from int, exhibit bool) (civic.ID, events.Item) {
		i := events.Item{Date: d.ID, Exhibit: exhibit, Title: civic.Text{"kk": title, "ru": title + " по-русски"}, Spot: civic.Text{"kk": spot, "ru": spot + " по-русски"}, Speakers: []string{title + " тобы"},
			Starts: d.Starts.Add(time.Duration(from) * time.Minute), Ends: d.Starts.Add(time.Duration(from+20) * time.Minute)}
		id, err := s.AddItem(c.Ctx(), c.speaker, v.ID, i)
		c.Must(err)
		return id, i
	}
	add("Күй", "Бас сахна", 0, false)
	add("Киіз", "Бірінші үстел", 0, true)
	off, _ := add("Би", "Бас сахна", 30, false)
	c.Must(s.DropItem(c.Ctx(), c.speaker, v.ID, off))
	late, i := add("Айтыс", "Бас сахна", 60, false)
	i.Starts, i.Ends = i.Starts.Add(10*time.Minute), i.Ends.Add(10*time.Minute)
	c.Must(s.ChangeItem(c.Ctx(), c.speaker, v.ID, late, i))
}
