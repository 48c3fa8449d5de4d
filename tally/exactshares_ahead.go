package tally

import (
	"cmp"
	"math/bits"
	"slices"
)

// At most shares that a completion of Exact Equal Shares passes, only the payers change. The
// completion waits for something else: that the budget is exceeded, or that no project fits any
// more. So whole ranges of shares are settled at once, by bounds that hold at each share of the
// range.
//
// A range is followed purchase by purchase, with the most and the least that each voter may have
// left. From these follow the largest group that a project may have and the smallest that it
// surely has. So at each stage some project is surely bought at the level of its smallest group at
// the latest, a level being a price per unit of utility, and only those that may come no
// later can be next. Mostly that is one. Where there are several, because they are nearly tied, each
// is followed in its turn: what is bought then is known in each case, and so is what caps and
// exclusive projects bar.
type outlook struct {
	x     *exactEngine
	past  bool    // past exhaustion: that something is left to buy is enough, it need not fit
	now   []*view // after so many purchases,
	then  []*view // after one more,
	free  []*view // to be used again,
	all   []*view // and all of them
	able  able
	steps int // how many more purchases may be looked at
}

// view is what is known of a range of shares after certain purchases. Amounts are in tiny units.
type view struct {
	room  *room
	high  []int64 // by ballot: no voter has more left,
	low   []int64 // nor less
	most  []int64 // by project: its group is never larger; 0 when it is bought or cannot be
	fresh []bool  // by project: most is the smallest that follows from high
	next  []candidate
}

// candidate is a project that may be bought next, by a group of at least so many; 0 when it may
// not be bought at all.
type candidate struct {
	project int
	least   int64
}

func newOutlook(x *exactEngine, past bool) *outlook { return &outlook{x: x, past: past} }

// goesOn reports whether the completion surely goes on at every share from one to another, in
// tiny units: whatever may be bought is within the budget, and something that is not bought fits
// beside it. False only says that the bounds are too wide to tell.
func (o *outlook) goesOn(room *room, from, to int64) bool {
	for o.begin(room, from, to); len(o.now) > 0; {
		if !o.step() {
			return false
		}
	}
	return true
}

// begin looks at a range before anything is bought.
func (o *outlook) begin(room *room, from, to int64) {
	o.now, o.then, o.free = o.now[:0], o.then[:0], append(o.free[:0], o.all...)
	o.steps = 3 * len(o.x.size) // a range that takes more is quicker divided
	v := o.view()
	v.room = room.clone()
	for i := range v.high {
		v.high[i], v.low[i] = to, from
	}
	copy(v.most, o.x.votes)
	clear(v.fresh)
	o.now = append(o.now, v)
}

// step goes on by one purchase in each view. It reports whether the completion surely goes on so far.
func (o *outlook) step() bool {
	for _, v := range o.now {
		if o.steps--; o.steps < 0 {
			return false
		}
		if surely := o.look(v); !surely && !o.left(v.room) { // nothing may be bought any more
			return false
		}
		for i, c := range v.next {
			other := v
			if i < len(v.next)-1 {
				other = o.view()
				copy(other.high, v.high)
				copy(other.low, v.low)
				copy(other.most, v.most)
				copy(other.fresh, v.fresh)
				other.room = v.room.clone()
			}
			if !o.buy(other, c) || !o.join(other) {
				return false
			}
		}
		if len(v.next) == 0 {
			o.free = append(o.free, v)
		}
	}
	o.now, o.then = o.then, o.now[:0]
	return true
}

// join adds a view to those with one purchase more. Where the same projects are bought, in
// another order, one view has the bounds of both. It reports whether there are not too many.
func (o *outlook) join(v *view) bool {
	for _, w := range o.then {
		if !slices.Equal(v.room.taken, w.room.taken) {
			continue
		}
		for i := range w.high {
			w.high[i], w.low[i] = max(w.high[i], v.high[i]), min(w.low[i], v.low[i])
		}
		for p := range w.most {
			w.most[p], w.fresh[p] = max(w.most[p], v.most[p]), w.fresh[p] && v.fresh[p]
		}
		o.free = append(o.free, v)
		return true
	}
	o.then = append(o.then, v)
	return len(o.then) <= widest(len(v.high))
}

// widest is how many views are followed at once: each needs 16 bytes for a ballot.
func widest(ballots int) int { return max(2, min(12, 4_000_000/max(1, ballots))) }

// view returns one to be filled.
func (o *outlook) view() *view {
	if n := len(o.free); n > 0 {
		v := o.free[n-1]
		o.free = o.free[:n-1]
		return v
	}
	m, n := len(o.x.size), len(o.x.left)
	v := &view{high: make([]int64, n), low: make([]int64, n), most: make([]int64, m), fresh: make([]bool, m)}
	o.all = append(o.all, v)
	return v
}

