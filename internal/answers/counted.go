package answers

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Counted is a last day that followed from a term in working days when it was announced. It stays as it was told, whatever becomes of the calendar:
// nobody is told of another, as with obligations.
type Counted struct {
	Start  time.Time
	Days   int
	End    time.Time // that was announced
	Source string    // of the term: in words, or the key of a text
}

// by is the calculation by a calendar, and whether it still comes to the day that was announced.
func (c Counted) by(cal civic.Calendar) (due civic.Due, same bool) {
	due = cal.Due(civic.Deadline{Start: c.Start, Term: civic.Term{Days: c.Days, Working: true}})
	return due, due.End.Equal(c.End)
}
