package councils

import (
	"time"

	"github.com/birge-kz/birge/internal/answers"
)

// Reckoning is what became of all recommendations of a council, in numbers of recommendations.
type Reckoning struct {
	Adopted   int
	InTime    int // every answer that was owed came in time
	Late      int // one came late, or is overdue
	Taken     int // by a body that takes it up, wholly or in part
	Delivered int // all that was promised was done, and the council confirmed it
}

// Counted is how one recommendation counts in its council's Reckoning. It is kept with each step of what is owed about it; only the date by
// which an answer is owed passes by itself.
type Counted struct {
	InTime, Late, Taken, Delivered bool
	LateFrom                       time.Time // after which an answer that is owed is late; zero: none is owed, or Late
}

// CountOf tells how it counts, by all that is owed about it.
func CountOf(owed []Owing) (c Counted) {
	var given, open, done, undone bool
	for _, o := range owed {
		switch {
		case o.State == answers.PassedOn:
		case o.Owed == answers.Deed:
			is := o.fate(o.Due) == Confirmed
			done, undone = done || is, undone || !is
		case o.GivenAt.IsZero():
			if open = true; !o.Due.IsZero() && (c.LateFrom.IsZero() || o.Due.Before(c.LateFrom)) {
				c.LateFrom = o.Due
			}
		default:
			given, c.Late = true, c.Late || o.Late(o.GivenAt)
			c.Taken = c.Taken || o.Said.Outcome == answers.Taken || o.Said.Outcome == answers.Partly
		}
	}
	if c.Late {
		c.LateFrom = time.Time{}
	}
	c.InTime, c.Delivered = given && !open && !c.Late, done && !undone
	return c
}

// moved is by how much a sum changes when what it counts was so, and is so now.
func moved(was, is bool) int {
	switch {
	case is && !was:
		return 1
	case was && !is:
		return -1
	}
	return 0
}
