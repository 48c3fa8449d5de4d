package tally

import (
	"cmp"
	"context"
	"math"
	"math/big"
	"slices"
)

// Explanation says why each project won or lost and how fair the result is.
type Explanation struct {
	Outcome  *Outcome
	Verdicts []Verdict // by project
	Ties     []Tie     // those of the outcome, with their effect where it was examined
	Fairness Fairness
}

// Verdict is the story of one project.
type Verdict struct {
	Project int
	Won     bool
	Rank    int // 1 for the first project taken, 0 for losers
	Phase   Phase
	Votes   int64 // supporters
	Points  int64 // with points
	// Rate, Full and Partly are those of the step, see [Step]. Empty is how many supporters
	// paid nothing because they had nothing left, or not enough.
	Rate                *big.Rat
	Full, Partly, Empty int64
	Barred              Reason
	// Lack says how the money of its supporters fell short, for losers under
	// rules in which voters pay.
	Lack Lack

	// Need says what would have won it, for losers.
	Need Need
}

// Lack says how the money of a project's supporters fell short.
type Lack uint8

const (
	// LackNone: it did not, or the rule knows no money of voters.
	LackNone Lack = iota
	// LackAlways: the shares of all its supporters together are less than its cost.
	LackAlways
	// LackSpent: its supporters had paid for other projects, and what they had
	// left was not enough.
	LackSpent
	// LackTime: the count ended before its supporters had gathered the cost (Phragmén).
	LackTime
)

var lackNames = []string{"", "never_enough", "spent_elsewhere", "not_in_time"}

// String gives the name used in JSON.
func (l Lack) String() string { return lackNames[l] }

// Need is what a losing project lacked, other things equal: the same ballots
// and, with equal shares, the share that voters had in the end.
type Need struct {
	// Votes is how many more supporters would have been enough, 0 if unknown. With equal shares
	// and Phragmén these are additional voters who support nothing else and bring a full share
	// of their own. Where points are the utility, each gives the average points of the project.
	// For Phragmén fewer may be enough too.
	Votes int64
	// Points is how many more points would have been enough, 0 if unknown.
	// Only greedy by points has it, in place of Votes.
	Points int64
	// Cost is a lower cost at which the project would have won, 0 if unknown or none. For
	// greedy it is the highest such cost. For equal shares without completion it is the highest
	// cost at which the rule itself buys the project, up to a millionth. Where it is searched
	// by counting again, it is the highest up to a thousandth, provided that a project never
	// loses by being cheaper. With completion and for Phragmén a higher cost may win too.
	Cost Amount
}

// ExplainOptions say what is asked of [ExplainWith].
type ExplainOptions struct {
	// NoNeeds leaves out what losers lacked ([Verdict.Need]), which takes longest.
	NoNeeds bool
	// Work bounds how much is counted again: how many marks on ballots may be read for it, once
	// for ties and once for needs. 0 means [DefaultWork], below 0 none. It is a number of marks
	// and not a time, so that the same election always has the same explanation.
	Work int64
	// Progress, if not nil, is called now and then with the part done, 0 … 1.
	Progress func(part float64)
}

// DefaultWork is enough to examine all ties and costs of elections with some
// thousand ballots, and takes about as long as 50 Equal Shares counts of
// 400,000 marks (60,000 ballots), or 3 of 6,000,000.
const DefaultWork = 20_000_000

// Explain explains an outcome in full. It counts again to see which ties were
// decisive, within [DefaultWork].
func Explain(ctx context.Context, out *Outcome) (*Explanation, error) {
	return ExplainWith(ctx, out, ExplainOptions{})
}

