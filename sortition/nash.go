package sortition

import "math"

// nashGap is the part by which the geometric mean of probabilities may lie below the greatest.
const nashGap = 1e-4

// balance is a mixture whose product of probabilities is being raised. With n people, who have
// the probabilities π, a panel brings Σ 1/π over its people; the mean over all panels with their weights is n,
// and no distribution has a geometric mean more than (best/n − 1) above this one's: the logarithm of the
// product is concave.
type balance struct {
	mixture
	people []float64 // by type
	share  []float64 // expected number of people on the panel, by type
	all    float64
}

// nash finds the distribution with the greatest product of probabilities.
func nash(p *program, drawn []bool, panels []panel) (mixture, float64, error) {
	further, err := spread(p, drawn, len(drawn))
	if err != nil {
		return mixture{}, 0, err
	}
	panels = append(panels, further...)
	x := &balance{share: make([]float64, len(p.space.types))}
	known := map[string]bool{}
	for _, panel := range panels {
		if !known[panel.key()] {
			known[panel.key()] = true
			x.panels = append(x.panels, panel)
		}
	}
	for t, k := range p.space.types {
		x.people = append(x.people, float64(k.people))
		if drawn[t] {
			x.all += float64(k.people)
		}
	}
	for range x.panels {
		x.weights = append(x.weights, 1/float64(len(x.panels)))
	}
	for goal := 1e-3; ; goal = max(goal/4, nashGap/4) {
		gap, err := x.improve(p, goal)
		if err != nil {
			return mixture{}, 0, err
		}
		points := x.points()
		found, err := p.best(points, 1+max(gap, 0), patience)
		if err != nil {
			return mixture{}, 0, err
		}
		added := false
		for _, panel := range found.panels {
			if !known[panel.key()] {
				known[panel.key()], added = true, true
				x.panels, x.weights = append(x.panels, panel), append(x.weights, 0)
			}
		}
		if !added && gap <= nashGap {
			x.normalise()
			return x.mixture, math.Expm1(max(gap, 0)), nil
		}
	}
}

// points are what a person of each type brings, as a part of what all bring.
func (x *balance) points() []float64 {
	points := make([]float64, len(x.share))
	for t, share := range x.share {
		if share > 0 {
			points[t] = x.people[t] / share / x.all
		}
	}
	return points
}

// improve shifts weight from the panel that brings least to that which brings most until the best is hardly
// better than the mean. It returns by which part it is.
func (x *balance) improve(p *program, goal float64) (gap float64, err error) {
	for round := 0; ; round++ {
		if round%64 == 0 {
			if err := p.ctx.Err(); err != nil {
				return 0, err
			}
			x.add()
		}
		points := x.points()
		best, worst, most, least := -1, -1, 0.0, math.Inf(1)
		for i, panel := range x.panels {
			b := panel.brings(points)
			if b > most {
				best, most = i, b
			}
			if x.weights[i] > 0 && b < least {
				worst, least = i, b
			}
			if x.weights[i] > 0 && round%2 == 0 { // what a panel brings is also by how much its weight should grow
				x.weights[i] *= b
			}
		}
		if gap = most - 1; gap <= goal {
			return gap, nil
		}
		if round%2 == 0 {
			x.add()
		} else {
			x.shift(worst, best)
		}
	}
}

// add computes the expected numbers anew, with weights that add up to one.
func (x *balance) add() {
	sum := 0.0
	for _, w := range x.weights {
		sum += w
	}
	clear(x.share)
	for i, panel := range x.panels {
		x.weights[i] /= sum
		for _, of := range panel {
			x.share[of.kind] += float64(x.weights[i] * float64(of.count))
		}
	}
}

// shift moves weight from one panel to another, as much as raises the product most.
func (x *balance) shift(from, to int) {
	change := map[int32]float64{}
	for _, of := range x.panels[to] {
		change[of.kind] += float64(of.count)
	}
	for _, of := range x.panels[from] {
		change[of.kind] -= float64(of.count)
	}
	low, high := 0.0, x.weights[from]
	for range 40 {
		middle := (low + high) / 2
		slope := 0.0
		for t := range x.share { // in the order of types: sums of rounded numbers depend on it
			if c := change[int32(t)]; c != 0 {
				slope += x.people[t] * c / (x.share[t] + float64(middle*c))
			}
		}
		if slope > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	by := high
	if by > x.weights[from]*(1-1e-9) {
		by = x.weights[from]
	}
	x.weights[from] -= by
	x.weights[to] += by
	for t, c := range change {
		x.share[t] += float64(by * c)
	}
}
