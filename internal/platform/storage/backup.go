package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// BackupFileError says that a file cannot be restored, and why.
type BackupFileError struct {
	File   string
	Fault  BackupFault
	Detail string // as the fault says
}

// BackupFault is why a file cannot be restored.
type BackupFault string

// The faults, and what the detail of each is.
const (
	NoBackup    BackupFault = "none"         // neither an SQLite database nor a dump of PostgreSQL
	NotOfBirge  BackupFault = "foreign"      // a database of another program
	OtherEngine BackupFault = "other_engine" // the engine that it is of
	OtherSchema BackupFault = "other_schema" // the schema that the address names and the file has not
	LeftOpen    BackupFault = "left_open"    // the file beside it that says so
	Damaged     BackupFault = "damaged"      // what is wrong
)

func (e *BackupFileError) Error() string {
	reason := map[BackupFault]string{
		NoBackup:    "it is neither an SQLite database nor a dump of PostgreSQL",
		NotOfBirge:  "it is a database, but not one of Birge",
		OtherEngine: "it is a backup of " + e.Detail + ", and the database to restore is not",
		OtherSchema: "it is not of the schema " + e.Detail + ", which the address names",
		LeftOpen:    "it is a database in use, or left by a crash, for " + e.Detail + " lies beside it: make a backup of it first",
		Damaged:     "it is damaged or not complete (" + e.Detail + ")",
	}[e.Fault]
	return fmt.Sprintf("%s cannot be restored: %s", e.File, reason)
}

// ErrInUse says that a database cannot be replaced while a program uses it.
var ErrInUse = errors.New("the database is in use: stop the running Birge first")

// Backup writes the whole database, as it is at one instant, into a new file while the
// program goes on reading and writing. The file appears under its name only when it is
// complete and on disk; a file that exists is never overwritten (fs.ErrExist). An SQLite
// database becomes an SQLite file, a PostgreSQL one a dump of its schema in pg_dump's custom
// format, made by pg_dump (see [ToolError]).
//
// progress, which may be nil, is told the bytes written and about how many there will be (0:
// unknown). It is called from another goroutine, never twice at once, and no more after
// Backup has returned.
func (db *DB) Backup(ctx context.Context, file string, progress func(done, total int64)) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return existsError(file)
	}
	partial, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".partial-*") // readable by the owner alone
	if err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	partial.Close()
	defer os.Remove(partial.Name())
	write, total := db.dumpPostgreSQL, int64(0)
	if db.engine == SQLite {
		defer os.Remove(partial.Name() + "-journal")
		write = db.vacuumInto
		if err := db.readers.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&total); err != nil {
			return err
		}
	}
	stop := watchSize(partial.Name(), total, progress)
	err = write(ctx, partial.Name())
	stop()
	if ctx.Err() != nil {
		return fmt.Errorf("the backup was cut short: %w", context.Cause(ctx))
	}
	if err != nil {
		return err
	}
	if err := syncPath(partial.Name()); err != nil {
		return err
	}
	if err := placeNew(partial.Name(), file); err != nil {
		return err
	}
	return syncPath(filepath.Dir(file))
}

func existsError(file string) error {
	return fmt.Errorf("%s exists already, and a backup overwrites nothing: choose another name (%w)", file, fs.ErrExist)
}

func (db *DB) vacuumInto(ctx context.Context, file string) error {
	own, err := sql.Open("sqlite", sqliteURL(db.dsn, url.Values{"_pragma": {"busy_timeout(60000)"}}))
	if err != nil {
		return err
	}
	defer own.Close()
	if _, err := own.ExecContext(ctx, "VACUUM INTO $1", file); err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	return nil
}

