package projects

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/voices"
)

// ofMilestone runs an act of a side on a milestone of a project that goes on, and keeps both. Errors: those of side; civic.Closed.
func (s *Service) ofMilestone(ctx context.Context, a civic.Actor, id civic.ID, name string, role Role, act func(*storage.Tx, *Project, *Milestone) error) error {
	of, err := s.projectOf(ctx, id)
	if err != nil {
		return err
	}
	return s.side(ctx, a, of, name, []Role{role}, func(tx *storage.Tx, p *Project, _ Partner) error {
		m, err := milestoneIn(tx, *p, id)
		if err == nil && p.State != Running {
			err = notNow()
		}
		if err != nil {
			return err
		}
		if err := act(tx, p, &m); err != nil {
			return err
		}
		return updateMilestone(tx, m)
	})
}

// projectOf is the project of a milestone, which never changes. Errors: civic.NotFound.
func (s *Service) projectOf(ctx context.Context, milestone civic.ID) (id civic.ID, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := milestonesByIDs(tx, []civic.ID{milestone})
		if err != nil {
			return err
		}
		of, err := projectsOf(tx, all)
		if err == nil && len(of) == 0 {
			err = notThere()
		}
		for _, p := range of {
			id = p.ID
		}
		return err
	})
	return id, err
}

func milestoneIn(tx *storage.Tx, p Project, id civic.ID) (Milestone, error) {
	all, err := milestonesOf(tx, p)
	if err != nil {
		return Milestone{}, err
	}
	i := slices.IndexFunc(all[p.no], func(m Milestone) bool { return m.ID == id })
	if i < 0 {
		return Milestone{}, notThere()
	}
	return all[p.no][i], nil
}

// Claim says that a milestone is reached: a new round begins, in which the agency owes its word by a date and those who live nearby are heard. Permission: the lead. Errors: those of
// ofMilestone; civic.Closed while the last claim stands; civic.Invalid with the fields of Round.
func (s *Service) Claim(ctx context.Context, a civic.Actor, id civic.ID, words civic.Text, evidence []string) error {
	r := Round{Words: words.Trimmed(), Evidence: evidence}
	return s.ofMilestone(ctx, a, id, actClaimed, Lead, func(tx *storage.Tx, p *Project, m *Milestone) error {
		if !m.mayClaim() {
			return notNow()
		}
		if err := r.check().Err(); err != nil {
			return err
		}
		if m.mayJudge() { // people disputed the last claim before the agency spoke: it speaks on the new one
			if err := s.city.Answers.Drop(tx, m.Last().Obligation); err != nil {
				return err
			}
		}
		agency := p.As(Agency).Organisation
		const key = "projects.accept_days"
		owed, err := s.city.Answers.Owe(tx, answers.Obligation{Subject: milestoneRef(m.ID), Owed: answers.Answer, Body: organisations.RefOf(agency), Scope: p.Scope, Source: s.city.Settings.InForce(key).Source, Start: tx.Now(),
			Term: civic.Term{Days: s.value("accept_days"), Working: true}}, Ref(p.ID))
		if err != nil {
			return err
		}
		r.At, r.Due, r.Obligation = tx.Now(), owed.Due, owed.ID
		m.Rounds = append(m.Rounds, r)
		var told []civic.ID
		return errors.Join(s.tellSide(tx, *p, agency, "claimed", judgePath(m.ID), &told), s.tell(tx, *p, "claimed", m.round(), civic.Say("projects.told_milestone", "Name", m.Name)))
	})
}

// outcomes are what the agency's word is in internal/answers.
var outcomes = map[Judgement]answers.Outcome{Accepted: answers.Taken, Partly: answers.Partly, Rejected: answers.NotTaken}

