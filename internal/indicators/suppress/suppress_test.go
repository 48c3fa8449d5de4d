package suppress_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/indicators/suppress"
)

// The facts of another program that rounds on the same grid.
func TestTheGridOfOthers(t *testing.T) {
	shared := os.Getenv("BIRGE_SHARED")
	if shared == "" {
		t.Skip("BIRGE_SHARED is not set")
	}
	text, err := os.ReadFile(filepath.Join(shared, "data/suppression/rounding.json"))
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Rule struct {
			UpTo int64 `json:"suppress_up_to"`
			To   int64 `json:"round_to"`
		}
		Cases []struct{ Value, Expect int64 }
	}
	if err := json.Unmarshal(text, &facts); err != nil || len(facts.Cases) == 0 {
		t.Fatal(err)
	}
	if g := (suppress.Grid{UpTo: facts.Rule.UpTo, To: facts.Rule.To}); g != suppress.People {
		t.Errorf("theirs is %+v", g)
	}
	for _, c := range facts.Cases {
		if got, err := suppress.People.Round(c.Value); got != c.Expect || err != nil {
			t.Errorf("%d is shown as %d (%v), want %d", c.Value, got, err, c.Expect)
		}
	}
	if _, err := suppress.People.Round(-1); !errors.Is(err, suppress.ErrNegative) {
		t.Errorf("-1: %v", err)
	}
}

// Each count lies in the range of what is shown of it, and none beside lies there.
func TestRangesOfTheGrid(t *testing.T) {
	for _, g := range []suppress.Grid{suppress.People, {UpTo: 4, To: 10}, {UpTo: 5, To: 3}} {
		for n := range int64(60) {
			shown, err := g.Round(n)
			r := g.Range(shown)
			if err != nil || n < r.Low || n > r.High {
				t.Errorf("%+v: %d is shown as %d, which means %+v (%v)", g, n, shown, r, err)
			}
			for _, beside := range []int64{r.Low - 1, r.High + 1} {
				if other, err := g.Round(beside); err == nil && other == shown {
					t.Errorf("%+v: %d is shown as %d too", g, beside, shown)
				}
			}
		}
	}
}

// everything tries all counts up to most and says between which values each lies that fits what is known.
func everything(n int, most int64, known []suppress.Known) []suppress.Range {
	reach := make([]suppress.Range, n)
	for i := range reach {
		reach[i] = suppress.Range{Low: most + 1, High: -1}
	}
	counts := make([]int64, n)
	var try func(i int)
	try = func(i int) {
		if i < n {
			for counts[i] = 0; counts[i] <= most; counts[i]++ {
				try(i + 1)
			}
			return
		}
		for _, k := range known {
			var sum int64
			for _, c := range k.Plus {
				sum += counts[c]
			}
			for _, c := range k.Minus {
				sum -= counts[c]
			}
			if sum < k.Low || sum > k.High {
				return
			}
		}
		for i, c := range counts {
			reach[i] = suppress.Range{Low: min(reach[i].Low, c), High: max(reach[i].High, c)}
		}
	}
	try(0)
	return reach
}

// The linear programs find what trying all counts finds, in tables of rows and columns.
func TestReachIsWhatTryingFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const most = 6
	for range 60 {
		counts := make([]int64, 6) // 2 rows, 3 columns
		var known []suppress.Known
		for i := range counts {
			counts[i] = random.Int64N(5)
			slack := random.Int64N(4)
			known = append(known, suppress.Known{Plus: []int{i}, Range: suppress.Range{Low: max(0, counts[i]-slack), High: min(most, counts[i]+random.Int64N(4))}})
		}
		for _, sum := range [][]int{{0, 1, 2}, {3, 4, 5}, {0, 3}, {1, 4}} {
			var total int64
			for _, i := range sum {
				total += counts[i]
			}
			wide := random.Int64N(3)
			known = append(known, suppress.Known{Plus: sum, Range: suppress.Range{Low: total - wide, High: total + wide}})
		}
		got, err := suppress.Reach(6, known)
		if want := everything(6, most, known); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v\n%+v: %v, want %v (%v)", counts, known, got, want, err)
		}
	}
}

