// Package popolo reads files in the Popolo data specification (popoloproject.com): who belonged to which organisation, in which
// post and when. It says of every item what does not conform, and never stops at one.
package popolo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"unicode/utf8"
)

// The bounds of a file.
const (
	MostBytes    = 32 << 20
	MostItems    = 100_000 // of one collection
	MostProblems = 1_000   // that are told; all are counted
)

// ErrTooLarge and ErrNotPopolo are of a file as a whole.
var (
	ErrTooLarge  = errors.New("popolo: the file is too large")
	ErrNotPopolo = errors.New("popolo: no object with collections of Popolo")
)

// Code says what does not conform.
type Code string

// The codes.
const (
	NotObject  Code = "not_object"
	WrongType  Code = "wrong_type" // of a field that is a text or null
	IDMissing  Code = "id_missing"
	IDTwice    Code = "id_twice"
	BadDate    Code = "bad_date"
	EndBefore  Code = "end_before_start"
	Unknown    Code = "unknown_reference"
	Nobody     Code = "nobody" // a membership of neither a person nor an organisation
	NameMissed Code = "name_missing"
)

// Codes lists all codes. Tests check with it that every code has words.
func Codes() []Code {
	return []Code{NotObject, WrongType, IDMissing, IDTwice, BadDate, EndBefore, Unknown, Nobody, NameMissed}
}

// Problem is something that does not conform.
type Problem struct {
	Collection string `json:"collection"`
	Index      int    `json:"index"` // in the collection, from 0
	ID         string `json:"id,omitempty"`
	Field      string `json:"field,omitempty"`
	Code       Code   `json:"code"`
	Value      string `json:"value,omitempty"`
}

// Membership is a person in an organisation for a time.
type Membership struct {
	ID, Person, Organization, Post, Role, OnBehalfOf string
	Start, End                                       string
}

// File is what a file says.
type File struct {
	Persons       map[string]string // names by id
	Organizations map[string]string
	Memberships   []Membership
	Counts        Counts
	Problems      []Problem // at most MostProblems
	Wrong         int       // all problems
}

// Counts is how many there are of each.
type Counts struct {
	Persons       int `json:"persons"`
	Organizations int `json:"organizations"`
	Memberships   int `json:"memberships"`
	Posts         int `json:"posts"`
	Events        int `json:"events"`
}

