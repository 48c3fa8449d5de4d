package civic

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var almaty = time.FixedZone("UTC+5", 5*3600)

func on(t *testing.T, date string) time.Time {
	t.Helper()
	day, err := time.ParseInLocation(time.DateOnly, date, almaty)
	if err != nil {
		t.Fatal(err)
	}
	return day.Add(15 * time.Hour)
}

// Spring of 2026 in Kazakhstan, and one swap that is made up. All was counted by hand on a calendar.
func TestDue(t *testing.T) {
	nauryz := Day{Name: Text{"en": "Nauryz"}, Source: Text{"en": "Law"}}
	cal := Calendar{Zone: almaty, Days: map[string]Day{
		"2026-03-09": {}, "2026-03-23": nauryz, "2026-03-24": nauryz, "2026-03-25": nauryz,
		"2026-04-10": {}, "2026-04-12": {Working: true},
	}}
	working := func(n int) Term { return Term{Days: n, Working: true} }
	for _, tc := range []struct {
		name    string
		start   string
		term    Term
		pauses  []Pause
		more    []Extension
		want    string
		skipped []string
	}{
		{"fifteen working days", "2026-03-05", working(15), nil, nil, "2026-04-01",
			[]string{"2026-03-07", "2026-03-08", "2026-03-09", "2026-03-14", "2026-03-15", "2026-03-21", "2026-03-22", "2026-03-23", "2026-03-24", "2026-03-25", "2026-03-28", "2026-03-29"}},
		{"begun on a day off", "2026-03-08", working(1), nil, nil, "2026-03-10", []string{"2026-03-09"}},
		{"a working Sunday for a Friday", "2026-04-09", working(2), nil, nil, "2026-04-13", []string{"2026-04-10", "2026-04-11"}},
		{"no days", "2026-03-08", working(0), nil, nil, "2026-03-08", nil},
		{"calendar days", "2026-03-05", Term{Days: 10}, nil, nil, "2026-03-16", []string{"2026-03-15"}},
		{"calendar days that end before Nauryz", "2026-03-11", Term{Days: 10}, nil, nil, "2026-03-26", []string{"2026-03-21", "2026-03-22", "2026-03-23", "2026-03-24", "2026-03-25"}},
		{"paused", "2026-04-01", working(5), []Pause{{From: on(t, "2026-04-03"), To: on(t, "2026-04-07")}}, nil, "2026-04-13",
			[]string{"2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06", "2026-04-07", "2026-04-10", "2026-04-11"}},
		{"calendar days paused", "2026-04-01", Term{Days: 5}, []Pause{{From: on(t, "2026-04-03"), To: on(t, "2026-04-07")}}, nil, "2026-04-12",
			[]string{"2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06", "2026-04-07", "2026-04-11"}},
		{"a pause before the start", "2026-04-13", working(1), []Pause{{From: on(t, "2026-04-01"), To: on(t, "2026-04-07")}}, nil, "2026-04-14", nil},
		{"a pause after the end", "2026-04-13", working(1), []Pause{{From: on(t, "2026-04-15")}}, nil, "2026-04-14", nil},
		{"paused still", "2026-04-01", working(5), []Pause{{From: on(t, "2026-04-03")}}, nil, "", nil},
		{"extended twice", "2026-04-13", working(1), nil, []Extension{{Days: 2}, {Days: 1}}, "2026-04-17", nil},
	} {
		got := cal.Due(Deadline{Start: on(t, tc.start), Term: tc.term, Pauses: tc.pauses, Extensions: tc.more})
		var skipped []string
		for _, s := range got.Skipped {
			skipped = append(skipped, s.Date)
		}
		if got.Date != tc.want || tc.want != "" && !slices.Equal(skipped, tc.skipped) {
			t.Errorf("%s: %s without %v, want %s without %v", tc.name, got.Date, skipped, tc.want, tc.skipped)
		}
	}
	due := cal.Due(Deadline{Start: on(t, "2026-03-20"), Term: working(1), Pauses: []Pause{{From: on(t, "2026-03-26"), To: on(t, "2026-03-26"), Why: Text{"en": "asked back"}}}})
	var reasons []Reason
	for _, s := range due.Skipped {
		reasons = append(reasons, s.Reason)
	}
	if due.Date != "2026-03-27" || !slices.Equal(reasons, []Reason{Weekend, Weekend, DayOff, DayOff, DayOff, Waiting}) ||
		due.Skipped[2].Day.Source["en"] != "Law" || due.Skipped[5].Why["en"] != "asked back" {
		t.Errorf("%+v", due)
	}
	if end := time.Date(2026, 3, 27, 23, 59, 59, 0, almaty); !due.End.Equal(end) {
		t.Errorf("it ends at %v", due.End)
	}
}

// A term has an end, whatever it was extended by.
func TestDueIsBounded(t *testing.T) {
	due := Calendar{}.Due(Deadline{Start: on(t, "2026-01-01"), Term: Term{Days: 1 << 40, Working: true}, Extensions: []Extension{{Days: 1 << 40}}})
	if due.Counted != MaxTerm || due.Date != "2040-01-12" {
		t.Errorf("%d days until %s", due.Counted, due.Date)
	}
}

// What another project's tests expect of adding working days and of the days between two dates.
// It moves a start on a day off to the next working day first, which our law does not.
func TestDueAsElsewhere(t *testing.T) {
	shared := os.Getenv("BIRGE_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	content, err := os.ReadFile(filepath.Join(shared, "data", "workdays", "business-days.json"))
	if err != nil {
		t.Skip("the collection of working days is not here: set BIRGE_SHARED to its folder")
	}
	var file struct {
		Cases []struct {
			Op, Date, To string
			Days         int
			Holidays     []string
			Extra        []string `json:"extra_working_dates"`
			Expect       any
		}
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, tc := range file.Cases {
		cal := Calendar{Zone: almaty, Days: map[string]Day{}}
		for _, d := range tc.Holidays {
			cal.Days[d] = Day{}
		}
		for _, d := range tc.Extra {
			cal.Days[d] = Day{Working: true}
		}
		start := on(t, tc.Date)
		var got any
		switch {
		case tc.Op == "add" && cal.Working(start):
			got = cal.Due(Deadline{Start: start, Term: Term{Days: tc.Days, Working: true}}).Date
		case tc.Op == "between": // with its first day and without its last
			got = float64(cal.Between(start.AddDate(0, 0, -1), on(t, tc.To).AddDate(0, 0, -1)))
		default:
			continue
		}
		compared++
		if got != tc.Expect {
			t.Errorf("%+v: %v", tc, got)
		}
	}
	if compared != 43 {
		t.Errorf("%d cases were compared", compared)
	}
}
