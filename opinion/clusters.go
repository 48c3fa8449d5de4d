package opinion

import (
	"math"
	"math/bits"
	"slices"
)

// clustering is the result of k-means.
type clustering struct {
	label   []int32 // of each point, index in centers
	centers []Point
}

// kmeans is Lloyd's algorithm from given seeds. Of equally near centres the last one wins, and
// centres to which nobody is nearest are dropped. It ends when every centre, taken in order of
// position, moved less than threshold, or after iterations further rounds [clusters.clj:
// kmeans, cluster-step, same-clustering?]. A threshold of 0 ends it when no label changes.
// weight may be nil.
func kmeans(points []Point, weight []float64, seeds []Point, iterations int, threshold float64) clustering {
	cl := clustering{label: make([]int32, len(points)), centers: slices.Clone(seeds)}
	if len(seeds) == 0 {
		return cl
	}
	near := neighbours{}
	if len(points) > 4*guessSide*guessSide {
		guess(points, seeds, cl.label)
	}
	for {
		changed := near.assign(points, cl.centers, cl.label)
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

const guessSide = 32

// guess labels each point with the centre nearest to the middle of the point's field on a board
// of 32 × 32. So the first exact round, too, has little to compare.
func guess(points, centers []Point, label []int32) {
	low, high := points[0], points[0]
	for _, p := range points {
		low = Point{math.Min(low.X, p.X), math.Min(low.Y, p.Y)}
		high = Point{math.Max(high.X, p.X), math.Max(high.Y, p.Y)}
	}
	width, height := (high.X-low.X)/guessSide, (high.Y-low.Y)/guessSide
	if width == 0 || height == 0 {
		return
	}
	var best [guessSide * guessSide]int32
	for f := range best {
		mid := Point{low.X + float64((float64(f%guessSide)+0.5)*width), low.Y + float64((float64(f/guessSide)+0.5)*height)}
		for j, c := range centers {
			if square(mid, c) < square(mid, centers[best[f]]) {
				best[f] = int32(j)
			}
		}
	}
	for i, p := range points {
		x, y := min(guessSide-1, int((p.X-low.X)/width)), min(guessSide-1, int((p.Y-low.Y)/height))
		label[i] = best[y*guessSide+x]
	}
}

// nearlySame compares two sets of centres pair by pair, as far as the shorter set goes. Both
// are in order of position, descending, because production's plane has the opposite sign.
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

// neighbours finds the nearest centre of many points, round after round, without trying all. By
// the triangle inequality a centre cannot be nearer to a point if it lies further from the
// point's previous centre than twice the point's distance to that one. So for each centre the
// others are kept in order of distance and looked at only up to there. The labels are the same
// as with trying all; on the plane only a handful are looked at.
type neighbours struct {
	lists [][]neighbour
}

type neighbour struct {
	gap float64 // distance, made a little smaller so that rounding does no harm
	at  int32
}

func (n *neighbours) assign(points, centers []Point, label []int32) (changed bool) {
	n.update(centers)
	for i, p := range points {
		own := label[i]
		best, at := square(p, centers[own]), own
		reach := 2 * math.Sqrt(best)
		for _, x := range n.lists[own] {
			if x.gap > reach {
				break
			}
			if d := square(p, centers[x.at]); d < best || (d == best && x.at > at) {
				best, at = d, x.at
			}
		}
		if at != own {
			label[i] = at
			changed = true
		}
	}
	return changed
}

// update measures the distances again and restores the order. Centres move little, so insertion
// sort is quick.
func (n *neighbours) update(centers []Point) {
	if len(n.lists) != len(centers) {
		n.lists = make([][]neighbour, len(centers))
		for c := range centers {
			for at := range centers {
				if at != c {
					n.lists[c] = append(n.lists[c], neighbour{at: int32(at)})
				}
			}
		}
	}
	for c, list := range n.lists {
		for i := range list {
			x := neighbour{distance(centers[c], centers[list[i].at]) * (1 - 1e-9), list[i].at}
			j := i
			for ; j > 0 && list[j-1].gap > x.gap; j-- {
				list[j] = list[j-1]
			}
			list[j] = x
		}
	}
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

// spreadSeeds takes points at k even ranks of distance from the middle, so that dense parts of
// the map get many seeds. The choice stays the same when the points are permuted or mirrored,
// or when each is doubled. When there are fewer distinct points than k, all are taken.
func spreadSeeds(points []Point, k int) []Point {
	if all := firstDistinct(points, k+1); len(all) <= k {
		return all
	}
	// Sorted as integers: the leading bits of the distance, then the index. The bits of
	// positive float64 values sort like the values.
	mid := middle(points)
	indexBits := bits.Len(uint(len(points)))
	order := make([]uint64, len(points))
	for i, p := range points {
		order[i] = math.Float64bits(square(p, mid))>>indexBits<<indexBits | uint64(i)
	}
	slices.Sort(order)
	at := func(rank int) Point { return points[order[rank]&(1<<indexBits-1)] }
	seen := make(map[Point]bool, k)
	var seeds []Point
	for i := range k {
		// Take the first new point at or after the rank, else the last new one before it.
		rank := (2*i + 1) * len(points) / (2 * k)
		r := rank
		for r < len(order) && seen[at(r)] {
			r++
		}
		if r == len(order) {
			for r = rank; seen[at(r)]; r-- {
			}
		}
		p := at(r)
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
