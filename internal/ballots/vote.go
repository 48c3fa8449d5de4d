// Package ballots holds secret votes: who may vote and has (the roll), and what was voted (the box). Nothing ties the two: no key, no
// time, no order. docs/adr/0014-roll-and-box.md says what that keeps from whom. What is voted on, and what a ballot is worth, its
// owner knows: a vote belongs to a thing of a capability.
package ballots

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// State is how far a vote is.
type State string

const (
	Open    State = "open"    // announced or under way: OpensAt and End say which
	Closed  State = "closed"  // nothing goes in any more, the box is being counted
	Counted State = "counted" // the box is published
)

// Vote is one vote.
type Vote struct {
	no       int64
	ID       civic.ID
	Of       civic.Ref // what it belongs to
	State    State
	OpensAt  time.Time // the first instant of it
	ClosesAt time.Time // the first instant behind it
	// WindowAt is until when those who voted may vote anew because an option was frozen; zero: no option was.
	WindowAt time.Time
	Revote   bool // one may vote anew until ClosesAt; the last ballot counts
	// Paper says that ballots are given out on paper too: then the box is not opened before they are handed in (AddPaper).
	Paper   bool
	Rule    Rule
	Options []Option
	Key     string // the public half of the key for which ballots are sealed, base64url

	longest int  // bytes of a ballot
	paperIn bool // the paper ballots are in the box

	// Known from the closing on: how many are on the roll as having voted, and how many ballots the box had. Then, of
	// those, how many could not be read, and the root of the Merkle tree over the published list, "sha256:…".
	Rolled, Boxed, Unreadable int64
	// Absent are paper ballots that were given to a voter and are not in the box: spoilt or not returned, as their protocol says.
	Absent    int64
	Root      string
	CountedAt time.Time
}

// End is the first instant at which nobody may vote any more.
func (v Vote) End() time.Time {
	if v.WindowAt.After(v.ClosesAt) {
		return v.WindowAt
	}
	return v.ClosesAt
}

// underWay says whether somebody may vote at all at now: an error of code Closed says why not.
func (v Vote) underWay(now time.Time) error {
	switch {
	case v.State != Open || !now.Before(v.ClosesAt):
		return civic.Fail(civic.Closed, "ballots.over")
	case now.Before(v.OpensAt):
		return civic.Fail(civic.Closed, "ballots.not_yet", "At", v.OpensAt)
	}
	return nil
}

// again says whether somebody who voted may vote anew at now: an error of code Closed or Conflict says why not.
func (v Vote) again(now time.Time) error {
	switch {
	case v.State == Open && !now.Before(v.OpensAt) && (v.Revote && now.Before(v.ClosesAt) || now.Before(v.WindowAt)):
		return nil
	case v.State != Open || !now.Before(v.ClosesAt):
		return civic.Fail(civic.Closed, "ballots.over")
	}
	return civic.Fail(civic.Conflict, "ballots.voted")
}

// frozen finds an option of the ballot that may not be chosen now.
func (v Vote) frozen(b Ballot) (Option, bool) {
	for _, o := range v.Options {
		if o.Frozen && slices.ContainsFunc(b, func(m Mark) bool { return m.Option == o.Code }) {
			return o, true
		}
	}
	return Option{}, false
}

// Channel is how somebody came onto the roll.
type Channel string

const (
	Account Channel = "account" // signed in
	Letter  Channel = "letter"  // by a code that was mailed
	Desk    Channel = "desk"    // by a code that was handed out
	Paper   Channel = "paper"   // with a sheet of paper
)

// Voter is who votes: the holder of an account, of whom the caller knows that they may, or of a code.
type Voter struct {
	Account  civic.ID
	Code     string // as it is printed or typed; empty for an account
	District string // code of the roll, "" for not known. Of the holder of a code the code says it
	Age      string // an age band as the owner writes them, "30-44"; "" for not known
}

// hour is all that the roll keeps of a time.
func hour(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// rolledAs is how a person stands in the roll of a vote: another in each vote, so that rolls cannot be laid side by side.
func rolledAs(vote civic.ID, sort string, person []byte) string {
	h := sha256.New()
	h.Write([]byte("birge roll\x00" + string(vote) + "\x00" + sort + "\x00"))
	h.Write(person)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Group is how many of those who voted are of one sort.
type Group struct {
	Code  string // "" for all that are not told apart
	Count int64
}

// suppressed lists groups by size, without those so small that somebody might be recognised in them: what has fewer than
// least is told together, and so is the next larger one while together they are still too few.
func suppressed(of map[string]int64, least int64) (out []Group) {
	var rest int64
	for code, n := range of {
		if code == "" || n < least {
			rest += n
			continue
		}
		out = append(out, Group{code, n})
	}
	slices.SortFunc(out, func(a, b Group) int {
		if a.Count != b.Count {
			return int(min(1, max(-1, b.Count-a.Count)))
		}
		return strings.Compare(a.Code, b.Code)
	})
	for rest > 0 && rest < least && len(out) > 0 {
		rest += out[len(out)-1].Count
		out = out[:len(out)-1]
	}
	if rest > 0 && rest >= least {
		out = append(out, Group{"", rest})
	}
	return out
}
