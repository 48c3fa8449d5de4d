package tally

import (
	"math/big"
	"math/bits"
	"slices"
)

// sharesExact holds the share and the rates paid so far as fractions over one
// common denominator, in smallest money units.
type sharesExact struct {
	den   *big.Int
	share *big.Int
	rates []*big.Int // of the projects bought, in order
}

func newSharesExact(share *big.Rat) *sharesExact {
	return &sharesExact{den: new(big.Int).Set(share.Denom()), share: new(big.Int).Set(share.Num())}
}

// add appends the rate num/(den·by).
func (s *sharesExact) add(num *big.Int, by int64) {
	d := big.NewInt(by)
	g := new(big.Int).GCD(nil, nil, new(big.Int).Abs(num), d)
	if num.Sign() == 0 {
		g.Set(d)
	}
	d.Quo(d, g)
	n := new(big.Int).Quo(num, g)
	if d.IsInt64() && d.Int64() == 1 {
		s.rates = append(s.rates, n)
		return
	}
	s.den.Mul(s.den, d)
	s.share.Mul(s.share, d)
	for _, r := range s.rates {
		r.Mul(r, d)
	}
	s.rates = append(s.rates, n)
}

// exactRate is the rate num/(exact.den·by).
type exactRate struct {
	num *big.Int
	by  int64
	set []uint32 // entries of supporters that pay all they have, out of those for which the bounds did not tell
}

// combination is a sum share·k₀ + Σ rateⱼ·kⱼ with whole numbers kⱼ. The rate of step j, from 1,
// is at index j. Index 0 gathers steps that do not count.
type combination struct {
	share int64
	rates []int64
}

func (s *sharesExact) combination() combination {
	return combination{rates: make([]int64, len(s.rates)+1)}
}

// spend adds w times what voters of the given ballot have left.
func (x *sharesEngine) spend(k *combination, class uint32, w int64) {
	k.share += w
	b := x.ballots
	lo, hi := b.start[class], b.start[class+1]
	if len(b.points) == 0 {
		for _, p := range b.projects[lo:hi] {
			k.rates[x.stepOf[p]] -= w
		}
		return
	}
	for i := lo; i < hi; i++ {
		u := int64(1)
		if x.supp.points != nil {
			u = max(0, int64(b.points[i]))
		} else if b.points[i] <= 0 {
			u = 0
		}
		k.rates[x.stepOf[b.projects[i]]] -= w * u
	}
}

// value returns the numerator of k over exact.den.
func (x *sharesEngine) value(k *combination) *big.Int {
	sum := new(big.Int).Mul(x.exact.share, big.NewInt(k.share))
	var t big.Int
	for j, c := range k.rates[1:] {
		if c != 0 {
			sum.Add(sum, t.Mul(x.exact.rates[j], big.NewInt(c)))
		}
	}
	return sum
}

// left returns the numerator of what voters of one ballot have left; they must have something.
func (x *sharesEngine) left(class uint32) *big.Int {
	k := x.exact.combination()
	x.spend(&k, class, 1)
	return x.value(&k)
}

// rate computes the exact rate of p, nil if its supporters cannot pay the cost.
func (x *sharesEngine) rate(p int) *exactRate {
	// Long: one narrowing down, whose sums every step changes.
	lo := x.supp.start[p]
	hi := lo + x.live[p]
	kp := &x.key[p]
	var (
		full int64
		open []uint32 // entries for which the bounds do not tell
		paid = x.exact.combination()
	)
	for i := lo; i < hi; i++ {
		class, w, u := x.supp.class[i], int64(x.supp.weight[i]), x.points(i)
		switch {
		case x.high[class] == 0: // nothing left
		case x.high[class] <= times(kp.low, u):
			x.spend(&paid, class, w)
		case x.low[class] >= times(kp.high, u):
			full += w * u
		default:
			open = append(open, i)
			full += w * u
		}
	}
	cost := new(big.Int).Mul(big.NewInt(int64(x.e.Projects[p].Cost)), x.exact.den)
	lefts := map[uint32]*big.Int{} // by entry
	for _, i := range open {
		lefts[i] = x.left(x.supp.class[i])
	}
	sum := x.value(&paid)
	var set []uint32
	for {
		missing := new(big.Int).Sub(cost, sum)
		if full == 0 {
			if missing.Sign() > 0 {
				return nil
			}
			// Everybody pays all they have, and it is just enough: the rate is that of the
			// richest.
			return x.richest(p)
		}
		if missing.Sign() < 0 {
			missing.SetInt64(0) // cannot happen: bounds are sound
		}
		moved := false
		rest := open[:0]
		for _, i := range open {
			u := x.points(i)
			// left < missing/full·u  ⇔  left·full < missing·u
			a := new(big.Int).Mul(lefts[i], big.NewInt(full))
			b := new(big.Int).Mul(missing, big.NewInt(u))
			if a.Cmp(b) < 0 {
				w := int64(x.supp.weight[i])
				sum.Add(sum, new(big.Int).Mul(lefts[i], big.NewInt(w)))
				full -= w * u
				set = append(set, i)
				moved = true
			} else {
				rest = append(rest, i)
			}
		}
		open = rest
		if !moved {
			return &exactRate{num: missing, by: full, set: set}
		}
	}
}

