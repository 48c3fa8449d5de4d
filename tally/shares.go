package tally

import (
	"context"
	"math"
	"math/big"
	"math/bits"
)

// The Method of Equal Shares, exact and quick.
//
// Every voter starts with the share b₀ = B/n. The price of a project is the
// rate λ at which Σ min(bᵢ, λ·uᵢ) over its supporters equals its cost; the
// project with the smallest λ per unit of utility is bought, its supporters
// pay min(bᵢ, λ·uᵢ), and so on until no project can be paid.
//
// Exactness. A voter who has anything left has paid the full rate for every
// supported project bought so far, so bᵢ = b₀ − Σ uᵢⱼ·λⱼ over those. Hence
// each λ is a sum of a handful of earlier λs with whole-number coefficients,
// and all of them fit over one common denominator: exact fractions cost a few
// long multiplications per purchase instead of one fraction per voter.
//
// Speed. Beside them every voter has a lower and an upper bound of bᵢ, whole
// numbers of a tiny unit, always rounded outwards. Prices computed from
// the lower bounds are too high and from the upper bounds too low, by at most
// some units; whenever the intervals of two prices do not touch, they decide.
// When they touch, the exact fractions decide, and equal fractions are a tie.
// Prices only rise as money is spent, so the price of an earlier round is a
// lower bound and most projects need not be looked at in most rounds.
//
// The same intervals settle many shares at once: with lower bounds from the
// smallest share of a range and upper bounds from the largest, a run in which
// no intervals touch is the run of every share in the range (for a fixed order
// of purchases all bᵢ rise and all λ fall with the share). See shares_addone.go.
type sharesEngine struct {
	ctx     context.Context
	e       *Election
	supp    *supporters
	ballots *ballots // those that supp numbers
	rank    []int
	mult    []int64 // utility of a project per point, the divisor of its price
	cost    bool    // utility is cost

	low, high  []int64     // bounds of what each distinct ballot's voters have left
	live       []uint32    // how many entries of supporters come before those with nothing left
	key        []price     // lower bounds of prices
	stepOf     []int32     // 1 + step at which a project was bought, 0 if not
	total      []int64     // Σ weight·points of the supporters
	weight     []int64     // Σ weight of the supporters
	mostPoints int         // the largest number of points a supporter gave
	head       *sharesHead // purchases that are the same for all shares of a sweep, nil outside of one
	full       []int64     // rates when all supporters pay in full, rounded down: nobody ever pays less
	shift      uint        // bounds are in units of 2^-shift of the smallest money unit
	dead       []deadEntry // room for bury
	exact      *sharesExact
	run        sharesRun
}

// price is a rate λ with the project it belongs to: compared as λ divided by utility.
type price struct {
	low, high int64 // bounds in tiny units; high is math.MaxInt64 when it is not sure that the project can be paid
	seen      int   // round in which low was computed, 1-based
	flat      bool  // every supporter pays the full rate, whatever the share
	gone      bool  // bought, barred or beyond what its supporters have
}

// sharesRun is the result of a run.
type sharesRun struct {
	order []int // projects bought
	// unsure is set when bounds touched and no exact fractions were at hand.
	unsure bool
	steps  []Step
}

func newSharesEngine(ctx context.Context, e *Election, supp *supporters, utility Utility, rank []int) *sharesEngine {
	m := len(e.Projects)
	x := &sharesEngine{
		ctx: ctx, e: e, ballots: &e.ballots, supp: supp, rank: rank, cost: utility == UtilityCost,
		live: make([]uint32, m),
		mult: make([]int64, m), key: make([]price, m), stepOf: make([]int32, m), total: make([]int64, m), weight: make([]int64, m), mostPoints: 1,
		low: make([]int64, len(e.ballots.weight)), high: make([]int64, len(e.ballots.weight)),
	}
	most := uint32(0)
	for p := range m {
		most = max(most, supp.start[p+1]-supp.start[p])
	}
	x.dead = make([]deadEntry, most)
	for p := range m {
		x.mult[p] = 1
		if x.cost {
			x.mult[p] = int64(e.Projects[p].Cost)
		}
		lo, hi := supp.of(p)
		for i := lo; i < hi; i++ {
			x.total[p] += int64(supp.weight[i]) * x.points(i)
			x.weight[p] += int64(supp.weight[i])
			x.mostPoints = max(x.mostPoints, int(x.points(i)))
		}
	}
	return x
}

