package drafts

import (
	"context"
	"errors"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func (r Remark) standing() moderation.Standing {
	return moderation.Standing{Shown: r.State == Shown, Removed: r.State == Removed, Rule: r.Rule, Reason: r.Reason, DecidedAt: r.DecidedAt}
}

// ForModerator is a remark as a moderator sees it.
type ForModerator struct {
	Remark
	Of      Draft
	Contest *moderation.Contest // the last wish of its author for another decision
}

// ForModerator returns a remark for the page on which a moderator decides. Permission: decides. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) ForModerator(ctx context.Context, actor civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if f.Remark, err = findRemark(tx, id); err != nil {
			return err
		}
		if f.Of, err = find(tx, f.Remark.Draft); err != nil {
			return err
		}
		if err := f.judgeable(actor); err != nil {
			return err
		}
		fate, err := s.city.Moderation.Fate(tx, remarkRef(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}

// judgeable is nil when the actor decides on a remark now.
func (r Remark) judgeable(actor civic.Actor) error {
	switch {
	case !r.decides(actor):
		return notYours()
	case r.State == TakenBack:
		return notThere()
	}
	return nil
}

// Decide leaves a remark, removes it by a rule with a public reason, or brings it back. Permission: decides. Errors: civic.Forbidden, civic.NotFound,
// civic.Invalid with "rule" and "reason", civic.Conflict when somebody decided meanwhile or has it.
func (s *Service) Decide(ctx context.Context, actor civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		of, r, err := lockedRemark(tx, id)
		if err == nil {
			err = r.judgeable(actor)
		}
		if err != nil {
			return err
		}
		if err := d.Check(s.city.Moderation.Book()); err != nil || d.Settles(r.standing()) {
			return err
		}
		if err := d.Overtaken(r.standing()); err != nil {
			return err
		}
		role := actor.ActsAs(nil, civic.Moderator, civic.Administrator)
		told, err := s.city.Moderation.Deciding(tx, actor, d.Verdict(remarkRef(r.ID), r.standing(), role))
		if err != nil {
			return err
		}
		was := r.State
		r.State, r.Rule, r.Reason, r.DecidedAt, r.decidedBy = Shown, "", "", tx.Now(), actor.Account
		if !d.Approve {
			r.State, r.Rule, r.Reason = Removed, d.Rule, d.Reason
		}
		if err := errors.Join(updateRemark(tx, r), s.city.Trail.Note(tx, actor, "drafts.remark.decide", remarkRef(r.ID), map[string]string{"state": string(r.State)})); err != nil {
			return err
		}
		tx.Touch(topic)
		switch {
		case r.State == Removed:
			err = s.noteRemark(tx, actRemoved, of, r, role)
		case was == Removed:
			err = s.noteRemark(tx, actRestored, of, r, role)
		default: // it stands as it stood
			return nil
		}
		if err != nil || told || r.account == "" {
			return err
		}
		return s.city.Notifications.Notify(tx, r.account, notifications.Notice{Subject: civic.Say("drafts.told_remark_" + string(r.State)), Body: civic.Say("drafts.told_reason", "Reason", r.Reason), Path: remarkPath(r)})
	})
}

// Uphold leaves a remark removed whose author asked for another decision; d.Reason is public. Permission: decides, but for who removed it. Errors:
// moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, actor civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.city.Moderation.UpholdOf(ctx, actor, remarkRef(id), d)
}
