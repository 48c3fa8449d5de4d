package tally_test

import (
	"context"
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

// enlarge gives random elections amounts large enough for rounding not to matter.
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

// At the cost that is said to win, a project wins.
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

// With the additional supporters that are said to be enough, a project wins:
// for greedy any supporters, else new voters who bring their own share.
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

// A tie called decisive changes the winners when settled otherwise, one called
// harmless does not: checked with all orders of the tie rule.
func TestDecisiveTies(t *testing.T) {
	decisive, harmless := 0, 0
	each(t, 500, false, func(t *testing.T, r *rand.Rand, e *tally.Election) {
		for _, o := range []tally.Options{{Rule: tally.Greedy}, {Rule: tally.EqualShares}, {Rule: tally.Phragmen}} {
			out := mustCount(t, e, o)
			x := mustExplain(t, out)
			sorted := func(o *tally.Outcome) []int { w := o.Winners(); slices.Sort(w); return w }
			matter := false
			for _, tie := range x.Ties {
				matter = matter || tie.Decisive
				if tie.Decisive && len(tie.Otherwise.In)+len(tie.Otherwise.Out) == 0 {
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
