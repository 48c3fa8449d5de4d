package sortition

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// simplex solves linear programs of the form
//
//	maximise Σ cost·x  subject to  low ≤ A·x ≤ high  and  low ≤ x ≤ high
//
// by the dual simplex method. Every variable has two finite bounds, so every basis can be made dual
// feasible by putting each nonbasic variable on the right one of its bounds. That is why there is no
// first phase, and why any change of costs and bounds goes on from the basis that was there.
//
// Row i has a logical variable, which is −A·x, in the column of the unit vector i.
type simplex struct {
	columns   []column  // of the structural variables
	cost      []float64 // by variable: first the structural, then the logical ones
	low, high []float64

	head     []int  // the basic variable of each position
	position []int  // by variable; -1: nonbasic
	atHigh   []bool // of a nonbasic variable
	inverse  *inverse
	stale    bool // the inverse must be made before it is used
	since    int  // exchanges since it was made

	value   []float64 // of the basic variables, by position
	reduced []float64 // reduced costs, by variable
	prices  []float64 // by row

	row, entering, moved []float64 // room to work in
	ratios               []ratio
}

const (
	// slackness is by how much a bound may be exceeded. The numbers here are small integers.
	slackness = 1e-9
	// smallPivot is the least number that is divided by.
	smallPivot = 1e-7
	// renewAfter is the number of exchanges after which an inverse is computed anew.
	renewAfter = 120
)

// ratio is a nonbasic variable that limits how far prices can be changed.
type ratio struct {
	variable int
	alpha    float64 // how much of the violation goes for each unit that the variable moves
	step     float64 // the change of prices at which its reduced cost is zero
}

func newSimplex(columns []column, low, high []float64, rowLow, rowHigh []float64) *simplex {
	s := &simplex{columns: columns}
	s.low, s.high = slices.Clone(low), slices.Clone(high)
	s.cost = make([]float64, len(columns), len(columns)+len(rowLow))
	s.position = make([]int, len(columns), len(columns)+len(rowLow))
	for j := range s.position {
		s.position[j] = -1
	}
	s.atHigh = make([]bool, len(columns))
	for i := range rowLow {
		s.addLogical(rowLow[i], rowHigh[i])
	}
	return s
}

// addLogical adds the logical variable of a new row, which becomes basic.
func (s *simplex) addLogical(low, high float64) {
	s.low, s.high = append(s.low, -high), append(s.high, -low)
	s.cost = append(s.cost, 0)
	s.atHigh = append(s.atHigh, false)
	s.position = append(s.position, len(s.head))
	s.head = append(s.head, len(s.cost)-1)
	s.stale = true
}

// addRow adds a row low ≤ Σ value·x ≤ high over some structural variables, which the row's own rows name. The caller's
// columns are changed.
func (s *simplex) addRow(of column, low, high float64) {
	row := int32(len(s.head))
	for k, j := range of.rows {
		c := &s.columns[j]
		c.rows, c.values = append(slices.Clip(c.rows), row), append(slices.Clip(c.values), of.values[k])
	}
	s.addLogical(low, high)
}

func (s *simplex) rows() int { return len(s.head) }

// logical tells of which row a variable is the logical one, or -1.
func (s *simplex) logical(variable int) int { return max(-1, variable-len(s.columns)) }

// alpha is the product of a dense row and the variable's column.
func (s *simplex) alpha(row []float64, variable int) float64 {
	if i := s.logical(variable); i >= 0 {
		return row[i]
	}
	return s.columns[variable].dot(row)
}

// refresh computes prices, reduced costs and the values of all variables from the basis and the bounds.
func (s *simplex) refresh() {
	if s.stale || s.since >= renewAfter {
		s.renew()
	}
	rows := s.rows()
	for i, column := range s.inverse.columns {
		s.prices[i] = 0
		for p, variable := range s.head {
			if c := s.cost[variable]; c != 0 {
				s.prices[i] += float64(c * column[p])
			}
		}
	}
	clear(s.moved)
	for j := range s.cost {
		if s.position[j] >= 0 {
			s.reduced[j] = 0
			continue
		}
		s.reduced[j] = s.cost[j] - s.alpha(s.prices, j)
		switch {
		case s.reduced[j] > slackness:
			s.atHigh[j] = true
		case s.reduced[j] < -slackness:
			s.atHigh[j] = false
		}
		s.move(j, -s.at(j))
	}
	clear(s.value)
	for i := range rows {
		if s.moved[i] != 0 {
			addTo(s.value, s.moved[i], s.inverse.columns[i])
		}
	}
}

