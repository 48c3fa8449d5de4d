package civic

import "time"

// Calendar counts working days: Monday to Friday less Holidays, plus the Saturdays and
// Sundays that a government order turned into working days. Days are dates in Zone.
// The zero value knows no holidays and counts in UTC.
type Calendar struct {
	Zone     *time.Location
	Holidays map[string]bool // "2026-03-22" → a day off
	Workdays map[string]bool // "2026-01-04" → a working day in spite of the weekend
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Working reports whether the date of t in the calendar's zone is a working day.
func (c Calendar) Working(t time.Time) bool {
	t = t.In(c.zone())
	if t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		return len(c.Workdays) > 0 && c.Workdays[t.Format(time.DateOnly)]
	}
	return len(c.Holidays) == 0 || !c.Holidays[t.Format(time.DateOnly)]
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
		a = a.AddDate(0, 0, 1)
		if c.Working(a) {
			n++
		}
	}
	return sign * n
}

// Add returns the end (the last second) of the n-th working day after the date of from, in
// the calendar's zone. n is at least 0; 0 is the end of that very day.
func (c Calendar) Add(from time.Time, n int) time.Time {
	d := c.date(from)
	for n > 0 {
		d = d.AddDate(0, 0, 1)
		if c.Working(d) {
			n--
		}
	}
	return d.AddDate(0, 0, 1).Add(-time.Second)
}

func (c Calendar) date(t time.Time) time.Time {
	y, m, d := t.In(c.zone()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, c.zone())
}
