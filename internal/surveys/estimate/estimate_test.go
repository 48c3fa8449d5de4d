package estimate_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/birge-kz/birge/internal/surveys/estimate"
)

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
func TestWilson(t *testing.T) {
	for _, c := range []struct{ said, n, low, high float64 }{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		i := Wilson(c.said/c.n, c.n)
		if math.Abs(i.Low-c.low) > 5e-5 || math.Abs(i.High-c.high) > 5e-5 {
			t.Errorf("%v of %v: %+v", c.said, c.n, i)
		}
	}
	if i := Wilson(0, 0); i != (Interval{0, 1}) {
		t.Errorf("of nobody: %+v", i)
	}
	if i := Wilson(1, 20); i.High != 1 || i.Low > 1-0.1611+5e-5 {
		t.Errorf("all of 20: %+v", i)
	}
	// What everybody has read of surveys: a sample of 1,000 and a half have 3.1 points.
	if m := Wilson(0.5, 1000).Margin(0.5); math.Abs(m-0.0309) > 1e-4 {
		t.Errorf("the margin of 1,000: %v", m)
	}
}

func TestDesignEffect(t *testing.T) {
	// By hand: 3·(1+1+4)/(1+1+2)² = 18/16.
	if d := DesignEffect([]float64{1, 1, 2}); d != 1.125 {
		t.Error(d)
	}
	if n := Effective([]float64{3, 3, 3, 3}); n != 4 {
		t.Error("alike weights tell as much as none:", n)
	}
	if n := Effective([]float64{1, 1e-9, 1e-9}); math.Abs(n-1) > 1e-6 {
		t.Error("one weight that outweighs all is one answer:", n)
	}
	if DesignEffect(nil) != 1 {
		t.Error("of nobody")
	}
}

// The table of "Iterative proportional fitting" (Wikipedia) as ProportionalFitting.jl fits it (its README, "Showcase").
func TestRakeAsPublished(t *testing.T) {
	table := [4][4]int{{40, 30, 20, 10}, {35, 50, 100, 75}, {30, 80, 70, 120}, {20, 30, 40, 50}}
	want := [4][4]float64{{64.5585, 46.2325, 35.3843, 3.82473}, {49.9679, 68.1594, 156.499, 25.3742}, {56.7219, 144.428, 145.082, 53.7673}, {28.7516, 41.18, 63.0347, 17.0337}}
	var row, column []int
	for r := range table {
		for c, n := range table[r] {
			for range n {
				row, column = append(row, r), append(column, c)
			}
		}
	}
	w, err := Rake(len(row), []Margin{{row, []float64{150, 300, 400, 150}}, {column, []float64{200, 300, 400, 100}}})
	if err != nil {
		t.Fatal(err)
	}
	var got [4][4]float64
	for i, weight := range w.Of {
		got[row[i]][column[i]] += weight * 1000 / float64(len(row)) // weights have mean 1; the margins add up to 1,000
	}
	for r := range want {
		for c := range want[r] {
			if math.Abs(got[r][c]-want[r][c]) > 1e-3 {
				t.Errorf("cell %d, %d: %.4f, not %.4f", r, c, got[r][c], want[r][c])
			}
		}
	}
	if w.Rounds > 20 || w.Off > Tolerance {
		t.Errorf("after %d rounds %g off", w.Rounds, w.Off)
	}
}

