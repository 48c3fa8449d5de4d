package projects

import (
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/voices"
)

// Judgement is what the agency says of a claim.
type Judgement string

const (
	Unsaid   Judgement = ""
	Accepted Judgement = "accepted"
	Partly   Judgement = "partly"
	Rejected Judgement = "rejected"
)

// Judgements lists them as forms show them.
func Judgements() []Judgement { return []Judgement{Accepted, Partly, Rejected} }

// Standing is how a milestone stands by the word of all three.
type Standing string

const (
	Planned    Standing = "planned"
	Claimed    Standing = "claimed"   // the lead says so, and nobody else has spoken yet
	Seen       Standing = "seen"      // people see it too, and the agency is silent
	IsAccepted Standing = "accepted"  // the agency says so too
	Met        Standing = "met"       // all three say so
	InPart     Standing = "partly"    // the agency has accepted a part
	IsRejected Standing = "rejected"  // the agency says that it is not so
	Contested  Standing = "contested" // the agency says that it is not so, and people say that it is
	Disputed   Standing = "disputed"  // people say that it is not so, whatever the agency says
)

// standings is the whole rule: what the three voices come to. Who has not claimed anything stands at Planned.
var standings = map[Judgement]map[voices.Word]Standing{
	Unsaid:   {voices.Open: Claimed, voices.Confirmed: Seen, voices.Disputed: Disputed},
	Accepted: {voices.Open: IsAccepted, voices.Confirmed: Met, voices.Disputed: Disputed},
	Partly:   {voices.Open: InPart, voices.Confirmed: InPart, voices.Disputed: Disputed},
	Rejected: {voices.Open: IsRejected, voices.Confirmed: Contested, voices.Disputed: IsRejected},
}

// StandingOf computes a milestone's standing from the three voices of its round. Nobody types it.
func StandingOf(claimed bool, agency Judgement, people voices.Word) Standing {
	if !claimed {
		return Planned
	}
	return standings[agency][people]
}

// Reached reports whether a milestone is out of the way.
func (s Standing) Reached() bool { return s == IsAccepted || s == Met }

// again reports whether the lead has to do something and claim anew.
func (s Standing) again() bool {
	return s == InPart || s == IsRejected || s == Contested || s == Disputed
}

// Round is a claim and what was answered to it. What stands in an earlier one is never changed.
type Round struct {
	At        time.Time   `json:"at"`
	Words     civic.Text  `json:"words"`
	Evidence  []string    `json:"evidence"` // https addresses
	Judgement Judgement   `json:"judgement"`
	Reason    civic.Text  `json:"reason"`
	JudgedAt  time.Time   `json:"judged_at,omitzero"`
	Due       time.Time   `json:"due"`    // by when the agency owes its word
	People    voices.Word `json:"people"` // what those nearby say together
	// Obligation is the agency's, in internal/answers.
	Obligation civic.ID `json:"obligation"`
}

// Milestone is a step of a project that people can see.
type Milestone struct {
	ID     civic.ID
	Name   civic.Text
	Due    string // day that is promised now
	First  string // day that was agreed on first
	Rounds []Round

	project, no int64
}

// Last is the round that goes on; the zero value when nothing was claimed.
func (m Milestone) Last() Round {
	if len(m.Rounds) == 0 {
		return Round{}
	}
	return m.Rounds[len(m.Rounds)-1]
}

// round names the round that goes on.
func (m Milestone) round() string { return string(m.ID) + "/" + strconv.Itoa(len(m.Rounds)) }

// Standing is how the milestone stands now.
func (m Milestone) Standing() Standing {
	r := m.Last()
	return StandingOf(len(m.Rounds) > 0, r.Judgement, r.People)
}

// Late reports whether the day that is promised now has passed, and nothing was claimed.
func (m Milestone) Late(today string) bool { return len(m.Rounds) == 0 && m.Due < today }

// Silent reports whether the agency owes its word since a date that has passed.
func (m Milestone) Silent(now time.Time) bool {
	r := m.Last()
	return len(m.Rounds) > 0 && r.Judgement == Unsaid && now.After(r.Due)
}

// heard reports whether people can still say what they see.
func (m Milestone) heard(now time.Time, days int) bool {
	return len(m.Rounds) > 0 && now.Before(m.Last().At.AddDate(0, 0, days))
}

// mayFinish is from when a project may end: everybody near had so many days since each last claim, or has confirmed it.
func mayFinish(all []Milestone, days int) (from time.Time) {
	for _, m := range all {
		if until := m.Last().At.AddDate(0, 0, days); m.Last().People != voices.Confirmed && until.After(from) {
			from = until
		}
	}
	return from
}

// mayClaim reports whether the lead can claim it: it has not yet, or what came of its last claim asks for another.
func (m Milestone) mayClaim() bool {
	return (len(m.Rounds) == 0 || m.Standing().again()) && len(m.Rounds) < maxRounds
}

// mayJudge reports whether the agency can speak: once on each claim.
func (m Milestone) mayJudge() bool { return len(m.Rounds) > 0 && m.Last().Judgement == Unsaid }

const maxRounds = 20

// check finds what is wrong with a claim. Fields: "words", "evidence".
func (r Round) check() (p civic.Problems) {
	p.OfficialAtMost("words", r.Words, maxText)
	if len(r.Evidence) > maxEvidence {
		p.Add("evidence", "projects.too_many", "Most", maxEvidence)
	}
	for _, e := range r.Evidence {
		if !webAddress(e) {
			p.Add("evidence", "projects.address_wrong")
			break
		}
	}
	return p
}
