package jobs

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/storage"
)

//go:embed schema
var schemaFiles embed.FS

// Schema is the tables of the jobs.
func Schema() storage.Schema {
	return storage.Schema{Module: "jobs", Files: embedded.Folder(schemaFiles, "schema")}
}

// insert puts a job into the queue. When one with the same unique key waits there already, that
// one is kept, and runs at due at the latest. Its row is locked even if nothing in it changes:
// otherwise a worker could begin it before this transaction commits, and run without seeing the
// change.
func insert(tx *storage.Tx, kind, uniqueKey string, payload []byte, due time.Time) error {
	_, err := tx.Exec(`INSERT INTO job (id, kind, unique_key, payload, state, try, due_at, created_at, last_error)
		VALUES ($1, $2, $3, $4, 'queued', 0, $5, $6, '')
		ON CONFLICT (kind, unique_key) WHERE state = 'queued' AND unique_key <> '' DO UPDATE
		SET due_at = CASE WHEN job.try = 0 AND excluded.due_at < job.due_at THEN excluded.due_at ELSE job.due_at END`,
		civic.NewID(tx.Now()), kind, uniqueKey, string(payload), storage.Millis(due), storage.Millis(tx.Now()))
	return err
}

type stateCount struct {
	kind, state string
	n           int
	first       time.Time // when the first of them is, or was, due
}

func countByState(tx *storage.Tx) ([]stateCount, error) {
	return storage.All(tx, storage.Into(func(c *stateCount) []any { return []any{&c.kind, &c.state, &c.n, storage.Instant(&c.first)} }),
		"SELECT kind, state, COUNT(*), MIN(due_at) FROM job GROUP BY kind, state")
}

// The dead.

const deadColumns = "SELECT id, kind, payload, try, created_at, due_at, last_error FROM job WHERE state = 'dead'"

var scanDead = storage.Into(func(d *Dead) []any {
	return []any{&d.ID, &d.Kind, &d.Payload, &d.Try, storage.Instant(&d.Created), storage.Instant(&d.Died), &d.LastError}
})

func listDead(tx *storage.Tx, limit int) ([]Dead, error) {
	return storage.All(tx, scanDead, deadColumns+" ORDER BY due_at DESC, id DESC LIMIT $1", limit)
}

func findDead(tx *storage.Tx, id civic.ID) (Dead, error) {
	return storage.One(tx, scanDead, deadColumns+" AND id = $1", id)
}

// dropDeadTwin deletes a dead job when another with its unique key waits, for that one will do
// the work. It reports whether it did.
func dropDeadTwin(tx *storage.Tx, id civic.ID) (bool, error) {
	n, err := tx.Exec(`DELETE FROM job WHERE id = $1 AND state = 'dead' AND unique_key <> '' AND EXISTS (
		SELECT 1 FROM job AS other WHERE other.kind = job.kind AND other.unique_key = job.unique_key AND other.state = 'queued')`, id)
	return n > 0, err
}

func requeueDead(tx *storage.Tx, id civic.ID) (bool, error) {
	n, err := tx.Exec("UPDATE job SET state = 'queued', try = 0, due_at = $2 WHERE id = $1 AND state = 'dead'", id, storage.Millis(tx.Now()))
	return n > 0, err
}

func deleteDead(tx *storage.Tx, id civic.ID) (bool, error) {
	n, err := tx.Exec("DELETE FROM job WHERE id = $1 AND state = 'dead'", id)
	return n > 0, err
}

// What is to be done.

func anyDue(tx *storage.Tx, kinds []string) (bool, error) {
	list, args := storage.In([]any{storage.Millis(tx.Now())}, kinds)
	_, found, err := storage.Found(storage.One(tx, storage.Scalar[string],
		"SELECT id FROM job WHERE state <> 'dead' AND due_at <= $1 AND kind IN "+list+" LIMIT 1", args...))
	return found, err
}

