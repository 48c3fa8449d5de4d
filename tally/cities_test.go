package tally_test

import (
	"slices"
	"testing"

	"github.com/birge-kz/birge/tally"
)

// Cities that used Equal Shares with add-one published the same winners. Wieliczka used its own
// details of the completion.
func TestCitiesWithEqualShares(t *testing.T) {
	for name, o := range map[string]tally.Options{
		"Netherlands_Assen_2024.pb": {Rule: tally.EqualShares, Completion: tally.AddOne},
		"Poland_Wieliczka_2023_Green_Budget.pb": {Rule: tally.EqualShares, Completion: tally.AddOne,
			AddOne: tally.AddOneOptions{FloorStart: true, PastExhaustion: true}},
	} {
		f, e := readElection(t, sharedData(t, name))
		published, known := f.Selected(e)
		if !known {
			t.Errorf("%s: no published winners", name)
			continue
		}
		out := mustCount(t, e, o)
		got := out.Winners()
		slices.Sort(got)
		slices.Sort(published)
		if !slices.Equal(got, published) {
			t.Errorf("%s: winners %v, published %v, ties %+v, stopped %v at %v", name, got, published, out.Ties, out.Stopped, out.Share)
		}
	}
}
