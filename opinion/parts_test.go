package opinion

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Lanczos finds the vectors that the power method reaches when it runs to its end.
func TestLanczosFindsWhatThePowerMethodTendsTo(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, m := range []int{1, 2, 3, 8, 40, 120} {
		g := make([]float64, m*m)
		total := 0.0
		for range m / 2 * 3 { // sum of squares: no negative eigenvalue
			v := make([]float64, m)
			for i := range v {
				v[i] = r.NormFloat64()
			}
			for i := range m {
				for j := range m {
					g[i*m+j] += v[i] * v[j]
				}
			}
		}
		if m == 1 {
			g[0] = 2
		}
		for i := range m { // two directions stand out
			for j := range m {
				g[i*m+j] += 10 + 3*math.Pow(-1, float64(i+j))
			}
		}
		diag := make([]float64, m)
		for i := range m {
			diag[i] = g[i*m+i]
			total += diag[i]
		}
		times := func(dst, v []float64) error { symmetric(dst, g, v); return nil }
		o := Defaults()
		count := min(2, m)
		axes, values, err := o.lanczos(times, m, count, total, diag)
		if err != nil || len(axes) != count {
			t.Fatal(m, len(axes), err)
		}
		o.Iterations = 5000
		want, wantValues, _ := o.powers(times, m, count, total)
		for i := range count {
			if math.Abs(values[i]-wantValues[i]) > 1e-10*values[0] {
				t.Errorf("m %d: value %d is %g, want %g", m, i, values[i], wantValues[i])
			}
			for k := range axes[i] {
				if math.Abs(axes[i][k]-want[i][k]) > 1e-6 {
					t.Errorf("m %d: axis %d entry %d is %g, want %g", m, i, k, axes[i][k], want[i][k])
				}
			}
			image := make([]float64, m)
			_ = times(image, axes[i])
			for k := range image {
				if math.Abs(image[k]-values[i]*axes[i][k]) > 1e-11*values[0] {
					t.Fatalf("m %d: axis %d is no eigenvector", m, i)
				}
			}
		}
	}
}

// Worked by hand: (8+1)/(10+2) = ¾ and (1+1)/(4+2) = ⅓.
func TestConsensusFiguresByHand(t *testing.T) {
	counts := []Counts{{Agree: 8, Disagree: 1, Pass: 1}, {Agree: 1, Disagree: 3}}
	if got := groupConsensus(counts); math.Abs(got-0.25) > 1e-15 {
		t.Errorf("group consensus %v", got)
	}
	bridge, division := bridging(counts)
	if math.Abs(division-5.0/12) > 1e-15 || math.Abs(bridge-13.0/24*7/12) > 1e-15 {
		t.Errorf("bridging %v, division %v", bridge, division)
	}
	if b, d := bridging(nil); b != 0 || d != 0 {
		t.Errorf("without groups: %v, %v", b, d)
	}
	// The border is the line halfway between two centres.
	centers := []Point{{0, 0}, {4, 0}}
	if b := border(Point{1, 7}, 0, centers); math.Abs(b-1) > 1e-15 {
		t.Errorf("border %v, want 1", b)
	}
	if b := border(Point{3, 0}, 0, centers); math.Abs(b+1) > 1e-15 {
		t.Errorf("beyond the border %v, want -1", b)
	}
}
