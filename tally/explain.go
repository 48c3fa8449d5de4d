package tally

import (
	"context"
	"math"
	"math/big"
	"slices"
)

// Explanation says why each project won or lost and how fair the result is.
type Explanation struct {
	Outcome  *Outcome
	Verdicts []Verdict // by project
	Ties     []Tie     // those of the outcome, with Decisive set where it was asked
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

	// Need says what would have won it, for losers.
	Need Need
}

// Need is what a losing project lacked, other things equal: the same ballots
// and, with equal shares, the share that voters had in the end.
type Need struct {
	// Votes is how many more supporters would have been enough, 0 if unknown.
	// With equal shares and Phragmén these are additional voters who support
	// nothing else and bring a full share of their own, giving the average
	// points of the project where there are points.
	Votes int64
	// Cost is the highest cost at which it would have won, rounded down, 0 if
	// unknown or none.
	Cost Amount
}

// Explain explains an outcome. It counts again to see which ties were decisive.
func Explain(ctx context.Context, out *Outcome) (*Explanation, error) {
	e := out.Election
	x := &Explanation{Outcome: out, Ties: slices.Clone(out.Ties)}
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
	var err error
	switch out.Options.Rule {
	case Greedy:
		x.greedyNeeds()
	case EqualShares:
		err = x.sharesNeeds(ctx)
	case Phragmen:
		x.phragmenNeeds()
	default:
		err = x.searchNeeds(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := x.whatIf(ctx); err != nil {
		return nil, err
	}
	x.Fairness = Measure(out)
	return x, nil
}

// wants reports whether it makes sense to say what project p lacked.
func (x *Explanation) wants(p int) bool {
	v := &x.Verdicts[p]
	return !v.Won && v.Votes > 0 && (v.Barred == NotBarred || v.Barred == OverBudget)
}

func (x *Explanation) greedyNeeds() {
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
			// The fewest votes with which p comes before the last project that left room for it.
			low, high := score[p], score[p]+1
			for ahead(last, p, high) && high < 1<<50 {
				high = high*2 + 1
			}
			for low+1 < high {
				if mid := low + (high-low)/2; ahead(last, p, mid) {
					low = mid
				} else {
					high = mid
				}
			}
			v.Need.Votes = high - score[p]
		}
	}
}

func (x *Explanation) charged(p int) Amount {
	for _, f := range x.Outcome.Options.Constraints.Funded {
		if f.Project == p && f.Charged {
			return x.Outcome.Election.Projects[p].Cost
		}
	}
	return 0
}

// replay follows the purchases of equal shares in floating point. Needs are
// estimates from it, rounded to the safe side by a millionth.
type replay struct {
	supp *supporters
	left []float64 // by ballot, in smallest money units
}

func newReplay(out *Outcome) *replay {
	r := &replay{supp: supportersOf(out.Election, out.Options.Utility == UtilityPoints),
		left: make([]float64, len(out.Election.ballots.weight))}
	share, _ := out.Share.Float64()
	for i := range r.left {
		r.left[i] = share * float64(pow10(out.Election.Decimals))
	}
	return r
}

func (r *replay) points(i uint32) float64 {
	if r.supp.points == nil {
		return 1
	}
	return float64(r.supp.points[i])
}

// paid returns what the supporters of p pay at a rate, and the points of those who pay it in full.
func (r *replay) paid(p int, rate float64) (sum, full float64) {
	lo, hi := r.supp.of(p)
	for i := lo; i < hi; i++ {
		u, w := r.points(i), float64(r.supp.weight[i])
		if left := r.left[r.supp.class[i]]; left > rate*u {
			sum += w * rate * u
			full += w * u
		} else {
			sum += w * left
		}
	}
	return sum, full
}

func (r *replay) charge(p int, rate float64) {
	lo, hi := r.supp.of(p)
	for i := lo; i < hi; i++ {
		class := r.supp.class[i]
		r.left[class] = max(0, r.left[class]-rate*r.points(i))
	}
}

const needMargin = 1e-6

func (x *Explanation) sharesNeeds(ctx context.Context) error {
	out := x.Outcome
	if out.Share == nil {
		return nil
	}
	e := out.Election
	r := newReplay(out)
	share, _ := out.Share.Float64()
	share *= float64(pow10(e.Decimals))
	consider := func(limit func(p int) (rate float64, perCost float64)) {
		for p := range x.Verdicts {
			if !x.wants(p) {
				continue
			}
			need := &x.Verdicts[p].Need
			cost := float64(e.Projects[p].Cost)
			rate, perCost := limit(p)
			sum, _ := r.paid(p, rate)
			points := 1.0
			if r.supp.points != nil {
				points = math.Max(1, math.Round(float64(out.points[p])/float64(out.votes[p])))
			}
			more := int64(math.Ceil((cost - sum) / math.Min(share, rate*points) * (1 + needMargin)))
			if cost-sum > 0 && (need.Votes == 0 || more < need.Votes) {
				need.Votes = max(1, more)
			}
			c := sum
			if perCost > 0 {
				// The utility falls with the cost: the largest c with Σ min(left, perCost·c) ≥ c,
				// by Newton's method from above; the function is concave and made of lines.
				c = cost
				for range 100 {
					got, full := r.paid(p, perCost*c)
					slope := perCost*full - 1
					if got >= c || slope >= 0 {
						break
					}
					c -= (got - c) / slope
					if c < 1 {
						c = 0
						break
					}
				}
			}
			need.Cost = max(need.Cost, Amount(math.Floor(c*(1-needMargin))))
		}
	}
	for _, s := range out.Steps {
		if err := canceled(ctx); err != nil {
			return err
		}
		if s.Phase != PhaseRule || s.Rate == nil {
			continue
		}
		rate, _ := s.Rate.Float64()
		rate *= float64(pow10(e.Decimals))
		if rate > 0 {
			below := rate * (1 - 1e-9) // a tie would not be enough
			consider(func(p int) (float64, float64) {
				if out.Options.Utility != UtilityCost {
					return below, 0
				}
				perCost := below / float64(e.Projects[s.Project].Cost)
				return perCost * float64(e.Projects[p].Cost), perCost
			})
		}
		r.charge(s.Project, rate)
	}
	consider(func(int) (float64, float64) { return math.MaxFloat64 / 1e20, 0 })
	if out.Options.Completion == None {
		return nil
	}
	return x.boundNeeds(ctx)
}

