package booking_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// evening is a hall with a thing that ends in the quiet hours, and whose guests are asked how it was.
func evening(c *citytest.City, seats int) (h *hall, ends time.Time) {
	h = open(c)
	c.Booking.Serve(h.of.Kind, Owner{Asks: true, Runs: func(_ *storage.Tx, a civic.Actor, _ civic.ID) (bool, error) { return a.Account == "host", nil }})
	day := c.Now().AddDate(0, 0, 7)
	ends = time.Date(day.Year(), day.Month(), day.Day(), 22, 30, 0, 0, day.Location())
	h.City.Write(func(tx *storage.Tx) error {
		_, err := h.Booking.Put(tx, Offering{Of: h.of, Capacity: Seats(seats), GroupMost: 5, Terms: Terms{ClosesAt: ends.Add(-3 * time.Hour), GiveBackUntil: ends.Add(-3 * time.Hour), StartsAt: ends.Add(-2 * time.Hour), EndsAt: ends}})
		return err
	})
	return h, ends
}

func (h *hall) opinions() (o Opinions) {
	h.Read(func(tx *storage.Tx) (err error) { o, err = OpinionsOf(tx, h.of); return err })
	return o
}

// Who came is asked two questions in the morning after, with and without an account, once; each has one answer, which they may change for a month. Who had a place and was not
// read at the door says nothing. Whose an answer is, nobody is told.
func TestWhoCameSaysHowItWas(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h, ends := evening(c, 10)
		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Russian)
		var mine, his Party
		var err error
		mine, err = c.Booking.Book(c.Ctx(), asel.Actor, h.of, Wish{Places: Seats(2), Name: "Асель Н."})
		c.Must(err)
		his, err = c.Booking.Book(c.Ctx(), dauren.Actor, h.of, Wish{Places: Seats(1), Name: "Дәурен"})
		c.Must(err)
		_, err = c.Booking.Book(c.Ctx(), civic.Actor{}, h.of, Wish{Places: Seats(1), Name: "Қонақ", Email: "guest@example.kz", Lang: civic.Russian})
		c.Must(err)
		c.Jobs()
		token := tokenIn(t, c.Letter("guest@example.kz").Text, SignUpPath(h.of)+"/by/")
		c.Must(c.Booking.Confirm(c.Ctx(), token, h.of))
		guests := Who{Token: token, Of: h.of}
		c.Refused(c.Booking.Say(c.Ctx(), guests, Said{Mark: 5}), civic.Closed)

		c.At(ends.Add(-time.Hour))
		list, err := c.Booking.List(c.Ctx(), h.host, h.of)
		c.Must(err)
		for i, ticket := range list.Tickets {
			if ticket.Name != "Дәурен" {
				_, _, err = c.Booking.Scans(c.Ctx(), h.host, h.of, []Scan{{Device: "d", Nonce: fmt.Sprint(i), Read: ticket.Code.Shown(), At: c.Now()}})
				c.Must(err)
			}
		}
		c.At(ends.Add(time.Minute))
		c.Jobs()
		if len(c.Told(asel)) != 0 {
			t.Error("asked in the night")
		}
		c.At(ends.Add(10*time.Hour + 30*time.Minute)) // nine in the morning
		for range 2 {
			c.Jobs()
			if told := c.Told(asel); len(told) != 1 || told[0].Subject.Key != "booking.told_ask" {
				t.Errorf("%+v", told)
			}
		}
		if len(c.Told(dauren)) != 0 {
			t.Error("who did not come is asked")
		}
		if text := c.Letter("guest@example.kz").Text; !strings.Contains(text, SignUpPath(h.of)+"/by/") {
			t.Error(text)
		}
		page := "/ru" + Path(mine.ID)
		her := c.Browser(asel)
		her.Get(page).Want(200, "Вам понравилось?", "Что сделать лучше?")
		her.Post(page+"/say", "mark", "", "better", "Больше стульев").Want(422, "Выберите оценку", "Больше стульев")
		her.Post(page+"/say", "mark", "6").Want(422)
		her.Post(page+"/say", "mark", "4", "better", strings.Repeat("а", 501)).Want(422)
		her.Post(page+"/say", "mark", "2", "better", "Больше стульев").Want(303)
		her.Post(page+"/say", "mark", "4", "better", "Больше столов").Want(303)
		her.Get(page).Want(200, "Больше столов", "Изменить ответ")
		c.Browser(nil).Post("/ru"+SignUpPath(h.of)+"/by/"+token+"/say", "mark", "5").Want(303)
		c.Browser(dauren).Get("/ru" + Path(his.ID)).Want(200).Lacks("Вам понравилось?")
		c.Refused(c.Booking.Say(c.Ctx(), Who{Actor: dauren.Actor, ID: his.ID}, Said{Mark: 1}), civic.Closed)
		c.Refused(c.Booking.Say(c.Ctx(), Who{Actor: dauren.Actor, ID: mine.ID}, Said{Mark: 1}), civic.NotFound)
		if o := h.opinions(); o.Marks != [MostMark]int{0, 0, 0, 1, 1} || !slices.Equal(o.Better, []string{"Больше столов"}) || o.Count() != 2 || o.Sum() != 9 {
			t.Errorf("%+v", o)
		}
		h.City.Write(func(tx *storage.Tx) error { // the download, and then she leaves
			held, err := Part().Personal.Export(tx, asel.Account)
			if said := fmt.Sprintf("%+v", held); !strings.Contains(said, "Больше столов") {
				t.Error(said)
			}
			c.Must(err)
			return Part().Personal.Erase(tx, asel.Account)
		})
		if o := h.opinions(); o.Count() != 2 || len(o.Better) != 0 {
			t.Errorf("left behind: %+v", o)
		}
		c.At(ends.AddDate(0, 0, 30))
		c.Refused(c.Booking.Say(c.Ctx(), guests, Said{Mark: 1}), civic.Closed)
	})
}

