package tally

import (
	"context"
	"math/big"
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
		if x.paid[int(class)*x.words+j/64]>>(j%64)&1 != 0 {
			v.Sub(v, x.exact.rates[j])
		}
	}
	return v
}

// afford reports whether a ballot can pay cost/size.
func (x *exactEngine) afford(class uint32, cost, size, price int64) bool {
	v, slack := x.left[class], int64(len(x.buys)+2)
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

// price is cost/size in tiny units, rounded down.
func (x *exactEngine) price(cost, size int64) int64 {
	v := new(big.Int).Lsh(big.NewInt(cost), x.shift)
	v.Quo(v, big.NewInt(size))
	return v.Int64() // below 2^60 by the choice of shift
}

// group returns the size of the largest group of supporters that can pay p in
// equal parts, starting from an upper bound; 0 if there is none.
func (x *exactEngine) group(p int, size int64) int64 {
	cost := int64(x.e.Projects[p].Cost)
	lo, hi := x.supp.of(p)
	for size > 0 {
		price := x.price(cost, size)
		can := int64(0)
		for i := lo; i < hi; i++ {
			if x.afford(x.supp.class[i], cost, size, price) {
				can += int64(x.supp.weight[i])
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
	bits := ceil(share).BitLen()
	for p := range x.e.Projects {
		if x.votes[p] > 0 {
			bits = max(bits, big.NewInt(int64(x.e.Projects[p].Cost)).BitLen())
		}
	}
	if bits > 58 {
		return ErrTooLarge
	}
	x.shift = uint(60 - bits)
	scaled := new(big.Int).Lsh(share.Num(), x.shift)
	start := scaled.Quo(scaled, share.Denom()).Int64()
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
// The smallest increase over all p and s is sought.
func (x *exactEngine) nextShare(room *room) *big.Rat {
	slack := int64(len(x.buys) + 4)
	best := int64(1) << 62 // in tiny units
	type candidate struct {
		p, after int
		size     int64
		units    int64
	}
	var candidates []candidate
	boughtSize := make([]int64, len(x.size))
	for _, b := range x.buys {
		boughtSize[b.project] = b.size
	}
	type holder struct {
		left   int64
		weight int64
	}
	var holders []holder
	for p := range x.size {
		lo, hi := x.supp.of(p)
		n := x.votes[p]
		// Projects that constraints bar when they would be bought are tried too:
		// at worst the next share changes nothing.
		if lo == hi || room.barred[p] != NotBarred || x.e.Projects[p].Cost == 0 || boughtSize[p] == n {
			continue
		}
		if boughtSize[p] == 0 && x.taken(room, p) {
			continue
		}
		cost := int64(x.e.Projects[p].Cost)
		// Sizes that fall into the gap after `after` purchases: from small sizes
		// (late, dear) to large ones (early, cheap).
		size := boughtSize[p] + 1
		for after := x.position(p, size); size <= n; {
			// The largest size that still comes after the same purchases.
			last := n
			if after > 0 {
				last = x.lastSize(p, size, n, after)
			}
			holders = holders[:0]
			for i := lo; i < hi; i++ {
				class := x.supp.class[i]
				holders = append(holders, holder{x.leftAfter(class, after), int64(x.supp.weight[i])})
			}
			most := int64(0)
			for _, h := range holders {
				most = max(most, h.left)
			}
			if x.price(cost, last)-most <= best+slack {
				slices.SortFunc(holders, func(a, b holder) int {
					switch {
					case a.left > b.left:
						return -1
					case a.left < b.left:
						return 1
					}
					return 0
				})
				count := int64(0)
				for _, h := range holders {
					count += h.weight
					if count < size {
						continue
					}
					s := min(count, last)
					d := x.price(cost, s) - h.left
					if d <= best+slack {
						best = min(best, d)
						candidates = append(candidates, candidate{p, after, s, d})
					}
					if count >= last {
						break
					}
				}
			}
			size = last + 1
			after--
			for after > 0 && size <= n && x.position(p, size) < after {
				after--
			}
			if after < 0 {
				break
			}
		}
	}
	var least *big.Rat
	for _, c := range candidates {
		if c.units > best+2*slack {
			continue
		}
		if d := x.increase(c.p, c.size, c.after); d.Sign() > 0 && (least == nil || d.Cmp(least) < 0) {
			least = d
		}
	}
	if least == nil {
		return nil
	}
	return least.Add(least, new(big.Rat).SetFrac(x.exact.share, x.exact.den))
}

func (x *exactEngine) taken(room *room, p int) bool {
	for _, f := range room.c.Funded {
		if f.Project == p {
			return true
		}
	}
	return false
}

// position returns how many purchases come before p bought by a group of size.
func (x *exactEngine) position(p int, size int64) int {
	for j, b := range x.buys {
		if d := x.compare(p, size, b.project, b.size); d < 0 || d == 0 && x.rank[p] < x.rank[b.project] || b.project == p {
			return j
		}
	}
	return len(x.buys)
}

// lastSize returns the largest size in [size, n] with the same position.
func (x *exactEngine) lastSize(p int, size, n int64, after int) int64 {
	lo, hi := size, n
	for lo < hi {
		mid := lo + (hi-lo+1)/2
		if x.position(p, mid) == after {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// leftAfter returns what a ballot had left after the first k purchases.
func (x *exactEngine) leftAfter(class uint32, k int) int64 {
	v := x.left[class]
	for j := k; j < len(x.buys); j++ {
		if x.paid[int(class)*x.words+j/64]>>(j%64)&1 != 0 {
			v += x.buys[j].units
		}
	}
	return v
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
	for c.o.Completion != None {
		if stop := c.stopAt(room); stop != StopNone {
			c.out.Stopped = stop
			break
		}
		next := new(big.Rat).Add(share, step)
		if c.o.Completion == AddOpt {
			if next = x.nextShare(room); next == nil {
				c.out.Stopped = StopAllFunded
				break
			}
		}
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
