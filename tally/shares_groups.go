package tally

import "slices"

// crowd is a list of supporters: distinct ballots, or groups of them.
type crowd struct {
	class  []uint32 // ballot or group
	weight []uint32 // voters
	points []int32  // what each of them gives; nil when all give 1
}

// ballotGroups unites ballots that agree on all purchases so far: their voters
// have paid the same and so have the same left, whatever the share. Group 0 is
// everybody before the first purchase. A purchase takes its supporters out of
// their groups into new ones, which are numbered on; so what a group has left
// never changes in a pass and all states of a pass stand beside each other.
//
// The groups depend on nothing but the order of purchases. They are kept from
// share to share as far as the order is the same.
type ballotGroups struct {
	supp   *supporters
	of     []uint32   // the group of each ballot after all purchases
	parent []uint32   // the group that a group was taken out of
	step   []int32    // the purchase that did it, from 1
	points []int32    // what its voters gave that project; nil when all give 1
	bought []int      // purchases, in order
	count  []uint32   // groups there are after so many purchases
	crowds [][]*crowd // supporters by group, after so many purchases, by project; nil if not needed yet
	size   int        // entries of crowds

	entry []uint32 // beside supp: where a ballot is in the crowd last collected from ballots
	round []int    // by project: after how many purchases that was, −1 if it is gone

	seen       []uint64 // by group, generation and entry of the crowd being collected
	next       []int32  // entries of the same group in it
	generation uint64
	free       []*crowd
}

func newBallotGroups(supp *supporters, ballots int) *ballotGroups {
	g := &ballotGroups{supp: supp, of: make([]uint32, ballots), parent: make([]uint32, 1), step: make([]int32, 1),
		count: []uint32{1}, entry: make([]uint32, len(supp.class)), round: make([]int, len(supp.start)-1), crowds: [][]*crowd{make([]*crowd, len(supp.start)-1)}}
	for p := range g.round {
		g.round[p] = -1
	}
	if supp.points != nil {
		g.points = make([]int32, 1)
	}
	return g
}

// follow makes p the purchase number j, from 0. Later ones are kept if it is already.
func (g *ballotGroups) follow(j, p int) {
	if j < len(g.bought) && g.bought[j] == p {
		return
	}
	g.forget(j)
	c := g.crowds[j][p]
	if c == nil || g.round[p] != j {
		g.drop(j, p)
		c = g.collect(j, p, true)
	}
	n := g.count[j]
	lo, hi := g.supp.of(p)
	entry := g.entry[lo:hi]
	for i, class := range g.supp.class[lo:hi] {
		g.of[class] = n + entry[i]
	}
	for range c.class {
		g.step = append(g.step, int32(j+1))
	}
	g.parent = append(g.parent, c.class...)
	if g.points != nil {
		g.points = append(g.points, c.points...)
	}
	g.bought = append(g.bought, p)
	g.count = append(g.count, uint32(len(g.parent)))
	g.crowds = append(g.crowds, make([]*crowd, len(g.crowds[0])))
}

// forget undoes all purchases but the first j.
func (g *ballotGroups) forget(j int) {
	for r := len(g.bought) - 1; r >= j; r-- {
		lo, hi := g.supp.of(g.bought[r])
		for _, class := range g.supp.class[lo:hi] {
			g.of[class] = g.parent[g.of[class]]
		}
		for p := range g.crowds[r+1] {
			g.drop(r+1, p)
		}
	}
	g.bought, g.count, g.crowds = g.bought[:j], g.count[:j+1], g.crowds[:j+1]
	n := g.count[j]
	g.parent, g.step = g.parent[:n], g.step[:n]
	if g.points != nil {
		g.points = g.points[:n]
	}
}

func (g *ballotGroups) drop(j, p int) {
	if c := g.crowds[j][p]; c != nil {
		g.size -= len(c.class)
		g.free = append(g.free, c)
		g.crowds[j][p] = nil
		if g.round[p] == j {
			g.round[p] = -1
		}
	}
}

// crowd returns the supporters of p by group after j purchases.
func (g *ballotGroups) crowd(j, p int) *crowd {
	if c := g.crowds[j][p]; c != nil {
		return c
	}
	if g.size > 2*len(g.supp.class) { // do not let the crowds of all rounds add up
		for r := range g.crowds {
			for q := range g.crowds[r] {
				if r == len(g.bought) || q != g.bought[r] {
					g.drop(r, q)
				}
			}
		}
		g.free = nil
	}
	return g.collect(j, p, false)
}

