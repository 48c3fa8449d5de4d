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
	"github.com/birge-kz/birge/internal/search"
)

// busy is a city with n meetings, a tenth of them of one council, each with five points that were voted on; some are to come, and some are being prepared.
func busy(b *testing.B, database string, n int) *town {
	w := open(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{councils.Capability()}}))
	const day = 86_400_000
	now := w.Now().UnixMilli()
	for first := 1; first <= n; first += 1_000 {
		var held, items, votes [][]any
		var found []search.Document
		for no := first; no < first+1_000 && no <= n; no++ {
			body := councils.Ref(civic.ID(fmt.Sprintf("%026d", no%10)))
			if no%10 == 0 {
				body = councils.Ref(w.council)
			}
			id := fmt.Sprintf("%026d", no)
			state, at := meetings.Closed, now-int64(n-no+1)*day/10
			switch no % 50 {
			case 47, 48, 49, 0: // to come, those of one council too
				state, at = meetings.Convened, now+int64(no)*day/10
			case 10: // being prepared, for days that are past
				state = meetings.Planned
			}
			held = append(held, []any{no, id, body.String(), state, at, `{"kk":"Зал","ru":"Зал"}`, "", "", "[]", 5, 4, 0, "{}"})
			words := search.Text{Title: "Жарық"}
			if no%25 == 5 { // enough for a whole page among five hundred too
				words.Title = "Көпір"
			}
			found = append(found, search.Document{Ref: civic.Ref{Kind: meetings.KindItem, ID: civic.ID(fmt.Sprintf("%024d.%d", no, 0))}, Number: int64(10 * no), Public: true, Words: search.Analyse(words)})
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
			if err := w.Search.Put(tx, found...); err != nil {
				return err
			}
			return tx.Insert("meetings_vote (no, id, meeting, item, at, text, rule, members, quorum, needed, ballots, secret, tellers, yes, nay, abstain, recused, accepted, entries)", votes)
		})
	}
	if w.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		for _, table := range []string{"meetings_meeting", "meetings_item", "meetings_vote", "search_index"} {
			w.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE " + table); return err })
		}
	}
	return w
}

// The list of all meetings, of those of one council, of each side of now, a later page, by month and by words, what a council's page and its secretary's show, how many are to come,
// and one meeting, among five hundred and among fifty thousand. "ratio" is how much longer it takes; docs/scale.md promises 1.5.
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
	list := func(q meetings.Query) meetings.List {
		l, err := w.Meetings.List(b.Context(), q)
		w.Must(err)
		return l
	}
	page := func(q meetings.Query) func() {
		return func() {
			if l := list(q); len(l.All())+len(l.Points) == 0 {
				b.Fatal("nothing is listed")
			}
		}
	}
	before := meetings.Query{Body: ref, When: meetings.Before}
	first, later := list(before), before
	later.After = first.Next
	near := func(a civic.Actor) func() {
		return func() {
			w.Read(func(tx *storage.Tx) error {
				all, err := w.Meetings.Near(tx, a, ref, 5)
				if len(all) != 5 {
					b.Fatalf("%d are near", len(all))
				}
				return err
			})
		}
	}
	return map[string]func(){
		"all":              page(meetings.Query{}),
		"before":           page(meetings.Query{When: meetings.Before}),
		"now":              func() { list(meetings.Query{When: meetings.Now}) },
		"of one":           page(meetings.Query{Body: ref}),
		"before of one":    page(before),
		"and later":        page(later),
		"of a month":       page(meetings.Query{Month: w.Now().AddDate(0, -1, 0), When: meetings.Before}),
		"words":            page(meetings.Query{Words: "көпір"}),
		"words of one":     page(meetings.Query{Words: "жарық", Body: ref, When: meetings.Before}),
		"words now":        func() { list(meetings.Query{Words: "жарық", When: meetings.Now}) },
		"words of a month": page(meetings.Query{Words: "жарық", Month: w.Now().AddDate(0, -1, 0), When: meetings.Before}),
		"near":             near(civic.Actor{}),
		"desk":             near(w.secretary.Actor),
		"one": func() {
			v, err := w.Meetings.Show(b.Context(), civic.Actor{}, first.Before[0].ID)
			w.Must(err)
			if len(v.Agenda) == 0 {
				b.Fatal("nothing is on the agenda")
			}
		},
	}
}
