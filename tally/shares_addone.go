package tally

import (
	"math"
	"math/big"
	"slices"
)

// equalShares runs the Method of Equal Shares with its completion.
func (c *counting) equalShares() error {
	x := newSharesEngine(c.ctx, c.e, c.supp, c.o.Utility, c.ties.rank)
	share := c.share()
	if c.o.Completion == AddOne {
		var err error
		if share, err = c.addOne(x); err != nil {
			return err
		}
	}
	log := &tieLog{rank: c.ties.rank, prefer: c.ties.prefer}
	room, err := c.exactRun(x, share, log)
	if err != nil {
		return err
	}
	c.room = room
	c.out.Runs++
	c.out.Share = new(big.Rat).Quo(share, big.NewRat(pow10(c.e.Decimals), 1))
	c.out.Steps = append(c.out.Steps, x.run.steps...)
	c.ties.ties = append(log.ties, c.ties.ties...)
	return nil
}

// exactRun runs the rule for one share with exact fractions at hand.
func (c *counting) exactRun(x *sharesEngine, share *big.Rat, log *tieLog) (*room, error) {
	head := x.head
	x.head = nil
	defer func() { x.head = head }()
	if err := x.start(share, share); err != nil {
		return nil, err
	}
	room := c.room.clone()
	return room, x.buyAll(room, log, newSharesExact(share))
}

// addOne finds the share at which add-one completion stops. The shares are
// numbered: share k is the first share plus k steps. Where a run of shares
// provably buys the same projects in the same order it is skipped in one go;
// the result is that of trying them one by one.
func (c *counting) addOne(x *sharesEngine) (*big.Rat, error) {
	s := &shareSweep{c: c, x: x, first: c.share(), span: 16}
	unit := big.NewRat(pow10(c.e.Decimals), 1)
	s.step = unit
	if c.o.AddOne.Step != nil {
		s.step = new(big.Rat).Mul(unit, c.o.AddOne.Step)
	}
	if c.o.AddOne.FloorStart {
		whole := floor(new(big.Rat).Quo(s.first, unit))
		s.first = new(big.Rat).Mul(new(big.Rat).SetInt(whole), unit)
	}
	c.out.Stopped = StopOverBudget
	for k := int64(0); ; {
		if err := canceled(c.ctx); err != nil {
			return nil, err
		}
		last, err := s.settle(k)
		if err != nil {
			return nil, err
		}
		room := c.room.clone()
		for _, p := range s.order {
			room.take(p)
		}
		if c.o.Progress != nil {
			share, _ := s.share(k).Float64()
			c.o.Progress(Progress{Runs: c.out.Runs, Share: share / float64(pow10(c.e.Decimals)),
				Spent: 1 - float64(room.left)/math.Max(1, float64(c.e.Budget))})
		}
		if room.left < 0 {
			c.out.Trials++
			if k == 0 { // only with a first share above B/n, which FloorStart never gives
				return s.share(0), nil
			}
			s.logTrial(k)
			return s.share(k - 1), nil
		}
		if stop := c.stopAt(room); stop != StopNone {
			c.out.Trials++
			c.out.Stopped = stop
			return s.share(k), nil
		}
		c.out.Trials += last - k + 1
		k = last + 1
	}
}

// stopAt says whether completion ends with what has been taken in room.
func (c *counting) stopAt(room *room) Stop {
	open, fits := false, false
	for p := range c.e.Projects {
		if c.out.votes[p] > 0 && room.allowed(p) {
			open = true
			fits = fits || c.e.Projects[p].Cost <= room.left
		}
	}
	switch {
	case !open:
		return StopAllFunded
	case !fits && !c.o.AddOne.PastExhaustion:
		return StopExhaustive
	}
	return StopNone
}

// shareSweep finds ranges of shares with the same purchases.
//
// It uses that, as long as the order of purchases is the same, what voters
// have left rises with the share and all prices fall. So the prices of a range
// of shares lie between those computed from lower bounds at its first share
// and from upper bounds at its last. For the present order it keeps a table of
// lower bounds of the prices of all projects in all rounds, taken at a share
// far ahead; a pass over the winners alone at the share at hand gives upper
// bounds of their prices; only the pairs that the two cannot tell apart are
// looked at again, at shares nearer and nearer.
type shareSweep struct {
	c           *counting
	x           *sharesEngine
	first, step *big.Rat

	known bool  // order, table and far are of the present order
	order []int // purchases, in order
	far   int64 // the share the table was made at
	span  int64 // how far ahead the next table is made
	width int64 // how many shares to try to settle at once
	began int64 // first share of the present order
	table [][]int64
	pay   []int64 // upper bounds of the winners' prices, by round
	flat  []bool  // the winner's supporters all pay in full
	limit int64   // last share for which the precision of the head suffices
}

