// Package audit keeps the list of privileged acts: who did what to which thing, and when.
// An entry is written in the transaction of the act, so neither is there without the other.
// The list only grows: the database itself refuses to change or delete an entry.
//
// Because an entry can never be erased, none may hold personal data: accounts and things are
// named by their identifiers alone, whose names can be erased where they are kept.
package audit

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Entry is one act.
type Entry struct {
	ID      civic.ID
	At      time.Time
	Account civic.ID     // who acted; empty for the program itself
	Roles   []civic.Role // that the actor then held; none for the program itself and for visitors
	Act     string       // such as "organisations.claim.accept"
	Subject civic.Ref
	Detail  map[string]string
}

// Trail takes entries. It knows which acts there are.
type Trail struct{ declared func(act string) bool }

// New makes a trail of the acts for which declared is true.
func New(declared func(act string) bool) *Trail { return &Trail{declared} }

// Note adds an entry. act is lower-case words with dots between them, from the general to the
// special; one that nobody declared is a programming error. detail holds identifiers, codes and
// numbers that tell the act from others of its kind, such as the role that was given, and never
// a name, an address or a text that a person wrote.
func (t *Trail) Note(tx *storage.Tx, actor civic.Actor, act string, subject civic.Ref, detail map[string]string) error {
	if !t.declared(act) {
		return fmt.Errorf("audit: nobody declared the act %q, here about %s %s", act, subject.Kind, subject.ID)
	}
	if detail == nil {
		detail = map[string]string{}
	}
	body, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	roles, err := json.Marshal(actor.Roles())
	if err != nil {
		return err
	}
	return insert(tx, actor.Account, roles, act, subject, body)
}

// Filter of List. Empty fields do not narrow.
type Filter struct {
	Before  civic.ID  // only entries older than this one: the last of the page before
	Account civic.ID  // who acted
	Act     string    // that very act
	Subject civic.Ref // a kind alone, or one thing
	Limit   int       // 50 when zero, at most 200
}

// List returns entries, the newest first. The order of those of one millisecond is fixed
// but means nothing. Who may read the list is for the caller to decide.
func List(tx *storage.Tx, f Filter) ([]Entry, error) {
	f.Limit = min(f.Limit, 200)
	if f.Limit <= 0 {
		f.Limit = 50
	}
	return list(tx, f)
}
