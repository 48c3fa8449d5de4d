package civic

import "time"

// Term is how long somebody has.
type Term struct {
	Days    int // 0 to MaxTerm
	Working bool
}

// MaxTerm bounds a term and all its extensions together, in days: ten years.
const MaxTerm = 3660

// Deadline is what a due date is computed from. Only the dates of its instants count, in the
// calendar's zone.
type Deadline struct {
	Start      time.Time // its date is day 0, also when it is a day off
	Term       Term
	Pauses     []Pause // the earliest first
	Extensions []Extension
}

// Pause is a time that does not count, from its first day to the day on which the clock goes
// on. That day is day 0 of the rest.
type Pause struct {
	From, To time.Time // To is zero while it lasts
	Why      Text
}

// Extension adds days of the term's sort.
type Extension struct {
	Days int
	Why  Text
	Told time.Time // when those who wait were told
}

// Total is the term with all its extensions, at most MaxTerm days.
func (d Deadline) Total() Term {
	total := d.Term
	for _, e := range d.Extensions {
		total.Days += e.Days
	}
	total.Days = min(total.Days, MaxTerm)
	return total
}

// Paused reports whether the clock stands still.
func (d Deadline) Paused() bool {
	n := len(d.Pauses)
	return n > 0 && d.Pauses[n-1].To.IsZero()
}

// Reason says why a date did not count.
type Reason string

// The reasons.
const (
	Weekend Reason = "weekend"
	DayOff  Reason = "day_off" // Skipped.Day says which
	Waiting Reason = "waiting" // the clock was paused
)

// Skipped is a date that did not count, or on which a term cannot end.
type Skipped struct {
	Date   string // "2026-03-09"
	Reason Reason
	Day    Day  // of a day off
	Why    Text // of a pause
}

// Due is a due date with its whole calculation, so that anybody can repeat it.
type Due struct {
	Date    string    // "2026-03-31"; "" while the clock is paused
	End     time.Time // the last second of that date; zero while the clock is paused
	Counted int       // days that have counted
	Skipped []Skipped // the earliest first
}

// Due computes when the clock runs out. A term in working days ends on the last of that many
// working days after the start; one in calendar days ends that many days after it, or on the
// next working day when that is none. Paused days do not count.
func (c Calendar) Due(deadline Deadline) Due {
	total := deadline.Total()
	var d Due
	date := c.date(deadline.Start)
	for d.Counted < total.Days {
		date = date.Add(wholeDay)
		pause, paused := c.pausedOn(date, deadline.Pauses)
		switch {
		case paused && pause.To.IsZero():
			return d
		case paused:
			d.Skipped = append(d.Skipped, Skipped{Date: date.Format(time.DateOnly), Reason: Waiting, Why: pause.Why})
		case total.Working && !c.working(date):
			d.Skipped = append(d.Skipped, c.skipped(date))
		default:
			d.Counted++
		}
	}
	for !total.Working && !c.working(date) {
		d.Skipped = append(d.Skipped, c.skipped(date))
		date = date.Add(wholeDay)
	}
	d.Date, d.End = date.Format(time.DateOnly), c.end(date)
	return d
}

// pausedOn finds the pause to which a date belongs.
func (c Calendar) pausedOn(date time.Time, pauses []Pause) (Pause, bool) {
	for _, p := range pauses {
		if !date.Before(c.date(p.From)) && (p.To.IsZero() || !date.After(c.date(p.To))) {
			return p, true
		}
	}
	return Pause{}, false
}

func (c Calendar) skipped(date time.Time) Skipped {
	s := Skipped{Date: date.Format(time.DateOnly), Reason: Weekend}
	if day, unusual := c.Days[s.Date]; unusual {
		s.Reason, s.Day = DayOff, day
	}
	return s
}
