// Package jobs does work in the background. A job is put into a table in the same
// transaction as the change that calls for it, so neither is ever there without the other,
// and a [Worker] of this or another process runs it.
//
// Every job runs at least once: when a worker dies, or loses the database just after the
// work was done, the job is run again once its lease has ended. Run must therefore bear
// being repeated. Jobs run in no particular order.
//
//	        Enqueue
//	           │                     fails, tries left
//	           ▼        leased      ┌──────────────┐
//	┌────►  queued ───────────► running ──► done (row deleted)
//	│          ▲                 │  │ │
//	│          └─ worker stops ──┘  │ └─ lease ends: leased again
//	│ Revive                        ▼ Permanent, or no tries left
//	└─────────────────────────── dead ──► Discard (row deleted)
//
// Payloads are kept until the job is done or discarded: let them hold identifiers and no
// personal data wherever the work can look the rest up. The same goes for the errors that
// Run returns, which are kept with the job and logged.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Defaults of a Kind.
const (
	DefaultMaxTries = 12               // about two and a half hours from the first try to the last
	DefaultLease    = time.Minute      // how soon after a worker's death its job is run again
	DefaultTimeout  = 10 * time.Minute // of one try
)

// Kind is one sort of work.
type Kind struct {
	Name string

	// Run does the work of one job. Its context ends after Timeout, when the job's lease was
	// lost, and when the worker stops and the grace has run out. An error means that it is to be
	// tried again later, unless it is Permanent. A panic counts as an error.
	Run func(ctx context.Context, j Job) error

	MaxTries int           // a job that failed so often is dead; DefaultMaxTries when zero
	Lease    time.Duration // renewed while the job runs; DefaultLease when zero
	Timeout  time.Duration // of one try; DefaultTimeout when zero
	AtOnce   int           // how many jobs of the kind one worker runs at once; no bound but the worker's when zero
}

// Job is one piece of work as Run gets it.
type Job struct {
	ID      civic.ID
	Kind    string
	Payload []byte // JSON, as Enqueue wrote it
	Try     int    // 1 for the first; counts tries cut short by a worker's death too
	Created time.Time

	uniqueKey string
}

// Decode reads the payload into v, a pointer. A payload that cannot be read will not become
// readable, so the error is Permanent.
func (j Job) Decode(v any) error {
	if err := json.Unmarshal(j.Payload, v); err != nil {
		return Permanent(fmt.Errorf("payload of job %s: %w", j.ID, err))
	}
	return nil
}

// Permanent marks an error that no further try would mend: the job is dead at once. It is
// nil when err is.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// IsPermanent reports whether err was marked by Permanent.
func IsPermanent(err error) bool { return errors.As(err, new(*permanentError)) }

// Options of Enqueue. The zero value means: at once, and as often as it is asked for.
type Options struct {
	// At is the earliest time to run; a time that is past or zero means at once.
	At time.Time

	// UniqueKey says that jobs of the kind with the same key do the same work. One that is
	// asked for while another waits is not added: the one that waits runs, by the earlier of the
	// two times. A job that is already running does not count, for it may have looked before
	// this change. On PostgreSQL, changes that ask for the same key wait for one another until
	// they commit: do not use one key for what thousands do at once.
	UniqueKey string
}

// signal wakes the workers of this process.
const signal = "jobs"

// Enqueue adds a job, to be run once the transaction is committed. payload is written as
// JSON. No one checks that the kind exists: a job of a kind that no worker knows waits for
// one that does, as it must while the nodes of a city are being upgraded.
func Enqueue(tx *storage.Tx, kind string, payload any, opts Options) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("payload of a job of kind %s: %w", kind, err)
	}
	due := tx.Now()
	if opts.At.After(due) {
		due = opts.At
	}
	if err := insert(tx, kind, opts.UniqueKey, body, due); err != nil {
		return err
	}
	tx.Signal(signal)
	return nil
}

// Counts is how many jobs there are of one kind.
type Counts struct {
	Queued, Running, Dead int
	Late                  time.Duration // how long the oldest that could run has been waiting
}

// Stats counts the jobs by kind. Kinds without any are not listed.
func Stats(tx *storage.Tx) (map[string]Counts, error) {
	rows, err := countByState(tx)
	out := map[string]Counts{}
	for _, r := range rows {
		c := out[r.kind]
		switch r.state {
		case "queued":
			c.Queued, c.Late = r.n, max(0, tx.Now().Sub(r.first))
		case "running":
			c.Running = r.n
		case "dead":
			c.Dead = r.n
		}
		out[r.kind] = c
	}
	return out, err
}

// Dead is a job that was given up.
type Dead struct {
	Job
	Died      time.Time
	LastError string
}

// ListDead returns up to limit jobs that were given up, the latest first.
func ListDead(tx *storage.Tx, limit int) ([]Dead, error) { return listDead(tx, limit) }

// Revive lets a dead job be tried again, as often as a new one, and reports whether there
// was such a job. Where another with its unique key waits, that one does its work.
func Revive(tx *storage.Tx, id civic.ID) (bool, error) {
	if done, err := dropDeadTwin(tx, id); done || err != nil {
		return done, err
	}
	revived, err := requeueDead(tx, id)
	tx.Signal(signal)
	return revived, err
}

// Discard deletes a dead job for good, and reports whether there was such a job.
func Discard(tx *storage.Tx, id civic.ID) (bool, error) { return deleteDead(tx, id) }

// FindDead finds a job that was given up.
func FindDead(tx *storage.Tx, id civic.ID) (d Dead, found bool, err error) {
	return storage.Found(findDead(tx, id))
}
