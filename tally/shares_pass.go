package tally

import (
	"math"
	"math/big"
	"slices"
)

// A pass goes through the purchases for one share. As long as groups of ballots (see
// ballotGroups) are few, it keeps one value for each group, in b. After that it keeps one for
// each distinct ballot, in the engine's low.

// begin prepares a pass for share k and charges the head. Voters get a lower bound of what they
// have or, with high, an upper bound.
func (s *shareSweep) begin(k int64, high bool) {
	s.b = s.groups.room(s.b)
	s.b[0] = s.x.units(s.share(k), high)
	s.arrive(0)
	for j, p := range s.x.head.order {
		s.charge(j, p, s.x.head.rates(!high)[j])
	}
}

// charge takes a rate from the supporters of p, which is purchase j.
func (s *shareSweep) charge(j, p int, rate int64) {
	if !s.groups.few(j) {
		s.x.charge(p, s.x.low, rate)
		return
	}
	s.groups.follow(j, p)
	s.b = s.groups.room(s.b)
	s.groups.charge(j, s.b, rate)
	s.arrive(j + 1)
}

// arrive changes from groups to ballots if after j purchases groups are no longer few.
func (s *shareSweep) arrive(j int) {
	if !s.groups.few(j) {
		s.groups.spread(s.x.low, s.b)
		s.x.revive()
	}
}

// crowd returns the supporters of p after j purchases and what they have left.
func (s *shareSweep) crowd(j, p int) (crowd, []int64) {
	if s.groups.few(j) {
		return *s.groups.crowd(j, p), s.b
	}
	return s.x.supporters(p), s.x.low
}

// bury sets aside the ballots of p on which nothing is left. That takes one pass over them, and
// pays off for projects that are looked at again and again.
func (s *shareSweep) bury(j, p int) {
	if !s.groups.few(j) {
		s.x.bury(p, s.x.low)
	}
}

// solve returns the rate of p after j purchases.
func (s *shareSweep) solve(j, p int, from int64, up bool) (rate int64, flat, ok bool) {
	crowd, b := s.crowd(j, p)
	rate, full, ok := crowd.solve(b, s.x.tinyCost(p), from, up)
	return rate, full == s.x.total[p], ok
}

// run finds the purchases of share k and upper bounds of the winners' prices. The values it
// keeps are at most off tiny units from the truth. It returns false when that is not precise
// enough to tell prices apart.
//
// Let values be at most off away from the truth, and let it be certain for everybody whether
// they can pay the rate. If V supporters pay all they have, and those who pay in full have U
// points, then the rate is at most off·V/U (and rounding) from the truth. The rate that is paid
// is computed exactly.
func (s *shareSweep) run(k int64) bool {
	// Long: one purchase after the other, over bounds that only hold within a round.
	x := s.x
	s.c.out.Runs++
	s.groups.unload()
	s.begin(k, false)
	x.exact = newSharesExact(s.share(k))
	room := s.c.room.clone()
	off := int64(2 + 2*len(x.head.order)*x.mostPoints)
	s.order, s.pay, s.flat = s.order[:0], s.pay[:0], s.flat[:0]
	clear(x.stepOf)
	for _, p := range x.head.order {
		s.order = append(s.order, p)
		x.stepOf[p] = int32(len(s.order))
		x.exact.add(new(big.Int).Mul(big.NewInt(int64(x.e.Projects[p].Cost)), x.exact.den), x.total[p])
		room.take(p)
	}
	keys := s.keys[:0]
	for p, full := range x.full {
		q := quote{low: full}
		if x.total[p] == 0 || !room.allowed(p) {
			q.low = math.MaxInt64
		}
		keys = append(keys, q)
	}
	s.keys = keys
	from := len(x.head.order)
	row, slack := 0, int64(-1)
	if len(s.table) > 0 && k <= s.far {
		slack = x.units(s.share(s.far), true) - x.units(s.share(k), true)
	}
	paid := slices.Repeat([]int64{-1}, len(x.key))
	for round := 1; ; round++ {
		// A row of the table assumes a most that everybody has, and holds while nobody has
		// more. All purchases before the row must have been made, in whatever order. The share
		// may be lower than the table's; then what was paid less than in the table must not
		// exceed that difference.
		for ; slack >= 0 && row < len(s.tabled)-from; row++ {
			w := s.tabled[from+row]
			if paid[w] < 0 {
				break
			}
			if less := s.table[row][w] - paid[w]; less > 0 {
				slack -= min(times(less, int64(x.mostPoints)), slack+1)
			}
		}
		if slack >= 0 {
			for p, low := range s.table[row] {
				keys[p].low = max(keys[p].low, low)
			}
		}
		best := -1
		for {
			next := -1
			for p := range keys {
				q := &keys[p]
				if q.low == math.MaxInt64 || q.seen == round ||
					best >= 0 && x.before(keys[best].high, best, q.low, p) ||
					next >= 0 && !x.before(q.low, p, keys[next].low, next) {
					continue
				}
				next = p
			}
			if next < 0 {
				break
			}
			if !s.quote(next, off, &keys[next]) {
				return false
			}
			keys[next].seen = round
			if keys[next].low != math.MaxInt64 && (best < 0 || x.before(keys[next].high, next, keys[best].high, best)) {
				best = next
			}
		}
		if best < 0 {
			return true
		}
		for p := range keys {
			q := &keys[p]
			if p == best || q.low == math.MaxInt64 || x.before(keys[best].high, best, q.low, p) {
				continue
			}
			// The bounds are too close to tell. The prices may still be plain fractions, which
			// can be compared.
			if q.seen != round || !q.plain || !keys[best].plain {
				return false
			}
			if d := x.comparePlain(p, q.paying, best, keys[best].paying); d < 0 || d == 0 && x.rank[p] < x.rank[best] {
				best = p
			}
		}
		q := keys[best]
		at := len(s.order)
		s.order = append(s.order, best)
		s.pay, s.flat = append(s.pay, q.high), append(s.flat, q.plain && q.paying == x.total[best])
		paid[best] = s.settleRate(best, q)
		s.charge(at, best, paid[best])
		x.stepOf[best] = int32(len(s.order))
		off += int64(x.mostPoints)
		keys[best].low = math.MaxInt64
		room.take(best)
		if len(room.caps) > 0 || len(room.used) > 0 {
			for p := range keys {
				if !room.allowed(p) {
					keys[p].low = math.MaxInt64
				}
			}
		}
	}
}

