package city

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Day is a date for which the city says something else than the calendar of its jurisdiction: a
// day off, or a working day.
type Day struct {
	Date    string // "2026-03-23"
	Working bool
	Name    string // as written, for readers of every language
	Source  string // the act that says so
}

// maxDays and maxDayText bound the list: in days, and in characters of a name or source.
const (
	maxDays    = 1000
	maxDayText = 200
)

// ParseDays reads one day a line, its source behind a semicolon: "2026-03-23 Наурыз; Заң, 3-бап" is a
// day off, "+2026-01-04 …" a working day. Of two lines for one day the last holds.
func ParseDays(text string) (days []Day, err error) {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		date, rest, _ := strings.Cut(line, " ")
		name, source, _ := strings.Cut(rest, ";")
		d := Day{Working: strings.HasPrefix(date, "+"), Date: strings.TrimPrefix(date, "+"), Name: strings.TrimSpace(name), Source: strings.TrimSpace(source)}
		if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
			return nil, civic.Wrong("days", "city.day_line", "Line", i+1)
		}
		if utf8.RuneCountInString(d.Name) > maxDayText || utf8.RuneCountInString(d.Source) > maxDayText {
			return nil, civic.Wrong("days", "city.day_long", "Line", i+1, "Count", maxDayText)
		}
		if unreadable(d.Name) || unreadable(d.Source) {
			return nil, civic.Wrong("days", "city.line_junk", "Line", i+1)
		}
		days = append(days, d)
	}
	slices.Reverse(days)
	slices.SortStableFunc(days, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	days = slices.CompactFunc(days, func(a, b Day) bool { return a.Date == b.Date })
	if len(days) > maxDays {
		return nil, civic.Wrong("days", "city.days_many", "Count", maxDays)
	}
	return days, nil
}

// FormatDays is the opposite of ParseDays.
func FormatDays(days []Day) string {
	var b strings.Builder
	for _, d := range days {
		if d.Working {
			b.WriteByte('+')
		}
		b.WriteString(strings.TrimSpace(d.Date + " " + d.Name))
		if d.Source != "" {
			b.WriteString("; " + d.Source)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// inCalendar is the day as calendars know it.
func (d Day) inCalendar() civic.Day {
	return civic.Day{Working: d.Working, Name: civic.Everywhere(d.Name), Source: civic.Everywhere(d.Source)}
}

// newDays are those of an imported calendar, from a date on, that the calendar does not know or
// knows otherwise.
func newDays(imported map[string]civic.Day, cal civic.Calendar, from string) (days []Day) {
	for date, day := range imported {
		at, err := time.ParseInLocation(time.DateOnly, date, cal.Zone)
		if err != nil || date < from || cal.Working(at) == day.Working {
			continue
		}
		days = append(days, Day{Date: date, Working: day.Working, Name: strings.ReplaceAll(day.Name[civic.Kazakh], ";", ",")})
	}
	slices.SortFunc(days, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	return days
}

// calendarDay is a day as the page of the calendar lists it.
type calendarDay struct {
	Date time.Time
	civic.Day
}

// calendarOf lists what differs from the week in a year, the earliest first.
func (s *Service) calendarOf(year int) (days []calendarDay) {
	now := s.Current()
	for date := time.Date(year, 1, 1, 0, 0, 0, 0, s.zone); date.Year() == year; date = date.AddDate(0, 0, 1) {
		name := date.Format(time.DateOnly)
		if day, unusual := now.Calendar.Days[name]; unusual {
			days = append(days, calendarDay{date, day})
		}
	}
	return days
}
