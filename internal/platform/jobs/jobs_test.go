package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// clock is a time that only the test moves.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC).UnixMilli())
	return c
}
func (c *clock) now() time.Time       { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func each(t *testing.T, test func(t *testing.T, db *storage.DB, c *clock)) {
	t.Helper()
	var c *clock
	opts := storage.Options{Clock: func() time.Time { return c.now() }}
	c = newClock()
	storagetest.EachWith(t, []storage.Schema{jobs.Schema()}, opts, func(t *testing.T, db *storage.DB) { test(t, db, c) })
}

var quiet = slog.New(slog.DiscardHandler)

// never is a poll period longer than any test. So something else must wake the worker.
var never = jobs.WorkerOptions{Poll: time.Hour}

// single has room for one job. It does not look for another while that one runs.
var single = jobs.WorkerOptions{Poll: time.Hour, AtOnce: 1}

func enqueue(t testing.TB, db *storage.DB, kind string, payload any, opts jobs.Options) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { return jobs.Enqueue(tx, kind, payload, opts) }); err != nil {
		t.Fatal(err)
	}
}

func stats(t *testing.T, w *jobs.Worker, kind string) jobs.Counts {
	t.Helper()
	all, err := w.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all[kind]
}

func drain(t *testing.T, w *jobs.Worker) {
	t.Helper()
	if err := w.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// start runs the worker until stop, which waits for its end.
func start(t *testing.T, w *jobs.Worker) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func TestAJobIsThereOnlyWithItsChange(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		var got []string
		w := jobs.New(db, []jobs.Kind{{Name: "greet", Run: func(_ context.Context, j jobs.Job) error {
			var p struct{ Whom string }
			if err := j.Decode(&p); err != nil {
				return err
			}
			got = append(got, fmt.Sprintf("%s %d %v", p.Whom, j.Try, j.Created.Equal(c.now())))
			return nil
		}}}, nil, quiet, never)
		refused := errors.New("refused")
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			if err := jobs.Enqueue(tx, "greet", map[string]string{"Whom": "nobody"}, jobs.Options{}); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		enqueue(t, db, "greet", map[string]string{"Whom": "Әйгерім"}, jobs.Options{})
		enqueue(t, db, "unknown to this program", nil, jobs.Options{})
		drain(t, w)
		if fmt.Sprint(got) != "[Әйгерім 1 true]" {
			t.Errorf("ran %v", got)
		}
		if n := stats(t, w, "greet"); n != (jobs.Counts{}) {
			t.Errorf("a job that is done leaves %+v", n)
		}
		if n := stats(t, w, "unknown to this program"); n.Queued != 1 {
			t.Errorf("a job of a newer program: %+v", n)
		}
	})
}

// A commit wakes the worker of its own process at once. Here the worker never polls.
func TestWokenByTheCommit(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		ran := make(chan int, 100)
		w := jobs.New(db, []jobs.Kind{{Name: "n", Run: func(_ context.Context, j jobs.Job) error {
			var n int
			err := j.Decode(&n)
			ran <- n
			return err
		}}}, nil, quiet, never)
		stop := start(t, w)
		sum := 0
		for n := range 50 {
			enqueue(t, db, "n", n, jobs.Options{})
			if n%10 == 9 {
				for range 10 {
					sum += <-ran
				}
			}
		}
		stop()
		if sum != 50*49/2 || stats(t, w, "n") != (jobs.Counts{}) {
			t.Errorf("sum %d, left %+v", sum, stats(t, w, "n"))
		}
	})
}

// The commit of another process is found by polling.
func TestFoundByPolling(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		ran := make(chan struct{})
		w := jobs.New(db, []jobs.Kind{{Name: "n", Run: func(context.Context, jobs.Job) error { ran <- struct{}{}; return nil }}},
			nil, quiet, jobs.WorkerOptions{Poll: time.Millisecond})
		stop := start(t, w)
		other, err := storage.Open(t.Context(), db.DSN(), storage.Options{Clock: c.now})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		enqueue(t, other, "n", nil, jobs.Options{})
		<-ran
		half := jobs.DefaultLease / 2 // the first job's end may not be noted yet, and its lease must not run out
		enqueue(t, other, "n", nil, jobs.Options{At: c.now().Add(half)})
		c.pass(half)
		<-ran
		stop()
	})
}

