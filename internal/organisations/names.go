package organisations

import (
	"slices"
	"strings"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// alphabet is the order of letters in a Kazakh list; the letters that only Russian or Uzbek
// spellings have stand where readers look for them.
const alphabet = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"

// SortKey orders names as readers of Kazakh and Russian expect, by plain comparison of
// bytes on both engines: ASCII only, one byte a letter. The name in quotation marks goes
// first, for thousands begin with "Қоғамдық қор". Numbers sort by value.
func SortKey(name string) string {
	if i := strings.IndexAny(name, `«"“„`); i >= 0 {
		name = name[i:] + " " + name[:i]
	}
	var b []byte
	var digits []byte
	flush := func() {
		if len(digits) > 0 {
			d := strings.TrimLeft(string(digits), "0")
			b = append(b, byte('0'+min(len(d), 9)))
			b = append(b, d...)
			digits = digits[:0]
		}
	}
	for _, r := range strings.ToLower(name) {
		if len(b) >= 60 {
			break
		}
		if r >= '0' && r <= '9' {
			digits = append(digits, byte(r))
			continue
		}
		flush()
		if i := strings.IndexRune(alphabet, r); i >= 0 {
			b = append(b, byte(':'+i/2)) // every letter takes two bytes of UTF-8
		} else if r >= 'a' && r <= 'z' {
			b = append(b, byte(':'+len(alphabet)/2)+byte(r-'a'))
		} else if len(b) > 0 && b[len(b)-1] != ' ' && !unicode.IsLetter(r) {
			b = append(b, ' ')
		}
	}
	flush()
	return strings.TrimRight(string(b), " ")
}

// nameKeys are the names in every language as they are compared when a table has no
// identifier for a row.
func (o *Organisation) nameKeys() []string {
	var out []string
	for _, l := range civic.Languages() {
		if k := tables.Plain(o.Name[l]); k != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
