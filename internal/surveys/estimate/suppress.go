package estimate

import "math"

// Suppress says which cells of a table of counts are hidden when the sums of its rows and columns are known: each count below least, and as many
// others as it takes so that nobody can compute a hidden one more exactly than to least possible values. Rows must be equally long; 0 is below
// least too. A table with one row is a list whose sum is known.
//
// The first rule is that of a threshold; which others are hidden with them (secondary suppression) is tried from the smallest on, and proven
// for each hidden cell by how far it can move while all sums stay: the greatest flow in the graph of rows and columns that hidden cells join
// (Hundepool et al., "Statistical Disclosure Control" (2012), 4.3).
func Suppress(counts [][]int64, least int64) [][]bool {
	t := table{counts: counts, hidden: make([][]bool, len(counts)), least: least}
	for r, row := range counts {
		t.hidden[r] = make([]bool, len(row))
		for c, n := range row {
			t.hidden[r][c] = n < least
		}
	}
	for t.hideOneMore() {
	}
	return t.hidden
}

type table struct {
	counts [][]int64
	hidden [][]bool
	least  int64
}

// hideOneMore finds a hidden cell that can be computed too exactly and hides another with it; false when there is none, or nothing is left to hide.
func (t table) hideOneMore() bool {
	for r := range t.counts {
		for c := range t.counts[r] {
			if t.hidden[r][c] && t.play(r, c) < t.least-1 {
				if r2, c2, ok := t.next(r, c); ok {
					t.hidden[r2][c2] = true
					return true
				}
			}
		}
	}
	return false
}

// next is the cell to hide with one that can be computed too exactly: the smallest visible one of its row, then of its column, when nothing else is
// hidden there; then the smallest of all that gives it play at once; then the smallest of its row and column, and of all.
func (t table) next(row, column int) (r, c int, ok bool) {
	inRow := func(i, j int) bool { return i == row }
	inColumn := func(i, j int) bool { return j == column }
	gives := func(i, j int) bool {
		t.hidden[i][j] = true
		enough := t.play(row, column) >= t.least-1
		t.hidden[i][j] = false
		return enough
	}
	near := func(i, j int) bool { return i == row || j == column }
	anywhere := func(int, int) bool { return true }
	if t.hiddenIn(inRow) == 1 {
		if r, c, ok = t.smallest(inRow); ok {
			return r, c, ok
		}
	}
	if len(t.counts) > 1 && t.hiddenIn(inColumn) == 1 {
		if r, c, ok = t.smallest(inColumn); ok {
			return r, c, ok
		}
	}
	for _, which := range []func(i, j int) bool{gives, near, anywhere} {
		if r, c, ok = t.smallest(which); ok {
			return r, c, ok
		}
	}
	return 0, 0, false
}

func (t table) hiddenIn(which func(i, j int) bool) (n int) {
	for i := range t.hidden {
		for j, hidden := range t.hidden[i] {
			if hidden && which(i, j) {
				n++
			}
		}
	}
	return n
}

// smallest is the smallest visible cell of some.
func (t table) smallest(which func(i, j int) bool) (r, c int, ok bool) {
	least := int64(math.MaxInt64)
	for i := range t.counts {
		for j, n := range t.counts[i] {
			if !t.hidden[i][j] && n < least && which(i, j) {
				r, c, ok, least = i, j, true, n
			}
		}
	}
	return r, c, ok
}

// play is how many other values a hidden cell can have while the sums of all rows and columns stay, and no count is below 0. A list has no columns
// whose sums are known.
func (t table) play(r, c int) int64 {
	if len(t.counts) == 1 {
		var others int64
		for j, n := range t.counts[0] {
			if t.hidden[0][j] && j != c {
				others += n
			}
		}
		if t.alone(c) {
			return 0
		}
		return t.counts[0][c] + others
	}
	// More in this cell means less elsewhere in its column, more in that row, and so on until its own row has less: a flow from the column to the row.
	up := t.flow(len(t.counts)+c, r, r, c, math.MaxInt64)
	down := t.flow(r, len(t.counts)+c, r, c, t.counts[r][c])
	return up + down
}

// alone reports whether a list has no other hidden cell.
func (t table) alone(c int) bool {
	for j := range t.counts[0] {
		if j != c && t.hidden[0][j] {
			return false
		}
	}
	return true
}

// flow is the greatest flow between two nodes, at most so much, along hidden cells other than (r, c). Nodes are the rows, and behind them the
// columns. From a row to a column a cell can grow without bound; back it can shrink to 0.
func (t table) flow(from, to, r, c int, most int64) (total int64) {
	rows, n := len(t.counts), len(t.counts)+len(t.counts[0])
	room := make([][]int64, n)
	for i := range room {
		room[i] = make([]int64, n)
	}
	for i := range t.counts {
		for j, count := range t.counts[i] {
			if t.hidden[i][j] && (i != r || j != c) {
				room[i][rows+j], room[rows+j][i] = math.MaxInt32, count
			}
		}
	}
	enough := min(most, max(t.least, 1)) // more than that need not be known
	for total < enough {
		path := shortest(room, from, to)
		if path == nil {
			break
		}
		push := enough - total
		for i := 1; i < len(path); i++ {
			push = min(push, room[path[i-1]][path[i]])
		}
		for i := 1; i < len(path); i++ {
			room[path[i-1]][path[i]] -= push
			room[path[i]][path[i-1]] += push
		}
		total += push
	}
	return total
}

// shortest is a path with room on every step; nil when there is none.
func shortest(room [][]int64, from, to int) []int {
	before := make([]int, len(room))
	for i := range before {
		before[i] = -1
	}
	before[from] = from
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == to {
			break
		}
		for next, left := range room[at] {
			if left > 0 && before[next] < 0 {
				before[next] = at
				queue = append(queue, next)
			}
		}
	}
	if before[to] < 0 {
		return nil
	}
	path := []int{to}
	for at := to; at != from; at = before[at] {
		path = append([]int{before[at]}, path...)
	}
	return path
}
