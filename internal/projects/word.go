package projects

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/voices"
)

// TextState is who reads the words that somebody wrote to their voice.
type TextState string

const (
	Waiting TextState = "waiting" // for a moderator
	Shown   TextState = "shown"
	Removed TextState = "removed"
)

// Word is what somebody who lives nearby writes to their voice, with pictures. The voice counts at once; the words are read when a moderator has looked.
type Word struct {
	ID        civic.ID
	Round     int // of the milestone, from 1
	Account   civic.ID
	Voice     voices.Voice
	Lang      civic.Lang
	Words     string
	Text      TextState
	Rule      civic.ID // by which it was removed
	Reason    string
	WrittenAt time.Time
	DecidedAt time.Time

	milestone, no int64
}

// standing is how the words stand, as moderation has it.
func (w Word) standing() moderation.Standing {
	return moderation.Standing{Shown: w.Text == Shown, Removed: w.Text == Removed, Rule: w.Rule, Reason: w.Reason, DecidedAt: w.DecidedAt}
}

// mayModerate reports whether the actor decides on the words: a moderator or an administrator, but nobody on their own.
func (w Word) mayModerate(a civic.Actor) bool {
	return a.HasAny(civic.Moderator, civic.Administrator) && (w.Account == "" || w.Account != a.Account)
}

const maxWords = 1_000 // characters