func (x *sharesEngine) points(i uint32) int64 {
	if x.supp.points == nil {
		return 1
	}
	return int64(x.supp.points[i])
}

// tooSmallBits is the least precision below the smallest money unit that runs accept.
const tooSmallBits = 2

// start prepares a run in which every voter has between lo and hi smallest money units.
func (x *sharesEngine) start(lo, hi *big.Rat) error {
	if x.head == nil {
		shift, err := x.precision(hi)
		if err != nil {
			return err
		}
		x.setShift(shift)
	}
	x.revive()
	x.startWith(x.low, lo, false)
	x.startWith(x.high, hi, true)
	clear(x.stepOf)
	x.run = sharesRun{order: x.run.order[:0]}
	all := new(big.Rat).Mul(hi, big.NewRat(int64(x.e.Voters()), 1))
	for p := range x.key {
		x.key[p] = price{gone: x.total[p] == 0 || x.e.Projects[p].Cost.Rat(0).Cmp(all) > 0}
		x.key[p].low = x.full[p]
	}
	if x.head != nil {
		for _, p := range x.head.order {
			x.run.order = append(x.run.order, p)
			x.stepOf[p] = int32(len(x.run.order))
			x.key[p].gone = true
		}
	}
	return nil
}

// precision chooses the tiny unit so that all the money of voters with the
// given share fits into 61 bits.
func (x *sharesEngine) precision(share *big.Rat) (shift uint, err error) {
	all := new(big.Int).Mul(ceil(share), big.NewInt(int64(x.e.Voters())))
	spare := 61 - all.BitLen()
	if spare < tooSmallBits {
		return 0, ErrTooLarge
	}
	return uint(spare), nil
}

// units converts smallest money units to tiny units.
func (x *sharesEngine) units(amount *big.Rat, up bool) int64 {
	scaled := new(big.Rat).Mul(amount, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), x.shift)))
	if up {
		return ceil(scaled).Int64()
	}
	return floor(scaled).Int64()
}

// startWith gives every voter the share, rounded up or down, in b, less the head.
func (x *sharesEngine) startWith(b []int64, share *big.Rat, up bool) {
	amount := x.units(share, up)
	for i := range b {
		b[i] = amount
	}
	if x.head != nil {
		for j, p := range x.head.order {
			x.charge(p, b, x.head.rates(!up)[j])
		}
	}
}

// setShift chooses the tiny unit.
func (x *sharesEngine) setShift(shift uint) {
	if x.full != nil && x.shift == shift {
		return
	}
	x.shift = shift
	x.full = make([]int64, len(x.key))
	for p := range x.full {
		if x.total[p] > 0 {
			x.full[p] = x.fullRate(p, false)
		}
	}
}

// revive makes all supporters count again.
func (x *sharesEngine) revive() {
	for p := range x.live {
		x.live[p] = x.supp.start[p+1] - x.supp.start[p]
	}
}

// tinyCost is the cost of p in tiny units. When that is too large for the type it is the
// greatest number, which is more than all voters have together.
func (x *sharesEngine) tinyCost(p int) int64 {
	cost := int64(x.e.Projects[p].Cost)
	if cost > math.MaxInt64>>x.shift {
		return math.MaxInt64
	}
	return cost << x.shift
}

// fullRate is the rate of p when all supporters pay it in full.
func (x *sharesEngine) fullRate(p int, up bool) int64 {
	c := new(big.Int).Lsh(big.NewInt(int64(x.e.Projects[p].Cost)), x.shift)
	q, r := c.QuoRem(c, big.NewInt(x.total[p]), new(big.Int))
	if up && r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		return math.MaxInt64 >> 1
	}
	return q.Int64()
}

func floor(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) }

func ceil(r *big.Rat) *big.Int {
	n := new(big.Int).Neg(r.Num())
	return n.Neg(n.Div(n, r.Denom()))
}

