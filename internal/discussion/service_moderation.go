package discussion

import (
	"context"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// toModerate lists the comments that no moderator has looked at, what has waited longest first. What a body says in its
// own name waits for nobody.
func toModerate(tx *storage.Tx, a civic.Actor, page part.QueuePage) (out []part.ToModerate, err error) {
	if !moderates(a) {
		return nil, nil
	}
	after, _ := storage.ParsePlace(page.After) // nonsense means the beginning
	waiting, err := queue(tx, a.Account, page.Of, after, page.Most)
	for _, c := range waiting {
		out = append(out, toLookAt(c))
	}
	return out, err
}

// findToModerate gives comments by their ids.
func findToModerate(tx *storage.Tx, a civic.Actor, ids []civic.ID) (out []part.ToModerate, err error) {
	all, err := byIDs(tx, ids)
	for _, c := range all {
		if c.decides(a) && c.judgeable() {
			out = append(out, toLookAt(c))
		}
	}
	return out, err
}

// toLookAt is a comment as moderators see it, and its place in the queue.
func toLookAt(c Comment) part.ToModerate {
	return part.ToModerate{ID: c.ID, Of: c.Thing, Text: c.Words, Waits: c.DecidedAt.IsZero(), Hidden: c.State == Waiting, Since: c.SaidAt,
		At: storage.PlaceAt(storage.Millis(c.SaidAt), c.no).String(), Page: deskPath(c.ID), Decide: deskPath(c.ID)}
}

// judgeable reports whether there is something to decide: not while it is held, and not once nothing is left.
func (c Comment) judgeable() bool { return c.State != Held && c.State != TakenBack }

// standing is how the comment stands, as moderation has it.
func (c Comment) standing() moderation.Standing {
	return moderation.Standing{Shown: c.State == Shown, Removed: c.State == Removed, Rule: c.Rule, Reason: c.Reason, DecidedAt: c.DecidedAt}
}

// actsAs is in which role the actor decides on comments.
func actsAs(a civic.Actor) civic.Role { return a.ActsAs(nil, civic.Moderator, civic.Administrator) }

// ForModerator is a comment as a moderator sees it.
type ForModerator struct {
	Comment
	Title   part.Resolved       // of what it stands under
	Contest *moderation.Contest // the last wish of its author for another decision
}

// ForModerator returns a comment as a moderator sees it, with its words whatever its state, and what it stands under as far
// as they see that. Permission: decides.
func (s *Service) ForModerator(ctx context.Context, a civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if f.Comment, err = judged(tx, a, id); err != nil {
			return err
		}
		titles, err := s.declared.Titles(tx, a, []civic.Ref{f.Thing})
		if err != nil {
			return err
		}
		f.Title = titles[f.Thing]
		fate, err := s.moderation.Fate(tx, RefOf(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}

// judged finds a comment on which the actor decides, also while what it stands under is not for them: nothing that
// waits may get stuck.
func judged(tx *storage.Tx, a civic.Actor, id civic.ID) (Comment, error) {
	c, err := find(tx, id)
	switch {
	case err != nil:
	case !moderates(a):
		err = civic.Fail(civic.Forbidden, "web.forbidden")
	case !c.decides(a):
		err = civic.Fail(civic.Forbidden, "discussion.own")
	case !c.judgeable():
		err = notFound()
	}
	return c, err
}

// Decide decides on a comment. A removal names the rule and gives a reason in words; both stand publicly in its
// place, and the author is told. Deciding the same again does nothing. Permission: decides. Errors: civic.NotFound,
// civic.Forbidden, civic.Invalid with "rule" and "reason", civic.Conflict when somebody decided meanwhile or has it.
func (s *Service) Decide(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockOf(id)); err != nil {
			return err
		}
		c, err := judged(tx, a, id)
		if err != nil {
			return err
		}
		if err := d.Check(s.moderation.Book()); err != nil || d.Settles(c.standing()) {
			return err
		}
		if err := d.Overtaken(c.standing()); err != nil {
			return err
		}
		answered, err := s.moderation.Deciding(tx, a, d.Verdict(RefOf(c.ID), c.standing(), actsAs(a)))
		if err != nil {
			return err
		}
		now, err := s.decide(tx, a, c, d)
		if err != nil || answered {
			return err
		}
		return s.tellDecision(tx, now, c.State)
	})
}

// Uphold leaves a comment removed whose author asked for another decision; d.Reason is public. Permission: decides, but
// for who removed it. Errors: moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.moderation.Uphold(ctx, a, moderation.Verdict{Thing: RefOf(id), Answer: d.Reason, Role: actsAs(a), Seen: d.Seen})
}

// removedFor gives a removed comment to its author. What stands at its place says the reason, and takes it to what is
// discussed, which its author may see or not.
func removedFor(tx *storage.Tx, author civic.Actor, id civic.ID) (part.Removed, error) {
	c, err := find(tx, id)
	if err == nil && (!c.By(author.Account) || c.State != Removed) {
		err = notFound()
	}
	return part.Removed{Text: c.Words, Reason: c.Reason, Path: Path(c.ID)}, err
}

// decide carries a decision out, and returns the comment as it is from now on.
func (s *Service) decide(tx *storage.Tx, a civic.Actor, c Comment, d moderation.Choice) (Comment, error) {
	was := c
	step := Remove
	if d.Approve {
		step = LetIn
	}
	c.State, _ = Next(c.State, step)
	if c.State == "" {
		c.State = was.State // removed already: by another rule, or with other words
	}
	c.Rule, c.Reason, c.DecidedAt, c.decidedBy = "", "", tx.Now(), a.Account
	if !d.Approve {
		c.Rule, c.Reason = d.Rule, d.Reason
	}
	if c.State == Shown && c.ShownAt.IsZero() {
		c.ShownAt = tx.Now()
	}
	if err := update(tx, c); err != nil {
		return c, err
	}
	detail := map[string]string{"state": string(c.State)}
	if c.State == Removed {
		detail["rule"] = civic.Ref{Kind: moderation.KindRule, ID: c.Rule}.String()
	}
	if err := s.trail.Note(tx, a, "discussion.comment.decide", RefOf(c.ID), detail); err != nil {
		return c, err
	}
	return c, s.publishDecision(tx, a, was, c)
}

// publishDecision makes public what a decision changed for everybody; nothing when it changed nothing.
func (s *Service) publishDecision(tx *storage.Tx, a civic.Actor, was, c Comment) error {
	act := ""
	switch {
	case was.State == Waiting && c.State == Shown:
		return s.appear(tx, c)
	case c.State == Removed:
		act = actRemoved
	case was.State == Removed && c.State == Shown:
		act = actRestored
	default:
		return nil
	}
	if err := s.index(tx, c); err != nil {
		return err
	}
	if err := seenAnew(tx, c); err != nil {
		return err
	}
	s.touch(tx, c.Thing)
	return s.note(tx, act, c, actsAs(a))
}