func TestAFailingJobIsTriedAgainEverLaterAndGivenUp(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		var at []time.Time
		w := jobs.New(db, []jobs.Kind{{Name: "bad", MaxTries: 14, Run: func(_ context.Context, j jobs.Job) error {
			at = append(at, c.now())
			if j.Try != len(at) {
				t.Errorf("try %d is called %d", len(at), j.Try)
			}
			if j.Try == 3 {
				panic("broken rule")
			}
			return fmt.Errorf("no luck\x00 at try %d %s", j.Try, strings.Repeat("ә", 1000))
		}}}, nil, quiet, never)
		enqueue(t, db, "bad", nil, jobs.Options{})
		for i := range 14 {
			if err := w.Drain(t.Context()); err == nil || i == 2 && !strings.Contains(err.Error(), "panic: broken rule") {
				t.Fatalf("try %d: %v", i+1, err)
			}
			if n := stats(t, w, "bad"); i < 13 && n.Queued != 1 || i == 13 && n.Dead != 1 {
				t.Fatalf("after try %d: %+v", i+1, n)
			}
			var due int64
			_ = db.Read(t.Context(), func(tx *storage.Tx) (err error) {
				due, err = storage.One(tx, storage.Scalar[int64], "SELECT due_at FROM job")
				return err
			})
			if i < 13 {
				c.ms.Store(due - 1)
				drain(t, w) // a moment too early
				c.pass(time.Millisecond)
			}
		}
		for i, d := 1, 5*time.Second; i < len(at); i, d = i+1, min(2*d, time.Hour) {
			if got := at[i].Sub(at[i-1]); got < d/2 || got > d {
				t.Errorf("try %d came %s after the last, and half to all of %s was promised", i+1, got, d)
			}
		}
		var dead []jobs.Dead
		_ = db.Read(t.Context(), func(tx *storage.Tx) (err error) { dead, err = jobs.ListDead(tx, 10); return err })
		if len(dead) != 1 || dead[0].Try != 14 || !strings.HasPrefix(dead[0].LastError, "no luck at try 14 әә") ||
			len([]rune(dead[0].LastError)) != 501 || !dead[0].Died.Equal(c.now()) {
			t.Fatalf("dead letters: %+v", dead)
		}
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			if again, err := jobs.Revive(tx, dead[0].ID); !again || err != nil {
				t.Errorf("Revive: %v, %v", again, err)
			}
			again, err := jobs.Revive(tx, dead[0].ID)
			if again {
				t.Error("revived twice")
			}
			return err
		})
		if err != nil || stats(t, w, "bad").Queued != 1 {
			t.Errorf("%v, %+v", err, stats(t, w, "bad"))
		}
	})
}

func TestAPermanentErrorIsNotTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		cause := errors.New("no such mailbox")
		w := jobs.New(db, []jobs.Kind{
			{Name: "lost", Run: func(context.Context, jobs.Job) error { return fmt.Errorf("sending: %w", jobs.Permanent(cause)) }},
			{Name: "unreadable", Run: func(_ context.Context, j jobs.Job) error { return j.Decode(new(int)) }},
		}, nil, quiet, never)
		enqueue(t, db, "lost", nil, jobs.Options{})
		enqueue(t, db, "unreadable", "no number", jobs.Options{})
		if err := w.Drain(t.Context()); !errors.Is(err, cause) {
			t.Error(err)
		}
		if stats(t, w, "lost").Dead != 1 || stats(t, w, "unreadable").Dead != 1 || jobs.Permanent(nil) != nil {
			t.Errorf("%+v, %+v", stats(t, w, "lost"), stats(t, w, "unreadable"))
		}
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			dead, err := jobs.ListDead(tx, 10)
			for _, d := range dead {
				if d.Kind != "lost" {
					continue
				}
				if found, is, err := jobs.FindDead(tx, d.ID); !is || found.LastError != "sending: no such mailbox" || err != nil {
					t.Errorf("%+v, %v, %v", found, is, err)
				}
				for _, want := range []bool{true, false} {
					if done, err := jobs.Discard(tx, d.ID); done != want || err != nil {
						t.Errorf("discarded: %v, %v", done, err)
					}
				}
				if _, is, err := jobs.FindDead(tx, d.ID); is || err != nil {
					t.Errorf("still there: %v, %v", is, err)
				}
			}
			return err
		})
		if err != nil || stats(t, w, "lost").Dead != 0 || stats(t, w, "unreadable").Dead != 1 {
			t.Errorf("%v, %+v, %+v", err, stats(t, w, "lost"), stats(t, w, "unreadable"))
		}
	})
}

