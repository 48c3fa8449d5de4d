package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/appeals/older"
)

// A table is counted, what is wrong is said in every language, and without --dry-run it is refused.
func TestImportAppeals(t *testing.T) {
	path := saved(t, "old.csv", "number;filed on;text\n1;2026-01-01;a\n2;soon;b\n")
	for lang, words := range map[string]string{"kk": "күн", "ru": "день", "en": "day"} {
		var o, e bytes.Buffer
		code := run(t.Context(), []string{"import", "appeals", path, "--dry-run", "--lang", lang}, &streams{In: strings.NewReader(""), Out: &o, Err: &e})
		if code != exitNotConforming || !strings.Contains(o.String(), words) {
			t.Errorf("%s: %d %s %s", lang, code, o.String(), e.String())
		}
		if code := run(t.Context(), []string{"import", "appeals", path, "--lang", lang}, &streams{In: strings.NewReader(""), Out: &o, Err: &e}); code != 2 || !strings.Contains(e.String(), "--dry-run") {
			t.Errorf("%s: %d %s", lang, code, e.String())
		}
	}
	catalog, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range older.Codes() {
		if !catalog.For("en").Has("cli.appeals_" + code) {
			t.Errorf("no words for %s", code)
		}
	}
}
