package drafts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// mayRemark is nil when the actor may say something about a draft now.
func (s *Service) mayRemark(a civic.Actor, d Draft, now time.Time) error {
	switch {
	case d.State != Open || !now.Before(d.ClosesAt):
		return notNow()
	case !a.SignedIn():
		return civic.Fail(civic.Unauthenticated, "drafts.sign_in")
	case !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "drafts.confirm")
	case s.value("verified_only") == 1 && a.Assurance < civic.Verified:
		return civic.Fail(civic.Forbidden, "drafts.verify")
	}
	return nil
}

// About is what somebody says about a paragraph, before it is sent.
type About struct {
	Remark
	Draft     Draft
	Paragraph Paragraph
	Alike     []Remark // others that say nearly the same: to be supported instead
}

// trimmed is a remark as it is kept.
func (r Remark) trimmed(page civic.Lang) Remark {
	r.Quote, r.Words, r.Wording = strings.TrimSpace(r.Quote), strings.TrimSpace(r.Words), strings.TrimSpace(r.Wording)
	if r.Sort == Comment {
		r.Wording = ""
	}
	r.Lang = civic.GuessLang(strings.Join([]string{r.Wording, r.Words}, " "), page)
	return r
}

// alikeLooked is among how many remarks on the same paragraph, those with the most support first, what is alike is looked for.
const alikeLooked = 150

// BeforeRemark checks what somebody is about to say, and finds what is alike. Permission and errors as Say.
func (s *Service) BeforeRemark(ctx context.Context, a civic.Actor, draft civic.ID, r Remark, page civic.Lang) (about About, err error) {
	about.Remark = r.trimmed(page)
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if about.Draft, err = find(tx, draft); err != nil {
			return err
		}
		if about.Paragraph, err = s.mayBe(tx, a, about.Draft, about.Remark); err != nil {
			return err
		}
		others, err := remarksOn(tx, about.Draft, r.Place, storage.Place{}, alikeLooked)
		for _, o := range others {
			if len(about.Alike) < 3 && o.State == Shown && !o.By(a.Account) && alike(o, about.Remark) {
				about.Alike = append(about.Alike, o)
			}
		}
		return err
	})
	return about, err
}

// alike reports whether two remarks say nearly the same.
func alike(a, b Remark) bool {
	const enough = 0.6
	return a.Sort == b.Sort && document.Shared(a.said(), b.said()) >= enough
}

// mayBe is the paragraph that a remark is about, when the actor may say it now.
func (s *Service) mayBe(tx *storage.Tx, a civic.Actor, d Draft, r Remark) (p Paragraph, err error) {
	if !d.Public() {
		return p, notThere()
	}
	if err := s.mayRemark(a, d, tx.Now()); err != nil {
		return p, err
	}
	if p, err = paragraphAt(tx, d, 1, r.Place); err != nil {
		return p, err
	}
	problems := r.check(p, s.value("remark_max"))
	if r.Organisation != "" && !a.ActsFor(civic.Representative, organisations.RefOf(r.Organisation)) {
		problems.Add("organisation", "drafts.choose")
	}
	if r.Organisation == "" && d.isOf(a) {
		return p, civic.Fail(civic.Forbidden, "drafts.own_text")
	}
	return p, problems.Err()
}

// isOf reports whether the draft is one of the actor's body.
func (d Draft) isOf(a civic.Actor) bool {
	return a.ActsFor(civic.Officer, organisations.RefOf(d.Body))
}

// maySupport is nil when the actor may support now what others said of a draft.
func (s *Service) maySupport(a civic.Actor, d Draft, now time.Time) error {
	err := s.mayRemark(a, d, now)
	if err == nil && d.isOf(a) {
		err = civic.Fail(civic.Forbidden, "drafts.own_text")
	}
	return err
}

