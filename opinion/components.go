package opinion

import (
	"context"
	"math"
)

// sums are exact integer sums over the rows that take part: for each statement how many
// answered, Σv and Σv². Up to a number of statements the same is kept for each pair. Because
// they are integers, rows can be added and taken out in any order.
//
// For a pair j < k let both be answered by N people. Two words hold
//
//	both = N·2³² + Σ vⱼvₖ        each = (Σ vⱼ)·2³² + Σ vₖ
//
// which add up without touching one another as long as |sum| < 2³¹.
type sums struct {
	limit int // pairs are kept up to so many statements
	n     []int64
	sum   []int64
	sqr   []int64
	size  int    // statements the triangle has room for
	pairs []pair // row j of the strict upper triangle at start(j)
	full  bool   // pairs are kept
}

type pair struct{ both, each int64 }

func newSums(limit int) *sums { return &sums{limit: limit, full: true} }

// start is such that pair (j, k), j < k, is at pairs[start(j)+k].
func (s *sums) start(j int) int { return j*(2*s.size-j-1)/2 - j - 1 }

// grow makes room for so many statements in all.
func (s *sums) grow(statements int) {
	for len(s.n) < statements {
		s.n, s.sum, s.sqr = append(s.n, 0), append(s.sum, 0), append(s.sqr, 0)
	}
	if statements > s.limit {
		s.full, s.pairs, s.size = false, nil, 0
		return
	}
	if statements <= s.size {
		return
	}
	old := *s
	s.size = statements
	if old.size > 0 { // statements come one at a time: leave room
		s.size = min(s.limit, statements+statements/8+8)
	}
	s.pairs = make([]pair, s.size*(s.size-1)/2)
	for j := range old.size {
		from, to := old.start(j)+j+1, s.start(j)+j+1
		copy(s.pairs[to:to+old.size-j-1], old.pairs[from:from+old.size-j-1])
	}
}

// add takes a row in (sign 1) or out (sign −1).
func (s *sums) add(row []cell, sign int64) {
	for i, c := range row {
		j, v := c.statement(), int64(c.value())
		s.n[j] += sign
		s.sum[j] += sign * v
		s.sqr[j] += sign * v * v
		if !s.full {
			continue
		}
		line := s.pairs[s.start(j)+j+1:]
		one, high := sign<<32, sign*v<<32
		sv := sign * v
		for _, d := range row[i+1:] {
			w := int64(d&3) - 1
			p := &line[int(d>>2)-j-1]
			p.both += one + sv*w
			p.each += high + sign*w
		}
	}
}

func halves(w int64) (high, low float64) {
	l := int64(int32(w))
	return float64((w - l) >> 32), float64(l)
}

// plane is the centre and the two axes of the map.
type plane struct {
	active []int32 // statements that take part, ascending
	center []float64
	axis   [2][]float64 // unit vectors over all statements, 0 where not active; all 0 when there is no such component
	value  [2]float64   // variance along each, × people
	total  float64      // whole variance, × people
}

// components finds the first two principal components of the vote matrix
// (participants × active statements) in which a missing vote is the mean of
// its column [pca.clj: powerit-pca]. Votes of people not on the map count too.
//
// With D the matrix minus its column means (0 where no vote), only DᵀD is needed. Up to
// GramStatements statements it is made once, from the sums. Above that, each multiplication
// runs over the rows.
//
// Production runs the power method from a start of ones, and again with the first component
// taken out. Both runs tend to vectors in the Krylov space, spanned by 1, DᵀD·1, (DᵀD)²·1, ….
// [Options.lanczos] finds the same two vectors there to 13 digits with far fewer
// multiplications. The options Production keep the power method.
func (c *Conversation) components(ctx context.Context) (*plane, error) {
	n := len(c.statements)
	p := &plane{center: make([]float64, n), axis: [2][]float64{make([]float64, n), make([]float64, n)}}
	people := 0
	for row, ex := range c.excluded {
		if !ex && len(c.rows[row]) > 0 {
			people++
		}
	}
	for j := range n {
		if c.out[j] || c.sums.n[j] == 0 {
			continue
		}
		p.active = append(p.active, int32(j))
		p.center[j] = float64(c.sums.sum[j]) / float64(c.sums.n[j])
	}
	m := len(p.active)
	diag := make([]float64, m)
	for a, j := range p.active {
		s, q, count := float64(c.sums.sum[j]), float64(c.sums.sqr[j]), float64(c.sums.n[j])
		// Σ(v−c)² for c = s/count; exact but for one division, never below 0.
		diag[a] = math.Max(0, q-float64(s*s)/count)
		p.total += diag[a]
	}
	if p.total == 0 {
		return p, nil
	}
	var times func(dst, v []float64) error
	if c.sums.full {
		gram := c.gram(p, diag)
		times = func(dst, v []float64) error { symmetric(dst, gram, v); return ctx.Err() }
	} else {
		times = c.sparse(ctx, p)
	}
	var axes [][]float64
	var values []float64
	var err error
	if c.opt.Converged > 0 {
		axes, values, err = c.opt.lanczos(times, m, min(2, m, people), p.total, diag)
	} else {
		axes, values, err = c.opt.powers(times, m, min(2, m, people), p.total)
	}
	if err != nil {
		return nil, err
	}
	for i, axis := range axes {
		p.value[i] = values[i]
		for a, j := range p.active {
			p.axis[i][j] = axis[a]
		}
	}
	return p, nil
}

