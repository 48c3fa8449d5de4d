package discussion

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// mayEdit is nil while a comment may still be edited.
func (s *Service) mayEdit(c Comment, now time.Time) error {
	minutes := s.value("edit_minutes")
	if c.State != Shown && c.State != Held && c.State != Waiting || now.After(c.SaidAt.Add(time.Duration(minutes)*time.Minute)) {
		return civic.Fail(civic.Closed, "discussion.edit_over", "Count", minutes)
	}
	return nil
}

// Edit changes the words of one's own comment within discussion.edit_minutes. What others have seen stays in its
// public history. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid with the fields.
func (s *Service) Edit(ctx context.Context, a civic.Actor, id civic.ID, d Draft) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, _, err := s.own(tx, a, id)
		if err != nil {
			return err
		}
		if err := s.mayEdit(c, tx.Now()); err != nil {
			return err
		}
		official := c.Official.ID != ""
		d.Parent, d.Stance = c.Parent, c.Stance
		if err := d.check(official, s.value("max")); err != nil {
			return err
		}
		before := c
		c.Words = d.words(official)
		if official {
			c.Post = strings.TrimSpace(d.Post)
		}
		return s.rewrite(tx, before, c)
	})
}

// rewrite stores other words. Only what others have seen has a history, and is an act.
func (s *Service) rewrite(tx *storage.Tx, before, c Comment) error {
	if maps.Equal(before.Words, c.Words) && before.Post == c.Post {
		return nil
	}
	if c.State != Shown {
		return update(tx, c)
	}
	c.EditedAt = tx.Now()
	if err := insertVersion(tx, c, Version{c.EditedAt, before.Words}); err != nil {
		return err
	}
	if err := update(tx, c); err != nil {
		return err
	}
	if err := s.index(tx, c); err != nil {
		return err
	}
	s.touch(tx, c.Thing)
	return s.note(tx, actEdited, c, c.role)
}

// TakeBack deletes the words of one's own comment, for good and whenever its author wants: they are theirs. What others
// have seen leaves its place, so that replies and the record stay whole. What a body said stays. Errors: civic.NotFound,
// civic.Forbidden, civic.Closed.
func (s *Service) TakeBack(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, _, err := s.own(tx, a, id)
		if err != nil {
			return err
		}
		to, ok := Next(c.State, TakeBack)
		if !ok || c.Official.ID != "" {
			return civic.Fail(civic.Closed, "discussion.stays")
		}
		if c.State != Shown {
			return drop(tx, c)
		}
		c.State, c.Words, c.Stance, c.EditedAt = to, nil, "", time.Time{}
		if err := dropVersions(tx, c); err != nil {
			return err
		}
		if err := update(tx, c); err != nil {
			return err
		}
		if err := seenAnew(tx, c); err != nil {
			return err
		}
		s.touch(tx, c.Thing)
		if err := s.index(tx, c); err != nil {
			return err
		}
		if err := record.EraseSubject(tx, RefOf(c.ID)); err != nil {
			return err
		}
		return s.note(tx, actTakenBack, c, c.role)
	})
}
