package opinion

import (
	"math"
	"slices"
)

// partition is one way to divide the base clusters into k groups.
type partition struct {
	clustering
	k          int
	silhouette float64
}

// partitions divides base points, of given weights, into k = 2 … groups with
// k ≤ min(MaxGroups, 2 + base/BasePerGroup) [conversation.clj: max-k,
// group-clusterings]. Result i has k = i+2; a k for which there are not enough
// distinct points is left out, and those after it.
func (o *Options) partitions(base []Point, weight []float64) []partition {
	var list []partition
	for k := 2; k <= min(o.MaxGroups, 2+len(base)/max(1, o.BasePerGroup)); k++ {
		var cl clustering
		if o.Seeds == FirstDistinct {
			cl = kmeans(base, weight, firstDistinct(base, k), o.GroupIters, o.Threshold)
		} else {
			cl = tightest(base, weight, k, groupStarts)
		}
		if len(cl.centers) < 2 || (o.Seeds != FirstDistinct && len(cl.centers) < k) {
			break
		}
		list = append(list, partition{cl, k, silhouette(base, cl)})
	}
	return list
}

// groupStarts is how many far-apart starts are tried for each k.
const groupStarts = 12

// tightest runs k-means to its end from several starts and keeps the result
// with the least sum of squared distances, the first among equals. A start is
// one of the points farthest from the middle and then always the point
// farthest from those taken; one more cuts the points into k equal parts from
// left to right, another from bottom to top.
func tightest(points []Point, weight []float64, k, starts int) clustering {
	var best clustering
	least := math.Inf(1)
	try := func(seeds []Point) {
		if len(seeds) < k {
			return
		}
		cl := kmeans(points, weight, seeds, 100, 0)
		if len(cl.centers) < k {
			return
		}
		if d := scatter(points, weight, cl); d < least {
			least, best = d, cl
		}
	}
	mid := weightedMiddle(points, weight)
	order := byDistance(points, mid)
	for _, first := range order[:min(starts, len(order))] {
		try(farthest(points, points[first], k))
	}
	try(slices1D(points, weight, k, func(p Point) float64 { return p.X }))
	try(slices1D(points, weight, k, func(p Point) float64 { return p.Y }))
	return best
}

func weightedMiddle(points []Point, weight []float64) Point {
	var s Point
	mass := 0.0
	for i, p := range points {
		s.X += float64(weight[i] * p.X)
		s.Y += float64(weight[i] * p.Y)
		mass += weight[i]
	}
	if mass == 0 {
		return Point{}
	}
	return Point{s.X / mass, s.Y / mass}
}

func byDistance(points []Point, mid Point) []int {
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		da, db := square(points[a], mid), square(points[b], mid)
		switch {
		case da > db:
			return -1
		case da < db:
			return 1
		}
		return 0
	})
	return order
}

func farthest(points []Point, first Point, k int) []Point {
	seeds := []Point{first}
	gap := make([]float64, len(points))
	for i, p := range points {
		gap[i] = square(p, first)
	}
	for len(seeds) < k {
		at := 0
		for i, d := range gap {
			if d > gap[at] {
				at = i
			}
		}
		if gap[at] == 0 {
			break
		}
		next := points[at]
		seeds = append(seeds, next)
		for i, p := range points {
			gap[i] = math.Min(gap[i], square(p, next))
		}
	}
	return seeds
}