// richest returns the rate at which the supporter of p with most money per
// point pays all of it.
func (x *sharesEngine) richest(p int) *exactRate {
	lo, hi := x.supp.of(p)
	var best *big.Int
	var points int64
	for i := lo; i < hi; i++ {
		if x.high[x.supp.class[i]] == 0 {
			continue
		}
		v, u := x.left(x.supp.class[i]), x.points(i)
		if best == nil || new(big.Int).Mul(v, big.NewInt(points)).Cmp(new(big.Int).Mul(best, big.NewInt(u))) > 0 {
			best, points = v, u
		}
	}
	if best == nil {
		return &exactRate{num: new(big.Int), by: 1}
	}
	return &exactRate{num: best, by: points}
}

// cheapestExact compares rivals by exact fractions and returns those with the
// smallest price per utility, and the rate of the first of them.
func (x *sharesEngine) cheapestExact(rivals []int) (tied []int, best *exactRate) {
	for _, p := range rivals {
		var r *exactRate
		if x.key[p].flat && x.key[p].high < 1<<62 {
			r = &exactRate{num: new(big.Int).Mul(big.NewInt(int64(x.e.Projects[p].Cost)), x.exact.den), by: x.total[p]}
		} else if r = x.rate(p); r == nil {
			x.key[p].gone = true
			continue
		}
		d := -1
		if best != nil {
			// num/(by·mult)
			a := new(big.Int).Mul(r.num, big.NewInt(best.by))
			a.Mul(a, big.NewInt(x.mult[tied[0]]))
			b := new(big.Int).Mul(best.num, big.NewInt(r.by))
			b.Mul(b, big.NewInt(x.mult[p]))
			d = a.Cmp(b)
		}
		if d < 0 {
			tied, best = []int{p}, r
		} else if d == 0 {
			tied = append(tied, p)
		}
	}
	return tied, best
}

// payExact charges the supporters of p and brings the bounds up to date.
func (x *sharesEngine) payExact(p int, r *exactRate) {
	s := x.exact
	kp := x.key[p]
	lo := x.supp.start[p]
	hi := lo + x.live[p]
	scaled := new(big.Int).Lsh(r.num, x.shift)
	den := new(big.Int).Mul(s.den, big.NewInt(r.by))
	down, rem := new(big.Int).QuoRem(scaled, den, new(big.Int))
	low := down.Int64()
	high := low
	if rem.Sign() > 0 {
		high++
	}
	step := Step{Project: p, Phase: PhaseRule}
	step.Rate = new(big.Rat).SetFrac(new(big.Int).Set(r.num), new(big.Int).Mul(den, big.NewInt(pow10(x.e.Decimals))))
	var emptied []uint32
	for i := lo; i < hi; i++ {
		class, u := x.supp.class[i], x.points(i)
		if x.high[class] == 0 {
			continue
		}
		step.Full += int64(x.supp.weight[i])
		short := false
		switch {
		case x.high[class] < times(max(low, kp.low), u):
			emptied, short = append(emptied, class), true
		case x.low[class] > times(high, u):
		case slices.Contains(r.set, i):
			emptied, short = append(emptied, class), true
		default:
			// left ≤ rate·u  ⇔  left·by ≤ num·u
			a := x.left(class)
			if d := a.Mul(a, big.NewInt(r.by)).Cmp(new(big.Int).Mul(r.num, big.NewInt(u))); d <= 0 {
				emptied, short = append(emptied, class), d < 0
			}
		}
		if short {
			step.Full -= int64(x.supp.weight[i])
			step.Partly += int64(x.supp.weight[i])
		}
	}
	for i := lo; i < hi; i++ {
		class, u := x.supp.class[i], x.points(i)
		if x.high[class] > 0 {
			x.low[class] = max(0, x.low[class]-times(high, u))
			x.high[class] = max(1, x.high[class]-times(low, u))
		}
	}
	for _, class := range emptied {
		x.low[class], x.high[class] = 0, 0
	}
	s.add(r.num, r.by)
	x.run.steps = append(x.run.steps, step)
}

// times multiplies and, instead of overflowing, returns the largest number.
func times(rate, u int64) int64 {
	h, l := bits.Mul64(uint64(rate), uint64(u))
	if h > 0 || l > 1<<62 {
		return 1 << 62
	}
	return int64(l)
}