// take leases up to n jobs that are due or whose worker died.
// While the clock is doubted, only those that were to run as soon as they were asked for.
func take(tx *storage.Tx, kinds []Kind, n int, trusted bool) ([]Job, error) {
	now := storage.Millis(tx.Now())
	args := []any{now}
	asked := ""
	if !trusted {
		asked = " AND due_at <= created_at"
	}
	var in, ends strings.Builder
	for i, k := range kinds {
		args = append(args, k.Name, now+k.Lease.Milliseconds())
		fmt.Fprintf(&in, "%s$%d", ", "[:2*min(i, 1)], len(args)-1)
		fmt.Fprintf(&ends, " WHEN $%d THEN CAST($%d AS BIGINT)", len(args)-1, len(args))
	}
	args = append(args, n)
	lock := ""
	if tx.Engine() == storage.PostgreSQL {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	return storage.All(tx, storage.Into(func(j *Job) []any {
		return []any{&j.ID, &j.Kind, &j.uniqueKey, &j.Payload, &j.Try, storage.Instant(&j.Created)}
	}), fmt.Sprintf(`UPDATE job SET try = try + 1, state = 'running', due_at = CASE kind%s END,
		last_error = CASE WHEN state = 'running' THEN 'the worker died, or lost its lease' ELSE last_error END
		WHERE id IN (SELECT id FROM job WHERE state <> 'dead' AND due_at <= $1%s AND kind IN (%s)
			ORDER BY due_at, id LIMIT $%d%s)
		RETURNING id, kind, unique_key, payload, try, created_at`, ends.String(), asked, in.String(), len(args), lock), args...)
}

// buryTaken gives up a job that was just taken, without counting this try.
func buryTaken(tx *storage.Tx, id civic.ID) error {
	_, err := tx.Exec("UPDATE job SET state = 'dead', try = try - 1, due_at = $2 WHERE id = $1", id, storage.Millis(tx.Now()))
	return err
}

// How a run goes on and ends: each only while nobody else has taken the job since.

// extendLease reports whether the job is still this run's.
func extendLease(tx *storage.Tx, j Job, until time.Time) (bool, error) {
	n, err := tx.Exec("UPDATE job SET due_at = $3 WHERE id = $1 AND try = $2 AND state = 'running'", j.ID, j.Try, storage.Millis(until))
	return n > 0, err
}

func deleteRunning(tx *storage.Tx, j Job) error {
	_, err := tx.Exec("DELETE FROM job WHERE id = $1 AND try = $2 AND state = 'running'", j.ID, j.Try)
	return err
}

// mergeIntoTwin leaves the work to the job with the same unique key that waits, if there is one.
func mergeIntoTwin(tx *storage.Tx, j Job, try int, due time.Time, message string) (bool, error) {
	n, err := tx.Exec(`UPDATE job SET last_error = $4, try = CASE WHEN try < $3 THEN $3 ELSE try END,
			due_at = CASE WHEN try = 0 THEN $5 ELSE due_at END
		WHERE kind = $1 AND unique_key = $2 AND state = 'queued'
			AND EXISTS (SELECT 1 FROM job AS mine WHERE mine.id = $6 AND mine.try = $7 AND mine.state = 'running')`,
		j.Kind, j.uniqueKey, try, message, storage.Millis(due), j.ID, j.Try)
	return n > 0, err
}

func endRun(tx *storage.Tx, j Job, state string, try int, due time.Time, message string) error {
	_, err := tx.Exec(`UPDATE job SET state = $3, try = $4, due_at = $5, last_error = $6
		WHERE id = $1 AND try = $2 AND state = 'running'`, j.ID, j.Try, state, try, storage.Millis(due), message)
	return err
}

// Periodic jobs.

// periodicWaits reports whether the job is next due at a time that is still to come, at most
// one period away.
func periodicWaits(tx *storage.Tx, p Periodic) (bool, error) {
	_, waits, err := storage.Found(storage.One(tx, storage.Scalar[string],
		"SELECT kind FROM job_periodic WHERE kind = $1 AND due_at > $2 AND due_at <= $3",
		p.Kind, storage.Millis(tx.Now()), storage.Millis(tx.Now().Add(p.Every))))
	return waits, err
}

// periodicDue is when a periodic job is next due, in milliseconds; a new one is due now.
func periodicDue(tx *storage.Tx, kind string) (int64, error) {
	if _, err := tx.Exec("INSERT INTO job_periodic (kind, due_at) VALUES ($1, $2) ON CONFLICT (kind) DO NOTHING",
		kind, storage.Millis(tx.Now())); err != nil {
		return 0, err
	}
	return storage.One(tx, storage.Scalar[int64], "SELECT due_at FROM job_periodic WHERE kind = $1", kind)
}

// movePeriodic reports false when another node was faster.
func movePeriodic(tx *storage.Tx, kind string, from, to int64) (bool, error) {
	n, err := tx.Exec("UPDATE job_periodic SET due_at = $3 WHERE kind = $1 AND due_at = $2", kind, from, to)
	return n > 0, err
}
