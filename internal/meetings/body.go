package meetings

import (
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Body is whatever meets: a council, a commission. Its owner tells it as it is at the transaction's instant.
type Body struct {
	Ref     civic.Ref
	Name    civic.Text
	Desk    string   // where its secretary works, without the language
	Members []Member // who sits there or ever sat, in the order in which they are called
	Quorum  int      // how many of those who sit it takes to decide
	Over    bool     // its term is over: nobody asks it anything any more
	// Told are things whose followers hear of its meetings too, such as the state body at which it works.
	Told []civic.Ref
}

// Member is somebody who sits in a body, or sat there.
type Member struct {
	ID   civic.ID // of the seat: the city knows members by their seats alone
	Name string
	Sits bool // today
}

// Sitting are those who sit in the body today.
func (b Body) Sitting() []Member {
	return slices.DeleteFunc(slices.Clone(b.Members), func(m Member) bool { return !m.Sits })
}

// Owner is the part whose things meet. What meets is a thing of one of its kinds, and the part's role "secretary",
// held for the thing, does the work of its meetings (part.MayWork). Its functions run in the transaction of the act.
type Owner struct {
	// Body tells one of its things. Errors: civic.NotFound.
	Body func(tx *storage.Tx, id civic.ID) (Body, error)
	// Addressees are those to whom a decision may be addressed; nil: decisions are addressed to nobody.
	Addressees func(tx *storage.Tx) ([]part.Choice, error)
	// Adopt is told of a decision that was accepted and is addressed to somebody. Errors: civic.Invalid with "to".
	Adopt func(tx *storage.Tx, a civic.Actor, v Vote, body, to civic.ID, opinion bool) error
	// Came tells what became of decisions, by the vote.
	Came func(tx *storage.Tx, votes []civic.ID) (map[civic.ID]part.Result, error)
	// Accounts are those of the members who sit in a body today. nil: its members have none here.
	Accounts func(tx *storage.Tx, id civic.ID) ([]civic.ID, error)
	// Seats are those that an actor has today, each with its body; nil as Accounts is.
	Seats func(tx *storage.Tx, a civic.Actor) (map[civic.ID]civic.ID, error)
	// Closed is told that a meeting of a body was closed, so that the owner keeps count of attendance; nil: it keeps none.
	Closed func(tx *storage.Tx, id civic.ID) error
}

// SeatIn is the seat that an actor has in a body today; "": none.
func (s *Service) SeatIn(tx *storage.Tx, a civic.Actor, body civic.Ref) (civic.ID, error) {
	owner := s.owners[body.Kind]
	if owner.Seats == nil {
		return "", nil
	}
	all, err := owner.Seats(tx, a)
	for seat, of := range all {
		if of == body.ID {
			return seat, err
		}
	}
	return "", err
}

// Bounds of what forms take. They keep pages readable and are no policy.
const (
	maxName  = 200 // characters
	maxWords = 2_000

	maxPoints = 100 // of one meeting; all are read at once
)

// checkAddress takes the address of a page, and nothing that runs.
func checkAddress(p *civic.Problems, field, s string) {
	rest, ok := strings.CutPrefix(s, "https://")
	if s != "" && (!ok || rest == "" || len(s) > 500 || strings.ContainsAny(s, " \"<>")) {
		p.Add(field, "meetings.address_wrong")
	}
}

// dayOf is when the day of an instant began.
func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}
