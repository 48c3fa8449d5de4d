package tally_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/tally"
)

// randomElection makes an election of at most so many voters with many ties
// and close prices.
func randomElection(r *rand.Rand, points bool, voters int) *tally.Election {
	m, n := 1+r.IntN(7), 1+r.IntN(voters)
	e := &tally.Election{Budget: tally.Amount(10 + r.IntN(60))}
	if points {
		e.BallotType = tally.Scoring
	}
	for p := range m {
		e.Projects = append(e.Projects, tally.Project{ID: fmt.Sprint("p", p), Cost: tally.Amount(r.IntN(25))})
	}
	for range n {
		var ballot []uint16
		var marks []int32
		for p := range m {
			if r.IntN(5) < 2 {
				ballot = append(ballot, uint16(p))
				marks = append(marks, int32(1+r.IntN(4)))
			}
		}
		if !points {
			marks = nil
		}
		if err := e.Cast(ballot, marks); err != nil {
			panic(err)
		}
	}
	return e
}

// randomConstraints makes some of a cap, a group of projects that exclude each other, and a minimum of votes.
func randomConstraints(r *rand.Rand, e *tally.Election) (c tally.Constraints) {
	group := func() (list []int) {
		for p := range e.Projects {
			if r.IntN(2) == 0 {
				list = append(list, p)
			}
		}
		return list
	}
	if r.IntN(2) == 0 {
		c.Caps = []tally.Cap{{Name: "x", Projects: group(), Limit: e.Budget * tally.Amount(r.IntN(10)) / 10}}
	}
	if r.IntN(2) == 0 {
		c.Exclusive = [][]int{group()}
	}
	c.MinVotes = int64(r.IntN(3))
	return c
}

// each runs a test on many random elections with few voters. Failures name the seed.
func each(t *testing.T, count int, points bool, f func(t *testing.T, r *rand.Rand, e *tally.Election)) {
	t.Helper()
	eachOf(t, 9, count, points, f)
}

// eachOf is each for elections of at most so many voters.
func eachOf(t *testing.T, voters, count int, points bool, f func(t *testing.T, r *rand.Rand, e *tally.Election)) {
	t.Helper()
	for seed := range sample(count) {
		r := rand.New(rand.NewPCG(seed, 2023))
		e := randomElection(r, points, voters)
		f(t, r, e)
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, describe(e))
		}
	}
}

// sample is how many random elections are tried: all of them, or a quarter with `make quick`.
func sample(count int) uint64 {
	if testing.Short() {
		return uint64(count / 4)
	}
	return uint64(count)
}

func describe(e *tally.Election) string {
	s := fmt.Sprintf("budget %d\n", e.Budget)
	for _, p := range e.Projects {
		s += fmt.Sprintf("  %s costs %d\n", p.ID, p.Cost)
	}
	for i := range e.Voters() {
		ballot, points := e.Ballot(i)
		s += fmt.Sprintf("  ballot %v %v\n", ballot, points)
	}
	return s
}

