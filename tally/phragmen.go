package tally

import (
	"math"
	"math/big"
)

// phragmen runs the sequential rule of Phragmén with costs. Every voter earns money at the same
// speed. As soon as the supporters of a project together hold its cost, it is taken and they
// pay all they hold. The rule ends when a project that is next, or tied for next, does not fit.
// Sources: Phragmén 1894; Los, Christoff, Grossi, "Proportional Budget Allocations" (IJCAI
// 2022).
//
// In terms of loads: taking p raises the load of every supporter to
// ℓ = (cost + Σ loads of supporters) / supporters, and the smallest ℓ is next.
// Loads only take the values ℓ of projects already taken, so an exact fraction
// is a short sum: how many supporters took part last in each taken project.
// Fractions are computed only when floating-point values, whose relative error
// is below (k+4)·2⁻⁵² after k sums of positive numbers, cannot tell two apart.
func (c *counting) phragmen() error {
	// Long: the rule as it is published, to be read beside the paper.
	m := len(c.e.Projects)
	var (
		loads  []*big.Rat // exact ℓ of each project taken by the rule
		approx []float64
		last   = make([]int32, len(c.e.ballots.weight)) // taken project each ballot took part in last, +1
		stale  = make([]float64, m)                     // lower bounds of the next load
		fresh  = make([]int, m)                         // round in which stale was computed, +1
	)
	start := c.room.left // projects too dear from the start do not end the rule
	active := func(p int) bool { return c.out.votes[p] > 0 && c.room.allowed(p) && c.e.Projects[p].Cost <= start }
	count := func(p int) []int64 {
		counts := make([]int64, len(loads)+1)
		lo, hi := c.supp.of(p)
		for i := lo; i < hi; i++ {
			counts[last[c.supp.class[i]]] += int64(c.supp.weight[i])
		}
		return counts
	}
	exact := func(p int) *big.Rat {
		sum := new(big.Rat).SetInt64(int64(c.e.Projects[p].Cost))
		for j, k := range count(p) {
			if j > 0 && k > 0 {
				sum.Add(sum, new(big.Rat).Mul(loads[j-1], new(big.Rat).SetInt64(k)))
			}
		}
		return sum.Quo(sum, new(big.Rat).SetInt64(c.out.votes[p]))
	}
	for round := 0; ; round++ {
		if err := canceled(c.ctx); err != nil {
			return err
		}
		slack := 1 + float64(len(loads)+8)*0x1p-50
		best := math.Inf(1)
		for {
			next := -1
			for p := range m {
				if fresh[p] != round+1 && active(p) && stale[p] <= best*slack && (next < 0 || stale[p] < stale[next]) {
					next = p
				}
			}
			if next < 0 {
				break
			}
			sum := float64(c.e.Projects[next].Cost)
			for j, k := range count(next) {
				if j > 0 {
					sum += float64(k) * approx[j-1]
				}
			}
			stale[next], fresh[next] = sum/float64(c.out.votes[next]), round+1
			best = min(best, stale[next])
		}
		var tied []int
		for p := range m {
			if fresh[p] == round+1 && active(p) && stale[p] <= best*slack {
				tied = append(tied, p)
			}
		}
		if len(tied) == 0 {
			return nil
		}
		load := exact(tied[0])
		if len(tied) > 1 {
			rivals := tied
			tied = nil
			for _, p := range rivals {
				l := load
				if p != rivals[0] {
					l = exact(p)
				}
				switch d := l.Cmp(load); {
				case d < 0 || tied == nil:
					tied, load = []int{p}, l
				case d == 0:
					tied = append(tied, p)
				}
			}
		}
		for _, p := range tied {
			if !c.room.fits(p) {
				return nil
			}
		}
		p := c.ties.settle(len(c.out.Steps), tied)
		loads = append(loads, load)
		f, _ := load.Float64()
		approx = append(approx, f)
		lo, hi := c.supp.of(p)
		for i := lo; i < hi; i++ {
			last[c.supp.class[i]] = int32(len(loads))
		}
		c.take(p, Step{Phase: PhaseRule, Full: c.out.votes[p],
			Rate: new(big.Rat).Quo(load, new(big.Rat).SetInt64(pow10(c.e.Decimals)))})
	}
}
