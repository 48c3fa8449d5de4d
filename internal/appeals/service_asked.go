package appeals

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// question is what waits for whoever reads the mail of an address to confirm it: that an appeal is filed, or that it is theirs too.
type question struct {
	ID         civic.ID // known to the browser that asked, and to nobody else
	Reader     civic.ID // at the address
	Joins      bool     // an appeal of somebody else's
	At         time.Time
	mark, note string
	appeal     int64
	identity.Digits
}

// markOf is the mark of an address under one appeal.
func (a Appeal) markOf(email string) string { return identity.Mark(a.salt, identity.Mailbox(email)) }

// markOf is the mark of an account's address under an appeal; "" once the account is gone.
func (s *Service) markOf(tx *storage.Tx, a Appeal, actor civic.Actor) (string, error) {
	account, found, err := s.city.Identity.Holder(tx, actor.Account)
	if err != nil || !found {
		return "", err
	}
	return a.markOf(account.Email), nil
}

// askByMail sends a mail with a button and six digits to an address, and completes what is to be kept of it.
func (s *Service) askByMail(tx *storage.Tx, a Appeal, q question, email string, lang civic.Lang, subject, body civic.Message, path string) (question, error) {
	digits, err := identity.DrawDigits()
	if err != nil {
		return q, err
	}
	q.Reader, err = s.city.Notifications.AskByMail(tx, email, lang, notifications.Question{Subject: subject, Body: civic.Say(body.Key, append(body.Args, "Code", digits)...), Path: path, Thing: Ref(a.ID)})
	q.ID, q.appeal, q.At, q.Mark = civic.ID(civic.Token()), a.no, tx.Now(), identity.MarkDigits(a.salt, digits)
	return q, err
}

// fileAsked files a draft whose address was confirmed.
func (s *Service) fileAsked(tx *storage.Tx, a Appeal) error {
	if err := forgetAskedOf(tx, a); err != nil {
		return err
	}
	return s.file(tx, &a)
}

// JoinByMail says that an appeal which everybody reads is somebody's too who has no account: they get a mail with a button and six digits,
// and it counts when they confirm, once for each address. What is returned, and the page after it, is the same for an address that has
// joined, or filed it: nobody learns of others. Errors: civic.NotFound, civic.Closed, civic.Invalid with "note" and "email", civic.TooMany.
func (s *Service) JoinByMail(ctx context.Context, id civic.ID, note, email string, lang civic.Lang) (under civic.ID, err error) {
	note = strings.TrimSpace(note)
	err = s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if err := a.takesJoins(); err != nil {
			return err
		}
		var p civic.Problems
		if utf8.RuneCountInString(note) > maxReason {
			p.Add("note", "appeals.too_long", "Count", maxReason)
		}
		address, ok := identity.ParseEmail(email)
		if !ok {
			p.Add("email", "appeals.email_wrong")
		}
		if err := p.Err(); err != nil {
			return err
		}
		q := question{Joins: true, mark: a.markOf(address), note: note}
		_, there, err := joinMarked(tx, a, q.mark)
		if err != nil {
			return err
		}
		body := civic.Say("appeals.ask_join", "Title", a.Title)
		if there = there || q.mark == a.mark; there {
			body = civic.Say("appeals.ask_join_there", "Title", a.Title)
		}
		q, err = s.askByMail(tx, a, q, address, lang, civic.Say("appeals.ask_join_subject"), body, joinedPath(a.ID))
		if under = q.ID; err != nil || there {
			return err
		}
		return putAsked(tx, q)
	})
	return under, err
}

// joinAsked makes a voice count whose address was confirmed. One that counts already counts once.
func (s *Service) joinAsked(tx *storage.Tx, a Appeal, q question) error {
	if err := errors.Join(a.takesJoins(), deleteAsked(tx, q)); err != nil {
		return err
	}
	_, there, err := joinMarked(tx, a, q.mark)
	if err != nil || there {
		return err
	}
	if err := s.city.Notifications.ConfirmReader(tx, q.Reader, Ref(a.ID)); err != nil {
		return err
	}
	tx.Touch(topic)
	return putJoin(tx, a, Joined{Account: q.Reader, Note: q.note, At: tx.Now(), mark: q.mark})
}

// ConfirmByDigits confirms by the six digits of a mail what was asked: that an appeal is filed, or that it is somebody's too. Errors:
// civic.NotFound, civic.Closed, civic.Invalid with "code", also of what waits no more.
func (s *Service) ConfirmByDigits(ctx context.Context, id, under civic.ID, typed string) (joins bool, err error) {
	wrong := false
	err = s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		q, there, err := askedBy(tx, a, under)
		if err != nil {
			return err
		}
		joins = q.Joins
		if wrong = !there || !q.Open(a.salt, typed); wrong {
			return countTry(tx, q)
		}
		if q.Joins {
			return s.joinAsked(tx, a, q)
		}
		if err := s.city.Notifications.ConfirmReader(tx, q.Reader, Ref(a.ID)); err != nil || a.Filed() {
			return err
		}
		return s.fileAsked(tx, a)
	})
	if err == nil && wrong {
		err = civic.Wrong("code", "appeals.code_wrong", "Count", identity.MaxTries)
	}
	return joins, err
}

// readerOf is whoever holds the link of a mail about an appeal. Errors: civic.NotFound.
func (s *Service) readerOf(tx *storage.Tx, a Appeal, token string) (civic.ID, error) {
	reader, _, _, err := s.city.Notifications.Follower(tx, token, Ref(a.ID))
	if err == nil && reader == "" {
		err = notThere()
	}
	return reader, err
}

// ConfirmJoin makes a voice count by the button to which the mail leads. Doing it again changes nothing. Errors: civic.NotFound, civic.Closed.
func (s *Service) ConfirmJoin(ctx context.Context, id civic.ID, token string) error {
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		reader, err := s.readerOf(tx, a, token)
		if err != nil {
			return err
		}
		q, there, err := askedOf(tx, a, reader)
		if err != nil || there && q.Joins {
			return errors.Join(err, s.joinAsked(tx, a, q))
		}
		if _, there, err = joinOf(tx, a, reader); err == nil && !there {
			err = notThere()
		}
		return err
	})
}

// LeaveByMail takes back that an appeal is somebody's too, of whoever has the link of a mail. Errors: civic.NotFound.
func (s *Service) LeaveByMail(ctx context.Context, id civic.ID, token string) error {
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		reader, err := s.readerOf(tx, a, token)
		if err != nil {
			return err
		}
		tx.Touch(topic)
		return deleteJoin(tx, a, reader)
	})
}

// JoinedByMail is an appeal for whoever was asked by mail whether it is theirs too; waits says that they have not confirmed it. Without
// either, they have taken it back. Errors: civic.NotFound.
func (s *Service) JoinedByMail(ctx context.Context, id civic.ID, token string) (v View, waits bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		a, err := find(tx, id)
		if err == nil && !a.Filed() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		reader, err := s.readerOf(tx, a, token)
		if err != nil {
			return err
		}
		if err := s.fill(tx, &v, Who{}, a); err != nil {
			return err
		}
		q, there, err := askedOf(tx, a, reader)
		if waits = there && q.Joins; err != nil || waits {
			return err
		}
		j, there, err := joinOf(tx, a, reader)
		if there {
			v.Joined = &j
		}
		return err
	})
	return v, waits, err
}
