package civic

import (
	"strings"
	"unicode"
)

// GuessLang tells the language of a few words by their letters; page is the language of the page on
// which they were written, for words that could be in two. Kazakh has letters that no other language
// of the city has; Cyrillic words without them are Russian when they hold a letter or a word that
// Kazakh hardly uses.
func GuessLang(text string, page Lang) Lang {
	latin, cyrillic := 0, 0
	for _, r := range strings.ToLower(text) {
		switch {
		case strings.ContainsRune("әғқңөұүһі", r):
			return Kazakh
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	if latin > cyrillic {
		return English
	}
	if cyrillic == 0 {
		return page
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if russianWords[word] || strings.ContainsAny(word, "ёъщцчьэ") {
			return Russian
		}
	}
	if page == English {
		return Russian
	}
	return page
}

// russianWords are short common ones that are no Kazakh words.
var russianWords = map[string]bool{"и": true, "в": true, "во": true, "на": true, "не": true, "с": true, "со": true, "к": true, "у": true, "о": true, "по": true, "за": true,
	"из": true, "от": true, "до": true, "для": true, "что": true, "как": true, "но": true, "или": true, "нужно": true, "нужны": true, "надо": true, "больше": true, "меньше": true}
