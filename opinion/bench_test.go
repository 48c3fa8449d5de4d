package opinion_test

import (
	"fmt"
	"runtime"
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
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x.Votes)), "ns/vote")
		})
	}
}

var growth = []struct{ people, statements, votes int }{
	{1_000, 200, 30_000}, {3_000, 200, 100_000}, {10_000, 500, 300_000}, {30_000, 1000, 1_200_000}, {100_000, 1000, 5_000_000},
}

// Growth with votes; heap is the greatest use seen during one computation,
// the votes to be added not counted.
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

// A thousand more votes on a map that is there, against the whole
// computation: the ratio is reported.
func BenchmarkIncrement(b *testing.B) {
	for _, g := range growth {
		b.Run(fmt.Sprintf("%dx%d/%d", g.people, g.statements, g.votes), func(b *testing.B) {
			all := generate(g.people, g.statements, g.votes, 3)
			c := fill(b, all, g.statements, opinion.Defaults())
			full := elapsed(func() { compute(b, c, nil) }) // ingestion not counted: in our disfavour
			m := compute(b, c, nil)
			more := generate(g.people, g.statements, 1000*64, 3)
			i := 0
			for b.Loop() {
				for _, v := range more[i%64*1000 : (i%64+1)*1000] {
					must(b, c.Vote((v.person*7919+int64(i))%int64(g.people), v.statement, v.value, v.at))
				}
				i++
				m = compute(b, c, m.Memory)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(full.Nanoseconds()), "of-full")
		})
	}
}

func BenchmarkStages(b *testing.B) {
	votes := generate(100_000, 1000, 5_000_000, 3)
	c := fill(b, votes, 1000, opinion.Defaults())
	runtime.GC()
	m := compute(b, c, nil)
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			compute(b, c, m.Memory)
		}
	})
}

func elapsed(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}
