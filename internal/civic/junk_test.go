package civic_test

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// What is junk, and what only looks like it.
func TestJunk(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "web.junk_unseen",
		" \t\n\u00a0":            "web.junk_unseen",
		"\u200b\u2060\ufeff":     "web.junk_unseen",
		"\u0301\u0308":           "web.junk_unseen", // marks without a letter
		"\u3164\u115f \u2800":    "web.junk_unseen", // blank letters
		"\u202eтимасыз":          "web.junk_turned",
		"сөз \u2067 сөз":         "web.junk_turned",
		"#REF!":                  "web.junk_formula",
		" #ссылка! ":             "web.junk_formula",
		"#REF! деп шығады":       "", // words about it
		"Ә":                      "",
		"12":                     "",
		"👍":                      "",
		"й":                      "", // a letter and its mark
		strings.Repeat("ұ", 200): "",
	} {
		if got := civic.Junk(text, nil); got != want {
			t.Errorf("%+q: %q, not %q", text, got, want)
		}
	}
}

// The same text twice is told by what people see of it.
func TestJunkTwice(t *testing.T) {
	seen := civic.Seen{}
	for _, x := range []struct{ text, want string }{
		{"Көшеге ағаш егейік", ""},
		{"көшеге  ағаш\u200b егейік ", "web.junk_twice"},
		{"Көшеге гүл егейік", ""},
		{"#REF!", "web.junk_formula"},
		{"#REF!", "web.junk_formula"},
	} {
		if got := civic.Junk(x.text, seen); got != x.want {
			t.Errorf("%q: %q, not %q", x.text, got, x.want)
		}
	}
}

// Of what cannot be seen, CleanText leaves nothing.
func TestCleanTextLeavesNothingUnseen(t *testing.T) {
	for _, text := range []string{"\u200b", "\u0301", "\u3164", "\u2800\u2060", "\u202e"} {
		if got := civic.CleanText(text); got != "" {
			t.Errorf("%+q leaves %+q", text, got)
		}
	}
}
