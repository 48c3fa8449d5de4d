package opinion

import (
	"cmp"
	"math"
	"slices"
)

// partition is one way to divide the base clusters into k groups.
type partition struct {
	clustering
	k          int
	silhouette float64
}

// partitions divides base points, of given weights, into k = 2, 3, … groups, with k ≤
// min(MaxGroups, 2 + base/BasePerGroup) [conversation.clj: max-k, group-clusterings]. It stops
// at the first k for which there are not enough distinct points. It leaves out a k that gives a
// group of fewer than MinGroup people.
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
		if o.MinGroup > 1 && smallest(cl, weight) < float64(o.MinGroup) {
			continue
		}
		list = append(list, partition{cl, k, silhouette(base, cl)})
	}
	return list
}

// smallest is the weight of the lightest cluster.
func smallest(cl clustering, weight []float64) float64 {
	sum := make([]float64, len(cl.centers))
	for i, l := range cl.label {
		sum[l] += weight[i]
	}
	return slices.Min(sum)
}

// groupStarts is how many far-apart starts are tried for each k.
const groupStarts = 12

// tightest runs k-means to its end from several starts and keeps the result with the least sum
// of squared distances, the first among equals. Most starts take one of the points farthest
// from the middle and then, again and again, the point farthest from those taken. One more
// start cuts the points into k equal parts from left to right, another from bottom to top.
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
	far := make([]float64, len(points))
	for i, p := range points {
		far[i] = square(p, mid)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(far[b], far[a]), cmp.Compare(a, b)) })
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
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(along(points[a]), along(points[b])), cmp.Compare(a, b))
	})
	sum, part := make([]Point, k), make([]float64, k)
	before := 0.0
	for _, i := range order {
		s := min(k-1, int((before+float64(weight[i]/2))*float64(k)/mass))
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

// smooth returns the number of groups to show. A number must be chosen KBuffer times in a row
// before it replaces the one shown [conversation.clj: group-k-smoother].
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

// border is how far a point may move before another centre is nearer, in units of the map: the
// least distance to the lines halfway between its own centre and the others. It is 0 or less
// when the point is already beyond such a line. That happens because groups are formed from
// base clusters, not from single people.
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

// letters gives each new group the letter of the remembered group with which it shares most
// people. The greatest overlap of all is settled first. Groups left over get free letters in
// order of size. group returns the new group of a participant, −1 for none.
func letters(m *Memory, group func(id int64) int, size []int) []byte {
	k := len(size)
	out := make([]byte, k)
	var taken [26]bool
	if m != nil {
		type overlap struct{ people, group, letter int }
		var list []overlap
		for name, ids := range m.Groups {
			if len(name) != 1 || name[0] < 'A' || name[0] > 'Z' {
				continue
			}
			shared := make([]int, k)
			for _, id := range ids {
				if g := group(id); g >= 0 {
					shared[g]++
				}
			}
			for g, n := range shared {
				if n > 0 {
					list = append(list, overlap{n, g, int(name[0] - 'A')})
				}
			}
		}
		slices.SortFunc(list, func(a, b overlap) int {
			return cmp.Or(cmp.Compare(b.people, a.people), cmp.Compare(a.letter, b.letter), cmp.Compare(a.group, b.group))
		})
		for _, o := range list {
			if out[o.group] == 0 && !taken[o.letter] {
				out[o.group] = byte('A' + o.letter)
				taken[o.letter] = true
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