func TestUniqueKeys(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		var runs []string
		var inside func()
		fail := false
		w := jobs.New(db, []jobs.Kind{{Name: "fold", MaxTries: 3, Run: func(_ context.Context, j jobs.Job) error {
			runs = append(runs, string(j.Payload))
			if inside != nil {
				inside()
			}
			if fail {
				return errors.New("fails")
			}
			return nil
		}}}, nil, quiet, never)
		want := func(s string) {
			t.Helper()
			if got := strings.Join(runs, " "); got != s {
				t.Errorf("ran %q, want %q", got, s)
			}
			runs = nil
		}
		key := jobs.Options{UniqueKey: "a"}

		enqueue(t, db, "fold", 1, key)
		enqueue(t, db, "fold", 2, key)
		enqueue(t, db, "fold", 3, jobs.Options{UniqueKey: "b"})
		enqueue(t, db, "fold", 4, jobs.Options{})
		enqueue(t, db, "fold", 5, jobs.Options{})
		enqueue(t, db, "other", 6, key)
		drain(t, w)
		slices.Sort(runs) // there is no order among them
		want("1 3 4 5")

		// A job that is asked for again while it runs must run once more: it may already have
		// looked.
		inside = func() { inside = nil; enqueue(t, db, "fold", 8, key); enqueue(t, db, "fold", 9, key) }
		enqueue(t, db, "fold", 7, key)
		drain(t, w)
		want("7 8")

		// The earlier of two times counts.
		enqueue(t, db, "fold", 10, jobs.Options{UniqueKey: "a", At: c.now().Add(time.Hour)})
		enqueue(t, db, "fold", 11, jobs.Options{UniqueKey: "a", At: c.now().Add(2 * time.Hour)})
		drain(t, w)
		want("")
		enqueue(t, db, "fold", 12, key)
		drain(t, w)
		want("10")

		// A job that always fails, and is asked for again at every try, does not pile up and
		// ends some day.
		fail = true
		again := func() { enqueue(t, db, "fold", 13, key); enqueue(t, db, "fold", 13, key) }
		again()
		for i := 1; i <= 3; i++ {
			inside = again
			if err := w.Drain(t.Context()); err == nil {
				t.Fatal("did not fail")
			}
			if n := stats(t, w, "fold"); n.Queued != 1 || i == 3 != (n.Dead == 1) {
				t.Errorf("after try %d: %+v", i, n)
			}
			if i < 3 {
				c.pass(time.Hour)
			} else {
				inside = nil
				if len(runs) != 4 { // the one asked for during the last try is a new one
					t.Errorf("%d runs", len(runs))
				}
			}
		}
	})
}

