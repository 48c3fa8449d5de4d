package discussion

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Useful notes that the actor finds somebody else's comment useful, or does not any more. side is where they stand
// in the thread; "" when they have said so before. Doing the same again does nothing. Permission: mayComment.
// Errors: those of Say; civic.Invalid with "side" when nobody knows where they stand.
func (s *Service) Useful(ctx context.Context, a civic.Actor, id civic.ID, useful bool, side Side) error {
	if a.SignedIn() {
		if err := s.often.Allow(string(a.Account)); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, u, err := s.one(tx, a, id)
		if err != nil {
			return err
		}
		if err := mayComment(a, u.Discussion); err != nil {
			return err
		}
		if c.State != Shown || c.By(a.Account) || speaksFor(a, u.Discussion).ID != "" {
			return civic.Fail(civic.Closed, "discussion.not_for_you")
		}
		v, err := s.standing(tx, a, c, side)
		if err != nil {
			return err
		}
		if useful {
			err = mark(tx, c, v)
		} else {
			err = unmark(tx, c, v)
		}
		if err != nil {
			return err
		}
		return changed(tx, c.thread, c.no)
	})
}

// standing is the actor's voice in the thread of a comment, with its side.
func (s *Service) standing(tx *storage.Tx, a civic.Actor, c Comment, side Side) (voice, error) {
	t := Thread{no: c.thread, Thing: c.Thing}
	v, found, err := voiceOf(tx, t, a.Account)
	if err != nil {
		return v, err
	}
	if side == "" {
		side = v.side
	}
	if !slices.Contains(Sides(), side) {
		return v, civic.Wrong("side", "discussion.side_missing")
	}
	if !found {
		if err := tx.Lock(numbers); err != nil {
			return v, err
		}
		if v, err = ensureVoice(tx, t, a.Account); err != nil {
			return v, err
		}
	}
	if v.side == side {
		return v, nil
	}
	return v, stand(tx, t.no, &v, side)
}
