package storage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

var schema = []storage.Schema{{Module: "things", Files: fstest.MapFS{
	"0001_things.sql": {Data: []byte(`
-- one table is enough
CREATE TABLE thing (id TEXT PRIMARY KEY, n BIGINT NOT NULL, done BOOLEAN NOT NULL, body BYTEA);`)},
	"0002_only.sqlite.sql":     {Data: []byte("CREATE TABLE lite (id TEXT);\nCREATE TABLE lite2 (id TEXT);\n")},
	"0002_only.postgresql.sql": {Data: []byte("CREATE TABLE lite (id TEXT);")},
}}}

func insert(tx *storage.Tx, id string, n int64) error {
	_, err := tx.Exec("INSERT INTO thing (id, n, done, body) VALUES ($1, $2, $3, $4)", id, n, true, []byte{0, 255})
	return err
}

func count(t *testing.T, db *storage.DB) (n int64) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		n, err = storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM thing")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestValuesReadAsWritten(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { return insert(tx, "ә'; --", 7) }); err != nil {
			t.Fatal(err)
		}
		type thing struct {
			id   string
			n    int64
			done bool
			body []byte
		}
		err := db.Read(t.Context(), func(tx *storage.Tx) error {
			// Placeholders out of order and used twice mean the same on both engines.
			got, err := storage.One(tx, func(r storage.Row) (v thing, err error) { return v, r.Scan(&v.id, &v.n, &v.done, &v.body) },
				"SELECT id, n, done, body FROM thing WHERE n = $2 AND id = $1 AND n = $2", "ә'; --", 7)
			if err != nil {
				return err
			}
			if got.id != "ә'; --" || got.n != 7 || !got.done || string(got.body) != "\x00\xff" {
				t.Errorf("read %+v", got)
			}
			list, args := storage.In([]any{7}, []string{"x", "ә'; --"})
			n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM thing WHERE n = $1 AND id IN "+list, args...)
			if n != 1 {
				t.Errorf("In found %d", n)
			}
			none, args := storage.In[string](nil, nil)
			if n, _ := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM thing WHERE id IN "+none, args...); n != 0 {
				t.Errorf("an empty In found %d", n)
			}
			if _, found, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT n FROM thing WHERE id = 'no'")); found || err != nil {
				t.Errorf("Found = %v, %v", found, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		if err := db.Read(t.Context(), func(tx *storage.Tx) error { return insert(tx, "a", 1) }); err == nil {
			t.Error("a read wrote")
		}
	})
}

// Many changes at once share commits; those that fail or panic take nothing else with them.
func TestChangesStandAlone(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		refused := errors.New("refused")
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				defer func() {
					if p := recover(); (p != nil) != (i%10 == 2) {
						t.Errorf("change %d: panic %v", i, p)
					}
				}()
				err := db.Write(t.Context(), func(tx *storage.Tx) error {
					if err := insert(tx, fmt.Sprint(i), 1); err != nil {
						return err
					}
					switch i % 10 {
					case 1:
						return refused
					case 2:
						panic("broken rule")
					case 3:
						_, err := tx.Exec("SELECT nonsense FROM nowhere")
						return err
					case 4:
						return insert(tx, fmt.Sprint(i), 1)
					}
					return nil
				})
				switch i % 10 {
				case 1:
					if !errors.Is(err, refused) {
						t.Errorf("change %d: %v", i, err)
					}
				case 3:
					if err == nil {
						t.Errorf("change %d: wrong SQL went through", i)
					}
				case 4:
					if !storage.IsUnique(err) {
						t.Errorf("change %d: %v is not seen as a doubled key", i, err)
					}
				default:
					if err != nil {
						t.Errorf("change %d: %v", i, err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, db); n != 120 {
			t.Errorf("%d rows, want 120", n)
		}
	})
}

func TestACancelledRequestChangesNothingElse(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *storage.Tx) error {
			cancel() // the client goes away in the middle: the change is carried through
			return insert(tx, "a", 1)
		})
		if err != nil || count(t, db) != 1 {
			t.Errorf("err %v, rows %d", err, count(t, db))
		}
		if err := db.Write(ctx, func(tx *storage.Tx) error { return insert(tx, "b", 1) }); !errors.Is(err, context.Canceled) {
			t.Errorf("a change of an ended request began: %v", err)
		}
	})
}

