package grants

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/review"
)

// declined notes that an application that was funded gets no contract: its money is free.
func (s *Service) declined(tx *storage.Tx, a civic.Actor, k contracts.Contract) error {
	if err := tx.Lock(k.Book.String()); err != nil {
		return err
	}
	d, err := findApplication(tx, k.About.ID)
	if err != nil {
		return err
	}
	c, err := find(tx, d.Call)
	if err != nil {
		return err
	}
	d.State, d.Award, d.ChangedAt, d.Changed = Declined, 0, tx.Now(), nil // who declines owes no reason to the public
	tx.Touch(topic, review.Topic)
	return errors.Join(updateApplication(tx, d), s.noteDeclined(tx, a, c, d))
}

// free is what of the money of a call can still be given.
func free(tx *storage.Tx, c Call) (civic.Money, error) {
	return contracts.Free(tx, ref(c.ID), organisations.RefOf(c.Funder), c.Money)
}

// ahead is the application on reserve with the best mean of all that are better than one; "": none.
func ahead(all []Application, than Application) (code string) {
	best := than.mean()
	for _, d := range all {
		if d.State == Reserve && d.mean().Cmp(best) > 0 {
			code, best = d.Code(), d.mean()
		}
	}
	return code
}

func (a Application) mean() *big.Rat {
	q, ok := new(big.Rat).SetString(a.Score)
	if !ok { // it was not decided on
		return new(big.Rat)
	}
	return q
}

// Offered is what an application on reserve is given of what is free: all that it asks, or all that there is. Were it less, one tenge would take a better one off the list.
func (a Application) Offered(free civic.Money) civic.Money { return max(0, min(free, a.Ask)) }

// FundReserve gives an application on reserve what is Offered, the better ones first, with the reason. Permission: MayRun. Errors as at; civic.Closed for one that is not on reserve, civic.Conflict while a
// better one waits or nothing is free, civic.Invalid with "why".
func (s *Service) FundReserve(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	d, err := s.application(ctx, id)
	if err != nil {
		return err
	}
	return s.at(ctx, a, d.Call, func(tx *storage.Tx, c Call) error {
		all, err := applications(tx, c.ID)
		if err != nil {
			return err
		}
		if d, err = findApplication(tx, id); err != nil {
			return err
		}
		if d.State != Reserve {
			return notNow()
		}
		if better := ahead(all, d); better != "" {
			return civic.Fail(civic.Conflict, "grants.reserve_order", "Code", better)
		}
		left, err := free(tx, c)
		if err != nil {
			return err
		}
		if left <= 0 {
			return civic.Fail(civic.Conflict, "grants.reserve_empty")
		}
		var p civic.Problems
		if p.OfficialAtMost("why", why, maxWords); len(p) > 0 {
			return p.Err()
		}
		d.Changed, d.ChangedAt = why, tx.Now()
		d, err := s.give(tx, c, d, left)
		if err != nil {
			return err
		}
		return errors.Join(s.noteCall(tx, a, c, actReserve), s.city.Trail.Note(tx, a, "grants.application.fund", applicationRef(id), nil),
			s.tellApplicant(tx, d, "reserve", civic.Say("grants.told_decided_"+string(d.State))))
	}, Decided)
}

// give funds an application after the decision with what is Offered of what is free, and opens its contract.
func (s *Service) give(tx *storage.Tx, c Call, d Application, free civic.Money) (Application, error) {
	d.Award = d.Offered(free)
	if d.State = Funded; d.Award < d.Ask {
		d.State = Partly
	}
	d.Why, d.DecidedAt = d.Changed, d.ChangedAt
	tx.Touch(review.Topic) // the page of results says it too
	return d, errors.Join(updateApplication(tx, d), s.city.Contracts.Open(tx, contracts.Contract{About: applicationRef(d.ID), Book: ref(c.ID), Giver: organisations.RefOf(c.Funder), Taker: organisations.RefOf(d.Applicant), Title: d.Title, Amount: d.Award}))
}

// remedies are what can follow for an application when its complaint is upheld.
func (s *Service) remedies(tx *storage.Tx, thing civic.Ref) (out []review.Remedy, left civic.Money, err error) {
	d, err := findApplication(tx, thing.ID)
	if err != nil {
		return nil, 0, err
	}
	c, err := find(tx, d.Call)
	if err != nil {
		return nil, 0, err
	}
	if left, err = free(tx, c); err != nil {
		return nil, 0, err
	}
	if d.State == Unfunded {
		out = append(out, review.OntoReserve)
	}
	if left > 0 && (d.State == Unfunded || d.State == Reserve) {
		out = append(out, review.FundFromFree)
	}
	return out, left, nil
}

// answered does what follows from the answer to a complaint about the decision. What was wrong is put right before the reserve list is served.
func (s *Service) answered(tx *storage.Tx, a civic.Actor, thing civic.Ref, by review.Answer) error {
	d, err := findApplication(tx, thing.ID)
	if err != nil {
		return err
	}
	if !by.Upheld {
		return s.tellApplicant(tx, d, "answered", civic.Say("grants.told_answered"))
	}
	can, left, err := s.remedies(tx, thing)
	if err != nil {
		return err
	}
	if by.Remedy != review.NoRemedy && !slices.Contains(can, by.Remedy) {
		return civic.Fail(civic.Closed, "grants.remedy_gone")
	}
	c, err := find(tx, d.Call)
	if err != nil {
		return err
	}
	d.Upheld, d.Changed, d.ChangedAt = true, by.Words, tx.Now()
	switch by.Remedy {
	case review.FundFromFree:
		d, err = s.give(tx, c, d, left)
	case review.OntoReserve:
		d.State = Reserve
		fallthrough
	default:
		err = updateApplication(tx, d)
	}
	tx.Touch(topic)
	return errors.Join(err, s.noteCall(tx, a, c, actUpheld), s.tellApplicant(tx, d, "answered", civic.Say("grants.told_upheld_"+string(by.Remedy), "Money", d.Award.String())))
}

// Decline takes an application off the reserve list, because its organisation wants no money any more, and tells the funder: who stands below it goes on. Permission: Speaks. Errors: civic.NotFound, civic.Closed
// for one that is not on reserve.
func (s *Service) Decline(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.write(ctx, a, id, func(tx *storage.Tx, c Call, d Application) error {
		if d.State != Reserve {
			return notNow()
		}
		d.State, d.ChangedAt, d.Changed = Declined, tx.Now(), nil
		tx.Touch(topic, review.Topic)
		return errors.Join(updateApplication(tx, d), s.noteDeclined(tx, a, c, d), s.tellFunder(tx, c, d, "declined", civic.Say("grants.told_left_reserve", "Code", d.Code())))
	})
}

// tellFunder tells all who run a call what became of an application.
func (s *Service) tellFunder(tx *storage.Tx, c Call, d Application, what string, body civic.Message) error {
	all, err := identity.SpeakersOf(tx, organisations.RefOf(c.Funder))
	if err != nil {
		return err
	}
	for _, account := range all {
		if err := s.city.Notifications.Notify(tx, account, notifications.Notice{Subject: civic.Say("grants.told_applicant", "Title", civic.Everywhere(d.Title)), Body: body, Path: d.desk(), Event: fmt.Sprint(KindApplication, "/", d.ID, "/", what)}); err != nil {
			return err
		}
	}
	return nil
}