func mustCount(t testing.TB, e *tally.Election, o tally.Options) *tally.Outcome {
	t.Helper()
	out, err := tally.Count(context.Background(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func utilityOf(u tally.Utility, e *tally.Election, p int, points []int32, i int) *big.Rat {
	switch u {
	case tally.UtilityCost:
		return big.NewRat(int64(e.Projects[p].Cost), 1)
	case tally.UtilityPoints:
		return big.NewRat(int64(points[i]), 1)
	default:
		return big.NewRat(1, 1)
	}
}

// naiveAllowed reports whether, after the winners so far, the constraints still allow p.
func naiveAllowed(e *tally.Election, c tally.Constraints, votes int, winners []int, p int) bool {
	if slices.Contains(winners, p) || int64(votes) < c.MinVotes {
		return false
	}
	for _, limit := range c.Caps {
		left := limit.Limit
		for _, w := range winners {
			if slices.Contains(limit.Projects, w) {
				left -= e.Projects[w].Cost
			}
		}
		if slices.Contains(limit.Projects, p) && e.Projects[p].Cost > left {
			return false
		}
	}
	for _, group := range c.Exclusive {
		if slices.Contains(group, p) && slices.ContainsFunc(winners, func(w int) bool { return slices.Contains(group, w) }) {
			return false
		}
	}
	return true
}

// naive runs the rules that charge voters directly by their definitions, with one fraction per
// voter, to check the fast versions. It returns the winners and what each voter has left.
func naive(e *tally.Election, o tally.Options, share *big.Rat) (winners []int, left []*big.Rat) {
	n := e.Voters()
	left = make([]*big.Rat, n)
	for i := range left {
		left[i] = new(big.Rat).Set(share)
	}
	utility := make([]map[int]*big.Rat, n)
	supporters := map[int][]int{}
	for i := range n {
		utility[i] = map[int]*big.Rat{}
		ballot, points := e.Ballot(i)
		for j, p := range ballot {
			if points == nil || points[j] > 0 {
				utility[i][int(p)] = utilityOf(o.Utility, e, int(p), points, j)
				supporters[int(p)] = append(supporters[int(p)], i)
			}
		}
	}
	zero := new(big.Rat)
	spent := tally.Amount(0)
	for {
		best := -1
		var bestScore, bestRate *big.Rat
		for p := range e.Projects { // ids are in order, so the first of equals wins ties
			if len(supporters[p]) == 0 || !naiveAllowed(e, o.Constraints, len(supporters[p]), winners, p) {
				continue
			}
			cost := big.NewRat(int64(e.Projects[p].Cost), 1)
			if o.Rule == tally.BoundedOverspending && spent+e.Projects[p].Cost > e.Budget {
				continue
			}
			if cost.Sign() == 0 {
				if bestScore == nil || bestScore.Sign() > 0 {
					best, bestScore, bestRate = p, zero, zero
				}
				continue
			}
			paid := func(rate *big.Rat) *big.Rat {
				sum := new(big.Rat)
				for _, i := range supporters[p] {
					pay := new(big.Rat).Mul(rate, utility[i][p])
					if pay.Cmp(left[i]) > 0 {
						pay = left[i]
					}
					sum.Add(sum, pay)
				}
				return sum
			}
			consider := func(rate, score *big.Rat) {
				if bestScore == nil || score.Cmp(bestScore) < 0 {
					best, bestScore, bestRate = p, score, rate
				}
			}
			if o.Rule == tally.ExactEqualShares {
				for size := int64(len(supporters[p])); size > 0; size-- {
					price := new(big.Rat).Quo(cost, big.NewRat(size, 1))
					can := int64(0)
					for _, i := range supporters[p] {
						if left[i].Cmp(price) >= 0 {
							can++
						}
					}
					if can >= size {
						consider(price, new(big.Rat).Quo(price, utility[supporters[p][0]][p]))
						break
					}
				}
				continue
			}
			// Between two neighbouring rates at which somebody runs out of money, the sum is
			// linear.
			var ends []*big.Rat
			for _, i := range supporters[p] {
				ends = append(ends, new(big.Rat).Quo(left[i], utility[i][p]))
			}
			slices.SortFunc(ends, (*big.Rat).Cmp)
			before, paidBefore := zero, zero
			for _, end := range ends {
				sum := paid(end)
				if sum.Cmp(cost) >= 0 {
					rate := new(big.Rat).Set(end)
					if sum.Cmp(paidBefore) > 0 {
						part := new(big.Rat).Quo(new(big.Rat).Sub(cost, paidBefore), new(big.Rat).Sub(sum, paidBefore))
						rate = part.Mul(part, new(big.Rat).Sub(end, before))
						rate.Add(rate, before)
					}
					consider(rate, rate)
					break
				}
				if o.Rule == tally.BoundedOverspending && end.Sign() > 0 {
					alpha := new(big.Rat).Quo(sum, cost)
					rho := new(big.Rat).Quo(end, alpha)
					consider(rho, new(big.Rat).Quo(rho, alpha))
				}
				before, paidBefore = end, sum
			}
		}
		if best < 0 {
			return winners, left
		}
		for _, i := range supporters[best] {
			if o.Rule == tally.ExactEqualShares {
				if left[i].Cmp(bestRate) >= 0 {
					left[i].Sub(left[i], bestRate)
				}
				continue
			}
			left[i].Sub(left[i], new(big.Rat).Mul(bestRate, utility[i][best]))
			if left[i].Sign() < 0 {
				left[i].SetInt64(0)
			}
		}
		winners = append(winners, best)
		spent += e.Projects[best].Cost
	}
}

func TestAgainstDefinition(t *testing.T) {
	for _, points := range []bool{false, true} {
		for _, rule := range []tally.Rule{tally.EqualShares, tally.ExactEqualShares, tally.BoundedOverspending} {
			for _, utility := range []tally.Utility{tally.UtilityCost, tally.UtilityCardinality, tally.UtilityPoints} {
				if utility == tally.UtilityPoints && (!points || rule == tally.ExactEqualShares) {
					continue
				}
				t.Run(fmt.Sprint(rule, "/", utility, "/points=", points), func(t *testing.T) {
					each(t, 1500, points, func(t *testing.T, r *rand.Rand, e *tally.Election) {
						o := tally.Options{Rule: rule, Utility: utility}
						if r.IntN(2) == 0 {
							o.Constraints = randomConstraints(r, e)
						}
						got := mustCount(t, e, o).Winners()
						want, _ := naive(e, o, big.NewRat(int64(e.Budget), int64(e.Voters())))
						if !slices.Equal(got, want) {
							t.Errorf("got %v, want %v", got, want)
						}
					})
				})
			}
		}
	}
}

func naiveVotes(e *tally.Election) []int {
	votes := make([]int, len(e.Projects))
	for i := range e.Voters() {
		ballot, _ := e.Ballot(i)
		for _, p := range ballot {
			votes[p]++
		}
	}
	return votes
}

// naiveStop reports whether the winners cost too much, and whether the completion may stop.
func naiveStop(e *tally.Election, o tally.Options, votes []int, winners []int) (dear, done bool) {
	left := e.Budget
	for _, p := range winners {
		left -= e.Projects[p].Cost
	}
	open, fits := false, false
	for p, v := range votes {
		if v > 0 && naiveAllowed(e, o.Constraints, v, winners, p) {
			open = true
			fits = fits || e.Projects[p].Cost <= left
		}
	}
	return left < 0, !open || !fits && !o.AddOne.PastExhaustion
}

// naiveAddOne tries the shares one by one. It returns the winners and the share at which they
// won.
func naiveAddOne(e *tally.Election, o tally.Options, step *big.Rat) ([]int, *big.Rat) {
	share := big.NewRat(int64(e.Budget), int64(e.Voters()))
	if o.AddOne.FloorStart {
		share.SetInt64(int64(e.Budget) / int64(e.Voters()))
	}
	votes := naiveVotes(e)
	var before []int
	for {
		winners, _ := naive(e, o, share)
		dear, done := naiveStop(e, o, votes, winners)
		if dear {
			return before, share.Sub(share, step)
		}
		if done {
			return winners, share
		}
		before = winners
		share = new(big.Rat).Add(share, step)
	}
}

func TestAddOneAgainstStepping(t *testing.T) {
	for _, points := range []bool{false, true} {
		for _, utility := range []tally.Utility{tally.UtilityCost, tally.UtilityCardinality, tally.UtilityPoints} {
			if utility == tally.UtilityPoints && !points {
				continue
			}
			for _, rule := range []tally.Rule{tally.EqualShares, tally.ExactEqualShares} {
				if rule == tally.ExactEqualShares && utility == tally.UtilityPoints {
					continue
				}
				t.Run(fmt.Sprint(rule, "/", utility, "/points=", points), func(t *testing.T) {
					check := func(t *testing.T, r *rand.Rand, e *tally.Election) {
						step := big.NewRat(1, int64(1+r.IntN(12)))
						o := tally.Options{Rule: rule, Utility: utility, Completion: tally.AddOne, AddOne: tally.AddOneOptions{Step: step}}
						got := mustCount(t, e, o)
						if want, share := naiveAddOne(e, o, step); !slices.Equal(got.Winners(), want) || got.Share.Cmp(share) != 0 {
							t.Errorf("step %v: got %v at %v, want %v at %v", step, got.Winners(), got.Share, want, share)
						}
					}
					each(t, 300, points, check)
					eachOf(t, 100, 30, points, check) // enough voters to count by groups of them
				})
			}
		}
	}
}

// TestAddOneInTrouble compares with trying the shares one by one close to limits: constraints
// that the first purchases use up, projects dearer than everybody's money, amounts near the
// largest, many points, many equal ballots.
func TestAddOneInTrouble(t *testing.T) {
	stops := map[tally.Stop]int{}
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 2026))
		points := r.IntN(2) == 0
		e := randomElection(r, points, 9)
		if points { // the same ballots with other points
			most := []int32{4, 100, tally.MaxPoints}[r.IntN(3)]
			f := &tally.Election{Budget: e.Budget, BallotType: e.BallotType, Projects: e.Projects}
			for i := range e.Voters() {
				ballot, marks := e.Ballot(i)
				ballot, marks = slices.Clone(ballot), slices.Clone(marks)
				for j := range marks {
					marks[j] = 1 + r.Int32N(most)
				}
				for range 1 + r.IntN(3) {
					if err := f.Cast(slices.Clone(ballot), slices.Clone(marks)); err != nil {
						t.Fatal(err)
					}
				}
			}
			e = f
		}
		factor := []tally.Amount{1, 1, 1000, 1 << 34, 1 << 46}[r.IntN(5)]
		e.Budget = e.Budget*factor + tally.Amount(r.IntN(3))
		if r.IntN(4) == 0 {
			e.Budget = tally.Amount(r.IntN(2*e.Voters() + 1)) // less than a unit for each
		}
		for p := range e.Projects {
			e.Projects[p].Cost *= factor
			if r.IntN(8) == 0 {
				e.Projects[p].Cost = []tally.Amount{e.Budget, 12 * e.Budget, 1 << 53, e.Budget - 1, 0, 0}[r.IntN(6)]
				e.Projects[p].Cost = max(0, min(e.Projects[p].Cost, 1<<53))
			}
		}
		o := tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne, Utility: tally.Utility(r.IntN(2))}
		if points && r.IntN(2) == 0 {
			o.Utility = tally.UtilityPoints
		}
		// Steps of a sixtieth of the budget, so that trying them one by one ends.
		o.AddOne = tally.AddOneOptions{FloorStart: r.IntN(3) == 0, PastExhaustion: r.IntN(3) == 0,
			Step: big.NewRat(max(1, int64(e.Budget)/int64(2+r.IntN(60))), int64(e.Voters()))}
		if slices.ContainsFunc(e.Projects, func(p tally.Project) bool { return p.Cost > 2*e.Budget }) {
			o.AddOne.PastExhaustion = false // or trying one by one would take too long
		}
		o.Constraints = randomConstraints(r, e)
		got := mustCount(t, e, o)
		stops[got.Stopped]++
		if want, share := naiveAddOne(e, o, o.AddOne.Step); !slices.Equal(got.Winners(), want) || got.Share.Cmp(share) != 0 {
			t.Fatalf("seed %d %+v: got %v at %v, want %v at %v\n%s", seed, o, got.Winners(), got.Share, want, share, describe(e))
		}
	}
	for _, stop := range []tally.Stop{tally.StopAllFunded, tally.StopExhaustive, tally.StopOverBudget} {
		if stops[stop] < 100 {
			t.Errorf("only %d completions end with %v", stops[stop], stop)
		}
	}
}

