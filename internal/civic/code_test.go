package civic_test

import (
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// A code is typed on whatever keyboard there is.
func TestLettersOfAnyKeyboard(t *testing.T) {
	for typed, want := range map[string]string{"k7qx-3fhm": "K7QX3FHM", "К7QХ 3FНМ": "K7QX3FHM", "авекмнрстух": "ABEKMHPCTYX", "«2–3»": "23"} {
		if got := civic.CodeLetters(typed); got != want {
			t.Errorf("%s is %s, want %s", typed, got, want)
		}
	}
}
