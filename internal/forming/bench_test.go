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

// crowd is a city in which n competitions were held for one council: the first thirty failed, all others are published. Three people stood in each, and one in
// ten has a draw.
func crowd(b *testing.B, database string, n int) *town {
	w := open(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{councils.Capability()}}))
	now := w.Now().UnixMilli()
	for first := 1; first <= n; first += 2_000 {
		var rows, stood, drawn [][]any
		for no := first; no < first+2_000 && no <= n; no++ {
			state, at := Published, now-int64(n-no)*3_600_000
			if no <= 30 {
				state = Failed
			}
			id := civic.NewID(w.Now())
			for i := range 3 {
				stood = append(stood, []any{10*no + i, civic.NewID(w.Now()), id, i + 1, Elected, "", "", "Гүлнар Асан", "kk", "Ауламды тазаладым", "", 0, "", at, "{}", "[]", "", "", ""})
			}
			if no%10 == 0 {
				drawn = append(drawn, []any{no, civic.NewID(w.Now()), id, ForSeats, Drawn, "{}", "[]", "[]", `[["K001","K002"],["K001","K003"],["K002","K003"]]`, "[]", "[]", "0", "{}", "{}", "{}", at, at})
			}
			rows = append(rows, []any{no, id, councils.Ref(w.council).String(), state, ByVote, 4, 2, "[]", `{"kk":"Тұрғын","ru":"Житель"}`, "[]", at, at, "{}", at})
		}
		w.Write(func(tx *storage.Tx) error {
			if err := tx.Insert("forming_candidacy (no, id, competition, number, state, account, nominated, name, lang, about, sex, born, district, filed_at, reason, votes, salt, seal, seat)", stood); err != nil {
				return err
			}
			if err := tx.Insert("forming_draw (no, id, competition, purpose, state, problem, stayed, gone, panels, never, conflict, deviation, announced, evidence, why, made_at, ended_at)", drawn); err != nil {
				return err
			}
			return tx.Insert("forming_competition (no, id, body, state, method, seats, reserve, working, terms, quotas, until, announced_at, reasons, ended_at)", rows)
		})
	}
	if w.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		w.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("ANALYZE forming_competition, forming_candidacy, forming_draw")
			return err
		})
	}
	return w
}

// A page of the list of competitions, a later one, one by state, one competition, and one with its draw, among a thousand and among a
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
			one := func(w *town) func() { // the latest, which has a draw
				l, err := w.Competitions(b.Context(), Query{State: Published}, 0)
				w.Must(err)
				return func() {
					v, err := w.Show(b.Context(), civic.Actor{}, l.Competitions[0].ID)
					if w.Must(err); len(v.Stand) != 3 || len(v.Draws) != 1 {
						b.Fatalf("%d stand, %d draws", len(v.Stand), len(v.Draws))
					}
				}
			}
			drawn := func(w *town) func() {
				l, err := w.Competitions(b.Context(), Query{State: Published}, 0)
				w.Must(err)
				v, err := w.Show(b.Context(), civic.Actor{}, l.Competitions[0].ID)
				w.Must(err)
				return func() {
					_, d, err := w.ShowDraw(b.Context(), civic.Actor{}, v.ID, v.Draws[0].ID)
					if w.Must(err); len(d.List) != 3 {
						b.Fatalf("%d panels", len(d.List))
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
				{"a draw", drawn(small), drawn(large)},
				{"failed", page(small, Query{State: Failed}, 0), page(large, Query{State: Failed}, 0)},
			} {
				b.Run(of.name, func(b *testing.B) { citytest.Ratio(b, of.few, of.many) })
			}
		})
	}
}
