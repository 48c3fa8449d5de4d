package opinion

import "math"

// generator is SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195). These few
// lines are our own, so that no release of the standard library changes a published map.
type generator uint64

func (g *generator) next() uint64 {
	*g += 0x9e3779b97f4a7c15
	z := uint64(*g)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number 0 … n−1; the bias is under n/2⁶⁴.
func (g *generator) below(n int) int { return int(g.next() % uint64(n)) }

// axisRounds is how many multiplications turn the axes of the whole map into those of a
// resample. The axes are close from the start: five leave an error far below that of resampling
// itself.
const axisRounds = 5

// stability says how well each group would survive if other people of the same kind had come.
// It is the mean, over StabilityRounds resamples, of the greatest Jaccard similarity between
// the group and a group of a map made from the resample alone. Range 0…1 (Hennig 2007,
// doi:10.1016/j.csda.2006.11.025: 0.75 and more is a stable cluster, below 0.6 it should not be
// trusted).
//
// A resample draws with replacement as many people as there are, but at most StabilitySample.
// Drawing fewer costs less and errs on the side of caution: groups look less stable, not more.
// Components, projection and groups are made anew for the resample; only k stays.
func (c *Conversation) stability(p *plane, rows []int32, label []int32, k int) []float64 {
	// Long: one experiment: what each repetition needs stands beside the loop that repeats it.
	out := make([]float64, k)
	o := &c.opt
	if o.StabilityRounds <= 0 || k < 2 || len(rows) < k {
		return nil
	}
	n := len(c.statements)
	statements := len(p.active)
	active := make([]bool, n)
	for _, j := range p.active {
		active[j] = true
	}
	rng := generator(1)
	size := min(len(rows), o.StabilitySample)
	times := make([]int32, len(rows)) // how often each was drawn
	var drawn []int32
	center, answered := make([]float64, n), make([]float64, n)
	axes, image := make([]Point, n), make([]Point, n)
	rounds := make([]int, k)
	points, weight := make([]Point, 0, size), make([]float64, 0, size)
	for range o.StabilityRounds {
		clear(times)
		for range size {
			times[rng.below(len(rows))]++
		}
		drawn = drawn[:0]
		clear(center)
		clear(answered)
		for i, t := range times {
			if t == 0 {
				continue
			}
			drawn = append(drawn, int32(i))
			w := float64(t)
			for _, x := range c.rows[rows[i]] {
				j := x.statement()
				center[j] += float64(w * float64(x.value()))
				answered[j] += w
			}
		}
		for j := range center {
			if answered[j] > 0 && active[j] {
				center[j] /= answered[j]
			} else {
				center[j] = 0
			}
			axes[j] = Point{p.axis[0][j], p.axis[1][j]}
		}
		for range axisRounds {
			clear(image)
			for _, i := range drawn {
				cells := c.rows[rows[i]]
				var d Point
				for _, x := range cells {
					j := x.statement()
					v := float64(x.value()) - center[j]
					d.X += float64(v * axes[j].X)
					d.Y += float64(v * axes[j].Y)
				}
				w := float64(times[i])
				d.X, d.Y = d.X*w, d.Y*w
				for _, x := range cells {
					if j := x.statement(); active[j] {
						v := float64(x.value()) - center[j]
						image[j].X += float64(v * d.X)
						image[j].Y += float64(v * d.Y)
					}
				}
			}
			orthonormal(image)
			axes, image = image, axes
		}
		points, weight = points[:0], weight[:0]
		for _, i := range drawn {
			var d Point
			given := 0
			for _, x := range c.rows[rows[i]] {
				j := x.statement()
				if !active[j] {
					continue
				}
				given++
				v := float64(x.value()) - center[j]
				d.X += float64(v * axes[j].X)
				d.Y += float64(v * axes[j].Y)
			}
			f := math.Sqrt(float64(statements) / float64(max(1, given)))
			points = append(points, Point{float64(d.X * f), float64(d.Y * f)})
			weight = append(weight, float64(times[i]))
		}
		cl := tightest(points, weight, k, 3)
		if len(cl.centers) == 0 {
			continue
		}
		overlap := make([][]int, k)
		sizes, fresh := make([]int, k), make([]int, len(cl.centers))
		for g := range overlap {
			overlap[g] = make([]int, len(cl.centers))
		}
		for q, i := range drawn {
			g, h := label[i], cl.label[q]
			overlap[g][h]++
			sizes[g]++
			fresh[h]++
		}
		for g := range k {
			if sizes[g] == 0 {
				continue
			}
			best := 0.0
			for h, o := range overlap[g] {
				best = math.Max(best, float64(o)/float64(sizes[g]+fresh[h]-o))
			}
			out[g] += best
			rounds[g]++
		}
	}
	for g := range out {
		if rounds[g] > 0 {
			out[g] /= float64(rounds[g])
		}
	}
	return out
}

// orthonormal makes the two columns unit vectors at a right angle (Gram and
// Schmidt); a column that vanishes stays 0.
func orthonormal(v []Point) {
	var xx, xy, yy float64
	for _, p := range v {
		xx += float64(p.X * p.X)
	}
	if xx > 0 {
		f := math.Sqrt(xx)
		for i := range v {
			v[i].X /= f
			xy += float64(v[i].X * v[i].Y)
		}
		for i := range v {
			v[i].Y -= float64(xy * v[i].X)
		}
	}
	for _, p := range v {
		yy += float64(p.Y * p.Y)
	}
	if yy > 1e-20*xx && yy > 0 {
		f := math.Sqrt(yy)
		for i := range v {
			v[i].Y /= f
		}
	} else {
		for i := range v {
			v[i].Y = 0
		}
	}
}
