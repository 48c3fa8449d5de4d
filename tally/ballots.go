package tally

import (
	"cmp"
	"slices"
)

// ballots keeps every different ballot once, in compressed rows.
type ballots struct {
	start    []uint32 // row i is projects[start[i]:start[i+1]]
	projects []uint16
	points   []int32  // beside projects; empty for approvals
	weight   []uint32 // how many voters cast it
	classOf  []uint32 // for each ballot cast, its row

	table []uint32 // open addressing: row+1, 0 is empty
}

func (b *ballots) class(i int) ([]uint16, []int32) {
	lo, hi := b.start[i], b.start[i+1]
	if len(b.points) == 0 {
		return b.projects[lo:hi:hi], nil
	}
	return b.projects[lo:hi:hi], b.points[lo:hi:hi]
}

func (b *ballots) add(projects []uint16, points []int32) {
	if b.start == nil {
		b.start = []uint32{0}
	}
	if len(b.weight)*2 >= len(b.table) {
		b.grow()
	}
	mask := uint64(len(b.table) - 1)
	h := hashBallot(projects, points)
	for slot := h & mask; ; slot = (slot + 1) & mask {
		row := b.table[slot]
		if row == 0 {
			b.table[slot] = uint32(len(b.weight) + 1)
			b.classOf = append(b.classOf, uint32(len(b.weight)))
			b.projects = append(b.projects, projects...)
			b.points = append(b.points, points...)
			b.start = append(b.start, uint32(len(b.projects)))
			b.weight = append(b.weight, 1)
			return
		}
		ps, qs := b.class(int(row - 1))
		if slices.Equal(ps, projects) && (points == nil || slices.Equal(qs, points)) {
			b.weight[row-1]++
			b.classOf = append(b.classOf, row-1)
			return
		}
	}
}

func (b *ballots) grow() {
	size := max(64, 2*len(b.table))
	b.table = make([]uint32, size)
	mask := uint64(size - 1)
	for row := range b.weight {
		ps, qs := b.class(row)
		slot := hashBallot(ps, qs) & mask
		for b.table[slot] != 0 {
			slot = (slot + 1) & mask
		}
		b.table[slot] = uint32(row + 1)
	}
}

func hashBallot(projects []uint16, points []int32) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(projects)) * k
	for _, p := range projects {
		h = (h ^ uint64(p)) * k
		h ^= h >> 29
	}
	for _, q := range points {
		h = (h ^ uint64(uint32(q))) * k
		h ^= h >> 29
	}
	return h ^ h>>32
}

// supporters lists, for each project, the ballots that support it.
type supporters struct {
	start  []uint32
	class  []uint32 // ballot row, ascending within a project
	weight []uint32 // how many voters cast that ballot
	points []int32  // what each of them gives the project; nil when all give 1
}

// supportersOf inverts the ballots. With points, support means points above zero.
func supportersOf(e *Election, withPoints bool) *supporters {
	return e.ballots.supporters(len(e.Projects), withPoints)
}

// alike orders the ballots so that those with the same projects stand together, beginning with
// the popular projects. Passes over supporters then touch neighbouring memory.
func (b *ballots) alike(votes []int64) []uint32 {
	rank := make([]uint16, len(votes))
	byVotes := make([]int, len(votes))
	for p := range byVotes {
		byVotes[p] = p
	}
	slices.SortStableFunc(byVotes, func(p, q int) int { return cmp.Compare(votes[q], votes[p]) })
	for position, p := range byVotes {
		rank[p] = uint16(position)
	}
	// Sorting by the four most popular projects of a ballot is enough. It sorts stably by the
	// fourth, then by the third, and so on.
	keys := make([][4]uint16, len(b.weight))
	order, next := make([]uint32, len(b.weight)), make([]uint32, len(b.weight))
	none := uint16(len(votes)) // no project; there are at most 65535
	for row := range keys {
		best := [4]uint16{none, none, none, none}
		for _, p := range b.projects[b.start[row]:b.start[row+1]] {
			r := rank[p]
			for i := range best {
				if r < best[i] {
					r, best[i] = best[i], r
				}
			}
		}
		keys[row], order[row] = best, uint32(row)
	}
	place := make([]uint32, len(votes)+2)
	for i := 3; i >= 0; i-- {
		clear(place)
		for _, row := range order {
			place[int(keys[row][i])+1]++
		}
		for r := range votes {
			place[r+1] += place[r]
		}
		for _, row := range order {
			at := &place[keys[row][i]]
			next[*at] = row
			*at++
		}
		order, next = next, order
	}
	return order
}

// inOrder copies the ballots so that ballot i is row order[i]. The copy has no
// table and is only for reading.
func (b *ballots) inOrder(order []uint32) *ballots {
	c := &ballots{start: make([]uint32, 1, len(order)+1), projects: make([]uint16, 0, len(b.projects)), weight: make([]uint32, 0, len(order))}
	if len(b.points) > 0 {
		c.points = make([]int32, 0, len(b.points))
	}
	for _, row := range order {
		projects, points := b.class(int(row))
		c.projects = append(c.projects, projects...)
		c.points = append(c.points, points...)
		c.start = append(c.start, uint32(len(c.projects)))
		c.weight = append(c.weight, b.weight[row])
	}
	return c
}

// supporters is supportersOf for m projects.
func (b *ballots) supporters(m int, withPoints bool) *supporters {
	s := &supporters{start: make([]uint32, m+1)}
	counts := func(i int) bool { return len(b.points) == 0 || b.points[i] > 0 }
	for i, p := range b.projects {
		if counts(i) {
			s.start[p+1]++
		}
	}
	for p := range m {
		s.start[p+1] += s.start[p]
	}
	total := s.start[m]
	s.class = make([]uint32, total)
	s.weight = make([]uint32, total)
	if withPoints && len(b.points) > 0 {
		s.points = make([]int32, total)
	}
	next := slices.Clone(s.start[:m])
	for row, w := range b.weight {
		for i := b.start[row]; i < b.start[row+1]; i++ {
			if !counts(int(i)) {
				continue
			}
			p := b.projects[i]
			at := next[p]
			next[p]++
			s.class[at], s.weight[at] = uint32(row), w
			if s.points != nil {
				s.points[at] = b.points[i]
			}
		}
	}
	return s
}

func (s *supporters) of(p int) (lo, hi uint32) { return s.start[p], s.start[p+1] }

// votes returns for each project how many voters support it.
func (s *supporters) votes() []int64 {
	v := make([]int64, len(s.start)-1)
	for p := range v {
		lo, hi := s.of(p)
		for _, w := range s.weight[lo:hi] {
			v[p] += int64(w)
		}
	}
	return v
}
