package consultations

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/lexis"
)

// Choice is a vote: 1 agree, −1 disagree, 0 pass.
type Choice int8

const (
	Disagree Choice = -1
	Pass     Choice = 0
	Agree    Choice = 1
	// unanswered stands for no vote where one might be; it is never stored as a vote.
	unanswered Choice = 2
)

// ParseChoice reads "agree", "disagree" or "pass".
func ParseChoice(s string) (Choice, bool) {
	switch s {
	case "agree":
		return Agree, true
	case "disagree":
		return Disagree, true
	case "pass":
		return Pass, true
	}
	return 0, false
}

func (c Choice) String() string {
	switch c {
	case Agree:
		return "agree"
	case Disagree:
		return "disagree"
	case Pass:
		return "pass"
	}
	return ""
}

// State of a statement.
type State string

const (
	Waiting State = "waiting" // for a moderator to let it in
	Shown   State = "shown"
	Removed State = "removed"
	// Lapsed is one that still waited when the voting ended: nobody could vote on it, so it is
	// never shown.
	Lapsed State = "lapsed"
)

// What stands in the place of a rule where an import brought a removed statement: its source does not
// say why, or civic.Junk does not let the text in.
const (
	Imported   civic.ID = "imported"
	Unreadable civic.ID = "unreadable"
)

// Statement is one short opinion that people vote on.
type Statement struct {
	No   int64
	Text string
	Lang civic.Lang // as far as known; ""
	// Translations are the same words in other languages. They are the host's, also where a resident wrote
	// the statement.
	Translations civic.Text
	State        State
	Official     bool     // by the host, not by a participant
	Rule         civic.ID // the version of the rule by which it was removed, or Imported or Unreadable
	Reason       string
	CreatedAt    time.Time
	DecidedAt    time.Time // when a moderator last looked at it; zero: never
	Count        Count
	Mine         Choice // what the asking participant said; unanswered when nothing

	author    int64 // participant number; noAuthor when none
	decidedBy civic.ID
}

const noAuthor = -1

// Answered reports whether the asking participant voted on it.
func (s Statement) Answered() bool { return s.Mine != unanswered }

// Words are the statement's in every language in which there are any.
func (s Statement) Words() civic.Text {
	words := civic.Text{s.Lang: s.Text}
	for lang, text := range s.Translations {
		if words[lang] == "" {
			words[lang] = text
		}
	}
	return words
}

// Title is what a statement is called outside its own pages: the host's own in every language, a
// resident's as they wrote it, for a translation is not theirs.
func (s Statement) Title() civic.Text {
	if s.Official {
		return s.Words()
	}
	return civic.Text{s.Lang: s.Text}
}

// Translated reports whether somebody other than the author translated it.
func (s Statement) Translated() bool { return !s.Official && len(s.Translations) > 0 }

// seedStatement is a first statement as its host wrote it: in the city's first language that it has,
// with the others as translations.
func seedStatement(words civic.Text) Statement {
	st := Statement{State: Shown, Official: true, author: noAuthor, Translations: civic.Text{}}
	for _, lang := range civic.Languages() {
		switch text := cleanStatement(words[lang]); {
		case text == "":
		case st.Text == "":
			st.Text, st.Lang = text, lang
		default:
			st.Translations[lang] = text
		}
	}
	return st
}

// mayBeShown reports whether a moderator may still let the statement in. Once the voting is over
// that is so only when people could vote on it, or there would be more in the final numbers than
// was voted on.
func (s Statement) mayBeShown(c Consultation, now time.Time) bool {
	return c.At(now) == Open || s.State == Shown || s.State == Removed && (c.Moderation == After || s.Count.Total() > 0)
}

// Public is the statement as everybody may see it: without its text once it was removed (its
// votes stay, so that all add up to the total), not at all (false) when no moderator has let it
// in. Every exit asks it.
func (s Statement) Public() (Statement, bool) {
	switch s.State {
	case Shown:
		s.Rule, s.Reason = "", ""
		return s, true
	case Removed:
		s.Text, s.Lang, s.Translations = "", "", nil
		return s, true
	}
	return Statement{}, false
}

// Count is how many said what.
type Count struct{ Agree, Disagree, Pass int64 }

// Total is how many voted.
func (c Count) Total() int64 { return c.Agree + c.Disagree + c.Pass }

func (c *Count) add(v Choice, n int64) {
	switch v {
	case Agree:
		c.Agree += n
	case Disagree:
		c.Disagree += n
	case Pass:
		c.Pass += n
	}
}

// Agreement is how much a statement is shared: (agree + 1) / (votes + 2), between 0 and 1.
// The added counts (Laplace's rule of succession, with which the Polis mathematics tests
// proportions too) keep a statement with two votes from leading one with two hundred.
func (c Count) Agreement() float64 { return float64(c.Agree+1) / float64(c.Total()+2) }

// Dispute is how evenly a statement splits people: 2·min(agree, disagree) / (votes + 2),
// the share of voters who can be paired off against each other; 0 when nobody disagrees,
// near 1 when half agree and half disagree. Passes and few votes lower it.
func (c Count) Dispute() float64 {
	return 2 * float64(min(c.Agree, c.Disagree)) / float64(c.Total()+2)
}

