package lexis

import (
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
	terms    []string // at least one; letters and digits only
	prefixes []string // terms that also find the words they begin
}

// ParseQuery reads q with the default bounds. It reports false when q has no word to look for.
func ParseQuery(q string) (Query, bool) { return Parser{}.Parse(q) }

// Parse reads q. Any string is accepted: there are no operators, and so no syntax errors. The last word is taken as a
// beginning unless something follows it. Words that carry no meaning ("және", "и", "the") are left out when others remain.
// It reports false when q has no word to look for.
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
	var kept, stopped []queryWord
	seen := map[string]bool{}
	for w := range words(q) {
		if cut && w.open && len(kept) > 0 {
			break // the rest of this word was not read
		}
		exact := string(w.runes)
		if seen[exact] && !w.open {
			continue
		}
		seen[exact] = true
		terms, prefixes := w.query()
		if !w.open || len(w.runes) < minPrefixRunes {
			prefixes = nil
		}
		if stopWords[exact] && !w.open {
			if len(stopped) < p.MaxWords {
				stopped = append(stopped, queryWord{terms, prefixes})
			}
			continue
		}
		kept = append(kept, queryWord{terms, prefixes})
		if len(kept) == p.MaxWords {
			break
		}
	}
	if len(kept) == 0 {
		kept = stopped
	}
	return Query{kept}, len(kept) > 0
}

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
	for i, w := range q.words {
		if i > 0 {
			b.WriteString(and)
		}
		b.WriteByte('(')
		for j, t := range w.terms {
			if j > 0 {
				b.WriteString(or)
			}
			b.WriteString(quote + t + quote)
		}
		for _, t := range w.prefixes {
			b.WriteString(or + quote + t + quote + prefix)
		}
		b.WriteByte(')')
	}
	return b.String()
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
