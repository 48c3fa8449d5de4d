package sortition

import (
	"context"
	"math"
	"slices"
)

// program finds the feasible panel with the most points, when each person of a type brings the points of
// the type: a small integer program over types, solved by branch and bound on its linear relaxation. The
// relaxation is kept from one question to the next, which usually differs little.
type program struct {
	ctx    context.Context
	space  *space
	lp     *simplex
	shared []int // by class: the logical variable of the row that forbids two of a household, or -1
	undo   []bound
	nodes  int // in all
}

type bound struct {
	variable  int
	low, high float64
}

// newProgram takes the quotas as they are, or, when limits says how far each may be relaxed, has two more
// variables for each: by how many its minimum is lowered and its maximum raised.
func newProgram(ctx context.Context, s *space, limits func(Feature) (low, high int)) *program {
	columns := make([]column, len(s.types))
	low, high := make([]float64, len(s.types)), make([]float64, len(s.types))
	size := int32(len(s.rows))
	for t, k := range s.types {
		c := column{rows: append(append([]int32(nil), k.rows...), size)}
		for range c.rows {
			c.values = append(c.values, 1)
		}
		columns[t], high[t] = c, float64(k.most)
	}
	rowLow, rowHigh := make([]float64, size+1), make([]float64, size+1)
	for i, q := range s.rows {
		rowLow[i], rowHigh[i] = float64(q.Min), float64(q.Max)
		if limits == nil {
			continue
		}
		least, most := limits(q.Feature)
		for _, relaxed := range []struct{ by, sign int }{{q.Min - least, 1}, {most - q.Max, -1}} {
			columns = append(columns, column{rows: []int32{int32(i)}, values: []float64{float64(relaxed.sign)}})
			low, high = append(low, 0), append(high, float64(relaxed.by))
		}
	}
	rowLow[size], rowHigh[size] = float64(s.problem.Size), float64(s.problem.Size)
	p := &program{ctx: ctx, space: s, shared: slices.Repeat([]int{-1}, len(s.classes))}
	p.lp = newSimplex(columns, low, high, rowLow, rowHigh)
	return p
}

// answer is what the search for a panel found.
type answer struct {
	panels  []panel // each better than those before it
	relaxed []int   // with the last: by how many the minimum and the maximum of each quota are relaxed
}

// search is one run of branch and bound.
type search struct {
	*program
	enough   float64 // only panels above are looked for
	patience int     // how many nodes to look at before being content with what was found
	budget   int     // how many nodes to look at in all; 0: no end
	found    answer
	err      error
	done     bool
}

// improvement is by how much a panel must exceed what was asked for, relative to the points at hand.
const improvement = 1e-10

// best looks for panels that bring more than enough points, the best last. It stops, without proof, when it
// has looked at as many nodes as its patience allows and has found one.
func (p *program) best(points []float64, enough float64, patience int) (answer, error) {
	return p.search(&search{enough: enough, patience: patience}, points)
}

// soon looks for any one panel that brings many points, and not long.
func (p *program) soon(points []float64) (answer, error) {
	return p.search(&search{enough: -1, budget: 2000}, points)
}

func (p *program) search(s *search, points []float64) (answer, error) {
	copy(p.lp.cost, points)
	s.program = p
	begin := len(p.undo)
	s.branch()
	p.restore(begin)
	return s.found, s.err
}

// set changes the bounds of a variable; restore undoes it.
func (p *program) set(variable int, low, high float64) {
	p.undo = append(p.undo, bound{variable, p.lp.low[variable], p.lp.high[variable]})
	p.lp.low[variable], p.lp.high[variable] = low, high
}

func (p *program) restore(to int) {
	for len(p.undo) > to {
		b := p.undo[len(p.undo)-1]
		p.lp.low[b.variable], p.lp.high[b.variable] = b.low, b.high
		p.undo = p.undo[:len(p.undo)-1]
	}
}

// branch looks at all panels within the bounds of variables as they are now.
func (s *search) branch() {
	if s.nodes++; s.nodes%64 == 0 && s.ctx.Err() != nil {
		s.err, s.done = s.ctx.Err(), true
	}
	if s.done {
		return
	}
	s.patience--
	if s.budget--; s.budget == 0 || s.patience < 0 && len(s.found.panels) > 0 {
		s.done = true
		return
	}
	begin := len(s.undo)
	defer s.restore(begin)
	for {
		o := s.lp.solve(s.enough + improvement)
		if o == below || o == impossible {
			return
		}
		if o == solved && s.separate() {
			continue
		}
		variable := s.fractional()
		if variable < 0 && o == unfinished { // its numbers are not to be trusted; any division makes the rest easier
			variable = s.open()
		}
		if variable < 0 {
			s.take()
			return
		}
		s.narrow()
		s.divide(variable)
		return
	}
}

