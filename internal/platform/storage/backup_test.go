package storage_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// ids reads all rows, in order.
func ids(t *testing.T, db *storage.DB) (out []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		out, err = storage.All(tx, storage.Scalar[string], "SELECT id FROM thing ORDER BY id")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func add(t *testing.T, db *storage.DB, names ...string) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, id := range names {
			if err := insert(tx, id, 1); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func backup(t *testing.T, db *storage.DB) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "қала backup?#%.birge")
	if err := db.Backup(t.Context(), file, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

// restoreAndReopen closes the database for the restore and opens the restored one.
func restoreAndReopen(t *testing.T, db *storage.DB, file string) *storage.DB {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := storage.Restore(t.Context(), db.DSN(), file, schema); err != nil {
		t.Fatal(err)
	}
	again, err := storage.Open(t.Context(), db.DSN(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	if err := again.Migrate(t.Context(), schema, nil); err != nil {
		t.Fatal(err)
	}
	return again
}

func listing(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Changes go on during the backup. The backup holds each change completely or not at all: all
// that were acknowledged before it began, and none from after its end.
func TestABackupIsOneInstantOfARunningDatabase(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		for i := range 50 {
			add(t, db, fmt.Sprintf("before-%d-a", i), fmt.Sprintf("before-%d-b", i))
		}
		file := filepath.Join(t.TempDir(), "backup")
		stop := make(chan struct{})
		var during atomic.Int64
		var writers sync.WaitGroup
		for w := range 2 {
			writers.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
						add(t, db, fmt.Sprintf("during-%d-%d-a", w, i), fmt.Sprintf("during-%d-%d-b", w, i))
						during.Add(1)
					}
				}
			})
		}
		for during.Load() < 4 && t.Context().Err() == nil {
			// until the writers are at it
		}
		atStart := during.Load()
		var calls, last int64
		err := db.Backup(t.Context(), file, func(done, total int64) {
			calls++
			last = done
			if db.Engine() == storage.SQLite && total < done {
				t.Errorf("%d of %d bytes", done, total)
			}
		})
		close(stop)
		writers.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || calls < 1 || last != info.Size() {
			t.Errorf("%v, %v; progress %d times up to %d", info, err, calls, last)
		}
		add(t, db, "after")
		if db.Engine() == storage.PostgreSQL { // something younger than the backup is in the way of the restore
			_ = db.Write(t.Context(), func(tx *storage.Tx) error {
				_, err := tx.Exec("CREATE TABLE younger (id TEXT REFERENCES thing (id))")
				return err
			})
		}
		wrote := int(during.Load())
		db = restoreAndReopen(t, db, file)
		got := ids(t, db)
		if slices.Contains(got, "after") || len(got)%2 != 0 || len(got) < 100+2*int(atStart) || len(got) > 100+2*wrote {
			t.Errorf("%d rows; %d changes before, %d at the start of the backup, %d at its end", len(got), 50, atStart, wrote)
		}
		for i := 0; i+1 < len(got); i += 2 {
			if a, ok := strings.CutSuffix(got[i], "-a"); !ok || got[i+1] != a+"-b" {
				t.Fatalf("half a change: %q, %q", got[i], got[i+1])
			}
		}
		add(t, db, "life goes on")
	})
}

func TestABackupOverwritesNothingAndLeavesNothing(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		file := filepath.Join(t.TempDir(), "backup")
		if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(t.Context(), file, nil); !errors.Is(err, fs.ErrExist) {
			t.Errorf("overwrites: %v", err)
		}
		if b, _ := os.ReadFile(file); string(b) != "precious" {
			t.Errorf("the file holds %q", b)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var once sync.Once
		err := db.Backup(ctx, file+"2", func(int64, int64) { once.Do(cancel) })
		if left := listing(t, filepath.Dir(file)); !errors.Is(err, context.Canceled) || fmt.Sprint(left) != "[backup]" {
			t.Errorf("%v; left behind %v", err, left)
		}
		if err := db.Backup(t.Context(), filepath.Join(file, "below a file"), nil); err == nil {
			t.Error("a place that cannot be is taken")
		}
	})
}

