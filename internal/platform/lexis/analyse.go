package lexis

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"
	"golang.org/x/text/unicode/norm"
)

const (
	// MaxTermRunes is the length to which a longer word is cut, the same in texts and queries.
	MaxTermRunes = 64
	// MaxDocumentBytes bounds what Analyse returns; words beyond it are not found. PostgreSQL refuses a tsvector of 1 MiB.
	MaxDocumentBytes = 512 << 10
	// maxWordBytes is what a single word can add to a document: at most five terms of MaxTermRunes.
	maxWordBytes = 5 * (MaxTermRunes*utf8.UTFMax + 2)
)

// Marks of the three term spaces beside the plain one. A mark is a Latin letter before a Cyrillic word, which no text holds:
// letters that look alike are brought to one alphabet first; nor does one hold a letter before digits, which are words apart.
const (
	markFolded = 'f' // of a word written with Kazakh letters: its form without them
	markLoose  = 'l' // of a word written without: its stem by all Kazakh suffixes, had it been typed carelessly
	markNumber = 'n' // of a number by which a thing is called: its digits
)

// Analyse returns the terms under which text is found, separated by spaces and in the order of the words: the content of
// the index column. Terms hold only letters and digits. Any string is accepted; bytes that are not UTF-8 separate words.
func Analyse(text string) string {
	var b strings.Builder
	b.Grow(min(4*len(text), MaxDocumentBytes))
	var terms []string
	for w := range words(text) {
		if b.Len()+maxWordBytes > MaxDocumentBytes {
			break
		}
		terms = w.index(terms[:0])
		for _, t := range terms {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(t)
		}
	}
	return b.String()
}

// Number is the term of a number by which a thing is called, such as a BIN or the number of a statement: its digits without
// what stands between and before them, and without leading zeros, which spreadsheets lose. "" when it has no other digit.
func Number(number string) string {
	digits := make([]byte, 0, len(number))
	for i := range len(number) {
		if c := number[i]; '1' <= c && c <= '9' || c == '0' && len(digits) > 0 {
			digits = append(digits, c)
		}
	}
	if len(digits) == 0 {
		return ""
	}
	return string(markNumber) + string(digits[:min(len(digits), MaxTermRunes)])
}

type script uint8

const (
	other script = iota // digits, and alphabets we only compare
	latin
	cyrillic
	kazakh // Cyrillic with at least one letter that Russian lacks
)

// word is one normalised word of a text.
type word struct {
	runes  []rune // valid until the next word
	script script
	open   bool // the text ends with it: its writer may not have finished
}

// index returns the terms of w in a document, appended to dst.
func (w word) index(dst []string) []string {
	exact := string(w.runes)
	dst = append(dst, exact)
	switch w.script {
	case latin:
		dst = add(dst, english.Stem(exact, true))
	case cyrillic:
		dst = add(dst, string(stem(w.runes, strict)))
		dst = add(dst, russian.Stem(exact, true))
		dst = append(dst, string(markLoose)+string(stem(w.runes, full)))
	case kazakh:
		s := stem(w.runes, full)
		dst = add(dst, string(s))
		dst = append(dst, string(markFolded)+foldKazakh(w.runes))
		dst = add(dst, string(markFolded)+foldKazakh(s))
	}
	return dst
}

// query returns the terms any of which finds w, and those of them that may begin a longer word.
func (w word) query() (terms, prefixes []string) {
	exact := string(w.runes)
	terms = append(terms, exact)
	switch w.script {
	case latin:
		terms = add(terms, english.Stem(exact, true))
		prefixes = append(prefixes, exact)
		if t := toCyrillic(w.runes); t != nil {
			more, longer := word{runes: t, script: cyrillic}.query()
			for _, m := range more {
				terms = add(terms, m)
			}
			prefixes = append(prefixes, longer...)
		}
	case cyrillic:
		terms = add(terms, string(stem(w.runes, strict)))
		terms = add(terms, russian.Stem(exact, true))
		loose := string(stem(w.runes, full))
		terms = add(terms, string(markLoose)+loose)
		terms = add(terms, string(markFolded)+exact)
		terms = add(terms, string(markFolded)+loose)
		prefixes = append(prefixes, exact, string(markFolded)+exact)
	case kazakh:
		s := stem(w.runes, full)
		terms = add(terms, string(s))
		terms = add(terms, string(markLoose)+foldKazakh(s))
		prefixes = append(prefixes, exact, foldKazakh(w.runes))
	default:
		prefixes = append(prefixes, exact)
	}
	return terms, prefixes
}

func add(dst []string, t string) []string {
	if t == "" || slices.Contains(dst, t) {
		return dst
	}
	return append(dst, t)
}

// words yields the words of text: runs of letters, and runs of digits. "covid19" is two words, so that neither engine's own
// tokenizer can meet a mixture it would treat specially. Marks, apostrophes and invisible characters inside a word are
// dropped: а́ is а, soʻz is soz.
func words(text string) func(yield func(word) bool) {
	return func(yield func(word) bool) {
		text = strings.ReplaceAll(text, "№", " № ") // its compatible form, "No", is a word apart
		text = norm.NFKC.String(text)
		var buf []rune
		digits := false
		flush := func(open bool) bool {
			if len(buf) == 0 {
				return true
			}
			w := word{runes: buf, open: open}
			if !digits {
				w.script = unify(buf)
			}
			ok := yield(w)
			buf = buf[:0]
			return ok
		}
		for i, r := range text {
			switch {
			case r == utf8.RuneError: // U+FFFD stands for bytes that were lost: a boundary like any symbol
				if !flush(false) {
					return
				}
			case isApostrophe(r):
				if next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):]); digits || !unicode.IsLetter(next) {
					if !flush(false) {
						return
					}
				}
			case unicode.IsLetter(r), unicode.Is(unicode.Nd, r):
				isDigit := !unicode.IsLetter(r)
				if isDigit != digits && !flush(false) {
					return
				}
				digits = isDigit
				if len(buf) < MaxTermRunes {
					buf = append(buf, lower(r))
				}
			case unicode.Is(unicode.M, r), unicode.Is(unicode.Cf, r):
			default:
				if !flush(false) {
					return
				}
			}
		}
		flush(true)
	}
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', '\u2018', '\u2019', '\u02BB', '\u02BC', '\u02B9', '\u02BF':
		return true
	}
	return false
}

