package sponsorship_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	. "github.com/birge-kz/birge/internal/sponsorship"
)

// busy is a city with n campaigns, of which the first has n rows in its book.
func busy(b *testing.B, database string, n int) (*town, civic.ID) {
	w := open(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{Capability()}}))
	id := func(i int) string { return fmt.Sprintf("%026d", i) }
	var campaigns, rows [][]any
	now := w.Now().UnixMilli()
	for i := 1; i <= n; i++ {
		campaigns = append(campaigns, []any{i, id(i), string(w.ngo), "running", `{"kk":"Ағаш","ru":"Дерево"}`, `{"kk":"Ағаш","ru":"Дерево"}`, "keep", `[{"amount":100,"required":true,"what":"x"}]`, "", "", "", "Р", iban, "Б", "{}", "{}", "{}",
			now + 1_000_000, now - int64(n-i+1)*1_000})
		rows = append(rows, []any{i, id(i), id(1), i, "gift", 100, 100 * i, now, "", 0, "", "", "", ""})
	}
	w.Write(func(tx *storage.Tx) error {
		if err := tx.Insert("sponsorship_campaign (no, id, organisation, state, title, about, keep, lines, district, theme, place, receiver, iban, bank, left_over, thanks, clause, ends_at, opened_at)", campaigns); err != nil {
			return err
		}
		return tx.Insert("sponsorship_row (no, id, campaign, number, sort, amount, left_after, day, what, undoes, gift, line, transfer, entry)", rows)
	})
	if w.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		w.Write(func(tx *storage.Tx) error {
			for _, table := range []string{"sponsorship_campaign", "sponsorship_row"} {
				if _, err := tx.Exec("ANALYZE " + table); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return w, civic.ID(id(2))
}

// A page of the list of campaigns, a later page, one campaign, and both pages as programs get them, among a hundred and among ten thousand. "ratio" is how much longer it takes.
func BenchmarkManyCampaigns(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			small, large := looks(b, database(b), 100), looks(b, database(b), 10_000)
			for _, name := range slices.Sorted(maps.Keys(small)) {
				b.Run(name, func(b *testing.B) { citytest.Ratio(b, small[name], large[name]) })
			}
		})
	}
}

func looks(b *testing.B, database string, n int) map[string]func() {
	w, one := busy(b, database, n)
	_, after, err := w.List(b.Context(), Query{})
	w.Must(err)
	page := func(q Query) func() {
		return func() {
			all, _, err := w.List(b.Context(), q)
			w.Must(err)
			if len(all) == 0 {
				b.Fatal("nothing is listed")
			}
		}
	}
	w.Set("app.readers_from", 1_000_000)
	program := w.Browser(nil)
	asked := func(query string) func() {
		return func() { program.Get("/api/v1/campaigns"+query).Want(200, `"items":[{`) }
	}
	return map[string]func(){"first page": page(Query{}), "next page": page(Query{After: after}), "for programs": asked(""), "next for programs": asked("?after=" + after), "one": func() {
		_, err := w.Show(b.Context(), civic.Actor{}, one)
		w.Must(err)
	}}
}
