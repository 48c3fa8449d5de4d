package booking_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	. "github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// hall is a city in which an organisation has places: any thing with a public name will do.
type hall struct {
	*citytest.City
	of   civic.Ref
	host civic.Actor
}

func open(c *citytest.City) *hall {
	h := &hall{City: c, of: civic.Ref{Kind: "organisations.organisation", ID: c.Organisation("Жасыл қала")}, host: civic.Actor{Account: "host", Name: "Host", Assurance: civic.EmailConfirmed}}
	c.Booking.Serve(h.of.Kind, Owner{Runs: func(_ *storage.Tx, a civic.Actor, _ civic.ID) (bool, error) { return a.Account == "host", nil }})
	return h
}

// put gives it places of a thing that begins in a week and closes two hours before.
func (h *hall) put(p Places, group int) error {
	at := citytest.Start.AddDate(0, 0, 7).Add(9 * time.Hour)
	return h.DB.Write(h.Ctx(), func(tx *storage.Tx) error {
		_, err := h.Booking.Put(tx, Offering{Of: h.of, Capacity: p, GroupMost: group, Terms: Terms{ClosesAt: at.Add(-2 * time.Hour), GiveBackUntil: at.Add(-time.Hour), StartsAt: at, EndsAt: at.Add(2 * time.Hour)}})
		return err
	})
}

func guest(i int) civic.Actor {
	return civic.Actor{Account: civic.ID(fmt.Sprint("guest-", i)), Name: "Guest", Assurance: civic.EmailConfirmed}
}

func (h *hall) book(a civic.Actor, p Places) (Party, error) {
	return h.Booking.Book(h.Ctx(), a, h.of, Wish{Places: p, Name: string("Қонақ " + a.Account)})
}

func (h *hall) state(p Party) (s State) {
	h.Read(func(tx *storage.Tx) (err error) {
		s, err = storage.One(tx, storage.Scalar[State], "SELECT state FROM booking_party WHERE id = $1", p.ID)
		return err
	})
	return s
}

// account checks that what the offering says is taken is what its bookings hold, that it is not more than there is, and that nobody has two.
func (h *hall) account() (taken int) {
	h.T.Helper()
	h.Read(func(tx *storage.Tx) error {
		kept, err := storage.One(tx, storage.Scalar[int], "SELECT taken_seat + taken_wheelchair + taken_child FROM booking_offering")
		h.Must(err)
		most, err := storage.One(tx, storage.Scalar[int], "SELECT seat + wheelchair + child FROM booking_offering")
		h.Must(err)
		taken, err = storage.One(tx, storage.Scalar[int], "SELECT COALESCE(SUM(seat + wheelchair + child), 0) FROM booking_party WHERE state IN ('confirmed', 'offered') OR state = 'asked' AND holds")
		h.Must(err)
		tickets, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM booking_ticket WHERE revoked_at = 0")
		h.Must(err)
		confirmed, err := storage.One(tx, storage.Scalar[int], "SELECT COALESCE(SUM(seat + wheelchair + child), 0) FROM booking_party WHERE state = 'confirmed'")
		if taken != kept || taken > most || tickets != confirmed {
			h.T.Errorf("%d are held, %d are counted, there are %d; %d tickets for %d places", taken, kept, most, tickets, confirmed)
		}
		return err
	})
	return taken
}

