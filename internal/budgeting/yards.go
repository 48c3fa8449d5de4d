package budgeting

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
)

// A part of the budget may be for the yards of houses of some size: up to 40 flats, up to 100, more. The city knows of nobody in which house they live, so who votes in such a part has a code of a
// letter that went to the house, or from a desk that saw the address in a document; and the roll keeps the part alone.

// Flats is how many flats a house has, from and to; To is 0 where there is no end.
type Flats struct {
	From int `json:"from"`
	To   int `json:"to,omitempty"`
}

// maxFlats bounds the number of flats of a house.
const maxFlats = 10_000

// parseFlats reads "41-100", or "101-" for 101 and more; false for anything else, a district's code among it.
func parseFlats(s string) (f Flats, ok bool) {
	from, to, dash := strings.Cut(s, "-")
	var err error
	if f.From, err = strconv.Atoi(from); err != nil || !dash || f.From < 1 || f.From > maxFlats {
		return Flats{}, false
	}
	if to == "" {
		return f, true
	}
	if f.To, err = strconv.Atoi(to); err != nil || f.To < f.From || f.To > maxFlats {
		return Flats{}, false
	}
	return f, true
}

// String is the opposite of parseFlats; "" for zero.
func (f Flats) String() string {
	switch {
	case f == Flats{}:
		return ""
	case f.To == 0:
		return fmt.Sprintf("%d-", f.From)
	}
	return fmt.Sprintf("%d-%d", f.From, f.To)
}

// has reports whether a house of so many flats is one of these.
func (f Flats) has(n int) bool { return f != Flats{} && n >= f.From && (f.To == 0 || n <= f.To) }

// ByYard reports whether the size of the house decides of which parts somebody may choose projects.
func (c Campaign) ByYard() bool {
	return c.Rules.Reach != AllParts && slices.ContainsFunc(c.Areas, func(a Area) bool { return a.Flats != Flats{} })
}

// yardOf is the part of a house of so many flats; "" where there is none.
func (c Campaign) yardOf(flats int) string {
	for _, a := range c.Areas {
		if a.Flats.has(flats) {
			return a.Code
		}
	}
	return ""
}

// checkYards finds houses that would belong to two parts, and parts of both kinds side by side. Field: "areas".
func checkYards(p *civic.Problems, all []Area) {
	for i, a := range all {
		if (a.Flats == Flats{}) {
			continue
		}
		for _, other := range all {
			if other.District != "" {
				p.Add("areas", "budgeting.yards_or_districts")
				return
			}
		}
		for _, other := range all[:i] {
			if other.Flats.has(a.Flats.From) || a.Flats.has(other.Flats.From) {
				p.Add("areas", "budgeting.yards_overlap", "Code", a.Code, "Other", other.Code)
			}
		}
	}
}
