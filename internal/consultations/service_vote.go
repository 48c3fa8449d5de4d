package consultations

import (
	"context"
	"errors"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Voter is who takes part: an account, or a browser that is known by its token. Once somebody
// signs in there, what the browser did is joined to the account.
type Voter struct {
	Actor civic.Actor
	Token string
	// Admit is asked before a new participant without an account is made; its error refuses.
	Admit func() error
}

// participantOf finds the voter's participant: by the account, else by the browser's token.
func participantOf(tx *storage.Tx, c Consultation, v Voter, lock bool) (participant, bool, error) {
	hash := tokenHash(c.ID, v.Token)
	if v.Actor.SignedIn() {
		p, ok, err := findParticipant(tx, c, v.Actor.Account, "", lock)
		if ok || err != nil {
			return p, ok, err
		}
		if c.Audience != Anyone {
			return participant{}, false, nil
		}
	}
	return findParticipant(tx, c, "", hash, lock)
}

// join finds the voter's participant and holds it until the transaction ends, or makes one.
func join(tx *storage.Tx, c Consultation, v Voter) (participant, error) {
	hash := tokenHash(c.ID, v.Token)
	account := v.Actor.Account
	if c.Audience != Anyone {
		hash = ""
	}
	for range 8 { // numbers are drawn at random from 2³¹, and somebody may be faster with ours
		p, ok, err := findParticipant(tx, c, account, hash, true)
		if ok || err != nil {
			return p, err
		}
		if account != "" {
			if err := adopt(tx, c, account, hash); err != nil {
				return participant{}, err
			}
			if p, ok, err = findParticipant(tx, c, account, hash, true); ok || err != nil {
				return p, err
			}
		} else if v.Admit != nil {
			if err := v.Admit(); err != nil {
				return participant{}, err
			}
			v.Admit = nil
		}
		if account == "" && hash == "" {
			return participant{}, errors.New("a voter without account and token")
		}
		if _, err := insertParticipant(tx, c, account, hash); err != nil {
			return participant{}, err
		}
	}
	return participant{}, errors.New("no participant number is free")
}

// takePart is nil when the consultation is open to this person, now.
func takePart(tx *storage.Tx, c Consultation, v Voter) error {
	if err := c.openAt(tx.Now()); err != nil {
		return err
	}
	return c.MayTakePart(v.Actor)
}

// Vote stores what a person says to a statement; on a later call for the same statement it
// replaces it. When it returns nil the vote is on disk. It says the same whether or not
// the person had voted before. Totals follow with the next Fold.
// Errors: civic.NotFound, civic.Closed, civic.Unauthenticated and civic.Forbidden (see
// MayTakePart), civic.TooMany from Admit.
func (s *Service) Vote(ctx context.Context, id civic.ID, v Voter, statementNo int64, choice Choice) error {
	if choice != Agree && choice != Disagree && choice != Pass {
		return civic.Fail(civic.Invalid, "consultations.choose_one")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.LockShared(lockKey(id)); err != nil { // until the vote is in, nobody closes the consultation
			return err
		}
		c, state, err := forVoting(tx, id, statementNo)
		if err != nil {
			return err
		}
		if err := takePart(tx, c, v); err != nil {
			return err
		}
		if state != Shown {
			return civic.Fail(civic.NotFound, "consultations.statement_gone")
		}
		p, err := join(tx, c, v)
		if err != nil {
			return err
		}
		former, err := ballotOf(tx, c, p, statementNo)
		if err != nil || former.choice == choice {
			return err
		}
		return castVote(tx, c, p, statementNo, choice, former)
	})
}

// Mine is a page of a person's own votes.
type Mine struct {
	Consultation
	Phase Phase
	Items []Statement
	Fates map[int64]moderation.Fate // of those of their own that were removed
	Own   []Statement               // that they wrote, whatever became of them; on the first page
	Next  int64
}

// MyVotes returns what this person said, by statement, after a statement number; nobody
// else's votes can be asked for.
func (s *Service) MyVotes(ctx context.Context, id civic.ID, v Voter, after int64) (mine Mine, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := visible(tx, id, v.Actor)
		if err != nil {
			return err
		}
		mine = Mine{Consultation: c, Phase: c.At(tx.Now())}
		p, known, err := participantOf(tx, c, v, false)
		if err != nil || !known {
			return err
		}
		if after <= 0 {
			if mine.Own, err = writtenBy(tx, c, p.no); err != nil {
				return err
			}
			if mine.Fates, err = s.fates(tx, c, mine.Own); err != nil {
				return err
			}
		}
		items, err := myVotes(tx, c, p.no, after, pageSize+1)
		if err != nil {
			return err
		}
		items, last := storage.Page(items, pageSize)
		if last != nil {
			mine.Next = last.No
		}
		for _, st := range items {
			if st, ok := st.Public(); ok {
				mine.Items = append(mine.Items, st)
			}
		}
		return nil
	})
	return mine, err
}
