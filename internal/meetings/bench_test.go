package meetings_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

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
			small, large := looks(b, busy(b, database(b), 500)), looks(b, busy(b, database(b), 50_000))
			for _, name := range slices.Sorted(maps.Keys(small)) {
				b.Run(name, func(b *testing.B) { citytest.Ratio(b, small[name], large[name]) })
			}
		})
	}
}

// looks are what people look at in a city.
func looks(b *testing.B, w *town) map[string]func() {
	ref := councils.Ref(w.council)
	page := func(body civic.Ref, after string) meetings.List {
		l, err := w.Meetings.List(b.Context(), meetings.Query{Body: body, After: after})
		w.Must(err)
		if len(l.Before) == 0 {
			b.Fatal("nothing is listed")
		}
		return l
	}
	first := page(ref, "")
	return map[string]func(){
		"all":    func() { page(civic.Ref{}, "") },
		"of one": func() { page(ref, "") },
		"of a month": func() {
			l, err := w.Meetings.List(b.Context(), meetings.Query{Month: w.Now().AddDate(0, -1, 0), When: meetings.Before})
			if w.Must(err); len(l.Before) == 0 {
				b.Fatal("nothing is listed")
			}
		},
		"and later": func() { page(ref, first.Next) },
		"one": func() {
			v, err := w.Meetings.Show(b.Context(), civic.Actor{}, first.Before[0].ID)
			w.Must(err)
			if len(v.Agenda) == 0 {
				b.Fatal("nothing is on the agenda")
			}
		},
	}
}
