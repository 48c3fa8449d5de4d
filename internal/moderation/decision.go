package moderation

import (
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Outcome is what was decided about a thing.
type Outcome string

const (
	LetIn    Outcome = "let_in" // or left as it is: nothing changes that the log tells of
	Removed  Outcome = "removed"
	Restored Outcome = "restored"
)

// Verdict is what a moderator decides, as the owner of the thing tells it.
type Verdict struct {
	Thing   civic.Ref
	Outcome Outcome
	Rule    civic.ID // the version by which it is removed
	// Answer is what the author is told who asked for this decision; it is public.
	Answer string
	Role   civic.Role // in which the moderator acts
	Seen   time.Time  // when the page was made on which it was decided; zero: not known
}

// Decision is a line of the public log.
type Decision struct {
	No      int64
	Thing   civic.Ref
	Outcome Outcome
	Rule    civic.ID // of a return: that of the removal it takes back
	At      time.Time
	by      civic.ID
}

// State of a contest.
//
//	contest ──► waiting ──► restored   by another moderator than the first
//	                   └──► upheld
type State string

const (
	Waiting       State = "waiting"
	Upheld        State = "upheld"
	StateRestored State = "restored"
)

// Contest is an author's wish for another decision on a removal.
type Contest struct {
	Decision  int64 // the removal
	Thing     civic.Ref
	AskedAt   time.Time
	Words     string // why; "" once it is decided
	State     State
	Answer    string // the second moderator's reason
	DecidedAt time.Time

	account, first, decidedBy civic.ID
	path                      string
	due                       time.Time
}

// ID is that of the contest as a thing.
func (c Contest) ID() civic.ID { return civic.ID(strconv.FormatInt(c.Decision, 10)) }

// Waits reports whether nobody has answered it.
func (c Contest) Waits() bool { return c.State == Waiting }

// Asking is what an author says who contests.
type Asking struct {
	Thing   civic.Ref
	Words   string
	Account civic.ID // to be told; "" where there is none
	Path    string   // where the author finds what became of it, without the language
	// Due is after when it matters no more, say because nobody votes on it then; zero: never.
	Due time.Time
}

// maxWords is the longest reason of an author and of who answers it, in characters.
const maxWords = 1000
