package civic

import (
	"strings"
	"unicode"
)

// CleanText makes text from anybody safe to store, be it typed or from a file: valid UTF-8, no NUL (PostgreSQL refuses it) or
// other controls but line breaks and tabs, plain line ends, and nothing that turns the direction of reading: with U+202E a title
// reads backwards, and so does what stands beside it. Of a text in which nothing can be seen, such as a name of
// zero-width spaces, nothing is left: it would be a link without words (see [Junk]).
func CleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !strings.ContainsFunc(s, Visible) {
		s = strings.Map(func(c rune) rune {
			if unicode.IsSpace(c) {
				return c
			}
			return -1
		}, s)
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' || turns(c) {
			return -1
		}
		return c
	}, s)
}

// turns reports whether a character embeds, overrides or isolates a direction of reading.
func turns(c rune) bool { return c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 }
