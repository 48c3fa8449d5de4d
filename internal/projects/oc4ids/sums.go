package oc4ids

import (
	"encoding/json"
	"math/big"

	"github.com/birge-kz/birge/internal/platform/published"
)

// sum is nil until something was added.
type sum struct{ total *big.Rat }

type amounts struct{ budget, contracts, final sum }

// add adds a value of the standard, also one of a project with something wrong elsewhere. It reports false for one without a plain
// amount or a currency of the codelist.
func (t *tally) add(value any, to func(*amounts) *sum) bool {
	in, _ := value.(Object)
	currency, _ := in["currency"].(string)
	amount, ok := published.Amount(in["amount"])
	if !ok || !t.standard.currencies[currency] {
		return false
	}
	if t.sums[currency] == nil {
		t.sums[currency] = &amounts{}
	}
	s := to(t.sums[currency])
	if s.total == nil {
		s.total = new(big.Rat)
	}
	s.total.Add(s.total, amount)
	return true
}

// decimal is the sum, "" of nothing.
func (s sum) decimal() json.Number {
	if s.total == nil {
		return ""
	}
	return published.Decimal(s.total)
}
