package tally

import (
	"math"
	"slices"
)

// At most shares that a completion of Exact Equal Shares passes, only the payers change. The
// completion waits for something else: that the budget is exceeded, or that no project fits any
// more. So whole ranges of shares are settled at once, by bounds that hold at each share of the
// range.
//
// The bounds go by levels. A level is a price per unit of utility. At a level
// each project has a price and a size of group, and those voters can join who
// have the price after paying for what is bought below the level. Purchases
// come in the order of their levels, and whoever can join at one level can join
// at every lower one. So from the most that voters may have left follows the
// lowest level at which a project can be bought, and from the least they have
// the highest.
type outlook struct {
	x     *exactEngine
	room  *room // before anything is bought
	high  []int64
	low   []int64 // by ballot, like high in tiny units; what rivals may be paid is not taken off
	most  []int64 // by project: its group is never larger; 0 when it is surely not bought
	least []int64 // by project: its group is never smaller; 0 when it is perhaps not bought
	fresh []bool  // by project: most is the smallest that follows from high
	done  []bool  // by project: its payers have been charged
	sure  [][]uint32
	owed  []int  // certain purchases that their sure payers still have in high
	spent Amount // by all that may be bought

	// Rivals of a project may be bought before it or not; then at most at its level.
	rivals  []int64 // by ballot: the dividends of those the voters may pay for
	isRival []bool  // by project
	passing []int   // those that are rivals of one project only, not of all that follow
}

func newOutlook(x *exactEngine, room *room) *outlook {
	m, n := len(x.e.Projects), len(x.left)
	return &outlook{
		x: x, room: room, high: make([]int64, n), low: make([]int64, n), rivals: make([]int64, n),
		most: make([]int64, m), least: make([]int64, m), fresh: make([]bool, m), done: make([]bool, m),
		sure: make([][]uint32, m), isRival: make([]bool, m),
	}
}

// goesOn reports whether the completion surely goes on at every share from one to another, in
// tiny units. For that, all that may be bought must be within the budget, and something that is
// surely not bought must fit beside it (with past exhaustion it need only exist). False only
// says that the bounds are too wide to tell. within says that the range lies
// in the one asked for before, so what was found for that one is used again.
func (o *outlook) goesOn(from, to int64, pastExhaustion, within bool) bool {
	o.begin(from, to, within)
	for p := o.next(); p >= 0; p = o.next() {
		if o.settle(p) {
			continue // with less money it may no longer come next
		}
		if o.shut(p) {
			o.most[p] = 0
			continue
		}
		if o.spent += o.x.e.Projects[p].Cost; o.spent > o.room.left {
			return false
		}
		o.charge(p)
	}
	for p, cost := range o.x.e.Projects {
		if o.most[p] == 0 && o.x.votes[p] > 0 && o.room.allowed(p) && o.open(p) && (pastExhaustion || cost.Cost <= o.room.left-o.spent) {
			return true
		}
	}
	return false
}

func (o *outlook) begin(from, to int64, within bool) {
	o.spent, o.owed = 0, o.owed[:0]
	for i := range o.high {
		o.high[i], o.low[i] = to, from
	}
	clear(o.least)
	clear(o.fresh)
	clear(o.done)
	clear(o.rivals)
	clear(o.isRival)
	if within {
		return
	}
	for p, votes := range o.x.votes {
		if o.most[p] = votes; !o.room.allowed(p) {
			o.most[p] = 0
		}
	}
}

// next returns the project that can be bought at the lowest level, −1 if none can.
func (o *outlook) next() int {
	for {
		first := -1
		for p, size := range o.most {
			if size > 0 && !o.done[p] && (first < 0 || o.x.compare(p, size, first, o.most[first]) < 0) {
				first = p
			}
		}
		if first < 0 || o.fresh[first] {
			return first
		}
		o.refresh(first)
	}
}

// refresh finds the largest group that could pay p with the most that voters may have.
func (o *outlook) refresh(p int) {
	size := o.most[p]
	lo, hi := o.x.supp.of(p)
	classes, weights := o.x.supp.class[lo:hi], o.x.supp.weight[lo:hi]
	weights = weights[:len(classes)]
	for size > 0 {
		need := o.x.price(int64(o.x.e.Projects[p].Cost), size) - 1
		can := int64(0)
		for i, class := range classes {
			can += int64(weights[i]) & ((need - o.high[class]) >> 63) // no branch, as in group
		}
		if can >= size {
			break
		}
		size = can
	}
	o.most[p], o.fresh[p] = size, true
}

// settle takes off what is surely paid at levels below the lowest level of p. It reports
// whether there was anything.
func (o *outlook) settle(p int) bool {
	rest := o.owed[:0]
	for _, q := range o.owed {
		if o.x.compare(q, o.least[q], p, o.most[p]) >= 0 {
			rest = append(rest, q)
			continue
		}
		price := o.x.price(int64(o.x.e.Projects[q].Cost), o.most[q])
		for _, class := range o.sure[q] {
			o.high[class] -= price
		}
	}
	settled := len(rest) < len(o.owed)
	if o.owed = rest; settled {
		clear(o.fresh)
	}
	return settled
}

