package events_test

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// Before one date is called off its host reads the reason as those will who booked it, and how many they are, of that date alone; nothing happens until they say so.
func TestOneDateIsCheckedBeforeItIsCalledOff(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		start := town.at(7, 18)
		v := town.announced(town.fair(9), Plan{Starts: start, Ends: start.Add(time.Hour), Rule: RuleOf("weekly", start, start.AddDate(0, 0, 7))})
		for i, seats := range []int{2, 3} {
			_, err := c.Booking.Book(c.Ctx(), c.Resident("").Actor, DateRef(v.Dates[i].ID), booking.Wish{Places: booking.Seats(seats), Name: "Асель"})
			c.Must(err)
		}
		off := "/ru/desk/events/" + string(v.ID) + "/dates/" + string(v.Dates[0].ID) + "/off"
		host := c.Browser(town.host)
		host.Post(off, "reason.ru", "").Want(422, "Напишите причину")
		host.Post(off, "reason.ru", "Болезнь").Want(200, "Другие даты останутся", "Занято 2 места", "Болезнь", "18:00–19:00")
		c.Browser(c.Resident("")).Post(off, "reason.ru", "Болезнь").Want(403)
		if town.show(v.ID).Dates[0].Off {
			t.Fatal("called off before the host said so")
		}
		host.Post(off, "reason.ru", "Болезнь", ui.SureName, "yes").Want(303)
		if now := town.show(v.ID).Dates; !now[0].Off || now[1].Off || now[0].Reason[civic.Russian] != "Болезнь" {
			t.Errorf("%+v", now)
		}
		c.SkipActs()
	}, Capability())
}
