package opinion_test

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/birge-kz/birge/opinion"
	"github.com/birge-kz/birge/opinion/polis"
)

// shared finds the real conversations. Without them it skips the test.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	rest := filepath.Join(append([]string{"data", "polis"}, elem...)...)
	if root := os.Getenv("BIRGE_SHARED"); root != "" {
		return filepath.Join(root, rest)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		p := filepath.Join(dir, "..", "shared", rest)
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	t.Skip("the real Polis conversations (shared/data/polis) are not here; set BIRGE_SHARED")
	return ""
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		t.Fatal(err)
	}
}

var (
	conversations  = []string{"15-per-hour-seattle", "brexit-consensus", "canadian-electoral-reform", "scoop-hivemind.freshwater", "vtaiwan.uberx"}
	withReferences = []string{"15-per-hour-seattle", "brexit-consensus", "canadian-electoral-reform", "vtaiwan.uberx"}
)

// export reads a shared conversation with its votes in order of time.
func export(t testing.TB, name string) *polis.Export {
	t.Helper()
	x, err := polis.Read(os.DirFS(shared(t, name)), polis.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var votes []polis.Vote
	for _, v := range x.Votes.All() {
		votes = append(votes, v)
	}
	slices.SortStableFunc(votes, func(a, b polis.Vote) int { return int(a.Time.Milli - b.Time.Milli) })
	x.Votes = polis.Votes{}
	for _, v := range votes {
		x.Votes.Add(v)
	}
	return x
}

func load(t testing.TB, x *polis.Export, opt opinion.Options) *opinion.Conversation {
	t.Helper()
	c := opinion.New(opt)
	if opt.Order == opinion.ByAppearance {
		for _, v := range x.Votes.All() { // in order of first vote, because the reference has its columns so
			if err := c.AddStatement(v.Statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, s := range x.Statements {
		if err := c.AddStatement(s.ID); err != nil {
			t.Fatal(err)
		}
		if err := c.Moderate(s.ID, s.Moderated == polis.Out); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range x.Votes.All() {
		if err := c.Vote(v.Voter, v.Statement, opinion.Value(v.Value), v.Time.Milli); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func compute(t testing.TB, c *opinion.Conversation, memory *opinion.Memory) *opinion.Map {
	t.Helper()
	m, err := c.Map(t.Context(), memory)
	must(t, err)
	return m
}

func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance*math.Max(1, math.Max(math.Abs(a), math.Abs(b)))
}