func TestOnlyAWholeBackupOfOursIsRestored(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		add(t, db, strings.Repeat("x", 20000), "kept")
		file := backup(t, db)
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write := func(name string, b []byte) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		foreign := filepath.Join(dir, "foreign.db")
		other, err := sql.Open("sqlite", foreign)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Exec("CREATE TABLE mine (id TEXT)"); err != nil {
			t.Fatal(err)
		}
		other.Close()
		otherEngine := write("pg", []byte("PGDMP\x01\x0e\x00\x04\x08\x01\x01\x01\x00"))
		if db.Engine() == storage.PostgreSQL {
			otherEngine = foreign
		}
		rotten := slices.Clone(whole)
		for i := len(rotten) / 2; i < len(rotten); i++ {
			rotten[i] = 0xA5
		}
		for name, c := range map[string]struct{ file, reason string }{
			"rotten":           {write("rotten", rotten), "damaged or not complete"},
			"no backup at all": {write("text", []byte("Dear city,\nplease restore this letter of mine.\n")), "neither"},
			"empty":            {write("empty", nil), "neither"},
			"a few bytes":      {write("few", whole[:20]), "damaged or not complete"},
			"truncated":        {write("truncated", whole[:len(whole)-len(whole)/3]), "damaged or not complete"},
			"the other engine": {otherEngine, "the database to restore is"},
			"somebody else's":  {foreign, ""},
			"not there":        {filepath.Join(dir, "missing"), "cannot be read"},
		} {
			err := storage.Restore(t.Context(), db.DSN(), c.file, schema)
			var bad *storage.BackupFileError
			if err == nil || !strings.Contains(err.Error(), c.reason) || !errors.As(err, &bad) && name != "not there" || bad != nil && bad.File != c.file {
				t.Errorf("%s: %v", name, err)
			}
		}
		// This program cannot use the database of a newer program.
		var newer *storage.NewerError
		older := []storage.Schema{{Module: "things", Files: fstest.MapFS{"0001_things.sql": schema[0].Files.(fstest.MapFS)["0001_things.sql"]}}}
		if err := storage.Restore(t.Context(), db.DSN(), file, older); !errors.As(err, &newer) || newer.Have != 2 || newer.Known != 1 {
			t.Errorf("a newer backup: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := storage.Restore(ctx, db.DSN(), file, schema); !errors.Is(err, context.Canceled) {
			t.Errorf("cut short: %v", err)
		}
		add(t, db, "untouched")
		if n := len(ids(t, db)); n != 3 {
			t.Errorf("%d rows after refused restores", n)
		}
		if db.Engine() == storage.SQLite {
			for _, name := range listing(t, filepath.Dir(db.DSN())) {
				if !strings.HasPrefix(name, "city.db") || strings.Contains(name, "restor") {
					t.Errorf("left behind: %s", name)
				}
			}
		}
	})
}

func TestAnSQLiteDatabaseInUseIsNotReplaced(t *testing.T) {
	db := openSQLite(t, storagetest.SQLite(t))
	add(t, db, "old")
	file := backup(t, db)
	add(t, db, "young")
	if err := storage.Restore(t.Context(), db.DSN(), file, schema); !errors.Is(err, storage.ErrInUse) {
		t.Fatalf("replaced under a running program: %v", err)
	}
	add(t, db, "and it runs on")
	db = restoreAndReopen(t, db, file)
	if got := ids(t, db); fmt.Sprint(got) != "[old]" {
		t.Errorf("restored %v", got)
	}

	// The replaced database is complete, with everything that was in its log.
	var aside string
	for _, name := range listing(t, filepath.Dir(db.DSN())) {
		if strings.HasPrefix(name, "city.db.before-restore-") {
			aside = filepath.Join(filepath.Dir(db.DSN()), name)
		}
	}
	if got := ids(t, openSQLite(t, aside)); fmt.Sprint(got) != "[and it runs on old young]" {
		t.Errorf("kept aside: %v", got)
	}
	// A plain copy of a running database lacks what is in its log.
	add(t, db, "only in the log")
	if err := storage.Restore(t.Context(), filepath.Join(t.TempDir(), "new.db"), db.DSN(), schema); !errors.As(err, new(*storage.BackupFileError)) {
		t.Errorf("half a database is taken for a backup: %v", err)
	}
}

func openSQLite(t *testing.T, path string) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), schema, nil); err != nil {
		t.Fatal(err)
	}
	return db
}

// A backup is needed when the database is gone or ruined.
func TestRestoreOverAMissingOrRuinedDatabase(t *testing.T) {
	db := openSQLite(t, storagetest.SQLite(t))
	add(t, db, "old")
	file := backup(t, db)
	for name, ruin := range map[string]func(path string) error{
		"missing": func(string) error { return nil },
		"empty":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"ruined":  func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("?", 8192)), 0o640) },
		"only a log left": func(path string) error {
			stray := openSQLite(t, storagetest.SQLite(t))
			add(t, stray, "of another database")
			log, err := os.ReadFile(stray.DSN() + "-wal") // it must not be played into the restored one
			if err != nil || len(log) == 0 {
				return fmt.Errorf("no log to test with: %w", err)
			}
			return os.WriteFile(path+"-wal", log, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "city.db")
			if err := ruin(path); err != nil {
				t.Fatal(err)
			}
			before := len(listing(t, filepath.Dir(path)))
			if err := storage.Restore(t.Context(), path, file, schema); err != nil {
				t.Fatal(err)
			}
			if name == "ruined" {
				if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
					t.Errorf("%v, %v", info, err)
				}
			}
			if n := len(listing(t, filepath.Dir(path))); n != before+1 {
				t.Errorf("something was lost: %v", listing(t, filepath.Dir(path)))
			}
			if got := ids(t, openSQLite(t, path)); fmt.Sprint(got) != "[old]" {
				t.Errorf("restored %v", got)
			}
		})
	}
}

