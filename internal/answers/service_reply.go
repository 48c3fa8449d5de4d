package answers

import (
	"context"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Reply notes what one of those who asked says to the last verdict; a later word replaces the
// earlier. Errors: civic.Forbidden, civic.Closed outside the time for it, civic.Invalid with "words".
func (s *Service) Reply(ctx context.Context, a civic.Actor, id civic.ID, r Reply) error {
	return s.reply(ctx, id, r, func(tx *storage.Tx, o Obligation, said []Verdict) (civic.ID, error) {
		return a.Account, s.mayReply(tx, a, o, said)
	})
}

// ReplyByMail is Reply for somebody without an account, who has the token of a mail. Errors: civic.NotFound for
// a token that is nobody's; as Reply.
func (s *Service) ReplyByMail(ctx context.Context, token string, id civic.ID, r Reply) error {
	return s.reply(ctx, id, r, func(tx *storage.Tx, o Obligation, said []Verdict) (civic.ID, error) {
		who, err := s.follower(tx, token, o, said)
		if err == nil {
			err = s.mayReplyNow(tx, o, said)
		}
		return who, err
	})
}

// reply notes the word of whoever may names, and what it makes of the obligation.
func (s *Service) reply(ctx context.Context, id civic.ID, r Reply, may func(*storage.Tx, Obligation, []Verdict) (civic.ID, error)) error {
	r.Words = strings.TrimSpace(r.Words)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lockKey(id)); err != nil {
			return err
		}
		o, err := find(tx, id)
		if err != nil {
			return err
		}
		said, err := verdicts(tx, o)
		if err != nil {
			return err
		}
		who, err := may(tx, o, said)
		if err != nil {
			return err
		}
		if err := r.check(); err != nil {
			return err
		}
		r.At = tx.Now()
		if err := putReply(tx, o, who, r); err != nil {
			return err
		}
		return s.judge(tx, o)
	})
}

// Replied notes what somebody who asked said to an answer on a page of the thing's owner (see part.Asking), in
// its transaction; the owner keeps the words and checked that it may be said.
func (s *Service) Replied(tx *storage.Tx, id, who civic.ID, confirms bool) error {
	if err := tx.Lock(lockKey(id)); err != nil {
		return err
	}
	o, err := find(tx, id)
	if err != nil {
		return err
	}
	if err := putReply(tx, o, who, Reply{Confirms: confirms, At: tx.Now()}); err != nil {
		return err
	}
	return s.judge(tx, o)
}

// judge counts the words and takes the step that they make, if any.
func (s *Service) judge(tx *storage.Tx, o Obligation) (err error) {
	if o.Confirms, o.Contests, err = countReplies(tx, o); err != nil {
		return err
	}
	was, step := o.State, judged(o.Confirms, o.Contests)
	to, _ := Next(o.State, step)
	if to == was {
		tx.Touch(Topic)
		return update(tx, o)
	}
	if err := s.take(tx, o, step, "", func(*Obligation) error { return nil }); err != nil || step != Contest {
		return err
	}
	return s.tellBody(tx, o, "answers.told_body_contested")
}

// mayReply is nil when the actor may say whether it was done; said is what the body said so far.
// Errors: civic.Unauthenticated, civic.Forbidden, civic.Closed.
func (s *Service) mayReply(tx *storage.Tx, a civic.Actor, o Obligation, said []Verdict) error {
	if _, ok := Next(o.State, Confirm); !ok {
		return notNow()
	}
	if kind, _ := s.declared.Kind(o.Subject.Kind); o.Owed == Answer && kind.Asking.Replies {
		return civic.Fail(civic.Forbidden, "answers.reply_elsewhere")
	}
	if !a.SignedIn() {
		return civic.Fail(civic.Unauthenticated, "answers.sign_in_to_reply")
	}
	asked, err := s.asked(tx, a, o)
	if err != nil {
		return err
	}
	if !asked {
		return civic.Fail(civic.Forbidden, "answers.only_who_asked")
	}
	return s.mayReplyNow(tx, o, said)
}

// mayReplyNow is nil while those who asked have their say on the last verdict. Errors: civic.Closed.
func (s *Service) mayReplyNow(tx *storage.Tx, o Obligation, said []Verdict) error {
	if _, ok := Next(o.State, Confirm); !ok {
		return notNow()
	}
	if tx.Now().After(s.replyBy(said)) {
		return civic.Fail(civic.Closed, "answers.too_late_to_reply", "Count", s.value("reply_days"))
	}
	return nil
}

// follower is the reader without an account who has the token of a mail and counts among those who
// asked: where one can ask without an account, whoever confirmed an address before the body spoke, so
// that nobody is added to them afterwards. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) follower(tx *storage.Tx, token string, o Obligation, said []Verdict) (civic.ID, error) {
	thing, err := s.openTo(tx, o)
	if err != nil {
		return "", err
	}
	reader, since, follows, err := s.notices.Follower(tx, token, thing)
	if err == nil && (!follows || len(said) == 0 || since.After(said[0].At)) {
		err = civic.Fail(civic.Forbidden, "answers.only_who_asked_by_mail")
	}
	return reader, err
}

// openTo is the thing whose followers without an account count among those who asked; zero: nobody's.
func (s *Service) openTo(tx *storage.Tx, o Obligation) (civic.Ref, error) {
	kind, _ := s.declared.Kind(o.Subject.Kind)
	if kind.Asking.Open == nil {
		return civic.Ref{}, nil
	}
	return kind.Asking.Open(tx, o.Subject.ID)
}

// replyBy is until when those who asked have their say on the last verdict.
func (s *Service) replyBy(all []Verdict) time.Time {
	if len(all) == 0 {
		return time.Time{}
	}
	return s.city.Calendar().Due(civic.Deadline{Start: all[len(all)-1].At, Term: civic.Term{Days: s.value("reply_days")}}).End
}

// ShowByMail returns an obligation for the page on which somebody without an account replies. Errors: civic.NotFound, civic.Forbidden. Whether the reader may reply now stands
// in View.MayReply.
func (s *Service) ShowByMail(ctx context.Context, token string, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := s.fill(tx, &v, o); err != nil {
			return err
		}
		who, err := s.follower(tx, token, o, v.Verdicts)
		if err != nil {
			return err
		}
		v.MayReply = s.mayReplyNow(tx, o, v.Verdicts)
		r, said, err := replyOf(tx, o, who)
		if said {
			v.Reply = &r
		}
		return err
	})
	return v, err
}
