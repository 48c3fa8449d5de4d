package allocation

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// Gift is money given to a project by one donor. Amounts are whole units of the currency.
type Gift struct {
	Project, Donor string
	Amount         int64
}

// Rule says what a gift earns of a pool of matching funds.
type Rule string

const (
	// Linear doubles each gift.
	Linear Rule = "linear"
	// Quadratic earns a project (Σ√c)² − Σc over the gifts c of its donors, so that many small gifts bring more
	// than one large gift. Buterin, Hitzig, Weyl, "A Flexible Design for Funding Public Goods",
	// Management Science 65 (2019).
	Quadratic Rule = "quadratic"
	// Pairwise earns a project Σ √(c·d)·k over the pairs of its donors, with k = M/(M + what √(c·d) sums to over all
	// projects): the more two donors do together, the less they earn. M is Terms.Bound. Buterin, "Pairwise
	// coordination subsidies" (2019).
	Pairwise Rule = "pairwise"
)

// Terms are the rules of a pool. Money is whole units of the currency.
type Terms struct {
	Rule       Rule
	Pool       int64
	CapProject int64 // the most that one project earns; 0: no cap
	CapGift    int64 // what a donor gives to a project counts up to this; 0: whole
	Bound      int64 // M of Pairwise
	// Fill shares out the whole pool. Without it a project earns no more than its gifts do by the rule.
	Fill bool
}

// The bounds of a round.
const (
	MostAmount = 1 << 50 // of a pool, and of all gifts to one project
	MostGifts  = 1_000_000
	MostPairs  = 2_000_000 // of donors of the same project, counted once for each: for Pairwise only
)

// Hundredths is how many of the parts in which earnings are counted make a unit of the currency.
const Hundredths = 100

// Matched is what one project earns.
type Matched struct {
	Project string
	Gifts   int
	Donors  int
	Given   int64    // by all donors together
	Raw     *big.Rat // what the rule says, before the pool and the cap; to 10^-18 of a unit
	Earned  int64    // hundredths of a unit
	Capped  bool     // by CapProject
}

// Matching is the result of a round.
type Matching struct {
	Projects []Matched // by name
	Left     int64     // of the pool; hundredths of a unit
}

// Match shares a pool of matching funds among projects. What one donor gives to one project is one gift, however
// many rows it has: to split a gift earns nothing. The pool is shared in proportion to what the rule says; whatever cannot be
// divided goes to the largest fractions, and of equal ones to the project whose name comes first. Earnings and
// Left sum to the pool exactly.
//
// Errors are *Error.
func Match(gifts []Gift, t Terms) (*Matching, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	m, given, err := gather(gifts)
	if err != nil {
		return nil, err
	}
	weights, caps := make([]*big.Int, len(given)), make([]int64, len(given))
	raws, err := t.raw(given)
	if err != nil {
		return nil, err
	}
	for i, raw := range raws {
		weights[i] = raw
		m.Projects[i].Raw = new(big.Rat).SetFrac(raw, big.NewInt(grid))
		caps[i] = t.cap(raw)
	}
	m.Left = t.Pool * Hundredths
	for i, earned := range Share(m.Left, weights, caps) {
		m.Projects[i].Earned = earned
		m.Projects[i].Capped = t.CapProject > 0 && earned == t.CapProject*Hundredths
		m.Left -= earned
	}
	return m, nil
}

func (t Terms) check() error {
	for name, amount := range map[string]int64{"pool": t.Pool, "cap-project": t.CapProject, "cap-gift": t.CapGift, "bound": t.Bound} {
		if amount < 0 || amount > MostAmount {
			return &Error{Code: BadTerm, Subject: name, Value: fmt.Sprint(amount)}
		}
	}
	switch {
	case t.Rule != Linear && t.Rule != Quadratic && t.Rule != Pairwise:
		return &Error{Code: BadTerm, Subject: "rule", Value: string(t.Rule)}
	case t.Rule == Pairwise && t.Bound == 0:
		return &Error{Code: NoBound}
	}
	return nil
}

// cap is the most that a project may earn, in hundredths, whose gifts earn so much by the rule.
func (t Terms) cap(raw *big.Int) int64 {
	most := t.CapProject * Hundredths
	if most == 0 {
		most = t.Pool * Hundredths
	}
	if !t.Fill {
		if own := new(big.Int).Quo(raw, big.NewInt(grid/Hundredths)); own.IsInt64() {
			most = min(most, own.Int64())
		}
	}
	return most
}

