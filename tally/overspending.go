package tally

import (
	"cmp"
	"math"
	"math/big"
	"slices"
)

// boundedOverspending runs Equal Shares with Bounded Overspending, after
// Papasotiropoulos, Pishbin, Skibski, Skowron, Wąs, "Method of Equal Shares
// with Bounded Overspending" (2025, arXiv:2409.15005).
//
// As in Equal Shares every voter starts with B/n. For a part α ≤ 1 of a project
// let λ be the rate at which its supporters together pay that part, and
// ρ = λ/α what the whole would cost each per utility if it went on so. The
// project (within what is left of the budget) and part with the smallest ρ/α
// are chosen, the project is bought whole and its supporters pay
// min(what they have, ρ·utility); the city pays the rest. For a given project
// the best part is always one at which a supporter runs out of money, or the
// whole.
//
// What voters have left are whole numbers over one common denominator. Where α < 1 the rate ρ
// is rounded up to a multiple of 2⁻⁴⁰ of the smallest money unit: otherwise the length of the
// fractions would double with every such purchase. This rounding is part of the rule as counted
// here; with it, all comparisons are exact. Floating point only narrows down the candidates. A
// score comes from exact values by at most n+20 operations on positive numbers, so a relative
// margin of 10⁻⁹ is safe, and candidates within the margin are compared exactly.
func (c *counting) boundedOverspending() error {
	// Long: the rule as it is published, round by round.
	x := &overspending{c: c, den: new(big.Int), value: make([]int32, len(c.e.ballots.weight))}
	share := c.share()
	unit := big.NewRat(pow10(c.e.Decimals), 1)
	c.out.Share = new(big.Rat).Quo(share, unit)
	x.den.Set(share.Denom())
	x.values = []*big.Int{new(big.Int), new(big.Int).Set(share.Num())}
	for i := range x.value {
		x.value[i] = 1
	}
	m := len(c.e.Projects)
	score := make([]float64, m) // lower bounds of scores, up to the margin
	seen := make([]int, m)
	gone := make([]bool, m)
	for round := 1; ; round++ {
		if err := canceled(c.ctx); err != nil {
			return err
		}
		x.floats()
		best := math.Inf(1)
		for {
			next := -1
			for p := range m {
				if gone[p] || seen[p] == round || score[p] > best*(1+bosMargin) {
					continue
				}
				if c.out.votes[p] == 0 || !c.room.fits(p) {
					gone[p] = true
					continue
				}
				if next < 0 || score[p] < score[next] {
					next = p
				}
			}
			if next < 0 {
				break
			}
			seen[next] = round
			s, ok := x.score(next)
			if !ok {
				gone[next] = true
				continue
			}
			score[next] = s
			best = min(best, s)
		}
		var tied []int
		var least *offer
		for p := range m {
			if gone[p] || seen[p] != round || score[p] > best*(1+bosMargin) {
				continue
			}
			o := x.offer(p, score[p])
			d := -1
			if least != nil {
				d = o.compare(least)
			}
			if d < 0 {
				tied, least = []int{p}, o
			} else if d == 0 {
				tied = append(tied, p)
			}
		}
		if len(tied) == 0 {
			return nil
		}
		p := c.ties.settle(len(c.out.Steps), tied)
		if p != tied[0] {
			least = x.offer(p, score[p])
		}
		full, partly := x.pay(p, least)
		gone[p] = true
		rate := new(big.Rat).SetFrac(least.rate, new(big.Int).Mul(x.den, big.NewInt(least.by)))
		c.take(p, Step{Phase: PhaseRule, Full: full, Partly: partly, Rate: rate.Quo(rate, unit)})
		x.rescale(least.by)
	}
}

const bosMargin = 1e-9

// overspending holds what voters have left.
type overspending struct {
	c      *counting
	den    *big.Int
	values []*big.Int // numerators over den; number 0 is nothing
	value  []int32    // by ballot, an index into values
	float  []float64  // values/den
}

// floats refreshes the floating-point values.
func (x *overspending) floats() {
	x.float = x.float[:0]
	den := new(big.Float).SetInt(x.den)
	for _, v := range x.values {
		f, _ := new(big.Float).Quo(new(big.Float).SetPrec(64).SetInt(v), den).Float64()
		x.float = append(x.float, f)
	}
}

// holding is the supporters who have the same money and the same points.
type holding struct {
	value  int32
	points int64
	weight int64
}

