package budgeting

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// standing is how the words stand, as moderation has it.
func (p Proposal) standing() moderation.Standing {
	return moderation.Standing{Shown: p.Text == Shown, Removed: p.Text == Removed, Rule: p.Rule, Reason: p.Reason, DecidedAt: p.DecidedAt}
}

// ForModerator is a proposal as a moderator sees it.
type ForModerator struct {
	Proposal
	Contest *moderation.Contest // the last wish of its author for another decision
}

// ForModerator returns a proposal as a moderator sees it. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) ForModerator(ctx context.Context, a civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if f.Proposal, err = find(tx, id); err == nil && !f.mayModerate(a) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		fate, err := s.city.Moderation.Fate(tx, Ref(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}

// Uphold leaves the words removed whose author asked for another decision; d.Reason is public. Permission: mayModerate, but for who removed them. Errors:
// moderation.Service.Uphold's.
func (s *Service) Uphold(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	return s.city.Moderation.UpholdOf(ctx, a, Ref(id), d)
}

// Decide lets everybody read a proposal, or nobody. Words that are taken down while people vote freeze the project: nobody chooses what they cannot read. Permission:
// mayModerate. Errors: civic.Forbidden, civic.Invalid with "rule" and "reason", civic.Conflict when somebody decided meanwhile or has it.
func (s *Service) Decide(ctx context.Context, a civic.Actor, id civic.ID, d moderation.Choice) error {
	d.Reason = strings.TrimSpace(d.Reason)
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !p.mayModerate(a) {
			return notYours()
		}
		if err := d.Check(s.city.Moderation.Book()); err != nil || d.Settles(p.standing()) {
			return err
		}
		if err := d.Overtaken(p.standing()); err != nil {
			return err
		}
		role := a.ActsAs(nil, civic.Moderator, civic.Administrator)
		answered, err := s.city.Moderation.Deciding(tx, a, d.Verdict(Ref(p.ID), p.standing(), role))
		if err != nil {
			return err
		}
		act, what := actShown, "shown"
		if p.Text == Removed {
			act = actRestored
		}
		p.Text, p.Rule, p.Reason, p.DecidedAt, p.ChangedAt = Shown, "", "", tx.Now(), tx.Now()
		if !d.Approve {
			p.Text, p.Rule, p.Reason, act, what = Removed, d.Rule, d.Reason, actRemoved, "removed"
		} else if p.State == Reworked {
			what = "reworked"
		}
		if err := s.onBallots(tx, c, &p, role); err != nil {
			return err
		}
		if err := errors.Join(update(tx, p), s.index(tx, p), s.note(tx, act, p, role), s.city.Files.Settle(tx, Ref(p.ID), role)); err != nil {
			return err
		}
		err = s.city.Trail.Note(tx, a, "budgeting.proposal.decide", Ref(p.ID), map[string]string{"text": string(p.Text)})
		if err != nil || answered {
			return err
		}
		if what == "reworked" {
			return s.tellReworked(tx, c, p)
		}
		return s.tellPeople(tx, p, what, civic.Say("budgeting.told_reason", "Reason", p.Reason))
	})
}

// onBallots calls a proposal on its ballots as everybody may read it, and freezes it there while people vote and cannot.
func (s *Service) onBallots(tx *storage.Tx, c Campaign, p *Proposal, role civic.Role) error {
	if !p.voted() {
		return nil
	}
	if err := s.city.Ballots.Rename(tx, role, campaignRef(c.ID), p.code(), p.Called()); err != nil {
		return err
	}
	to, err := p.may(Freeze, s.stage(tx, c))
	if err != nil || p.Text == Shown { // nothing to freeze
		return nil
	}
	p.State = to
	return s.offBallots(tx, c, *p, role, s.city.Catalog.Everywhere("budgeting.frozen_words"))
}

// tellReworked tells those whom it concerns that a reworked proposal can be checked again.
func (s *Service) tellReworked(tx *storage.Tx, c Campaign, p Proposal) error {
	return errors.Join(s.tellPeople(tx, p, "reworked", civic.Message{}), s.tellBody(tx, c.Body, civic.Say("budgeting.told_body_reworked", "Number", p.Number), ideaDeskPath(p.ID)))
}

// What the people's budget keeps about a person.

type heldProposal struct {
	Campaign civic.ID  `json:"campaign"`
	Number   int       `json:"number"`
	State    Standing  `json:"state"`
	Title    string    `json:"title"`
	What     string    `json:"what"`
	Why      string    `json:"why"`
	Address  string    `json:"address"`
	Point    string    `json:"point,omitempty"`
	Estimate []Line    `json:"estimate"`
	Signed   string    `json:"signed,omitempty"`
	Replies  []string  `json:"replies,omitempty"`
	Filed    time.Time `json:"filed_at"`
}

func exportPerson(tx *storage.Tx, account civic.ID) (any, error) {
	all, err := proposalsBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	supported, err := supportedBy(tx, account, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	with, err := coauthorOf(tx, account)
	if err != nil || len(all)+len(supported)+len(with) == 0 {
		return nil, err
	}
	var out []heldProposal
	for _, p := range all {
		out = append(out, heldProposal{p.Campaign, p.Number, p.State, p.Title, p.What, p.Why, p.Address, p.Point.String(), p.Estimate, p.Signed, p.Replies, p.FiledAt})
	}
	return map[string]any{"proposed": out, "supported": supported, "merged_as": with}, nil
}

// erasePerson cuts proposals off from whoever leaves. What everybody has read stays, nobody's; what waits for a moderator, or was removed, is gone.
func erasePerson(tx *storage.Tx, account civic.ID) error {
	all, err := proposalsBy(tx, account, math.MaxInt32)
	for _, p := range all {
		if err == nil {
			err = forgetAuthor(tx, p)
		}
	}
	if err != nil {
		return err
	}
	into, err := mergedInto(tx, account)
	for _, id := range into { // their name stands there among the authors
		if err == nil {
			err = record.EraseSubject(tx, Ref(id))
		}
	}
	tx.Touch(topic)
	return errors.Join(err, forgetSupport(tx, account), forgetCoauthor(tx, account))
}

func forgetAuthor(tx *storage.Tx, p Proposal) error {
	named := p.Signed != ""
	p.Author, p.Signed = "", ""
	if p.Text != Shown {
		p.Title, p.What, p.Why, p.Address, p.Estimate, p.Replies, p.Point = "", "", "", "", nil, nil, places.Point{}
		if to, ok := Next(p.State, Withdraw); ok {
			p.State = to
		}
		if p.Text == Waiting {
			p.Text = Removed // there is nothing left to look at
		}
		named = true
	}
	if named {
		if err := record.EraseSubject(tx, Ref(p.ID)); err != nil {
			return err
		}
	}
	return errors.Join(update(tx, p), deleteWish(tx, p.no))
}
