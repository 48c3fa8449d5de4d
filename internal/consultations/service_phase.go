package consultations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Publish announces a draft; it opens at its time, at once when that has come. Permission:
// ManagedBy. Errors: civic.Closed when it is no draft, civic.Invalid with the fields that
// are missing.
func (s *Service) Publish(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		to, ok := Next(c.Phase, Publish)
		if !ok {
			return notNow()
		}
		if _, err := s.ready(tx, a, c); err != nil {
			return err
		}
		c.Phase, c.PublishedAt = to, tx.Now()
		if !c.OpensAt.After(tx.Now()) {
			c.OpensAt = tx.Now()
			c.Phase, _ = Next(to, Begin)
		}
		if err := errors.Join(update(tx, c), s.index(tx, c)); err != nil {
			return err
		}
		if err := s.recordAnnounced(tx, actPublished, c, c.actsAs(a)); err != nil {
			return err
		}
		if err := s.city.Files.Settle(tx, ref(c), c.actsAs(a)); err != nil {
			return err
		}
		if c.Phase == Open {
			if err := s.open(tx, c); err != nil {
				return err
			}
		} else if err := s.tellFollowers(tx, c, newsAnnounced); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.publish", ref(c), nil)
	})
}

// ready returns the context of a draft that lacks nothing.
func (s *Service) ready(tx *storage.Tx, a civic.Actor, c Consultation) (civic.Text, error) {
	context, err := findContext(tx, c)
	if err != nil {
		return nil, err
	}
	set := settingsOf(c, context)
	if set.Seeds, err = seeds(tx, c); err != nil {
		return nil, err
	}
	return context, s.settle(tx, a, &set, c.Host, true)
}

// Announcement is what will be public of a draft, in every language.
type Announcement struct {
	Consultation
	ContextHTML        civic.Text
	BodyName, HostName organisations.Named
	First              []Statement
	Files              map[string][]files.File // by sort
}

// BeforePublish returns what Publish would make public. Permission and errors are Publish's.
func (s *Service) BeforePublish(ctx context.Context, a civic.Actor, id civic.ID) (will Announcement, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if will.Consultation, err = managed(tx, a, id); err != nil {
			return err
		}
		if _, ok := Next(will.Phase, Publish); !ok {
			return notNow()
		}
		context, err := s.ready(tx, a, will.Consultation)
		if err != nil {
			return err
		}
		names, err := s.city.Organisations.Named(tx, []civic.ID{will.Body, will.Host})
		if err != nil {
			return err
		}
		will.ContextHTML, will.BodyName, will.HostName = render(context), names[will.Body], names[will.Host]
		if will.First, err = officialStatements(tx, will.Consultation); err != nil {
			return err
		}
		will.Files, err = s.city.Files.Of(tx, a, ref(will.Consultation))
		return err
	})
	return will, err
}

// Withdraw makes a planned consultation a draft again. Permission: ManagedBy. Errors:
// civic.Closed once it is open.
func (s *Service) Withdraw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		to, ok := Next(c.At(tx.Now()), Withdraw)
		if !ok {
			return notNow()
		}
		c.Phase, c.PublishedAt = to, time.Time{}
		if err := errors.Join(update(tx, c), s.index(tx, c)); err != nil {
			return err
		}
		if err := s.note(tx, actWithdrawn, ref(c), c.actsAs(a), facts{}); err != nil {
			return err
		}
		if err := s.city.Files.Settle(tx, ref(c), c.actsAs(a)); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.withdraw", ref(c), nil)
	})
}

// Extend moves the end of a consultation further away, with a reason that everybody reads.
// Permission: ManagedBy. Errors: civic.Closed once it is over, civic.Invalid with the
// fields "closes_at" and "reason".
func (s *Service) Extend(ctx context.Context, a civic.Actor, id civic.ID, closes time.Time, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		now := tx.Now()
		to, ok := Next(c.At(now), Extend)
		if !ok {
			return notNow()
		}
		if err := checkExtension(c, closes, reason); err != nil {
			return err
		}
		moved := Rescheduling{At: now, By: Extend, Was: c.ClosesAt, Becomes: closes, Reason: reason}
		c.Phase, c.ClosesAt = to, closes
		if err := insertRescheduling(tx, c, moved); err != nil {
			return err
		}
		if err := update(tx, c); err != nil {
			return err
		}
		if err := errors.Join(s.recordAnnounced(tx, actExtended, c, c.actsAs(a)), s.tellFollowers(tx, c, newsExtended)); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.extend", ref(c), map[string]string{"closes_at": closes.UTC().Format(time.RFC3339)})
	})
}

