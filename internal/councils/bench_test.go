package councils_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// long is a city with a council that held n/10 meetings, at each of which it voted five times, and recommended n things.
func long(b *testing.B, database string, n int) *town {
	w := open(citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{Capability()}}))
	w.adopted(n)
	ballots := `[`
	for i, seat := range w.seats {
		if i > 0 {
			ballots += ","
		}
		ballots += fmt.Sprintf(`{"seat":%q,"choice":"for"}`, seat)
	}
	ballots += `]`
	now, ref := w.Now().UnixMilli(), Ref(w.council).String()
	var held, votes [][]any
	for no := 1; no <= max(n/10, 10); no++ {
		id := fmt.Sprintf("%026d", no)
		held = append(held, []any{no, id, ref, "closed", now - int64(no)*3_600_000, `{"kk":"Зал","ru":"Зал"}`, "", "", "[]", 5, 4, 0, "{}"})
		for i := range 5 {
			votes = append(votes, []any{10*no + i, fmt.Sprint("v", id, i), id, fmt.Sprint("i", id, i), now, `{"kk":"Жарық","ru":"Свет"}`, "of_present", 5, 4, 3, ballots, false, "[]", 5, 0, 0, 0, true, 1})
		}
	}
	w.Write(func(tx *storage.Tx) error {
		if err := tx.Insert("meetings_meeting (no, id, body, state, starts_at, place, stream, recorded, present, members, needed, sequence, reason)", held); err != nil {
			return err
		}
		return tx.Insert("meetings_vote (no, id, meeting, item, at, text, rule, members, quorum, needed, ballots, secret, tellers, yes, nay, abstain, recused, accepted, entries)", votes)
	})
	meeting, items := w.sit(meetings.Item{Title: lamps})
	_, err := w.Meetings.Hold(b.Context(), w.secretary.Actor, items[0], meetings.Ask{Text: lamps, Rule: meetings.OfPresent, To: w.body, Choices: w.choices(meetings.For, meetings.For, meetings.For, meetings.For)})
	w.Must(err)
	w.Must(w.Meetings.CloseMeeting(b.Context(), w.secretary.Actor, meeting)) // which counts attendance
	if w.DB.Engine() == storage.PostgreSQL {                                 // its statistics come by themselves, a minute later
		for _, table := range []string{"councils_recommendation", "meetings_meeting", "meetings_vote"} {
			w.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE " + table); return err })
		}
	}
	return w
}

// A council's page, that of its members, its recommendations, a later page of them and one, the list of councils, and the desk, of a council with a hundred recommendations and ten meetings, and of one with ten
// thousand and a thousand. "ratio" is how much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyRecommendations(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			small, large := looks(b, long(b, database(b), 100), 100), looks(b, long(b, database(b), 10_000), 10_000)
			for _, name := range slices.Sorted(maps.Keys(small)) {
				b.Run(name, func(b *testing.B) { citytest.Ratio(b, small[name], large[name]) })
			}
		})
	}
}

// looks are what people look at in a city whose council recommended n things.
func looks(b *testing.B, w *town, n int) map[string]func() {
	show := func(a civic.Actor) func() {
		return func() {
			v, err := w.Show(b.Context(), a, w.council)
			if w.Must(err); v.Reckoning.Adopted != n+1 || v.Attendance[w.seats[0]].Held == 0 {
				b.Fatalf("%+v %+v", v.Reckoning, v.Attendance)
			}
		}
	}
	recommended := func(before int64) func() {
		return func() {
			all, err := w.Recommended(b.Context(), w.council, before)
			if w.Must(err); len(all.Recommendations) != 20 {
				b.Fatalf("%d are listed", len(all.Recommendations))
			}
		}
	}
	return map[string]func(){
		"council":         show(civic.Actor{}),
		"desk":            show(w.secretary.Actor),
		"recommendations": recommended(0),
		"and later":       recommended(int64(n / 2)),
		"a recommendation": func() {
			_, err := w.ShowRecommendation(b.Context(), w.council, civic.ID(fmt.Sprintf("%026d", n/2)))
			w.Must(err)
		},
		"list": func() {
			_, _, err := w.List(b.Context(), Query{})
			w.Must(err)
		},
	}
}
