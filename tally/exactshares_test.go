package tally

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// Nothing changes between two shares that add-opt visits, and something does at the second.
// Keeping the purchases that come before the change gives the same count.
func TestNextShareIsTheNextChange(t *testing.T) {
	moved, kept := 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		m, n := 1+r.IntN(6), 1+r.IntN(8)
		e := &Election{Budget: Amount(10 + r.IntN(50))}
		for p := range m {
			e.Projects = append(e.Projects, Project{ID: fmt.Sprint("p", p), Cost: Amount(1 + r.IntN(25))})
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
		for _, utility := range []Utility{UtilityCost, UtilityCardinality} {
			o := Options{Utility: utility}
			c := &counting{ctx: t.Context(), e: e, o: &o, supp: supportersOf(e, false), out: &Outcome{}, ties: tieLog{rank: TieRule{}.order(e, nil)}}
			c.out.votes = c.supp.votes()
			c.room = newRoom(e, &o.Constraints, c.out.votes, nil)
			x := newExactEngine(c)
			keep := 0
			run := func(share *big.Rat) string {
				if err := x.run(share, keep, c.room.clone(), &tieLog{rank: c.ties.rank}, 0); err != nil {
					t.Fatal(err)
				}
				keep = 0
				paid := slices.Clone(x.paid)
				s := ""
				for _, b := range x.buys {
					s += fmt.Sprint(b.project, "/", b.size, " ")
				}
				return s + fmt.Sprint(paid)
			}
			share := c.share()
			for range 12 {
				before := run(share)
				next, same := x.nextShare(c.room)
				if next == nil {
					if after := run(new(big.Rat).Add(share, big.NewRat(1000, 1))); after != before {
						t.Fatalf("seed %d %v: no next share after %v, but %s becomes %s", seed, utility, share, before, after)
					}
					break
				}
				moved++
				for _, part := range []*big.Rat{big.NewRat(1, 2), big.NewRat(999999, 1000000)} {
					between := new(big.Rat).Sub(next, share)
					between.Mul(between, part).Add(between, share)
					if got := run(between); got != before {
						t.Fatalf("seed %d %v: share %v gives %s, %v already %s, but next is %v", seed, utility, share, before, between, got, next)
					}
				}
				after := run(next)
				if after == before {
					t.Fatalf("seed %d %v: nothing changes at %v", seed, utility, next)
				}
				run(share)
				keep = same
				if got := run(next); got != after {
					t.Fatalf("seed %d %v: keeping %d purchases gives %s, counting anew %s", seed, utility, same, got, after)
				}
				kept += same
				share = next
			}
		}
	}
	if moved < 1000 || kept < 500 {
		t.Errorf("only %d changes seen, %d purchases kept", moved, kept)
	}
}

// The ties listed are those at the share reached, even when purchases were kept from counts at
// smaller shares.
func TestCompletionListsTheTiesOfItsShare(t *testing.T) {
	ties := 0
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 11))
		m, n := 2+r.IntN(6), 1+r.IntN(20)
		e := &Election{Budget: Amount(100 + r.IntN(500))}
		for p := range m {
			e.Projects = append(e.Projects, Project{ID: fmt.Sprint("p", p), Cost: Amount(10 * r.IntN(25))})
		}
		for range n {
			var ballot []uint16
			for p := range m {
				if r.IntN(5) < 2 {
					ballot = append(ballot, uint16(p))
				}
			}
			if err := e.Cast(ballot, nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range []Options{{Completion: AddOpt}, {Completion: AddOpt, Utility: UtilityCardinality}, {Completion: AddOne}} {
			o.Rule = ExactEqualShares
			out, err := Count(t.Context(), e, o)
			if err != nil {
				t.Fatal(err)
			}
			o.Completion, o.fixedShare = None, out.Share
			anew, err := Count(t.Context(), e, o)
			if err != nil {
				t.Fatal(err)
			}
			listed := slices.DeleteFunc(slices.Clone(out.Ties), func(tie Tie) bool { return tie.InTrial })
			if fmt.Sprint(listed) != fmt.Sprint(anew.Ties) {
				t.Errorf("seed %d %v: %v, counting anew %v", seed, out.Options.Completion, listed, anew.Ties)
			}
			ties += len(listed)
		}
	}
	if ties < 500 {
		t.Errorf("only %d ties", ties)
	}
}

