// Package lexis decides under which terms a text is found, and turns what people type into a query over those terms, so
// that SQLite (FTS5) and PostgreSQL (tsvector) give the same hits. All linguistics happens here; the engines only compare.
//
// # Use
//
// Store Analyse(title + " " + body) beside the text.
//
//	SQLite:      CREATE VIRTUAL TABLE t USING fts5(terms, tokenize = 'ascii')
//	             … WHERE t MATCH ParseQuery(q).FTS5()
//	PostgreSQL:  terms tsvector = array_to_tsvector(string_to_array(Analyse(…), ' '))
//	             … WHERE terms @@ ParseQuery(q).TSQuery()::tsquery
//
// The terms survive the engines' own tokenizers too (unicode61 with remove_diacritics 0; to_tsvector('simple', …) and
// to_tsquery('simple', …)), but need none of them. Terms change with this package: after an upgrade that changes
// Version, texts are to be analysed anew.
//
// # Method
//
// A text is normalised (NFKC, small letters, ё→е, stress and other marks dropped, Latin letters that slipped into a
// Cyrillic word replaced) and cut into runs of letters and runs of digits. Each word is stored as it is and by its stems:
//
//   - Latin: the English stem (Snowball).
//   - Cyrillic with a letter that only Kazakh has: its Kazakh stem; and both once more without Kazakh letters, marked f.
//   - other Cyrillic, which may be Russian, Kazakh, or Kazakh typed without Kazakh letters: the Russian stem (Snowball), the
//     Kazakh stem by those suffixes only that are spelt without Kazakh letters, and, marked l, the stem by all suffixes.
//
// A query word looks for the same terms, across the marks: a word typed without Kazakh letters also looks under f, and a
// word typed with them also under l. So "коше" finds "көше" and "көше" finds a careless "кошеге", but "құрт" does not
// find "күрт". The loose stems have a mark of their own so that they meet only one another: no Russian stem meets a
// Russian word misread as Kazakh. A query in Latin letters also looks for its Cyrillic spelling ("mektep", "Shymkent").
//
// A number that names a thing is stored by Number, in a space of its own (n), and looked for there besides: in one piece,
// however it was typed ("1234 5678 9012", "KZ-BIN-…", leading zeros lost), when it is long or has a № before it.
//
// The Kazakh stemmer strips suffixes (possessive, plural, case, person of the possessor, the derivations that keep the
// subject, participles) from the end, longest first, until none is left. A suffix goes only where the sound before it
// calls for that variant (-лар after a vowel, -дар after л м н з ж, -тар after a voiceless consonant …) and three letters
// remain. After each step a final б or ғ becomes п or қ (мектебі, мектеп), and vowels lost from a few common roots come back
// (халқы, халық). What it does next depends only on the letters that remain; so when the forms of a word pass through
// one another they all end alike, even where the stem is shorter than a grammarian's.
//
// # Limits
//
// There is no dictionary: roots that look like root and suffix are cut, and two such words can meet. The few common ones that did
// are listed as roots and kept whole. Short verbs meet in their participles but not in the infinitive (салу, салған);
// 1st and 2nd person verb forms and converbs are not stripped. A text in Latin letters is not found by a Cyrillic query. Uzbek and other
// languages are compared word by word.
package lexis

// Version changes whenever Analyse gives other terms for the same text.
const Version = 1
