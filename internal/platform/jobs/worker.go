package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Periodic asks for a job of the kind at regular intervals, with an empty payload ({}): at once
// when a city first meets it, and then after every period. The table keeps when it is next due,
// so only one of several nodes adds it, and a restart neither forgets nor repeats it. Times at
// which nothing ran are not made up for, and no second job is added while one waits.
type Periodic struct {
	Kind  string
	Every time.Duration
}

// WorkerOptions of New. The zero value is right for a server.
type WorkerOptions struct {
	AtOnce int           // how many jobs run at once; 8 when zero
	Poll   time.Duration // how often to look for jobs of other processes and for those whose time has come; 1 s when zero
	// Trusted reports whether the clock is right; nil: it is. While it is doubted, only jobs run
	// that were asked for at once: what is due by time, and what comes again, waits.
	Trusted func(*storage.Tx) (bool, error)
	Grace   time.Duration // how long running jobs may take to end when the worker stops; 20 s when zero
}

// Worker runs jobs. Times are read from the database's clock.
type Worker struct {
	db        *storage.DB
	kinds     map[string]Kind
	names     []string
	groups    []group
	periodics []Periodic
	log       *slog.Logger
	opts      WorkerOptions
}

// group is kinds that are fetched by one query: each kind with a bound of its own, and all
// the others together.
type group struct {
	kinds []Kind
	bound int // 0: none
}

// New makes a worker for the kinds. It panics when a kind comes twice or lacks its name or
// Run, and when a periodic names an unknown kind or has no period: these are mistakes in the
// program.
func New(db *storage.DB, kinds []Kind, periodics []Periodic, log *slog.Logger, opts WorkerOptions) *Worker {
	if opts.AtOnce == 0 {
		opts.AtOnce = 8
	}
	if opts.Poll == 0 {
		opts.Poll = time.Second
	}
	if opts.Grace == 0 {
		opts.Grace = 20 * time.Second
	}
	if opts.Trusted == nil {
		opts.Trusted = func(*storage.Tx) (bool, error) { return true, nil }
	}
	w := &Worker{db: db, kinds: map[string]Kind{}, periodics: periodics, log: log, opts: opts}
	var unbounded group
	for _, k := range kinds {
		if _, twice := w.kinds[k.Name]; twice || k.Name == "" || k.Run == nil {
			panic(fmt.Sprintf("jobs: kind %q comes twice or has no name or no Run", k.Name))
		}
		if k.MaxTries == 0 {
			k.MaxTries = DefaultMaxTries
		}
		if k.Lease == 0 {
			k.Lease = DefaultLease
		}
		if k.Timeout == 0 {
			k.Timeout = DefaultTimeout
		}
		w.kinds[k.Name] = k
		w.names = append(w.names, k.Name)
		if k.AtOnce > 0 {
			w.groups = append(w.groups, group{[]Kind{k}, k.AtOnce})
		} else {
			unbounded.kinds = append(unbounded.kinds, k)
		}
	}
	if len(unbounded.kinds) > 0 {
		w.groups = append(w.groups, unbounded)
	}
	for _, p := range periodics {
		if _, known := w.kinds[p.Kind]; !known || p.Every <= 0 {
			panic(fmt.Sprintf("jobs: periodic %q has no kind or no period", p.Kind))
		}
	}
	return w
}

// Rest tells whether none of the jobs that the worker does is due or running, and when the first that waits is due; zero: none
// waits. What is only to come again by its period does not count: nobody asked for it.
func (w *Worker) Rest(ctx context.Context) (quiet bool, next time.Time, err error) {
	err = w.db.Read(ctx, func(tx *storage.Tx) error {
		counts, err := countByState(tx)
		quiet = err == nil
		for _, c := range counts {
			if _, known := w.kinds[c.kind]; !known || c.state == "dead" {
				continue
			}
			quiet = quiet && c.state == "queued" && c.first.After(tx.Now())
			if c.state == "queued" && (next.IsZero() || c.first.Before(next)) {
				next = c.first
			}
		}
		return err
	})
	return quiet, next, err
}