// The last place goes to one, the other waits, is offered it when it is given back, and lets the offer run out: the third gets it.
func TestAPlaceGoesRound(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(1), 1))
		asel, dauren, saule, host := c.Resident(civic.Russian), c.Resident(civic.Kazakh), c.Resident(civic.Kazakh), h.host
		first, err := h.book(asel.Actor, Seats(1))
		c.Must(err)
		_, err = h.book(asel.Actor, Seats(1))
		c.Refused(err, civic.Conflict)
		second, err := h.book(dauren.Actor, Seats(1))
		c.Must(err)
		third, err := h.book(saule.Actor, Seats(1))
		c.Must(err)
		if first.State != Confirmed || second.State != Waiting || third.State != Waiting {
			t.Fatalf("%s %s %s", first.State, second.State, third.State)
		}
		c.Refused(c.Booking.Take(c.Ctx(), Who{Actor: dauren.Actor, ID: second.ID}), civic.Closed)
		c.Refused(c.Booking.GiveBack(c.Ctx(), Who{Actor: dauren.Actor, ID: first.ID}), civic.NotFound)
		c.Must(c.Booking.GiveBack(c.Ctx(), Who{Actor: asel.Actor, ID: first.ID}))
		c.Must(c.Booking.GiveBack(c.Ctx(), Who{Actor: asel.Actor, ID: first.ID})) // pressed twice
		if told := c.Told(dauren); len(told) != 1 || told[0].Subject.Key != "booking.told_offered" || h.state(second) != Offered || h.account() != 1 {
			t.Fatalf("%+v, %s", told, h.state(second))
		}
		_, err = h.book(host, Seats(1)) // nobody takes it meanwhile
		c.Must(err)

		c.Pass(27*time.Hour + time.Minute) // from nine in the morning: nobody has to answer at nine
		c.Jobs()
		if told := c.Told(dauren); len(told) != 2 || told[0].Subject.Key != "booking.told_lapsed" || h.state(second) != Lapsed {
			t.Fatalf("%+v, %s", told, h.state(second))
		}
		c.Refused(c.Booking.Take(c.Ctx(), Who{Actor: dauren.Actor, ID: second.ID}), civic.Closed)
		c.Must(c.Booking.Take(c.Ctx(), Who{Actor: saule.Actor, ID: third.ID}))
		c.Must(c.Booking.Take(c.Ctx(), Who{Actor: saule.Actor, ID: third.ID}))
		if h.state(third) != Confirmed || h.account() != 1 {
			t.Errorf("%s", h.state(third))
		}
		c.Refused(h.put(Places{}, 1), civic.Invalid)
		c.Must(h.put(Seats(2), 1)) // one place more: the host, who waits, is offered it
		if h.account() != 2 {
			t.Error("the new place is offered to nobody")
		}
		c.Refused(h.put(Seats(1), 1), civic.Invalid)

		c.At(citytest.Start.AddDate(0, 0, 7).Add(8*time.Hour + time.Minute))
		c.Refused(c.Booking.GiveBack(c.Ctx(), Who{Actor: saule.Actor, ID: third.ID}), civic.Closed)
		_, err = h.book(asel.Actor, Seats(1))
		c.Refused(err, civic.Closed)
	})
}

// Who has no account confirms by mail; the place is kept meanwhile, and free again when nobody confirms. The link shows what they have, also asked twice.
func TestWithoutAnAccount(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(1), 1))
		ask := func(email string) (Party, error) {
			return c.Booking.Book(c.Ctx(), civic.Actor{}, h.of, Wish{Places: Seats(1), Name: "Қонақ", Email: email, Lang: civic.Russian})
		}
		_, err := ask("")
		c.Refused(err, civic.Invalid)
		token := func(email string) string {
			c.Jobs()
			var link string
			for _, l := range c.Letters() {
				if l.To == email {
					link = l.Text
					break
				}
			}
			return tokenIn(t, link, SignUpPath(h.of)+"/by/")
		}
		late, err := ask("late@example.kz")
		c.Must(err)
		lateToken := token("late@example.kz")
		if late.State != Asked || h.account() != 1 {
			t.Fatal("the place is not kept")
		}
		waits, err := ask("waits@example.kz")
		c.Must(err)
		waitsToken := token("waits@example.kz")
		c.Must(c.Booking.Confirm(c.Ctx(), waitsToken, h.of))
		if h.state(waits) != Waiting {
			t.Errorf("%s", h.state(waits))
		}
		c.Pass(61 * time.Minute)
		c.Jobs()
		if h.state(late) != Lapsed || h.state(waits) != Offered || h.account() != 1 {
			t.Errorf("%s, %s", h.state(late), h.state(waits))
		}
		c.Refused(c.Booking.Confirm(c.Ctx(), lateToken, h.of), civic.Closed)
		c.Must(c.Booking.Take(c.Ctx(), Who{Token: waitsToken, Of: h.of}))
		c.Refused(c.Booking.Take(c.Ctx(), Who{Token: "nobody's", Of: h.of}), civic.NotFound)
		again, err := ask("waits@example.kz") // is told by mail alone what they have
		c.Must(err)
		c.Must(c.Booking.Confirm(c.Ctx(), token("waits@example.kz"), h.of))
		if again.ID != waits.ID || h.state(waits) != Confirmed || h.account() != 1 {
			t.Errorf("%+v", again)
		}
		waiting := c.Browser(nil)
		waiting.Post("/ru" + SignUpPath(h.of) + "/by/" + waitsToken + "/confirm").Want(303)
		waiting.Get("/ru/me").Want(200, `href="/ru`+SignUpPath(h.of)+"/by/"+waitsToken+`"`)
		waiting.Get("/ru"+SignUpPath(h.of)+"/by/"+waitsToken).Want(200, `href="/ru/me"`)
		c.Must(c.Booking.GiveBack(c.Ctx(), Who{Token: waitsToken, Of: h.of}))
		if h.account() != 0 {
			t.Error("not given back")
		}
	})
}

