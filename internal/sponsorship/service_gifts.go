package sponsorship

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const remindKind = "sponsorship.remind"

// mostGifts of one organisation are looked through at once.
const mostGifts = 20_000

// Pledge promises a gift to a campaign that takes gifts, and draws its code. Permission: residents. Errors: civic.NotFound, civic.Closed, civic.Conflict with too many promises, civic.Invalid with
// the fields of the form.
func (s *Service) Pledge(ctx context.Context, a civic.Actor, campaign civic.ID, g Gift) (civic.ID, error) {
	g.Name = strings.TrimSpace(g.Name)
	err := s.alone(ctx, campaign, func(tx *storage.Tx, c Campaign) error {
		if !c.Public() {
			return notThere()
		}
		if !c.Takes(tx.Now()) {
			return civic.Fail(civic.Closed, "sponsorship.takes_no_more")
		}
		if err := g.check(c, civic.Money(s.value("least_gift"))*civic.Tenge); err != nil {
			return err
		}
		n, err := countOpen(tx, campaign, a.Account)
		if err != nil {
			return err
		}
		if n >= mostOpen {
			return civic.Fail(civic.Conflict, "sponsorship.many_open", "Count", mostOpen)
		}
		g.Campaign, g.Account, g.Verified, g.State, g.PledgedAt = campaign, a.Account, a.Assurance == civic.Verified, Pledged, tx.Now()
		if err := s.keepGift(tx, &g); err != nil || !g.Monthly {
			return err
		}
		return jobs.Enqueue(tx, remindKind, g.ID, jobs.Options{At: tx.Now().AddDate(0, 1, 0)})
	})
	return g.ID, err
}

// keepGift gives a gift its id and a code that no other has.
func (s *Service) keepGift(tx *storage.Tx, g *Gift) error {
	g.ID = civic.NewID(tx.Now())
	for {
		g.Code = newCode()
		if taken, err := codeTaken(tx, g.Code); err != nil {
			return err
		} else if !taken {
			return insertGift(tx, g)
		}
	}
}

// giver runs an act of who promised a gift. Errors: civic.NotFound to anybody else.
func (s *Service) giver(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Gift) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		g, err := findGift(tx, id)
		if err != nil {
			return err
		}
		if a.Account == "" || g.Account != a.Account {
			return notThere()
		}
		tx.Touch(topic)
		return act(tx, g)
	})
}

// step takes a gift of the actor's one step on. Taken already, it changes nothing.
func (s *Service) step(ctx context.Context, a civic.Actor, id civic.ID, step Step, note func(*Gift, time.Time)) error {
	return s.giver(ctx, a, id, func(tx *storage.Tx, g Gift) error {
		to, may := Next(g.State, step)
		if !may {
			return notNow()
		}
		g.State = to
		note(&g, tx.Now())
		return updateGift(tx, g)
	})
}

// Announce says that the money is on its way. Permission: who promised it. Errors: civic.NotFound, civic.Closed.
func (s *Service) Announce(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.step(ctx, a, id, Announce, func(g *Gift, now time.Time) { g.AnnouncedAt = now })
}

// Withdraw takes a promise back for which no money came. Permission: who promised it. Errors: civic.NotFound, civic.Closed.
func (s *Service) Withdraw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.step(ctx, a, id, Withdraw, func(*Gift, time.Time) {})
}

// AskBack makes it a task of the organisation to give money back: done when the bank's statement shows it. Permission: Speaks. Errors: civic.NotFound, civic.Closed when nothing came or it goes back
// already, civic.Invalid with "amount", "why".
func (s *Service) AskBack(ctx context.Context, a civic.Actor, id civic.ID, amount civic.Money, why string) error {
	why = strings.TrimSpace(why)
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		g, err := findGift(tx, id)
		if err != nil {
			return err
		}
		c, err := find(tx, g.Campaign)
		if err == nil && !Speaks(a, c.Organisation) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		left, err := c.balance(tx)
		if err != nil {
			return err
		}
		var p civic.Problems
		if most := min(g.Received, left); amount <= 0 || amount > most {
			p.Add("amount", "sponsorship.back_wrong", "Most", most.String())
		}
		if p.AtMost("why", why, maxShort); why == "" {
			p.Add("why", "sponsorship.why_missing")
		}
		if g.State != Booked {
			return notNow()
		}
		if err := p.Err(); err != nil {
			return err
		}
		tx.Touch(topic)
		return errors.Join(s.returning(tx, c, &g, amount, why), s.city.Trail.Note(tx, a, "sponsorship.gift.ask_back", Ref(c.ID), nil))
	})
}

// returning notes that a gift, or a part of it, is to go back.
func (s *Service) returning(tx *storage.Tx, c Campaign, g *Gift, amount civic.Money, why string) error {
	g.State, _ = Next(g.State, AskBack)
	g.Back, g.BackBy, g.WhyBack = amount, s.workingDays(tx, s.value("refund_days")), why
	return errors.Join(updateGift(tx, *g), s.tellGiver(tx, c, *g, "returning", civic.Say("sponsorship.told_returning", "Money", amount.String(), "Date", g.BackBy)))
}

// tellGiver tells who promised a gift, where that is known.
func (s *Service) tellGiver(tx *storage.Tx, c Campaign, g Gift, what string, body civic.Message) error {
	if g.Account == "" {
		return nil
	}
	return s.city.Notifications.Notify(tx, g.Account, notifications.Notice{Subject: civic.Say("sponsorship.told_gift", "Title", c.Title), Body: body, Path: giftPath(g.ID), Event: "sponsorship.gift/" + string(g.ID) + "/" + what})
}

// remind tells who promised a gift for every month that it is time, while the campaign takes gifts.
func (s *Service) remind(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		g, err := findGift(tx, id)
		if err != nil {
			return jobs.Permanent(err)
		}
		c, err := find(tx, g.Campaign)
		if err != nil || !c.Takes(tx.Now()) || g.State == Withdrawn || g.Account == "" {
			return err
		}
		return errors.Join(s.tellGiver(tx, c, g, "month/"+tx.Now().Format("2006-01"), civic.Say("sponsorship.told_month", "Money", g.Amount.String(), "Code", spelled(g.Code))),
			jobs.Enqueue(tx, remindKind, g.ID, jobs.Options{At: tx.Now().AddDate(0, 1, 0)}))
	})
}
