// Package storagetest runs a test on every engine: on SQLite always, and on PostgreSQL
// whenever the environment variable BIRGE_TEST_POSTGRES names a server. `make test` starts
// one and sets it.
//
// Every test gets a database of its own, made by the upgrades that make a city's. To copy one
// that was made before would not be quicker: a whole city's schema takes 7 ms on SQLite and 80
// on PostgreSQL, where CREATE DATABASE … TEMPLATE takes 220.
package storagetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// Each runs test once per engine on an empty database that holds the given schemas. The
// engines take turns, so test may move a clock that both share; the tests of a package run
// side by side, so two tests may share nothing. Whoever changes the process itself (t.Setenv)
// opens a database without Each.
func Each(t *testing.T, schemas []storage.Schema, test func(t *testing.T, db *storage.DB)) {
	t.Helper()
	EachWith(t, schemas, storage.Options{}, test)
}

// EachWith is Each with options, for tests that set the clock.
func EachWith(t *testing.T, schemas []storage.Schema, opts storage.Options, test func(t *testing.T, db *storage.DB)) {
	t.Helper()
	t.Parallel()
	OnEach(t, func(t *testing.T, dsn string) { test(t, open(t, dsn, schemas, opts)) })
}

// OnEach runs test once per engine, with the DSN of a new and empty database, for those who open it themselves.
func OnEach(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgresql", func(t *testing.T) { test(t, PostgreSQL(t)) })
}

// locks holds the order of locks of all databases of a test program.
var locks storage.Locks

// Watched sets what finds the misuse of transactions and locks, for tests that open a database
// themselves: it fails the test, even where somebody catches the panic.
func Watched(t testing.TB, opts storage.Options) storage.Options {
	opts.Locks, opts.Misuse = &locks, func(err error) {
		t.Errorf("%v\n%s", err, debug.Stack())
		panic(err)
	}
	return opts
}

// SQLite returns the path for a new SQLite file that lives as long as the test.
func SQLite(tb testing.TB) string {
	return filepath.Join(tb.TempDir(), "city.db")
}

var schemaNumber atomic.Int64

// administration is where the schemas are made and dropped: connecting anew for each takes as long.
var administration = sync.OnceValues(func() (*sql.DB, error) { return sql.Open("pgx", os.Getenv("BIRGE_TEST_POSTGRES")) })

// PostgreSQL returns the DSN of a new, empty PostgreSQL schema that lives as long as the
// test, or skips the test when no server was named.
func PostgreSQL(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv("BIRGE_TEST_POSTGRES")
	if server == "" {
		tb.Skip("no PostgreSQL: set BIRGE_TEST_POSTGRES to the address of a test server (make test does)")
	}
	admin, err := administration()
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("t%d_%d_%d", os.Getpid(), time.Now().UnixNano(), schemaNumber.Add(1))
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		tb.Fatalf("PostgreSQL test server: %v", err)
	}
	tb.Cleanup(func() {
		if _, err := admin.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			tb.Errorf("PostgreSQL test server: %v", err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// Drill returns the DSN of a new, empty database for rehearsals of a restore of the database at dsn.
func Drill(tb testing.TB, dsn string) string {
	tb.Helper()
	admin, err := administration()
	if err != nil {
		tb.Fatal(err)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	name := u.Query().Get("search_path") + "_drill"
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("PostgreSQL test server: %v", err)
	}
	tb.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("PostgreSQL test server: %v", err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

func open(t *testing.T, dsn string, schemas []storage.Schema, opts storage.Options) *storage.DB {
	t.Helper()
	if opts.Misuse == nil {
		opts = Watched(t, opts)
	}
	db, err := storage.Open(context.Background(), dsn, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := db.Migrate(context.Background(), schemas, nil); err != nil {
		t.Fatal(err)
	}
	return db
}
