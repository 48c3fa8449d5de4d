package moderation

import (
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Choice is what a moderator chose to do with words, whosever they are. Their owner asks Check first, then
// Settles, then Overtaken, and gives Deciding the Verdict.
type Choice struct {
	Approve bool     // let them in, or leave them, or bring them back
	Rule    civic.ID // the version of the rule that they break, when not
	Reason  string   // of a removal, and of the return of what its author contested
	// Seen is when the page was made on which it was chosen; zero: not known. Who has decided since
	// then is not overruled unseen.
	Seen time.Time
}

// Standing is how words stand before a choice is carried out.
type Standing struct {
	Shown, Removed bool
	Rule           civic.ID // of a removal
	Reason         string
	DecidedAt      time.Time // zero: no moderator has looked at them
}

// Check finds what a removal lacks. Errors: civic.Invalid with "rule" and "reason".
func (c Choice) Check(book *Book) error {
	if c.Approve {
		return nil
	}
	var p civic.Problems
	if !book.MayCite(c.Rule, Words) {
		p.Add("rule", "moderation.choose_broken")
	}
	if c.Reason == "" {
		p.Add("reason", "moderation.reason_missing")
	} else if utf8.RuneCountInString(c.Reason) > maxWords {
		p.Add("reason", "moderation.words_long", "Count", maxWords)
	}
	return p.Err()
}

// Settles reports whether the words stand already as the choice would have them.
func (c Choice) Settles(was Standing) bool {
	if was.DecidedAt.IsZero() {
		return false
	}
	return c.Approve && was.Shown || !c.Approve && was.Removed && was.Rule == c.Rule && was.Reason == c.Reason
}

// Overtaken fails with civic.Conflict when somebody has decided since the page was made.
func (c Choice) Overtaken(was Standing) error {
	if !c.Seen.IsZero() && was.DecidedAt.After(c.Seen) {
		return civic.Fail(civic.Conflict, "moderation.decided_meanwhile")
	}
	return nil
}

// Verdict is the choice as Deciding takes it, of a moderator who acts in that role.
func (c Choice) Verdict(thing civic.Ref, was Standing, role civic.Role) Verdict {
	v := Verdict{Thing: thing, Outcome: LetIn, Role: role, Seen: c.Seen, Answer: c.Reason}
	switch {
	case !c.Approve:
		v.Outcome, v.Rule = Removed, c.Rule
	case was.Removed:
		v.Outcome = Restored
	}
	return v
}
