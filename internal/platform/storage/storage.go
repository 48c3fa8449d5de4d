// Package storage keeps a city's data in one database: an SQLite file, or a PostgreSQL
// database. Capabilities write one SQL text with $1 placeholders for both.
//
// Every change goes through [DB.Write] and every look through [DB.Read]; each hands a [Tx]
// that carries the clock, so that time can be tested. On SQLite there is a single writer:
// changes that arrive together share one durable transaction (a group commit), each inside
// a savepoint of its own, so one that fails takes nothing else with it. When Write returns
// nil the change is on disk (synchronous=FULL). What a change deletes is overwritten in the file
// (secure_delete), and the log that still holds it is cut at least every ten minutes and at the
// end: nothing erased is left to whoever finds the file.
//
// A transaction never begins inside another of the same database ([ErrNested]): whoever is
// called in one takes the *Tx, which carries the only context there is. What many ask often is
// kept in memory with [DB.Follow].
package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/birge-kz/birge/internal/civic"
)

// Engine is the kind of database behind a DB.
type Engine string

const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgresql"
)

// Options of Open. The zero value is right for a server.
type Options struct {
	Clock       civic.Clock   // time.Now when nil
	BusyTimeout time.Duration // how long SQLite waits for another process's write; 60 s when zero

	// CutLog is how long, on SQLite, what was erased may stay readable in the log beside the file;
	// 10 minutes when zero.
	CutLog time.Duration
	// MaxConns is how many connections there are at once: on PostgreSQL in all (8 for each
	// processor, at least 16, when zero), on SQLite those that read (a quarter of that), beside
	// the one that writes.
	MaxConns int
	// Acquire is how long a transaction waits for a free connection before it gives up with
	// civic.Unavailable; 15 s when zero.
	Acquire time.Duration
	// Statement and Idle bound, on PostgreSQL, one statement (5 minutes when zero) and the time in
	// which a transaction asks nothing (1 minute), so that nothing keeps a connection or a lock for
	// good. An address that sets statement_timeout or idle_in_transaction_session_timeout decides
	// itself; upgrades of the schema may take as long as they need.
	Statement, Idle time.Duration

	// Misuse is for tests: it is told of a transaction begun inside another of the same database
	// and of what Locks sees, and makes the test fail. With it, one begun with a context from
	// elsewhere is seen too, by its goroutine; asking which goroutine runs costs about 5 µs a
	// transaction. Without it only contexts tell. Either way Read and Write return ErrNested.
	Misuse func(error)
	// Locks, with Misuse, notes in which order locks are taken.
	Locks *Locks
}

func (o Options) withDefaults(engine Engine) Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.BusyTimeout = cmp.Or(o.BusyTimeout, time.Minute)
	o.CutLog = cmp.Or(o.CutLog, 10*time.Minute)
	if o.MaxConns == 0 {
		o.MaxConns = max(16, 8*runtime.NumCPU())
		if engine == SQLite {
			o.MaxConns /= 4
		}
	}
	o.Acquire = cmp.Or(o.Acquire, 15*time.Second)
	o.Statement = cmp.Or(o.Statement, 5*time.Minute)
	o.Idle = cmp.Or(o.Idle, time.Minute)
	return o
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine  Engine
	dsn     string
	clock   civic.Clock
	acquire time.Duration
	readers *sql.DB
	writer  *sql.DB // PostgreSQL: the same pool as readers

	queue    chan *change // SQLite: to the single writer
	changing atomic.Int64 // SQLite: since when the writer is at its group of changes, in ms; 0: it waits
	stopped  chan struct{}
	closing  chan struct{}
	closeOne sync.Once

	versions versions
	written  map[string][]string // the topics that writing a table touches
	signals  signals
	nesting  nesting
	misuse   func(error)
	locks    *Locks
}

// EngineOf tells which engine a DSN names: a URL that begins with postgres:// or
// postgresql:// is PostgreSQL's, anything else the path of an SQLite file.
func EngineOf(dsn string) Engine {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return PostgreSQL
	}
	return SQLite
}

