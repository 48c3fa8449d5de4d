package tally

import (
	"math"
	"math/big"
	"slices"
)

// equalShares runs the Method of Equal Shares with its completion.
func (c *counting) equalShares() error {
	var x *sharesEngine
	share := c.share()
	if c.o.Completion != AddOne {
		x = newSharesEngine(c.ctx, c.e, c.supp, c.o.Utility, c.ties.rank)
	} else {
		b := c.e.ballots.inOrder(c.e.ballots.alike(c.out.votes))
		c.supp = b.supporters(len(c.e.Projects), c.o.Utility == UtilityPoints)
		x = newSharesEngine(c.ctx, c.e, c.supp, c.o.Utility, c.ties.rank)
		x.ballots = b
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
	s := &shareSweep{c: c, x: x, first: c.share(), groups: newBallotGroups(x.supp, len(x.low))}
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

	known  bool  // order, table and far are of the present order
	order  []int // purchases, in order
	far    int64 // the share the table was made at
	span   int64 // how far ahead the next table is made
	width  int64 // how many shares to try to settle at once
	began  int64 // first share of the present order
	table  [][]int64
	tabled []int     // the purchases that the table is for
	sights [][]sight // by round and project
	pay    []int64   // upper bounds of the winners' prices, by round
	flat   []bool    // the winner's supporters all pay in full
	limit  int64     // last share for which the precision of the head suffices
	shift  uint      // that precision

	groups *ballotGroups
	b      []int64 // what the voters of each group have left, or a bound

	stuck int // shares in a row with the same purchases that bounds did not tell

	keys   []quote  // room for run
	before []int    // room for settle
	less   []uint32 // room for settleRate
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
		if last, ok := s.extend(k); ok {
			return last, nil
		}
	}
	outlived := s.known && k > s.far
	doubtful := s.known && !outlived // the order may be the same, but was not confirmed
	s.known = false
	before := append(s.before[:0], s.order...)
	s.before = before
	if !s.run(k) {
		if err := s.carefully(k); err != nil {
			return 0, err
		}
		if !slices.Equal(before, s.order) {
			s.began, s.stuck = k, 0
			return k, nil
		}
		return s.leap(k), nil
	}
	if !slices.Equal(before, s.order) {
		s.began = k
	} else if doubtful && k < s.far {
		s.known = true // the table is still good
		return k, nil
	}
	lived := k - s.began
	if lived < 2 && k < s.far {
		return k, nil // an order that changes at once is not worth a table of its own
	}
	if outlived {
		s.span = min(4*s.span, 1<<40)
	} else {
		s.span = max(16, 4*lived)
	}
	if k+s.span > s.limit { // the precision must change, and with it the prices in pay
		if err := s.prepare(k + s.span); err != nil {
			return 0, err
		}
		if !s.run(k) {
			return k, nil
		}
	}
	s.far = k + s.span
	s.farPass()
	if lived < 2 {
		return k, nil
	}
	s.known = true
	s.width = max(2, s.width)
	if last, ok := s.confirmFrom(k); ok {
		return last, nil
	}
	return k, nil
}

// leap returns the last share that has the purchases of share k, computed by exact lines. It
// does so only when bounds have failed for a while; until then it returns k itself. For every
// twenty marks on ballots, lines take about as long as looking at some shares.
func (s *shareSweep) leap(k int64) int64 {
	if s.stuck++; s.stuck < 8+len(s.x.supp.class)/20 {
		return k
	}
	s.stuck = 0
	r := s.x.steady(s.share(k), s.c.room.clone(), s.order)
	if r.limit == nil {
		return k
	}
	steps := r.limit.Quo(r.limit, s.step)
	last := floor(steps)
	if r.less && steps.IsInt() {
		last.Sub(last, big.NewInt(1))
	}
	if last.Sign() <= 0 || last.BitLen() > 40 {
		return k
	}
	return k + last.Int64()
}

