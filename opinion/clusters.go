package opinion

import (
	"math"
	"slices"
)

// clustering is the result of k-means.
type clustering struct {
	label   []int32 // of each point, index in centers
	centers []Point
}

// kmeans is Lloyd's algorithm from given seeds. Of equally near centres the
// last one wins; centres nobody is nearest to are dropped; it ends when every
// centre, taken in order of position, moved less than threshold, or after
// iterations further rounds [clusters.clj: kmeans, cluster-step,
// same-clustering?]. A threshold of 0 ends it when no label changes. weight
// may be nil.
func kmeans(points []Point, weight []float64, seeds []Point, iterations int, threshold float64) clustering {
	cl := clustering{label: make([]int32, len(points)), centers: slices.Clone(seeds)}
	var near func(centers []Point, label []int32) bool
	if len(points)*len(seeds) > 50_000 {
		near = newGrid(points).assign
	} else {
		near = func(centers []Point, label []int32) bool { return assign(points, centers, label) }
	}
	for {
		changed := near(cl.centers, cl.label)
		k := len(cl.centers)
		sum, mass := make([]Point, k), make([]float64, k)
		for i, l := range cl.label {
			w := 1.0
			if weight != nil {
				w = weight[i]
			}
			sum[l].X += float64(w * points[i].X)
			sum[l].Y += float64(w * points[i].Y)
			mass[l] += w
		}
		fresh := make([]Point, 0, k)
		to := make([]int32, k)
		for j := range k {
			to[j] = int32(len(fresh))
			if mass[j] > 0 {
				fresh = append(fresh, Point{sum[j].X / mass[j], sum[j].Y / mass[j]})
			}
		}
		if len(fresh) < k {
			for i, l := range cl.label {
				cl.label[i] = to[l]
			}
		}
		var same bool
		if threshold > 0 {
			same = nearlySame(cl.centers, fresh, threshold)
		} else {
			same = !changed && len(fresh) == k
		}
		cl.centers = fresh
		if iterations == 0 || same {
			return cl
		}
		iterations--
	}
}

func assign(points, centers []Point, label []int32) (changed bool) {
	for i, p := range points {
		best, at := math.Inf(1), int32(0)
		for j, c := range centers {
			if d := square(p, c); d <= best {
				best, at = d, int32(j)
			}
		}
		if label[i] != at {
			label[i] = at
			changed = true
		}
	}
	return changed
}

// nearlySame compares two sets of centres, each in order of position, pair by
// pair as far as the shorter goes. The order descends because production's
// plane has the opposite sign.
func nearlySame(a, b []Point, threshold float64) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, descending)
	slices.SortFunc(b, descending)
	for i := range min(len(a), len(b)) {
		if distance(a[i], b[i]) >= threshold {
			return false
		}
	}
	return true
}

func descending(a, b Point) int {
	switch {
	case a.X > b.X || (a.X == b.X && a.Y > b.Y):
		return -1
	case a == b:
		return 0
	}
	return 1
}

// grid finds nearest centres for many points: in each of its cells only those
// centres are compared that can be nearest somewhere in the cell. It gives
// the same labels as assign.
type grid struct {
	points     []Point
	cell       []uint16
	low        Point
	step       Point
	used       [gridSide * gridSide]bool
	candidates [gridSide * gridSide][]int32
	near       []float64
}

const gridSide = 32

func newGrid(points []Point) *grid {
	g := &grid{points: points, cell: make([]uint16, len(points)), low: points[0]}
	high := points[0]
	for _, p := range points {
		g.low = Point{math.Min(g.low.X, p.X), math.Min(g.low.Y, p.Y)}
		high = Point{math.Max(high.X, p.X), math.Max(high.Y, p.Y)}
	}
	g.step = Point{(high.X - g.low.X) / gridSide, (high.Y - g.low.Y) / gridSide}
	place := func(x, low, step float64) int {
		if step == 0 {
			return 0
		}
		return min(gridSide-1, int((x-low)/step))
	}
	for i, p := range points {
		at := place(p.Y, g.low.Y, g.step.Y)*gridSide + place(p.X, g.low.X, g.step.X)
		g.cell[i] = uint16(at)
		g.used[at] = true
	}
	return g
}

