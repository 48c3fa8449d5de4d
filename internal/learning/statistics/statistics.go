// Package statistics tells authors how their questions do: how many answer one right, whether those who do answer the others
// right too, and whether it is harder in one language than in another for people who know as much.
package statistics

import "math"

// Sheet is one person's answers to the same questions in the same order.
type Sheet struct {
	Lang  string
	Right []bool
}

// score is how many of a sheet are right.
func (s Sheet) score() (n int) {
	for _, r := range s.Right {
		if r {
			n++
		}
	}
	return n
}

// Facility is the part of the sheets, from 0 to 1, on which a question is right; NaN where there is none.
func Facility(sheets []Sheet, question int) float64 {
	n := 0
	for _, s := range sheets {
		if s.Right[question] {
			n++
		}
	}
	return float64(n) / float64(len(sheets))
}

// Discrimination is the point-biserial correlation, from -1 to 1, of a question with how many of the others are right. NaN
// where all answer it alike, or all answer the others alike.
func Discrimination(sheets []Sheet, question int) float64 {
	var n, sx, sy, sxx, syy, sxy float64
	for _, s := range sheets {
		x, y := 0.0, float64(s.score())
		if s.Right[question] {
			x, y = 1, y-1
		}
		n, sx, sy, sxx, syy, sxy = n+1, sx+x, sy+y, sxx+x*x, syy+y*y, sxy+x*y
	}
	return (n*sxy - sx*sy) / math.Sqrt((n*sxx-sx*sx)*(n*syy-sy*sy))
}

// Word is what a comparison of two languages says of a question.
type Word string

// The words. The bounds are those of the Educational Testing Service.
const (
	TooFew  Word = "few"   // fewer than MinSheets in a language
	Alike   Word = "alike" // no difference to speak of
	Watch   Word = "watch" // |Δ| is 1 or more, or more and not significant
	Flagged Word = "flag"  // |Δ| is 1.5 or more, and χ² above 3.84
)

// MinSheets is how many sheets a language must have before it is compared.
const MinSheets = 30

const (
	watchFrom, flagFrom = 1.0, 1.5
	significant         = 3.84 // χ² with one degree of freedom, at 0.05
)

// Difference is how much harder a question is in one language than in another, at equal knowledge: Delta is Mantel and
// Haenszel's, on the scale of the Educational Testing Service; above 0 it is harder in the first language, below in the second.
type Difference struct {
	Word       Word
	Delta, Chi float64
}

// Compare compares a question in two languages over the strata of people with the same score. Delta and Chi are 0 where nothing
// can be said; Delta is infinite where one side never answers right among equals.
func Compare(sheets []Sheet, question int, first, second string) (d Difference) {
	strata, firsts, seconds := map[int]*[4]float64{}, 0, 0
	for _, s := range sheets {
		cell := 0
		switch s.Lang {
		case first:
			firsts++
		case second:
			seconds++
			cell = 2
		default:
			continue
		}
		if !s.Right[question] {
			cell++
		}
		if strata[s.score()] == nil {
			strata[s.score()] = &[4]float64{}
		}
		strata[s.score()][cell]++
	}
	if firsts < MinSheets || seconds < MinSheets {
		return Difference{Word: TooFew}
	}
	return mantelHaenszel(strata)
}

func mantelHaenszel(strata map[int]*[4]float64) Difference {
	var over, under, right, expected, variance float64
	for _, t := range strata {
		a, b, c, d := t[0], t[1], t[2], t[3]
		n := a + b + c + d
		if n < 2 {
			continue
		}
		over, under = over+a*d/n, under+b*c/n
		right, expected = right+a, expected+(a+b)*(a+c)/n
		variance += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1))
	}
	if variance == 0 || over == 0 && under == 0 {
		return Difference{Word: Alike}
	}
	d := Difference{Word: Alike, Delta: -2.35 * math.Log(over/under), Chi: math.Pow(math.Max(0, math.Abs(right-expected)-0.5), 2) / variance}
	switch {
	case math.Abs(d.Delta) >= flagFrom && d.Chi > significant:
		d.Word = Flagged
	case math.Abs(d.Delta) >= watchFrom:
		d.Word = Watch
	}
	return d
}

// Interval is the mean of shares from 0 to 1, one for each person, with its bounds at 95 %, as far as they lie within 0 and 1.
// It reports false below two persons.
func Interval(shares []float64) (mean, low, high float64, ok bool) {
	n := float64(len(shares))
	if n < 2 {
		return 0, 0, 1, false
	}
	var sum, squares float64
	for _, s := range shares {
		sum += s
	}
	mean = sum / n
	for _, s := range shares {
		squares += (s - mean) * (s - mean)
	}
	off := 1.96 * math.Sqrt(squares/(n-1)/n)
	return mean, math.Max(0, mean-off), math.Min(1, mean+off), true
}
