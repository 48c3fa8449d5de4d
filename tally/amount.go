package tally

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Amount is a sum of money, counted in the smallest unit of an election:
// 10^-Decimals of its currency, see [Election.Decimals].
type Amount int64

// MaxAmount is the largest budget or cost, in smallest units (about 9·10^15).
// The bound leaves room for exact arithmetic on 128-bit products.
const MaxAmount Amount = 1 << 53

// MaxDecimals is the largest number of digits after the point in an amount.
const MaxDecimals = 6

// Errors of [ParseAmount].
var (
	ErrAmountSyntax    = errors.New("not a decimal number: write digits with a point, like 1250 or 1250.50")
	ErrAmountNegative  = errors.New("negative amount")
	ErrAmountTooLarge  = errors.New("amount too large")
	ErrAmountPrecision = errors.New("too many digits after the point")
)

// AmountDecimals returns how many digits after the point s needs, trailing
// zeros not counted. Malformed text needs none.
func AmountDecimals(s string) int {
	_, fraction, _ := strings.Cut(strings.TrimSpace(s), ".")
	return len(strings.TrimRight(fraction, "0"))
}

// ParseAmount reads a non-negative decimal number such as "776314.03" into
// units of 10^-decimals. Digits beyond decimals must be zeros.
func ParseAmount(s string, decimals int) (Amount, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "-") {
		return 0, ErrAmountNegative
	}
	whole, fraction, point := strings.Cut(s, ".")
	if whole == "" && fraction == "" || point && fraction == "" && whole == "" {
		return 0, ErrAmountSyntax
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > decimals {
		for i := range len(fraction) {
			if fraction[i] < '0' || fraction[i] > '9' {
				return 0, ErrAmountSyntax
			}
		}
		return 0, ErrAmountPrecision
	}
	var v int64
	digit := func(c byte) error {
		if c < '0' || c > '9' {
			return ErrAmountSyntax
		}
		v = v*10 + int64(c-'0')
		if v > int64(MaxAmount) {
			return ErrAmountTooLarge
		}
		return nil
	}
	for i := range len(whole) {
		if err := digit(whole[i]); err != nil {
			return 0, err
		}
	}
	for i := range decimals {
		c := byte('0')
		if i < len(fraction) {
			c = fraction[i]
		}
		if err := digit(c); err != nil {
			return 0, err
		}
	}
	return Amount(v), nil
}

// FormatAmount writes a as a decimal number, without trailing zeros.
func FormatAmount(a Amount, decimals int) string {
	if decimals == 0 {
		return fmt.Sprint(int64(a))
	}
	scale := pow10(decimals)
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	s := fmt.Sprintf("%s%d", sign, int64(a)/scale)
	if f := int64(a) % scale; f != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%0*d", decimals, f), "0")
	}
	return s
}

// Rat returns a in units of the currency as an exact fraction.
func (a Amount) Rat(decimals int) *big.Rat { return big.NewRat(int64(a), pow10(decimals)) }

func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}
