package booking_test

import (
	"sync"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	. "github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Sign-ups of 64 clients at once for one thing, each on disk with its ticket before the next of its client is sent. docs/scale.md promises 100 a second.
func BenchmarkSignUps(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			h := open(citytest.Open(b, database(b), app.Config{}))
			h.Must(h.put(Seats(20_000), 1))
			work := make(chan int)
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					for i := range work {
						if p, err := h.book(guest(i), Seats(1)); err != nil || p.State != Confirmed {
							b.Errorf("%+v, %v", p, err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "places/s")
		})
	}
}
