// Package i18n turns message keys into words. Messages live in TOML files in go-i18n's
// format (one per language, beside the code that uses them), so translators' tools read
// them:
//
//	title = "Пікір айту"
//	[people]
//	one = "{{.Count}} человек"
//	few = "{{.Count}} человека"
//	many = "{{.Count}} человек"
//	other = "{{.Count}} человека"
//
// A message that has plural forms chooses by the value named Count, with the CLDR rules of
// golang.org/x/text. Load refuses files that do not agree: every key in every language, with
// the same placeholders, and with every plural form that the language has.
package i18n

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/birge-kz/birge/internal/civic"
)

// Source is the message files of one package: kk.toml, ru.toml, en.toml at the root of
// Files. Its keys are known as Name + "." + key.
type Source struct {
	Name  string
	Files fs.FS
}

// Catalog holds every message in every language. It does not change once loaded.
type Catalog struct {
	localizers map[civic.Lang]*Localizer
}

type message struct {
	forms  [plural.Many + 1][]part // by plural.Form, its greatest
	plural bool
}

// part is a piece of literal text, or a placeholder when name is set.
type part struct{ text, name string }

var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// The plural forms of whole numbers and decimals in each language (CLDR 45).
var formsOf = map[civic.Lang][]plural.Form{
	civic.Kazakh:  {plural.One, plural.Other},
	civic.Russian: {plural.One, plural.Few, plural.Many, plural.Other},
	civic.English: {plural.One, plural.Other},
}

// Load reads the files of all sources.
func Load(zone *time.Location, sources ...Source) (*Catalog, error) {
	c := &Catalog{localizers: map[civic.Lang]*Localizer{}}
	for _, lang := range civic.Languages() {
		c.localizers[lang] = &Localizer{lang: lang, tag: language.Make(string(lang)), zone: zone, messages: map[string]message{}}
	}
	var problems []string
	for _, src := range sources {
		for lang, l := range c.localizers {
			if err := l.read(src); err != nil {
				problems = append(problems, fmt.Sprintf("%s/%s.toml: %v", src.Name, lang, err))
			}
		}
	}
	problems = append(problems, c.disagreements()...)
	if len(problems) > 0 {
		slices.Sort(problems)
		return nil, fmt.Errorf("message files:\n%s", strings.Join(problems, "\n"))
	}
	return c, nil
}

// For returns the texts in a language; an unknown one gets the first of civic.Languages.
func (c *Catalog) For(lang civic.Lang) *Localizer {
	if l := c.localizers[lang]; l != nil {
		return l
	}
	return c.localizers[civic.Languages()[0]]
}

// Everywhere is a message in every language, for who keeps it for readers of all.
func (c *Catalog) Everywhere(key string, args ...any) civic.Text {
	out := civic.Text{}
	for lang, l := range c.localizers {
		out[lang] = l.T(key, args...)
	}
	return out
}

// Keys lists every key, sorted.
func (c *Catalog) Keys() []string {
	return slices.Sorted(maps.Keys(c.For(civic.Kazakh).messages))
}

func (l *Localizer) read(src Source) error {
	text, err := fs.ReadFile(src.Files, string(l.lang)+".toml")
	if err != nil {
		return err
	}
	var raw map[string]any
	if err := toml.Unmarshal(text, &raw); err != nil {
		return err
	}
	for key, v := range raw {
		var m message
		given := 0
		add := func(form plural.Form, text string) error {
			given++
			if strings.Contains(text, " %") || strings.Contains(text, " ₸") { // a city reads thousands of texts at its start
				text = signs.ReplaceAllString(text, "$1"+noBreak+"$2")
			}
			if m.forms[form] = parse(text); len(m.forms[form]) == 0 {
				return fmt.Errorf("%s is empty", key)
			}
			return nil
		}
		switch v := v.(type) {
		case string:
			if err := add(plural.Other, v); err != nil {
				return err
			}
		case map[string]any:
			for name, s := range v {
				form, known := formNames[name]
				text, isText := s.(string)
				if name == "description" && isText {
					continue
				}
				if !known || !isText {
					return fmt.Errorf("%s.%s is not a plural form with a text", key, name)
				}
				if err := add(form, text); err != nil {
					return err
				}
			}
			m.plural = given > 1
		default:
			return fmt.Errorf("%s is not a text", key)
		}
		l.messages[src.Name+"."+key] = m
	}
	return nil
}

// signs stand behind a number in a text: no line parts them from it.
var signs = regexp.MustCompile(`([0-9}]) ([%₸])`)

