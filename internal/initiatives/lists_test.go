package initiatives_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// crowd is a city with n initiatives to twenty bodies in five districts, one in twenty of them open, each with three thresholds.
func crowd(b *testing.B, database string, n int) (*Service, civic.ID) {
	c := citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{Capability()}})
	var bodies []civic.ID
	for i := range 20 {
		bodies = append(bodies, c.Body(fmt.Sprint("Басқарма ", i)))
	}
	now := c.Now().UnixMilli()
	for first := 1; first <= n; first += 2_000 {
		var rows, steps [][]any
		for no := first; no < first+2_000 && no <= n; no++ {
			state, at := []State{Answered, Unsupported, Delivered}[no%3], now-int64(n-no)*60_000
			if no%20 == 3 {
				state = Open
			}
			rows = append(rows, []any{no, civic.NewID(c.Now()), 2026, no, "ru", fmt.Sprint("Аллея № ", no), "Посадить деревья", bodies[no%20], fmt.Sprint("district", no%5), "environment", state, "s", "i", "k", at, at, at, at + 1, at, 100})
			for _, e := range Effects() {
				steps = append(steps, []any{no, e, 300})
			}
		}
		c.Write(func(tx *storage.Tx) error {
			if err := tx.Insert("initiatives_initiative (no, id, year, serial, lang, title, words, body, district, theme, state, secret, invite, salt, written_at, decided_at, opened_at, closes_at, changed_at, signed)", rows); err != nil {
				return err
			}
			return tx.Insert("initiatives_threshold (initiative, effect, needed)", steps)
		})
	}
	if c.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		c.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE"); return err })
	}
	return citytest.Service[*Service](c), bodies[7]
}

// A page of each list of initiatives among a thousand and among a hundred thousand. "ratio" is how much longer it takes; docs/scale.md
// promises 1.5.
func BenchmarkManyInitiatives(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			small, fewBody := crowd(b, database(b), 1_000)
			large, manyBody := crowd(b, database(b), 100_000)
			page := func(s *Service, q Query) func() {
				return func() {
					if l, err := s.List(b.Context(), q); err != nil || len(l.Items) != 20 {
						b.Fatalf("%d items, %v", len(l.Items), err)
					}
				}
			}
			later := func(s *Service) Query {
				l, err := s.List(b.Context(), Query{})
				if err != nil {
					b.Fatal(err)
				}
				return Query{After: l.Next}
			}
			for _, q := range []struct {
				name      string
				few, many Query
			}{
				{"all", Query{}, Query{}},
				{"and later", later(small), later(large)},
				{"open", Query{State: Open}, Query{State: Open}},
				{"district", Query{Scope: city.Scope{District: "district3"}}, Query{Scope: city.Scope{District: "district3"}}},
				{"body", Query{Body: fewBody}, Query{Body: manyBody}},
				{"open of a district", Query{State: Open, Scope: city.Scope{District: "district3"}}, Query{State: Open, Scope: city.Scope{District: "district3"}}},
			} {
				b.Run(q.name, func(b *testing.B) { citytest.Ratio(b, page(small, q.few), page(large, q.many)) })
			}
		})
	}
}
