package events_test

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
)

// Who booked is told once of a change of title, price, link and place, whatever changed together, in words that hold what is new but not the link; of what one does not go by they are not told.
func TestWhoBookedIsToldOfWhatIsOtherwise(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		e := town.fair(5)
		e.Online = "https://meet.example/first"
		v := town.announced(e, Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		asel := c.Resident(civic.Russian)
		_, err := c.Booking.Book(c.Ctx(), asel.Actor, DateRef(v.Dates[0].ID), booking.Wish{Places: booking.Seats(1), Name: "Асель"})
		c.Must(err)
		for i, step := range []struct {
			change func(*Event)
			told   int
			words  string
		}{
			{func(e *Event) { e.About = civic.Text{"ru": "Обмен и чай"} }, 0, ""},
			{func(e *Event) { e.Price = 500 * civic.Tenge }, 1, "500"},
			{func(e *Event) { e.Online = "https://meet.example/second" }, 1, "Изменилась ссылка"},
			{func(e *Event) {
				e.Title = civic.Text{"kk": "Түнгі жәрмеңке", "ru": "Ночная ярмарка"}
			}, 1, "Ночная ярмарка"},
			{func(e *Event) { e.Price, e.Place = 0, "Кітапхана" }, 1, "Кітапхана"},
			{func(e *Event) { e.Place = "" }, 1, ""},
		} {
			before := len(c.Told(asel))
			step.change(&e)
			c.Must(town.Change(c.Ctx(), town.host.Actor, v.ID, e))
			c.Jobs()
			told := c.Told(asel)
			page := c.Browser(asel).Get("/ru/notices").Want(200).Body
			if len(told)-before != step.told || !strings.Contains(page, step.words) || strings.Contains(page, "meet.example") {
				t.Errorf("%d: told %d times: %+v", i, len(told)-before, told)
			}
		}
		c.SkipActs()
	}, Capability())
}

// A moderator has the days of the setting to decide on what was suggested: those that held when it was.
func TestASuggestionHasItsDay(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		c.Set("events.moderation_days", 5)
		e := town.fair(0)
		e.Hosts, e.Group = nil, "Жители двора"
		_, err := town.Service.Write(c.Ctx(), c.Resident("").Actor, e, Plan{Starts: town.at(9, 10), Ends: town.at(9, 12)})
		c.Must(err)
		c.Set("events.moderation_days", 1)
		c.Browser(c.Moderator()).Get("/ru/desk/moderation").Want(200, "ярмарка", "до 7 марта 2026 года") // the city of the test stands at 2 March
	}, Capability())
}
