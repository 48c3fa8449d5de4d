package record

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
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

// rows are a member that is a list of objects.
type rows struct {
	Label string
	Items [][]cell
}

// cell is a value of such an object: a thing, or words.
type cell struct {
	Label string
	Thing ui.Link // Path or Text "": none
	Words string
}

// payloadOf is an entry's payload by its members; empty where it cannot be read.
func payloadOf(e Recorded) map[string]any {
	payload := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(string(e.Payload)))
	dec.UseNumber()
	_ = dec.Decode(&payload)
	return payload
}

// objects are the objects of a member that is a list of them.
func objects(value any) (out []map[string]any) {
	list, _ := value.([]any)
	for _, x := range list {
		if o, ok := x.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// held are the things that a value holds, as its member is declared.
func held(act part.Act, member string, value any) (out []civic.Ref) {
	kind, declared := act.Things[member]
	if !declared {
		return nil
	}
	switch v := value.(type) {
	case string:
		ref := civic.Ref{Kind: kind, ID: civic.ID(v)}
		if kind == "" {
			ref, _ = civic.ParseRef(v)
		}
		if ref.ID != "" {
			out = append(out, ref)
		}
	case map[string]any: // an object with both
		kind, _ := v["kind"].(string)
		if id, _ := v["id"].(string); id != "" {
			out = append(out, civic.Ref{Kind: kind, ID: civic.ID(id)})
		}
	case []any:
		for _, x := range v {
			out = append(out, held(act, member, x)...)
		}
	}
	return out
}

// ruleOf is the version of the rule by which an entry removed something; zero for other entries.
func (l *Log) ruleOf(e Recorded) civic.Ref {
	act, _ := l.declared.Act(e.Kind)
	for _, ref := range held(act, "rule", payloadOf(e)["rule"]) {
		return ref
	}
	return civic.Ref{}
}

// things are all that an entry's payload holds.
func (l *Log) things(e Recorded) (out []civic.Ref) {
	act, _ := l.declared.Act(e.Kind)
	payload := payloadOf(e)
	for member, value := range payload {
		out = append(out, held(act, member, value)...)
	}
	for member, of := range act.Rows {
		for _, o := range objects(payload[member]) {
			for _, name := range of {
				out = append(out, held(act, name, o[name])...)
			}
		}
	}
	return out
}

// nameThings puts names in place of the ids among the facts, and the lists of objects as rows.
func (l *Log) nameThings(r *http.Request, p *entryPage, e Recorded, titles map[civic.Ref]part.Resolved) {
	act, _ := l.declared.Act(e.Kind)
	payload := payloadOf(e)
	link := func(ref civic.Ref) ui.Link { return p.LinkTo(titles[ref].Path, title(p.Page, titles[ref], ref)) }
	for i, f := range p.Facts {
		for _, ref := range held(act, f.Name, payload[f.Name]) {
			p.Facts[i].Technical = true // its id; people read the name
			p.Named = append(p.Named, named{f.Label, link(ref)})
		}
		list := rows{Label: f.Label}
		for _, o := range objects(payload[f.Name]) {
			var row []cell
			for _, name := range act.Rows[f.Name] {
				c := cell{Label: web.L(r).T(part.FactKey(e.Kind, name))}
				if refs := held(act, name, o[name]); len(refs) > 0 {
					c.Thing = link(refs[0])
				} else if c.Words = wordsOf(r, act, name, o[name]); c.Words == "" {
					continue
				}
				row = append(row, c)
			}
			if len(row) > 0 {
				list.Items = append(list.Items, row)
			}
		}
		if len(list.Items) > 0 {
			p.Lists = append(p.Lists, list)
		}
	}
}

// wordsOf writes a value for people; "" where nothing was said.
func wordsOf(r *http.Request, act part.Act, member string, value any) string {
	if _, thing := act.Things[member]; thing {
		return "" // no thing
	}
	switch v := value.(type) {
	case string:
		if v == "" {
			return ""
		}
		if key := act.Codes[member] + v; act.Codes[member] != "" && web.L(r).Has(key) {
			return web.L(r).T(key)
		}
		return plain(r, act.Name, member, v)
	case json.Number:
		return v.String()
	}
	return ""
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
			f.Value, f.Technical = civic.Text{here: plain(r, e.Kind, f.Name, s)}, proof.IsDigest(s) || bareDigest.MatchString(s)
		case value != nil:
			f.Value, f.Technical = readable(r, e.Kind, f.Name, value)
		}
		out = append(out, f)
	}
	return out
}

// bareDigest is a SHA-256 as programs write it, such as that of a file's bytes.
var bareDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

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
