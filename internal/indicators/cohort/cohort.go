// Package cohort asks whether people who did one thing (learned, got an answer) did another afterwards (took part) more often than alike
// people who did not: matched cohorts, with an interval, or "too few to say". It is pure, and sees no names. See docs/loop.md.
package cohort

import (
	"cmp"
	"math"
	"slices"

	"github.com/birge-kz/birge/internal/surveys/estimate"
)

// Person is somebody who consented, without who they are.
type Person struct {
	Stratum string // what makes people alike: "abay 30-44 new"
	Did     bool   // the first thing
	After   bool   // the other, within the time that is looked at
}

// Least is of how many matched people each side must be, to say anything.
const Least = 30

// Effect is what was found.
type Effect struct {
	// Did and Others are how many were matched on each side; Unmatched did it, and nobody is alike.
	Did, Others, Unmatched int
	Few                    bool // too few to say: nothing below is set
	// Rate is how many of those who did it did the other afterwards; Alike the rate of alike people who did not, each stratum counting
	// as much as among those who did.
	Rate, Alike float64
	Difference  float64
	Interval    estimate.Interval // of the difference, -1 to 1, in 95 of 100 samples
}

// Match compares within strata: those who did it with alike people who did not. Strata with only one side are left out. Each stratum counts by
// how many did it, so the difference is that of those who did (the effect on the treated).
//
// The interval combines Wilson's of each rate by the method of variance estimates recovery: A. Donner and G. Y. Zou, "Closed-form confidence
// intervals for functions of the normal mean and standard deviation" (2012); with one stratum it is method 10 of R. G. Newcombe (1998, II).
func Match(people []Person) Effect {
	type side struct{ n, after float64 }
	strata := map[string]*[2]side{}
	for _, p := range people {
		s := strata[p.Stratum]
		if s == nil {
			s = &[2]side{}
			strata[p.Stratum] = s
		}
		at := 0
		if p.Did {
			at = 1
		}
		s[at].n++
		if p.After {
			s[at].after++
		}
	}
	var names []string // in order, so that sums are the same each time
	var out Effect
	for name, s := range strata {
		if s[0].n == 0 || s[1].n == 0 {
			out.Unmatched += int(s[1].n)
			continue
		}
		names = append(names, name)
		out.Did, out.Others = out.Did+int(s[1].n), out.Others+int(s[0].n)
	}
	if out.Did < Least || out.Others < Least {
		out.Few = true
		return out
	}
	slices.SortFunc(names, cmp.Compare[string])
	var below, above float64
	for _, name := range names {
		s := strata[name]
		weight := s[1].n / float64(out.Did)
		did, alike := s[1].after/s[1].n, s[0].after/s[0].n
		of, other := estimate.Wilson(did, s[1].n), estimate.Wilson(alike, s[0].n)
		out.Rate, out.Alike = out.Rate+weight*did, out.Alike+weight*alike
		below += weight * weight * ((did-of.Low)*(did-of.Low) + (other.High-alike)*(other.High-alike))
		above += weight * weight * ((of.High-did)*(of.High-did) + (alike-other.Low)*(alike-other.Low))
	}
	out.Difference = out.Rate - out.Alike
	out.Interval = estimate.Interval{Low: max(-1, out.Difference-math.Sqrt(below)), High: min(1, out.Difference+math.Sqrt(above))}
	return out
}
