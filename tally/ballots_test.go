package tally

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// BenchmarkSets compares two ways to keep the supporters of a project: sorted
// slices of ballot numbers with weights, and bit sets over all ballots. The
// work is that of a pass: adding up what supporters have left.
func BenchmarkSets(b *testing.B) {
	const ballots = 50_000
	r := rand.New(rand.NewPCG(1, 2))
	left, weights := make([]int64, ballots), make([]uint32, ballots)
	for i := range left {
		left[i], weights[i] = r.Int64N(1<<40), 1+uint32(r.IntN(2))
	}
	for _, percent := range []int{1, 4, 10, 30} {
		set := make([]uint64, (ballots+63)/64)
		var classes, beside []uint32
		for i := range ballots {
			if r.IntN(100) < percent {
				set[i/64] |= 1 << (i % 64)
				classes, beside = append(classes, uint32(i)), append(beside, weights[i])
			}
		}
		b.Run(fmt.Sprintf("support=%d%%/slice", percent), func(b *testing.B) {
			sum := int64(0)
			for b.Loop() {
				for i, class := range classes {
					sum += left[class] * int64(beside[i])
				}
			}
			sink = sum
		})
		b.Run(fmt.Sprintf("support=%d%%/bits", percent), func(b *testing.B) {
			sum := int64(0)
			for b.Loop() {
				for word, w := range set {
					for ; w != 0; w &= w - 1 {
						i := word*64 + bits.TrailingZeros64(w)
						sum += left[i] * int64(weights[i])
					}
				}
			}
			sink = sum
		})
	}
}

var sink int64

func TestIdenticalBallotsMerge(t *testing.T) {
	e := &Election{Projects: make([]Project, 200)}
	for i := range 3000 {
		if err := e.Cast([]uint16{uint16(i % 7), 100}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if e.Voters() != 3000 || e.DistinctBallots() != 7 {
		t.Errorf("%d voters, %d different ballots", e.Voters(), e.DistinctBallots())
	}
	for i := range 7 {
		if p, _ := e.Ballot(i); len(p) != 2 || int(p[0]) != i {
			t.Errorf("ballot %d is %v", i, p)
		}
	}
	if err := e.Cast([]uint16{1, 1}, nil); err == nil {
		t.Error("a project twice is accepted")
	}
	if err := e.Cast([]uint16{200}, nil); err == nil {
		t.Error("an unknown project is accepted")
	}
	if err := e.Cast([]uint16{1}, []int32{1}); err == nil {
		t.Error("points are accepted in an approval election")
	}
}
