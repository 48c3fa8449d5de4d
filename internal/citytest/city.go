// Package citytest is a city for tests: every service of the program and the capabilities that
// a test names, on an empty database of its own, with a clock that the test moves, mails that
// stay in memory, and people who act. A test reads as a story:
//
//	citytest.Each(t, func(t *testing.T, c *citytest.City) {
//		akimat := c.Body("Әкімдік")
//		officer := c.Officer(akimat)
//		c.Browser(officer).Get("/en/desk").Want(200, "Nothing waits for you")
//		c.Pass(24 * time.Hour)
//	}, consultations.Capability())
package citytest

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Zone is the city's time zone.
var Zone = time.FixedZone("UTC+5", 5*3600)

// Start is when every city begins: a Monday morning.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, Zone)

// Origin is the city's address.
const Origin = "http://city.test"

// City is a running city.
type City struct {
	*app.App
	T           testing.TB
	FilesFolder string // where the bytes of files are

	clock  *atomic.Int64 // in milliseconds
	admin  *Person
	people int
	seen   int64 // how many acts of the record WantActs has returned
	again  bool
}

// Each runs test in an empty city on every engine: SQLite, and PostgreSQL where the tests have
// a server. The tests of a package run side by side.
func Each(t *testing.T, test func(t *testing.T, c *City), capabilities ...capability.Capability) {
	t.Helper()
	EachWith(t, app.Config{Capabilities: capabilities}, test)
}

// EachWith is Each with a configuration. The database, the clock and whatever else every test
// needs are filled in; the address and the log only when the test has given none.
func EachWith(t *testing.T, cfg app.Config, test func(t *testing.T, c *City)) {
	t.Helper()
	t.Parallel()
	storagetest.OnEach(t, func(t *testing.T, dsn string) { test(t, Open(t, dsn, cfg)) })
}

// Open opens a city in a database of the caller's.
func Open(t testing.TB, dsn string, cfg app.Config) *City {
	t.Helper()
	c := &City{T: t, clock: new(atomic.Int64)}
	c.At(Start)
	cfg.Database, cfg.Demo = dsn, true // keeps the mails
	if cfg.Files == "" {
		cfg.Files = filepath.Join(t.TempDir(), "files")
	}
	if cfg.BallotKeys == "" && storage.EngineOf(dsn) == storage.PostgreSQL { // on SQLite they are beside the database
		cfg.BallotKeys = filepath.Join(t.TempDir(), "ballots")
	}
	if cfg.URL == nil {
		cfg.URL, _ = url.Parse(Origin)
	}
	cfg.Clock = func() time.Time { return time.UnixMilli(c.clock.Load()) }
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(logWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))
	}
	cfg.Password = identity.PasswordCost{Memory: 64, Passes: 1, Threads: 1} // the real cost would be most of the tests' time
	cfg.Storage = storagetest.Watched(t, cfg.Storage)
	a, err := app.Open(c.Ctx(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.wantNothingOvertaken()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	c.App, c.FilesFolder = a, cfg.Files
	return c
}

// wantNothingOvertaken fails the test when a page that it saw is still kept though it would look
// otherwise now: the page's route leaves out a topic.
func (c *City) wantNothingOvertaken() {
	pages, err := c.Handler().(*web.Server).Overtaken(context.WithoutCancel(c.Ctx()))
	if err != nil {
		c.T.Error(err)
	}
	for _, page := range pages {
		c.T.Errorf("%s is kept, though it looks otherwise now: its route does not name all topics that the page depends on", page)
	}
}

// logWriter shows the errors that the program logs in the test that they happened in.
type logWriter struct{ t testing.TB }

func (w logWriter) Write(b []byte) (int, error) {
	w.t.Log(string(b))
	return len(b), nil
}

// Service is the service of one of the city's capabilities.
func Service[T any](c *City) T { return app.Service[T](c.App) }

// Ctx is the context of the test.
func (c *City) Ctx() context.Context { return c.T.Context() }

// At sets the clock, Pass moves it on. Background work happens when the test asks for it: Jobs.
func (c *City) At(t time.Time)       { c.clock.Store(t.UnixMilli()) }
func (c *City) Pass(d time.Duration) { c.clock.Add(d.Milliseconds()) }

// Now is the city's time.
func (c *City) Now() time.Time { return time.UnixMilli(c.clock.Load()).In(Zone) }

// Jobs does all background work that is due.
func (c *City) Jobs() {
	c.T.Helper()
	ctx := c.Ctx()
	if c.again {
		ctx = storage.Again(ctx)
	}
	c.Must(c.RunJobs(ctx))
}

// Again lets each transaction of background work run twice from here on, the first time taken back, as after a conflict with another writer: whoever
// must be told or counted once still is, or the test fails.
func (c *City) Again() { c.again = true }

// Must stops the test when err is not nil.
func (c *City) Must(err error) {
	c.T.Helper()
	if err != nil {
		c.T.Fatal(err)
	}
}

// Refused stops the test unless err is of the code.
func (c *City) Refused(err error, code civic.Code) {
	c.T.Helper()
	if civic.CodeOf(err) != code {
		c.T.Fatalf("error %v, want code %q", err, code)
	}
}

// Read and Write run fn in a transaction.
func (c *City) Read(fn func(tx *storage.Tx) error)  { c.T.Helper(); c.Must(c.DB.Read(c.Ctx(), fn)) }
func (c *City) Write(fn func(tx *storage.Tx) error) { c.T.Helper(); c.Must(c.DB.Write(c.Ctx(), fn)) }

// Set gives a setting another value, as an administrator does, from today on.
func (c *City) Set(key string, value int64) {
	c.T.Helper()
	c.Must(c.Settings.SetValue(c.Ctx(), c.Administrator().Actor, city.Value{Key: key, From: c.Now().Format(time.DateOnly), Value: value, Source: "citytest"}))
}