// holdings returns the supporters of p who have something left, poorest per point first.
func (x *overspending) holdings(p int) []holding {
	type kind struct {
		value  int32
		points int32
	}
	at := map[kind]int{}
	var list []holding
	s := x.c.supp
	lo, hi := s.of(p)
	for i := lo; i < hi; i++ {
		k := kind{x.value[s.class[i]], 1}
		if k.value == 0 {
			continue
		}
		if s.points != nil {
			k.points = s.points[i]
		}
		j, ok := at[k]
		if !ok {
			j = len(list)
			at[k] = j
			list = append(list, holding{value: k.value, points: int64(k.points)})
		}
		list[j].weight += int64(s.weight[i])
	}
	slices.SortFunc(list, func(a, b holding) int {
		if d := cmp.Compare(x.float[a.value]/float64(a.points), x.float[b.value]/float64(b.points)); d != 0 {
			return d
		}
		return cmp.Compare(a.value, b.value)
	})
	return list
}

// multiplier is the utility of p per point.
func (x *overspending) multiplier(p int) int64 {
	if x.c.o.Utility == UtilityCost {
		return max(1, int64(x.c.e.Projects[p].Cost))
	}
	return 1
}

// parts calls f with each λ that may be best for p and its approximate score
// λ·cost²/(paid²·utility). whole is set for the λ at which the whole cost is paid.
func (x *overspending) parts(p int, f func(h holding, lambda, score float64, whole bool)) {
	list := x.holdings(p)
	cost, mult := float64(x.c.e.Projects[p].Cost), float64(x.multiplier(p))
	rest := 0.0
	for _, h := range list {
		rest += float64(h.points * h.weight)
	}
	paid := 0.0
	for _, h := range list {
		lambda := x.float[h.value] / float64(h.points)
		sum := paid + lambda*rest
		// Close to the whole cost both the part and the whole are offered; exact values decide.
		if sum < cost*(1+bosMargin) {
			part := min(1, sum/cost)
			f(h, lambda, lambda/(part*part)/mult, false)
		}
		if sum > cost*(1-bosMargin) {
			whole := (cost - paid) / rest
			f(h, whole, whole/mult, true)
			return
		}
		paid += x.float[h.value] * float64(h.weight)
		rest -= float64(h.points * h.weight)
	}
}

// score returns the best approximate score of p; false if its supporters have nothing left.
func (x *overspending) score(p int) (float64, bool) {
	if x.c.e.Projects[p].Cost == 0 {
		return 0, true
	}
	best := math.Inf(1)
	x.parts(p, func(_ holding, _, score float64, _ bool) { best = min(best, score) })
	return best, !math.IsInf(best, 1)
}

// offer is an exact way to buy a project: supporters pay rate/(den·by) per
// point; its score is num/denom (a common factor den apart).
type offer struct {
	num, denom *big.Int
	rate       *big.Int
	by         int64
}

func (o *offer) compare(p *offer) int {
	return new(big.Int).Mul(o.num, p.denom).Cmp(new(big.Int).Mul(p.num, o.denom))
}

const bosBits = 40

// offer returns the best exact offer for p. score is its approximate score.
func (x *overspending) offer(p int, score float64) *offer {
	cost := int64(x.c.e.Projects[p].Cost)
	if cost == 0 {
		return &offer{num: new(big.Int), denom: big.NewInt(1), rate: new(big.Int), by: 1}
	}
	list := x.holdings(p)
	full := new(big.Int).Mul(big.NewInt(cost), x.den) // cost over den
	mult := big.NewInt(x.multiplier(p))
	var best *offer
	consider := func(o *offer) {
		if best == nil || o.compare(best) < 0 {
			best = o
		}
	}
	x.parts(p, func(h holding, _, s float64, whole bool) {
		if s > score*(1+bosMargin) {
			return
		}
		if whole {
			if n, by := x.wholeRate(list, full); n != nil {
				// λ/utility = n/(den·by·mult)
				consider(&offer{num: n, denom: new(big.Int).Mul(big.NewInt(by), mult), rate: n, by: by})
			}
			return
		}
		// λ = v/(den·u); paid = Σ min(b, λ·points) = k/(den·u)
		v, u := x.values[h.value], big.NewInt(h.points)
		k := new(big.Int)
		var a, b big.Int
		for _, g := range list {
			a.Mul(x.values[g.value], u)
			b.Mul(v, big.NewInt(g.points))
			if a.Cmp(&b) > 0 {
				a.Set(&b)
			}
			k.Add(k, a.Mul(&a, big.NewInt(g.weight)))
		}
		scaled := new(big.Int).Mul(full, u)
		if k.Cmp(scaled) > 0 {
			return // more than the whole: the whole is offered
		}
		// Score λ/(α²·utility) with α = k/(full·u):
		// v/(den·u) · full²·u²/k² / mult = v·full²·u / (k²·mult) over den.
		o := &offer{
			num:   new(big.Int).Mul(new(big.Int).Mul(v, u), new(big.Int).Mul(full, full)),
			denom: new(big.Int).Mul(new(big.Int).Mul(k, k), mult),
		}
		// ρ = λ/α = v·full/(den·k), rounded up to a multiple of 2^-bosBits.
		num := new(big.Int).Mul(v, full)
		den := new(big.Int).Mul(x.den, k)
		num.Lsh(num, bosBits)
		q, r := num.QuoRem(num, den, new(big.Int))
		if r.Sign() > 0 {
			q.Add(q, big.NewInt(1))
		}
		o.rate, o.by = q.Mul(q, x.den), 1<<bosBits
		consider(o)
	})
	return best
}

