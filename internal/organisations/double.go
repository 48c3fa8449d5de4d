package organisations

import (
	"maps"

	"github.com/birge-kz/birge/internal/civic"
)

// Side is which of two entries of one organisation a value is taken from.
type Side string

const (
	FromKept   Side = "kept"
	FromDouble Side = "double"
	FromBoth   Side = "both" // they say the same
)

// Compared is one value of two entries of one organisation.
type Compared struct {
	Field        Field
	Kept, Double string
	From         Side // whose value stays
}

// compare says of every value of two entries which one stays. The kept entry's does, unless it has
// none, or the double's is better known. As for imports, that an organisation ended is always taken.
func compare(kept, double *Organisation) (out []Compared) {
	for _, f := range fields {
		c := Compared{Field: f, Kept: kept.Get(f), Double: double.Get(f), From: FromKept}
		switch {
		case c.Kept == "" && c.Double == "":
			continue
		case f == fieldIdentifier:
			if kept.BIN() == "" && double.BIN() != "" {
				c.From = FromDouble
			}
		case c.Kept == c.Double:
			c.From = FromBoth
		case f == fieldStatus || f == fieldEnded:
			if c.Kept == "" || c.Kept == Active {
				c.From = FromDouble
			}
		case c.Double != "" && (c.Kept == "" || double.Provenance[f].firm() && !kept.Provenance[f].firm()):
			c.From = FromDouble
		}
		out = append(out, c)
	}
	return out
}

// unite takes the better values of a double into an entry.
func unite(kept, double *Organisation) (next Organisation, changes []Change) {
	next = *kept
	next.Provenance = map[Field]Provenance{}
	maps.Copy(next.Provenance, kept.Provenance)
	for _, c := range compare(kept, double) {
		if c.From != FromDouble {
			continue
		}
		next.Set(c.Field, c.Double)
		if p, known := double.Provenance[c.Field]; known {
			next.Provenance[c.Field] = p
		} else {
			delete(next.Provenance, c.Field)
		}
		changes = append(changes, Change{c.Field, c.Kept, c.Double})
	}
	return next, changes
}

// checkDouble says why two entries cannot be one organisation.
func checkDouble(kept, double *Organisation) error {
	switch {
	case kept.ID == double.ID:
		return civic.Wrong("double", "organisations.double_itself")
	case kept.Kind == StateBody || double.Kind == StateBody:
		return civic.Wrong("double", "organisations.double_body")
	case kept.Kind != double.Kind:
		return civic.Wrong("double", "organisations.double_kind")
	case kept.BIN() != "" && double.BIN() != "" && kept.BIN() != double.BIN():
		return civic.Wrong("double", "organisations.double_bin")
	}
	return nil
}

// namedAlike reports whether two entries have a name in common, in whatever languages.
func namedAlike(a, b *Organisation) bool {
	for _, one := range a.Name {
		for _, other := range b.Name {
			if key := alike(one); key != "" && key == alike(other) {
				return true
			}
		}
	}
	return false
}
