package app

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/pulse"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// clockRef is the kind of the machine's clock in a civic.Ref; there is one.
const clockRef = "app.clock"

// beatEvery is how often the program notes that it runs: far more often than the gap that is
// doubted, which is hours.
const beatEvery = time.Minute

func (a *App) keepBeating(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.beat(ctx)
		}
	}
}

func (a *App) beat(ctx context.Context) {
	s, err := a.Clock.Beat(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		a.cfg.Log.Warn("cannot note that the program runs", "error", err)
	case !s.DoubtedAt.IsZero():
		a.cfg.Log.Error("the clock jumped: what only time decides waits until an administrator or `birge jobs clock` confirms it", "seen", s.Seen, "doubted", s.DoubtedAt)
	}
}

// ConfirmClock takes the word of whoever may say so that the clock is right; who may is for the
// caller to decide. Conflict: nobody doubts it.
func (a *App) ConfirmClock(ctx context.Context, actor civic.Actor) error {
	return a.DB.Write(ctx, func(tx *storage.Tx) error {
		s, err := a.Clock.Look(tx)
		if err != nil {
			return err
		}
		if s.DoubtedAt.IsZero() {
			return civic.Fail(civic.Conflict, "app.clock_right")
		}
		if err := a.Clock.Confirm(tx); err != nil {
			return err
		}
		return a.Trail.Note(tx, actor, "app.clock.confirm", civic.Ref{Kind: clockRef, ID: "clock"}, map[string]string{"seen": s.Seen.UTC().Format(time.RFC3339)})
	})
}

// clockState is what an administrator must know of the clock; nil when it is not doubted.
func (a *App) clockState(ctx context.Context) (doubted *pulse.State, err error) {
	err = a.DB.Read(ctx, func(tx *storage.Tx) error {
		s, err := a.Clock.Look(tx)
		if !s.DoubtedAt.IsZero() {
			doubted = &s
		}
		return err
	})
	return doubted, err
}

func clockTitles(_ *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	return forAdministrators(actor, ids, "app.clock_title"), nil
}

// waitingClock asks administrators to look at the clock.
func (a *App) waitingClock(tx *storage.Tx, actor civic.Actor) ([]part.Waiting, error) {
	if !actor.Has(civic.Administrator) {
		return nil, nil
	}
	s, err := a.Clock.Look(tx)
	if err != nil || s.DoubtedAt.IsZero() {
		return nil, err
	}
	return []part.Waiting{{Stage: part.Decision, Kind: clockRef, What: civic.Say("app.desk_clock"), Path: jobsPath, Since: s.DoubtedAt}}, nil
}
