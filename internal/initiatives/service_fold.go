package initiatives

import (
	"context"
	"errors"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// batch bounds how many changes one transaction folds: some tens of milliseconds, so that signers do not wait long for the writer.
const batch = 2_000

// Fold adds what has changed to the counts, in batches, until nothing is left, and says which thresholds are reached. It may run on
// several nodes at once: the queue's rows are taken, so that each is counted once.
func (s *Service) Fold(ctx context.Context) error {
	for {
		var of []int64
		if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { of, err = changedNow(tx, 100); return err }); err != nil || len(of) == 0 {
			return err
		}
		for _, no := range of {
			if err := s.db.Write(ctx, func(tx *storage.Tx) error { return s.foldOne(tx, no) }); err != nil {
				return err
			}
		}
	}
}

// foldOne counts one initiative, and says what it has reached.
func (s *Service) foldOne(tx *storage.Tx, no int64) error {
	i, err := findNo(tx, no)
	if err != nil {
		return err
	}
	if err := tx.Lock(lockKey(i.ID)); err != nil {
		return err
	}
	if _, err := s.fold(tx, no, batch); err != nil {
		return err
	}
	return s.weigh(tx, no)
}

// fold moves at most so many changes of an initiative from the queue into its counts, and says how many it moved. The caller holds the
// initiative's lock: nobody else counts it, or changes its state.
func (s *Service) fold(tx *storage.Tx, no int64, most int) (int, error) {
	all, err := takeChanges(tx, no, most)
	if err != nil {
		return 0, err
	}
	cells, total := map[change]int64{}, int64(0)
	for _, c := range all {
		by := c.delta
		c.delta = 0
		cells[c] += by
		total += by
	}
	for c, by := range cells {
		if c.delta = by; by != 0 {
			if err := addCount(tx, c); err != nil {
				return 0, err
			}
		}
	}
	return len(all), addSigned(tx, no, total)
}

// foldAll is fold until nothing is left.
func (s *Service) foldAll(tx *storage.Tx, no int64) error {
	for {
		n, err := s.fold(tx, no, batch)
		if err != nil || n < batch {
			return err
		}
	}
}

// weigh says, after a fold, what an initiative has reached: exactly once, for whoever folds holds its lock and a threshold is noted when it
// was not yet. Pages that show the count are made anew.
func (s *Service) weigh(tx *storage.Tx, no int64) error {
	i, err := findNo(tx, no)
	if err != nil {
		return err
	}
	tx.Touch(topic, topicOf(i.ID))
	switch {
	case i.State == Joinder && i.Signed >= int64(s.value("joinder_people")):
		return s.joined(tx, i)
	case i.State == Open || i.State == Closed:
		return s.reach(tx, i)
	}
	return nil
}

// joined brings an initiative before a moderator: enough people who had its link joined.
func (s *Service) joined(tx *storage.Tx, i Initiative) error {
	all, err := authorsOf(tx, i)
	if err != nil {
		return err
	}
	if err := tx.Lock(numbers); err != nil {
		return err
	}
	i.Year = tx.Now().In(s.city.Settings.Zone()).Year()
	last, err := lastSerial(tx, i.Year)
	if err != nil {
		return err
	}
	i.Serial, i.ChangedAt = last+1, tx.Now()
	i.State, _ = Next(i.State, Join)
	i.ModerateBy = s.city.Settings.Calendar().Add(tx.Now(), s.value("moderation_days"))
	if err := s.settle(tx, i); err != nil {
		return err
	}
	return s.tellAuthors(tx, i, all, "joined", civic.Say("initiatives.told_moderation", "Date", i.ModerateBy))
}

// reach notes the thresholds that are reached for the first time, and tells of them.
func (s *Service) reach(tx *storage.Tx, i Initiative) error {
	all, err := thresholds(tx, i)
	if err != nil {
		return err
	}
	authors, err := authorsOf(tx, i)
	if err != nil {
		return err
	}
	for _, t := range reached(all[i.no], i.Signed) {
		first, err := reach(tx, i, t.Effect, tx.Now())
		if err != nil || !first {
			return err
		}
		i.ChangedAt = tx.Now()
		if err := update(tx, i); err != nil {
			return err
		}
		if err := s.note(tx, actReached, i, ""); err != nil {
			return err
		}
		if err := s.tell(tx, i, authors, "reached_"+string(t.Effect), civic.Say("initiatives.told_needed", "Count", t.Needed)); err != nil {
			return err
		}
	}
	return nil
}

// watch folds, and does what only time decides, every two seconds until ctx ends; failures are logged, and it goes on. Every node of a city
// runs it; they do not get in each other's way.
func (s *Service) watch(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		if err := s.settleAll(ctx); err != nil && ctx.Err() == nil {
			s.city.Log.Warn("initiatives: counts and states are late", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settleAll does what watch would have done by now.
func (s *Service) settleAll(ctx context.Context) error {
	return errors.Join(s.Fold(ctx), s.Advance(ctx))
}
