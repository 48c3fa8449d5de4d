package allocation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/allocation"
)

// named makes names.
func named(what string, count int) (out []string) {
	for i := range count {
		out = append(out, fmt.Sprint(what, i))
	}
	return out
}

// by is a table of fits, by application.
func by(fits [][]int) func(int, int) int { return func(i, j int) int { return fits[i][j] } }

// worth is the worst fit and the sum of fits.
func worth(fits [][]int, found [][]int) (worst, sum int) {
	worst = allocation.MostFit
	for i, readers := range found {
		for _, j := range readers {
			worst, sum = min(worst, fits[i][j]), sum+fits[i][j]
		}
	}
	return worst, sum
}

// brute tries every way and returns the best worst fit, and the largest sum with it; found is false when there is no way.
func brute(fits [][]int, each, most int) (worst, sum int, found bool) {
	load := make([]int, len(fits[0]))
	var try func(i, from, left, w, s int)
	try = func(i, from, left, w, s int) {
		if i == len(fits) {
			if !found || w > worst || w == worst && s > sum {
				worst, sum, found = w, s, true
			}
			return
		}
		if left == 0 {
			try(i+1, 0, each, w, s)
			return
		}
		for j := from; j < len(load); j++ {
			if fit := fits[i][j]; fit >= 0 && load[j] < most {
				load[j]++
				try(i, j+1, left-1, min(w, fit), s+fit)
				load[j]--
			}
		}
	}
	try(0, 0, each, allocation.MostFit, 0)
	return worst, sum, found
}

// On random small calls: the best there is by trying all ways; and where there is none, a set that proves it.
func TestAssignIsTheBestOfAllWays(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	short := 0
	for range 600 {
		applications, readers := 1+r.IntN(5), 1+r.IntN(5)
		fits := make([][]int, applications)
		for i := range fits {
			for range readers {
				fits[i] = append(fits[i], max(-1, r.IntN(6)-1-r.IntN(2)))
			}
		}
		p := allocation.Pairing{Name: "call", Applications: named("a", applications), Readers: named("r", readers), Each: 1 + r.IntN(2), Most: 1 + r.IntN(3), Fit: by(fits)}
		worst, sum, possible := brute(fits, p.Each, p.Most)
		found, err := allocation.Assign(p)
		if !possible {
			short++
			proves(t, p, fits, err)
			continue
		}
		if err != nil {
			t.Fatal(fits, err)
		}
		load := make([]int, readers)
		for i, of := range found {
			if len(of) != p.Each || !slices.IsSorted(of) || len(slices.Compact(slices.Clone(of))) != p.Each {
				t.Fatalf("%v: application %d is read by %v", fits, i, of)
			}
			for _, j := range of {
				if load[j]++; load[j] > p.Most || fits[i][j] < 0 {
					t.Fatalf("%v: reader %d may not, or reads too much", fits, j)
				}
			}
		}
		if w, s := worth(fits, found); w != worst || s != sum {
			t.Fatalf("%v by %d of at most %d: worst %d, sum %d; the best is %d and %d", fits, p.Each, p.Most, w, s, worst, sum)
		}
	}
	if short < 50 || short > 550 {
		t.Errorf("%d of 600 calls have no way: they show too little", short)
	}
}

// proves checks Hall's condition by itself.
func proves(t *testing.T, p allocation.Pairing, fits [][]int, err error) {
	t.Helper()
	var s *allocation.Short
	if !errors.As(err, &s) {
		t.Fatal(fits, err)
	}
	places := 0
	for j := range p.Readers {
		may := 0
		for _, name := range s.Applications {
			if fits[slices.Index(p.Applications, name)][j] >= 0 {
				may++
			}
		}
		if places += min(may, p.Most); (may > 0) != slices.Contains(s.Readers, p.Readers[j]) {
			t.Fatalf("%v: reader %d of %v", fits, j, s)
		}
	}
	if s.Needed != p.Each*len(s.Applications) || s.Places != places || s.Needed <= s.Places {
		t.Fatalf("%v: %+v, but %d places", fits, s, places)
	}
}

// The order of the lists has no say; the name of the call has one where fits are equal.
func TestTiesAreBrokenByHash(t *testing.T) {
	p := allocation.Pairing{Name: "2026", Applications: named("a", 6), Readers: named("r", 6), Each: 2, Most: 2, Fit: func(int, int) int { return 3 }}
	pairs := func(p allocation.Pairing) (out []string) {
		found, err := allocation.Assign(p)
		if err != nil {
			t.Fatal(err)
		}
		for i, of := range found {
			for _, j := range of {
				out = append(out, p.Applications[i]+p.Readers[j])
			}
		}
		slices.Sort(out)
		return out
	}
	first := pairs(p)
	q := p
	q.Applications, q.Readers = slices.Clone(p.Applications), slices.Clone(p.Readers)
	slices.Reverse(q.Applications)
	slices.Reverse(q.Readers)
	if again := pairs(q); !slices.Equal(first, again) {
		t.Errorf("%v, and in another order %v", first, again)
	}
	q.Name = "2027"
	if other := pairs(q); slices.Equal(first, other) {
		t.Error("another call, the same readers of the same applications")
	}
}

func TestWhatAssignRefuses(t *testing.T) {
	fine := allocation.Pairing{Each: 1, Most: 1, Fit: func(int, int) int { return 0 }}
	for name, change := range map[string]func(*allocation.Pairing){
		"each": func(p *allocation.Pairing) { p.Each = 0 }, "most": func(p *allocation.Pairing) { p.Most = 0 },
		"pairings": func(p *allocation.Pairing) { p.Applications, p.Readers = named("a", 1001), named("r", 1000) },
	} {
		p := fine
		change(&p)
		var wrong *allocation.Error
		if _, err := allocation.Assign(p); !errors.As(err, &wrong) || wrong.Subject != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A large call: 2,000 applications, three readers each.
func BenchmarkAssign(b *testing.B) {
	for _, readers := range []int{60, 200} {
		b.Run(fmt.Sprint(readers, " readers"), func(b *testing.B) {
			r := rand.New(rand.NewPCG(7, 8))
			fits := make([][]int, 2000)
			for i := range fits {
				for range readers {
					fits[i] = append(fits[i], max(-1, r.IntN(12)-1))
				}
			}
			p := allocation.Pairing{Name: "call", Applications: named("a", 2000), Readers: named("r", readers), Each: 3, Most: 2000*3/readers + 2, Fit: by(fits)}
			for b.Loop() {
				if _, err := allocation.Assign(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