// Whoever asks for a job that is already waiting must get a run that begins after their own
// commit.
func TestAWaitingJobDoesNotBeginBeforeTheChangeThatCountsOnIt(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		var committed atomic.Bool
		var sawIt bool
		other, err := storage.Open(t.Context(), db.DSN(), storage.Options{Clock: c.now}) // of another process, at work meanwhile
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		w := jobs.New(other, []jobs.Kind{{Name: "fold", Run: func(context.Context, jobs.Job) error { sawIt = committed.Load(); return nil }}}, nil, quiet, never)
		enqueue(t, db, "fold", nil, jobs.Options{UniqueKey: "a"})
		if db.Engine() == storage.SQLite {
			t.Skip("a single writer: nothing can begin in the middle of a change")
		}
		err = db.Write(t.Context(), func(tx *storage.Tx) error {
			if err := jobs.Enqueue(tx, "fold", nil, jobs.Options{UniqueKey: "a"}); err != nil {
				return err
			}
			drain(t, w) // passes over the job, which this change holds
			tx.AfterCommit(func() { committed.Store(true) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		drain(t, w)
		if !sawIt {
			t.Error("the job ran before the commit, or not at all")
		}
	})
}

// A worker dies in the middle of a job. Another one takes the job when the lease is over, and a
// late answer of the first worker does not count.
func TestAKilledWorkersJobIsRetaken(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		began, release := make(chan struct{}), make(chan struct{})
		kind := jobs.Kind{Name: "slow", Lease: time.Minute, MaxTries: 3}
		kind.Run = func(context.Context, jobs.Job) error { began <- struct{}{}; <-release; return nil }
		first := jobs.New(db, []jobs.Kind{kind}, nil, quiet, single)
		stop := start(t, first)
		enqueue(t, db, "slow", nil, jobs.Options{})
		<-began

		tries := []int{}
		kind.Run = func(_ context.Context, j jobs.Job) error { tries = append(tries, j.Try); return errors.New("not yet") }
		second := jobs.New(db, []jobs.Kind{kind}, nil, quiet, never)
		c.pass(59 * time.Second)
		drain(t, second)
		if len(tries) != 0 || stats(t, second, "slow").Running != 1 {
			t.Fatalf("taken during its lease: tries %v", tries)
		}
		c.pass(time.Second)
		if err := second.Drain(t.Context()); err == nil || fmt.Sprint(tries) != "[2]" {
			t.Fatalf("not retaken: %v, tries %v", err, tries)
		}
		close(release)
		stop()
		if n := stats(t, second, "slow"); n.Queued != 1 {
			t.Errorf("the late answer of a lost run counted: %+v", n)
		}
	})
}

// A job that always kills its worker is given up like any other.
func TestAJobThatKillsItsWorkersIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		began, release := make(chan struct{}), make(chan struct{})
		defer close(release)
		kind := jobs.Kind{Name: "poison", MaxTries: 2, Run: func(context.Context, jobs.Job) error { began <- struct{}{}; <-release; return nil }}
		enqueue(t, db, "poison", nil, jobs.Options{})
		for range 2 {
			w := jobs.New(db, []jobs.Kind{kind}, nil, quiet, jobs.WorkerOptions{Poll: time.Hour, Grace: time.Nanosecond})
			stop := start(t, w)
			<-began
			stop() // the job does not stop: as good as killed
			c.pass(time.Hour)
		}
		w := jobs.New(db, []jobs.Kind{kind}, nil, quiet, never)
		drain(t, w)
		var dead []jobs.Dead
		_ = db.Read(t.Context(), func(tx *storage.Tx) (err error) { dead, err = jobs.ListDead(tx, 10); return err })
		if len(dead) != 1 || dead[0].Try != 2 || !strings.Contains(dead[0].LastError, "worker died") {
			t.Errorf("dead letters: %+v", dead)
		}
	})
}

func TestALeaseIsRenewedWhileTheJobRunsAndItsLossEndsTheJob(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		began, cause := make(chan struct{}), make(chan error, 1)
		w := jobs.New(db, []jobs.Kind{{Name: "long", Lease: 30 * time.Millisecond, Run: func(ctx context.Context, _ jobs.Job) error {
			close(began)
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return ctx.Err()
		}}}, nil, quiet, single)
		stop := start(t, w)
		enqueue(t, db, "long", nil, jobs.Options{})
		<-began
		c.pass(time.Hour)
		ends := func() (ms int64) {
			_ = db.Read(t.Context(), func(tx *storage.Tx) (err error) {
				ms, err = storage.One(tx, storage.Scalar[int64], "SELECT due_at FROM job")
				return err
			})
			return ms
		}
		for ends() != c.now().Add(30*time.Millisecond).UnixMilli() { // the test's own deadline ends it otherwise
			if t.Context().Err() != nil {
				t.Fatal("never renewed")
			}
		}
		_ = db.Write(t.Context(), func(tx *storage.Tx) error {
			_, err := tx.Exec("UPDATE job SET try = try + 1") // as another worker does when it takes the job over
			return err
		})
		if err := <-cause; !strings.Contains(err.Error(), "another worker") {
			t.Errorf("ended by %v", err)
		}
		stop()
		if n := stats(t, w, "long"); n.Running != 1 {
			t.Errorf("the other worker's job was touched: %+v", n)
		}
	})
}