// ExplainWith explains an outcome as far as asked. It returns the context's
// cause when ctx is done first, and no other error.
func ExplainWith(ctx context.Context, out *Outcome, options ExplainOptions) (*Explanation, error) {
	e := out.Election
	x := &explaining{Explanation: &Explanation{Outcome: out, Ties: slices.Clone(out.Ties)}, ctx: ctx, options: options}
	if x.options.Work == 0 {
		x.options.Work = DefaultWork
	}
	for p := range e.Projects {
		v := Verdict{Project: p, Votes: out.votes[p], Barred: out.Barred(p)}
		if out.points != nil {
			v.Points = out.points[p]
		}
		x.Verdicts = append(x.Verdicts, v)
	}
	for i, s := range out.Steps {
		v := &x.Verdicts[s.Project]
		v.Won, v.Rank, v.Phase, v.Rate, v.Full, v.Partly = true, i+1, s.Phase, s.Rate, s.Full, s.Partly
		if s.Rate != nil {
			v.Empty = v.Votes - v.Full - v.Partly
		}
	}
	x.lacks()
	if !options.NoNeeds {
		if err := x.needs(); err != nil {
			return nil, err
		}
	}
	if err := x.whatIf(); err != nil {
		return nil, err
	}
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	x.Fairness = Measure(out)
	x.tell(1)
	return x.Explanation, nil
}

// explaining is one explanation in progress.
type explaining struct {
	*Explanation
	ctx     context.Context
	options ExplainOptions
}

func (x *explaining) tell(part float64) {
	if x.options.Progress != nil {
		x.options.Progress(part)
	}
}

// lacks says how the money of supporters fell short. With equal shares nothing else stops a
// project that is not barred: the rule ends when no project can be paid.
func (x *explaining) lacks() {
	out := x.Outcome
	for p := range x.Verdicts {
		v := &x.Verdicts[p]
		if !x.wants(p) {
			continue
		}
		switch out.Options.Rule {
		case EqualShares, ExactEqualShares:
			if out.Share == nil {
				continue
			}
			v.Lack = LackSpent
			if SupportersShare(out, p).Cmp(out.Election.Projects[p].Cost.Rat(out.Election.Decimals)) < 0 {
				v.Lack = LackAlways
			}
		case BoundedOverspending:
			if v.Barred == NotBarred {
				v.Lack = LackSpent
			}
		case Phragmen:
			if v.Barred == NotBarred {
				v.Lack = LackTime
			}
		}
	}
}

// SupportersShare returns what the supporters of project p had together before
// anything was bought, in units of the currency; nil with rules without shares.
func SupportersShare(out *Outcome, p int) *big.Rat {
	if out.Share == nil {
		return nil
	}
	return new(big.Rat).Mul(out.Share, new(big.Rat).SetInt64(out.votes[p]))
}

func (x *explaining) needs() error {
	switch x.Outcome.Options.Rule {
	case Greedy:
		x.greedyNeeds()
		return nil
	case EqualShares:
		return x.sharesNeeds()
	case Phragmen:
		return x.phragmenNeeds()
	default:
		return x.searchNeeds()
	}
}

// recounts returns how often an election may be counted again within the work allowed.
func (x *explaining) recounts() int {
	b := &x.Outcome.Election.ballots
	one := int64(len(b.projects)) + int64(len(b.weight)) + 64*int64(len(x.Verdicts))
	if x.Outcome.Options.Rule == BoundedOverspending {
		one *= 8 // long integers throughout
	}
	return int(min(math.MaxInt32, max(0, x.options.Work)/max(1, one)))
}

// recount counts e, which may be changed, with the share of the outcome. It leaves the
// completion out, because that share is what the completion arrived at. It returns nil when e
// cannot be counted.
func (x *explaining) recount(e *Election, thenGreedy bool, prefer map[int]int) (*Outcome, error) {
	o := x.Outcome.Options
	o.Completion, o.ThenGreedy, o.Progress, o.fixedShare = None, thenGreedy, nil, x.Outcome.Share
	again, err := count(x.ctx, e, o, prefer)
	if err != nil {
		if stop := canceled(x.ctx); stop != nil {
			return nil, stop
		}
		return nil, nil // amounts out of range: an explanation less, not an error
	}
	return again, nil
}

// wants reports whether it makes sense to say what project p lacked.
func (x *explaining) wants(p int) bool {
	v := &x.Verdicts[p]
	return !v.Won && v.Votes > 0 && (v.Barred == NotBarred || v.Barred == OverBudget)
}

