package forming

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/draw"
)

// computeKind is the background work that finds the list of a draw.
const computeKind = "forming.compute"

// lapseKind is the background work that makes a draw void when a value is missing.
const lapseKind = "forming.lapse"

// Prepare begins a draw by lot: the list is computed in the background. Permission and errors as at; civic.Closed when it is not the time for one, while
// somebody is unchecked, or while another is under way.
func (s *Service) Prepare(ctx context.Context, a civic.Actor, id civic.ID, purpose Purpose) (made civic.ID, err error) {
	err = s.at(ctx, a, id, func(tx *storage.Tx, b Body, c Competition) error {
		earlier, err := draws(tx, c.ID)
		if err != nil {
			return err
		}
		for _, d := range earlier {
			if d.State == Computing || d.State == Listed {
				return civic.Fail(civic.Closed, "forming.draw_runs")
			}
			if d.State == Infeasible || d.State == Ready {
				if err := dropDraw(tx, d); err != nil {
					return err
				}
			}
		}
		d, err := s.drawOf(tx, b, c, purpose, earlier)
		if err != nil {
			return err
		}
		d.ID, d.Competition, d.Purpose, d.State = civic.NewID(tx.Now()), c.ID, purpose, Computing
		made = d.ID
		if err := insertDraw(tx, &d); err != nil {
			return err
		}
		return jobs.Enqueue(tx, computeKind, d.ID, jobs.Options{UniqueKey: string(d.ID)})
	}, Announced, Chosen, Published)
	return made, err
}

// firstOf is the draw of the seats among those of a competition.
func firstOf(all []Draw) (Draw, bool) {
	i := slices.IndexFunc(all, func(d Draw) bool { return d.Purpose == ForSeats && d.State == Drawn })
	if i < 0 {
		return Draw{}, false
	}
	return all[i], true
}

// drawOf says who can be drawn for a purpose.
func (s *Service) drawOf(tx *storage.Tx, b Body, c Competition, purpose Purpose, earlier []Draw) (d Draw, err error) {
	first, drawn := firstOf(earlier)
	if purpose == ForSeats {
		if drawn {
			return d, notNow()
		}
		among, err := s.toChoose(tx, c, ByLot)
		if err == nil && len(among) < c.Seats {
			err = civic.Fail(civic.Closed, "forming.too_few", "Count", len(among), "Seats", c.Seats)
		}
		return Draw{Problem: problem(c, among, s.choices(), s.rules().Ages)}, err
	}
	all, err := candidacies(tx, c.ID)
	if err != nil {
		return d, err
	}
	d.Problem = first.Problem
	reserved := slices.ContainsFunc(all, func(d Candidacy) bool { return d.State == Waiting })
	left := 0
	for _, candidate := range all {
		name := candidate.called()
		switch {
		case candidate.stays(b):
			d.Stayed = append(d.Stayed, name)
		case candidate.State == Elected || candidate.State == Declined:
			left++
			d.Gone = append(d.Gone, name)
		case candidate.Name == "": // who left with their account
			d.Gone = append(d.Gone, name)
		}
	}
	d.Gone = slices.DeleteFunc(d.Gone, func(id string) bool { // of whom the problem knows nothing
		return !slices.ContainsFunc(d.Problem.People, func(p sortition.Person) bool { return p.ID == id })
	})
	switch {
	case !drawn, purpose == ForReserve && (c.Reserve == 0 || reserved || c.State == Published), purpose == ForLeft && left == 0:
		return d, notNow()
	}
	return d, nil
}

// stays reports whether somebody who was chosen sits in the body, or is going to.
func (c Candidacy) stays(b Body) bool {
	return c.State == Elected && (c.Seat == "" && c.Name != "" || slices.Contains(b.Sitting, c.Seat))
}

