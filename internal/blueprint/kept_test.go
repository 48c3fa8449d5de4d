package blueprint_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// counted are the capabilities, and how often the pieces of one of them were read.
func counted() (all []capability.Capability, reads *atomic.Int64) {
	reads = new(atomic.Int64)
	for _, c := range capabilities() {
		pieces := make([]part.Piece, len(c.Pieces))
		for i, p := range c.Pieces {
			pieces[i] = p
			pieces[i].Read = func(tx *storage.Tx) ([]part.Item, error) {
				reads.Add(1)
				return p.Read(tx)
			}
		}
		c.Pieces = pieces
		all = append(all, c)
	}
	return all, reads
}

// The archive is made once for all who ask, signed in or not, however many come at a time, and anew when something of it changed.
func TestManyReadersCostOneArchive(t *testing.T) {
	all, reads := counted()
	citytest.EachWith(t, app.Config{Capabilities: all}, func(t *testing.T, c *citytest.City) {
		readers := func() (etag string) {
			t.Helper()
			var wg sync.WaitGroup
			people := []*citytest.Person{nil, c.Resident(""), c.Administrator()}
			tags := make(chan string, 64)
			for i := range cap(tags) {
				b := c.Browser(people[i%len(people)])
				wg.Go(func() { tags <- b.Get("/blueprint").Want(200).Header.Get("ETag") })
			}
			wg.Wait()
			close(tags)
			for tag := range tags {
				if etag == "" {
					etag = tag
				}
				if tag == "" || tag != etag {
					t.Errorf("one reader is given %q, another %q", tag, etag)
				}
			}
			return etag
		}
		c.Browser(nil).Get("/blueprint").Want(404) // the record has no key yet
		c.Acts()
		reads.Store(0)
		first := readers()
		// Its first version is given a number after it was read once.
		if n := reads.Load(); n != 2 {
			t.Errorf("64 readers had the archive made %d times", n)
		}
		reads.Store(0)
		if etag := readers(); etag != first || reads.Load() != 0 {
			t.Errorf("nothing changed, and the archive was made %d times: %s, before %s", reads.Load(), etag, first)
		}
		again, err := http.NewRequestWithContext(c.Ctx(), "GET", "/blueprint", nil)
		c.Must(err)
		again.Header.Set("If-None-Match", first)
		if page := c.Browser(nil).Do(again); page.Status != 304 || page.Body != "" {
			t.Errorf("whoever has it is answered %d", page.Status)
		}
		for what, change := range map[string]func(){
			"a threshold": func() { value(c, 20) },
			"a rule":      func() { write(c, "spam", "Спам") },
			"days off": func() {
				c.Must(c.Settings.SetDays(c.Ctx(), c.Administrator().Actor, "2026-05-04 Көпір; шешім 7"))
			},
			"the districts": func() {
				c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай; Абайский"))
			},
			"the key": func() { c.Must(c.Record.Rotate(c.Ctx(), c.Administrator().Actor)); c.Acts() },
			"the day": func() { c.Pass(24 * time.Hour); c.Jobs() },
		} {
			change()
			reads.Store(0)
			before := first
			first = readers()
			if n := reads.Load(); n == 0 || n > 2 || what != "the day" && first == before {
				t.Errorf("after a change of %s 64 readers had the archive made %d times; same: %v", what, n, first == before)
			}
		}
	})
}