func (x *explaining) greedyNeeds() {
	out := x.Outcome
	e, o := out.Election, out.Options
	rank := o.Ties.order(e, out.votes)
	score := out.score()
	costOf := func(p int) int64 {
		if o.PerCost {
			return int64(e.Projects[p].Cost)
		}
		return 1
	}
	ahead := func(q, p int, need int64) bool { // whether q comes before p, if p had need
		d := compareQuotients(score[q], costOf(q), need, costOf(p))
		return d > 0 || d == 0 && x.winsTie(q, p, need, rank)
	}
	for p := range x.Verdicts {
		if !x.wants(p) || o.NoSkip { // without skipping, it also depends on what stood in the way
			continue
		}
		v, left := &x.Verdicts[p], e.Budget
		last := -1
		for _, s := range out.Steps {
			if s.Phase == PhaseFunded {
				left -= x.charged(s.Project)
				continue
			}
			if left >= e.Projects[p].Cost {
				last = s.Project
			}
			if ahead(s.Project, p, score[p]) {
				left -= e.Projects[s.Project].Cost
			}
		}
		v.Need.Cost = max(0, left)
		if last >= 0 {
			// low is the least score with which p comes before the last project that left room
			// for it.
			low, step := score[p], int64(1)
			for ahead(last, p, low+step) && step < 1<<50 {
				step *= 2
			}
			high := low + step
			for low+1 < high {
				if mid := low + (high-low)/2; ahead(last, p, mid) {
					low = mid
				} else {
					high = mid
				}
			}
			if more := high - score[p]; o.Utility == UtilityPoints {
				v.Need.Points = more
			} else {
				v.Need.Votes = more
			}
		}
	}
}

// winsTie reports whether q is taken before p in a tie, if p had need votes (points).
func (x *explaining) winsTie(q, p int, need int64, rank []int) bool {
	out := x.Outcome
	rule := out.Options.Ties.Break
	if out.Options.Utility == UtilityPoints || rule != TieByVotes && rule != TieByCostVotes {
		return rank[q] < rank[p]
	}
	projects := out.Election.Projects
	if rule == TieByCostVotes && projects[q].Cost != projects[p].Cost {
		return projects[q].Cost < projects[p].Cost
	}
	return cmp.Or(cmp.Compare(need, out.votes[q]), cmp.Compare(q, p)) < 0
}

func (x *explaining) charged(p int) Amount {
	for _, f := range x.Outcome.Options.Constraints.Funded {
		if f.Project == p && f.Charged {
			return x.Outcome.Election.Projects[p].Cost
		}
	}
	return 0
}

const needMargin = 1e-6

// sharesNeeds goes through the purchases. At each it asks of every loser what would have let it
// be bought instead. It does so twice: first by bounds, to learn roughly how little can be
// enough, and then exactly, but only where the bounds say that the least could be found.
func (x *explaining) sharesNeeds() error {
	out := x.Outcome
	e := out.Election
	if out.Share == nil {
		return nil
	}
	share, _ := out.Share.Float64()
	if share *= float64(pow10(e.Decimals)); share <= 0 {
		return nil
	}
	s := &sharesNeeds{x: x, share: share, supp: supportersOf(e, out.Options.Utility == UtilityPoints),
		goal: make([]Need, len(e.Projects)), left: make([]int64, len(e.ballots.weight))}
	bits := 60 - math.Log2(share*float64(e.Voters()))
	if s.supp.points != nil {
		bits = min(bits, mostTinyBits-math.Log2(share))
	}
	s.unit = math.Exp2(math.Floor(bits))
	s.makeLadders()
	for pass := range 2 {
		s.exact = pass == 1
		s.begin()
		for i, step := range out.Steps {
			if err := canceled(x.ctx); err != nil {
				return err
			}
			x.tell(0.25 * (float64(pass) + part(i, len(out.Steps))))
			if step.Phase != PhaseRule || step.Rate == nil {
				continue
			}
			rate, _ := step.Rate.Float64()
			if rate *= float64(pow10(e.Decimals)); rate > 0 {
				below, perCost := rate*(1-1e-9), 0.0 // slightly less, because a tie would not be enough
				if out.Options.Utility == UtilityCost {
					perCost = below / float64(e.Projects[step.Project].Cost)
				}
				s.consider(below, perCost)
			}
			s.charge(step.Project, rate)
		}
		s.consider(math.MaxFloat64/1e20, 0)
	}
	if out.Options.Completion == None {
		return nil
	}
	return x.confirmNeeds()
}

