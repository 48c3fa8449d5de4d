// Package minutes is what meetings are remembered by: what was said, remarks of those who were there, the approval by a later meeting.
// See README.md.
package minutes

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Minutes are what a meeting is remembered by. They are made from what was entered in it: who was there, the agenda, the votes. To
// that the secretary adds what was said on each point.
type Minutes struct {
	ID      civic.ID
	Meeting civic.ID
	State   State
	Heard   []Heard   // in the order of the agenda
	Until   time.Time // when remarks end; zero in a draft
	// What that follows from: when they were handed out, and for how many working days. Zero of those handed out before it was kept.
	CirculatedAt time.Time
	Days         int
	ApprovedAt   time.Time
	ApprovedIn   civic.ID // the meeting that approved them

	no int64
}

// Heard is what was said on a point.
type Heard struct {
	Item civic.ID   `json:"item"`
	Text civic.Text `json:"text"`
}

// State is where minutes stand. Nobody but those who do the work sees them before they are approved; nobody changes
// them afterwards.
type State string

const (
	Draft    State = "draft"
	Remarks  State = "remarks" // those who were present have them, and may say what is wrong
	Approved State = "approved"
)

// Step moves minutes from state to state.
type Step string

const (
	Circulate Step = "circulate"
	Approve   Step = "approve"
)

var steps = map[State]map[Step]State{
	Draft:   {Circulate: Remarks},
	Remarks: {Approve: Approved},
}

// After is the state after a step, or false when there is none.
func (s State) After(step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Of is what was said on a point.
func (m Minutes) Of(item civic.ID) civic.Text {
	for _, h := range m.Heard {
		if h.Item == item {
			return h.Text
		}
	}
	return nil
}

// Field is the field of a form for what was said on a point.
func (h Heard) Field() string { return "heard." + string(h.Item) }

// checkOfficial holds what is to be handed out: what is said on a point is said in Kazakh and in Russian.
func (m Minutes) checkOfficial() error {
	var p civic.Problems
	for _, h := range m.Heard {
		if !h.Text.Empty() {
			p.OfficialAtMost(h.Field(), h.Text, maxHeard)
		}
	}
	return p.Err()
}

// Bounds of what forms take. They keep pages readable and are no policy.
const (
	maxHeard   = 5_000 // characters
	maxWords   = 2_000
	maxRemarks = 20 // of one member on one set of minutes
)

// Remark is what somebody who was present says is wrong in the minutes, and what came of it.
type Remark struct {
	ID      civic.ID
	Minutes civic.ID
	Seat    civic.ID
	At      time.Time
	Lang    civic.Lang
	Words   string
	Ruling  Ruling
	Reason  civic.Text

	no int64
}

// Ruling is what the secretary did about a remark.
type Ruling string

const (
	Undecided  Ruling = ""
	RemarkIn   Ruling = "taken"   // the minutes were mended
	RemarkLeft Ruling = "refused" // they were not, for the reason
)

// Correction is what was found wrong after the approval. The minutes stay as they were approved.
type Correction struct {
	ID      civic.ID
	Minutes civic.ID
	At      time.Time
	Text    civic.Text

	no int64
}
