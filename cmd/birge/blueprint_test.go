package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/record/proof"
)

// From one city's blueprint a new one is made, with the questions that are open; then it takes over what changes, and takes that back.
func TestBlueprintOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	at := func(name string) string { return filepath.Join(dir, name) }
	a, err := app.Open(t.Context(), app.Config{Database: at("a.db"), URL: &url.URL{Scheme: "https", Host: "city.example"}, Capabilities: capabilities.All()})
	if err != nil {
		t.Fatal(err)
	}
	set := func(n int64) {
		t.Helper()
		if err := a.Settings.SetValue(t.Context(), operator(), city.Value{Key: "moderation.claim_minutes", From: "2026-01-01", Value: n, Source: "Решение 5"}); err != nil {
			t.Fatal(err)
		}
	}
	set(20)
	if _, err := a.Record.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, err := a.Record.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	_, stranger, err := proof.GenerateKey("city.example")
	if err != nil {
		t.Fatal(err)
	}
	step := func(code int, want string, args ...string) {
		t.Helper()
		got := birge(t, t.Context(), args...)
		if got.code != code || !strings.Contains(got.out+got.err, want) {
			t.Fatalf("birge %s: code %d, want %d and %q\n%s%s", strings.Join(args, " "), got.code, code, want, got.out, got.err)
		}
	}
	export := func(file string) {
		t.Helper()
		step(0, "blueprint written to", "blueprint", "export", "--database", at("a.db"), at(file))
	}
	export("1.zip")
	step(1, "exists", "blueprint", "export", "--database", at("a.db"), at("1.zip"))
	step(0, "holds: city.example, version 1", "blueprint", "verify", "--key", keys[0], at("1.zip"))
	step(1, "the key of city.example is not known", "blueprint", "verify", at("1.zip"))
	step(3, "SIGNATURE", "blueprint", "verify", "--key", stranger, at("1.zip"))
	step(2, "key", "blueprint", "verify", "--key", "rubbish", at("1.zip"))
	raw, err := os.ReadFile(at("1.zip"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("cut.zip"), raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	step(3, "this is no blueprint", "blueprint", "verify", "--key", keys[0], at("cut.zip"))

	step(1, "is not known", "new", "--from", at("1.zip"), "--city", "Түркістан", "--database", at("b.db"))
	step(0, "5. This city’s thresholds", "new", "--from", at("1.zip"), "--key", keys[0], "--city", "Түркістан", "--database", at("b.db"))
	step(1, "exists", "new", "--from", at("1.zip"), "--key", keys[0], "--city", "Түркістан", "--database", at("b.db"))
	step(0, "nothing differs", "blueprint", "diff", "--key", keys[0], "--database", at("b.db"), at("1.zip"))

	if a, err = app.Open(t.Context(), app.Config{Database: at("a.db"), Capabilities: capabilities.All()}); err != nil {
		t.Fatal(err)
	}
	set(30)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	export("2.zip")
	step(0, "2026-01-01.value: 20 → 30", "blueprint", "diff", "--key", keys[0], "--database", at("b.db"), at("2.zip"))
	step(0, `"taken": true`, "blueprint", "apply", "--json", "--key", keys[0], "--database", at("b.db"), at("2.zip"))
	step(0, "taken back: city.example, version 2", "blueprint", "undo", "--database", at("b.db"))
	step(0, "20 → 30", "blueprint", "diff", "--key", keys[0], "--database", at("b.db"), at("2.zip"))
}
