package opinion_test

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/birge-kz/birge/opinion"
)

// The shared conversations, from the votes in memory to the whole map.
func BenchmarkConversation(b *testing.B) {
	for _, name := range conversations {
		x := export(b, name)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compute(b, load(b, x, opinion.Defaults()), nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(x.Votes.Len()), "ns/vote")
		})
	}
}

var growth = []struct{ people, statements, votes int }{
	{1_000, 200, 30_000}, {3_000, 200, 100_000}, {10_000, 500, 300_000}, {30_000, 1000, 1_200_000}, {100_000, 1000, 5_000_000},
}

// Growth with votes. heap is the greatest use seen during one computation, without the votes
// that are still to be added.
func BenchmarkGrowth(b *testing.B) {
	for _, g := range growth {
		b.Run(fmt.Sprintf("%dx%d/%d", g.people, g.statements, g.votes), func(b *testing.B) {
			votes := generate(g.people, g.statements, g.votes, 3)
			for b.Loop() {
				compute(b, fill(b, votes, g.statements, opinion.Defaults()), nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.votes), "ns/vote")
		})
	}
}

// Compares adding a thousand votes to an existing map with the whole computation from the votes
// in memory: the least time of each, and their ratio.
func BenchmarkIncrement(b *testing.B) {
	for _, g := range growth {
		b.Run(fmt.Sprintf("%dx%d/%d", g.people, g.statements, g.votes), func(b *testing.B) {
			all := generate(g.people, g.statements, g.votes, 3)
			var c *opinion.Conversation
			var m *opinion.Map
			full, part := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
			for range 3 {
				full = min(full, elapsed(func() {
					c = fill(b, all, g.statements, opinion.Defaults())
					m = compute(b, c, nil)
				}))
			}
			more := generate(g.people, g.statements, 1000*64, 3)
			i := 0
			for b.Loop() {
				part = min(part, elapsed(func() {
					for _, v := range more[i%64*1000 : (i%64+1)*1000] {
						if err := c.Vote((v.person*7919+int64(i))%int64(g.people), v.statement, v.value, v.at); err != nil {
							b.Fatal(err)
						}
					}
					m = compute(b, c, m.Memory)
				}))
				i++
			}
			b.ReportMetric(float64(full.Microseconds())/1000, "full-ms")
			b.ReportMetric(float64(part.Microseconds())/1000, "increment-ms")
			b.ReportMetric(float64(part)/float64(full), "of-full")
		})
	}
}

// BenchmarkMemory measures the greatest memory that the Go runtime held from the system while 5
// million votes came in one by one and the map was made. It fails above the bound.
func BenchmarkMemory(b *testing.B) {
	const people, statements, votes = 100_000, 1000, 5_000_000
	for b.Loop() {
		debug.FreeOSMemory()
		quit, done := make(chan struct{}), make(chan uint64)
		go func() {
			var most uint64
			var s runtime.MemStats
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				runtime.ReadMemStats(&s)
				most = max(most, s.Sys-s.HeapReleased)
				select {
				case <-tick.C:
				case <-quit:
					done <- most
					return
				}
			}
		}()
		c := fill(b, nil, statements, opinion.Defaults())
		stream(people, statements, votes, 3, func(v vote) {
			if err := c.Vote(v.person, v.statement, v.value, v.at); err != nil {
				b.Fatal(err)
			}
		})
		compute(b, c, nil)
		close(quit)
		most := <-done
		b.ReportMetric(float64(most)/(1<<20), "MiB")
		estimate := opinion.EstimateBytes(people, statements, votes, opinion.Defaults())
		b.ReportMetric(float64(estimate)/(1<<20), "MiB-estimated")
		if most > 400<<20 {
			b.Fatalf("%d MiB", most>>20)
		}
	}
}

func elapsed(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}
