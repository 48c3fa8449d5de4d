package events_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/events"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// crowded is a city in which n events are announced for the next thirty days, a tenth of them by the organisation.
func crowded(b *testing.B, database string, n int) *town {
	w := open(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{Capability()}}))
	now := w.Now().UnixMilli()
	var events, dates, hosts, hosted [][]any
	for no := 1; no <= n; no++ {
		id, starts := fmt.Sprintf("%026d", no), now+int64(no)*30*86_400_000/int64(n+1)
		events = append(events, []any{no, id, "announced", "", `{"kk":"Жәрмеңке","ru":"Ярмарка"}`, `{"kk":"Айырбас"}`, "[]", "Көршілер", "Саябақ", "", "", "", "", "all", "[]", "[]", 0, "", "{}", "{}", "", "", 0, "{}", "", now, now + int64(no), ""})
		dates = append(dates, []any{no, no, "d" + id, starts, starts, starts + 3_600_000, false, "{}", 0, true, false})
		if no%10 == 0 {
			hosts, hosted = append(hosts, []any{w.ngo, no}), append(hosted, []any{w.ngo, starts, no})
		}
	}
	w.City.Write(func(tx *storage.Tx) error {
		if err := tx.Insert("events_event (no, id, state, author, title, about, hosts, host_group, place, point, district, theme, online, audience, languages, access, price, repeats, terms, reason, rule, refusal, decided_at, report, heard, submitted_at, changed_at, uid)", events); err != nil {
			return err
		}
		if err := tx.Insert("events_host (host, event)", hosts); err != nil {
			return err
		}
		if err := tx.Insert("events_hosted (host, starts_at, date)", hosted); err != nil {
			return err
		}
		return tx.Insert("events_date (no, event, id, of_at, starts_at, ends_at, is_off, reason, sequence, shown, lasting)", dates)
	})
	if w.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		for _, table := range []string{"events_event", "events_date", "events_host", "events_hosted"} {
			w.City.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE " + table); return err })
		}
	}
	return w
}

// A page of the list, a later one, the list of one host, the page of a month with its first twenty (as readers get it, kept), and the page of an event, among two hundred events of a month and among twenty thousand. "ratio" is how much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyEvents(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			of := func(n int) map[string]func() {
				w := crowded(b, database(b), n)
				list := func(f Filter, after string) func() {
					return func() {
						l, err := w.List(w.Ctx(), f, after)
						if w.Must(err); len(l.Items) != 20 {
							b.Fatalf("%d dates", len(l.Items))
						}
					}
				}
				month := Filter{From: w.Now(), To: w.Now().AddDate(0, 0, 31)}
				first, err := w.List(w.Ctx(), month, "")
				w.Must(err)
				host := month
				host.Host = w.ngo
				return map[string]func(){"list": list(month, ""), "later": list(month, first.Next), "host": list(host, ""), "month": func() {
					w.Browser(nil).Get("/kk/events?view=month&from="+w.Now().AddDate(0, 0, 15).Format(time.DateOnly)).Want(200, "Жәрмеңке")
				}, "one": func() {
					_, err := w.Show(w.Ctx(), civic.Actor{}, civic.ID(fmt.Sprintf("%026d", n/2)))
					w.Must(err)
				}}
			}
			few, many := of(200), of(20_000)
			for _, name := range []string{"list", "later", "host", "month", "one"} {
				b.Run(name, func(b *testing.B) { citytest.Ratio(b, few[name], many[name]) })
			}
		})
	}
}
