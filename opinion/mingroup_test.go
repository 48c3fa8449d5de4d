package opinion

import "testing"

// With MinGroup no division is considered that leaves a few people in a group of their own.
// Without it the same votes give such a division.
func TestNoGroupBelowMinGroup(t *testing.T) {
	smallest := func(bound int) int {
		opt := Defaults()
		opt.MinGroup = bound
		c := New(opt)
		for s := range int64(10) {
			if err := c.AddStatement(s); err != nil {
				t.Fatal(err)
			}
		}
		for p := range int64(60) {
			for s := range int64(10) {
				v := Agree
				if p >= 57 { // three against all
					v = Disagree
				}
				if (p*7+s*3)%11 == 0 {
					v = -v
				}
				if err := c.Vote(p, s, v, NoTime); err != nil {
					t.Fatal(err)
				}
			}
		}
		m, err := c.Map(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		least := m.People
		for _, g := range m.Groups {
			least = min(least, g.Size)
		}
		return least
	}
	if n := smallest(0); n != 3 {
		t.Errorf("without a bound the smallest group has %d people, want 3", n)
	}
	if n := smallest(5); n < 5 {
		t.Errorf("a group of %d people", n)
	}
}
