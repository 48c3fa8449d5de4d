package tally

import (
	"cmp"
	"slices"
)

// Preference counts voters by which of two outcomes gives them more.
type Preference struct{ First, Second, Same int64 }

// Prefer asks which of two outcomes each voter prefers: the one that gives more of the utility
// by which the first outcome was counted. Some cities put this comparison after Equal Shares:
// greedy's result stands if more voters prefer it.
func Prefer(first, second *Outcome) Preference {
	e := first.Election
	gain := make([]int64, len(e.Projects)) // what a supporter gains by the second instead of the first
	for p, project := range e.Projects {
		worth := int64(1)
		if first.Options.Utility == UtilityCost {
			worth = int64(project.Cost)
		}
		if second.Won(p) {
			gain[p] += worth
		}
		if first.Won(p) {
			gain[p] -= worth
		}
	}
	var count Preference
	for row, weight := range e.ballots.weight {
		projects, points := e.ballots.class(row)
		sum := int64(0)
		for i, p := range projects {
			switch {
			case points == nil || first.Options.Utility != UtilityPoints && points[i] > 0:
				sum += gain[p]
			case first.Options.Utility == UtilityPoints:
				sum += gain[p] * int64(points[i])
			}
		}
		switch {
		case sum > 0:
			count.Second += int64(weight)
		case sum < 0:
			count.First += int64(weight)
		default:
			count.Same += int64(weight)
		}
	}
	return count
}

// NextPartly returns the project that could be started with the money left over. It is the
// supported loser with most votes (points, where they are the utility) that only its cost bars;
// the tie rule settles ties. There is none while a project fits as a whole, or when nothing is
// left.
func NextPartly(out *Outcome) (p int, ok bool) {
	if out.Left() <= 0 || len(out.Fitting()) > 0 {
		return 0, false
	}
	score := out.score()
	rank := out.Options.Ties.order(out.Election, out.votes)
	var open []int
	for q := range out.Election.Projects {
		if out.votes[q] > 0 && out.room.allowed(q) {
			open = append(open, q)
		}
	}
	if len(open) == 0 {
		return 0, false
	}
	return slices.MinFunc(open, func(a, b int) int {
		return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(rank[a], rank[b]))
	}), true
}
