package projects

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/ledger"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// everySide may speak of what it gives and measures.
var everySide = Roles()

// going runs an act of a side on a project that goes on. Errors: those of side; civic.Closed.
func (s *Service) going(ctx context.Context, a civic.Actor, id civic.ID, name string, roles []Role, act func(*storage.Tx, *Project, Partner) error) error {
	return s.side(ctx, a, id, name, roles, func(tx *storage.Tx, p *Project, of Partner) error {
		if p.State != Running && p.State != Agreed {
			return notNow()
		}
		return act(tx, p, of)
	})
}

// Give states that a part of what was promised came; it counts when another side has confirmed it. paper is what shows it: of one giver it counts once, over all projects. The hours of volunteers are
// not typed: paper is the id of their action, and the hours are those in their books. Permission: who speaks for the giver. Errors: those of going; civic.NotFound; civic.Conflict when it counts
// already; civic.Invalid with "amount", "paper".
func (s *Service) Give(ctx context.Context, a civic.Actor, id, line civic.ID, g Given) error {
	g.Paper = strings.TrimSpace(g.Paper)
	return s.going(ctx, a, id, actGiven, everySide, func(tx *storage.Tx, p *Project, _ Partner) error {
		lines, err := linesOf(tx, *p)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(lines, func(l Line) bool { return l.ID == line })
		if i < 0 {
			return notThere()
		}
		if !speaks(a, lines[i].Giver) {
			return notYours()
		}
		if lines[i].Sort == Volunteers {
			if err := s.fromBooks(tx, lines[i], &g); err != nil {
				return err
			}
		}
		if err := g.check(lines[i]).Err(); err != nil {
			return err
		}
		if err := tx.Lock(numbers); err != nil { // also keeps two from counting the same thing at once
			return err
		}
		counted, err := countedFor(tx, lines[i].Giver, g.Paper)
		if err == nil && counted {
			err = civic.Wrong("paper", "projects.counted_already")
		}
		if err != nil {
			return err
		}
		g.ID, g.Review, g.StatedAt = civic.NewID(tx.Now()), Pending, tx.Now()
		return errors.Join(insertGiven(tx, lines[i], &g), s.tellSides(tx, *p, "given", lines[i].Giver))
	})
}

// fromBooks reads how many hours two people have signed of an action of the giver's.
func (s *Service) fromBooks(tx *storage.Tx, l Line, g *Given) error {
	k, known := s.city.Declared.Kind("volunteering.action")
	id := civic.ID(g.Paper[strings.LastIndexByte(g.Paper, '/')+1:]) // the address of its page, or its end
	if !known || k.Hours == nil {
		return civic.Wrong("paper", "projects.action_needed")
	}
	of, minutes, err := k.Hours(tx, id)
	if err != nil || of != l.Giver {
		return civic.Wrong("paper", "projects.action_needed")
	}
	if minutes < 60 {
		return civic.Wrong("paper", "projects.no_hours")
	}
	g.Paper, g.Amount = string(id), minutes/60
	return nil
}

// Confirm is what another side says of what was given: it came, or it did not, with the reason. Money that came is booked. Permission: a side other than the giver that signs the agreement. Errors: those
// of going; civic.NotFound; civic.Closed once somebody has said so; civic.Invalid with "note".
func (s *Service) Confirm(ctx context.Context, a civic.Actor, id, given civic.ID, came bool, note civic.Text) error {
	note = note.Trimmed()
	return s.side(ctx, a, id, actReviewed, signing, func(tx *storage.Tx, p *Project, _ Partner) error {
		lines, err := linesOf(tx, *p)
		if err != nil {
			return err
		}
		all, err := givenOf(tx, *p)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(g Given) bool { return g.ID == given })
		if i < 0 {
			return notThere()
		}
		g := all[i]
		l := lines[slices.IndexFunc(lines, func(l Line) bool { return l.ID == g.Line })]
		of, err := s.other(a, *p, l.Giver, g.Review)
		if err != nil {
			return err
		}
		if g.Review = Approved; !came {
			var out civic.Problems
			out.OfficialAtMost("note", note, maxText)
			if err := out.Err(); err != nil {
				return err
			}
			g.Review, g.Note = Returned, note
		}
		g.Reviewer, g.DecidedAt = of.Organisation, tx.Now()
		if err := judgeGiven(tx, g); err != nil || l.Sort != Money || !came {
			return err
		}
		_, err = ledger.Post(tx, ledger.Move("given:"+string(g.ID), actReviewed, Ref(p.ID), giverOf(*p, l.Giver), gatheredOf(*p), l.value(g.Amount)))
		return err
	})
}

