package consultations

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Contest asks for another decision on the removal of a person's own statement, once. Errors:
// civic.NotFound for any other statement; civic.Closed when the voting is over and nobody could vote
// on it; civic.Conflict when it was asked before; civic.Invalid with "words".
func (s *Service) Contest(ctx context.Context, id civic.ID, v Voter, no int64, words string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockStatements(tx, id); err != nil {
			return err
		}
		c, st, err := contestable(tx, id, v, no)
		if err != nil {
			return err
		}
		return s.city.Moderation.Contest(tx, moderation.Asking{Thing: statementRef(c, st.No), Words: words, Account: v.Actor.Account, Path: minePath(c.ID), Due: c.ClosesAt})
	})
}

// BeforeContest returns the statement whose removal Contest would contest. Errors are Contest's.
func (s *Service) BeforeContest(ctx context.Context, id civic.ID, v Voter, no int64) (c Consultation, st Statement, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if c, st, err = contestable(tx, id, v, no); err != nil {
			return err
		}
		fates, err := s.fates(tx, c, []Statement{st})
		if err == nil && !fates[st.No].MayContest {
			err = civic.Fail(civic.Conflict, "moderation.contested_before")
		}
		return err
	})
	return c, st, err
}

// contestable finds a person's own statement that was removed and may come back.
func contestable(tx *storage.Tx, id civic.ID, v Voter, no int64) (c Consultation, st Statement, err error) {
	if c, err = visible(tx, id, v.Actor); err != nil {
		return c, st, err
	}
	p, known, err := participantOf(tx, c, v, false)
	if err != nil {
		return c, st, err
	}
	if st, err = statement(tx, c, no); err != nil {
		return c, st, err
	}
	switch {
	case !known || st.Official || st.author != p.no || st.State != Removed:
		err = civic.Fail(civic.NotFound, "web.not_found")
	case !st.mayBeShown(c, tx.Now()):
		err = civic.Fail(civic.Closed, "consultations.too_late_to_show")
	}
	return c, st, err
}

// fates tells what became of a person's own statements that were removed, by number.
func (s *Service) fates(tx *storage.Tx, c Consultation, own []Statement) (map[int64]moderation.Fate, error) {
	var things []civic.Ref
	for _, st := range own {
		things = append(things, statementRef(c, st.No))
	}
	all, err := s.city.Moderation.Fates(tx, things...)
	out := map[int64]moderation.Fate{}
	for _, st := range own {
		f := all[statementRef(c, st.No)]
		f.MayContest = f.MayContest && st.State == Removed && st.mayBeShown(c, tx.Now())
		if st.State == Removed || f.Contest != nil {
			out[st.No] = f
		}
	}
	return out, err
}

func minePath(id civic.ID) string { return Path(id) + "/mine" }
