package report

import (
	"embed"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/tally"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Languages are the languages of reports, Kazakh first.
func Languages() []string { return []string{"kk", "ru", "en"} }

// Texts are the words of one language.
type Texts struct {
	Lang string

	tag   language.Tag
	plain map[string]string
	forms map[string]map[string]string // plural forms by CLDR name
}

// LoadTexts reads the texts of a language.
func LoadTexts(lang string) (*Texts, error) {
	data, err := textFiles.ReadFile("texts/" + lang + ".toml")
	if err != nil {
		return nil, fmt.Errorf("no texts for language %q: use kk, ru or en", lang)
	}
	var raw map[string]any
	if err := toml.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("texts/%s.toml: %w", lang, err)
	}
	t := &Texts{Lang: lang, tag: language.Make(lang), plain: map[string]string{}, forms: map[string]map[string]string{}}
	for key, value := range raw {
		switch v := value.(type) {
		case string:
			t.plain[key] = v
		case map[string]any:
			forms := map[string]string{}
			for name, text := range v {
				forms[name] = fmt.Sprint(text)
			}
			if key == "issue" || key == "problem" { // a section of plain texts
				for name, text := range forms {
					t.plain[key+"."+name] = text
				}
			} else {
				t.forms[key] = forms
			}
		}
	}
	return t, nil
}

// T returns a text with {name} replaced by the value after "name".
func (t *Texts) T(key string, pairs ...string) string {
	s, ok := t.plain[key]
	if !ok {
		return "⟨" + key + "⟩" // a test makes sure that this never shows
	}
	return fill(s, pairs)
}

// N returns the plural form of a text for a number, which replaces {n}.
func (t *Texts) N(key string, n int64, pairs ...string) string {
	forms := t.forms[key]
	form := map[plural.Form]string{plural.One: "one", plural.Few: "few", plural.Many: "many"}[plural.Cardinal.MatchPlural(t.tag, int(n%1000000), 0, 0, 0, 0)]
	s, ok := forms[form]
	if !ok {
		if s, ok = forms["other"]; !ok {
			return "⟨" + key + "⟩"
		}
	}
	return fill(s, append(pairs, "n", t.Integer(n)))
}

func fill(s string, pairs []string) string {
	if len(pairs) == 0 {
		return s
	}
	list := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(list...).Replace(s)
}

// group puts separators between thousands.
func (t *Texts) group(digits string) string {
	separator := "\u00a0" // no-break space
	if t.Lang == "en" {
		separator = ","
	}
	if len(digits) <= 4 && t.Lang != "en" || len(digits) <= 3 {
		return digits
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(d)
	}
	return b.String()
}

func (t *Texts) decimal(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "−", s[1:]
	}
	whole, fraction, has := strings.Cut(s, ".")
	s = sign + t.group(whole)
	if has {
		if t.Lang == "en" {
			return s + "." + fraction
		}
		return s + "," + fraction
	}
	return s
}

// Integer formats a whole number.
func (t *Texts) Integer(n int64) string { return t.decimal(strconv.FormatInt(n, 10)) }

// Number formats a number with at most the given digits after the point.
func (t *Texts) Number(x float64, digits int) string {
	return t.decimal(strconv.FormatFloat(x, 'f', digits, 64))
}

// Percent formats a part, 0 … 1.
func (t *Texts) Percent(x float64) string {
	if t.Lang == "en" {
		return t.Number(100*x, 1) + "%"
	}
	return t.Number(100*x, 1) + "\u00a0%"
}

// symbols are the signs of currencies that readers know better than the code.
var symbols = map[string]string{"KZT": "₸", "EUR": "€", "USD": "$", "RUB": "₽", "GBP": "£"}

func (t *Texts) currency(s, code string) string {
	if code == "" {
		return s
	}
	if sign, ok := symbols[code]; ok {
		code = sign
	}
	return s + "\u00a0" + code
}

// Money formats an amount of an election.
func (t *Texts) Money(a tally.Amount, e *tally.Election) string {
	return t.currency(t.decimal(tally.FormatAmount(a, e.Decimals)), e.Currency)
}

// Share formats a fraction of money, rounded to hundredths.
func (t *Texts) Share(r *big.Rat, e *tally.Election) string {
	if r == nil {
		return "–"
	}
	s := strings.TrimSuffix(r.FloatString(2), ".00")
	if s == "0" && r.Sign() > 0 {
		s = strings.TrimSuffix(strings.TrimRight(r.FloatString(6), "0"), ".")
	}
	return t.currency(t.decimal(s), e.Currency)
}