// The money of a project is a book of the ledger: what each side gave comes to one purse.

func giverOf(p Project, organisation civic.ID) ledger.Account {
	return ledger.Party(Ref(p.ID), "given", civic.Ref{Kind: "organisations.organisation", ID: organisation})
}

func gatheredOf(p Project) ledger.Account { return ledger.Purse(Ref(p.ID), "gathered", civic.Ref{}) }

// other is the side for which the actor says a word on what another has stated, once. Errors: civic.Forbidden, civic.Closed.
func (s *Service) other(a civic.Actor, p Project, stated civic.ID, so Review) (Partner, error) {
	if so != Pending {
		return Partner{}, notNow()
	}
	if speaks(a, stated) {
		return Partner{}, civic.Fail(civic.Forbidden, "projects.other_side")
	}
	of, there := p.side(a, signing...)
	if !there {
		return of, notYours()
	}
	return of, nil
}

// Measure states what was measured; it counts when another side has approved it. Permission: who speaks for the side that measures. Errors: those of going; civic.NotFound; civic.Invalid with the fields of Update.
func (s *Service) Measure(ctx context.Context, a civic.Actor, id, indicator civic.ID, u Update) error {
	u.Words, u.Evidence = u.Words.Trimmed(), strings.TrimSpace(u.Evidence)
	return s.going(ctx, a, id, actMeasured, everySide, func(tx *storage.Tx, p *Project, _ Partner) error {
		i := slices.IndexFunc(p.Goals, func(i Indicator) bool { return i.ID == indicator })
		if i < 0 {
			return notThere()
		}
		of := &p.Goals[i]
		if !speaks(a, of.By) {
			return notYours()
		}
		if !of.Percent {
			u.Figure.Denominator = 1
		}
		out := u.check(*of, *p, s.today(tx))
		if len(of.Updates) >= maxUpdates {
			out.Add("day", "projects.too_many", "Most", maxUpdates)
		}
		if err := out.Err(); err != nil {
			return err
		}
		u.ID, u.By, u.At, u.Review = civic.NewID(tx.Now()), of.By, tx.Now(), Pending
		of.Updates = append(of.Updates, u)
		return s.tellSides(tx, *p, "measured", of.By)
	})
}

// Review is what another side says of what was measured: it is so, or goes back with the reason. Permission: a side other than that which measured, and which signs. Errors: those of side;
// civic.NotFound; civic.Closed once somebody has said so, or the day is locked; civic.Invalid with "note".
func (s *Service) Review(ctx context.Context, a civic.Actor, id, update civic.ID, approve bool, note civic.Text) error {
	note = note.Trimmed()
	return s.side(ctx, a, id, actReviewed, signing, func(tx *storage.Tx, p *Project, _ Partner) error {
		var u *Update
		for i := range p.Goals {
			if n := slices.IndexFunc(p.Goals[i].Updates, func(u Update) bool { return u.ID == update }); n >= 0 {
				u = &p.Goals[i].Updates[n]
			}
		}
		if u == nil {
			return notThere()
		}
		of, err := s.other(a, *p, u.By, u.Review)
		if err == nil && u.Day <= p.Locked {
			err = civic.Fail(civic.Closed, "projects.day_locked", "Day", p.Locked)
		}
		if err != nil {
			return err
		}
		var out civic.Problems
		if u.Review = Approved; !approve {
			out.OfficialAtMost("note", note, maxText)
			u.Review, u.Note = Returned, note
		}
		u.Reviewer, u.Reviewed = of.Organisation, tx.Now()
		return out.Err()
	})
}

// Lock closes the results until a day: nothing that was measured by then is added or judged any more. Permission: the agency. Errors: those of side; civic.Closed; civic.Invalid with "day".
func (s *Service) Lock(ctx context.Context, a civic.Actor, id civic.ID, day string) error {
	return s.going(ctx, a, id, actLocked, []Role{Agency}, func(tx *storage.Tx, p *Project, _ Partner) error {
		if dayOf(day).IsZero() || day <= p.Locked || day > s.today(tx) {
			return civic.Wrong("day", "projects.lock_day_wrong")
		}
		p.Locked = day
		return nil
	})
}