// carefully finds the purchases of share k with bounds for every ballot. If those are not
// precise enough it uses exact fractions.
func (s *shareSweep) carefully(k int64) error {
	x, share := s.x, s.share(k)
	s.c.out.Runs++
	if err := x.start(share, share); err != nil {
		return err
	}
	room := s.c.room.clone()
	for _, p := range x.head.order {
		room.take(p)
	}
	if err := x.buyAll(room, nil, nil); err != nil {
		return err
	}
	if x.run.unsure {
		log := &tieLog{rank: s.c.ties.rank}
		if _, err := s.c.exactRun(x, share, log); err != nil {
			return err
		}
		s.c.addTrialTies(log)
		s.restore()
	}
	s.order = append(s.order[:0], x.run.order...)
	return nil
}

// restore brings back the precision of the sweep after an exact run.
func (s *shareSweep) restore() { s.x.setShift(s.shift) }

// logTrial records the ties of share k, the one that ended the completion.
func (s *shareSweep) logTrial(k int64) {
	log := &tieLog{rank: s.c.ties.rank}
	if _, err := s.c.exactRun(s.x, s.share(k), log); err == nil {
		s.c.addTrialTies(log)
	}
	s.restore()
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

// extend confirms the present order for share k, by a table that already exists. It returns the
// last share that surely has the present order. ok is false if not even k has.
func (s *shareSweep) extend(k int64) (last int64, ok bool) {
	if !s.lowPass(k) {
		return k, false
	}
	return s.confirmFrom(k)
}

// confirmFrom confirms the present order for share k, whose winners' prices
// are in pay, and as many shares after it as it can.
func (s *shareSweep) confirmFrom(k int64) (last int64, ok bool) {
	doubts := s.doubts(k)
	if len(doubts) == 0 {
		return s.far, true
	}
	s.foresee(k, doubts)
	for s.width = min(s.width, s.far-k+1); s.width > 0; s.width /= 2 {
		to := k + s.width - 1
		s.c.out.Runs++
		if s.confirm(to, doubts) {
			s.width *= 2
			return to, true
		}
	}
	s.width = 1
	return k, false
}

// sight is where the price of a project in a round was last confirmed.
type sight struct {
	share int64
	low   int64
	slope float64 // how much it fell per share
}

// foresee lowers the width to where the prices of the doubtful projects, if they go on falling
// as fast as last seen, reach those of the winners at share k. It is only a guess that saves
// attempts: the result is confirmed afterwards.
func (s *shareSweep) foresee(k int64, doubts []doubt) {
	from := len(s.x.head.order)
	for _, d := range doubts {
		g := &s.sights[d.round][d.project]
		if g.slope <= 0 || d.round == len(s.pay) {
			continue
		}
		limit := float64(s.pay[d.round])
		if s.x.cost {
			limit *= float64(s.x.mult[d.project]) / float64(s.x.mult[s.order[from+d.round]])
		}
		if last := g.share + int64((float64(g.low)-limit)/g.slope); last < k+s.width-1 {
			s.width = max(1, last-k+1)
		}
	}
}

// doubt is a round and a project whose price may be below the winner's.
type doubt struct {
	round   int
	project int
}

// lowPass computes upper bounds of the winners' prices at share k.
func (s *shareSweep) lowPass(k int64) bool {
	x := s.x
	s.c.out.Runs++
	s.begin(k, false)
	from := len(x.head.order)
	for j, w := range s.order[from:] {
		rate, flat, ok := s.solve(from+j, w, s.table[j][w], true)
		if !ok {
			return false
		}
		s.pay[j], s.flat[j] = rate, flat
		s.charge(from+j, w, rate)
	}
	return true
}

// doubts compares the winners' prices at share k with the table.
func (s *shareSweep) doubts(k int64) []doubt {
	x := s.x
	var list []doubt
	flat := false // when both prices do not move, the doubt may be settled
	from := len(x.head.order)
	rounds := len(s.order) - from
	for j, w := range s.order[from:] {
		for p, low := range s.table[j] {
			if p != w && low != math.MaxInt64 && !x.before(s.pay[j], w, low, p) {
				list = append(list, doubt{j, p})
				flat = flat || s.flat[j]
			}
		}
	}
	for p, low := range s.table[rounds] {
		if low != math.MaxInt64 {
			list = append(list, doubt{rounds, p})
		}
	}
	if !flat {
		return list
	}
	s.begin(k, false)
	left := list[:0]
	for j := 0; j <= rounds; j++ {
		for len(list) > 0 && list[0].round == j {
			d := list[0]
			list = list[1:]
			if j < rounds && s.flat[j] {
				w := s.order[from+j]
				_, pays, ok := s.solve(from+j, d.project, x.full[d.project], true)
				if c := x.compareFlat(w, d.project); ok && pays && (c < 0 || c == 0 && x.rank[w] < x.rank[d.project]) {
					continue // both prices are the same for all larger shares
				}
			}
			left = append(left, d)
		}
		if j < rounds {
			s.charge(from+j, s.order[from+j], s.pay[j])
		}
	}
	return left
}

// farPass makes the table: lower bounds of prices at the far share, if the purchases stay the
// present ones.
func (s *shareSweep) farPass() {
	x := s.x
	s.c.out.Runs++
	s.begin(s.far, true)
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
	s.table, s.sights = s.table[:0], s.sights[:0]
	s.tabled = append(s.tabled[:0], s.order...)
	for j := 0; j <= rounds; j++ {
		w := -1
		if j < rounds {
			w = s.order[from+j]
		}
		for p := range keys {
			if keys[p] == math.MaxInt64 || w >= 0 && p != w && x.before(s.pay[j], w, keys[p], p) {
				continue
			}
			s.bury(from+j, p)
			low, _, ok := s.solve(from+j, p, keys[p], false)
			if !ok {
				low = math.MaxInt64
			}
			keys[p] = low
		}
		s.table = append(s.table, slices.Clone(keys))
		s.sights = append(s.sights, make([]sight, m))
		if w >= 0 {
			s.charge(from+j, w, keys[w])
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
	s.begin(to, true)
	from := len(x.head.order)
	for j := 0; ; j++ {
		w := -1
		if from+j < len(s.order) {
			w = s.order[from+j]
		}
		for len(doubts) > 0 && doubts[0].round == j {
			p := doubts[0].project
			doubts = doubts[1:]
			low, _, ok := s.solve(from+j, p, s.table[j][p], false)
			if ok && (w < 0 || !x.before(s.pay[j], w, low, p)) {
				return false
			}
			g := &s.sights[j][p]
			if ok && g.share > 0 && to > g.share {
				g.slope = float64(g.low-low) / float64(to-g.share)
			}
			if ok {
				g.share, g.low = to, low
			}
		}
		if len(doubts) == 0 {
			return true
		}
		low, _, ok := s.solve(from+j, w, s.table[j][w], false)
		if !ok {
			return false
		}
		s.charge(from+j, w, low)
	}
}

// sharesHead holds the first purchases of a sweep that are the same for every share. These are
// the projects in the order of their price when all supporters pay in full, as long as all can.
// A larger share changes nothing about them.
type sharesHead struct {
	order    []int
	down, up []int64 // bounds of their rates
}

func (h *sharesHead) rates(up bool) []int64 {
	if up {
		return h.up
	}
	return h.down
}

// prepare makes sure that precision and head serve for share k.
func (s *shareSweep) prepare(k int64) error {
	// Long: one set-up of many values that are right only together.
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
	s.known, s.table = false, nil
	s.shift = shift
	x.setShift(shift)
	x.revive()
	x.startWith(x.low, s.first, false)
	head := &sharesHead{}
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
			// Bounds must be able to tell that everybody who pays has something left.
			if up > 0 && x.low[x.supp.class[i]] <= times(up, x.points(i)) {
				pays = false
				break
			}
		}
		if !pays {
			break
		}
		for i := lo; i < hi; i++ {
			x.low[x.supp.class[i]] -= up * x.points(i)
		}
		room.take(p)
		head.order = append(head.order, p)
		head.down, head.up = append(head.down, down), append(head.up, up)
	}
	x.head = head
	return nil
}
