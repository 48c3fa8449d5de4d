package tally_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/tally"
)

// Every rule obeys every constraint.
func TestConstraintsHoldForEveryRule(t *testing.T) {
	each(t, 300, false, func(t *testing.T, r *rand.Rand, e *tally.Election) {
		m := len(e.Projects)
		c := tally.Constraints{MinVotes: int64(r.IntN(3))}
		group := func() (list []int) {
			for p := range m {
				if r.IntN(2) == 0 {
					list = append(list, p)
				}
			}
			return list
		}
		c.Caps = []tally.Cap{{Name: "x", Projects: group(), Limit: tally.Amount(r.IntN(30))}}
		c.Exclusive = [][]int{group()}
		if p := r.IntN(m); e.Projects[p].Cost <= e.Budget && r.IntN(3) == 0 {
			c.Funded = []tally.Funded{{Project: p, Charged: r.IntN(2) == 0}}
		}
		for _, o := range everyRule {
			o.Constraints = c
			out := mustCount(t, e, o)
			inCap, inGroup, cost := tally.Amount(0), 0, tally.Amount(0)
			for _, s := range out.Steps {
				p := s.Project
				if s.Phase != tally.PhaseFunded || c.Funded[0].Charged {
					cost += e.Projects[p].Cost
				}
				if s.Phase == tally.PhaseFunded {
					continue
				}
				if out.Votes()[p] < c.MinVotes {
					t.Errorf("%+v: project %d won with %d votes", o, p, out.Votes()[p])
				}
			}
			funded := func(p int) bool { return len(c.Funded) > 0 && c.Funded[0].Project == p }
			for _, p := range out.Winners() {
				if slices.Contains(c.Exclusive[0], p) {
					inGroup++
				}
				if slices.Contains(c.Caps[0].Projects, p) && !funded(p) {
					inCap += e.Projects[p].Cost
				}
			}
			if inGroup > 1 || inCap > c.Caps[0].Limit || cost > e.Budget || cost != out.Spent {
				t.Errorf("%+v: winners %v: %d of the group, %d of cap %d, %d of budget %d", o, out.Winners(), inGroup, inCap, c.Caps[0].Limit, cost, e.Budget)
			}
			if len(c.Funded) > 0 && !out.Won(c.Funded[0].Project) {
				t.Errorf("%+v: a funded project lost", o)
			}
			x := mustExplain(t, out)
			for _, v := range x.Verdicts {
				if !v.Won && v.Votes < c.MinVotes && v.Barred != tally.TooFewVotes {
					t.Errorf("%+v: project %d has %d votes but is barred by %v", o, v.Project, v.Votes, v.Barred)
				}
			}
		}
	})
}

// A charged project lowers everybody's share. One that others pay for does not.
func TestFundedBeforehand(t *testing.T) {
	e := &tally.Election{Budget: 100, Projects: []tally.Project{{ID: "a", Cost: 40}, {ID: "b", Cost: 30}, {ID: "c", Cost: 70}}}
	for range 2 {
		if err := e.Cast([]uint16{1}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		charged bool
		share   int64
		spent   tally.Amount
	}{{true, 30, 70}, {false, 50, 30}} {
		out := mustCount(t, e, tally.Options{Rule: tally.EqualShares,
			Constraints: tally.Constraints{Funded: []tally.Funded{{Project: 0, Charged: c.charged}}}})
		if out.Share.Num().Int64() != c.share || out.Spent != c.spent || !slices.Equal(out.WinnerIDs(), []string{"a", "b"}) {
			t.Errorf("charged %v: share %v, spent %d, winners %v", c.charged, out.Share, out.Spent, out.WinnerIDs())
		}
	}
}

func TestImpossibleOptions(t *testing.T) {
	e := &tally.Election{Budget: 10, Projects: []tally.Project{{ID: "a", Cost: 40}}}
	if err := e.Cast([]uint16{0}, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    tally.Options
		want error
	}{
		"points of approvals": {tally.Options{Utility: tally.UtilityPoints}, tally.ErrNoPoints},
		"greedy add-one":      {tally.Options{Completion: tally.AddOne}, tally.ErrOption},
		"funded too dear":     {tally.Options{Constraints: tally.Constraints{Funded: []tally.Funded{{Project: 0, Charged: true}}}}, tally.ErrConstraint},
		"unknown project":     {tally.Options{Constraints: tally.Constraints{Exclusive: [][]int{{3}}}}, tally.ErrConstraint},
		"negative cap":        {tally.Options{Constraints: tally.Constraints{Caps: []tally.Cap{{Limit: -1}}}}, tally.ErrConstraint},
	} {
		if _, err := tally.Count(context.Background(), e, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := tally.Count(canceled, e, tally.Options{Rule: tally.EqualShares}); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled count gives %v", err)
	}
}

func TestTieRules(t *testing.T) {
	e := &tally.Election{Budget: 10, Projects: []tally.Project{{ID: "2", Cost: 9}, {ID: "10", Cost: 10}, {ID: "x", Cost: 8}}}
	for p := range e.Projects {
		if err := e.Cast([]uint16{uint16(p)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for want, rule := range map[string]tally.TieRule{
		"10": {Break: tally.TieByID}, "2": {Break: tally.TieByOrder}, "x": {Break: tally.TieByCost},
	} {
		out := mustCount(t, e, tally.Options{Ties: rule})
		if got := out.WinnerIDs(); len(got) != 1 || got[0] != want {
			t.Errorf("%v: %v won, want %s", rule.Break, got, want)
		}
		if len(out.Ties) != 1 || len(out.Ties[0].Projects) != 3 {
			t.Errorf("%v: ties %+v", rule.Break, out.Ties)
		}
	}
	seen := map[string]bool{}
	for seed := range 60 {
		lot := tally.TieRule{Break: tally.TieByLot, Seed: string(rune('A' + seed))}
		a, b := mustCount(t, e, tally.Options{Ties: lot}).WinnerIDs()[0], mustCount(t, e, tally.Options{Ties: lot}).WinnerIDs()[0]
		if a != b {
			t.Error("the same lot gives different winners")
		}
		seen[a] = true
	}
	if len(seen) != 3 {
		t.Errorf("60 lots only ever chose %v", seen)
	}
}
