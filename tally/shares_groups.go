package tally

import "slices"

// crowd is a list of supporters: distinct ballots, or groups of them.
type crowd struct {
	class  []uint32 // ballot or group
	weight []uint32 // voters
	points []int32  // what each of them gives; nil when all give 1
}

// ballotGroups unites ballots that agree on all purchases so far. Their voters have paid the
// same and so have the same left, whatever the share. Group 0 is everybody before the first
// purchase. A purchase takes its supporters out of their groups into new groups with the next
// numbers. So what a group has left never changes in a pass, and what groups had after earlier
// purchases stays known beside it.
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

	// Room for collect.
	made   crowd
	groups []uint32
	entry  []uint32 // where each ballot is in the crowd last collected
	seen   []uint32 // by group, 1 + where it is in the crowd being collected, 0 if it is not there
	next   []int32  // entries of the same group in it, −1 if there is none before
}

func newBallotGroups(supp *supporters, ballots int) *ballotGroups {
	g := &ballotGroups{
		supp: supp, of: make([]uint32, ballots),
		parent: make([]uint32, 1), step: make([]int32, 1), count: []uint32{1},
		crowds: [][]*crowd{make([]*crowd, len(supp.start)-1)},
	}
	if supp.points != nil {
		g.points = make([]int32, 1)
	}
	most := uint32(0)
	for p := range g.crowds[0] {
		most = max(most, supp.start[p+1]-supp.start[p])
	}
	g.groups, g.entry = make([]uint32, most), make([]uint32, most)
	return g
}

// few reports whether after j purchases there are so much fewer groups than ballots that groups
// are worth it: at most a third. With a million ballots add-one takes 7.0 s and 280 MiB when
// groups end at a sixth of the ballots, 7.0 s and 380 MiB at a third, 7.9 s and 560 MiB at a
// half; with 61,668 ballots it is fastest at a third.
func (g *ballotGroups) few(j int) bool {
	return j < len(g.count) && 3*int(g.count[j]) <= len(g.of)
}

// follow makes p purchase number j, counted from 0. If it already is, later purchases are kept.
func (g *ballotGroups) follow(j, p int) {
	if j < len(g.bought) && g.bought[j] == p {
		return
	}
	g.forget(j)
	g.drop(j, p)
	c := g.collect(j, p, true)
	n := g.count[j]
	lo, hi := g.supp.of(p)
	entry := g.entry[:hi-lo]
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

// unload forgets all purchases when too many crowds are kept for them.
func (g *ballotGroups) unload() {
	if g.size <= len(g.supp.class) {
		return
	}
	g.forget(0)
	for p := range g.crowds[0] {
		g.drop(0, p)
	}
}

func (g *ballotGroups) drop(j, p int) {
	if c := g.crowds[j][p]; c != nil {
		g.size -= len(c.class)
		g.crowds[j][p] = nil
	}
}

// crowd returns the supporters of p by group after j purchases.
func (g *ballotGroups) crowd(j, p int) *crowd {
	if c := g.crowds[j][p]; c != nil {
		return c
	}
	return g.collect(j, p, false)
}

// collect makes the crowd of p after j purchases. It starts from a crowd after more purchases
// if there is one, because later groups are parts of earlier ones, and otherwise from ballots.
// From ballots, entry says where each ballot is in the crowd.
func (g *ballotGroups) collect(j, p int, ballots bool) *crowd {
	lo, hi := g.supp.of(p)
	from := crowd{class: g.groups[:hi-lo], weight: g.supp.weight[lo:hi]}
	if g.points != nil {
		from.points = g.supp.points[lo:hi]
	}
	var finer *crowd
	for r := j + 1; r < len(g.crowds) && !ballots && finer == nil; r++ {
		finer = g.crowds[r][p]
	}
	if finer != nil {
		from = *finer
	} else {
		for i, class := range g.supp.class[lo:hi] {
			from.class[i] = g.of[class]
		}
	}
	if n := len(g.parent); len(g.seen) < n {
		g.seen = make([]uint32, n+n/2)
	}
	if g.points == nil {
		g.unite(&from, g.count[j])
	} else {
		g.unitePoints(&from, g.count[j])
	}
	for _, group := range g.made.class {
		g.seen[group] = 0
	}
	c := &crowd{class: slices.Clone(g.made.class), weight: slices.Clone(g.made.weight)}
	if g.points != nil {
		c.points = slices.Clone(g.made.points)
	}
	g.size += len(c.class)
	g.crowds[j][p] = c
	return c
}

// unite adds up the entries of the same group. Only the first n groups count: a later group
// belongs to the one of them from which it was taken.
func (g *ballotGroups) unite(from *crowd, n uint32) {
	size := len(from.class)
	c := &g.made
	groups, weights := slices.Grow(c.class[:0], size)[:size], slices.Grow(c.weight[:0], size)[:size]
	entry, seen, parent := g.entry[:size], g.seen, g.parent
	places := uint32(0)
	for i, group := range from.class {
		for group >= n {
			group = parent[group]
		}
		// Whether a group has been seen changes from entry to entry, so this handles both cases
		// alike, without a branch.
		at := seen[group]       // 1 + its place, or 0
		fresh := (at - 1) >> 31 // 1 if it has none yet, else 0
		at += fresh * (places + 1)
		places += fresh
		seen[group], entry[i] = at, at-1
		groups[at-1] = group
		weights[at-1] = weights[at-1]&(fresh-1) + from.weight[i]
	}
	c.class, c.weight = groups[:places], weights[:places]
}

// unitePoints is unite for supporters who gave points: entries must agree on those too.
func (g *ballotGroups) unitePoints(from *crowd, n uint32) {
	c := &g.made
	c.class, c.weight, c.points, g.next = c.class[:0], c.weight[:0], c.points[:0], g.next[:0]
	for i, group := range from.class {
		for group >= n {
			group = g.parent[group]
		}
		before := int32(g.seen[group]) - 1
		at, found := g.samePoints(before, from.points[i])
		if found {
			c.weight[at] += from.weight[i]
		} else {
			at = int32(len(c.class))
			c.class, c.weight, c.points = append(c.class, group), append(c.weight, from.weight[i]), append(c.points, from.points[i])
			g.next = append(g.next, before)
			g.seen[group] = uint32(at + 1)
		}
		g.entry[i] = uint32(at)
	}
}

// samePoints looks for an entry of the same group that gave u points, among the latest ones.
// When it misses one, the entries are not united, which is only slower.
func (g *ballotGroups) samePoints(at int32, u int32) (int32, bool) {
	for tries := 0; at >= 0 && tries < 12; tries++ {
		if g.made.points[at] == u {
			return at, true
		}
		at = g.next[at]
	}
	return 0, false
}

// charge takes a rate from the supporters of purchase j. It stores in b what the groups made by
// that purchase have left.
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

// spend adds w times what a voter of the group has left, if anything.
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

// spread gives each ballot what its group has left after all purchases.
func (g *ballotGroups) spread(to, b []int64) {
	for i, group := range g.of {
		to[i] = b[group]
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