// at is the value of a nonbasic variable.
func (s *simplex) at(variable int) float64 {
	if s.atHigh[variable] {
		return s.high[variable]
	}
	return s.low[variable]
}

// move adds a multiple of a variable's column to s.moved.
func (s *simplex) move(variable int, by float64) {
	if by == 0 {
		return
	}
	if i := s.logical(variable); i >= 0 {
		s.moved[i] += by
		return
	}
	c := s.columns[variable]
	for k, row := range c.rows {
		s.moved[row] += float64(by * c.values[k])
	}
}

func (s *simplex) renew() {
	rows := s.rows()
	if s.inverse == nil || len(s.inverse.columns) != rows {
		s.inverse = newInverse(rows)
		s.value, s.prices = make([]float64, rows), make([]float64, rows)
		s.row, s.entering, s.moved = make([]float64, rows), make([]float64, rows), make([]float64, rows)
		s.reduced = make([]float64, len(s.cost))
	}
	dropped := s.inverse.rebuild(s.head, func(j int) column { return s.columns[j] }, s.logical, func(row int) int { return len(s.columns) + row })
	for j := range s.position {
		s.position[j] = -1
	}
	for p, variable := range s.head {
		s.position[variable] = p
	}
	for _, variable := range dropped {
		s.atHigh[variable] = false
	}
	s.stale, s.since = false, 0
}

// outcome is how solving ended.
type outcome int

const (
	solved     outcome = iota
	below              // no solution exceeds the value asked for
	impossible         // no solution at all
	unfinished         // given up; the bound holds nevertheless
)

// solve finds the maximum, or ends as soon as it is known not to exceed enough.
func (s *simplex) solve(enough float64) outcome {
	s.refresh()
	limit := 50 + 20*s.rows()
	for steps := 0; ; steps++ {
		if s.since >= renewAfter {
			s.refresh()
		}
		careful := steps > limit/2 // then ties are settled so that nothing can go round in circles
		leaving, over := s.leaving(careful)
		if leaving < 0 {
			if s.bound() <= enough {
				return below
			}
			return solved
		}
		if steps == limit {
			return unfinished
		}
		if steps%8 == 7 && s.bound() <= enough {
			return below
		}
		if !s.step(leaving, over, careful) {
			return impossible
		}
	}
}

// optimum finds the maximum of a program that has one, however long it takes. Where many variables are worth the same a
// search may stand still; then each is for a while worth a little more or less than it is, by a number of its own.
func (s *simplex) optimum(ctx context.Context) error {
	r := rand.New(rand.NewPCG(1, 2)) // any numbers do; the same for everybody who computes this
	for by := 1e-7; s.solve(math.Inf(-1)) != solved; by = min(2*by, 1e-3) {
		if err := ctx.Err(); err != nil {
			return err
		}
		own := slices.Clone(s.cost)
		for j := range s.columns {
			s.cost[j] += float64(by * r.Float64())
		}
		s.solve(math.Inf(-1))
		s.cost = own
	}
	return nil
}

// leaving chooses the basic variable that violates a bound most, or the first that does. over is what it
// exceeds its upper bound by, or, negative, what it lacks.
func (s *simplex) leaving(first bool) (position int, over float64) {
	position = -1
	for p, variable := range s.head {
		v := s.value[p]
		var by float64
		switch {
		case v > s.high[variable]+slackness:
			by = v - s.high[variable]
		case v < s.low[variable]-slackness:
			by = v - s.low[variable]
		default:
			continue
		}
		if position < 0 || first && variable < s.head[position] || !first && math.Abs(by) > math.Abs(over) {
			position, over = p, by
		}
	}
	return position, over
}

// step lets the variable at a position leave the basis for the bound that it violates. Variables that
// would limit the step but can change to their other bound do so as long as that alone does not mend the
// violation. It returns false when nothing can mend it.
func (s *simplex) step(leaving int, over float64, careful bool) bool {
	s.inverse.row(leaving, s.row)
	sign := 1.0
	if over < 0 {
		sign = -1
	}
	s.ratios = s.ratios[:0]
	for j := range s.cost {
		if s.position[j] >= 0 || s.low[j] == s.high[j] {
			continue
		}
		a := sign * s.alpha(s.row, j)
		if s.atHigh[j] {
			a = -a
		}
		if a > smallPivot { // moving it off its bound mends the violation
			s.ratios = append(s.ratios, ratio{j, a, math.Abs(s.reduced[j]) / a})
		}
	}
	passed, chosen, ok := s.limit(math.Abs(over), careful)
	if !ok {
		return false
	}
	s.flip(passed)
	s.enter(chosen.variable, leaving, over > 0)
	return true
}

