package archive

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Change is what taking an item would do.
type Change string

// The changes.
const (
	Same     Change = "same"     // here as there
	Added    Change = "added"    // not here yet
	Changed  Change = "changed"  // unchanged here since it was taken over: it becomes what it is there
	Merged   Change = "merged"   // changed on both sides in different places: it becomes both
	Removed  Change = "removed"  // gone there, and unchanged here since it was taken over
	Kept     Change = "kept"     // changed here, and there as it was when it was taken over: it stays
	Conflict Change = "conflict" // changed on both sides in one place, or on both sides without a common beginning
)

// Difference is an item on both sides.
type Difference struct {
	Item   // as it is there; as it is here when it is gone there
	Change Change
	Here   map[string]string // nil: it is not here
	Result map[string]string // what taking it makes; nil: it is removed
	Fields []Field           // what differs between here and the result
}

// Field is one value of an item that differs.
type Field struct {
	Name     string // "title.ru" of a JSON file, or the name of another file
	Was, Now string
}

// Asks reports whether somebody has to choose.
func (d Difference) Asks() bool { return d.Change == Conflict }

// Changes reports whether taking it changes anything without a choice.
func (d Difference) Changes() bool {
	return d.Change == Added || d.Change == Changed || d.Change == Merged || d.Change == Removed
}

// Compare holds what a city has against a blueprint, with what the city took over of that blueprint before. Items stand in the order of
// their names.
func Compare(base, here, there []Item) (out []Difference) {
	was, own := byID(base), byID(here)
	theirs := byID(there)
	ids := slices.Sorted(maps.Keys(theirs))
	for id := range was {
		if _, still := theirs[id]; !still {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		before, based := was[id]
		mine, have := own[id]
		new, offered := theirs[id]
		d := Difference{Item: new, Result: new.Files}
		if !offered {
			d.Item = mine
			if !have {
				d.Item = before
			}
		}
		if have {
			d.Here = mine.Files
		}
		d.decide(before.Files, based, have, offered)
		if d.Change != Same && d.Change != Kept {
			d.Fields = fieldsOf(d.Here, d.Result)
		}
		out = append(out, d)
	}
	return out
}

// decide is the three-way comparison of one item.
func (d *Difference) decide(base map[string]string, based, have, offered bool) {
	switch {
	case have == offered && maps.Equal(d.Here, d.Result):
		d.Change = Same
	case based && offered && maps.Equal(base, d.Result):
		d.Change = Kept // also when it was removed here
	case !have && !based:
		d.Change = Added
	case based && have && maps.Equal(base, d.Here):
		if d.Change = Changed; !offered {
			d.Change, d.Result = Removed, nil
		}
	case !offered && !have:
		d.Change = Same
	case !based || !have || !offered:
		d.Change = Conflict
	default:
		d.Change = Conflict
		if merged, ok := merge(base, d.Here, d.Result); ok {
			if d.Change, d.Result = Merged, merged; maps.Equal(merged, d.Here) {
				d.Change = Kept
			}
		}
	}
}

func byID(items []Item) map[string]Item {
	out := map[string]Item{}
	for _, i := range items {
		out[i.ID()] = i
	}
	return out
}

// merge puts two changes of the same files together; false when both changed the same value.
func merge(base, here, there map[string]string) (map[string]string, bool) {
	out := map[string]string{}
	names := map[string]bool{}
	for _, m := range []map[string]string{base, here, there} {
		for name := range m {
			names[name] = true
		}
	}
	for name := range names {
		b, inB := base[name]
		h, inH := here[name]
		t, inT := there[name]
		switch {
		case inH == inT && h == t, inT == inB && t == b:
			if inH {
				out[name] = h
			}
		case inH == inB && h == b:
			if inT {
				out[name] = t
			}
		case inB && inH && inT && strings.HasSuffix(name, ".json"):
			merged, ok := mergeJSON(b, h, t)
			if !ok {
				return nil, false
			}
			out[name] = merged
		default:
			return nil, false
		}
	}
	return out, true
}

func mergeJSON(base, here, there string) (string, bool) {
	var values [3]any
	for i, text := range []string{base, here, there} {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if dec.Decode(&values[i]) != nil {
			return "", false
		}
	}
	merged, present, ok := mergeValue(value{values[0], true}, value{values[1], true}, value{values[2], true})
	if !ok || !present {
		return "", false
	}
	text, err := JSON(merged)
	return text, err == nil
}

// value is a member of an object, which may not be there.
type value struct {
	v     any
	there bool
}

func (a value) equal(b value) bool {
	if a.there != b.there {
		return false
	}
	x, _ := json.Marshal(a.v)
	y, _ := json.Marshal(b.v)
	return bytes.Equal(x, y)
}

// mergeValue merges objects member by member; lists and single values are one.
func mergeValue(base, here, there value) (v any, present, ok bool) {
	switch {
	case here.equal(there), there.equal(base):
		return here.v, here.there, true
	case here.equal(base):
		return there.v, there.there, true
	}
	h, isH := here.v.(map[string]any)
	t, isT := there.v.(map[string]any)
	if !isH || !isT {
		return nil, false, false
	}
	b, _ := base.v.(map[string]any) // both may have added it
	out := map[string]any{}
	names := map[string]bool{}
	for _, m := range []map[string]any{b, h, t} {
		for name := range m {
			names[name] = true
		}
	}
	of := func(m map[string]any, name string) value { v, there := m[name]; return value{v, there} }
	for name := range names {
		v, present, ok := mergeValue(of(b, name), of(h, name), of(t, name))
		if !ok {
			return nil, false, false
		}
		if present {
			out[name] = v
		}
	}
	return out, true, true
}

// JSON writes a value as the archive keeps it: indented, its members in the order of their names, for people to read.
func JSON(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var any any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&any); err != nil {
		return "", err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(any)
	return b.String(), err
}

// fieldsOf lists what differs between two states of an item, value by value in JSON files, in the order of their names.
func fieldsOf(was, now map[string]string) (out []Field) {
	a, b := flat(was), flat(now)
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a[name] != b[name] {
			out = append(out, Field{name, a[name], b[name]})
		}
	}
	return out
}

func flat(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		var v any
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if !strings.HasSuffix(name, ".json") || dec.Decode(&v) != nil {
			out[name] = text
			continue
		}
		flatten("", v, out)
	}
	return out
}

func flatten(at string, v any, out map[string]string) {
	m, isObject := v.(map[string]any)
	if !isObject {
		if s, isText := v.(string); isText {
			out[at] = s
			return
		}
		raw, _ := json.Marshal(v) // was read from JSON
		out[at] = string(raw)
		return
	}
	for name, member := range m {
		flatten(strings.TrimPrefix(at+"."+name, "."), member, out)
	}
}
