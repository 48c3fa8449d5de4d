package tally

import (
	"math/big"
	"slices"
)

// Everything is linear in the share, both what voters have left and all prices, as long as two
// things stay the same: the order of purchases and who pays less than the full rate. Sometimes
// bounds cannot tell prices apart for share after share, for instance when the supporters of
// two projects are in the same position. Then exact lines can: they say how far the share may
// rise before anything changes.

// line is the value at + slope·t, where t is how far the share is above the one at hand.
type line struct{ at, slope *big.Rat }

func (l line) minus(m line) line {
	return line{new(big.Rat).Sub(l.at, m.at), new(big.Rat).Sub(l.slope, m.slope)}
}

func (l line) times(f *big.Rat) line {
	return line{new(big.Rat).Mul(l.at, f), new(big.Rat).Mul(l.slope, f)}
}

// sign is that of the line just above t = 0.
func (l line) sign() int {
	if s := l.at.Sign(); s != 0 {
		return s
	}
	return l.slope.Sign()
}

// reach is how large t may be: up to and including limit, or less than limit. A limit of nil
// means no bound.
type reach struct {
	limit *big.Rat
	less  bool
}

// keep lowers the reach to where the line becomes negative or, with positive, to where it
// becomes 0. The line must not be negative at 0.
func (r *reach) keep(l line, positive bool) {
	if l.slope.Sign() >= 0 {
		return
	}
	zero := new(big.Rat).Quo(l.at, l.slope)
	zero.Neg(zero)
	d := -1
	if r.limit != nil {
		d = zero.Cmp(r.limit)
	}
	if d < 0 {
		r.limit, r.less = zero, positive
	} else if d == 0 {
		r.less = r.less || positive
	}
}

// linearShares runs the rule for shares just above the given one, with a line
// for each ballot.
type linearShares struct {
	x     *sharesEngine
	left  []line // by ballot
	reach reach
}

// steady returns how much more than the given share voters may have while the purchases surely
// stay the same. If they change just above the share, that is nothing.
func (x *sharesEngine) steady(share *big.Rat, room *room, order []int) reach {
	l := &linearShares{x: x, left: make([]line, len(x.ballots.weight))}
	for i := range l.left {
		l.left[i] = line{share, big.NewRat(1, 1)}
	}
	nothing := reach{limit: new(big.Rat), less: false}
	gone := make([]bool, len(x.total))
	for _, w := range order {
		if !room.allowed(w) {
			return nothing
		}
		if x.e.Projects[w].Cost == 0 { // taken at once, whatever the share
			room.take(w)
			continue
		}
		rate, full, ok := l.price(w)
		if !ok {
			return nothing
		}
		for p := range x.total {
			if p == w || gone[p] || x.total[p] == 0 || !room.allowed(p) {
				continue
			}
			if x.e.Projects[p].Cost == 0 {
				return nothing
			}
			other, _, ok := l.price(p)
			if !ok {
				gone[p] = true
				continue
			}
			ahead := other.times(big.NewRat(1, x.mult[p])).minus(rate.times(big.NewRat(1, x.mult[w])))
			first := x.rank[w] < x.rank[p]
			if s := ahead.sign(); s < 0 || s == 0 && !first {
				return nothing
			}
			l.reach.keep(ahead, !first)
		}
		l.charge(w, rate, full)
		room.take(w)
	}
	for p := range x.total {
		if !gone[p] && x.total[p] > 0 && room.allowed(p) {
			if _, _, ok := l.price(p); ok {
				return nothing
			}
		}
	}
	return l.reach
}

// price returns the rate of p and for each supporter whether they pay it in
// full. ok is false when they have less than its cost.
func (l *linearShares) price(p int) (rate line, full []bool, ok bool) {
	x := l.x
	lo, hi := x.supp.of(p)
	cost := x.e.Projects[p].Cost.Rat(0)
	missing := line{cost, new(big.Rat)}
	points := x.total[p]
	full = slices.Repeat([]bool{true}, int(hi-lo))
	for moved := true; moved; {
		moved = false
		if points == 0 {
			break
		}
		rate = missing.times(big.NewRat(1, points))
		for i := lo; i < hi; i++ {
			has, u := l.left[x.supp.class[i]], x.points(i)
			if full[i-lo] && has.minus(rate.times(big.NewRat(u, 1))).sign() < 0 {
				full[i-lo], moved = false, true
				w := int64(x.supp.weight[i])
				missing = missing.minus(has.times(big.NewRat(w, 1)))
				points -= w * u
			}
		}
	}
	if points == 0 {
		if missing.sign() > 0 {
			l.reach.keep(missing, true)
			return rate, nil, false
		}
		// Everybody pays all they have, and it is just enough: that holds at this point only,
		// not along a line.
		l.reach = reach{limit: new(big.Rat)}
		return rate, full, true
	}
	for i := lo; i < hi; i++ {
		spare := l.left[x.supp.class[i]].minus(rate.times(big.NewRat(x.points(i), 1)))
		if !full[i-lo] {
			spare = spare.times(big.NewRat(-1, 1))
		}
		l.reach.keep(spare, false)
	}
	return rate, full, true
}

func (l *linearShares) charge(p int, rate line, full []bool) {
	lo, hi := l.x.supp.of(p)
	for i := lo; i < hi; i++ {
		class := l.x.supp.class[i]
		if full[i-lo] {
			l.left[class] = l.left[class].minus(rate.times(big.NewRat(l.x.points(i), 1)))
		} else {
			l.left[class] = line{new(big.Rat), new(big.Rat)}
		}
	}
}
