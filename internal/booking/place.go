// Package booking gives out the places of any thing that has them at a time: a date of an event, a shift, a session of a course. A
// place is given once, whoever asks at the same moment. The README tells the rules.
package booking

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// The kinds of place, and how many there are.
const (
	Seat = iota
	Wheelchair
	Child
	kinds
)

// kindNames are their names in forms, tables and interfaces.
var kindNames = [kinds]string{"seat", "wheelchair", "child"}

// Places are how many places of each kind.
type Places [kinds]int

// Seats are places of the common kind alone.
func Seats(n int) Places { return Places{Seat: n} }

// Total is how many there are of all kinds.
func (p Places) Total() (n int) {
	for _, of := range p {
		n += of
	}
	return n
}

// Less are those that are left when others are taken away.
func (p Places) Less(taken Places) Places {
	for kind := range p {
		p[kind] -= taken[kind]
	}
	return p
}

// And are those of both.
func (p Places) And(more Places) Places {
	for kind := range p {
		p[kind] += more[kind]
	}
	return p
}

// Within reports whether there are enough of each kind.
func (p Places) Within(free Places) bool {
	for kind := range p {
		if p[kind] > free[kind] {
			return false
		}
	}
	return true
}

// meets reports whether two want places of a kind that is the same.
func (p Places) meets(other Places) bool {
	for kind := range p {
		if p[kind] > 0 && other[kind] > 0 {
			return true
		}
	}
	return false
}

// State is how a booking stands.
type State string

const (
	Asked     State = "asked"      // whoever gave the address has not confirmed it yet
	Waiting   State = "waiting"    // on the waiting list
	Offered   State = "offered"    // places came free, and are held for them until they take them
	Confirmed State = "confirmed"  // their places
	GivenBack State = "given_back" // by themselves: a place, an offer, or their turn
	Lapsed    State = "lapsed"     // not confirmed, not taken in time, or never their turn
	Cancelled State = "cancelled"  // by whoever runs the thing
)

// Ended reports whether nothing more becomes of it. A person may then book anew.
func (s State) Ended() bool { return s == GivenBack || s == Lapsed || s == Cancelled }

// moves are all that can become of a booking.
var moves = map[State][]State{
	Asked:     {Confirmed, Waiting, Lapsed, GivenBack, Cancelled},
	Waiting:   {Offered, Confirmed, Lapsed, GivenBack, Cancelled},
	Offered:   {Confirmed, Lapsed, GivenBack, Cancelled},
	Confirmed: {GivenBack, Cancelled},
}

// Offering is the places of one thing.
type Offering struct {
	no        int64
	ID        civic.ID
	Of        civic.Ref // whose places they are
	Capacity  Places
	Taken     Places // confirmed, offered, and reserved until an address is confirmed
	GroupMost int    // how many places one booking may have
	Terms
	Cancelled bool
	ChangedAt time.Time // when those who have places were last told of a change
}

// Terms are the times of an offering.
type Terms struct {
	OpensAt       time.Time // from when on people book
	ClosesAt      time.Time // from when on nobody books any more, and no offer holds
	GiveBackUntil time.Time
	StartsAt      time.Time
	EndsAt        time.Time
}

// Free is what nobody has and nothing is held of.
func (o Offering) Free() Places { return o.Capacity.Less(o.Taken) }

// Open reports whether people may book.
func (o Offering) Open(now time.Time) bool {
	return !o.Cancelled && !now.Before(o.OpensAt) && now.Before(o.ClosesAt)
}

// GivesBack reports whether places that were booked at a time may be given back: until the time that the offering names and, when whoever had them was told
// of a change since, until it starts.
func (o Offering) GivesBack(booked, now time.Time) bool {
	return now.Before(o.backUntil(booked))
}

func (o Offering) backUntil(booked time.Time) time.Time {
	if !o.ChangedAt.IsZero() && !booked.After(o.ChangedAt) && o.StartsAt.After(o.GiveBackUntil) {
		return o.StartsAt
	}
	return o.GiveBackUntil
}