// Stopping waits for running jobs. After the grace period it ends them and puts them back
// unchanged.
func TestAGracefulStop(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		began, release := make(chan struct{}), make(chan struct{})
		var tries []int
		w := jobs.New(db, []jobs.Kind{{Name: "job", Run: func(ctx context.Context, j jobs.Job) error {
			began <- struct{}{}
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}}, nil, quiet, jobs.WorkerOptions{Poll: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); w.Run(ctx) }()
		enqueue(t, db, "job", nil, jobs.Options{})
		<-began
		cancel()
		close(release)
		<-done
		if n := stats(t, w, "job"); n != (jobs.Counts{}) {
			t.Errorf("a job that ended in time was not noted: %+v", n)
		}

		release = make(chan struct{})
		hasty := jobs.New(db, []jobs.Kind{{Name: "job", Run: func(ctx context.Context, j jobs.Job) error {
			tries = append(tries, j.Try)
			began <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}}}, nil, quiet, jobs.WorkerOptions{Poll: time.Hour, Grace: 10 * time.Millisecond})
		for range 2 {
			enqueue(t, db, "job", nil, jobs.Options{UniqueKey: "one"})
			stop := start(t, hasty)
			<-began
			stop()
			if n := stats(t, w, "job"); n.Queued != 1 || n.Running != 0 {
				t.Errorf("a job cut short was not put back: %+v", n)
			}
		}
		if fmt.Sprint(tries) != "[1 1]" {
			t.Errorf("a stop of the worker counts as a try: %v", tries)
		}
	})
}

func TestATryHasATimeLimit(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		w := jobs.New(db, []jobs.Kind{{Name: "hangs", Timeout: time.Millisecond, Run: func(ctx context.Context, _ jobs.Job) error {
			<-ctx.Done()
			return ctx.Err()
		}}}, nil, quiet, never)
		enqueue(t, db, "hangs", nil, jobs.Options{})
		if err := w.Drain(t.Context()); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not done within 1ms") {
			t.Error(err)
		}
		if n := stats(t, w, "hangs"); n.Queued != 1 {
			t.Errorf("%+v", n)
		}
	})
}

