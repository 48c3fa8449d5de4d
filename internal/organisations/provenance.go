package organisations

import (
	"encoding/json"
	"maps"
	"slices"
)

// Way is how a value came into the register.
type Way string

const (
	Imported Way = "imported" // from a list
	Stated   Way = "stated"   // by the organisation itself
	Entered  Way = "entered"  // by a moderator
)

// Provenance says where a value comes from and whether it was verified since.
type Provenance struct {
	Way        Way    `json:"way"`
	Source     string `json:"source,omitempty"`      // the list's title or address; "" when stated or entered
	At         int64  `json:"at"`                    // when it came, in milliseconds
	VerifiedAt int64  `json:"verified_at,omitempty"` // 0: not verified
	VerifiedBy string `json:"verified_by,omitempty"` // a public role: "moderator"; never a person
}

// firm reports whether a value is better known than what only a list brought: somebody stated, entered
// or verified it.
func (p Provenance) firm() bool { return p.Way == Stated || p.Way == Entered || p.VerifiedAt != 0 }

// Change is one value that became another. It is what the history keeps and shows.
type Change struct {
	Field Field  `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// Merge takes values (already clean) of one provenance into an entry and returns the entry as
// it becomes, the changes, and the fields that keep what they have:
//
//   - An import never erases, nor overwrites what the organisation stated or a moderator
//     entered or verified. The exception is the end: that a body was liquidated or stopped
//     is always taken.
//   - A person may change and erase whatever MayEdit allows; the caller has checked.
//
// Values that are the same change nothing, not even their provenance.
func Merge(cur Organisation, values map[Field]string, from Provenance) (next Organisation, changes []Change, kept []Field) {
	next = cur
	next.Provenance = make(map[Field]Provenance, len(cur.Provenance)+len(values))
	maps.Copy(next.Provenance, cur.Provenance)
	for _, f := range fields {
		v, given := values[f]
		old := cur.Get(f)
		if !given || v == old {
			continue
		}
		if from.Way == Imported {
			guarded := old != "" && cur.Provenance[f].firm()
			ends := f == fieldStatus && v != Active || f == fieldEnded
			if v == "" || f == fieldIdentifier && old != "" {
				continue
			}
			if guarded && !ends {
				kept = append(kept, f)
				continue
			}
		}
		next.Set(f, v)
		if next.Provenance[f] = from; v == "" {
			delete(next.Provenance, f)
		}
		changes = append(changes, Change{f, old, v})
	}
	return next, changes, kept
}

type provenanceGroup struct {
	Provenance
	Fields []Field `json:"f"`
}

func packProvenance(provenance map[Field]Provenance) string {
	var groups []provenanceGroup
	for _, f := range fields {
		o, ok := provenance[f]
		if !ok {
			continue
		}
		i := slices.IndexFunc(groups, func(g provenanceGroup) bool { return g.Provenance == o })
		if i < 0 {
			i = len(groups)
			groups = append(groups, provenanceGroup{Provenance: o})
		}
		groups[i].Fields = append(groups[i].Fields, f)
	}
	b, _ := json.Marshal(groups) // strings and numbers only
	return string(b)
}

func unpackProvenance(s string) (map[Field]Provenance, error) {
	var groups []provenanceGroup
	if err := json.Unmarshal([]byte(s), &groups); err != nil {
		return nil, err
	}
	out := map[Field]Provenance{}
	for _, g := range groups {
		for _, f := range g.Fields {
			out[f] = g.Provenance
		}
	}
	return out, nil
}
