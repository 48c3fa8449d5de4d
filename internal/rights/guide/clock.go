package guide

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// On is a day as of which a guide is walked, and the calendar by which its terms end.
type On struct {
	Day      time.Time
	Calendar civic.Calendar
}

// When is a deadline as it is for somebody, with all that it was computed from.
type When struct {
	ID      string
	Start   time.Time // its day is day 0
	Version Version
	Law     Law
	Plain   time.Time // of months and years: the day on which the term ends before days off are looked at
	civic.Due
}

// Deadlines are the outcome's, computed as of a date by the city's calendar. One whose question was skipped is left out.
func (g *Guide) DeadlinesOf(o *Outcome, a Answers, on On) (out []When) {
	for _, id := range o.Deadlines {
		if w, ok := g.when(id, a, on); ok {
			out = append(out, w)
		}
	}
	return out
}

// Passed reports whether the last day is over on a day.
func (w When) Passed(day time.Time) bool { return w.Date < day.Format(time.DateOnly) }

func (g *Guide) when(id string, a Answers, on On) (When, bool) {
	asOf, cal := on.Day, on.Calendar
	d := g.deadlines[id]
	v, ok := g.terms[d.Term].At(asOf)
	if !ok {
		return When{}, false
	}
	start := asOf
	if d.From != "today" {
		given := a[d.From]
		if len(given) == 0 {
			return When{}, false
		}
		if start, ok = parseDay(given[0]); !ok {
			return When{}, false
		}
	}
	zone := cal.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, day := start.Date()
	w := When{ID: id, Start: time.Date(y, m, day, 12, 0, 0, 0, zone), Version: v, Law: *g.laws[v.Law]}
	if d.Before {
		w.Due = back(cal, w.Start, v)
		return w, true
	}
	term := civic.Term{Days: v.Count, Working: v.Unit == WorkingDays}
	switch v.Unit {
	case Months:
		w.Plain = addMonths(w.Start, v.Count)
	case Years:
		w.Plain = addMonths(w.Start, 12*v.Count)
	}
	if !w.Plain.IsZero() {
		term.Days = int(dayNumber(w.Plain) - dayNumber(w.Start))
	}
	w.Due = cal.Due(civic.Deadline{Start: w.Start, Term: term})
	return w, true
}

// back counts back from a day: the last one that lies so many days, or months, before it.
func back(cal civic.Calendar, start time.Time, v Version) (due civic.Due) {
	day := start
	if v.Unit == Months || v.Unit == Years {
		day = addMonths(start, -v.Count*map[Unit]int{Months: 1, Years: 12}[v.Unit])
	}
	for (v.Unit == Days || v.Unit == WorkingDays) && due.Counted < v.Count {
		day = day.AddDate(0, 0, -1)
		if date := day.Format(time.DateOnly); v.Unit == Days || cal.Working(day) {
			due.Counted++
		} else if off, known := cal.Days[date]; known {
			due.Skipped = append(due.Skipped, civic.Skipped{Date: date, Reason: civic.DayOff, Day: off})
		} else {
			due.Skipped = append(due.Skipped, civic.Skipped{Date: date, Reason: civic.Weekend})
		}
	}
	slices.Reverse(due.Skipped)
	due.Date, due.End = day.Format(time.DateOnly), cal.Add(day, 0)
	return due
}

// addMonths is the same day of a later month, or its last day when it has no such day (Civil Code, article 192).
func addMonths(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	last := time.Date(y, m+time.Month(n+1), 0, 12, 0, 0, 0, t.Location())
	return last.AddDate(0, 0, min(d, last.Day())-last.Day())
}

// Amount is a figure as it is for somebody: tiyn when it is Money.
type Amount struct {
	ID    string
	Money bool
	N     int64
}

// Amounts are the outcome's figures; one that an answer is missing for is left out.
func (g *Guide) Amounts(o *Outcome, a Answers, visited []string, on On) (out []Amount) {
	for _, id := range o.Figures {
		v, unmet := g.compute(g.figures[id].Formula, a, visited, on)
		if unmet == "" && !v.unknown {
			out = append(out, Amount{id, v.sort == isMoney, v.n})
		}
	}
	return out
}

// Says lists the paragraphs that stand in the letter for these answers.
func (g *Guide) Says(l *Letter, a Answers, visited []string, on On) (out []string) {
	for _, p := range l.Parts {
		if v, unmet := g.compute(p.When, a, visited, on); unmet == "" && v.n == 1 {
			out = append(out, p.ID)
		}
	}
	return out
}

// Changes reports whether the guide says something else on one day than on another.
func (g *Guide) Changes(from, to time.Time) bool {
	return slices.ContainsFunc(g.Boundaries(from), func(d time.Time) bool { return d.After(from) && !d.After(to) })
}
