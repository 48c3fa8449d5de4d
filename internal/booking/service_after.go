package booking

import (
	"context"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// mostNamed and mostBetter bound what a page shows of those who have places of a thing.
const (
	mostNamed  = 200
	mostBetter = 200
)

// askLater asks those who were there, once a thing is over and people are awake. At most one asking is told to each.
func (s *Service) askLater(tx *storage.Tx, o Offering) error {
	if !s.owners[o.Of.Kind].Asks {
		return nil
	}
	return jobs.Enqueue(tx, askKind, o.no, jobs.Options{At: s.rules().morning(o.EndsAt)})
}

// ask asks all who had places of a thing that is over how it was. When it ends later than was thought, it waits.
func (s *Service) ask(ctx context.Context, j jobs.Job) error {
	const some = 100
	var no int64
	if err := j.Decode(&no); err != nil {
		return err
	}
	return storage.WriteInSteps(ctx, s.db, 0, func(tx *storage.Tx, after int64) (int64, bool, error) {
		o, err := offeringByNo(tx, no)
		if err != nil {
			return after, false, jobs.Permanent(err)
		}
		if o.Cancelled || o.EndsAt.After(tx.Now()) { // that it is moved has asked for another run
			return after, false, nil
		}
		all, err := partiesOf(tx, o, Confirmed, after, some)
		if err != nil || len(all) == 0 {
			return after, false, err
		}
		titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{o.Of})
		if err != nil {
			return after, false, err
		}
		for _, p := range all {
			if err := s.askOne(tx, o, p, titles[o.Of].Title); err != nil {
				return after, false, err
			}
			after = p.no
		}
		return after, len(all) == some, nil
	})
}

// askOne asks whoever may say how a thing was, and has an account.
func (s *Service) askOne(tx *storage.Tx, o Offering, p Party, title civic.Text) error {
	if p.Account == "" {
		return nil
	}
	if may, err := s.maySay(tx, o, p); err != nil || !may {
		return err
	}
	return s.notices.Notify(tx, p.Account, notifications.Notice{Subject: civic.Say("booking.told_ask", "Title", title), Body: civic.Say("booking.told_ask_body"), Path: Path(p.ID), Reply: byPath(o.Of),
		Event: "booking.ask:" + string(p.ID), Thing: o.Of})
}

// saysUntil is until when one says how a thing was.
func (s *Service) saysUntil(o Offering) time.Time { return o.EndsAt.AddDate(0, 0, s.value("say_days")) }

// maySay: who had places of a thing that is over and, where tickets were read at its door, came.
func (s *Service) maySay(tx *storage.Tx, o Offering, p Party) (bool, error) {
	if !s.owners[o.Of.Kind].Asks || p.State != Confirmed || o.Cancelled || o.EndsAt.After(tx.Now()) || !tx.Now().Before(s.saysUntil(o)) {
		return false, nil
	}
	if came, err := cameOf(tx, p); err != nil || came > 0 {
		return err == nil, err
	}
	c, err := countsOf(tx, o)
	return err == nil && c.Entered == 0, err
}

// Say takes what whoever was there says of it; said again, the last holds. Errors: civic.NotFound; civic.Closed; civic.Invalid with mark and better.
func (s *Service) Say(ctx context.Context, who Who, said Said) error {
	said.Better = strings.TrimSpace(said.Better)
	if err := said.check(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		p, o, err := s.holder(tx, who)
		if err != nil {
			return err
		}
		may, err := s.maySay(tx, o, p)
		if err != nil {
			return err
		}
		if !may {
			return civic.Fail(civic.Closed, "booking.say_closed")
		}
		said.At = tx.Now()
		return putSaid(tx, p, said)
	})
}

// Consent lets others who have places of the thing see a name, or hides it again. Errors: civic.NotFound; civic.Closed once the booking has ended.
func (s *Service) Consent(ctx context.Context, who Who, shown bool) error {
	return s.act(ctx, who, func(tx *storage.Tx, _ *Offering, p *Party) error {
		if p.State.Ended() {
			return civic.Fail(civic.Closed, "booking.not_any_more")
		}
		return updateShown(tx, *p, shown)
	})
}

// OpinionsOf are what those who were there said of a thing. Whose page shows them says what it shows of few.
func OpinionsOf(tx *storage.Tx, of civic.Ref) (Opinions, error) {
	o, there, err := storage.Found(offeringOf(tx, of))
	if err != nil || !there {
		return Opinions{}, err
	}
	return opinions(tx, o)
}

// CameTo reports to which of some things an account came with a ticket that was read at the door.
func CameTo(tx *storage.Tx, account civic.ID, of []civic.Ref) (map[civic.Ref]bool, error) {
	out := map[civic.Ref]bool{}
	if account == "" || len(of) == 0 {
		return out, nil
	}
	refs, err := cameTo(tx, account, of)
	for _, r := range refs {
		out[r] = true
	}
	return out, err
}
