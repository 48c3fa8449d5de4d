package lexis

import (
	"strings"
	"unicode/utf8"
)

// Terms are the words of a text as the search knows them, in whatever form they stand, without those too short to say anything.
func Terms(text string) map[string]bool {
	out := map[string]bool{}
	for _, t := range strings.Fields(Analyse(text)) {
		if utf8.RuneCountInString(t) > 3 {
			out[t] = true
		}
	}
	return out
}

// Opening is the beginning of a text: what it is about is said there, and whoever looks for alike texts compares hundreds.
func Opening(text string) string {
	const most = 300 // characters
	letters := []rune(text)
	return string(letters[:min(len(letters), most)])
}

// Share is how much of the smaller of two sets of words is in both, from 0 to 1.
func Share(a, b map[string]bool) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for t := range a {
		if b[t] {
			both++
		}
	}
	return float64(both) / float64(max(len(a), 1))
}
