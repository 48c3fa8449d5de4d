package civic

import "testing"

func TestTheLanguageOfAFewWordsIsGuessed(t *testing.T) {
	for _, tc := range []struct {
		text string
		page Lang
		want Lang
	}{
		{"Саябаққа көбірек ағаш керек", Russian, Kazakh},
		{"Нужны скамейки у входа", Kazakh, Russian},
		{"Больше света", Kazakh, Russian},
		{"Мектеп алдында жарық жансын", English, Kazakh},
		{"Бала бакша керек", Kazakh, Kazakh}, // typed without Kazakh letters: the page decides
		{"Сделайте парк", English, Russian},
		{"More trees in the park", Kazakh, English},
		{"2 + 2", Russian, Russian},
	} {
		if got := GuessLang(tc.text, tc.page); got != tc.want {
			t.Errorf("%q on a page in %s: %s, want %s", tc.text, tc.page, got, tc.want)
		}
	}
}
