package organisations

import (
	"encoding/json"
	"slices"
)

// Way is how a value came into the register.
type Way string

const (
	Imported Way = "imported" // from a list
	Stated   Way = "stated"   // by the organisation itself
	Entered  Way = "entered"  // by a moderator
)

// Origin says where a value comes from and whether it was verified since.
type Origin struct {
	Way        Way    `json:"way"`
	Source     string `json:"source,omitempty"`      // the list's title or address; "" when stated or entered
	At         int64  `json:"at"`                    // when it came, in milliseconds
	VerifiedAt int64  `json:"verified_at,omitempty"` // 0: not verified
	VerifiedBy string `json:"verified_by,omitempty"` // a public role: "moderator"; never a person
}

// Change is one value that became another. It is what the history keeps and shows.
type Change struct {
	Field Field  `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// Merge takes values (already clean) from one origin into an entry and returns the entry as
// it becomes, the changes, and the fields that keep what they have:
//
//   - An import never erases, nor overwrites what the organisation stated or a moderator
//     entered or verified. The exception is the end: that a body was liquidated or stopped
//     is always taken.
//   - A person may change and erase whatever MayEdit allows; the caller has checked.
//
// Values that are the same change nothing, not even their origin.
func Merge(cur Organisation, values map[Field]string, from Origin) (next Organisation, changes []Change, kept []Field) {
	next = cur
	next.Origins = make(map[Field]Origin, len(cur.Origins)+len(values))
	for f, o := range cur.Origins {
		next.Origins[f] = o
	}
	for _, f := range fields {
		v, given := values[f]
		old := cur.Get(f)
		if !given || v == old {
			continue
		}
		if from.Way == Imported {
			was := cur.Origins[f]
			guarded := old != "" && (was.Way == Stated || was.Way == Entered || was.VerifiedAt != 0)
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
		if next.Origins[f] = from; v == "" {
			delete(next.Origins, f)
		}
		changes = append(changes, Change{f, old, v})
	}
	return next, changes, kept
}

type originGroup struct {
	Origin
	Fields []Field `json:"f"`
}

func packOrigins(origins map[Field]Origin) string {
	var groups []originGroup
	for _, f := range fields {
		o, ok := origins[f]
		if !ok {
			continue
		}
		i := slices.IndexFunc(groups, func(g originGroup) bool { return g.Origin == o })
		if i < 0 {
			i = len(groups)
			groups = append(groups, originGroup{Origin: o})
		}
		groups[i].Fields = append(groups[i].Fields, f)
	}
	b, _ := json.Marshal(groups) // strings and numbers only
	return string(b)
}

func unpackOrigins(s string) (map[Field]Origin, error) {
	var groups []originGroup
	if err := json.Unmarshal([]byte(s), &groups); err != nil {
		return nil, err
	}
	out := map[Field]Origin{}
	for _, g := range groups {
		for _, f := range g.Fields {
			out[f] = g.Origin
		}
	}
	return out, nil
}
