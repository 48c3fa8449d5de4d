package initiatives

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// standing is how the words stand, as moderation has it.
func (i Initiative) standing() moderation.Standing {
	return moderation.Standing{Shown: i.Public(), Removed: i.State == Refused, Rule: i.Rule, Reason: i.Reason, DecidedAt: i.DecidedAt}
}

// decidable reports whether a moderator decides on it now.
func (i Initiative) decidable() bool {
	return i.State == Moderation || i.State == Refused || i.State == Open
}

// mayDecide reports whether the actor decides on it: moderators and administrators, but none of its authors.
func mayDecide(a civic.Actor, authors []Author) bool { return looksAfter(a) && !isAuthor(authors, a) }

// ForModerator is an initiative as a moderator sees it.
type ForModerator struct {
	Initiative
	Contest *moderation.Contest // the last wish of its authors for another decision
}

// ForModerator returns an initiative for the page on which a moderator decides. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) ForModerator(ctx context.Context, actor civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if f.Initiative, err = find(tx, id); err != nil {
			return err
		}
		authors, err := authorsOf(tx, f.Initiative)
		if err != nil {
			return err
		}
		if !mayDecide(actor, authors) {
			return notYours()
		}
		if !f.decidable() {
			return notNow()
		}
		fate, err := s.city.Moderation.Fate(tx, Ref(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}

// checkChoice finds what a refusal lacks: it names an excluded topic, or a rule of the city, and says why.
func (s *Service) checkChoice(d moderation.Choice) error {
	if d.Approve {
		return nil
	}
	var p civic.Problems
	if book := s.city.Moderation.Book(); !book.MayCite(d.Rule, moderation.Topics) && !book.MayCite(d.Rule, moderation.Words) {
		p.Add("rule", "initiatives.choose_topic")
	}
	if d.Reason == "" {
		p.Add("reason", "initiatives.say_why")
	} else if utf8.RuneCountInString(d.Reason) > maxReason {
		p.Add("reason", "initiatives.too_long", "Count", maxReason)
	}
	return p.Err()
}

// Decide opens an initiative for signatures, or refuses it by an excluded topic or a rule, with a public reason. Permission: mayDecide. Errors:
// civic.Forbidden, civic.Closed, civic.Invalid with "rule" and "reason", civic.Conflict when somebody decided meanwhile or has it.
func (s *Service) Decide(ctx context.Context, actor civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.alone(ctx, id, func(tx *storage.Tx, i Initiative) error {
		authors, err := authorsOf(tx, i)
		if err != nil {
			return err
		}
		if !mayDecide(actor, authors) {
			return notYours()
		}
		if !i.decidable() {
			return notNow()
		}
		if err := s.checkChoice(d); err != nil || d.Settles(i.standing()) {
			return err
		}
		if err := d.Overtaken(i.standing()); err != nil {
			return err
		}
		role := actor.ActsAs(nil, civic.Moderator, civic.Administrator)
		told, err := s.city.Moderation.Deciding(tx, actor, d.Verdict(Ref(i.ID), i.standing(), role))
		if err != nil {
			return err
		}
		act, what := actOpened, "opened"
		if !d.Approve {
			act, what = actRefused, "refused"
		}
		if d.Approve && i.State == Refused {
			act = actRestored
		}
		if err := s.decided(tx, &i, d); err != nil {
			return err
		}
		if err := errors.Join(s.settle(tx, i), s.note(tx, act, i, role), s.city.Trail.Note(tx, actor, "initiatives.initiative.decide", Ref(i.ID), map[string]string{"state": string(i.State)})); err != nil {
			return err
		}
		if d.Approve {
			return s.opened(tx, i, authors)
		}
		if told {
			return nil
		}
		return s.tellAuthors(tx, i, authors, what, civic.Say("initiatives.told_reason", "Reason", i.Reason))
	})
}

// decided is the initiative after a moderator's decision.
func (s *Service) decided(tx *storage.Tx, i *Initiative, d moderation.Choice) error {
	step := Refuse
	if d.Approve {
		step = Begin
	}
	i.State, _ = Next(i.State, step)
	i.DecidedAt, i.ChangedAt, i.Rule, i.Reason = tx.Now(), tx.Now(), "", ""
	if !d.Approve {
		i.Rule, i.Reason = d.Rule, d.Reason
		return nil
	}
	if i.OpenedAt.IsZero() { // an initiative that comes back keeps its dates
		i.OpenedAt, i.ClosesAt = tx.Now(), s.closing(tx)
	}
	for _, t := range thresholdsOf(func(e Effect) int64 { return s.city.Settings.Value(neededBy[e]) }) {
		if err := insertThreshold(tx, *i, t); err != nil {
			return err
		}
	}
	return nil
}

// neededBy is the setting of how many signatures each effect needs.
var neededBy = map[Effect]string{ByCouncil: "initiatives.council_signatures", ByBody: "initiatives.answer_signatures", ByAll: "initiatives.consultation_signatures"}

// opened tells of an initiative that is open, and weighs who joined before.
func (s *Service) opened(tx *storage.Tx, i Initiative, authors []Author) error {
	if err := s.tell(tx, i, authors, "opened", civic.Say("initiatives.told_open_until", "Date", i.ClosesAt)); err != nil {
		return err
	}
	return s.weigh(tx, i.no)
}

// Uphold leaves an initiative refused whose authors asked for another decision; d.Reason is public. Permission: mayDecide, but for who refused
// it. Errors: moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, actor civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.city.Moderation.UpholdOf(ctx, actor, Ref(id), d)
}

// closing is when signatures end that begin now: so many months later, at the end of that day in the city.
func (s *Service) closing(tx *storage.Tx) time.Time {
	day := tx.Now().In(s.city.Settings.Zone()).AddDate(0, s.value("collection_months"), 0)
	return s.city.Settings.Calendar().Add(day, 0)
}