// left reports whether something is left to buy, for which the completion goes on.
func (o *outlook) left(room *room) bool {
	for p, project := range o.x.e.Projects {
		if o.x.votes[p] > 0 && room.allowed(p) && (o.past || project.Cost <= room.left) {
			return true
		}
	}
	return false
}

// look finds what may be bought next, and whether anything surely is.
func (o *outlook) look(v *view) (surely bool) {
	v.next = v.next[:0]
	var sure candidate // is bought at this level at the latest
	for {
		p := -1
		for q, size := range v.most {
			if size == 0 || slices.ContainsFunc(v.next, func(c candidate) bool { return c.project == q }) {
				continue
			}
			if p < 0 || o.x.compare(q, size, p, v.most[p]) < 0 {
				p = q
			}
		}
		if p < 0 || surely && o.x.compare(p, v.most[p], sure.project, sure.least) > 0 {
			break
		}
		if !v.room.allowed(p) {
			v.most[p] = 0
			continue
		}
		if !v.fresh[p] {
			v.most[p], v.fresh[p] = o.group(p, v.most[p], v.high, 0), true
			continue
		}
		c := candidate{p, o.group(p, v.most[p], v.low, 1)}
		v.next = append(v.next, c)
		if c.least > 0 && (!surely || o.x.compare(p, c.least, sure.project, sure.least) < 0) {
			surely, sure = true, c
		}
	}
	kept := v.next[:0]
	for _, c := range v.next {
		if !surely {
			c.least = o.smallest(v, c.project)
		} else if o.x.compare(c.project, v.most[c.project], sure.project, sure.least) > 0 {
			continue
		} else {
			c.least = max(c.least, o.x.sizeAt(c.project, sure.project, sure.least))
		}
		kept = append(kept, c)
	}
	v.next = kept
	return surely
}

// group returns the size of the largest group of p, at most size, in which all have the price and
// so much more, rounded down.
func (o *outlook) group(p int, size int64, amounts []int64, more int64) int64 {
	cost := int64(o.x.e.Projects[p].Cost)
	lo, hi := o.x.supp.of(p)
	can := o.able.gather(amounts, o.x.supp.class[lo:hi], o.x.supp.weight[lo:hi], o.x.price(cost, size)+more)
	for can < size {
		if size = can; size == 0 {
			break
		}
		can = o.able.narrow(o.x.price(cost, size) + more)
	}
	return size
}

// smallest returns the size of the smallest group that may pay for p, of whom it is known that
// some may.
func (o *outlook) smallest(v *view, p int) int64 {
	units := int64(o.x.e.Projects[p].Cost) << o.x.shift
	lo, hi := o.x.supp.of(p)
	o.able.gather(v.high, o.x.supp.class[lo:hi], o.x.supp.weight[lo:hi], units/v.most[p])
	type holder struct{ left, weight int64 }
	holders := make([]holder, len(o.able.left))
	for i, left := range o.able.left {
		holders[i] = holder{left, o.able.weight[i]}
	}
	slices.SortFunc(holders, func(a, b holder) int { return cmp.Compare(b.left, a.left) })
	count := int64(0)
	for _, h := range holders {
		count += h.weight
		if size := units/(h.left+1) + 1; size <= count {
			return size
		}
	}
	return 1 // cannot happen
}

// buy takes p off the room, and its price off what its payers have. It reports whether the budget
// suffices.
func (o *outlook) buy(v *view, c candidate) bool {
	if v.room.take(c.project); v.room.left < 0 {
		return false
	}
	cost := int64(o.x.e.Projects[c.project].Cost)
	cheapest, dearest := o.x.price(cost, v.most[c.project]), o.x.price(cost, c.least)+1
	lo, hi := o.x.supp.of(c.project)
	for _, class := range o.x.supp.class[lo:hi] {
		high, low := v.high[class], v.low[class]
		switch {
		case low >= dearest: // surely pays
			v.high[class], v.low[class] = high-cheapest, low-dearest
		case high >= cheapest: // pays, or has less than the price
			v.high[class], v.low[class] = min(high, max(high-cheapest, dearest)), 0
		}
	}
	v.most[c.project] = 0
	clear(v.fresh)
	return true
}

// sizeAt returns the size of the smallest group of p whose level is not above that of a group of q.
func (x *exactEngine) sizeAt(p, q int, size int64) int64 {
	a, b := uint64(x.e.Projects[p].Cost), uint64(x.e.Projects[q].Cost)
	if x.cost && a > 0 && b > 0 {
		return size
	}
	if b == 0 {
		return 1
	}
	h, l := bits.Mul64(a, uint64(size)) // a/s ≤ b/size
	if h >= b {
		return 1 // cannot happen: it would be more voters than there can be
	}
	whole, rest := bits.Div64(h, l, b)
	if rest > 0 {
		whole++
	}
	return max(1, int64(whole))
}