func part(i, n int) float64 { return float64(i) / float64(max(1, n)) }

// sharesNeeds follows the purchases of equal shares in rounded tiny units. The needs are
// estimates from that, rounded to the safe side by a millionth.
//
// Each loser also has a ladder: the points of its supporters, sorted roughly by how much money
// a supporter has left for each point. The rungs are finer for poorer voters. Knowing how many
// points stand on each rung and how much money they have, one knows what all supporters pay at
// a rate, except for the one rung in which the rate lies.
type sharesNeeds struct {
	x     *explaining
	supp  *supporters
	share float64
	unit  float64 // tiny units in a smallest money unit: all money of voters is less than 2^61, see also mostTinyBits
	left  []int64 // by ballot, in tiny units
	exact bool    // in the second pass
	goal  []Need  // by project, what is known to be enough after the first pass

	ladder []int32   // by project, where its ladder is, -1 without
	rungs  int       // of a ladder
	fine   int       // each doubling of money has 2^fine rungs
	edge   []float64 // the least money of each rung, and of one more
	points []float64 // on each rung of each ladder
	money  []float64 // of the voters there, in smallest money units
}

// mostTinyBits bounds the share where points multiply prices: with [MaxPoints]
// they stay below 2^63.
const mostTinyBits = 42

// mostRungs bounds the memory of all ladders, two numbers a rung.
const mostRungs = 1 << 21

// ladderDoublings is how often money doubles from the lowest rung to the share.
const (
	ladderDoublings = 20
	ladderLowest    = 1.0 / (1 << ladderDoublings) // of the share
)

func (s *sharesNeeds) makeLadders() {
	losers := int32(0)
	s.ladder = make([]int32, len(s.x.Verdicts))
	for p := range s.ladder {
		if s.ladder[p] = -1; s.x.wants(p) {
			s.ladder[p] = losers
			losers++
		}
	}
	for s.fine = 4; s.fine > 0 && (ladderDoublings<<s.fine+2)*int(losers) > mostRungs; {
		s.fine--
	}
	s.rungs = ladderDoublings<<s.fine + 2
	for i := range s.rungs + 1 {
		bits := uint64(i)<<(52-s.fine) + math.Float64bits(ladderLowest)
		s.edge = append(s.edge, s.share*(math.Float64frombits(bits)-ladderLowest))
	}
	s.points, s.money = make([]float64, s.rungs*int(losers)), make([]float64, s.rungs*int(losers))
}

// rung returns the rung for an amount of money. It needs a rough logarithm, and the exponent
// and first digits of a floating-point number are good enough.
func (s *sharesNeeds) rung(money float64) int {
	i := math.Float64bits(money/s.share+ladderLowest)>>(52-s.fine) - math.Float64bits(ladderLowest)>>(52-s.fine)
	return min(int(i), s.rungs-1)
}

// begin gives every voter the share.
func (s *sharesNeeds) begin() {
	for i := range s.left {
		s.left[i] = int64(s.share * s.unit)
	}
	clear(s.points)
	clear(s.money)
	for p, at := range s.ladder {
		if at < 0 {
			continue
		}
		lo, hi := s.supp.of(p)
		for i := lo; i < hi; i++ {
			w, u := float64(s.supp.weight[i]), 1.0
			if s.supp.points != nil {
				u = float64(s.supp.points[i])
			}
			k := int(at)*s.rungs + s.rung(s.share/u)
			s.points[k] += w * u
			s.money[k] += w * s.share
		}
	}
}

