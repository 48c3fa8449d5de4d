package initiatives

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Key opens an initiative that only those read who have its link; "" where everybody does.
type Key string

// KeyOf is the key of an initiative, for those who pass its link on.
func KeyOf(i Initiative) Key { return Key(i.secret) }

// opens is nil for whoever may read the initiative.
func (k Key) opens(i Initiative) error {
	if i.ByLink() && (k == "" || string(k) != i.secret) {
		return notThere()
	}
	return nil
}

// maySign is nil when people sign an initiative now.
func (s *Service) maySign(i Initiative, now time.Time) error {
	switch {
	case !i.Takes(), i.State == Joinder && now.After(i.JoinderBy), i.State == Open && !now.Before(i.ClosesAt):
		return civic.Fail(civic.Closed, "initiatives.not_open")
	}
	return nil
}

// MaySign is nil when the actor may sign: everybody with a confirmed address, or verified residents alone, as set. Who has no account
// confirms an address.
func (s *Service) MaySign(a civic.Actor) error {
	switch {
	case s.verified() && a.Assurance < civic.Verified && !a.SignedIn():
		return civic.Fail(civic.Unauthenticated, "initiatives.sign_in")
	case s.verified() && a.Assurance < civic.Verified:
		return civic.Fail(civic.Forbidden, "initiatives.verify")
	case a.SignedIn() && !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "initiatives.confirm_address")
	}
	return nil
}

// signing runs what somebody does with their signature. Others sign meanwhile; nobody closes the initiative.
func (s *Service) signing(ctx context.Context, id civic.ID, act func(*storage.Tx, Initiative) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.LockShared(lockKey(id)); err != nil {
			return err
		}
		i, err := find(tx, id)
		if err != nil {
			return err
		}
		return act(tx, i)
	})
}

// Sign takes a signature. Of an account it counts at once; who has none gets a mail with a button and six digits at the address, and it
// counts when they confirm. Who has signed signs no second time, whatever they send. asked is the signature that waits to be
// confirmed. Permission: MaySign. Errors: civic.Forbidden, civic.NotFound, civic.Closed, civic.Invalid with the fields of Signing and "email".
func (s *Service) Sign(ctx context.Context, actor civic.Actor, id civic.ID, key Key, in Signing) (asked civic.ID, err error) {
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	err = s.signing(ctx, id, func(tx *storage.Tx, i Initiative) error {
		asked = ""
		if err := errors.Join(key.opens(i)); err != nil {
			return err
		}
		if err := s.maySign(i, tx.Now()); err != nil {
			return err
		}
		if err := s.MaySign(actor); err != nil {
			return err
		}
		p := in.check(s.district)
		email, known, err := s.address(tx, actor, in.Email, &p)
		if err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		sig := Signature{ID: civic.NewID(tx.Now()), Signer: actor.Account, State: Signed, Name: in.Name, Shown: in.Shown, District: in.District, Domain: domainOf(email), AskedAt: tx.Now(), SignedAt: tx.Now(), Day: s.dayOf(tx.Now()),
			initiative: i.no, mark: i.mark(identity.Mailbox(email)), network: i.mark(in.Network), knownAt: known}
		if err := tx.Lock("initiatives_sign:" + sig.mark); err != nil { // one person, one signature
			return err
		}
		if sig.person, err = s.personOf(tx, i, actor); err != nil {
			return err
		}
		before, there, err := s.signatureOf(tx, i, actor, sig)
		if err != nil {
			return err
		}
		if actor.SignedIn() {
			return s.sign(tx, i, before, there, sig)
		}
		asked, err = s.ask(tx, i, before, there, sig, in)
		return err
	})
	return asked, err
}

// address is that by which somebody signs, and since when the city knows them.
func (s *Service) address(tx *storage.Tx, actor civic.Actor, typed string, p *civic.Problems) (email string, known time.Time, err error) {
	if !actor.SignedIn() {
		email, ok := identity.ParseEmail(typed)
		if !ok {
			p.Add("email", "initiatives.email_wrong")
		}
		return email, tx.Now(), nil
	}
	account, found, err := s.city.Identity.Holder(tx, actor.Account)
	if err == nil && !found {
		err = notYours()
	}
	return account.Email, account.CreatedAt, err
}

// personOf is the mark of the one person behind a verified account; "" of any other.
func (s *Service) personOf(tx *storage.Tx, i Initiative, actor civic.Actor) (string, error) {
	if !actor.SignedIn() {
		return "", nil
	}
	person, _, err := s.city.Identity.PersonOf(tx, actor.Account)
	return i.personMark(person), err
}

// signatureOf finds what somebody signed before: by their account, on paper, or by the address.
func (s *Service) signatureOf(tx *storage.Tx, i Initiative, actor civic.Actor, sig Signature) (before Signature, there bool, err error) {
	if actor.SignedIn() {
		if before, there, err = bySigner(tx, i, actor.Account); err != nil || there {
			return before, there, err
		}
		if before, there, err = byPerson(tx, i, sig.person); err != nil || there {
			return before, there, err
		}
	}
	return byMark(tx, i, sig.mark)
}

// sign makes a signature count, or one that was there before.
func (s *Service) sign(tx *storage.Tx, i Initiative, before Signature, there bool, sig Signature) error {
	if !there {
		if err := insertSignature(tx, sig); err != nil {
			return err
		}
		return changed(tx, sig, delta(Signature{}, sig))
	}
	after := before
	after.Signer, after.ByMail, after.Name, after.Shown, after.code = sig.Signer, sig.ByMail, sig.Name, sig.Shown, ""
	if before.mark == "" { // on paper: from now on they can take it back here
		after.mark, after.Domain = sig.mark, sig.Domain
	}
	if before.State != Signed { // where and when it counts stays with one that counts already
		after.State, after.District, after.SignedAt, after.Day = Signed, sig.District, tx.Now(), sig.Day
	}
	if err := updateSignature(tx, after); err != nil {
		return err
	}
	return changed(tx, after, delta(before, after))
}

