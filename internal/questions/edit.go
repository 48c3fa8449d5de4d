package questions

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// With is a form with a question behind the others, under a key of its own, and what is wrong with that question, beside the fields of NewFields.
func (f Form) With(q Question) (Form, Question, civic.Problems) {
	q.Key = f.nextKey()
	all := append(slices.Clone(f), q)
	return all, q, OfQuestion(q.Key, all.Check())
}

// nextKey is a key that no question of the form has: q1, q2 and so on.
func (f Form) nextKey() string {
	last := 0
	for _, q := range f {
		if n, err := strconv.Atoi(strings.TrimPrefix(q.Key, "q")); err == nil {
			last = max(last, n)
		}
	}
	return "q" + strconv.Itoa(last+1)
}

// Without is a form without a question, and without the conditions of others on it. Errors: civic.NotFound.
func (f Form) Without(key string) (left Form, err error) {
	if !f.has(key) {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	for _, q := range f {
		q.When = slices.DeleteFunc(slices.Clone(q.When), func(c Condition) bool { return c.Question == key })
		if q.Key != key {
			left = append(left, q)
		}
	}
	return left, nil
}

// OfQuestion names the fields of NewFields for what is wrong with a question: "q3.label.kk" is "label.kk" there. What is wrong with others names no field.
func OfQuestion(key string, all civic.Problems) (out civic.Problems) {
	for _, p := range all {
		field, ok := strings.CutPrefix(p.Field, key+".")
		for _, list := range []string{"options", "rows"} {
			if strings.HasPrefix(field, list+".") {
				field = list + "." + field[strings.LastIndexByte(field, '.')+1:]
			}
		}
		if !ok {
			field = ""
		}
		out = append(out, civic.FieldError{Field: field, Message: p.Message})
	}
	return out
}

// AtFields puts what is wrong with options and rows beside the field in which all their lines stand, one for each language.
func AtFields(err error) error {
	var e *civic.Error
	if !errors.As(err, &e) {
		return err
	}
	for i, p := range e.Fields {
		if field, lang, _ := strings.Cut(p.Field, "."); field == "options" || field == "rows" {
			if lang == "" || !slices.Contains(civic.Languages(), civic.Lang(lang)) {
				lang = string(civic.Kazakh)
			}
			e.Fields[i].Field = field + "." + lang
		}
	}
	return err
}

// Answered reads what was typed for a form, and says of the questions of some keys what is wrong or missing.
func (f Form) Answered(typed func(Question) []string, keys []string) (Answers, civic.Problems) {
	var p civic.Problems
	out := Answers{}
	for _, q := range f {
		said, problem := q.Read(typed(q))
		switch {
		case problem != nil && slices.Contains(keys, q.Key):
			p = append(p, civic.FieldError{Field: FieldOf(q.Key), Message: *problem})
		case len(said) > 0:
			out[q.Key] = said
		}
	}
	for _, q := range f.Missing(out) {
		if slices.Contains(keys, q.Key) && !slices.ContainsFunc(p, func(e civic.FieldError) bool { return e.Field == FieldOf(q.Key) }) {
			p.Add(FieldOf(q.Key), "questions.missing")
		}
	}
	return f.Counted(out), p
}

// Keys are those of all questions.
func (f Form) Keys() (out []string) {
	for _, q := range f {
		out = append(out, q.Key)
	}
	return out
}

// Typed reads a question out of NewFields.
func Typed(f ui.Form) Question {
	q := Question{Sort: Sort(f.Value("sort")), Label: f.Text("label"), Required: f.Value("required") != ""}
	if hint := f.Text("hint"); !hint.Empty() {
		q.Hint = hint
	}
	switch q.Sort {
	case Several, Rank:
		q.Options, q.Max = typedOptions(f, "options", "o"), max(0, f.Whole("max"))
	case One:
		q.Options = typedOptions(f, "options", "o")
	case Grid:
		q.Options, q.Rows = typedOptions(f, "options", "o"), typedOptions(f, "rows", "r")
	case Scale:
		q.Options, q.Least, q.Most = typedOptions(f, "options", "o"), civic.Money(f.Whole("least")), civic.Money(f.Whole("most"))
	case Whole:
		q.Least, q.Most = civic.Money(max(0, f.Whole("least"))), civic.Money(max(0, f.Whole("most")))
	}
	if key, choice, ok := strings.Cut(f.Value("when"), "="); ok {
		q.When = []Condition{{Question: key, Is: []string{choice}}}
	}
	return q
}

// Lines reads a list that stands in a field for each language, a line for each of its things.
func Lines(f ui.Form, field string) (out []civic.Text) {
	for lang, text := range f.Text(field) {
		n := 0
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if n == len(out) {
				out = append(out, civic.Text{})
			}
			out[n][lang] = line
			n++
		}
	}
	return out
}

// typedOptions reads the lines of a field as options with keys of their own.
func typedOptions(f ui.Form, field, prefix string) (out []Option) {
	for i, label := range Lines(f, field) {
		out = append(out, Option{Key: prefix + strconv.Itoa(i+1), Label: label})
	}
	return out
}

// Sorts are those that NewFields offers.
func Sorts() []Sort { return []Sort{One, Several, YesNo, Scale, Rank, Grid, Whole, Line, Words} }

func sortOptions(p ui.Page, more []Sort) (out []ui.Option) {
	for _, s := range append(Sorts(), more...) {
		out = append(out, ui.Option{Value: string(s), Label: p.T("questions.sort_" + string(s)), Hint: p.T("questions.sort_" + string(s) + "_hint")})
	}
	return out
}

// whenOptions are the answers on which a question can depend.
func (f Form) whenOptions(p ui.Page) []ui.Option {
	out := []ui.Option{{Label: p.T("questions.when_always")}}
	for _, q := range f {
		if q.Sort != One && q.Sort != Several && q.Sort != YesNo && q.Sort != Scale {
			continue
		}
		group := p.L.Text(q.Label)
		for _, choice := range q.Choices() {
			label, lang := q.LabelOf(p, choice)
			out = append(out, ui.Option{Value: q.Key + "=" + choice, Label: label, Lang: lang, Group: group})
		}
	}
	return out
}
