package sortition_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/birge-kz/birge/sortition"
)

// feasible makes random problems that have panels.
func feasible(r *rand.Rand) *sortition.Problem {
	for {
		if p := small(r); len(allPanels(p)) > 0 {
			return p
		}
	}
}

func TestOrderOfPeopleDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		checkOrder(t, r, feasible(r))
	}
	for seed := range uint64(5) { // these need cuts, and another order finds others
		checkOrder(t, r, withoutRoom(seed, 60, 12, 6))
	}
}

func checkOrder(t *testing.T, r *rand.Rand, p *sortition.Problem) {
	t.Helper()
	for _, method := range []sortition.Method{sortition.Leximin, sortition.Nash} {
		d := mustSelect(t, p, method)
		other := *p
		order := r.Perm(len(p.People))
		other.People = nil
		for _, i := range order {
			other.People = append(other.People, p.People[i])
		}
		e := mustSelect(t, &other, method)
		within := sortition.Tolerance
		if method == sortition.Nash {
			within = 1e-2 // the product is flat at its top
		}
		for at, i := range order {
			if math.Abs(e.Marginals[at]-d.Marginals[i]) > within {
				t.Errorf("%s, %s: %v, in another order %v", method, p.People[i].ID, d.Marginals[i], e.Marginals[at])
			}
		}
	}
}

// Whoever comes in addition takes at most what the one like them had: that one's probability can always be shared
// by both, so nobody's falls below the lowest before or half of it. (It is not true that strangers lose nothing:
// without quotas everybody has k/n, and k/(n+1) when one more comes.)
func TestACopyCanShare(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		p := feasible(r)
		copied := r.IntN(len(p.People))
		twin := p.People[copied]
		if twin.Household != "" {
			continue // the two would not be alike
		}
		twin.ID = "twin"
		more := *p
		more.People = append(slices.Clone(p.People), twin)
		before, after := mustSelect(t, p, sortition.Leximin), mustSelect(t, &more, sortition.Leximin)
		least := min(slices.Min(before.Marginals), before.Marginals[copied]/2)
		if slices.Min(after.Marginals) < least-sortition.Tolerance {
			t.Errorf("%+v: with another %s the lowest is %v, below %v", p, p.People[copied].ID, slices.Min(after.Marginals), least)
		}
	}
}

func TestLottery(t *testing.T) {
	for dir, size := range map[string]int{"sa_fixture_22": 22, "syn_sfb_20": 20} {
		p := readProblem(t, dir, size)
		d := mustSelect(t, p, sortition.Leximin)
		l, err := d.Lottery(1000)
		if err != nil {
			t.Fatal(err)
		}
		worst := checkLottery(t, p, d, l)
		// The source of the method proves k/m for dependent rounding.
		if bound := float64(size) / 1000; worst > bound || math.Abs(worst-l.Deviation) > 1e-12 {
			t.Errorf("%s: the largest deviation is %v, said to be %v, and at most %v", dir, worst, l.Deviation, bound)
		}
		again, err := mustSelect(t, p, sortition.Leximin).Lottery(1000)
		if err != nil || !bytes.Equal(l.Text(), again.Text()) {
			t.Errorf("%s: the same problem gives another list: %v", dir, err)
		}
	}
}

// checkLottery checks every panel of a lottery and returns the largest deviation.
func checkLottery(t *testing.T, p *sortition.Problem, d *sortition.Distribution, l *sortition.Lottery) (worst float64) {
	t.Helper()
	place := map[string]int{}
	for i, person := range p.People {
		place[person.ID] = i
	}
	for _, panel := range l.Panels {
		var people []int
		for _, id := range panel {
			people = append(people, place[id])
		}
		slices.Sort(people)
		checkPanel(t, p, people)
	}
	for i, person := range p.People {
		worst = max(worst, math.Abs(float64(l.Count(person.ID))/float64(len(l.Panels))-d.Marginals[i]))
	}
	if len(l.Panels) != 1000 {
		t.Errorf("%d panels", len(l.Panels))
	}
	return worst
}

func TestLotteryWithHouseholds(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 60 {
		p := feasible(r)
		d := mustSelect(t, p, sortition.Leximin)
		l, err := d.Lottery(1000)
		if err != nil {
			t.Fatal(err)
		}
		if worst := checkLottery(t, p, d, l); worst > 0.01 {
			t.Errorf("%+v: off by %v", p, worst)
		}
	}
}

