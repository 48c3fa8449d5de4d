package pulse_test

import (
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/platform/pulse"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

func TestAClockThatJumpsIsDoubtedUntilSomebodyConfirmsIt(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	now := start
	opts := storage.Options{Clock: func() time.Time { return now }}
	storagetest.EachWith(t, []storage.Schema{pulse.Schema()}, opts, func(t *testing.T, db *storage.DB) {
		now = start
		clock := pulse.New(db, func() time.Duration { return 48 * time.Hour })
		trusted := func(what string, want bool) {
			t.Helper()
			err := db.Read(t.Context(), func(tx *storage.Tx) error {
				got, err := clock.Trusted(tx)
				if got != want {
					t.Errorf("%s: trusted %v, want %v", what, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		beat := func() {
			t.Helper()
			if _, err := clock.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		confirm := func() {
			t.Helper()
			if err := db.Write(t.Context(), clock.Confirm); err != nil {
				t.Fatal(err)
			}
		}
		trusted("a city that never ran", true)
		beat()
		trusted("just begun", true)
		now = now.Add(48 * time.Hour)
		trusted("a weekend without power", true)
		beat()
		now = now.Add(100 * 24 * time.Hour)
		trusted("a hundred days later, before anybody noticed", false)
		beat()
		trusted("noticed", false)
		now = start.Add(49 * time.Hour)
		trusted("set right, and not confirmed", false)
		confirm()
		trusted("confirmed", true)
		now = start
		trusted("49 hours back", false)
		beat()
		confirm()
		trusted("confirmed again", true)
	})
}
