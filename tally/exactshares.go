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
// Every voter starts with the share B/n. A project is paid in exactly equal
// parts by the largest group of supporters who can all afford the part; the
// project with the lowest part per unit of utility is bought first. Prices are
// therefore quotients cost/size, and all comparisons of projects are exact in
// machine integers. What a voter has left is compared with a price in units of
// 2^-shift, rounded by at most one unit per purchase, and with exact fractions
// where that does not tell.
type exactEngine struct {
	ctx   context.Context
	e     *Election
	supp  *supporters
	rank  []int
	votes []int64
	cost  bool

	shift uint
	left  []int64  // by ballot, within one unit per purchase of the truth
	paid  []uint64 // by ballot, words bits: the purchases it paid for
	words int
	size  []int64 // by project: the largest group that could still pay; 0 when none or bought
	seen  []int
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

// slack is how far, in tiny units, what ballots have left may be from the truth.
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
	cost := int64(x.e.Projects[p].Cost)
	lo, hi := x.supp.of(p)
	classes, weights := x.supp.class[lo:hi], x.supp.weight[lo:hi]
	weights = weights[:len(classes)]
	for size > 0 {
		price := x.price(cost, size)
		// Who can pay changes from ballot to ballot, so this does not branch.
		enough, perhaps := price+x.slack(), price-x.slack()-1
		var can, near int64
		for i, class := range classes {
			v, w := x.left[class], int64(weights[i])
			can += w & ((enough - v) >> 63)
			near += w & ((perhaps - v) >> 63)
		}
		if near > can { // some are too near to tell
			can = 0
			for i, class := range classes {
				if x.afford(class, cost, size, price) {
					can += int64(weights[i])
				}
			}
		}
		if can >= size {
			return size
		}
		size = can
	}
	return 0
}

