package consultations

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Durable votes on SQLite. "alone" is one vote, one fsync: the next vote is sent when the
// one before is on disk. "clients=64" shares commits. The issue asks for at least 5 times
// as many; "ratio" reports it from one run.
func BenchmarkDurableVotes(b *testing.B) {
	rate := map[int]float64{}
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			c, id := benchCity(b)
			work := make(chan int)
			var wg sync.WaitGroup
			for range clients {
				wg.Go(func() {
					for i := range work {
						if err := c.Vote(b.Context(), id, voter(i/12), int64(1+i%12), Agree); err != nil {
							b.Error(err)
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
			rate[clients] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate[clients], "votes/s")
			if clients > 1 {
				b.ReportMetric(rate[clients]/rate[1], "ratio")
			}
		})
	}
}

func benchCity(b *testing.B) (*city, civic.ID) {
	db, err := storage.Open(b.Context(), storagetest.SQLite(b), storage.Options{})
	must(b, err)
	b.Cleanup(func() { db.Close() })
	must(b, db.Migrate(b.Context(), schemas, nil))
	c := newCity(b, db, nil)
	seeds := make([]string, 12)
	for i := range seeds {
		seeds[i] = fmt.Sprint("Пікір нөмірі ", i)
	}
	set := settingsFor(c, seeds...)
	set.OpensAt, set.ClosesAt = time.Now(), time.Now().AddDate(0, 1, 0)
	id, err := c.Create(b.Context(), officer(akimat), set)
	must(b, err)
	must(b, c.Publish(b.Context(), officer(akimat), id))
	return c, id
}
