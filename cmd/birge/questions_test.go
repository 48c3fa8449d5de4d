package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/learning/gift"
)

// Forty questions of which three are broken: thirty-seven are read, and three are named by their lines in every language.
func TestImportQuestions(t *testing.T) {
	questionsOf := looking(t, "questions")
	var file strings.Builder
	for i := range 40 {
		switch i {
		case 10:
			file.WriteString("::broken:: who decides {=the city\n\n")
		case 20:
			file.WriteString("how many {#many}\n\n")
		case 30:
			file.WriteString("which {~one ~two}\n\n")
		default:
			file.WriteString("::a:: how many {=two ~three}\n\n")
		}
	}
	teacher := saved(t, "teacher.gift", file.String())
	for lang, words := range map[string]string{"kk": "21-жол: ", "ru": "строка 21: ", "en": "line 21: "} {
		out, messages, code := questionsOf(teacher, "--dry-run", "--lang", lang)
		if code != exitNotConforming || !strings.Contains(out, "37") || !strings.Contains(messages, words) || strings.Count(messages, "\n") < 3 {
			t.Errorf("%s: %d %s %s", lang, code, out, messages)
		}
	}
	if _, messages, code := questionsOf(teacher, "--lang", "ru"); code != 2 || !strings.Contains(messages, "--dry-run") {
		t.Errorf("without --dry-run: %d %s", code, messages)
	}
	large := saved(t, "large.gift", strings.Repeat("a\n\n", gift.MaxQuestions+1))
	if _, messages, code := questionsOf(large, "--dry-run", "--lang", "en"); code != 1 || !strings.Contains(messages, "split it") {
		t.Errorf("too many: %d %s", code, messages)
	}
	out, messages, code := questionsOf(citytest.Shared(t, "gift", "formatExamples.gift"), "--dry-run", "--json")
	want, err := os.ReadFile(citytest.Shared(t, "gift", "formatExamples.json"))
	if err != nil {
		t.Fatal(err)
	}
	var a, b []any
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != 0 {
		t.Fatal(err, code, messages)
	}
	if err := json.Unmarshal(want, &b); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%v %s", err, out)
	}
}

// Every code has words.
func TestQuestionCodesHaveWords(t *testing.T) {
	catalog, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range gift.Codes() {
		if !catalog.For("en").Has("cli.questions_" + string(code)) {
			t.Errorf("no words for %s", code)
		}
	}
}
