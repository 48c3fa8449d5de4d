package booking_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

var cut = strings.Cut

// A stranger's code that is longer than any ticket is unknown, and keeps back nothing of what was read before and after it.
func TestAStrangersCodeKeepsNothingBack(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(2), 2))
		_, err := h.book(guest(1), Seats(2))
		c.Must(err)
		list, err := c.Booking.List(c.Ctx(), h.host, h.of)
		c.Must(err)
		c.At(time.UnixMilli(list.Opens).Add(time.Minute))
		scan := func(nonce, read string) Scan {
			return Scan{Device: "door", Nonce: nonce, Read: read, Said: Valid, At: c.Now()}
		}
		got, counts, err := c.Booking.Scans(c.Ctx(), h.host, h.of, []Scan{scan("1", list.Tickets[0].Code.Shown()), scan("2", "https://shop.example/"+strings.Repeat("x", 3000)), scan("3", list.Tickets[1].Code.Shown())})
		c.Must(err)
		if len(got) != 3 || got[0].Result != Valid || got[1].Result != Unknown || got[2].Result != Valid || counts.Entered != 2 {
			t.Errorf("%+v %+v", got, counts)
		}
	})
}

// A thousand tickets are read by three devices without net, some by two of them, in any order, and told of in pieces, some twice: the earliest reading of each is the entry, and
// every other one is told of.
func TestThreeDevicesMerge(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(1000), 50))
		for i := range 20 {
			_, err := h.book(guest(i), Seats(50))
			c.Must(err)
		}
		list, err := c.Booking.List(c.Ctx(), h.host, h.of)
		c.Must(err)
		if len(list.Tickets) != 1000 || len(list.Keys) != 1 {
			t.Fatalf("%d tickets, %d keys", len(list.Tickets), len(list.Keys))
		}
		_, err = c.Booking.List(c.Ctx(), guest(1), h.of)
		c.Refused(err, civic.Forbidden)

		start := time.UnixMilli(list.Opens)
		scans := map[string][]Scan{}
		first, doubles := map[Code]string{}, 0
		for i, ticket := range list.Tickets {
			earliest := time.Hour * 9999
			for d := range 1 + i%3 { // read by one, two or three devices
				device := fmt.Sprint("door-", (i+d)%3)
				after := time.Duration((i*7919+d*104729)%7_000_000) * time.Millisecond
				scans[device] = append(scans[device], Scan{Device: device, Nonce: fmt.Sprint(i), Read: ticket.Code.Shown(), Said: Valid, At: start.Add(after)})
				if after < earliest {
					earliest, first[ticket.Code] = after, device
				}
				if d > 0 {
					doubles++
				}
			}
		}
		c.At(start.Add(3 * time.Hour))
		final := map[string]Outcome{}
		var mutex sync.Mutex
		var wg sync.WaitGroup
		for device, all := range scans {
			wg.Go(func() {
				rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				for range 2 { // the answer was lost: everything is sent again
					for at := 0; at < len(all); at += 100 {
						got, _, err := c.Booking.Scans(c.Ctx(), h.host, h.of, all[at:min(at+100, len(all))])
						if err != nil {
							t.Error(err)
						}
						mutex.Lock()
						for _, o := range got {
							final[device+o.Nonce] = o
						}
						mutex.Unlock()
					}
				}
			})
		}
		wg.Wait()
		for device, all := range scans { // what each device hears once all have told
			for at := 0; at < len(all); at += 500 {
				got, counts, err := c.Booking.Scans(c.Ctx(), h.host, h.of, all[at:min(at+500, len(all))])
				c.Must(err)
				if counts != (Counts{Tickets: 1000, Entered: 1000, Doubles: doubles}) {
					t.Fatalf("%+v, want %d doubles", counts, doubles)
				}
				for _, o := range got {
					want := Used
					if first[o.Code] == device {
						want = Valid
					}
					if o.Result != want || want == Used && (o.By != first[o.Code] || o.First.IsZero()) {
						t.Fatalf("%+v, first read by %s", o, first[o.Code])
					}
				}
			}
		}
		twice, err := c.Booking.Doubles(c.Ctx(), h.host, h.of)
		c.Must(err)
		readings := 0 // two thirds of the tickets have two or three: of these the page tells the first thousand
		for _, d := range twice {
			readings += len(d.At)
			if d.By[0] != first[d.Code] || !slices.IsSortedFunc(d.At, time.Time.Compare) {
				t.Errorf("%+v, first read by %s", d, first[d.Code])
			}
		}
		if readings != 1000 {
			t.Errorf("%d readings of %d tickets", readings, len(twice))
		}
		_, err = c.Booking.Doubles(c.Ctx(), guest(1), h.of)
		c.Refused(err, civic.Forbidden)
		_, _, err = c.Booking.Scans(c.Ctx(), guest(1), h.of, nil)
		c.Refused(err, civic.Forbidden)
		_, _, err = c.Booking.Scans(c.Ctx(), h.host, h.of, make([]Scan, 501))
		c.Refused(err, civic.TooLarge)
		_, _, err = c.Booking.Scans(c.Ctx(), h.host, h.of, []Scan{{}})
		c.Refused(err, civic.Invalid)
	})
}

// Each result of a scan, by the server: the first reason that applies is named.
func TestWhatAScanComesTo(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		h := open(c)
		c.Must(h.put(Seats(4), 1))
		other := &hall{City: c, of: civic.Ref{Kind: h.of.Kind, ID: c.Organisation("Басқа ұйым")}, host: h.host}
		c.Must(other.put(Seats(1), 1))
		ticket := func(h *hall, i int) (Who, Shown) {
			p, err := h.book(guest(i), Seats(1))
			c.Must(err)
			who := Who{Actor: guest(i), ID: p.ID}
			held, err := c.Booking.Show(c.Ctx(), who)
			c.Must(err)
			return who, held.Tickets[0]
		}
		_, mine := ticket(h, 1)
		_, second := ticket(h, 2)
		who, back := ticket(h, 3)
		_, elsewhere := ticket(other, 4)
		c.Must(c.Booking.GiveBack(c.Ctx(), who))
		starts := citytest.Start.AddDate(0, 0, 7).Add(9 * time.Hour) // two hours before it the door opens, two hours after it all is over
		c.At(starts.Add(3 * time.Hour))
		scans := []struct {
			read string
			at   time.Time
			want Result
		}{
			{mine.QR, starts.Add(-2*time.Hour - time.Second), NotYet},
			{mine.QR, starts.Add(-2 * time.Hour), Valid},
			{mine.Code.Shown(), starts, Used},
			{second.Code.Shown(), starts.Add(2*time.Hour + time.Second), Over},
			{back.QR, starts, Revoked},
			{elsewhere.QR, starts, OtherEvent},
			{elsewhere.Code.Shown(), starts, Unknown}, // typed, a code says nothing of what it is for
			{"0000-0000", starts, Unknown},
			{mine.QR[:len(mine.QR)-8] + "AAAAAAAA", starts, Unknown},
		}
		for i, s := range scans {
			got, _, err := c.Booking.Scans(c.Ctx(), h.host, h.of, []Scan{{Device: "d", Nonce: fmt.Sprint(i), Read: s.read, Said: Valid, At: s.at}})
			c.Must(err)
			if len(got) != 1 || got[0].Result != s.want {
				t.Errorf("%d: %+v, not %s", i, got, s.want)
			}
		}
	})
}
