package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// An operator sees what was given up, has it tried again, and drops it.
func TestJobs(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "city.db")
	work := func(enqueue bool) {
		a, err := app.Open(t.Context(), app.Config{Database: dsn, Capabilities: capabilities.All()})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if enqueue {
			err = a.DB.Write(t.Context(), func(tx *storage.Tx) error {
				return jobs.Enqueue(tx, "app.mail", "a secret that is no mail", jobs.Options{})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := a.RunJobs(t.Context()); err == nil {
			t.Error("what is no mail was sent")
		}
	}
	list := func() (report jobsReport) {
		r := birge(t, t.Context(), "jobs", "list", "--json", "--database", dsn)
		if err := json.Unmarshal([]byte(r.out), &report); err != nil || r.code != 0 {
			t.Fatalf("%d %v %s%s", r.code, err, r.out, r.err)
		}
		return report
	}
	work(true)
	dead := list().Dead
	if len(dead) != 1 || dead[0].Kind != "app.mail" || dead[0].Tries != 1 || !strings.Contains(dead[0].Error, "payload") || dead[0].Died.IsZero() || dead[0].Asked.IsZero() {
		t.Fatalf("%+v", dead)
	}
	id := string(dead[0].ID)
	for lang, want := range map[string]string{"kk": "Хат жіберу", "ru": "Отправить письмо", "en": "Send a mail"} {
		r := birge(t, t.Context(), "jobs", "list", "--database", dsn, "--lang", lang)
		if r.code != 0 || !strings.Contains(r.out, want) || !strings.Contains(r.out, id) || strings.Contains(r.out, "secret") {
			t.Errorf("%s: %d\n%s%s", lang, r.code, r.out, r.err)
		}
	}
	if r := birge(t, t.Context(), "jobs", "retry", id, "--database", dsn); r.code != 0 || !strings.Contains(r.err, "waits to be tried again") {
		t.Errorf("%d %s", r.code, r.err)
	}
	if got := list(); len(got.Dead) != 0 {
		t.Errorf("%+v", got)
	}
	if r := birge(t, t.Context(), "jobs", "retry", id, "--database", dsn); r.code != 1 || !strings.Contains(r.err, "no longer in the list") {
		t.Errorf("%d %s", r.code, r.err)
	}
	work(false)
	if got := list().Dead; len(got) != 1 {
		t.Errorf("%+v", got)
	}
	if r := birge(t, t.Context(), "jobs", "discard", id, "--database", dsn); r.code != 0 || !strings.Contains(r.err, "was dropped") {
		t.Errorf("%d %s", r.code, r.err)
	}
	if r := birge(t, t.Context(), "jobs", "discard", id, "--database", dsn); r.code != 1 || len(list().Dead) != 0 {
		t.Errorf("%d %s", r.code, r.err)
	}
}
