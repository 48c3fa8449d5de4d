package tally_test

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/tally"
)

func mustExplain(t testing.TB, out *tally.Outcome) *tally.Explanation {
	t.Helper()
	x, err := tally.Explain(context.Background(), out)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// enlarge multiplies the amounts of random elections, so that rounding does not matter.
func enlarge(e *tally.Election) {
	factor := tally.Amount(1_000_000 * int64(e.Voters()))
	e.Budget *= factor
	for p := range e.Projects {
		e.Projects[p].Cost *= factor
	}
}

var explainedRules = []tally.Options{
	{Rule: tally.Greedy},
	{Rule: tally.Greedy, PerCost: true},
	{Rule: tally.EqualShares},
	{Rule: tally.EqualShares, Utility: tally.UtilityCardinality},
	{Rule: tally.ExactEqualShares},
	{Rule: tally.BoundedOverspending},
	{Rule: tally.Phragmen},
}

// A project wins at the cost at which it is said to win.
func TestNeededCostWins(t *testing.T) {
	said := map[tally.Rule]int{}
	each(t, 400, false, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		enlarge(e)
		for _, o := range explainedRules {
			x := mustExplain(t, mustCount(t, e, o))
			for p, v := range x.Verdicts {
				if v.Won || v.Need.Cost == 0 {
					continue
				}
				said[o.Rule]++
				changed := *e
				changed.Projects = slices.Clone(e.Projects)
				changed.Projects[p].Cost = v.Need.Cost
				if !mustCount(t, &changed, o).Won(p) {
					t.Errorf("%+v: project %d loses at cost %d", o, p, v.Need.Cost)
				}
			}
		}
	})
	for _, o := range explainedRules {
		if said[o.Rule] == 0 {
			t.Errorf("%v: never said", o.Rule)
		}
	}
}

// The same when points are the utility.
func TestNeededCostWinsByPoints(t *testing.T) {
	said := 0
	each(t, 200, true, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		enlarge(e)
		o := tally.Options{Rule: tally.EqualShares, Utility: tally.UtilityPoints}
		for p, v := range mustExplain(t, mustCount(t, e, o)).Verdicts {
			if v.Won || v.Need.Cost == 0 {
				continue
			}
			said++
			for _, c := range []struct {
				cost tally.Amount
				wins bool
			}{{v.Need.Cost, true}, {v.Need.Cost + v.Need.Cost/1000, false}} {
				changed := *e
				changed.Projects = slices.Clone(e.Projects)
				changed.Projects[p].Cost = c.cost
				if c.cost < e.Projects[p].Cost && mustCount(t, &changed, o).Won(p) != c.wins {
					t.Errorf("project %d at cost %d: wins %v, want %v", p, c.cost, !c.wins, c.wins)
				}
			}
		}
	})
	if said == 0 {
		t.Error("never said")
	}
}

// A project wins with the additional supporters that are said to be enough. For greedy these
// are any supporters, else new voters who bring their own share.
func TestNeededVotesWin(t *testing.T) {
	said := map[tally.Rule]int{}
	each(t, 400, false, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		enlarge(e)
		for _, o := range explainedRules {
			out := mustCount(t, e, o)
			x := mustExplain(t, out)
			for p, v := range x.Verdicts {
				if v.Won || v.Need.Votes == 0 || v.Need.Votes > 200 {
					continue
				}
				said[o.Rule]++
				more := &tally.Election{Budget: e.Budget, Projects: e.Projects}
				if o.Rule == tally.EqualShares {
					more.Budget += e.Budget / tally.Amount(e.Voters()) * tally.Amount(v.Need.Votes)
				}
				for i := range e.Voters() {
					ballot, _ := e.Ballot(i)
					if err := more.Cast(slices.Clone(ballot), nil); err != nil {
						t.Fatal(err)
					}
				}
				for range v.Need.Votes {
					if err := more.Cast([]uint16{uint16(p)}, nil); err != nil {
						t.Fatal(err)
					}
				}
				if !mustCount(t, more, o).Won(p) {
					t.Errorf("%+v: project %d loses with %d more votes", o, p, v.Need.Votes)
				}
			}
		}
	})
	for _, rule := range []tally.Rule{tally.Greedy, tally.EqualShares, tally.Phragmen} {
		if said[rule] == 0 {
			t.Errorf("%v: never said", rule)
		}
	}
}

