package lexis

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Defaults of Parser.
const (
	DefaultMaxWords = 12
	DefaultMaxBytes = 1 << 10
)

// minPrefixRunes is the shortest unfinished word that finds longer ones; one letter would find half of everything.
const minPrefixRunes = 2

// Parser reads what people type into a search box. The zero value has the default bounds.
type Parser struct {
	MaxWords int // words that are looked for; later ones are ignored. 0: DefaultMaxWords
	MaxBytes int // bytes of the query that are read. 0: DefaultMaxBytes
}

// Query is a parsed query: every word must be found, each under any of its terms. The zero Query finds nothing.
type Query struct {
	words []queryWord
}

type queryWord struct {
	terms    []string    // letters and digits only; at least one, or parts
	prefixes []string    // terms that also find the words they begin
	parts    []queryWord // words that, all found, do as well: the pieces of a number typed with gaps
	signed   bool        // a number with a № before it
}

// ByNumber is the query for things that bear its number themselves ("№ 12", "#12"), beside those in whose text it stands,
// which q finds. It reports false when q has no number with a sign.
func (q Query) ByNumber() (Query, bool) {
	own, any := Query{slices.Clone(q.words)}, false
	for i, w := range own.words {
		if w.signed {
			own.words[i].parts, any = nil, true
		}
	}
	return own, any
}

// Finds reports whether a text has every word of the query, as the engines find it by its terms.
func (q Query) Finds(text string) bool {
	terms := strings.Fields(Analyse(text))
	return len(q.words) > 0 && !slices.ContainsFunc(q.words, func(w queryWord) bool { return !w.among(terms) })
}

func (w queryWord) among(terms []string) bool {
	found := func(t string) bool {
		return slices.Contains(w.terms, t) || slices.ContainsFunc(w.prefixes, func(p string) bool { return strings.HasPrefix(t, p) })
	}
	return slices.ContainsFunc(terms, found) || len(w.parts) > 0 && !slices.ContainsFunc(w.parts, func(p queryWord) bool { return !p.among(terms) })
}

// ParseQuery reads q with the default bounds. It reports false when q has no word to look for.
func ParseQuery(q string) (Query, bool) { return Parser{}.Parse(q) }

// Parse reads q. Any string is accepted: there are no operators, and so no syntax errors. The last word is taken as a
// beginning unless something follows it. Words that carry no meaning ("және", "и", "the") are left out when others remain;
// so are those that announce a number ("№", "БИН"). It reports false when q has no word to look for.
func (p Parser) Parse(q string) (Query, bool) {
	if p.MaxWords <= 0 {
		p.MaxWords = DefaultMaxWords
	}
	if p.MaxBytes <= 0 {
		p.MaxBytes = DefaultMaxBytes
	}
	cut := len(q) > p.MaxBytes
	if cut {
		n := p.MaxBytes
		for n > 0 && !utf8.RuneStart(q[n]) {
			n--
		}
		q = q[:n]
	}
	r := reader{seen: map[string]bool{}}
	for w := range words(hash.ReplaceAllString(q, "№$1")) {
		if cut && w.open && r.count > 0 {
			break // the rest of this word was not read
		}
		if r.add(w); r.count == p.MaxWords {
			break
		}
	}
	r.endNumber()
	if len(r.kept) == 0 {
		r.kept = r.stopped[:min(len(r.stopped), p.MaxWords)]
	}
	return Query{r.kept}, len(r.kept) > 0
}

// hash is a number sign as it is typed where the keyboard has no №.
var hash = regexp.MustCompile(`#(\s*\pN)`)

// reader takes the words of a query one by one.
type reader struct {
	kept, stopped []queryWord
	exact         []string // the words of kept as they were typed
	count         int      // words kept, each piece of a number for itself
	seen          map[string]bool
	number        []queryWord // pieces of a number that may go on
	digits        string      // the same joined
	signed        bool        // a № stands before it
}

