package cohort_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/birge-kz/birge/internal/indicators/cohort"
)

// people are n of a stratum, of whom some did the other thing afterwards.
func people(stratum string, did bool, n, after int) (out []cohort.Person) {
	for i := range n {
		out = append(out, cohort.Person{Stratum: stratum, Did: did, After: i < after})
	}
	return out
}

func near(x, y float64) bool { return math.Abs(x-y) < 5e-5 }

// R. G. Newcombe, "Interval estimation for the difference between independent proportions" (1998), table II, method 10: 56 of 70 against
// 48 of 80 is 0.0524 to 0.3339.
func TestNewcombesExample(t *testing.T) {
	got := cohort.Match(append(people("a", true, 70, 56), people("a", false, 80, 48)...))
	if got.Few || !near(got.Difference, 0.2) || !near(got.Interval.Low, 0.0524) || !near(got.Interval.High, 0.3339) {
		t.Errorf("%+v", got)
	}
}

// Learners are mostly in a stratum in which everybody takes part more: compared as one they seem to gain, compared with alike people they do not.
func TestAlikePeopleAreCompared(t *testing.T) {
	var all []cohort.Person
	all = append(all, people("active", true, 90, 72)...)
	all = append(all, people("active", false, 30, 24)...)
	all = append(all, people("quiet", true, 10, 1)...)
	all = append(all, people("quiet", false, 100, 10)...)
	all = append(all, people("nobody alike", true, 5, 5)...)
	got := cohort.Match(all)
	if got.Did != 100 || got.Others != 130 || got.Unmatched != 5 || !near(got.Difference, 0) || got.Interval.Low >= 0 || got.Interval.High <= 0 || !near(got.Rate, 0.73) {
		t.Errorf("%+v", got)
	}
	one := make([]cohort.Person, len(all))
	for i, p := range all {
		one[i] = cohort.Person{Did: p.Did, After: p.After}
	}
	if naive := cohort.Match(one); naive.Difference < 0.4 {
		t.Errorf("without strata: %+v", naive)
	}
}

func TestTooFew(t *testing.T) {
	for _, c := range []struct {
		did, others int
		few         bool
	}{{0, 0, true}, {29, 500, true}, {500, 29, true}, {30, 30, false}} {
		got := cohort.Match(append(people("a", true, c.did, c.did/2), people("a", false, c.others, 0)...))
		if got.Few != c.few || c.few && (got.Rate != 0 || got.Interval.High != 0) {
			t.Errorf("%d and %d: %+v", c.did, c.others, got)
		}
	}
}

// Of drawn cities in which learning does nothing, the interval holds 0 in about 95 of 100; where it adds 0.2, it holds 0.2.
func TestTheIntervalHolds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	for _, effect := range []float64{0, 0.2} {
		held := 0
		const cities = 600
		for range cities {
			var all []cohort.Person
			for s := range 4 {
				base := 0.05 + 0.15*float64(s)
				for range 40 + 10*s {
					all = append(all, cohort.Person{Stratum: fmt.Sprint(s), Did: true, After: random.Float64() < base+effect})
				}
				for range 60 {
					all = append(all, cohort.Person{Stratum: fmt.Sprint(s), After: random.Float64() < base})
				}
			}
			if got := cohort.Match(all); got.Interval.Low <= effect && effect <= got.Interval.High {
				held++
			}
		}
		if share := float64(held) / cities; share < 0.93 || share > 0.99 {
			t.Errorf("with an effect of %v the interval holds it in %.3f", effect, share)
		}
	}
}
