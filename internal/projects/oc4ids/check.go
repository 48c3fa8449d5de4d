package oc4ids

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/platform/published"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// check says what is wrong with a project that stands at a place: by the schema, by the codelists, and by the standard's words.
func (s *Standard) check(row Object, at string) []Problem {
	out := append(s.bySchema(s.project, row), s.byWords(row)...)
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(a.Place, b.Place) })
	for i := range out {
		out[i].Place = at + out[i].Place
	}
	return out
}

// checkHead says what is wrong with what a package says of itself.
func (s *Standard) checkHead(head Object) []Problem {
	out := s.bySchema(s.head, head)
	if version, said := head["version"].(string); said && len(out) == 0 && version != "0.9" {
		out = append(out, Problem{Place: "/version", Code: OtherVersion, Value: published.Short(version)})
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(a.Place, b.Place) })
	return out
}

func (s *Standard) bySchema(schema *jsonschema.Schema, row Object) []Problem {
	if where, wild := wildNumber(row, ""); wild != "" {
		return []Problem{{Place: where, Code: BadNumber, Value: published.Short(wild)}} // the schema must not compute with it
	}
	var wrong *jsonschema.ValidationError
	if errors.As(schema.Validate(row), &wrong) {
		return explain(row, wrong)
	}
	return nil
}

// wildNumber finds a number that nobody should compute with.
func wildNumber(v any, at string) (where, number string) {
	switch v := v.(type) {
	case json.Number:
		if !published.Plain(v.String()) {
			return at, v.String()
		}
	case Object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if where, number = wildNumber(v[name], pointer(at, name)); number != "" {
				return where, number
			}
		}
	case []any:
		for i, one := range v {
			if where, number = wildNumber(one, at+"/"+strconv.Itoa(i)); number != "" {
				return where, number
			}
		}
	}
	return "", ""
}

// explain puts what the validator found into our codes.
func explain(row Object, e *jsonschema.ValidationError) (out []Problem) {
	at := pointer("", e.InstanceLocation...)
	say := func(code Code) []Problem {
		return []Problem{{Place: at, Code: code, Value: published.Short(published.At(row, e.InstanceLocation))}}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			out = append(out, Problem{Place: pointer(at, name), Code: Missing})
		}
		return out
	case *kind.UniqueItems:
		again := strconv.Itoa(max(k.Duplicates[0], k.Duplicates[1]))
		return []Problem{{Place: pointer(at, again), Code: Twice, Value: published.Short(published.At(row, append(slices.Clip(e.InstanceLocation), again)))}}
	case *kind.Type:
		return say(WrongType)
	case *kind.Enum:
		return say(NotInList)
	case *kind.MinItems, *kind.MinLength, *kind.MinProperties:
		return say(Empty)
	case *kind.Minimum:
		return say(BadNumber)
	case *kind.Format:
		return say(map[string]Code{"date-time": BadDate, "uri": BadAddress, "email": BadEmail}[k.Want])
	}
	if len(e.Causes) == 0 {
		return say(Other)
	}
	for _, cause := range e.Causes {
		out = append(out, explain(row, cause)...)
	}
	return out
}
