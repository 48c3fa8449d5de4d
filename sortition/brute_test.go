package sortition_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/sortition"
)

// small makes a random problem of a few people, with households now and then.
func small(r *rand.Rand) *sortition.Problem {
	p := &sortition.Problem{Size: 2 + r.IntN(2)}
	for c := range 2 + r.IntN(2) {
		category := sortition.Category{Name: fmt.Sprint(c)}
		for f := range 2 {
			low := r.IntN(2)
			category.Features = append(category.Features, sortition.Feature{Name: fmt.Sprint(f), Min: low, Max: low + 1 + r.IntN(2)})
		}
		p.Categories = append(p.Categories, category)
	}
	homes := r.IntN(2) == 0
	for i := range 5 + r.IntN(4) {
		one := sortition.Person{ID: fmt.Sprint("p", i)}
		for range p.Categories {
			one.Features = append(one.Features, fmt.Sprint(r.IntN(2)))
		}
		if homes && r.IntN(2) == 0 {
			one.Household = fmt.Sprint(r.IntN(3))
		}
		p.People = append(p.People, one)
	}
	return p
}

// allPanels lists every panel that obeys the quotas by trying all sets.
func allPanels(p *sortition.Problem) (panels [][]int) {
	for set := range 1 << len(p.People) {
		var people []int
		homes, good := map[string]bool{}, true
		counts := map[string]int{}
		for i, person := range p.People {
			if set>>i&1 == 0 {
				continue
			}
			good = good && (person.Household == "" || !homes[person.Household])
			homes[person.Household] = true
			people = append(people, i)
			for c, f := range person.Features {
				counts[fmt.Sprint(c, " ", f)]++
			}
		}
		for c, category := range p.Categories {
			for _, f := range category.Features {
				n := counts[fmt.Sprint(c, " ", f.Name)]
				good = good && n >= f.Min && n <= f.Max
			}
		}
		if good && len(people) == p.Size {
			panels = append(panels, people)
		}
	}
	return panels
}

// exact finds the LEXIMIN probabilities over the panels in fractions: with some people fixed, first the greatest
// probability that all others can have, then who cannot have more.
func exact(p *sortition.Problem, panels [][]int) []*big.Rat {
	n := len(p.People)
	fixed := make([]*big.Rat, n)
	for slices.Contains(fixed, nil) {
		level := greatest(panels, fixed, nil, -1)
		for i := range fixed {
			if fixed[i] == nil && greatest(panels, fixed, level, i).Cmp(level) == 0 {
				fixed[i] = level
			}
		}
	}
	return fixed
}

// greatest solves one linear program over weights of panels: with fixed people at their probabilities or above, it
// maximises the lowest of the others, or, when one is named, that one's, with the others at level or above.
func greatest(panels [][]int, fixed []*big.Rat, level *big.Rat, one int) *big.Rat {
	gain := len(panels) // maximise the gain: floor_i + (gain if raised) ≤ Σ weight of panels with i
	var rows [][]*big.Rat
	var right []*big.Rat
	for i, f := range fixed {
		row := zeros(gain + 1)
		for j, panel := range panels {
			if slices.Contains(panel, i) {
				row[j].SetInt64(-1)
			}
		}
		floor := new(big.Rat)
		switch {
		case i == one:
			row[gain].SetInt64(1)
		case f != nil:
			floor.Neg(f)
		case one >= 0:
			floor.Neg(level)
		default:
			row[gain].SetInt64(1)
		}
		rows, right = append(rows, row), append(right, floor)
	}
	row := zeros(gain + 1)
	for j := range panels {
		row[j].SetInt64(1)
	}
	rows, right = append(rows, row), append(right, big.NewRat(1, 1))
	return maximise(rows, right, gain)
}

func zeros(n int) []*big.Rat {
	row := make([]*big.Rat, n)
	for i := range row {
		row[i] = new(big.Rat)
	}
	return row
}

// maximise finds the greatest value of a variable under rows·x ≤ right, x ≥ 0, by a tableau in fractions and
// Bland's rule; a variable that makes all rows hold comes first and is driven out.
func maximise(rows [][]*big.Rat, right []*big.Rat, objective int) *big.Rat {
	m, n := len(rows), len(rows[0])
	table := make([][]*big.Rat, m) // structural, slack, artificial, right side
	basis := make([]int, m)
	width := n + m + 2
	for i := range rows {
		table[i] = append(append(append([]*big.Rat{}, rows[i]...), zeros(m+1)...), new(big.Rat).Set(right[i]))
		table[i][n+i].SetInt64(1)
		table[i][n+m].SetInt64(-1)
		basis[i] = n + i
	}
	pivot := func(cost []*big.Rat, r, c int) {
		inverse := new(big.Rat).Inv(table[r][c])
		for k := range width {
			table[r][k] = new(big.Rat).Mul(table[r][k], inverse)
		}
		for _, row := range append(slices.Clone(table), cost) {
			if &row[0] == &table[r][0] || row[c].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Set(row[c])
			for k := range width {
				row[k] = new(big.Rat).Sub(row[k], new(big.Rat).Mul(f, table[r][k]))
			}
		}
		basis[r] = c
	}
	solve := func(cost []*big.Rat, columns int) {
		for {
			c := slices.IndexFunc(cost[:columns], func(x *big.Rat) bool { return x.Sign() > 0 })
			if c < 0 {
				return
			}
			best := -1
			for r := range table {
				if table[r][c].Sign() <= 0 {
					continue
				}
				if best >= 0 {
					a := new(big.Rat).Quo(table[r][width-1], table[r][c])
					b := new(big.Rat).Quo(table[best][width-1], table[best][c])
					if s := a.Cmp(b); s > 0 || s == 0 && basis[r] > basis[best] {
						continue
					}
				}
				best = r
			}
			pivot(cost, best, c)
		}
	}
	worst := 0
	for r := range right {
		if right[r].Cmp(right[worst]) < 0 {
			worst = r
		}
	}
	first := zeros(width)
	first[n+m].SetInt64(-1)
	if right[worst].Sign() < 0 {
		pivot(first, worst, n+m)
		solve(first, n+m+1)
		if at := slices.Index(basis, n+m); at >= 0 {
			pivot(first, at, slices.IndexFunc(table[at][:n+m], func(x *big.Rat) bool { return x.Sign() != 0 }))
		}
	}
	cost := zeros(width)
	cost[objective].SetInt64(1)
	for r, b := range basis {
		if f := new(big.Rat).Set(cost[b]); f.Sign() != 0 {
			for k := range width {
				cost[k] = new(big.Rat).Sub(cost[k], new(big.Rat).Mul(f, table[r][k]))
			}
		}
	}
	solve(cost, n+m)
	return new(big.Rat).Neg(cost[width-1])
}