// Open opens the database, making the SQLite file when there is none.
func Open(ctx context.Context, dsn string, opts Options) (*DB, error) {
	engine := EngineOf(dsn)
	opts = opts.withDefaults(engine)
	db := &DB{engine: engine, dsn: dsn, clock: opts.Clock, acquire: opts.Acquire, nesting: nesting{tell: opts.Misuse}, misuse: opts.Misuse, locks: opts.Locks,
		closing: make(chan struct{}), stopped: make(chan struct{})}
	var err error
	if db.engine == PostgreSQL {
		err = db.openPostgreSQL(ctx, opts)
	} else {
		err = db.openSQLite(ctx, opts)
	}
	if err != nil {
		return nil, err
	}
	if err := db.prepareVersions(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// OpenError says that a database cannot be opened: its address cannot be read, its server
// does not answer, or its file cannot be used.
type OpenError struct {
	Engine Engine
	Err    error
}

func (e *OpenError) Error() string {
	if e.Engine == SQLite {
		return "the database file cannot be used: " + e.Err.Error()
	}
	return "PostgreSQL cannot be reached: " + e.Err.Error()
}

func (e *OpenError) Unwrap() error { return e.Err }

func (db *DB) openPostgreSQL(ctx context.Context, opts Options) error {
	config, err := pgx.ParseConfig(db.dsn)
	if err != nil {
		return &OpenError{PostgreSQL, err}
	}
	// Set once connected, in one round trip, because connection poolers refuse such parameters at
	// the start.
	var set strings.Builder
	for name, bound := range map[string]time.Duration{"statement_timeout": opts.Statement, "idle_in_transaction_session_timeout": opts.Idle} {
		if config.RuntimeParams[name] == "" {
			fmt.Fprintf(&set, "SET %s = %d; ", name, bound.Milliseconds())
		}
	}
	if config.RuntimeParams["cpu_operator_cost"] == "" { // so that plans are kept: docs/adr/0018-plans-are-kept.md
		set.WriteString("SET cpu_operator_cost = 0.01; ")
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		return conn.PgConn().Exec(ctx, set.String()).Close()
	}))
	pool.SetMaxOpenConns(opts.MaxConns)
	pool.SetMaxIdleConns(opts.MaxConns) // to connect anew costs more than a page
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return &OpenError{PostgreSQL, err}
	}
	db.readers, db.writer = pool, pool
	close(db.stopped)
	return nil
}

func (db *DB) openSQLite(ctx context.Context, opts Options) error {
	path := db.dsn
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return &OpenError{SQLite, err}
	} else {
		f.Close()
	}
	pragmas := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", opts.BusyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"temp_store(MEMORY)", "cache_size(-8000)",
	}}
	writing := url.Values{"_pragma": append([]string{"secure_delete(1)"}, pragmas["_pragma"]...)}
	var err error
	if db.writer, err = openLite(path, writing); err != nil {
		return err
	}
	db.writer.SetMaxOpenConns(1)
	if err := db.writer.PingContext(ctx); err != nil {
		db.writer.Close()
		return &OpenError{SQLite, fmt.Errorf("%s: %w", path, err)}
	}
	pragmas.Add("_pragma", "query_only(1)")
	if db.readers, err = openLite(path, pragmas); err != nil {
		db.writer.Close()
		return err
	}
	db.readers.SetMaxOpenConns(opts.MaxConns)
	db.readers.SetMaxIdleConns(opts.MaxConns)
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		db.writer.Close()
		db.readers.Close()
		return err
	}
	db.queue = make(chan *change, 1024)
	go db.write(conn, opts)
	return nil
}

func openLite(path string, pragmas url.Values) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(sqliteURL(path, pragmas))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(preparing{connector}), nil
}

