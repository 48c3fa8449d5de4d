// Package panel computes the indices of civil society that people judge together: the CSO Sustainability Index by the median of a panel,
// and the CIVICUS diamond. It is pure and exact. Nobody's own scores are needed: how often each score was given to a dimension is enough,
// for the medians and for how far the panel agrees.
package panel

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/allocation"
)

// Dimension is one of those that a panel scores.
type Dimension string

// The seven of the CSO Sustainability Index (USAID, FHI 360, ICNL).
const (
	Legal          Dimension = "legal"
	Capacity       Dimension = "capacity"
	Viability      Dimension = "viability"
	Advocacy       Dimension = "advocacy"
	Services       Dimension = "services"
	Infrastructure Dimension = "infrastructure"
	Image          Dimension = "image"
)

// Dimensions lists them in the index's order.
func Dimensions() []Dimension {
	return []Dimension{Legal, Capacity, Viability, Advocacy, Services, Infrastructure, Image}
}

// The bounds of the index.
const (
	Least = 8 // members of a panel, by the index's method
	Most  = 60
	Best  = 1 // the best score
	Worst = 7
)

// Category is what a score means.
type Category string

// The categories of the index: 1 to 3, 3.1 to 5, 5.1 to 7.
const (
	Enhanced Category = "enhanced"
	Evolving Category = "evolving"
	Impeded  Category = "impeded"
)

// Scores are how often each score was given, by dimension: the first is how often 1.
type Scores map[Dimension][Worst]int

// Index is what follows from the scores.
type Index struct {
	Members int
	Medians map[Dimension]*big.Rat
	Overall *big.Rat // the mean of the medians
	// Alpha is Krippendorff's α over the dimensions, of ordered values; nil when all gave one score to everything.
	Alpha *big.Rat
}

// Fault says what is wrong with scores.
type Fault struct {
	Code      Code
	Dimension Dimension
	Count     int
}

// Code is the sort of a fault.
type Code string

// The faults.
const (
	TooFew  Code = "too_few"  // members
	TooMany Code = "too_many" // members
	Uneven  Code = "uneven"   // a dimension has more or fewer scores than the first
	Unknown Code = "unknown"  // it is no dimension, or a count below 0
)

func (f *Fault) Error() string { return fmt.Sprintf("panel: %s: %s: %d", f.Code, f.Dimension, f.Count) }

// Count counts the scores that members gave, each from Best to Worst.
func Count(given []map[Dimension]int) (Scores, error) {
	out := Scores{}
	for _, one := range given {
		for d, score := range one {
			if score < Best || score > Worst || !slices.Contains(Dimensions(), d) {
				return nil, &Fault{Unknown, d, score}
			}
			counts := out[d]
			counts[score-Best]++
			out[d] = counts
		}
	}
	return out, nil
}

// Compute computes the index. Errors are *Fault.
func Compute(s Scores) (Index, error) {
	out := Index{Medians: map[Dimension]*big.Rat{}, Overall: new(big.Rat)}
	for d := range s {
		if !slices.Contains(Dimensions(), d) {
			return Index{}, &Fault{Unknown, d, 0}
		}
	}
	var rows [][]string
	for i, d := range Dimensions() {
		var all []string
		for score, n := range s[d] {
			if n < 0 || n > Most {
				return Index{}, &Fault{Unknown, d, n}
			}
			for range n {
				all = append(all, strconv.Itoa(score+Best))
			}
		}
		switch n := len(all); {
		case i == 0 && n < Least:
			return Index{}, &Fault{TooFew, d, n}
		case i == 0 && n > Most:
			return Index{}, &Fault{TooMany, d, n}
		case i == 0:
			out.Members = n
		case n != out.Members:
			return Index{}, &Fault{Uneven, d, n}
		}
		out.Medians[d] = median(s[d], out.Members)
		out.Overall.Add(out.Overall, out.Medians[d])
		rows = append(rows, all)
	}
	out.Overall.Quo(out.Overall, big.NewRat(int64(len(Dimensions())), 1))
	// Agreement asks only which values stand together in a row, so it does not matter whose a column is.
	agreed, err := allocation.Agreement(rows, allocation.Ordinal)
	out.Alpha = agreed.Alpha
	return out, err
}

// median is that of n scores; with an even number, half-way between the middle two.
func median(counts [Worst]int, n int) *big.Rat {
	at := func(place int) int64 {
		for score, many := range counts {
			if place -= many; place < 0 {
				return int64(score + Best)
			}
		}
		return Worst
	}
	return big.NewRat(at((n-1)/2)+at(n/2), 2)
}

// CategoryOf is what a score means, rounded to a tenth as the index tells it, halves up.
func CategoryOf(score *big.Rat) Category {
	tenths := new(big.Rat).Mul(score, big.NewRat(10, 1))
	tenths.Add(tenths, big.NewRat(1, 2))
	n := new(big.Int).Quo(tenths.Num(), tenths.Denom()).Int64()
	switch {
	case n <= 30:
		return Enhanced
	case n <= 50:
		return Evolving
	}
	return Impeded
}

// Diamond is the CIVICUS Civil Society Index: four dimensions of 0 to 100, and the environment as the circle around them.
type Diamond struct{ Engagement, Organisation, Values, Impact, Environment *big.Rat }

// Draw makes the diamond: each dimension is the mean of its indicators, each from 0 to 100. nil where there are none, or one is beyond.
func Draw(engagement, organisation, values, impact, environment []*big.Rat) Diamond {
	mean := func(all []*big.Rat) *big.Rat {
		sum := new(big.Rat)
		for _, x := range all {
			if x == nil || x.Sign() < 0 || x.Cmp(big.NewRat(100, 1)) > 0 {
				return nil
			}
			sum.Add(sum, x)
		}
		if len(all) == 0 {
			return nil
		}
		return sum.Quo(sum, big.NewRat(int64(len(all)), 1))
	}
	return Diamond{mean(engagement), mean(organisation), mean(values), mean(impact), mean(environment)}
}
