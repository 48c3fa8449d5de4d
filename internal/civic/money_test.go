package civic

import (
	"math"
	"testing"
)

func TestMoneyIsReadAsPeopleWriteIt(t *testing.T) {
	for said, want := range map[string]Money{"0": 0, "7": 700, "1 250 000": 125_000_000, "1\u00a0250\u202f000,5 ₸": 125_000_050, "0.05": 5, "9999999999999.99": 999_999_999_999_999} {
		if got, ok := ParseMoney(said); !ok || got != want {
			t.Errorf("%q: %d %v", said, got, ok)
		}
	}
	for _, said := range []string{"", "-1", "+1", "1.234", "1,000,000", "1.", ".5", "1e3", "١", "10000000000000", "₸", "0x1"} {
		if got, ok := ParseMoney(said); ok {
			t.Errorf("%q was read as %d", said, got)
		}
	}
}

func TestMoneyInWords(t *testing.T) {
	for m, want := range map[Money]string{0: "0", 5: "0.05", -50: "-0.50", 125_000_000: "1250000", -101: "-1.01", math.MinInt64: "-92233720368547758.08"} {
		if m.String() != want {
			t.Errorf("%d: %s", int64(m), m)
		}
	}
}

// What is written is read back the same.
func FuzzMoney(f *testing.F) {
	f.Add(int64(5))
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 || n > 999_999_999_999_999 {
			return
		}
		if got, ok := ParseMoney(Money(n).String()); !ok || got != Money(n) {
			t.Errorf("%d: %s: %d %v", n, Money(n), got, ok)
		}
	})
}
