package sortition

import "slices"

// people turns a panel of types, with its weight, into panels of people that together have the same weight and
// give every person of a type the same. The households of a class, and those of a household who are alike,
// take turns; wherever somebody's turn ends a new panel begins.
func (s *space) people(p panel, weight float64) []Panel {
	seats := s.seats(p)
	turns := []fraction{{0, 1}}
	for _, seat := range seats {
		for i := 1; i < seat.period; i++ {
			turns = append(turns, fraction{i, seat.period})
		}
	}
	slices.SortFunc(turns, fraction.compare)
	turns = append(slices.CompactFunc(turns, func(a, b fraction) bool { return a.compare(b) == 0 }), fraction{1, 1})
	var panels []Panel
	for i, turn := range turns[:len(turns)-1] {
		next := Panel{Weight: weight * (turns[i+1].float() - turn.float())}
		for _, seat := range seats {
			next.People = append(next.People, seat.taken(s, turn)...)
		}
		slices.Sort(next.People)
		panels = append(panels, next)
	}
	return panels
}

// fraction is a moment of the time in which people take turns, from 0 to 1.
type fraction struct{ of, in int }

func (f fraction) compare(g fraction) int { return f.of*g.in - g.of*f.in }
func (f fraction) float() float64         { return float64(f.of) / float64(f.in) }

// seats are what a panel takes of one class.
type seats struct {
	class  *class
	kinds  []share
	period int // after how many turns all had the same
}

// seats lists what a panel takes of each class.
func (s *space) seats(p panel) []seats {
	var list []seats
	for _, of := range p {
		k := s.types[of.kind]
		c := &s.classes[k.class]
		if len(list) == 0 || list[len(list)-1].class != c {
			list = append(list, seats{class: c, period: 1})
		}
		last := &list[len(list)-1]
		last.kinds = append(last.kinds, of)
	}
	for i := range list {
		alike, all := 1, 0
		for _, of := range list[i].kinds {
			alike = leastMultiple(alike, s.types[of.kind].alike)
			all += int(of.count)
		}
		list[i].period = alike * len(list[i].class.households)
		if alike == 1 && len(list[i].class.types) == 1 && all == len(list[i].class.households) {
			list[i].period = 1 // everybody sits
		}
	}
	return list
}

func leastMultiple(a, b int) int {
	for m := max(a, b); ; m += max(a, b) {
		if m%a == 0 && m%b == 0 {
			return m
		}
	}
}

// taken lists who sits on a class's seats in a turn.
func (l seats) taken(s *space, turn fraction) []int {
	n := len(l.class.households)
	step := turn.of * l.period / turn.in
	at := step % n
	var people []int
	for _, of := range l.kinds {
		member := step / n % s.types[of.kind].alike
		for range of.count {
			people = append(people, nthOf(l.class.households[at], of.kind, member))
			at = (at + 1) % n
		}
	}
	return people
}

// nthOf is the n-th person of a type in a household, from 0.
func nthOf(household []member, of int32, n int) int {
	for _, m := range household {
		if m.kind == int(of) {
			if n == 0 {
				return m.person
			}
			n--
		}
	}
	panic("sortition: a household lacks a member of its class")
}
