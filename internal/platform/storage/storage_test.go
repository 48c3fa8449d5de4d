package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
			got, err := storage.One(tx, storage.Into(func(v *thing) []any { return []any{&v.id, &v.n, &v.done, &v.body} }),
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

// Many changes at once share commits. A change that fails or panics does not affect the others.
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

func TestAnUpgradeIsACommonFileAndThatOfTheEngine(t *testing.T) {
	files := fstest.MapFS{
		"0001_words.postgresql.sql": {Data: []byte("INSERT INTO word VALUES ('postgresql')")},
		"0001_words.sql":            {Data: []byte("CREATE TABLE word (word TEXT)")},
		"0001_words.sqlite.sql":     {Data: []byte("INSERT INTO word VALUES ('sqlite')")},
	}
	storagetest.Each(t, []storage.Schema{{Module: "words", Files: files}}, func(t *testing.T, db *storage.DB) {
		err := db.Read(t.Context(), func(tx *storage.Tx) error {
			words, err := storage.All(tx, storage.Scalar[string], "SELECT word FROM word")
			if fmt.Sprint(words) != fmt.Sprintf("[%s]", db.Engine()) {
				t.Errorf("made by %v", words)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		edited := fstest.MapFS{"0001_words.sql": files["0001_words.sql"]}
		if err := db.Migrate(t.Context(), []storage.Schema{{Module: "words", Files: edited}}, nil); err == nil || !strings.Contains(err.Error(), "never edited") {
			t.Errorf("the engine's file is gone: %v", err)
		}
		twice := fstest.MapFS{"0001_words.sql": files["0001_words.sql"], "0001_other.sql": files["0001_words.sqlite.sql"]}
		if err := db.Migrate(t.Context(), []storage.Schema{{Module: "words", Files: twice}}, nil); err == nil || !strings.Contains(err.Error(), "doubled") {
			t.Errorf("two upgrades of one number: %v", err)
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

// One durable commit per change, against 64 clients that share commits. Sharing must be at
// least 5 times as fast.
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

func TestEveryKindOfColumnIsScanned(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		at := time.Date(2026, 7, 1, 9, 30, 0, 5_000_000, time.UTC)
		type row struct {
			at, never  time.Time
			list       []string
			some, none string
			body       map[string]int
		}
		read := storage.Into(func(v *row) []any {
			return []any{storage.Instant(&v.at), storage.Instant(&v.never), storage.JSON(&v.list), storage.Optional(&v.some), storage.Optional(&v.none), storage.JSON(&v.body)}
		})
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			if _, err := tx.Exec("INSERT INTO thing (id, n, done, body) VALUES ($1, $2, $3, $4)", `["ә","b"]`, 1782898200005, true, []byte(`{"a":1}`)); err != nil {
				return err
			}
			v, err := storage.One(tx, read, "SELECT n, n - n, id, id, NULL, body FROM thing")
			if !v.at.Equal(at) || !v.never.IsZero() || strings.Join(v.list, " ") != "ә b" || v.some != `["ә","b"]` || v.none != "" || v.body["a"] != 1 {
				t.Errorf("read %+v", v)
			}
			if err != nil {
				return err
			}
			// A row that cannot be read is an error, not a zero value.
			for _, query := range []string{"SELECT id, n, id, id, NULL, body FROM thing", "SELECT n, n, n, id, NULL, body FROM thing", "SELECT n, n, '{', id, NULL, body FROM thing"} {
				if v, err := storage.One(tx, read, query); err == nil {
					t.Errorf("%s read %+v", query, v)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A reference, none, and what is no reference but was written there by somebody.
func TestReferencesAreScanned(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		type row struct{ thing, none, nonsense civic.Ref }
		read := storage.Into(func(v *row) []any {
			return []any{storage.Ref(&v.thing), storage.Ref(&v.none), storage.Ref(&v.nonsense)}
		})
		err := db.Read(t.Context(), func(tx *storage.Tx) error {
			v, err := storage.One(tx, read, "SELECT 'garden.bed:7', '', 'nonsense'")
			if (v != row{thing: civic.Ref{Kind: "garden.bed", ID: "7"}, nonsense: civic.Ref{ID: "nonsense"}}) {
				t.Errorf("read %+v", v)
			}
			if v, err := storage.One(tx, storage.Into(func(v *row) []any { return []any{storage.Ref(&v.thing)} }), "SELECT 7"); err == nil {
				t.Errorf("a number is read as %+v", v)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A transaction inside another one of the same database is refused, whichever of them writes.
// The outer one is recognised by its context and, where tests ask for it, by the goroutine.
func TestNoTransactionInsideAnother(t *testing.T) {
	type run func(*storage.DB) func(context.Context, func(*storage.Tx) error) error
	kinds := map[string]run{
		"read":  func(db *storage.DB) func(context.Context, func(*storage.Tx) error) error { return db.Read },
		"write": func(db *storage.DB) func(context.Context, func(*storage.Tx) error) error { return db.Write },
	}
	var told []error
	watched := storage.Options{Misuse: func(err error) { told = append(told, err) }}
	storagetest.EachWith(t, schema, watched, func(t *testing.T, db *storage.DB) {
		plain, err := storage.Open(t.Context(), db.DSN(), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer plain.Close()
		never := func(*storage.Tx) error { t.Error("the inner transaction ran"); return nil }
		for outer, begin := range kinds {
			for inner, again := range kinds {
				told = nil
				err := begin(db)(t.Context(), func(tx *storage.Tx) error {
					if err := again(db)(t.Context(), never); !errors.Is(err, storage.ErrNested) {
						t.Errorf("%s in %s, context from elsewhere: %v", inner, outer, err)
					}
					ctx, cancel := context.WithCancel(tx.Context())
					defer cancel()
					if err := again(db)(ctx, never); !errors.Is(err, storage.ErrNested) {
						t.Errorf("%s in %s, the transaction's context: %v", inner, outer, err)
					}
					return nil
				})
				if err != nil || len(told) != 2 {
					t.Errorf("%s in %s: %v, told %v", inner, outer, err, told)
				}
				if err := begin(plain)(t.Context(), func(tx *storage.Tx) error { return again(plain)(tx.Context(), never) }); !errors.Is(err, storage.ErrNested) {
					t.Errorf("%s in %s of a server: %v", inner, outer, err)
				}
			}
		}
		told = nil
		// A transaction in another database is allowed, and so is one that comes afterwards.
		if err := plain.Read(t.Context(), func(tx *storage.Tx) error {
			return db.Write(tx.Context(), func(tx *storage.Tx) error { return insert(tx, "a", 1) })
		}); err != nil || len(told) != 0 {
			t.Errorf("in another database: %v, told %v", err, told)
		}
		if n := count(t, db); n != 1 || len(told) != 0 {
			t.Errorf("afterwards: %d rows, told %v", n, told)
		}
	})
}

// AfterCommit may not use the database: on SQLite it would wait for itself for ever.
func TestNothingBeginsBeforeTheCommitIsDone(t *testing.T) {
	var told []error
	watched := storage.Options{Misuse: func(err error) { told = append(told, err) }}
	storagetest.EachWith(t, schema, watched, func(t *testing.T, db *storage.DB) {
		told = nil
		err := db.Write(t.Context(), func(tx *storage.Tx) error {
			tx.AfterCommit(func() {
				if err := db.Write(t.Context(), func(*storage.Tx) error { return nil }); !errors.Is(err, storage.ErrNested) {
					t.Error(err)
				}
			})
			return nil
		})
		if err != nil || len(told) != 1 {
			t.Errorf("%v, told %v", err, told)
		}
	})
}

// Whoever gets no connection is told so and does not wait for ever.
func TestWaitingForAConnectionEnds(t *testing.T) {
	opts := storage.Options{MaxConns: 1, Acquire: 300 * time.Millisecond} // enough to connect, on a busy machine too
	storagetest.EachWith(t, schema, opts, func(t *testing.T, db *storage.DB) {
		held, free := make(chan struct{}), make(chan struct{})
		done := make(chan error)
		go func() {
			done <- db.Read(context.Background(), func(*storage.Tx) error { close(held); <-free; return nil })
		}()
		<-held
		if err := db.Read(t.Context(), func(*storage.Tx) error { return nil }); civic.CodeOf(err) != civic.Unavailable {
			t.Errorf("no connection is free: %v", err)
		}
		close(free)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

// Planning is reckoned as dear as it is, unless the address decides otherwise.
func TestPostgreSQLKeepsPlans(t *testing.T) {
	dsn := storagetest.PostgreSQL(t)
	for address, want := range map[string]string{dsn: "0.01", dsn + "&cpu_operator_cost=0.002": "0.002"} {
		var cost string
		err := openPostgreSQL(t, address).Read(t.Context(), func(tx *storage.Tx) (err error) {
			cost, err = storage.One(tx, storage.Scalar[string], "SELECT current_setting('cpu_operator_cost')")
			return err
		})
		if err != nil || cost != want {
			t.Errorf("an operator costs %s, want %s, %v", cost, want, err)
		}
	}
}

func TestPostgreSQLEndsWhatHangs(t *testing.T) {
	show := func(db *storage.DB) (statement, idle string) {
		err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
			if statement, err = storage.One(tx, storage.Scalar[string], "SELECT current_setting('statement_timeout')"); err != nil {
				return err
			}
			idle, err = storage.One(tx, storage.Scalar[string], "SELECT current_setting('idle_in_transaction_session_timeout')")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return statement, idle
	}
	dsn := storagetest.PostgreSQL(t)
	if statement, idle := show(openPostgreSQL(t, dsn)); statement != "5min" || idle != "1min" {
		t.Errorf("by itself: a statement has %s, an idle transaction %s", statement, idle)
	}
	if statement, idle := show(openPostgreSQL(t, dsn+"&statement_timeout=7000")); statement != "7s" || idle != "1min" {
		t.Errorf("by its address: a statement has %s, an idle transaction %s", statement, idle)
	}
}

// The bound on statements does not hold in an upgrade of the schema, and holds again afterwards.
func TestOnlyUpgradesTakeAsLongAsTheyNeed(t *testing.T) {
	db, err := storage.Open(t.Context(), storagetest.PostgreSQL(t), storage.Options{Statement: 70 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	bounds := fstest.MapFS{"0001_bounds.sql": {Data: []byte("CREATE TABLE bounds AS SELECT current_setting('statement_timeout') AS had;")}}
	if err := db.Migrate(t.Context(), []storage.Schema{{Module: "bounds", Files: bounds}}, nil); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"SELECT had FROM bounds": "0", "SELECT current_setting('statement_timeout')": "70s"} {
		err := db.Read(t.Context(), func(tx *storage.Tx) error {
			got, err := storage.One(tx, storage.Scalar[string], query)
			if got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// What depends on a topic is renewed before the topic's version shows the change, for changes
// of this process and of others. An older copy never replaces a newer one.
func TestFollowersAreRenewedBeforeTheVersion(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		other, err := storage.Open(t.Context(), db.DSN(), storagetest.Watched(t, storage.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		var mine, theirs atomic.Int64
		follow := func(db *storage.DB, copy *atomic.Int64) {
			err := db.Follow(t.Context(), "things", func(tx *storage.Tx) (func(), error) {
				n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM thing")
				return func() { copy.Store(n) }, err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		add := func(id string, end error) error {
			return db.Write(t.Context(), func(tx *storage.Tx) error {
				tx.Touch("things")
				return errors.Join(insert(tx, id, 1), end)
			})
		}
		if err := add("before", nil); err != nil {
			t.Fatal(err)
		}
		follow(db, &mine)
		follow(other, &theirs)
		if mine.Load() != 1 || theirs.Load() != 1 {
			t.Errorf("at first %d and %d", mine.Load(), theirs.Load())
		}
		if err := add("refused", errors.New("no")); err == nil || mine.Load() != 1 {
			t.Errorf("a change that was not made: %v, %d", err, mine.Load())
		}
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if err := add(fmt.Sprint(i), nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if mine.Load() != 21 {
			t.Errorf("after 20 changes at once the copy shows %d", mine.Load())
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go other.WatchVersions(ctx, time.Millisecond, func(err error) { t.Error(err) })
		for other.Version("things") != 21 {
			if t.Context().Err() != nil {
				t.Fatal("another process never hears of it")
			}
		}
		if theirs.Load() != 21 {
			t.Errorf("another process knows the version before its copy is renewed, which shows %d", theirs.Load())
		}
	})
}

// What it costs a test to look for nested transactions.
func BenchmarkNestingIsSeen(b *testing.B) {
	for name, nested := range map[string]func(error){"by context": nil, "by goroutine": func(error) {}} {
		b.Run(name, func(b *testing.B) {
			db, err := storage.Open(b.Context(), storagetest.SQLite(b), storage.Options{Misuse: nested})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			for b.Loop() {
				if err := db.Read(b.Context(), func(*storage.Tx) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The rows fill statements of many rows and leave some over, which go one by one.
func TestInsertWritesEveryRow(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		var rows [][]any
		for i := range 100 {
			rows = append(rows, []any{fmt.Sprint("thing ", i), int64(i * i), i%2 == 0, []byte{byte(i)}})
		}
		if err := db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Insert("thing (id, n, done, body)", rows) }); err != nil {
			t.Fatal(err)
		}
		var sum int64
		err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
			sum, err = storage.One(tx, storage.Scalar[int64], "SELECT SUM(n) FROM thing WHERE id = 'thing ' || CAST(CAST(ROUND(SQRT(n)) AS INTEGER) AS TEXT)")
			return err
		})
		if n := count(t, db); err != nil || n != 100 || sum != 328350 { // the sum of the first 99 squares
			t.Errorf("%d rows, sum %d, %v", n, sum, err)
		}
		for what, bad := range map[string][][]any{
			"a key twice":     {{"new", 1, true, []byte{}}, {"new", 2, true, []byte{}}},
			"a missing value": slices.Repeat([][]any{{"new", 1, true}}, 20),
			"a shorter row":   append([][]any{{"new", 1, true, []byte{}}}, slices.Repeat([][]any{{"newer", 1, true}}, 20)...),
		} {
			if err := db.Write(t.Context(), func(tx *storage.Tx) error { return tx.Insert("thing (id, n, done, body)", bad) }); err == nil {
				t.Errorf("%s was written", what)
			}
		}
		if n := count(t, db); n != 100 {
			t.Errorf("%d rows after what was refused", n)
		}
	})
}

// What is rehearsed is seen within its transaction, ends with the error it would end with, and leaves nothing.
func TestRehearsal(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		wrong := errors.New("wrong")
		for _, want := range []error{nil, wrong} {
			ran := false
			err := db.Write(storage.Rehearsal(t.Context()), func(tx *storage.Tx) error {
				tx.AfterCommit(func() { ran = true })
				if err := insert(tx, "a", 1); err != nil {
					return err
				}
				if n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM thing"); err != nil || n != 1 {
					t.Errorf("within: %d, %v", n, err)
				}
				return want
			})
			if !errors.Is(err, want) || ran || count(t, db) != 0 {
				t.Errorf("%v, want %v; committed: %v; left: %d", err, want, ran, count(t, db))
			}
		}
	})
}

// Whoever writes a table that is watched touches its topic, however the statement is written, and nobody else does.
func TestTouchOnWrite(t *testing.T) {
	storagetest.Each(t, schema, func(t *testing.T, db *storage.DB) {
		db.TouchOnWrite("things", "thing")
		db.TouchOnWrite("everything", "another", "thing") // a table may be watched for several topics
		at := uint64(0)
		for _, step := range []struct {
			query string
			wrote bool
		}{
			{"INSERT INTO thing (id, n, done) VALUES ('a', 1, TRUE)", true},
			{"\n\t\tinsert into thing(id, n, done) values ('b', 1, TRUE)", true},
			{"UPDATE thing SET n = 2 WHERE id = 'none'", true},
			{"SELECT n FROM thing", false},
			{"DELETE FROM thing WHERE id = 'b'", true},
		} {
			err := db.Write(t.Context(), func(tx *storage.Tx) error { _, err := tx.Exec(step.query); return err })
			if err != nil {
				t.Fatal(err)
			}
			if step.wrote {
				at++
			}
			for _, topic := range []string{"things", "everything"} {
				if got := db.Version(topic); got != at {
					t.Errorf("%s: version %d of %s, want %d", step.query, got, topic, at)
				}
			}
		}
		for i, write := range []func(tx *storage.Tx) error{
			func(tx *storage.Tx) error {
				return tx.Insert("thing (id, n, done)", [][]any{{"c", 1, true}, {"d", 2, true}})
			},
			func(tx *storage.Tx) error {
				_, err := storage.One(tx, storage.Scalar[int64], "UPDATE thing SET n = 3 WHERE id = 'c' RETURNING n")
				return err
			},
		} {
			if err := db.Write(t.Context(), write); err != nil {
				t.Fatal(err)
			}
			if at++; db.Version("things") != at {
				t.Errorf("%d: version %d, want %d", i, db.Version("things"), at)
			}
		}
	})
}