// tiny converts a rate to tiny units.
func (s *sharesNeeds) tiny(rate float64) int64 {
	if s.supp.points != nil {
		return int64(min(rate*s.unit, 1<<mostTinyBits)) // more than anybody has
	}
	return int64(min(rate*s.unit, 1<<62))
}

// charge lets the supporters of p pay.
func (s *sharesNeeds) charge(p int, rate float64) {
	lo, hi := s.supp.of(p)
	price := s.tiny(rate)
	b := &s.x.Outcome.Election.ballots
	for i := lo; i < hi; i++ {
		class, pay := s.supp.class[i], price
		if s.supp.points != nil {
			pay *= int64(s.supp.points[i])
		}
		before := s.left[class]
		if pay = min(pay, before); pay <= 0 {
			continue
		}
		s.left[class] -= pay
		had, has, w := float64(before)/s.unit, float64(before-pay)/s.unit, float64(s.supp.weight[i])
		from, to := s.rung(had), s.rung(has)
		projects, points := b.class(int(class))
		for j, q := range projects {
			at, u := int(s.ladder[q])*s.rungs, 1.0
			if at < 0 || points != nil && points[j] <= 0 {
				continue
			}
			if s.supp.points != nil {
				u = float64(points[j])
				from, to = s.rung(had/u), s.rung(has/u)
			}
			s.points[at+from] -= w * u
			s.money[at+from] -= w * had
			s.points[at+to] += w * u
			s.money[at+to] += w * has
		}
	}
}

// ladderMargin covers the rounding errors of sums on a ladder.
const ladderMargin = 1e-9

// bounds returns limits of what the supporters of p pay at a rate.
func (s *sharesNeeds) bounds(p int, rate float64) (low, high float64) {
	at := int(s.ladder[p]) * s.rungs
	points, money := s.points[at:at+s.rungs], s.money[at:at+s.rungs]
	k := s.rungs
	if rate < s.edge[s.rungs] {
		k = s.rung(rate)
	}
	sum := 0.0
	for _, m := range money[:k] {
		sum += m
	}
	low, high = sum, sum
	if k < s.rungs {
		full := 0.0
		for _, u := range points[k+1:] {
			full += u
		}
		a, b := s.edge[k], s.edge[k+1] // what is paid is a concave function of the rate
		least := a * points[k]
		low += rate*full + least + (money[k]-least)*min(1, max(0, rate-a)/(b-a))
		high += rate*full + min(money[k], rate*points[k])
	}
	return low * (1 - ladderMargin), high * (1 + ladderMargin)
}

// costBounds returns limits of the largest cost c for which Σ min(left, perCost·c) ≥ c.
func (s *sharesNeeds) costBounds(p int, perCost float64) (low, high float64) {
	at := int(s.ladder[p]) * s.rungs
	points, money := s.points[at:at+s.rungs], s.money[at:at+s.rungs]
	full := 0.0
	for _, u := range points {
		full += u
	}
	sum, slope := 0.0, 1/perCost
	for k := range s.rungs {
		a, b := s.edge[k], s.edge[k+1]
		atA := sum + a*full
		sum += money[k]
		steep := full
		full -= points[k]
		atB := sum + b*full
		if atB >= b*slope {
			continue
		}
		// The line from 0 with the given slope crosses the concave function in this
		// rung: above its chord, and below its tangent at a.
		if chord := (atB - atA) / (b - a); slope > chord {
			low = max(0, (atA-a*chord)/(slope-chord))
		}
		high = b
		if slope > steep {
			high = min(b, (atA-a*steep)/(slope-steep))
		}
		return slope * low * (1 - ladderMargin), min(atB, slope*high) * (1 + ladderMargin)
	}
	return sum * (1 - ladderMargin), sum * (1 + ladderMargin)
}