// quote is the price of a project in a run of one share.
type quote struct {
	low, high int64 // bounds; low is math.MaxInt64 when it cannot be bought
	rate      int64 // the value computed
	seen      int   // the round it was computed in
	plain     bool  // the rate is exactly cost/paying
	paying    int64 // points of those who pay in full
	looks     int   // how many times it was computed
}

// quote computes the price of p from values that are at most off away from the truth. It
// returns false when that is not precise enough.
func (s *shareSweep) quote(p int, off int64, q *quote) bool {
	c := s.x.tinyCost(p)
	if q.looks++; q.looks%3 == 0 {
		s.bury(len(s.order), p)
	}
	crowd, b := s.crowd(len(s.order), p)
	rate, at, ok := crowd.solveAt(b, c, q.low)
	margin := times(off, at.payers) // whoever has nothing has exactly nothing
	if !ok || at.full == 0 {
		if at.paid+margin < c {
			q.low = math.MaxInt64
			return true
		}
		return false
	}
	delta := margin/at.full + 2
	if margin > 1<<60 || delta > 1<<60 {
		return false
	}
	// Is it in doubt for somebody whether they can pay the rate?
	if crowd.points == nil {
		if at.above < rate+delta+off || at.below > rate-delta-off && at.below >= 0 {
			return false
		}
	} else {
		for i, group := range crowd.class {
			v, u := b[group], int64(crowd.points[i])
			if v > 0 && v < times(rate+delta, u)+off && v > times(max(0, rate-delta), u)-off {
				return false
			}
		}
	}
	q.plain, q.paying = at.paid == 0, at.full
	q.rate, q.low, q.high = rate, max(0, rate-delta), rate+delta
	return true
}

// settleRate adds the exact rate of p to the rates paid and returns it rounded down. So values
// stay within one tiny unit per purchase of the truth.
func (s *shareSweep) settleRate(p int, q quote) int64 {
	x := s.x
	paid := x.exact.combination()
	j := len(s.order) - 1
	if !q.plain { // somebody who has something pays less
		crowd, b := s.crowd(j, p)
		for _, i := range s.payLess(&crowd, b, q.rate) {
			if s.groups.few(j) {
				s.groups.spend(&paid, crowd.class[i], int64(crowd.weight[i]))
			} else {
				x.spend(&paid, crowd.class[i], int64(crowd.weight[i]))
			}
		}
	}
	num := new(big.Int).Mul(big.NewInt(int64(x.e.Projects[p].Cost)), x.exact.den)
	x.exact.add(num.Sub(num, x.value(&paid)), q.paying)
	scaled := new(big.Int).Lsh(x.exact.rates[len(x.exact.rates)-1], x.shift)
	return scaled.Quo(scaled, x.exact.den).Int64()
}

// payLess lists the entries of those in the crowd who have something, but less than the rate.
func (s *shareSweep) payLess(c *crowd, b []int64, rate int64) []uint32 {
	if len(s.less) < len(c.class) {
		s.less = make([]uint32, 2*len(c.class))
	}
	// Who pays less changes from entry to entry, so there are no branches.
	less, n := s.less[:len(c.class)], 0
	if c.points == nil {
		for i, class := range c.class {
			v := b[class]
			less[n] = uint32(i)
			n += int(uint64(-v&(v-rate-1)) >> 63)
		}
		return less[:n]
	}
	for i, class := range c.class {
		if v := b[class]; v > 0 && v <= times(rate, int64(c.points[i])) {
			less[n] = uint32(i)
			n++
		}
	}
	return less[:n]
}

// comparePlain compares cost/(paying·utility) of two projects.
func (x *sharesEngine) comparePlain(p int, payingP int64, q int, payingQ int64) int {
	a, b := int64(1), int64(1)
	if !x.cost {
		a, b = int64(x.e.Projects[p].Cost), int64(x.e.Projects[q].Cost)
	}
	return compareQuotients(a, payingP, b, payingQ)
}