// Change proposes to do something otherwise than agreed, with the reason; who proposes it agrees to it. Permission: a side that signs. Errors: those of going; civic.Conflict while another change of the
// same is open; civic.Invalid with the fields of Change.
func (s *Service) Change(ctx context.Context, a civic.Actor, id civic.ID, c Change) error {
	c.Why, c.NewGoal, c.New = c.Why.Trimmed(), c.NewGoal.Trimmed(), strings.TrimSpace(c.New)
	return s.going(ctx, a, id, actProposed, signing, func(tx *storage.Tx, p *Project, of Partner) error {
		milestones, lines, err := s.parts(tx, *p)
		if err != nil {
			return err
		}
		out := c.prepare(*p, milestones, lines, s.today(tx))
		if len(p.Changes) >= maxChanges {
			out.Add("kind", "projects.too_many", "Most", maxChanges)
		}
		if slices.ContainsFunc(p.Changes, func(o Change) bool { return o.Open() && o.Kind == c.Kind && o.Target == c.Target }) {
			out.Add("kind", "projects.change_open")
		}
		if err := out.Err(); err != nil {
			return err
		}
		c.ID, c.By, c.At, c.Agreed = civic.NewID(tx.Now()), of.Organisation, tx.Now(), []Signature{}
		p.Changes = append(p.Changes, c)
		return errors.Join(s.agree(tx, a, p, len(p.Changes)-1, milestones, lines), s.tellSides(tx, *p, "proposed", of.Organisation))
	})
}

// Agree agrees to a change for a side; when all have, it holds. Agreed to a second time, it changes nothing. Permission: a side that signs. Errors: those of going; civic.NotFound; civic.Closed when it holds.
func (s *Service) Agree(ctx context.Context, a civic.Actor, id, change civic.ID) error {
	return s.going(ctx, a, id, actChanged, signing, func(tx *storage.Tx, p *Project, _ Partner) error {
		i := slices.IndexFunc(p.Changes, func(c Change) bool { return c.ID == change })
		if i < 0 {
			return notThere()
		}
		if !p.Changes[i].Open() {
			return notNow()
		}
		milestones, lines, err := s.parts(tx, *p)
		if err != nil {
			return err
		}
		return s.agree(tx, a, p, i, milestones, lines)
	})
}

// Refuse ends a change that has not all words yet, with the reason that everybody reads: for the side that proposed it, it is taken back. What was agreed on holds. Permission: a side that signs.
// Errors: those of going; civic.NotFound; civic.Closed when it holds, or was refused; civic.Invalid with "why".
func (s *Service) Refuse(ctx context.Context, a civic.Actor, id, change civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.going(ctx, a, id, actRefused, signing, func(tx *storage.Tx, p *Project, of Partner) error {
		i := slices.IndexFunc(p.Changes, func(c Change) bool { return c.ID == change })
		if i < 0 {
			return notThere()
		}
		c := &p.Changes[i]
		if !c.Open() {
			return notNow()
		}
		var out civic.Problems
		out.OfficialAtMost("why", why, maxText)
		if err := out.Err(); err != nil {
			return err
		}
		c.RefusedAt, c.RefusedBy, c.RefusedWhy = tx.Now(), of.Organisation, why
		return s.tellSides(tx, *p, "refused", of.Organisation)
	})
}

func (s *Service) parts(tx *storage.Tx, p Project) ([]Milestone, []Line, error) {
	all, err := milestonesOf(tx, p)
	if err != nil {
		return nil, nil, err
	}
	lines, err := linesOf(tx, p)
	return all[p.no], lines, err
}

// agree adds the word of all sides for which the actor speaks, and makes the change hold when none is missing.
func (s *Service) agree(tx *storage.Tx, a civic.Actor, p *Project, i int, milestones []Milestone, lines []Line) error {
	c := &p.Changes[i]
	for _, of := range p.SidesOf(a) {
		if of.Role.Signs() && !hasSigned(c.Agreed, of.Organisation) {
			c.Agreed = append(c.Agreed, Signature{tx.Now(), of.Organisation})
		}
	}
	if len(p.missing(c.Agreed)) > 0 {
		return nil
	}
	var out civic.Problems
	if c.Kind == Duration { // another change may hold since it was proposed
		if c.fits(*p, milestones, &out); len(out) > 0 {
			return civic.Fail(civic.Closed, "projects.fits_no_more")
		}
	}
	c.AppliedAt = tx.Now()
	c.apply(p, milestones, lines)
	for _, m := range milestones {
		if m.ID == c.Target {
			if err := updateMilestone(tx, m); err != nil {
				return err
			}
		}
	}
	for _, l := range lines {
		if l.ID == c.Target {
			if err := updateLine(tx, l); err != nil {
				return err
			}
		}
	}
	return s.tell(tx, *p, "changed", string(c.ID), civic.Say("projects.told_why", "Why", c.Why))
}