// buyAll runs the rule. With exact set, lo and hi are the same and ties are
// settled and logged; without, the run gives up when it is unsure.
func (x *sharesEngine) buyAll(room *room, ties *tieLog, exact *sharesExact) error {
	// Long: the rule as it is published, with its exact and its bounded form side by side.
	x.exact = exact
	first := 0
	if ties != nil {
		first = len(room.c.Funded)
	}
	for p := range x.key {
		if !room.allowed(p) {
			x.key[p].gone = true
		}
	}
	for { // projects that cost nothing: taken at once
		next := -1
		for p := range x.key {
			if !x.key[p].gone && x.e.Projects[p].Cost == 0 && room.allowed(p) && (next < 0 || x.rank[p] < x.rank[next]) {
				next = p
			}
		}
		if next < 0 {
			break
		}
		x.bought(next, room)
		if exact != nil {
			exact.add(new(big.Int), 1)
			x.run.steps = append(x.run.steps, Step{Project: next, Phase: PhaseRule, Rate: new(big.Rat), Full: x.weight[next]})
		}
	}
	for round := 1; ; round++ {
		if err := canceled(x.ctx); err != nil {
			return err
		}
		rivals := x.cheapest(round, room)
		if x.run.unsure || len(rivals) == 0 {
			return nil
		}
		var p int
		var rate *exactRate
		if len(rivals) == 1 && x.key[rivals[0]].high < math.MaxInt64 {
			p = rivals[0]
		} else if exact == nil {
			if p = x.cheapestFlat(rivals); p < 0 {
				x.run.unsure = true
				return nil
			}
		} else {
			var tied []int
			tied, rate = x.cheapestExact(rivals)
			if len(tied) == 0 {
				continue // none of them can be paid after all
			}
			p = ties.settle(first+len(x.run.order), tied)
			if p != tied[0] {
				rate = nil
			}
		}
		if exact == nil {
			x.pay(p, x.key[p].low, x.key[p].high)
		} else {
			if rate == nil {
				rate = x.rate(p)
			}
			x.payExact(p, rate)
		}
		x.bought(p, room)
	}
}

func (x *sharesEngine) bought(p int, room *room) {
	x.run.order = append(x.run.order, p)
	x.stepOf[p] = int32(len(x.run.order))
	x.key[p].gone = true
	room.take(p)
	if len(room.caps) > 0 || len(room.used) > 0 {
		for q := range x.key {
			if !x.key[q].gone && !room.allowed(q) {
				x.key[q].gone = true
			}
		}
	}
}

// before reports whether price a of project p is surely below price b of q.
func (x *sharesEngine) before(a int64, p int, b int64, q int) bool {
	if !x.cost {
		return a < b
	}
	h1, l1 := bits.Mul64(uint64(a), uint64(x.mult[q]))
	h2, l2 := bits.Mul64(uint64(b), uint64(x.mult[p]))
	return h1 < h2 || h1 == h2 && l1 < l2
}

// cheapest returns the projects that may have the smallest price per utility.
func (x *sharesEngine) cheapest(round int, room *room) []int {
	best := -1 // project with the smallest upper bound
	for {
		next := -1
		for p := range x.key {
			k := &x.key[p]
			if k.gone || k.seen == round || best >= 0 && x.before(x.key[best].high, best, k.low, p) {
				continue
			}
			if next < 0 || x.before(k.low, p, x.key[next].low, next) {
				next = p
			}
		}
		if next < 0 {
			break
		}
		k := &x.key[next]
		c := x.tinyCost(next)
		x.bury(next, x.high)
		low, _, ok := x.solve(next, x.high, c, k.low, false)
		if !ok {
			k.gone = true
			continue
		}
		k.low, k.seen = low, round
		if best >= 0 && x.before(x.key[best].high, best, low, next) {
			continue
		}
		k.high, k.flat, ok = x.solve(next, x.low, c, low, true)
		if !ok {
			k.high = math.MaxInt64
			continue
		}
		if best < 0 || x.before(k.high, next, x.key[best].high, best) {
			best = next
		}
	}
	var rivals []int
	for p := range x.key {
		k := &x.key[p]
		if k.seen == round && !k.gone && (best < 0 || !x.before(x.key[best].high, best, k.low, p)) {
			rivals = append(rivals, p)
		}
	}
	return rivals
}

