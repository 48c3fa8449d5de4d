package initiatives_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// A minute of 25 signatures a second on SQLite, without accounts, which is the dearest way: a row, a letter, a button, while counts are folded
// every two seconds and readers ask for the page four times a second, which is made anew after each fold. "ratio" is how much longer a page takes than
// in the minute before: its median, and "ratio-95" the slowest in twenty. The issue asks for 1.5.
func BenchmarkAMinuteOfSignatures(b *testing.B) {
	c := citytest.Open(b, storagetest.SQLite(b), app.Config{Capabilities: []capability.Capability{Capability()}})
	w := open(c)
	c.Set("initiatives.by_network", 100_000)
	id, key := w.gathering()
	w.signed(id, key, 5)
	c.Must(w.Decide(b.Context(), w.moderator.Actor, id, moderation.Choice{Approve: true}))
	reader := c.Browser(nil)
	const rate, length = 25, 60
	// pages asks for the page so long, while do runs, and gives how long each took, the quickest first.
	pages := func(seconds int, do func(second int)) (took []time.Duration) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for s := range seconds {
				begun := time.Now()
				do(s)
				time.Sleep(time.Until(begun.Add(time.Second)))
			}
		}()
		for n := 0; ; n++ {
			select {
			case <-done:
				slices.Sort(took)
				return took
			case <-time.After(250 * time.Millisecond):
				begun := time.Now()
				if v, err := w.Show(b.Context(), Who{}, id, ""); err != nil || v.Signed < 5 {
					b.Errorf("%d, %v", v.Signed, err)
				}
				reader.Get("/ru"+Path(id)).Want(200, alley.Title)
				took = append(took, time.Since(begun))
			}
		}
	}
	for b.Loop() {
		before := pages(10, func(int) {})
		signed := 0
		during := pages(length, func(second int) {
			for n := range rate {
				email := fmt.Sprintf("s%d-%d@example.kz", second, n)
				if _, err := w.Sign(b.Context(), civic.Actor{}, id, "", Signing{Name: "Арман Касымов", Email: email, Network: email, Lang: civic.Russian}); err != nil {
					b.Error(err)
				}
				signed++
			}
			if second%2 == 1 {
				if err := w.Fold(b.Context()); err != nil {
					b.Error(err)
				}
			}
		})
		at := func(all []time.Duration, percent int) float64 { return float64(all[(len(all)-1)*percent/100]) }
		b.ReportMetric(at(during, 50)/at(before, 50), "ratio")
		b.ReportMetric(at(during, 95)/at(before, 95), "ratio-95")
		b.ReportMetric(float64(signed)/length, "signatures/s")
	}
}
