package sortition

import (
	"math"
	"slices"
)

// mixture is panels with their weights, which add up to one.
type mixture struct {
	panels  []panel
	weights []float64
}

// The rounding that is allowed: no probability is off by more than rest, if a point is split, or owing, if panels are mixed.
const (
	leftover = 1e-8 // the weight that may be left when a point is split
	owing    = 1e-7 // the expected number of people that may be owed when panels are mixed
)

// lexicographic finds the mixture that is fairest: for all levels, or for the first alone.
func lexicographic(p *program, drawn []bool, levels int) (mixture, error) {
	o := &outline{space: p.space, drawn: drawn}
	aim := func() (point, owed []float64, err error) { return o.fairest(p.ctx, levels) }
	return p.realise(o, aim, func(mixture) bool { return false })
}

// realise finds panels for the point of the outline that aim gives, of which so much is owed. If there are none, a cut is
// added to the outline, and aim gives another point, unless what was found is enough.
func (p *program) realise(o *outline, aim func() (point, owed []float64, err error), enough func(mixture) bool) (mixture, error) {
	var known []panel
	for {
		point, owed, err := aim()
		if err != nil {
			return mixture{}, err
		}
		m, whole, err := p.peel(point)
		if err != nil || whole {
			return m, err
		}
		m, found, err := p.mix(owed, append(known, m.panels...))
		if mixed := m.normalised(); err != nil || found == nil || enough(mixed) {
			return mixed, err
		}
		known = m.panels
		o.cuts = append(o.cuts, *found)
		p.cut(*found)
	}
}

// peel splits a point of the outline into panels. Each is taken off with as much weight as leaves a rest within the
// outline; then the rest has come to a bound, which all further panels keep, and the next is looked for there, of those
// people of whom most is left. A panel ends at least one choice, so there are at most as many as there are types and
// rows. It is whole unless the rest is no mixture of panels, or none is found soon.
//
// This is Carathéodory's theorem as an algorithm (Grötschel, Lovász, Schrijver 1988, Theorem 6.5.11).
func (p *program) peel(point []float64) (m mixture, whole bool, err error) {
	rest := 1.0
	begin := len(p.undo)
	defer p.restore(begin)
	left := slices.Clone(point)
	for rest > leftover {
		p.keep(left, rest)
		points := make([]float64, len(p.lp.columns))
		for t, k := range p.space.types {
			points[t] = left[t] / rest / float64(k.people)
		}
		found, err := p.soon(points)
		if err != nil || len(found.panels) == 0 {
			return m, false, err
		}
		next := found.panels[len(found.panels)-1]
		weight := p.weight(left, rest, next)
		if weight < 1e-12 {
			return m, false, nil
		}
		m.panels, m.weights = append(m.panels, next), append(m.weights, weight)
		for _, of := range next {
			left[of.kind] = max(0, left[of.kind]-float64(weight*float64(of.count)))
		}
		rest -= weight
	}
	return m.normalised(), true, nil
}

// tight tells whether a value of the rest is at its bound, up to rounding.
func tight(value, bound, rest float64) bool {
	return math.Abs(value-rest*bound) <= 1e-12+1e-9*rest
}

// keep narrows what is looked for to panels that are at every bound to which the rest has come.
func (p *program) keep(left []float64, rest float64) {
	for c, class := range p.space.classes {
		if len(class.types) > 1 && tight(class.sum(left), float64(len(class.households)), rest) {
			p.share(c)
		}
	}
	for j, value := range p.lp.values(left) {
		switch low, high := p.lp.low[j], p.lp.high[j]; {
		case low == high:
		case tight(value, low, rest):
			p.set(j, low, low)
		case tight(value, high, rest):
			p.set(j, high, high)
		}
	}
}

// weight is how much of a panel can be taken off so that the rest is still within the outline.
func (p *program) weight(left []float64, rest float64, of panel) float64 {
	most := rest
	within := func(value, takes, low, high float64) { // with w taken: (rest − w)·low ≤ value − w·takes ≤ (rest − w)·high
		if takes > low {
			most = min(most, (value-rest*low)/(takes-low))
		}
		if takes < high {
			most = min(most, (rest*high-value)/(high-takes))
		}
	}
	counts := of.counts(len(left))
	values, takes := p.lp.values(left), p.lp.values(counts)
	for j := range values {
		if low, high := p.lp.low[j], p.lp.high[j]; low < high {
			within(values[j], takes[j], low, high)
		}
	}
	for c, class := range p.space.classes {
		if len(class.types) > 1 && p.shared[c] < 0 {
			within(class.sum(left), class.sum(counts), 0, float64(len(class.households)))
		}
	}
	return most
}

// mix finds the mixture of panels, beginning with those known, that gives all types the greatest part of what they are
// owed. If that is not all of it, a cut tells why not. The mixture has all panels that were looked at.
//
// It is solved as its dual program: points for each type, so that what is owed brings one point, and a row for each
// panel, which brings at most top; top is to be as low as it can be. The prices of rows are the weights of panels.
func (p *program) mix(owed []float64, known []panel) (mixture, *cut, error) {
	m := mixture{panels: known}
	top := len(owed)
	lp := p.dual(owed)
	for _, panel := range known {
		p.addPanel(lp, panel)
	}
	for {
		if err := lp.optimum(p.ctx); err != nil {
			return m, nil, err
		}
		m.weights = slices.Clone(lp.prices[1:])
		reached := lp.solution(top)
		if reached >= 1-owing/float64(p.space.problem.Size) {
			return m, nil, nil
		}
		points := make([]float64, len(p.lp.columns))
		for t := range owed {
			points[t] = max(0, lp.solution(t))
		}
		found, err := p.best(points, reached, patience)
		if err != nil {
			return m, nil, err
		}
		if len(found.panels) == 0 {
			return m, &cut{points[:top:top], reached + improvement}, nil
		}
		for _, panel := range found.panels {
			m.panels = append(m.panels, panel)
			p.addPanel(lp, panel)
		}
	}
}

// dual is the program of mix without panels.
func (p *program) dual(owed []float64) *simplex {
	top := len(owed)
	columns, low, high := make([]column, top+1), make([]float64, top+1), make([]float64, top+1)
	for t, x := range owed {
		if x > 0 {
			columns[t] = column{[]int32{0}, []float64{x}}
			high[t] = 1 / x
			high[top] += float64(p.space.types[t].most) / x // no panel brings more
		}
	}
	lp := newSimplex(columns, low, high, []float64{1}, []float64{1})
	lp.cost[top] = -1
	return lp
}

// addPanel adds the row that a panel brings at most top.
func (p *program) addPanel(lp *simplex, of panel) {
	top := len(p.space.types)
	var row column
	for _, s := range of {
		row.rows, row.values = append(row.rows, s.kind), append(row.values, float64(s.count))
	}
	row.rows, row.values = append(row.rows, int32(top)), append(row.values, -1)
	lp.addRow(row, -lp.high[top], 0)
}

// normalised leaves out panels without weight and makes the weights of the others add up to one.
func (m mixture) normalised() (used mixture) {
	sum := 0.0
	for i, w := range m.weights {
		if w > 1e-12 {
			used.panels, used.weights = append(used.panels, m.panels[i]), append(used.weights, w)
			sum += w
		}
	}
	for i := range used.weights {
		used.weights[i] /= sum
	}
	return used
}

// expected is the expected number of people of each of so many types.
func (m mixture) expected(types int) []float64 {
	expected := make([]float64, types)
	for i, panel := range m.panels {
		for _, of := range panel {
			expected[of.kind] += float64(m.weights[i] * float64(of.count))
		}
	}
	return expected
}
