package ballots_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// many is a vote with three hundred options, of which a ballot has up to five.
func many() ballots.Vote {
	v := vote()
	v.Options, v.Rule = nil, ballots.Rule{Kind: ballots.Approval, Most: 5}
	for i := range 300 {
		v.Options = append(v.Options, ballots.Option{Code: fmt.Sprint(i + 1), Title: civic.Text{"kk": "Аула", "ru": "Двор"}, Cost: 1000})
	}
	return v
}

func fiveOf(i int) (b ballots.Ballot) {
	for k := range 5 {
		b = append(b, ballots.Mark{Option: fmt.Sprint((i*7+k*61)%300 + 1)})
	}
	return b
}

// How many people a minute can vote, 32 at once, each ballot durable before it is acknowledged: a city needs a thousand a minute, 99 of a
// hundred within a second.
func BenchmarkCast(b *testing.B) {
	for _, engine := range engines {
		b.Run(engine.name, func(b *testing.B) {
			c := citytest.Open(b, engine.dsn(b), config())
			begin(c, many())
			var next atomic.Int64
			var mu sync.Mutex
			var took []time.Duration
			b.ResetTimer()
			var wg sync.WaitGroup
			for range 32 {
				wg.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						begun := time.Now()
						c.Must(c.Ballots.Cast(c.Ctx(), voter(int(i)), poll, ballots.Cast{Ballot: fiveOf(int(i)), Words: ballots.NewWords()}, nil))
						mu.Lock()
						took = append(took, time.Since(begun))
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(b.N)/b.Elapsed().Minutes(), "voters/min")
			b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
		})
	}
}

// A thousand people a minute come evenly: how long 99 of a hundred wait for their ballot to be durable. Run it with -benchtime 500x.
func BenchmarkThousandAMinute(b *testing.B) {
	for _, engine := range engines {
		b.Run(engine.name, func(b *testing.B) {
			c := citytest.Open(b, engine.dsn(b), config())
			begin(c, many())
			took := make([]time.Duration, b.N)
			every := time.NewTicker(time.Minute / 1000)
			defer every.Stop()
			b.ResetTimer()
			var wg sync.WaitGroup
			for i := range b.N {
				<-every.C
				wg.Go(func() {
					begun := time.Now()
					c.Must(c.Ballots.Cast(c.Ctx(), voter(i), poll, ballots.Cast{Ballot: fiveOf(i), Words: ballots.NewWords()}, nil))
					took[i] = time.Since(begun)
				})
			}
			wg.Wait()
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
		})
	}
}

// How long it takes to open, shuffle and publish a box of two hundred thousand ballots.
func BenchmarkCount200000(b *testing.B) {
	const size = 200_000
	for _, engine := range engines {
		b.Run(engine.name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				c := citytest.Open(b, engine.dsn(b), config())
				fill(c, begin(c, many()), size)
				b.StartTimer()
				if r := end(c); r.State != ballots.Counted || r.Boxed != size || r.Unreadable != 0 {
					b.Fatalf("%+v", r.Vote)
				}
			}
		})
	}
}

// fill puts ballots into the box and voters onto the roll, quicker than people do.
func fill(c *citytest.City, v ballots.Vote, size int) {
	c.T.Helper()
	type row struct{ id, sealed []byte }
	rows := make([]row, size)
	var wg sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := w; i < size; i += runtime.GOMAXPROCS(0) {
				id := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
				sealed, err := ballots.SealFor(v, id[:16], fmt.Sprintf("%016d", i), fiveOf(i).String())
				c.Must(err)
				rows[i] = row{id[:16], sealed}
			}
		})
	}
	wg.Wait()
	for chunk := range slices.Chunk(rows, 5000) {
		c.Write(func(tx *storage.Tx) error {
			var box, roll [][]any
			for _, r := range chunk {
				box = append(box, []any{1, r.id, r.id, r.id, r.sealed})
				roll = append(roll, []any{1, fmt.Sprintf("%x", r.id), "", "account", "abay", "30-44", 0})
			}
			if err := tx.Insert("ballots_roll (vote, who, account, channel, district, age, hour)", roll); err != nil {
				return err
			}
			return tx.Insert("ballots_box (vote, id, owner, says, sealed)", box)
		})
	}
}

// Looking at a page of the list and finding a ballot must not grow with the box: a hundred times the ballots within one and a half times.
func BenchmarkBox(b *testing.B) {
	for _, engine := range engines {
		for _, size := range []int{500, 50_000} {
			b.Run(fmt.Sprintf("%s/%d", engine.name, size), func(b *testing.B) {
				c := citytest.Open(b, engine.dsn(b), config())
				v := begin(c, many())
				fill(c, v, size)
				end(c)
				c.Set("app.heavy_from", 1_000_000)
				page := "/ru" + ballots.Path(v.ID) + fmt.Sprintf("?after=%d", size/2)
				for b.Loop() {
					c.Browser(nil).Get(page).Want(200)
				}
			})
		}
	}
}
