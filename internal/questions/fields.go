package questions

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// In a form a question's field is named after its key behind this, and what its writer had seen stands in another.
const (
	fieldPrefix = "q."
	seenPrefix  = "seen."
)

// FieldOf is the name of a question's field in a form.
func FieldOf(key string) string { return fieldPrefix + key }

// Fill puts what is saved into a form that nobody has sent yet.
func Fill(f ui.Form, s Sheet) {
	for key, said := range s.Said() {
		f.Values[FieldOf(key)] = slices.Clone(said)
	}
}

// SaveForm saves each answer of a form by itself, as Save does: what can be saved is, and the problems name the fields of the others. A
// question that the form did not hold stays as it was.
func SaveForm(tx *storage.Tx, about civic.Ref, f ui.Form) (civic.Problems, error) {
	s, err := Of(tx, about)
	if err != nil {
		return nil, err
	}
	var problems civic.Problems
	for _, q := range s.Form.Form {
		if _, held := f.Values[seenPrefix+q.Key]; !held {
			continue
		}
		_, err := Save(tx, about, q.Key, int64(f.Whole(seenPrefix+q.Key)), f.Values[FieldOf(q.Key)])
		var e *civic.Error
		switch {
		case err == nil:
		case errors.As(err, &e) && e.Code == civic.Conflict:
			problems.Add(FieldOf(q.Key), "questions.changed_meanwhile")
		case errors.As(err, &e) && len(e.Fields) > 0:
			problems = append(problems, civic.FieldError{Field: FieldOf(q.Key), Message: e.Fields[0].Message})
		default:
			return nil, err
		}
	}
	return problems, nil
}

// closed reports whether a question of a sheet can no longer be answered.
func (s Sheet) closed(q Question) bool {
	return !s.Open || len(s.Only) > 0 && !slices.Contains(s.Form.Form.depending(s.Only), q.Key)
}

// elsewhere is the answer that others have saved since the form was shown, when it is another than what was typed.
func (s Sheet) elsewhere(f ui.Form, q Question) ([]string, bool) {
	now := s.Answers[q.Key]
	typed, _ := q.Read(f.Values[FieldOf(q.Key)])
	return now.Said, f.Sent && f.Values.Has(seenPrefix+q.Key) && int64(f.Whole(seenPrefix+q.Key)) != now.Version && !slices.Equal(now.Said, typed)
}

func (q Question) props(p ui.Page) ui.FieldProps {
	label, lang := p.Words(q.Label)
	props := ui.FieldProps{Name: FieldOf(q.Key), Label: label, Hint: p.L.Text(q.Hint), Required: q.Required, Lang: lang}
	switch q.Sort {
	case Line:
		props.Max = q.Max
	case Words:
		props.Max, props.Rows = cmp.Or(q.Max, usualWords), 7
	case Whole, Money:
		props.Inputmode, props.Short = "decimal", true
	}
	return props
}

func (q Question) options(p ui.Page) (out []ui.Option) {
	if q.Sort == YesNo {
		return []ui.Option{{Value: Yes, Label: p.T("questions.yes")}, {Value: No, Label: p.T("questions.no")}}
	}
	for _, o := range q.Options {
		label, lang := p.Words(o.Label)
		out = append(out, ui.Option{Value: o.Key, Label: label, Lang: lang})
	}
	return out
}

// Told is an answer as people read it.
func (q Question) Told(p ui.Page, said []string) string {
	var out []string
	for _, s := range said {
		switch q.Sort {
		case One, Several, YesNo:
			for _, o := range q.options(p) {
				if o.Value == s {
					s = o.Label
					break
				}
			}
		case Money:
			s += " ₸"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// takenFrom says in words where an answer was taken from: what a holder handed in before, or the register of organisations.
func takenFrom(p ui.Page, from civic.Ref) string {
	if strings.HasPrefix(from.Kind, "organisations.") {
		return p.T("questions.taken_from_register")
	}
	return p.T("questions.taken_from_earlier")
}

// spoken is the language that somebody wrote an answer in; what was chosen is in the page's own.
func (q Question) spoken(p ui.Page, told string) civic.Lang {
	if q.Sort == Line || q.Sort == Words {
		return civic.GuessLang(told, p.L.Lang())
	}
	return p.L.Lang()
}
