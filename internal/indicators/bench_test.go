package indicators_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/indicators"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// All indicators of a download in which bodies owe a million answers, from the files alone, with the check of their digests. The issue gives 30 s.
func BenchmarkRecomputeMillionRows(b *testing.B) {
	const rows = 1_000_000
	d := answers.Part().Datasets[0]
	dir := b.TempDir()
	to := pack.Folder(dir)
	w, err := to.Create("data/" + d.FileName() + ".csv")
	if err != nil {
		b.Fatal(err)
	}
	first := time.Date(2022, 1, 1, 12, 0, 0, 0, time.UTC)
	written, err := pack.Canonical(w, d, time.UTC, func(visit func(part.Row) error) error {
		for n := range rows {
			row := make(part.Row, len(d.Columns))
			asked := first.AddDate(0, 0, n%1500)
			for at, c := range d.Columns {
				switch {
				case c.Name == "id":
					row[at] = fmt.Sprintf("%08d", n)
				case c.Name == "owed":
					row[at] = "answer"
				case c.Name == "outcome":
					row[at] = "taken"
				case c.Name == "district":
					row[at] = fmt.Sprint("district", n%6)
				case c.Name == "started_on":
					row[at] = asked
				case c.Name == "due_on":
					row[at] = asked.AddDate(0, 0, 15)
				case c.Name == "given_on":
					row[at] = asked.AddDate(0, 0, n%20)
				case c.Type == part.String:
					row[at] = "x"
				case c.Type == part.Integer:
					row[at] = int64(15)
				case c.Type == part.Boolean:
					row[at] = true
				}
			}
			if err := visit(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	described, err := pack.Package{Zone: time.UTC, Say: func(key string) civic.Text { return civic.Everywhere(key) }, ColumnKey: func(string, string) string { return "" }}.Describe([]pack.Written{written})
	if err != nil {
		b.Fatal(err)
	}
	if w, err = to.Create(pack.Descriptor); err != nil {
		b.Fatal(err)
	}
	if _, err := w.Write(described); err != nil {
		b.Fatal(err)
	}
	if err := to.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		download, err := pack.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		values, _, err := indicators.Recompute(download)
		if err != nil || len(values["answers_in_time"]) == 0 {
			b.Fatal(values, err)
		}
		download.Close()
	}
}

// The page of all indicators, and of one, in a city of ten districts and in one of a thousand: a hundred times as many values.
func BenchmarkManyValues(b *testing.B) {
	for engine, database := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgresql": storagetest.PostgreSQL} {
		b.Run(engine, func(b *testing.B) {
			of := func(districts int) func() {
				c := citytest.Open(b, database(b), app.Config{Capabilities: []capability.Capability{indicators.Capability()}})
				c.Write(func(tx *storage.Tx) error {
					var rows [][]any
					for year := 2024; year < 2026; year++ {
						for month := 1; month <= 12; month++ {
							for n := range districts {
								district := fmt.Sprint("district", n)
								if n == 0 {
									district = ""
								}
								rows = append(rows, []any{"appeals_filed", fmt.Sprintf("%d-%02d", year, month), district, fmt.Sprint(n + month), false, 0, 0, 0, 0})
							}
						}
					}
					return tx.Insert("indicators_value (indicator, period, district, number, few, counted, among, low, high)", rows)
				})
				s := citytest.Service[*indicators.Service](c)
				return func() {
					if _, err := s.Overview(c.Ctx()); err != nil {
						b.Fatal(err)
					}
					if _, err := s.Show(c.Ctx(), "appeals_filed", "district7"); err != nil {
						b.Fatal(err)
					}
				}
			}
			citytest.Ratio(b, of(10), of(1000))
		})
	}
}
