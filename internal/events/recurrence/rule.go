// Package recurrence tells on which days something comes again: a subset of the RRULE of RFC 5545, small enough that every
// calendar program agrees on it. What is outside of the subset is refused with a code, and never expanded wrongly.
package recurrence

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Code says why a rule is refused, for others to put into words.
type Code string

const (
	NoFrequency    Code = "rule_no_frequency"   // FREQ is missing, or finer than a day
	UnknownPart    Code = "rule_unknown_part"   // a part that is not of the subset, such as BYSETPOS
	PartTwice      Code = "rule_part_twice"     // the same part is there twice
	BadValue       Code = "rule_bad_value"      // a part's value cannot be read, or is beyond its bounds
	NotTogether    Code = "rule_not_together"   // parts that are not of the subset in this combination
	CountAndUntil  Code = "rule_count_and_till" // both COUNT and UNTIL
	mostInterval        = 1000
	mostCount           = 100_000
	mostListed          = 100 // values in one list
	mostRuleLength      = 1000
)

// Codes lists every code, so that a test can ask for its words.
func Codes() []Code {
	return []Code{NoFrequency, UnknownPart, PartTwice, BadValue, NotTogether, CountAndUntil}
}

// Error is a refused rule.
type Error struct {
	Code  Code
	Value string // the part that is refused, as it stands
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %q", e.Code, e.Value) }

// Frequency is the length of the periods in which a rule comes again.
type Frequency string

const (
	Daily   Frequency = "DAILY"
	Weekly  Frequency = "WEEKLY"
	Monthly Frequency = "MONTHLY"
	Yearly  Frequency = "YEARLY"
)

// Day is a day of the week, in months counted from their beginning (1, 2, …) or their end (-1, -2, …); 0 is every one.
type Day struct {
	Nth     int
	Weekday time.Weekday
}

// Until is the last moment at which a rule may come, as it was written.
type Until struct {
	Written time.Time // its digits, as if they were UTC
	UTC     bool      // ends in Z
	DayOnly bool
}

// Rule is a rule of the subset: DAILY; WEEKLY with days; MONTHLY with days of the month or numbered days of the week; YEARLY with
// months and either of these.
type Rule struct {
	Frequency Frequency
	Interval  int
	Count     int // 0 is no count
	Until     *Until
	Days      []Day
	MonthDays []int // from the beginning, or negative from the end of the month
	Months    []time.Month
	WeekStart time.Weekday
}

var weekdays = map[string]time.Weekday{"MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday, "TH": time.Thursday, "FR": time.Friday,
	"SA": time.Saturday, "SU": time.Sunday}

// Parse reads the value of an RRULE. One semicolon too many at the end is let pass: calendars that are in use write it.
func Parse(text string) (*Rule, error) {
	if len(text) > mostRuleLength {
		return nil, &Error{BadValue, text[:20] + "…"}
	}
	r := &Rule{Interval: 1, WeekStart: time.Monday}
	seen := map[string]bool{}
	for _, part := range strings.Split(strings.TrimSuffix(strings.ToUpper(text), ";"), ";") {
		name, value, _ := strings.Cut(part, "=")
		if seen[name] {
			return nil, &Error{PartTwice, name}
		}
		seen[name] = true
		if err := r.set(name, value); err != nil {
			return nil, err
		}
	}
	return r, r.check(text)
}

func (r *Rule) set(name, value string) error {
	ok := true
	switch name {
	case "FREQ":
		r.Frequency = Frequency(value)
		if !slices.Contains([]Frequency{Daily, Weekly, Monthly, Yearly}, r.Frequency) {
			return &Error{NoFrequency, value}
		}
	case "INTERVAL":
		r.Interval, ok = number(value, 1, mostInterval)
	case "COUNT":
		r.Count, ok = number(value, 1, mostCount)
	case "UNTIL":
		r.Until, ok = until(value)
	case "WKST":
		r.WeekStart, ok = weekdays[value]
	case "BYDAY":
		r.Days, ok = list(value, day)
	case "BYMONTHDAY":
		r.MonthDays, ok = list(value, func(s string) (int, bool) {
			n, ok := number(s, -31, 31)
			return n, ok && n != 0
		})
	case "BYMONTH":
		r.Months, ok = list(value, func(s string) (time.Month, bool) {
			n, ok := number(s, 1, 12)
			return time.Month(n), ok
		})
	default:
		return &Error{UnknownPart, name}
	}
	if !ok {
		return &Error{BadValue, name + "=" + value}
	}
	return nil
}

// check refuses what is no rule of the subset, although each of its parts can be read.
func (r *Rule) check(text string) error {
	numbered := slices.ContainsFunc(r.Days, func(d Day) bool { return d.Nth != 0 })
	plain := slices.ContainsFunc(r.Days, func(d Day) bool { return d.Nth == 0 })
	var fits bool
	switch r.Frequency {
	case "":
		return &Error{NoFrequency, text}
	case Daily:
		fits = r.Days == nil && r.MonthDays == nil && r.Months == nil
	case Weekly:
		fits = !numbered && r.MonthDays == nil && r.Months == nil
	case Monthly:
		fits = !plain && r.Months == nil && (r.Days == nil || r.MonthDays == nil)
	case Yearly: // a month needs to be told which day, a day of which month
		fits = !plain && (r.Days == nil || r.MonthDays == nil) && (r.Months == nil) == (r.Days == nil && r.MonthDays == nil)
	}
	switch {
	case !fits:
		return &Error{NotTogether, text}
	case r.Count > 0 && r.Until != nil:
		return &Error{CountAndUntil, text}
	}
	return nil
}

func number(s string, least, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && least <= n && n <= most
}

func list[T any](text string, read func(string) (T, bool)) ([]T, bool) {
	items := strings.Split(text, ",")
	values := make([]T, 0, len(items))
	for _, item := range items {
		value, ok := read(strings.TrimSpace(item))
		if !ok || len(items) > mostListed {
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

func day(s string) (Day, bool) {
	if len(s) < 2 {
		return Day{}, false
	}
	weekday, ok := weekdays[s[len(s)-2:]]
	d := Day{Weekday: weekday}
	if nth := s[:len(s)-2]; ok && nth != "" {
		d.Nth, ok = number(nth, -5, 5) // a month has no sixth Monday
		ok = ok && d.Nth != 0
	}
	return d, ok
}

func until(s string) (*Until, bool) {
	if t, err := time.Parse("20060102", s); err == nil {
		return &Until{Written: t, DayOnly: true}, true
	}
	digits, utc := strings.CutSuffix(s, "Z")
	t, err := time.Parse("20060102T150405", digits)
	return &Until{Written: t, UTC: utc}, err == nil
}
