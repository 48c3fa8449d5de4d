// Package estimate is the statistics of surveys: weights that bring a sample to known margins, what weights cost, intervals of shares,
// and which cells of a table are hidden so that nobody is recognised. It is pure: numbers in, numbers out.
package estimate

import "math"

// z is the quantile of the normal distribution for 95%.
const z = 1.959963984540054

// Interval is between which shares, 0 to 1, the true one lies in 95 of 100 samples of the kind.
type Interval struct{ Low, High float64 }

// Margin is how far the interval reaches from a share to the farther of its ends.
func (i Interval) Margin(share float64) float64 { return max(share-i.Low, i.High-share) }

// Wilson is the 95% score interval of a share among n. n need not be whole: with weights it is what Effective gives. Nothing is known with n = 0:
// then it is 0 to 1.
//
// E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927); method 3 of R. G. Newcombe (1998). Unlike
// share ± z·√(p(1−p)/n) it never leaves 0 to 1, and has a width when nobody, or everybody, said so.
func Wilson(share, n float64) Interval {
	if !(n > 0) {
		return Interval{0, 1}
	}
	middle := share + z*z/(2*n)
	reach := z * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return Interval{max(0, (middle-reach)/(1+z*z/n)), min(1, (middle+reach)/(1+z*z/n))}
}

// DesignEffect is by how much weights widen variances: n·Σw² / (Σw)², 1 when all are alike. Of no weights it is 1.
//
// L. Kish, "Survey Sampling" (1965), 11.7.
func DesignEffect(weights []float64) float64 {
	var sum, squares float64
	for _, w := range weights {
		sum, squares = sum+w, squares+w*w
	}
	if sum == 0 {
		return 1
	}
	return float64(len(weights)) * squares / (sum * sum)
}

// Effective is how many unweighted answers tell as much: (Σw)² / Σw².
func Effective(weights []float64) float64 { return float64(len(weights)) / DesignEffect(weights) }