// collect makes the crowd of p after j purchases, from ballots or, if that will
// do, from a crowd after more.
func (g *ballotGroups) collect(j, p int, ballots bool) *crowd {
	c := &crowd{}
	if last := len(g.free) - 1; last >= 0 {
		c, g.free = g.free[last], g.free[:last]
	}
	c.class, c.weight, c.points = c.class[:0], c.weight[:0], c.points[:0]
	lo, hi := g.supp.of(p)
	from := crowd{class: g.supp.class[lo:hi], weight: g.supp.weight[lo:hi]}
	if g.points != nil {
		from.points = g.supp.points[lo:hi]
	}
	byGroup := false
	for r := j + 1; r < len(g.crowds) && !ballots && !byGroup; r++ { // later groups are parts of earlier ones
		if finer := g.crowds[r][p]; finer != nil {
			from, byGroup = *finer, true
		}
	}
	if n := len(g.parent); len(g.seen) < n {
		g.seen = make([]uint64, n+n/2)
		g.generation = 0
	}
	g.generation++
	if g.generation>>32 != 0 {
		clear(g.seen)
		g.generation = 1
	}
	mark, n := g.generation<<32, g.count[j]
	switch {
	case g.points != nil:
		g.collectPoints(c, &from, n, mark, lo, byGroup)
	case byGroup:
		for i, group := range from.class {
			for group >= n {
				group = g.parent[group]
			}
			if known := g.seen[group]; known >= mark {
				c.weight[uint32(known)] += from.weight[i]
				continue
			}
			g.seen[group] = mark | uint64(len(c.class))
			c.class, c.weight = append(c.class, group), append(c.weight, from.weight[i])
		}
	default:
		entry := g.entry[lo:hi]
		for i, class := range from.class {
			group := g.of[class]
			for group >= n {
				group = g.parent[group]
			}
			if known := g.seen[group]; known >= mark {
				entry[i] = uint32(known)
				c.weight[uint32(known)] += from.weight[i]
				continue
			}
			entry[i] = uint32(len(c.class))
			g.seen[group] = mark | uint64(len(c.class))
			c.class, c.weight = append(c.class, group), append(c.weight, from.weight[i])
		}
	}
	if !byGroup {
		g.round[p] = j
	}
	g.size += len(c.class)
	g.crowds[j][p] = c
	return c
}

// collectPoints is the middle of collect for supporters who gave points.
func (g *ballotGroups) collectPoints(c, from *crowd, n uint32, mark uint64, lo uint32, byGroup bool) {
	g.next = g.next[:0]
	for i, group := range from.class {
		if !byGroup {
			group = g.of[group]
		}
		for group >= n {
			group = g.parent[group]
		}
		before := int32(-1)
		if known := g.seen[group]; known >= mark {
			before = int32(uint32(known))
		}
		at, found := g.samePoints(c, int(before), from.points[i])
		if found {
			c.weight[at] += from.weight[i]
		} else {
			at = len(c.class)
			c.class, c.weight, c.points = append(c.class, group), append(c.weight, from.weight[i]), append(c.points, from.points[i])
			g.next = append(g.next, before)
			g.seen[group] = mark | uint64(at)
		}
		if !byGroup {
			g.entry[lo+uint32(i)] = uint32(at)
		}
	}
}

// samePoints looks for an entry that gave u points among some of the same
// group, the latest first. Not to unite entries is no error.
func (g *ballotGroups) samePoints(c *crowd, at int, u int32) (int, bool) {
	for tries := 0; at >= 0 && tries < 12; tries++ {
		if c.points[at] == u {
			return at, true
		}
		at = int(g.next[at])
	}
	return 0, false
}

// charge takes a rate from the supporters of purchase j: b gets what the groups
// that it makes have left.
func (g *ballotGroups) charge(j int, b []int64, rate int64) {
	c := g.crowds[j][g.bought[j]]
	made := b[g.count[j]:g.count[j+1]]
	made = made[:len(c.class)]
	if g.points == nil {
		for i, group := range c.class {
			made[i] = max(0, b[group]-rate)
		}
		return
	}
	for i, group := range c.class {
		made[i] = minus(b[group], uint64(rate), uint64(c.points[i]))
	}
}

// spend adds w times what the voters of a group have left, if anything.
func (g *ballotGroups) spend(k *combination, group uint32, w int64) {
	k.share += w
	for ; group != 0; group = g.parent[group] {
		u := int64(1)
		if g.points != nil {
			u = int64(g.points[group])
		}
		k.rates[g.step[group]] -= w * u
	}
}

// room returns b with room for all groups.
func (g *ballotGroups) room(b []int64) []int64 {
	if n := len(g.parent); len(b) < n {
		b = slices.Grow(b, n-len(b))
		b = b[:cap(b)]
	}
	return b
}
