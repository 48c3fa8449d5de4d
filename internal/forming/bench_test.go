package forming_test

import (
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	. "github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// crowd is a city in which n competitions were held for ten councils: the first thirty failed, all others are published.
func crowd(b *testing.B, database string, n int) *town {
	w := open(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{councils.Capability()}}))
	now := w.Now().UnixMilli()
	for first := 1; first <= n; first += 2_000 {
		var rows [][]any
		for no := first; no < first+2_000 && no <= n; no++ {
			state, at := Published, now-int64(n-no)*3_600_000
			if no <= 30 {
				state = Failed
			}
			rows = append(rows, []any{no, civic.NewID(w.Now()), councils.Ref(w.council).String(), state, ByVote, 4, 2, "[]", `{"kk":"Тұрғын","ru":"Житель"}`, "[]", at, at, "{}", at})
		}
		w.Write(func(tx *storage.Tx) error {
			return tx.Insert("forming_competition (no, id, body, state, method, seats, reserve, working, terms, quotas, until, announced_at, reasons, ended_at)", rows)
		})
	}
	if w.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		w.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE forming_competition"); return err })
	}
	return w
}

// A page of the list of competitions, a later one, one by state, one competition, and what the navigation and the home page ask, among a thousand and among a
// hundred thousand. "ratio" is how much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyCompetitions(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			small, large := crowd(b, database(b), 1_000), crowd(b, database(b), 100_000)
			page := func(w *town, q Query, before int64) func() {
				return func() {
					l, err := w.Competitions(b.Context(), q, before)
					if w.Must(err); len(l.Competitions) != 20 {
						b.Fatalf("%d are listed", len(l.Competitions))
					}
				}
			}
			one := func(w *town) func() {
				l, err := w.Competitions(b.Context(), Query{State: Published}, 0)
				w.Must(err)
				return func() {
					v, err := w.Show(b.Context(), civic.Actor{}, l.Competitions[0].ID)
					if w.Must(err); v.Of.Name.Empty() {
						b.Fatal("nothing is shown")
					}
				}
			}
			for _, of := range []struct {
				name      string
				few, many func()
			}{
				{"all", page(small, Query{}, 0), page(large, Query{}, 0)},
				{"and later", page(small, Query{}, 500), page(large, Query{}, 50_000)},
				{"one", one(small), one(large)},
				{"failed", page(small, Query{State: Failed}, 0), page(large, Query{State: Failed}, 0)},
			} {
				b.Run(of.name, func(b *testing.B) { citytest.Ratio(b, of.few, of.many) })
			}
		})
	}
}
