package allocation

import (
	"math/big"
	"slices"
)

// LargestRemainder divides total whole units in proportion to weights, so that the parts sum to total. Each part is
// the exact share rounded down; the units left over go one each to the largest fractions, and of equal fractions
// to those that come first. total and weights are at least 0. The parts are nil when no weight is above 0.
//
// This is Hamilton's method; see Balinski, Young, "Fair Representation", 2nd ed., 2001.
func LargestRemainder(total int64, weights []*big.Int) []int64 {
	sum := sumOf(weights)
	if sum.Sign() == 0 {
		return nil
	}
	parts, fractions, left := make([]int64, len(weights)), make([]*big.Int, len(weights)), total
	for i, w := range weights {
		share := new(big.Int).Mul(big.NewInt(total), w)
		share, fractions[i] = share.QuoRem(share, sum, new(big.Int))
		parts[i] = share.Int64()
		left -= parts[i]
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return fractions[b].Cmp(fractions[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

// Share divides total whole units in proportion to weights, but gives none more than its cap: what a cap cuts off is
// shared among the others, again in proportion. The parts sum to total, or to less when everyone with a weight
// has reached their cap. All numbers are at least 0; caps has one entry for each weight.
func Share(total int64, weights []*big.Int, caps []int64) []int64 {
	parts, free := make([]int64, len(weights)), []int(nil)
	for i, w := range weights {
		if w.Sign() > 0 {
			free = append(free, i)
		}
	}
	for {
		sum := new(big.Int)
		for _, i := range free {
			sum.Add(sum, weights[i])
		}
		capped := false
		rest, left := free[:0], total
		for _, i := range free {
			// total·weight/sum ≥ cap
			share, most := new(big.Int).Mul(big.NewInt(total), weights[i]), new(big.Int).Mul(big.NewInt(caps[i]), sum)
			if share.Cmp(most) < 0 {
				rest = append(rest, i)
				continue
			}
			parts[i], capped = caps[i], true
			left -= caps[i]
		}
		if free, total = rest, left; !capped {
			break
		}
	}
	among := make([]*big.Int, len(free))
	for k, i := range free {
		among[k] = weights[i]
	}
	// Below its cap a share is less than a whole number, so rounding it up reaches the cap at most.
	for k, part := range LargestRemainder(total, among) {
		parts[free[k]] = part
	}
	return parts
}

func sumOf(numbers []*big.Int) *big.Int {
	sum := new(big.Int)
	for _, n := range numbers {
		sum.Add(sum, n)
	}
	return sum
}
