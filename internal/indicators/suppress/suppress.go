// Package suppress keeps people from being recognised in tables of counts: which cells are hidden, how counts are rounded, and what a
// reader who puts everything together that was ever published could still compute. It is pure: numbers in, numbers out.
package suppress

import (
	"errors"

	"github.com/birge-kz/birge/internal/surveys/estimate"
)

// Least is the smallest count of people that is published as it is.
const Least = 5

// Hide says which cells of a table are hidden when the sums of its rows and columns are published: all below least, and as many others
// as it takes. See [estimate.Suppress].
func Hide(counts [][]int64, least int64) [][]bool { return estimate.Suppress(counts, least) }

// Grid is a fixed rounding: counts up to UpTo are shown as 0, others as the nearest multiple of To. A city keeps one grid for ever: two
// grids over one count would say it more exactly than either.
type Grid struct{ UpTo, To int64 }

// People is the grid for counts of people over time: that of OpenSAFELY (ehrQL, "Disclosure control").
var People = Grid{UpTo: 7, To: 5}

// ErrNegative is the answer to a count below 0.
var ErrNegative = errors.New("suppress: a count is below 0")

// Round is what is shown of a count. Halves go up.
func (g Grid) Round(n int64) (int64, error) {
	switch {
	case n < 0:
		return 0, ErrNegative
	case n <= g.UpTo:
		return 0, nil
	}
	return (n + g.To/2) / g.To * g.To, nil
}

// Range is which counts look like shown, from the least to the greatest.
func (g Grid) Range(shown int64) Range {
	if shown == 0 {
		return Range{0, g.UpTo}
	}
	return Range{max(shown-g.To/2, g.UpTo+1), shown + (g.To-1)/2}
}

// Table is a table of counts rounded on a grid, with the sum of each of its rows.
type Table struct {
	Cells [][]int64
	Sums  []int64
	// Summed are rows whose sum is that of the rounded cells: the rounded sum of the counts would tell too much of one of them.
	Summed []bool
}

// Rounded rounds each count on its own. The sum of a row is the rounded sum of its counts, unless a reader could then narrow one of
// them to fewer than least values; then it is the sum of what is shown, which tells nothing new.
func (g Grid) Rounded(counts [][]int64, least int64) (Table, error) {
	out := Table{Cells: make([][]int64, len(counts)), Sums: make([]int64, len(counts)), Summed: make([]bool, len(counts))}
	for r, row := range counts {
		var sum, shown int64
		known := make([]Known, 0, len(row)+1)
		all := make([]int, len(row))
		for c, n := range row {
			cell, err := g.Round(n)
			if err != nil {
				return Table{}, err
			}
			out.Cells[r] = append(out.Cells[r], cell)
			sum, shown, all[c] = sum+n, shown+cell, c
			known = append(known, Known{Plus: []int{c}, Range: g.Range(cell)})
		}
		out.Sums[r], _ = g.Round(sum)
		if narrow, err := Narrow(len(row), append(known, Known{Plus: all, Range: g.Range(out.Sums[r])}), least); err != nil || len(narrow) > 0 {
			out.Sums[r], out.Summed[r] = shown, true
		}
	}
	return out, nil
}

// Held says which cells of a table that grows (people so far) keep what was published before: where the difference between two
// releases is below least, and as many others as it takes so that no such difference follows from the sums of rows and
// columns. The whole table is held when a sum itself grew by less than least, which no cell can hide, or a count has sunk: what
// left it is a difference too. Then its next release is compared with the same former one.
func Held(before, now [][]int64, least int64) [][]bool {
	grown, whole := make([][]int64, len(now)), false
	columns := make([]int64, len(now[0]))
	for r := range now {
		var sum int64
		grown[r] = make([]int64, len(now[r]))
		for c := range now[r] {
			grown[r][c] = now[r][c] - before[r][c]
			whole = whole || grown[r][c] < 0
			sum, columns[c] = sum+grown[r][c], columns[c]+grown[r][c]
		}
		whole = whole || sum > 0 && sum < least
	}
	for _, sum := range columns {
		whole = whole || sum > 0 && sum < least
	}
	if !whole {
		return Hide(grown, least)
	}
	held := make([][]bool, len(now))
	for r := range held {
		held[r] = make([]bool, len(now[r]))
		for c := range held[r] {
			held[r][c] = true
		}
	}
	return held
}
