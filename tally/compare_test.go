package tally_test

import (
	"slices"
	"testing"

	"github.com/birge-kz/birge/tally"
)

func election(t *testing.T, budget tally.Amount, costs []tally.Amount, ballots ...[]uint16) *tally.Election {
	t.Helper()
	e := &tally.Election{Budget: budget}
	for p, cost := range costs {
		e.Projects = append(e.Projects, tally.Project{ID: string(rune('a' + p)), Cost: cost})
	}
	for _, b := range ballots {
		if err := e.Cast(slices.Clone(b), nil); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// Six of ten voters want a for all the money, the others b and c. Greedy gives a;
// with cost as utility six prefer it.
func TestComparisonStep(t *testing.T) {
	wantA, wantBC := []uint16{0}, []uint16{1, 2}
	e := election(t, 100, []tally.Amount{100, 20, 20}, wantA, wantA, wantA, wantA, wantA, wantA, wantBC, wantBC, wantBC, nil)
	shares := mustCount(t, e, tally.Options{Rule: tally.EqualShares})
	greedy := mustCount(t, e, tally.Options{})
	if !slices.Equal(shares.WinnerIDs(), []string{"b"}) || !slices.Equal(greedy.WinnerIDs(), []string{"a"}) {
		t.Fatalf("%q and %q", shares.WinnerIDs(), greedy.WinnerIDs())
	}
	if got, want := tally.Prefer(shares, greedy), (tally.Preference{First: 3, Second: 6, Same: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// a takes 60 of 100, b at 50 does not fit, c at 30 does.
func TestGreedyWithoutSkipping(t *testing.T) {
	e := election(t, 100, []tally.Amount{60, 50, 30}, []uint16{0, 1, 2}, []uint16{0, 1}, []uint16{0})
	if got := mustCount(t, e, tally.Options{}).WinnerIDs(); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("skipping: %q", got)
	}
	if got := mustCount(t, e, tally.Options{NoSkip: true}).WinnerIDs(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("without: %q", got)
	}
	// A project that a constraint bars is passed over and does not end the count: it was not
	// too dear.
	o := tally.Options{NoSkip: true}
	o.Constraints.Exclusive = [][]int{{0, 1}}
	if got := mustCount(t, e, o).WinnerIDs(); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("b is excluded: %q", got)
	}
}

// a, b and c tie at votes per cost; only one fits.
func TestTieRulesByVotesAndCost(t *testing.T) {
	e := election(t, 20, []tally.Amount{20, 10, 10}, []uint16{0, 1, 2}, []uint16{0})
	for rule, want := range map[tally.TieBreak]string{tally.TieByVotes: "a", tally.TieByCostVotes: "b", tally.TieByCost: "b", tally.TieByID: "a"} {
		got := mustCount(t, e, tally.Options{PerCost: true, Ties: tally.TieRule{Break: rule}}).WinnerIDs()
		if got[0] != want {
			t.Errorf("%v: %q", rule, got)
		}
	}
	// Equal points, equal costs, but two voters for b.
	p := &tally.Election{BallotType: tally.Scoring, Budget: 10, Projects: []tally.Project{{ID: "a", Cost: 10}, {ID: "b", Cost: 10}}}
	for _, points := range [][]int32{{2, 1}, {0, 1}} {
		if err := p.Cast([]uint16{0, 1}, points); err != nil {
			t.Fatal(err)
		}
	}
	for rule, want := range map[tally.TieBreak]string{tally.TieByOrder: "a", tally.TieByVotes: "b", tally.TieByCostVotes: "b"} {
		if got := mustCount(t, p, tally.Options{Utility: tally.UtilityPoints, Ties: tally.TieRule{Break: rule}}).WinnerIDs(); !slices.Equal(got, []string{want}) {
			t.Errorf("points, %v: %q", rule, got)
		}
	}
}

// The number of votes that is said to be enough is enough, and one less is not, also when votes
// settle ties. With three votes each a comes before b because it is listed first, so b needs
// two more.
func TestNeedsWhereVotesSettleTies(t *testing.T) {
	for _, rule := range []tally.TieBreak{tally.TieByVotes, tally.TieByCostVotes} {
		o := tally.Options{Ties: tally.TieRule{Break: rule}}
		voted := func(more int64) *tally.Election {
			e := election(t, 20, []tally.Amount{20, 20}, []uint16{0}, []uint16{1}, []uint16{1}, []uint16{1})
			for range more {
				if err := e.Cast([]uint16{0}, nil); err != nil {
					t.Fatal(err)
				}
			}
			return e
		}
		if need := mustExplain(t, mustCount(t, voted(0), o)).Verdicts[0].Need.Votes; need != 2 {
			t.Errorf("%v: %d more", rule, need)
		}
		if mustCount(t, voted(1), o).Won(0) || !mustCount(t, voted(2), o).Won(0) {
			t.Errorf("%v: not two more are enough", rule)
		}
	}
}

func TestNextPartly(t *testing.T) {
	e := election(t, 100, []tally.Amount{60, 50, 70}, []uint16{0, 1, 2}, []uint16{0, 1}, []uint16{0})
	if p, ok := tally.NextPartly(mustCount(t, e, tally.Options{})); !ok || p != 1 {
		t.Errorf("project %d, %v", p, ok)
	}
	for _, costs := range [][]tally.Amount{{60, 50, 40}, {100, 50, 70}} { // c still fits, nothing is left
		e := election(t, 100, costs, []uint16{0, 1, 2}, []uint16{0, 1}, []uint16{0})
		if p, ok := tally.NextPartly(mustCount(t, e, tally.Options{NoSkip: true})); ok {
			t.Errorf("%v: project %d", costs, p)
		}
	}
}
