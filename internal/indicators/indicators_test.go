package indicators_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/datasets/pack"
	"github.com/birge-kz/birge/internal/indicators"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func day(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, citytest.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

// owe stores answers that a body owed: each is a due day and the day on which it was given ("" is never).
func owe(c *citytest.City, no int, district string, all ...[2]string) {
	c.T.Helper()
	body := organisations.RefOf(c.Body(fmt.Sprint("Басқарма ", no))).String()
	c.Write(func(tx *storage.Tx) error {
		var rows [][]any
		for i, o := range all {
			given, state := int64(0), "running"
			if o[1] != "" {
				given, state = day(o[1]).UnixMilli(), "given"
			}
			rows = append(rows, []any{no + i, civic.NewID(c.Now()), body, "answer", `{"kk":"Бірдеңе"}`, body, district, "Заң", day(o[0]).AddDate(0, 0, -20).UnixMilli(), 15, true, "[]", "[]",
				state, day(o[0]).UnixMilli(), given, state, day(o[0]).UnixMilli(), day(o[0]).UnixMilli()})
		}
		return tx.Insert("answers_obligation (no, id, subject, owed, what, body, district, source, started_at, days, working, pauses, extensions, state, due, given_at, view, list_at, changed_at)", rows)
	})
}

// sameAsTheDownload compares what the city keeps with what a stranger computes from its file, and returns what that lacks.
func sameAsTheDownload(c *citytest.City, s *indicators.Service) map[string]string {
	c.T.Helper()
	file := filepath.Join(c.T.TempDir(), "city.zip")
	c.Must(os.WriteFile(file, []byte(c.Browser(nil).Get("/datasets/city.zip").Want(200).Body), 0o600))
	download, err := pack.Open(file)
	c.Must(err)
	defer download.Close()
	again, lacks, err := indicators.Recompute(download)
	c.Must(err)
	written := func(v indicators.Value) string {
		return fmt.Sprint(v.Indicator, " ", v.Period, " ", v.District, " ", v.Written(), v.Few)
	}
	fresh, kept := map[string]bool{}, 0
	for _, all := range again {
		for _, v := range all {
			fresh[written(v)] = true
		}
	}
	c.Must(s.Walk(c.Ctx(), func(v indicators.Value) error {
		if !fresh[written(v)] {
			c.T.Errorf("%s is not computed anew", written(v))
		}
		kept++
		return nil
	}))
	if kept != len(fresh) || kept == 0 {
		c.T.Errorf("%d values are kept, %d computed anew", kept, len(fresh))
	}
	return lacks
}

// However many values an indicator had, those that are no more go.
func TestValuesAreReadByPages(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.At(day("2026-07-02").Add(10 * time.Hour))
		owe(c, 1, "", [2]string{"2026-01-20", "2026-01-15"}, [2]string{"2026-02-20", "2026-02-15"}, [2]string{"2026-03-20", "2026-03-15"})
		s := citytest.Service[*indicators.Service](c)
		c.Must(c.Datasets.Build(c.Ctx()))
		c.Must(s.Compute(c.Ctx()))
		before, err := s.Whole(c.Ctx(), inTime)
		c.Must(err)
		c.Write(func(tx *storage.Tx) error {
			var rows [][]any
			for i := range 2_500 {
				rows = append(rows, []any{inTime, fmt.Sprint(1000 + i%500), fmt.Sprint("d", i/500), "1", false, 1, 1, 0, 0})
			}
			return tx.Insert("indicators_value (indicator, period, district, number, few, counted, among, low, high)", rows)
		})
		if all, err := s.Whole(c.Ctx(), inTime); err != nil || len(all.Values) != len(before.Values)+2_500 {
			t.Errorf("%d values, %v", len(all.Values), err)
		}
		for range 2 {
			c.Must(s.Compute(c.Ctx()))
		}
		if after, err := s.Whole(c.Ctx(), inTime); err != nil || len(after.Values) != len(before.Values) || len(after.Values) == 0 {
			t.Errorf("%d values, %d before, %v", len(after.Values), len(before.Values), err)
		}
	}, indicators.Capability())
}

const inTime = "answers_in_time"

