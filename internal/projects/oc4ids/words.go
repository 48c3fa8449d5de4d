package oc4ids

import (
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/platform/published"
)

// byWords checks what the standard says in its descriptions and its schema does not: the schema tells where each thing stands.
func (s *Standard) byWords(row Object) (out []Problem) {
	parties := partiesOf(row)
	s.visit(place{schema: s.schema, value: row}, func(p place) {
		out = append(out, s.openCodes(p)...)
		if list, isList := p.value.([]any); isList {
			out = append(out, twice(p, list)...)
			return
		}
		object, isObject := p.value.(Object)
		if !isObject {
			return
		}
		switch p.kind {
		case "Milestone":
			out = append(out, milestone(p.pointer, object)...)
		case "Period":
			out = append(out, period(p.pointer, object)...)
		case "OrganizationReference":
			out = append(out, parties.refers(p.pointer, object)...)
		case "Modification":
			if _, there := object["rationale"]; !there { // one that is empty is the schema's
				out = append(out, Problem{Place: p.pointer + "/rationale", Code: NoRationale})
			}
		}
	})
	return out
}

// openCodes notices codes that an open list does not have. Those of closed lists stand in the schema.
func (s *Standard) openCodes(p place) (out []Problem) {
	name, _ := p.schema["codelist"].(string)
	if open, _ := p.schema["openCodelist"].(bool); !open {
		return nil
	}
	look := func(at string, value any) {
		if code, isText := value.(string); isText && code != "" && !s.codelists[name][code] {
			out = append(out, Problem{Place: at, Code: NotInOpenList, Value: published.Short(code)})
		}
	}
	look(p.pointer, p.value)
	list, _ := p.value.([]any)
	for i, one := range list {
		look(p.pointer+"/"+strconv.Itoa(i), one)
	}
	return out
}

// twice finds identifiers that the standard wants once in a list.
func twice(p place, list []any) (out []Problem) {
	if !slices.Contains([]string{"Milestone", "Organization", "Modification"}, p.kind) {
		return nil
	}
	seen := map[string]bool{}
	for i, one := range list {
		object, _ := one.(Object)
		id, _ := object["id"].(string)
		if id != "" && seen[id] {
			out = append(out, Problem{Place: p.pointer + "/" + strconv.Itoa(i) + "/id", Code: IDTwice, Value: published.Short(id)})
		}
		seen[id] = true
	}
	return out
}

// milestone holds a status and a date together: what is met has a day, and only that.
func milestone(at string, m Object) []Problem {
	_, dated := m["dateMet"]
	met := m["status"] == "met"
	switch {
	case met && !dated:
		return []Problem{{Place: at + "/dateMet", Code: MetWithoutDate}}
	case dated && !met:
		return []Problem{{Place: at + "/status", Code: DateWithoutMet, Value: published.Short(m["status"])}}
	}
	return nil
}

// period finds an end, or the latest end that is possible, before the beginning.
func period(at string, p Object) (out []Problem) {
	start, ok := moment(p["startDate"])
	if !ok {
		return nil
	}
	for _, name := range []string{"endDate", "maxExtentDate"} {
		if end, ok := moment(p[name]); ok && end.Before(start) {
			out = append(out, Problem{Place: at + "/" + name, Code: EndsBeforeStart, Value: published.Short(p[name])})
		}
	}
	return out
}

// moment reads a date. What is none was told by the schema.
func moment(v any) (time.Time, bool) {
	said, _ := v.(string)
	t, err := time.Parse(time.RFC3339, said)
	return t, err == nil
}

// parties are the organisations of a project: names by identifier, and all names.
type parties struct {
	byID  map[string]string
	names map[string]bool
}

func partiesOf(row Object) parties {
	all := parties{map[string]string{}, map[string]bool{}}
	list, _ := row["parties"].([]any)
	for _, one := range list {
		party, _ := one.(Object)
		name, _ := party["name"].(string)
		if id, _ := party["id"].(string); id != "" {
			if _, before := all.byID[id]; !before { // the second is told as one that is there twice
				all.byID[id] = name
			}
		}
		all.names[name] = true
	}
	return all
}

// refers finds a reference that leads to none of the parties, and notices one that names its party otherwise.
func (all parties) refers(at string, to Object) []Problem {
	id, _ := to["id"].(string)
	name, _ := to["name"].(string)
	known, there := all.byID[id]
	switch {
	case id != "" && !there:
		return []Problem{{Place: at + "/id", Code: NotAmongParties, Value: published.Short(id)}}
	case id == "" && name != "" && !all.names[name]:
		return []Problem{{Place: at + "/name", Code: NotAmongParties, Value: published.Short(name)}}
	case there && name != "" && known != "" && name != known:
		return []Problem{{Place: at + "/name", Code: OtherName, Value: published.Short(name)}}
	}
	return nil
}
