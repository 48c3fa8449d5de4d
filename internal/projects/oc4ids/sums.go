package oc4ids

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
)

// plain are numbers that a sum can be made of. One of a million digits would occupy whoever adds it.
var plain = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?$`)

// sum is nil until something was added.
type sum struct{ total *big.Rat }

type amounts struct{ budget, contracts, final sum }

// add adds a value of the standard, also one of a project with something wrong elsewhere. It reports false for one without a plain
// amount or a currency of the codelist.
func (t *tally) add(value any, to func(*amounts) *sum) bool {
	in, _ := value.(Object)
	currency, _ := in["currency"].(string)
	said, isNumber := in["amount"].(json.Number)
	if !isNumber || !plain.MatchString(said.String()) || !t.standard.currencies[currency] {
		return false
	}
	amount, ok := new(big.Rat).SetString(said.String())
	if !ok {
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

// decimal writes a sum of decimals with as many places as it has.
func (s sum) decimal() json.Number {
	if s.total == nil {
		return ""
	}
	places, _ := s.total.FloatPrec()
	written := s.total.FloatString(places)
	if strings.Contains(written, ".") {
		written = strings.TrimSuffix(strings.TrimRight(written, "0"), ".")
	}
	return json.Number(written)
}