func TestVersionsFollowCommits(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		other, err := storage.Open(t.Context(), db.DSN(), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		called := 0
		touch := func(tx *storage.Tx) error {
			tx.Touch("b", "a", "b")
			tx.AfterCommit(func() { called++ })
			return nil
		}
		if err := db.Write(t.Context(), touch); err != nil {
			t.Fatal(err)
		}
		_ = db.Write(t.Context(), func(tx *storage.Tx) error { _ = touch(tx); return errors.New("no") })
		if a, b := db.Version("a"), db.Version("b"); a != 1 || b != 1 || called != 1 || db.Version("c") != 0 {
			t.Errorf("a %d, b %d, called %d", a, b, called)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go other.WatchVersions(ctx, time.Millisecond, func(err error) { t.Error(err) })
		for other.Version("a") != 1 { // the test's own deadline ends a watch that never sees it
			if t.Context().Err() != nil {
				t.Fatal("another process never hears of it")
			}
		}
	})
}

func TestSignalsFollowCommits(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		heard, stop := db.Listen("a")
		other, stopOther := db.Listen("a")
		stopOther()
		signal := func(name string, err error) {
			_ = db.Write(t.Context(), func(tx *storage.Tx) error { tx.Signal(name); return err })
		}
		signal("b", nil)
		signal("a", errors.New("no"))
		select {
		case <-heard:
			t.Error("woken by another name or by a change that was not made")
		default:
		}
		signal("a", nil)
		signal("a", nil)
		<-heard
		stop()
		signal("a", nil)
		select {
		case <-heard:
			t.Error("two signals before a look are not one, or stop does not end it")
		case <-other:
			t.Error("a listener that stopped was woken")
		default:
		}
	})
}

func TestUpgrades(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		ctx := t.Context()
		backups := 0
		backup := func(context.Context) error { backups++; return nil }
		if err := db.Migrate(ctx, schema, backup); err != nil || backups != 0 {
			t.Errorf("nothing to do: %v, %d backups", err, backups)
		}
		next := fstest.MapFS{}
		for name, f := range schema[0].Files.(fstest.MapFS) {
			next[name] = f
		}
		next["0003_more.sql"] = &fstest.MapFile{Data: []byte("ALTER TABLE thing ADD COLUMN more TEXT NOT NULL DEFAULT ''")}
		newer := []storage.Schema{{Module: "things", Files: next}}
		fails := func(context.Context) error { return errors.New("disk full") }
		if err := db.Migrate(ctx, newer, fails); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("upgraded without a backup: %v", err)
		}
		if err := db.Migrate(ctx, newer, backup); err != nil || backups != 1 {
			t.Errorf("upgrade: %v, %d backups", err, backups)
		}
		var tooNew *storage.NewerError
		if err := db.Migrate(ctx, schema, backup); !errors.As(err, &tooNew) || tooNew.Have != 3 || tooNew.Known != 2 {
			t.Errorf("an older program takes a newer database: %v", err)
		}
		next["0003_more.sql"] = &fstest.MapFile{Data: []byte("SELECT 1")}
		if err := db.Migrate(ctx, newer, backup); err == nil || !strings.Contains(err.Error(), "never edited") {
			t.Errorf("an edited upgrade passes: %v", err)
		}
		next["0005_gap.sql"] = &fstest.MapFile{Data: []byte("SELECT 1")}
		if err := db.Migrate(ctx, newer, backup); err == nil || !strings.Contains(err.Error(), "version 4") {
			t.Errorf("a gap passes: %v", err)
		}
	})
}

func TestTheClockIsTheTransactions(t *testing.T) {
	at := time.Date(2026, 3, 31, 23, 59, 59, 999_999_999, time.UTC)
	storagetest.EachWith(t, schema, storage.Options{Clock: func() time.Time { return at }}, func(t *testing.T, db *storage.DB) {
		_ = db.Write(t.Context(), func(tx *storage.Tx) error {
			if got := tx.Now(); !got.Equal(at.Truncate(time.Millisecond)) || !storage.Time(storage.Millis(got)).Equal(got) {
				t.Errorf("Now = %v", got)
			}
			return nil
		})
	})
}

func TestClosedDatabaseRefuses(t *testing.T) {
	db, err := storage.Open(t.Context(), storagetest.SQLite(t), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(*storage.Tx) error { return nil }); !errors.Is(err, storage.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	if civic.CodeOf(storage.ErrClosed) != "" {
		t.Error("an inner error has a public code")
	}
}

// One durable commit per change against 64 clients that share them. The issue asks for 5×.
func BenchmarkDurableWrites(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			db, err := storage.Open(b.Context(), storagetest.SQLite(b), storage.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			if err := db.Migrate(b.Context(), schema, nil); err != nil {
				b.Fatal(err)
			}
			work := make(chan int)
			var wg sync.WaitGroup
			for range clients {
				wg.Go(func() {
					for i := range work {
						if err := db.Write(b.Context(), func(tx *storage.Tx) error { return insert(tx, fmt.Sprint(i), 1) }); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
		})
	}
}