// gather sums up by project and donor. Projects are in the order of their names, as are the donors of each.
func gather(gifts []Gift) (*Matching, [][]donated, error) {
	if len(gifts) > MostGifts {
		return nil, nil, &Error{Code: TooMany, Value: fmt.Sprint(MostGifts)}
	}
	counts, totals, sums := map[string]int{}, map[string]int64{}, map[string]map[string]int64{}
	for i, g := range gifts {
		switch {
		case g.Project == "" || g.Donor == "":
			return nil, nil, &Error{Code: NoName, Gift: i + 1}
		case g.Amount <= 0 || g.Amount > MostAmount:
			return nil, nil, &Error{Code: BadAmount, Gift: i + 1, Value: fmt.Sprint(g.Amount)}
		}
		if counts[g.Project]++; counts[g.Project] == 1 {
			sums[g.Project] = map[string]int64{}
		}
		sums[g.Project][g.Donor] += g.Amount
		if totals[g.Project] += g.Amount; totals[g.Project] > MostAmount {
			return nil, nil, &Error{Code: BadAmount, Gift: i + 1, Value: fmt.Sprint(g.Amount)}
		}
	}
	m, all := &Matching{}, [][]donated(nil)
	for _, project := range slices.Sorted(maps.Keys(sums)) {
		one := Matched{Project: project, Gifts: counts[project], Donors: len(sums[project]), Given: totals[project]}
		var of []donated
		for _, donor := range slices.Sorted(maps.Keys(sums[project])) {
			of = append(of, donated{donor, sums[project][donor]})
		}
		m.Projects, all = append(m.Projects, one), append(all, of)
	}
	return m, all, nil
}

type donated struct {
	donor  string
	amount int64
}

// Roots are rounded down to 2^-precise of a unit, and what the rule says to the nearest 1/grid. The errors of all roots
// together are far smaller than that: what is a whole number of hundredths in truth is one here.
const (
	precise = 128
	grid    = 1e18
)

// raw returns what the rule says for each project, in 1/grid of a unit.
func (t Terms) raw(given [][]donated) (out []*big.Int, err error) {
	counted := make([][]donated, len(given))
	for p, all := range given {
		for _, d := range all {
			if t.CapGift > 0 {
				d.amount = min(d.amount, t.CapGift)
			}
			counted[p] = append(counted[p], d)
		}
	}
	if t.Rule == Pairwise {
		return t.pairwise(counted)
	}
	for _, all := range counted {
		sum, roots := new(big.Int), new(big.Int)
		for _, d := range all {
			sum.Add(sum, big.NewInt(d.amount))
			roots.Add(roots, root(big.NewInt(d.amount)))
		}
		if t.Rule == Linear {
			out = append(out, sum.Mul(sum, big.NewInt(grid)))
			continue
		}
		roots.Mul(roots, roots)
		out = append(out, onGrid(roots.Sub(roots, sum.Lsh(sum, 2*precise))))
	}
	return out, nil
}

// pairwise is the rule of that name. Pairs are of donors, in the order of their names.
func (t Terms) pairwise(given [][]donated) (out []*big.Int, err error) {
	count := 0
	for _, all := range given {
		if count += len(all) * (len(all) - 1) / 2; count > MostPairs {
			return nil, &Error{Code: TooMany, Value: fmt.Sprint(MostPairs)}
		}
	}
	type pair struct{ a, b string }
	together := map[pair]*big.Int{}
	each := func(all []donated, do func(pair, *big.Int)) {
		for i, a := range all {
			for _, b := range all[:i] {
				product := new(big.Int).Mul(big.NewInt(a.amount), big.NewInt(b.amount))
				do(pair{b.donor, a.donor}, root(product))
			}
		}
	}
	for _, all := range given {
		each(all, func(p pair, earned *big.Int) {
			together[p] = earned.Add(earned, cmp.Or(together[p], new(big.Int)))
		})
	}
	bound := new(big.Int).Lsh(big.NewInt(t.Bound), precise)
	for _, all := range given {
		sum := new(big.Int)
		each(all, func(p pair, earned *big.Int) {
			// earned·bound/(bound + together), in 2^-2·precise of a unit; the three are in 2^-precise.
			earned.Mul(earned.Lsh(earned, precise), bound)
			sum.Add(sum, earned.Quo(earned, new(big.Int).Add(bound, together[p])))
		})
		out = append(out, onGrid(sum))
	}
	return out, nil
}

// root is the square root of a whole number in 2^-precise of a unit, rounded down.
func root(n *big.Int) *big.Int {
	scaled := new(big.Int).Lsh(n, 2*precise)
	return scaled.Sqrt(scaled)
}

// onGrid rounds n, in 2^-2·precise of a unit, to the nearest 1/grid.
func onGrid(n *big.Int) *big.Int {
	n.Mul(n, big.NewInt(grid))
	n.Add(n, new(big.Int).Lsh(big.NewInt(1), 2*precise-1))
	return n.Rsh(n, 2*precise)
}