func TestAgainstAllPanels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	feasible, infeasible := 0, 0
	for range 150 {
		p := small(r)
		panels := allPanels(p)
		d, err := sortition.Select(context.Background(), p, sortition.Leximin)
		if len(panels) == 0 {
			var wrong *sortition.Infeasible
			if !errors.As(err, &wrong) {
				t.Fatalf("%+v: %v, but there is no panel", p, err)
			}
			infeasible++
			checkRelaxation(t, p, wrong)
			continue
		}
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		feasible++
		checkPanels(t, p, d)
		for i, want := range exact(p, panels) {
			if w, _ := want.Float64(); math.Abs(w-d.Marginals[i]) > sortition.Tolerance {
				t.Errorf("%+v: %s has %v instead of %v", p, p.People[i].ID, d.Marginals[i], want)
			}
		}
		checkNever(t, p, d, panels)
		checkOtherMethods(t, p, d, panels)
	}
	if feasible < 50 || infeasible < 10 {
		t.Errorf("%d with panels, %d without", feasible, infeasible)
	}
}

func checkNever(t *testing.T, p *sortition.Problem, d *sortition.Distribution, panels [][]int) {
	t.Helper()
	var never []int
	for i := range p.People {
		if !slices.ContainsFunc(panels, func(panel []int) bool { return slices.Contains(panel, i) }) {
			never = append(never, i)
		}
	}
	if !slices.Equal(never, d.Never) {
		t.Errorf("%+v: %v are never drawn, not %v", p, never, d.Never)
	}
}

// checkOtherMethods compares what each method maximises.
func checkOtherMethods(t *testing.T, p *sortition.Problem, leximin *sortition.Distribution, panels [][]int) {
	t.Helper()
	lowest := func(d *sortition.Distribution) float64 {
		low := 1.0
		for i, m := range d.Marginals {
			if !slices.Contains(d.Never, i) {
				low = min(low, m)
			}
		}
		return low
	}
	product := func(d *sortition.Distribution) float64 {
		sum, n := 0.0, 0.0
		for i, m := range d.Marginals {
			if !slices.Contains(d.Never, i) {
				sum += math.Log(m)
				n++
			}
		}
		return sum / n
	}
	maximin, nash := mustSelect(t, p, sortition.Maximin), mustSelect(t, p, sortition.Nash)
	if math.Abs(lowest(maximin)-lowest(leximin)) > sortition.Tolerance {
		t.Errorf("%+v: the lowest is %v with maximin, %v with leximin", p, lowest(maximin), lowest(leximin))
	}
	if product(nash) < max(product(leximin), product(maximin))-nash.Gap-1e-9 || nash.Gap > 1.1e-6 {
		t.Errorf("%+v: nash %v (gap %v), leximin %v, maximin %v", p, product(nash), nash.Gap, product(leximin), product(maximin))
	}
	// Where the product is greatest, no panel brings more than the mean of all does: Σ 1/π over it is at most the number of people.
	n := float64(len(p.People) - len(nash.Never))
	for _, panel := range panels {
		sum := 0.0
		for _, i := range panel {
			sum += 1 / nash.Marginals[i]
		}
		if sum > n*(1+1e-3) {
			t.Errorf("%+v: the panel %v brings %v, more than %v", p, panel, sum, n)
		}
	}
}

// checkRelaxation tries what a relaxation promises, and that nothing in it can be left out.
func checkRelaxation(t *testing.T, p *sortition.Problem, e *sortition.Infeasible) {
	t.Helper()
	if len(e.Relaxed) == 0 {
		return
	}
	if len(allPanels(e.Apply(p))) == 0 {
		t.Errorf("%+v: no panel with %v", p, e.Relaxed)
	}
	for i := range e.Relaxed {
		fewer := &sortition.Infeasible{Relaxed: slices.Delete(slices.Clone(e.Relaxed), i, i+1)}
		if len(allPanels(fewer.Apply(p))) > 0 {
			t.Errorf("%+v: %v relaxes more than needed", p, e.Relaxed)
		}
	}
}
