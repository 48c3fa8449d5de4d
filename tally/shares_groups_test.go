package tally

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBallotGroups buys projects in orders that differ after some purchase, at rates that
// differ each time. What groups have left must be the same as when each ballot is charged on
// its own.
func TestBallotGroups(t *testing.T) {
	const projects, share = 9, 60
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := randomBallots(r, projects, seed%2 == 1)
		supp := b.supporters(projects, seed%2 == 1)
		g := newBallotGroups(supp, len(b.weight))
		order := r.Perm(projects)[:6]
		var left []int64
		for range 25 {
			left = g.room(left)
			left[0] = share
			want := slices.Repeat([]int64{share}, len(b.weight))
			for j, p := range order {
				for range 2 {
					q := r.IntN(projects)
					if want, got := crowdOfBallots(b, want, q), crowdOfGroups(g, left, j, q); !maps.Equal(want, got) {
						t.Fatalf("seed %d, after %v project %d:\n got %v\nwant %v", seed, order[:j], q, got, want)
					}
				}
				rate := 1 + r.Int64N(20)
				g.follow(j, p)
				left = g.room(left)
				g.charge(j, left, rate)
				for row := range want {
					want[row] = max(0, want[row]-rate*pointsFor(b, row, p))
				}
			}
			got := make([]int64, len(b.weight))
			g.spread(got, left)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, after %v ballots have\n got %v\nwant %v", seed, order, got, want)
			}
			stir(r, supp)
			g.unload()
			from := r.IntN(5)
			to := from + 1 + r.IntN(5-from)
			order[from], order[to] = order[to], order[from]
		}
	}
}

// A group has the same fraction left as each of its ballots: the same share and coefficients.
func TestGroupsSpendAsTheirBallots(t *testing.T) {
	const projects = 7
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := randomBallots(r, projects, seed%2 == 1)
		supp := b.supporters(projects, seed%2 == 1)
		g := newBallotGroups(supp, len(b.weight))
		x := &sharesEngine{supp: supp, ballots: b, stepOf: make([]int32, projects)}
		for j, p := range r.Perm(projects)[:5] {
			g.follow(j, p)
			x.stepOf[p] = int32(j + 1)
		}
		for row := range b.weight {
			got, want := combination{rates: make([]int64, 6)}, combination{rates: make([]int64, 6)}
			g.spend(&got, g.of[row], 3)
			x.spend(&want, uint32(row), 3)
			want.rates[0] = 0 // the rates of projects not bought gather here
			if got.share != want.share || !slices.Equal(got.rates, want.rates) {
				t.Fatalf("seed %d, ballot %d: got %v, want %v", seed, row, got, want)
			}
		}
	}
}

func randomBallots(r *rand.Rand, projects int, points bool) *ballots {
	var b ballots
	for range 80 {
		var on []uint16
		var given []int32
		for p := range uint16(projects) {
			if r.IntN(3) == 0 {
				on = append(on, p)
				if points {
					given = append(given, 1+r.Int32N(4))
				}
			}
		}
		b.add(on, given)
	}
	return &b
}

// stir shuffles the supporters of projects, as exact runs do.
func stir(r *rand.Rand, s *supporters) {
	for p := range len(s.start) - 1 {
		lo, hi := s.of(p)
		r.Shuffle(int(hi-lo), func(i, j int) {
			i, j = i+int(lo), j+int(lo)
			s.class[i], s.class[j] = s.class[j], s.class[i]
			s.weight[i], s.weight[j] = s.weight[j], s.weight[i]
			if s.points != nil {
				s.points[i], s.points[j] = s.points[j], s.points[i]
			}
		})
	}
}

func pointsFor(b *ballots, row, p int) int64 {
	on, points := b.class(row)
	i := slices.Index(on, uint16(p))
	switch {
	case i < 0:
		return 0
	case points == nil:
		return 1
	}
	return int64(points[i])
}

// crowdOfBallots counts the voters who support q, by what they have left and what they give to
// q.
func crowdOfBallots(b *ballots, left []int64, q int) map[string]int {
	crowd := map[string]int{}
	for row, w := range b.weight {
		if u := pointsFor(b, row, q); u > 0 {
			crowd[fmt.Sprint(left[row], " left, gives ", u)] += int(w)
		}
	}
	return crowd
}

func crowdOfGroups(g *ballotGroups, left []int64, j, q int) map[string]int {
	crowd := map[string]int{}
	c := g.crowd(j, q)
	for i, group := range c.class {
		u := int32(1)
		if c.points != nil {
			u = c.points[i]
		}
		crowd[fmt.Sprint(left[group], " left, gives ", u)] += int(c.weight[i])
	}
	return crowd
}