// gram makes DᵀD over the active statements, row by row, from the sums.
func (c *Conversation) gram(p *plane, diag []float64) []float64 {
	m := len(p.active)
	g := make([]float64, m*m)
	for a, j := range p.active {
		g[a*m+a] = diag[a]
		cj := p.center[j]
		start := c.sums.start(int(j))
		for b := a + 1; b < m; b++ {
			k := p.active[b]
			w := c.sums.pairs[start+int(k)]
			if w.both == 0 && w.each == 0 {
				continue
			}
			ck := p.center[k]
			count, vv := halves(w.both)
			vj, vk := halves(w.each)
			x := vv - float64(ck*vj) - float64(cj*vk) + float64(float64(cj*ck)*count)
			g[a*m+b], g[b*m+a] = x, x
		}
	}
	return g
}

// symmetric multiplies: dst = g·v.
func symmetric(dst, g, v []float64) {
	m := len(v)
	for a := range m {
		dst[a] = dot(g[a*m:a*m+m], v)
	}
}

// sparse multiplies by DᵀD over the rows.
func (c *Conversation) sparse(ctx context.Context, p *plane) func(dst, v []float64) error {
	n := len(c.statements)
	at := make([]int32, n)
	for j := range at {
		at[j] = -1
	}
	for a, j := range p.active {
		at[j] = int32(a)
	}
	return func(dst, v []float64) error {
		clear(dst)
		for row, cells := range c.rows {
			if row&4095 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if c.excluded[row] {
				continue
			}
			dot := 0.0
			for _, x := range cells {
				if a := at[x.statement()]; a >= 0 {
					dot += float64((float64(x.value()) - p.center[x.statement()]) * v[a])
				}
			}
			for _, x := range cells {
				if a := at[x.statement()]; a >= 0 {
					dst[a] += float64((float64(x.value()) - p.center[x.statement()]) * dot)
				}
			}
		}
		return nil
	}
}

// powers runs the power method from ones on the matrix behind times, for each of count
// components, with the parts along earlier axes taken out. It ends when two lengths in a row
// are equal or Options.Iterations are done [pca.clj: power-iteration, rand-starting-vec aside].
func (o *Options) powers(times func(dst, v []float64) error, m, count int, total float64) (axes [][]float64, values []float64, err error) {
	for range count {
		v, w := make([]float64, m), make([]float64, m)
		for i := range v {
			v[i] = 1
		}
		last, length := 0.0, 0.0
		for left := o.Iterations; ; left-- {
			for _, a := range axes {
				takeOut(v, a)
			}
			if err := times(w, v); err != nil {
				return nil, nil, err
			}
			for _, a := range axes {
				takeOut(w, a)
			}
			length = norm(w)
			if length <= onlyRounding*total {
				return axes, values, nil
			}
			for i := range w {
				w[i] /= length
			}
			if left == 0 || length == last {
				break
			}
			v, w, last = w, v, length
		}
		axes, values = append(axes, w), append(values, length)
	}
	return axes, values, nil
}

// onlyRounding is the share of the whole variance below which a component is only rounding and
// is not counted.
const onlyRounding = 1e-12

// takeOut removes from v its part along the unit vector a.
func takeOut(v, a []float64) {
	f := dot(v, a)
	a = a[:len(v)]
	for i := range v {
		v[i] -= float64(f * a[i])
	}
}

// dot adds up in four partial sums, always the same ones, so that an addition need not wait for
// the one before.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+3 < len(a); i += 4 {
		s0 += float64(a[i] * b[i])
		s1 += float64(a[i+1] * b[i+1])
		s2 += float64(a[i+2] * b[i+2])
		s3 += float64(a[i+3] * b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float64(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

func norm(v []float64) float64 { return math.Sqrt(dot(v, v)) }
