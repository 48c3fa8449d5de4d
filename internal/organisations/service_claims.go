package organisations

import (
	"context"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// claimsWaiting is how many claims of one person may wait: each is looked into by a person.
const claimsWaiting = "organisations.claims_waiting"

// Claim asks to speak for an organisation. For residents (Forbidden). Conflict when the
// actor already speaks for it, has a claim for it waiting, or as many as the city allows, however
// many are sent at once.
func (s *Service) Claim(ctx context.Context, actor civic.Actor, id civic.ID, why, contact string) error {
	if !actor.Has(civic.Resident) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if err := checkClaim(why, contact); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		o, err := seen(tx, actor, id)
		if err != nil {
			return err
		}
		if o.Status == Liquidated {
			return civic.Fail(civic.Closed, "organisations.claim_liquidated")
		}
		if Speaks(actor, &o.Organisation) {
			return civic.Fail(civic.Conflict, "organisations.claim_speaks")
		}
		if o.Kind == StateBody {
			return civic.Fail(civic.Closed, "organisations.claim_state_body")
		}
		if err := s.mayClaim(tx, actor.Account); err != nil {
			return err
		}
		return insertClaim(tx, id, actor.Account, strings.TrimSpace(why), strings.TrimSpace(contact))
	})
	if storage.IsUnique(err) {
		return civic.Fail(civic.Conflict, "organisations.claim_waiting").Because(err)
	}
	return err
}

// mayClaim refuses a claim past those that may wait. Claims sent at once wait for one another.
func (s *Service) mayClaim(tx *storage.Tx, account civic.ID) error {
	if err := tx.Lock("organisations_claims:" + string(account)); err != nil {
		return err
	}
	waiting, err := waitingClaims(tx, account)
	if most := s.city.Value(claimsWaiting); err == nil && waiting >= most {
		err = civic.Fail(civic.Conflict, "organisations.claims_enough", "Count", most)
	}
	return err
}

// Claims lists claims: for moderators those waiting, the oldest first (after is where to go
// on), at most limit.
func (s *Service) Claims(ctx context.Context, actor civic.Actor, after civic.ID, limit int) (out []Claim, err error) {
	if !Moderates(actor) {
		return nil, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if out, err = pendingClaims(tx, after, limit); err != nil {
			return err
		}
		accounts := make([]civic.ID, len(out))
		for i, c := range out {
			accounts[i] = c.Account
		}
		names, err := s.identity.Names(tx, accounts)
		for i := range out {
			out[i].By.Name = names[out[i].Account]
		}
		return err
	})
	return out, err
}

// MyClaims lists the actor's own claims, newest first, with what was decided and why.
func (s *Service) MyClaims(ctx context.Context, actor civic.Actor) (out []Claim, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { out, err = claimsBy(tx, actor.Account, 100); return err })
	return out, err
}

// ClaimOf returns one claim with who made it, to moderators and that person; to others it is
// NotFound.
func (s *Service) ClaimOf(ctx context.Context, actor civic.Actor, claim civic.ID) (c Claim, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, err = claimByID(tx, claim); err != nil {
			return err
		}
		if !Moderates(actor) && (c.Account != actor.Account || actor.Account == "") {
			return notFound()
		}
		return s.nameClaimant(tx, &c)
	})
	return c, err
}

// nameClaimant adds who claims: without that nobody could check what they say.
func (s *Service) nameClaimant(tx *storage.Tx, c *Claim) error {
	a, known, err := s.identity.Holder(tx, c.Account)
	if known {
		c.By = Claimant{Name: a.Name, Email: a.Email, Since: a.CreatedAt, Verified: a.Assurance() >= civic.Verified}
	}
	return err
}

// judged finds a claim on which the actor may decide so.
func judged(tx *storage.Tx, actor civic.Actor, claim civic.ID, reason string) (c Claim, err error) {
	if !Moderates(actor) {
		return c, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if err := checkDecision(reason); err != nil {
		return c, err
	}
	if c, err = claimByID(tx, claim); err != nil {
		return c, err
	}
	switch {
	case c.Account == actor.Account:
		err = civic.Fail(civic.Forbidden, "organisations.claim_own")
	case c.State != Pending:
		err = civic.Fail(civic.Conflict, "organisations.claim_decided")
	}
	return c, err
}

// BeforeDecision returns the claim that Decide would answer, with who made it. Permission and
// errors are Decide's.
func (s *Service) BeforeDecision(ctx context.Context, actor civic.Actor, claim civic.ID, reason string) (c Claim, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, err = judged(tx, actor, claim, reason); err != nil {
			return err
		}
		return s.nameClaimant(tx, &c)
	})
	return c, err
}

// Decide answers a claim with a reason, which the claimant is told. Moderators only
// (Forbidden), and nobody on their own claim. Approval grants the role. Of two decisions at
// once the later finds Conflict.
func (s *Service) Decide(ctx context.Context, actor civic.Actor, claim civic.ID, approve bool, reason string) error {
	state, act, subject, body := Rejected, "organisations.claim.reject", "organisations.told_claim_rejected", "organisations.notice_claim_rejected"
	if approve {
		state, act, subject, body = Approved, "organisations.claim.approve", "organisations.told_claim_approved", "organisations.notice_claim_approved"
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		c, err := judged(tx, actor, claim, reason)
		if err != nil {
			return err
		}
		waited, err := decideClaim(tx, claim, state, strings.TrimSpace(reason), actor.Account)
		if err != nil {
			return err
		}
		if !waited {
			return civic.Fail(civic.Conflict, "organisations.claim_decided")
		}
		if approve {
			if err := s.identity.Give(tx, actor, c.Account, civic.Grant{Role: civic.Representative, Scope: RefOf(c.Organisation)}); err != nil {
				return err
			}
		}
		decided := map[string]any{"decision": state} // neither who asked nor why
		if err := s.noteAct(tx, actClaimDecided, c.Organisation, actor.ActsAs(nil, civic.Moderator, civic.Administrator), decided); err != nil {
			return err
		}
		if err := s.trail.Note(tx, actor, act, RefOf(c.Organisation), map[string]string{"claim": string(claim)}); err != nil {
			return err
		}
		return s.notices.Notify(tx, c.Account, notifications.Notice{Subject: civic.Say(subject), Path: "/claims/" + string(claim),
			Body: civic.Say(body, "Name", c.Name, "Reason", strings.TrimSpace(reason))})
	})
}

// Withdraw takes one's own claim back before it is decided.
func (s *Service) Withdraw(ctx context.Context, actor civic.Actor, claim civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		waited, err := withdrawClaim(tx, claim, actor.Account)
		if err == nil && !waited {
			return notFound()
		}
		return err
	})
}

// erasePerson deletes what the register holds on an account that ends: its claims. (Names in
// public posts are the organisation's; they are erased from its page.)
func erasePerson(tx *storage.Tx, account civic.ID) error {
	return forgetAccount(tx, account)
}

// personalData is what the register holds on an account, for its owner to download.
func personalData(tx *storage.Tx, account civic.ID) (any, error) {
	claims, err := claimsBy(tx, account, 1000)
	return map[string]any{"claims": claims}, err
}
