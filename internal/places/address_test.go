package places

import (
	"slices"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// People write one address in many ways; what is left of each are the words that tell it apart.
func TestWordsOfAnAddress(t *testing.T) {
	for typed, want := range map[string][]string{
		"г. Шымкент, ул. Абая, д. 14, кв. 3": {"абая", "14", "3"},
		"Абай даңғылы, 14-үй":                {"абай", "14"},
		"проспект Республики 12а":            {"республики", "12а"},
		"мкр Нұрсат":                         {"нұрсат"},
		"Nursat microdistrict, house 5":      {"nursat", "5"},
		"улица":                              nil,
		"…":                                  nil,
	} {
		if got := wordsOf(typed, "Шымкент Shymkent"); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// A house is found by its address before a thing that only bears the words in its name; one house is one place; what has no point is none.
func TestPlacesThatHaveTheWords(t *testing.T) {
	in := func(ru, name, point string) part.Located {
		return part.Located{Name: civic.Text{"ru": name}, Address: civic.Text{"ru": ru}, Point: point}
	}
	things := []part.Located{
		in("", "Школа на Абая, 14", "42.4, 69.4"), in("ул. Абая, 14", "Фонд", "42.3, 69.6"), in("Абая 14, офис 2", "Союз", "42.3001, 69.6"),
		in("Абая, 140", "Клуб", "42.31, 69.6"), in("Абая, 14", "Нигде", ""),
	}
	got := matching([]string{"абая", "14"}, things, func(Point) string { return "" })
	if len(got) != 2 || got[0].Name["ru"] != "Фонд" || got[1].Name["ru"] != "Школа на Абая, 14" {
		t.Errorf("%+v", got)
	}
}
