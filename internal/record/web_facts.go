package record

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record/proof"
)

// What an entry's page says of its payload: names and words in front, the rest folded.

// fact is a member of a payload as it is shown.
type fact struct {
	Name, Label string
	Value       civic.Text // "" is a language too: of what was written in one that is not known
	Technical   bool       // an id, a digest or a list, which only who checks the record needs
	Personal    bool       // behind a commitment
	Opened      bool
	Other       bool // the page shows something else than was recorded
}

// named is a thing that a member of a payload holds.
type named struct {
	Label string
	Thing ui.Link
}

// things are those that members of an entry's payload hold, by the member.
func (l *Log) things(e Recorded) map[string]civic.Ref {
	act, _ := l.declared.Act(e.Kind)
	payload := map[string]json.RawMessage{}
	_ = json.Unmarshal(e.Payload, &payload) // one that cannot be read holds nothing
	out := map[string]civic.Ref{}
	for member, kind := range act.Things {
		var ref civic.Ref
		var id string
		switch err := json.Unmarshal(payload[member], &id); {
		case err != nil && kind == "":
			_ = json.Unmarshal(payload[member], &ref) // an object with both
		case kind == "":
			ref, _ = civic.ParseRef(id)
		default:
			ref = civic.Ref{Kind: kind, ID: civic.ID(id)}
		}
		if ref.ID != "" {
			out[member] = ref
		}
	}
	return out
}

// facts are the members of the payload in their order.
func facts(r *http.Request, e Recorded, opened map[string]proof.Opening, others []string) (out []fact) {
	here := web.L(r).Lang()
	dec := json.NewDecoder(strings.NewReader(string(e.Payload)))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return nil
	}
	for dec.More() {
		name, err := dec.Token()
		var value any
		if err != nil || dec.Decode(&value) != nil {
			return out
		}
		f := fact{Name: fmt.Sprint(name), Label: fmt.Sprint(name)}
		f.Other = slices.Contains(others, f.Name)
		if key := part.FactKey(e.Kind, f.Name); web.L(r).Has(key) {
			f.Label = web.L(r).T(key)
		}
		s, isString := value.(string)
		if isString && s == "" && !f.Other {
			continue // nothing was said
		}
		switch {
		case isString && proof.IsCommitment(s):
			var o proof.Opening
			o, f.Opened = opened[f.Name]
			f.Personal, f.Value = true, civic.Text{spokenIn(e, f.Name): o.Text}
		case isString:
			f.Value, f.Technical = civic.Text{here: plain(r, e.Kind, f.Name, s)}, proof.IsDigest(s)
		case value != nil:
			f.Value, f.Technical = readable(r, e.Kind, f.Name, value)
		}
		out = append(out, f)
	}
	return out
}

// spokenIn is the language of a text behind a commitment, as far as the entry says it: by the end of
// the member's name ("words_kk"), or by a member of its own.
func spokenIn(e Recorded, member string) civic.Lang {
	if lang, ok := civic.ParseLang(member[strings.LastIndexByte(member, '_')+1:]); ok {
		return lang
	}
	lang, _ := civic.ParseLang(e.Member("lang"))
	return lang
}

// plain writes a string of a payload for people: codes as words, instants as times of the city.
func plain(r *http.Request, kind, name, s string) string {
	if key := part.Owner(kind) + ".value_" + name + "_" + s; web.L(r).Has(key) {
		return web.L(r).T(key)
	}
	if lang, ok := civic.ParseLang(s); ok && name == "lang" {
		return ui.LangName(lang)
	}
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return web.L(r).DateTime(at)
	}
	return say(r, s)
}

// readable writes a value of a payload for people: a text in its languages, yes and no, a list of
// codes as words. What is left, such as the totals of each statement, only programs read.
func readable(r *http.Request, kind, name string, value any) (words civic.Text, technical bool) {
	here := web.L(r).Lang()
	switch v := value.(type) {
	case map[string]any:
		if text := textOf(v); len(text) > 0 && !proof.IsDigest(text.String()) {
			return text, false
		}
	case bool:
		return civic.Text{here: web.L(r).T("record.said_" + strconv.FormatBool(v))}, false
	case json.Number:
		return civic.Text{here: v.String()}, false
	case []any:
		var codes []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				codes = append(codes, plain(r, kind, name, s))
			}
		}
		if len(codes) == len(v) {
			return civic.Text{here: strings.Join(codes, ", ")}, false
		}
	}
	b, _ := proof.Canonical(value) // what was read as JSON can be written as such
	return civic.Text{here: string(b)}, true
}

// textOf is a text in several languages; nil for any other object.
func textOf(m map[string]any) civic.Text {
	text := civic.Text{}
	for k, v := range m {
		lang, isLang := civic.ParseLang(k)
		s, isText := v.(string)
		if !isLang || !isText {
			return nil
		}
		text[lang] = s
	}
	return text
}
