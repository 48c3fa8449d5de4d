package moderation

import "github.com/birge-kz/birge/internal/civic"

// Filter narrows the log. The zero value is everything.
type Filter struct {
	Rule   string    // the name of a rule
	Month  string    // "2026-11"
	Thing  civic.Ref // only what was decided about it
	Before int64     // behind the decision with that number; 0: from the newest
}

func (f Filter) thing() string {
	if f.Thing.ID == "" {
		return ""
	}
	return f.Thing.String()
}

// Tally is how often things were removed by a rule in a month, how many of such came back, and how
// many of their authors asked for another decision and were told that it stays.
type Tally struct {
	Month, Rule                          string
	Removed, Restored, Contested, Upheld int64
}

// add sums two tallies.
func (t Tally) add(u Tally) Tally {
	t.Removed, t.Restored, t.Contested, t.Upheld = t.Removed+u.Removed, t.Restored+u.Restored, t.Contested+u.Contested, t.Upheld+u.Upheld
	return t
}
