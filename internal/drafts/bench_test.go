package drafts_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/drafts"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// A page of the text, a paragraph with its remarks and the search in the text: of a draft of 20 paragraphs with 200 remarks, and of one of 300
// pages, 2,000 paragraphs and 20,000 remarks. "ratio" is how much longer it takes. The search reads all of the text: its ms/op is what is promised,
// at most 200.
func BenchmarkLargeDraft(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		took := map[string]float64{}
		for _, n := range []int{20, 2_000} {
			c := citytest.Open(b, database(b), app.Config{Capabilities: []capability.Capability{Capability()}})
			s, id := citytest.Service[*Service](c), large(c, n, 10*n)
			for name, page := range map[string]func() error{
				"text": func() error { _, err := s.Show(b.Context(), id, n/2, ""); return err },
				"spot": func() error { _, err := s.Spot(b.Context(), civic.Actor{}, id, n/2, ""); return err },
				"find": func() error { _, err := s.Show(b.Context(), id, 1, "жарықтандыру"); return err },
			} {
				b.Run(fmt.Sprint(engine, "/", name, "/", n), func(b *testing.B) {
					for b.Loop() {
						if err := page(); err != nil {
							b.Fatal(err)
						}
					}
					each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
					if small, there := took[name]; there {
						b.ReportMetric(each/small, "ratio")
					}
					took[name] = each
				})
			}
		}
	}
}
