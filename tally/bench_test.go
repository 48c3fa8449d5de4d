package tally_test

import (
	"context"
	"testing"

	"github.com/birge-kz/birge/tally"
)

func BenchmarkEqualShares(b *testing.B) {
	for _, name := range []string{"Poland_Warszawa_2026.pb", "Hungary_Budapest_2024.pb"} {
		b.Run(name, func(b *testing.B) {
			_, e := readElection(b, sharedData(b, name))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tally.Count(context.Background(), e, tally.Options{Rule: tally.EqualShares}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAddOne(b *testing.B) {
	for _, name := range []string{"Poland_Warszawa_2026.pb", "Hungary_Budapest_2024.pb"} {
		b.Run(name, func(b *testing.B) {
			_, e := readElection(b, sharedData(b, name))
			b.ReportAllocs()
			for b.Loop() {
				out, err := tally.Count(context.Background(), e, tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(out.Trials), "shares")
				b.ReportMetric(float64(out.Runs), "runs")
			}
		})
	}
}
