package sponsorship

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
)

// Hint says why a line of a statement may be a gift.
type Hint string

// The hints, from the strongest on.
const (
	ByCode     Hint = "code"
	ByNearCode Hint = "near_code" // one letter differs
	BySum      Hint = "sum"
	ByName     Hint = "name"
)

var weight = map[Hint]int{ByCode: 100, ByNearCode: 40, BySum: 10, ByName: 12}

// Suggestion is a gift that a line may be.
type Suggestion struct {
	Gift  Gift
	Hints []Hint
}

func (s Suggestion) score() (n int) {
	for _, h := range s.Hints {
		n += weight[h]
	}
	return n
}

// Suggest lists the gifts that money on its way may be, the likeliest first, at most most. It only suggests: a person confirms.
func Suggest(amount civic.Money, party, purpose string, open []Gift, most int) (out []Suggestion) {
	text, payer := codeText(purpose), nameParts(party)
	for _, g := range open {
		s := Suggestion{Gift: g}
		switch d := distance(text, g.Code); {
		case d == 0:
			s.Hints = append(s.Hints, ByCode)
		case d == 1:
			s.Hints = append(s.Hints, ByNearCode)
		}
		if g.Amount == amount {
			s.Hints = append(s.Hints, BySum)
		}
		if sameName(payer, nameParts(g.Name)) {
			s.Hints = append(s.Hints, ByName)
		}
		if len(s.Hints) > 0 {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.score(), a.score()), cmp.Compare(a.Gift.no, b.Gift.no))
	})
	return out[:min(len(out), most)]
}

// codeText is a text with nothing but letters of codes, in which a code is found however it was typed.
func codeText(s string) string {
	s = lookalikes.Replace(strings.ToUpper(s))
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(codeLetters, r) {
			return r
		}
		return -1
	}, s)
}

// distance is in how many places the text differs from the code where it is nearest to it.
func distance(text, code string) int {
	nearest := codeLength
	for i := 0; len(code) == codeLength && i+codeLength <= len(text); i++ {
		d := 0
		for k := range codeLength {
			if text[i+k] != code[k] {
				d++
			}
		}
		nearest = min(nearest, d)
	}
	return nearest
}

// nameParts are the words of a name that have more than two letters.
func nameParts(s string) (out []string) {
	for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len([]rune(word)) > 2 {
			out = append(out, word)
		}
	}
	return out
}

// sameName reports whether two names have two words in common, or the only one that one of them has. Banks write patronymics, people do not.
func sameName(a, b []string) bool {
	common := 0
	for _, word := range a {
		if slices.Contains(b, word) {
			common++
		}
	}
	return common >= 2 || common == 1 && min(len(a), len(b)) == 1
}
