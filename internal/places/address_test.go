package places

import (
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// People write one address in many ways; what is left of each are the words that tell it apart: names, houses, and neighbourhoods that have a number.
func TestWordsOfAnAddress(t *testing.T) {
	for typed, want := range map[string]string{
		"г. Шымкент, ул. Абая, д. 14, кв. 3":      "абая|14|",
		"Абай даңғылы, 14-үй, 3-пәтер":            "абай|14|",
		"Абай д-лы 14 үй пәтер 3":                 "абай|14|",
		"Абай 14, 2-қабат, кеңсе 7":               "абай|14|",
		"Абая 14 кв 3":                            "абая|14|",
		"Abai ave 14, apt. 3, 2nd floor":          "abai|14|",
		"Абая 14, оф.2, 3-й этаж":                 "абая|14|",
		"проспект Республики 12а":                 "республики|12а|",
		"пр-т Республики 12/1":                    "республики|12 1|",
		"мкр Нұрсат":                              "нұрсат||",
		"16 мкр":                                  "||16",
		"16-мкр., 5":                              "|5|16",
		"мкр. 16, дом 5":                          "|5|16",
		"16 мкр 16":                               "|16|16",
		"16-й мкр-н, 5":                           "|5|16",
		"3-шағын аудан, 12-үй":                    "|12|3",
		"3 ш/а 12":                                "|12|3",
		"Нұрсат ш/а, 12-үй":                       "нұрсат|12|",
		"Абайский р-н, ул. Рыскулова 2":           "абайский район рыскулова|2|",
		"Шымкент мкр 16":                          "||16",
		"Nursat microdistrict, house 5":           "nursat|5|",
		"улица":                                   "||",
		"…":                                       "||",
		"кв. 3":                                   "||",
		strings.Repeat("1-", 500) + "кв " + "мкр": "|1|",
	} {
		a := parseAddress(typed, "Шымкент Shymkent")
		if got := strings.Join(a.names, " ") + "|" + strings.Join(a.houses, " ") + "|" + strings.Join(a.quarters, " "); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// What is typed meets what is written, whoever wrote it how; another house, flat or neighbourhood of the same number is none.
func TestAnAddressMeetsAnother(t *testing.T) {
	for _, each := range []struct {
		typed, written string
		meets          bool
	}{
		{"ул. Абая, д. 14, кв. 3", "ул. Абая, 14", true},
		{"Абай 14", "Абай даңғылы, 14-үй, 3-пәтер", true},
		{"Абая 3", "ул. Абая, 14, кв. 3", false},
		{"Абая 14", "ул. Абая, 140", false},
		{"16 мкр", "16-шағын аудан, 5-үй", true},
		{"16 мкр, 5", "16-ш/а, 5", true},
		{"5 мкр, 16", "16-шағын аудан, 5-үй", false},
		{"16 мкр", "ул. Абая, 16", false},
		{"3-шағын аудан, 12-үй", "мкр. 3, д. 12, кв. 4", true},
		{"Нұрсат ш/а 12", "мкр Нурсат, 12", true},
		{"ул. Абая, 14", "Абай даңғылы, 14", true}, // a street is "of" somebody in Russian, and has their name in Kazakh
		{"Абай 14", "ул. Абая, 14", true},
		{"ул. Байтурсынова 5", "Байтұрсынов көшесі, 5-үй", true},
		{"Байтұрсынов 5", "ул. Байтурсынова, д. 5", true},
		{"Кабанбай батыра 7", "Қабанбай батыр көшесі, 7", true},
		{"Тәуке хан 3", "проспект Тауке хана, 3", true},
		{"Республика даңғылы 12", "пр. Республики, 12", true},
		{"Горький 9", "ул. Горького, 9", true},
		{"Толстого 9", "Толстой көшесі, 9", true},
		{"Қазыбек би 2", "ул. Казыбек би, 2", true},
		{"Абая 14", "Абылай хан даңғылы, 14", false},
		{"Абая 14", "Байтұрсынов көшесі, 14", false},
		{"Тауке хана 3", "Абылай хан даңғылы, 3", false},
		{"Тауке хана 3", "Тәуелсіздік даңғылы, 3", false},
		{"Гагарина 3", "Гагра көшесі, 3", false},
	} {
		if got := parseAddress(each.typed, "").in(civic.Text{"ru": each.written}); got != each.meets {
			t.Errorf("%q and %q: %v", each.typed, each.written, got)
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
	byAddress, byName := parseAddress("Абая, 14", "").among(things)
	got := placesOf(append(byAddress, byName...), func(Point) string { return "" })
	if len(got) != 2 || got[0].Name["ru"] != "Фонд" || got[1].Name["ru"] != "Школа на Абая, 14" {
		t.Errorf("%+v", got)
	}
}
