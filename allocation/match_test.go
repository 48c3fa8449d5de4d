package allocation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/birge-kz/birge/allocation"
)

// shared is the folder with independent expected results beside the project, which only some machines have.
const shared = "../../shared/data/matching/quadratic.json"

type vectors struct {
	Contributions []allocation.Gift
	Raw           map[string]int64
	Cases         []struct {
		Name    string
		Pool    int64
		Fill    bool
		Matched map[string]string
	}
}

// What the field's open code gives for the same gifts.
func TestQuadraticOfTheField(t *testing.T) {
	text, err := os.ReadFile(shared)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the shared results are not there: ", shared)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil || len(v.Cases) == 0 {
		t.Fatal(err, len(v.Cases))
	}
	for _, c := range v.Cases {
		m, err := allocation.Match(v.Contributions, allocation.Terms{Rule: allocation.Quadratic, Pool: c.Pool, Fill: c.Fill})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.Projects {
			want, _ := new(big.Rat).SetString(c.Matched[p.Project])
			if big.NewRat(p.Earned, allocation.Hundredths).Cmp(want) != 0 || p.Raw.Cmp(big.NewRat(v.Raw[p.Project], 1)) != 0 {
				t.Errorf("%s, %s: earned %d hundredths, raw %s; want %s and %d", c.Name, p.Project, p.Earned, p.Raw, want, v.Raw[p.Project])
			}
		}
	}
}

// gifts of donors d0, d1, … to one project.
func gifts(project string, amounts ...int64) (out []allocation.Gift) {
	for i, amount := range amounts {
		out = append(out, allocation.Gift{Project: project, Donor: fmt.Sprint("d", i), Amount: amount})
	}
	return out
}

func round(t *testing.T, terms allocation.Terms, all ...[]allocation.Gift) map[string]int64 {
	t.Helper()
	var given []allocation.Gift
	for _, g := range all {
		given = append(given, g...)
	}
	m, err := allocation.Match(given, terms)
	if err != nil {
		t.Fatal(err)
	}
	earned := map[string]int64{"left": m.Left}
	for _, p := range m.Projects {
		earned[p.Project] = p.Earned
	}
	return earned
}