// A project that costs more than everybody's money changes nothing. Withdrawn projects are
// marked in that way.
func TestWithdrawnProjectChangesNothing(t *testing.T) {
	for seed := range uint64(20) {
		count := func(cost tally.Amount) *tally.Outcome {
			r := rand.New(rand.NewPCG(seed, 5))
			e := &tally.Election{BallotType: tally.Scoring, Budget: tally.Amount(50_000_000 + r.IntN(100)*1_000_000)}
			for p := range 10 {
				e.Projects = append(e.Projects, tally.Project{ID: fmt.Sprint("p", p), Cost: e.Budget/20 + tally.Amount(r.Int64N(int64(e.Budget/3)))})
			}
			e.Projects = append(e.Projects, tally.Project{ID: "withdrawn", Cost: cost})
			for range 50 + r.IntN(300) {
				ballot, points := []uint16{10}, []int32{1 + r.Int32N(100)}
				for p := range uint16(10) {
					if r.IntN(4) == 0 {
						ballot, points = append(ballot, p), append(points, 1+r.Int32N(100))
					}
				}
				if err := e.Cast(ballot, points); err != nil {
					t.Fatal(err)
				}
			}
			return mustCount(t, e, tally.Options{Rule: tally.EqualShares, Utility: tally.UtilityPoints, Completion: tally.AddOne})
		}
		want := count(200_000_000)
		for _, cost := range []tally.Amount{999_999_999, 12 * 149_000_000, 1 << 50, 1 << 53} {
			if got := count(cost); !slices.Equal(got.Winners(), want.Winners()) || got.Share.Cmp(want.Share) != 0 {
				t.Errorf("seed %d: withdrawn at %d: %v at %v, want %v at %v", seed, cost, got.Winners(), got.Share, want.Winners(), want.Share)
			}
		}
	}
}