// paid goes through the supporters of p. It returns what they pay together at a rate, in
// smallest money units, and the points of those who pay it in full. Who can pay in full changes
// from ballot to ballot, so this has no branches.
func (s *sharesNeeds) paid(p int, rate float64) (sum, points float64) {
	lo, hi := s.supp.of(p)
	classes, weights := s.supp.class[lo:hi], s.supp.weight[lo:hi]
	weights = weights[:len(classes)]
	var rest, full int64
	price := s.tiny(rate)
	if s.supp.points == nil {
		for i, class := range classes {
			left, w := s.left[class], int64(weights[i])
			poor, rich := w, w
			if left > price {
				poor = 0
			} else {
				rich = 0
			}
			rest += poor * left
			full += rich
		}
	} else {
		given := s.supp.points[lo:hi]
		given = given[:len(classes)]
		for i, class := range classes {
			left, w, u := s.left[class], int64(weights[i]), int64(given[i])
			if left > price*u {
				full += w * u
			} else {
				rest += w * left
			}
		}
	}
	return float64(rest)/s.unit + rate*float64(full), float64(full)
}

// consider asks of each loser how many more votes, or which cost, would let it be bought now.
// It would have to be bought at less than the given rate. When the utility is the cost, perCost
// counts instead: less than that for each unit of its own cost.
func (s *sharesNeeds) consider(rate, perCost float64) {
	// Long: both questions are answered from the same bounds, which the helpers at its head compare.
	out := s.x.Outcome
	for p, at := range s.ladder {
		if at < 0 {
			continue
		}
		rate := rate
		cost := float64(out.Election.Projects[p].Cost)
		if perCost > 0 {
			rate = perCost * cost
		}
		points := 1.0
		if s.supp.points != nil {
			points = math.Max(1, math.Round(float64(out.points[p])/float64(out.votes[p])))
		}
		votes := func(sum float64) int64 { // how many more votes are needed when the supporters pay sum
			more := math.Ceil((cost - sum) / math.Min(s.share, rate*points) * (1 + needMargin))
			return max(1, int64(min(more, 1<<50)))
		}
		winning := func(c float64) Amount { return Amount(math.Floor(min(c, cost) * (1 - needMargin))) }
		fewer := func(n *int64, more int64) {
			if more < 1<<50 && (*n == 0 || more < *n) {
				*n = more
			}
		}
		low, high := s.bounds(p, rate)
		lowCost, highCost := low, high
		if perCost > 0 {
			lowCost, highCost = s.costBounds(p, perCost)
		}
		goal, need := &s.goal[p], &s.x.Verdicts[p].Need
		if !s.exact {
			fewer(&goal.Votes, votes(low))
			goal.Cost = max(goal.Cost, winning(lowCost))
			continue
		}
		if more := votes(high); more <= goal.Votes && (need.Votes == 0 || more < need.Votes) {
			if sum, _ := s.paid(p, rate); sum < cost {
				fewer(&need.Votes, votes(sum))
			}
		}
		if most := winning(highCost); most < goal.Cost || most <= need.Cost {
			continue
		}
		if perCost == 0 {
			sum, _ := s.paid(p, rate)
			need.Cost = max(need.Cost, winning(sum))
			continue
		}
		// The utility falls with the cost, so this is Newton's method from above: what is paid
		// minus the cost is a concave function made of line segments.
		c := min(cost, highCost)
		for range 100 {
			sum, full := s.paid(p, perCost*c)
			slope := perCost*full - 1
			if sum >= c || slope >= 0 {
				break
			}
			if c -= (sum - c) / slope; c < 1 {
				c = 0
				break
			}
		}
		need.Cost = max(need.Cost, winning(c))
	}
}