func tokenIn(t *testing.T, text, path string) string {
	t.Helper()
	_, rest, found := cut(text, path)
	if !found {
		t.Fatalf("no link to %s in %q", path, text)
	}
	return rest[:32]
}

// Groups wait in order; wheelchairs and seats are different places; nobody is told a name that they did not want shown.
func TestGroupsAndKinds(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Places{Seat: 4, Wheelchair: 1}, 4))
		for _, wrong := range []Places{{}, {Seat: 5}, {Child: 1}, {Seat: -1, Wheelchair: 1}, {Wheelchair: 2}} {
			_, err := h.book(guest(0), wrong)
			c.Refused(err, civic.Invalid)
		}
		a, err := h.book(c.Resident("").Actor, Seats(3))
		c.Must(err)
		b, err := h.book(c.Resident("").Actor, Seats(2)) // one is free: they wait
		c.Must(err)
		one, err := h.book(c.Resident("").Actor, Seats(1)) // and nobody smaller goes first
		c.Must(err)
		chair, err := h.book(c.Resident("").Actor, Places{Wheelchair: 1})
		c.Must(err)
		if a.State != Confirmed || b.State != Waiting || one.State != Waiting || chair.State != Confirmed || h.account() != 4 {
			t.Errorf("%s %s %s %s", a.State, b.State, one.State, chair.State)
		}
		c.Must(h.put(Places{Seat: 6, Wheelchair: 1}, 4))
		if h.state(b) != Offered || h.state(one) != Offered || h.account() != 7 {
			t.Errorf("%s %s", h.state(b), h.state(one))
		}
		c.Write(func(tx *storage.Tx) error {
			return c.Booking.Cancel(tx, h.of, civic.Text{"kk": "Боран", "ru": "Буран"})
		})
		c.Jobs()
		if h.account() != 0 || h.state(a) != Cancelled || h.state(one) != Cancelled {
			t.Error("not cancelled")
		}
		_, err = h.book(guest(0), Seats(1))
		c.Refused(err, civic.Closed)
	})
}

// Once no offer can be made in time, free places go to whoever comes first; at the end those who still wait are told.
func TestTheLastHours(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(2), 2))
		asel, waits, late := c.Resident(""), c.Resident(""), c.Resident("")
		has, err := h.book(asel.Actor, Seats(2))
		c.Must(err)
		first, err := h.book(waits.Actor, Seats(2))
		c.Must(err)
		second, err := h.book(late.Actor, Seats(1))
		c.Must(err)
		c.At(citytest.Start.AddDate(0, 0, 7).Add(5 * time.Hour)) // at 14:00; it closes at 16:00, and offers last three hours
		c.Must(c.Booking.GiveBack(c.Ctx(), Who{Actor: asel.Actor, ID: has.ID}))
		if h.state(first) != Waiting || h.account() != 0 {
			t.Errorf("%s", h.state(first))
		}
		c.Must(c.Booking.Take(c.Ctx(), Who{Actor: late.Actor, ID: second.ID}))
		c.Refused(c.Booking.Take(c.Ctx(), Who{Actor: waits.Actor, ID: first.ID}), civic.Closed)
		c.Pass(2 * time.Hour)
		c.Jobs()
		if told := c.Told(waits); h.state(first) != Lapsed || told[0].Subject.Key != "booking.told_never" {
			t.Errorf("%s %+v", h.state(first), told)
		}
	})
}

