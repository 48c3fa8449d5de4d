package suppress

import (
	"errors"
	"math"
	"math/big"
)

// Range is from which to which value, both included.
type Range struct{ Low, High int64 }

// Unbounded is a High that nothing limits.
const Unbounded = math.MaxInt64

// Values is how many whole numbers lie in the range.
func (r Range) Values() int64 {
	if r.High == Unbounded {
		return Unbounded
	}
	return max(0, r.High-r.Low+1)
}

// Known is what a reader knows of counts, by their numbers: those of Plus less those of Minus add up to a value in the range. A cell that
// is shown, a sum, a former release and an overlapping table are all of this kind.
type Known struct {
	Plus, Minus []int
	Range
}

// The bounds of what Reach computes.
const (
	MostCounts = 400
	MostKnown  = 1_000
)

// The faults of what is given to Reach.
var (
	ErrLarge         = errors.New("suppress: too many counts, or too much is known of them")
	ErrContradiction = errors.New("suppress: no counts fit what is known")
)

// Reach is between which values each of n counts, none below 0, lies for a reader who knows all of known: two linear programs for each,
// solved exactly. In a table of rows and columns the range is that of whole numbers; elsewhere a reader who tries all whole
// numbers could still narrow it.
func Reach(n int, known []Known) ([]Range, error) {
	if n > MostCounts || len(known) > MostKnown {
		return nil, ErrLarge
	}
	out := make([]Range, n)
	t, err := newTableau(n, known)
	if err != nil {
		return nil, err
	}
	for i := range out {
		low, _ := t.least(i, 1)
		out[i] = Range{ceil(low), Unbounded}
		if high, bounded := t.least(i, -1); bounded {
			out[i].High = -ceil(high)
		}
	}
	return out, nil
}

// Narrow are the counts that a reader can narrow to fewer than least values.
func Narrow(n int, known []Known, least int64) (narrow []int, err error) {
	reach, err := Reach(n, known)
	for i, r := range reach {
		if r.Values() < least {
			narrow = append(narrow, i)
		}
	}
	return narrow, err
}

func ceil(x *big.Rat) int64 {
	whole, rest := new(big.Int).DivMod(x.Num(), x.Denom(), new(big.Int)) // Euclidean: rest is not below 0
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	return whole.Int64()
}

// tableau is the simplex method's, in fractions and by Bland's rule, which never goes in circles. Its columns are the counts, what
// each inequality leaves, and the right side; its rows are the equations, solved for the basic variables.
type tableau struct {
	rows  [][]*big.Rat
	basic []int
	width int // columns without the right side
}

// newTableau finds counts that fit what is known, from which least starts.
func newTableau(n int, known []Known) (*tableau, error) {
	type inequality struct { // Σ factor·count ≤ most
		factor []int64
		most   int64
	}
	var all []inequality
	for _, k := range known {
		up, down := make([]int64, n), make([]int64, n)
		for _, i := range k.Plus {
			up[i], down[i] = up[i]+1, down[i]-1
		}
		for _, i := range k.Minus {
			up[i], down[i] = up[i]-1, down[i]+1
		}
		if k.High != Unbounded {
			all = append(all, inequality{up, k.High})
		}
		all = append(all, inequality{down, -k.Low})
	}
	t := &tableau{width: n + len(all)}
	var faults int // rows that begin with a variable of their own, which must become 0
	for _, q := range all {
		if q.most < 0 {
			faults++
		}
	}
	wide := t.width + faults
	next := t.width
	for r, q := range all {
		row := make([]*big.Rat, wide+1)
		for c := range row {
			row[c] = new(big.Rat)
		}
		sign := int64(1)
		if q.most < 0 {
			sign = -1
		}
		for c, f := range q.factor {
			row[c].SetInt64(sign * f)
		}
		row[n+r].SetInt64(sign)
		row[wide].SetInt64(sign * q.most)
		basic := n + r
		if sign < 0 {
			row[next].SetInt64(1)
			basic, next = next, next+1
		}
		t.rows, t.basic = append(t.rows, row), append(t.basic, basic)
	}
	if faults > 0 && !t.drop(wide) {
		return nil, ErrContradiction
	}
	return t, nil
}

// drop makes the variables behind width 0 and removes their columns; false when they cannot all be 0.
func (t *tableau) drop(wide int) bool {
	cost := make([]*big.Rat, wide+1)
	for c := range cost {
		cost[c] = new(big.Rat)
	}
	for c := t.width; c < wide; c++ {
		cost[c].SetInt64(1)
	}
	least, _ := t.descend(cost)
	if least.Sign() != 0 {
		return false
	}
	for r := range t.rows {
		if t.basic[r] < t.width {
			continue
		}
		for c := range t.width { // it is 0: any other variable of the row can stand for it
			if t.rows[r][c].Sign() != 0 {
				t.pivot(r, c, nil)
				break
			}
		}
	}
	for r, row := range t.rows {
		t.rows[r] = append(row[:t.width:t.width], row[wide])
	}
	return true
}

// least is the smallest value of a count (sign 1), or of its negative (sign -1); false when there is none.
func (t *tableau) least(count int, sign int64) (*big.Rat, bool) {
	cost := make([]*big.Rat, t.width+1)
	for c := range cost {
		cost[c] = new(big.Rat)
	}
	cost[count].SetInt64(sign)
	return t.descend(cost)
}

// descend walks from the tableau's corner to one where the cost is least.
func (t *tableau) descend(cost []*big.Rat) (*big.Rat, bool) {
	last := len(cost) - 1
	for r, row := range t.rows { // in terms of the variables that are not basic
		if f := new(big.Rat).Set(cost[t.basic[r]]); f.Sign() != 0 {
			subtract(cost, row, f)
		}
	}
	for {
		column := -1
		for c := range last {
			if cost[c].Sign() < 0 {
				column = c
				break
			}
		}
		if column < 0 {
			return new(big.Rat).Neg(cost[last]), true
		}
		row, best := -1, new(big.Rat)
		for r := range t.rows {
			if t.rows[r][column].Sign() <= 0 {
				continue
			}
			ratio := new(big.Rat).Quo(t.rows[r][last], t.rows[r][column])
			if order := ratio.Cmp(best); row < 0 || order < 0 || order == 0 && t.basic[r] < t.basic[row] {
				row, best = r, ratio
			}
		}
		if row < 0 {
			return nil, false
		}
		t.pivot(row, column, cost)
	}
}

func (t *tableau) pivot(row, column int, cost []*big.Rat) {
	by := new(big.Rat).Inv(t.rows[row][column])
	for _, x := range t.rows[row] {
		x.Mul(x, by)
	}
	for r := range t.rows {
		if f := new(big.Rat).Set(t.rows[r][column]); r != row && f.Sign() != 0 {
			subtract(t.rows[r], t.rows[row], f)
		}
	}
	if cost != nil {
		if f := new(big.Rat).Set(cost[column]); f.Sign() != 0 {
			subtract(cost, t.rows[row], f)
		}
	}
	t.basic[row] = column
}

// subtract takes f times another row from a row.
func subtract(row, other []*big.Rat, f *big.Rat) {
	for c, x := range other {
		if x.Sign() != 0 {
			row[c].Sub(row[c], new(big.Rat).Mul(f, x))
		}
	}
}
