package volunteering

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Visit is what is known of somebody's being at a shift: evidence, not yet hours.
type Visit struct {
	In, Out time.Time // zero: nobody saw it
}

// Witnessed is how long somebody was at a shift by what was seen, in whole minutes: never before it began, nor after it ended by more than
// over. Where nobody saw them leave it is until the planned end, and seen is false: "not witnessed". Who was not seen to come was not there.
func Witnessed(s Shift, v Visit, over time.Duration) (minutes int, seen bool) {
	if v.In.IsZero() {
		return 0, false
	}
	from, to, seen := v.In, v.Out, true
	if from.Before(s.Starts) {
		from = s.Starts
	}
	if to.IsZero() || to.Before(v.In) {
		to, seen = s.Ends, false
	}
	if latest := s.Ends.Add(over); to.After(latest) {
		to = latest
	}
	return max(int(to.Sub(from).Minutes()), 0), seen
}

// Entry is one line in a volunteer's book. Nothing in it is ever changed: what was wrong is taken back by an entry against it.
type Entry struct {
	ID           civic.ID
	Shift        civic.ID
	Organisation civic.ID
	Minutes      int // of a counter-entry less than zero
	Step         Step
	By           civic.ID // the person who said so
	Against      civic.ID // the entry that it takes back
	At           time.Time
}

// Step is what an entry does.
type Step string

const (
	Stated    Step = "stated"    // by the volunteer: counts for nothing yet
	Confirmed Step = "confirmed" // by the coordinator: counts
	Disputed  Step = "disputed"  // the coordinator says otherwise, with how many minutes
	TakenBack Step = "taken_back"
)

// Confirm says what a coordinator's confirmation adds to a book, for one person over several shifts: one entry for each shift of which the
// last word is the volunteer's. Confirmed twice, it adds nothing. Codes: Forbidden when the coordinator is the same verified person as the
// volunteer, or is the volunteer's account; Invalid, at the field of the shift, for more minutes than stated or than the shift can have.
func Confirm(book []Entry, volunteer, coordinator Person, shifts map[civic.ID]Allowed, minutes map[civic.ID]int) ([]Entry, error) {
	if volunteer.Same(coordinator) {
		return nil, civic.Fail(civic.Forbidden, "volunteering.own_hours")
	}
	var p civic.Problems
	var out []Entry
	for id, n := range minutes {
		last, open := lastOf(book, id)
		switch {
		case !open || last.Step != Stated:
			continue
		case n < 0 || n > shifts[id].Most:
			p.Add("minutes."+string(id), "volunteering.too_many_minutes", "Most", shifts[id].Most)
		case n == last.Minutes:
			out = append(out, Entry{Shift: id, Organisation: shifts[id].Organisation, Minutes: n, Step: Confirmed, By: coordinator.Account})
		default:
			out = append(out, Entry{Shift: id, Organisation: shifts[id].Organisation, Minutes: n, Step: Disputed, By: coordinator.Account})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return slices.Compare([]byte(a.Shift), []byte(b.Shift)) })
	return out, p.Err()
}

// Allowed is what hours of a shift may be at most.
type Allowed struct {
	Organisation civic.ID
	Most         int // minutes
}

// Person is an account, and the mark of the person behind it when the city knows them.
type Person struct {
	Account civic.ID
	Mark    string // "": not verified
}

// Same reports whether two accounts are of one person, as far as the city knows.
func (p Person) Same(q Person) bool {
	return p.Account != "" && p.Account == q.Account || p.Mark != "" && p.Mark == q.Mark
}

// TakeBack is the entry against a confirmed one. Codes: Closed when it is not confirmed, or was taken back already.
func TakeBack(book []Entry, id civic.ID, by civic.ID) (Entry, error) {
	i := slices.IndexFunc(book, func(e Entry) bool { return e.ID == id })
	if i < 0 || book[i].Step != Confirmed || slices.ContainsFunc(book, func(e Entry) bool { return e.Against == id }) {
		return Entry{}, civic.Fail(civic.Closed, "volunteering.not_confirmed")
	}
	e := book[i]
	return Entry{Shift: e.Shift, Organisation: e.Organisation, Minutes: -e.Minutes, Step: TakenBack, By: by, Against: id}, nil
}

// lastOf is the last word on a shift in a book, which is in the order of time.
func lastOf(book []Entry, shift civic.ID) (Entry, bool) {
	for i := len(book) - 1; i >= 0; i-- {
		if book[i].Shift == shift {
			return book[i], true
		}
	}
	return Entry{}, false
}

// lastCounted is the last line that is in the total: a new one makes another total.
func lastCounted(book []Entry) (last Entry) {
	for _, e := range book {
		if e.Step == Confirmed || e.Step == TakenBack {
			last = e
		}
	}
	return last
}

// Total is how many minutes of a book two people signed, in all and for each organisation.
func Total(book []Entry) (all int, by map[civic.ID]int) {
	by = map[civic.ID]int{}
	for _, e := range book {
		if e.Step == Confirmed || e.Step == TakenBack {
			all += e.Minutes
			by[e.Organisation] += e.Minutes
		}
	}
	return all, by
}
