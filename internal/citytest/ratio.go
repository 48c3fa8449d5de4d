package citytest

import (
	"slices"
	"testing"
	"time"
)

// Ratio runs a benchmark of one thing in a small city and in a large one, in turns, and reports as "ratio" how much longer the large one
// takes: of the medians, so that whatever else the machine does falls on both.
func Ratio(b *testing.B, small, large func()) {
	b.Helper()
	var took [2][]time.Duration
	for b.Loop() {
		for n, do := range []func(){small, large} {
			begun := time.Now()
			do()
			took[n] = append(took[n], time.Since(begun))
		}
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2])
	}
	b.ReportMetric(median(took[1])/median(took[0]), "ratio")
}
