package events_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
)

// After an event its report has the numbers that are known: who came by ticket, and the average of five marks at least; four are told to nobody but the host. Told again, they are taken anew.
func TestAReportHasNumbers(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		v := town.announced(town.fair(8), Plan{Starts: town.at(2, 15), Ends: town.at(2, 17)})
		of := DateRef(v.Dates[0].ID)
		var guests []*citytest.Person
		var booked []booking.Party
		for range 6 {
			p := c.Resident(civic.Russian)
			party, err := c.Booking.Book(c.Ctx(), p.Actor, of, booking.Wish{Places: booking.Seats(1), Name: "Қонақ"})
			c.Must(err)
			guests, booked = append(guests, p), append(booked, party)
		}
		c.At(town.at(2, 15).Add(0))
		list, err := c.Booking.List(c.Ctx(), town.host.Actor, of)
		c.Must(err)
		for i, ticket := range list.Tickets {
			_, _, err := c.Booking.Scans(c.Ctx(), town.host.Actor, of, []booking.Scan{{Device: "d", Nonce: fmt.Sprint(i), Read: ticket.Code.Shown(), At: c.Now()}})
			c.Must(err)
		}
		c.Pass(3 * time.Hour)
		say := func(i, mark int, better string) {
			c.Must(c.Booking.Say(c.Ctx(), booking.Who{Actor: guests[i].Actor, ID: booked[i].ID}, booking.Said{Mark: mark, Better: better}))
		}
		for i := range 4 {
			say(i, 4, "")
		}
		host, page := c.Browser(town.host), "/ru"+Path(v.ID)
		desk := "/ru/desk/events/" + string(v.ID)
		host.Get(desk).Want(200, "Оценка пришедших: 4,0 из 5, 4 ответа")
		host.Get(desk + "/report").Want(200).Lacks("По подсчёту") // tickets were read: nobody is asked to guess
		host.Post(desk+"/report", "report.ru", "Было людно", "visitors", "7777").Want(303)
		c.Browser(nil).Get(page).Want(200, "Было людно", "Пришли 6 человек, мест было 8").Lacks("777", "Оценка")
		say(4, 5, "Больше стульев")
		host.Get(desk).Want(200, "Больше стульев")
		c.Browser(nil).Get(page).Want(200).Lacks("Оценка", "стульев")
		host.Post(desk+"/report", "report.ru", "Было людно").Want(303)
		c.Browser(nil).Get(page).Want(200, "Оценка пришедших: 4,2 из 5, 5 ответов").Lacks("стульев") // (4·4+5)/5
		if got := c.Browser(nil).Get(Path(v.ID) + "/report.pdf?lang=ru").Want(200); !strings.HasPrefix(got.Body, "%PDF-") {
			t.Errorf("%.20s", got.Body)
		}
		c.SkipActs()
		if report, why := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v %s", report, why)
		}
	}, Capability())
}

// Where no tickets were read the host says how many came, which the page says is the host's count.
func TestAHostCounts(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		v := town.announced(town.fair(0), Plan{Starts: town.at(2, 15), Ends: town.at(2, 17)})
		c.Browser(nil).Get(Path(v.ID) + "/report.pdf").Want(404)
		c.Pass(4 * 24 * time.Hour)
		host, desk := c.Browser(town.host), "/ru/desk/events/"+string(v.ID)+"/report"
		host.Post(desk, "report.ru", "Хорошо", "visitors", "много").Want(422, "Укажите число от 0", "Хорошо")
		host.Post(desk, "report.ru", "Хорошо", "visitors", "1200").Want(303)
		c.Browser(nil).Get("/ru"+Path(v.ID)).Want(200, "По подсчёту организатора, пришли 1 200 человек")
	}, Capability())
}

// Whoever was read at the door gets a certificate, once it is over, one however often they ask; who did not come gets none, nor does anybody where none is given.
func TestACertificateForWhoCame(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		town := open(c)
		e := town.fair(8)
		e.Terms.Certificate = true
		v := town.announced(e, Plan{Starts: town.at(2, 15), Ends: town.at(2, 17)})
		d := v.Dates[0]
		came, stayed := c.Resident(civic.Russian), c.Resident(civic.Russian)
		for _, p := range []*citytest.Person{came, stayed} {
			_, err := c.Booking.Book(c.Ctx(), p.Actor, DateRef(d.ID), booking.Wish{Places: booking.Seats(1), Name: "Қонақ " + string(p.Account)})
			c.Must(err)
		}
		c.At(d.Starts)
		list, err := c.Booking.List(c.Ctx(), town.host.Actor, DateRef(d.ID))
		c.Must(err)
		for _, ticket := range list.Tickets {
			if strings.HasSuffix(ticket.Name, string(came.Account)) {
				_, _, err := c.Booking.Scans(c.Ctx(), town.host.Actor, DateRef(d.ID), []booking.Scan{{Device: "d", Nonce: "1", Read: ticket.Code.Shown(), At: c.Now()}})
				c.Must(err)
			}
		}
		page := "/ru" + Path(v.ID)
		get := page + "/dates/" + string(d.ID) + "/certificate"
		c.Browser(came).Post(get).Want(409) // it is not over
		c.At(d.Ends.Add(time.Minute))
		c.Browser(came).Get(page).Want(200, "Получить сертификат: ")
		c.Browser(stayed).Get(page).Want(200).Lacks("Получить сертификат")
		first := c.Browser(came).Post(get).Want(303).Location
		c.Browser(came).Get(first).Want(200, "Книжная ярмарка", "Жасыл қала", "2:00")
		if again := c.Browser(came).Post(get).Want(303).Location; again != first {
			t.Errorf("%s and %s", first, again)
		}
		c.Browser(stayed).Post(get).Want(409)
		c.Browser(nil).Post(get).Want(401)
	}, Capability())
}
