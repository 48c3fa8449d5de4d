package recurrence

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
)

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	for _, layout := range []string{"20060102", "20060102T150405", "20060102T150405Z"} {
		if read, err := time.Parse(layout, text); err == nil {
			return read
		}
	}
	t.Fatalf("no time: %s", text)
	return time.Time{}
}

// Every rule of the subset gives what libical and python-dateutil both give; every other one is refused.
func TestRulesOfLibical(t *testing.T) {
	raw, err := os.ReadFile(citytest.Shared(t, "recurrence", "rules.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Rules []struct {
			Line      int
			Dtstart   string
			Rrule     string
			Instances []string
			Subset    bool
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	within, refused := 0, 0
	for _, c := range file.Rules {
		r, err := Parse(c.Rrule)
		if !c.Subset {
			if refused++; err == nil {
				t.Errorf("line %d: %s was taken", c.Line, c.Rrule)
			}
			continue
		}
		within++
		if err != nil {
			t.Errorf("line %d: %s: %v", c.Line, c.Rrule, err)
			continue
		}
		start, layout := moment(t, c.Dtstart), "20060102T150405Z"[:len(c.Dtstart)]
		var got []string
		for at := range r.Times(start, len(c.Dtstart) == 15, start.AddDate(40, 0, 0)) {
			got = append(got, at.Format(layout))
		}
		if !slices.Equal(got, c.Instances) {
			t.Errorf("line %d: %s from %s\n got %v\nwant %v", c.Line, c.Rrule, c.Dtstart, got, c.Instances)
		}
	}
	if within != 36 || refused != 81 {
		t.Errorf("%d rules of the subset, %d others", within, refused)
	}
}

func TestRefusals(t *testing.T) {
	for text, want := range map[string]Code{
		"":                                    UnknownPart,
		"INTERVAL=2":                          NoFrequency,
		"FREQ=HOURLY":                         NoFrequency,
		"FREQ=DAILY;BYSETPOS=1":               UnknownPart,
		"FREQ=DAILY;FREQ=DAILY":               PartTwice,
		"FREQ=DAILY;INTERVAL=0":               BadValue,
		"FREQ=DAILY;COUNT=9999999999":         BadValue,
		"FREQ=DAILY;UNTIL=20261301":           BadValue,
		"FREQ=DAILY;COUNT=2;UNTIL=20261201":   CountAndUntil,
		"FREQ=DAILY;BYDAY=MO":                 NotTogether,
		"FREQ=WEEKLY;BYDAY=1MO":               NotTogether,
		"FREQ=MONTHLY;BYDAY=MO":               NotTogether,
		"FREQ=MONTHLY;BYDAY=6MO":              BadValue,
		"FREQ=MONTHLY;BYMONTHDAY=0":           BadValue,
		"FREQ=YEARLY;BYMONTHDAY=5":            NotTogether,
		"FREQ=YEARLY;BYMONTH=5":               NotTogether,
		"FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=5": NotTogether,
	} {
		var refused *Error
		if _, err := Parse(text); !errors.As(err, &refused) || refused.Code != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Every Tuesday at 18:00 in Almaty: one is left out, one is moved, one is called off, one is added.
func TestSeriesInCityTime(t *testing.T) {
	city, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	rule, err := Parse("FREQ=WEEKLY;COUNT=5")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 12, day, hour, 0, 0, 0, time.UTC) }
	e := Series{Start: at(1, 13), Length: 2 * time.Hour, Rule: rule, Also: []time.Time{at(3, 13)}, Except: []time.Time{at(8, 13)},
		Changes: []Change{{Of: at(15, 13), Start: at(16, 14), End: at(16, 15)}, {Of: at(22, 13), Start: at(22, 13), End: at(22, 15), Cancelled: true}, {Of: at(23, 13)}}}.Expand(city)
	var got []string
	for _, o := range e.Occurrences {
		line := o.Start.Format("02 15:04 -0700") + o.End.Format(" 15:04")
		if o.Cancelled {
			line += " off"
		}
		got = append(got, line)
	}
	want := []string{"01 18:00 +0500 20:00", "03 18:00 +0500 20:00", "16 19:00 +0500 20:00", "22 18:00 +0500 20:00 off", "29 18:00 +0500 20:00"}
	if !slices.Equal(got, want) || e.Cut || len(e.Unmatched) != 1 {
		t.Errorf("%v\n%v %+v", got, e.Cut, e.Unmatched)
	}
}

// A weekly event of Berlin stays at its hour there, so it moves by an hour in a city without daylight saving.
func TestSummerTimeElsewhere(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rule, _ := Parse("FREQ=WEEKLY;COUNT=2")
	e := Series{Start: time.Date(2026, 3, 23, 12, 0, 0, 0, berlin), Rule: rule}.Expand(time.FixedZone("", 5*3600))
	if a, b := e.Occurrences[0].Start.Hour(), e.Occurrences[1].Start.Hour(); a != 16 || b != 15 {
		t.Error(a, b)
	}
}

func TestBounds(t *testing.T) {
	start := time.Date(2024, 2, 29, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		n   int
		cut bool
	}{
		"FREQ=DAILY":                              {500, true},
		"FREQ=DAILY;COUNT=500":                    {500, false},
		"FREQ=DAILY;COUNT=501":                    {500, true},
		"FREQ=WEEKLY":                             {157, true},
		"FREQ=YEARLY":                             {1, true},
		"FREQ=YEARLY;COUNT=1":                     {1, false},
		"FREQ=MONTHLY;INTERVAL=1000":              {1, true},
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30":     {0, false},
		"FREQ=MONTHLY;UNTIL=20240331T000000Z":     {2, false},
		"FREQ=WEEKLY;UNTIL=20230101;BYDAY=MO,TU;": {0, false},
	} {
		rule, err := Parse(text)
		if err != nil {
			t.Fatal(text, err)
		}
		e := Series{Start: start, Rule: rule}.Expand(time.UTC)
		if len(e.Occurrences) != want.n || e.Cut != want.cut {
			t.Errorf("%s: %d %v", text, len(e.Occurrences), e.Cut)
		}
	}
}

func FuzzRule(f *testing.F) {
	for _, text := range []string{"FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYDAY=-1FR;INTERVAL=4", "FREQ=MONTHLY;BYMONTHDAY=-31;UNTIL=20270101", "FREQ=WEEKLY;WKST=SU;BYDAY=TU,SU;COUNT=7"} {
		f.Add(text, int64(1798000000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		rule, err := Parse(text)
		if err != nil {
			return
		}
		start := time.Unix(unix%(1<<33), 0).UTC()
		e := Series{Start: start, Rule: rule}.Expand(time.UTC)
		for i, o := range e.Occurrences {
			if len(e.Occurrences) > MostOccurrences || o.Start.Before(start) || o.Start.After(start.AddDate(MostYears, 0, 0)) || i > 0 && !o.Start.After(e.Occurrences[i-1].Start) {
				t.Fatalf("%s from %s: %v", text, start, o)
			}
		}
	})
}
