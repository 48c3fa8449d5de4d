package threesixty

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// UnknownYear is under what grants without a date that can be read are added up.
const UnknownYear = "unknown"

// Sums are the amounts awarded by currency and year of the award, exact.
type Sums map[string]map[string]json.Number

// Sums adds up the amounts of all grants, also of those with something wrong elsewhere. Without is how many have no amount, or no
// currency of the codelist, and are in no sum.
func (s *Standard) Sums(f *File) (out Sums, without int) {
	totals := map[[2]string]*big.Rat{}
	for _, g := range f.Grants {
		amount, currency, ok := s.awarded(g.Row)
		if !ok {
			without++
			continue
		}
		said, _ := g.Row["awardDate"].(string)
		year := yearOf(said)
		if year == "" {
			year = UnknownYear
		}
		key := [2]string{currency, year}
		if totals[key] == nil {
			totals[key] = new(big.Rat)
		}
		totals[key].Add(totals[key], amount)
	}
	out = Sums{}
	for key, total := range totals {
		if out[key[0]] == nil {
			out[key[0]] = map[string]json.Number{}
		}
		out[key[0]][key[1]] = decimal(total)
	}
	return out, without
}

func (s *Standard) awarded(row Row) (amount *big.Rat, currency string, ok bool) {
	currency, _ = row["currency"].(string)
	said, isNumber := row["amountAwarded"].(json.Number)
	if !isNumber || !plain.MatchString(said.String()) || !slices.Contains(s.currencies, currency) {
		return nil, "", false
	}
	amount, ok = new(big.Rat).SetString(said.String())
	return amount, currency, ok
}

// decimal writes a sum of decimals with as many places as it has.
func decimal(r *big.Rat) json.Number {
	places, _ := r.FloatPrec()
	written := r.FloatString(places)
	if strings.Contains(written, ".") {
		written = strings.TrimSuffix(strings.TrimRight(written, "0"), ".")
	}
	return json.Number(written)
}
