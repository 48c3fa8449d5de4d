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

// Fate is what became of a recommendation. It is told by what the body owes about it, and kept nowhere else.
type Fate string

const (
	Adopted      Fate = "adopted"
	Due          Fate = "due"
	Late         Fate = "late" // the date has passed, and there is no answer
	Answered     Fate = "answered"
	Promised     Fate = "promised"
	Delivered    Fate = "delivered"
	NotDelivered Fate = "not_delivered" // a promise whose date has passed
	Confirmed    Fate = "confirmed"     // the council says that it was done
	Contested    Fate = "contested"
)

// fateOf tells it by the obligations about the recommendation, the first one first: the answer, and what it promised.
func (r Recommendation) fateOf(owed []answers.Obligation, now time.Time) Fate {
	if r.SentAt.IsZero() {
		return Adopted
	}
	fate := Due
	for _, o := range owed {
		if o.State == answers.PassedOn {
			continue
		}
		open, late, given := Due, Late, Answered
		if o.Owed == answers.Deed {
			open, late, given = Promised, NotDelivered, Delivered
		}
		switch {
		case o.State == answers.Contested:
			return Contested
		case o.State == answers.Confirmed:
			fate = Confirmed
			if o.Owed == answers.Answer {
				fate = Answered
			}
		case o.State == answers.Given:
			fate = given
		case o.Late(now):
			fate = late
		default:
			fate = open
		}
	}
	return fate
}

// Reckoning is what became of all recommendations of a council.
type Reckoning struct {
	Adopted, InTime, Late, Delivered int
}

func (k *Reckoning) add(r Recommendation, owed []answers.Obligation, now time.Time) {
	k.Adopted++
	if r.SentAt.IsZero() {
		return
	}
	for _, o := range owed {
		switch {
		case o.Owed == answers.Deed:
			if !o.GivenAt.IsZero() && o.State != answers.Contested {
				k.Delivered++
			}
		case o.State == answers.PassedOn:
		case o.Late(now):
			k.Late++
		case !o.GivenAt.IsZero():
			k.InTime++
		}
	}
}
