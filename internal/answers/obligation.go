// Package answers keeps what a body owes somebody by a date: an answer, or a deed that it
// promised in one. The due date is a public calculation, the verdict has one shape for all,
// and those who asked say at the end whether it was done. See README.md for the words and
// states.
package answers

import (
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
)

// Kind is an obligation in a civic.Ref.
const Kind = "answers.obligation"

// Owed is what is owed.
type Owed string

const (
	Answer Owed = "answer"
	Deed   Owed = "deed" // that the body promised in an answer
)

// Obligation is something that a body owes by a date.
type Obligation struct {
	ID         civic.ID
	Subject    civic.Ref // what it is about
	Owed       Owed
	What       civic.Text // what exactly: of a part, and of a deed; empty when it is the whole answer
	Origin     civic.ID   // the obligation that was split, passed on or answered with a promise; "" for a first one
	Body       civic.Ref  // who owes it
	Person     string     // who is in charge there: name and post
	city.Scope            // what the subject is about
	Source     string     // what the term rests on: the law as cited, or the key of a text

	Start      time.Time
	Term       civic.Term
	Pauses     []civic.Pause
	Extensions []civic.Extension

	State              State
	Due                time.Time // the last second of the due date; zero while the clock is paused
	GivenAt            time.Time // when it was given first
	ChangedAt          time.Time
	Confirms, Contests int64 // of those who asked, on the last verdict

	no       int64
	reminded reminder
}

// State is where an obligation stands. README.md draws how they follow one another.
type State string

const (
	Running   State = "running"
	Paused    State = "paused"    // waiting for those who asked
	Given     State = "given"     // answered, or delivered
	Confirmed State = "confirmed" // those who asked say: it is so
	Contested State = "contested" // those who asked say: it is not
	PassedOn  State = "passed_on" // another body owes it now
	Dropped   State = "dropped"   // those who asked do not need it any more
)

// Step is what moves an obligation from state to state.
type Step string

const (
	Pause   Step = "pause"
	Resume  Step = "resume"
	Extend  Step = "extend"
	Assign  Step = "assign" // to a person who is in charge of it at the body
	Pass    Step = "pass"   // to another body
	Give    Step = "give"
	Confirm Step = "confirm"
	Contest Step = "contest"
	Drop    Step = "drop" // by those who asked
)

// steps is the whole state machine.
var steps = map[State]map[Step]State{
	Running:   {Pause: Paused, Extend: Running, Assign: Running, Pass: PassedOn, Give: Given, Drop: Dropped},
	Paused:    {Resume: Running, Assign: Paused, Give: Given, Drop: Dropped},
	Given:     {Confirm: Confirmed, Contest: Contested},
	Confirmed: {Confirm: Confirmed, Contest: Contested},
	Contested: {Confirm: Confirmed, Contest: Contested, Give: Given},
}

// Next is the state after a step, or false when there is none.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Open reports whether it is still owed.
func (o Obligation) Open() bool { return o.State == Running || o.State == Paused }

// Answers reports whether the actor acts for the body that owes it.
func (o Obligation) Answers(a civic.Actor) bool { return a.ActsFor(civic.Officer, o.Body) }

// Deadline is what the due date is computed from.
func (o Obligation) Deadline() civic.Deadline {
	return civic.Deadline{Start: o.Start, Term: o.Term, Pauses: o.Pauses, Extensions: o.Extensions}
}

// Late reports whether it was given after its date or, while it is owed, whether that has passed.
func (o Obligation) Late(now time.Time) bool {
	if !o.GivenAt.IsZero() {
		now = o.GivenAt
	}
	return (o.Open() || !o.GivenAt.IsZero()) && !o.Due.IsZero() && now.After(o.Due)
}

// LateBy is by how many working days it is late: until it was given or, while it is owed, until
// now. It is 0 on the days off that follow the due date.
func (o Obligation) LateBy(cal civic.Calendar, now time.Time) int {
	if !o.Late(now) {
		return 0
	}
	if !o.GivenAt.IsZero() {
		now = o.GivenAt
	}
	return cal.Between(o.Due, now)
}

// PassBy is until when it can be passed on to another body.
func (o Obligation) PassBy(cal civic.Calendar, days int) time.Time { return cal.Add(o.Start, days) }

// ends is the due date that the calendar gives; zero while the clock is paused.
func (o Obligation) ends(cal civic.Calendar) time.Time { return cal.Due(o.Deadline()).End }

// view sorts obligations into the lists of pages.
type view string

const (
	owedView  view = "owed"
	givenView view = "given"
	goneView  view = "gone" // another body's now, or dropped
)

func (o Obligation) view() view {
	switch {
	case o.Open():
		return owedView
	case o.State == PassedOn || o.State == Dropped:
		return goneView
	}
	return givenView
}

// never is where obligations without a due date stand: behind all others.
var never = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// listAt is the instant by which lists order the obligations of one view.
func (o Obligation) listAt() time.Time {
	switch {
	case o.view() == givenView:
		return o.GivenAt
	case o.Due.IsZero():
		return never
	}
	return o.Due
}

// reminder is what the body was told of an obligation's date so far.
type reminder int64

const (
	notReminded reminder = iota
	remindedBefore
	remindedLate
)

// Bounds of what a form takes. They keep pages readable and are no policy.
const (
	MaxReason   = 2_000 // characters
	maxPerson   = 200
	maxEvidence = 10
	maxLink     = 500
	maxPauses   = 20 // and as many extensions
)

// checkReason finds out whether a public reason says something in both official languages.
func checkReason(field string, t civic.Text, p *civic.Problems) {
	if t.Empty() {
		p.Add(field+"."+string(civic.Kazakh), "answers.reason_missing")
	} else {
		p.Official(field, t)
	}
	for lang, s := range t {
		if utf8.RuneCountInString(s) > MaxReason {
			p.Add(field+"."+string(lang), "answers.too_long", "Count", MaxReason)
		}
	}
}

// checkPerson finds out whether somebody is named, in a line.
func checkPerson(person string, p *civic.Problems) {
	if person == "" {
		p.Add("person", "answers.person_missing")
	} else if utf8.RuneCountInString(person) > maxPerson {
		p.Add("person", "answers.too_long", "Count", maxPerson)
	}
}

func notNow() error { return civic.Fail(civic.Closed, "answers.not_in_this_state") }