// bounds of an offering
const (
	mostPlaces  = 20_000
	mostGroup   = 50
	mostWaiting = 2_000 // bookings on one waiting list
	maxName     = 120   // letters
)

// check says what is wrong with an offering that its owner makes.
func (o Offering) check() error {
	var p civic.Problems
	for kind, n := range o.Capacity {
		if n < 0 || n > mostPlaces {
			p.Add(kindNames[kind], "booking.how_many_places", "Most", mostPlaces)
		}
	}
	if o.Capacity.Total() == 0 {
		p.Add(kindNames[Seat], "booking.how_many_places", "Most", mostPlaces)
	}
	if o.GroupMost < 1 || o.GroupMost > mostGroup {
		p.Add("group", "booking.how_large_group", "Most", mostGroup)
	}
	if o.ClosesAt.After(o.EndsAt) || o.OpensAt.After(o.ClosesAt) || o.EndsAt.Before(o.StartsAt) {
		p.Add("closes", "booking.times_in_order")
	}
	return p.Err()
}

// Rules are the settings by which places are held.
type Rules struct {
	Hold     time.Duration // how long an offer holds
	Least    time.Duration // of the day, without the quiet hours, that an offer holds at least
	From, To int           // the quiet hours: from that hour in the evening to that in the morning
	Reserve  time.Duration // how long places are kept for whoever has to confirm an address
	Zone     *time.Location
}

// night is the quiet hours that a moment falls in, or the next ones.
func (r Rules) night(t time.Time) (from, to time.Time) {
	t = t.In(r.Zone)
	at := func(days, hour int) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day()+days, hour, 0, 0, 0, r.Zone)
	}
	if to = at(0, r.To); t.Before(to) {
		return at(-1, r.From), to
	}
	return at(0, r.From), at(1, r.To)
}

// closed is the quiet hours with the first hours of the morning, which nobody has to get up early for, around a moment or the next ones.
// No offer ends between the two.
func (r Rules) closed(t time.Time) (from, to time.Time) {
	from, to = r.night(t.Add(-r.Least))
	return from, to.Add(r.Least)
}

// awake is how much of the time between two moments is no quiet hours.
func (r Rules) awake(from, to time.Time) (sum time.Duration) {
	for from.Before(to) {
		night, morning := r.night(from)
		if from.Before(night) {
			end := night
			if to.Before(end) {
				end = to
			}
			sum += end.Sub(from)
		}
		from = morning
	}
	return sum
}

// Until is when an offer ends that is made now; last is from when on none holds. It holds for Hold, and on to the next morning where that
// ends in the quiet hours or leaves too little of the day; where last is in them, it ends before them. It is false when there is too
// little of the day left for anybody to see the offer: then places go to whoever comes first.
func (r Rules) Until(now, last time.Time) (time.Time, bool) {
	end := now.Add(r.Hold)
	for {
		from, to := r.closed(end)
		if !(end.After(from) && end.Before(to)) && r.awake(now, end) >= r.Least {
			break
		}
		end = to // at most twice: from the morning on there is time
	}
	if end.After(last) {
		end = last
		if from, to := r.closed(end); end.After(from) && end.Before(to) {
			end = from
		}
	}
	return end, r.awake(now, end) >= r.Least
}

// turn is one on the waiting list, as the order sees it.
type turn struct {
	wants    Places
	letsPass bool // has said that smaller groups may go first
}

// turns are those of the waiting list to whom places are to be offered, first come first. Who does not fit keeps those behind from the kinds of place that
// they wait for, unless they have said that others may go first; whoever wants none of these kinds takes nothing from them.
func turns(free Places, waiting []turn) (out []int) {
	var kept Places
	for i, w := range waiting {
		switch {
		case w.wants.Within(free) && !w.wants.meets(kept):
			free = free.Less(w.wants)
			out = append(out, i)
		case !w.letsPass:
			kept = kept.And(w.wants)
		}
	}
	return out
}
