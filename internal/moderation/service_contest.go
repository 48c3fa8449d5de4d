package moderation

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Fate is what became of a removed thing, for its author.
type Fate struct {
	Contest    *Contest // their last wish for another decision
	MayContest bool     // there is a removal against which they have not asked
}

// Fates are those of things of which something was decided here.
func (s *Service) Fates(tx *storage.Tx, things ...civic.Ref) (map[civic.Ref]Fate, error) {
	out := map[civic.Ref]Fate{}
	if len(things) == 0 {
		return out, nil
	}
	last, err := lastDecisions(tx, things)
	if err != nil {
		return nil, err
	}
	contests, err := contestsAbout(tx, things)
	for thing, d := range last {
		f := Fate{MayContest: d.Outcome == Removed}
		if c, there := contests[thing]; there {
			f.Contest, f.MayContest = &c, f.MayContest && c.Decision != d.No // it was removed again
		}
		out[thing] = f
	}
	return out, err
}

// Fate is that of one thing.
func (s *Service) Fate(tx *storage.Tx, thing civic.Ref) (Fate, error) {
	fates, err := s.Fates(tx, thing)
	return fates[thing], err
}

// ToContest is a removed thing as its author sees it who may ask for another decision.
type ToContest struct {
	part.Removed
	Rule Rule
}

// BeforeAsk returns the thing about which Ask would ask. Errors are Ask's.
func (s *Service) BeforeAsk(ctx context.Context, a civic.Actor, thing civic.Ref) (t ToContest, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if t.Removed, err = s.removed(tx, a, thing); err != nil {
			return err
		}
		last, found, err := lastDecision(tx, thing)
		if err != nil {
			return err
		}
		if !found || last.Outcome != Removed {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		t.Rule, _ = s.Book().Rule(last.Rule)
		fate, err := s.Fate(tx, thing)
		if err == nil && !fate.MayContest {
			err = civic.Fail(civic.Conflict, "moderation.contested_before")
		}
		return err
	})
	return t, err
}

// Ask asks for another decision on the removal of what the actor wrote, and returns the page of the thing.
// Permission: its author, whom the owner knows (part.Moderated.Removed). Errors: civic.NotFound for anybody else, and
// Contest's.
func (s *Service) Ask(ctx context.Context, a civic.Actor, thing civic.Ref, words string) (path string, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		t, err := s.removed(tx, a, thing)
		if err != nil {
			return err
		}
		path = t.Path
		return s.Contest(tx, Asking{Thing: thing, Words: words, Account: a.Account, Path: t.Path})
	})
	return path, err
}

func (s *Service) removed(tx *storage.Tx, a civic.Actor, thing civic.Ref) (part.Removed, error) {
	kind, known := s.declared.Kind(thing.Kind)
	if !known || kind.Moderated.Removed == nil {
		return part.Removed{}, civic.Fail(civic.NotFound, "web.not_found")
	}
	return kind.Moderated.Removed(tx, a, thing.ID)
}

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
	c := Contest{Decision: last.No, Thing: asked.Thing, AskedAt: tx.Now(), Words: asked.Words, State: Waiting, account: asked.Account, first: last.by, path: asked.Path, due: asked.Due}
	if c.due.IsZero() {
		c.due = endOfDays
	}
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

// endOfDays stands for no date in an order by dates.
var endOfDays = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

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

// UpholdOf is Uphold of what no role of its own decides on: by a moderator or an administrator.
func (s *Service) UpholdOf(ctx context.Context, a civic.Actor, thing civic.Ref, d Choice) error {
	return s.Uphold(ctx, a, Verdict{Thing: thing, Answer: d.Reason, Role: a.ActsAs(nil, civic.Moderator, civic.Administrator), Seen: d.Seen})
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
