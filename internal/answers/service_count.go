package answers

import (
	"context"
	"log/slog"

	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// recountKind is the job that counts the sums of what is owed anew.
const recountKind = "answers.recount"

// recount holds the sums of what is owed against the obligations themselves, mends those that differ, and says so in the log: a sum that is wrong has
// a cause that somebody should look for. It looks without the lock of the sums first, so that nobody waits for it while all is well.
func (s *Service) recount(ctx context.Context, _ jobs.Job) error {
	const some = 200
	var wrong []miscount
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { wrong, err = owingDiffers(tx, 1); return err })
	if err != nil || len(wrong) == 0 {
		return err
	}
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
			if err := tx.Lock(numbers); err != nil {
				return err
			}
			if wrong, err = owingDiffers(tx, some); err != nil {
				return err
			}
			for _, m := range wrong {
				if err := addOwing(tx, m.at, m.is-m.kept); err != nil {
					return err
				}
				tx.Touch(Topic)
			}
			more = len(wrong) == some
			return nil
		})
		if err != nil {
			return err
		}
		for _, m := range wrong {
			s.log.WarnContext(ctx, "a sum of what is owed was wrong and is counted anew", slog.String("body", m.at.body), slog.Time("due", storage.Time(m.at.due)), slog.Int64("was", m.kept), slog.Int64("is", m.is))
		}
	}
	return nil
}
