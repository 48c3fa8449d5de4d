package storage

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"time"
)

// change is one Write on its way through the single SQLite writer.
type change struct {
	ctx      context.Context
	fn       func(*Tx) error
	done     chan error
	panicked any
}

// maxGroup bounds how many changes share one commit, so that the first of a group does not
// wait for an endless stream behind it.
const maxGroup = 256

// write is the single SQLite writer. Whatever waits in the queue while one group reaches
// the disk forms the next.
func (db *DB) write(conn *sql.Conn, opts Options) {
	defer close(db.stopped)
	defer db.nesting.enter()()
	w := &groupWriter{db: db, conn: conn, busy: opts.BusyTimeout}
	defer conn.Close()
	defer w.cutLog()
	cut := time.NewTicker(opts.CutLog)
	defer cut.Stop()
	for {
		select {
		case first := <-db.queue:
			w.commitGroup(first)
		case <-cut.C:
			w.cutLog()
		case <-db.closing:
			for {
				select {
				case late := <-db.queue:
					w.commitGroup(late)
				default:
					return
				}
			}
		}
	}
}

type groupWriter struct {
	db    *DB
	conn  *sql.Conn
	busy  time.Duration
	wrote bool // since the log was cut
}

// cutLog brings the log into the file and empties it, unless somebody still reads what is in it:
// then another time. It waits for nobody, for changes would wait behind it.
func (w *groupWriter) cutLog() {
	if !w.wrote {
		return
	}
	ctx := context.Background()
	_, _ = w.conn.ExecContext(ctx, "PRAGMA busy_timeout = 0")
	var busy, frames, moved int64
	err := w.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
	w.wrote = err != nil || busy != 0
	_, _ = w.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", w.busy.Milliseconds()))
}

type outcome struct {
	change *change
	tx     *Tx
	err    error
}

// commitGroup runs first, and all that waits behind it, in one transaction, and answers
// every one of them after the commit.
func (w *groupWriter) commitGroup(first *change) {
	w.db.changing.Store(time.Now().UnixMilli())
	defer w.db.changing.Store(0)
	ctx := context.Background()
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		first.done <- fmt.Errorf("begin: %w", err)
		return
	}
	var group []outcome
	for c := first; c != nil; {
		group = append(group, w.run(c))
		c = nil
		if len(group) < maxGroup {
			select {
			case c = <-w.db.queue:
			default:
			}
		}
	}
	w.wrote = true
	_, err := w.conn.ExecContext(ctx, "COMMIT")
	if err != nil {
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // it may have rolled back by itself
		err = fmt.Errorf("commit: %w", err)
	}
	for _, o := range group {
		if o.err == nil && err == nil {
			o.tx.committed()
		}
		if o.err == nil {
			o.err = err
		}
		o.change.done <- o.err
	}
}

// run executes one change inside a savepoint; a failing one leaves nothing behind.
func (w *groupWriter) run(c *change) (o outcome) {
	o = outcome{change: c, tx: &Tx{ctx: c.ctx, q: w.conn, engine: SQLite, now: w.db.clock(), db: w.db}}
	if _, o.err = w.conn.ExecContext(c.ctx, "SAVEPOINT change"); o.err != nil {
		return o
	}
	defer func() {
		if p := recover(); p != nil {
			c.panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
			o.err = fmt.Errorf("panic: %v", p)
		}
		if o.err != nil {
			if _, err := w.conn.ExecContext(c.ctx, "ROLLBACK TO change"); err != nil {
				o.err = fmt.Errorf("%w; rollback: %w", o.err, err)
			}
		}
		if _, err := w.conn.ExecContext(c.ctx, "RELEASE change"); err != nil && o.err == nil {
			o.err = err
		}
	}()
	if o.err = c.fn(o.tx); o.err == nil {
		o.err = o.tx.bumpVersions()
	}
	return o
}
