package moderation

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// tellKind is the job that tells moderators what waits.
const tellKind = "moderation.tell"

// counted is how many waiting things a notice counts at most.
const counted = 1000

// tell sends each holder of the role of a moderator one notice of all that waits for them, not more
// often than the setting says, and none when nothing waits. Each is told in a transaction of their
// own, so that nobody is told twice when the job is run again.
func (s *Service) tell(ctx context.Context, _ jobs.Job) error {
	pace := time.Duration(s.value("digest_hours")) * time.Hour
	if pace == 0 {
		return nil
	}
	var moderators []civic.ID
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		moderators, err = identity.HoldersOf(tx, civic.Moderator, civic.Ref{})
		return err
	})
	for _, account := range moderators {
		if err == nil {
			err = s.db.Write(ctx, func(tx *storage.Tx) error { return s.tellOne(tx, account, pace) })
		}
	}
	return err
}

func (s *Service) tellOne(tx *storage.Tx, account civic.ID, pace time.Duration) error {
	last, err := told(tx, account)
	// By whole hours: the job runs once in each, not always at the same minute.
	if early := tx.Now().Truncate(time.Hour).Sub(last.Truncate(time.Hour)) < pace; err != nil || early {
		return err
	}
	a := civic.Actor{Account: account, Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Moderator}}}
	waiting, _, err := s.waiting(tx, a, civic.Ref{}, "", counted)
	if err != nil || len(waiting) == 0 {
		return err
	}
	n := notifications.Notice{Subject: civic.Say("moderation.told_waits", "Count", len(waiting)), Path: Path}
	if due := waiting[0].Due; !due.IsZero() {
		n.Body = civic.Say("moderation.told_first", "Date", due)
	}
	if err := s.notices.Notify(tx, account, n); err != nil {
		return err
	}
	return setTold(tx, account)
}
