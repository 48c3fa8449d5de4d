package sortition

import (
	"context"
	"math"
	"slices"
)

// market finds the point of the outline with the greatest product of probabilities, by prices. Everybody has one unit of
// money. A seat costs a type the prices of all rows in which its people count, and the type buys as much of the panel
// as its people's money is worth, but no more than it can have. A row's price is above zero when more would be bought
// than its maximum, and below when less than its minimum. When all rows are kept, nothing has a greater product: that is
// the dual program of the product (Eisenberg, Gale 1959), and for any prices its value is a bound.
type market struct {
	columns      []column  // by type; the rows in which it counts, and for how much
	people, most []float64 // by type; no people: it buys nothing
	low, high    []float64 // by row
	price        []float64 // by row

	cost, bought []float64 // by type
	used         []float64 // by row: how much of it is bought
}

// settledWithin is by how much a row may be broken when prices are settled, and mostSweeps how often they are tried.
const (
	settledWithin = 1e-11
	mostSweeps    = 5000
)

// newMarket begins with the same cost for all.
func newMarket(o *outline) *market {
	s := o.space
	size := len(s.rows)
	rows := size + 1 + len(o.cuts)
	m := &market{low: make([]float64, rows), high: make([]float64, rows), price: make([]float64, rows)}
	all := 0.0
	for t, k := range s.types {
		m.columns, m.most, m.people = append(m.columns, o.column(t)), append(m.most, float64(k.most)), append(m.people, 0)
		if o.drawn[t] {
			m.people[t] = float64(k.people)
			all += m.people[t]
		}
	}
	for row := range rows {
		m.low[row], m.high[row] = o.bounds(row)
	}
	m.price[size] = all / float64(s.problem.Size)
	m.cost, m.bought = make([]float64, len(s.types)), make([]float64, len(s.types))
	return m
}

// balanced finds the point of the outline with the greatest product of probabilities, and a number that the sum of
// logarithms of what types have, each taken for all its people, exceeds nowhere.
func (o *outline) balanced(ctx context.Context) (point []float64, bound float64, err error) {
	m := newMarket(o)
	has := make([]bool, len(o.space.classes))
	for {
		if err := m.settle(ctx); err != nil {
			return nil, 0, err
		}
		complete := true
		for c, class := range o.space.classes {
			if most := float64(len(class.households)); len(class.types) > 1 && !has[c] && class.sum(m.bought) > most+slackness {
				m.add(class.types, most)
				has[c], complete = true, false
			}
		}
		if complete {
			return m.bought, m.bound(), nil
		}
	}
}

// add adds the row that some types together have at most so much.
func (m *market) add(types []int, most float64) {
	for _, t := range types {
		c := &m.columns[t]
		c.rows, c.values = append(c.rows, int32(len(m.price))), append(c.values, 1)
	}
	m.low, m.high, m.price = append(m.low, 0), append(m.high, most), append(m.price, 0)
}

// settle changes prices until all rows are kept. One after the other is set to what its row alone needs, which always
// comes nearer; then all are changed at once by Newton's method, if that comes nearer too, which is soon exact.
func (m *market) settle(ctx context.Context) error {
	members := m.members()
	m.buy()
	for range mostSweeps {
		if err := ctx.Err(); err != nil {
			return err
		}
		for row, of := range members {
			m.adjust(row, of)
		}
		m.buy()
		m.jump()
		if m.broken() <= settledWithin*float64(len(m.price)) {
			return nil
		}
	}
	return nil // the bound tells how far it is from the best
}

// members lists for each row the types that count in it, and for how much.
func (m *market) members() []column {
	members := make([]column, len(m.price))
	for t, c := range m.columns {
		for i, row := range c.rows {
			if m.people[t] > 0 {
				members[row].rows = append(members[row].rows, int32(t))
				members[row].values = append(members[row].values, c.values[i])
			}
		}
	}
	return members
}

// buys is how much a type buys at a cost.
func (m *market) buys(t int32, cost float64) float64 {
	if cost*m.most[t] <= m.people[t] {
		return m.most[t]
	}
	return m.people[t] / cost
}

// buy computes what everybody buys.
func (m *market) buy() {
	m.used = make([]float64, len(m.price))
	for t, c := range m.columns {
		if m.people[t] == 0 {
			continue
		}
		m.cost[t] = c.dot(m.price)
		m.bought[t] = m.buys(int32(t), m.cost[t])
		for i, row := range c.rows {
			m.used[row] += float64(c.values[i] * m.bought[t])
		}
	}
}

