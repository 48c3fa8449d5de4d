// Package unraced marks the tests that the race detector would make slow for nothing: those that look at
// everything once, one after another. Whatever does two things at once stays under it.
package unraced

import "testing"

// Test skips t under the race detector. Where `make test` uses the detector, it runs these tests again
// without (`budget unraced` finds them by their call of Test), so each runs exactly once.
func Test(t testing.TB) {
	t.Helper()
	if raced {
		t.Skip("not under the race detector: test/unraced")
	}
}