// bury moves the supporters of p who have nothing left in b behind the others.
func (x *sharesEngine) bury(p int, b []int64) {
	lo, n := x.supp.start[p], x.live[p]
	classes, weights := x.supp.class[lo:lo+n], x.supp.weight[lo:lo+n]
	if x.supp.points != nil {
		points := x.supp.points[lo : lo+n]
		for i := uint32(0); i < n; {
			if b[classes[i]] != 0 {
				i++
				continue
			}
			n--
			classes[i], classes[n] = classes[n], classes[i]
			weights[i], weights[n] = weights[n], weights[i]
			points[i], points[n] = points[n], points[i]
		}
		x.live[p] = n
		return
	}
	// Who has something left changes from voter to voter and would be mispredicted by branches,
	// so this always copies both ways.
	weights = weights[:len(classes)]
	dead := x.dead[:len(classes)]
	alive := 0
	for i, class := range classes {
		w := weights[i]
		classes[alive], weights[alive] = class, w
		dead[i-alive] = deadEntry{class, w}
		alive += int(uint64(-b[class]) >> 63)
	}
	for i, d := range dead[:len(classes)-alive] {
		classes[alive+i], weights[alive+i] = d.class, d.weight
	}
	x.live[p] = uint32(alive)
}

type deadEntry struct{ class, weight uint32 }

// solve returns the rate λ at which the supporters of p, having b, together pay c, rounded up
// or down. from is a lower bound of the rate. flat means that nobody pays less than the full
// rate. ok is false when the supporters have less than c.
//
// The search starts from below. Whoever cannot pay the rate pays all they have instead, which
// raises the rate for the others. This repeats until the rate stays.
func (x *sharesEngine) solve(p int, b []int64, c, from int64, up bool) (rate int64, flat, ok bool) {
	of := x.supporters(p)
	rate, full, ok := of.solve(b, c, from, up)
	return rate, full == x.total[p], ok
}

// supporters are those of p who may have something left.
func (x *sharesEngine) supporters(p int) crowd {
	lo := x.supp.start[p]
	hi := lo + x.live[p]
	c := crowd{class: x.supp.class[lo:hi], weight: x.supp.weight[lo:hi]}
	if x.supp.points != nil {
		c.points = x.supp.points[lo:hi]
	}
	return c
}

// solve returns the rate and the points of those who pay it in full.
func (s *crowd) solve(b []int64, c, from int64, up bool) (rate, full int64, ok bool) {
	if s.points != nil {
		return s.solvePoints(b, c, from, up)
	}
	classes, weights := s.class, s.weight
	weights = weights[:len(classes)]
	rate = from
	for {
		var paid int64
		full = 0
		above := int64(math.MaxInt64) // the least that somebody has who can pay
		for i, class := range classes {
			v, w := b[class], int64(weights[i])
			// Masks instead of branches, because who can pay changes from voter to voter and
			// would be mispredicted.
			can := (rate - v) >> 63 // −1 if v > rate
			paid += v * w &^ can
			full += w & can
			above = min(above, v|^can&math.MaxInt64)
		}
		if full == 0 {
			return rate, 0, paid >= c
		}
		if paid >= c {
			return rate, 0, true // only by rounding: from was not below
		}
		next := (c - paid) / full
		if next < above { // nobody else has to pay all they have
			if up && next*full < c-paid {
				next++
			}
			return max(next, rate), full, true
		}
		rate = next
	}
}

// standing says how many supporters can pay a rate, and how much.
type standing struct {
	paid   int64 // by those who pay all they have
	payers int64 // how many those are who have anything
	full   int64 // points of those who pay in full
	above  int64 // the least somebody of those has, approvals only
	below  int64 // the most somebody of the others has, −1 if there are none
}

