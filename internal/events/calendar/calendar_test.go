package calendar

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/events/recurrence"
)

func almaty(t testing.TB) *time.Location {
	city, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	return city
}

func read(t testing.TB, text string) (*File, error) {
	return Read(strings.NewReader(text), int64(len(text)), almaty(t))
}

// said is everything that is wrong in a file: the line, the field and the code of each.
func said(f *File, err error) (list []string) {
	var refused *Error
	if errors.As(err, &refused) {
		return []string{fmt.Sprint(refused.Line, " ", refused.Code)}
	}
	if err != nil {
		return []string{err.Error()}
	}
	problems := slices.Clone(f.Problems)
	for _, e := range f.Events {
		problems = append(problems, e.Problems...)
	}
	for _, p := range problems {
		list = append(list, strings.Join(strings.Fields(fmt.Sprint(p.Line, " ", p.Field, " ", p.Code)), " "))
	}
	return list
}

// Every file that other libraries stumbled over is read: each event of it is there, with times or with what is wrong, or the whole
// file is refused with a line. What the files below have wrong was read off them by eye.
func TestSharedFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(citytest.Shared(t, "icalendar", "empty.ics")), "*.ics"))
	if err != nil || len(files) != 116 {
		t.Fatal(len(files), err)
	}
	pinned := map[string]string{
		"big_bad_calendar.ics":                            "1 not_closed",
		"small_bad_calendar.ics":                          "1 not_closed",
		"fuzz_testcase_0_char_in_component_name.ics":      "1 not_text",
		"fuzz_testcase_invalid_month.ics":                 "1 not_closed",
		"fuzz_testcase_vtimezone_lone_cr.ics":             "1 no_calendar",
		"timezone_same_start_and_offset.ics":              "23 closed_other",
		"broken_dtstart.ics":                              "4 SUMMARY missing, 6 DTSTART bad_time",
		"broken_ical.ics":                                 "4 bad_line, 2 DTSTART missing",
		"invalid_duration.ics":                            "8 DURATION bad_length",
		"issue_104_broken_calendar.ics":                   "13 bad_line, 4 UID missing",
		"issue_1081_invalid_rrule_freq.ics":               "7 RRULE rule_no_frequency",
		"issue_1231_recurrence.ics":                       "7 RECURRENCE-ID no_series",
		"issue_351_whitespace_in_property_and_params.ics": "4 bad_line",
		"period_with_timezone.ics":                        "28 RRULE rule_not_together, 27 RDATE period",
		"issue_348_exception_parsing_value.ics":           "",
		"issue_218_bad_tzid.ics":                          "",
		"x_location.ics":                                  "27 RRULE cut",
	}
	for _, path := range files {
		name := filepath.Base(path)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := read(t, string(raw))
		if want, ok := pinned[name]; ok && strings.Join(said(f, err), ", ") != want {
			t.Errorf("%s: %v", name, said(f, err))
		}
		var refused *Error
		if err != nil {
			if !errors.As(err, &refused) || refused.Line < 1 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		want := strings.Count(string(raw), "BEGIN:VEVENT")
		if name == "rfc_7265_appendix_example_2_ical.ics" { // one of the two is a change of the other
			want--
		}
		if len(f.Events) != want {
			t.Errorf("%s: %d of %d events", name, len(f.Events), want)
		}
		whole(t, f)
	}
}

// whole says what is true of everything that was read.
func whole(t testing.TB, f *File) {
	t.Helper()
	for _, e := range f.Events {
		if e.Fit() != (len(e.Occurrences) > 0) && !slices.ContainsFunc(e.Problems, func(p Problem) bool { return p.Code == NotInSeries }) || len(e.Occurrences) > recurrence.MostOccurrences {
			t.Errorf("%q: %d times, %v", e.UID, len(e.Occurrences), e.Problems)
		}
		for _, p := range e.Problems {
			if p.Line < 1 || !slices.Contains(Codes(), p.Code) {
				t.Errorf("%q: %+v", e.UID, p)
			}
		}
	}
}

func calendarOf(lines ...string) string {
	return "BEGIN:VCALENDAR\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n"
}

func eventOf(lines ...string) string {
	return calendarOf("BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Сенбілік\\, бірге\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT")
}

func timesOf(e Event) (list []string) {
	for _, o := range e.Occurrences {
		text := o.Start.Format("2006-01-02 15:04 -0700") + o.End.Format(" 01-02 15:04")
		if o.Cancelled {
			text += " off"
		}
		list = append(list, text)
	}
	return list
}