// Stats counts the jobs by kind, for metrics.
func (w *Worker) Stats(ctx context.Context) (out map[string]Counts, err error) {
	err = w.db.Read(ctx, func(tx *storage.Tx) (err error) {
		out, err = Stats(tx)
		return err
	})
	return out, err
}

// outcome is how one run of a job ended.
type outcome struct {
	job     Job
	err     error
	stopped bool // the worker cut it short: this try does not count
}

var (
	errStopping  = errors.New("the worker is stopping")
	errLeaseLost = errors.New("another worker took the job over after its lease had ended")
)

// Run runs jobs until ctx ends, then takes no more and returns when those that run have
// ended. After the grace it ends their contexts and puts back what stops; what does not stop
// even then is left to its lease. Failures of the database are logged and tried again.
func (w *Worker) Run(ctx context.Context) {
	// Long: one loop owns the counts of what runs, so that they need no lock.
	heard, stopListening := w.db.Listen(signal)
	defer stopListening()
	tick := time.NewTicker(w.opts.Poll)
	defer tick.Stop()
	always := context.WithoutCancel(ctx)
	inner, cut := context.WithCancelCause(always)
	defer cut(nil)

	ended := make(chan outcome, w.opts.AtOnce) // never blocks a runner
	running := map[string]int{}
	total := 0
	var finished []outcome
	take := func(o outcome) {
		finished = append(finished, o)
		for len(ended) > 0 {
			finished = append(finished, <-ended)
		}
	}
	settled := func(done []outcome) {
		for _, o := range done {
			running[o.job.Kind]--
			total--
		}
		finished = finished[len(done):]
	}

	look := true
	for ctx.Err() == nil {
		if look || len(finished) > 0 {
			done := finished
			leased, err := w.turn(always, done, running, w.opts.AtOnce-total+len(done))
			if err != nil {
				w.log.Error("jobs: the database refused", "error", err)
			} else {
				settled(done)
				for _, j := range leased {
					running[j.Kind]++
					total++
					go func() { ended <- w.run(inner, j) }()
				}
			}
			look = false
		}
		select {
		case <-ctx.Done():
		case <-heard:
			look = total < w.opts.AtOnce // else the end of one will look
		case o := <-ended:
			take(o)
		case <-tick.C:
			look = total < w.opts.AtOnce && w.due(always)
		}
	}

	grace := time.NewTimer(w.opts.Grace)
	defer grace.Stop()
	for cuts := 0; len(finished) < total && cuts < 2; {
		select {
		case o := <-ended:
			take(o)
		case <-grace.C:
			cuts++
			cut(errStopping)
			grace.Reset(w.opts.Grace/4 + time.Millisecond)
		}
	}
	if n := total - len(finished); n > 0 {
		w.log.Error("jobs: some do not stop and are left to their leases", "running", n)
	}
	if _, err := w.turn(always, finished, nil, 0); err != nil {
		w.log.Error("jobs: the database refused the last results; those jobs run again", "error", err)
	}
}

// Drain runs all that is due, one job after another, until nothing is, and returns the
// errors of the jobs that failed, joined. Jobs that failed are not due until later.
func (w *Worker) Drain(ctx context.Context) error {
	var failed error
	var finished []outcome
	for {
		free := 1
		if ctx.Err() != nil {
			free = 0 // only note how the last one ended
		}
		leased, err := w.turn(context.WithoutCancel(ctx), finished, nil, free)
		if err != nil {
			return errors.Join(failed, err)
		}
		if len(leased) == 0 {
			return errors.Join(failed, ctx.Err())
		}
		o := w.run(ctx, leased[0])
		if o.err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", o.job.Kind, o.err))
		}
		finished = []outcome{o}
	}
}