// compute finds the list of a draw. It bears being run twice: the same problem gives the same list.
func (s *Service) compute(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	var d Draw
	var c Competition
	var first *sortition.Lottery
	var reserve []string
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if d, err = findDraw(tx, id); err != nil {
			return jobs.Permanent(err)
		}
		if c, err = find(tx, d.Competition); err != nil {
			return err
		}
		all, err := draws(tx, c.ID)
		if of, drawn := firstOf(all); drawn {
			first = of.lottery()
		}
		if err != nil {
			return err
		}
		stand, err := candidacies(tx, c.ID)
		for _, candidate := range stand {
			if candidate.State == Waiting {
				reserve = append(reserve, candidate.called())
			}
		}
		return err
	})
	if err != nil || d.State != Computing {
		return err
	}
	l, never, err := s.lotteryOf(ctx, &d, c, first, reserve)
	if conflict, none := conflictOf(err); none {
		d.State, d.Conflict = Infeasible, conflict
	} else if wrong := (*sortition.Error)(nil); errors.As(err, &wrong) {
		d.State = Infeasible
	} else if err != nil {
		return err
	} else {
		d.State, d.List, d.Deviation, d.Never = Ready, l.Panels, l.Deviation, never
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		now, err := findDraw(tx, d.ID)
		if err != nil || now.State != Computing { // somebody changed the quotas meanwhile
			return nil
		}
		d.MadeAt = tx.Now()
		tx.Touch(Topic)
		return updateDraw(tx, d)
	})
}

// lotteryOf computes the list, and who is in no panel.
func (s *Service) lotteryOf(ctx context.Context, d *Draw, c Competition, first *sortition.Lottery, reserve []string) (*sortition.Lottery, []string, error) {
	switch d.Purpose {
	case ForReserve:
		l, err := sortition.Alternates(ctx, d.Problem, d.Stayed, c.Reserve, s.rules().Panels, sortition.Leximin)
		return l, nil, err
	case ForLeft:
		l, err := replacement(ctx, d, first, reserve)
		return l, nil, err
	}
	found, err := sortition.Select(ctx, d.Problem, sortition.Leximin)
	if err != nil {
		return nil, nil, err
	}
	var never []string
	for _, i := range found.Never {
		never = append(never, d.Problem.People[i].ID)
	}
	l, err := found.Lottery(s.rules().Panels)
	return l, never, err
}

// replacement is drawn from the reserve as long as the quotas let it, else from everybody who stood.
func replacement(ctx context.Context, d *Draw, first *sortition.Lottery, reserve []string) (*sortition.Lottery, error) {
	gone := slices.Clone(d.Gone)
	for _, person := range d.Problem.People {
		if !slices.Contains(d.Stayed, person.ID) && !slices.Contains(reserve, person.ID) && !slices.Contains(gone, person.ID) {
			gone = append(gone, person.ID)
		}
	}
	if len(reserve) > 0 {
		l, err := sortition.Replace(ctx, d.Problem, first, d.Stayed, gone, sortition.Leximin)
		if err == nil {
			d.Gone = gone
			return l, nil
		}
		if !errors.As(err, new(*sortition.Infeasible)) && !errors.As(err, new(*sortition.Error)) {
			return nil, err
		}
	}
	return sortition.Replace(ctx, d.Problem, first, d.Stayed, d.Gone, sortition.Leximin)
}

// drawAt is at for an act on a draw that is in the state.
func (s *Service) drawAt(ctx context.Context, a civic.Actor, competition, id civic.ID, state DrawState, act func(*storage.Tx, Competition, Draw) error) error {
	return s.at(ctx, a, competition, func(tx *storage.Tx, _ Body, c Competition) error {
		d, err := findDraw(tx, id)
		switch {
		case err != nil:
			return err
		case d.Competition != c.ID:
			return notThere()
		case d.State != state:
			return notNow()
		}
		return act(tx, c, d)
	}, Announced, Chosen, Published)
}