// Two hundred want the last ten places, give them back, take offers or let them run out, all at the same time: there are never more than ten, and while somebody waits none
// is free.
func TestManyWantTheLastPlaces(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(10), 1))
		var clock sync.Mutex
		parties := make([]Party, 200)
		var wg sync.WaitGroup
		var got atomic.Int64
		for i := range 200 {
			wg.Go(func() {
				p, err := h.book(c.Known(guest(i)).Actor, Seats(1))
				if err != nil {
					t.Error(err)
					return
				}
				if parties[i] = p; p.State == Confirmed {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		if got.Load() != 10 || h.account() != 10 {
			t.Fatalf("%d have got one of ten places", got.Load())
		}
		for round := range 3 {
			for i, p := range parties {
				wg.Go(func() {
					who := Who{Actor: guest(i), ID: p.ID}
					switch (i + round) % 4 {
					case 0:
						_ = c.Booking.GiveBack(c.Ctx(), who)
					case 1:
						_ = c.Booking.Take(c.Ctx(), who)
					case 2:
						clock.Lock()
						c.Pass(13 * time.Minute) // fifty times: offers of the rounds before run out meanwhile
						clock.Unlock()
					default:
						_, _ = h.book(guest(i), Seats(1))
					}
				})
			}
			wg.Wait()
			c.Jobs()
			waiting := 0
			c.Read(func(tx *storage.Tx) (err error) {
				waiting, err = storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM booking_party WHERE state = 'waiting'")
				return err
			})
			if taken := h.account(); taken != 10 && waiting > 0 {
				t.Fatalf("round %d: %d are taken, while %d wait", round, taken, waiting)
			}
		}
	})
}

// The process is killed while places are booked: who was told that a place is theirs has it, with a ticket.
func TestKilledProcessLosesNoPlace(t *testing.T) {
	for engine, made := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		t.Run(engine, func(t *testing.T) { killed(t, made) })
	}
}

func killed(t *testing.T, made func(testing.TB) string) {
	places := map[string]bool{}
	path := citytest.KilledOn(t, made, 60, func(path string) {
		h := open(citytest.Open(t, path, app.Config{}))
		h.Must(h.put(Seats(20_000), 1))
		for i := 0; ; i++ {
			p, err := h.book(guest(i), Seats(1))
			h.Must(err)
			fmt.Println("place", p.ID, p.State)
		}
	}, func(line string) bool {
		var id, state string
		n, _ := fmt.Sscanf(line, "place %s %s", &id, &state)
		if n == 2 {
			places[id] = state == "confirmed"
		}
		return n == 2
	})
	h := &hall{City: citytest.Open(t, path, app.Config{})}
	for id, confirmed := range places {
		if !confirmed || h.state(Party{ID: civic.ID(id)}) != Confirmed {
			t.Errorf("%s is lost", id)
		}
	}
	if h.account() < 60 {
		t.Error("places are lost")
	}
}

// Who leaves the city leaves no name; their place goes to whoever waits.
func TestWhoLeavesGivesBack(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(1), 1))
		leaves, waits := c.Resident(""), c.Resident("")
		_, err := h.book(leaves.Actor, Seats(1))
		c.Must(err)
		next, err := h.book(waits.Actor, Seats(1))
		c.Must(err)
		c.Browser(leaves).Get("/ru/account/download").Want(200, "Қонақ", "confirmed")
		c.Browser(leaves).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		// in the same transaction: no background work has run
		if h.state(next) != Offered || h.account() != 1 {
			t.Errorf("%s", h.state(next))
		}
	})
}

// Whoever asks again without an account, for fewer, gives the rest to those who wait, in the same transaction.
func TestWhoAsksAgainForFewerGivesBack(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(3), 3))
		ask := func(n int) Party {
			p, err := c.Booking.Book(c.Ctx(), civic.Actor{}, h.of, Wish{Places: Seats(n), Name: "Қонақ", Email: "guest@example.kz", Lang: civic.Kazakh})
			c.Must(err)
			return p
		}
		first := ask(3)
		next, err := h.book(c.Resident("").Actor, Seats(2))
		c.Must(err)
		again := ask(1)
		if h.state(first) != GivenBack || h.state(again) != Asked || h.state(next) != Offered || h.account() != 3 {
			t.Errorf("%s, %s; who waits: %s", h.state(first), h.state(again), h.state(next))
		}
	})
}

// What somebody booked stands on /me, with how it stands; nobody else finds it there.
func TestWhatIsBookedStandsOnMe(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(1), 1))
		asel, dauren, other := c.Resident(civic.Russian), c.Resident(civic.Kazakh), c.Resident("")
		has, err := h.book(asel.Actor, Seats(1))
		c.Must(err)
		waits, err := h.book(dauren.Actor, Seats(1))
		c.Must(err)
		c.Browser(asel).Get("/ru/me").Want(200, `href="/ru`+Path(has.ID)+`"`, "Жасыл қала", "Место за вами")
		c.Browser(dauren).Get("/kk/me").Want(200, `href="/kk`+Path(waits.ID)+`"`, "Кезекте")
		c.Browser(other).Get("/ru/me").Want(200).Lacks("/bookings/")
	})
}
