package ballots

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/crypto/argon2"

	"github.com/birge-kz/birge/internal/civic"
)

// wordCount is how many words a receipt has. Each is one of 256, so together they are one of 2⁶⁴.
const wordCount = 8

// Words are the receipt of a ballot: a secret that its voter alone keeps, read and typed as eight common words of a language. The
// server forgets them with the request.
type Words [wordCount]byte

// NewWords draws words by chance.
func NewWords() (w Words) {
	_, _ = rand.Read(w[:]) // never fails
	return w
}

//go:embed words/*.txt
var wordFiles embed.FS

// dictionary is the 256 words of each language, and where each stands as it is typed.
type dictionary struct {
	words map[civic.Lang][]string
	at    map[civic.Lang]map[string]byte
}

var dictionaries = sync.OnceValue(func() (d dictionary) {
	d.words, d.at = map[civic.Lang][]string{}, map[civic.Lang]map[string]byte{}
	for _, lang := range civic.Languages() {
		raw, _ := wordFiles.ReadFile("words/" + string(lang) + ".txt") // a test reads each
		d.words[lang], d.at[lang] = strings.Fields(string(raw)), map[string]byte{}
		for i, w := range d.words[lang] {
			d.at[lang][typed(w)] = byte(i)
		}
	}
	return d
})

// typed is how a word is compared: without what a phone lacks or changes, such as capitals and the letters of Kazakh alone.
func typed(word string) string { return foldedLetters.Replace(strings.ToLower(word)) }

var foldedLetters = strings.NewReplacer("ё", "е", "ә", "а", "і", "и", "ң", "н", "ғ", "г", "ү", "у", "ұ", "у", "қ", "к", "ө", "о", "һ", "х", "й", "и")

// In lists the words in a language.
func (w Words) In(lang civic.Lang) []string {
	all := dictionaries().words[lang]
	if len(all) == 0 {
		all = dictionaries().words[civic.English]
	}
	out := make([]string, len(w))
	for i, at := range w {
		out[i] = all[at]
	}
	return out
}

// ParseWords reads words as people type them, in any of the languages: numbers, commas and capitals do not matter. An error is of code
// Invalid and says which word is not known.
func ParseWords(s string) (w Words, err error) {
	if len(s) > 1000 {
		return w, civic.Fail(civic.Invalid, "ballots.words_count", "Count", wordCount)
	}
	list := strings.FieldsFunc(s, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsMark(c) })
	if len(list) != wordCount {
		return w, civic.Fail(civic.Invalid, "ballots.words_count", "Count", wordCount)
	}
	lang := languageOf(list)
	for i, word := range list {
		at, known := dictionaries().at[lang][typed(word)]
		if !known {
			return w, civic.Fail(civic.Invalid, "ballots.words_unknown", "Word", civic.Shortened(word, maxCode))
		}
		w[i] = at
	}
	return w, nil
}

// languageOf is the language that knows most of the words.
func languageOf(list []string) (best civic.Lang) {
	most := -1
	for _, lang := range civic.Languages() {
		n := 0
		for _, word := range list {
			if _, known := dictionaries().at[lang][typed(word)]; known {
				n++
			}
		}
		if n > most {
			most, best = n, lang
		}
	}
	return best
}

// keys are what words open, each of which tells nothing of the others.
type keys struct {
	box   []byte // names the ballot in the box
	owner []byte // with who holds the words: that nobody else changes the ballot
	code  string // names the ballot in the published list
}

// keysOf stretches the words, which takes a millisecond and a mebibyte: whoever has the box and would try words has to pay that for each of 2⁶⁴.
func (w Words) keysOf(vote civic.ID) keys {
	return keysFrom(argon2.IDKey(w[:], []byte("birge ballots\x00"+string(vote)), 1, 1024, 1, keyBytes))
}

// randomKeys are those of a ballot without a receipt, as from paper.
func randomKeys() keys {
	b := make([]byte, keyBytes)
	_, _ = rand.Read(b) // never fails
	return keysFrom(b)
}

const keyBytes = 16 + 32 + 10

func keysFrom(b []byte) keys {
	return keys{box: b[:16], owner: b[16:48], code: base32.StdEncoding.EncodeToString(b[48:58])}
}

// ownedBy is what binds a ballot to the one who cast it, and says binds it to what it says. Without the words nobody can tell either.
func (k keys) ownedBy(who string) []byte { return k.mac("who", who) }
func (k keys) says(b string) []byte      { return k.mac("ballot", b) }

func (k keys) mac(what, of string) []byte {
	h := hmac.New(sha256.New, k.owner)
	h.Write([]byte("birge " + what + "\x00" + of))
	return h.Sum(nil)
}

// String is the words in a language, in one line, as ParseWords reads them.
func (w Words) String(lang civic.Lang) string { return strings.Join(w.In(lang), " ") }
