package tally_test

import (
	"context"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/birge-kz/birge/tally"
	"github.com/birge-kz/birge/tally/pabulib"
)

// sharedData returns a path below the folder of the test data, or skips.
func sharedData(t testing.TB, parts ...string) string {
	t.Helper()
	var tries []string
	if dir := os.Getenv("BIRGE_SHARED"); dir != "" {
		tries = append(tries, filepath.Join(dir, "data"))
	} else if wd, err := os.Getwd(); err == nil {
		for dir := wd; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
			tries = append(tries, filepath.Join(dir, "shared", "data"))
		}
	}
	for _, try := range tries {
		if _, err := os.Stat(filepath.Join(try, "pabulib")); err == nil {
			return filepath.Join(append([]string{try, "pabulib"}, parts...)...)
		}
	}
	t.Skip("the shared test data is not here: set BIRGE_SHARED to its folder")
	return ""
}

func readElection(t testing.TB, path string) (*pabulib.File, *tally.Election) {
	t.Helper()
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, e, _, err := pabulib.Read(r, pabulib.Strict)
	if err != nil {
		t.Fatal(err)
	}
	return f, e
}

// expectedRules gives our options for each rule named in expected.json.
var expectedRules = map[string]tally.Options{
	"greedy-cost":          {Rule: tally.Greedy},
	"greedy-card":          {Rule: tally.Greedy, Utility: tally.UtilityCardinality},
	"mes-cost":             {Rule: tally.EqualShares},
	"mes-card":             {Rule: tally.EqualShares, Utility: tally.UtilityCardinality},
	"mes-cost-add1":        {Rule: tally.EqualShares, Completion: tally.AddOne},
	"mes-cost-add1-greedy": {Rule: tally.EqualShares, Completion: tally.AddOne, ThenGreedy: true},
	// The expected winners come from another program that uses floating-point numbers and a
	// tolerance.
	"mes-cost-add1-longdouble": {Rule: tally.EqualShares, Completion: tally.AddOne},
	"ees-cost":                 {Rule: tally.ExactEqualShares},
	"ees-card":                 {Rule: tally.ExactEqualShares, Utility: tally.UtilityCardinality},
	"ees-card-addopt":          {Rule: tally.ExactEqualShares, Utility: tally.UtilityCardinality, Completion: tally.AddOpt},
	"phragmen":                 {Rule: tally.Phragmen},
}

type expectedElection struct {
	File    string
	Note    string
	Results map[string]struct {
		Winners []string
		Cost    string
		Note    string
		Timeout float64
		Ties    int
	}
}

// TestExpected compares with winners that the reference library of the field computed with
// exact fractions. Where its order is known, the order must agree too.
func TestExpected(t *testing.T) {
	data, err := os.ReadFile(sharedData(t, "expected", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []expectedElection
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, want := range all {
		t.Run(want.File, func(t *testing.T) {
			_, e := readElection(t, sharedData(t, want.File))
			for name, result := range want.Results {
				if result.Timeout > 0 {
					continue // the reference did not finish
				}
				options, known := expectedRules[name]
				if !known {
					t.Errorf("no rule for %q", name)
					continue
				}
				out, err := tally.Count(context.Background(), e, options)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				compared++
				got := out.WinnerIDs()
				expected := slices.Clone(result.Winners)
				if want.Note != "" || name == "phragmen" { // sorted by id there
					slices.Sort(got)
					slices.Sort(expected)
				}
				if !slices.Equal(got, expected) {
					t.Errorf("%s: winners\n got %q\nwant %q\nties %+v", name, got, expected, out.Ties)
				}
				if result.Cost != "" {
					cost, ok := new(big.Rat).SetString(result.Cost)
					if !ok || out.Spent.Rat(e.Decimals).Cmp(cost) != 0 {
						t.Errorf("%s: spent %s, want %s", name, tally.FormatAmount(out.Spent, e.Decimals), result.Cost)
					}
				}
			}
		})
	}
	t.Logf("%d results compared", compared)
}
