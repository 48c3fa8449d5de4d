package consultations

import (
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// HTML is the text as pages show it. It is made at each look and kept nowhere, so that what is
// shown is what was recorded.
func (a Answer) HTML() civic.Text { return render(a.Text) }

// Answer is what the body says after closing: on the whole, and on each statement it names.
type Answer struct {
	Text    civic.Text // Markdown
	Person  string     // who is in charge: name and post
	SavedAt time.Time
	Items   []AnswerItem
}

// AnswerItem is the answer to one statement.
type AnswerItem struct {
	Statement Statement
	answers.Verdict
}

// empty reports whether it says nothing.
func (i AnswerItem) empty() bool { return i.Outcome == "" && i.Reason.Empty() && len(i.Evidence) == 0 }

// counts is how many statements came out how.
func (a Answer) counts() map[answers.Outcome]int {
	out := map[answers.Outcome]int{}
	for _, i := range a.Items {
		out[i.Outcome]++
	}
	return out
}

// problems are what is missing before the answer can be published; a draft need only keep within
// bounds. Those of a statement have its number behind the field.
func (a Answer) problems(c Consultation, publish bool, cal civic.Calendar, now time.Time) (p civic.Problems) {
	for lang, s := range a.Text {
		if utf8.RuneCountInString(s) > maxAnswer {
			p.Add("text."+string(lang), "consultations.too_long", "Count", maxAnswer)
		}
	}
	if utf8.RuneCountInString(a.Person) > maxPerson {
		p.Add("person", "consultations.too_long", "Count", maxPerson)
	}
	if publish {
		p.Official("text", a.Text)
		if a.Person == "" {
			p.Add("person", "consultations.person_missing")
		}
	}
	for _, i := range a.Items {
		found := i.DraftProblems()
		if publish {
			found = i.Problems(answers.Answer, organisations.RefOf(c.Body), cal, now)
		}
		for _, problem := range found {
			problem.Field = ofStatement(problem.Field, i.Statement.No)
			p = append(p, problem)
		}
	}
	return p
}
