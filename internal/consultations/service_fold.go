package consultations

import (
	"context"
	"errors"
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Fold adds the votes that wait to the totals, in batches, until none is left. It is the
// job behind the "as of" on every page. It may run on several nodes at once: the queue's
// rows are taken, so that each is counted once.
func (s *Service) Fold(ctx context.Context) error {
	const batch = 5000 // some tens of milliseconds, so that voters do not wait long for the writer
	var waiting bool
	if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { waiting, err = anyNew(tx); return err }); err != nil || !waiting {
		return err
	}
	for {
		var n int
		err := s.db.Write(ctx, func(tx *storage.Tx) (err error) {
			n, err = s.fold(tx, 0, batch)
			return err
		})
		if err != nil || n < batch {
			return err
		}
	}
}

// fold moves at most limit votes from the queue into the totals. Until the transaction ends
// nobody else does, a closing neither: it would miss the votes that another has just taken.
func (s *Service) fold(tx *storage.Tx, of int64, limit int) (int, error) {
	if err := tx.Lock(foldLock); err != nil {
		return 0, err
	}
	votes, err := takeNew(tx, of, limit)
	if err != nil || len(votes) == 0 {
		return len(votes), err
	}
	type cell struct{ consultation, statement int64 }
	type dated struct {
		consultation int64
		day          string
	}
	zone := s.zone()
	counts, daily, totals := map[cell]Count{}, map[dated]Day{}, map[int64]Day{}
	for _, v := range votes {
		c := counts[cell{v.consultation, v.statement}]
		c.add(v.choice, 1)
		c.add(v.former, -1)
		counts[cell{v.consultation, v.statement}] = c
		key := dated{v.consultation, v.at.In(zone).Format(time.DateOnly)}
		d, t := daily[key], totals[v.consultation]
		if v.former == unanswered {
			d.Votes++
			t.Votes++
		}
		if v.newcomer {
			d.Participants++
			t.Participants++
		}
		daily[key], totals[v.consultation] = d, t
	}
	for k, c := range counts {
		if err := addToStatement(tx, k.consultation, k.statement, c); err != nil {
			return 0, err
		}
	}
	for k, d := range daily {
		if err := addToDay(tx, k.consultation, k.day, d.Votes, d.Participants); err != nil {
			return 0, err
		}
	}
	tx.Touch(listTopic)
	for no, t := range totals {
		if err := addToTotals(tx, no, t.Votes, t.Participants); err != nil {
			return 0, err
		}
		id, err := idOf(tx, no)
		if err != nil {
			return 0, err
		}
		tx.Touch(topic(id))
		if err := wantMap(tx, no, id); err != nil {
			return 0, err
		}
	}
	return len(votes), nil
}

// watch folds votes and records phases every second until ctx ends; failures are logged, and
// it goes on. Every node of a city runs it; they do not get in each other's way.
func (s *Service) watch(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.settleVotes(ctx); err != nil && ctx.Err() == nil {
			s.city.Log.Warn("consultations: totals and phases are late", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settleVotes adds the votes that wait to the totals, and opens and closes what is due.
func (s *Service) settleVotes(ctx context.Context) error {
	return errors.Join(s.Fold(ctx), s.Advance(ctx))
}
