package sortition

import (
	"fmt"
	"slices"
	"strings"
)

// space groups people who can stand for each other. Whoever has the same features is as good as another
// for any quota; with households only if their households are alike too. So people are of one type when
// they have the same features and their households have the same members, feature by feature. A panel
// of types says how many of each type it has. All people of a type have the same probability.
type space struct {
	problem *Problem
	classes []class
	types   []kind
	rows    []quota // one for each feature
}

// class is a set of households that are alike. A person without a household is one of one person.
type class struct {
	types      []int // the types of their members
	households [][]member
}

// sum adds up numbers over the types of its members.
func (c class) sum(numbers []float64) float64 {
	sum := 0.0
	for _, t := range c.types {
		sum += numbers[t]
	}
	return sum
}

// member is a person in a household, with the type.
type member struct{ person, kind int }

// kind is a type of people.
type kind struct {
	class  int
	rows   []int32 // the quotas that count its people
	most   int     // how many of them a panel can have: one of each household
	alike  int     // how many of each household are of it
	people int
}

// quota is a feature's place in the problem with its bounds.
type quota struct {
	category, feature int
	Feature
}

// newSpace groups the people of a problem that was checked.
func newSpace(p *Problem) (*space, error) {
	s := &space{problem: p}
	rowOf := make([]map[string]int32, len(p.Categories))
	for c, category := range p.Categories {
		rowOf[c] = map[string]int32{}
		for f, feature := range category.Features {
			rowOf[c][feature.Name] = int32(len(s.rows))
			s.rows = append(s.rows, quota{c, f, feature})
		}
	}
	vectors := make([]string, len(p.People))
	rows := map[string][]int32{}
	for i, person := range p.People {
		vector := make([]int32, len(person.Features))
		for c, feature := range person.Features {
			vector[c] = rowOf[c][feature]
		}
		vectors[i] = fmt.Sprint(vector)
		rows[vectors[i]] = vector
	}
	classOf := map[string]int{}
	for _, people := range households(p.People) {
		slices.SortStableFunc(people, func(a, b int) int { return strings.Compare(vectors[a], vectors[b]) })
		name := ""
		for _, i := range people {
			name += vectors[i]
		}
		c, known := classOf[name]
		if !known {
			c = len(s.classes)
			classOf[name] = c
			s.addClass(people, vectors, rows)
		}
		s.addHousehold(c, people, vectors)
	}
	if len(s.types) > MostTypes {
		return nil, &Error{Code: ErrTooManyTypes, Value: fmt.Sprint(len(s.types))}
	}
	return s, nil
}

// households lists the people of each household, in the order of their first members.
func households(people []Person) [][]int {
	var all [][]int
	place := map[string]int{}
	for i, person := range people {
		at, known := place[person.Household]
		if person.Household == "" || !known {
			at = len(all)
			place[person.Household] = at
			all = append(all, nil)
		}
		all[at] = append(all[at], i)
	}
	return all
}

// addClass adds the class of a household whose people are sorted by their features.
func (s *space) addClass(people []int, vectors []string, rows map[string][]int32) {
	var c class
	for n, i := range people {
		if n > 0 && vectors[i] == vectors[people[n-1]] {
			s.types[len(s.types)-1].alike++
			continue
		}
		c.types = append(c.types, len(s.types))
		s.types = append(s.types, kind{class: len(s.classes), rows: rows[vectors[i]], alike: 1})
	}
	s.classes = append(s.classes, c)
}

func (s *space) addHousehold(at int, people []int, vectors []string) {
	c := &s.classes[at]
	var members []member
	next := -1
	for n, i := range people {
		if n == 0 || vectors[i] != vectors[people[n-1]] {
			next++
		}
		members = append(members, member{i, c.types[next]})
		s.types[c.types[next]].people++
	}
	c.households = append(c.households, members)
	for _, t := range c.types {
		s.types[t].most++
	}
}

// panel is a panel of types: which types it has, in order, and how many of each.
type panel []share

type share struct {
	kind  int32
	count int32
}

// counts is how many of each of so many types a panel has.
func (p panel) counts(types int) []float64 {
	counts := make([]float64, types)
	for _, of := range p {
		counts[of.kind] = float64(of.count)
	}
	return counts
}
