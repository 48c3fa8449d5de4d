package storage_test

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// Two transactions that take the same locks in another order wait for each other for ever when they
// meet. A test sees it though they never do, and on SQLite too, where nobody waits.
func TestLocksAreTakenInOneOrder(t *testing.T) {
	taking := func(keys ...string) func(*storage.Tx) error {
		return func(tx *storage.Tx) error {
			for _, key := range keys {
				lock := tx.Lock
				key, shared := strings.CutPrefix(key, "shared ")
				if shared {
					lock = tx.LockShared
				}
				if err := lock(key); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, c := range []struct {
		name   string
		takes  [][]string // of each transaction, one after another
		misuse string
	}{
		{"one order", [][]string{{"a", "b"}, {"a", "b"}, {"b", "c"}, {"a", "c"}}, ""},
		{"the other way round", [][]string{{"a", "b"}, {"b", "a"}}, `"a" is taken after "b", elsewhere before it`},
		{"round over three", [][]string{{"a", "b"}, {"b", "c"}, {"c", "a"}}, `"a" is taken after "c"`},
		{"names count, not things", [][]string{{"a:1", "b:1"}, {"b:2", "a:2"}}, `"a" is taken after "b"`},
		{"of one name, the lesser first", [][]string{{"a:1", "a:2"}, {"a:2", "a:1"}}, `"a:1" is taken after "a:2"`},
		{"twice the same", [][]string{{"a", "b", "a"}}, ""},
		{"alone after shared", [][]string{{"shared a", "b", "a"}}, `"a" is asked for alone by who shares it`},
		{"a thing in the name", [][]string{{"a 0191"}}, "which one behind a colon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told []string
			opts := storage.Options{Locks: new(storage.Locks), Misuse: func(err error) { told = append(told, err.Error()) }}
			storagetest.EachWith(t, nil, opts, func(t *testing.T, db *storage.DB) {
				told = nil
				for _, keys := range c.takes {
					if err := db.Write(t.Context(), taking(keys...)); err != nil {
						t.Fatal(err)
					}
				}
				switch {
				case c.misuse == "" && len(told) > 0:
					t.Errorf("told %q", told)
				case c.misuse != "" && (len(told) != 1 || !strings.Contains(told[0], c.misuse)):
					t.Errorf("told %q, want %q", told, c.misuse)
				}
			})
		})
	}
}
