package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/appeals/older"
)

// A table is taken in, what is wrong is said in every language, and a second time changes nothing; --dry-run takes nothing in.
func TestImportAppeals(t *testing.T) {
	path, database := saved(t, "old.csv", "number;filed on;text\n1;2026-01-01;a\n2;soon;b\n"), filepath.Join(t.TempDir(), "city.db")
	imports := func(args ...string) (int, string, string) {
		var o, e bytes.Buffer
		code := run(t.Context(), append([]string{"import", "appeals", path, "--database", database}, args...), &streams{In: strings.NewReader(""), Out: &o, Err: &e})
		return code, o.String(), e.String()
	}
	for lang, words := range map[string]string{"kk": "күн", "ru": "день", "en": "day"} {
		if code, out, messages := imports("--dry-run", "--lang", lang); code != 1 || !strings.Contains(out, words) {
			t.Errorf("%s: %d %s %s", lang, code, out, messages)
		}
	}
	for _, want := range []string{`"taken": 1,`, `"there": 1,`} {
		if code, out, messages := imports("--json", "--lang", "en"); code != 1 || !strings.Contains(out, want) || !strings.Contains(out, `"left": 1,`) || !strings.Contains(messages, "1 row was not taken") {
			t.Errorf("%s: %d %s %s", want, code, out, messages)
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
