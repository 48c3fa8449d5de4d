package app_test

import (
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

func openApp(t testing.TB, dsn string, cfg app.Config) *app.App {
	t.Helper()
	cfg.Demo = true // keeps the mails, which the tests read
	cfg.Database, cfg.URL = dsn, &url.URL{Scheme: "http", Host: "city.test"}
	// One connection: whatever needs a second one while it holds the first never gets it.
	cfg.Storage.MaxConns, cfg.Storage.Nested = 1, storagetest.Nested(t)
	cfg.Log = slog.New(slog.NewTextHandler(logWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))
	a, err := app.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

type logWriter struct{ t testing.TB }

func (w logWriter) Write(b []byte) (int, error) {
	w.t.Log(string(b))
	return len(b), nil
}

func loadCatalog(t *testing.T) *i18n.Catalog {
	t.Helper()
	c, err := app.LoadTexts(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func eachEngine(t *testing.T, test func(*testing.T, *app.App)) {
	t.Run("sqlite", func(t *testing.T) { test(t, openApp(t, storagetest.SQLite(t), app.Config{})) })
	t.Run("postgresql", func(t *testing.T) { test(t, openApp(t, storagetest.PostgreSQL(t), app.Config{})) })
}
