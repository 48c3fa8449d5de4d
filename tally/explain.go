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
	// Rate, Full and Partly are those of the step, see [Step]. Empty is how many
	// supporters paid nothing, having nothing (or not enough) left.
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
	// Votes is how many more supporters would have been enough, 0 if unknown.
	// With equal shares and Phragmén these are additional voters who support
	// nothing else and bring a full share of their own, giving the average
	// points of the project where points are the utility.
	Votes int64
	// Points is how many more points would have been enough, 0 if unknown.
	// Only greedy by points has it, in place of Votes.
	Points int64
	// Cost is a lower cost at which the project would have won, 0 if unknown or
	// none. For greedy it is the highest such cost; for equal shares without
	// completion the highest at which the rule itself buys the project, up to a
	// millionth; for rules where it is searched by counting again the highest up
	// to a thousandth, if winning is a matter of being cheap enough. With
	// completion and for Phragmén a higher one may win too.
	Cost Amount
}

// ExplainOptions say what is asked of [ExplainWith].
type ExplainOptions struct {
	// NoNeeds leaves out what losers lacked ([Verdict.Need]), which takes longest.
	NoNeeds bool
	// Work bounds the counting again: how many marks on ballots may be read for
	// it, once for ties and once for needs. 0 means [DefaultWork], below 0 none.
	// It is a number of marks and not a time, so that the same election always
	// has the same explanation.
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

// lacks says how the money of supporters fell short. Nothing barred a project
// from equal shares but that: the rule ends when no project can be paid.
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

// recounts is how often an election may be counted again within the work allowed.
func (x *explaining) recounts() int {
	b := &x.Outcome.Election.ballots
	one := int64(len(b.projects)) + int64(len(b.weight)) + 64*int64(len(x.Verdicts))
	if x.Outcome.Options.Rule == BoundedOverspending {
		one *= 8 // long integers throughout
	}
	return int(min(math.MaxInt32, max(0, x.options.Work)/max(1, one)))
}

// recount counts e, which may be changed, with the share of the outcome. The
// completion, which has led to that share, is left out. It returns nil when
// that cannot be counted.
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
	rank := o.Ties.order(e)
	score := out.votes
	if o.Utility == UtilityPoints {
		score = out.points
	}
	costOf := func(p int) int64 {
		if o.PerCost {
			return int64(e.Projects[p].Cost)
		}
		return 1
	}
	ahead := func(q, p int, need int64) bool { // q before p, if p had need
		d := compareQuotients(score[q], costOf(q), need, costOf(p))
		return d > 0 || d == 0 && rank[q] < rank[p]
	}
	for p := range x.Verdicts {
		if !x.wants(p) {
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
			// The least score with which p comes before the last project that left room for it.
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

func (x *explaining) charged(p int) Amount {
	for _, f := range x.Outcome.Options.Constraints.Funded {
		if f.Project == p && f.Charged {
			return x.Outcome.Election.Projects[p].Cost
		}
	}
	return 0
}

// replay follows the purchases of equal shares in whole tiny units, rounded.
// Needs are estimates from it, rounded to the safe side by a millionth.
type replay struct {
	supp *supporters
	b    *ballots
	unit float64 // tiny units in a smallest money unit: all money of voters is less than 2^61
	left []int64 // by ballot, in tiny units
	// has is what the supporters of each project have left together.
	has []float64
	// last is what is known of a project from the last time its supporters were gone through.
	last []paid
}

// paid is what the supporters of a project pay together at a rate, in smallest money units.
type paid struct {
	rate float64 // per point
	sum  float64
	full float64 // points of those who pay it in full
}

func newReplay(out *Outcome, share float64) *replay {
	e := out.Election
	r := &replay{supp: supportersOf(e, out.Options.Utility == UtilityPoints), b: &e.ballots,
		unit: math.Exp2(math.Floor(60 - math.Log2(share*float64(e.Voters())))),
		left: make([]int64, len(e.ballots.weight)), has: make([]float64, len(e.Projects)), last: make([]paid, len(e.Projects))}
	for i := range r.left {
		r.left[i] = int64(share * r.unit)
	}
	for p := range r.has {
		r.has[p] = share * float64(out.votes[p])
		r.last[p].full = math.Inf(1)
	}
	return r
}

// tiny converts a rate to tiny units.
func (r *replay) tiny(rate float64) int64 { return int64(min(rate*r.unit, 1<<62)) }

// paid goes through the supporters of p and returns what they pay at a rate.
// Who can pay in full changes from ballot to ballot, so this does not branch.
func (r *replay) paid(p int, rate float64) paid {
	lo, hi := r.supp.of(p)
	classes, weights := r.supp.class[lo:hi], r.supp.weight[lo:hi]
	weights = weights[:len(classes)]
	var rest, full int64
	price := r.tiny(rate)
	if r.supp.points == nil {
		for i, class := range classes {
			left, w := r.left[class], int64(weights[i])
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
		points := r.supp.points[lo:hi]
		points = points[:len(classes)]
		price = min(price, 1<<62/MaxPoints)
		for i, class := range classes {
			left, w, u := r.left[class], int64(weights[i]), int64(points[i])
			if left > price*u {
				full += w * u
			} else {
				rest += w * left
			}
		}
	}
	return paid{rate: rate, sum: float64(rest)/r.unit + rate*float64(full), full: float64(full)}
}

// atMost bounds what the supporters of p pay at a rate without going through
// them: no more than they have, and no more than they paid at a lower rate with
// what those who paid in full would add, for nobody has more than then.
func (r *replay) atMost(p int, rate float64) float64 {
	most := r.has[p]
	if last := &r.last[p]; rate >= last.rate && !math.IsInf(last.full, 1) {
		most = min(most, last.sum+(rate-last.rate)*last.full)
	}
	return most * (1 + 1e-9)
}

// charge lets the supporters of p pay, and keeps what others have together.
func (r *replay) charge(p int, rate float64) {
	lo, hi := r.supp.of(p)
	price := r.tiny(rate)
	for i := lo; i < hi; i++ {
		class, pay := r.supp.class[i], price
		if r.supp.points != nil {
			pay = min(pay, 1<<62/MaxPoints) * int64(r.supp.points[i])
		}
		pay = min(pay, r.left[class])
		if pay <= 0 {
			continue
		}
		r.left[class] -= pay
		sum := float64(pay) * float64(r.supp.weight[i]) / r.unit
		projects, points := r.b.class(int(class))
		for j, q := range projects {
			if points == nil || points[j] > 0 {
				r.has[q] -= sum
			}
		}
	}
}

const needMargin = 1e-6

// sharesNeeds goes through the purchases and asks of each loser what would have
// let it be bought in place of the project bought then.
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
	r := newReplay(out, share)
	for i, s := range out.Steps {
		if err := canceled(x.ctx); err != nil {
			return err
		}
		x.tell(0.5 * part(i, len(out.Steps)))
		if s.Phase != PhaseRule || s.Rate == nil {
			continue
		}
		rate, _ := s.Rate.Float64()
		if rate *= float64(pow10(e.Decimals)); rate > 0 {
			below, perCost := rate*(1-1e-9), 0.0 // a tie would not be enough
			if out.Options.Utility == UtilityCost {
				perCost = below / float64(e.Projects[s.Project].Cost)
			}
			x.considerPurchase(r, share, below, perCost)
		}
		r.charge(s.Project, rate)
	}
	x.considerPurchase(r, share, math.MaxFloat64/1e20, 0)
	if out.Options.Completion == None {
		return nil
	}
	return x.confirmNeeds()
}

func part(i, n int) float64 { return float64(i) / float64(max(1, n)) }

// considerPurchase asks of each loser how many more votes, or which cost, would
// let it be bought now: at less than the given rate, or with perCost, when the
// utility is the cost, at less than perCost for each unit of its own cost.
func (x *explaining) considerPurchase(r *replay, share, rate, perCost float64) {
	out := x.Outcome
	for p := range x.Verdicts {
		if !x.wants(p) {
			continue
		}
		need, rate := &x.Verdicts[p].Need, rate
		cost := float64(out.Election.Projects[p].Cost)
		if perCost > 0 {
			rate = perCost * cost
		}
		points := 1.0
		if r.supp.points != nil {
			points = math.Max(1, math.Round(float64(out.points[p])/float64(out.votes[p])))
		}
		votes := func(sum float64) int64 { // that many more are needed when supporters pay sum
			if more := math.Ceil((cost - sum) / math.Min(share, rate*points) * (1 + needMargin)); more < 1<<50 {
				return max(1, int64(more))
			}
			return 0
		}
		most := r.atMost(p, rate)
		if more := votes(most); more > 0 && (need.Votes == 0 || more < need.Votes) {
			r.last[p] = r.paid(p, rate)
			most = min(most, r.last[p].sum)
			if more := votes(r.last[p].sum); cost > r.last[p].sum && more > 0 && (need.Votes == 0 || more < need.Votes) {
				need.Votes = more
			}
		}
		winning := func(c float64) Amount { return Amount(math.Floor(min(c, cost) * (1 - needMargin))) }
		if winning(most) <= need.Cost {
			continue
		}
		if perCost == 0 {
			if r.last[p].rate != rate {
				r.last[p] = r.paid(p, rate)
			}
			need.Cost = max(need.Cost, winning(r.last[p].sum))
			continue
		}
		// The utility falls with the cost: the largest c with Σ min(left, perCost·c) ≥ c,
		// by Newton's method from above; the function is concave and made of lines, and 0 at 0,
		// so that it is below zero at any c that is too high.
		try := float64(need.Cost)*(1+2*needMargin) + 1
		if perCost*float64(out.votes[p]) <= 1 || r.paid(p, perCost*try).sum < try {
			continue
		}
		c := min(cost, most)
		for range 100 {
			got := r.paid(p, perCost*c)
			slope := perCost*got.full - 1
			if got.sum >= c || slope >= 0 {
				break
			}
			if c -= (got.sum - c) / slope; c < 1 {
				c = 0
				break
			}
		}
		need.Cost = max(need.Cost, winning(c))
	}
}

// confirmNeeds keeps only what holds when completion has raised the share. Then
// voters have more than the budget together, so a project must also fit into
// what the rule left, and a lower cost is confirmed by counting again, for the
// projects with most votes first.
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

// searchNeeds finds the highest winning cost by halving and counting again, for
// the projects with most votes first. It is used for rules with no shortcut.
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

// whatIf counts again with other choices where projects were tied: first with
// tied projects that lost, then with those that won all the same, and of each
// tie one after the other, as far as the work allowed goes.
func (x *explaining) whatIf() error {
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
			continue // completion would have ended at another share, which is not followed up
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

// ExplainBallot says what ballot i, as numbered in the order cast, helped to
// fund. With Phragmén Paid is the time the voter's money had gathered.
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
