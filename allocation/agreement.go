package allocation

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// Metric says how far two values are from each other.
type Metric string

// The metrics: δ² of two values c and k.
const (
	Nominal  Metric = "nominal"  // 1 when they differ
	Ordinal  Metric = "ordinal"  // (Σ n_g from c to k − (n_c+n_k)/2)², n_g being how often g was given
	Interval Metric = "interval" // (c−k)²
	Ratio    Metric = "ratio"    // ((c−k)/(c+k))²
)

// Metrics lists them.
func Metrics() []Metric { return []Metric{Nominal, Ordinal, Interval, Ratio} }

// The bounds of a table.
const (
	MostUnits  = 200_000
	MostValues = 1_000 // different ones
)

// Agreed tells how far readers agree.
type Agreed struct {
	// Alpha is Krippendorff's α: 1 when all agree, 0 when they agree as by chance, below 0 when less. It is nil when there
	// is nothing to tell from: nobody read what another read, or all values are the same.
	Alpha *big.Rat
	Units int // read by at least two
	Count int // values of those units
}

// Agreement computes Krippendorff's α exactly. A row stands for a unit, a column for a reader; "" is no value. Values
// of all metrics but Nominal are decimal numbers, with a point or a comma. Errors are *Error.
//
// Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). Units that fewer than two have read do not count.
func Agreement(rows [][]string, metric Metric) (Agreed, error) {
	if !slices.Contains(Metrics(), metric) {
		return Agreed{}, &Error{Code: BadTerm, Subject: "metric", Value: string(metric)}
	}
	t, err := coincide(rows, metric)
	if err != nil {
		return Agreed{}, err
	}
	found := Agreed{Units: t.units, Count: t.count}
	observed, expected := new(big.Rat), new(big.Rat)
	for c := range t.values {
		for k := range c {
			distance := t.distance(metric, c, k)
			observed.Add(observed, new(big.Rat).Mul(distance, t.paired(c, k)))
			expected.Add(expected, distance.Mul(distance, new(big.Rat).SetInt64(t.often[c]*t.often[k])))
		}
	}
	if expected.Sign() == 0 {
		return found, nil
	}
	// α = 1 − (n−1)·Σ o δ² / Σ n n δ², both sums over pairs of different values, each pair once.
	alpha := observed.Mul(observed, new(big.Rat).SetInt64(int64(t.count-1)))
	found.Alpha = alpha.Sub(big.NewRat(1, 1), alpha.Quo(alpha, expected))
	return found, nil
}

// coincidences is how often values were given, alone and to the same unit.
type coincidences struct {
	values []string
	number []*big.Rat // of the values; nil for Nominal
	often  []int64    // by value
	below  []int64    // how often the values before it, in order, were given
	units  int
	count  int
	// both holds, by how many values a unit has, how often two values, the larger number first, stand in one unit.
	both map[int]map[[2]int]int64
}

// coincide counts.
func coincide(rows [][]string, metric Metric) (*coincidences, error) {
	if len(rows) > MostUnits {
		return nil, &Error{Code: TooMany, Subject: "units", Value: fmt.Sprint(MostUnits)}
	}
	t := &coincidences{both: map[int]map[[2]int]int64{}}
	number := map[string]*big.Rat{}
	for i, row := range rows {
		for j, value := range row {
			if value == "" || number[value] != nil {
				continue
			}
			n, err := read(value, metric)
			if err != nil {
				err.Row, err.Column = i+1, j+1
				return nil, err
			}
			if number[value] = n; len(number) > MostValues {
				return nil, &Error{Code: TooMany, Subject: "values", Value: fmt.Sprint(MostValues)}
			}
		}
	}
	at := t.order(number, metric)
	for _, row := range rows {
		var given []int
		for _, value := range row {
			if value != "" {
				given = append(given, at[value])
			}
		}
		if len(given) > 1 {
			t.add(given)
		}
	}
	t.below = make([]int64, len(t.often)+1)
	for v, n := range t.often {
		t.below[v+1] = t.below[v] + n
	}
	return t, nil
}

// order numbers the values in their order; "1" and "1,0" are one value.
func (t *coincidences) order(number map[string]*big.Rat, metric Metric) map[string]int {
	at := map[string]int{}
	for value := range number {
		t.values = append(t.values, value)
	}
	slices.SortFunc(t.values, func(a, b string) int {
		if metric == Nominal {
			return strings.Compare(a, b)
		}
		return number[a].Cmp(number[b])
	})
	kept := t.values[:0]
	for _, value := range t.values {
		if last := len(t.number) - 1; metric == Nominal || last < 0 || t.number[last].Cmp(number[value]) != 0 {
			kept, t.number = append(kept, value), append(t.number, number[value])
		}
		at[value] = len(kept) - 1
	}
	t.values = kept
	t.often = make([]int64, len(kept))
	return at
}

// add counts the values of one unit.
func (t *coincidences) add(given []int) {
	t.units++
	t.count += len(given)
	of := t.both[len(given)]
	if of == nil {
		of = map[[2]int]int64{}
		t.both[len(given)] = of
	}
	for i, c := range given {
		t.often[c]++
		for _, k := range given[:i] {
			of[[2]int{max(c, k), min(c, k)}]++
		}
	}
}

// paired is o of two different values: how often they stand in one unit, each unit weighing as much as it has values.
func (t *coincidences) paired(c, k int) *big.Rat {
	sum := new(big.Rat)
	for size, of := range t.both {
		if n := of[[2]int{c, k}]; n > 0 {
			sum.Add(sum, big.NewRat(n, int64(size-1)))
		}
	}
	return sum
}

// distance is δ² of two different values, the larger first.
func (t *coincidences) distance(metric Metric, c, k int) *big.Rat {
	d := new(big.Rat)
	switch metric {
	case Nominal:
		return d.SetInt64(1)
	case Ordinal:
		d.SetFrac64(2*(t.below[c+1]-t.below[k])-t.often[c]-t.often[k], 2)
	case Interval:
		d.Sub(t.number[c], t.number[k])
	case Ratio:
		d.Sub(t.number[c], t.number[k])
		d.Quo(d, new(big.Rat).Add(t.number[c], t.number[k]))
	}
	return d.Mul(d, d)
}

var decimal = regexp.MustCompile(`^-?\d{1,15}([.,]\d{1,9})?$`)

// Number reports whether a value is a number: a whole one or a decimal, with a point or a comma.
func Number(value string) bool { return decimal.MatchString(value) }

// read reads a value as a number. Those of Nominal need not be any.
func read(value string, metric Metric) (*big.Rat, *Error) {
	if metric == Nominal {
		return new(big.Rat), nil
	}
	n, ok := new(big.Rat).SetString(strings.ReplaceAll(value, ",", "."))
	if !ok || !Number(value) {
		return nil, &Error{Code: NoNumber, Value: value}
	}
	if metric == Ratio && n.Sign() < 0 {
		return nil, &Error{Code: Negative, Value: value}
	}
	return n, nil
}
