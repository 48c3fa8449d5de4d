package consultations

import (
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Verdict is what the body does with a statement.
type Verdict string

const (
	Taken    Verdict = "taken"
	Partly   Verdict = "partly"
	NotTaken Verdict = "not_taken"
)

// Verdicts lists them.
func Verdicts() []Verdict { return []Verdict{Taken, Partly, NotTaken} }

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
	Verdict   Verdict
	Reason    civic.Text
}

// check finds what is missing before the answer can be published; a draft need only keep
// within bounds.
func (a Answer) check(publish bool) error {
	var p civic.Problems
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
	return p.Err()
}

// check finds what is wrong with the answer to one statement: a verdict without a reason is
// none.
func (i AnswerItem) check() error {
	var p civic.Problems
	switch i.Verdict {
	case Taken, Partly, NotTaken:
	default:
		p.Add("verdict", "consultations.choose_one")
	}
	checkReason("reason", i.Reason, &p)
	return p.Err()
}