// solveAt is solve, rounded down, with the standing of the supporters.
func (s *crowd) solveAt(b []int64, c, from int64) (rate int64, at standing, ok bool) {
	if s.points != nil {
		rate, _, ok = s.solvePoints(b, c, from, false)
		for i, class := range s.class {
			v, w, u := b[class], int64(s.weight[i]), int64(s.points[i])
			// The rate was rounded down. If paying it is not enough, everybody pays all they
			// have.
			if !ok || v <= times(rate, u) {
				at.paid += v * w
				at.payers += w & (-v >> 63)
			} else {
				at.full += w * u
			}
		}
		return rate, at, ok
	}
	classes, weights := s.class, s.weight
	weights = weights[:len(classes)]
	rate = from
	for {
		at = standing{above: math.MaxInt64, below: -1}
		for i, class := range classes {
			v, w := b[class], int64(weights[i])
			can := (rate - v) >> 63
			at.paid += v * w &^ can
			at.full += w & can
			at.payers += w &^ can & (-v >> 63)
			at.above = min(at.above, v|^can&math.MaxInt64)
			at.below = max(at.below, v&^can|can)
		}
		if at.full == 0 || at.paid >= c {
			return rate, at, at.paid >= c
		}
		next := (c - at.paid) / at.full
		if next < at.above {
			return max(rate, next), at, true
		}
		rate = next
	}
}

// solvePoints is solve with supporters who gave different points. The rate is
// kept as the fraction num/den, compared in 128 bits.
func (s *crowd) solvePoints(b []int64, c, from int64, up bool) (rate, full int64, ok bool) {
	num, den := from, int64(1)
	for {
		var paid int64
		full = 0
		for i, class := range s.class {
			v, w, u := b[class], int64(s.weight[i]), int64(s.points[i])
			h1, l1 := bits.Mul64(uint64(v), uint64(den))
			h2, l2 := bits.Mul64(uint64(num), uint64(u))
			if h1 < h2 || h1 == h2 && l1 <= l2 {
				paid += v * w
			} else {
				full += w * u
			}
		}
		if full == 0 || paid >= c {
			rate = num / den
			if up && rate*den < num {
				rate++
			}
			return rate, 0, paid >= c
		}
		// (c−paid)/full ≤ num/den: nobody else has to pay all they have.
		h1, l1 := bits.Mul64(uint64(c-paid), uint64(den))
		h2, l2 := bits.Mul64(uint64(num), uint64(full))
		if h1 < h2 || h1 == h2 && l1 <= l2 {
			rate = num / den
			if up && rate*den < num {
				rate++
			}
			return rate, full, true
		}
		num, den = c-paid, full
	}
}

// cheapestFlat settles rivals whose prices do not depend on the share, and ties among them by
// the tie rule. It returns −1 if the price of one does depend on it.
func (x *sharesEngine) cheapestFlat(rivals []int) int {
	best := -1
	for _, p := range rivals {
		if !x.key[p].flat || x.key[p].high == math.MaxInt64 {
			return -1
		}
		if best < 0 {
			best = p
			continue
		}
		if d := x.compareFlat(p, best); d < 0 || d == 0 && x.rank[p] < x.rank[best] {
			best = p
		}
	}
	return best
}

// compareFlat compares cost/(total·utility) of two projects.
func (x *sharesEngine) compareFlat(p, q int) int {
	a, b := int64(1), int64(1)
	if !x.cost {
		a, b = int64(x.e.Projects[p].Cost), int64(x.e.Projects[q].Cost)
	}
	return compareQuotients(a, x.total[p], b, x.total[q])
}

// pay charges the supporters of p a rate between low and high.
func (x *sharesEngine) pay(p int, low, high int64) {
	x.charge(p, x.low, high)
	x.charge(p, x.high, low)
}

// charge takes a rate from what the supporters of p have in b.
func (x *sharesEngine) charge(p int, b []int64, rate int64) {
	lo := x.supp.start[p]
	hi := lo + x.live[p]
	if x.supp.points == nil {
		for _, class := range x.supp.class[lo:hi] {
			b[class] = max(0, b[class]-rate)
		}
		return
	}
	for i := lo; i < hi; i++ {
		class := x.supp.class[i]
		b[class] = minus(b[class], uint64(rate), uint64(x.supp.points[i]))
	}
}

// minus returns max(0, b − rate·u) without overflow.
func minus(b int64, rate, u uint64) int64 {
	h, l := bits.Mul64(rate, u)
	if h > 0 || l > uint64(b) {
		return 0
	}
	return b - int64(l)
}
