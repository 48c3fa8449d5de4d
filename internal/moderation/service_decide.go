package moderation

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Deciding is asked by the owner of a thing in the transaction that decides on it, after its own
// locks: it ends the actor's claim, writes what was removed or returned into the public log, and
// answers the author who contested a removal; answered says so, and that the owner need not tell them. Errors: civic.Conflict while another moderator has the
// thing, and when a contest waits or was answered meanwhile; civic.Forbidden for whoever removed a
// thing whose author contested that; civic.Invalid with "rule" or "reason".
func (s *Service) Deciding(tx *storage.Tx, a civic.Actor, v Verdict) (answered bool, err error) {
	if err := tx.Lock(lock); err != nil {
		return false, err
	}
	if err := s.Free(tx, a, v.Thing); err != nil {
		return false, err
	}
	contest, contested, err := s.contestOf(tx, v.Thing)
	if err != nil {
		return false, err
	}
	waits := contested && contest.Waits()
	switch {
	case contested && !v.Seen.IsZero() && contest.DecidedAt.After(v.Seen):
		return false, civic.Fail(civic.Conflict, "moderation.decided_meanwhile")
	case waits && v.Outcome != Restored:
		return false, civic.Fail(civic.Conflict, "moderation.contest_waits")
	case waits:
		if err := s.answer(tx, a, contest, StateRestored, v.Answer, v.Role); err != nil {
			return false, err
		}
	}
	return waits, errors.Join(s.log(tx, a, v), dropClaim(tx, v.Thing))
}

// Free is Deciding for a page that asks before anything is decided.
func (s *Service) Free(tx *storage.Tx, a civic.Actor, thing civic.Ref) error {
	c, taken, err := claimOn(tx, thing, tx.Now())
	if err != nil {
		return err
	}
	if taken && c.Account != a.Account {
		return civic.Fail(civic.Conflict, "moderation.held")
	}
	first, err := firstDecided(tx, thing, a.Account)
	if err == nil && first {
		err = civic.Fail(civic.Forbidden, "moderation.another_decides")
	}
	return err
}

// log writes a removal or a return into the public log.
func (s *Service) log(tx *storage.Tx, a civic.Actor, v Verdict) error {
	d := Decision{Thing: v.Thing, Outcome: v.Outcome, Rule: v.Rule, At: tx.Now(), by: a.Account}
	column := "removed"
	switch v.Outcome {
	case LetIn:
		return nil
	case Restored:
		was, found, err := lastDecision(tx, v.Thing)
		if err != nil || !found {
			return err // an import brought it as it was
		}
		d.Rule, column = was.Rule, "restored"
	}
	name, month := nameOf(d.Rule), s.month(tx)
	if err := insertDecision(tx, d, name, month); err != nil {
		return err
	}
	tx.Touch(Topic)
	return count(tx, month, name, column)
}

// month is that of the transaction in the city.
func (s *Service) month(tx *storage.Tx) string { return tx.Now().In(s.city.Zone()).Format("2006-01") }

// nameOf is a rule without its version.
func nameOf(rule civic.ID) string { name, _, _ := strings.Cut(string(rule), "."); return name }

// contestOf finds the last contest about a thing; false when its author never contested.
func (s *Service) contestOf(tx *storage.Tx, thing civic.Ref) (Contest, bool, error) {
	all, err := contestsAbout(tx, []civic.Ref{thing})
	c, there := all[thing]
	return c, there, err
}

// Contests are those about things, of each the last.
func (s *Service) Contests(tx *storage.Tx, things ...civic.Ref) (map[civic.Ref]Contest, error) {
	if len(things) == 0 {
		return nil, nil
	}
	return contestsAbout(tx, things)
}

// Contest asks for another decision on the removal of a thing, in the owner's transaction; that the
// thing is removed and who its author is, the owner knows. Errors: civic.Conflict when that was asked
// before, civic.Invalid with "words", civic.NotFound where nothing was decided here.
func (s *Service) Contest(tx *storage.Tx, asked Asking) error {
	asked.Words = strings.TrimSpace(asked.Words)
	if err := checkWords("words", asked.Words); err != nil {
		return err
	}
	if err := tx.Lock(lock); err != nil {
		return err
	}
	last, found, err := lastDecision(tx, asked.Thing)
	if err != nil {
		return err
	}
	if !found || last.Outcome != Removed {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	c := Contest{Decision: last.No, Thing: asked.Thing, AskedAt: tx.Now(), Words: asked.Words, State: Waiting, account: asked.Account, first: last.by, path: asked.Path}
	added, err := insertContest(tx, c)
	if err == nil && !added {
		err = civic.Fail(civic.Conflict, "moderation.contested_before")
	}
	if err != nil {
		return err
	}
	if err := count(tx, s.month(tx), nameOf(last.Rule), "contested"); err != nil {
		return err
	}
	tx.Touch(Topic)
	return s.note(tx, actAsked, c, civic.Resident)
}

// checkWords finds what is wrong with a reason.
func checkWords(field, words string) error {
	switch n := utf8.RuneCountInString(words); {
	case n == 0:
		return civic.Wrong(field, "moderation.words_missing")
	case n > maxWords:
		return civic.Wrong(field, "moderation.words_long", "Count", maxWords)
	}
	return nil
}

// Uphold leaves a removal as it is that its author contested, with a reason. Permission: whom the
// owner lets decide on the thing, but who removed it. Errors: civic.Forbidden; civic.Conflict when
// another moderator has it or has decided meanwhile; civic.Invalid with "reason".
func (s *Service) Uphold(ctx context.Context, a civic.Actor, v Verdict) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		found, err := s.find(tx, a, v.Thing)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if err := s.Free(tx, a, v.Thing); err != nil {
			return err
		}
		c, contested, err := s.contestOf(tx, v.Thing)
		if err != nil {
			return err
		}
		if !contested || !c.Waits() {
			return civic.Fail(civic.Conflict, "moderation.decided_meanwhile")
		}
		if err := s.answer(tx, a, c, Upheld, v.Answer, v.Role); err != nil {
			return err
		}
		return dropClaim(tx, v.Thing)
	})
}

// answer ends a contest: in the log, in the record, and with a notice to its author.
func (s *Service) answer(tx *storage.Tx, a civic.Actor, c Contest, state State, words string, role civic.Role) error {
	words = strings.TrimSpace(words)
	if err := checkWords("reason", words); err != nil {
		return err
	}
	c.State, c.Answer, c.DecidedAt, c.decidedBy = state, words, tx.Now(), a.Account
	if err := settleContest(tx, c); err != nil {
		return err
	}
	kind := actRestored
	if state == Upheld {
		kind = actUpheld
		removal, _, err := lastDecision(tx, c.Thing)
		if err != nil {
			return err
		}
		if err := count(tx, s.month(tx), nameOf(removal.Rule), "upheld"); err != nil {
			return err
		}
	}
	if err := s.note(tx, kind, c, role); err != nil {
		return err
	}
	if err := s.trail.Note(tx, a, "moderation.contest.decide", refOf(c), map[string]string{"thing": c.Thing.String(), "state": string(state)}); err != nil {
		return err
	}
	tx.Touch(Topic)
	if c.account == "" {
		return nil
	}
	return s.notices.Notify(tx, c.account, notifications.Notice{Subject: civic.Say("moderation.told_" + string(state)), Body: civic.Say("moderation.told_answer", "Reason", words), Path: c.path})
}
