package tally_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/tally"
)

// naiveAddOpt tries every share at which anything can change. A voter can join a group when the
// share equals the sum of its price and the prices of the other groups that the voter pays in.
// It returns the winners and the share at which purchases or payments last changed.
func naiveAddOpt(e *tally.Election, o tally.Options) ([]int, *big.Rat, tally.Stop) {
	votes := naiveVotes(e)
	sums := []*big.Rat{new(big.Rat)}
	for p, most := range votes {
		for _, sum := range slices.Clone(sums) {
			for size := range most {
				sums = append(sums, new(big.Rat).Add(sum, big.NewRat(int64(e.Projects[p].Cost), int64(size)+1)))
			}
		}
	}
	slices.SortFunc(sums, (*big.Rat).Cmp)
	first := big.NewRat(int64(e.Budget), int64(e.Voters()))
	var before []int
	var paidBefore string
	last := first
	for _, share := range slices.Insert(sums, 0, first) {
		if share.Cmp(first) < 0 {
			continue
		}
		winners, left := naive(e, o, share)
		dear, done := naiveStop(e, o, votes, winners)
		if dear {
			return before, last, tally.StopOverBudget
		}
		paid := fmt.Sprint(winners)
		for _, l := range left {
			paid += " " + l.Sub(share, l).RatString()
		}
		if before = winners; paid != paidBefore {
			last, paidBefore = share, paid
		}
		if done {
			return winners, last, tally.StopExhaustive
		}
	}
	return before, last, tally.StopAllFunded
}

// add-opt skips ranges of shares. This test tries every share at which anything can change; the
// elections are small enough to list them all.
func TestAddOptAgainstDefinition(t *testing.T) {
	stops := map[tally.Stop]int{}
	for seed := range sample(4000) {
		r := rand.New(rand.NewPCG(seed, 2025))
		m, n := 2+r.IntN(3), 1+r.IntN(5)
		e := &tally.Election{Budget: tally.Amount(10 + r.IntN(60))}
		for p := range m {
			e.Projects = append(e.Projects, tally.Project{ID: fmt.Sprint("p", p), Cost: tally.Amount(r.IntN(40))})
		}
		for range n {
			var ballot []uint16
			for p := range m {
				if r.IntN(2) == 0 {
					ballot = append(ballot, uint16(p))
				}
			}
			if err := e.Cast(ballot, nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, utility := range []tally.Utility{tally.UtilityCost, tally.UtilityCardinality} {
			o := tally.Options{Rule: tally.ExactEqualShares, Utility: utility, Completion: tally.AddOpt}
			if r.IntN(2) == 0 {
				o.Constraints = randomConstraints(r, e)
			}
			got := mustCount(t, e, o)
			want, share, stop := naiveAddOpt(e, o)
			if stop == tally.StopExhaustive && got.Stopped == tally.StopAllFunded {
				stop = tally.StopAllFunded // everything that may win has won, so nothing else fits
			}
			stops[stop]++
			if !slices.Equal(got.Winners(), want) || got.Share.Cmp(share) != 0 || got.Stopped != stop {
				t.Fatalf("seed %d %v: got %v at %v %v, want %v at %v %v\n%s", seed, utility, got.Winners(), got.Share, got.Stopped, want, share, stop, describe(e))
			}
		}
	}
	if enough := int(sample(4000)) / 40; stops[tally.StopOverBudget] < enough || stops[tally.StopExhaustive] < enough {
		t.Errorf("how completions ended: %v", stops)
	}
}
