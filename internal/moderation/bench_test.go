package moderation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// decided is a city in which n things were removed; of every tenth removal the author asks for another decision.
func decided(b *testing.B, database string, n int) *wall {
	w := &wall{things: map[string][]part.ToModerate{}}
	w.City = citytest.Open(b, database, w.config())
	thing := organisations.RefOf(w.Organisation("Қор")).String()
	now := w.Now().UnixMilli()
	var decisions, contests [][]any
	for no := 1; no <= n; no++ {
		rule := []string{"insult", "off_topic", "advertising"}[no%3]
		at := now - int64(n-no+1)*1_000
		decisions = append(decisions, []any{no, at, thing, "removed", rule + ".1", rule, fmt.Sprintf("2026-%02d", 1+no%12), "m"})
		if no%10 == 0 {
			contests = append(contests, []any{no, thing, at, "Келіспеймін", "a", "/me", now + int64(no)*1_000, "m", "waiting"})
		}
	}
	w.Write(func(tx *storage.Tx) error {
		if err := tx.Insert("moderation_decision (no, at, thing, outcome, rule, name, month, decided_by)", decisions); err != nil {
			return err
		}
		return tx.Insert("moderation_contest (decision, thing, asked_at, words, account, path, due, first, state)", contests)
	})
	if w.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		for _, table := range []string{"moderation_decision", "moderation_contest"} {
			w.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE " + table); return err })
		}
	}
	return w
}

// A page of the log, one of a rule and one of a month, among a thousand removals and among a hundred thousand. "ratio" is how
// much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyRemovals(b *testing.B) {
	for _, engine := range engines {
		b.Run(string(engine.name), func(b *testing.B) {
			took := map[string]float64{}
			for _, n := range []int{1_000, 100_000} {
				w := decided(b, engine.dsn(b), n)
				log := func(f moderation.Filter) func() int {
					return func() int {
						l, err := w.Moderation.Log(b.Context(), f)
						w.Must(err)
						return len(l.Lines)
					}
				}
				for name, look := range map[string]func() int{
					"log":   log(moderation.Filter{}),
					"later": log(moderation.Filter{Before: int64(n / 2)}),
					"rule":  log(moderation.Filter{Rule: "insult"}),
					"month": log(moderation.Filter{Month: "2026-05"}),
				} {
					b.Run(fmt.Sprintf("%s/removals=%d", name, n), func(b *testing.B) {
						for b.Loop() {
							if look() == 0 {
								b.Fatal("nothing is listed")
							}
						}
						each := float64(b.Elapsed()) / float64(b.N) / float64(time.Microsecond)
						if n == 1_000 {
							took[name] = each
						} else {
							b.ReportMetric(each/took[name], "ratio")
						}
					})
				}
			}
		})
	}
}
