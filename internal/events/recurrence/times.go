package recurrence

import (
	"iter"
	"slices"
	"time"
)

// Times gives the moments of a rule in their order, at the time of day and in the zone of start, until the horizon at the latest.
// A start that the rule itself does not give is not among them; a day that a month lacks is skipped, not moved. Floating says that
// start was written without a zone: then a rule's last moment is compared by its digits, whether or not they end in Z.
func (r *Rule) Times(start time.Time, floating bool, horizon time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		given := 0
		for n := 0; ; n++ {
			from, days := r.period(start, n)
			if from.After(horizon.AddDate(0, 0, 1)) { // a period begins at midnight of UTC, up to a day later than in the zone of start
				return
			}
			for _, day := range days {
				t := at(day, start)
				switch {
				case t.Before(start):
					continue
				case t.After(horizon) || r.past(t, floating) || !yield(t):
					return
				}
				if given++; given == r.Count {
					return
				}
			}
		}
	}
}

// at is a day at the time of day of start.
func at(day, start time.Time) time.Time {
	hour, minute, second := start.Clock()
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, 0, start.Location())
}

func (r *Rule) past(t time.Time, floating bool) bool {
	u := r.Until
	if u == nil {
		return false
	}
	written := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	switch {
	case u.DayOnly:
		return written.Truncate(24 * time.Hour).After(u.Written)
	case u.UTC && !floating:
		return t.After(u.Written)
	}
	return written.After(u.Written)
}

// period is the beginning of the n-th period, and the days in it, in order and each once.
func (r *Rule) period(start time.Time, n int) (from time.Time, days []time.Time) {
	year, month, day := start.Date()
	step := n * r.Interval
	switch r.Frequency {
	case Daily:
		from = date(year, month, day+step)
		return from, []time.Time{from}
	case Weekly:
		since := (int(start.Weekday()) - int(r.WeekStart) + 7) % 7
		from = date(year, month, day-since+7*step)
		return from, r.inWeek(from, start.Weekday())
	case Monthly:
		from = date(year, month+time.Month(step), 1)
		return from, r.inMonth(from, day)
	}
	from = date(year+step, time.January, 1)
	months := r.Months
	if months == nil {
		months = []time.Month{month}
	}
	for _, m := range months {
		days = append(days, r.inMonth(date(year+step, m, 1), day)...)
	}
	return from, inOrder(days)
}

func (r *Rule) inWeek(from time.Time, otherwise time.Weekday) (days []time.Time) {
	wanted := r.Days
	if wanted == nil {
		wanted = []Day{{Weekday: otherwise}}
	}
	for i := range 7 {
		day := from.AddDate(0, 0, i)
		if slices.Contains(wanted, Day{Weekday: day.Weekday()}) {
			days = append(days, day)
		}
	}
	return days
}

// inMonth lists the days of the month that begins at first; where the rule names none, the day of the start.
func (r *Rule) inMonth(first time.Time, otherwise int) (days []time.Time) {
	last := first.AddDate(0, 1, -1).Day()
	add := func(day int) {
		if 1 <= day && day <= last {
			days = append(days, first.AddDate(0, 0, day-1))
		}
	}
	for _, d := range r.Days {
		begins := 1 + (int(d.Weekday)-int(first.Weekday())+7)%7
		if d.Nth > 0 {
			add(begins + 7*(d.Nth-1))
		} else {
			ends := begins + (last-begins)/7*7
			add(ends + 7*(d.Nth+1))
		}
	}
	for _, day := range r.MonthDays {
		if day < 0 {
			day += last + 1
		}
		add(day)
	}
	if r.Days == nil && r.MonthDays == nil {
		add(otherwise)
	}
	return inOrder(days)
}

func inOrder(days []time.Time) []time.Time {
	slices.SortFunc(days, time.Time.Compare)
	return slices.CompactFunc(days, time.Time.Equal)
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
