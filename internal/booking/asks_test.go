package booking_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// asking is a hall whose host asks those who book.
func asking(c *citytest.City, seats int) *hall {
	h := open(c)
	c.Booking.Serve(h.of.Kind, Owner{Runs: func(_ *storage.Tx, a civic.Actor, _ civic.ID) (bool, error) { return a.Account == h.host.Account, nil },
		Form: func(tx *storage.Tx, id civic.ID) (questions.Kept, error) {
			k, _, err := storage.Found(questions.Last(tx, h.of, "test"))
			return k, err
		}})
	c.Must(h.put(Seats(seats), 1))
	return h
}

// asks puts questions to those who book from now on.
func (h *hall) asks(form questions.Form) {
	h.City.Write(func(tx *storage.Tx) error {
		if _, err := questions.Put(tx, h.of, "test", form); err != nil {
			return err
		}
		_, err := questions.Freeze(tx, h.of, "test")
		return err
	})
}

func lunch() questions.Form {
	return questions.Form{{Key: "q1", Sort: questions.YesNo, Required: true, Label: civic.Text{"kk": "Түскі ас керек пе?", "ru": "Нужен обед?"}},
		{Key: "q2", Sort: questions.Line, Required: true, Label: civic.Text{"kk": "Нені жемейсіз?", "ru": "Чего вы не едите?"}, When: []questions.Condition{{Question: "q1", Is: []string{questions.Yes}}}}}
}

// answersKept is how many bookings have answers.
func (h *hall) answersKept() (n int) {
	h.Read(func(tx *storage.Tx) (err error) {
		n, err = storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM booking_party WHERE answers <> '{}'")
		return err
	})
	return n
}

// Whoever books answers what the host asks, also what follows from an answer; nothing is booked before. They find it on their page and in their download, the host on the list and in its tables, nobody else; who
// booked before a new question is not asked it. Answers go when a booking ends, when somebody leaves, and a month after the thing was over.
func TestWhoBooksIsAsked(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := asking(c, 10)
		h.asks(lunch())
		asel, dauren, third := c.Resident(civic.Russian), c.Resident(civic.Kazakh), c.Resident(civic.Russian)
		sign, her := "/ru"+SignUpPath(h.of), c.Browser(asel)
		her.Get(sign).Want(200, "Нужен обед?", "Ответы читает только организатор. Через 30 дней после мероприятия они удаляются.").Lacks("Чего вы не едите?")
		her.Post(sign, "name", "Асель Н.", "seat", "1", "asked", "q1").Want(422, "Ответьте на этот вопрос", "Асель Н.")
		her.Post(sign, "name", "Асель Н.", "seat", "1", "asked", "q1", "q.q1", "yes").Want(200, "Из вашего ответа следует ещё вопрос", "Чего вы не едите?", "Асель Н.")
		her.Post(sign, "name", "Асель Н.", "seat", "1", "q.q1", "yes").Want(422, "Чего вы не едите?") // a form that says nothing of what it held
		her.Post(sign, "name", "Асель Н.", "seat", "1", "asked", "q1,q2", "q.q1", "yes", "q.q2", " ").Want(422, "Ответьте на этот вопрос")
		if h.account() != 0 {
			t.Error("something is booked")
		}
		own := her.Post(sign, "name", "Асель Н.", "seat", "1", "asked", "q1,q2", "q.q1", "yes", "q.q2", "Рыбу").Want(303).Location
		her.Get(own).Want(200, "Ваши ответы", "Чего вы не едите?", "Рыбу")
		his := c.Browser(dauren).Post("/kk"+SignUpPath(h.of), "name", "Дәурен", "seat", "1", "asked", "q1", "q.q1", "no", "q.q2", "Ет").Want(303).Location // it is not asked: nothing is kept of it

		asks := append(lunch()[:1], questions.Question{Key: "q3", Sort: questions.Whole, Label: civic.Text{"kk": "Неше жаста?", "ru": "Сколько лет?"}})
		h.asks(asks)
		her.Get(own).Want(200, "Рыбу").Lacks("Сколько лет?")
		_, err := c.Booking.Book(c.Ctx(), third.Actor, h.of, Wish{Places: Seats(1), Name: "Үшінші"})
		c.Refused(err, civic.Invalid)
		_, err = c.Booking.Book(c.Ctx(), third.Actor, h.of, Wish{Places: Seats(1), Name: "Үшінші", Typed: func(q questions.Question) []string { return map[string][]string{"q1": {"no"}, "q3": {"11"}}[q.Key] }})
		c.Must(err)

		host, list := c.Browser(c.SignIn(c.Known(h.host))), "/ru"+DoorPath(h.of)
		host.Get(list+"/list").Want(200, "Асель Н.", "Рыбу", "Сколько лет?", "11").Lacks("Ет")
		table := host.Get(DoorPath(h.of) + "/guests.csv").Want(200)
		rows := strings.Split(strings.TrimSpace(strings.TrimPrefix(table.Body, "\ufeff")), "\r\n")
		if len(rows) != 4 || !strings.Contains(rows[1], "Рыбу") || strings.Contains(rows[2], "Рыбу") || !strings.HasSuffix(rows[3], ",11") {
			t.Errorf("%q", rows)
		}
		for _, path := range []string{list + "/list", DoorPath(h.of) + "/guests.csv", DoorPath(h.of) + "/guests.xlsx"} {
			c.Browser(asel).Get(path).Want(403)
		}
		her.Get("/ru/account/download").Want(200, "Рыбу")

		c.Browser(dauren).Post(his + "/back").Want(303)
		if h.answersKept() != 2 {
			t.Error("the answers of a booking that was given back are kept")
		}
		h.City.Write(func(tx *storage.Tx) error { return Part().Personal.Erase(tx, third.Account) })
		if h.answersKept() != 1 {
			t.Error("the answers of somebody who left are kept")
		}
		ends := citytest.Start.AddDate(0, 0, 7).Add(11 * time.Hour)
		c.At(ends.AddDate(0, 0, 30).Add(-2 * time.Hour))
		c.Jobs()
		if h.answersKept() != 1 {
			t.Error("answers are forgotten too early")
		}
		c.At(ends.AddDate(0, 0, 31).Add(time.Hour))
		c.Jobs()
		if h.answersKept() != 0 {
			t.Error("answers are kept for ever")
		}
		held, err := c.Booking.Show(c.Ctx(), Who{Actor: asel.Actor, ID: civic.ID(own[strings.LastIndexByte(own, '/')+1:])})
		c.Must(err)
		if len(held.Answers()) > 0 || len(held.Asked) > 0 {
			t.Errorf("%+v", held)
		}
	})
}

