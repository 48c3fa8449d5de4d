package moderation

import (
	"errors"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
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