// due reports whether a turn would find anything, without disturbing the writers.
func (w *Worker) due(ctx context.Context) (found bool) {
	err := w.db.Read(ctx, func(tx *storage.Tx) error {
		for _, p := range w.periodics {
			if waits, err := periodicWaits(tx, p); !waits || err != nil {
				found = true
				return err
			}
		}
		var err error
		found, err = anyDue(tx, w.names)
		return err
	})
	if err != nil {
		w.log.Error("jobs: the database cannot be read", "error", err)
		return false
	}
	return found
}

// turn notes how jobs ended, adds the periodic ones that are due, and leases up to free jobs
// to run now, all in one transaction. running counts the jobs of each kind that run, those
// that ended included.
func (w *Worker) turn(ctx context.Context, done []outcome, running map[string]int, free int) ([]Job, error) {
	var leased []Job
	attempt := func() error {
		return w.db.Write(ctx, func(tx *storage.Tx) error {
			leased = nil // this may be a second attempt
			busy := map[string]int{}
			for kind, n := range running {
				busy[kind] = n
			}
			for _, o := range done {
				if err := w.settle(tx, o); err != nil {
					return err
				}
				busy[o.job.Kind]--
			}
			if free <= 0 {
				return nil
			}
			trusted, err := w.opts.Trusted(tx)
			if err == nil && trusted {
				err = w.addPeriodics(tx)
			}
			if err != nil {
				return err
			}
			for _, g := range w.groups {
				n := free - len(leased)
				if g.bound > 0 {
					n = min(n, g.bound-busy[g.kinds[0].Name])
				}
				if n <= 0 {
					continue
				}
				jobs, err := w.lease(tx, g.kinds, n, trusted)
				if err != nil {
					return err
				}
				leased = append(leased, jobs...)
			}
			return nil
		})
	}
	err := attempt()
	if storage.IsUnique(err) { // a job came in with the key of one that goes back to the queue
		err = attempt()
	}
	if err != nil {
		return nil, err
	}
	for _, o := range done {
		w.report(o)
	}
	// The first group must not starve the others when there is more to do than room.
	rand.Shuffle(len(w.groups), func(i, j int) { w.groups[i], w.groups[j] = w.groups[j], w.groups[i] })
	return leased, nil
}

