package sortition

import (
	"context"
	"slices"
)

// outline is what is known to hold for every mixture of panels, that is, for the expected number of people of each
// type when a panel is drawn: the quotas, the size, one of each household, and the cuts that were found. More points
// than mixtures may obey it, but it has a row for each quota only and none for panels, so its fairest point
// is found at once. If that point is a mixture of panels, no other mixture is fairer.
type outline struct {
	space *space
	drawn []bool // by type: people of it are in some panel
	cuts  []cut
}

// cut is a row that every panel obeys and some point of the outline did not: no panel brings more than most points.
type cut struct {
	points []float64 // by type
	most   float64
}

// standing is how far probabilities have been raised. They are those of one person of each type.
type standing struct {
	floor  []float64 // by type: what is secured
	raised []bool    // by type: it may still rise
	level  float64   // the floor of all that are raised
}

// fairest raises the lowest probability of the outline as far as it goes, then, without lowering it, the next, and so on
// for as many levels as asked for (all: 0). It returns the point reached, and how much of it is owed: with all levels that
// is all of it. Both are expected numbers of people by type.
func (o *outline) fairest(ctx context.Context, levels int) (point, owed []float64, err error) {
	types := o.space.types
	at := standing{floor: make([]float64, len(types)), raised: slices.Clone(o.drawn)}
	for n := 0; (levels == 0 || n < levels) && slices.Contains(at.raised, true); n++ {
		lp, err := o.raise(ctx, at)
		if err != nil {
			return nil, nil, err
		}
		point = o.point(lp, at)
		at.secure(lp, types)
	}
	for t, k := range types {
		owed = append(owed, float64(k.people)*at.floor[t])
	}
	return point, owed, nil
}

// raise solves one level: a linear program whose variables are by how many each type exceeds what it is owed and, the
// last, the gain, which is how much the probability of all that are raised rises. Rows of households are added
// when they are needed, because few ever are.
func (o *outline) raise(ctx context.Context, at standing) (*simplex, error) {
	lp := o.program(at)
	has := make([]bool, len(o.space.classes))
	for {
		if err := lp.optimum(ctx); err != nil {
			return nil, err
		}
		point, complete := o.point(lp, at), true
		for c, class := range o.space.classes {
			if most := float64(len(class.households)); !has[c] && class.sum(point) > most+slackness {
				row, owed := o.household(class, at)
				lp.addRow(row, -owed, most-owed)
				has[c], complete = true, false
			}
		}
		if complete {
			return lp, nil
		}
	}
}

// household is the row of a class of households over the variables of a level, and what of it is owed.
func (o *outline) household(of class, at standing) (row column, owed float64) {
	grow := 0.0
	for _, t := range of.types {
		people := float64(o.space.types[t].people)
		row.rows, row.values = append(row.rows, int32(t)), append(row.values, 1)
		owed += float64(people * at.floor[t])
		if at.raised[t] {
			grow += people
		}
	}
	if grow > 0 {
		row.rows, row.values = append(row.rows, int32(len(o.space.types))), append(row.values, grow)
	}
	return row, owed
}

// program is the linear program of a level without rows of households. Its rows are the quotas, the size, and the cuts.
func (o *outline) program(at standing) *simplex {
	s := o.space
	types, size := len(s.types), len(s.rows)
	rows := size + 1 + len(o.cuts)
	columns, low, high := make([]column, types+1), make([]float64, types+1), make([]float64, types+1)
	owed, grow := make([]float64, rows), make([]float64, rows)
	for t, k := range s.types {
		columns[t] = o.column(t)
		people := float64(k.people)
		if o.drawn[t] {
			high[t] = max(0, float64(k.most)-float64(people*at.floor[t]))
		}
		for i, row := range columns[t].rows {
			owed[row] += float64(columns[t].values[i] * people * at.floor[t])
			if at.raised[t] {
				grow[row] += float64(columns[t].values[i] * people)
			}
		}
	}
	high[types] = 2 // more than any probability, so that something else ends the rise
	rowLow, rowHigh := make([]float64, rows), make([]float64, rows)
	for row := range rows {
		if grow[row] != 0 {
			c := &columns[types]
			c.rows, c.values = append(c.rows, int32(row)), append(c.values, grow[row])
		}
		rowLow[row], rowHigh[row] = o.bounds(row)
		rowLow[row], rowHigh[row] = rowLow[row]-owed[row], rowHigh[row]-owed[row]
	}
	lp := newSimplex(columns, low, high, rowLow, rowHigh)
	lp.cost[types] = 1
	return lp
}

// bounds are those of a row: of a quota, of the size, or of a cut.
func (o *outline) bounds(row int) (low, high float64) {
	switch size := len(o.space.rows); {
	case row < size:
		return float64(o.space.rows[row].Min), float64(o.space.rows[row].Max)
	case row == size:
		return float64(o.space.problem.Size), float64(o.space.problem.Size)
	default:
		return 0, o.cuts[row-size-1].most
	}
}

// column is what a person of a type counts for in each row.
func (o *outline) column(t int) column {
	size := len(o.space.rows)
	var c column
	for _, row := range o.space.types[t].rows {
		c.rows, c.values = append(c.rows, row), append(c.values, 1)
	}
	c.rows, c.values = append(c.rows, int32(size)), append(c.values, 1)
	for i, cut := range o.cuts {
		if v := cut.points[t]; v != 0 {
			c.rows, c.values = append(c.rows, int32(size+1+i)), append(c.values, v)
		}
	}
	return c
}

// point is the point of the outline that a level reached.
func (o *outline) point(lp *simplex, at standing) []float64 {
	point := make([]float64, len(o.space.types))
	gain := lp.solution(len(point))
	for t, k := range o.space.types {
		share := at.floor[t]
		if at.raised[t] {
			share += gain
		}
		point[t] = max(0, float64(k.people)*share+lp.solution(t))
	}
	return point
}

// secure ends a level: what was gained becomes floor. Types of which one person more would cost some of the gain have
// that probability in every best solution and are no longer raised.
func (at *standing) secure(lp *simplex, types []kind) {
	at.level += lp.solution(len(types))
	dearest, most := -1, 0.0
	price := func(t int) float64 { return -lp.reduced[t] * float64(types[t].people) }
	for t, raised := range at.raised {
		if raised {
			at.floor[t] = at.level
			if p := price(t); dearest < 0 || p > most {
				dearest, most = t, p
			}
		}
	}
	for t, raised := range at.raised {
		at.raised[t] = raised && t != dearest && price(t) <= noPrice*most
	}
}

// noPrice is the part of the highest price below which a price is taken for rounding.
const noPrice = 1e-7
