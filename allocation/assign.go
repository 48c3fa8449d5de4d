package allocation

import (
	"fmt"
	"maps"
	"slices"
)

// Pairing asks for readers of applications.
type Pairing struct {
	// Name is the call's: it takes part in how ties are broken.
	Name         string
	Applications []string
	Readers      []string
	Each         int // readers of an application
	Most         int // applications of a reader
	// Fit is how well a reader suits an application, by their indices, from 0 to MostFit. Below 0: never, because of a
	// conflict of interest.
	Fit func(application, reader int) int
}

// The bounds of a Pairing.
const (
	MostFit      = 1_000
	MostPairings = 1_000_000 // applications × readers
)

// Short says that some applications cannot be read, though all places of all who may read them are taken. It is an
// error.
type Short struct {
	Applications []string // some that together need more than there is
	Readers      []string // all who may read any of them
	Needed       int      // readings
	Places       int      // that those readers have for those applications
}

// Error says it in English.
func (e *Short) Error() string {
	return fmt.Sprintf("%d applications need %d readings, and their %d readers have places for %d", len(e.Applications), e.Needed, len(e.Readers), e.Places)
}

// Assign finds readers: for each application the indices of its readers, in ascending order. Every application gets Each
// different readers, no reader more than Most, none with a conflict. Of all such ways it takes one whose worst fit is the
// best possible; of these, one whose fits have the largest sum; and of these, the one with the smallest sum of
// hashes of call, application and reader. So neither the order of the lists nor whoever made them has a say.
//
// Errors are *Error and, when there is no way at all, *Short, which names a set that violates Hall's condition.
//
// The worst fit is found by bisection over maximum flows, the sum by successive shortest paths; see Ahuja, Magnanti,
// Orlin, "Network Flows", 1993, chapters 7 and 9.
func Assign(p Pairing) ([][]int, error) {
	for name, value := range map[string]int{"each": p.Each, "most": p.Most} {
		if value < 1 {
			return nil, &Error{Code: BadTerm, Subject: name, Value: fmt.Sprint(value)}
		}
	}
	if len(p.Applications)*len(p.Readers) > MostPairings {
		return nil, &Error{Code: TooMany, Subject: "pairings", Value: fmt.Sprint(MostPairings)}
	}
	n := newNetwork(p)
	if stuck := n.fill(0); stuck != nil {
		return nil, n.short(stuck)
	}
	low, high := 0, n.best // with low it is possible, with more than high it is not
	for low < high {
		if middle := (low + high + 1) / 2; n.fill(middle) == nil {
			low = middle
		} else {
			high = middle - 1
		}
	}
	n.cheapest(low)
	out := make([][]int, len(p.Applications))
	for j, of := range n.reads {
		for _, i := range of {
			out[i] = append(out[i], j)
		}
	}
	return out, nil
}

// short puts a set of applications into words.
func (n *network) short(stuck []int) *Short {
	s := &Short{Needed: n.Each * len(stuck)}
	places := map[int]int{}
	for _, i := range slices.Sorted(slices.Values(stuck)) {
		s.Applications = append(s.Applications, n.Applications[i])
		for j := range n.Readers {
			if n.at(i, j).may {
				places[j]++
			}
		}
	}
	for _, j := range slices.Sorted(maps.Keys(places)) {
		s.Readers = append(s.Readers, n.Readers[j])
		s.Places += min(n.Most, places[j])
	}
	return s
}
