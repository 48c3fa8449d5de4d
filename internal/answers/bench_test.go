package answers_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/search"
)

// register is a city with n obligations of twenty bodies in five districts: nine of ten were met, one in
// forty is contested, and of the others every second is overdue.
func register(b *testing.B, database string, n int) (*citytest.City, civic.Ref) {
	c := citytest.Open(b, database, app.Config{})
	var bodies []string
	for i := range 20 {
		bodies = append(bodies, organisations.RefOf(c.Body(fmt.Sprint("Басқарма ", i))).String())
	}
	const day = 86_400_000
	now := c.Now().UnixMilli()
	for first := 1; first <= n; first += 2_000 {
		var rows, verdicts [][]any
		var found []search.Document
		for no := first; no < first+2_000 && no <= n; no++ {
			state, view, due, given := "running", "owed", now+int64(no%40-20)*day, int64(0)
			if no%10 > 0 {
				state, view, given = "given", "given", now-int64(no)*1_000
				due = given + day
				verdicts = append(verdicts, []any{no, 1, given, "", "taken", `{"kk":"Иә"}`, "[]", 0})
			}
			if no%40 == 1 { // enough for a whole page among a thousand too
				state = "contested"
			}
			at := due
			if given > 0 {
				at = given
			}
			id := civic.NewID(c.Now())
			words := search.Text{Title: "Бірдеңе"}
			if no%20 == 5 { // enough for a whole page among a thousand too
				words.Title = "Көпір"
			}
			found = append(found, search.Document{Ref: answers.Ref(id), Number: int64(no), Public: true, Words: search.Analyse(words)})
			rows = append(rows, []any{no, id, bodies[0], "answer", `{"kk":"Бірдеңе"}`, bodies[no%20], fmt.Sprint("district", no%5), "Заң", now - 20*day, 15, true, "[]", "[]",
				state, due, given, view, at, at})
		}
		c.Write(func(tx *storage.Tx) error {
			if err := tx.Insert("answers_obligation (no, id, subject, owed, what, body, district, source, started_at, days, working, pauses, extensions, state, due, given_at, view, list_at, changed_at)", rows); err != nil {
				return err
			}
			if err := c.Search.Put(tx, found...); err != nil {
				return err
			}
			return tx.Insert("answers_verdict (obligation, no, at, version, outcome, reason, evidence, promised_by)", verdicts)
		})
	}
	if c.DB.Engine() == storage.PostgreSQL { // its statistics come by themselves, a minute later
		c.Write(func(tx *storage.Tx) error { _, err := tx.Exec("ANALYZE answers_obligation, search_index"); return err })
	}
	c.Write(func(tx *storage.Tx) error { // as each obligation would when it is written
		_, err := tx.Exec("INSERT INTO answers_owing (body, due, n) SELECT body, due, COUNT(*) FROM answers_obligation WHERE view = 'owed' AND due > 0 GROUP BY body, due")
		return err
	})
	c.Write(func(tx *storage.Tx) error { // the same for few and many: a body's record is summed up by days, not by obligation
		var rows [][]any
		for i, b := range bodies {
			for days := range 30 {
				rows = append(rows, []any{b, "answer", "taken", days + i%3, days > 15, 1 + n/600})
			}
		}
		return tx.Insert("answers_tally (body, owed, outcome, days, late, n)", rows)
	})
	body, _ := civic.ParseRef(bodies[7])
	return c, body
}

// A page of each list of obligations, what is found by a word, the page of one obligation and that of the bodies, among a thousand and among a
// hundred thousand. "ratio" is how much longer it takes; docs/scale.md promises 1.5.
func BenchmarkManyObligations(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			few, many := pagesAmong(b, database(b), 1_000), pagesAmong(b, database(b), 100_000)
			for name := range few {
				b.Run(name, func(b *testing.B) { citytest.Ratio(b, few[name], many[name]) })
			}
		})
	}
}

// pagesAmong are the pages in a city of n obligations, by what they show.
func pagesAmong(b *testing.B, database string, n int) map[string]func() {
	c, body := register(b, database, n)
	middle := func(state string) string { // a cursor in the midst of a list
		l, err := c.Answers.List(b.Context(), answers.Query{State: state})
		c.Must(err)
		return l.Next
	}
	one, err := c.Answers.List(b.Context(), answers.Query{State: answers.FilterAnswered, After: middle(answers.FilterAnswered)})
	c.Must(err)
	pages := map[string]func(){
		"one of them": func() {
			v, err := c.Answers.Show(b.Context(), civic.Actor{}, one.Items[0].ID)
			c.Must(err)
			if len(v.Verdicts) != 1 {
				b.Fatal("it has no verdict")
			}
		},
		"the bodies": func() {
			all, err := c.Answers.Records(b.Context())
			c.Must(err)
			if len(all) != 20 || all[0].Overdue == 0 {
				b.Fatalf("%d bodies", len(all))
			}
		},
	}
	for name, q := range map[string]answers.Query{
		"owed":            {State: answers.FilterOwed},
		"overdue":         {State: answers.FilterOverdue},
		"answered":        {State: answers.FilterAnswered},
		"answered, later": {State: answers.FilterAnswered, After: middle(answers.FilterAnswered)},
		"contested":       {State: string(answers.Contested)},
		"of a body":       {State: answers.FilterAnswered, Body: body},
		"of a district":   {State: answers.FilterOwed, Scope: city.Scope{District: "district0"}},
		"by a word":       {State: answers.FilterAnswered, Words: "көпір"},
	} {
		pages[name] = func() {
			l, err := c.Answers.List(b.Context(), q)
			c.Must(err)
			if len(l.Items) == 0 {
				b.Fatal("nothing is listed")
			}
		}
	}
	return pages
}
