// Package meetings is how bodies meet: agendas, what residents ask, who is present, how each voted. Whoever has things
// that meet owns them (Owner). See README.md for the words and states.
package meetings

import (
	"maps"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Meeting is one sitting of a body.
type Meeting struct {
	ID       civic.ID
	Body     civic.Ref
	State    MeetingState
	StartsAt time.Time
	Place    civic.Text
	Stream   string     // where it can be watched; "": nowhere
	Recorded string     // where the recording is; "": nowhere, or not yet
	Present  []civic.ID // seats, as last counted
	Members  int        // who sat in the body at that count; 0 before the first
	Needed   int        // the quorum of that count
	Sequence int        // how often it was moved or called off since people were invited
	Reason   civic.Text // why, the last time

	ChangedAt time.Time // when it was written last, for calendars

	no int64
}

// MeetingState is where a meeting stands. README.md draws how they follow one another.
type MeetingState string

const (
	Planned   MeetingState = "planned"
	Convened  MeetingState = "convened" // everybody sees it: agenda, papers, invitation
	Quorate   MeetingState = "quorate"
	Inquorate MeetingState = "inquorate"
	Closed    MeetingState = "closed"
	CalledOff MeetingState = "called_off" // people were invited, and it does not take place
)

// Step is what moves a meeting from state to state.
type Step string

const (
	Convene Step = "convene"
	Gather  Step = "gather" // the quorum is there
	Fail    Step = "fail"   // it is not
	Close   Step = "close"
	Move    Step = "move" // to another time or place
	CallOff Step = "call_off"
)

// steps is the whole state machine. Those present are counted again whenever somebody comes or leaves; whether they are
// enough is for the rule to say, not for a person.
var steps = map[MeetingState]map[Step]MeetingState{
	Planned:   {Convene: Convened},
	Convened:  {Gather: Quorate, Fail: Inquorate, Move: Convened, CallOff: CalledOff},
	Quorate:   {Gather: Quorate, Fail: Inquorate, Close: Closed},
	Inquorate: {Gather: Quorate, Fail: Inquorate, Close: Closed},
}

// Next is the state after a step, or false when there is none.
func Next(s MeetingState, step Step) (MeetingState, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Public reports whether everybody sees the meeting.
func (m Meeting) Public() bool { return m.State != Planned }

// Ahead reports whether it is still to come: people sign up to it.
func (m Meeting) Ahead(now time.Time) bool { return m.State == Convened && now.Before(m.StartsAt) }

// Over reports whether nothing happens at it any more.
func (m Meeting) Over() bool { return m.State == Closed || m.State == CalledOff }

// Running reports whether it has begun and is not closed.
func (m Meeting) Running() bool { return m.State == Quorate || m.State == Inquorate }

func (m Meeting) check(now time.Time) error {
	var p civic.Problems
	if !m.StartsAt.After(now) {
		p.Add("day", "meetings.in_the_future")
	}
	p.OfficialAtMost("place", m.Place, maxName)
	checkAddress(&p, "stream", m.Stream)
	return p.Err()
}

// Quorum is the least number of members that is at least part of whole of all n.
func Quorum(n, part, whole int) int { return (n*part + whole - 1) / whole }

// Item is one point of an agenda.
type Item struct {
	ID       civic.ID
	Meeting  civic.ID
	Place    int // on the agenda, from 1
	State    ItemState
	Title    civic.Text
	From     string // the thing that it comes from, as civic.Ref writes it: a question, a consultation; "": the body's own
	Reporter string // name and post
	Minutes  int    // that it is to take
	Report   bool   // a state body reports, and is heard
	Next     time.Time

	// Of a draft act that a state body sent for an opinion; all zero: the point is about none.
	Received time.Time // the day on which it came
	Days     int       // working days in which the opinion is to be given
	Due      time.Time // the last second of that

	no int64
}

// OpinionOpen reports whether the opinion on a draft act is still to be given.
func (i Item) OpinionOpen() bool { return !i.Due.IsZero() && i.State != Decided }

// same reports whether both are one point: with one title, about one thing.
func (i Item) same(o Item) bool { return maps.Equal(i.Title, o.Title) && i.From == o.From }

// ItemState is where a point stands.
type ItemState string

const (
	Proposed  ItemState = "proposed" // of a meeting to which nobody was invited yet
	OnAgenda  ItemState = "on_agenda"
	Discussed ItemState = "discussed" // perhaps there is nothing to decide
	Decided   ItemState = "decided"
	Postponed ItemState = "postponed" // to a day that is named
)

// Settle is what happens to a point at the meeting.
type Settle string

const (
	Put      Settle = "put" // onto the agenda: its meeting is convened
	Discuss  Settle = "discuss"
	Decide   Settle = "decide" // by a vote
	Postpone Settle = "postpone"
)

// settled is the whole state machine of a point.
var settled = map[ItemState]map[Settle]ItemState{
	Proposed:  {Put: OnAgenda},
	OnAgenda:  {Discuss: Discussed, Decide: Decided, Postpone: Postponed},
	Discussed: {Decide: Decided, Postpone: Postponed},
}

// After is the state of a point after what happened to it, or false when nothing can happen any more.
func (s ItemState) After(what Settle) (ItemState, bool) {
	to, ok := settled[s][what]
	return to, ok
}

func (i Item) check(now time.Time) error {
	var p civic.Problems
	if i.Received.After(now) {
		p.Add("received", "meetings.received_wrong")
	}
	p.OfficialAtMost("title", i.Title, 500)
	p.AtMost("reporter", i.Reporter, maxName)
	if i.From != "" {
		if _, ok := civic.ParseRef(i.From); !ok {
			p.Add("from", "meetings.from_wrong")
		}
	}
	if i.Minutes < 1 || i.Minutes > 600 {
		p.Add("minutes", "meetings.minutes_wrong", "Count", 600)
	}
	return p.Err()
}

// Question is what a resident asks a body to look at.
type Question struct {
	ID      civic.ID
	Body    civic.Ref
	State   QuestionState
	Account civic.ID // who asks; "" once they left
	Lang    civic.Lang
	Words   string
	AskedAt time.Time
	Item    civic.ID   // that it became
	Reason  civic.Text // why it was turned down

	no int64
}

// QuestionState is where a question stands.
type QuestionState string

const (
	Waiting QuestionState = "waiting"
	Taken   QuestionState = "taken"
	Refused QuestionState = "refused"
)

func (q Question) check(most int) error {
	if key := civic.Junk(q.Words, civic.Seen{}); key != "" {
		return civic.Wrong("words", key)
	}
	var p civic.Problems
	p.AtMost("words", q.Words, most)
	return p.Err()
}

// presentAmong are those of the named seats that are members', each once, in the members' order.
func presentAmong(members []Member, named []civic.ID) []civic.ID {
	out := []civic.ID{}
	for _, s := range members {
		if slices.Contains(named, s.ID) {
			out = append(out, s.ID)
		}
	}
	return out
}