func TestPeriodicJobsOfSeveralNodes(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		var runs atomic.Int64
		node := func(every time.Duration) *jobs.Worker {
			return jobs.New(db, []jobs.Kind{{Name: "remind", Run: func(_ context.Context, j jobs.Job) error {
				if string(j.Payload) != "{}" {
					t.Errorf("payload %s", j.Payload)
				}
				runs.Add(1)
				return nil
			}}}, []jobs.Periodic{{Kind: "remind", Every: every}}, quiet, never)
		}
		all := func(workers ...*jobs.Worker) (n int64) {
			t.Helper()
			var wg sync.WaitGroup
			for _, w := range workers {
				wg.Go(func() {
					if err := w.Drain(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			return runs.Swap(0)
		}
		a, b := node(time.Hour), node(time.Hour)
		if n := all(a, b); n != 1 {
			t.Errorf("at first: %d runs", n)
		}
		c.pass(59 * time.Minute)
		if n := all(a, b); n != 0 {
			t.Errorf("before its time: %d runs", n)
		}
		c.pass(time.Minute)
		if n := all(a, b); n != 1 {
			t.Errorf("at its time: %d runs", n)
		}
		c.pass(26*time.Hour + 30*time.Minute) // nobody was there
		if n := all(a, node(time.Hour)); n != 1 {
			t.Errorf("after a gap: %d runs", n)
		}
		c.pass(30 * time.Minute)
		if n := all(b); n != 1 {
			t.Errorf("the beat was not kept: %d runs", n)
		}
		short := node(time.Minute)
		if n := all(short); n != 0 {
			t.Errorf("a new period: %d runs", n)
		}
		c.pass(time.Minute)
		if n := all(short); n != 1 {
			t.Errorf("after the new period: %d runs", n)
		}
	})
}

// Many nodes on one table: every job runs once, and no more at once than its kind allows.
func TestEveryJobOnceWithinItsBound(t *testing.T) {
	each(t, func(t *testing.T, db *storage.DB, c *clock) {
		const n, workers, bound = 200, 3, 2
		var mu sync.Mutex
		ran := map[string]int{}
		var all sync.WaitGroup
		all.Add(n)
		enqueueAll := func(tx *storage.Tx) error {
			for i := range n {
				if err := jobs.Enqueue(tx, []string{"heavy", "light"}[i%2], i, jobs.Options{}); err != nil {
					return err
				}
			}
			return nil
		}
		var stops []func()
		for range workers {
			var heavy atomic.Int64
			run := func(_ context.Context, j jobs.Job) error {
				if j.Kind == "heavy" {
					if heavy.Add(1) > bound {
						t.Error("more heavy jobs at once than allowed")
					}
					defer heavy.Add(-1)
				}
				mu.Lock()
				defer mu.Unlock()
				if ran[string(j.Payload)]++; ran[string(j.Payload)] == 1 {
					all.Done()
				}
				return nil
			}
			w := jobs.New(db, []jobs.Kind{{Name: "heavy", AtOnce: bound, Run: run}, {Name: "light", Run: run}}, nil, quiet, never)
			stops = append(stops, start(t, w))
		}
		if err := db.Write(t.Context(), enqueueAll); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		for _, stop := range stops {
			stop()
		}
		for payload, times := range ran {
			if times != 1 {
				t.Errorf("job %s ran %d times", payload, times)
			}
		}
		for _, kind := range []string{"heavy", "light"} {
			if left := stats(t, jobs.New(db, nil, nil, quiet, never), kind); left != (jobs.Counts{}) {
				t.Errorf("%s: left %+v", kind, left)
			}
		}
	})
}

func TestMistakesInTheProgramAreLoud(t *testing.T) {
	run := func(context.Context, jobs.Job) error { return nil }
	for name, make := range map[string]func(){
		"twice":     func() { jobs.New(nil, []jobs.Kind{{Name: "a", Run: run}, {Name: "a", Run: run}}, nil, quiet, never) },
		"no Run":    func() { jobs.New(nil, []jobs.Kind{{Name: "a"}}, nil, quiet, never) },
		"no kind":   func() { jobs.New(nil, nil, []jobs.Periodic{{Kind: "a", Every: 1}}, quiet, never) },
		"no period": func() { jobs.New(nil, []jobs.Kind{{Name: "a", Run: run}}, []jobs.Periodic{{Kind: "a"}}, quiet, never) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s passes", name)
				}
			}()
			make()
		}()
	}
	db, err := storage.Open(t.Context(), storagetest.SQLite(t), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { return jobs.Enqueue(tx, "a", func() {}, jobs.Options{}) }); err == nil || civic.CodeOf(err) != "" {
		t.Errorf("a payload that is no data: %v", err)
	}
}

// From the change that asks for a job to the end of the job. One job per change, with 1 client
// and with 64 at once; and a thousand jobs in one change.
func BenchmarkEnqueueAndRun(b *testing.B) {
	engines := map[string]func(testing.TB) string{"sqlite": storagetest.SQLite}
	if os.Getenv("BIRGE_TEST_POSTGRES") != "" {
		engines["postgresql"] = storagetest.PostgreSQL
	}
	for engine, dsn := range engines {
		for _, clients := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/clients=%d", engine, clients), func(b *testing.B) {
				bench(b, dsn(b), clients, 1)
			})
		}
		b.Run(engine+"/change-of-1000", func(b *testing.B) { bench(b, dsn(b), 1, 1000) })
	}
}

func bench(b *testing.B, dsn string, clients, perChange int) {
	db, err := storage.Open(b.Context(), dsn, storage.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(b.Context(), []storage.Schema{jobs.Schema()}, nil); err != nil {
		b.Fatal(err)
	}
	var left sync.WaitGroup
	left.Add(b.N * perChange)
	w := jobs.New(db, []jobs.Kind{{Name: "n", Run: func(context.Context, jobs.Job) error { left.Done(); return nil }}},
		nil, quiet, jobs.WorkerOptions{AtOnce: 64})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	b.ResetTimer()
	work := make(chan struct{})
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range work {
				if err := db.Write(b.Context(), func(tx *storage.Tx) error {
					for i := range perChange {
						if err := jobs.Enqueue(tx, "n", i, jobs.Options{}); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	left.Wait()
	b.ReportMetric(float64(b.N*perChange)/b.Elapsed().Seconds(), "jobs/s")
	cancel()
	<-done
}
