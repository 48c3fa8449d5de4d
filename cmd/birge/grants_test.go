package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/grants/threesixty"
)

// A file of a funder is counted and added up, what is wrong is named in every language, and nothing is changed.
func TestImportGrants(t *testing.T) {
	grantsOf := looking(t, "grants")
	out, messages, code := grantsOf(citytest.Shared(t, "360giving", "grants", "a002400000KeYdsAAF-currency.json"), "--dry-run", "--json")
	var got grantsReport
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || got.Grants != 379 || got.Valid != 0 || got.Readable != 379 || got.Wrong != 758 || got.Sums["USD"]["2014"] != "153934" {
		t.Errorf("%d %v %s\n%.600s", code, err, messages, out)
	}
	wrong := saved(t, "wrong.json", `{"grants": [{"id": "a", "awardDate": "03/04/2026", "amountAwarded": 7.5, "currency": "KZT"}, {"currency": 7}]}`)
	for lang, words := range map[string]string{"kk": "айы", "ru": "месяц", "en": "month"} {
		if out, _, code := grantsOf(wrong, "--dry-run", "--lang", lang); code != exitNotConforming || !strings.Contains(out, words) || !strings.Contains(out, "2026: 7.5 KZT") {
			t.Errorf("%s: %d %s", lang, code, out)
		}
	}
	if out, _, _ := grantsOf(wrong, "--dry-run", "--json", "--dates", "month-first"); !strings.Contains(out, `"read": "2026-03-04"`) {
		t.Error(out)
	}
	if _, _, code := grantsOf(wrong, "--dry-run", "--dates", "year-first"); code == 0 {
		t.Error("an unknown order was taken")
	}
	if _, _, code := grantsOf(wrong); code != 2 {
		t.Errorf("without --dry-run: %d", code)
	}
	for text, words := range map[string]string{"[]": "neither JSON", "PK\x03\x04": "damaged"} {
		if _, messages, code := grantsOf(saved(t, "none", text), "--dry-run", "--lang", "en"); code != 1 || !strings.Contains(messages, words) {
			t.Errorf("%q: %d %s", text, code, messages)
		}
	}
}

// Every code has words.
func TestGrantCodesHaveWords(t *testing.T) {
	catalog, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range threesixty.Codes() {
		if !catalog.For("en").Has("cli.grants_" + string(code)) {
			t.Errorf("no words for %s", code)
		}
	}
}