// open finds a variable whose bounds leave a choice, or -1.
func (s *search) open() int {
	for j := range s.lp.columns {
		if s.lp.low[j] < s.lp.high[j] {
			return j
		}
	}
	return -1
}

// divide splits what is left by a variable that is not whole, the greater part first: panels are soon
// full that way.
func (s *search) divide(variable int) {
	low, high := s.lp.low[variable], s.lp.high[variable]
	below := math.Floor(min(max(s.lp.solution(variable), low), high-0.5))
	begin := len(s.undo)
	s.set(variable, below+1, high)
	s.branch()
	s.restore(begin)
	s.set(variable, low, below)
	s.branch()
}

const whole = 1e-6

// fractional chooses the variable to divide by: the one that is farthest from a whole number.
func (s *search) fractional() int {
	best, most := -1, whole
	for _, variable := range s.lp.head {
		if variable >= len(s.lp.columns) {
			continue
		}
		x := s.lp.solution(variable)
		if off := math.Abs(x - math.Round(x)); off > most+1e-9 || best >= 0 && off > most-1e-9 && variable < best {
			best, most = variable, off
		}
	}
	return best
}

// narrow tightens the bounds of variables that would cost more points than there are to lose.
func (s *search) narrow() {
	spare := s.lp.bound() - s.enough + improvement
	for j := range s.lp.columns {
		if s.lp.position[j] >= 0 {
			continue
		}
		d, width := math.Abs(s.lp.reduced[j]), s.lp.high[j]-s.lp.low[j]
		if width <= 0 || d*width <= spare*(1+1e-9) {
			continue
		}
		if keep := math.Floor(spare/d + 1e-9); keep < width {
			if s.lp.atHigh[j] {
				s.set(j, s.lp.high[j]-keep, s.lp.high[j])
			} else {
				s.set(j, s.lp.low[j], s.lp.low[j]+keep)
			}
		}
	}
}

// separate adds the rows of classes of which the panel at hand takes more people than there are
// households. They are added only when needed, because few ever are.
func (s *search) separate() bool {
	added := false
	for c, class := range s.space.classes {
		if len(class.types) < 2 || s.shared[c] >= 0 {
			continue
		}
		sum := 0.0
		for _, t := range class.types {
			sum += s.lp.solution(t)
		}
		if sum > float64(len(class.households))+whole {
			s.share(c)
			added = true
		}
	}
	return added
}

// share adds the row of a class if it is not there.
func (p *program) share(c int) {
	if p.shared[c] >= 0 {
		return
	}
	var row column
	for _, t := range p.space.classes[c].types {
		row.rows, row.values = append(row.rows, int32(t)), append(row.values, 1)
	}
	p.lp.addRow(row, 0, float64(len(p.space.classes[c].households)))
	p.shared[c] = len(p.lp.cost) - 1
}

// cut adds the row of a cut, which no panel breaks: it makes the relaxation tighter and is a bound that peel can keep.
func (p *program) cut(of cut) {
	var row column
	for t, v := range of.points {
		if v != 0 {
			row.rows, row.values = append(row.rows, int32(t)), append(row.values, v)
		}
	}
	p.lp.addRow(row, 0, of.most)
}

// fits checks in whole numbers that a panel obeys the rows of the program, so that no rounding lets one pass.
func (s *search) fits() bool {
	sums := make([]float64, s.lp.rows())
	for j, c := range s.lp.columns {
		x := math.Round(s.lp.solution(j))
		if x < s.lp.low[j] || x > s.lp.high[j] {
			return false
		}
		for k, row := range c.rows {
			sums[row] += c.values[k] * x
		}
	}
	for i, sum := range sums {
		logical := len(s.lp.columns) + i
		if -sum < s.lp.low[logical]-whole || -sum > s.lp.high[logical]+whole { // whole numbers but for cuts
			return false
		}
	}
	return true
}

// take keeps the panel at hand, which is whole, if it is better than the last.
func (s *search) take() {
	var p panel
	points := 0.0
	for j := range s.lp.columns {
		x := math.Round(s.lp.solution(j))
		points += float64(s.lp.cost[j] * x)
		if j < len(s.space.types) && x > 0 {
			p = append(p, share{int32(j), int32(x)})
		}
	}
	if points <= s.enough+improvement || !s.fits() {
		return
	}
	s.enough = points
	s.found.panels = append(s.found.panels, p)
	if rest := s.lp.columns[len(s.space.types):]; len(rest) > 0 {
		s.found.relaxed = s.found.relaxed[:0]
		for j := range rest {
			s.found.relaxed = append(s.found.relaxed, int(math.Round(s.lp.solution(len(s.space.types)+j))))
		}
	}
}
