package openapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// schemas are the JSON Schemas of Go types, as encoding/json writes their values. A type with a name
// is described once and referred to.
type schemas struct {
	named object
	types map[string]reflect.Type // by name
}

func newSchemas() *schemas { return &schemas{named: object{}, types: map[string]reflect.Type{}} }

// Described is a type that writes its own JSON and says what that is.
type Described interface {
	JSONSchema() map[string]any
}

var (
	described     = reflect.TypeFor[Described]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	rawMessage    = reflect.TypeFor[json.RawMessage]()
	instant       = reflect.TypeFor[time.Time]()
)

// of is the schema of a type, or a reference to it. Errors: a type whose JSON cannot be told from its fields.
func (s *schemas) of(t reflect.Type) (object, error) {
	switch {
	case t == instant:
		return object{"type": "string", "format": "date-time"}, nil
	case t == rawMessage:
		return object{}, nil
	case t.Implements(described):
		return reflect.Zero(t).Interface().(Described).JSONSchema(), nil
	case t.Implements(marshaler) && t.Kind() != reflect.Pointer:
		return nil, fmt.Errorf("%s writes its own JSON: say with JSONSchema what that is", t)
	case t.Implements(textMarshaler) && t.Kind() != reflect.Pointer:
		return object{"type": "string"}, nil
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		if t.Name() != "" {
			return s.reference(t)
		}
		return s.written(t)
	case reflect.Pointer:
		of, err := s.of(t.Elem())
		return object{"anyOf": []object{of, {"type": "null"}}}, err
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "contentEncoding": "base64"}, nil
		}
		of, err := s.of(t.Elem())
		return object{"type": "array", "items": of}, err
	case reflect.String:
		return object{"type": "string"}, nil
	case reflect.Bool:
		return object{"type": "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer", "minimum": 0}, nil
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}, nil
	case reflect.Interface:
		return object{}, nil
	}
	return nil, fmt.Errorf("%s is nothing that JSON has", t)
}

// reference is the reference to a type with a name, which is described when it is met first.
func (s *schemas) reference(t reflect.Type) (object, error) {
	name := nameOf(t)
	ref := object{"$ref": "#/components/schemas/" + name}
	if known, met := s.types[name]; met {
		if known != t {
			return nil, fmt.Errorf("%s and %s would both be called %s", known, t, name)
		}
		return ref, nil
	}
	s.types[name] = t
	of, err := s.written(t)
	s.named[name] = of
	return ref, err
}

// nameOf is a type's name in the description: its package and its name without the word api in front, "appeals.Appeal". A page of a list is
// named by what it lists.
func nameOf(t reflect.Type) string {
	folder := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
	name, of, generic := strings.Cut(t.Name(), "[")
	if generic { // "Items[github.com/…/appeals.apiAppeal]"
		of = strings.TrimSuffix(of[strings.LastIndexByte(of, '/')+1:], "]")
		folder, of, _ = strings.Cut(of, ".")
		return folder + "." + public(of) + name
	}
	return folder + "." + public(name)
}

func public(name string) string {
	if rest := strings.TrimPrefix(name, "api"); rest != "" && strings.ToUpper(rest[:1]) == rest[:1] {
		return rest
	}
	return upper(name)
}

// written is the schema of a struct or a map.
func (s *schemas) written(t reflect.Type) (object, error) {
	if t.Kind() == reflect.Map {
		of, err := s.of(t.Elem())
		return object{"type": "object", "additionalProperties": of}, err
	}
	properties, required := object{}, []string{}
	for _, f := range fields(t) {
		of, err := s.of(f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
		if f.optional { // it is left out rather than null
			if f.Type.Kind() == reflect.Pointer {
				if of, err = s.of(f.Type.Elem()); err != nil {
					return nil, fmt.Errorf("%s.%s: %w", t, f.Name, err)
				}
			}
		} else {
			required = append(required, f.name)
		}
		if f.quoted {
			of = object{"type": "string"}
		}
		if doc := f.Tag.Get("doc"); doc != "" {
			if _, is := of["$ref"]; is {
				of = object{"allOf": []object{of}}
			}
			of["description"] = doc
		}
		properties[f.name] = of
	}
	out := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out, nil
}

type field struct {
	reflect.StructField
	name     string
	optional bool // left out when it is empty
	quoted   bool // a number or a truth value written as a string
}

// fields lists those of a struct that JSON has, as encoding/json finds them: of embedded structs the inner ones, unless
// an outer one has the same name.
func fields(t reflect.Type) []field {
	var own, inner []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		of := f.Type
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		switch {
		case tag == "-" && options == "":
		case f.Anonymous && tag == "" && of.Kind() == reflect.Struct:
			for _, of := range fields(of) {
				if f.Type.Kind() == reflect.Pointer { // nothing of it is there when there is none
					of.optional = true
				}
				inner = append(inner, of)
			}
		case f.IsExported():
			if tag == "" {
				tag = f.Name
			}
			has := func(option string) bool { return strings.Contains(","+options+",", ","+option+",") }
			own = append(own, field{f, tag, has("omitempty") && canBeEmpty(f.Type) || has("omitzero"), has("string")})
		}
	}
	for _, of := range inner {
		if !named(own, of.name) {
			own = append(own, of)
		}
	}
	return own
}

func named(all []field, name string) bool {
	for _, f := range all {
		if f.name == name {
			return true
		}
	}
	return false
}

// canBeEmpty reports whether omitempty ever leaves a value of the type out: a struct it never does.
func canBeEmpty(t reflect.Type) bool { return t.Kind() != reflect.Struct }
