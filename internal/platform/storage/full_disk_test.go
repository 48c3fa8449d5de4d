//go:build unix

package storage_test

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// A disk without room for one page more is told of, though reading goes on: nothing should be sent to this program. On SQLite a
// process of its own may write no file any longer; on PostgreSQL the table that is written to refuses as a full disk does.
func TestADiskWithoutRoomIsNotReady(t *testing.T) {
	if dir := os.Getenv("BIRGE_TEST_FULL_DISK"); dir != "" {
		withoutRoom(t, dir)
		return
	}
	t.Run("a process that may write no file", func(t *testing.T) {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestADiskWithoutRoomIsNotReady$", "-test.v")
		child.Env = append(os.Environ(), "BIRGE_TEST_FULL_DISK="+t.TempDir())
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		if db.Engine() != storage.PostgreSQL {
			return
		}
		if err := db.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), func(tx *storage.Tx) error {
			_, err := tx.Exec(`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`)
			if err == nil {
				_, err = tx.Exec("CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON storage_version FOR EACH ROW EXECUTE FUNCTION no_room()")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Check(t.Context()); civic.CodeOf(err) != civic.Unavailable {
			t.Errorf("without room: %v", err)
		}
	})
}

// withoutRoom is the process that can write no further into any file.
func withoutRoom(t *testing.T, dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	db, err := storage.Open(t.Context(), filepath.Join(dir, "city.db"), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Check(t.Context()); err != nil {
		t.Fatalf("at first: %v", err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	before := limit.Cur
	limit.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	full := db.Check(t.Context())
	limit.Cur = before
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if civic.CodeOf(full) != civic.Unavailable {
		t.Errorf("without room: %v", full)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}
