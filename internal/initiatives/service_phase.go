package initiatives

import (
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// phase is what only time, or the body, brings about.
type phase struct {
	state  State
	column string // the instant from which on it is due
	do     func(*Service, *storage.Tx, Initiative) error
	ready  func(*Service, *storage.Tx, Initiative) (bool, error) // nil: the instant is all that matters
}

var phases = []phase{
	{Joinder, "joinder_by", (*Service).lapse, nil},
	{Open, "closes_at", (*Service).close, nil},
	{Closed, "hand_at", (*Service).hand, nil},
	{WithBody, "hand_at", (*Service).answered, (*Service).isAnswered},
	{Answered, "hand_at", (*Service).delivered, (*Service).isDelivered},
}

// Advance does what is due: too few joined in time, signatures are closed, it goes to the body, the body answered and delivered; unless the
// clock is doubted. Signing does not wait for it: maySign decides. What was asked at an address and never confirmed is forgotten.
func (s *Service) Advance(ctx context.Context) error {
	const some = 500
	var trusted bool
	todo := map[civic.ID]phase{}
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if trusted, err = s.city.Clock.Trusted(tx); err != nil || !trusted {
			return err
		}
		for _, p := range phases {
			all, err := due(tx, p.state, p.column, tx.Now(), some)
			if err != nil {
				return err
			}
			for _, i := range all {
				ready := p.ready == nil
				if !ready {
					if ready, err = p.ready(s, tx, i); err != nil {
						return err
					}
				}
				if ready {
					todo[i.ID] = p
				}
			}
		}
		return nil
	})
	if err != nil || !trusted {
		return err
	}
	for id, p := range todo {
		err := s.alone(ctx, id, func(tx *storage.Tx, i Initiative) error {
			if i.State != p.state {
				return nil // another node was faster
			}
			return p.do(s, tx, i)
		})
		if err != nil {
			return fmt.Errorf("initiative %s: %w", id, err)
		}
	}
	return nil
}

// lapse ends an initiative that too few joined in time. Who joined at the last moment counts.
func (s *Service) lapse(tx *storage.Tx, i Initiative) error {
	if err := s.foldAll(tx, i.no); err != nil {
		return err
	}
	if err := s.weigh(tx, i.no); err != nil {
		return err
	}
	i, err := findNo(tx, i.no)
	if err != nil || i.State != Joinder {
		return err
	}
	all, err := authorsOf(tx, i)
	if err != nil {
		return err
	}
	i.State, _ = Next(i.State, Lapse)
	i.ClosedAt, i.ChangedAt, i.Final = tx.Now(), tx.Now(), i.Signed
	if err := s.settle(tx, i); err != nil {
		return err
	}
	return s.tellAuthors(tx, i, all, "lapsed", civic.Message{})
}

// close ends the signing with counts that every signature has joined: the caller holds the initiative's lock, so none is under way.
// Moderators have initiatives.check_days to look for manipulation, and initiatives.paper_days when sheets of paper are out.
func (s *Service) close(tx *storage.Tx, i Initiative) error {
	if err := s.foldAll(tx, i.no); err != nil {
		return err
	}
	if err := s.weigh(tx, i.no); err != nil {
		return err
	}
	i, err := findNo(tx, i.no)
	if err != nil {
		return err
	}
	all, err := authorsOf(tx, i)
	if err != nil {
		return err
	}
	i.State, _ = Next(i.State, Close)
	i.ClosedAt, i.ChangedAt = i.ClosesAt, tx.Now()
	days := s.value("check_days")
	if out, err := s.city.Paper.Out(tx, Ref(i.ID)); err != nil {
		return err
	} else if out > 0 {
		days = max(days, s.value("paper_days"))
	}
	i.HandAt = s.city.Settings.Calendar().Add(i.ClosedAt, days)
	if err := s.settle(tx, i); err != nil {
		return err
	}
	if err := s.note(tx, actClosed, i, ""); err != nil {
		return err
	}
	return s.tell(tx, i, all, "closed", civic.Say("initiatives.told_hand", "Date", i.HandAt))
}

