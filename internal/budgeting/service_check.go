package budgeting

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// round is which round of the check a proposal is in, or would come into.
func (p Proposal) round() int {
	if slices.Contains([]Standing{Reworked, InRecheck}, p.State) || (p.State == Refused || p.State == Accepted) && len(p.Replies) > 0 {
		return 2
	}
	return 1
}

// Assign gives a proposal to bodies that check it, each with a clock of its own. Permission: MayRun. Errors: civic.Forbidden, civic.NotFound, civic.Closed,
// civic.Invalid with "bodies"; civic.Conflict while too few support it.
func (s *Service) Assign(ctx context.Context, a civic.Actor, id civic.ID, bodies []civic.ID) error {
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		if !c.MayRun(a) {
			return notYours()
		}
		round := p.round()
		if err := s.mayAssign(tx, c, p, bodies); err != nil {
			return err
		}
		if err := s.move(tx, c, &p, Assign, actAssigned, c.role(a)); err != nil {
			return err
		}
		key := "budgeting.check_days"
		for _, body := range bodies {
			k := Check{ID: civic.NewID(tx.Now()), Proposal: p.ID, Round: round, Body: body, AssignedAt: tx.Now()}
			if err := insertCheck(tx, &k); err != nil {
				return err
			}
			owed, err := s.city.Answers.Owe(tx, answers.Obligation{Subject: checkRef(k.ID), Owed: answers.Answer, Body: organisations.RefOf(body), Scope: p.scope(), Source: s.city.Settings.InForce(key).Source,
				Start: tx.Now(), Term: civic.Term{Days: int(s.city.Settings.Value(key)), Working: true}}, Ref(p.ID))
			if err != nil {
				return err
			}
			k.Obligation = owed.ID
			if err := errors.Join(updateCheck(tx, k), s.tellBody(tx, body, civic.Say("budgeting.told_body_check", "Number", p.Number, "Title", p.Name()), checkPath(k.ID))); err != nil {
				return err
			}
		}
		return s.audit(tx, a, "proposal.assign", Ref(p.ID))
	})
}

func (s *Service) mayAssign(tx *storage.Tx, c Campaign, p Proposal, bodies []civic.ID) error {
	if p.Text != Shown {
		return civic.Fail(civic.Conflict, "budgeting.not_shown_yet")
	}
	n, err := countSupport(tx, []Proposal{p})
	if err != nil {
		return err
	}
	if needed := int64(c.Rules.Supports); n[p.no]+int64(p.PaperSupport) < needed {
		return civic.Fail(civic.Conflict, "budgeting.too_few_support", "Count", needed)
	}
	known, err := s.isBody(tx)
	if err != nil {
		return err
	}
	if len(bodies) == 0 || len(bodies) > 10 || slices.ContainsFunc(bodies, func(id civic.ID) bool { return !known(id) }) || len(slices.Compact(slices.Sorted(slices.Values(bodies)))) != len(bodies) {
		return civic.Wrong("bodies", "budgeting.choose")
	}
	return nil
}

// firstPoints are those of the first signed verdict; none before there is one.
func (s *Service) firstPoints(tx *storage.Tx, p Proposal) ([]civic.Text, error) {
	signed, err := verdictsOf(tx, p.ID)
	if err != nil || len(signed[p.ID]) == 0 {
		return nil, err
	}
	return signed[p.ID][0].Points, nil
}

func (o Opinion) trimmed() Opinion {
	o.Reason, o.Person = o.Reason.Trimmed(), strings.TrimSpace(o.Person)
	var points []civic.Text
	for _, point := range o.Points {
		if point = point.Trimmed(); !point.Empty() {
			points = append(points, point)
		}
	}
	o.Points = points
	for i := range o.Answers {
		o.Answers[i].Words = o.Answers[i].Words.Trimmed()
	}
	return o
}

// BeforeOpinion is nil when Give would take it.
func (s *Service) BeforeOpinion(ctx context.Context, a civic.Actor, id civic.ID, o Opinion) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		k, err := findCheck(tx, id)
		if err != nil {
			return err
		}
		return s.mayOpine(tx, a, k, o.trimmed())
	})
}

func (s *Service) mayOpine(tx *storage.Tx, a civic.Actor, k Check, o Opinion) error {
	if !k.mayGive(a) {
		return notYours()
	}
	p, err := find(tx, k.Proposal)
	if err != nil {
		return err
	}
	if !k.GivenAt.IsZero() || p.State != InCheck && p.State != InRecheck {
		return notNow()
	}
	first, err := s.firstPoints(tx, p)
	if err != nil {
		return err
	}
	return o.check(k.Round, first).Err()
}