func TestReachOfLittle(t *testing.T) {
	if got, err := suppress.Reach(2, []suppress.Known{{Plus: []int{0}, Minus: []int{1}, Range: suppress.Range{Low: 3, High: 3}}}); err != nil ||
		got[0] != (suppress.Range{Low: 3, High: suppress.Unbounded}) || got[1] != (suppress.Range{Low: 0, High: suppress.Unbounded}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := suppress.Reach(1, []suppress.Known{{Plus: []int{0}, Range: suppress.Range{Low: 2, High: 1}}}); !errors.Is(err, suppress.ErrContradiction) {
		t.Error(err)
	}
	if _, err := suppress.Reach(suppress.MostCounts+1, nil); !errors.Is(err, suppress.ErrLarge) {
		t.Error(err)
	}
	if _, err := suppress.Reach(1, make([]suppress.Known, suppress.MostKnown+1)); !errors.Is(err, suppress.ErrLarge) {
		t.Error(err)
	}
}

// exact is that a reader knows a sum.
func exact(counts [][]int64, cells ...[2]int) suppress.Known {
	var k suppress.Known
	for _, at := range cells {
		k.Plus = append(k.Plus, at[0]*len(counts[0])+at[1])
		k.Low += counts[at[0]][at[1]]
	}
	k.High = k.Low
	return k
}

// published is what a reader knows of a table in which some cells are hidden and all sums of rows and columns stand.
func published(counts [][]int64, hidden [][]bool) (known []suppress.Known) {
	for r, row := range counts {
		var all [][2]int
		for c := range row {
			all = append(all, [2]int{r, c})
			if !hidden[r][c] {
				known = append(known, exact(counts, [2]int{r, c}))
			}
		}
		known = append(known, exact(counts, all...))
	}
	for c := range counts[0] {
		var all [][2]int
		for r := range counts {
			all = append(all, [2]int{r, c})
		}
		known = append(known, exact(counts, all...))
	}
	return known
}

func table(random *rand.Rand, rows, columns int, most int64) [][]int64 {
	counts := make([][]int64, rows)
	for r := range counts {
		for range columns {
			counts[r] = append(counts[r], random.Int64N(most))
		}
	}
	return counts
}

// A reader who knows all cells that are shown and all sums narrows no hidden cell to fewer than five values, unless even the whole
// table does not hold enough people to hide among.
func TestNoHiddenCellIsRecovered(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	naive := 0
	for range 60 {
		counts := table(random, 3, 4, 30)
		hidden := suppress.Hide(counts, suppress.Least)
		reach, err := suppress.Reach(12, published(counts, hidden))
		if err != nil {
			t.Fatal(err)
		}
		small := make([][]bool, len(counts)) // the threshold alone
		for r := range counts {
			for c, n := range counts[r] {
				small[r] = append(small[r], n < suppress.Least)
				if hidden[r][c] && reach[r*4+c].Values() < suppress.Least {
					t.Errorf("%v hidden %v: the count at %d, %d is in %v", counts, hidden, r, c, reach[r*4+c])
				}
				if n < suppress.Least && !hidden[r][c] {
					t.Errorf("%v shows %d", counts, n)
				}
			}
		}
		alone, _ := suppress.Reach(12, published(counts, small))
		for i, r := range alone {
			if small[i/4][i%4] && r.Values() < suppress.Least {
				naive++
			}
		}
	}
	if naive < 10 {
		t.Errorf("the attack recovers only %d cells of tables where nothing else is hidden: it is too weak to show anything", naive)
	}
}

// Two releases of a table that grows: their difference, too, narrows nothing that is hidden in it.
func TestNoDifferenceOfReleasesIsRecovered(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	part := 0
	for range 60 {
		before, grown := table(random, 3, 4, 40), table(random, 3, 4, 12)
		now := make([][]int64, 3)
		for r := range now {
			for c := range grown[r] {
				now[r] = append(now[r], before[r][c]+grown[r][c])
			}
		}
		held := suppress.Held(before, now, suppress.Least)
		if !slices.Contains(slices.Concat(held...), false) {
			continue // nothing is published anew
		}
		part++
		reach, err := suppress.Reach(12, published(grown, held))
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range reach {
			n := grown[i/4][i%4]
			switch {
			case n > 0 && n < suppress.Least && !held[i/4][i%4]:
				t.Errorf("a difference of %d is published", n)
			case held[i/4][i%4] && n > 0 && r.Values() < suppress.Least:
				t.Errorf("%v: the difference %d is in %v", grown, n, r)
			}
		}
	}
	if part < 10 {
		t.Errorf("only %d of 60 releases publish something", part)
	}
	if held := suppress.Held([][]int64{{10, 20}}, [][]int64{{9, 40}}, 5); !held[0][0] || !held[0][1] {
		t.Errorf("a count that sank: %v", held)
	}
}

// Rounded cells with the rounded sum of each row: nothing is narrower than five values, by linear programs and by trying everything.
func TestRoundedSumsTellNoMore(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	summed := 0
	for range 150 {
		counts := table(random, 1, 3, 14)
		got, err := suppress.People.Rounded(counts, suppress.Least)
		if err != nil {
			t.Fatal(err)
		}
		var known []suppress.Known
		for c, shown := range got.Cells[0] {
			known = append(known, suppress.Known{Plus: []int{c}, Range: suppress.People.Range(shown)})
		}
		if got.Summed[0] {
			summed++
			if got.Sums[0] != got.Cells[0][0]+got.Cells[0][1]+got.Cells[0][2] {
				t.Errorf("%+v", got)
			}
		} else {
			known = append(known, suppress.Known{Plus: []int{0, 1, 2}, Range: suppress.People.Range(got.Sums[0])})
		}
		for c, r := range everything(3, 25, known) {
			if r.Values() < suppress.Least {
				t.Errorf("%v shown as %+v: count %d is in %v", counts, got, c, r)
			}
		}
	}
	if summed == 0 || summed == 150 {
		t.Errorf("%d of 150 sums are those of rounded cells: the test sees one case only", summed)
	}
	if _, err := suppress.People.Rounded([][]int64{{-1}}, 5); !errors.Is(err, suppress.ErrNegative) {
		t.Error(err)
	}
}

// A second table over the same people, by other groups, uncovers what either alone hides: the check across tables sees it.
func TestOverlappingTablesAreSeenTogether(t *testing.T) {
	// Four groups: young and old in two districts. One table says the districts, another the ages of one district and the whole city.
	districts := []suppress.Known{{Plus: []int{0, 1}, Range: suppress.Range{Low: 20, High: 20}}, {Plus: []int{2, 3}, Range: suppress.Range{Low: 23, High: 23}}}
	ages := []suppress.Known{{Plus: []int{0, 2}, Range: suppress.Range{Low: 40, High: 40}}, {Plus: []int{1, 3}, Range: suppress.Range{Low: 3, High: 3}}}
	first := []suppress.Known{{Plus: []int{0}, Range: suppress.Range{Low: 18, High: 18}}}
	for name, c := range map[string]struct {
		known []suppress.Known
		want  []int
	}{
		"districts":     {districts, nil},
		"and ages":      {slices.Concat(districts, ages), []int{0, 1, 2, 3}},
		"and one group": {slices.Concat(districts, first), []int{0, 1}},
	} {
		got, err := suppress.Narrow(4, c.known, suppress.Least)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v (%v), want %v", name, got, err, c.want)
		}
	}
}
