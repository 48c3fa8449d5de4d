package civic

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lang is a language as a BCP 47 primary subtag, such as "kk".
type Lang string

// The languages that every text of the product itself exists in, the state language first.
const (
	Kazakh  Lang = "kk"
	Russian Lang = "ru"
	English Lang = "en"
)

// Languages lists them in the order in which they are shown.
func Languages() []Lang { return []Lang{Kazakh, Russian, English} }

// OfficialLanguages are those in which a body's public texts must exist: whoever reads either has
// the same right to understand.
func OfficialLanguages() []Lang { return []Lang{Kazakh, Russian} }

// ParseLang accepts one of Languages.
func ParseLang(s string) (Lang, bool) {
	l := Lang(s)
	return l, slices.Contains(Languages(), l)
}

// Shortened is a text of at most so many characters, or its beginning with "…" behind it.
func Shortened(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// Text is one text in several languages. A missing or empty entry means "not translated".
type Text map[Lang]string

// Everywhere is a text for readers of every language, whatever language it is in; nil for "".
func Everywhere(s string) Text {
	if s == "" {
		return nil
	}
	t := Text{}
	for _, l := range Languages() {
		t[l] = s
	}
	return t
}

// In returns the text in the wanted language or, where that is missing, in the first of
// Languages that has it, else in whatever other it was written in ("" where nobody knows),
// together with the language it is really in, so that a page can mark it with a lang
// attribute. Both are empty when there is no text at all.
func (t Text) In(want Lang) (string, Lang) {
	if s := t[want]; s != "" {
		return s, want
	}
	for _, l := range Languages() {
		if s := t[l]; s != "" {
			return s, l
		}
	}
	for _, l := range slices.Sorted(maps.Keys(t)) {
		if s := t[l]; s != "" {
			return s, l
		}
	}
	return "", ""
}

// Lacks lists those of OfficialLanguages that have no text.
func (t Text) Lacks() (out []Lang) {
	for _, l := range OfficialLanguages() {
		if strings.TrimSpace(t[l]) == "" {
			out = append(out, l)
		}
	}
	return out
}

// String is the text in the first language that has it.
func (t Text) String() string { s, _ := t.In(""); return s }

// Empty reports whether no language has any text.
func (t Text) Empty() bool { s, _ := t.In(""); return s == "" }

// Trimmed returns a copy without surrounding white space and without empty entries.
func (t Text) Trimmed() Text {
	out := Text{}
	for l, s := range t {
		if s = strings.TrimSpace(s); s != "" {
			out[l] = s
		}
	}
	return out
}

// Value stores a text as JSON with sorted keys.
func (t Text) Value() (driver.Value, error) {
	if t == nil {
		return "{}", nil
	}
	b, err := json.Marshal(map[Lang]string(t))
	return string(b), err
}

// Scan reads what Value wrote.
func (t *Text) Scan(src any) error {
	var b []byte
	switch v := src.(type) {
	case nil:
		*t = nil
		return nil
	case string:
		b = []byte(v)
	case []byte:
		b = v
	default:
		return fmt.Errorf("civic.Text: cannot read %T", src)
	}
	*t = nil
	return json.Unmarshal(b, (*map[Lang]string)(t))
}