// changed queues by how much the count of a district and a day changes.
func changed(tx *storage.Tx, sig Signature, by int64) error {
	if by == 0 {
		return nil
	}
	return insertChange(tx, change{initiative: sig.initiative, district: sig.District, day: sig.Day, delta: by})
}

// ask sends the mail with the button and the digits. What the page says after it does not tell whether the address has signed.
func (s *Service) ask(tx *storage.Tx, i Initiative, before Signature, there bool, sig Signature, in Signing) (civic.ID, error) {
	code, err := identity.DrawDigits()
	if err != nil {
		return "", err
	}
	body := civic.Say("initiatives.ask", "Title", i.Title, "Code", code)
	if there && before.State == Signed {
		body = civic.Say("initiatives.ask_signed", "Title", i.Title)
	}
	reader, err := s.city.Notifications.AskByMail(tx, in.Email, in.Lang, notifications.Question{Subject: civic.Say("initiatives.ask_subject"), Body: body, Path: ownPath(i.ID), Thing: Ref(i.ID)})
	if err != nil {
		return "", err
	}
	if there && before.State == Signed {
		return before.ID, nil
	}
	sig.Signer, sig.ByMail, sig.State, sig.SignedAt, sig.Day, sig.code = reader, true, Asked, time.Time{}, "", identity.MarkDigits(i.salt, code)
	if !there {
		return sig.ID, insertSignature(tx, sig)
	}
	sig.ID, sig.Invalid = before.ID, before.Invalid
	return sig.ID, updateSignature(tx, sig)
}

// ConfirmByCode makes a signature count by the six digits of the mail. Errors: civic.NotFound, civic.Closed, civic.Invalid with "code".
func (s *Service) ConfirmByCode(ctx context.Context, id, of civic.ID, code string) error {
	wrong := false
	err := s.signing(ctx, id, func(tx *storage.Tx, i Initiative) error {
		wrong = false
		sig, err := signature(tx, of)
		if err != nil || sig.initiative != i.no {
			return errors.Join(err, notThere())
		}
		if err := tx.Lock("initiatives_sign:" + sig.mark); err != nil {
			return err
		}
		if sig, err = signature(tx, of); err != nil { // as it is now that nobody else changes it
			return err
		}
		if !(identity.Digits{Mark: sig.code, Tries: sig.tries}).Open(i.salt, code) {
			wrong, sig.tries = true, sig.tries+1
			return updateSignature(tx, sig) // the try counts
		}
		return s.confirm(tx, i, sig)
	})
	if err == nil && wrong {
		err = civic.Wrong("code", "initiatives.code_wrong", "Count", identity.MaxTries)
	}
	return err
}

// confirm makes count what its address has said yes to; of one that counts already it changes nothing.
func (s *Service) confirm(tx *storage.Tx, i Initiative, sig Signature) error {
	if err := s.maySign(i, tx.Now()); err != nil {
		return err
	}
	if sig.State != Asked {
		return nil
	}
	if err := s.city.Notifications.ConfirmReader(tx, sig.Signer, Ref(i.ID)); err != nil {
		return err
	}
	after := sig
	after.State, after.SignedAt, after.Day, after.code = Signed, tx.Now(), s.dayOf(tx.Now()), ""
	if err := updateSignature(tx, after); err != nil {
		return err
	}
	return changed(tx, after, delta(sig, after))
}

// Who is somebody at their own signature: an account, or whoever has the link of a mail.
type Who struct {
	Actor civic.Actor
	Token string // "": the actor speaks
}

// own finds the signature of somebody; false when they have none.
func (s *Service) own(tx *storage.Tx, i Initiative, who Who) (Signature, bool, error) {
	if who.Token == "" {
		return bySigner(tx, i, who.Actor.Account)
	}
	reader, _, _, err := s.city.Notifications.Follower(tx, who.Token, Ref(i.ID))
	if err != nil || reader == "" {
		return Signature{}, false, errors.Join(err, notThere())
	}
	return bySigner(tx, i, reader)
}

// Confirm makes a signature count by the button to which the mail leads. Errors: civic.NotFound, civic.Closed.
func (s *Service) Confirm(ctx context.Context, id civic.ID, token string) error {
	return s.mine(ctx, id, Who{Token: token}, s.confirm)
}

// TakeBack takes a signature back, as long as the initiative takes any. Errors: civic.NotFound, civic.Closed.
func (s *Service) TakeBack(ctx context.Context, id civic.ID, who Who) error {
	return s.mine(ctx, id, who, func(tx *storage.Tx, i Initiative, sig Signature) error {
		if err := s.maySign(i, tx.Now()); err != nil {
			return err
		}
		after := sig
		after.State, after.code = TakenBack, ""
		if err := updateSignature(tx, after); err != nil {
			return err
		}
		return changed(tx, sig, delta(sig, after))
	})
}

// mine runs what somebody does with their own signature, alone.
func (s *Service) mine(ctx context.Context, id civic.ID, who Who, act func(*storage.Tx, Initiative, Signature) error) error {
	return s.signing(ctx, id, func(tx *storage.Tx, i Initiative) error {
		sig, there, err := s.own(tx, i, who)
		if err == nil && !there {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if err := tx.Lock("initiatives_sign:" + sig.mark); err != nil {
			return err
		}
		if sig, err = signature(tx, sig.ID); err != nil { // as it is now that nobody else changes it
			return err
		}
		return act(tx, i, sig)
	})
}
