package initiatives

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// lookMost bounds how many signatures moderators look at at once: beyond, the latest.
const lookMost = 200_000

// Place is how many of some signatures are of one district.
type Place struct {
	District string // "": not said
	Count    int64
}

// Found is what conditions mean, before anything is done.
type Found struct {
	Counted int64   // signatures that count
	Waiting int64   // that wait to be confirmed: they would not count either
	Before  int64   // that were taken out of the count before; nothing would change of them
	Places  []Place // of all that would not count any more, the most first
	Sample  []Signature
	Of      int64 // all that count now

	all []Signature
}

// sampleMost is how many of those that are meant a moderator is shown.
const sampleMost = 10

// found sorts what conditions mean. What was taken back is nobody's business any more.
func found(all []Signature, c Conditions) (f Found) {
	byPlace := map[string]int64{}
	for _, s := range c.choose(all) {
		switch {
		case s.State == TakenBack:
			continue
		case s.Invalid != "":
			f.Before++
			continue
		case s.State == Asked:
			f.Waiting++
		default:
			f.Counted++
		}
		byPlace[s.District]++
		f.all = append(f.all, s)
	}
	for district, n := range byPlace {
		f.Places = append(f.Places, Place{district, n})
	}
	slices.SortFunc(f.Places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.District, b.District))
	})
	f.Sample = f.all[:min(sampleMost, len(f.all))]
	return f
}

// judged reports whether moderators still decide which signatures count.
func (i Initiative) judged() bool {
	return i.State == Joinder || i.State == Moderation || i.State == Open || i.State == Closed
}

// Panel is what moderators see of how an initiative is signed.
type Panel struct {
	Initiative
	Clusters      []Cluster
	Invalidations []Invalidation
	Waiting       int64 // signatures that wait to be confirmed
	TakenBack     int64
	Cut           bool // there are more than lookMost
	Least         int  // so many alike are suggested
}

// clustersMost is how many suggestions a moderator is shown.
const clustersMost = 8

// Panel returns it. Permission: moderators and administrators. Errors: civic.Forbidden, civic.NotFound.
func (s *Service) Panel(ctx context.Context, actor civic.Actor, id civic.ID) (p Panel, err error) {
	if !looksAfter(actor) {
		return p, notYours()
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if p.Initiative, err = find(tx, id); err != nil {
			return err
		}
		all, err := looked(tx, p.Initiative, Conditions{}, lookMost)
		if err != nil {
			return err
		}
		p.Cut, p.Least = len(all) == lookMost, s.value("suspicious")
		for _, sig := range all {
			switch sig.State {
			case Asked:
				p.Waiting++
			case TakenBack:
				p.TakenBack++
			}
		}
		p.Clusters = clusters(all, int64(p.Least), clustersMost)
		p.Invalidations, err = invalidationsOf(tx, p.Initiative)
		return err
	})
	return p, err
}

// Preview says what Invalidate would do. Permission: moderators and administrators. Errors: civic.Forbidden, civic.NotFound, civic.Closed,
// civic.Invalid with the fields of Conditions and "reason".
func (s *Service) Preview(ctx context.Context, actor civic.Actor, id civic.ID, c Conditions, reason civic.Text) (f Found, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		i, err := find(tx, id)
		if err != nil {
			return err
		}
		f, err = s.meant(tx, actor, i, c, reason.Trimmed())
		return err
	})
	return f, err
}

// meant finds what conditions mean now, for an actor who may take it out of the count.
func (s *Service) meant(tx *storage.Tx, actor civic.Actor, i Initiative, c Conditions, reason civic.Text) (f Found, err error) {
	if !looksAfter(actor) {
		return f, notYours()
	}
	if !i.judged() {
		return f, notNow()
	}
	p := c.check()
	checkReason(&p, reason)
	if err := p.Err(); err != nil {
		return f, err
	}
	all, err := looked(tx, i, c, lookMost)
	if err != nil {
		return f, err
	}
	if f = found(all, c); f.Counted+f.Waiting == 0 {
		return f, civic.Wrong("from", "initiatives.condition_none")
	}
	f.Of = i.Signed
	return f, nil
}

// checkReason finds what is wrong with what everybody reads of it.
func checkReason(p *civic.Problems, reason civic.Text) {
	p.Official("reason", reason)
	for lang, words := range reason {
		if utf8.RuneCountInString(words) > maxReason {
			p.Add("reason."+string(lang), "initiatives.too_long", "Count", maxReason)
		}
	}
}