var (
	day    = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}){0,2}$`)
	moment = regexp.MustCompile(`^[0-9]{4}((-[0-9]{2}){0,2}|(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){0,2}(Z|[+-][0-9]{2}(:[0-9]{2})?))$`)
)

// collections are those of the specification that are read, with their dates.
var collections = []struct {
	name  string
	dates []string
	when  *regexp.Regexp
}{
	{"persons", []string{"birth_date", "death_date"}, day}, {"organizations", []string{"founding_date", "dissolution_date"}, day}, {"posts", []string{"start_date", "end_date"}, day},
	{"memberships", []string{"start_date", "end_date"}, day}, {"events", []string{"start_date", "end_date"}, moment},
}

// references are the fields that name another item, with its collection.
var references = map[string]string{"person_id": "persons", "organization_id": "organizations", "post_id": "posts", "on_behalf_of_id": "organizations", "parent_id": ""}

type reader struct {
	File
	items map[string][]map[string]any
	ids   map[string]map[string]bool
}

// Read reads a file. Errors: ErrTooLarge, ErrNotPopolo, and what reading gives.
func Read(r io.Reader) (File, error) {
	text, err := io.ReadAll(io.LimitReader(r, MostBytes+1))
	switch {
	case err != nil:
		return File{}, err
	case len(text) > MostBytes:
		return File{}, ErrTooLarge
	case !utf8.Valid(text):
		return File{}, ErrNotPopolo
	}
	var whole map[string]json.RawMessage
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if json.Unmarshal(text, &whole) != nil {
		return File{}, ErrNotPopolo
	}
	if _, one := whole["id"]; one { // an organisation alone, as a city gives its councils
		whole = map[string]json.RawMessage{"organizations": slices.Concat(json.RawMessage("["), text, json.RawMessage("]"))}
	}
	f := &reader{File: File{Persons: map[string]string{}, Organizations: map[string]string{}}, items: map[string][]map[string]any{}, ids: map[string]map[string]bool{}}
	found := false
	for _, of := range collections {
		raw, there := whole[of.name]
		if !there {
			continue
		}
		found = true
		if err := f.collect(of.name, raw); err != nil {
			return File{}, err
		}
	}
	if !found {
		return File{}, ErrNotPopolo
	}
	for _, of := range collections {
		for i, item := range f.items[of.name] {
			f.check(of.name, i, item, of.dates, of.when)
		}
	}
	f.Counts = Counts{len(f.items["persons"]), len(f.items["organizations"]), len(f.items["memberships"]), len(f.items["posts"]), len(f.items["events"])}
	return f.File, nil
}

// collect keeps the items of a collection, and the memberships that persons and organisations hold within them.
func (f *reader) collect(name string, raw json.RawMessage) error {
	var all []any
	if json.Unmarshal(raw, &all) != nil {
		return ErrNotPopolo
	}
	if len(all) > MostItems {
		return ErrTooLarge
	}
	if f.ids[name] == nil {
		f.ids[name] = map[string]bool{}
	}
	for i, one := range all {
		item, ok := one.(map[string]any)
		if !ok {
			f.wrong(Problem{Collection: name, Index: i, Code: NotObject})
			item = nil
		}
		f.items[name] = append(f.items[name], item)
		id := text(item, "id")
		switch {
		case item == nil:
		case id == "" && name != "memberships":
			f.wrong(Problem{Collection: name, Index: i, Code: IDMissing})
		case id != "" && f.ids[name][id]:
			f.wrong(Problem{Collection: name, Index: i, ID: id, Code: IDTwice})
		}
		f.ids[name][id] = true
		if err := f.within(name, id, item); err != nil {
			return err
		}
	}
	return nil
}

// posts takes the posts out of the organisation that holds them.
func (f *reader) posts(organization string, item map[string]any) error {
	held, _ := item["posts"].([]any)
	for _, one := range held {
		post, is := one.(map[string]any)
		id, index := text(post, "id"), len(f.items["posts"])
		switch {
		case !is:
			f.wrong(Problem{Collection: "posts", Index: index, Code: NotObject})
		case id == "":
			f.wrong(Problem{Collection: "posts", Index: index, Code: IDMissing})
		case f.ids["posts"][id]:
			f.wrong(Problem{Collection: "posts", Index: index, ID: id, Code: IDTwice})
		}
		if _, said := post["organization_id"]; is && !said {
			post["organization_id"] = organization
		}
		if f.ids["posts"] == nil {
			f.ids["posts"] = map[string]bool{}
		}
		f.ids["posts"][id] = true
		if f.items["posts"] = append(f.items["posts"], post); len(f.items["posts"]) > MostItems {
			return ErrTooLarge
		}
		if err := f.within("posts", id, post); err != nil {
			return err
		}
	}
	return nil
}

// within takes the memberships out of the person, organisation or post that holds them, and the posts out of an organisation.
func (f *reader) within(name, id string, item map[string]any) error {
	if name == "organizations" {
		if err := f.posts(id, item); err != nil {
			return err
		}
	}
	field := map[string]string{"persons": "person_id", "organizations": "organization_id", "posts": "post_id"}[name]
	held, ok := item["memberships"].([]any)
	if field == "" || !ok {
		return nil
	}
	for _, one := range held {
		if m, is := one.(map[string]any); is {
			if _, said := m[field]; !said {
				m[field] = id
			}
			f.person(m)
			f.items["memberships"] = append(f.items["memberships"], m)
		}
	}
	if len(f.items["memberships"]) > MostItems {
		return ErrTooLarge
	}
	return nil
}

// person takes the person out of the membership that holds them.
func (f *reader) person(m map[string]any) {
	p, is := m["person"].(map[string]any)
	id := text(p, "id")
	if !is || id == "" || len(f.items["persons"]) >= MostItems {
		return
	}
	if _, said := m["person_id"]; !said {
		m["person_id"] = id
	}
	if f.ids["persons"] == nil {
		f.ids["persons"] = map[string]bool{}
	}
	if !f.ids["persons"][id] {
		f.ids["persons"][id] = true
		f.items["persons"] = append(f.items["persons"], p)
	}
}

func (f *reader) wrong(p Problem) {
	if f.Wrong++; len(f.Problems) < MostProblems {
		if len(p.Value) > 200 {
			p.Value = p.Value[:200]
		}
		f.Problems = append(f.Problems, p)
	}
}

// text is a field that is a text, "" when it is none.
func text(item map[string]any, field string) string {
	s, _ := item[field].(string)
	return s
}

// check finds what of an item does not conform, and keeps what it says.
func (f *reader) check(name string, i int, item map[string]any, dates []string, when *regexp.Regexp) {
	if item == nil {
		return
	}
	id := text(item, "id")
	wrong := func(field string, code Code, value any) {
		f.wrong(Problem{name, i, id, field, code, fmt.Sprint(value)})
	}
	fields := []string{"id", "name", "label", "role", "classification", "gender", "sort_name"}
	for field := range references {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for _, field := range append(fields, dates...) {
		v, there := item[field]
		if _, is := v.(string); there && v != nil && !is {
			wrong(field, WrongType, v)
		}
	}
	for _, field := range dates {
		if d := text(item, field); d != "" && !when.MatchString(d) {
			wrong(field, BadDate, d)
		}
	}
	if from, to := text(item, dates[0]), text(item, dates[1]); from != "" && to != "" && when.MatchString(from) && when.MatchString(to) && to < from[:min(len(from), len(to))] {
		wrong(dates[1], EndBefore, to)
	}
	for _, field := range fields {
		of, refers := references[field]
		if of == "" {
			of = name
		}
		if to := text(item, field); refers && to != "" && !f.ids[of][to] {
			wrong(field, Unknown, to)
		}
	}
	switch name {
	case "persons":
		f.Persons[id] = text(item, "name")
	case "organizations":
		f.Organizations[id] = text(item, "name")
	case "memberships":
		f.Memberships = append(f.Memberships, Membership{id, text(item, "person_id"), text(item, "organization_id"), text(item, "post_id"), text(item, "role"), text(item, "on_behalf_of_id"), text(item, "start_date"), text(item, "end_date")})
		if text(item, "person_id") == "" && item["person"] == nil && item["member"] == nil {
			wrong("person_id", Nobody, "")
		}
	}
	if (name == "persons" || name == "organizations") && text(item, "name") == "" {
		wrong("name", NameMissed, "")
	}
}