// lower maps a letter or digit to its small form without what readers ignore: ё is е, é is e, ٣ is 3.
func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	r = unicode.ToLower(r)
	switch r {
	case 'ё', 'ѐ':
		return 'е'
	case 'ѝ':
		return 'и'
	case 'ı':
		return 'i'
	case 'ə':
		return 'ә'
	}
	switch {
	case unicode.Is(unicode.Nd, r):
		// Every range of decimal digits is ten long and begins at its zero.
		d := rune(0)
		for d < 9 && unicode.Is(unicode.Nd, r-d-1) && (r-d-1)>>4 == r>>4 {
			d++
		}
		return '0' + d
	case unicode.Is(unicode.Latin, r):
		if d := norm.NFD.PropertiesString(string(r)).Decomposition(); len(d) > 0 && d[0] < utf8.RuneSelf {
			return rune(d[0])
		}
	}
	return r
}

// unify finds the alphabet of a word and mends the usual mixture: Latin i, h or a typed inside a Cyrillic word.
func unify(w []rune) script {
	var nLatin, nCyrillic int
	for _, r := range w {
		switch {
		case r < utf8.RuneSelf:
			nLatin++
		case r >= 0x400 && r <= 0x52F:
			nCyrillic++
		}
	}
	switch {
	case nCyrillic == 0 && nLatin == 0:
		return other
	case nCyrillic == 0:
		return latin
	case nLatin > nCyrillic:
		for i, r := range w {
			if k := strings.IndexRune(lookCyrillic, r); k >= 0 {
				w[i] = rune(lookLatin[k/2]) // every letter of lookCyrillic takes two bytes
			}
		}
		return latin
	}
	s := cyrillic
	for i, r := range w {
		if k := strings.IndexRune(lookLatin, r); r < utf8.RuneSelf && k >= 0 {
			r, _ = utf8.DecodeRuneInString(lookCyrillic[2*k:])
			w[i] = r
		}
		if isKazakh(r) {
			s = kazakh
		}
	}
	return s
}

const (
	lookLatin    = "aceopxyikmth"
	lookCyrillic = "асеорхуікмтһ"
)

// isKazakh reports whether r is a letter of Kazakh (or Uzbek) Cyrillic that Russian lacks.
func isKazakh(r rune) bool { return foldRune(r) != r }

// foldRune gives the letter people type for r on a keyboard without Kazakh letters.
func foldRune(r rune) rune {
	switch r {
	case 'ә':
		return 'а'
	case 'ғ':
		return 'г'
	case 'қ':
		return 'к'
	case 'ң':
		return 'н'
	case 'ө':
		return 'о'
	case 'ұ', 'ү', 'ў':
		return 'у'
	case 'һ', 'ҳ':
		return 'х'
	case 'і':
		return 'и'
	}
	return r
}

// Folded is a word as people type it on a keyboard without Kazakh letters, in small letters.
func Folded(word string) string {
	return strings.Map(func(r rune) rune { return foldRune(lower(r)) }, norm.NFKC.String(word))
}

func foldKazakh(w []rune) string {
	var b strings.Builder
	b.Grow(2 * len(w))
	for _, r := range w {
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// toCyrillic reads a word in Latin letters as Kazakh or Russian written without a Cyrillic keyboard, in the usual
// spelling of passports and addresses; nil when a letter has no reading.
func toCyrillic(w []rune) []rune {
	out := make([]rune, 0, len(w))
	s := string(w)
next:
	for i := 0; i < len(s); {
		for _, t := range translit {
			if strings.HasPrefix(s[i:], t.latin) {
				out = append(out, []rune(t.cyrillic)...)
				i += len(t.latin)
				continue next
			}
		}
		if s[i] != 'y' {
			return nil
		}
		// y is й beside a vowel and ы between consonants: Abay, Shymkent.
		if i > 0 && isLatinVowel(s[i-1]) || i == 0 && len(s) > 1 && isLatinVowel(s[1]) {
			out = append(out, 'й')
		} else {
			out = append(out, 'ы')
		}
		i++
	}
	if len(out) > MaxTermRunes {
		out = out[:MaxTermRunes]
	}
	return out
}

func isLatinVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

var translit = []struct{ latin, cyrillic string }{
	{"shch", "щ"}, {"zh", "ж"}, {"kh", "х"}, {"gh", "г"}, {"sh", "ш"}, {"ch", "ч"}, {"ts", "ц"}, {"ya", "я"}, {"yu", "ю"},
	{"a", "а"}, {"b", "б"}, {"c", "ц"}, {"d", "д"}, {"e", "е"}, {"f", "ф"}, {"g", "г"}, {"h", "х"}, {"i", "и"}, {"j", "ж"},
	{"k", "к"}, {"l", "л"}, {"m", "м"}, {"n", "н"}, {"o", "о"}, {"p", "п"}, {"q", "к"}, {"r", "р"}, {"s", "с"}, {"t", "т"},
	{"u", "у"}, {"v", "в"}, {"w", "у"}, {"x", "кс"}, {"z", "з"},
}