// Invalidate takes the signatures that the conditions mean out of the count, those too that wait to be confirmed, and says so publicly, with
// the reason and how many. It can be reversed. Permission and errors as Preview.
func (s *Service) Invalidate(ctx context.Context, actor civic.Actor, id civic.ID, c Conditions, reason civic.Text) (done Invalidation, err error) {
	reason = reason.Trimmed()
	err = s.alone(ctx, id, func(tx *storage.Tx, i Initiative) error {
		f, err := s.meant(tx, actor, i, c, reason)
		if err != nil {
			return err
		}
		done = Invalidation{ID: civic.NewID(tx.Now()), Conditions: c, Reason: reason, Counted: f.Counted, Waiting: f.Waiting, MadeAt: tx.Now(), initiative: i.no}
		if err := tx.Lock("initiatives_invalidation_no"); err != nil {
			return err
		}
		if err := insertInvalidation(tx, &done); err != nil {
			return err
		}
		if err := s.mark(tx, i, f.all, done.ID); err != nil {
			return err
		}
		if err := s.noteInvalidation(tx, actInvalidated, i, done, actor.ActsAs(nil, civic.Moderator, civic.Administrator)); err != nil {
			return err
		}
		return s.told(tx, actor, i, done, "invalidated")
	})
	return done, err
}

// mark sets or takes away the invalidation of signatures, and counts anew at once: nobody reads the reason beside the count of before.
func (s *Service) mark(tx *storage.Tx, i Initiative, all []Signature, by civic.ID) error {
	if err := invalidate(tx, all, by); err != nil {
		return err
	}
	cells := map[change]int64{}
	for _, before := range all {
		after := before
		after.Invalid = by
		if d := delta(before, after); d != 0 {
			cells[change{initiative: i.no, district: before.District, day: before.Day}] += d
		}
	}
	for c, d := range cells {
		c.delta = d
		if err := insertChange(tx, c); err != nil {
			return err
		}
	}
	if err := s.foldAll(tx, i.no); err != nil {
		return err
	}
	return s.weigh(tx, i.no)
}

// dayOf is the day of an instant in the city.
func (s *Service) dayOf(at time.Time) string {
	return s.city.Settings.DayOf(at)
}

// told keeps the act in the list of privileged ones, and tells the authors.
func (s *Service) told(tx *storage.Tx, actor civic.Actor, i Initiative, v Invalidation, what string) error {
	authors, err := authorsOf(tx, i)
	if err != nil {
		return err
	}
	if err := s.city.Trail.Note(tx, actor, "initiatives.invalidation."+map[string]string{"invalidated": "make", "reversed": "reverse"}[what], invalidationRef(v.ID), nil); err != nil {
		return err
	}
	n := s.notice(tx, i, what, civic.Say("initiatives.told_count", "Count", v.Counted))
	n.Event = "" // each of them is told of
	for _, a := range authors {
		if err := s.city.Notifications.Notify(tx, a.Account, n); err != nil {
			return err
		}
	}
	return nil
}

// ToReverse returns an invalidation for the page on which it is reversed, with its initiative. Permission: moderators and administrators.
// Errors: civic.Forbidden, civic.NotFound, civic.Closed.
func (s *Service) ToReverse(ctx context.Context, actor civic.Actor, id civic.ID) (v Invalidation, i Initiative, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		v, i, err = s.reversible(tx, actor, id)
		return err
	})
	return v, i, err
}

func (s *Service) reversible(tx *storage.Tx, actor civic.Actor, id civic.ID) (v Invalidation, i Initiative, err error) {
	if !looksAfter(actor) {
		return v, i, notYours()
	}
	if v, err = findInvalidation(tx, id); err != nil {
		return v, i, err
	}
	if i, err = findNo(tx, v.initiative); err != nil {
		return v, i, err
	}
	if !v.ReversedAt.IsZero() || !i.judged() {
		err = notNow()
	}
	return v, i, err
}

// Reverse lets the signatures count again that an invalidation took out of the count, with a public reason. Permission: moderators and
// administrators. Errors: civic.Forbidden, civic.NotFound, civic.Closed when it was reversed or the body has the initiative, civic.Invalid with "reason".
func (s *Service) Reverse(ctx context.Context, actor civic.Actor, id civic.ID, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		_, i, err := s.reversible(tx, actor, id)
		if err != nil {
			return err
		}
		if err := tx.Lock(lockKey(i.ID)); err != nil {
			return err
		}
		v, i, err := s.reversible(tx, actor, id) // as it is now that nobody else acts
		if err != nil {
			return err
		}
		var p civic.Problems
		if checkReason(&p, reason); p.Err() != nil {
			return p.Err()
		}
		all, err := invalidatedBy(tx, v)
		if err != nil {
			return err
		}
		v.ReversedAt, v.Reversal = tx.Now(), reason
		if err := reverseInvalidation(tx, v); err != nil {
			return err
		}
		if err := s.mark(tx, i, all, ""); err != nil {
			return err
		}
		if err := s.noteInvalidation(tx, actReversed, i, v, actor.ActsAs(nil, civic.Moderator, civic.Administrator)); err != nil {
			return err
		}
		return s.told(tx, actor, i, v, "reversed")
	})
}

func (s *Service) noteInvalidation(tx *storage.Tx, act string, i Initiative, v Invalidation, role civic.Role) error {
	return s.city.Record.Record(tx, record.Entry{Kind: act, Subject: invalidationRef(v.ID), FollowsFrom: []civic.Ref{Ref(i.ID)}, Actor: role, Payload: invalidationFacts(i.ID, v)})
}