// limit goes through the ratios from the smallest until what they mend makes up for the violation. That one is
// to enter the basis, and those passed change to their other bounds. It is false when all are too little.
func (s *simplex) limit(violation float64, careful bool) (passed []ratio, chosen ratio, ok bool) {
	rest := heap(s.ratios)
	for i := len(rest)/2 - 1; i >= 0; i-- {
		rest.sink(i)
	}
	for len(rest) > 0 { // the smallest goes to the end of the heap, which ends before it
		last := len(rest) - 1
		rest[0], rest[last] = rest[last], rest[0]
		least := rest[last]
		rest = rest[:last]
		rest.sink(0)
		violation -= float64(least.alpha * (s.high[least.variable] - s.low[least.variable]))
		if violation <= slackness || last == 0 && violation <= 10*slackness {
			chosen, passed, ok = least, s.ratios[last+1:], true
			break
		}
	}
	if ok && !careful { // of those that limit equally, the one that is divided by best
		for i := range passed {
			if passed[i].step >= chosen.step-1e-12 && passed[i].alpha > 4*chosen.alpha {
				passed[i], chosen = chosen, passed[i]
			}
		}
	}
	return passed, chosen, ok
}

// heap is a list of ratios of which the first is the smallest.
type heap []ratio

func (h heap) less(i, j int) bool {
	return h[i].step < h[j].step || h[i].step == h[j].step && h[i].variable < h[j].variable
}

func (h heap) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// flip moves nonbasic variables to their other bounds.
func (s *simplex) flip(passed []ratio) {
	if len(passed) == 0 {
		return
	}
	clear(s.moved)
	for _, r := range passed {
		j := r.variable
		from := s.at(j)
		s.atHigh[j] = !s.atHigh[j]
		s.move(j, from-s.at(j))
	}
	for i, by := range s.moved {
		if by != 0 {
			addTo(s.value, by, s.inverse.columns[i])
		}
	}
}

// enter exchanges the basic variable at a position, which goes to a bound, for a nonbasic one.
func (s *simplex) enter(variable, leaving int, toHigh bool) {
	if i := s.logical(variable); i >= 0 {
		copy(s.entering, s.inverse.columns[i])
	} else {
		s.inverse.times(s.columns[variable], s.entering)
	}
	gone := s.head[leaving]
	target := s.low[gone]
	if toHigh {
		target = s.high[gone]
	}
	pivot := s.entering[leaving]
	by := (s.value[leaving] - target) / pivot
	addTo(s.value, -by, s.entering)
	s.value[leaving] = s.at(variable) + by

	shift := s.reduced[variable] / pivot
	for j := range s.cost {
		if s.position[j] < 0 {
			s.reduced[j] -= float64(shift * s.alpha(s.row, j))
		}
	}
	s.reduced[variable], s.reduced[gone] = 0, -shift
	for i := range s.prices {
		s.prices[i] += float64(shift * s.row[i])
	}
	s.inverse.exchange(leaving, s.entering)
	s.head[leaving], s.position[variable], s.position[gone] = variable, leaving, -1
	s.atHigh[gone] = toHigh
	s.since++
}

// bound is a number that no solution exceeds. It follows from the prices alone, whatever they are, so
// it does not depend on how exactly the program was solved.
func (s *simplex) bound() float64 {
	sum := 0.0
	for j := range s.cost {
		d := s.cost[j] - s.alpha(s.prices, j)
		sum += max(float64(d*s.low[j]), float64(d*s.high[j]))
	}
	return sum
}

// solution is the value of a structural variable.
func (s *simplex) solution(variable int) float64 {
	if p := s.position[variable]; p >= 0 {
		return s.value[p]
	}
	return s.at(variable)
}

// values are those of all variables, the logical ones too, when the structural ones have those given.
func (s *simplex) values(x []float64) []float64 {
	all := make([]float64, len(s.cost))
	copy(all, x)
	for j, c := range s.columns {
		if x[j] == 0 {
			continue
		}
		for k, row := range c.rows {
			all[len(s.columns)+int(row)] -= float64(c.values[k] * x[j])
		}
	}
	return all
}
