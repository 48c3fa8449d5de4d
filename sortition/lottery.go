package sortition

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// MostPanels bounds the number of panels of a lottery.
const MostPanels = 100_000

// Lottery is a list of panels, each as likely as any other: whoever has the list and a number has the panel.
type Lottery struct {
	Panels [][]string // ids of people, sorted
	// Deviation is the largest difference between a person's probability in the lottery and the one the
	// distribution gives; Deviating is who has it.
	Deviation float64
	Deviating string
}

// Lottery rounds the distribution to equally likely panels. The same distribution gives the same list.
func (d *Distribution) Lottery(panels int) (*Lottery, error) {
	if panels < 1 || panels > MostPanels {
		return nil, &Error{Code: ErrPanels, Value: fmt.Sprint(panels)}
	}
	counts := d.round(panels)
	times := make([]int, len(d.Marginals))
	l := &Lottery{}
	for i, panel := range d.kinds {
		for range counts[i] {
			var ids []string
			for _, person := range d.space.next(panel, times) {
				times[person]++
				ids = append(ids, d.space.problem.People[person].ID)
			}
			slices.Sort(ids)
			l.Panels = append(l.Panels, ids)
		}
	}
	slices.SortFunc(l.Panels, slices.Compare)
	for person, n := range times {
		if off := math.Abs(float64(n)/float64(panels) - d.Marginals[person]); off > l.Deviation {
			l.Deviation, l.Deviating = off, d.space.problem.People[person].ID
		}
	}
	return l, nil
}

// round gives each panel of types a whole number of copies, panels in all: the ideal number rounded down or up.
// As long as two are not whole, one gives to the other until one of them is (pipage rounding), in that
// direction which leaves the types closer to what they should have.
func (d *Distribution) round(panels int) []int {
	counts, rest := make([]int, len(d.weights)), make([]float64, len(d.weights))
	for i, w := range d.weights {
		ideal := float64(w * float64(panels))
		whole := math.Floor(ideal + 1e-9)
		counts[i], rest[i] = int(whole), max(0, ideal-whole)
	}
	off := make([]float64, len(d.space.types)) // by type: how many more than ideal
	pending := -1
	for i := range rest {
		if rest[i] < 1e-9 {
			continue
		}
		if pending < 0 {
			pending = i
			continue
		}
		a, b := pending, i
		toA, toB := min(1-rest[a], rest[b]), min(rest[a], 1-rest[b])
		by := toA
		if d.spoilt(off, a, b, -toB) < d.spoilt(off, a, b, toA) {
			by = -toB
		}
		d.give(off, a, b, by)
		rest[a], rest[b] = rest[a]+by, rest[b]-by
		pending = -1
		for _, j := range []int{a, b} {
			if rest[j] > 1-1e-9 {
				counts[j]++
				rest[j] = 0
			} else if rest[j] > 1e-9 {
				pending = j
			}
		}
	}
	if pending >= 0 && rest[pending] > 0.5 { // what is left is rounding alone
		counts[pending]++
	}
	return counts
}

// give counts what types have more or less when a panel gives a part of a copy to another.
func (d *Distribution) give(off []float64, to, from int, by float64) {
	for _, of := range d.kinds[to] {
		off[of.kind] += float64(by * float64(of.count))
	}
	for _, of := range d.kinds[from] {
		off[of.kind] -= float64(by * float64(of.count))
	}
}

// spoilt measures how far types would be from what they should have.
func (d *Distribution) spoilt(off []float64, to, from int, by float64) float64 {
	d.give(off, to, from, by)
	sum := 0.0
	for _, p := range []panel{d.kinds[to], d.kinds[from]} {
		for _, of := range p {
			sum += off[of.kind] * off[of.kind] / float64(d.space.types[of.kind].people)
		}
	}
	d.give(off, to, from, -by)
	return sum
}

// next chooses people for a panel of types: of each type those who were on fewest panels so far.
func (s *space) next(p panel, times []int) (people []int) {
	for _, seat := range s.seats(p) {
		taken := map[int]bool{} // households
		for _, of := range seat.kinds {
			for range of.count {
				house, person, fewest := -1, -1, 0
				for h, household := range seat.class.households {
					if taken[h] {
						continue
					}
					if sum, least := turnsOf(household, of.kind, times); house < 0 || sum < fewest {
						house, person, fewest = h, least, sum
					}
				}
				taken[house] = true
				people = append(people, person)
			}
		}
	}
	return people
}

// turnsOf is how often people of a type in a household were on a panel, and who of them least often.
func turnsOf(household []member, of int32, times []int) (sum, least int) {
	least = -1
	for _, m := range household {
		if m.kind != int(of) {
			continue
		}
		sum += times[m.person]
		if least < 0 || times[m.person] < times[least] {
			least = m.person
		}
	}
	return sum, least
}

