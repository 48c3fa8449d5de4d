package councils

import (
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
)

// Recommendation is what a council decided that a state body should do.
type Recommendation struct {
	ID        civic.ID
	Council   civic.ID
	Meeting   civic.ID
	Vote      civic.ID
	Number    string // "3/2026": by council and year
	Text      civic.Text
	Body      civic.ID // to whom it is addressed
	Opinion   bool     // on a draft act
	AdoptedAt time.Time
	SentAt    time.Time // zero: not yet

	no int64
}

// Owing is what a body owes about a recommendation, with what it said to it last; the zero Verdict: nothing yet.
type Owing struct {
	answers.Obligation
	Said answers.Verdict
}

// Fate is what became of a recommendation. It is told by what the body owes about it, and kept nowhere else.
type Fate string

const (
	Adopted  Fate = "adopted"
	Due      Fate = "due"
	Late     Fate = "late"     // the date has passed, and there is no answer
	Answered Fate = "answered" // elsewhere: the words say how

	Taken       Fate = "taken"   // taken up, and nothing is promised by a date
	TakenPartly Fate = "partly"  // in part
	Refused     Fate = "refused" // not taken up, with reasons

	Promised        Fate = "promised"
	NotDelivered    Fate = "not_delivered"    // a promise whose date has passed
	Delivered       Fate = "delivered"        // so the body says
	DeliveredPartly Fate = "delivered_partly" // so the body says
	Undone          Fate = "undone"           // the body itself says that it was not done
	Confirmed       Fate = "confirmed"        // the council says that it was done
	Contested       Fate = "contested"
)

// fateOf tells it by what is owed about the recommendation, the first one first: the answer, and what it promised.
func (r Recommendation) fateOf(owed []Owing, now time.Time) Fate {
	if r.SentAt.IsZero() {
		return Adopted
	}
	fate := Due
	for _, o := range owed {
		if o.State == answers.PassedOn {
			continue
		}
		if fate = o.fate(now); fate == Contested {
			break
		}
	}
	return fate
}

// saidFate is what a body's own word makes of what it owes.
var saidFate = map[answers.Outcome]Fate{answers.Taken: Taken, answers.Partly: TakenPartly, answers.NotTaken: Refused,
	answers.Done: Delivered, answers.PartlyDone: DeliveredPartly, answers.NotDone: Undone}

// fate is what became of one answer or deed.
func (o Owing) fate(now time.Time) Fate {
	open, late, given := Due, Late, Answered
	if o.Owed == answers.Deed {
		open, late, given = Promised, NotDelivered, Delivered
	}
	if said, known := saidFate[o.Said.Outcome]; known {
		given = said
	}
	switch {
	case o.State == answers.Contested:
		return Contested
	case o.State == answers.Confirmed && given == Delivered:
		return Confirmed
	case o.State == answers.Given || o.State == answers.Confirmed:
		return given
	case o.Late(now):
		return late
	}
	return open
}