// namesOne are the placeholders of numbers that tell one thing from others rather than how many there are.
var namesOne = map[string]bool{"Line": true, "No": true, "Year": true}

var placeholder = regexp.MustCompile(`\{\{\s*\.([A-Za-z]+)\s*\}\}`)

func parse(s string) []part {
	var parts []part
	for s != "" {
		at := placeholder.FindStringSubmatchIndex(s)
		if at == nil {
			return append(parts, part{text: s})
		}
		if at[0] > 0 {
			parts = append(parts, part{text: s[:at[0]]})
		}
		parts = append(parts, part{name: s[at[2]:at[3]]})
		s = s[at[1]:]
	}
	return parts
}

// disagreements compares every language with the first.
func (c *Catalog) disagreements() []string {
	var out []string
	keys := map[string]bool{}
	for _, l := range c.localizers {
		for key := range l.messages {
			keys[key] = true
		}
	}
	for key := range keys {
		var want string
		var wantPlural bool
		for i, lang := range civic.Languages() {
			m, ok := c.localizers[lang].messages[key]
			if !ok {
				out = append(out, fmt.Sprintf("%s is missing in %s", key, lang))
				continue
			}
			if m.plural {
				for _, form := range formsOf[lang] {
					if m.forms[form] == nil {
						out = append(out, fmt.Sprintf("%s in %s lacks a plural form, one of %d", key, lang, len(formsOf[lang])))
						break
					}
				}
			}
			names := m.placeholders()
			if i == 0 {
				want, wantPlural = names, m.plural
			} else if names != want {
				out = append(out, fmt.Sprintf("%s in %s has the placeholders %q, not %q", key, lang, names, want))
			} else if m.plural != wantPlural {
				out = append(out, fmt.Sprintf("%s has plural forms in one language only", key))
			}
		}
	}
	return out
}

// placeholders names those of the form "other", plus Count when there are plural forms
// (a form like "one" may well leave the number out).
func (m message) placeholders() string {
	var names []string
	for _, p := range m.forms[plural.Other] {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	if m.plural {
		names = append(names, "Count")
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}

// Localizer speaks one language. It is safe for concurrent use.
type Localizer struct {
	lang     civic.Lang
	tag      language.Tag
	zone     *time.Location
	messages map[string]message
}

// Lang is the language it speaks.
func (l *Localizer) Lang() civic.Lang { return l.lang }

// Zone is the city's time zone, in which it writes dates.
func (l *Localizer) Zone() *time.Location { return l.zone }

// Has reports whether there is a message with the key.
func (l *Localizer) Has(key string) bool { _, ok := l.messages[key]; return ok }

// T is the message with the key, its placeholders filled from name, value pairs. Whole
// numbers are grouped, times become dates, texts speak the reader's language. The result is
// plain text: whoever puts it into HTML escapes it. An unknown key shows as ⟦key⟧, and a
// test finds it.
func (l *Localizer) T(key string, args ...any) string {
	m, ok := l.messages[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	parts := m.forms[plural.Other]
	if m.plural {
		if chosen := m.forms[l.form(args)]; chosen != nil {
			parts = chosen
		}
	}
	if len(parts) == 1 && parts[0].name == "" {
		return parts[0].text
	}
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		v := argument(args, p.name)
		switch v.(type) {
		case int, int64:
			if namesOne[p.name] {
				v = fmt.Sprint(v) // "line 3124": a name has no thousands
			}
		}
		b.WriteString(l.value(v))
	}
	return b.String()
}

// Say is the words of a message.
func (l *Localizer) Say(m civic.Message) string { return l.T(m.Key, m.Args...) }

// Text is a text of the city's in the reader's language, or in another that it has.
func (l *Localizer) Text(t civic.Text) string { s, _ := t.In(l.lang); return s }

func argument(args []any, name string) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return "⟦" + name + "⟧"
}

func (l *Localizer) form(args []any) plural.Form {
	var n int64
	switch v := argument(args, "Count").(type) {
	case int:
		n = int64(v)
	case int64:
		n = v
	default:
		return plural.Other
	}
	if n < 0 {
		n = -n
	}
	return plural.Cardinal.MatchPlural(l.tag, int(n%1_000_000), 0, 0, 0, 0)
}

func (l *Localizer) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return l.Number(int64(v))
	case int64:
		return l.Number(v)
	case civic.OutOf:
		return l.outOf(int64(v))
	case time.Time:
		return l.Date(v)
	case civic.Moment:
		return l.DateTime(time.Time(v))
	case civic.Text:
		return l.Text(v)
	case civic.Message:
		return l.Say(v)
	default:
		return fmt.Sprint(v)
	}
}
