package sortition

import "math"

// nashGap is the part by which the geometric mean of probabilities may lie below the greatest.
const nashGap = 1e-6

// nash finds the mixture with the greatest product of probabilities, and the part by which their geometric mean may lie below
// the greatest.
func nash(p *program, drawn []bool) (m mixture, gap float64, err error) {
	o := &outline{space: p.space, drawn: drawn}
	bound := 0.0
	aim := func() (point, owed []float64, err error) {
		point, bound, err = o.balanced(p.ctx)
		return point, point, err
	}
	enough := func(m mixture) bool {
		gap = o.below(m, bound)
		return gap <= nashGap
	}
	m, err = p.realise(o, aim, enough)
	return m, o.below(m, bound), err
}

// below is the part by which a mixture's geometric mean of probabilities lies below a bound of the sum of logarithms.
func (o *outline) below(m mixture, bound float64) float64 {
	share, all := m.expected(len(o.space.types)), 0.0
	for t, k := range o.space.types {
		if o.drawn[t] {
			bound -= float64(k.people) * math.Log(share[t])
			all += float64(k.people)
		}
	}
	return max(0, math.Expm1(bound/all))
}
