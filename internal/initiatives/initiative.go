// Package initiatives is what several people ask of a state body together: written by authors, joined by a first few who
// have its link, looked at by a moderator, signed by residents, and answered by the body when enough of them did. See
// README.md for the words and states.
package initiatives

import (
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
)

// Initiative is what its authors ask.
type Initiative struct {
	ID           civic.ID
	Year, Serial int // its number; 0 until a first few have joined
	Lang         civic.Lang
	Title, Words string
	Body         civic.ID // of which it is asked
	city.Scope            // district and theme; "": not said
	State        State
	Rule         civic.ID // of a refusal: an excluded topic, or a rule of the city
	Reason       string
	DecidedAt    time.Time // when a moderator decided; from then on everybody knows of it
	WrittenAt    time.Time
	JoinderBy    time.Time // until when the first few must have joined
	ModerateBy   time.Time // by when a moderator decides
	OpenedAt     time.Time
	ClosesAt     time.Time
	ClosedAt     time.Time
	HandAt       time.Time // when it goes to the body, after moderators have looked for manipulation
	ChangedAt    time.Time
	Signed       int64 // as of the last fold
	Final        int64 // when it went to the body, or did not

	no                   int64
	secret, invite, salt string
}

// Number is how people call an initiative: "2026-000123"; "" before it has one.
func (i Initiative) Number() string {
	if i.Serial == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%06d", i.Year, i.Serial)
}

// State is where an initiative stands. README.md draws how they follow one another.
type State string

const (
	Draft       State = "draft"      // its authors write it
	Joinder     State = "joinder"    // those who have its link join
	Moderation  State = "moderation" // a moderator looks whether its topic is excluded
	Open        State = "open"       // for signatures
	Closed      State = "closed"     // moderators look for manipulation, and paper is counted
	WithBody    State = "with_body"
	Answered    State = "answered"
	Delivered   State = "delivered"   // what was promised in the answer
	Lapsed      State = "lapsed"      // too few joined in time
	Refused     State = "refused"     // by a moderator
	Unsupported State = "unsupported" // too few signed
	Withdrawn   State = "withdrawn"   // by its authors
)

// Step is what moves it from state to state.
type Step string

const (
	Gather   Step = "gather" // the link goes round
	Join     Step = "join"   // enough have joined
	Lapse    Step = "lapse"
	Begin    Step = "begin" // a moderator opens it
	Refuse   Step = "refuse"
	Close    Step = "close"
	Hand     Step = "hand" // to the body
	Fail     Step = "fail"
	Answer   Step = "answer"
	Deliver  Step = "deliver"
	Withdraw Step = "withdraw"
)

// steps is the whole state machine.
var steps = map[State]map[Step]State{
	Draft:      {Gather: Joinder, Withdraw: Withdrawn},
	Joinder:    {Join: Moderation, Lapse: Lapsed, Withdraw: Withdrawn},
	Moderation: {Begin: Open, Refuse: Refused, Withdraw: Withdrawn},
	Refused:    {Begin: Open}, // another moderator decides otherwise
	Open:       {Close: Closed, Refuse: Refused, Withdraw: Withdrawn},
	Closed:     {Hand: WithBody, Fail: Unsupported},
	WithBody:   {Answer: Answered},
	Answered:   {Deliver: Delivered},
}

// Next is the state after a step, or false when there is none.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Public reports whether everybody reads what it asks: from the day on which a moderator opened it.
func (i Initiative) Public() bool { return !i.OpenedAt.IsZero() && i.State != Refused }

// Known reports whether everybody knows that there is one: of a refused one by its number.
func (i Initiative) Known() bool { return !i.DecidedAt.IsZero() }

// ByLink reports whether only those who have its link read it.
func (i Initiative) ByLink() bool { return !i.Known() }

// Takes reports whether people sign it, or take their signature back.
func (i Initiative) Takes() bool {
	return i.State == Joinder || i.State == Moderation || i.State == Open
}

// Effect is what follows from enough signatures.
type Effect string

const (
	ByCouncil Effect = "council"      // the public council considers it
	ByBody    Effect = "answer"       // the body answers
	ByAll     Effect = "consultation" // the body asks the whole city about it
)

// Effects lists them.
func Effects() []Effect { return []Effect{ByCouncil, ByBody, ByAll} }

// Threshold is from how many signatures on an effect follows.
type Threshold struct {
	Effect     Effect
	Needed     int64
	ReachedAt  time.Time // when it was reached first; zero: not yet
	Obligation civic.ID  // what the body owes because of it

	initiative int64
}

// thresholdsOf are those of a city, by what each effect needs; an effect that needs nothing is not offered. The least comes first.
func thresholdsOf(needed func(Effect) int64) (out []Threshold) {
	for _, e := range Effects() {
		if n := needed(e); n > 0 {
			out = append(out, Threshold{Effect: e, Needed: n})
		}
	}
	slices.SortStableFunc(out, func(a, b Threshold) int { return int(a.Needed - b.Needed) })
	return out
}

// reached lists those that a count reaches and that nobody has reached before.
func reached(all []Threshold, signed int64) (out []Threshold) {
	for _, t := range all {
		if t.ReachedAt.IsZero() && signed >= t.Needed {
			out = append(out, t)
		}
	}
	return out
}

// met lists those that hold on the day on which it goes to the body, whenever they were reached.
func met(all []Threshold, final int64) (out []Threshold) {
	return slices.DeleteFunc(slices.Clone(all), func(t Threshold) bool { return final < t.Needed })
}

// Author is one of those who wrote it.
type Author struct {
	Account civic.ID
	First   bool // who began
	At      time.Time
}

// isAuthor reports whether the actor is among the authors.
func isAuthor(all []Author, a civic.Actor) bool {
	return a.SignedIn() && slices.ContainsFunc(all, func(of Author) bool { return of.Account == a.Account })
}

// begins reports whether the actor began it: they alone change its words, send the link round and withdraw it.
func begins(all []Author, a civic.Actor) bool {
	return a.SignedIn() && slices.ContainsFunc(all, func(of Author) bool { return of.First && of.Account == a.Account })
}

// looksAfter reports whether the actor decides on topics, and on what is counted: moderators and administrators.
func looksAfter(a civic.Actor) bool { return a.HasAny(civic.Moderator, civic.Administrator) }

// Bounds that keep pages readable and are no policy.
const (
	maxTitle  = 120 // characters
	maxReason = 1_000
)

// check finds what is wrong with an initiative that somebody writes. Fields: "title", "words", "district", "theme", "body".
func (i Initiative) check(maxWords int, district, theme func(string) bool, body func(civic.ID) bool) (p civic.Problems) {
	for _, f := range []struct {
		name, text string
		most       int
	}{{"title", i.Title, maxTitle}, {"words", i.Words, maxWords}} {
		if f.text == "" {
			p.Add(f.name, "initiatives.write_it")
		} else if key := civic.Junk(f.text, nil); key != "" {
			p.Add(f.name, key)
		}
		p.AtMost(f.name, f.text, f.most)
	}
	if i.District != "" && !district(i.District) {
		p.Add("district", "initiatives.choose")
	}
	if i.Theme != "" && !theme(i.Theme) {
		p.Add("theme", "initiatives.choose")
	}
	if !body(i.Body) {
		p.Add("body", "initiatives.choose")
	}
	return p
}

func notNow() error { return civic.Fail(civic.Closed, "initiatives.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notYours() error { return civic.Fail(civic.Forbidden, "initiatives.not_yours") }
