package threesixty

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/platform/published"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed standard/*.json standard/*.csv
var standard embed.FS

// The addresses of the schemas.
const (
	grantSchema   = "https://raw.githubusercontent.com/ThreeSixtyGiving/standard/1.4.3/schema/360-giving-schema.json"
	packageSchema = "https://raw.githubusercontent.com/ThreeSixtyGiving/standard/1.4.3/schema/360-giving-package-schema.json"
)

// Standard is the standard as its schemas and codelists say it. It does not change, and may be used by many at once.
type Standard struct {
	grant      *jsonschema.Schema
	head       *jsonschema.Schema // of the file, without its grants
	fields     []field            // in the order of their names
	required   [2][]string        // of a grant to an organisation, and to a person
	codelists  map[string]map[string]bool
	currencies []string
}

// field is a place in a grant where a text, a number or a list of texts stands.
type field struct {
	path     []step
	title    string // the heading of a table, as in "Recipient Org:Name"
	sort     sort
	moment   bool // a date that needs its time
	codelist string
}

type step struct {
	name string
	many bool // a list stands there
}

type sort int

const (
	text sort = iota
	number
	texts
	date
)

// New reads the standard that the program carries.
func New() (*Standard, error) {
	s := &Standard{codelists: map[string]map[string]bool{}}
	grant, err := published.Schema(standard, "standard/360-giving-schema.json")
	if err != nil {
		return nil, err
	}
	head, err := published.Schema(standard, "standard/360-giving-package-schema.json")
	if err != nil {
		return nil, err
	}
	delete(head["properties"].(map[string]any), "grants") // each is checked by itself
	delete(head, "required")
	c := jsonschema.NewCompiler()
	c.AssertFormat() // without it every text is a date-time, and a right date is wrong: it is exactly one of two
	for address, doc := range map[string]any{grantSchema: grant, packageSchema: head} {
		if err := c.AddResource(address, doc); err != nil {
			return nil, err
		}
	}
	if s.grant, err = c.Compile(grantSchema); err != nil {
		return nil, err
	}
	if s.head, err = c.Compile(packageSchema); err != nil {
		return nil, err
	}
	for i, one := range grant["oneOf"].([]any) {
		for _, name := range one.(map[string]any)["required"].([]any) {
			s.required[i] = append(s.required[i], name.(string))
		}
	}
	for _, code := range grant["$defs"].(map[string]any)["currency"].(map[string]any)["enum"].([]any) {
		s.currencies = append(s.currencies, code.(string))
	}
	s.walk(grant, grant, nil, nil)
	slices.SortStableFunc(s.fields, func(a, b field) int { return strings.Compare(a.name(), b.name()) })
	return s, s.readCodelists()
}

// walk collects the fields of a part of the schema.
func (s *Standard) walk(root, at map[string]any, path []step, titles []string) {
	properties, _ := at["properties"].(map[string]any)
	for name, p := range properties {
		property := resolve(root, p.(map[string]any))
		title, _ := property["title"].(string)
		if title == "" {
			title = name
		}
		titles := append(slices.Clip(titles), title)
		if property["type"] == "array" {
			items := resolve(root, property["items"].(map[string]any))
			if _, objects := items["properties"]; objects {
				s.walk(root, items, append(slices.Clip(path), step{name, true}), titles)
				continue
			}
			list, _ := items["codelist"].(string)
			s.fields = append(s.fields, field{path: append(slices.Clip(path), step{name: name}), title: strings.Join(titles, ":"), sort: texts, codelist: list})
			continue
		}
		steps := append(slices.Clip(path), step{name: name})
		if _, object := property["properties"]; object {
			s.walk(root, property, steps, titles)
			continue
		}
		s.fields = append(s.fields, leaf(property, steps, titles))
	}
}

func leaf(property map[string]any, path []step, titles []string) field {
	f := field{path: path, title: strings.Join(titles, ":")}
	f.codelist, _ = property["codelist"].(string)
	_, dated := property["oneOf"]
	f.moment = property["format"] == "date-time"
	kinds, _ := property["type"].([]any)
	switch {
	case dated, f.moment:
		f.sort = date
	case property["type"] == "number", slices.Contains(kinds, any("number")):
		f.sort = number
	}
	return f
}

// resolve follows a reference within the schema.
func resolve(root, at map[string]any) map[string]any {
	if ref, _ := at["$ref"].(string); ref != "" {
		return root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	return at
}

// name is the field's place, as in "recipientOrganization/name".
func (f field) name() string {
	names := make([]string, len(f.path))
	for i, s := range f.path {
		names[i] = s.name
	}
	return strings.Join(names, "/")
}

// readCodelists reads those lists that the schema names and does not hold itself.
func (s *Standard) readCodelists() error {
	for _, f := range s.fields {
		if f.codelist == "" || s.codelists[f.codelist] != nil {
			continue
		}
		codes, err := published.Codes(standard, "standard/"+f.codelist)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the schema lists the codes of currency.csv and countryCode.csv itself
		}
		if err != nil {
			return err
		}
		s.codelists[f.codelist] = codes
	}
	return nil
}

// visit calls fn for every value that stands at the field's place: where, its holder and its name there.
func (f field) visit(row Row, fn func(where string, in Row, name string)) {
	var down func(at any, path []step, where string)
	down = func(at any, path []step, where string) {
		in, ok := at.(Row)
		if !ok {
			return
		}
		name := path[0].name
		value, there := in[name]
		switch {
		case !there:
		case len(path) == 1:
			fn(where+name, in, name)
		case !path[0].many:
			down(value, path[1:], where+name+"/")
		default:
			list, _ := value.([]any)
			for i, item := range list {
				down(item, path[1:], fmt.Sprintf("%s%s/%d/", where, name, i))
			}
		}
	}
	down(row, f.path, "")
}