// slices1D gives the middles of k parts of equal weight along one direction.
func slices1D(points []Point, weight []float64, k int, along func(Point) float64) []Point {
	order := make([]int, len(points))
	mass := 0.0
	for i := range order {
		order[i] = i
		mass += weight[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := along(points[a]), along(points[b])
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	sum, part := make([]Point, k), make([]float64, k)
	before := 0.0
	for _, i := range order {
		s := min(k-1, int((before+weight[i]/2)*float64(k)/mass))
		before += weight[i]
		sum[s].X += float64(weight[i] * points[i].X)
		sum[s].Y += float64(weight[i] * points[i].Y)
		part[s] += weight[i]
	}
	var seeds []Point
	for s := range k {
		if part[s] > 0 {
			seeds = append(seeds, Point{sum[s].X / part[s], sum[s].Y / part[s]})
		}
	}
	return seeds
}

func scatter(points []Point, weight []float64, cl clustering) float64 {
	s := 0.0
	for i, p := range points {
		s += float64(weight[i] * square(p, cl.centers[cl.label[i]]))
	}
	return s
}

// silhouette is the mean silhouette of the base points, −1…1, each counting
// once whatever its weight [clusters.clj: silhouette]; Rousseeuw 1987,
// doi:10.1016/0377-0427(87)90125-7. A point alone in its group counts 0.
func silhouette(points []Point, cl clustering) float64 {
	k := len(cl.centers)
	if k < 2 || len(points) == 0 {
		return 0
	}
	size := make([]int, k)
	for _, l := range cl.label {
		size[l]++
	}
	total := 0.0
	sum := make([]float64, k)
	for i, p := range points {
		own := cl.label[i]
		if size[own] == 1 {
			continue
		}
		clear(sum)
		for j, q := range points {
			sum[cl.label[j]] += distance(p, q)
		}
		a := sum[own] / float64(size[own]-1)
		b := math.Inf(1)
		for g := range k {
			if g != int(own) && size[g] > 0 {
				b = math.Min(b, sum[g]/float64(size[g]))
			}
		}
		if m := math.Max(a, b); m > 0 && !math.IsInf(b, 1) {
			total += (b - a) / m
		}
	}
	return total / float64(len(points))
}

// bestK is the k of the greatest silhouette, the larger among equals; 0 when
// there is no partition.
func bestK(list []partition) int {
	k, best := 0, math.Inf(-1)
	for _, p := range list {
		if p.silhouette >= best {
			k, best = p.k, p.silhouette
		}
	}
	return k
}

// smooth gives the number of groups to show: the number chosen must be the
// same KBuffer times in a row before it replaces the one shown
// [conversation.clj: group-k-smoother].
func (o *Options) smooth(m *Memory, chosen int, list []partition) (shown, streak int) {
	if m == nil || m.Shown == 0 {
		return chosen, 1
	}
	streak = 1
	if m.Chosen == chosen {
		streak = m.Streak + 1
	}
	shown = m.Shown
	possible := slices.ContainsFunc(list, func(p partition) bool { return p.k == shown })
	if streak >= o.KBuffer || !possible {
		shown = chosen
	}
	return shown, streak
}

// border is how far a point may move before another centre is nearer, in
// units of the map: the least distance to the lines halfway between its own
// centre and the others; 0 or less when it is on the other side already (groups
// are formed from base clusters, not from single people).
func border(p Point, own int, centers []Point) float64 {
	least := math.Inf(1)
	for j, c := range centers {
		if j == own {
			continue
		}
		if gap := distance(c, centers[own]); gap > 0 {
			least = math.Min(least, (square(p, c)-square(p, centers[own]))/(2*gap))
		}
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}

// letters gives each new group a letter: that of the remembered group with
// which it shares most people, the assignment being the one with most people
// in all; free letters go to the rest in order of size.
func letters(m *Memory, label map[int64]int, size []int) []byte {
	k := len(size)
	out := make([]byte, k)
	var taken [26]bool
	if m != nil && len(m.Groups) > 0 {
		names := make([]string, 0, len(m.Groups))
		for name := range m.Groups {
			if len(name) == 1 && name[0] >= 'A' && name[0] <= 'Z' {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		shared := make([][]int, k)
		for g := range shared {
			shared[g] = make([]int, len(names))
		}
		for i, name := range names {
			for _, id := range m.Groups[name] {
				if g, ok := label[id]; ok {
					shared[g][i]++
				}
			}
		}
		for g, i := range bestAssignment(shared) {
			if i >= 0 && shared[g][i] > 0 {
				out[g] = names[i][0]
				taken[names[i][0]-'A'] = true
			}
		}
	}
	order := make([]int, k)
	for g := range order {
		order[g] = g
	}
	slices.SortStableFunc(order, func(a, b int) int { return size[b] - size[a] })
	next := 0
	for _, g := range order {
		if out[g] != 0 {
			continue
		}
		for taken[next] {
			next++
		}
		out[g] = byte('A' + next)
		taken[next] = true
	}
	return out
}

// bestAssignment gives each row a column, no column twice, −1 for none, with
// the greatest sum. It tries all: there are at most a few groups.
func bestAssignment(gain [][]int) []int {
	best := make([]int, len(gain))
	for i := range best {
		best[i] = -1
	}
	if len(gain) == 0 {
		return best
	}
	most := -1
	cur := slices.Clone(best)
	used := make([]bool, len(gain[0]))
	var try func(row, sum int)
	try = func(row, sum int) {
		if row == len(gain) {
			if sum > most {
				most = sum
				copy(best, cur)
			}
			return
		}
		for col := range used {
			if !used[col] {
				used[col] = true
				cur[row] = col
				try(row+1, sum+gain[row][col])
				used[col] = false
			}
		}
		cur[row] = -1
		try(row+1, sum)
	}
	try(0, 0)
	return best
}