// confirmNeeds keeps only the needs that still hold when completion has raised the share. After
// that, voters have more than the budget together, so a project must also fit into what the
// rule left. A lower cost is confirmed by counting again, for the projects with most votes
// first.
func (x *explaining) confirmNeeds() error {
	out := x.Outcome
	left := out.Election.Budget
	for _, s := range out.Steps {
		switch s.Phase {
		case PhaseFunded:
			left -= x.charged(s.Project)
		case PhaseRule:
			left -= out.Election.Projects[s.Project].Cost
		}
	}
	e := *out.Election
	e.Projects = slices.Clone(e.Projects)
	var unsure []int
	for p := range x.Verdicts {
		if !x.wants(p) {
			continue
		}
		need := &x.Verdicts[p].Need
		if e.Projects[p].Cost > left {
			need.Votes = 0
		}
		if need.Cost = max(0, min(need.Cost, left)); need.Cost > 0 {
			unsure = append(unsure, p)
		}
	}
	slices.SortStableFunc(unsure, func(p, q int) int { return cmp.Compare(out.votes[q], out.votes[p]) })
	allowed := x.recounts()
	for i, p := range unsure {
		need, cost := &x.Verdicts[p].Need, e.Projects[p].Cost
		if i >= allowed {
			need.Cost = 0
			continue
		}
		x.tell(0.5 + 0.25*part(i, len(unsure)))
		e.Projects[p].Cost = need.Cost
		again, err := x.recount(&e, false, nil)
		if err != nil {
			return err
		}
		e.Projects[p].Cost = cost
		if again == nil || !again.Won(p) || again.Spent > e.Budget {
			need.Cost = 0
		}
	}
	return nil
}

func (x *explaining) phragmenNeeds() error {
	out := x.Outcome
	e := out.Election
	supp := supportersOf(e, false)
	load := make([]float64, len(e.ballots.weight))
	sums := make([]float64, len(e.Projects)) // loads of all supporters together
	left := float64(e.Budget)
	for i, s := range out.Steps {
		if err := canceled(x.ctx); err != nil {
			return err
		}
		x.tell(0.75 * part(i, len(out.Steps)))
		if s.Phase == PhaseFunded {
			left -= float64(x.charged(s.Project))
		}
		if s.Phase != PhaseRule || s.Rate == nil {
			continue
		}
		next, _ := s.Rate.Float64()
		next *= float64(pow10(e.Decimals))
		for p := range x.Verdicts {
			if !x.wants(p) {
				continue
			}
			need, cost, votes := &x.Verdicts[p].Need, float64(e.Projects[p].Cost), float64(out.votes[p])
			c := min(cost, left, votes*next-sums[p])
			need.Cost = max(need.Cost, Amount(math.Floor(c*(1-needMargin))))
			if cost <= left && next > 0 {
				more := math.Ceil(((sums[p]+cost)/next - votes) * (1 + needMargin))
				if more < 1<<50 && (need.Votes == 0 || int64(more) < need.Votes) {
					need.Votes = max(1, int64(more))
				}
			}
		}
		lo, hi := supp.of(s.Project)
		for i := lo; i < hi; i++ {
			class := supp.class[i]
			more := (next - load[class]) * float64(supp.weight[i])
			load[class] = next
			projects, points := e.ballots.class(int(class))
			for j, q := range projects {
				if points == nil || points[j] > 0 {
					sums[q] += more
				}
			}
		}
		left -= float64(e.Projects[s.Project].Cost)
	}
	return nil
}

// searchNeeds finds the highest cost at which a project wins, by halving and counting again,
// for the projects with most votes first. It serves the rules without a shortcut.
func (x *explaining) searchNeeds() error {
	out := x.Outcome
	if out.Options.Completion != None {
		return nil
	}
	var losers []int
	for p := range x.Verdicts {
		if x.wants(p) {
			losers = append(losers, p)
		}
	}
	slices.SortStableFunc(losers, func(p, q int) int { return cmp.Compare(out.votes[q], out.votes[p]) })
	e := *out.Election
	e.Projects = slices.Clone(e.Projects)
	allowed := x.recounts()
	for i, p := range losers {
		x.tell(0.75 * part(i, len(losers)))
		low, high := Amount(0), out.Election.Projects[p].Cost
		for low+max(1, high/1000) < high {
			if allowed--; allowed < 0 {
				return nil
			}
			mid := low + (high-low)/2
			e.Projects[p].Cost = mid
			again, err := x.recount(&e, out.Options.ThenGreedy, nil)
			if err != nil {
				return err
			}
			if again != nil && again.Won(p) {
				low = mid
			} else {
				high = mid
			}
		}
		e.Projects[p].Cost = out.Election.Projects[p].Cost
		x.Verdicts[p].Need.Cost = low
	}
	return nil
}