// Opine is what a body says of a proposal. Nobody but the body, the council and who runs the campaign reads it before the council has signed; everybody sees that
// it was given, and whether in time. Permission: an officer of the body. Errors: civic.Forbidden, civic.NotFound, civic.Closed, civic.Invalid with the
// fields of Opinion.
func (s *Service) Opine(ctx context.Context, a civic.Actor, id civic.ID, o Opinion) error {
	o = o.trimmed()
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		k, err := findCheck(tx, id)
		if err != nil {
			return err
		}
		p, err := find(tx, k.Proposal)
		if err != nil {
			return err
		}
		if _, err := s.lock(tx, p.Campaign); err != nil {
			return err
		}
		if k, err = findCheck(tx, id); err != nil {
			return err
		}
		if err := s.mayOpine(tx, a, k, o); err != nil {
			return err
		}
		k.Opinion, k.GivenAt = o, tx.Now()
		if err := updateCheck(tx, k); err != nil {
			return err
		}
		role := a.ActsAs([]civic.Ref{organisations.RefOf(k.Body)}, civic.Officer)
		if _, err := s.city.Answers.Give(tx, k.Obligation, role, "", answers.Answered); err != nil {
			return err
		}
		tx.Touch(topic)
		return s.audit(tx, a, "check.give", checkRef(k.ID))
	})
}

// roundOf are the checks of a proposal in a round.
func roundOf(all []Check, round int) (out []Check) {
	for _, k := range all {
		if k.Round == round {
			out = append(out, k)
		}
	}
	return out
}

// BeforeSigning is nil when Sign would go on.
func (s *Service) BeforeSigning(ctx context.Context, a civic.Actor, id civic.ID, v Verdict) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		p, err := find(tx, id)
		if err != nil {
			return err
		}
		_, err = s.maySign(tx, a, p, v)
		return err
	})
}

// maySign is the verdict as it would be signed, with what the bodies said.
func (s *Service) maySign(tx *storage.Tx, a civic.Actor, p Proposal, v Verdict) (Verdict, error) {
	if !MaySign(a) {
		return v, notYours()
	}
	if p.State != InCheck && p.State != InRecheck {
		return v, notNow()
	}
	v.Round, v.Reason, v.Protocol = p.round(), v.Reason.Trimmed(), strings.TrimSpace(v.Protocol)
	all, err := checksOf(tx, p.ID)
	if err != nil {
		return v, err
	}
	bodies := roundOf(all[p.ID], v.Round)
	if len(bodies) == 0 || slices.ContainsFunc(bodies, func(k Check) bool { return k.GivenAt.IsZero() }) {
		return v, civic.Fail(civic.Conflict, "budgeting.bodies_missing")
	}
	of := gather(v.Round, bodies)
	v.Points, v.Answers, v.Signers = of.Points, of.Answers, of.Signers
	return v, v.check(bodies)
}

// Sign signs the verdict of a round in the name of the expert council: from now on everybody reads it, and who wrote or supports the proposal is told, with the
// words. Permission: MaySign. Errors: civic.Forbidden, civic.NotFound, civic.Closed, civic.Conflict while a body has not spoken, civic.Invalid with the
// fields of Verdict.
func (s *Service) Sign(ctx context.Context, a civic.Actor, id civic.ID, v Verdict) error {
	return s.idea(ctx, id, func(tx *storage.Tx, c Campaign, p Proposal) error {
		v, err := s.maySign(tx, a, p, v)
		if err != nil {
			return err
		}
		v.SignedAt = tx.Now()
		if err := insertVerdict(tx, p.ID, v); err != nil {
			return err
		}
		if v.Cost > 0 {
			p.Cost = v.Cost
		}
		step, told := v.step(s.stage(tx, c)), "verdict_"+string(v.Outcome)
		if step == Refuse && v.Round == 1 {
			p.Cause, told = NoTime, "late"
		}
		if err := s.move(tx, c, &p, step, actSigned, a.ActsAs(nil, expert, civic.Administrator)); err != nil {
			return err
		}
		if err := s.audit(tx, a, "proposal.sign", Ref(p.ID)); err != nil {
			return err
		}
		return s.tellPeople(tx, p, told, civic.Say("budgeting.told_words", "Words", v.Reason))
	})
}

// dropChecks ends what bodies still owe of a proposal that left.
func (s *Service) dropChecks(tx *storage.Tx, p Proposal) error {
	all, err := checksOf(tx, p.ID)
	if err != nil {
		return err
	}
	var owed []civic.ID
	for _, k := range all[p.ID] {
		if k.GivenAt.IsZero() {
			owed = append(owed, k.Obligation)
		}
	}
	return s.city.Answers.Drop(tx, owed...)
}
