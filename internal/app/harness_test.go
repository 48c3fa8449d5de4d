package app_test

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// each runs a test in a city with every capability. The city has one connection, so code that
// needs a second one while it holds the first waits for ever and fails.
func each(t *testing.T, test func(*testing.T, *citytest.City)) {
	t.Helper()
	citytest.EachWith(t, app.Config{Capabilities: capabilities.All(), Storage: storage.Options{MaxConns: 1}}, func(t *testing.T, c *citytest.City) {
		c.Set("app.heavy_from", 1_000_000) // tests walk from one network, and whoever asks too often waits a second for each refusal
		test(t, c)
	})
}

func loadCatalog(t *testing.T) *i18n.Catalog {
	t.Helper()
	c, err := app.LoadTexts(time.UTC, capabilities.All())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
