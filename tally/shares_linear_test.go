package tally

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSteady compares with exact runs at shares up to where purchases are said
// to be the same.
func TestSteady(t *testing.T) {
	said, tied := 0, 0
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 11))
		m, n := 1+r.IntN(6), 1+r.IntN(8)
		e := &Election{Budget: Amount(10 + r.IntN(50))}
		points := r.IntN(2) == 0
		if points {
			e.BallotType = Scoring
		}
		for p := range m {
			e.Projects = append(e.Projects, Project{ID: fmt.Sprint("p", p), Cost: Amount(5 * r.IntN(6))})
		}
		for range n {
			var ballot []uint16
			var marks []int32
			for p := range m {
				if r.IntN(2) == 0 {
					ballot, marks = append(ballot, uint16(p)), append(marks, 1+r.Int32N(3))
				}
			}
			if !points {
				marks = nil
			}
			if err := e.Cast(ballot, marks); err != nil {
				t.Fatal(err)
			}
		}
		o := Options{Utility: Utility(r.IntN(2))}
		if points && r.IntN(2) == 0 {
			o.Utility = UtilityPoints
		}
		if r.IntN(3) == 0 {
			o.Constraints.Exclusive = [][]int{{0, m - 1}}
		}
		c := &counting{ctx: t.Context(), e: e, o: &o, supp: supportersOf(e, o.Utility == UtilityPoints), out: &Outcome{}, ties: tieLog{rank: TieRule{}.order(e, nil)}}
		c.out.votes = c.supp.votes()
		c.room = newRoom(e, &o.Constraints, c.out.votes, nil)
		x := newSharesEngine(c.ctx, e, c.supp, o.Utility, c.ties.rank)
		run := func(share *big.Rat) ([]int, int) {
			log := &tieLog{rank: c.ties.rank}
			if _, err := c.exactRun(x, share, log); err != nil {
				t.Fatal(err)
			}
			return slices.Clone(x.run.order), len(log.ties)
		}
		share := big.NewRat(int64(1+r.IntN(200)), int64(3+r.IntN(8)))
		order, ties := run(share)
		reach := x.steady(share, c.room.clone(), order)
		if reach.limit == nil {
			reach.limit = big.NewRat(1000, 1)
		}
		if reach.limit.Sign() < 0 {
			t.Fatalf("seed %d: limit %v", seed, reach.limit)
		}
		if reach.limit.Sign() == 0 {
			continue
		}
		said++
		if ties > 0 {
			tied++
		}
		parts := []*big.Rat{big.NewRat(1, 1000000), big.NewRat(1, 2), big.NewRat(999999, 1000000)}
		if !reach.less {
			parts = append(parts, big.NewRat(1, 1))
		}
		for _, part := range parts {
			more := new(big.Rat).Mul(reach.limit, part)
			if got, _ := run(more.Add(more, share)); !slices.Equal(got, order) {
				t.Errorf("seed %d: %v at %v should hold for %v more, but at %v it is %v", seed, order, share, reach, more, got)
			}
		}
	}
	if said < 2500 || tied < 300 {
		t.Errorf("only %d reaches, %d with ties", said, tied)
	}
}
