package budgeting

import (
	"context"
	"errors"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// checkCampaign finds what is wrong with a campaign as it is to be kept.
func (s *Service) checkCampaign(tx *storage.Tx, c Campaign) error {
	body, err := s.isBody(tx)
	if err != nil {
		return err
	}
	return c.check(s.zone(), s.knownDistrict, body).Err()
}

// BeforeCampaign is nil when DrawUp or Change would keep it.
func (s *Service) BeforeCampaign(ctx context.Context, c Campaign) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error { return s.checkCampaign(tx, c) })
}

// DrawUp makes a draft of a campaign. Permission: MayRun for its body. Errors: civic.Forbidden, civic.Invalid with the fields of Campaign.
func (s *Service) DrawUp(ctx context.Context, a civic.Actor, c Campaign) (civic.ID, error) {
	c.Title, c.About = c.Title.Trimmed(), c.About.Trimmed()
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.checkCampaign(tx, c); err != nil {
			return err
		}
		if !c.MayRun(a) {
			return notYours()
		}
		if err := tx.Lock("budgeting_campaign_no"); err != nil {
			return err
		}
		c.ID, c.State, c.MadeAt, c.ChangedAt = civic.NewID(tx.Now()), Draft, tx.Now(), tx.Now()
		tx.Touch(topic)
		return errors.Join(insertCampaign(tx, &c), updateCampaign(tx, c, s.zone()))
	})
	return c.ID, err
}

// run acts on a campaign while nobody else acts on it or its proposals. Permission: MayRun. Errors: civic.Forbidden, civic.NotFound, civic.Closed in another
// state.
func (s *Service) run(ctx context.Context, a civic.Actor, id civic.ID, state State, act func(*storage.Tx, Campaign) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := s.lock(tx, id)
		if err != nil {
			return err
		}
		if !c.MayRun(a) {
			return notYours()
		}
		if c.State != state {
			return notNow()
		}
		tx.Touch(topic)
		return act(tx, c)
	})
}

// typedOver is a campaign with what a form says of it.
func (c Campaign) typedOver(to Campaign) Campaign {
	c.Year, c.Body, c.Title, c.About = to.Year, to.Body, to.Title.Trimmed(), to.About.Trimmed()
	c.Plan, c.Areas, c.Categories, c.Prices, c.Rules = to.Plan, to.Areas, to.Categories, to.Prices, to.Rules
	return c
}

// Rewrite changes a draft. Permission and errors as run; civic.Invalid with the fields of Campaign.
func (s *Service) Rewrite(ctx context.Context, a civic.Actor, id civic.ID, to Campaign) error {
	return s.run(ctx, a, id, Draft, func(tx *storage.Tx, c Campaign) error {
		c = c.typedOver(to)
		if !c.MayRun(a) {
			return notYours()
		}
		c.ChangedAt = tx.Now()
		if err := s.checkCampaign(tx, c); err != nil {
			return err
		}
		return updateCampaign(tx, c, s.zone())
	})
}

// Publish makes the rules public, before anybody can propose: from then on they change only with a reason that everybody reads. The record keeps the hash of
// the file of rules and the command that counts again. Permission and errors as run; civic.Closed when the first day has come.
func (s *Service) Publish(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.run(ctx, a, id, Draft, func(tx *storage.Tx, c Campaign) error {
		if !tx.Now().Before(c.Plan.Begin(Proposing, s.zone())) {
			return civic.Fail(civic.Closed, "budgeting.too_late_to_publish")
		}
		c.State, c.OpenedAt, c.ChangedAt = Announced, tx.Now(), tx.Now()
		if err := s.keep(tx, a, c, actPublished, "campaign.publish"); err != nil {
			return err
		}
		return s.tellCampaign(tx, c, "published", civic.Message{})
	})
}

// keep stores a campaign that everybody sees, in the search, the record and the list of privileged acts too.
func (s *Service) keep(tx *storage.Tx, a civic.Actor, c Campaign, act, did string) error {
	return errors.Join(updateCampaign(tx, c, s.zone()), s.indexCampaign(tx, c), s.noteCampaign(tx, act, c, c.role(a)), s.audit(tx, a, did, campaignRef(c.ID)))
}