// Text is the list as it is published: one line for each panel, a JSON array of ids. Panel 0 is on the first line.
func (l *Lottery) Text() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, panel := range l.Panels {
		_ = e.Encode(panel) // strings into memory cannot fail
	}
	return b.Bytes()
}

// Digest is the SHA-256 of Text in hexadecimal digits. It is recorded before the draw.
func (l *Lottery) Digest() string {
	sum := sha256.Sum256(l.Text())
	return hex.EncodeToString(sum[:])
}

// Count tells on how many panels a person is.
func (l *Lottery) Count(id string) int {
	n := 0
	for _, panel := range l.Panels {
		if _, is := slices.BinarySearch(panel, id); is {
			n++
		}
	}
	return n
}

// Remaining is the lottery among the panels on which all who stayed are and nobody who left.
func (l *Lottery) Remaining(stayed, left []string) *Lottery {
	rest := &Lottery{}
	for _, panel := range l.Panels {
		has := func(id string) bool { _, is := slices.BinarySearch(panel, id); return is }
		if !slices.ContainsFunc(left, has) && !slices.ContainsFunc(stayed, func(id string) bool { return !has(id) }) {
			rest.Panels = append(rest.Panels, panel)
		}
	}
	return rest
}

// Replace is the lottery that fills the seats of those who left a panel. It is among the panels of the first
// lottery on which those who stayed are and nobody who left; if there are none, people are drawn anew for the free
// seats, with what the quotas leave.
func Replace(ctx context.Context, problem *Problem, first *Lottery, stayed, left []string, method Method) (*Lottery, error) {
	if rest := first.Remaining(stayed, left); len(rest.Panels) > 0 {
		return rest, nil
	}
	open, err := problem.without(stayed, left)
	if err != nil {
		return nil, err
	}
	d, err := Select(ctx, open, method)
	if err != nil {
		return nil, err
	}
	l, err := d.Lottery(len(first.Panels))
	if err != nil {
		return nil, err
	}
	for i, panel := range l.Panels {
		l.Panels[i] = slices.Sorted(slices.Values(append(panel, stayed...)))
	}
	slices.SortFunc(l.Panels, slices.Compare)
	return l, nil
}

// without is the problem of the seats that are free when some stayed and some left.
func (p *Problem) without(stayed, left []string) (*Problem, error) {
	place := map[string]int{}
	for i, person := range p.People {
		place[person.ID] = i
	}
	gone, homes := map[string]bool{}, map[string]bool{}
	for _, id := range slices.Concat(stayed, left) {
		if _, known := place[id]; !known {
			return nil, &Error{Code: ErrUnknownPerson, Subject: id}
		}
		gone[id] = true
	}
	rest := &Problem{Size: p.Size - len(stayed)}
	for _, category := range p.Categories {
		category.Features = slices.Clone(category.Features)
		rest.Categories = append(rest.Categories, category)
	}
	for _, id := range stayed {
		person := p.People[place[id]]
		if person.Household != "" && homes[person.Household] {
			return nil, &Error{Code: ErrStayedTogether, Subject: person.Household}
		}
		homes[person.Household] = person.Household != ""
		for c, name := range person.Features {
			for i := range rest.Categories[c].Features {
				if f := &rest.Categories[c].Features[i]; f.Name == name {
					low, high := f.flexible()
					f.Min, f.Max = max(0, f.Min-1), max(0, f.Max-1)
					f.FlexMin, f.FlexMax = max(0, low-1), max(0, high-1)
				}
			}
		}
	}
	for _, person := range p.People {
		if !gone[person.ID] && !homes[person.Household] {
			rest.People = append(rest.People, person)
		}
	}
	return rest, nil
}

// Alternates is the lottery that draws people in reserve for a panel, as balanced as the panel itself: with
// quotas in proportion to their number, relaxed where there are not enough people.
func Alternates(ctx context.Context, problem *Problem, panel []string, number, panels int, method Method) (*Lottery, error) {
	reserve, err := problem.without(panel, nil)
	if err != nil {
		return nil, err
	}
	reserve.Size = number
	for c, category := range problem.Categories {
		for i, f := range category.Features {
			low, high := f.Min*number/problem.Size, (f.Max*number+problem.Size-1)/problem.Size
			reserve.Categories[c].Features[i] = Feature{f.Name, low, high, 0, max(high, number)}
		}
	}
	d, err := Select(ctx, reserve, method)
	if e, is := err.(*Infeasible); is && len(e.Relaxed) > 0 {
		d, err = Select(ctx, e.Apply(reserve), method)
	}
	if err != nil {
		return nil, err
	}
	return d.Lottery(panels)
}