// watchSize reports the size of a growing file at once, several times a second, and at stop.
func watchSize(file string, total int64, progress func(done, total int64)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	report := func() {
		if info, err := os.Stat(file); err == nil {
			if total > 0 {
				total = max(total, info.Size()) // the database has grown since
			}
			progress(info.Size(), total)
		}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			report()
			select {
			case <-tick.C:
			case <-quit:
				report()
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// placeNew gives a complete file its name, which nothing may have.
func placeNew(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if _, statErr := os.Lstat(to); statErr == nil {
		return existsError(to)
	}
	return os.Rename(from, to) // a file system without links
}

// syncPath makes a file, or what a folder lists, safe from a loss of power.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Restore puts the backup in file in the place of the database at dsn, wholly or not at all.
// Before it touches anything it checks that the backup is intact, of this program and of the
// same engine (*BackupFileError), and that it is not newer than the known schemas
// (*NewerError); nil leaves the last out.
//
// An SQLite database must not be open in any program (ErrInUse); the one replaced stays
// beside as NAME.before-restore-TIME. On PostgreSQL everything in the schema is replaced in
// one transaction by pg_restore and psql (see [ToolError]); programs that have it open do not
// notice, so every node must be started anew afterwards.
func Restore(ctx context.Context, dsn, file string, known []Schema) error {
	have, err := backupEngine(file)
	if err != nil {
		return err
	}
	want := EngineOf(dsn)
	if have != want {
		names := map[Engine]string{SQLite: "SQLite", PostgreSQL: "PostgreSQL"}
		return &BackupFileError{file, OtherEngine, names[have]}
	}
	var newest map[string]int
	if known != nil {
		upgrades, err := readUpgrades(known, want)
		if err != nil {
			return err
		}
		newest = newestOf(upgrades)
	}
	if want == PostgreSQL {
		err = restorePostgreSQL(ctx, dsn, file, newest)
	} else {
		err = restoreSQLite(ctx, dsn, file, newest)
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("nothing was restored: %w", context.Cause(ctx))
	}
	return err
}

func backupEngine(file string) (Engine, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("the backup cannot be read: %w", err)
	}
	defer f.Close()
	var head [16]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", fmt.Errorf("the backup cannot be read: %w", err)
	}
	switch {
	case string(head[:n]) == "SQLite format 3\x00":
		return SQLite, nil
	case bytes.HasPrefix(head[:n], []byte("PGDMP")):
		return PostgreSQL, nil
	}
	return "", &BackupFileError{file, NoBackup, ""}
}

// notNewer compares the versions in a backup with those that the program knows.
func notNewer(have, newest map[string]int) error {
	for module, version := range have {
		if known, ok := newest[module]; newest != nil && (!ok || version > known) {
			return &NewerError{module, version, known}
		}
	}
	return nil
}

func restoreSQLite(ctx context.Context, path, file string, newest map[string]int) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if wal, err := os.Stat(file + "-wal"); err == nil && wal.Size() > 0 {
		return &BackupFileError{file, LeftOpen, filepath.Base(file) + "-wal"}
	}
	copied, err := copyBeside(ctx, file, path)
	if err != nil {
		return fmt.Errorf("the backup cannot be copied: %w", err)
	}
	defer os.Remove(copied)
	have, err := checkSQLite(ctx, copied)
	if err != nil {
		var damaged *BackupFileError
		if errors.As(err, &damaged) {
			damaged.File = file
		}
		return err
	}
	if err := notNewer(have, newest); err != nil {
		return err
	}
	release, err := holdSQLite(ctx, path)
	if err != nil {
		return err
	}
	defer release()
	if err := ctx.Err(); err != nil { // from here it is a matter of two names
		return err
	}
	return replaceFile(path, copied, time.Now().UTC().Format("20060102T150405.000Z"))
}

// copyBeside copies file into the folder of path, so that a rename can put it in its place.
func copyBeside(ctx context.Context, file, path string) (copied string, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".restoring-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, readerWithContext{ctx, in})
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		os.Remove(out.Name())
		return "", err
	}
	return out.Name(), nil
}

type readerWithContext struct {
	ctx context.Context
	r   io.Reader
}

func (r readerWithContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// checkSQLite reads the versions of the modules from an intact database of this program.
func checkSQLite(ctx context.Context, path string) (versions map[string]int, err error) {
	own, err := sql.Open("sqlite", sqliteURL(path, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return nil, err
	}
	defer own.Close()
	var verdict string
	if err := own.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			verdict = err.Error()
		}
		return nil, &BackupFileError{Fault: Damaged, Detail: verdict}
	}
	rows, err := own.QueryContext(ctx, "SELECT module, MAX(version) FROM storage_schema GROUP BY module")
	if err != nil {
		return nil, &BackupFileError{Fault: NotOfBirge}
	}
	defer rows.Close()
	versions = map[string]int{}
	for rows.Next() {
		var module string
		var version int
		if err := rows.Scan(&module, &version); err != nil {
			return nil, err
		}
		versions[module] = version
	}
	return versions, rows.Err()
}

// holdSQLite keeps every program out of a database that none uses, with all that is in it in
// its one file. There is nothing to hold when the file is missing or is no database any more.
func holdSQLite(ctx context.Context, path string) (release func(), err error) {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return func() {}, nil
	}
	own, err := sql.Open("sqlite", sqliteURL(path, url.Values{"_pragma": {"busy_timeout(0)"}}))
	if err != nil {
		return nil, err
	}
	own.SetMaxOpenConns(1)
	// Only the sole user of a database can take it out of WAL mode.
	var mode string
	err = own.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode)
	if err == nil {
		_, err = own.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err == nil {
		return func() { own.Close() }, nil
	}
	own.Close()
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return nil, ErrInUse
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return func() {}, nil // a ruined database is what a backup is for
		}
	}
	return nil, err
}

// replaceFile puts fresh in the place of path, which it keeps beside with what belongs to it.
// At every instant one of the two is there.
func replaceFile(path, fresh, when string) error {
	aside := path + ".before-restore-" + when
	for _, log := range []string{"-wal", "-shm", "-journal"} { // only those of a ruined or missing file are still there
		if err := os.Rename(path+log, aside+log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if info, err := os.Stat(path); err == nil {
		if err := os.Chmod(fresh, info.Mode().Perm()); err != nil {
			return err
		}
		if err := keepOwner(info, fresh); err != nil {
			return fmt.Errorf("the restored file cannot be given to the owner of the old one: %w", err)
		}
		if err := os.Link(path, aside); err != nil {
			if err := os.Rename(path, aside); err != nil { // a file system without links
				return err
			}
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		_ = os.Rename(aside, path) // the old file back where it was
		return err
	}
	return syncPath(filepath.Dir(path))
}