func (s *Service) tellCampaign(tx *storage.Tx, c Campaign, what string, body civic.Message) error {
	n := notifications.Notice{Subject: civic.Say("budgeting.told_campaign_"+what, "Title", c.Title), Body: body, Path: CampaignPath(c.ID), Thing: campaignRef(c.ID),
		Event: "budgeting.campaign." + what + "/" + string(c.ID) + "/" + storage.PlaceAt(storage.Millis(tx.Now()), c.no).String()}
	return s.city.Notifications.Tell(tx, n, organisations.RefOf(c.Body), city.Ref())
}

// Change changes the rules of a campaign that is published, with a reason that everybody reads; who follows it is told. A part or category that a proposal
// names stays, and once people vote only the days after the vote change. Permission and errors as run; civic.Invalid with "why" and the fields of Campaign.
func (s *Service) Change(ctx context.Context, a civic.Actor, id civic.ID, to Campaign, why civic.Text) error {
	_, err := s.changed(ctx, a, id, to, why.Trimmed())
	return err
}

// BeforeChange is the campaign as Change would keep it. Permission and errors as Change.
func (s *Service) BeforeChange(ctx context.Context, a civic.Actor, id civic.ID, to Campaign, why civic.Text) (Campaign, error) {
	return s.changed(storage.Rehearsal(ctx), a, id, to, why.Trimmed())
}

func (s *Service) changed(ctx context.Context, a civic.Actor, id civic.ID, to Campaign, why civic.Text) (c Campaign, err error) {
	err = s.run(ctx, a, id, Announced, func(tx *storage.Tx, was Campaign) error {
		c = was.typedOver(to)
		c.Body = was.Body
		if err := s.checkCampaign(tx, c); err != nil {
			return err
		}
		if err := s.checkChange(tx, was, c, why); err != nil {
			return err
		}
		c.Changes = append(c.Changes, Change{tx.Now(), why})
		c.ChangedAt = tx.Now()
		if err := s.keep(tx, a, c, actChanged, "campaign.change"); err != nil {
			return err
		}
		return s.tellCampaign(tx, c, "changed", civic.Say("budgeting.told_why", "Words", why))
	})
	return c, err
}

// checkChange finds what may not change any more.
func (s *Service) checkChange(tx *storage.Tx, was, c Campaign, why civic.Text) error {
	var p civic.Problems
	p.OfficialAtMost("why", why, maxReason)
	used, err := byState(tx, was.ID)
	if err != nil {
		return err
	}
	for _, u := range used {
		if _, there := c.Area(u.Area); !there {
			p.Add("areas", "budgeting.area_used", "Code", u.Area)
		}
	}
	for _, e := range was.Categories {
		if len(used) > 0 && nameOf(c.Categories, e.Code) == nil {
			p.Add("categories", "budgeting.area_used", "Code", e.Code)
		}
	}
	now := tx.Now()
	for _, stage := range Stages() {
		if passed := !now.Before(was.Plan.End(stage, s.zone())); passed && was.Plan.Until[stage] != c.Plan.Until[stage] {
			p.Add("until."+string(stage), "budgeting.day_passed")
		}
	}
	if !now.Before(was.Plan.Begin(Proposing, s.zone())) && was.Plan.Opens != c.Plan.Opens {
		p.Add("opens", "budgeting.day_passed")
	}
	if !now.Before(was.Plan.Begin(Voting, s.zone())) {
		frozen := was
		frozen.Title, frozen.Plan = c.Title, c.Plan
		if c.Plan.Until[Voting] != was.Plan.Until[Voting] || frozen.Hash() != c.Hash() {
			p.Add("why", "budgeting.voting_fixed")
		}
	}
	return p.Err()
}

// Stop calls a published campaign off, with the reason. Permission and errors as run; civic.Invalid with "why".
func (s *Service) Stop(ctx context.Context, a civic.Actor, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.run(ctx, a, id, Announced, func(tx *storage.Tx, c Campaign) error {
		var p civic.Problems
		if p.OfficialAtMost("why", why, maxReason); p.Err() != nil {
			return p.Err()
		}
		if !tx.Now().Before(c.Plan.Begin(Voting, s.zone())) {
			return notNow()
		}
		c.State, c.ChangedAt = Stopped, tx.Now()
		c.Changes = append(c.Changes, Change{tx.Now(), why})
		if err := s.keep(tx, a, c, actStopped, "campaign.stop"); err != nil {
			return err
		}
		return s.tellCampaign(tx, c, "stopped", civic.Say("budgeting.told_why", "Words", why))
	})
}