// ppm is how a share is stored: in millionths, so that both engines order it alike.
func ppm(x float64) int64 { return int64(math.Round(x * 1e6)) }

// Sort is an order of the statements on the results page.
type Sort string

// Sorts lists the orders there are; a page takes no other.
func Sorts() []Sort { return []Sort{"agreed", "disputed", "votes", "newest", "oldest"} }

// ParseSort accepts one of Sorts; anything else is the first.
func ParseSort(s string) Sort {
	if slices.Contains(Sorts(), Sort(s)) {
		return Sort(s)
	}
	return Sorts()[0]
}

// Show is a filter of the statements on the results page.
type Show string

// Shows lists the filters there are.
func Shows() []Show { return []Show{"all", "people", "official", "removed"} }

// ParseShow accepts one of Shows; anything else is the first.
func ParseShow(s string) Show {
	if slices.Contains(Shows(), Show(s)) {
		return Show(s)
	}
	return Shows()[0]
}

// cleanStatement makes one line of a statement.
func cleanStatement(s string) string { return strings.Join(strings.Fields(s), " ") }

// checkStatement finds what is wrong with a new statement.
func checkStatement(text string, most int) error {
	var p civic.Problems
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch n := utf8.RuneCountInString(text); {
	case text == "":
		p.Add("text", "consultations.statement_missing")
	case civic.Junk(text, nil) != "":
		p.Add("text", civic.Junk(text, nil))
	case letters < 3:
		p.Add("text", "consultations.statement_not_words")
	case n > most:
		p.Add("text", "consultations.statement_too_long", "Length", n, "Count", most)
	}
	return p.Err()
}

// fingerprint is what two statements are compared by: the search terms of their words and
// the three-letter pieces of their letters.
type fingerprint struct {
	terms  []string // sorted
	pieces []uint64 // sorted
}

func fingerprintOf(text, terms string) fingerprint {
	f := fingerprint{terms: strings.Fields(terms)}
	slices.Sort(f.terms)
	f.terms = slices.Compact(f.terms)
	var a, b uint64 = ' ', ' '
	for _, r := range strings.ToLower(text) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = ' '
		}
		if r == ' ' && b == ' ' {
			continue
		}
		f.pieces = append(f.pieces, a<<42|b<<21|uint64(r))
		a, b = b, uint64(r)
	}
	slices.Sort(f.pieces)
	f.pieces = slices.Compact(f.pieces)
	return f
}

// similarity of two statements between 0 and 1: the greater of how much their words meet
// (in any form: the terms that search looks under) and how much their letters do. Both are
// Dice's coefficient, 2·|A∩B| / (|A|+|B|).
func similarity(a, b fingerprint) float64 {
	return max(dice(a.terms, b.terms), dice(a.pieces, b.pieces))
}

func dice[T cmp.Ordered](a, b []T) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	return 2 * float64(both) / float64(len(a)+len(b))
}

type likeness struct {
	no    int64
	score float64
}

// mostAlike is which of the statements are at least threshold alike to text, the most
// alike first, at most five.
func mostAlike(text string, all []compared, threshold float64) []likeness {
	const shown = 5
	mine := fingerprintOf(text, lexis.Analyse(text))
	var out []likeness
	for _, s := range all {
		if score := similarity(mine, fingerprintOf(s.text, s.terms)); score >= threshold {
			out = append(out, likeness{s.no, score})
		}
	}
	slices.SortFunc(out, func(a, b likeness) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.no, b.no))
	})
	return out[:min(shown, len(out))]
}

type compared struct {
	no          int64
	text, terms string
}

// candidate is a statement that a participant has not voted on.
type candidate struct{ no, votes int64 }

// nextStatement chooses what a participant is asked next: at random with a weight of
// 1/(1+votes), so that new statements catch up, and the same for the same participant and
// counts (weighted sampling with a hash for the random number: Efraimidis and Spirakis,
// Inf. Process. Lett. 97, 2006). Where there is an opinion
// map its priorities choose instead; see nextFor. It is false when there is nothing left.
func nextStatement(left []candidate, participant int64) (int64, bool) {
	best, bestKey := int64(0), math.Inf(-1)
	for _, c := range left {
		// u^(1/w) is the greatest exactly when log(u)/w is.
		key := math.Log(draw(participant, c.no)) * float64(1+c.votes)
		if key > bestKey {
			best, bestKey = c.no, key
		}
	}
	return best, len(left) > 0
}

// draw is a number in (0, 1) that belongs to the pair.
func draw(participant, statement int64) float64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], uint64(participant))
	binary.LittleEndian.PutUint64(b[8:], uint64(statement))
	h := fnv.New64a()
	_, _ = h.Write(b[:])
	x := h.Sum64()
	x ^= x >> 33 // FNV leaves its upper bits alike for keys that differ in their last byte only
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return (float64(x>>11) + 0.5) / (1 << 53)
}
