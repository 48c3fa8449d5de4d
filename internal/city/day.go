package city

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// TopicDay is touched when a new day begins in the city: deadlines are counted in days, so
// every page that shows one depends on it.
const TopicDay = "city_day"

// watchDay touches TopicDay at the start and at every midnight until ctx ends. Every node of a
// city does; a touch too many makes a page once more.
func (s *Service) watchDay(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.settleDay(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settleDay touches TopicDay when the day is another than last time.
func (s *Service) settleDay(ctx context.Context) error {
	today := s.DayOf(s.db.Now())
	if today == s.day {
		return nil
	}
	err := s.db.Write(ctx, func(tx *storage.Tx) error { tx.Touch(TopicDay); return nil })
	if err == nil {
		s.day = today
	}
	return err
}
