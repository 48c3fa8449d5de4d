package tally

import (
	"cmp"
	"context"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// Exact Equal Shares and add-opt completion, after Kraiczy, Robinson, Elkind,
// "Streamlining Equal Shares" (2025, arXiv:2502.11797).
//
// Every voter starts with the share B/n. The largest group of supporters who can all afford the
// same part of the cost pays for a project. The project with the lowest part per unit of
// utility is bought first. Prices are therefore quotients cost/size, and projects are compared
// exactly in machine integers. What a voter has left is compared with a price in units of
// 2^-shift, rounded by at most one unit per purchase. Exact fractions are used where that is
// not precise enough.
type exactEngine struct {
	ctx   context.Context
	e     *Election
	supp  *supporters
	rank  []int
	votes []int64
	cost  bool

	shift uint
	start int64    // the share
	left  []int64  // by ballot, within one unit per purchase of the truth
	paid  []uint64 // by ballot, words bits: the purchases it paid for
	words int
	size  []int64 // by project: the largest group that could still pay; 0 when none or bought
	seen  []int
	able  able
	exact *sharesExact
	buys  []purchase

	increased int64 // the last increase of the share found, in tiny units
}

// purchase is one project bought by a group of equal payers.
type purchase struct {
	project int
	size    int64
	units   int64 // the part in tiny units, rounded down
}

func newExactEngine(c *counting) *exactEngine {
	m, n := len(c.e.Projects), len(c.e.ballots.weight)
	words := (m + 63) / 64
	return &exactEngine{
		ctx: c.ctx, e: c.e, supp: c.supp, rank: c.ties.rank, votes: c.out.votes, cost: c.o.Utility == UtilityCost,
		left: make([]int64, n), paid: make([]uint64, n*words), words: words, size: make([]int64, m), seen: make([]int, m),
	}
}

// compare orders two projects by the part per unit of utility, given group sizes.
func (x *exactEngine) compare(p int, sizeP int64, q int, sizeQ int64) int {
	a, b := int64(x.e.Projects[p].Cost), int64(x.e.Projects[q].Cost)
	if x.cost && a > 0 && b > 0 {
		a, b = 1, 1
	}
	return compareQuotients(a, sizeP, b, sizeQ)
}

// value returns the numerator, over exact.den, of what a ballot has left after
// the first k purchases.
func (x *exactEngine) value(class uint32, k int) *big.Int {
	v := new(big.Int).Set(x.exact.share)
	for j := range k {
		if x.hasPaid(class, j) {
			v.Sub(v, x.exact.rates[j])
		}
	}
	return v
}

// afford reports whether a ballot can pay cost/size, which is price in tiny units.
func (x *exactEngine) afford(class uint32, cost, size, price int64) bool {
	v, slack := x.left[class], x.slack()
	if v > price+slack {
		return true
	}
	if v < price-slack {
		return false
	}
	a := x.value(class, len(x.buys))
	b := new(big.Int).Mul(big.NewInt(cost), x.exact.den)
	return a.Mul(a, big.NewInt(size)).Cmp(b) >= 0
}

// slack is how far, in tiny units, the stored values of what ballots have left may be from the
// truth.
func (x *exactEngine) slack() int64 { return int64(len(x.buys) + 2) }

// units converts smallest money units to tiny units, rounded down.
func (x *exactEngine) units(amount *big.Rat) int64 {
	scaled := new(big.Int).Lsh(amount.Num(), x.shift)
	return scaled.Quo(scaled, amount.Denom()).Int64()
}

// price is cost/size in tiny units, rounded down.
func (x *exactEngine) price(cost, size int64) int64 {
	return cost << x.shift / size // below 2^60 by the choice of shift
}

// group returns the size of the largest group of supporters that can pay p in
// equal parts, starting from an upper bound; 0 if there is none.
func (x *exactEngine) group(p int, size int64) int64 {
	if size == 0 {
		return 0
	}
	cost, slack := int64(x.e.Projects[p].Cost), x.slack()
	lo, hi := x.supp.of(p)
	classes, weights := x.supp.class[lo:hi], x.supp.weight[lo:hi]
	price := x.price(cost, size)
	can := x.able.gather(x.left, classes, weights, price-slack)
	for {
		if can >= size { // perhaps: for those within the slack the rounded values do not tell
			if x.able.count(price+slack+1) >= size {
				return size
			}
			can = 0
			for i, class := range classes {
				if x.afford(class, cost, size, price) {
					can += int64(weights[i])
				}
			}
			if can >= size {
				return size
			}
		}
		if size = can; size == 0 {
			return 0
		}
		price = x.price(cost, size)
		can = x.able.narrow(price - slack)
	}
}

// run buys projects for one share, given in smallest money units. It keeps the first keep
// purchases of the last run, which are surely the same.
func (x *exactEngine) run(share *big.Rat, keep int, room *room, ties *tieLog, first int) error {
	if err := x.begin(share, keep); err != nil {
		return err
	}
	for _, b := range x.buys {
		room.take(b.project)
	}
	for round := 1; ; round++ {
		if err := canceled(x.ctx); err != nil {
			return err
		}
		var tied []int
		for {
			next := -1
			for p, size := range x.size {
				if size == 0 || x.seen[p] == round {
					continue
				}
				if !room.allowed(p) {
					x.size[p] = 0
					continue
				}
				if len(tied) > 0 && x.compare(p, size, tied[0], x.size[tied[0]]) > 0 {
					continue
				}
				if next < 0 || x.compare(p, size, next, x.size[next]) < 0 {
					next = p
				}
			}
			if next < 0 {
				break
			}
			x.seen[next] = round
			if x.size[next] = x.group(next, x.size[next]); x.size[next] == 0 {
				continue
			}
			if len(tied) > 0 {
				if d := x.compare(next, x.size[next], tied[0], x.size[tied[0]]); d > 0 {
					continue
				} else if d < 0 {
					tied = tied[:0]
				}
			}
			tied = append(tied, next)
		}
		if len(tied) == 0 {
			return nil
		}
		p := ties.settle(first+len(x.buys), tied)
		x.buy(p)
		room.take(p)
	}
}

// begin gives every voter the share, less what they paid for the purchases kept.
func (x *exactEngine) begin(share *big.Rat, keep int) error {
	need := ceil(share).BitLen()
	for p := range x.e.Projects {
		if x.votes[p] > 0 {
			need = max(need, big.NewInt(int64(x.e.Projects[p].Cost)).BitLen())
		}
	}
	if need > 58 {
		return ErrTooLarge
	}
	shift := uint(60 - need)
	if keep == 0 || shift != x.shift {
		x.shift = shift
		x.start = x.units(share)
		for i := range x.left {
			x.left[i] = x.start
		}
		clear(x.paid)
		x.buys = x.buys[:0]
	} else {
		x.rewind(keep)
		rise := x.units(share) - x.start
		x.start += rise
		for i := range x.left {
			x.left[i] += rise
		}
	}
	clear(x.seen)
	copy(x.size, x.votes)
	x.exact = newSharesExact(share)
	for _, b := range x.buys {
		x.exact.add(new(big.Int).Mul(big.NewInt(int64(x.e.Projects[b.project].Cost)), x.exact.den), b.size)
	}
	for p, votes := range x.votes {
		if n := len(x.buys); n > 0 {
			size, _ := x.largestWith(p, x.buys[n-1])
			x.size[p] = min(votes, size)
		}
	}
	for _, b := range x.buys {
		x.size[b.project] = 0
	}
	return nil
}

// rewind takes back all purchases but the first.
func (x *exactEngine) rewind(keep int) {
	for j, b := range slices.Backward(x.buys) {
		if j < keep {
			break
		}
		lo, hi := x.supp.of(b.project)
		for _, class := range x.supp.class[lo:hi] {
			if x.hasPaid(class, j) {
				x.left[class] += b.units
				x.paid[int(class)*x.words+j/64] &^= 1 << (j % 64)
			}
		}
	}
	x.buys = x.buys[:keep]
}

func (x *exactEngine) buy(p int) {
	cost, size := int64(x.e.Projects[p].Cost), x.size[p]
	price := x.price(cost, size)
	j := len(x.buys)
	lo, hi := x.supp.of(p)
	var payers []uint32
	for i := lo; i < hi; i++ {
		if x.afford(x.supp.class[i], cost, size, price) {
			payers = append(payers, x.supp.class[i])
		}
	}
	for _, class := range payers {
		x.left[class] -= price
		x.paid[int(class)*x.words+j/64] |= 1 << (j % 64)
	}
	x.exact.add(new(big.Int).Mul(big.NewInt(cost), x.exact.den), size)
	x.buys = append(x.buys, purchase{p, size, price})
	x.size[p] = 0
}

// nextShare returns the smallest larger share at which the purchases or their
// payers differ, nil if there is none, and how many of the first purchases stay.
//
// Take the present purchases in the order of their price per utility. A change comes when
// project p gets a larger group of size s, or any group if p is not bought. That needs its s-th
// richest supporter to have cost/s at the moment when p would be bought at that price: after
// all purchases that come before it. The smallest increase over all p and s is sought. Small
// increases are found quicker, so the search first looks only below a few times the last one
// found.
func (x *exactEngine) nextShare(room *room) (next *big.Rat, keep int) {
	const most = 1 << 62 // above every price
	for below := 4 * max(1, x.increased); ; below = 16 * below {
		if below > most/16 {
			below = most
		}
		least, keep := x.smallestIncrease(room, below)
		if least != nil {
			x.increased = max(1, x.units(least))
			return least.Add(least, new(big.Rat).SetFrac(x.exact.share, x.exact.den)), keep
		}
		if below == most {
			return nil, 0
		}
	}
}

// smallestIncrease goes back from what voters have after the last purchase to what they had
// before the first. It returns the smallest increase, and how many purchases come before the
// change. It returns nil if nothing changes below the given increase, in tiny units.
func (x *exactEngine) smallestIncrease(room *room, below int64) (*big.Rat, int) {
	search := increaseSearch{exactEngine: x, left: slices.Clone(x.left), start: x.start, best: below, slack: int64(len(x.buys) + 4)}
	from := make([]int64, len(x.size)) // the smallest size not yet tried, above the number of votes when there is none
	for p, n := range x.votes {
		from[p] = 1
		if room.barred[p] != NotBarred || x.e.Projects[p].Cost == 0 || x.taken(room, p) {
			from[p] = n + 1
		}
	}
	for _, b := range x.buys {
		from[b.project] = b.size + 1
	}
	shut := x.shutFrom(room)
	for after := len(x.buys); ; after-- {
		for p, n := range x.votes {
			if after >= shut[p] {
				continue
			}
			last := n
			if after > 0 {
				last = min(n, x.largestAfter(p, x.buys[after-1]))
			}
			if from[p] <= last {
				search.try(p, after, from[p], last)
				from[p] = last + 1
			}
		}
		if after == 0 {
			break
		}
		b := x.buys[after-1]
		lo, hi := x.supp.of(b.project)
		for _, class := range x.supp.class[lo:hi] {
			if x.hasPaid(class, after-1) {
				search.left[class] += b.units
			}
		}
	}
	return search.least()
}

// shutFrom returns for each project after how many purchases a cap or an exclusive project bars
// it. From there on no group of it can buy: at the smallest increase the purchases before are
// still the same.
func (x *exactEngine) shutFrom(room *room) []int {
	shut := make([]int, len(x.size))
	for p := range shut {
		shut[p] = math.MaxInt
	}
	if len(room.c.Caps)+len(room.c.Exclusive) == 0 {
		return shut
	}
	room = room.clone()
	for j, b := range x.buys {
		room.take(b.project)
		for p := range shut {
			if shut[p] == math.MaxInt && room.bar(p) != NotBarred && p != b.project {
				shut[p] = j + 1
			}
		}
	}
	return shut
}

// increaseSearch looks for the smallest increase of the share at which
// something changes.
type increaseSearch struct {
	*exactEngine
	left        []int64 // by ballot, after the purchases before those tried
	start       int64   // what they had before the first
	best, slack int64   // the smallest increase found, in tiny units, and how far from the truth it may be
	candidates  []increaseCandidate
	holders     []holder
}

// increaseCandidate is a group of supporters of a project, bought after so many purchases, that
// can pay after some increase of the share.
type increaseCandidate struct {
	project, after int
	size           int64
	units          int64    // the increase
	richer         int64    // how many supporters surely have more than the last of the group
	last           []uint32 // the ballots of those who may be the last
}

type holder struct {
	left, weight int64
	class        uint32
}

// try looks at groups of p with sizes between from and to, bought after so many purchases.
func (s *increaseSearch) try(p, after int, from, to int64) {
	cost := int64(s.e.Projects[p].Cost)
	if s.price(cost, to)-s.best-s.slack > s.start {
		return // not even a supporter who has paid nothing has enough
	}
	lo, hi := s.supp.of(p)
	// A group of a certain size is of interest only if so many supporters could pay after the
	// best increase found so far. Sizes above the number of such supporters are left out.
	classes, weights := s.supp.class[lo:hi], s.supp.weight[lo:hi]
	weights = weights[:len(classes)]
	size := to
	var need int64
	for {
		need = s.price(cost, size) - s.best - s.slack
		can := int64(0)
		for i, class := range classes {
			// has is −1 if the ballot can pay. No branch, because that changes from ballot to
			// ballot.
			has := (need - 1 - s.left[class]) >> 63
			can += int64(weights[i]) & has
		}
		if can >= size {
			break
		}
		if size = can; size < from {
			return
		}
	}
	s.holders = s.holders[:0]
	for i, class := range classes {
		if left := s.left[class]; left >= need-2*s.slack { // others cannot be the last of such a group
			s.holders = append(s.holders, holder{left, int64(weights[i]), class})
		}
	}
	slices.SortFunc(s.holders, func(a, b holder) int { return cmp.Compare(b.left, a.left) })
	count := int64(0)
	for i, h := range s.holders {
		if count += h.weight; count < from {
			continue
		}
		reached := min(count, size)
		d := s.price(cost, reached) - h.left
		// If all can surely pay already and yet p was not bought, a constraint keeps it out.
		if d >= -s.slack && d <= s.best+s.slack {
			c := increaseCandidate{project: p, after: after, size: reached, units: d}
			c.richer, c.last = s.around(i, count-h.weight)
			if d > s.slack || s.increase(c).Sign() > 0 {
				s.best = min(s.best, d)
				s.candidates = append(s.candidates, c)
			}
		}
		if count >= size {
			return
		}
	}
}

// around finds the ballots that may have as much as the i-th richest holder, when rounding
// leaves that open. richer is how many voters have more than all of these. before is how many
// voters stand before i.
func (s *increaseSearch) around(i int, before int64) (richer int64, near []uint32) {
	first := i
	for first > 0 && s.holders[first-1].left-s.holders[i].left <= 2*s.slack {
		first--
		before -= s.holders[first].weight
	}
	for _, h := range s.holders[first:] {
		if s.holders[i].left-h.left > 2*s.slack {
			break
		}
		near = append(near, h.class)
	}
	return before, near
}

// least returns the smallest increase among the candidates, exactly. It also returns after how
// many purchases the first group buys that this increase lets pay.
func (s *increaseSearch) least() (least *big.Rat, after int) {
	for _, c := range s.candidates {
		if c.units > s.best+2*s.slack {
			continue
		}
		d := s.increase(c)
		if least == nil || d.Cmp(least) < 0 {
			least, after = d, c.after
		} else if d.Cmp(least) == 0 {
			after = min(after, c.after)
		}
	}
	return least, after
}

// lastChange returns the smallest share, not below the first, from which on the purchases and
// payers are the present ones. With less, some payer would lack money.
func (x *exactEngine) lastChange(first *big.Rat) *big.Rat {
	left, slack := slices.Clone(x.left), int64(len(x.buys)+4)
	type payer struct {
		class uint32
		after int
		spare int64
	}
	var near []payer
	least := int64(math.MaxInt64 / 2)
	for j, b := range slices.Backward(x.buys) {
		lo, hi := x.supp.of(b.project)
		for _, class := range x.supp.class[lo:hi] {
			if !x.hasPaid(class, j) {
				continue
			}
			if spare := left[class]; spare <= least+slack {
				least = min(least, spare)
				near = append(near, payer{class, j, spare})
			}
			left[class] += b.units
		}
	}
	last := first
	for _, p := range near {
		if p.spare > least+slack {
			continue
		}
		spare := new(big.Int).Sub(x.value(p.class, p.after), x.exact.rates[p.after])
		at := new(big.Rat).SetFrac(spare.Sub(x.exact.share, spare), x.exact.den)
		if at.Cmp(last) > 0 {
			last = at
		}
	}
	return last
}

func (x *exactEngine) taken(room *room, p int) bool {
	for _, f := range room.c.Funded {
		if f.Project == p {
			return true
		}
	}
	return false
}

// largestAfter returns the size of the largest group of p that would buy after the given
// purchase, not before it.
func (x *exactEngine) largestAfter(p int, b purchase) int64 {
	size, tied := x.largestWith(p, b)
	if tied && x.rank[p] < x.rank[b.project] {
		size--
	}
	return size
}

// largestWith returns the size of the largest group of p whose price per utility is not lower
// than that of the given purchase, and whether it is the same.
func (x *exactEngine) largestWith(p int, b purchase) (size int64, tied bool) {
	cost, other := uint64(x.e.Projects[p].Cost), uint64(x.e.Projects[b.project].Cost)
	if other == 0 {
		return math.MaxInt64, false
	}
	if x.cost {
		cost, other = 1, 1
	}
	h, l := bits.Mul64(cost, uint64(b.size)) // cost/size = other/b.size
	if h >= other {
		return math.MaxInt64, false
	}
	whole, rest := bits.Div64(h, l, other)
	return int64(min(whole, math.MaxInt64)), rest == 0
}

// hasPaid reports whether the voters of a ballot paid for purchase j.
func (x *exactEngine) hasPaid(class uint32, j int) bool {
	return x.paid[int(class)*x.words+j/64]>>(j%64)&1 != 0
}

// increase returns by how much the share must rise so that the group can pay in equal parts.
func (s *increaseSearch) increase(c increaseCandidate) *big.Rat {
	type holder struct {
		value  *big.Int
		weight int64
	}
	holders := make([]holder, len(c.last))
	for i, class := range c.last {
		holders[i] = holder{s.value(class, c.after), int64(s.e.ballots.weight[class])}
	}
	slices.SortFunc(holders, func(a, b holder) int { return b.value.Cmp(a.value) })
	price := new(big.Rat).SetFrac64(int64(s.e.Projects[c.project].Cost), c.size)
	count := c.richer
	for _, h := range holders {
		if count += h.weight; count >= c.size {
			return price.Sub(price, new(big.Rat).SetFrac(h.value, s.exact.den))
		}
	}
	return new(big.Rat) // cannot happen: the last of the group is among them
}

// exactSearch returns the search for a completion before its first share is counted.
func (c *counting) exactSearch() *exactSearch {
	s := &exactSearch{c: c, x: newExactEngine(c), share: c.share(), unit: big.NewRat(pow10(c.e.Decimals), 1)}
	s.step = s.unit
	if c.o.AddOne.Step != nil {
		s.step = new(big.Rat).Mul(s.unit, c.o.AddOne.Step)
	}
	if c.o.Completion == AddOne && c.o.AddOne.FloorStart {
		s.share = new(big.Rat).Mul(new(big.Rat).SetInt(floor(new(big.Rat).Quo(s.share, s.unit))), s.unit)
	}
	s.first, s.width = s.share, 1e-3
	s.outlook = newOutlook(s.x, c.o.AddOne.PastExhaustion)
	return s
}

// exactEqualShares runs Exact Equal Shares with its completion.
func (c *counting) exactEqualShares() error {
	s := c.exactSearch()
	var err error
	if s.room, s.log, err = s.run(s.share, 0); err != nil {
		return err
	}
	c.out.Trials = 1
	if c.o.Completion != None {
		if err := s.complete(); err != nil {
			return err
		}
	}
	c.room = s.room
	c.out.Share = new(big.Rat).Quo(s.share, s.unit)
	c.ties.ties = append(c.ties.ties, s.log.ties...)
	if s.trial != nil {
		c.addTrialTies(s.trial)
	}
	for j, b := range s.x.buys {
		rate := new(big.Rat).SetFrac(s.x.exact.rates[j], s.x.exact.den)
		c.out.Steps = append(c.out.Steps, Step{Project: b.project, Phase: PhaseRule, Full: b.size, Rate: rate.Quo(rate, s.unit)})
	}
	return nil
}