func (s *shareSweep) share(k int64) *big.Rat {
	return new(big.Rat).Add(s.first, new(big.Rat).Mul(s.step, new(big.Rat).SetInt64(k)))
}

// settle makes order the purchases of share k and returns the last share that
// surely has the same.
func (s *shareSweep) settle(k int64) (last int64, err error) {
	if err := s.prepare(k); err != nil {
		return 0, err
	}
	if s.known && k <= s.far {
		if last, ok := s.extend(k, k); ok {
			return last, nil
		}
	}
	before := slices.Clone(s.order)
	if err := s.runAt(k); err != nil {
		return 0, err
	}
	if s.known && slices.Equal(before, s.order) {
		if k < s.far {
			return k, nil
		}
		s.span = min(4*s.span, 1<<40)
	} else {
		if s.known {
			s.span = max(8, min(s.span, 2*(k-s.began)))
		}
		s.began = k
	}
	s.known = false
	s.far = k + s.span
	if err := s.prepare(s.far); err != nil {
		return 0, err
	}
	s.width = s.span
	if !s.lowPass(k, nil) {
		return k, nil
	}
	s.farPass()
	s.known = true
	if last, ok := s.extend(k, k+1); ok {
		return last, nil
	}
	return k, nil
}

// runAt finds the purchases of one share.
func (s *shareSweep) runAt(k int64) error {
	x, share := s.x, s.share(k)
	s.c.out.Runs++
	if err := x.start(share, share); err != nil {
		return err
	}
	if err := x.buyAll(s.c.room.clone(), nil, nil); err != nil {
		return err
	}
	if x.run.unsure {
		log := &tieLog{rank: s.c.ties.rank}
		if _, err := s.c.exactRun(x, share, log); err != nil {
			return err
		}
		s.c.addTrialTies(log)
	}
	s.order = append(s.order[:0], x.run.order...)
	return nil
}

// logTrial records the ties of share k, the one that ended the completion.
func (s *shareSweep) logTrial(k int64) {
	log := &tieLog{rank: s.c.ties.rank}
	if _, err := s.c.exactRun(s.x, s.share(k), log); err == nil {
		s.c.addTrialTies(log)
	}
}

// addTrialTies keeps ties that are not there yet.
func (c *counting) addTrialTies(log *tieLog) {
	for _, t := range log.ties {
		t.InTrial = true
		if !slices.ContainsFunc(c.ties.ties, func(u Tie) bool { return slices.Equal(t.Projects, u.Projects) }) {
			c.ties.ties = append(c.ties.ties, t)
		}
	}
}

// extend returns the last share from k on that surely has the present order.
// ok is false when not even share sure−1 … k could be confirmed, where shares
// before sure are known.
func (s *shareSweep) extend(k, sure int64) (last int64, ok bool) {
	var doubts []doubt
	if !s.lowPass(k, &doubts) {
		return k, k < sure
	}
	if len(doubts) == 0 {
		return s.far, true
	}
	s.width = min(s.width, s.far-k+1)
	for ; s.width > 0; s.width /= 2 {
		to := k + s.width - 1
		if to < sure {
			break
		}
		s.c.out.Runs++
		if s.confirm(to, doubts) {
			s.width *= 2
			return to, true
		}
	}
	s.width = 1
	return k, k < sure
}

// doubt is a round and a project whose price may be below the winner's.
type doubt struct {
	round   int
	project int
}

// lowPass computes upper bounds of the winners' prices at share k. With doubts
// not nil it compares them with the table.
func (s *shareSweep) lowPass(k int64, doubts *[]doubt) bool {
	x := s.x
	x.startLow(s.share(k))
	x.revive()
	from := len(x.head.order)
	rounds := len(s.order) - from
	s.pay = slices.Grow(s.pay[:0], rounds)[:rounds]
	s.flat = slices.Grow(s.flat[:0], rounds)[:rounds]
	for j, w := range s.order[from:] {
		start := x.full[w]
		if doubts != nil {
			start = s.table[j][w]
		}
		x.bury(w, x.low)
		rate, flat, ok := x.solve(w, x.low, x.tinyCost(w), start, true)
		if !ok {
			return false
		}
		s.pay[j], s.flat[j] = rate, flat
		if doubts != nil {
			for p, low := range s.table[j] {
				if p == w || low == math.MaxInt64 || x.before(rate, w, low, p) {
					continue
				}
				if flat {
					x.bury(p, x.low)
					if _, pf, ok := x.solve(p, x.low, x.tinyCost(p), x.full[p], true); ok && pf {
						if d := x.compareFlat(w, p); d < 0 || d == 0 && x.rank[w] < x.rank[p] {
							continue // both prices are the same for all larger shares
						}
					}
				}
				*doubts = append(*doubts, doubt{j, p})
			}
		}
		x.charge(w, x.low, rate)
	}
	if doubts != nil {
		for p, low := range s.table[rounds] {
			if low != math.MaxInt64 {
				*doubts = append(*doubts, doubt{rounds, p})
			}
		}
	}
	return true
}

