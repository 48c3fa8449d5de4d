package meetings_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// busy is a city in which n meetings were held, a tenth of them by one council, each with five points that were voted on.
func busy(b *testing.B, database string, n int) *town {
	w := open(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{councils.Capability()}}))
	const day = 86_400_000
	now := w.Now().UnixMilli()
	for first := 1; first <= n; first += 1_000 {
		var held, items, votes [][]any
		for no := first; no < first+1_000 && no <= n; no++ {
			body := councils.Ref(civic.ID(fmt.Sprintf("%026d", no%10)))
			if no%10 == 0 {
				body = councils.Ref(w.council)
			}
			id := fmt.Sprintf("%026d", no)
			held = append(held, []any{no, id, body.String(), "closed", now - int64(n-no+1)*day/10, `{"kk":"Зал","ru":"Зал"}`, "", "", "[]", 5, 4, 0, "{}"})
			for i := range 5 {
				item := fmt.Sprintf("%024d.%d", no, i)
				items = append(items, []any{10*no + i, item, id, i + 1, "decided", `{"kk":"Жарық","ru":"Свет"}`, "", "", 10, false, 0})
				votes = append(votes, []any{10*no + i, "v" + item, id, item, now, `{"kk":"Жарық","ru":"Свет"}`, "of_present", 5, 4, 3, "[]", false, "[]", 4, 0, 0, 0, true, 1})
			}
		}
		w.Write(func(tx *storage.Tx) error {
			if err := tx.Insert("meetings_meeting (no, id, body, state, starts_at, place, stream, recorded, present, members, needed, sequence, reason)", held); err != nil {
				return err
			}
			if err := tx.Insert("meetings_item (no, id, meeting, place, state, title, origin, reporter, minutes, report, next)", items); err != nil {
				return err
			}
			return tx.Insert("meetings_vote (no, id, meeting, item, at, text, rule, members, quorum, needed, ballots, secret, tellers, yes, nay, abstain, recused, accepted, entries)", votes)
		})
	}
	if w.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		for _, table := range []string{"meetings_meeting", "meetings_item", "meetings_vote"} {
			w.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE " + table); return err })
		}
	}
	return w
}

// A page of the list of all meetings, of those of one council, a later page of it, and one meeting, among five hundred and among fifty thousand: a tenth is of one council, so that its later page is full too.
// "ratio" is how much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyMeetings(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			took := map[string]float64{}
			for _, n := range []int{500, 50_000} {
				w := busy(b, database(b), n)
				page := func(body civic.Ref, after string) func() meetings.List {
					return func() meetings.List {
						l, err := w.Meetings.List(b.Context(), body, after)
						w.Must(err)
						return l
					}
				}
				ref := councils.Ref(w.council)
				first := page(ref, "")()
				for name, look := range map[string]func() int{
					"all":       func() int { return len(page(civic.Ref{}, "")().Before) },
					"of one":    func() int { return len(page(ref, "")().Before) },
					"and later": func() int { return len(page(ref, first.Next)().Before) },
					"one": func() int {
						v, err := w.Meetings.Show(b.Context(), civic.Actor{}, first.Before[0].ID)
						w.Must(err)
						return len(v.Agenda)
					},
				} {
					b.Run(fmt.Sprintf("%s/meetings=%d", name, n), func(b *testing.B) {
						for b.Loop() {
							if look() == 0 {
								b.Fatal("nothing is listed")
							}
						}
						each := float64(b.Elapsed()) / float64(b.N) / float64(time.Microsecond)
						if n == 500 {
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