// List publishes the list of panels, and says where the number will come from; both are in the record from now on. Permission and errors as at; civic.Invalid with
// "source", "members", "reveal_day", "round".
func (s *Service) List(ctx context.Context, a civic.Actor, competition, id civic.ID, source draw.Source) error {
	return s.drawAt(ctx, a, competition, id, Ready, func(tx *storage.Tx, c Competition, d Draw) error {
		if err := checkSource(source, tx.Now()); err != nil {
			return err
		}
		d.State, d.Announced = Listed, draw.Announce(d.lottery(), source, tx.Now())
		if err := updateDraw(tx, d); err != nil {
			return err
		}
		b, err := s.body(tx, c.Body)
		if err != nil {
			return err
		}
		if source.Until != nil {
			if err := jobs.Enqueue(tx, lapseKind, d.ID, jobs.Options{At: source.Until.Add(time.Second), UniqueKey: string(d.ID)}); err != nil {
				return err
			}
		}
		return errors.Join(s.noteDraw(tx, a, c, d, actListed), s.audit(tx, a, "draw.announce", drawRef(d.ID)),
			s.tell(tx, b, c, "listed/"+string(d.ID), civic.Say("forming.told_listed", "Count", len(d.List))))
	})
}

// Reveal notes the value of one of those who bound themselves to one. When the last has shown theirs, the panel is drawn. Permission and errors as at;
// civic.Closed after the last moment: the draw is void then (see lapse); civic.Invalid with "member", "value".
func (s *Service) Reveal(ctx context.Context, a civic.Actor, competition, id civic.ID, name, value string) error {
	return s.drawAt(ctx, a, competition, id, Listed, func(tx *storage.Tx, c Competition, d Draw) error {
		source := d.Announced.Source
		i := slices.IndexFunc(source.Members, func(m draw.Member) bool { return m.Name == name })
		switch {
		case source.Kind != draw.Commitments:
			return notNow()
		case tx.Now().After(*source.Until):
			return civic.Fail(civic.Closed, "forming.reveal_late")
		case i < 0 || !slices.Contains(d.Missing(), name):
			return civic.Wrong("member", "forming.choose")
		case draw.Commit(name, value) != source.Members[i].Commitment:
			return civic.Wrong("value", "forming.value_wrong")
		}
		d.Evidence.Reveals = append(d.Evidence.Reveals, draw.Reveal{Name: name, Value: value, At: tx.Now()})
		if len(d.Missing()) > 0 {
			if err := updateDraw(tx, d); err != nil {
				return err
			}
			return s.noteDraw(tx, a, c, d, actRevealed)
		}
		return s.settle(tx, a, c, d)
	})
}

// lapse makes a draw void of which somebody did not show their value in time: whoever is last could otherwise choose between two draws by staying
// silent. Its page says whose value is missing.
func (s *Service) lapse(ctx context.Context, j jobs.Job) error {
	var id civic.ID
	if err := j.Decode(&id); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		d, there, err := storage.Found(findDraw(tx, id))
		if err != nil || !there {
			return err
		}
		c, err := find(tx, d.Competition)
		if err != nil {
			return err
		}
		if _, err := s.lock(tx, c.Body); err != nil {
			return err
		}
		if d, err = findDraw(tx, id); err != nil || !d.lapsed(tx.Now()) { // as the last who held the lock left it
			return err
		}
		d.State, d.At = Void, tx.Now()
		if err := updateDraw(tx, d); err != nil {
			return err
		}
		tx.Touch(Topic)
		return errors.Join(s.noteDraw(tx, civic.Actor{}, c, d, actVoid), s.audit(tx, civic.Actor{}, "draw.void", drawRef(d.ID)))
	})
}

