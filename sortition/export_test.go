package sortition

import (
	"context"
	"slices"
)

// Prices are those of the quotas, feature by feature, and last of the size, for each level of the outline of a problem
// without households.
func Prices(ctx context.Context, problem *Problem) (prices [][]float64, err error) {
	s, err := newSpace(problem)
	if err != nil {
		return nil, err
	}
	drawn, err := cover(newProgram(ctx, s, nil))
	if err != nil {
		return nil, err
	}
	o := &outline{space: s, drawn: drawn}
	at := standing{floor: make([]float64, len(s.types)), raised: slices.Clone(drawn)}
	for slices.Contains(at.raised, true) {
		lp, err := o.raise(ctx, at)
		if err != nil {
			return nil, err
		}
		at.secure(lp, s.types)
		prices = append(prices, slices.Clone(lp.prices[:len(s.rows)+1]))
	}
	return prices, nil
}