// sqliteURL names a file so that no character in its path means anything else.
func sqliteURL(path string, query url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// Close waits for the changes under way and closes the database. Changes that come later
// are refused.
func (db *DB) Close() error {
	var err error
	db.closeOne.Do(func() {
		close(db.closing)
		<-db.stopped
		err = db.readers.Close()
		if db.engine == SQLite {
			err = errors.Join(err, db.writer.Close())
		}
	})
	return err
}

// Engine tells which engine the database is.
func (db *DB) Engine() Engine { return db.engine }

// DSN is the address that Open was given. It may hold a password: never log it.
func (db *DB) DSN() string { return db.dsn }

// Now is the database's clock.
func (db *DB) Now() time.Time { return db.clock() }

// Read runs fn on one consistent snapshot that cannot change anything. fn may be cut short
// when ctx ends. Inside another transaction it is refused with ErrNested; when no connection
// becomes free, or the database is in trouble, with civic.Unavailable.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if err := db.nesting.refuse(ctx, db); err != nil {
		return err
	}
	opts := &sql.TxOptions{ReadOnly: true}
	if db.engine == PostgreSQL {
		opts.Isolation = sql.LevelRepeatableRead
	}
	ctx = inside(ctx, db)
	tx, done, err := db.begin(ctx, db.readers, opts)
	if err != nil {
		return unavailable(err)
	}
	defer done() // a read has nothing to commit
	defer db.nesting.enter()()
	return unavailable(fn(&Tx{ctx: ctx, q: tx, engine: db.engine, now: db.clock()}))
}

// begin waits for a connection no longer than Options.Acquire. done rolls back what was not
// committed and gives the connection back.
func (db *DB) begin(ctx context.Context, pool *sql.DB, opts *sql.TxOptions) (tx *sql.Tx, done func(), err error) {
	select {
	case <-db.closing:
		return nil, nil, ErrClosed
	default:
	}
	waiting, cancel := context.WithTimeout(ctx, db.acquire)
	conn, err := pool.Conn(waiting)
	cancel()
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = civic.Fail(civic.Unavailable, "web.storage_down").Because(fmt.Errorf("storage: no connection became free in %v", db.acquire))
		}
		return nil, nil, err
	}
	if tx, err = conn.BeginTx(ctx, opts); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return tx, func() { _ = tx.Rollback(); conn.Close() }, nil
}

// Write runs fn in a durable transaction. When it returns nil, all that fn did is on disk;
// on any error nothing of it is. fn must do nothing outside the transaction (use
// [Tx.AfterCommit]), for it may be run again after a conflict with another writer. The
// transaction is not cut short once begun: ctx is looked at before. Inside another
// transaction it is refused with ErrNested; when the database or its disk is in trouble, with
// civic.Unavailable.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := db.nesting.refuse(ctx, db); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if rehearsed(ctx) {
		return db.rehearse(ctx, fn)
	}
	if twice, _ := ctx.Value(again{}).(bool); twice {
		return db.runAgain(ctx, fn)
	}
	if db.engine == PostgreSQL {
		return unavailable(db.writePostgreSQL(ctx, fn))
	}
	return unavailable(db.writeSQLite(ctx, fn))
}

func (db *DB) writeSQLite(ctx context.Context, fn func(*Tx) error) error {
	c := &change{ctx: inside(context.WithoutCancel(ctx), db), fn: fn, done: make(chan error, 1)}
	select {
	case db.queue <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-db.closing:
		return ErrClosed
	}
	select {
	case err := <-c.done:
		if c.panicked != nil {
			panic(c.panicked)
		}
		return err
	case <-db.stopped:
		select { // the writer may have answered just before it stopped
		case err := <-c.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// ErrClosed is returned by Read and Write, within one of civic.Unavailable, once Close was called.
var ErrClosed = errors.New("storage: the database is closed")

func (db *DB) writePostgreSQL(ctx context.Context, fn func(*Tx) error) error {
	const tries = 5 // a conflict between writers ends after very few; more would hide a fault
	for try := 1; ; try++ {
		err := db.writeOnce(ctx, fn)
		var pg *pgconn.PgError
		conflict := errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
		if !conflict || try == tries {
			return err
		}
	}
}

func (db *DB) writeOnce(ctx context.Context, fn func(*Tx) error) error {
	ctx = inside(context.WithoutCancel(ctx), db)
	sqlTx, done, err := db.begin(ctx, db.writer, nil)
	if err != nil {
		return err
	}
	defer done()
	defer db.nesting.enter()()
	tx := &Tx{ctx: ctx, q: sqlTx, engine: db.engine, now: db.clock(), db: db}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.bumpVersions(); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return err
	}
	tx.committed()
	return nil
}

// IsUnique reports whether err says that a row with the same unique key exists.
func IsUnique(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// Millis is how an instant is stored: milliseconds since 1970 in UTC; 0 for "not set".
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time reads what Millis made.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
