package tally

import (
	"cmp"
	"math/bits"
	"slices"
)

// greedy takes projects by falling score as long as they fit, and skips those that do not. With
// NoSkip it ends at the first that is too dear. The score is the number of votes, or of points
// when points are the utility; perCost divides it by the cost. Projects without votes come last
// and are taken if they fit.
//
// Ties matter only if the budget cannot hold all tied projects that fit; only
// those are recorded.
func (c *counting) greedy(phase Phase, perCost bool) {
	score := c.out.score()
	compare := func(a, b int) int {
		if perCost {
			return compareQuotients(score[b], int64(c.e.Projects[b].Cost), score[a], int64(c.e.Projects[a].Cost))
		}
		return cmp.Compare(score[b], score[a])
	}
	order := make([]int, len(c.e.Projects))
	for p := range order {
		order[p] = p
	}
	slices.SortFunc(order, func(a, b int) int {
		if d := compare(a, b); d != 0 {
			return d
		}
		return cmp.Compare(c.ties.rank[a], c.ties.rank[b])
	})
	for len(order) > 0 {
		same := 1
		for same < len(order) && compare(order[0], order[same]) == 0 {
			same++
		}
		group := order[:same:same]
		order = order[same:]
		for {
			if c.o.NoSkip && c.endsAt(group) {
				return
			}
			group = slices.DeleteFunc(group, func(p int) bool { return !c.room.fits(p) })
			if len(group) == 0 {
				break
			}
			p := group[0]
			if !c.allFit(group) {
				p = c.ties.settle(len(c.out.Steps), group)
			}
			c.take(p, Step{Phase: phase})
		}
	}
}

// endsAt reports whether the next of a group of tied projects is too dear. A project that a
// constraint bars does not end the rule.
func (c *counting) endsAt(group []int) bool {
	for _, p := range group { // in the order of the tie rule
		if c.room.allowed(p) {
			return !c.room.fits(p)
		}
	}
	return false
}

// allFit reports whether all projects of a group can be taken together.
func (c *counting) allFit(group []int) bool {
	if len(group) == 1 {
		return true
	}
	r := c.room.clone()
	for _, p := range group {
		if !r.fits(p) {
			return false
		}
		r.take(p)
	}
	return true
}

// compareQuotients compares a/b with c/d for b, d ≥ 0 without rounding. x/0 is
// larger than any other quotient, and equal to any y/0.
func compareQuotients(a, b, c, d int64) int {
	switch {
	case b == 0 && d == 0:
		return 0
	case b == 0:
		return 1
	case d == 0:
		return -1
	}
	if (a < 0) != (c < 0) {
		return cmp.Compare(a, c)
	}
	negative := a < 0
	if negative {
		a, c = -a, -c
	}
	h1, l1 := bits.Mul64(uint64(a), uint64(d))
	h2, l2 := bits.Mul64(uint64(c), uint64(b))
	order := cmp.Compare(h1, h2)
	if order == 0 {
		order = cmp.Compare(l1, l2)
	}
	if negative {
		return -order
	}
	return order
}
