package grants

import "time"

// Window is when a call takes applications: from an instant until another, to the minute in the city's zone, and with a grace period
// that is stated beforehand, for those whose connection or nerve fails in the last minute.
type Window struct {
	Opens, Closes time.Time
	Grace         time.Duration
}

// Moment is where an instant lies in a window.
type Moment string

// The moments.
const (
	Early   Moment = "early"
	Open    Moment = "open"
	InGrace Moment = "in_grace" // taken too, and it is said that it came in the grace period
	Over    Moment = "over"
)

// At says where an instant lies. An application that arrives at the closing minute itself is in the grace period: "until 18:00" ends when the clock shows 18:00.
func (w Window) At(t time.Time) Moment {
	switch {
	case t.Before(w.Opens):
		return Early
	case t.Before(w.Closes):
		return Open
	case t.Before(w.Closes.Add(w.Grace)):
		return InGrace
	}
	return Over
}

// Takes reports whether an application that arrives now is taken.
func (w Window) Takes(t time.Time) bool { m := w.At(t); return m == Open || m == InGrace }
