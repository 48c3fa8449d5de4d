package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/councils/popolo"
)

// What a file holds is counted, what does not conform is named in every language, and nothing is changed.
func TestImportPopolo(t *testing.T) {
	popoloOf := looking(t, "popolo")
	out, messages, code := popoloOf(citytest.Shared(t, "popolo", "zimbabwe-senate.json"), "--dry-run", "--json")
	var got popoloReport
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || got.Counts != (popolo.Counts{Persons: 67, Organizations: 4, Memberships: 68, Events: 1}) || got.Wrong != 0 {
		t.Errorf("%d %v %s %s", code, err, out, messages)
	}
	wrong := saved(t, "wrong.json", `{"persons": [{"id": "p", "name": "A", "birth_date": "1 May"}]}`)
	for lang, words := range map[string]string{"kk": "күні", "ru": "дата", "en": "date"} {
		if out, _, code := popoloOf(wrong, "--dry-run", "--lang", lang); code != exitNotConforming || !strings.Contains(out, words) || !strings.Contains(out, "persons[0]") {
			t.Errorf("%s: %d %s", lang, code, out)
		}
	}
	if _, _, code := popoloOf(wrong); code != 2 {
		t.Errorf("without --dry-run: %d", code)
	}
	if _, messages, code := popoloOf(saved(t, "none.json", "[]"), "--dry-run", "--lang", "en"); code != 1 || !strings.Contains(messages, "no collections") {
		t.Errorf("%d %s", code, messages)
	}
}

// A value is sealed, and the list of replacements holds everybody who stayed and nobody who left.
func TestSortitionReplaceAndSeal(t *testing.T) {
	out, messages, code := sortitionOf(t, quotaFile, peopleFile, "--size", "2", "--json", "--lottery", "1000")
	if code != 0 {
		t.Fatal(messages)
	}
	list := saved(t, "list.json", out)
	out, messages, code = sortitionOf(t, quotaFile, peopleFile, "--size", "2", "--json", "replace", list, "--stayed", "a", "--left", "d")
	var got selection
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || len(got.Lottery.Panels) == 0 {
		t.Fatalf("%d %v %s", code, err, messages)
	}
	for _, panel := range got.Lottery.Panels { // a sits with d or with e, and d has left
		if strings.Join(panel, " ") != "a e" {
			t.Errorf("%v", panel)
		}
	}
	out, messages, code = sortitionOf(t, quotaFile, peopleFile, "seal", "Ayan", "one", "--json")
	// printf 'birge.draw/1 commitment\nAyan\none' | sha256sum
	if code != 0 || !strings.Contains(out, "36f7b08f177b9639d2cb3a59732f184fb7c0b2a6e3933b75fdefea09776f915e") {
		t.Errorf("%d %s %s", code, out, messages)
	}
}
