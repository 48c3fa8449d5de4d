// Package delivery is what happens to a thing that people decided on, from the contract until those who live beside it say that it is there. See README.md for the words and states.
package delivery

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/voices"
)

// State is where a work stands. README.md draws how they follow one another.
type State string

const (
	Promised   State = "promised"   // people decided; there is no contract yet
	Contracted State = "contracted" // somebody is building it
	Built      State = "built"      // the body says that it is there
	Confirmed  State = "confirmed"  // people who live nearby say so too
	Disputed   State = "disputed"   // people who live nearby say that it is not so: the body has to answer
	Dropped    State = "dropped"    // it will not be built, with the reason
)

// States lists them as filters show them.
func States() []State {
	return []State{Promised, Contracted, Built, Disputed, Confirmed, Dropped}
}

// Step is what moves a work from one state to the next.
type Step string

const (
	Sign    Step = "sign" // a contract
	Finish  Step = "finish"
	Mend    Step = "mend" // the body answers a dispute: people say anew
	Confirm Step = "confirm"
	Dispute Step = "dispute"
	Drop    Step = "drop"
)

// steps is the whole state machine of a work.
var steps = map[State]map[Step]State{
	Promised:   {Sign: Contracted, Drop: Dropped},
	Contracted: {Sign: Contracted, Finish: Built, Drop: Dropped},
	Built:      {Confirm: Confirmed, Dispute: Disputed},
	Confirmed:  {Dispute: Disputed},
	Disputed:   {Mend: Built},
}

// Next is the state after a step, or false when there is none.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Work is one thing that is built. Its name is that of the thing that promised it.
type Work struct {
	ID        civic.ID
	Of        civic.Ref // what promised it; of each thing one work
	Body      civic.Ref // that has it built
	State     State
	District  string // code; "": not said
	Point     places.Point
	Year      int         // of the decision, until it is built; then that in which it was
	Cost      civic.Money // that was promised
	Set       civic.Money // that is set aside: what was promised and every raise
	Due       string      // day, "2027-10-31"
	First     string      // the day that was promised first
	Contracts []Contract
	Raises    []Raise
	Delays    []Delay
	Mended    []Said // what the body answered to disputes
	Why       civic.Text
	Round     int // of what people say: a new one begins when the body answers a dispute
	BuiltAt   time.Time
	OpenedAt  time.Time
	ChangedAt time.Time

	no int64
}

// Contract is with whom the body agreed what it costs.
type Contract struct {
	Number string      `json:"number"`
	With   string      `json:"with"`
	BIN    string      `json:"bin"` // number of the supplier in the state's register of organisations
	Sum    civic.Money `json:"sum_tiyn"`
	Signed string      `json:"signed"` // day
}

// Raise is money beside what was promised.
type Raise struct {
	At  time.Time   `json:"at"`
	Sum civic.Money `json:"sum_tiyn"`
	Why civic.Text  `json:"why"`
}

// Delay is another day than was promised before.
type Delay struct {
	At   time.Time  `json:"at"`
	From string     `json:"from"`
	To   string     `json:"to"`
	Why  civic.Text `json:"why"`
}

// Said is what a body says, and when.
type Said struct {
	At    time.Time  `json:"at"`
	Words civic.Text `json:"words"`
}

// Milestone is a step of the building that people can see.
type Milestone struct {
	ID      civic.ID
	Name    civic.Text
	Due     string    // day
	Reached time.Time // zero: not yet

	work, no int64
}

// box is where what people say of works is kept.
var box = voices.Box{Table: "delivery_voice", Thing: "work"}

// verdict is the step that what people say leads to.
func verdict(t voices.Tally, state State, confirms, disputes int64) (Step, bool) {
	switch word := t.Word(confirms, disputes); {
	case word == voices.Disputed && state != Disputed:
		return Dispute, true
	case word == voices.Confirmed && state == Built:
		return Confirm, true
	}
	return "", false
}

// Sum is what all contracts come to.
func (w Work) Sum() (sum civic.Money) {
	for _, c := range w.Contracts {
		sum += c.Sum
	}
	return sum
}

// Late reports whether the day that is promised now has passed, and nothing was built.
func (w Work) Late(today string) bool {
	return (w.State == Promised || w.State == Contracted) && w.Due < today
}

// heard reports whether people can still say what they see.
func (w Work) heard(now time.Time, days int) bool {
	return (w.State == Built || w.State == Confirmed || w.State == Disputed) && now.Before(w.BuiltAt.AddDate(0, 0, days))
}

// MayRun reports whether the actor writes what became of the work: an officer of the body, or an administrator.
func (w Work) MayRun(a civic.Actor) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, w.Body)
}

func (w Work) role(a civic.Actor) civic.Role {
	return a.ActsAs([]civic.Ref{w.Body}, civic.Officer, civic.Administrator)
}

// may is the state after a step. Errors: civic.Closed.
func (w Work) may(step Step) (State, error) {
	to, ok := Next(w.State, step)
	if !ok {
		return w.State, notNow()
	}
	return to, nil
}

// Bounds that keep pages readable and are no policy.
const (
	maxContracts  = 10
	maxMilestones = 20
	maxDelays     = 30
	maxWords      = 1_000 // characters
	maxName       = 200
)

// check finds what is wrong with a contract. Fields: "number", "with", "bin", "sum", "signed".
func (c Contract) check(p *civic.Problems, today string) {
	for _, f := range []struct{ name, text string }{{"number", c.Number}, {"with", c.With}} {
		switch {
		case strings.TrimSpace(f.text) == "":
			p.Add(f.name, "delivery.write_it")
		case utf8.RuneCountInString(f.text) > maxName:
			p.Add(f.name, "web.too_long", "Count", maxName)
		default:
			if junk := civic.Junk(f.text, nil); junk != "" {
				p.Add(f.name, junk)
			}
		}
	}
	if !civic.ValidBIN(c.BIN) {
		p.Add("bin", "delivery.bin_wrong")
	}
	if c.Sum <= 0 || c.Sum > maxSum {
		p.Add("sum", "delivery.sum_wrong")
	}
	if !dayLike(c.Signed) || c.Signed > today {
		p.Add("signed", "delivery.day_passed_needed")
	}
}

// maxSum bounds one contract or payment: a trillion tenge.
const maxSum = civic.Money(100_000_000_000_000)

func dayLike(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// number finds a contract by its number.
func (w Work) number(n string) bool {
	return slices.ContainsFunc(w.Contracts, func(c Contract) bool { return c.Number == n })
}

func notNow() error { return civic.Fail(civic.Closed, "delivery.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notYours() error { return civic.Fail(civic.Forbidden, "delivery.not_yours") }

// dayOf is the first instant of a day.
func dayOf(d string, zone *time.Location) time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, d, zone)
	return t
}
