package sortition

import (
	"math"
	"math/rand/v2"
	"slices"
)

// master is the linear program over the panels known so far:
//
//	maximise gain  subject to  Σ weight = 1,  Σ count·weight − people·gain ≥ people·floor for each type
//
// with gain only in the rows of types that are still raised. Rows are types that anybody can be drawn of; row 0
// is the sum of weights. It is solved by the primal simplex method, because panels are added all the
// time and whatever was a solution remains one.
//
// Variables: 0 is gain, 1…rows the surplus of each row (the first is none), then the panels.
type master struct {
	types  []int     // by row, from 1: the type
	rowOf  []int32   // by type; 0: nobody of it can be drawn
	people []float64 // by row
	floor  []float64 // by row: the probability that is secured
	raised []bool    // by row

	panels  []panel
	columns []column // of panels
	known   map[string]bool

	head     []int
	position []int
	inverse  *inverse
	value    []float64
	since    int

	entering, prices, shadow, blur, row []float64
	reduced                             []float64 // by variable
}

const (
	gain      = 0
	noSurplus = 1 // of the row of weights, whose sum is exact
)

// renewMasterAfter is the number of exchanges after which the inverse is computed anew.
const renewMasterAfter = 1500

// newMaster begins with one panel, which has all the weight.
func newMaster(s *space, drawn []bool, first panel) *master {
	m := &master{types: []int{-1}, people: []float64{0}, rowOf: make([]int32, len(s.types)), known: map[string]bool{}}
	for t, k := range s.types {
		if drawn[t] {
			m.rowOf[t] = int32(len(m.types))
			m.types, m.people = append(m.types, t), append(m.people, float64(k.people))
		}
	}
	rows := len(m.types)
	m.floor, m.raised = make([]float64, rows), make([]bool, rows)
	for r := 1; r < rows; r++ {
		m.raised[r] = true
	}
	m.inverse = newInverse(rows)
	m.value, m.entering = make([]float64, rows), make([]float64, rows)
	m.prices, m.shadow, m.row = make([]float64, rows), make([]float64, rows), make([]float64, rows)
	m.blur = make([]float64, rows)
	m.head, m.position = make([]int, rows), make([]int, rows+1)
	m.position[gain] = -1
	for r := range m.head {
		m.head[r], m.position[1+r] = 1+r, r
	}
	m.add(first)
	m.inverse.times(m.columns[0], m.entering)
	m.exchange(0, rows+1)
	m.refresh()
	return m
}

func (m *master) rows() int { return len(m.types) }

// add adds a panel unless it is known.
func (m *master) add(p panel) bool {
	key := p.key()
	if m.known[key] {
		return false
	}
	m.known[key] = true
	c := column{rows: []int32{0}, values: []float64{1}}
	for _, s := range p {
		c.rows, c.values = append(c.rows, m.rowOf[s.kind]), append(c.values, -float64(s.count))
	}
	m.panels, m.columns, m.position = append(m.panels, p), append(m.columns, c), append(m.position, -1)
	return true
}

func (m *master) column(variable int) column {
	switch {
	case variable == gain:
		var c column
		for r, raised := range m.raised {
			if raised {
				c.rows, c.values = append(c.rows, int32(r)), append(c.values, m.people[r])
			}
		}
		return c
	case variable <= m.rows():
		return column{[]int32{int32(variable - 1)}, []float64{1}}
	}
	return m.columns[variable-m.rows()-1]
}

// refresh computes the values of basic variables anew.
func (m *master) refresh() {
	if m.since > renewMasterAfter {
		m.inverse.rebuild(m.head, m.column, func(j int) int {
			if j != gain && j <= m.rows() {
				return j - 1
			}
			return -1
		}, func(row int) int { return row + 1 })
		for j := range m.position {
			m.position[j] = -1
		}
		for p, j := range m.head {
			m.position[j] = p
		}
		m.since = 0
		clear(m.shadow)
		for r, by := range m.blur {
			addTo(m.shadow, by, m.inverse.columns[r])
		}
	}
	copy(m.value, m.inverse.columns[0])
	for r := 1; r < m.rows(); r++ {
		if m.floor[r] != 0 {
			addTo(m.value, -m.people[r]*m.floor[r], m.inverse.columns[r])
		}
	}
	for p, v := range m.value {
		if v < 0 {
			m.value[p] = 0
		}
	}
}

func (m *master) exchange(leaving, variable int) {
	m.inverse.exchange(leaving, m.entering)
	m.position[m.head[leaving]], m.position[variable] = -1, leaving
	m.head[leaving] = variable
	m.since++
}

// solve raises the gain as far as the known panels allow. Prices are then what a person of each type is
// worth, and row 0 what a panel brings at most.
func (m *master) solve() {
	m.refresh()
	m.price()
	for {
		if m.since > renewMasterAfter {
			m.refresh()
			m.price()
		}
		variable := m.choose()
		if variable < 0 {
			m.price() // what was summed up step by step may be a little off
			if variable = m.choose(); variable < 0 {
				return
			}
		}
		m.inverse.times(m.column(variable), m.entering)
		leaving := m.leaving()
		if leaving < 0 {
			return
		}
		m.reprice(variable, leaving)
		m.advance(m.value, leaving)
		m.advance(m.shadow, leaving)
		for p, v := range m.value {
			if v < 0 {
				m.value[p] = 0
			}
		}
		m.exchange(leaving, variable)
	}
}

