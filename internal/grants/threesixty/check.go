package threesixty

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/platform/published"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// check says what is wrong with a grant, in the order of its fields.
func (s *Standard) check(row Row) (out []Problem) {
	if where, wild := wildNumber(row, ""); wild != "" {
		return []Problem{{Field: where, Code: BadNumber, Value: published.Short(wild)}}
	}
	var wrong *jsonschema.ValidationError
	if errors.As(s.grant.Validate(row), &wrong) {
		out = s.explain(row, wrong)
	}
	for _, f := range s.fields {
		codes := s.codelists[f.codelist]
		f.visit(row, func(where string, in Row, name string) {
			switch said, isText := in[name].(string); {
			case isText && f.sort == date && noSuchDay(said):
				out = append(out, Problem{Field: where, Code: BadDate, Value: published.Short(said)})
			case codes != nil && isText && !codes[said]:
				out = append(out, Problem{Field: where, Code: NotInList, Value: published.Short(said)})
			}
			for _, one := range list(in[name], f.sort == texts && codes != nil) {
				if said, isText := one.(string); isText && !codes[said] {
					out = append(out, Problem{Field: where, Code: NotInList, Value: published.Short(said)})
				}
			}
		})
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(a.Field, b.Field) })
	return slices.CompactFunc(out, func(a, b Problem) bool { return a.Field == b.Field }) // a number where a code belongs is wrong once
}

func list(v any, wanted bool) []any {
	all, _ := v.([]any)
	if !wanted {
		return nil
	}
	return all
}

// noSuchDay is for the 31st of February, which the schema lets pass.
func noSuchDay(said string) bool {
	if len(said) != len(time.DateOnly) || said[4] != '-' {
		return false
	}
	_, err := time.Parse(time.DateOnly, said)
	return err != nil
}

// wildNumber finds a number that nobody should compute with.
func wildNumber(v any, where string) (at, number string) {
	switch v := v.(type) {
	case json.Number:
		if !published.Plain(v.String()) {
			return where, v.String()
		}
	case Row:
		for name, one := range v {
			if at, number = wildNumber(one, strings.TrimPrefix(where+"/"+name, "/")); number != "" {
				return at, number
			}
		}
	case []any:
		for _, one := range v {
			if at, number = wildNumber(one, where); number != "" {
				return at, number
			}
		}
	}
	return "", ""
}

// explain puts what the validator found into our codes.
func (s *Standard) explain(row Row, e *jsonschema.ValidationError) (out []Problem) {
	at := strings.Join(e.InstanceLocation, "/")
	say := func(field string, code Code) []Problem {
		return []Problem{{Field: field, Code: code, Value: published.Short(published.At(row, e.InstanceLocation))}}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.OneOf:
		if at == "" {
			return s.recipients(row)
		}
		return say(at, BadDate) // the schema has no other choices
	case *kind.Required:
		for _, name := range k.Missing {
			out = append(out, Problem{Field: strings.TrimPrefix(at+"/"+name, "/"), Code: Missing})
		}
		return out
	case *kind.Type:
		return say(at, WrongType)
	case *kind.Enum:
		return say(at, NotInList)
	case *kind.MinItems:
		return say(at, Empty)
	case *kind.Minimum:
		return say(at, BadNumber)
	case *kind.Format:
		if k.Want == "date-time" {
			return say(at, BadDate)
		}
		return say(at, BadAddress)
	}
	for _, cause := range e.Causes {
		out = append(out, s.explain(row, cause)...)
	}
	if len(e.Causes) == 0 {
		return say(at, Other)
	}
	return out
}

// recipients tells what a grant lacks of what the standard asks of one to an organisation, or to a person when it names one.
func (s *Standard) recipients(row Row) (out []Problem) {
	_, organisation := row["recipientOrganization"]
	_, person := row["recipientIndividual"]
	required := s.required[0]
	if person && !organisation {
		required = s.required[1]
	}
	for _, name := range required {
		if _, there := row[name]; !there {
			out = append(out, Problem{Field: name, Code: Missing})
		}
	}
	if person && organisation {
		out = append(out, Problem{Field: "recipientIndividual", Code: TwoRecipients})
	}
	return out
}
