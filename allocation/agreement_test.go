package allocation_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/birge-kz/birge/allocation"
)

// table reads rows of a table that is written with a space between values and a dot for none.
func table(text string) (rows [][]string) {
	for line := range strings.Lines(text) {
		row := strings.Fields(line)
		for i, cell := range row {
			if cell == "." {
				row[i] = ""
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// turned makes rows of columns.
func turned(rows [][]string) [][]string {
	out := make([][]string, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			out[i] = append(out[i], cell)
		}
	}
	return out
}

// The worked example of Krippendorff, "Computing Krippendorff's Alpha-Reliability", section D: four observers, twelve
// units, and the α that he gives for each metric.
func TestAgreementOfTheWorkedExample(t *testing.T) {
	units := turned(table("1 2 3 3 2 1 4 1 2 . . .\n1 2 3 3 2 2 4 1 2 5 . 3\n. 3 3 3 2 3 4 2 2 5 1 .\n1 2 3 3 2 4 4 1 2 5 1 ."))
	for metric, want := range map[allocation.Metric]string{allocation.Nominal: "0.743", allocation.Ordinal: "0.815", allocation.Interval: "0.849", allocation.Ratio: "0.797"} {
		got, err := allocation.Agreement(units, metric)
		if err != nil || got.Alpha.FloatString(3) != want || got.Units != 11 || got.Count != 40 {
			t.Errorf("%s: %v %+v, want %s", metric, err, got, want)
		}
	}
}

// The nominal data of section B of the same: two observers, ten units, α = 0.095.
func TestAgreementOfTwo(t *testing.T) {
	got, err := allocation.Agreement(turned(table("0 1 0 0 0 0 0 0 1 0\n1 1 1 0 0 1 0 0 0 0")), allocation.Nominal)
	if err != nil || got.Alpha.FloatString(3) != "0.095" {
		t.Errorf("%v %+v", err, got)
	}
}

func TestAgreementThatTellsNothing(t *testing.T) {
	for name, rows := range map[string][][]string{"no unit": nil, "one value": table("3 3\n3 3"), "nobody read what another did": table("1 .\n. 2")} {
		if got, err := allocation.Agreement(rows, allocation.Interval); err != nil || got.Alpha != nil {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
}

func TestAgreementOfWhatIsNoNumber(t *testing.T) {
	for _, c := range []struct {
		rows   string
		metric allocation.Metric
		want   string
	}{
		{"1 2\n1 good", allocation.Ordinal, `no_number: subject "", value "good", gift 0, row 2, column 2`},
		{"1 1e3", allocation.Interval, `no_number: subject "", value "1e3", gift 0, row 1, column 2`},
		{"1/3 1", allocation.Interval, `no_number: subject "", value "1/3", gift 0, row 1, column 1`},
		{"-1 1", allocation.Ratio, `negative: subject "", value "-1", gift 0, row 1, column 1`},
		{"1 1", "cubic", `bad_term: subject "metric", value "cubic", gift 0, row 0, column 0`},
	} {
		if _, err := allocation.Agreement(table(c.rows), c.metric); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v", c.rows, err)
		}
	}
	if _, err := allocation.Agreement(table("a b\na a"), allocation.Nominal); err != nil {
		t.Errorf("names of themes are values: %v", err)
	}
	many := [][]string{{}}
	for i := range allocation.MostValues + 1 {
		many[0] = append(many[0], fmt.Sprint(i))
	}
	if _, err := allocation.Agreement(many, allocation.Interval); err == nil {
		t.Error("more values than the bound")
	}
}

// plainAlpha is α as its definition says it: over all pairs of all units, and all pairs of all values.
func plainAlpha(rows [][]string) *big.Rat {
	var all []int64
	observed := new(big.Rat)
	for _, row := range rows {
		var of []int64
		for _, cell := range row {
			if cell != "" {
				n, _ := new(big.Int).SetString(cell, 10)
				of = append(of, n.Int64())
			}
		}
		if len(of) < 2 {
			continue
		}
		for _, c := range of {
			for _, k := range of {
				observed.Add(observed, big.NewRat((c-k)*(c-k), int64(len(of)-1)))
			}
		}
		all = append(all, of...)
	}
	expected := new(big.Rat)
	for _, c := range all {
		for _, k := range all {
			expected.Add(expected, new(big.Rat).SetInt64((c-k)*(c-k)))
		}
	}
	if expected.Sign() == 0 {
		return nil
	}
	n := int64(len(all))
	observed.Quo(observed, big.NewRat(n, 1))
	expected.Quo(expected, big.NewRat(n*(n-1), 1))
	return new(big.Rat).Sub(big.NewRat(1, 1), observed.Quo(observed, expected))
}

// Against the definition, on random tables; and neither the order of readers nor that of units matters.
func TestAgreementIsItsDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		rows := make([][]string, 1+r.IntN(9))
		for i := range rows {
			for range 4 {
				cell := ""
				if r.IntN(4) > 0 {
					cell = fmt.Sprint(r.IntN(5))
				}
				rows[i] = append(rows[i], cell)
			}
		}
		got, err := allocation.Agreement(rows, allocation.Interval)
		want := plainAlpha(rows)
		if err != nil || (got.Alpha == nil) != (want == nil) || want != nil && got.Alpha.Cmp(want) != 0 {
			t.Fatalf("%v: %v %v, want %v", rows, err, got.Alpha, want)
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, row := range rows {
			r.Shuffle(len(row), func(i, j int) { row[i], row[j] = row[j], row[i] })
		}
		again, _ := allocation.Agreement(rows, allocation.Interval)
		if want != nil && again.Alpha.Cmp(want) != 0 {
			t.Fatalf("%v: %v in another order, want %v", rows, again.Alpha, want)
		}
	}
}