// price computes prices, and by how much each variable raises the gain for each unit.
func (m *master) price() {
	m.reduced = slices.Grow(m.reduced[:0], len(m.position))[:len(m.position)]
	clear(m.reduced)
	clear(m.prices)
	at := m.position[gain]
	if at < 0 {
		m.reduced[gain] = 1
		return
	}
	m.inverse.row(at, m.prices)
	for j := range m.reduced {
		if m.position[j] < 0 {
			m.reduced[j] = -m.alpha(m.prices, j)
		}
	}
}

// alpha is the product of a row and a variable's column.
func (m *master) alpha(row []float64, variable int) float64 {
	switch {
	case variable > m.rows():
		return m.columns[variable-m.rows()-1].dot(row)
	case variable > gain:
		return row[variable-1]
	}
	return m.column(gain).dot(row)
}

// reprice changes what each variable raises the gain by when one enters for that at a position.
func (m *master) reprice(variable, leaving int) {
	m.inverse.row(leaving, m.row)
	shift := m.reduced[variable] / m.entering[leaving]
	for j := range m.reduced {
		if m.position[j] < 0 && j != variable {
			m.reduced[j] -= float64(shift * m.alpha(m.row, j))
		}
	}
	m.reduced[variable], m.reduced[m.head[leaving]] = 0, -shift
}

// advance changes the values of basic variables as the entering one comes in for the one at a position.
func (m *master) advance(value []float64, leaving int) {
	by := value[leaving] / m.entering[leaving]
	addTo(value, -by, m.entering)
	value[leaving] = by
}

// untie gives every basic variable an infinitely small value beside its own, as if the floors were a little
// lower, each by a number of its own. Among variables that fall to zero together these shadows tell which is
// first, so that no basis comes back; and as they stay the same for a whole level, panels that are found one
// after the other work in one direction although the gain may not rise for long.
func (m *master) untie() {
	r := rand.New(rand.NewPCG(1, uint64(len(m.panels)))) // any numbers do; the same for everybody who computes this
	clear(m.blur)
	for p, variable := range m.head {
		m.shadow[p] = 1 + r.Float64()
		c := m.column(variable)
		for k, row := range c.rows {
			m.blur[row] += float64(c.values[k] * m.shadow[p])
		}
	}
}

// choose finds the variable that raises the gain most for each unit, or -1. Rules that need fewer steps were tried;
// they end at prices by which worse panels are found.
func (m *master) choose() int {
	best, most := -1, 1e-11
	for j, d := range m.reduced {
		if d > most && m.position[j] < 0 && j != noSurplus {
			best, most = j, d
		}
	}
	return best
}

// leaving chooses the basic variable that falls to zero first, among nearly equal ones that whose shadow does.
func (m *master) leaving() int {
	const tolerance = 1e-10
	limit, near := math.Inf(1), math.Inf(1)
	for p, a := range m.entering {
		if a > pivotable {
			limit = min(limit, (m.value[p]+tolerance)/a)
		}
	}
	for p, a := range m.entering {
		if a > pivotable && m.value[p]/a <= limit {
			near = min(near, (m.shadow[p]+tolerance)/a)
		}
	}
	best := -1
	for p, a := range m.entering {
		if a > pivotable && m.value[p]/a <= limit && m.shadow[p]/a <= near && (best < 0 || a > m.entering[best]) {
			best = p
		}
	}
	return best
}

// pivotable is the least number that the master divides by.
const pivotable = 1e-8

// secure ends a level: all that was gained becomes floor, and the types whose price is above zero are no longer
// raised, because they have that probability in every best solution.
func (m *master) secure() {
	at := m.position[gain]
	if at < 0 {
		return
	}
	m.inverse.row(at, m.prices)
	reached := m.floor[slices.Index(m.raised, true)] + m.value[at] // all that are raised have one floor
	dearest := 1
	for r := 1; r < m.rows(); r++ {
		if !m.raised[r] {
			continue
		}
		m.floor[r] = reached
		if m.prices[r]*m.people[r] > m.prices[dearest]*m.people[dearest] || !m.raised[dearest] {
			dearest = r
		}
	}
	copy(m.entering, m.inverse.columns[dearest])
	m.exchange(at, 1+dearest)
	for r := 1; r < m.rows(); r++ {
		if m.raised[r] && (m.prices[r]*m.people[r] > 1e-6 || r == dearest) {
			m.raised[r] = false
		}
	}
	m.refresh()
}

// weights are the weights of all panels.
func (m *master) weights() []float64 {
	w := make([]float64, len(m.panels))
	sum := 0.0
	for i := range w {
		if p := m.position[m.rows()+1+i]; p >= 0 && m.value[p] > 1e-12 {
			w[i] = m.value[p]
			sum += w[i]
		}
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}
