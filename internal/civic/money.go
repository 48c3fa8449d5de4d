package civic

import (
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount of tenge in whole tiyn, a hundred of which are a tenge. It is never a fraction of a tiyn, so that no sum is
// rounded.
type Money int64

// Tenge is one tenge.
const Tenge Money = 100

// ParseMoney reads an amount as people write it: "1 250 000", "1 250 000,50 ₸", "0.5". It reports false for what is no amount, has
// more than two decimals, or is beyond what a city ever spends.
func ParseMoney(s string) (Money, bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '₸':
			return -1
		case ',':
			return '.'
		}
		return r
	}, s)
	whole, decimals, pointed := strings.Cut(s, ".")
	if !digits(whole) || len(whole) > 13 || pointed && !digits(decimals) || len(decimals) > 2 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+(decimals + "00")[:2], 10, 64)
	return Money(n), err == nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// String is the amount in tenge as a decimal with a point, for machines: "1250000", "-0.50".
func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign = "-"
	}
	tenge, tiyn := uint64(m)/100, uint64(m)%100
	if m < 0 {
		tenge, tiyn = -uint64(m)/100, -uint64(m)%100
	}
	if tiyn == 0 {
		return fmt.Sprintf("%s%d", sign, tenge)
	}
	return fmt.Sprintf("%s%d.%02d", sign, tenge, tiyn)
}