// Counted by hand: of eight answers owed in the first quarter six came in time, of five in the second all; in a district were three. What
// is read on the page, in files and in the picture is the same.
func TestANumberIsALink(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.At(day("2026-07-02").Add(10 * time.Hour))
		s := citytest.Service[*indicators.Service](c)
		anybody := c.Browser(nil)
		c.Must(c.Settings.SetDistricts(c.Ctx(), c.Administrator().Actor, "Абай;Абайский;Abai"))
		if code := c.Settings.Current().Districts[0].Code; code != "abai" {
			t.Fatal(code)
		}
		owe(c, 1, "", [2]string{"2026-01-20", "2026-01-15"}, [2]string{"2026-01-20", "2026-01-20"}, [2]string{"2026-02-01", "2026-01-30"}, [2]string{"2026-02-03", "2026-02-04"}, [2]string{"2026-03-31", ""})
		owe(c, 11, "abai", [2]string{"2026-03-01", "2026-02-20"}, [2]string{"2026-03-02", "2026-03-01"}, [2]string{"2026-03-31", "2026-03-31"})
		owe(c, 21, "", [2]string{"2026-04-01", "2026-04-01"}, [2]string{"2026-05-05", "2026-05-01"}, [2]string{"2026-05-05", "2026-05-01"}, [2]string{"2026-06-05", "2026-06-01"}, [2]string{"2026-06-30", "2026-06-30"},
			[2]string{"2026-07-20", ""}) // the last is not due yet

		anybody.Get("/en/indicators/nothing").Want(404, "There is no such indicator")
		c.Pass(24 * time.Hour)
		c.Jobs() // the next night's
		anybody.Get("/en/indicators").Want(200, "Answers given in time", "100%", "was 75%; may be chance", "Report of the year").Main().Lacks("Events")
		anybody.Get("/ru/indicators/"+inTime).Want(200, "100 %", "II квартал 2026 года", "интервалы пересекаются", "answers_obligations", "birge indicators recompute data.zip --only answers_in_time",
			"строк: 14", "если записей за ними меньше 5", "Редакция 1")
		anybody.Get("/kk/indicators/"+inTime+"?district=abai").Want(200, "айтуға тым аз", "2026 жылғы I тоқсан")
		anybody.Get("/indicators.csv").Want(200, inTime+",1,2026-Q1,,0.75,share,false,6,8,0.", inTime+",1,2026-Q1,abai,,share,true,,,,", inTime+",1,2026-Q3,,,share,true")
		anybody.Get(indicators.Path(inTime)+"/number.svg?lang=kk").Want(200, "<svg", "100 %", "2026 жылғы II тоқсан", "03.07.2026")

		var got struct {
			Values []struct {
				Period, District, Low, High string
				Value                       *string
				Few                         bool
			}
			Inputs []indicators.Input
		}
		c.Must(json.Unmarshal([]byte(anybody.Get("/api/v1/indicators/"+inTime).Want(200).Body), &got))
		first := got.Values[2] // the year stands before its quarters, and the whole city before districts
		if first.Period != "2026-Q1" || first.Value == nil || *first.Value != "0.75" || first.Low[:6] != "0.4092" || first.High[:6] != "0.9285" || len(got.Inputs) != 1 || got.Inputs[0].Rows != 14 {
			t.Errorf("%+v", got)
		}
		report := anybody.Get("/indicators-report.pdf?lang=kk&year=2026").Want(200)
		if !strings.HasPrefix(report.Body, "%PDF") {
			t.Errorf("the report is %.20q", report.Body)
		}
		anybody.Get("/indicators-report.pdf?lang=kk&year=1999").Want(404)

		// Somebody corrects a day of the first quarter: the page says what became another, and why.
		c.Write(func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE answers_obligation SET given_at = $1 WHERE no = 1", day("2026-02-20").UnixMilli())
			return err
		})
		// Until the next versions are made, page and download go on saying the same.
		c.Must(s.Compute(c.Ctx()))
		anybody.Get("/en/indicators/" + inTime).Want(200).Lacks("is now 63%")
		sameAsTheDownload(c, s)
		c.Must(c.Datasets.Build(c.Ctx()))
		var done sync.WaitGroup
		for range 4 { // several nodes at once
			done.Go(func() {
				if err := s.Compute(c.Ctx()); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		page := anybody.Get("/en/indicators/"+inTime).Want(200, "quarter I of 2026, whole city: was 75%, is now 63%, because the source data changed")
		if n := strings.Count(page.Body, "was 75%, is now 63%"); n != 1 {
			t.Errorf("the change is told %d times", n)
		}

		// A stranger computes the same from the download.
		lacks := sameAsTheDownload(c, s)
		if lacks[inTime] != "" || lacks["events_held"] != "events_dates" {
			t.Errorf("lacks %v", lacks)
		}
	}, indicators.Capability())
}
