// Package record makes the city's public acts append-only, linked and checkable by a
// stranger. A capability appends an [Entry] in the transaction of its change; a sequencer
// gives it its place in a Merkle tree and signs the tree's head; anybody can follow the tree
// ([proof] has its forms and the verifier), and everybody can read the acts as a stream and
// follow the trace from a first voice to the proof.
//
//	Append (in the caller's transaction)      Sequence (at most 2 s later)
//	        │                                        │
//	        ▼                                        ▼
//	     pending ─────────────────────────────► recorded: index, hash, signed checkpoint
//	                                                 │  witnesses, when configured
//	                                                 ▼
//	                                             published
package record

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Entry is one public act, as a capability reports it.
type Entry struct {
	Kind        string    // the name of a declared part.Act
	Subject     civic.Ref // what the act is about
	FollowsFrom []civic.Ref
	// Actor is the public role of who acted; "" for the program itself. Never a person.
	Actor civic.Role
	// Payload is what is recorded, written as canonical JSON: an object. Public facts only:
	// where a person's words or name are involved it holds a proof.Commitment (see Log.Commit),
	// where a public text is long its proof.Digest. Numbers must be whole.
	Payload any
}

// The record's own acts, beside those of proof.
const (
	KindLinked   = "record.log.linked"   // an officer: the subject follows from something
	KindUnlinked = "record.log.unlinked" // taken back
)

// RefKind is the kind of a civic.Ref to the record itself.
const RefKind = "record.log"

// Recorded is an entry with its place.
type Recorded struct {
	Index int64 // −1 while it is pending
	proof.Entry
	Raw []byte
}

// Filter narrows the stream. The zero value is everything.
type Filter struct {
	Kind    string    // of the act
	Subject civic.Ref // "" for all
	From    string    // first day, "2026-01-31" in the city's zone
	To      string    // last day
	Before  int64     // entries with a smaller index, 0 for the newest
	After   int64     // the opposite direction, when more than 0
	Upwards bool      // the oldest first, behind After; -1 begins with the first act
	Limit   int
}

// dayOf is the day of an instant in the city's zone.
func dayOf(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

// role is how an actor stands in an entry.
func role(r civic.Role) string {
	if r == "" {
		return "system"
	}
	return string(r)
}