// hand gives an initiative to the body, which owes what follows from each threshold that holds; or says that too few signed.
func (s *Service) hand(tx *storage.Tx, i Initiative) error {
	if err := s.foldAll(tx, i.no); err != nil {
		return err
	}
	i, err := findNo(tx, i.no)
	if err != nil {
		return err
	}
	of, err := thresholds(tx, i)
	if err != nil {
		return err
	}
	authors, err := authorsOf(tx, i)
	if err != nil {
		return err
	}
	i.Final, i.ChangedAt = i.Signed, tx.Now()
	hold := met(of[i.no], i.Final)
	step, act, what := Hand, actHanded, "handed"
	if len(hold) == 0 {
		step, act, what = Fail, actUnsupported, "unsupported"
	}
	i.State, _ = Next(i.State, step)
	if err := s.settle(tx, i); err != nil {
		return err
	}
	for _, t := range hold {
		if err := s.owe(tx, i, t); err != nil {
			return err
		}
	}
	if err := s.note(tx, act, i, ""); err != nil {
		return err
	}
	return s.tell(tx, i, authors, what, civic.Message{})
}

// owe makes the body owe what follows from a threshold.
func (s *Service) owe(tx *storage.Tx, i Initiative, t Threshold) error {
	const key = "initiatives.review_days"
	o := answers.Obligation{Subject: Ref(i.ID), Owed: answers.Answer, Body: organisations.RefOf(i.Body), Scope: i.Scope, Source: s.city.Settings.InForce(key).Source, Start: tx.Now(),
		Term: civic.Term{Days: int(s.city.Settings.Value(key)), Working: true}}
	if t.Effect != ByBody {
		o.What = s.city.Catalog.Everywhere("initiatives.owed_"+string(t.Effect), "Title", i.Title)
	}
	owed, err := s.city.Answers.Owe(tx, o)
	if err != nil {
		return err
	}
	if err := oweThreshold(tx, i, t.Effect, owed.ID); err != nil {
		return err
	}
	return s.tellBody(tx, i, "owes", "/desk/answers/"+string(owed.ID))
}

// owed are the obligations about an initiative: those to answer, and the deeds that were promised.
func (s *Service) owed(tx *storage.Tx, i Initiative) (toAnswer, deeds []answers.Obligation, err error) {
	all, err := s.city.Answers.Further(tx, []civic.Ref{Ref(i.ID)})
	for _, o := range all[Ref(i.ID)] {
		if o.Owed == answers.Deed {
			deeds = append(deeds, o)
		} else {
			toAnswer = append(toAnswer, o)
		}
	}
	return toAnswer, deeds, err
}

// anyOpen reports whether one of them is still owed.
func anyOpen(all []answers.Obligation) bool {
	for _, o := range all {
		if o.Open() {
			return true
		}
	}
	return false
}

func (s *Service) isAnswered(tx *storage.Tx, i Initiative) (bool, error) {
	toAnswer, _, err := s.owed(tx, i)
	return len(toAnswer) > 0 && !anyOpen(toAnswer), err
}

func (s *Service) isDelivered(tx *storage.Tx, i Initiative) (bool, error) {
	_, deeds, err := s.owed(tx, i)
	return len(deeds) > 0 && !anyOpen(deeds), err
}

// answered notes that the body has answered all that followed; who may say whether that is so, answers asks. What moderators needed to look
// for manipulation is forgotten. Without a promise nothing follows any more.
func (s *Service) answered(tx *storage.Tx, i Initiative) error {
	if done, err := s.isAnswered(tx, i); err != nil || !done {
		return err
	}
	_, deeds, err := s.owed(tx, i)
	if err != nil {
		return err
	}
	if i.HandAt = tx.Now(); len(deeds) == 0 {
		i.HandAt = never
	}
	if err := anonymise(tx, i); err != nil {
		return err
	}
	return s.move(tx, i, Answer, actAnswered)
}

// never is when something is due that is not due at all.
var never = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// delivered notes that all was done that the body promised in its answers.
func (s *Service) delivered(tx *storage.Tx, i Initiative) error {
	if done, err := s.isDelivered(tx, i); err != nil || !done {
		return err
	}
	return s.move(tx, i, Deliver, actDelivered)
}

func (s *Service) move(tx *storage.Tx, i Initiative, step Step, act string) error {
	i.State, _ = Next(i.State, step)
	i.ChangedAt = tx.Now()
	if err := s.settle(tx, i); err != nil {
		return err
	}
	return s.note(tx, act, i, civic.Officer)
}

// forgetKind is the job that forgets what was asked at addresses and never confirmed.
const forgetKind = "initiatives.forget"

func (s *Service) forgetOld(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		return forgetAsked(tx, tx.Now().Add(-time.Duration(s.value("asked_days"))*24*time.Hour))
	})
}