// Zones, whole days, additions, exceptions and changes end up in the city's time.
func TestTimes(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{eventOf("DTSTART:20261205T100000", "DURATION:PT1H30M"), []string{"2026-12-05 10:00 +0500 12-05 11:30"}},
		{eventOf("DTSTART:20261205T100000Z", "DTEND;TZID=Europe/Berlin:20261205T120000"), []string{"2026-12-05 15:00 +0500 12-05 16:00"}},
		{eventOf("DTSTART;TZID=\"/example.org/x/Europe/Berlin\":20261205T100000"), []string{"2026-12-05 14:00 +0500 12-05 14:00"}},
		{eventOf("DTSTART;VALUE=DATE:20261216", "DTEND;VALUE=DATE:20261218"), []string{"2026-12-16 00:00 +0500 12-18 00:00"}},
		{eventOf("DTSTART;VALUE=DATE:20261216", "RRULE:FREQ=DAILY;UNTIL=20261218", "EXDATE;VALUE=DATE:20261217"), []string{"2026-12-16 00:00 +0500 12-17 00:00", "2026-12-18 00:00 +0500 12-19 00:00"}},
		{eventOf("DTST", " ART:20261205T", "\t100000", "RRULE:FREQ=DAILY;UNTIL=20261206T100000Z"), []string{"2026-12-05 10:00 +0500 12-05 10:00", "2026-12-06 10:00 +0500 12-06 10:00"}},
		// The end of a rule is compared by its digits where the start has no zone, and as a moment where it has one.
		{eventOf("DTSTART:20261205T100000", "RRULE:FREQ=DAILY;UNTIL=20261206T060000Z"), []string{"2026-12-05 10:00 +0500 12-05 10:00"}},
		{eventOf("DTSTART;TZID=Asia/Almaty:20261205T100000", "RRULE:FREQ=DAILY;UNTIL=20261206T060000Z"), []string{"2026-12-05 10:00 +0500 12-05 10:00", "2026-12-06 10:00 +0500 12-06 10:00"}},
		{eventOf("DTSTART;TZID=Work:20261205T100000", "END:VEVENT", "BEGIN:VTIMEZONE", "TZID:Work", "BEGIN:STANDARD", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:b"),
			[]string{"2026-12-05 12:00 +0500 12-05 12:00"}},
		{eventOf("DTSTART:20261201T130000Z", "RRULE:FREQ=WEEKLY;COUNT=3", "RDATE:20261202T130000Z", "END:VEVENT", "BEGIN:VEVENT", "UID:a", "RECURRENCE-ID:20261208T130000Z", "DTSTART:20261209T130000Z",
			"END:VEVENT", "BEGIN:VEVENT", "UID:a", "RECURRENCE-ID:20261215T130000Z", "DTSTART:20261215T130000Z", "STATUS:CANCELLED"),
			[]string{"2026-12-01 18:00 +0500 12-01 18:00", "2026-12-02 18:00 +0500 12-02 18:00", "2026-12-09 18:00 +0500 12-09 18:00", "2026-12-15 18:00 +0500 12-15 18:00 off"}},
	} {
		f, err := read(t, c.text)
		if err != nil || len(f.Events) == 0 || !slices.Equal(timesOf(f.Events[0]), c.want) || f.Events[0].Title != "Сенбілік, бірге" || f.Events[0].Cancelled {
			t.Errorf("%s\n%+v %v", c.text, f, err)
		}
	}
}