// What the ballots paid is what the projects cost.
func TestContributionsAddUp(t *testing.T) {
	each(t, 300, false, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		for _, o := range []tally.Options{{Rule: tally.EqualShares}, {Rule: tally.ExactEqualShares}, {Rule: tally.Phragmen},
			{Rule: tally.EqualShares, Completion: tally.AddOne}, {Rule: tally.ExactEqualShares, Completion: tally.AddOpt}} {
			out := mustCount(t, e, o)
			paid := make([]*big.Rat, len(e.Projects))
			for p := range paid {
				paid[p] = new(big.Rat)
			}
			for i := range e.Voters() {
				for _, c := range tally.ExplainBallot(out, i) {
					if c.Paid != nil {
						paid[c.Project].Add(paid[c.Project], c.Paid)
					}
				}
			}
			for p := range paid {
				want := new(big.Rat)
				if out.Won(p) {
					want = e.Projects[p].Cost.Rat(0)
				}
				if paid[p].Cmp(want) != 0 {
					t.Errorf("%+v: voters paid %v for project %d, which costs %v", o, paid[p], p, want)
				}
			}
		}
	})
}

// Settling a decisive tie otherwise changes the winners; settling a harmless one otherwise does
// not. Checked with all orders of the tie rule.
func TestDecisiveTies(t *testing.T) {
	decisive, harmless := 0, 0
	each(t, 500, false, func(t *testing.T, r *rand.Rand, e *tally.Election) {
		for _, o := range []tally.Options{{Rule: tally.Greedy}, {Rule: tally.EqualShares}, {Rule: tally.Phragmen}} {
			out := mustCount(t, e, o)
			x := mustExplain(t, out)
			sorted := func(o *tally.Outcome) []int { w := o.Winners(); slices.Sort(w); return w }
			matter := false
			for _, tie := range x.Ties {
				matter = matter || tie.Decisive()
				if tie.Decisive() && len(tie.Otherwise.In)+len(tie.Otherwise.Out) == 0 {
					t.Errorf("%v: a decisive tie changes nothing", o.Rule)
				}
			}
			if matter {
				decisive++
			}
			for seed := range 20 {
				lot := o
				lot.Ties = tally.TieRule{Break: tally.TieByLot, Seed: string(rune('a' + seed))}
				if other := mustCount(t, e, lot); len(x.Ties) == 0 && !slices.Equal(sorted(other), sorted(out)) {
					t.Errorf("%v: no tie reported, but the lot %q changes the winners from %v to %v", o.Rule, lot.Ties.Seed, out.Winners(), other.Winners())
				}
			}
			if len(x.Ties) > 0 && !matter {
				harmless++
			}
		}
	})
	if decisive == 0 || harmless == 0 {
		t.Errorf("%d decisive, %d harmless: the test sees too little", decisive, harmless)
	}
}

func TestFairness(t *testing.T) {
	e := &tally.Election{Budget: 10, Projects: []tally.Project{{ID: "a", Cost: 10}, {ID: "b", Cost: 10}}}
	for _, ballot := range [][]uint16{{0}, {0}, {0, 1}, {1}, {}} {
		if err := e.Cast(ballot, nil); err != nil {
			t.Fatal(err)
		}
	}
	e.Groupings = []tally.Grouping{{Name: "district", Values: []string{"x", "y"}, Of: []int32{0, 0, 1, 1, -1}}}
	f := tally.Measure(mustCount(t, e, tally.Options{}))
	if f.Voters != 5 || f.Empty != 1 || f.Excluded != 1 || f.ExclusionRatio() != 0.25 || f.Winners != 0.6 {
		t.Errorf("%+v", f)
	}
	x, y := f.Groups[0].Groups[0], f.Groups[0].Groups[1]
	if x.Voters != 2 || x.Excluded != 0 || x.Money < 0.66 || x.Money > 0.67 || y.Excluded != 1 {
		t.Errorf("groups %+v %+v", x, y)
	}
}

