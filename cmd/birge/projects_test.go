package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/projects/oc4ids"
)

// A package of projects is counted and added up; what is wrong is told with its place and how to mend it, in every language.
func TestImportProjects(t *testing.T) {
	projectsOf := looking(t, "projects")
	wrong := saved(t, "wrong.json", `{"version": "0.9", "uri": "https://example.org/p", "publishedDate": "2026-05-31T00:00:00Z", "publisher": {"name": "A"},
		"projects": [{"id": "park", "budget": {"amount": {"amount": 7.5, "currency": "KZT"}}, "milestones": [{"id": "1", "status": "met"}]}, {"id": "square"}]}`)
	out, messages, code := projectsOf(wrong, "--dry-run", "--json", "--lang", "ru")
	var got projectsReport
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitNotConforming || !strings.Contains(messages, "ошибки: 1") {
		t.Fatalf("%d %v %s\n%s", code, err, messages, out)
	}
	if got.Projects != 2 || got.Valid != 1 || got.Milestones["met"] != 1 || got.Sums["KZT"].Budget != "7.5" || got.Unsummed != 1 || len(got.Told) != 1 {
		t.Fatalf("%+v", got)
	}
	park := got.Told[0]
	if park.Number != 1 || park.ID != "park" || park.Valid || park.Problems[0].Place != "/projects/0/milestones/0/dateMet" || !strings.Contains(park.Problems[0].Mend, "добавьте dateMet") {
		t.Errorf("%+v", park)
	}
	for lang, words := range map[string]string{"kk": "dateMet қосыңыз", "ru": "добавьте dateMet", "en": "add dateMet"} {
		if out, _, code := projectsOf(wrong, "--dry-run", "--lang", lang); code != exitNotConforming || !strings.Contains(out, "/projects/0/milestones/0/dateMet: ") || !strings.Contains(out, words) || !strings.Contains(out, "7.5 KZT") {
			t.Errorf("%s: %d %s", lang, code, out)
		}
	}
	if _, _, code := projectsOf(wrong); code != 2 {
		t.Errorf("without --dry-run: %d", code)
	}
	if _, messages, code := projectsOf(saved(t, "none.json", "[]"), "--dry-run", "--lang", "en"); code != 1 || !strings.Contains(messages, "projects") {
		t.Errorf("%d %s", code, messages)
	}
	if _, messages, code := projectsOf(saved(t, "large.json", `{"projects": ["`+strings.Repeat("a", oc4ids.MostOne)+`"]}`), "--dry-run", "--lang", "en"); code != 1 || !strings.Contains(messages, "512 KB") {
		t.Errorf("%d %s", code, messages)
	}
}

// The published example is valid; what is only noticed is no failure.
func TestImportTheExampleOfProjects(t *testing.T) {
	var out, messages bytes.Buffer
	if code := run(t.Context(), []string{"import", "projects", citytest.Shared(t, "oc4ids", "example.json"), "--dry-run", "--lang", "en"}, &streams{In: strings.NewReader(""), Out: &out, Err: &messages}); code != 0 || !strings.Contains(out.String(), "projects 1, valid 1") || !strings.Contains(out.String(), "notice: ") {
		t.Errorf("%d %s%s", code, out.String(), messages.String())
	}
}

// Every code has words.
func TestProjectCodesHaveWords(t *testing.T) {
	catalog, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range oc4ids.Codes() {
		if !catalog.For("en").Has("cli.projects_" + string(code)) {
			t.Errorf("no words for %s", code)
		}
	}
}
