package events_test

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
)

// Whoever has a place finds the link for taking part from afar on the page of their booking, with an account and by the mail's address alike. Who waits, has not confirmed, has
// given back, or is somebody else finds none; nor does anybody once the date is called off.
func TestTheLinkStandsOnTheBooking(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		const link = `href="https://meet.example/signed"`
		town := open(c)
		e := town.fair(2)
		e.Online = "https://meet.example/signed"
		v := town.announced(e, Plan{Starts: town.at(7, 18), Ends: town.at(7, 20)})
		of := DateRef(v.Dates[0].ID)
		asel, waits := c.Resident(civic.Russian), c.Resident(civic.Kazakh)
		has, err := c.Booking.Book(c.Ctx(), asel.Actor, of, booking.Wish{Places: booking.Seats(1), Name: "Асель"})
		c.Must(err)
		_, err = c.Booking.Book(c.Ctx(), civic.Actor{}, of, booking.Wish{Places: booking.Seats(1), Name: "Қонақ", Email: "guest@example.kz", Lang: civic.Kazakh})
		c.Must(err)
		second, err := c.Booking.Book(c.Ctx(), waits.Actor, of, booking.Wish{Places: booking.Seats(1), Name: "Дәурен"})
		c.Must(err)
		c.Jobs()
		_, token, found := strings.Cut(c.Letter("guest@example.kz").Text, "/by/")
		if !found {
			t.Fatal("no link in the mail")
		}
		guests := "/kk" + booking.SignUpPath(of) + "/by/" + token[:32]

		c.Browser(asel).Get("/ru"+booking.Path(has.ID)).Want(200, link, "Подключиться онлайн")
		c.Browser(nil).Get(guests).Want(200, "Растаймын").Lacks(link)
		c.Browser(nil).Post(guests + "/confirm").Want(303)
		c.Browser(nil).Get(guests).Want(200, link, "Онлайн қосылу")
		c.Browser(waits).Get("/kk" + booking.Path(second.ID)).Want(200).Lacks(link)
		c.Browser(waits).Get("/kk" + booking.Path(has.ID)).Want(404)
		c.Browser(nil).Get("/kk" + booking.SignUpPath(of)).Want(200).Lacks(link)
		c.Browser(nil).Get("/kk" + Path(v.ID)).Want(200).Lacks(link)

		c.Must(c.Booking.GiveBack(c.Ctx(), booking.Who{Actor: asel.Actor, ID: has.ID}))
		c.Browser(asel).Get("/ru" + booking.Path(has.ID)).Want(200).Lacks(link)
		c.Must(town.CallOffDate(c.Ctx(), town.host.Actor, v.ID, v.Dates[0].ID, civic.Text{"ru": "Праздник"}))
		c.Browser(nil).Get(guests).Want(200).Lacks(link) // before the mails have gone out, too
	}, Capability())
}
