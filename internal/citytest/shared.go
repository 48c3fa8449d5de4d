package citytest

import (
	"os"
	"path/filepath"
	"testing"
)

// Shared finds a file of the collections that are kept beside the project, below their folder "data", or skips the test: in
// BIRGE_SHARED, else in a folder "shared" beside one of those that the test is in.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	rest := filepath.Join(append([]string{"data"}, elem...)...)
	if root := os.Getenv("BIRGE_SHARED"); root != "" {
		p := filepath.Join(root, rest)
		if _, err := os.Stat(p); err != nil {
			t.Skipf("%s is not in BIRGE_SHARED", rest)
		}
		return p
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
	t.Skipf("%s of the shared collections is not here; set BIRGE_SHARED", rest)
	return ""
}