// boundNeeds keeps only what holds when completion has raised the share. Then
// voters have more than the budget together, so a project must also fit into
// what the rule left, and a lower cost is confirmed by counting again.
func (x *Explanation) boundNeeds(ctx context.Context) error {
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
	work := 0.0
	for p := range x.Verdicts {
		need, cost := &x.Verdicts[p].Need, e.Projects[p].Cost
		if !x.wants(p) {
			continue
		}
		if cost > left {
			need.Votes = 0
		}
		need.Cost = min(need.Cost, left)
		if work += float64(len(e.ballots.projects)); need.Cost == 0 || work > mostSearchWork {
			need.Cost = 0
			continue
		}
		o := out.Options
		o.Completion, o.ThenGreedy, o.Progress, o.fixedShare = None, false, nil, out.Share
		e.Projects[p].Cost = need.Cost
		again, err := count(ctx, &e, o, nil)
		if err != nil {
			return err
		}
		e.Projects[p].Cost = cost
		if !again.Won(p) || again.Spent > e.Budget {
			need.Cost = 0
		}
	}
	return nil
}

func (x *Explanation) phragmenNeeds() {
	out := x.Outcome
	e := out.Election
	supp := supportersOf(e, false)
	load := make([]float64, len(e.ballots.weight))
	left := float64(e.Budget)
	for _, s := range out.Steps {
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
			sum := 0.0
			lo, hi := supp.of(p)
			for i := lo; i < hi; i++ {
				sum += float64(supp.weight[i]) * load[supp.class[i]]
			}
			c := math.Min(left, votes*next-sum)
			need.Cost = max(need.Cost, Amount(math.Floor(c*(1-needMargin))))
			if cost <= left && next > 0 {
				if more := int64(math.Ceil(((sum+cost)/next - votes) * (1 + needMargin))); need.Votes == 0 || more < need.Votes {
					need.Votes = max(1, more)
				}
			}
		}
		lo, hi := supp.of(s.Project)
		for i := lo; i < hi; i++ {
			load[supp.class[i]] = next
		}
		left -= float64(e.Projects[s.Project].Cost)
	}
}

// mostSearchWork bounds the work of searching for a cost by counting again.
const mostSearchWork = 2e7

// searchNeeds finds the highest winning cost by halving and counting again. It
// is used for rules with no shortcut, and only where that is quick.
func (x *Explanation) searchNeeds(ctx context.Context) error {
	out := x.Outcome
	if out.Options.Completion != None || float64(len(out.Election.ballots.projects))*float64(len(x.Verdicts)) > mostSearchWork/20 {
		return nil
	}
	options := out.Options
	options.Progress = nil
	e := *out.Election
	e.Projects = slices.Clone(e.Projects)
	for p := range x.Verdicts {
		if !x.wants(p) {
			continue
		}
		low, high := Amount(0), out.Election.Projects[p].Cost
		for low+max(1, high/1000) < high {
			mid := low + (high-low)/2
			e.Projects[p].Cost = mid
			again, err := count(ctx, &e, options, nil)
			if err != nil {
				return err
			}
			if again.Won(p) {
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

// mostRecounts bounds how many alternatives of ties are tried.
const mostRecounts = 12

// whatIf counts again with other choices where projects were tied.
func (x *Explanation) whatIf(ctx context.Context) error {
	out := x.Outcome
	options := out.Options
	options.Progress = nil
	if options.Completion != None {
		// With the share that completion reached, the rule alone decides.
		options.Completion = None
	}
	recounts := 0
	before := out.Winners()
	for i := range x.Ties {
		t := &x.Ties[i]
		if t.InTrial {
			continue
		}
		for _, other := range t.Projects[1:] {
			if recounts++; recounts > mostRecounts {
				return nil
			}
			again, err := x.recount(ctx, options, map[int]int{t.Step: other})
			if err != nil {
				return err
			}
			after := again.Winners()
			d := Difference{Chosen: other}
			for _, p := range after {
				if !slices.Contains(before, p) {
					d.In = append(d.In, p)
				}
			}
			for _, p := range before {
				if !slices.Contains(after, p) {
					d.Out = append(d.Out, p)
				}
			}
			if len(d.In)+len(d.Out) > 0 {
				t.Decisive, t.Otherwise = true, &d
				break
			}
		}
	}
	return nil
}

// recount counts with the share of the outcome.
func (x *Explanation) recount(ctx context.Context, options Options, prefer map[int]int) (*Outcome, error) {
	options.fixedShare = x.Outcome.Share
	return count(ctx, x.Outcome.Election, options, prefer)
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
