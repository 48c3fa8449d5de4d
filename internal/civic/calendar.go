package civic

import "time"

// Calendar counts working days: Monday to Friday, save the dates for which Days says otherwise.
// Days are dates in Zone. The zero value knows no holidays and counts in UTC.
type Calendar struct {
	Zone *time.Location
	Days map[string]Day // "2026-03-23" → a day off, "2026-01-04" → a working Sunday
}

// Day says that a date is a working day, or is none, whatever its weekday, and why.
type Day struct {
	Working bool
	Name    Text // what day it is: "Nauryz"
	Source  Text // the act that says so; empty when nobody named one
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Working reports whether the date of t in the calendar's zone is a working day.
func (c Calendar) Working(t time.Time) bool { return c.working(c.date(t)) }

func (c Calendar) working(date time.Time) bool {
	if len(c.Days) > 0 {
		var name [len(time.DateOnly)]byte
		if day, unusual := c.Days[string(date.AppendFormat(name[:0], time.DateOnly))]; unusual {
			return day.Working
		}
	}
	return date.Weekday() != time.Saturday && date.Weekday() != time.Sunday
}

// Between counts the working days after the date of from up to and including the date of
// to; it is negative when to comes before from. A deadline on the same day is 0 away.
func (c Calendar) Between(from, to time.Time) int {
	a, b, sign := c.date(from), c.date(to), 1
	if b.Before(a) {
		a, b, sign = b, a, -1
	}
	n := 0
	for a.Before(b) {
		a = a.Add(wholeDay)
		if c.working(a) {
			n++
		}
	}
	return sign * n
}

// Add returns the end (the last second) of the n-th working day after the date of from, in
// the calendar's zone. n is at least 0; 0 is the end of that very day.
func (c Calendar) Add(from time.Time, n int) time.Time {
	date := c.date(from)
	for n > 0 {
		date = date.Add(wholeDay)
		if c.working(date) {
			n--
		}
	}
	return c.end(date)
}

// date is the date of t in the calendar's zone as an instant of UTC, where every day is as long:
// pages count thousands of days.
func (c Calendar) date(t time.Time) time.Time {
	y, m, d := t.In(c.zone()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// end is the last second of a date in the calendar's zone.
func (c Calendar) end(date time.Time) time.Time {
	y, m, d := date.Date()
	return EndOf(time.Date(y, m, d, 0, 0, 0, 0, c.zone()))
}

// EndOf is the last second of a day in its own zone: what is due on the day is in time until then, and readers are told the day itself.
func EndOf(day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, day.Location()).Add(-time.Second)
}

const wholeDay = 24 * time.Hour