// At these shares the last money of all supporters is just enough.
func TestAddOneStopsAtTheFirstShareThatSuffices(t *testing.T) {
	points := &tally.Election{BallotType: tally.Scoring, Budget: 54, Projects: []tally.Project{{ID: "a", Cost: 3}, {ID: "b", Cost: 24}}}
	largest := &tally.Election{Budget: 1 << 52, Projects: []tally.Project{{ID: "a", Cost: 1<<52 - 1}, {ID: "z", Cost: 1}}}
	var err error
	for range 300 {
		err = errors.Join(err, largest.Cast([]uint16{0, 1}, nil))
	}
	if err = errors.Join(err, points.Cast(nil, nil), points.Cast([]uint16{0, 1}, []int32{19, 50})); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e       *tally.Election
		utility tally.Utility
		share   *big.Rat
	}{
		{points, tally.UtilityPoints, big.NewRat(27, 1)},
		{largest, tally.UtilityCost, big.NewRat(1<<52, 300)},
	} {
		got := mustCount(t, c.e, tally.Options{Rule: tally.EqualShares, Utility: c.utility, Completion: tally.AddOne})
		if !slices.Equal(got.Winners(), []int{0, 1}) || got.Share.Cmp(c.share) != 0 {
			t.Errorf("got %v at %v, want both at %v", got.Winners(), got.Share, c.share)
		}
	}
}

