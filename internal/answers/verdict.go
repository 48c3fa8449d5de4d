package answers

import (
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Outcome is what a body says to what it was asked, or what became of its promise.
type Outcome string

const (
	Taken    Outcome = "taken"
	Partly   Outcome = "partly"
	NotTaken Outcome = "not_taken"
	NotOurs  Outcome = "not_ours" // Verdict.Whose says whose
	// Answered is said of an answer whose own page holds what it says; see Service.Given.
	Answered Outcome = "answered"

	Done       Outcome = "done"
	PartlyDone Outcome = "partly_done"
	NotDone    Outcome = "not_done"
)

// Outcomes lists those of an answer and those of a deed.
func Outcomes(o Owed) []Outcome {
	if o == Deed {
		return []Outcome{Done, PartlyDone, NotDone}
	}
	return []Outcome{Taken, Partly, NotTaken, NotOurs}
}

// Kept reports whether a promise with that outcome was kept.
func (o Outcome) Kept() bool { return o == Done }

// Verdict is what a body says, in one shape for all: what it was asked, and what it promised.
type Verdict struct {
	At       time.Time
	Version  civic.ID // the last public act about the subject when it was given: what it was given on
	Outcome  Outcome
	Whose    civic.Ref // of NotOurs
	Reason   civic.Text
	Evidence []string  // addresses
	Promised time.Time // the day by which what the reason says is done; zero: nothing is promised
}

// Problems are what is wrong with a verdict of a body on what is owed, given now. Fields: "outcome",
// "whose", "reason", "evidence", "promised".
func (v Verdict) Problems(owed Owed, body civic.Ref, cal civic.Calendar, now time.Time) (p civic.Problems) {
	if !slices.Contains(Outcomes(owed), v.Outcome) {
		p.Add("outcome", "answers.choose_one")
	}
	if v.Outcome == NotOurs && (v.Whose == civic.Ref{} || v.Whose == body) {
		p.Add("whose", "answers.whose_missing")
	}
	checkReason("reason", v.Reason, &p)
	if key, with := v.evidenceProblem(); key != "" {
		p.Add("evidence", key, with...)
	}
	if key := v.promiseProblem(cal, now); key != "" {
		p.Add("promised", key)
	}
	return p
}

// evidenceProblem is the key of what is wrong with the evidence, and its values; "" when nothing is.
func (v Verdict) evidenceProblem() (key string, with []any) {
	if len(v.Evidence) > maxEvidence {
		return "answers.evidence_many", []any{"Count", maxEvidence}
	}
	for _, link := range v.Evidence {
		if u, err := url.Parse(link); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || utf8.RuneCountInString(link) > maxLink {
			return "answers.evidence_wrong", []any{"Link", link}
		}
	}
	return "", nil
}

// DraftProblems are what no draft of a verdict may have: it may lack anything, but keeps within bounds. Fields as in
// Problems.
func (v Verdict) DraftProblems() (p civic.Problems) {
	for lang, s := range v.Reason {
		if utf8.RuneCountInString(s) > MaxReason {
			p.Add("reason."+string(lang), "answers.too_long", "Count", MaxReason)
		}
	}
	if key, with := v.evidenceProblem(); key != "" {
		p.Add("evidence", key, with...)
	}
	return p
}

// promiseProblem is the key of what is wrong with the day of a promise; "" when nothing is.
func (v Verdict) promiseProblem(cal civic.Calendar, now time.Time) string {
	_, ok := promiseTerm(cal, now, v.Promised)
	switch {
	case v.Promised.IsZero() || ok && v.promises():
		return ""
	case ok:
		return "answers.promise_of_nothing"
	}
	return "answers.promise_when"
}

// promises reports whether the outcome leaves something to do.
func (v Verdict) promises() bool {
	return slices.Contains([]Outcome{Taken, Partly, PartlyDone, NotDone}, v.Outcome)
}

// promiseTerm is the term of a deed that is promised on a day for another.
func promiseTerm(cal civic.Calendar, now, by time.Time) (civic.Term, bool) {
	days := 0
	for at := now; cal.Add(at, 0).Before(cal.Add(by, 0)); at = at.AddDate(0, 0, 1) {
		if days++; days > civic.MaxTerm {
			return civic.Term{}, false
		}
	}
	return civic.Term{Days: days}, days > 0
}

// judged is the state that the words of those who asked bring about, and the step to it. Who
// says that it was not done counts before who says that it was.
func judged(confirms, contests int64) Step {
	if contests > 0 && contests >= confirms {
		return Contest
	}
	return Confirm
}

// Reply is what one of those who asked says to the last verdict.
type Reply struct {
	Confirms bool
	Words    string // for the body alone
	At       time.Time
}

// check finds what is wrong with a reply: who contests says why.
func (r Reply) check() error {
	switch {
	case !r.Confirms && r.Words == "":
		return civic.Wrong("words", "answers.words_missing")
	case utf8.RuneCountInString(r.Words) > MaxReason:
		return civic.Wrong("words", "answers.too_long", "Count", MaxReason)
	}
	return nil
}