// wholeRate solves Σ min(b, λ·points)·weight = cost exactly; nil if they have less.
func (x *overspending) wholeRate(list []holding, full *big.Int) (num *big.Int, by int64) {
	missing := new(big.Int).Set(full)
	rest := int64(0)
	for _, h := range list {
		rest += h.points * h.weight
	}
	open := slices.Clone(list)
	var a, b big.Int
	for {
		if rest == 0 {
			return nil, 0
		}
		kept := open[:0]
		spent, gone := new(big.Int), int64(0)
		for _, h := range open {
			// b ≤ missing/rest·points: pays all
			a.Mul(x.values[h.value], big.NewInt(rest))
			b.Mul(missing, big.NewInt(h.points))
			if a.Cmp(&b) < 0 {
				spent.Add(spent, a.Mul(x.values[h.value], big.NewInt(h.weight)))
				gone += h.points * h.weight
			} else {
				kept = append(kept, h)
			}
		}
		if gone == 0 {
			return missing, rest
		}
		open = kept
		missing.Sub(missing, spent)
		rest -= gone
	}
}

// pay charges the supporters of p. It returns how many paid in full, and how many paid all they
// had.
func (x *overspending) pay(p int, o *offer) (full, partly int64) {
	type kind struct {
		value  int32
		points int64
	}
	s := x.c.supp
	lo, hi := s.of(p)
	type result struct {
		value int32
		short bool
	}
	after := map[kind]result{}
	added := 0
	by := big.NewInt(o.by)
	for i := lo; i < hi; i++ {
		class := s.class[i]
		k := kind{x.value[class], 1}
		if k.value == 0 {
			continue
		}
		if s.points != nil {
			k.points = int64(s.points[i])
		}
		r, ok := after[k]
		if !ok {
			// b − rate·points/by, over den·by: kept times by until rescale
			left := new(big.Int).Mul(x.values[k.value], by)
			left.Sub(left, new(big.Int).Mul(o.rate, big.NewInt(k.points)))
			if left.Sign() > 0 {
				r.value = int32(len(x.values))
				x.values = append(x.values, left)
				added++
			}
			r.short = left.Sign() < 0
			after[k] = r
		}
		if r.short {
			partly += int64(s.weight[i])
		} else {
			full += int64(s.weight[i])
		}
		x.value[class] = r.value
	}
	// The new values are over den·by already.
	for _, v := range x.values[1 : len(x.values)-added] {
		v.Mul(v, by)
	}
	return full, partly
}

// rescale multiplies the common denominator by by, drops values that nobody has, and shortens
// all fractions.
func (x *overspending) rescale(by int64) {
	x.den = new(big.Int).Mul(x.den, big.NewInt(by))
	renumber := make([]int32, len(x.values))
	kept := x.values[:1]
	old := slices.Clone(x.values)
	for i, v := range x.value {
		if v > 0 && renumber[v] == 0 {
			renumber[v] = int32(len(kept))
			kept = append(kept, old[v])
		}
		x.value[i] = renumber[v]
	}
	x.values = kept
	g := new(big.Int).Set(x.den)
	one := big.NewInt(1)
	for _, v := range kept[1:] {
		if g.Cmp(one) == 0 {
			break
		}
		g.GCD(nil, nil, g, v)
	}
	if g.Cmp(one) > 0 {
		x.den.Quo(x.den, g)
		for _, v := range kept[1:] {
			v.Quo(v, g)
		}
	}
}
