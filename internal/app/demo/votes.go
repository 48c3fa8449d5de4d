package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// Vote is one simulated vote.
type Vote struct {
	Participant int // from 0, in order of arrival
	Statement   int // its number, from 1
	Choice      int // 1 agree, −1 disagree, 0 pass
	At          time.Time
}

// Simulation is what happened in a consultation until an instant.
type Simulation struct {
	Added  []time.Time // when each statement was added, in their order; zero: not yet
	Shown  []time.Time // from when people could vote on it; zero: they never could
	Author []int       // the participant who added it; −1 for an official one
	Votes  []Vote      // in order of time, one per participant and statement
}

// How long a moderator takes to look: to let a statement in, or to remove it afterwards.
const (
	letInAfter   = 90 * time.Minute
	removedAfter = 6 * time.Hour
	askedAfter   = 5 * time.Hour // the author of a removed one contests; as long again until another decides
)

// Simulate makes up how a consultation went from opens until the instant. Every participant
// belongs to an opinion group and votes on most statements there are on arrival, agreeing
// with the group's probability. The same consultation, times and instant give the same
// result, on every machine.
//
// People come more at the beginning and at the end, and by day: as they do, without claiming
// to be a measured distribution.
func Simulate(q Consultation, opens, closes, until time.Time) Simulation {
	// Long: the numbers are drawn in one order; another order would make another city.
	r := rand.New(rand.NewPCG(seed(q.Key), uint64(len(q.Statements))))
	var s Simulation
	end := closes
	if until.Before(end) {
		end = until
	}
	for _, st := range q.Statements {
		official := time.Time{}
		if st.Official {
			official = opens
		}
		s.Added, s.Shown, s.Author = append(s.Added, official), append(s.Shown, official), append(s.Author, -1)
	}
	if q.Participants == 0 || !end.After(opens.Add(time.Hour)) {
		return s
	}
	arrivals := make([]time.Time, q.Participants)
	for i := range arrivals {
		arrivals[i] = arrival(r, opens, end.Add(-15*time.Minute), end.Equal(closes)) // the last ones finish in time
	}
	slices.SortFunc(arrivals, time.Time.Compare)

	// Most additions come while a consultation is young, each by another person; those that
	// still wait for a moderator are the latest.
	last := 0
	for i, st := range q.Statements {
		if st.Official {
			continue
		}
		room := max(1, q.Participants*3/4/len(q.Statements))
		last = min(last+1+r.IntN(room), q.Participants-len(q.Statements)+i)
		if st.Waiting {
			last = q.Participants - len(q.Statements) + i
		}
		s.Added[i], s.Author[i] = arrivals[last].Add(time.Minute), last
		switch {
		case q.Moderation == "after":
			s.Shown[i] = s.Added[i]
		case !st.Waiting && st.Removed == "":
			s.Shown[i] = s.Added[i].Add(letInAfter)
		}
	}
	for p, came := range arrivals {
		group, zeal := pick(r, q.Groups), 0.55+0.45*r.Float64()
		when := came
		for i, st := range q.Statements {
			share, roll, skip := float64(st.Agree[group])/100, r.Float64(), r.Float64() > zeal
			step := time.Duration(4+r.IntN(26)) * time.Second
			mine := s.Author[i] == p
			if mine {
				roll, skip = 0, false // one agrees with what one says oneself
				when = later(when, s.Shown[i])
			}
			gone := st.Removed != "" && !when.Before(s.Added[i].Add(removedAfter/2))
			if skip || gone || s.Shown[i].IsZero() || s.Shown[i].After(when) {
				continue
			}
			if when = when.Add(step); !when.Before(end) {
				break
			}
			s.Votes = append(s.Votes, Vote{p, i + 1, choose(roll, share), when})
		}
	}
	slices.SortStableFunc(s.Votes, func(a, b Vote) int { return a.At.Compare(b.At) })
	return s
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// choose turns a number between 0 and 1 into a vote: share of agreement, a seventh of the
// rest passes, the others disagree.
func choose(roll, share float64) int {
	switch rest := 1 - share; {
	case roll < share:
		return 1
	case roll < share+rest/7:
		return 0
	}
	return -1
}

// arrival draws an instant between two: half of all evenly, a quarter towards the beginning
// and a quarter towards the end, if that is the closing; at night hardly anybody.
func arrival(r *rand.Rand, from, to time.Time, closing bool) time.Time {
	for {
		x := r.Float64()
		switch k := r.IntN(4); {
		case k == 0:
			x *= x
		case k == 1 && closing:
			x = 1 - x*x
		}
		t := from.Add(time.Duration(x * float64(to.Sub(from))))
		if hour := t.Hour(); hour >= 8 && hour < 23 || r.IntN(12) == 0 {
			return t.Truncate(time.Millisecond)
		}
	}
}

func pick(r *rand.Rand, percent []int) int {
	n := r.IntN(100)
	for i, share := range percent {
		if n -= share; n < 0 {
			return i
		}
	}
	return len(percent) - 1
}

func seed(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return h.Sum64()
}
