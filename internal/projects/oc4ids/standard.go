package oc4ids

import (
	"embed"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/platform/published"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed standard/*.json standard/*.csv
var standard embed.FS

// Standard is the standard as its schemas and codelists say it. It does not change, and may be used by many at once.
type Standard struct {
	project    *jsonschema.Schema
	head       *jsonschema.Schema // of the package, without its projects
	schema     Object             // of a project, as it is written
	codelists  map[string]map[string]bool
	currencies map[string]bool
}

// New reads the standard that the program carries.
func New() (*Standard, error) {
	s := &Standard{codelists: map[string]map[string]bool{}, currencies: map[string]bool{}}
	project, err := published.Schema(standard, "standard/project-schema.json")
	if err != nil {
		return nil, err
	}
	head, err := published.Schema(standard, "standard/project-package-schema.json")
	if err != nil {
		return nil, err
	}
	delete(head["properties"].(Object), "projects") // each is checked by itself
	head["required"] = slices.DeleteFunc(head["required"].([]any), func(name any) bool { return name == "projects" })
	c := jsonschema.NewCompiler()
	c.AssertFormat() // without it every text is a date
	for _, doc := range []Object{project, head} {
		if err := c.AddResource(doc["id"].(string), doc); err != nil {
			return nil, err
		}
	}
	if s.project, err = c.Compile(project["id"].(string)); err != nil {
		return nil, err
	}
	if s.head, err = c.Compile(head["id"].(string)); err != nil {
		return nil, err
	}
	s.schema = project
	value := project["definitions"].(Object)["Value"].(Object)["properties"].(Object)
	for _, code := range value["currency"].(Object)["enum"].([]any) {
		s.currencies[code.(string)] = true
	}
	return s, s.readCodelists()
}

func (s *Standard) readCodelists() error {
	files, err := standard.ReadDir("standard")
	if err != nil {
		return err
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".csv") {
			continue
		}
		codes, err := published.Codes(standard, "standard/"+file.Name())
		if err != nil {
			return err
		}
		s.codelists[file.Name()] = codes
	}
	return nil
}

// place is a place in a project that the schema knows.
type place struct {
	pointer string
	kind    string // the schema's name of what stands there, as in "Milestone"; of a list, of what is in it
	schema  Object
	value   any
}

// visit goes through a project by the schema, in the order of names: every place once, a list before what is in it.
func (s *Standard) visit(at place, fn func(place)) {
	at.schema, at.kind = s.resolve(at.schema)
	items, isList := at.schema["items"].(Object)
	list, listed := at.value.([]any)
	if isList && listed {
		_, at.kind = s.resolve(items)
	}
	fn(at)
	if isList {
		for i, one := range list {
			s.visit(place{pointer: at.pointer + "/" + strconv.Itoa(i), schema: items, value: one}, fn)
		}
		return
	}
	properties, _ := at.schema["properties"].(Object)
	object, _ := at.value.(Object)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if property, known := properties[name].(Object); known {
			s.visit(place{pointer: pointer(at.pointer, name), schema: property, value: object[name]}, fn)
		}
	}
}

// resolve follows a reference within the schema.
func (s *Standard) resolve(at Object) (schema Object, kind string) {
	ref, _ := at["$ref"].(string)
	if ref == "" {
		return at, ""
	}
	kind = strings.TrimPrefix(ref, "#/definitions/")
	return s.schema["definitions"].(Object)[kind].(Object), kind
}

// pointer is the JSON pointer (RFC 6901) of what is named in what stands at a place.
func pointer(at string, names ...string) string {
	for _, name := range names {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	return at
}