// run buys projects for one share, given in smallest money units.
func (x *exactEngine) run(share *big.Rat, room *room, ties *tieLog, first int) error {
	// Long: the rule as it is published, round by round.
	need := ceil(share).BitLen()
	for p := range x.e.Projects {
		if x.votes[p] > 0 {
			need = max(need, big.NewInt(int64(x.e.Projects[p].Cost)).BitLen())
		}
	}
	if need > 58 {
		return ErrTooLarge
	}
	x.shift = uint(60 - need)
	start := x.units(share)
	for i := range x.left {
		x.left[i] = start
	}
	clear(x.paid)
	clear(x.seen)
	copy(x.size, x.votes)
	x.exact, x.buys = newSharesExact(share), x.buys[:0]
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
// payers differ, nil if there is none.
//
// Let the present purchases be in the order of their price per utility. A
// larger group of size s for project p, or any group if p is not bought, comes
// into being when its s-th richest supporter has cost/s at the moment p would
// be bought at that price, that is, after all purchases that come before it.
// The smallest increase over all p and s is sought: first below some times the
// last one found, since small ones are found quicker.
func (x *exactEngine) nextShare(room *room) *big.Rat {
	const most = 1 << 62 // above every price
	for below := min(4*x.increased, most); ; below = most {
		least := x.smallestIncrease(room, below)
		if least != nil {
			x.increased = max(1, x.units(least))
			return least.Add(least, new(big.Rat).SetFrac(x.exact.share, x.exact.den))
		}
		if below == most {
			return nil
		}
	}
}

// smallestIncrease goes back from what voters have after the last purchase to
// what they had before the first. It returns nil if nothing changes below a
// certain increase, in tiny units.
func (x *exactEngine) smallestIncrease(room *room, below int64) *big.Rat {
	search := increaseSearch{exactEngine: x, left: slices.Clone(x.left), best: below, slack: int64(len(x.buys) + 4)}
	from := make([]int64, len(x.size)) // the smallest size not yet tried, above the number of votes when there is none
	for p, n := range x.votes {
		from[p] = 1
		// Projects that constraints bar when they would be bought are tried too:
		// at worst the next share changes nothing.
		if room.barred[p] != NotBarred || x.e.Projects[p].Cost == 0 || x.taken(room, p) {
			from[p] = n + 1
		}
	}
	for _, b := range x.buys {
		from[b.project] = b.size + 1
	}
	for after := len(x.buys); ; after-- {
		for p, n := range x.votes {
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

// increaseSearch looks for the smallest increase of the share at which
// something changes.
type increaseSearch struct {
	*exactEngine
	left        []int64 // by ballot, after the purchases before those tried
	best, slack int64   // the smallest increase found, in tiny units, and how far from the truth it may be
	candidates  []increaseCandidate
	holders     []holder
}

type increaseCandidate struct {
	project, after int
	size           int64
	units          int64
}

type holder struct{ left, weight int64 }

// try looks at groups of from to to supporters of p, bought after so many purchases.
func (s *increaseSearch) try(p, after int, from, to int64) {
	cost := int64(s.e.Projects[p].Cost)
	lo, hi := s.supp.of(p)
	// Groups of a size come near enough only if that many supporters have
	// what is missing but for the best increase. Sizes above their number do not.
	size := to
	for {
		need := s.price(cost, size) - s.best - s.slack
		can := int64(0)
		for i, class := range s.supp.class[lo:hi] {
			// −1 if the ballot has it: who has changes from ballot to ballot.
			has := (need - 1 - s.left[class]) >> 63
			can += int64(s.supp.weight[int(lo)+i]) & has
		}
		if can >= size {
			break
		}
		if size = can; size < from {
			return
		}
	}
	s.holders = s.holders[:0]
	for i := lo; i < hi; i++ {
		s.holders = append(s.holders, holder{s.left[s.supp.class[i]], int64(s.supp.weight[i])})
	}
	slices.SortFunc(s.holders, func(a, b holder) int { return cmp.Compare(b.left, a.left) })
	count := int64(0)
	for _, h := range s.holders {
		if count += h.weight; count < from {
			continue
		}
		reached := min(count, size)
		d := s.price(cost, reached) - h.left
		// Who can pay already is kept from it by a constraint.
		already := d <= s.slack && s.increase(p, reached, after).Sign() <= 0
		if !already && d <= s.best+s.slack {
			s.best = min(s.best, d)
			s.candidates = append(s.candidates, increaseCandidate{p, after, reached, d})
		}
		if count >= size {
			return
		}
	}
}

// least returns the smallest increase among the candidates, exactly.
func (s *increaseSearch) least() *big.Rat {
	var least *big.Rat
	for _, c := range s.candidates {
		if c.units > s.best+2*s.slack {
			continue
		}
		if d := s.increase(c.project, c.size, c.after); least == nil || d.Cmp(least) < 0 {
			least = d
		}
	}
	return least
}

func (x *exactEngine) taken(room *room, p int) bool {
	for _, f := range room.c.Funded {
		if f.Project == p {
			return true
		}
	}
	return false
}

// largestAfter returns the largest group that would buy p after the given
// purchase, not before it.
func (x *exactEngine) largestAfter(p int, b purchase) int64 {
	cost, other := uint64(x.e.Projects[p].Cost), uint64(x.e.Projects[b.project].Cost)
	if other == 0 {
		return math.MaxInt64
	}
	if x.cost {
		cost, other = 1, 1
	}
	h, l := bits.Mul64(cost, uint64(b.size)) // cost/size = other/b.size
	if h >= other {
		return math.MaxInt64
	}
	size, rest := bits.Div64(h, l, other)
	if rest == 0 && x.rank[p] < x.rank[b.project] {
		size--
	}
	return int64(min(size, math.MaxInt64))
}

// hasPaid reports whether the voters of a ballot paid for purchase j.
func (x *exactEngine) hasPaid(class uint32, j int) bool {
	return x.paid[int(class)*x.words+j/64]>>(j%64)&1 != 0
}

// increase returns by how much the share must rise for size supporters of p to
// be able to pay it in equal parts after the first k purchases.
func (x *exactEngine) increase(p int, size int64, k int) *big.Rat {
	type holder struct {
		value  *big.Int
		weight int64
	}
	lo, hi := x.supp.of(p)
	byHistory := map[string]*holder{}
	var holders []*holder
	history := make([]byte, 0, 8*x.words)
	for i := lo; i < hi; i++ {
		class := x.supp.class[i]
		history = history[:0]
		for w := range x.words {
			bits := x.paid[int(class)*x.words+w]
			if 64*(w+1) > k {
				if k <= 64*w {
					bits = 0
				} else {
					bits &= 1<<(k-64*w) - 1
				}
			}
			for range 8 {
				history = append(history, byte(bits))
				bits >>= 8
			}
		}
		h := byHistory[string(history)]
		if h == nil {
			h = &holder{value: x.value(class, k)}
			byHistory[string(history)] = h
			holders = append(holders, h)
		}
		h.weight += int64(x.supp.weight[i])
	}
	slices.SortFunc(holders, func(a, b *holder) int { return b.value.Cmp(a.value) })
	price := new(big.Rat).SetFrac64(int64(x.e.Projects[p].Cost), size)
	count := int64(0)
	for _, h := range holders {
		if count += h.weight; count >= size {
			return price.Sub(price, new(big.Rat).SetFrac(h.value, x.exact.den))
		}
	}
	return new(big.Rat) // cannot happen: size is at most the number of supporters
}

// exactEqualShares runs Exact Equal Shares with its completion.
func (c *counting) exactEqualShares() error {
	// Long: the shares that are tried, one after the other: what is known of the last two decides on the next.
	x := newExactEngine(c)
	share := c.share()
	first := len(c.out.Steps)
	run := func(share *big.Rat) (*room, *tieLog, error) {
		room, log := c.room.clone(), &tieLog{rank: c.ties.rank, prefer: c.ties.prefer}
		c.out.Runs++
		c.out.Trials++
		return room, log, x.run(share, room, log, first)
	}
	room, log, err := run(share)
	if err != nil {
		return err
	}
	var trials []*tieLog
	if c.o.Completion != None {
		c.out.Stopped = StopOverBudget
	}
	unit := big.NewRat(pow10(c.e.Decimals), 1)
	step := unit
	if c.o.AddOne.Step != nil {
		step = new(big.Rat).Mul(unit, c.o.AddOne.Step)
	}
	if c.o.Completion == AddOne && c.o.AddOne.FloorStart {
		share = new(big.Rat).Mul(new(big.Rat).SetInt(floor(new(big.Rat).Quo(share, unit))), unit)
		if room, log, err = run(share); err != nil {
			return err
		}
	}
	var before []purchase // at the last share but one
	for c.o.Completion != None {
		if stop := c.stopAt(room); stop != StopNone {
			c.out.Stopped = stop
			break
		}
		next := new(big.Rat).Add(share, step)
		// Add-one looks ahead once a step has changed nothing.
		if c.o.Completion == AddOpt || slices.Equal(x.buys, before) {
			change := x.nextShare(room)
			if change == nil {
				c.out.Stopped = StopAllFunded
				break
			}
			if c.o.Completion == AddOpt {
				next = change
			} else if steps := ceil(new(big.Rat).Quo(new(big.Rat).Sub(change, share), step)); steps.Cmp(big.NewInt(1)) > 0 {
				steps.Sub(steps, big.NewInt(1)) // those that surely change nothing
				c.out.Trials += steps.Int64()
				share = new(big.Rat).Add(share, new(big.Rat).Mul(step, new(big.Rat).SetInt(steps)))
				next = new(big.Rat).Add(share, step)
			}
		}
		before = append(before[:0], x.buys...)
		r, l, err := run(next)
		if err != nil {
			return err
		}
		if c.o.Progress != nil {
			reached, _ := next.Float64()
			c.o.Progress(Progress{Runs: c.out.Runs, Share: reached / float64(pow10(c.e.Decimals)),
				Spent: 1 - float64(r.left)/max(1, float64(c.e.Budget))})
		}
		trials = append(trials, l)
		if r.left < 0 {
			if room, log, err = run(share); err != nil { // x must hold the result
				return err
			}
			break
		}
		share, room, log = next, r, l
	}
	c.room = room
	c.out.Share = new(big.Rat).Quo(share, unit)
	c.ties.ties = append(c.ties.ties, log.ties...)
	for _, l := range trials {
		c.addTrialTies(l)
	}
	for j, b := range x.buys {
		rate := new(big.Rat).SetFrac(x.exact.rates[j], x.exact.den)
		c.out.Steps = append(c.out.Steps, Step{Project: b.project, Phase: PhaseRule, Full: b.size, Rate: rate.Quo(rate, unit)})
	}
	return nil
}
