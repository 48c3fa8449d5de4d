package threesixty

import (
	"encoding/json"
	"math/big"
	"slices"

	"github.com/birge-kz/birge/internal/platform/published"
)

// UnknownYear is under what grants without a date that can be read are added up.
const UnknownYear = "unknown"

// Sums are the amounts awarded by currency and year of the award, exact.
type Sums map[string]map[string]json.Number

// totals are sums while they are added up, by currency and year.
type totals map[[2]string]*big.Rat

// add adds a grant, also one with something wrong elsewhere. It reports false for one without an amount or a currency of the codelist.
func (s *Standard) add(t totals, row Row) bool {
	amount, currency, ok := s.awarded(row)
	if !ok {
		return false
	}
	said, _ := row["awardDate"].(string)
	year := yearOf(said)
	if year == "" {
		year = UnknownYear
	}
	key := [2]string{currency, year}
	if t[key] == nil {
		t[key] = new(big.Rat)
	}
	t[key].Add(t[key], amount)
	return true
}

func (t totals) sums() Sums {
	out := Sums{}
	for key, total := range t {
		if out[key[0]] == nil {
			out[key[0]] = map[string]json.Number{}
		}
		out[key[0]][key[1]] = published.Decimal(total)
	}
	return out
}

func (s *Standard) awarded(row Row) (amount *big.Rat, currency string, ok bool) {
	currency, _ = row["currency"].(string)
	amount, ok = published.Amount(row["amountAwarded"])
	return amount, currency, ok && slices.Contains(s.currencies, currency)
}
