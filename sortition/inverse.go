package sortition

import "math"

// inverse is the inverse of a basis: of the square matrix whose columns are those of the basic variables
// of a linear program. It begins as that of the logical variables, which is the unit matrix, and is then
// multiplied by one elementary matrix for each exchange of a variable (product form, multiplied out).
//
// It is kept whole, column by column. Most bases here hold many logical variables, whose columns of the
// inverse are unit vectors, and a row of an inverse is what prices are read from; so the plain form is
// quicker than factors for programs of up to some hundred rows.
type inverse struct {
	columns [][]float64
}

func newInverse(rows int) *inverse {
	v := &inverse{columns: make([][]float64, rows)}
	cells := make([]float64, rows*rows)
	for i := range v.columns {
		v.columns[i] = cells[i*rows : (i+1)*rows : (i+1)*rows]
	}
	v.reset()
	return v
}

// reset makes it the unit matrix.
func (v *inverse) reset() {
	for i, column := range v.columns {
		clear(column)
		column[i] = 1
	}
}

// times computes the inverse times a sparse column into out.
func (v *inverse) times(c column, out []float64) {
	clear(out)
	for k, row := range c.rows {
		addTo(out, c.values[k], v.columns[row])
	}
}

// row reads one row of the inverse into out.
func (v *inverse) row(position int, out []float64) {
	for i, column := range v.columns {
		out[i] = column[position]
	}
}

// exchange replaces the basic variable at a position by one whose column, already multiplied by the
// inverse, is entering.
func (v *inverse) exchange(position int, entering []float64) {
	pivot := entering[position]
	for _, column := range v.columns {
		at := column[position]
		if at == 0 {
			continue
		}
		at /= pivot
		addTo(column, -at, entering)
		column[position] = at
	}
}

// addTo adds factor times from to each element of to. The conversions forbid fusing the two operations, so
// that every processor computes the same. Four at a time are a third quicker than one.
func addTo(to []float64, factor float64, from []float64) {
	from = from[:len(to)]
	for len(to) >= 4 && len(from) >= 4 {
		to[0] += float64(factor * from[0])
		to[1] += float64(factor * from[1])
		to[2] += float64(factor * from[2])
		to[3] += float64(factor * from[3])
		to, from = to[4:], from[4:]
	}
	for i := range to {
		to[i] += float64(factor * from[i])
	}
}

// column is a sparse column of a matrix.
type column struct {
	rows   []int32
	values []float64
}

// dot is the product with a dense vector.
func (c column) dot(dense []float64) float64 {
	sum := 0.0
	for k, row := range c.rows {
		sum += float64(c.values[k] * dense[row])
	}
	return sum
}

// rebuild computes the inverse anew for a basis, to be rid of rounding that piled up. head names the
// basic variable of each position; columnOf gives the column of a variable, and logical tells the row of
// one that is logical, or -1. Positions may change. A variable whose column depends on the others' is
// replaced by a logical variable and returned.
func (v *inverse) rebuild(head []int, columnOf func(variable int) column, logical func(variable int) int, logicalOf func(row int) int) (dropped []int) {
	v.reset()
	rows := len(head)
	taken := make([]bool, rows)
	var others []int
	for _, variable := range head {
		if row := logical(variable); row >= 0 {
			taken[row] = true
		} else {
			others = append(others, variable)
		}
	}
	for row := range head {
		head[row] = logicalOf(row)
	}
	work := make([]float64, rows)
	for _, variable := range others {
		v.times(columnOf(variable), work)
		best := -1
		for row, value := range work {
			if !taken[row] && math.Abs(value) > 1e-8 && (best < 0 || math.Abs(value) > math.Abs(work[best])) {
				best = row
			}
		}
		if best < 0 {
			dropped = append(dropped, variable)
			continue
		}
		v.exchange(best, work)
		taken[best], head[best] = true, variable
	}
	return dropped
}