// Close ends an open consultation before its time, with a reason that everybody reads.
// Permission: ManagedBy. Errors: civic.Closed when it is not open, civic.Invalid with the
// field "reason".
func (s *Service) Close(ctx context.Context, a civic.Actor, id civic.ID, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.manage(ctx, a, id, func(tx *storage.Tx, c Consultation) error {
		now := tx.Now()
		if _, ok := Next(c.At(now), Close); !ok {
			return notNow()
		}
		if err := checkClosing(reason); err != nil {
			return err
		}
		if err := insertRescheduling(tx, c, Rescheduling{At: now, By: Close, Was: c.ClosesAt, Becomes: now, Reason: reason}); err != nil {
			return err
		}
		c.ClosesAt = now
		if err := s.recordAnnounced(tx, actCutShort, c, c.actsAs(a)); err != nil {
			return err
		}
		if err := s.close(tx, c, now, c.actsAs(a)); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.consultation.close", ref(c), nil)
	})
}

// Advance records the phases that time has brought: it opens what is due, and closes what
// is over with its final totals, unless the clock is doubted. Votes do not wait for it: At decides
// for them.
func (s *Service) Advance(ctx context.Context) error {
	for {
		var todo []Consultation
		err := s.db.Read(ctx, func(tx *storage.Tx) error {
			trusted, err := s.city.Clock.Trusted(tx)
			if err == nil && trusted {
				todo, err = due(tx, tx.Now())
			}
			return err
		})
		if err != nil || len(todo) == 0 {
			return err
		}
		for _, c := range todo {
			err := s.db.Write(ctx, func(tx *storage.Tx) error { return s.advance(tx, c.ID) })
			if err != nil {
				return fmt.Errorf("consultation %s: %w", c.ID, err)
			}
		}
	}
}

func (s *Service) advance(tx *storage.Tx, id civic.ID) error {
	if err := tx.Lock(lockKey(id)); err != nil {
		return err
	}
	c, err := find(tx, id)
	if err != nil {
		return err
	}
	to := c.At(tx.Now())
	if to == c.Phase {
		return nil // another node was faster
	}
	if c.Phase == Planned { // even when nobody was there to see it open
		c.Phase = Open
		if err := s.open(tx, c); err != nil {
			return err
		}
	}
	if to == Closed {
		return s.close(tx, c, c.ClosesAt, "")
	}
	c.Phase = to
	tx.Touch(listTopic, topic(c.ID))
	return update(tx, c)
}

// open makes public that a consultation is open, with its first statements: they are shown from
// now on.
func (s *Service) open(tx *storage.Tx, c Consultation) error {
	first, err := officialStatements(tx, c)
	if err != nil {
		return err
	}
	return errors.Join(s.recordOpening(tx, c, first), s.indexStatements(tx, c, first...), s.tellFollowers(tx, c, newsOpened))
}

// Unseen counts the statements that wait for a moderator to let them in: an end of the voting now
// would be theirs too. Permission: ManagedBy.
func (s *Service) Unseen(ctx context.Context, a civic.Actor, id civic.ID) (n int64, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := managed(tx, a, id)
		if err != nil {
			return err
		}
		n, err = countWaiting(tx, c)
		return err
	})
	return n, err
}

// lapseWaiting decides what still waits for a moderator when the voting ends: it is not shown any
// more, for nobody could vote on it, and its authors are told.
func (s *Service) lapseWaiting(tx *storage.Tx, c Consultation, at time.Time) error {
	lapsed, err := lapse(tx, c, at)
	for _, st := range lapsed {
		err = errors.Join(err, s.tellAuthor(tx, c, st, Waiting))
	}
	return err
}

// close ends the voting at an instant, with totals that every vote has joined. The caller
// holds the consultation's lock, so none is under way. role is who ends it; "" for time.
func (s *Service) close(tx *storage.Tx, c Consultation, at time.Time, role civic.Role) error {
	for {
		n, err := s.fold(tx, c.no, 5000)
		if err != nil {
			return err
		}
		if n < 5000 {
			break
		}
	}
	c.Phase, c.ClosedAt, c.ClosesAt = Closed, at, at
	tx.Touch(listTopic, topic(c.ID))
	if err := update(tx, c); err != nil {
		return err
	}
	if err := s.lapseWaiting(tx, c, at); err != nil {
		return err
	}
	c, err := find(tx, c.ID) // with its last totals
	if err != nil {
		return err
	}
	return errors.Join(s.recordClosing(tx, c, role), s.oweAnswer(tx, c), s.tellFollowers(tx, c, newsClosed))
}
