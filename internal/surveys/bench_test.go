package surveys_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/questions"
	. "github.com/birge-kz/birge/internal/surveys"
)

// All figures of a survey with 100,000 answers, half of them weighted, with tables by two questions about the person: what is promised is at most 2 s, ns/op. "ratio" is
// how much longer it takes than with 1,000.
func BenchmarkTabulate(b *testing.B) {
	for engine, database := range engines {
		var before float64
		for _, n := range []int{1_000, 100_000} {
			c := citytest.Open(b, database(b), app.Config{Capabilities: []capability.Capability{Capability()}})
			w := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік")}
			w.officer = c.Officer(w.akimat)
			id := w.large(n)
			b.Run(fmt.Sprint(engine, "/", n), func(b *testing.B) {
				for b.Loop() {
					c.Read(func(tx *storage.Tx) error { _, _, err := w.CountAnew(tx, id); return err })
				}
				each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
				if before > 0 {
					b.ReportMetric(each/before, "ratio")
				}
				before = each
			})
		}
	}
}

// The list and a page of results, of 2 surveys and of 200.
func BenchmarkPages(b *testing.B) {
	c := citytest.Open(b, storagetest.SQLite(b), app.Config{Capabilities: []capability.Capability{Capability()}})
	w := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік")}
	w.officer = c.Officer(w.akimat)
	first, _ := w.asked(Anyone, 0)
	w.asked(Anyone, 0)
	pages := func() {
		if _, err := w.List(b.Context(), Query{}, 20); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Show(b.Context(), Who{}, first); err != nil {
			b.Fatal(err)
		}
	}
	more := false
	citytest.Ratio(b, pages, func() {
		for !more {
			for range 200 {
				w.asked(Anyone, 0)
			}
			more = true
		}
		pages()
	})
}

// large is a survey that n people have answered: half by letter, half because they wanted to.
func (t *town) large(n int) civic.ID {
	t.T.Helper()
	a := t.officer.Actor
	id, err := t.Make(t.Ctx(), a, Survey{Title: transport, Purpose: transport, Body: t.akimat, Audience: Anyone, Days: 10})
	t.Must(err)
	option := func(n int) questions.Option { return questions.Option{Key: fmt.Sprint("o", n), Label: transport} }
	margins := Margins{Source: transport, Of: map[string][]Category{}}
	for i := range 20 {
		q := questions.Question{Sort: questions.One, Label: transport, Options: []questions.Option{option(1), option(2), option(3), option(4), option(5)}}
		if i%4 == 3 {
			q.Sort = questions.Several
		}
		t.Must(t.AddQuestion(t.Ctx(), a, id, q, i < 2))
		if i < 2 {
			for j := range 5 {
				key := fmt.Sprint("q", i+1)
				margins.Of[key] = append(margins.Of[key], Category{Choice: fmt.Sprint("o", j+1), People: int64(100 + 17*j)})
			}
		}
	}
	t.Must(t.SetMargins(t.Ctx(), a, id, margins))
	for source, some := range map[Source]int{Sample: n / 2, Free: n - n/2} {
		var all []questions.Answers
		for i := range some {
			said := questions.Answers{}
			for q := range 20 {
				said[fmt.Sprint("q", q+1)] = []string{fmt.Sprint("o", 1+(i*(q+3)+i/7)%5)}
			}
			all = append(all, said)
		}
		t.Write(func(tx *storage.Tx) error { return Fill(tx, id, source, all) })
	}
	return id
}

var engines = map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL}