// Whoever waits reads their number, why it is so, and until when they hear.
func TestWhyOneWaits(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(4), 4))
		_, err := h.book(guest(0), Seats(3))
		c.Must(err)
		for i, n := range []int{2, 3} { // one is free: too few for the first of them
			_, err := h.book(guest(i+1), Seats(n))
			c.Must(err)
		}
		asel := c.Resident(civic.Russian)
		p, err := h.book(asel.Actor, Seats(1))
		c.Must(err)
		c.Browser(asel).Get("/ru"+Path(p.ID)).Want(200, "Ваш номер в очереди: 3", "Перед вами 2 записи, мест они ждут: 5.", "Сейчас свободно 1 место, но тем, чья очередь подошла, его мало или оно другого вида.",
			"Напишем, как только место освободится, не позже 9 марта 2026 года, 16:00") // a week from the second of March at nine, nine hours, and two before
	})
}

// After a change whoever had places gives them back until it starts, also when the day for that is past; who booked with the change in sight does not.
func TestAChangeOpensGivingBack(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		starts := citytest.Start.AddDate(0, 0, 7)
		h.City.Write(func(tx *storage.Tx) error {
			_, err := h.Booking.Put(tx, Offering{Of: h.of, Capacity: Seats(3), GroupMost: 1, Terms: Terms{ClosesAt: starts, GiveBackUntil: starts.Add(-48 * time.Hour), StartsAt: starts, EndsAt: starts.Add(time.Hour)}})
			return err
		})
		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Russian)
		p, err := h.book(asel.Actor, Seats(1))
		c.Must(err)
		c.At(starts.Add(-40 * time.Hour))
		c.Renew(asel)
		page := c.Browser(asel)
		page.Get("/ru" + Path(p.ID)).Want(200).Lacks("Вернуть место")
		page.Post("/ru" + Path(p.ID) + "/back").Want(409)
		h.City.Write(func(tx *storage.Tx) error {
			return h.Booking.Tell(tx, h.of, "place", civic.Text{"kk": "Кітапхана", "ru": "Библиотека"})
		})
		c.Pass(time.Hour)
		late, err := h.book(dauren.Actor, Seats(1))
		c.Must(err)
		c.Refused(c.Booking.GiveBack(c.Ctx(), Who{Actor: dauren.Actor, ID: late.ID}), civic.Closed)
		page.Get("/ru"+Path(p.ID)).Want(200, "Вернуть можно до 9 марта 2026 года, 09:00") // until it starts
		c.At(starts.Add(-time.Minute))
		c.Renew(asel)
		c.Browser(asel).Post("/ru" + Path(p.ID) + "/back").Want(303)
		if h.state(p) != GivenBack || h.account() != 1 {
			t.Errorf("%s", h.state(p))
		}
	})
}

// What somebody has booked is listed by pages of fifty, of their own only.
func TestWhatIsBookedHasPages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(2), 1))
		asel, other := c.Resident(civic.Russian), c.Resident(civic.Russian)
		var first Party
		for i := range 51 {
			p, err := c.Booking.Book(c.Ctx(), asel.Actor, h.of, Wish{Places: Seats(1), Name: "Асель"})
			c.Must(err)
			c.Must(c.Booking.GiveBack(c.Ctx(), Who{Actor: asel.Actor, ID: p.ID}))
			if c.Pass(time.Minute); i == 0 {
				first = p
			}
		}
		page := c.Browser(asel).Get("/ru/bookings").Want(200, `rel="next"`).Lacks(string(first.ID))
		if n := strings.Count(page.Main().Body, `href="/ru/bookings/`); n != 50 {
			t.Errorf("%d bookings on a page", n)
		}
		_, next, _ := strings.Cut(page.Body, `rel="next" href="`)
		next = next[:strings.IndexByte(next, '"')]
		c.Browser(asel).Get(next).Want(200, string(first.ID)).Lacks(`rel="next"`)
		c.Browser(other).Get(next).Want(404)
		c.Browser(asel).Get("/ru/bookings?after=none").Want(404)
	})
}