func (r *reader) add(w word) {
	exact := string(w.runes)
	var q queryWord
	q.terms, q.prefixes = w.query()
	if !w.open || len(w.runes) < minPrefixRunes {
		q.prefixes = nil
	}
	if isDigits(exact) {
		if len(r.number) == 0 {
			r.dropAnnouncement()
		}
		r.number, r.digits, r.count = append(r.number, q), r.digits+exact, r.count+1
		return
	}
	r.endNumber()
	switch {
	case r.seen[exact] && !w.open:
	case stopWords[exact] && !w.open:
		r.stopped = append(r.stopped, q)
	default:
		r.kept, r.exact, r.count = append(r.kept, q), append(r.exact, exact), r.count+1
	}
	r.seen[exact] = true
}

// dropAnnouncement takes back the words before a number that only say what sort of number follows.
func (r *reader) dropAnnouncement() {
	for n := len(r.kept); n > 0 && announcements[r.exact[n-1]] != 0; n = len(r.kept) {
		r.signed = r.signed || announcements[r.exact[n-1]] == numberSign
		delete(r.seen, r.exact[n-1])
		r.kept, r.exact, r.count = r.kept[:n-1], r.exact[:n-1], r.count-1
	}
}

// endNumber keeps the number that was being read. It is looked for in pieces as they were typed, and as a thing's own number
// in one piece: without a sign only where it is long enough to be one.
func (r *reader) endNumber() {
	last := len(r.number) - 1
	if last < 0 {
		return
	}
	if own := Number(r.digits); own != "" && (r.signed || len(r.digits) >= minNumberDigits) {
		whole := queryWord{terms: []string{own}, parts: r.number, signed: r.signed}
		if len(r.number[last].prefixes) > 0 && len(r.digits) >= minNumberDigits {
			whole.prefixes = whole.terms
		}
		r.number = []queryWord{whole}
	}
	for range r.number {
		r.exact = append(r.exact, r.digits)
	}
	r.kept = append(r.kept, r.number...)
	r.number, r.digits, r.signed = nil, "", false
}

// minNumberDigits is the shortest number that without a sign is looked for as a thing's own.
const minNumberDigits = 5

const (
	numberSign = 1 + iota // before the number of a thing among others of its kind
	numberName            // before a number that is one of a kind in itself
)

// announcements are the words before a number, as Analyse writes them; № is one too: its compatible form is "No".
var announcements = map[string]int{"no": numberSign, "n": numberSign, "kz": numberName, "bin": numberName, "бин": numberName, "бсн": numberName}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// FTS5 returns the query as an SQLite FTS5 MATCH expression. Everything that comes from the user is quoted and holds only
// letters and digits. The zero Query gives an expression that matches nothing.
func (q Query) FTS5() string {
	if len(q.words) == 0 {
		return `""`
	}
	return q.format(" AND ", " OR ", `"`, " *")
}

// TSQuery returns the query in PostgreSQL's tsquery syntax, for a ::tsquery cast or to_tsquery('simple', …). The zero Query
// gives the empty query, which matches nothing.
func (q Query) TSQuery() string { return q.format(" & ", " | ", "'", ":*") }

func (q Query) format(and, or, quote, prefix string) string {
	var b strings.Builder
	formatAll(&b, q.words, and, or, quote, prefix)
	return b.String()
}

func formatAll(b *strings.Builder, words []queryWord, and, or, quote, prefix string) {
	for i, w := range words {
		if i > 0 {
			b.WriteString(and)
		}
		b.WriteByte('(')
		between := ""
		for _, t := range w.terms {
			b.WriteString(between + quote + t + quote)
			between = or
		}
		for _, t := range w.prefixes {
			b.WriteString(between + quote + t + quote + prefix)
			between = or
		}
		if len(w.parts) > 0 {
			b.WriteString(between + "(")
			formatAll(b, w.parts, and, or, quote, prefix)
			b.WriteByte(')')
		}
		b.WriteByte(')')
	}
}

// stopWords are the commonest words that say nothing about a subject, as Analyse writes them.
var stopWords = func() map[string]bool {
	set := map[string]bool{}
	for w := range words(`және мен пен бен үшін бойынша туралы арқылы немесе да де та те бұл осы сол бір
		и в во на по с со к о об от до за из у для или не а но что как это при
		the a an of in on at to for and or by with is are`) {
		set[string(w.runes)] = true
	}
	return set
}()
