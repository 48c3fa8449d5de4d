package opinion

import (
	"cmp"
	"math"
	"slices"
)

// lanczos finds the first count components of an m × m symmetric matrix without negative
// eigenvalues; times multiplies by the matrix. It is Lanczos's method from a start of ones,
// with every new vector made orthogonal, twice, to all before (Parlett 1998, The Symmetric
// Eigenvalue Problem, chapter 13). The components are unit vectors. Their sign is such that the
// product with ones is positive, as the power method from ones has it.
//
// The Krylov space may end early, when the start has no part along what is left. An example are
// two statements that are each other's opposite. Then the method goes on from the statement
// with most variance (diag) that is not yet covered. Production gives no component there.
func (o *Options) lanczos(times func(dst, v []float64) error, m, count int, total float64, diag []float64) (axes [][]float64, values []float64, err error) {
	// Long: the method as the book has it, to be read beside it.
	next := make([]float64, m)
	for i := range next {
		next[i] = 1 / math.Sqrt(float64(m))
	}
	var basis [][]float64
	var alpha, beta []float64 // diagonal, and what lies beside it
	w := make([]float64, m)
	most := min(m, max(o.Iterations, 2))
	check := 8
	for len(basis) < most {
		v := next
		basis = append(basis, v)
		if err := times(w, v); err != nil {
			return nil, nil, err
		}
		alpha = append(alpha, dot(v, w))
		next = slices.Clone(w)
		for range 2 {
			for _, b := range basis {
				takeOut(next, b)
			}
		}
		length := norm(next)
		ended := length <= onlyRounding*total
		if ended {
			length = 0
		}
		beta = append(beta, length)
		if len(basis) == most {
			break
		}
		if ended {
			// Everything in this part of the space is known exactly.
			if next = uncovered(basis, diag, onlyRounding*total); next == nil {
				break
			}
			continue
		}
		for i := range next {
			next[i] /= length
		}
		if len(basis) >= check {
			check = len(basis) + max(4, len(basis)/4)
			values, vectors := tridiagonal(alpha, beta)
			good := true
			for i := range min(count, len(values)) {
				last := vectors[i][len(vectors[i])-1]
				good = good && length*math.Abs(last) <= o.Converged*values[0]
			}
			if good {
				break
			}
		}
	}
	found, vectors := tridiagonal(alpha, beta)
	for i := range min(count, len(found)) {
		if found[i] <= onlyRounding*total {
			break
		}
		axis := make([]float64, m)
		for j, b := range basis {
			f := vectors[i][j]
			for k, x := range b {
				axis[k] += float64(f * x)
			}
		}
		length, sum := norm(axis), 0.0
		for _, x := range axis {
			sum += x
		}
		lead := 0 // where the product with ones is 0, the greatest entry is made positive
		for k, x := range axis {
			if math.Abs(x) > math.Abs(axis[lead]) {
				lead = k
			}
		}
		if math.Abs(sum) < 1e-9*length {
			sum = axis[lead]
		}
		if sum < 0 {
			length = -length
		}
		for k := range axis {
			axis[k] /= length
		}
		axes, values = append(axes, axis), append(values, found[i])
	}
	return axes, values, nil
}

// uncovered is a unit vector at right angles to the basis. It is made from the statement with
// most variance that the basis does not cover wholly; nil when there is none.
func uncovered(basis [][]float64, diag []float64, least float64) []float64 {
	order := make([]int, len(diag))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(diag[b], diag[a]) })
	for _, at := range order {
		if diag[at] <= least {
			return nil
		}
		v := make([]float64, len(diag))
		v[at] = 1
		for range 2 {
			for _, b := range basis {
				takeOut(v, b)
			}
		}
		if length := norm(v); length > 1e-6 {
			for i := range v {
				v[i] /= length
			}
			return v
		}
	}
	return nil
}

// tridiagonal gives the two greatest eigenvalues, falling, and their unit
// vectors, of the symmetric matrix with alpha on the diagonal and beta[i]
// between i and i+1: the implicit QL method (Dubrulle, Martin and Wilkinson
// 1968, doi:10.1007/BF02165404).
func tridiagonal(alpha, beta []float64) (values []float64, vectors [][]float64) {
	// Long: the algorithm as it was published, to be compared line by line.
	n := len(alpha)
	d := slices.Clone(alpha)
	e := make([]float64, n)
	copy(e, beta[:n-1])
	z := make([][]float64, n) // z[i] is the i-th vector
	for i := range z {
		z[i] = make([]float64, n)
		z[i][i] = 1
	}
	const epsilon = 0x1p-52
	for l := range n {
		for range 60 {
			m := l
			for ; m < n-1; m++ {
				if math.Abs(e[m]) <= epsilon*(math.Abs(d[m])+math.Abs(d[m+1])) {
					break
				}
			}
			if m == l {
				break
			}
			g := (d[l+1] - d[l]) / (2 * e[l])
			r := math.Sqrt(float64(g*g) + 1)
			g = d[m] - d[l] + e[l]/(g+math.Copysign(r, g))
			s, c, p := 1.0, 1.0, 0.0
			i := m - 1
			for ; i >= l; i-- {
				f, b := float64(s*e[i]), float64(c*e[i])
				r = math.Sqrt(float64(f*f) + float64(g*g))
				e[i+1] = r
				if r == 0 {
					d[i+1] -= p
					e[m] = 0
					break
				}
				s, c = f/r, g/r
				g = d[i+1] - p
				r = float64((d[i]-g)*s) + float64(float64(2*c)*b)
				p = float64(s * r)
				d[i+1] = g + p
				g = float64(c*r) - b
				zi, zj := z[i], z[i+1]
				for k := range zi {
					x, y := zj[k], zi[k]
					zj[k] = float64(s*y) + float64(c*x)
					zi[k] = float64(c*y) - float64(s*x)
				}
			}
			if i >= l {
				continue
			}
			d[l] -= p
			e[l] = g
			e[m] = 0
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d[b], d[a]) })
	for _, i := range order[:min(2, n)] {
		values, vectors = append(values, d[i]), append(vectors, z[i])
	}
	return values, vectors
}