// A thing that was put off is asked about once it is over; one that was called off is not.
func TestNobodyIsAskedTooEarly(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h, ends := evening(c, 2)
		asel := c.Resident(civic.Russian)
		_, err := c.Booking.Book(c.Ctx(), asel.Actor, h.of, Wish{Places: Seats(1), Name: "Асель"})
		c.Must(err)
		h.City.Write(func(tx *storage.Tx) error {
			_, err := h.Booking.Put(tx, Offering{Of: h.of, Capacity: Seats(2), GroupMost: 5, Terms: Terms{ClosesAt: ends, GiveBackUntil: ends, StartsAt: ends.AddDate(0, 0, 1), EndsAt: ends.AddDate(0, 0, 2)}})
			return err
		})
		asked := func() (n int) {
			c.Jobs()
			for _, told := range c.Told(asel) {
				if told.Subject.Key == "booking.told_ask" {
					n++
				}
			}
			return n
		}
		c.At(ends.AddDate(0, 0, 1))
		if asked() != 0 {
			t.Error("asked before it was over")
		}
		c.At(ends.AddDate(0, 0, 3))
		if asked() != 1 { // nobody was read at the door: whoever had a place is asked
			t.Error("not asked")
		}
	})
}

// Those who have places see the names of others who agreed to it, until these hide them again; nobody else sees any.
func TestNamesAreShownByConsent(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(2), 1))
		asel, dauren, third := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Resident(civic.Russian)
		book := func(p *citytest.Person, name string, shown bool) string {
			party, err := c.Booking.Book(c.Ctx(), p.Actor, h.of, Wish{Places: Seats(1), Name: name, Shown: shown})
			c.Must(err)
			return "/ru" + Path(party.ID)
		}
		hers, his, waits := book(asel, "Асель Н.", true), book(dauren, "Дәурен К.", false), book(third, "Үшінші", true)
		c.Browser(dauren).Get(his).Want(200, "Асель Н.", "Ваше имя видит только организатор")
		c.Browser(asel).Get(hers).Want(200).Lacks("Дәурен К.", "Үшінші")
		c.Browser(third).Get(waits).Want(200).Lacks("Асель Н.", "Кто ещё идёт")
		c.Browser(nil).Get("/ru" + SignUpPath(h.of)).Want(200).Lacks("Асель Н.")
		c.Browser(dauren).Post(his+"/name", "shown", "yes").Want(303)
		c.Browser(asel).Get(hers).Want(200, "Дәурен К.")
		c.Browser(asel).Post(hers + "/name").Want(303)
		c.Browser(dauren).Get(his).Want(200).Lacks("Асель Н.")
		c.Browser(dauren).Post(hers+"/name", "shown", "yes").Want(404)
	})
}
