package polis_test

import (
	"os"
	"path/filepath"
	"testing"
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

var conversations = []string{"15-per-hour-seattle", "brexit-consensus", "canadian-electoral-reform", "scoop-hivemind.freshwater", "vtaiwan.uberx"}
