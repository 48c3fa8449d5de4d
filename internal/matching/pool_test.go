package matching_test

import (
	"fmt"
	"testing"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/civic"
	. "github.com/birge-kz/birge/internal/matching"
)

func gift(project, account, from string, tenge int64) Given {
	return Given{Project: civic.ID(project), Gift: civic.ID(fmt.Sprint(project, account, from, tenge)), Account: civic.ID(account), From: from, Tiyn: civic.Money(tenge) * civic.Tenge, Verified: true}
}

// No name in the published list leads from a gift with a name to one of another campaign without, where the rule looks at each alone; and no order says when a gift came.
func TestThePublishedListLinksNobody(t *testing.T) {
	list := []Counted{{"b", "d1", 50, 50}, {"a", "d2", 7, 7}, {"a", "d1", 7, 7}, {"b", "d3", 60, 60}}
	for rule, want := range map[allocation.Rule]string{
		allocation.Linear:   "[{a d1 7 7} {a d2 7 7} {b d3 60 60} {b d4 50 50}]",
		allocation.Pairwise: "[{a d1 7 7} {a d2 7 7} {b d3 60 60} {b d1 50 50}]", // who gave to both is one: the rule compares them
	} {
		if got := fmt.Sprint(Pool{Rule: rule}.Unlinked(list)); got != want {
			t.Errorf("%s: %s, want %s", rule, got, want)
		}
	}
	// Under a cap for a person the order does not tell either what was given.
	capped := Pool{Rule: allocation.Linear, CapDonor: 100}
	if got := fmt.Sprint(capped.Unlinked([]Counted{{"a", "d1", 900, 40}, {"a", "d2", 60, 60}})); got != "[{a d1 60 60} {a d2 900 40}]" {
		t.Errorf("under a cap: %s", got)
	}
	if capped.ShowsGiven() || !(Pool{Rule: allocation.Linear}).ShowsGiven() || !(Pool{Rule: allocation.Pairwise, CapDonor: 100}).ShowsGiven() {
		t.Error("which lists say what was given")
	}
	if (Pool{Rule: allocation.Pairwise, State: Running}).Lists() || !(Pool{Rule: allocation.Pairwise, State: Closed}).Lists() || !(Pool{Rule: allocation.Linear, State: Running}).Lists() {
		t.Error("which lists are out")
	}
}

// Each list is small enough to be made by hand: project, donor, given, what counts.
func TestCount(t *testing.T) {
	for _, c := range []struct {
		name string
		pool Pool
		own  []string
		all  []Given
		want string
	}{
		{"two people", Pool{}, nil, []Given{gift("a", "1", "", 10), gift("b", "2", "", 20)}, "[{a d1 10 10} {b d2 20 20}]"},
		{"one gift split over one account here", Pool{}, nil, []Given{gift("a", "1", "", 10), gift("a", "1", "", 15)}, "[{a d1 25 25}]"},
		{"ten accounts here, one bank account", Pool{}, nil, []Given{gift("a", "1", "KZ1", 10), gift("a", "2", "KZ1", 10), gift("b", "3", "KZ1", 10)}, "[{a d1 20 20} {b d1 10 10}]"},
		{"a chain: the second has both", Pool{}, nil, []Given{gift("a", "1", "KZ1", 10), gift("a", "2", "KZ2", 5), gift("a", "1", "KZ2", 1)}, "[{a d1 16 16}]"},
		{"unknown givers are one", Pool{}, nil, []Given{gift("a", "", "", 10), gift("a", "", "", 10), gift("b", "", "", 10)}, "[{a d1 20 20} {b d1 10 10}]"},
		{"money in a circle counts nothing", Pool{}, []string{"KZ9"}, []Given{gift("a", "1", "KZ9", 10), gift("a", "2", "KZ1", 3)}, "[{a d1 3 3}]"},
		{"what came back counts nothing", Pool{}, nil, []Given{gift("a", "1", "", 0), gift("a", "2", "", 3)}, "[{a d1 3 3}]"},
		{"a person's cap, in proportion", Pool{CapDonor: 10}, nil, []Given{gift("a", "1", "", 30), gift("b", "1", "", 10), gift("b", "2", "", 9)}, "[{a d1 30 8} {b d1 10 2} {b d2 9 9}]"},
		{"not verified", Pool{Rule: allocation.Pairwise}, nil, []Given{gift("a", "1", "", 30), {Project: "a", Account: "2", Tiyn: 5_000}}, "[{a d1 30 30}]"},
		{"tiyn add up", Pool{}, nil, []Given{{Project: "a", Account: "1", Tiyn: 150}, {Project: "a", Account: "1", Tiyn: 150}}, "[{a d1 3 3}]"},
	} {
		if got := fmt.Sprint(c.pool.Count(c.all, c.own)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Splitting one gift over ten accounts earns nothing more, by either rule, and shares and what is left sum to the pool.
func TestSplittingEarnsNothing(t *testing.T) {
	var split []Given
	for i := range 10 {
		split = append(split, gift("a", fmt.Sprint(i), "KZ1", 100))
	}
	others := []Given{gift("a", "x", "KZ2", 50), gift("b", "y", "KZ3", 700), gift("b", "x", "KZ2", 10)}
	joined := []Share{{Project: "a"}, {Project: "b"}}
	for _, rule := range Rules() {
		p := Pool{Rule: rule, Money: 500, Bound: 100, CapProject: 400}
		one, left, err := p.Shares(joined, p.Count(append([]Given{gift("a", "0", "KZ1", 1_000)}, others...), nil))
		ten, _, again := p.Shares(joined, p.Count(append(split, others...), nil))
		if err != nil || again != nil {
			t.Fatal(err, again)
		}
		if one[0].Earned != ten[0].Earned || one[0].Earned == 0 {
			t.Errorf("%s: %s in one, %s in ten", rule, one[0].Earned, ten[0].Earned)
		}
		if sum := one[0].Earned + one[1].Earned + left; sum != 500*civic.Tenge || left < 0 {
			t.Errorf("%s: %s of the pool", rule, sum)
		}
	}
}
