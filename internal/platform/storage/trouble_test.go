package storage_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// fill makes the test's database full, and returns a function that makes room again.
func fill(t *testing.T, db *storage.DB) (empty func()) {
	t.Helper()
	exec := func(query string) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec(query); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if db.Engine() == storage.SQLite { // the engine's own way to play a full disk
		exec("PRAGMA max_page_count = 1")
		return func() { exec("PRAGMA max_page_count = 1000000") }
	}
	exec(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`)
	exec("CREATE TRIGGER full_disk BEFORE INSERT ON thing EXECUTE FUNCTION full_disk()")
	return func() { exec("DROP TRIGGER full_disk ON thing") }
}

// On a full disk nothing is reported as saved. Everybody is told that the city is in trouble,
// not that they made a mistake. What is there can be read. When there is room again the program
// goes on by itself.
func TestAFullDisk(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		add := func(id string) error {
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				_, err := tx.Exec("INSERT INTO thing (id, n, done, body) VALUES ($1, 1, $2, $3)", id, true, make([]byte, 1<<20))
				return err
			})
		}
		if err := add("before"); err != nil {
			t.Fatal(err)
		}
		empty := fill(t, db)
		if err := add("full"); civic.CodeOf(err) != civic.Unavailable {
			t.Errorf("on a full disk: %v", err)
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d things, want the one from before", n)
		}
		empty()
		if err := add("after"); err != nil {
			t.Errorf("when there is room again: %v", err)
		}
	})
}

// When the database has gone away every operation reports trouble.
func TestADatabaseThatWentAway(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		if err := db.Check(t.Context()); err != nil {
			t.Fatalf("at first: %v", err)
		}
		db.Close()
		if err := db.Check(t.Context()); civic.CodeOf(err) != civic.Unavailable {
			t.Errorf("gone: %v", err)
		}
	})
	t.Run("no server", func(t *testing.T) {
		_, err := storage.Open(t.Context(), "postgres://birge@/none?host="+filepath.Join(os.TempDir(), "no-such-server"), storage.Options{})
		if err == nil || !strings.Contains(err.Error(), "PostgreSQL cannot be reached") {
			t.Error(err)
		}
	})
}

// A mistake of the program or of a person is not reported as trouble of the database.
func TestOtherErrorsKeepTheirMeaning(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		twice := func(tx *storage.Tx) error {
			if err := insert(tx, "a", 1); err != nil {
				return err
			}
			return insert(tx, "a", 1)
		}
		if err := db.Write(t.Context(), twice); !storage.IsUnique(err) || civic.CodeOf(err) != "" {
			t.Errorf("the same key twice: %v, code %q", err, civic.CodeOf(err))
		}
		closed := civic.Fail(civic.Closed, "web.timeout")
		if err := db.Read(t.Context(), func(*storage.Tx) error { return closed }); civic.CodeOf(err) != civic.Closed {
			t.Errorf("closed: %v", err)
		}
	})
}

// When all connections are in use for too long the program says that it hangs. It stops saying
// so when one comes back.
func TestAProgramThatHangsOnItself(t *testing.T) {
	storagetest.EachWith(t, schema, storage.Options{MaxConns: 1}, func(t *testing.T, db *storage.DB) {
		held, free := make(chan struct{}), make(chan struct{})
		done := make(chan error)
		go func() {
			done <- db.Read(context.Background(), func(*storage.Tx) error { close(held); <-free; return nil })
		}()
		<-held
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Stuck(ended); err == nil || !strings.Contains(err.Error(), "all 1 connections are taken") {
			t.Errorf("all are taken: %v", err)
		}
		close(free)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Stuck(t.Context()); err != nil {
			t.Errorf("one is free: %v", err)
		}
	})
}
