package appeals_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// crowd is a city with n appeals to twenty bodies in five districts, one in twenty of them contested, each with a case.
func crowd(b *testing.B, database string, n int) (*citytest.City, []civic.ID) {
	c := citytest.Open(b, database, app.Config{Capabilities: []capability.Capability{Capability()}})
	var bodies []civic.ID
	for i := range 20 {
		bodies = append(bodies, c.Body(fmt.Sprint("Басқарма ", i)))
	}
	now := c.Now().UnixMilli()
	for first := 1; first <= n; first += 2_000 {
		var rows, cases, owed [][]any
		for no := first; no < first+2_000 && no <= n; no++ {
			id, state := civic.NewID(c.Now()), []State{Closed, Answered, WithBody}[no%3]
			if no%20 == 3 {
				state = Contested
			}
			at := now - int64(n-no)*60_000
			rows = append(rows, []any{no, id, 2026, no, "complaint", true, "ru", fmt.Sprint("Яма № ", no), "Прошу заделать", fmt.Sprint("district", no%5), "environment", "", "", "", "", false, state, bodies[no%20], "shown", at, at, at})
			of, obligation := civic.NewID(c.Now()), civic.ID("")
			if state != Closed && state != Answered {
				obligation = civic.NewID(c.Now())
				due := now + int64(no%40)*86_400_000
				owed = append(owed, []any{no, obligation, KindCase + ":" + string(of), "answer", "{}", organisations.RefOf(bodies[no%20]).String(), "Заң", at, 15, true, "[]", "[]", "running", due, "owed", due, at})
			}
			cases = append(cases, []any{no, of, id, bodies[no%20], "{}", "{}", state, fmt.Sprint("А. Жауапты ", no/20%2), obligation, at})
		}
		c.Write(func(tx *storage.Tx) error {
			if err := tx.Insert("appeals_appeal (no, id, year, serial, sort, open, lang, title, words, district, theme, point, address, wished, applicant, by_mail, state, body, text_state, written_at, filed_at, changed_at)", rows); err != nil {
				return err
			}
			if err := tx.Insert("answers_obligation (no, id, subject, owed, what, body, source, started_at, days, working, pauses, extensions, state, due, view, list_at, changed_at)", owed); err != nil {
				return err
			}
			return tx.Insert("appeals_case (no, id, appeal, body, what, why, state, person, obligation, begun_at)", cases)
		})
	}
	if c.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		c.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE"); return err })
	}
	return c, bodies
}

// A page of each list of appeals among a thousand and among a hundred thousand. "ratio" is how much longer it takes; docs/scale.md
// promises 1.5.
func BenchmarkManyAppeals(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			took := map[string]float64{}
			for _, n := range []int{1_000, 100_000} {
				c, bodies := crowd(b, database(b), n)
				s := citytest.Service[*Service](c)
				for _, q := range []struct {
					name string
					Query
				}{{"all", Query{}}, {"contested", Query{State: Contested}}, {"district", Query{Scope: city.Scope{District: "district3"}}}, {"body", Query{Body: bodies[7]}},
					{"contested of a district", Query{State: Contested, Scope: city.Scope{District: "district3"}}}, {"theme and sort", Query{Sort: Complaint, Scope: city.Scope{Theme: "environment"}}}} {
					b.Run(fmt.Sprint(q.name, "/", n), func(b *testing.B) {
						for b.Loop() {
							if l, err := s.List(b.Context(), q.Query); err != nil || len(l.Items) != 20 {
								b.Fatalf("%d items, %v", len(l.Items), err)
							}
						}
						each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
						if n == 1_000 {
							took[q.name] = each
						} else {
							b.ReportMetric(each/took[q.name], "ratio")
						}
					})
				}
			}
		})
	}
}

// The desk of a body among a thousand appeals and among a hundred thousand, of an officer of five bodies of twenty: what is due first, and what one person
// works on. "ratio" is how much longer it takes.
func BenchmarkALongDesk(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			desk := func(n int) func(DeskQuery) func() {
				c, bodies := crowd(b, database(b), n)
				s, officer := citytest.Service[*Service](c), c.Officer(bodies[0])
				for _, body := range bodies[1:5] { // enough for a whole page among a thousand too
					c.With(officer, civic.Grant{Role: civic.Officer, Scope: organisations.RefOf(body)})
				}
				return func(q DeskQuery) func() {
					return func() {
						if d, err := s.Desk(b.Context(), officer.Actor, q); err != nil || len(d.Cases) != 25 || len(d.People) != 2 || d.Cases[0].Owed.ID == "" {
							b.Fatalf("%d cases, %d people, %v", len(d.Cases), len(d.People), err)
						}
					}
				}
			}
			few, many := desk(1_000), desk(100_000)
			for name, q := range map[string]DeskQuery{"due": {}, "person": {Person: "А. Жауапты 1"}} {
				b.Run(name, func(b *testing.B) { citytest.Ratio(b, few(q), many(q)) })
			}
		})
	}
}

// The statistics of a hundred thousand appeals, which go through all of them. The page is kept until something changes.
func BenchmarkStatistics(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			c, _ := crowd(b, database(b), 100_000)
			s := citytest.Service[*Service](c)
			for b.Loop() {
				if all, err := s.Count(b.Context()); err != nil || all.All.Cases != 100_000 {
					b.Fatalf("%+v, %v", all.All, err)
				}
			}
		})
	}
}