func (w *Worker) addPeriodics(tx *storage.Tx) error {
	now := tx.Now()
	for _, p := range w.periodics {
		every := p.Every.Milliseconds()
		due, err := periodicDue(tx, p.Kind)
		if err != nil {
			return err
		}
		next := due
		switch ms := storage.Millis(now); {
		case due <= ms:
			next = due + (ms-due)/every*every + every // keeps the beat, leaves out what was missed
		case due > ms+every:
			next = ms + every // the period was made shorter
		default:
			continue
		}
		moved, err := movePeriodic(tx, p.Kind, due, next)
		if err != nil {
			return err
		}
		if moved && due <= storage.Millis(now) { // else another node was faster
			if err := Enqueue(tx, p.Kind, struct{}{}, Options{UniqueKey: "periodic"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// lease takes up to n jobs that are due or whose worker died.
func (w *Worker) lease(tx *storage.Tx, kinds []Kind, n int, trusted bool) ([]Job, error) {
	jobs, err := take(tx, kinds, n, trusted)
	if err != nil {
		return nil, err
	}
	var out []Job
	for _, j := range jobs {
		if j.Try > w.kinds[j.Kind].MaxTries { // it killed its worker, or outlived it, at the last try
			if err := buryTaken(tx, j.ID); err != nil {
				return nil, err
			}
			tx.AfterCommit(func() { w.log.Error("jobs: given up", "kind", j.Kind, "job", j.ID, "error", "its worker died") })
			continue
		}
		out = append(out, j)
	}
	return out, nil
}

// run runs one job and never panics.
func (w *Worker) run(ctx context.Context, j Job) (o outcome) {
	k := w.kinds[j.Kind]
	o.job = j
	jobCtx, cancel := context.WithTimeoutCause(ctx, k.Timeout, fmt.Errorf("not done within %s: %w", k.Timeout, context.DeadlineExceeded))
	defer cancel()
	jobCtx, lost := context.WithCancelCause(jobCtx)
	defer lost(nil)
	defer w.renew(jobCtx, k, j, lost)()
	defer func() {
		if p := recover(); p != nil {
			o.err = fmt.Errorf("panic: %v", p)
			w.log.Error("jobs: panic", "kind", j.Kind, "job", j.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		if cause := context.Cause(jobCtx); o.err != nil && cause != nil && !errors.Is(o.err, cause) {
			o.err = fmt.Errorf("%w (%w)", o.err, cause)
		}
		o.stopped = o.err != nil && ctx.Err() != nil && !IsPermanent(o.err)
	}()
	o.err = k.Run(jobCtx, j)
	return o
}

// renew keeps the job's lease while it runs, and calls lost when somebody else has it.
func (w *Worker) renew(ctx context.Context, k Kind, j Job, lost context.CancelCauseFunc) (stop func()) {
	var mu sync.Mutex
	over := false
	var timer *time.Timer
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(k.Lease/3, func() {
		mu.Lock()
		defer mu.Unlock()
		if over {
			return
		}
		held := true
		err := w.db.Write(ctx, func(tx *storage.Tx) (err error) {
			held, err = extendLease(tx, j, tx.Now().Add(k.Lease))
			return err
		})
		if err == nil && !held {
			lost(errLeaseLost)
			return
		}
		if err != nil && ctx.Err() == nil {
			w.log.Warn("jobs: a lease could not be renewed", "kind", j.Kind, "job", j.ID, "error", err)
		}
		timer.Reset(k.Lease / 3)
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		timer.Stop()
	}
}

// settle notes how a run ended, unless another worker has taken the job since.
func (w *Worker) settle(tx *storage.Tx, o outcome) error {
	j, now := o.job, tx.Now()
	if o.err == nil {
		return deleteRunning(tx, j)
	}
	state, try, due := "queued", j.Try, now.Add(backoff(j.Try))
	switch {
	case o.stopped:
		try, due = j.Try-1, now
	case w.last(o):
		state, due = "dead", now
	}
	message := brief(o.err)
	if state == "queued" && j.uniqueKey != "" {
		// Another that waits does the same work. It takes over the tries as well, or a job that
		// always fails and is always asked for again would never be given up.
		merged, err := mergeIntoTwin(tx, j, try, due, message)
		if err != nil {
			return err
		}
		if merged {
			return deleteRunning(tx, j)
		}
	}
	return endRun(tx, j, state, try, due, message)
}

func (w *Worker) last(o outcome) bool {
	return IsPermanent(o.err) || o.job.Try >= w.kinds[o.job.Kind].MaxTries
}

func (w *Worker) report(o outcome) {
	args := []any{"kind", o.job.Kind, "job", o.job.ID, "try", o.job.Try}
	switch {
	case o.err == nil:
		w.log.Debug("jobs: done", args...)
	case o.stopped:
		w.log.Info("jobs: put back, for the worker stops", args...)
	case errors.Is(o.err, errLeaseLost):
		w.log.Warn("jobs: lost", append(args, "error", brief(o.err))...)
	case w.last(o):
		w.log.Error("jobs: given up", append(args, "error", brief(o.err))...)
	default:
		w.log.Warn("jobs: failed, to be tried again", append(args, "error", brief(o.err))...)
	}
}

const (
	firstBackoff = 5 * time.Second
	maxBackoff   = time.Hour
)

// backoff is how long to wait after the given try (from 1) failed: 5 s, doubled with every
// try up to an hour, less a random part of up to half, so that what failed together does not
// come back together.
func backoff(try int) time.Duration {
	d := maxBackoff
	if shift := max(0, try-1); shift < 10 { // 5 s × 2¹⁰ is over an hour
		d = firstBackoff << shift
	}
	return d - rand.N(d/2)
}

// brief bounds what is kept and logged of an error.
func brief(err error) string {
	s := strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "\uFFFD")
	const most = 500
	if r := []rune(s); len(r) > most {
		s = string(slices.Concat(r[:most], []rune("…")))
	}
	return s
}
