package workdays_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/workdays"
)

// folder is where facts of another project lie: which days were and will be off.
func folder(t *testing.T) string {
	shared := os.Getenv("BIRGE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	dir := filepath.Join(shared, "data", "workdays")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the collection of working days is not here: set BIRGE_SHARED to its folder")
	}
	return dir
}

// The days off that an independent project lists for 2020 to 2050, moved and swapped ones included,
// but the first days of Qurban Ait that are not announced yet.
func TestKazakhstanIsAsOthersKnowIt(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(folder(t), "kz-holidays.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(content, &want); err != nil {
		t.Fatal(err)
	}
	got := workdays.Kazakhstan()
	compared := 0
	for date, name := range want {
		if date < "2020" || date > "2026-05-27" && strings.Contains(name, "Eid") {
			continue
		}
		compared++
		if day, known := got[date]; !known || day.Working {
			t.Errorf("%s (%s) is not off", date, name)
		}
	}
	for date, day := range got {
		if _, off := want[date]; !off && !day.Working {
			t.Errorf("%s (%s) is off, and nobody else says so", date, day.Name)
		}
		if len(day.Name.Lacks()) > 0 || day.Name[civic.English] == "" || len(day.Source.Lacks()) > 0 || day.Source[civic.English] == "" {
			t.Errorf("%s lacks a name or a source in a language: %+v", date, day)
		}
	}
	if compared < 450 {
		t.Errorf("only %d days were compared", compared)
	}
}

func TestSwappedDaysOfKazakhstan(t *testing.T) {
	f, err := os.Open(filepath.Join(folder(t), "kz-swapped.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := workdays.Kazakhstan()
	compared := 0
	for _, row := range rows[1:] {
		if row[0] < "2020" {
			continue
		}
		compared++
		if !got[row[0]].Working || got[row[2]].Working || got[row[2]].Name.Empty() {
			t.Errorf("%s for %s: %+v, %+v", row[0], row[2], got[row[0]], got[row[2]])
		}
	}
	if compared != 10 {
		t.Errorf("%d swaps were compared", compared)
	}
}

// Nauryz 2026 begins on a Saturday, so that two working days follow it; the day of the Constitution
// is moved to March by the new one.
func TestNamesOfMovedDays(t *testing.T) {
	days := workdays.Kazakhstan()
	for date, want := range map[string]string{
		"2026-03-23": "Наурыз мейрамы", "2026-03-24": "Наурыз мейрамы, вместо 21.03.2026", "2026-03-25": "Наурыз мейрамы, вместо 22.03.2026",
		"2027-03-15": "День Конституции", "2024-05-08": "Выходной вместо 04.05.2024", "2024-05-04": "Рабочий день вместо 08.05.2024",
	} {
		if got := days[date].Name[civic.Russian]; got != want {
			t.Errorf("%s: %q, want %q", date, got, want)
		}
	}
	if _, moved := days["2024-01-08"]; moved {
		t.Error("7 January was a Sunday in 2024, and moves nothing")
	}
}

func TestReadAFolder(t *testing.T) {
	days, err := workdays.Read(folder(t))
	if err != nil {
		t.Fatal(err)
	}
	if !days["2025-01-05"].Working || days["2025-01-03"].Working || days["2025-01-03"].Name != nil || days["2026-03-09"].Name[civic.English] != "International Women's Day (observed)" {
		t.Errorf("%+v %+v %+v", days["2025-01-05"], days["2025-01-03"], days["2026-03-09"])
	}
}

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		days          int
		fault         string
		line          int
	}{
		{"json", `{"2026-03-23": "Nauryz"}`, 1, "", 0},
		{"mark", "\ufeff{\n\"2026-03-23\": \"Nauryz\"}", 1, "", 0},
		{"swaps", "works,why,off\n2026-01-04,x,2026-01-05\n", 2, "", 0},
		{"semicolons", "works;off\r\n2026-01-04;2026-01-05\r\n", 2, "", 0},
		{"days alone", "off,works\n2026-01-05,\n,2026-01-04\n", 2, "", 0},
		{"neither", "off,works\n,\n", 0, workdays.WrongDate, 2},
		{"no day", "{\n\"2026-03-23\": \"a\",\n\"2026-02-30\": \"b\"}", 0, workdays.WrongDate, 3},
		{"no swap", "works,off\n2026-01-04,2026-01-05\n2026-01-04\n", 0, workdays.WrongDate, 3},
		{"year", `{"0026-03-23": "Nauryz"}`, 0, workdays.WrongDate, 1},
		{"cases", `{"cases": []}`, 0, workdays.NotACalendar, 0},
		{"nothing", ``, 0, workdays.NotACalendar, 0},
		{"picture", "\x89PNG\r\n\x1a\n", 0, workdays.NotACalendar, 0},
		{"large", `{"2026-03-23": "` + strings.Repeat("x", workdays.MaxBytes) + `"}`, 0, workdays.TooLarge, 0},
	} {
		days, err := workdays.Parse(tc.name, []byte(tc.content))
		var wrong *workdays.Error
		if errors.As(err, &wrong); len(days) != tc.days || (tc.fault == "") != (err == nil) || wrong != nil && (wrong.Fault != tc.fault || wrong.Line != tc.line) {
			t.Errorf("%s: %v, %v", tc.name, days, err)
		}
	}
}

// Of the 261 days from Monday to Friday 14 are off in 2026: 1, 2 and 7 January, 9, 23, 24 and 25
// March, 1, 7, 11 and 27 May, 6 July, 26 October, 16 December.
func TestWorkingDaysOf2026(t *testing.T) {
	cal := civic.Calendar{Days: workdays.Kazakhstan()}
	first := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	if n := cal.Between(first, first.AddDate(1, 0, 0)); n != 261-14 {
		t.Errorf("%d working days", n)
	}
}