// Say adds a remark, or words that are proposed, to a paragraph; everybody reads it at once, and a moderator looks at it afterwards. Permission:
// accounts with a confirmed address, or verified ones by drafts.verified_only; for an organisation, its representatives. Errors: civic.NotFound,
// civic.Closed, civic.Unauthenticated, civic.Forbidden; civic.Invalid with the fields of Remark.check and "organisation"; civic.TooMany past
// drafts.per_hour.
func (s *Service) Say(ctx context.Context, a civic.Actor, draft civic.ID, r Remark, page civic.Lang) (Remark, error) {
	r = r.trimmed(page)
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		d, err := locked(tx, draft)
		if err != nil {
			return err
		}
		if _, err := s.mayBe(tx, a, d, r); err != nil {
			return err
		}
		if err := s.notTooOften(tx, a, d, r); err != nil {
			return err
		}
		r.ID, r.Draft, r.draft, r.account, r.State, r.SaidAt = civic.NewID(tx.Now()), d.ID, d.no, a.Account, Shown, tx.Now()
		if err := insertRemark(tx, &r); err != nil {
			return err
		}
		tx.Touch(topic)
		role := civic.Resident
		if r.Organisation != "" {
			role = civic.Representative
		}
		return s.noteRemark(tx, actPublished, d, r, role)
	})
	return r, err
}

// notTooOften is nil while an account has not said as much as it may in an hour, nor the very same before.
func (s *Service) notTooOften(tx *storage.Tx, a civic.Actor, d Draft, r Remark) error {
	most := s.value("per_hour")
	n, err := saidSince(tx, a.Account, storage.Millis(tx.Now().Add(-time.Hour)))
	if err != nil {
		return err
	}
	if n >= most {
		return civic.Fail(civic.TooMany, "drafts.too_often", "Count", most).After(time.Hour)
	}
	const looked = 50
	last, err := writtenBy(tx, a.Account, looked)
	for _, o := range last {
		if o.draft == d.no && o.Place == r.Place && o.State == Shown && oneLine(o.Words) == oneLine(r.Words) && oneLine(o.Wording) == oneLine(r.Wording) {
			return civic.Wrong("words", "drafts.said_already")
		}
	}
	return err
}

func remarkLock(no int64) string { return fmt.Sprintf("draft_remark:%d", no) }

// Support says that the actor is for what somebody else said, or that they are not any more. Doing it again changes nothing. Permission: as Say for
// oneself.
// Errors: civic.NotFound, civic.Closed, civic.Unauthenticated, civic.Forbidden.
func (s *Service) Support(ctx context.Context, a civic.Actor, id civic.ID, on bool) (Remark, error) {
	var r Remark
	err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
		if r, err = findRemark(tx, id); err != nil {
			return err
		}
		if err := tx.Lock(remarkLock(r.no)); err != nil {
			return err
		}
		if r, err = findRemark(tx, id); err != nil {
			return err
		}
		d, err := find(tx, r.Draft)
		if err == nil {
			err = s.maySupport(a, d, tx.Now())
		}
		switch {
		case err != nil:
			return err
		case r.By(a.Account):
			return civic.Fail(civic.Forbidden, "drafts.own_remark")
		case r.State != Shown:
			return notNow()
		}
		tx.Touch(topic)
		return setSupport(tx, r, a.Account, on)
	})
	return r, err
}

// TakeBack takes a remark back: its place stays, and its words go. Permission: who said it. Errors: civic.NotFound, civic.Forbidden, civic.Closed once
// the discussion is over: what others support is weighed then.
func (s *Service) TakeBack(ctx context.Context, a civic.Actor, id civic.ID) (Remark, error) {
	var r Remark
	err := s.db.Write(ctx, func(tx *storage.Tx) error {
		d, found, err := lockedRemark(tx, id)
		r = found
		switch {
		case err != nil:
			return err
		case !r.By(a.Account):
			return notYours()
		case r.State != Shown || d.State != Open:
			return notNow()
		}
		r.State, r.Quote, r.Words, r.Wording, r.Verdict = TakenBack, "", "", "", Verdict{}
		if err := updateRemark(tx, r); err != nil {
			return err
		}
		tx.Touch(topic)
		if err := s.noteRemark(tx, actTakenBack, d, r, civic.Resident); err != nil {
			return err
		}
		return eraseWords(tx, []Remark{r})
	})
	return r, err
}

// lockedRemark finds a remark and its draft, and keeps others from both until the end of the transaction.
func lockedRemark(tx *storage.Tx, id civic.ID) (d Draft, r Remark, err error) {
	if r, err = findRemark(tx, id); err != nil {
		return d, r, err
	}
	if d, err = locked(tx, r.Draft); err != nil {
		return d, r, err
	}
	r, err = findRemark(tx, id)
	return d, r, err
}