// charge finds the smallest group that p may have and takes its price off.
func (o *outlook) charge(p int) {
	o.done[p] = true
	lo, hi := o.x.supp.of(p)
	classes, weights := o.x.supp.class[lo:hi], o.x.supp.weight[lo:hi]
	size, need := o.most[p], threshold{}
	for size > 0 {
		if o.watch(p, size); !o.open(p) {
			size = 0
			break
		}
		need = o.threshold(p, size)
		can := int64(0)
		for i, class := range classes {
			can += int64(weights[i]) &^ o.short(class, need) // no branch, as in group
		}
		if can >= size {
			break
		}
		size = can
	}
	o.least[p] = size
	if size > 0 {
		o.pay(p, need)
	}
	for _, q := range o.passing {
		o.rival(q, -1)
	}
	o.passing = o.passing[:0]
	if size == 0 {
		o.rival(p, 1)
	}
}

// open reports whether p surely is not barred beside all that may be bought so far: no exclusive
// project is among it, and caps have room for all of it and p.
func (o *outlook) open(p int) bool {
	for _, g := range o.room.groupsOf[p] {
		for _, q := range o.room.c.Exclusive[g] {
			if q != p && (o.done[q] || o.isRival[q]) {
				return false
			}
		}
	}
	for _, i := range o.room.capsOf[p] {
		left := o.room.caps[i]
		for q := range o.most {
			if q != p && (o.done[q] || o.isRival[q]) && slices.Contains(o.room.capsOf[q], i) {
				left -= o.x.e.Projects[q].Cost
			}
		}
		if o.x.e.Projects[p].Cost > left {
			return false
		}
	}
	return true
}

// shut reports whether p surely is barred by what is surely bought below its lowest level.
func (o *outlook) shut(p int) bool {
	before := func(q int) bool {
		return q != p && o.done[q] && o.least[q] > 0 && o.x.compare(q, o.least[q], p, o.most[p]) < 0
	}
	for _, g := range o.room.groupsOf[p] {
		if slices.ContainsFunc(o.room.c.Exclusive[g], before) {
			return true
		}
	}
	for _, i := range o.room.capsOf[p] {
		left := o.room.caps[i]
		for q := range o.most {
			if before(q) && slices.Contains(o.room.capsOf[q], i) {
				left -= o.x.e.Projects[q].Cost
			}
		}
		if o.x.e.Projects[p].Cost > max(0, left) {
			return true
		}
	}
	return false
}

// pay takes the highest price of p off the least that its possible payers have,
// and remembers who surely pays.
func (o *outlook) pay(p int, need threshold) {
	cost := int64(o.x.e.Projects[p].Cost)
	cheapest, dearest := o.x.price(cost, o.most[p]), o.x.price(cost, o.least[p])+1
	lo, hi := o.x.supp.of(p)
	o.sure[p] = o.sure[p][:0]
	for _, class := range o.x.supp.class[lo:hi] {
		if o.short(class, need) == 0 {
			o.sure[p] = append(o.sure[p], class)
		}
		if o.high[class] >= cheapest {
			o.low[class] = max(0, o.low[class]-dearest)
		}
	}
	o.owed = append(o.owed, p)
}

// watch adds the rivals of p at the level where its group has the given size.
func (o *outlook) watch(p int, size int64) {
	for q := range o.most {
		for !o.done[q] && !o.isRival[q] && o.most[q] > 0 && o.x.compare(q, o.most[q], p, size) <= 0 {
			if !o.fresh[q] {
				o.refresh(q)
				continue
			}
			o.rival(q, 1)
			o.passing = append(o.passing, q)
		}
	}
}

// rival makes q a rival of all who may pay for it, or with sign −1 no longer.
func (o *outlook) rival(q int, sign int64) {
	o.isRival[q] = sign > 0
	cheapest, dividend := o.x.price(int64(o.x.e.Projects[q].Cost), o.most[q]), sign*o.dividend(q)
	lo, hi := o.x.supp.of(q)
	high, rivals := o.high, o.rivals[:len(o.high)]
	for _, class := range o.x.supp.class[lo:hi] {
		rivals[class] += dividend & ((cheapest - 1 - high[class]) >> 63) // no branch, as in group
	}
}

// dividend divided by the size of a group at a level is the price there. For several projects
// together it gives what they may cost a voter below that level.
func (o *outlook) dividend(p int) int64 {
	if o.x.cost {
		return int64(o.x.e.Projects[p].Cost)
	}
	return 1
}

// threshold is how much a voter needs to join a group if rivals are paid first.
type threshold struct{ own, unit float64 }

func (o *outlook) threshold(p int, size int64) threshold {
	unit := math.Ldexp(1/float64(size), int(o.x.shift))
	if !o.x.cost {
		unit *= float64(o.x.e.Projects[p].Cost)
	}
	const up = 1 + 1e-12 // larger than the rounding errors of all these sums
	return threshold{float64(o.dividend(p)), unit * up}
}

// short is 0 when the voters of a ballot surely reach the threshold, and −1 when they perhaps do not.
func (o *outlook) short(class uint32, t threshold) int64 {
	return int64(math.Float64bits(float64(o.low[class])-((t.own+float64(o.rivals[class]))*t.unit+2))) >> 63
}
