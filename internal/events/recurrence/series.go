package recurrence

import (
	"slices"
	"time"
)

// A series is expanded to at most this many occurrences, and to at most this many years after its start. Beyond that a calendar
// cannot be trusted anyway, and a hostile one would cost without end.
const (
	MostOccurrences = 500
	MostYears       = 3
)

// Series is an event with everything that makes it come again.
type Series struct {
	Start    time.Time
	Length   time.Duration // of one occurrence
	Days     int           // of one occurrence, where it has days and no hours; Length is then ignored
	Floating bool          // written without a zone
	Rule     *Rule         // nil: only Start, and Also
	Also     []time.Time   // RDATE
	Except   []time.Time   // EXDATE
	Changes  []Change      // RECURRENCE-ID
}

// Change is what was decided for one occurrence alone.
type Change struct {
	Of         time.Time // when the occurrence would have been
	Start, End time.Time
	Cancelled  bool
}

// Occurrence is one time at which an event takes place, or was to.
type Occurrence struct {
	Of         time.Time // its place in the series; where nothing was changed, its start
	Start, End time.Time
	Changed    bool
	Cancelled  bool
}

// Expansion is a series in a city's time.
type Expansion struct {
	Occurrences []Occurrence
	Cut         bool     // there are more, beyond the bounds
	Unmatched   []Change // changes of occurrences that the series does not have
}

// Expand lists the occurrences by their start. A change of one never touches the others.
func (s Series) Expand(city *time.Location) Expansion {
	times, cut := s.times()
	e := Expansion{Cut: cut}
	place := map[int64]int{}
	for _, t := range times {
		place[t.Unix()] = len(e.Occurrences)
		e.Occurrences = append(e.Occurrences, Occurrence{Of: t.In(city), Start: t.In(city), End: s.end(t).In(city)})
	}
	for _, c := range s.Changes {
		i, ok := place[c.Of.Unix()]
		if !ok {
			e.Unmatched = append(e.Unmatched, c)
			continue
		}
		o := &e.Occurrences[i]
		o.Start, o.End, o.Changed, o.Cancelled = c.Start.In(city), c.End.In(city), true, c.Cancelled
	}
	slices.SortStableFunc(e.Occurrences, func(a, b Occurrence) int { return a.Start.Compare(b.Start) })
	return e
}

func (s Series) end(t time.Time) time.Time {
	if s.Days > 0 {
		return t.AddDate(0, 0, s.Days)
	}
	return t.Add(s.Length)
}

// times are the moments of the series before changes, each once, within the bounds.
func (s Series) times() (times []time.Time, cut bool) {
	except := map[int64]bool{}
	for _, t := range s.Except {
		except[t.Unix()] = true
	}
	horizon := s.Start.AddDate(MostYears, 0, 0)
	take := func(t time.Time) {
		switch {
		case t.After(horizon):
			cut = true
		case !except[t.Unix()]:
			times = append(times, t)
		}
	}
	for _, t := range s.Also {
		take(t)
	}
	if s.Rule == nil {
		take(s.Start)
	} else {
		// One more than fits, so that a rule which ends exactly at a bound is told from one that goes on.
		most := len(times) + MostOccurrences + 1
		for t := range s.Rule.Times(s.Start, s.Floating, horizon.AddDate(s.Rule.years(), 0, 0)) {
			if take(t); cut || len(times) == most {
				break
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	times = slices.CompactFunc(times, time.Time.Equal)
	if len(times) > MostOccurrences {
		return times[:MostOccurrences], true
	}
	return times, cut
}

// years is how far one has to look beyond a bound to see whether a rule goes on. A rule for 29 February may rest for eight years.
func (r *Rule) years() int {
	if r.Frequency == Yearly {
		return 8 * r.Interval
	}
	return 1 + r.Interval
}