// Judge is the agency's word on the last claim, once; what it does not accept whole has its reason. Permission: the agency. Errors: those of ofMilestone; civic.Closed; civic.Invalid with
// "judgement", "reason".
func (s *Service) Judge(ctx context.Context, a civic.Actor, id civic.ID, j Judgement, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.ofMilestone(ctx, a, id, actJudged, Agency, func(tx *storage.Tx, p *Project, m *Milestone) error {
		if !m.mayJudge() {
			return notNow()
		}
		var out civic.Problems
		if !slices.Contains(Judgements(), j) {
			out.Add("judgement", "delivery.choose")
		}
		if j != Accepted || !reason.Empty() {
			out.OfficialAtMost("reason", reason, maxText)
		}
		if err := out.Err(); err != nil {
			return err
		}
		r := &m.Rounds[len(m.Rounds)-1]
		r.Judgement, r.Reason, r.JudgedAt = j, reason, tx.Now()
		if _, err := s.city.Answers.Give(tx, r.Obligation, roleOf(a, p.As(Agency).Organisation), "", outcomes[j]); err != nil {
			return err
		}
		var told []civic.ID
		return errors.Join(s.tellSide(tx, *p, p.As(Lead).Organisation, "judged", MilestonePath(m.ID), &told), s.tell(tx, *p, "judged", m.round(), civic.Say("projects.told_milestone", "Name", m.Name)))
	})
}

// maySay is why the actor cannot say what they see; nil when they can: a resident who speaks for no side.
func (s *Service) maySay(tx *storage.Tx, a civic.Actor, p Project, m Milestone) error {
	switch {
	case !m.heard(tx.Now(), s.value("say_days")):
		return notNow()
	case !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "delivery.sign_in")
	case len(p.SidesOf(a)) > 0:
		return civic.Fail(civic.Forbidden, "projects.own_project")
	}
	return nil
}

// Spoken is what somebody who lives nearby sees.
type Spoken struct {
	Voice  voices.Voice
	Matter string // one of voices.Matters, of who doubts or disputes
	Words  string // for everybody, once a moderator has looked; may be empty
	Near   bool   // they say that they live there or are often there
}

func (sp *Spoken) check() (p civic.Problems) {
	sp.Words = strings.TrimSpace(sp.Words)
	switch {
	case !slices.Contains(voices.All(), sp.Voice):
		p.Add("voice", "delivery.choose")
	case sp.Voice == voices.Agrees:
		sp.Matter = ""
	case !slices.Contains(voices.Matters(), sp.Matter):
		p.Add("matter", "delivery.choose")
	}
	if !sp.Near {
		p.Add("near", "delivery.near_needed")
	}
	p.AtMost("words", sp.Words, maxWords)
	return p
}

// Say keeps what somebody who lives nearby sees; in the round that goes on they may change it, in an earlier one nobody does. Enough of them confirm the milestone, or dispute it. It returns the id of
// their words, "" without any. Errors: civic.NotFound; civic.Closed; civic.Forbidden; civic.Invalid with "voice", "matter", "words", "near".
func (s *Service) Say(ctx context.Context, a civic.Actor, id civic.ID, said Spoken) (word civic.ID, err error) {
	of, err := s.projectOf(ctx, id)
	if err != nil {
		return "", err
	}
	err = s.alone(ctx, a, of, func(tx *storage.Tx, p *Project) error {
		m, err := milestoneIn(tx, *p, id)
		if err != nil {
			return err
		}
		if err := s.maySay(tx, a, *p, m); err != nil {
			return err
		}
		if err := said.check().Err(); err != nil {
			return err
		}
		tx.Touch(topic)
		if word, err = s.keepWord(tx, a, m, said); err != nil {
			return err
		}
		if err := box.Say(tx, m.no, len(m.Rounds), a.Account, said.Voice, said.Matter, tx.Now()); err != nil {
			return err
		}
		all, err := box.Tally(tx, m.no, len(m.Rounds))
		r := &m.Rounds[len(m.Rounds)-1]
		together := all.Word(int64(s.value("confirms")), int64(s.value("disputes")))
		if err != nil || together == r.People {
			return err
		}
		r.People, p.ChangedAt = together, tx.Now()
		if err := errors.Join(updateMilestone(tx, m), update(tx, *p), s.note(tx, actHeard, *p, "")); err != nil || together == voices.Open {
			return err
		}
		var told []civic.ID
		body := civic.Say("projects.told_milestone", "Name", m.Name)
		if together == voices.Disputed {
			err = s.tellSide(tx, *p, p.As(Lead).Organisation, "disputed", MilestonePath(m.ID), &told)
		}
		return errors.Join(err, s.tell(tx, *p, string(together), m.round(), body))
	})
	return word, err
}