// adjust sets one price to what its row needs when all others stay, and the cost of its types with it.
func (m *market) adjust(row int, of column) {
	excess := func(price, bound float64) float64 {
		sum := -bound
		for i, t := range of.rows {
			sum += float64(of.values[i] * m.buys(t, m.cost[t]+float64(of.values[i]*(price-m.price[row]))))
		}
		return sum
	}
	price := 0.0
	switch low, high := m.low[row], m.high[row]; {
	case excess(0, high) > 0:
		price = root(func(price float64) float64 { return excess(price, high) }, 1)
	case excess(0, low) < 0:
		price = root(func(price float64) float64 { return excess(price, low) }, -1)
	}
	for i, t := range of.rows {
		m.cost[t] += float64(of.values[i] * (price - m.price[row]))
	}
	m.price[row] = price
}

// root finds where a falling function is zero, on one side of zero: by the given step and its multiples, then by halves.
func root(of func(float64) float64, step float64) float64 {
	from, to := 0.0, step
	for range 60 {
		if of(to)*step <= 0 {
			break
		}
		from, to = to, 2*to
	}
	for range 40 {
		if middle := (from + to) / 2; of(middle)*step > 0 {
			from = middle
		} else {
			to = middle
		}
	}
	return to
}

// broken is by how much rows are broken, or are not used up although they have a price.
func (m *market) broken() float64 {
	sum := 0.0
	for row, used := range m.used {
		sum += math.Abs(m.excess(row, used))
	}
	return sum
}

// excess is by how much more is bought of a row than should be at its price.
func (m *market) excess(row int, used float64) float64 {
	switch low, high := m.low[row], m.high[row]; {
	case m.price[row] > 0 || used > high:
		return used - high
	case m.price[row] < 0 || used < low:
		return used - low
	}
	return 0
}

// bound is the value of the dual program: no point has a greater sum of logarithms.
func (m *market) bound() float64 {
	sum := 0.0
	for t, people := range m.people {
		if people > 0 {
			sum += float64(people*math.Log(m.bought[t])) - float64(m.cost[t]*m.bought[t])
		}
	}
	for row, price := range m.price {
		sum += max(float64(price*m.high[row]), float64(price*m.low[row]))
	}
	return sum
}

// jump changes all prices that are not zero, or should not be, by a step of Newton's method, and takes it back unless the
// bound falls. A price whose sign it would turn becomes zero.
func (m *market) jump() {
	var free []int
	var step []float64
	for row, used := range m.used {
		if e := m.excess(row, used); e != 0 || m.price[row] != 0 {
			free, step = append(free, row), append(step, e)
		}
	}
	solvePositive(m.slopes(free), step)
	before, old := m.bound(), slices.Clone(m.price)
	for i, row := range free {
		if next := m.price[row] + step[i]; m.low[row] == m.high[row] || next*m.price[row] >= 0 {
			m.price[row] = next
		} else {
			m.price[row] = 0
		}
	}
	if m.buy(); !(m.bound() <= before) {
		m.price = old
		m.buy()
	}
}

// slopes tells how much less of each free row is bought when the price of each rises by one.
func (m *market) slopes(free []int) [][]float64 {
	place := slices.Repeat([]int{-1}, len(m.price))
	for i, row := range free {
		place[row] = i
	}
	slopes := make([][]float64, len(free))
	for i := range slopes {
		slopes[i] = make([]float64, len(free))
	}
	for t, c := range m.columns {
		if m.people[t] == 0 || m.bought[t] == m.most[t] {
			continue
		}
		falls := m.bought[t] * m.bought[t] / m.people[t]
		for i, row := range c.rows {
			for j, other := range c.rows {
				if a, b := place[row], place[other]; a >= 0 && b >= 0 {
					slopes[a][b] += float64(falls * c.values[i] * c.values[j])
				}
			}
		}
	}
	return slopes
}

// solvePositive solves a system with a symmetric matrix that has no negative eigenvalue (Cholesky), in place. What rows have
// in common with those before is left out.
func solvePositive(a [][]float64, x []float64) {
	for i := range a {
		whole := a[i][i]
		for j := range i {
			sum := a[i][j]
			for k := range j {
				sum -= float64(a[i][k] * a[j][k])
			}
			if a[i][j] = 0; a[j][j] > 0 {
				a[i][j] = sum / a[j][j]
			}
			a[i][i] -= float64(a[i][j] * a[i][j])
			x[i] -= float64(a[i][j] * x[j])
		}
		if a[i][i] <= 1e-11*whole {
			a[i][i], x[i] = 0, 0
			continue
		}
		a[i][i] = math.Sqrt(a[i][i])
		x[i] /= a[i][i]
	}
	for i := len(a) - 1; i >= 0; i-- {
		if a[i][i] == 0 {
			continue
		}
		x[i] /= a[i][i]
		for j := range i {
			x[j] -= float64(a[i][j] * x[i])
		}
	}
}