// whatIf counts again with other choices where projects were tied. It first tries tied projects
// that lost, then those that won all the same. It takes one choice from each tie in turn, as
// far as the work allowed goes.
func (x *explaining) whatIf() error {
	// Long: the choices, their order and what each recount says belong together.
	out := x.Outcome
	won := make([]bool, len(x.Verdicts))
	for _, p := range out.Winners() {
		won[p] = true
	}
	type choice struct {
		tie, turn int
		won       bool
	}
	var choices []choice
	open := make([]int, len(x.Ties)) // choices of each tie that were not examined
	for i, t := range x.Ties {
		if t.InTrial {
			continue
		}
		open[i] = len(t.Projects) - 1
		for turn, p := range t.Projects[1:] {
			choices = append(choices, choice{i, turn + 1, won[p]})
		}
	}
	slices.SortStableFunc(choices, func(a, b choice) int {
		if a.won != b.won {
			if b.won {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.turn, b.turn)
	})
	allowed := x.recounts()
	for i, c := range choices {
		t := &x.Ties[c.tie]
		if t.Decisive() {
			continue
		}
		if allowed--; allowed < 0 {
			break
		}
		x.tell(0.75 + 0.25*part(i, len(choices)))
		other := t.Projects[c.turn]
		again, err := x.recount(out.Election, out.Options.ThenGreedy, map[int]int{t.Step: other})
		if err != nil {
			return err
		}
		if again == nil || again.Spent > out.Election.Budget {
			continue // completion would have ended at another share; that is not examined
		}
		d := Difference{Chosen: other}
		for _, p := range again.Winners() {
			if !won[p] {
				d.In = append(d.In, p)
			}
		}
		for _, p := range out.Winners() {
			if !again.Won(p) {
				d.Out = append(d.Out, p)
			}
		}
		if open[c.tie]--; len(d.In)+len(d.Out) > 0 {
			t.Effect, t.Otherwise = TieDecisive, &d
		} else if open[c.tie] == 0 {
			t.Effect = TieHarmless
		}
	}
	return nil
}

// Contribution is what one ballot did for one project.
type Contribution struct {
	Project int
	Won     bool
	// Paid is what the voter paid of the share, in units of the currency; nil
	// with rules in which voters do not pay, and for losers.
	Paid *big.Rat
}

// ExplainBallot says what ballot i helped to fund; i is its number in the order cast. With
// Phragmén, Paid is the time during which the voter's money had gathered.
func ExplainBallot(out *Outcome, i int) []Contribution {
	projects, points := out.Election.Ballot(i)
	var list []Contribution
	mark := map[int]int64{}
	for j, p := range projects {
		u := int64(1)
		if points != nil {
			if points[j] <= 0 {
				continue
			}
			if out.Options.Utility == UtilityPoints {
				u = int64(points[j])
			}
		}
		mark[int(p)] = u
		list = append(list, Contribution{Project: int(p), Won: out.Won(int(p))})
	}
	var left *big.Rat
	if out.Share != nil {
		left = new(big.Rat).Set(out.Share)
	}
	load := new(big.Rat)
	for _, s := range out.Steps {
		u, supports := mark[s.Project]
		if !supports || s.Rate == nil {
			continue
		}
		var paid *big.Rat
		switch out.Options.Rule {
		case Phragmen:
			paid = new(big.Rat).Sub(s.Rate, load)
			load = s.Rate
		default:
			if left == nil {
				continue
			}
			paid = new(big.Rat).Mul(s.Rate, big.NewRat(u, 1))
			if paid.Cmp(left) > 0 {
				if paid.Set(left); out.Options.Rule == ExactEqualShares {
					paid.SetInt64(0)
				}
			}
			left.Sub(left, paid)
		}
		for j := range list {
			if list[j].Project == s.Project {
				list[j].Paid = paid
			}
		}
	}
	return list
}
