// Package appeals is what one person asks of a state body: filed with or without an account, answered by a date that is
// a public calculation, and closed by whoever asked. See README.md for the words and states.
package appeals

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
)

// Sort is what an appeal is.
type Sort string

const (
	Complaint   Sort = "complaint"
	Proposal    Sort = "proposal"
	Information Sort = "information" // a request for it
	Thanks      Sort = "thanks"
)

// Sorts lists them as forms show them.
func Sorts() []Sort { return []Sort{Complaint, Proposal, Information, Thanks} }

// Appeal is what somebody asks.
type Appeal struct {
	ID           civic.ID
	Year, Serial int // its number; 0 of a draft
	Sort         Sort
	Open         bool // everybody reads it; otherwise the body alone, and everybody what sort it is, where, and what came of it
	Lang         civic.Lang
	Title, Words string
	city.Scope   // district and theme; "": not said
	Point        places.Point
	Address      string
	Wished       civic.ID // the body to which it is addressed; "": whoever files it does not know
	Applicant    civic.ID // an account, or a reader of notifications who has none; "" once they have left
	ByMail       bool     // filed without an account
	State        State    // the least advanced of its open cases
	Body         civic.ID // that has the first of them
	Text         TextState
	Rule         civic.ID // of a removal
	Reason       string
	DecidedAt    time.Time // when a moderator looked at the text
	WrittenAt    time.Time
	FiledAt      time.Time
	ChangedAt    time.Time
	Older        string // its number in the system from which it was taken; "" when it was filed here

	// Asked is under which the digits of its mail are typed; of a draft that was just written.
	Asked civic.ID

	salt, mark string // the key of marks, and the address of who filed it under it
	no         int64
}

// Number is how people call an appeal: "2026-000123"; "" of a draft.
func (a Appeal) Number() string {
	if a.Serial == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%06d", a.Year, a.Serial)
}

// Filed reports whether it was confirmed: others know of it.
func (a Appeal) Filed() bool { return a.State != Draft }

// TextState is whether everybody reads the words of an open appeal.
type TextState string

const (
	Waiting TextState = "waiting" // no moderator has looked yet; the body works on it meanwhile
	Shown   TextState = "shown"
	Removed TextState = "removed"
	Private TextState = "private" // of an appeal that is not open
)

// State is where an appeal, or one of its cases, stands. README.md draws how they follow one another.
type State string

const (
	Draft      State = "draft"      // its address is to be confirmed
	Filed      State = "filed"      // nobody knows yet which body it concerns
	Registered State = "registered" // a body has it, and may still forward it
	WithBody   State = "with_body"  // somebody there works on it
	Paused     State = "paused"     // the body waits for the applicant
	Contested  State = "contested"  // the head of the body decides again
	Answered   State = "answered"   // the applicant has the word
	Closed     State = "closed"
	Forwarded  State = "forwarded" // another body has it
)

// Step is what moves it from state to state.
type Step string

const (
	Confirm  Step = "confirm"
	Register Step = "register"
	Take     Step = "take"
	Forward  Step = "forward"
	Pause    Step = "pause"
	Resume   Step = "resume"
	Answer   Step = "answer"
	Contest  Step = "contest"
	Close    Step = "close"
	Withdraw Step = "withdraw" // by the applicant, who does not need it any more
	Link     Step = "link"     // by the applicant, to another case about the same; the state stays
)

// steps is the whole state machine: of an appeal until it is registered, and of each of its cases from then on.
var steps = map[State]map[Step]State{
	Draft:      {Confirm: Filed},
	Filed:      {Register: Registered, Withdraw: Closed},
	Registered: {Take: WithBody, Forward: Forwarded, Answer: Answered, Withdraw: Closed},
	WithBody:   {Take: WithBody, Forward: Forwarded, Pause: Paused, Answer: Answered, Withdraw: Closed},
	Paused:     {Resume: WithBody, Answer: Answered, Withdraw: Closed},
	Answered:   {Contest: Contested, Close: Closed},
	Contested:  {Answer: Answered, Withdraw: Closed},
}

// Next is the state after a step, or false when there is none.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// order is how far a case has come; those that were forwarded do not count.
var order = []State{Filed, Registered, WithBody, Paused, Contested, Answered, Closed}

// StateOf is the state of an appeal with these cases, and which of them stands for it: the least advanced.
func StateOf(cases []Case) (State, Case) {
	least, of := Filed, Case{}
	for _, c := range cases {
		if c.State != Forwarded && (of.ID == "" || slices.Index(order, c.State) < slices.Index(order, least)) {
			least, of = c.State, c
		}
	}
	return least, of
}

// Case is what one body has to answer of an appeal.
type Case struct {
	ID, Appeal  civic.ID
	Body        civic.ID
	What        civic.Text // the part of the appeal; empty: all of it
	Why         civic.Text // it was forwarded
	Origin      civic.ID   // the case from which it was forwarded
	State       State
	Person      string   // who works on it: name and post
	Obligation  civic.ID // what is owed now
	BegunAt     time.Time
	JudgeBy     time.Time // until when the applicant has the word; zero while there is nothing to judge
	PausedUntil time.Time // the clock goes on then, whether or not the applicant says something
	ContestedAt time.Time // zero: not yet, and it is possible once
	Contest     string    // why, for the body alone
	Word        Word      // by which it was closed
	Words       string    // that go with it, for the body alone
	ClosedAt    time.Time
	Same        civic.ID // the case with which it is answered together, as its applicant agreed
	AskedSame   civic.ID // the case about which they are asked that; "": nothing is asked
	NotSame     bool     // they said no, and are not asked again

	no int64
}

