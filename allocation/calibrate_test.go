package allocation_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/allocation"
)

// readings of a table of scores, by application; below 0 is none.
func readings(scores [][]float64) (out []allocation.Reading) {
	for i, row := range scores {
		for j, score := range row {
			if score >= 0 {
				out = append(out, allocation.Reading{Application: i, Reader: j, Score: score})
			}
		}
	}
	return out
}

// Two readers; the second gives 2 less for the same. They share the first two applications, the third only the strict one
// read, the fourth only the mild one. Without pull the exact answer is known.
func TestStrictnessIsFound(t *testing.T) {
	c := allocation.Calibrate(4, 2, readings([][]float64{{5, 3}, {8, 6}, {-1, 5}, {6, -1}}), 0)
	for i, want := range []float64{0, 3, 2, 1} { // more than the first
		if got := c.Scores[i] - c.Scores[0]; math.Abs(got-want) > 1e-9 {
			t.Errorf("application %d is %f above the first, want %f", i, got, want)
		}
	}
	if got := c.Strictness[1] - c.Strictness[0]; math.Abs(got-2) > 1e-9 {
		t.Errorf("the second is %f stricter, want 2", got)
	}
}

// On random calls the gradient of what is minimised is 0 in every direction: that is what least squares mean.
func TestCalibrateMinimises(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 100 {
		scores := make([][]float64, 1+r.IntN(8))
		for i := range scores {
			for range 4 {
				scores[i] = append(scores[i], float64(r.IntN(9)-3))
			}
		}
		all := readings(scores)
		pull := []float64{0.5, allocation.Pull, 3}[r.IntN(3)]
		c := allocation.Calibrate(len(scores), 4, all, pull)
		byApplication, byReader := make([]float64, len(scores)), make([]float64, 4)
		for _, e := range all {
			off := e.Score - (c.Scores[e.Application] - c.Strictness[e.Reader])
			byApplication[e.Application] += off
			byReader[e.Reader] += off
		}
		for i, g := range byApplication {
			if math.Abs(g) > 1e-9 {
				t.Fatalf("%v: application %d could be %f better", scores, i, g)
			}
		}
		for j, g := range byReader {
			if math.Abs(g+pull*c.Strictness[j]) > 1e-9 {
				t.Fatalf("%v: reader %d could be %f better", scores, j, g)
			}
		}
	}
}

// When all read all, the order is that of plain means, whatever constant a reader adds.
func TestACompleteCallKeepsTheOrderOfMeans(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 100 {
		scores := make([][]float64, 6)
		means := make([]float64, 6)
		for i := range scores {
			for range 3 {
				scores[i] = append(scores[i], float64(r.IntN(6)))
				means[i] += scores[i][len(scores[i])-1] / 3
			}
			scores[i][1] += 3
		}
		c := allocation.Calibrate(6, 3, readings(scores), allocation.Pull)
		for i := range means {
			if math.Abs(c.Scores[i]-c.Scores[0]-(means[i]-means[0])) > 1e-9 {
				t.Fatalf("%v: %v, means %v", scores, c.Scores, means)
			}
		}
	}
}

func TestWhatCannotBeCompared(t *testing.T) {
	c := allocation.Calibrate(4, 3, readings([][]float64{{5, -1, -1}, {-1, 4, -1}, {3, -1, -1}, {-1, -1, -1}}), allocation.Pull)
	if !slices.Equal(c.Part, []int{0, 1, 0, -1}) || !math.IsNaN(c.Scores[3]) || c.Strictness[2] != 0 || !c.Few[0] {
		t.Errorf("%+v", c)
	}
}
