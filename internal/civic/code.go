package civic

import "strings"

// latin are the letters of codes that look alike in Cyrillic, as somebody types them whose keyboard is Kazakh or Russian.
var latin = map[rune]rune{'А': 'A', 'В': 'B', 'Е': 'E', 'К': 'K', 'М': 'M', 'Н': 'H', 'Р': 'P', 'С': 'C', 'Т': 'T', 'У': 'Y', 'Ү': 'Y', 'Х': 'X', 'Һ': 'H', 'Ғ': 'F'}

// Latin writes in capitals, and in Latin letters what looks like them.
func Latin(typed string) string {
	return strings.Map(func(c rune) rune {
		if l, alike := latin[c]; alike {
			return l
		}
		return c
	}, strings.ToUpper(typed))
}

// CodeLetters are the letters and digits of a code that somebody typed on whatever keyboard, in Latin capitals; of what is longer than any code, those of its
// first 100 bytes.
func CodeLetters(code string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, Latin(code[:min(len(code), 100)]))
}