func (g *grid) assign(centers []Point, label []int32) (changed bool) {
	if cap(g.near) < len(centers) {
		g.near = make([]float64, len(centers))
	}
	near := g.near[:len(centers)]
	for at, used := range g.used {
		if !used {
			continue
		}
		// A little wider than the cell, for rounding in place.
		x0 := g.low.X + float64((float64(at%gridSide)-1e-9)*g.step.X)
		x1 := g.low.X + float64((float64(at%gridSide)+1+1e-9)*g.step.X)
		y0 := g.low.Y + float64((float64(at/gridSide)-1e-9)*g.step.Y)
		y1 := g.low.Y + float64((float64(at/gridSide)+1+1e-9)*g.step.Y)
		bound := math.Inf(1)
		for j, c := range centers {
			nx := math.Max(0, math.Max(x0-c.X, c.X-x1))
			ny := math.Max(0, math.Max(y0-c.Y, c.Y-y1))
			fx := math.Max(c.X-x0, x1-c.X)
			fy := math.Max(c.Y-y0, y1-c.Y)
			near[j] = float64(nx*nx) + float64(ny*ny)
			bound = math.Min(bound, float64(fx*fx)+float64(fy*fy))
		}
		bound *= 1 + 1e-9
		list := g.candidates[at][:0]
		for j, d := range near {
			if d <= bound {
				list = append(list, int32(j))
			}
		}
		g.candidates[at] = list
	}
	for i, p := range g.points {
		best, at := math.Inf(1), int32(0)
		for _, j := range g.candidates[g.cell[i]] {
			if d := square(p, centers[j]); d <= best {
				best, at = d, j
			}
		}
		if label[i] != at {
			label[i] = at
			changed = true
		}
	}
	return changed
}

// baseClusters reduces the people on the map to at most BaseClusters points.
func (o *Options) baseClusters(points []Point) clustering {
	var seeds []Point
	if o.Seeds == FirstDistinct {
		seeds = firstDistinct(points, o.BaseClusters)
	} else {
		seeds = spreadSeeds(points, o.BaseClusters)
	}
	return kmeans(points, nil, seeds, o.BaseIterations, o.Threshold)
}

func firstDistinct(points []Point, k int) []Point {
	seen := make(map[Point]bool, k)
	var seeds []Point
	for _, p := range points {
		if len(seeds) == k {
			break
		}
		if !seen[p] {
			seen[p] = true
			seeds = append(seeds, p)
		}
	}
	return seeds
}

// spreadSeeds takes points at k even ranks of distance from the middle: dense
// parts of the map get many seeds, and neither a permutation of the points nor
// a mirror nor doubling each of them changes which. Fewer distinct points than
// k are all taken.
func spreadSeeds(points []Point, k int) []Point {
	if all := firstDistinct(points, k+1); len(all) <= k {
		return all
	}
	mid := middle(points)
	order := make([]int32, len(points))
	far := make([]float64, len(points))
	for i, p := range points {
		order[i], far[i] = int32(i), square(p, mid)
	}
	slices.SortFunc(order, func(a, b int32) int {
		switch {
		case far[a] < far[b]:
			return -1
		case far[a] > far[b]:
			return 1
		}
		return int(a - b)
	})
	seen := make(map[Point]bool, k)
	var seeds []Point
	for i := range k {
		// The first new point at or after the rank, else the last before it.
		rank := (2*i + 1) * len(points) / (2 * k)
		at := rank
		for at < len(order) && seen[points[order[at]]] {
			at++
		}
		if at == len(order) {
			for at = rank; seen[points[order[at]]]; at-- {
			}
		}
		p := points[order[at]]
		seen[p] = true
		seeds = append(seeds, p)
	}
	return seeds
}

func middle(points []Point) Point {
	var s Point
	for _, p := range points {
		s.X += p.X
		s.Y += p.Y
	}
	n := float64(max(1, len(points)))
	return Point{s.X / n, s.Y / n}
}
