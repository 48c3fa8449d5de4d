package questions

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
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
	FillAnswers(f, s.Form.Form, s.Said())
}

// FillAnswers puts answers into a form that nobody has sent yet.
func FillAnswers(f ui.Form, form Form, all Answers) {
	for _, q := range form {
		for i, said := range all[q.Key] {
			switch q.Sort {
			case Rank:
				f.Values.Set(partOf(q, said), strconv.Itoa(i+1))
			case Grid:
				row, option, _ := strings.Cut(said, "=")
				f.Values.Set(partOf(q, row), option)
			default:
				f.Values.Add(FieldOf(q.Key), said)
			}
		}
	}
}

// partOf is the name of the field of a row of a grid, or of an option that gets a place.
func partOf(q Question, part string) string { return FieldOf(q.Key) + "." + part }

// TypedIn is what stands in the fields of a question, as Read wants it.
func (q Question) TypedIn(f ui.Form) (out []string) {
	parts := q.Options
	switch q.Sort {
	case Grid:
		parts = q.Rows
	case Rank:
	default:
		return f.Values[FieldOf(q.Key)]
	}
	for _, part := range parts {
		if value := strings.TrimSpace(f.Value(partOf(q, part.Key))); value != "" {
			out = append(out, part.Key+"="+value)
		}
	}
	return out
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
		_, err := Save(tx, about, q.Key, int64(f.Whole(seenPrefix+q.Key)), q.TypedIn(f))
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
	typed, _ := q.Read(q.TypedIn(f))
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
	switch q.Sort {
	case YesNo:
		return []ui.Option{{Value: Yes, Label: p.T("questions.yes")}, {Value: No, Label: p.T("questions.no")}}
	case Scale:
		points := q.choices()
		for i, point := range points {
			o := ui.Option{Value: point, Label: point}
			if end := i / max(1, len(points)-1); len(q.Options) == 2 && (i == 0 || end == 1) {
				o.Label, o.Lang = p.Words(q.Options[end].Label)
				o.Label = point + " — " + o.Label
			}
			out = append(out, o)
		}
		return out
	}
	return labelled(p, q.Options)
}

func labelled(p ui.Page, all []Option) (out []ui.Option) {
	for _, o := range all {
		label, lang := p.Words(o.Label)
		out = append(out, ui.Option{Value: o.Key, Label: label, Lang: lang})
	}
	return out
}

// places are those that an option can be given.
func (q Question) places(p ui.Page) []ui.Option {
	out := []ui.Option{{Label: p.T("questions.no_place")}}
	for i := range cmp.Or(q.Max, len(q.Options)) {
		out = append(out, ui.Option{Value: strconv.Itoa(i + 1), Label: p.T("questions.place", "Count", i+1)})
	}
	return out
}

// LabelOf is what a choice is called, with the language of its words.
func (q Question) LabelOf(p ui.Page, choice string) (label string, lang civic.Lang) {
	for _, o := range q.options(p) {
		if o.Value == choice {
			return o.Label, o.Lang
		}
	}
	return choice, ""
}

// Told is an answer as people read it.
func (q Question) Told(p ui.Page, said []string) string {
	var out []string
	for i, s := range said {
		switch q.Sort {
		case One, Several, YesNo, Scale:
			s, _ = q.LabelOf(p, s)
		case Rank:
			s, _ = q.LabelOf(p, s)
			s = strconv.Itoa(i+1) + ". " + s
		case Grid:
			row, option, _ := strings.Cut(s, "=")
			for _, r := range labelled(p, q.Rows) {
				if r.Value == row {
					row = r.Label
				}
			}
			s, _ = q.LabelOf(p, option)
			s = row + ": " + s
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
