package threesixty

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Order is how a day is written that is not written as the standard says.
type Order string

// The orders.
const (
	Unsure     Order = ""
	DayFirst   Order = "day-first"
	MonthFirst Order = "month-first"
)

// Dates is what is known of the dates of a file that are not written as the standard says.
type Dates struct {
	Order       Order `json:"order"`
	FromFile    bool  `json:"from_file"`   // the file confirms it: some date can be read in this order alone, and none in the other alone
	Read        int   `json:"read"`        // dates that were understood in this order
	Ambiguous   int   `json:"ambiguous"`   // dates that are in the file as they were, because the order is not sure
	Contradicts bool  `json:"contradicts"` // some date can be read in one order alone, and some in the other alone
}

// written is 24/07/2014, 24.07.2014 or 24-07-2014, also with a time.
var written = regexp.MustCompile(`^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?$`)

// iso begins as the standard's dates do.
var iso = regexp.MustCompile(`^([0-9]{4})-(0[1-9]|1[012])-[0-9]{2}`)

// evidence is whether a date was seen that can be read in one order alone.
type evidence struct{ dayFirst, monthFirst bool }

// look looks at the dates of a grant.
func (s *Standard) look(value any, e *evidence) {
	row, _ := value.(Row)
	for _, f := range s.fields {
		if f.sort != date {
			continue
		}
		f.visit(row, func(_ string, in Row, name string) {
			said, _ := in[name].(string)
			if m := written.FindStringSubmatch(said); m != nil {
				e.dayFirst = e.dayFirst || whole(m[1]) > 12
				e.monthFirst = e.monthFirst || whole(m[2]) > 12
			}
		})
	}
}

// order is in which order the days of a file are written: as the caller knows it, else as the file itself confirms it.
func (e evidence) order(asked Order) (d Dates) {
	d.Contradicts = e.dayFirst && e.monthFirst
	switch {
	case asked != Unsure:
		d.Order = asked
	case e.dayFirst && !e.monthFirst:
		d.Order, d.FromFile = DayFirst, true
	case e.monthFirst && !e.dayFirst:
		d.Order, d.FromFile = MonthFirst, true
	}
	return d
}

// understand puts the dates of a row into the standard's form and returns them by place. What it cannot read stays as it was.
func (s *Standard) understand(row Row, d *Dates) map[string]string {
	read := map[string]string{}
	for _, f := range s.fields {
		if f.sort != date {
			continue
		}
		f.visit(row, func(where string, in Row, name string) {
			said, _ := in[name].(string)
			m := written.FindStringSubmatch(said)
			switch day, ok := d.day(m); {
			case ok:
				in[name] = day.Format(time.DateOnly)
				if f.moment || m[4] != "" {
					in[name] = day.Format(time.RFC3339)
				}
				d.Read++
			case m != nil:
				d.Ambiguous++
				return
			case f.moment && len(said) == len(time.DateOnly) && iso.MatchString(said) && !noSuchDay(said):
				in[name] = said + "T00:00:00Z" // when something was last changed has no zone that matters
			default:
				return
			}
			read[where] = in[name].(string)
		})
	}
	return read
}

// day reads what was found in a date, in the order that is known. A time without a zone is taken as UTC, as other readers of the standard do.
func (d Dates) day(m []string) (time.Time, bool) {
	if m == nil || d.Order == Unsure {
		return time.Time{}, false
	}
	day, month := m[1], m[2]
	if d.Order == MonthFirst {
		day, month = month, day
	}
	t, err := time.Parse("2006-1-2 15:4:5", fmt.Sprintf("%s-%s-%s %d:%d:%d", m[3], month, day, whole(m[4]), whole(m[5]), whole(m[6])))
	return t, err == nil
}

// yearOf is the year of a date in whichever form: it is sure even where day and month are not.
func yearOf(said string) string {
	if m := iso.FindStringSubmatch(said); m != nil {
		return m[1]
	}
	if m := written.FindStringSubmatch(said); m != nil {
		return m[3]
	}
	return ""
}

func whole(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
