package ui

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
)

// Form is what a person typed and what is wrong with it. The zero value is an empty form.
// Multilingual fields use one input per language, named "field.kk", "field.ru", "field.en".
type Form struct {
	Values   url.Values
	Problems []civic.FieldError
	// Sent says that somebody typed this. A form that was not sent yet is filled with what is there.
	Sent bool
}

// Value is what was typed into a field.
func (f Form) Value(field string) string { return f.Values.Get(field) }

// Whole is the whole number that was typed; -1 when it is none.
func (f Form) Whole(field string) int {
	n, err := strconv.Atoi(strings.TrimSpace(f.Value(field)))
	if err != nil {
		return -1
	}
	return n
}

// Day is when the day began that was typed, in a zone; the zero time when it is none.
func (f Form) Day(field string, zone *time.Location) time.Time {
	at, _ := time.ParseInLocation(time.DateOnly, strings.TrimSpace(f.Value(field)), zone)
	return at
}

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

// Buttons of a page that answers a sent form have these names, by which package web knows
// what they ask for. A field of a form never begins with "_".
const (
	AgainName   = "_again"   // show the form as it is filled in now, and do nothing
	CheckName   = "_check"   // show once more what is about to be done
	SureName    = "_sure"    // do what was shown
	ProblemName = "_problem" // what is wrong with a field, carried along
)

// Resend is how a page that answers a sent form is asked for in another language: a link would
// lose what was typed, so the switch sends the form again, with what was typed since.
type Resend struct {
	Path     string   // where the form is sent, without the language; "": the page holds no such form
	As       string   // AgainName or CheckName
	Problems []string // written by package web, and read by it
	Failed   bool     // something is wrong with the form
}

// ResendID is the id of the form that the language switch sends.
const ResendID = "sent-form"

func (p Page) resends() bool { return p.Resend != nil && p.Resend.Path != "" }

// Post is what every form that is sent has: <form { ui.Post(p, "/settings/city")... }>.
func Post(p Page, path string) templ.Attributes {
	a := templ.Attributes{"method": "post", "action": p.URL(path)}
	if p.resends() && p.Resend.Path == path {
		a["id"] = ResendID
	}
	return a
}

// typed are the fields of a form in a fixed order, one for each value.
func (f Form) typed() []Option {
	var out []Option
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		for _, v := range f.Values[name] {
			out = append(out, Option{Label: name, Value: v})
		}
	}
	return out
}

// grouped cuts the options of a select where the group changes.
func grouped(options []Option) (groups [][]Option) {
	for i, o := range options {
		if i == 0 || o.Group != options[i-1].Group {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], o)
	}
	return groups
}