// farPass makes the table: what lower bounds prices have at the far share if
// the purchases are the present ones.
func (s *shareSweep) farPass() {
	x := s.x
	s.c.out.Runs++
	x.startHigh(s.share(s.far))
	x.revive()
	room := s.c.room.clone()
	m := len(x.key)
	keys := make([]int64, m)
	for p := range keys {
		keys[p] = math.MaxInt64
		if x.total[p] > 0 {
			keys[p] = x.full[p]
		}
	}
	drop := func() {
		for p := range keys {
			if !room.allowed(p) {
				keys[p] = math.MaxInt64
			}
		}
	}
	from := len(x.head.order)
	for _, p := range s.order[:from] {
		room.take(p)
	}
	drop()
	rounds := len(s.order) - from
	s.table = s.table[:0]
	for j := 0; j <= rounds; j++ {
		w := -1
		if j < rounds {
			w = s.order[from+j]
		}
		for p := range keys {
			if keys[p] == math.MaxInt64 || w >= 0 && p != w && x.before(s.pay[j], w, keys[p], p) {
				continue
			}
			x.bury(p, x.high)
			low, _, ok := x.solve(p, x.high, x.tinyCost(p), keys[p], false)
			if !ok {
				low = math.MaxInt64
			}
			keys[p] = low
		}
		s.table = append(s.table, slices.Clone(keys))
		if w >= 0 {
			x.charge(w, x.high, keys[w])
			room.take(w)
			keys[w] = math.MaxInt64
			if len(room.caps) > 0 || len(room.used) > 0 {
				drop()
			}
		}
	}
}

// confirm reports whether the doubts are unfounded up to the given share.
func (s *shareSweep) confirm(to int64, doubts []doubt) bool {
	x := s.x
	x.startHigh(s.share(to))
	x.revive()
	from := len(x.head.order)
	for j := 0; ; j++ {
		w := -1
		if from+j < len(s.order) {
			w = s.order[from+j]
		}
		for len(doubts) > 0 && doubts[0].round == j {
			p := doubts[0].project
			doubts = doubts[1:]
			x.bury(p, x.high)
			low, _, ok := x.solve(p, x.high, x.tinyCost(p), s.table[j][p], false)
			if ok && (w < 0 || !x.before(s.pay[j], w, low, p)) {
				return false
			}
		}
		if len(doubts) == 0 {
			return true
		}
		x.bury(w, x.high)
		low, _, ok := x.solve(w, x.high, x.tinyCost(w), s.table[j][w], false)
		if !ok {
			return false
		}
		x.charge(w, x.high, low)
	}
}

// sharesHead are the first purchases of a sweep that are the same for every
// share: projects in the order of the price they have when all supporters pay
// in full, as long as all can. A larger share changes nothing about them.
type sharesHead struct {
	order     []int
	low, high []int64 // bounds of what the voters of each ballot pay for them
}

// prepare makes sure that precision and head serve for share k.
func (s *shareSweep) prepare(k int64) error {
	x := s.x
	if x.head != nil && k <= s.limit {
		return nil
	}
	s.limit = 4 * (k + 1024)
	shift, err := x.precision(s.share(s.limit))
	if err != nil {
		s.limit = k
		if shift, err = x.precision(s.share(k)); err != nil {
			return err
		}
	}
	x.head = nil
	s.known = false
	x.setShift(shift)
	x.startLow(s.first)
	n := len(x.low)
	head := &sharesHead{low: make([]int64, n), high: make([]int64, n)}
	room := s.c.room.clone()
	var order []int
	for p := range x.key {
		if x.total[p] > 0 && room.allowed(p) {
			order = append(order, p)
		}
	}
	slices.SortFunc(order, func(p, q int) int {
		pc, qc := x.e.Projects[p].Cost, x.e.Projects[q].Cost
		switch {
		case pc == 0 && qc == 0:
			return x.rank[p] - x.rank[q]
		case pc == 0:
			return -1
		case qc == 0:
			return 1
		}
		if d := x.compareFlat(p, q); d != 0 {
			return d
		}
		return x.rank[p] - x.rank[q]
	})
	for _, p := range order {
		if !room.allowed(p) {
			continue
		}
		lo, hi := x.supp.of(p)
		down, up := x.fullRate(p, false), x.fullRate(p, true)
		pays := true
		for i := lo; i < hi; i++ {
			if x.low[x.supp.class[i]] < times(up, x.points(i)) {
				pays = false
				break
			}
		}
		if !pays {
			break
		}
		for i := lo; i < hi; i++ {
			class, u := x.supp.class[i], x.points(i)
			x.low[class] -= up * u
			head.low[class] += down * u
			head.high[class] += up * u
		}
		room.take(p)
		head.order = append(head.order, p)
	}
	x.head = head
	return nil
}