// Each case is small enough to be checked by hand. Earnings are hundredths.
func TestRulesByHand(t *testing.T) {
	for _, c := range []struct {
		name  string
		terms allocation.Terms
		gifts [][]allocation.Gift
		want  map[string]int64
	}{
		{"each gift is doubled", allocation.Terms{Rule: allocation.Linear, Pool: 100}, [][]allocation.Gift{gifts("a", 10, 20), gifts("b", 30)},
			map[string]int64{"a": 3000, "b": 3000, "left": 4000}},
		{"the pool is too small: in proportion", allocation.Terms{Rule: allocation.Linear, Pool: 30}, [][]allocation.Gift{gifts("a", 10, 20), gifts("b", 60)},
			map[string]int64{"a": 1000, "b": 2000, "left": 0}},
		{"a gift counts up to its cap", allocation.Terms{Rule: allocation.Linear, Pool: 100, CapGift: 15}, [][]allocation.Gift{gifts("a", 10, 20)},
			map[string]int64{"a": 2500, "left": 7500}},
		{"what a cap cuts off goes to the others, up to what they may have", allocation.Terms{Rule: allocation.Linear, Pool: 50, CapProject: 20}, [][]allocation.Gift{gifts("a", 100), gifts("b", 10), gifts("c", 90)},
			map[string]int64{"a": 2000, "b": 1000, "c": 2000, "left": 0}},
		{"all capped: the rest is shown", allocation.Terms{Rule: allocation.Linear, Pool: 50, CapProject: 20, Fill: true}, [][]allocation.Gift{gifts("a", 100), gifts("b", 1)},
			map[string]int64{"a": 2000, "b": 2000, "left": 1000}},
		{"filled", allocation.Terms{Rule: allocation.Linear, Pool: 90, Fill: true}, [][]allocation.Gift{gifts("a", 10), gifts("b", 20)},
			map[string]int64{"a": 3000, "b": 6000, "left": 0}},
		{"what cannot be divided goes to the largest fraction, then to the first", allocation.Terms{Rule: allocation.Linear, Pool: 1}, [][]allocation.Gift{gifts("b", 1), gifts("a", 1), gifts("c", 1)},
			map[string]int64{"a": 34, "b": 33, "c": 33, "left": 0}},
		{"(√2+√8)² − 10 is 8 exactly", allocation.Terms{Rule: allocation.Quadratic, Pool: 100}, [][]allocation.Gift{gifts("a", 2, 8)},
			map[string]int64{"a": 800, "left": 9200}},
		{"one donor alone earns nothing", allocation.Terms{Rule: allocation.Quadratic, Pool: 100}, [][]allocation.Gift{gifts("a", 1000)},
			map[string]int64{"a": 0, "left": 10000}},
		// √(4·9) = 6, and k = 12/(12+6) = 2/3.
		{"a pair that does one thing together", allocation.Terms{Rule: allocation.Pairwise, Pool: 100, Bound: 12}, [][]allocation.Gift{gifts("a", 4, 9)},
			map[string]int64{"a": 400, "left": 9600}},
		// 6 in a and 2 in b: k = 12/(12+8) = 3/5.
		{"a pair that does two", allocation.Terms{Rule: allocation.Pairwise, Pool: 100, Bound: 12}, [][]allocation.Gift{gifts("a", 4, 9), gifts("b", 2, 2)},
			map[string]int64{"a": 360, "b": 120, "left": 9520}},
		{"nobody gave", allocation.Terms{Rule: allocation.Quadratic, Pool: 5, Fill: true}, nil, map[string]int64{"left": 500}},
	} {
		got := round(t, c.terms, c.gifts...)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A gift split into ten rows earns what it earned; given by ten people it earns more by the quadratic rule, which is what that rule is
// for, and the same by the linear one.
func TestSplittingAGift(t *testing.T) {
	rows := gifts("a", 10, 10, 10, 10)
	for i := range rows {
		rows[i].Donor = "one"
	}
	for _, rule := range []allocation.Rule{allocation.Linear, allocation.Quadratic, allocation.Pairwise} {
		terms := allocation.Terms{Rule: rule, Pool: 1000, Bound: 100}
		other := gifts("a", 0, 25)[1:]
		whole := round(t, terms, other, []allocation.Gift{{Project: "a", Donor: "one", Amount: 40}})
		split := round(t, terms, other, rows)
		people := round(t, terms, other, gifts("a", 10, 10, 10, 10))
		if whole["a"] != split["a"] {
			t.Errorf("%s: %d in one row, %d in four", rule, whole["a"], split["a"])
		}
		if rule == allocation.Quadratic && people["a"] <= whole["a"] {
			t.Errorf("%s: %d from one, %d from several", rule, whole["a"], people["a"])
		}
	}
}

// On random rounds: earnings and what is left sum to the pool, no cap is passed, the order of rows does not matter, and
// the rules are what their formulas say in floats.
func TestMatchHoldsItsPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var all []allocation.Gift
		for range 1 + r.IntN(40) {
			all = append(all, allocation.Gift{Project: fmt.Sprint("p", r.IntN(4)), Donor: fmt.Sprint("d", r.IntN(8)), Amount: 1 + r.Int64N(5000)})
		}
		rule := []allocation.Rule{allocation.Linear, allocation.Quadratic, allocation.Pairwise}[r.IntN(3)]
		terms := allocation.Terms{Rule: rule, Pool: r.Int64N(20000), CapProject: r.Int64N(2) * r.Int64N(5000), CapGift: r.Int64N(2) * r.Int64N(3000), Bound: 1 + r.Int64N(1000), Fill: r.IntN(2) == 0}
		m, err := allocation.Match(all, terms)
		if err != nil {
			t.Fatal(err)
		}
		sum := m.Left
		for _, p := range m.Projects {
			sum += p.Earned
			raw, _ := p.Raw.Float64()
			if want := inFloats(all, terms, p.Project); math.Abs(raw-want) > 1e-6*(1+want) {
				t.Errorf("%+v: raw of %s is %f, want %f", terms, p.Project, raw, want)
			}
			if terms.CapProject > 0 && p.Earned > terms.CapProject*allocation.Hundredths || !terms.Fill && float64(p.Earned) > 100*raw+1e-6 || p.Earned < 0 {
				t.Errorf("%+v: %s earned %d of raw %f", terms, p.Project, p.Earned, raw)
			}
		}
		if sum != terms.Pool*allocation.Hundredths || m.Left < 0 {
			t.Errorf("%+v: %d hundredths of the pool %d", terms, sum, terms.Pool)
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		again, _ := allocation.Match(all, terms)
		if fmt.Sprint(again) != fmt.Sprint(m) {
			t.Errorf("%+v: another order of rows, another result", terms)
		}
	}
}

// inFloats is what the rule says for a project, by the formulas as they are printed.
func inFloats(all []allocation.Gift, terms allocation.Terms, project string) (raw float64) {
	given := map[string]map[string]float64{}
	for _, g := range all {
		if given[g.Project] == nil {
			given[g.Project] = map[string]float64{}
		}
		given[g.Project][g.Donor] += float64(g.Amount)
	}
	if terms.CapGift > 0 {
		for _, of := range given {
			for d, amount := range of {
				of[d] = min(amount, float64(terms.CapGift))
			}
		}
	}
	sum, roots := 0.0, 0.0
	for a, ca := range given[project] {
		sum += ca
		roots += math.Sqrt(ca)
		for b, cb := range given[project] {
			if a >= b {
				continue
			}
			together := 0.0
			for _, of := range given {
				together += math.Sqrt(of[a] * of[b])
			}
			raw += math.Sqrt(ca*cb) * float64(terms.Bound) / (float64(terms.Bound) + together)
		}
	}
	switch terms.Rule {
	case allocation.Linear:
		return sum
	case allocation.Quadratic:
		return roots*roots - sum
	}
	return raw
}

func TestWhatMatchRefuses(t *testing.T) {
	fine := allocation.Terms{Rule: allocation.Linear, Pool: 1}
	for want, c := range map[allocation.Code]struct {
		terms allocation.Terms
		gifts []allocation.Gift
	}{
		allocation.BadTerm:   {allocation.Terms{Rule: "cubic"}, nil},
		allocation.NoBound:   {allocation.Terms{Rule: allocation.Pairwise}, nil},
		allocation.NoName:    {fine, []allocation.Gift{{Project: "a", Amount: 1}}},
		allocation.BadAmount: {fine, gifts("a", 1, -1)},
		allocation.TooMany:   {allocation.Terms{Rule: allocation.Pairwise, Bound: 1}, gifts("a", make1s(2100)...)},
	} {
		var wrong *allocation.Error
		if _, err := allocation.Match(c.gifts, c.terms); !errors.As(err, &wrong) || wrong.Code != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := allocation.Match(gifts("a", allocation.MostAmount, 1), fine); err == nil {
		t.Error("more than the most is summed up")
	}
}

func make1s(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func TestLargestRemainder(t *testing.T) {
	weights := func(all ...int64) (out []*big.Int) {
		for _, w := range all {
			out = append(out, big.NewInt(w))
		}
		return out
	}
	// Balinski and Young's example of the Alabama paradox has these remainders; the seats are checked by hand.
	for _, c := range []struct {
		total   int64
		weights []int64
		want    string
	}{
		{10, []int64{6, 6, 2}, "[4 4 2]"}, {11, []int64{6, 6, 2}, "[5 5 1]"}, {0, []int64{1, 2}, "[0 0]"}, {7, []int64{0, 0}, "[]"}, {1, []int64{1, 1}, "[1 0]"},
	} {
		if got := fmt.Sprint(allocation.LargestRemainder(c.total, weights(c.weights...))); got != c.want {
			t.Errorf("%d by %v: %s, want %s", c.total, c.weights, got, c.want)
		}
	}
}