// One margin alone is post-stratification, whose weights are known in closed form: share of the population / share of the sample.
func TestRakeWithWhoDidNotSay(t *testing.T) {
	of := []int{0, 0, 0, 1, NotSaid}
	w, err := Rake(5, []Margin{{of, []float64{1, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{2. / 3, 2. / 3, 2. / 3, 2, 1} {
		if math.Abs(w.Of[i]-want) > 1e-12 {
			t.Errorf("weight %d: %v, not %v", i, w.Of[i], want)
		}
	}
}

func TestRakeRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		n       int
		margins []Margin
		want    MarginError
	}{
		{"nobody", 0, []Margin{{nil, []float64{1}}}, MarginError{Nobody, -1, -1}},
		{"no margin", 2, nil, MarginError{Nobody, -1, -1}},
		{"a group that nobody is of", 2, []Margin{{[]int{0, 0}, []float64{1, 1}}}, MarginError{Empty, 0, 1}},
		{"a group that the city has not", 2, []Margin{{[]int{0, 1}, []float64{1, 0}}}, MarginError{Extra, 0, 1}},
		{"less than nobody", 2, []Margin{{[]int{0, 1}, []float64{1, -1}}}, MarginError{BadShares, 0, 1}},
		{"no number", 2, []Margin{{[]int{0, 1}, []float64{math.NaN(), 1}}}, MarginError{BadShares, 0, 0}},
		{"a stranger", 2, []Margin{{[]int{0, 7}, []float64{1, 1}}}, MarginError{BadColumn, 0, 7}},
		{"too few", 2, []Margin{{[]int{0}, []float64{1}}}, MarginError{BadColumn, 0, -1}},
		{"margins that contradict each other", 2, []Margin{{[]int{0, 1}, []float64{1, 3}}, {[]int{0, 1}, []float64{3, 1}}}, MarginError{Diverges, -1, -1}},
	} {
		var e *MarginError
		if _, err := Rake(c.n, c.margins); !errors.As(err, &e) || *e != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Of small tables every other table with the same sums and the same visible cells can be tried: each hidden cell must have at least so many values.
func TestNobodyComputesAHiddenCell(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 2026))
	const least = 3
	for range 400 {
		rows, columns := 2+r.IntN(2), 2+r.IntN(2)
		counts := make([][]int64, rows)
		for i := range counts {
			counts[i] = make([]int64, columns)
			for j := range counts[i] {
				if counts[i][j] = r.Int64N(4); r.IntN(2) == 0 {
					counts[i][j] = r.Int64N(9)
				}
			}
		}
		hidden := Suppress(counts, least)
		shown := 0
		for i := range counts {
			for j, n := range counts[i] {
				if !hidden[i][j] {
					shown++
					if n < least {
						t.Fatalf("%v: %d is shown", counts, n)
					}
				}
			}
		}
		values := possible(counts, hidden)
		for i := range counts {
			for j := range counts[i] {
				if hidden[i][j] && shown > 0 && len(values[[2]int{i, j}]) < least {
					t.Fatalf("%v hidden %v: the cell %d, %d can only be %v", counts, hidden, i, j, values[[2]int{i, j}])
				}
			}
		}
	}
}

// possible lists the values of each hidden cell in all tables with the same sums and visible cells.
func possible(counts [][]int64, hidden [][]bool) map[[2]int]map[int64]bool {
	rows, columns := make([]int64, len(counts)), make([]int64, len(counts[0]))
	var cells [][2]int
	for i := range counts {
		for j, n := range counts[i] {
			if hidden[i][j] {
				rows[i] += n
				columns[j] += n
				cells = append(cells, [2]int{i, j})
			}
		}
	}
	out, now := map[[2]int]map[int64]bool{}, map[[2]int]int64{}
	var try func(at int)
	try = func(at int) {
		if at == len(cells) {
			for i := range rows {
				if rows[i] != 0 {
					return
				}
			}
			for j := range columns {
				if columns[j] != 0 {
					return
				}
			}
			for cell, n := range now {
				if out[cell] == nil {
					out[cell] = map[int64]bool{}
				}
				out[cell][n] = true
			}
			return
		}
		cell := cells[at]
		// The last hidden cell of a row must take what is left of it.
		from := int64(0)
		if at+1 == len(cells) || cells[at+1][0] != cell[0] {
			from = rows[cell[0]]
		}
		for n := from; n <= min(rows[cell[0]], columns[cell[1]]); n++ {
			rows[cell[0]] -= n
			columns[cell[1]] -= n
			now[cell] = n
			try(at + 1)
			rows[cell[0]] += n
			columns[cell[1]] += n
		}
	}
	try(0)
	return out
}

func TestSuppressByHand(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts [][]int64
		hidden []string
	}{
		{"nothing is small", [][]int64{{10, 20}, {30, 40}}, []string{"..", ".."}},
		{"one cell takes three with it", [][]int64{{3, 20, 30}, {40, 50, 60}, {70, 80, 90}}, []string{"xx.", "xx.", "..."}},
		{"a list needs a second", [][]int64{{2, 9, 30}}, []string{"xx."}},
		{"a list of two small ones that are enough", [][]int64{{2, 3, 30}}, []string{"xx."}},
		{"two empty ones would be known to be empty", [][]int64{{0, 0, 9, 30}}, []string{"xxx."}},
		{"ehrQL's 6 and 7 stay hidden only under their own threshold", [][]int64{{6, 7, 8}}, []string{"..."}},
	} {
		got := Suppress(c.counts, 5)
		for r, row := range got {
			said := ""
			for _, h := range row {
				said += map[bool]string{true: "x", false: "."}[h]
			}
			if said != c.hidden[r] {
				t.Errorf("%s, row %d: %s, not %s", c.name, r, said, c.hidden[r])
			}
		}
	}
}

// The largest table that is made: half of its cells are small. It stays far below what a page may cost.
func BenchmarkSuppress(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	counts := make([][]int64, 20)
	for i := range counts {
		counts[i] = make([]int64, 20)
		for j := range counts[i] {
			counts[i][j] = r.Int64N(10) + 30*r.Int64N(2)
		}
	}
	for b.Loop() {
		Suppress(counts, 5)
	}
}

// 100,000 answers and four margins.
func BenchmarkRake(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	margins := make([]Margin, 4)
	for m := range margins {
		margins[m].Shares = []float64{3, 4, 5, 6, 7}
		for range 100_000 {
			margins[m].Of = append(margins[m].Of, r.IntN(5))
		}
	}
	for b.Loop() {
		if _, err := Rake(100_000, margins); err != nil {
			b.Fatal(err)
		}
	}
}
