package grants

import (
	"context"
	"errors"
	"math/big"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// declined notes that an application that was funded gets no contract: its money is free.
func (s *Service) declined(tx *storage.Tx, k contracts.Contract) error {
	if err := tx.Lock(k.Book.String()); err != nil {
		return err
	}
	d, err := findApplication(tx, k.About.ID)
	if err != nil {
		return err
	}
	d.State, d.Award = Declined, 0
	tx.Touch(topic)
	return updateApplication(tx, d)
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

// FundReserve gives an application on reserve what is free, the better ones first, with the reason. Permission: MayRun. Errors as at; civic.Closed for one that is not on reserve, civic.Conflict while a
// better one waits, civic.Invalid with "award", "why".
func (s *Service) FundReserve(ctx context.Context, a civic.Actor, id civic.ID, award civic.Money, why civic.Text) error {
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
		if award <= 0 || award > min(left, d.Ask) {
			p.Add("award", "grants.reserve_award", "Most", min(left, d.Ask).String())
		}
		if p.OfficialAtMost("why", why, maxWords); len(p) > 0 {
			return p.Err()
		}
		if d.State = Funded; award < d.Ask {
			d.State = Partly
		}
		d.Award, d.Why = award, why
		return errors.Join(updateApplication(tx, d),
			s.city.Contracts.Open(tx, contracts.Contract{About: applicationRef(id), Book: ref(c.ID), Giver: organisations.RefOf(c.Funder), Taker: organisations.RefOf(d.Applicant), Title: d.Title, Amount: award}),
			s.noteCall(tx, a, c, actReserve), s.city.Trail.Note(tx, a, "grants.application.fund", applicationRef(id), nil),
			s.tellApplicant(tx, d, "reserve", civic.Say("grants.told_decided_"+string(d.State))))
	}, Decided)
}