func TestReplace(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	among, anew := 0, 0
	for range 60 {
		p := feasible(r)
		l, err := mustSelect(t, p, sortition.Leximin).Lottery(1000)
		if err != nil {
			t.Fatal(err)
		}
		panel := l.Panels[r.IntN(1000)]
		stayed, left := panel[1:], panel[:1]
		rest, err := sortition.Replace(context.Background(), p, l, stayed, left, sortition.Leximin)
		if none := (*sortition.Infeasible)(nil); errors.As(err, &none) {
			continue
		}
		if wrong := (*sortition.Error)(nil); errors.As(err, &wrong) && (wrong.Code == sortition.ErrNoPeople || wrong.Code == sortition.ErrSize) {
			continue
		}
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if len(rest.Panels) == 1000 {
			anew++
		} else {
			among++
		}
		possible := allPanels(p)
		for _, panel := range rest.Panels {
			for _, id := range stayed {
				if !slices.Contains(panel, id) {
					t.Fatalf("%s stayed and is not on %v", id, panel)
				}
			}
			var people []int
			for i, person := range p.People {
				if slices.Contains(panel, person.ID) {
					people = append(people, i)
				}
			}
			if slices.Contains(panel, left[0]) || !slices.ContainsFunc(possible, func(x []int) bool { return slices.Equal(x, people) }) {
				t.Fatalf("%v: %s left, or the panel does not obey the quotas", panel, left[0])
			}
		}
	}
	if among == 0 || anew == 0 {
		t.Errorf("%d among the panels, %d anew", among, anew)
	}
}

func TestAlternates(t *testing.T) {
	p := readProblem(t, "sa_fixture_22", 22)
	l, err := mustSelect(t, p, sortition.Leximin).Lottery(100)
	if err != nil {
		t.Fatal(err)
	}
	reserve, err := sortition.Alternates(context.Background(), p, l.Panels[42], 6, 100, sortition.Leximin)
	if err != nil {
		t.Fatal(err)
	}
	for _, six := range reserve.Panels {
		if len(six) != 6 || slices.ContainsFunc(six, func(id string) bool { return slices.Contains(l.Panels[42], id) }) {
			t.Fatalf("the reserve %v of the panel %v", six, l.Panels[42])
		}
	}
}

func TestErrors(t *testing.T) {
	good := func() *sortition.Problem {
		return &sortition.Problem{Size: 1, Categories: []sortition.Category{{Name: "c", Features: []sortition.Feature{{Name: "f", Max: 1}}}},
			People: []sortition.Person{{ID: "a", Features: []string{"f"}}, {ID: "b", Features: []string{"f"}}}}
	}
	for code, spoil := range map[sortition.ErrorCode]func(p *sortition.Problem){
		sortition.ErrNoPeople:       func(p *sortition.Problem) { p.People = nil },
		sortition.ErrSize:           func(p *sortition.Problem) { p.Size = 3 },
		sortition.ErrCategoryTwice:  func(p *sortition.Problem) { p.Categories = append(p.Categories, p.Categories[0]) },
		sortition.ErrQuota:          func(p *sortition.Problem) { p.Categories[0].Features[0].Min = 2 },
		sortition.ErrPersonTwice:    func(p *sortition.Problem) { p.People[1].ID = "a" },
		sortition.ErrPersonFeatures: func(p *sortition.Problem) { p.People[1].Features = nil },
		sortition.ErrUnknownFeature: func(p *sortition.Problem) { p.People[1].Features = []string{"g"} },
		sortition.ErrTooManyPeople:  func(p *sortition.Problem) { p.People = make([]sortition.Person, sortition.MostPeople+1) },
		sortition.ErrFeatureTwice: func(p *sortition.Problem) {
			p.Categories[0].Features = append(p.Categories[0].Features, p.Categories[0].Features[0])
		},
		sortition.ErrTooManyTypes: func(p *sortition.Problem) {
			p.Categories, p.People = make([]sortition.Category, 2), nil
			for i := range 70 {
				p.Categories[0].Features = append(p.Categories[0].Features, sortition.Feature{Name: fmt.Sprint(i), Max: 1})
				for j := range 70 {
					p.People = append(p.People, sortition.Person{ID: fmt.Sprint(i, j), Features: []string{fmt.Sprint(i), fmt.Sprint(j)}})
				}
			}
			p.Categories[1] = sortition.Category{Name: "d", Features: p.Categories[0].Features}
		},
		sortition.ErrTooManyFeatures: func(p *sortition.Problem) {
			p.Categories[0].Features = make([]sortition.Feature, sortition.MostFeatures+1)
		},
	} {
		p := good()
		mustSelect(t, p, sortition.Leximin)
		spoil(p)
		_, err := sortition.Select(context.Background(), p, sortition.Leximin)
		if wrong := (*sortition.Error)(nil); !errors.As(err, &wrong) || wrong.Code != code {
			t.Errorf("%v, expected %s", err, code)
		}
	}
}
