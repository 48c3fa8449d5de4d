package opinion

import "math"

// Point is a place on the map. One strongly felt difference on all statements is about √(number
// of statements) long; only relative distances matter.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

func square(a, b Point) float64 {
	dx, dy := a.X-b.X, a.Y-b.Y
	return float64(dx*dx) + float64(dy*dy)
}

func distance(a, b Point) float64 { return math.Sqrt(square(a, b)) }

// project puts every participant on the plane by the statements that they answered. The place
// is multiplied by √(statements / answers), so that those who answered few are not drawn to the
// middle [pca.clj: sparsity-aware-project-ptpt]. It also returns the number of answers that
// count.
func (c *Conversation) project(p *plane) (at []Point, answers []int32) {
	n := len(c.statements)
	// adds is what one answer adds to the place, for each statement and value.
	adds := make([]Point, 4*n)
	counts := make([]bool, n)
	for _, j := range p.active {
		counts[j] = true
		for v := -1; v <= 1; v++ {
			d := float64(v) - p.center[j]
			adds[4*int(j)+v+1] = Point{float64(d * p.axis[0][j]), float64(d * p.axis[1][j])}
		}
	}
	statements, extra := c.scale(p)
	at = make([]Point, len(c.rows))
	answers = make([]int32, len(c.rows))
	root := make([]float64, statements+2)
	for i := range root {
		root[i] = math.Sqrt(float64(statements) / float64(max(1, i)))
	}
	for row, cells := range c.rows {
		var sum Point
		given := extra
		for _, x := range cells {
			a := &adds[x]
			sum.X += a.X
			sum.Y += a.Y
			if counts[x>>2] {
				given++
			}
		}
		answers[row] = int32(given)
		f := root[min(given, len(root)-1)]
		at[row] = Point{float64(sum.X * f), float64(sum.Y * f)}
	}
	return at, answers
}

// scale returns the number of statements to which projections are scaled, and how many of them
// count as answered by everyone, which is a defect of production.
func (c *Conversation) scale(p *plane) (statements, extra int) {
	statements = len(p.active)
	if c.opt.CountModerated {
		for j, out := range c.out {
			if out && c.sums.n[j] > 0 {
				statements++
				extra++
			}
		}
	}
	return statements, extra
}

// projectStatements puts each statement where somebody would be who agreed
// with it and answered nothing else, and gives its distance from the middle,
// its extremity [pca.clj: pca-project-cmnts].
func projectStatements(p *plane, statements int) (at []Point, extremity []float64) {
	at = make([]Point, len(p.center))
	extremity = make([]float64, len(p.center))
	root := math.Sqrt(float64(statements))
	for _, j := range p.active {
		d := 1 - p.center[j]
		at[j] = Point{float64(float64(d*p.axis[0][j]) * root), float64(float64(d*p.axis[1][j]) * root)}
		extremity[j] = distance(at[j], Point{})
	}
	return at, extremity
}

// members are the rows on the map, ascending: those who answered at least
// MinVotes statements or all of them; if these are fewer than MinMembers, also
// those who answered most [conversation.clj: in-conv].
func (c *Conversation) members(p *plane, answers []int32) []int32 {
	statements, extra := c.scale(p)
	need := int32(min(c.opt.MinVotes, statements))
	given := answers
	if extra > 0 { // here production counts the votes really given, also those on moderated statements
		given = make([]int32, len(answers))
		for row, cells := range c.rows {
			given[row] = int32(len(cells))
		}
	}
	taken := make([]bool, len(c.rows))
	count := 0
	most := int32(0)
	for row := range c.rows {
		if c.excluded[row] || given[row] == 0 {
			continue
		}
		most = max(most, given[row])
		if given[row] >= need {
			taken[row] = true
			count++
		}
	}
	for votes := min(most, need-1); votes > 0 && count < c.opt.MinMembers; votes-- {
		for row := range c.rows {
			if c.excluded[row] || taken[row] || given[row] != votes || (c.opt.FillExactly && count >= c.opt.MinMembers) {
				continue
			}
			taken[row] = true
			count++
		}
	}
	list := make([]int32, 0, count)
	for row, t := range taken {
		if t {
			list = append(list, int32(row))
		}
	}
	return list
}
