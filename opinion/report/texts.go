package report

import (
	"embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Languages the report is written in.
var Languages = []string{"kk", "ru", "en"}

// Texts are the messages of one language.
type Texts struct {
	lang    string
	message map[string]string
	plural  map[string]map[string]string
	problem map[string]string
	months  []string
}

// LoadTexts reads the messages of kk, ru or en.
func LoadTexts(lang string) (*Texts, error) {
	b, err := textFiles.ReadFile("texts/" + lang + ".toml")
	if err != nil {
		return nil, fmt.Errorf("report: no texts in language %q", lang)
	}
	var raw map[string]any
	if err := toml.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("report: texts/%s.toml: %w", lang, err)
	}
	t := &Texts{lang: lang, message: map[string]string{}, plural: map[string]map[string]string{}, problem: map[string]string{}}
	for key, v := range raw {
		switch v := v.(type) {
		case string:
			t.message[key] = v
		case []any:
			for _, m := range v {
				t.months = append(t.months, fmt.Sprint(m))
			}
		case map[string]any:
			forms := map[string]string{}
			for form, text := range v {
				forms[form] = fmt.Sprint(text)
			}
			if key == "problem" {
				t.problem = forms
			} else {
				t.plural[key] = forms
			}
		}
	}
	return t, nil
}

// Say gives a message with its {placeholders} replaced; args are pairs of
// name and value.
func (t *Texts) Say(key string, args ...string) string {
	text, ok := t.message[key]
	if !ok {
		return key
	}
	pairs := make([]string, len(args))
	for i, a := range args {
		if i%2 == 0 {
			a = "{" + a + "}"
		}
		pairs[i] = a
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Problem is a flaw of an export in words; see polis.Problem.
func (t *Texts) Problem(code string) string {
	if text, ok := t.problem[code]; ok {
		return text
	}
	return code
}

// Count says how many of a noun: people, votes, statements, accounts.
func (t *Texts) Count(noun string, n int) string {
	forms := t.plural[noun]
	text, ok := forms[t.form(n)]
	if !ok {
		text = forms["other"]
	}
	return strings.ReplaceAll(text, "{n}", t.Int(n))
}

// form is the plural category of whole numbers (Unicode CLDR).
func (t *Texts) form(n int) string {
	switch t.lang {
	case "ru":
		switch {
		case n%10 == 1 && n%100 != 11:
			return "one"
		case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
			return "few"
		}
		return "many"
	case "en":
		if n == 1 {
			return "one"
		}
	}
	return "other"
}

const (
	noBreak     = "\u00a0"
	thinNoBreak = "\u202f"
)

// Int writes a whole number with its thousands set apart.
func (t *Texts) Int(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	gap := noBreak
	if t.lang == "en" {
		gap = ","
	} else if len(s) < 5 {
		return sign + s
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteString(gap)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Number writes a fraction with so many digits after the point.
func (t *Texts) Number(x float64, digits int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "—"
	}
	s := strconv.FormatFloat(x, 'f', digits, 64)
	s = strings.Replace(s, "-", "−", 1)
	if t.lang != "en" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Share writes part of whole as a percentage; a dash when there is no whole.
func (t *Texts) Share(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	return t.Percent(float64(part) / float64(whole))
}

// Percent writes a share of 0…1 as a percentage.
func (t *Texts) Percent(x float64) string {
	s := t.Number(100*x, 0)
	if t.lang == "en" {
		return s + "%"
	}
	return s + noBreak + "%"
}

// Date writes a day.
func (t *Texts) Date(at time.Time) string {
	y, m, d := at.Date()
	return t.Say("date", "year", strconv.Itoa(y), "month", t.months[m-1], "day", strconv.Itoa(d))
}

// Quote sets a statement's words between the language's quotation marks.
func (t *Texts) Quote(s string) string {
	if t.lang == "en" {
		return "“" + s + "”"
	}
	return "«" + s + "»"
}

// Group names a group with its size: "Group A, 412 people".
func (t *Texts) Group(letter string, people int) string {
	return t.Say("group_heading", "letter", letter, "people", t.Count("people", people))
}