// Two projects whose supporters are in the same position tie at each of three million shares.
// Trying each share took 23 s and gave this result.
func TestAddOnePassesOverSharesWithATie(t *testing.T) {
	e := &tally.Election{Budget: 120_000_000, Projects: []tally.Project{
		{ID: "1", Cost: 45_000_000}, {ID: "2", Cost: 30_000_000}, {ID: "3", Cost: 30_000_000}, {ID: "4", Cost: 70_000_000}, {ID: "5", Cost: 119_999_999},
	}}
	for _, ballot := range [][]uint16{{0, 1}, {0, 1, 2}, {0, 2}, {0, 2}, {0, 1}, {1, 2, 3}, {3}, {3, 4}} {
		if err := e.Cast(ballot, nil); err != nil {
			t.Fatal(err)
		}
	}
	got := mustCount(t, e, tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne})
	if !slices.Equal(got.Winners(), []int{0, 1, 2}) || got.Share.Cmp(big.NewRat(18_000_000, 1)) != 0 || got.Trials != 3_000_001 {
		t.Errorf("got %v at %v after %d shares", got.Winners(), got.Share, got.Trials)
	}
	if got.Runs > 1000 {
		t.Errorf("%d passes", got.Runs)
	}
}

// A project that costs nothing is bought before all others, even when the first share is zero.
func TestAddOneFromNothing(t *testing.T) {
	e := &tally.Election{Budget: 18, Projects: []tally.Project{
		{ID: "p0", Cost: 14}, {ID: "p1", Cost: 12}, {ID: "p2", Cost: 0}, {ID: "p3", Cost: 19}, {ID: "p4", Cost: 3},
	}}
	for _, b := range []struct {
		times  int
		ballot []uint16
	}{{2, []uint16{1, 3, 4}}, {2, []uint16{0}}, {2, []uint16{0, 1, 3, 4}}, {3, []uint16{1, 2}}, {2, []uint16{0, 3}}, {3, []uint16{3}}, {3, []uint16{0, 1}}, {3, []uint16{0, 3}}, {3, []uint16{0, 4}}} {
		for range b.times {
			if err := e.Cast(slices.Clone(b.ballot), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	o := tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne, AddOne: tally.AddOneOptions{FloorStart: true}}
	o.Constraints.Caps = []tally.Cap{{Name: "c", Projects: []int{1, 2, 3, 4}, Limit: 4}}
	o.Constraints.Exclusive = [][]int{{0, 1, 2}}
	got := mustCount(t, e, o)
	if want, share := naiveAddOne(e, o, big.NewRat(1, 1)); !slices.Equal(got.Winners(), want) || got.Share.Cmp(share) != 0 {
		t.Errorf("got %v at %v, want %v at %v", got.Winners(), got.Share, want, share)
	}
}

var everyRule = []tally.Options{
	{Rule: tally.Greedy},
	{Rule: tally.Greedy, PerCost: true},
	{Rule: tally.EqualShares},
	{Rule: tally.EqualShares, Utility: tally.UtilityCardinality},
	{Rule: tally.EqualShares, Completion: tally.AddOne},
	{Rule: tally.EqualShares, Completion: tally.AddOne, ThenGreedy: true},
	{Rule: tally.ExactEqualShares},
	{Rule: tally.ExactEqualShares, Completion: tally.AddOne},
	{Rule: tally.ExactEqualShares, Completion: tally.AddOpt},
	{Rule: tally.ExactEqualShares, Utility: tally.UtilityCardinality, Completion: tally.AddOpt, ThenGreedy: true},
	{Rule: tally.BoundedOverspending},
	{Rule: tally.BoundedOverspending, Utility: tally.UtilityCardinality},
	{Rule: tally.Phragmen},
}

func TestBudgetIsNeverExceeded(t *testing.T) {
	each(t, 300, false, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		for _, o := range everyRule {
			out := mustCount(t, e, o)
			sum := tally.Amount(0)
			for _, p := range out.Winners() {
				sum += e.Projects[p].Cost
			}
			if sum != out.Spent || sum > e.Budget {
				t.Errorf("%+v: winners cost %d, spent says %d, budget %d", o, sum, out.Spent, e.Budget)
			}
		}
	})
}

// A completion ends because nothing supported fits, or gives another reason.
func TestCompletionIsExhaustiveOrSaysWhy(t *testing.T) {
	each(t, 300, false, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		for _, o := range everyRule {
			if o.Completion == tally.None {
				continue
			}
			out := mustCount(t, e, o)
			exhaustive := len(out.Fitting()) == 0
			switch out.Stopped {
			case tally.StopExhaustive, tally.StopAllFunded:
				if !exhaustive {
					t.Errorf("%+v says %v but projects %v fit", o, out.Stopped, out.Fitting())
				}
			case tally.StopOverBudget:
				if o.ThenGreedy && !exhaustive {
					t.Errorf("%+v: greedy left projects %v that fit", o, out.Fitting())
				}
			default:
				t.Errorf("%+v: stopped without a reason", o)
			}
		}
	})
}