// Word is what the applicant says at the end.
type Word string

const (
	Done      Word = "done"
	Partly    Word = "partly"
	NotDone   Word = "not_done"
	NotNeeded Word = "not_needed"
	Silent    Word = "silent" // nothing was said in time
)

// Talk is a question of a body, or what the applicant says to it.
type Talk struct {
	At     time.Time
	ByBody bool
	Words  string
}

// Note is what those who work on a case tell one another. Nobody outside their body reads it.
type Note struct {
	At    time.Time
	Words string
}

// Joined is somebody whose an appeal is too.
type Joined struct {
	Appeal  civic.ID  `json:"appeal"`
	Account civic.ID  `json:"-"`
	Note    string    `json:"note,omitempty"` // for the body alone
	At      time.Time `json:"at"`

	mark string // of their address
}

// Says is what the applicant sends: a word that closes a case, or a contest of its first answer.
type Says struct {
	Word    Word
	Contest bool
	Words   string
}

// Bounds that keep pages readable and are no policy.
const (
	maxTitle  = 120 // characters
	maxPlace  = 200
	maxReason = 2_000
)

// check finds what is wrong with an appeal that is to be filed. Fields: "sort", "title", "words", "district", "theme", "address",
// "open", "body".
func (a Appeal) check(maxWords int, district, theme func(string) bool, body func(civic.ID) bool) (p civic.Problems) {
	if !slices.Contains(Sorts(), a.Sort) {
		p.Add("sort", "appeals.choose")
	}
	checkWords(&p, "title", a.Title, maxTitle)
	checkWords(&p, "words", a.Words, maxWords)
	if utf8.RuneCountInString(a.Address) > maxPlace {
		p.Add("address", "appeals.too_long", "Count", maxPlace)
	}
	if a.Theme != "" && !theme(a.Theme) {
		p.Add("theme", "appeals.choose")
	}
	if a.District != "" && !district(a.District) {
		p.Add("district", "appeals.choose")
	}
	if a.Wished != "" && !body(a.Wished) {
		p.Add("body", "appeals.choose")
	}
	return p
}

func checkWords(p *civic.Problems, field, words string, most int) {
	switch n := utf8.RuneCountInString(words); {
	case strings.TrimSpace(words) == "":
		p.Add(field, "appeals.write_it")
	case n > most:
		p.Add(field, "appeals.too_long", "Count", most)
	}
}

// check finds what is wrong with what an applicant says to a case. Fields: "word", "words".
func (s Says) check(c Case) error {
	var p civic.Problems
	if !s.Contest && !slices.Contains(c.words(), s.Word) {
		p.Add("word", "appeals.choose")
	}
	if s.Contest && s.Words == "" {
		p.Add("words", "appeals.say_why")
	}
	if utf8.RuneCountInString(s.Words) > maxReason {
		p.Add("words", "appeals.too_long", "Count", maxReason)
	}
	return p.Err()
}

// words are those by which the applicant may close a case now.
func (c Case) words() []Word {
	if c.State == Answered {
		return []Word{Done, Partly, NotDone, NotNeeded}
	}
	if _, ok := Next(c.State, Withdraw); ok {
		return []Word{NotNeeded}
	}
	return nil
}

// mayContest reports whether the head of the body can be asked to decide again.
func (c Case) mayContest() bool { return c.State == Answered && c.ContestedAt.IsZero() }

// registrar finds out whose an appeal is when nobody knows.
const registrar civic.Role = "appeals.registrar"

// MayRegister reports whether the actor says which body an appeal concerns.
func MayRegister(a civic.Actor) bool { return a.HasAny(registrar, civic.Administrator) }

// MayWork reports whether the actor answers for the body.
func MayWork(a civic.Actor, body civic.ID) bool {
	return a.ActsFor(civic.Officer, organisations.RefOf(body))
}

// mayModerate reports whether the actor decides on the words of an open appeal.
func (a Appeal) mayModerate(actor civic.Actor) bool {
	return a.Filed() && a.Open && actor.HasAny(civic.Moderator, civic.Administrator) && actor.Account != a.Applicant
}

// own reports whether the actor filed it, with an account.
func (a Appeal) own(actor civic.Actor) bool { return actor.SignedIn() && actor.Account == a.Applicant }

// reads reports whether the actor reads its words: everybody those that are shown; always who filed it, the bodies that
// had it, and who says whose it is.
func (a Appeal) reads(actor civic.Actor, bodies []civic.ID) bool {
	return a.Text == Shown || a.own(actor) || a.Filed() && (MayRegister(actor) || a.mayModerate(actor) ||
		slices.ContainsFunc(bodies, func(b civic.ID) bool { return MayWork(actor, b) }))
}

func notNow() error { return civic.Fail(civic.Closed, "appeals.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notYours() error { return civic.Fail(civic.Forbidden, "appeals.not_yours") }