// Ranges of shares are passed over without changing what results, also beside caps and exclusive
// projects. The same count with every share tried is what it is compared with.
func TestRangesPassedOverChangeNothing(t *testing.T) {
	skipped, samples := 0, uint64(600)
	if testing.Short() {
		samples /= 4
	}
	for seed := range samples {
		r := rand.New(rand.NewPCG(seed, 13))
		m, n := 3+r.IntN(8), 20+r.IntN(150)
		e := &Election{Budget: Amount(2000 + r.IntN(5000))}
		for p := range m {
			e.Projects = append(e.Projects, Project{ID: fmt.Sprint("p", p), Cost: Amount(100 + r.IntN(2500))})
		}
		for range n {
			var ballot []uint16
			for p := range m {
				if r.IntN(3+p) < 2 {
					ballot = append(ballot, uint16(p))
				}
			}
			if err := e.Cast(ballot, nil); err != nil {
				t.Fatal(err)
			}
		}
		o := Options{Rule: ExactEqualShares, Completion: AddOpt, Utility: []Utility{UtilityCost, UtilityCardinality}[r.IntN(2)]}
		if r.IntN(4) == 0 {
			o.Completion = AddOne
		}
		o.AddOne.PastExhaustion = r.IntN(2) == 0
		if r.IntN(2) == 0 {
			o.Constraints.Exclusive = [][]int{r.Perm(m)[:2], r.Perm(m)[:3]}
		}
		if r.IntN(2) == 0 {
			o.Constraints.Caps = []Cap{{Name: "c", Projects: r.Perm(m)[:2+r.IntN(m-2)], Limit: Amount(r.IntN(4000))}}
		}
		complete := func(every bool) (string, int) {
			c := &counting{ctx: t.Context(), e: e, o: &o, supp: supportersOf(e, false), out: &Outcome{}, ties: tieLog{rank: TieRule{}.order(e, nil)}}
			c.out.votes = c.supp.votes()
			c.room = newRoom(e, &o.Constraints, c.out.votes, nil)
			s := c.exactSearch()
			if every {
				s.rest = math.MaxInt
			}
			var err error
			if s.room, s.log, err = s.run(s.share, 0); err != nil {
				t.Fatal(err)
			}
			if err := s.complete(); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(s.share, s.x.buys, s.room.left, c.out.Stopped, s.log.ties), c.out.Runs
		}
		fast, few := complete(false)
		slow, many := complete(true)
		if fast != slow {
			t.Fatalf("seed %d %+v: %s, with every share tried %s", seed, o, fast, slow)
		}
		if (len(o.Constraints.Caps) > 0 || len(o.Constraints.Exclusive) > 0) && few < many {
			skipped++
		}
	}
	if skipped < int(samples)/10 {
		t.Errorf("only %d constrained elections with ranges passed over", skipped)
	}
}

// What is said of a range of shares holds at each share within: after each purchase some view has
// bought the same, and what each ballot has left is within its bounds.
func TestBoundsHoldInARange(t *testing.T) {
	samples := uint64(3000)
	if testing.Short() {
		samples /= 4
	}
	compared, tied := 0, 0
	for seed := range samples {
		r := rand.New(rand.NewPCG(seed, 29))
		m, n := 3+r.IntN(8), 10+r.IntN(100)
		e := &Election{Budget: Amount(500 + r.IntN(4000))}
		for p := range m {
			e.Projects = append(e.Projects, Project{ID: fmt.Sprint("p", p), Cost: Amount(200 + 100*r.IntN(8))}) // few costs, many ties
		}
		for range n {
			var ballot []uint16
			for p := range m {
				if r.IntN(5) < 2 {
					ballot = append(ballot, uint16(p))
				}
			}
			if err := e.Cast(ballot, nil); err != nil {
				t.Fatal(err)
			}
		}
		o := Options{Rule: ExactEqualShares, Completion: AddOpt, Utility: []Utility{UtilityCost, UtilityCardinality}[r.IntN(2)]}
		if r.IntN(3) == 0 {
			o.Constraints.Exclusive = [][]int{r.Perm(m)[:2]}
		}
		c := &counting{ctx: t.Context(), e: e, o: &o, supp: supportersOf(e, false), out: &Outcome{}, ties: tieLog{rank: TieRule{}.order(e, nil)}}
		c.out.votes = c.supp.votes()
		c.room = newRoom(e, &o.Constraints, c.out.votes, nil)
		s := c.exactSearch()
		c.room.left = 1 << 40 // the budget would only end it
		start := new(big.Rat).Mul(s.share, big.NewRat(int64(50+r.IntN(300)), 100))
		if _, _, err := s.run(start, 0); err != nil {
			t.Fatal(err)
		}
		from := s.x.units(start)
		width, shift := from/int64(2+r.IntN(300)), s.x.shift
		type state struct {
			taken []bool
			left  []int64
		}
		var runs [][]state
		for i := range int64(40) {
			at := new(big.Rat).SetFrac(new(big.Int).Add(big.NewInt(from), big.NewInt(width/39*i)), new(big.Int).Lsh(big.NewInt(1), shift))
			if _, _, err := s.run(at, 0); err != nil {
				t.Fatal(err)
			}
			if s.x.shift != shift {
				break // other units
			}
			now := state{make([]bool, m), make([]int64, len(s.x.left))}
			for class := range now.left {
				now.left[class] = s.x.start
			}
			run := []state{now}
			for j, b := range s.x.buys {
				now = state{slices.Clone(now.taken), slices.Clone(now.left)}
				now.taken[b.project] = true
				for class := range now.left {
					if s.x.hasPaid(uint32(class), j) {
						now.left[class] -= b.units
					}
				}
				run = append(run, now)
			}
			runs = append(runs, run)
		}
		slack := int64(m + 2)
		s.x.shift = shift
		s.outlook.begin(c.room, from, from+width)
		for k := 0; len(s.outlook.now) > 0; k++ {
			for i, run := range runs {
				if k >= len(run) {
					continue
				}
				compared++
				at := slices.IndexFunc(s.outlook.now, func(v *view) bool { return slices.Equal(v.room.taken, run[k].taken) })
				if at < 0 {
					t.Fatalf("seed %d, share %d: after %d purchases none has bought %v", seed, i, k, run[k].taken)
				}
				v := s.outlook.now[at]
				for class, left := range run[k].left {
					if left < v.low[class]-slack || left > v.high[class]+slack {
						t.Fatalf("seed %d, share %d: after %d purchases ballot %d has %d, not within [%d, %d]", seed, i, k, class, left, v.low[class], v.high[class])
					}
				}
			}
			tied += min(1, len(s.outlook.now)-1)
			if !s.outlook.step() {
				break
			}
		}
	}
	if compared < 50*int(samples) || tied < int(samples)/4 {
		t.Errorf("%d states of %d ranges compared, %d stages with several views", compared, samples, tied)
	}
}