// manyTies is an election in which twenty projects are tied and all win. Two more are tied for
// the last money: the only tie that matters is found last.
func manyTies(t testing.TB) *tally.Election {
	t.Helper()
	e := &tally.Election{Budget: 210}
	for i := range 20 {
		e.Projects = append(e.Projects, tally.Project{ID: string(rune('a' + i)), Cost: 5})
	}
	e.Projects = append(e.Projects, tally.Project{ID: "x1", Cost: 10}, tally.Project{ID: "x2", Cost: 10})
	for i := range 20 {
		if err := e.Cast([]uint16{uint16(i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Cast([]uint16{20, 21}, nil); err != nil {
		t.Fatal(err)
	}
	return e
}

// All ties of a small election are examined. When there is work for only a few, those with
// losers are examined first. A tie that was not examined is not called harmless.
func TestTiesExaminedFirst(t *testing.T) {
	out := mustCount(t, manyTies(t), tally.Options{Rule: tally.EqualShares, Utility: tally.UtilityCardinality})
	effects := func(work int64) (count [3]int, last tally.Tie) {
		x, err := tally.ExplainWith(context.Background(), out, tally.ExplainOptions{Work: work})
		if err != nil {
			t.Fatal(err)
		}
		for _, tie := range x.Ties {
			count[tie.Effect]++
		}
		return count, x.Ties[len(x.Ties)-1]
	}
	all, last := effects(0)
	if all != [3]int{tally.TieHarmless: 19, tally.TieDecisive: 1} || !last.Decisive() || len(last.Otherwise.In) != 1 || last.Otherwise.In[0] != 21 {
		t.Errorf("by default: %v, the last %+v", all, last)
	}
	if few, last := effects(1500); few[tally.TieDecisive] != 1 || few[tally.TieNotExamined] != 19 || !last.Decisive() {
		t.Errorf("with work for one recount: %v, the last %+v", few, last)
	}
	if none, _ := effects(-1); none != [3]int{tally.TieNotExamined: 20} {
		t.Errorf("with no work: %v", none)
	}
}

// What nobody asks for is not computed, and everything else stays the same.
func TestExplainWithoutNeeds(t *testing.T) {
	each(t, 50, false, func(t *testing.T, _ *rand.Rand, e *tally.Election) {
		for _, o := range explainedRules {
			out := mustCount(t, e, o)
			full := mustExplain(t, out)
			last := 0.0
			x, err := tally.ExplainWith(context.Background(), out, tally.ExplainOptions{NoNeeds: true, Progress: func(part float64) {
				if part < last || part > 1 {
					t.Errorf("progress goes from %v to %v", last, part)
				}
				last = part
			}})
			if err != nil || last != 1 {
				t.Fatalf("%v, progress ended at %v", err, last)
			}
			for p, v := range x.Verdicts {
				if v.Need != (tally.Need{}) {
					t.Errorf("%+v: project %d has needs %+v", o, p, v.Need)
				}
				want := full.Verdicts[p]
				if want.Need = (tally.Need{}); v != want {
					t.Errorf("%+v: project %d: %+v, want %+v", o, p, v, want)
				}
			}
		}
	})
}

// A project wins by points with the additional points that are said to be enough, and with no
// fewer. It may start below zero.
func TestNeededPointsWin(t *testing.T) {
	make := func(extra int32) *tally.Election {
		e := &tally.Election{Budget: 100, BallotType: tally.Scoring,
			Projects: []tally.Project{{ID: "a", Cost: 60}, {ID: "b", Cost: 60}, {ID: "c", Cost: 90}}}
		for _, points := range [][]int32{{9, 4, 1}, {8, 5, -30}} {
			if err := e.Cast([]uint16{0, 1, 2}, points); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Cast([]uint16{0, 1, 2}, []int32{0, extra, extra}); err != nil {
			t.Fatal(err)
		}
		return e
	}
	o := tally.Options{Utility: tally.UtilityPoints, Constraints: tally.Constraints{MinPoints: -100}}
	x := mustExplain(t, mustCount(t, make(0), o))
	for p, want := range []int64{0, 9, 47} { // 17 against 9 and −29 points; a tie goes to a, the smaller id
		need := x.Verdicts[p].Need
		if need.Points != want || need.Votes != 0 {
			t.Errorf("project %d: %+v, want %d points; %+v", p, need, want, x.Verdicts[p])
		}
	}
	if mustCount(t, make(8), o).Won(1) || !mustCount(t, make(9), o).Won(1) {
		t.Error("8 more points are enough or 9 are not")
	}
}

// Under equal shares, a loser's verdict says how its supporters' money fell short.
func TestLack(t *testing.T) {
	e := &tally.Election{Budget: 90, Projects: []tally.Project{{ID: "a", Cost: 40}, {ID: "b", Cost: 31}, {ID: "c", Cost: 50}, {ID: "d", Cost: 1}}}
	for _, ballot := range [][]uint16{{0, 1}, {0, 1}, {2}} {
		if err := e.Cast(ballot, nil); err != nil {
			t.Fatal(err)
		}
	}
	x := mustExplain(t, mustCount(t, e, tally.Options{Rule: tally.EqualShares}))
	for p, want := range []tally.Lack{tally.LackNone, tally.LackSpent, tally.LackAlways, tally.LackNone} {
		if got := x.Verdicts[p].Lack; got != want {
			t.Errorf("project %d lacks %q, want %q", p, got, want)
		}
	}
}

// Explaining also works when the budget was exceeded, for whatever reason.
func TestExplainOverBudget(t *testing.T) {
	e := manyTies(t)
	e.Budget = 115
	out := mustCount(t, e, tally.Options{Rule: tally.EqualShares, Utility: tally.UtilityCardinality, Completion: tally.AddOne})
	if out.Won(21) || mustExplain(t, out).Verdicts[21].Need.Cost != 5 { // what is left
		t.Fatalf("the test needs a loser with a cost: %+v", mustExplain(t, out).Verdicts[21])
	}
	smaller := *e
	smaller.Budget = 20 // as if the winners had cost more
	over := *out
	over.Election = &smaller
	for _, v := range mustExplain(t, &over).Verdicts {
		if v.Need.Cost < 0 || v.Need.Votes < 0 {
			t.Errorf("%+v", v)
		}
	}
}

// Voters whose group is not known are counted apart.
func TestFairnessOfUnknownGroup(t *testing.T) {
	e := &tally.Election{Budget: 10, Projects: []tally.Project{{ID: "a", Cost: 10}, {ID: "b", Cost: 10}}}
	for _, ballot := range [][]uint16{{0}, {0}, {1}, {}} {
		if err := e.Cast(ballot, nil); err != nil {
			t.Fatal(err)
		}
	}
	e.Groupings = []tally.Grouping{{Name: "age", Values: []string{"18–29"}, Of: []int32{0, -1, -1, -1}}}
	g := tally.Measure(mustCount(t, e, tally.Options{})).Groups[0]
	if want := (tally.Group{Voters: 3, Excluded: 1, Money: 0.5}); g.Unknown != want || g.Groups[0].Money != 0.5 {
		t.Errorf("%+v", g)
	}
}

// Explaining stops when it is told to, at any moment.
func TestExplainStops(t *testing.T) {
	out := mustCount(t, manyTies(t), tally.Options{Rule: tally.EqualShares, Completion: tally.AddOne})
	moments := 0
	for stop := 0; ; stop += 7 {
		ctx, cancel := context.WithCancel(context.Background())
		told := 0
		_, err := tally.ExplainWith(ctx, out, tally.ExplainOptions{Progress: func(float64) {
			if told++; told > stop {
				cancel()
			}
		}})
		stopped := ctx.Err() != nil
		cancel()
		if !stopped {
			break
		}
		if err == nil { // only when it was told at the very end
			continue
		}
		if moments++; !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: %v", stop, err)
		}
	}
	if moments < 10 {
		t.Errorf("it could be stopped at %d moments", moments)
	}
}
