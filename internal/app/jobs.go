package app

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// deadMost is how many of the jobs that were given up are listed, the latest.
const deadMost = 100

// JobKind is how much background work of one kind there is.
type JobKind struct {
	Kind string
	jobs.Counts
}

// Jobs is the background work: how much there is of each kind, and the jobs that were given up,
// the latest first. As with those below, who may is for the caller to decide.
func (a *App) Jobs(ctx context.Context) (kinds []JobKind, dead []jobs.Dead, err error) {
	err = a.DB.Read(ctx, func(tx *storage.Tx) error {
		counts, err := jobs.Stats(tx)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			kinds = append(kinds, JobKind{name, counts[name]})
		}
		slices.SortStableFunc(kinds, func(x, y JobKind) int { return cmp.Compare(y.Dead, x.Dead) })
		dead, err = jobs.ListDead(tx, deadMost)
		return err
	})
	return kinds, dead, err
}

// RetryJob has a job that was given up tried again, as often as a new one.
// Conflict: there is no such job any more.
func (a *App) RetryJob(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return a.endDeath(ctx, actor, id, "app.job.retry", jobs.Revive)
}

// DiscardJob deletes a job that was given up: its work will never be done.
// Conflict: there is no such job any more.
func (a *App) DiscardJob(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return a.endDeath(ctx, actor, id, "app.job.discard", jobs.Discard)
}

func (a *App) endDeath(ctx context.Context, actor civic.Actor, id civic.ID, act string, end func(*storage.Tx, civic.ID) (bool, error)) error {
	return a.DB.Write(ctx, func(tx *storage.Tx) error {
		j, err := findDead(tx, id)
		if err != nil {
			return err
		}
		ended, err := end(tx, id)
		if err == nil && !ended { // another was a moment faster
			err = errJobGone
		}
		if err != nil {
			return err
		}
		return a.Trail.Note(tx, actor, act, civic.Ref{Kind: jobRef, ID: id}, map[string]string{"kind": j.Kind})
	})
}

var errJobGone = civic.Fail(civic.Conflict, "app.job_gone")

func findDead(tx *storage.Tx, id civic.ID) (jobs.Dead, error) {
	j, found, err := jobs.FindDead(tx, id)
	if err == nil && !found {
		err = errJobGone
	}
	return j, err
}

// JobName is what readers call a kind of background work. One that this version does not know,
// left by another, keeps the program's own name.
func JobName(l *i18n.Localizer, kind string) string {
	if key := part.JobKey(kind); l.Has(key) {
		return l.T(key)
	}
	return kind
}