// fakeTool puts a program of that name in front of all others.
func fakeTool(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func openPostgreSQL(t *testing.T, dsn string) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), dsn, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestPostgreSQLToolsMissingOrOld(t *testing.T) {
	db := openPostgreSQL(t, storagetest.PostgreSQL(t))
	dir := t.TempDir()
	var tool *storage.ToolError

	fakeTool(t, "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24 (Debian 9.6.24-1)'")
	err := db.Backup(t.Context(), filepath.Join(dir, "b"), nil)
	if !errors.As(err, &tool) || tool.Tool != "pg_dump" || tool.Have != 9 || tool.Server < 10 || !strings.Contains(err.Error(), "older than the server's") {
		t.Errorf("an old pg_dump: %v", err)
	}
	fakeTool(t, "pg_dump", "echo 'out of ideas' >&2; [ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1'")
	if err := db.Backup(t.Context(), filepath.Join(dir, "b"), nil); err == nil || !strings.Contains(err.Error(), "out of ideas") {
		t.Errorf("pg_dump fails: %v", err)
	}
	t.Setenv("PATH", dir)
	err = db.Backup(t.Context(), filepath.Join(dir, "b"), nil)
	if !errors.As(err, &tool) || tool.Have != 0 || !strings.Contains(err.Error(), "postgresql-client") {
		t.Errorf("no pg_dump: %v", err)
	}
	if left := listing(t, dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	dump := filepath.Join(dir, "dump")
	if err := os.WriteFile(dump, []byte("PGDMP and more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := storage.Restore(t.Context(), db.DSN(), dump, nil); !errors.As(err, &tool) || tool.Tool != "pg_restore" {
		t.Errorf("no pg_restore: %v", err)
	}
}

func TestThePasswordIsOnNoCommandLine(t *testing.T) {
	dsn := strings.Replace(storagetest.PostgreSQL(t), "://birge@", "://birge:s3cret%2F@", 1)
	db := openPostgreSQL(t, dsn) // the test server asks for no password, and takes any
	seen := filepath.Join(t.TempDir(), "seen")
	t.Setenv("SEEN", seen)
	fakeTool(t, "pg_dump", `[ "$1" = --version ] && { echo 'pg_dump (PostgreSQL) 99.1'; exit; }
echo "arguments $*" >>"$SEEN"; echo "password $PGPASSWORD host $PGHOST user $PGUSER" >>"$SEEN"; exit 1`)
	if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "b"), nil); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
	b, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	arguments, environment, _ := strings.Cut(string(b), "\n")
	if strings.Contains(arguments, "s3cret") || !strings.Contains(environment, "password s3cret/ host /") || !strings.Contains(environment, "user birge") {
		t.Errorf("%s", b)
	}
}

// When the context ends while pg_dump runs, pg_dump is stopped and its unfinished file is
// removed.
func TestAnInterruptedDumpLeavesNothing(t *testing.T) {
	db := openPostgreSQL(t, storagetest.PostgreSQL(t))
	fakeTool(t, "pg_dump", `[ "$1" = --version ] && { echo 'pg_dump (PostgreSQL) 99.1'; exit; }
for a; do case $a in --file=*) echo half >"${a#--file=}";; esac; done
exec sleep 1000`)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Backup(ctx, filepath.Join(dir, "b"), func(done, _ int64) {
		if done > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(listing(t, dir)) != 0 {
		t.Errorf("%v; left behind %v", err, listing(t, dir))
	}
}

// A restore that fails in the middle changes nothing.
func TestAFailedPostgreSQLRestoreIsUndone(t *testing.T) {
	db := openPostgreSQL(t, storagetest.PostgreSQL(t)) // SQLite's is one rename
	if err := db.Migrate(t.Context(), schema, nil); err != nil {
		t.Fatal(err)
	}
	add(t, db, "old")
	file := backup(t, db)
	add(t, db, "young")
	// The last reading of the dump breaks off: after the old tables are gone, and before the commit.
	fakeTool(t, "pg_restore", fmt.Sprintf(`n=$(cat %[1]q 2>/dev/null || echo 0); n=$((n+1)); echo $n >%[1]q
if [ $n = 5 ]; then echo 'CREATE TABLE half (id TEXT);'; echo 'the disk is gone' >&2; exit 1; fi
PATH=${PATH#*:}; exec pg_restore "$@"`, filepath.Join(t.TempDir(), "count")))
	err := storage.Restore(t.Context(), db.DSN(), file, schema)
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") || !strings.Contains(err.Error(), "nothing was restored") {
		t.Errorf("%v", err)
	}
	if got := ids(t, db); fmt.Sprint(got) != "[old young]" {
		t.Errorf("after a failed restore: %v", got)
	}
	// A backup of another city is not accepted as this city's.
	if err := storage.Restore(t.Context(), storagetest.PostgreSQL(t), file, nil); !errors.As(err, new(*storage.BackupFileError)) {
		t.Errorf("another schema: %v", err)
	}
}