// The unit of money does not matter: multiplying everything by a number changes nothing.
func TestScalingChangesNothing(t *testing.T) {
	each(t, 200, false, func(t *testing.T, r *rand.Rand, e *tally.Election) {
		factor := int64(2 + r.IntN(1000))
		big1 := *e
		big1.Budget *= tally.Amount(factor)
		big1.Projects = slices.Clone(e.Projects)
		for p := range big1.Projects {
			big1.Projects[p].Cost *= tally.Amount(factor)
		}
		for _, o := range everyRule {
			want := mustCount(t, e, o).Winners()
			o.AddOne.Step = big.NewRat(factor, 1)
			if got := mustCount(t, &big1, o).Winners(); !slices.Equal(got, want) {
				t.Errorf("%+v: times %d: %v, before %v", o, factor, got, want)
			}
		}
	})
}

func TestVoterOrderChangesNothing(t *testing.T) {
	each(t, 200, false, func(t *testing.T, r *rand.Rand, e *tally.Election) {
		shuffled := &tally.Election{Budget: e.Budget, Projects: e.Projects}
		for _, i := range r.Perm(e.Voters()) {
			ballot, _ := e.Ballot(i)
			if err := shuffled.Cast(slices.Clone(ballot), nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range everyRule {
			a, b := mustCount(t, e, o).Winners(), mustCount(t, shuffled, o).Winners()
			if !slices.Equal(a, b) {
				t.Errorf("%+v: %v and %v", o, a, b)
			}
		}
	})
}

// ejr1Violation looks for a group that deserves more: voters who all support
// the projects T, are numerous enough to pay for T with their part of the
// budget, and of whom each gains less from the winners than from T, even with
// one more project of T (EJR up to one project; Peters, Pierczyński, Skowron 2021).
func ejr1Violation(e *tally.Election, winners []int, gain func(p int) int64) string {
	m, n := len(e.Projects), e.Voters()
	for set := 1; set < 1<<m; set++ {
		cost, value := int64(0), int64(0)
		for p := range m {
			if set>>p&1 != 0 {
				cost += int64(e.Projects[p].Cost)
				value += gain(p)
			}
		}
		unhappy := int64(0)
		for i := range n {
			ballot, _ := e.Ballot(i)
			mask := 0
			has := int64(0)
			for _, p := range ballot {
				mask |= 1 << p
				if slices.Contains(winners, int(p)) {
					has += gain(int(p))
				}
			}
			if mask&set != set || has >= value {
				continue
			}
			content := false
			for p := range m {
				if set>>p&1 != 0 && !slices.Contains(winners, p) && has+gain(p) > value {
					content = true
				}
			}
			if !content {
				unhappy++
			}
		}
		if unhappy > 0 && unhappy*int64(e.Budget) >= cost*int64(n) {
			return fmt.Sprintf("%d voters deserve projects %b", unhappy, set)
		}
	}
	return ""
}

func TestEqualSharesIsProportional(t *testing.T) {
	violated := 0
	each(t, 1500, false, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		cost := func(p int) int64 { return int64(e.Projects[p].Cost) }
		one := func(int) int64 { return 1 }
		for _, rule := range []tally.Rule{tally.EqualShares, tally.ExactEqualShares} {
			if v := ejr1Violation(e, mustCount(t, e, tally.Options{Rule: rule}).Winners(), cost); v != "" {
				t.Errorf("%v, cost: %s", rule, v)
			}
			if v := ejr1Violation(e, mustCount(t, e, tally.Options{Rule: rule, Utility: tally.UtilityCardinality}).Winners(), one); v != "" {
				t.Errorf("%v, cardinality: %s", rule, v)
			}
		}
		if ejr1Violation(e, mustCount(t, e, tally.Options{}).Winners(), one) != "" {
			violated++
		}
	})
	if violated == 0 {
		t.Error("the check never fails, not even for the greedy rule: it checks nothing")
	}
}
