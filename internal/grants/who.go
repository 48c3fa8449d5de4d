package grants

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/organisations"
)

// RuleKind is what a rule of who may apply looks at.
type RuleKind string

// The kinds of rules.
const (
	LegalForm RuleKind = "legal_form" // one of Codes
	AtLeast   RuleKind = "age"        // registered for Years, whole ones
	Theme     RuleKind = "theme"      // works in one of Codes
	District  RuleKind = "district"   // works in one of Codes
	Filed     RuleKind = "filed"      // the yearly filing of the last Years years that were due is done
	NoDebt    RuleKind = "no_debt"    // no report on money received before is overdue
)

// Rule is one rule of who may apply, over what the register knows.
type Rule struct {
	Kind  RuleKind `json:"kind"`
	Codes []string `json:"codes,omitempty"`
	Years int      `json:"years,omitempty"`
}

// Facts are what is known of an organisation. A nil or zero value of the first four is not known; an empty list is known to be empty.
type Facts struct {
	LegalForm  string
	Registered time.Time
	Themes     []string
	Districts  []string
	Filed      []int // years
	FilingDay  int   // the day by which a year is filed, in the year after it: 331 is 31 March
	Overdue    int   // reports
}

// Verdict is what a rule says of an organisation.
type Verdict string

// The verdicts. Unknown is no refusal: the organisation is asked to complete its entry.
const (
	Met     Verdict = "met"
	Unmet   Verdict = "unmet"
	Unknown Verdict = "unknown"
)

// Of says whether an organisation meets the rule on a day in the city's zone.
func (r Rule) Of(f Facts, day time.Time) Verdict {
	switch r.Kind {
	case LegalForm:
		return verdict(f.LegalForm != "", slices.Contains(r.Codes, f.LegalForm))
	case AtLeast:
		return verdict(!f.Registered.IsZero(), !f.Registered.In(day.Location()).AddDate(r.Years, 0, 0).After(day))
	case Theme:
		return verdict(f.Themes != nil, oneOf(f.Themes, r.Codes))
	case District:
		return verdict(f.Districts != nil, oneOf(f.Districts, r.Codes))
	case Filed:
		return verdict(true, f.filed(r.Years, day))
	case NoDebt:
		return verdict(true, f.Overdue == 0)
	}
	return Unknown // a rule of a later version refuses nobody by itself
}

// filed reports whether the last so many years were filed. Of the year before it is not asked until its day has passed: calls of the winter would refuse everybody. In years before it
// was registered an organisation had nothing to file.
func (f Facts) filed(years int, day time.Time) bool {
	last := day.Year() - 1
	if !slices.Contains(f.Filed, last) && !day.After(organisations.Due(last, f.FilingDay, day.Location())) {
		last--
	}
	for year := max(last-years+1, f.Registered.Year()); year <= last; year++ {
		if !slices.Contains(f.Filed, year) {
			return false
		}
	}
	return true
}

func verdict(known, met bool) Verdict {
	switch {
	case !known:
		return Unknown
	case met:
		return Met
	}
	return Unmet
}

func oneOf(have, codes []string) bool {
	return slices.ContainsFunc(have, func(s string) bool { return slices.Contains(codes, s) })
}

// Keep lists the rules that an organisation does not meet, and those of which it is not known.
func Keep(rules []Rule, f Facts, day time.Time) (unmet, unknown []Rule) {
	for _, r := range rules {
		switch r.Of(f, day) {
		case Unmet:
			unmet = append(unmet, r)
		case Unknown:
			unknown = append(unknown, r)
		}
	}
	return unmet, unknown
}
