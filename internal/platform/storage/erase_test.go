package storage_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/storage"
)

// The log still holds what was deleted. It is cut while the database is in use, as soon as
// nobody reads from it.
func TestTheLogIsCutWhileTheDatabaseIsOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.db")
	db, err := storage.Open(t.Context(), file, storage.Options{CutLog: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	write := func(query string, args ...any) {
		t.Helper()
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	secret := "the secret of a person"
	write("CREATE TABLE note (text TEXT NOT NULL)")
	write("INSERT INTO note VALUES ($1)", secret)
	write("DELETE FROM note")
	for gone := false; !gone; { // for ever when the log is not cut: the deadline of go test ends it
		gone = true
		for _, name := range []string{file, file + "-wal"} {
			b, err := os.ReadFile(name)
			gone = gone && err == nil && !bytes.Contains(b, []byte(secret))
		}
	}
}