// Throw enters the number that was thrown at a meeting. Permission and errors as at; civic.Invalid with "number".
func (s *Service) Throw(ctx context.Context, a civic.Actor, competition, id civic.ID, number int) error {
	return s.drawAt(ctx, a, competition, id, Listed, func(tx *storage.Tx, c Competition, d Draw) error {
		if d.Announced.Source.Kind != draw.Dice {
			return notNow()
		}
		if number < 0 || number >= len(d.List) {
			return civic.Wrong("number", "forming.throw_wrong", "Last", len(d.List)-1)
		}
		d.Evidence.Thrown = &number
		return s.settle(tx, a, c, d)
	})
}

// Receive enters the round of drand that was named beforehand, as its servers give it; its signature is checked. Permission and errors as at; civic.Invalid with "signature".
func (s *Service) Receive(ctx context.Context, a civic.Actor, competition, id civic.ID, signature string) error {
	return s.drawAt(ctx, a, competition, id, Listed, func(tx *storage.Tx, c Competition, d Draw) error {
		if d.Announced.Source.Kind != draw.Drand {
			return notNow()
		}
		d.Evidence.Beacon = &draw.Beacon{Round: d.Announced.Source.Round, Signature: strings.ToLower(strings.TrimSpace(signature))}
		return s.settle(tx, a, c, d)
	})
}

// settle draws the panel with the number that the source gave, and says what became of everybody.
func (s *Service) settle(tx *storage.Tx, a civic.Actor, c Competition, d Draw) error {
	whole := d.Whole()
	switch err := whole.Complete(); {
	case err != nil && d.Announced.Source.Kind == draw.Drand:
		return civic.Wrong("signature", "forming.signature_wrong")
	case err != nil: // what others gave was checked when it came
		return err
	}
	if err := whole.Check(d.Announced.Digest()); err != nil {
		return err
	}
	d.Evidence.Number, d.Evidence.Panel = whole.Number, whole.Panel
	d.State, d.At = Drawn, tx.Now()
	if err := updateDraw(tx, d); err != nil {
		return err
	}
	if err := errors.Join(s.noteDraw(tx, a, c, d, actDrawn), s.audit(tx, a, "draw.draw", drawRef(d.ID))); err != nil {
		return err
	}
	all, err := candidacies(tx, c.ID)
	if err != nil {
		return err
	}
	return s.chosen(tx, a, c.after(d), drawn(d, all), drawRef(d.ID))
}

// after is the competition when the draw is done: after that of the seats it is known who was chosen.
func (c Competition) after(d Draw) Competition {
	if d.Purpose == ForSeats {
		c.State = Chosen
	}
	return c
}

// drawn are those about whom the draw decided.
func drawn(d Draw, all []Candidacy) (out []Candidacy) {
	for _, candidate := range all {
		in := slices.Contains(d.Evidence.Panel, candidate.called())
		was := candidate.State
		switch {
		case in && d.Purpose == ForReserve && was == Passed:
			candidate.State = Waiting
		case in && d.Purpose != ForReserve && (was == Admitted || was == Passed || was == Waiting):
			candidate.State = Elected
		case !in && was == Admitted:
			candidate.State = Passed
		}
		if candidate.State != was {
			out = append(out, candidate)
		}
	}
	return out
}

// Annul says that a list that was published does not count, with the reason: a value is missing, or something went wrong. Nobody can do it once the panel is
// drawn. Permission and errors as at; civic.Invalid with "why".
func (s *Service) Annul(ctx context.Context, a civic.Actor, competition, id civic.ID, why civic.Text) error {
	why = why.Trimmed()
	return s.drawAt(ctx, a, competition, id, Listed, func(tx *storage.Tx, c Competition, d Draw) error {
		var p civic.Problems
		if p.OfficialAtMost("why", why, maxWords); p.Err() != nil {
			return p.Err()
		}
		d.State, d.Why, d.At = Void, why, tx.Now()
		if err := updateDraw(tx, d); err != nil {
			return err
		}
		return errors.Join(s.noteDraw(tx, a, c, d, actVoid), s.audit(tx, a, "draw.void", drawRef(d.ID)))
	})
}
