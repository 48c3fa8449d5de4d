// Package voices is what people who live nearby say of a thing that somebody says is there: they confirm it, doubt it or dispute it. The rule of when enough
// of them have said so, and how their words are kept, is the same for whatever is built. It knows nothing of what that is.
package voices

// Voice is what somebody who lives nearby says.
type Voice string

const (
	Agrees   Voice = "confirm"
	Doubts   Voice = "doubt"
	Disputes Voice = "dispute"
)

// All lists them as forms show them.
func All() []Voice { return []Voice{Agrees, Doubts, Disputes} }

// Matters are what can be wrong, as forms show them.
func Matters() []string { return []string{"missing", "other", "poor", "unsafe", "closed"} }

// Tally is how many said what in a round.
type Tally map[Voice]int64

// Word is what all of them say together.
type Word string

const (
	Open      Word = ""          // too few have spoken
	Confirmed Word = "confirmed" // enough confirm, and more than dispute
	Disputed  Word = "disputed"  // enough dispute, and as many as confirm
)

// Word is what a tally says, given how many it takes to confirm or to dispute. Who doubts counts for neither.
func (t Tally) Word(confirms, disputes int64) Word {
	switch {
	case t[Disputes] >= disputes && t[Disputes] >= t[Agrees]:
		return Disputed
	case t[Agrees] >= confirms && t[Agrees] > t[Disputes]:
		return Confirmed
	}
	return Open
}
