package ui

import (
	"net/url"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
)

// Form is what a person typed and what is wrong with it. The zero value is an empty form.
// Multilingual fields use one input per language, named "field.kk", "field.ru", "field.en".
type Form struct {
	Values   url.Values
	Problems []civic.FieldError
}

// Value is what was typed into a field.
func (f Form) Value(field string) string { return f.Values.Get(field) }

// Chosen reports whether a checkbox or an option with that value was chosen.
func (f Form) Chosen(field, value string) bool {
	for _, v := range f.Values[field] {
		if v == value {
			return true
		}
	}
	return false
}

// Problem is what is wrong with a field, in the reader's language; "" when nothing is.
func (f Form) Problem(l *i18n.Localizer, field string) string {
	for _, p := range f.Problems {
		if p.Field == field {
			return l.Say(p.Message)
		}
	}
	return ""
}

// Text reads a multilingual field.
func (f Form) Text(field string) civic.Text {
	t := civic.Text{}
	for _, lang := range civic.Languages() {
		t[lang] = f.Values.Get(field + "." + string(lang))
	}
	return t.Trimmed()
}

// SetText fills a multilingual field.
func (f Form) SetText(field string, t civic.Text) {
	for lang, s := range t {
		f.Values.Set(field+"."+string(lang), s)
	}
}
