package appeals

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// standing is how the words stand, as moderation has it.
func (a Appeal) standing() moderation.Standing {
	return moderation.Standing{Shown: a.Text == Shown, Removed: a.Text == Removed, Rule: a.Rule, Reason: a.Reason, DecidedAt: a.DecidedAt}
}

// ForModerator is an appeal as a moderator sees it.
type ForModerator struct {
	Appeal
	Pictures []files.File
	Contest  *moderation.Contest // the last wish of its author for another decision
}

// ForModerator returns an appeal as a moderator sees it. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) ForModerator(ctx context.Context, actor civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if f.Appeal, err = find(tx, id); err == nil && !f.mayModerate(actor) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		attached, err := s.city.Files.Of(tx, actor, Ref(id))
		if err != nil {
			return err
		}
		f.Pictures = attached[pictures]
		fate, err := s.city.Moderation.Fate(tx, Ref(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}

// ContestRemoval asks, for who filed an appeal, for another decision on its words, once. Errors: civic.Forbidden, civic.NotFound,
// civic.Conflict, civic.Invalid with "words".
func (s *Service) ContestRemoval(ctx context.Context, who Who, id civic.ID, words string) error {
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if err := s.applicant(tx, a, who); err != nil {
			return err
		}
		if a.Text != Removed {
			return notThere()
		}
		tx.Touch(topic)
		return s.city.Moderation.Contest(tx, moderation.Asking{Thing: Ref(a.ID), Words: words, Account: a.Applicant, Path: Path(a.ID)})
	})
}

// Uphold leaves the words removed whose author asked for another decision; d.Reason is public. Permission: mayModerate, but
// for who removed them. Errors: moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, actor civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.city.Moderation.UpholdOf(ctx, actor, Ref(id), d)
}

// Decide lets everybody read the words of an open appeal, or nobody; whatever is decided, the body answers them. Permission: mayModerate.
// Errors: civic.Forbidden, civic.Invalid with "rule" and "reason", civic.Conflict when somebody decided meanwhile or has it.
func (s *Service) Decide(ctx context.Context, actor civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if !a.mayModerate(actor) {
			return notYours()
		}
		if err := d.Check(s.city.Moderation.Book()); err != nil || d.Settles(a.standing()) {
			return err
		}
		if err := d.Overtaken(a.standing()); err != nil {
			return err
		}
		role := actor.ActsAs(nil, civic.Moderator, civic.Administrator)
		answered, err := s.city.Moderation.Deciding(tx, actor, d.Verdict(Ref(a.ID), a.standing(), role))
		if err != nil {
			return err
		}
		act, what := actShown, "shown"
		if a.Text == Removed {
			act = actRestored
		}
		a.Text, a.Rule, a.Reason, a.DecidedAt, a.ChangedAt = Shown, "", "", tx.Now(), tx.Now()
		if !d.Approve {
			a.Text, a.Rule, a.Reason, act, what = Removed, d.Rule, d.Reason, actRemoved, "removed"
		}
		tx.Touch(topic)
		if err := errors.Join(update(tx, a), s.index(tx, a), s.note(tx, act, a, role), s.city.Files.Settle(tx, Ref(a.ID), role)); err != nil {
			return err
		}
		err = s.city.Trail.Note(tx, actor, "appeals.appeal.decide", Ref(a.ID), map[string]string{"text": string(a.Text)})
		if err != nil || answered {
			return err
		}
		return s.tellDecision(tx, a, what)
	})
}

// tellDecision tells who filed it that it is shown or removed; followers of the district and the body of what is new.
func (s *Service) tellDecision(tx *storage.Tx, a Appeal, what string) error {
	if what == "shown" {
		return s.tellApplicant(tx, a, what, civic.Message{})
	}
	if a.Applicant == "" {
		return nil
	}
	return s.city.Notifications.Notify(tx, a.Applicant, notifications.Notice{Subject: civic.Say("appeals.told_removed", "Number", a.Number()), Body: civic.Say("appeals.told_reason", "Reason", a.Reason), Path: Path(a.ID), Reply: ownPath(a.ID)})
}

// What appeals keep about a person.

type heldAppeal struct {
	Number  string     `json:"number,omitempty"`
	Sort    Sort       `json:"sort"`
	Open    bool       `json:"open"`
	Title   string     `json:"title"`
	Words   string     `json:"words"`
	Address string     `json:"address,omitempty"`
	Point   string     `json:"point,omitempty"`
	Written time.Time  `json:"written_at"`
	Cases   []heldCase `json:"cases,omitempty"`
}

type heldCase struct {
	Body    civic.ID `json:"body"`
	Contest string   `json:"contest,omitempty"`
	Word    Word     `json:"word,omitempty"`
	Words   string   `json:"words,omitempty"`
	Talk    []Talk   `json:"talk,omitempty"`
	Same    civic.ID `json:"answered_together_with,omitempty"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := appealsBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	joins, err := joinedBy(tx, account, math.MaxInt32)
	if err != nil || len(all)+len(joins) == 0 {
		return nil, err
	}
	var out []heldAppeal
	for _, a := range all {
		cases, err := casesOf(tx, []civic.ID{a.ID})
		if err != nil {
			return nil, err
		}
		h := heldAppeal{Number: a.Number(), Sort: a.Sort, Open: a.Open, Title: a.Title, Words: a.Words, Address: a.Address, Point: a.Point.String(), Written: a.WrittenAt}
		for _, c := range cases[a.ID] {
			talk, err := talkOf(tx, c)
			if err != nil {
				return nil, err
			}
			h.Cases = append(h.Cases, heldCase{Body: c.Body, Contest: c.Contest, Word: c.Word, Words: c.Words, Talk: talk, Same: c.Same})
		}
		out = append(out, h)
	}
	return map[string]any{"filed": out, "joined": joins}, nil
}

// erasePerson cuts appeals off from whoever leaves. What everybody has read stays, nobody's; what only the body read, and a
// draft, is gone; so is what the applicant said to the body alone.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	all, err := appealsBy(tx, account, math.MaxInt32)
	for _, a := range all {
		if err == nil {
			err = forgetApplicant(tx, a)
		}
	}
	if err == nil {
		err = errors.Join(forgetJoins(tx, account), forgetAsked(tx, account))
	}
	tx.Touch(topic)
	return err
}

// forgetDraft removes what was never filed, with its pictures and what its address was asked.
func forgetDraft(tx *storage.Tx, a Appeal) error {
	return errors.Join(files.Forget(tx, Ref(a.ID)), forgetAskedOf(tx, a), remove(tx, a))
}

func forgetApplicant(tx *storage.Tx, a Appeal) error {
	if !a.Filed() {
		return forgetDraft(tx, a)
	}
	a.Applicant, a.mark = "", ""
	if a.Text == Waiting {
		a.Text = Private // there is nothing left to look at
	}
	if a.Text != Shown {
		a.Title, a.Words, a.Address, a.Point = "", "", "", places.Point{}
		if err := errors.Join(record.EraseSubject(tx, Ref(a.ID)), files.Forget(tx, Ref(a.ID))); err != nil {
			return err
		}
	}
	cases, err := casesOf(tx, []civic.ID{a.ID})
	if err != nil {
		return err
	}
	for _, c := range cases[a.ID] {
		c.Contest, c.Words = "", ""
		if err := errors.Join(updateCase(tx, c), forgetTalk(tx, c), forgetNotes(tx, c)); err != nil {
			return err
		}
	}
	return update(tx, a)
}
