package estimate

import (
	"fmt"
	"math"
)

// Margin is what is known of the population about one question: which part of it each category is.
type Margin struct {
	Of     []int     // by respondent: the category, from 0; NotSaid when they did not say
	Shares []float64 // by category; they need not add up to 1, only their proportions count
}

// NotSaid is the category of who did not say theirs.
const NotSaid = -1

// The rule of convergence: raking ends when no category is farther from its share than Tolerance, as a part of that share, and is given up after
// MostRounds rounds over all margins.
const (
	Tolerance  = 1e-9
	MostRounds = 1_000
)

// Weights are what raking found.
type Weights struct {
	Of     []float64 // by respondent; their mean is 1
	Rounds int
	Off    float64 // how far the farthest category is from its share, as a part of it
}

// MarginError says why weights cannot be computed.
type MarginError struct {
	Code             MarginCode
	Margin, Category int // -1: of no single one
}

// MarginCode is what is wrong.
type MarginCode string

const (
	Empty     MarginCode = "empty"     // nobody is in a category that the population has
	Extra     MarginCode = "extra"     // somebody is in a category that the population does not have
	BadShares MarginCode = "shares"    // a share is negative or no number, or all are 0
	Diverges  MarginCode = "diverges"  // the margins contradict each other for these respondents
	Nobody    MarginCode = "nobody"    // there are no respondents, or no margins
	BadColumn MarginCode = "bad_value" // a respondent has a category that the margin does not have
)

func (e *MarginError) Error() string {
	return fmt.Sprintf("margin %d, category %d: %s", e.Margin, e.Category, e.Code)
}

// Rake gives weights to n respondents so that their weighted shares are those of every margin: iterative proportional fitting. A round goes over the
// margins in their order; for each, the weights of each category are multiplied by one number that makes its share right. Who did not say their
// category keeps their weight in that step, and the shares are those among who did. The mean weight is 1. Errors are *MarginError.
//
// W. E. Deming and F. F. Stephan (1940). It converges to the weights nearest to 1 (least relative entropy) whenever there are weights that fit at all.
func Rake(n int, margins []Margin) (Weights, error) {
	if n == 0 || len(margins) == 0 {
		return Weights{}, &MarginError{Nobody, -1, -1}
	}
	w := Weights{Of: make([]float64, n)}
	for i := range w.Of {
		w.Of[i] = 1
	}
	for i, m := range margins {
		if err := m.check(i, n); err != nil {
			return Weights{}, err
		}
	}
	for w.Rounds < MostRounds {
		w.Rounds++
		for _, m := range margins {
			m.fit(w.Of)
		}
		w.Off = 0
		for _, m := range margins {
			w.Off = max(w.Off, m.off(w.Of))
		}
		if w.Off <= Tolerance {
			scale(w.Of)
			return w, nil
		}
	}
	return Weights{}, &MarginError{Diverges, -1, -1}
}

func (m Margin) check(at, n int) error {
	if len(m.Of) != n {
		return &MarginError{BadColumn, at, -1}
	}
	have := make([]bool, len(m.Shares))
	for _, c := range m.Of {
		switch {
		case c == NotSaid:
		case c < 0 || c >= len(have):
			return &MarginError{BadColumn, at, c}
		default:
			have[c] = true
		}
	}
	var sum float64
	for c, share := range m.Shares {
		switch {
		case !(share >= 0) || math.IsInf(share, 0):
			return &MarginError{BadShares, at, c}
		case share > 0 && !have[c]:
			return &MarginError{Empty, at, c}
		case share == 0 && have[c]:
			return &MarginError{Extra, at, c}
		}
		sum += share
	}
	if sum == 0 {
		return &MarginError{BadShares, at, -1}
	}
	return nil
}

// sums are the weights by category, and of all who said theirs.
func (m Margin) sums(weights []float64) (by []float64, all float64) {
	by = make([]float64, len(m.Shares))
	for i, c := range m.Of {
		if c != NotSaid {
			by[c] += weights[i]
			all += weights[i]
		}
	}
	return by, all
}

func (m Margin) total() (sum float64) {
	for _, s := range m.Shares {
		sum += s
	}
	return sum
}

// fit makes the shares of one margin right. The sum of the weights stays.
func (m Margin) fit(weights []float64) {
	by, all := m.sums(weights)
	total := m.total()
	for c := range by {
		if by[c] > 0 {
			by[c] = m.Shares[c] / total * all / by[c]
		}
	}
	for i, c := range m.Of {
		if c != NotSaid {
			weights[i] *= by[c]
		}
	}
}

// off is how far the farthest category is from its share, as a part of it.
func (m Margin) off(weights []float64) (far float64) {
	by, all := m.sums(weights)
	total := m.total()
	for c, share := range m.Shares {
		if share > 0 {
			far = max(far, math.Abs(by[c]/all/(share/total)-1))
		}
	}
	return far
}

// scale makes the mean 1.
func scale(weights []float64) {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	for i := range weights {
		weights[i] *= float64(len(weights)) / sum
	}
}
