package allocation

import "math"

// Reading is the score that a reader gave to an application; both are indices from 0.
type Reading struct {
	Application, Reader int
	Score               float64
}

// Calibrated is what the scores would be if all readers were equally strict.
type Calibrated struct {
	// Scores are by application. NaN: nobody read it.
	Scores []float64
	// Strictness is by reader how much less (below 0: more) than others they give; for whoever read nothing it is 0.
	Strictness []float64
	// Few are readers with less than FewReadings: their strictness is pulled towards 0 the most.
	Few []bool
	// Part says which applications can be compared: those of one number are connected by readers. −1: nobody read it.
	Part []int
}

// FewReadings is how many readings tell little of a reader.
const FewReadings = 4

// Pull is λ: the usual weight with which a reader's strictness is pulled towards 0.
const Pull = 1.0

// Calibrate fits the additive model score = quality of the application − strictness of the reader, by least squares plus
// pull·Σ strictness². With a pull above 0 strictness sums to 0 in each connected part; applications of different parts
// cannot be compared. The result is for showing beside plain means, which decide: it is in floats.
//
// When everybody reads everything, the order is that of plain means. With a pull of 0, adding a constant to all scores of one
// reader changes no difference of scores; with a larger one it changes them little where that reader read much.
func Calibrate(applications, readers int, all []Reading, pull float64) Calibrated {
	c := Calibrated{Scores: make([]float64, applications), Strictness: make([]float64, readers), Few: make([]bool, readers), Part: parts(applications, readers, all)}
	count, sum := make([]float64, applications), make([]float64, applications)
	given := make([]int, readers)
	for _, r := range all {
		count[r.Application]++
		sum[r.Application] += r.Score
		given[r.Reader]++
	}
	for j, n := range given {
		c.Few[j] = n < FewReadings
	}
	// The quality that fits best is the mean of score + strictness. Put into the sum of squares, that leaves the
	// readers' normal equations: their matrix is positive definite when every part has a pull or a fixed reader.
	matrix, right := normal(readers, all, count, sum, pull)
	c.Strictness = solve(matrix, right)
	for i := range c.Scores {
		c.Scores[i] = sum[i] / count[i] // NaN when nobody read it
	}
	for _, r := range all {
		c.Scores[r.Application] += c.Strictness[r.Reader] / count[r.Application]
	}
	return c
}

// normal makes the normal equations of strictness.
func normal(readers int, all []Reading, count, sum []float64, pull float64) (matrix [][]float64, right []float64) {
	matrix, right = make([][]float64, readers), make([]float64, readers)
	for j := range matrix {
		matrix[j] = make([]float64, readers)
		matrix[j][j] = pull
	}
	of := make([][]int, len(count)) // the readers of an application
	for _, r := range all {
		matrix[r.Reader][r.Reader]++
		right[r.Reader] += sum[r.Application]/count[r.Application] - r.Score
		of[r.Application] = append(of[r.Application], r.Reader)
	}
	for i, together := range of {
		for _, j := range together {
			for _, k := range together {
				matrix[j][k] -= 1 / count[i]
			}
		}
	}
	return matrix, right
}

// solve solves a symmetric system whose matrix is positive semidefinite, by Cholesky's method. An unknown that the
// others leave open is 0.
func solve(matrix [][]float64, right []float64) []float64 {
	const open = 1e-9
	x := right
	for j, row := range matrix {
		for k := range j {
			row[j] -= row[k] * row[k]
		}
		if row[j] < open {
			row[j] = math.Inf(1) // divides whatever depends on it to 0
		}
		row[j] = math.Sqrt(row[j])
		for i := j + 1; i < len(matrix); i++ {
			for k := range j {
				matrix[i][j] -= matrix[i][k] * row[k]
			}
			matrix[i][j] /= row[j]
		}
	}
	for i, row := range matrix {
		for k := range i {
			x[i] -= row[k] * x[k]
		}
		x[i] /= row[i]
	}
	for i := len(matrix) - 1; i >= 0; i-- {
		for k := i + 1; k < len(matrix); k++ {
			x[i] -= matrix[k][i] * x[k]
		}
		x[i] /= matrix[i][i]
	}
	return x
}

// parts numbers the connected parts, by application.
func parts(applications, readers int, all []Reading) []int {
	root := make([]int, applications+readers) // readers after applications
	for k := range root {
		root[k] = k
	}
	find := func(k int) int {
		for root[k] != k {
			root[k] = root[root[k]]
			k = root[k]
		}
		return k
	}
	read := make([]bool, applications)
	for _, r := range all {
		read[r.Application] = true
		root[find(applications+r.Reader)] = find(r.Application)
	}
	number, out := map[int]int{}, make([]int, applications)
	for i := range out {
		if out[i] = -1; !read[i] {
			continue
		}
		at := find(i)
		if _, known := number[at]; !known {
			number[at] = len(number)
		}
		out[i] = number[at]
	}
	return out
}