// What is wrong is told with its line, and what is hostile ends at a bound.
func TestWrong(t *testing.T) {
	for text, want := range map[string]string{
		eventOf("DTSTART:20261305T100000"):                                               "5 DTSTART bad_time",
		eventOf("DTSTART:18991231T100000"):                                               "5 DTSTART bad_time",
		eventOf("DTSTART;TZID=Local:20261205T100000"):                                    "5 DTSTART unknown_zone",
		eventOf("DTSTART;TZID=../../etc/passwd:20261205T100000"):                         "5 DTSTART unknown_zone",
		eventOf("DTSTART:20261205T100000", "DTEND:20261204T100000"):                      "6 DTEND ends_before",
		eventOf("DTSTART:20261205T100000", "DTEND:20291204T100000"):                      "6 DTEND lasts_too_long",
		eventOf("DTSTART:20261205T100000", "DTEND:20261206"):                             "6 DTEND mixed_days",
		eventOf("DTSTART:20261205T100000", "DURATION:P"):                                 "6 DURATION bad_length",
		eventOf("DTSTART:20261205T100000", "SEQUENCE:-1"):                                "6 SEQUENCE bad_number",
		eventOf("DTSTART:20261205T100000", "EXDATE:20261205T100000"):                     "2 no_times",
		eventOf("DTSTART:20261205T100000", "RDATE:1"+strings.Repeat(",1", mostTimes)):    "6 RDATE too_many",
		eventOf("DTSTART:20261205T100000", "X-A:\x1b[2J"):                                "6 bad_line",
		eventOf("DTSTART:20261205T100000", "LOCATION:"+strings.Repeat("x", mostTitle+1)): "6 LOCATION too_long",
		eventOf("DTSTART:20261205T100000", "RRULE:FREQ=WEEKLY;COUNT=2", "END:VEVENT", "BEGIN:VEVENT", "UID:a", "RECURRENCE-ID:20261206T100000", "DTSTART:20261207T100000"): "10 RECURRENCE-ID not_in_series",
		eventOf("DTSTART:20261205T100000", "END:VEVENT", "BEGIN:VEVENT", "UID:a", "SUMMARY:b", "DTSTART:20261207T100000"):                                                  "7 UID twice",
		eventOf("X-A:" + strings.Repeat("x", mostLineBytes)):                   "5 too_long",
		eventOf(strings.Repeat("X-A:x\r\n", mostProperties)):                   "1003 too_many",
		strings.Repeat("BEGIN:VCALENDAR\n", mostDepth+1):                       "5 too_deep",
		calendarOf(strings.Repeat("BEGIN:VEVENT\nEND:VEVENT\n", MostEvents+1)): "10002 too_many_events",
		calendarOf(daily(201)):                                                 "1202 too_many_times",
		"BEGIN:VCALENDAR\nSUMMARY:\xff\nEND:VCALENDAR":                         "1 not_text",
		"BEGIN:VCALENDAR\nEND:VEVENT":                                          "2 closed_other",
		strings.Repeat("x", MostBytes+1):                                       "0 too_large",
		"name,when\nA,B\n":                                                     "1 no_calendar",
	} {
		if f, err := read(t, text); strings.Join(said(f, err), ", ") != want {
			t.Errorf("%.200q: %v, want %s", text, said(f, err), want)
		}
	}
}

// daily is many events, each of which takes place as often as is let.
func daily(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "BEGIN:VEVENT\nUID:%d\nSUMMARY:A\nDTSTART:20261205T100000\nRRULE:FREQ=DAILY\nEND:VEVENT\n", i)
	}
	return text.String()
}

// A file cannot make the reader look for zones without end.
func TestZonesAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range mostZones {
		fmt.Fprintf(&text, "RDATE;TZID=Zone%d:20261205T100000\r\n", i)
	}
	f, err := read(t, eventOf("DTSTART:20261205T100000\r\n"+text.String()+"RDATE;TZID=Europe/Berlin:20261205T100000"))
	if err != nil || len(f.Events[0].Problems) != mostProblems || f.Events[0].Fit() {
		t.Error(f, err)
	}
	z := zonesOf(nil, time.UTC)
	for i := range mostZones + 1 {
		z.named(fmt.Sprint("Zone", i))
	}
	if len(z.found) != mostZones || z.named("Europe/Berlin") != nil {
		t.Error(len(z.found))
	}
}

// A table is held to the same rules, and its columns are named as it names them.
func TestTable(t *testing.T) {
	text := "title,start,end,place,rule,except\nСубботник,05.12.2026 10:00,2026-12-05T12:00,Парк,FREQ=WEEKLY;COUNT=3,2026-12-12 10:00\nБаз,завтра,,,,\n"
	f, err := read(t, text)
	if err != nil || len(f.Events) != 2 {
		t.Fatal(f, err)
	}
	want := []string{"2026-12-05 10:00 +0500 12-05 12:00", "2026-12-19 10:00 +0500 12-19 12:00"}
	if e := f.Events[0]; !slices.Equal(timesOf(e), want) || e.Place != "Парк" || !strings.HasPrefix(e.UID, "row-") {
		t.Errorf("%+v", e)
	}
	if got := said(f, nil); !slices.Equal(got, []string{"3 start bad_time"}) {
		t.Error(got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(eventOf("DTSTART;TZID=Europe/Berlin:20261205T100000", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20261212T090000Z"))
	f.Add(eventOf("DTSTART;VALUE=DATE:20261205", "DURATION:P2W", "RDATE:20261207"))
	f.Add("title,start\nA,2026-12-05\n")
	f.Add("BEGIN:\x00")
	f.Fuzz(func(t *testing.T, text string) {
		if file, err := read(t, text); err == nil {
			whole(t, file)
		}
	})
}
