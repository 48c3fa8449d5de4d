package lexis

import (
	"slices"
	"strings"
)

// level chooses which suffixes are stripped.
type level bool

const (
	full   level = true  // all of them, compared without Kazakh letters
	strict level = false // those which are spelt without Kazakh letters anyway: for a word that has none
)

// minStem is the shortest stem left by a suffix, in letters; shortRoots are the exceptions.
const minStem = 3

// Classes of the letter before a suffix. Kazakh chooses the consonant of a suffix by the sound it follows, which tells
// "қаладан" (from the city) from a word that merely ends in the same letters. A letter may be in several classes.
const (
	afterVowel     = 1 << iota // а е и о у ы э ю я
	afterOpen                  // of these а е о э ю я, and ы or и after ш: before сы. Elsewhere -ысы is a noun in -ыс: жұмысы
	afterGlide                 // р й у ь: sonorants that take л
	afterL                     // л
	afterNasal                 // м н
	afterVoiced                // з ж
	afterUnvoiced              // п к т с ш … and the loans' б в г д, which devoice
	afterConsonant             // any consonant, and у or й in that place: before a suffix that begins with a vowel
)

func class(w []rune) int {
	switch w[len(w)-1] {
	case 'а', 'е', 'о', 'э', 'ю', 'я':
		return afterVowel | afterOpen
	case 'и', 'ы':
		if len(w) > 1 && w[len(w)-2] == 'ш' { // the one who does: басшысы
			return afterVowel | afterOpen
		}
		return afterVowel
	case 'у':
		return afterVowel | afterGlide | afterConsonant
	case 'р', 'й', 'ь':
		return afterGlide | afterConsonant
	case 'л':
		return afterL | afterConsonant
	case 'м', 'н':
		return afterNasal | afterConsonant
	case 'з', 'ж':
		return afterVoiced | afterConsonant
	case 'п', 'ф', 'к', 'т', 'с', 'ш', 'щ', 'ч', 'х', 'ц', 'б', 'в', 'г', 'д', 'ъ':
		return afterUnvoiced | afterConsonant
	}
	return 0
}

// suffixRule is a suffix without Kazakh letters and the sounds it may follow.
type suffixRule struct {
	text   []rune
	after  int
	min    int  // letters that must remain
	strict bool // its spelling has no Kazakh letter
}

// suffixes are grouped by their last letter, longest first.
var suffixes = buildSuffixes()

func buildSuffixes() map[rune][]suffixRule {
	// Long: a table of the grammar, one line for each kind of suffix.
	const (
		lateral  = afterVowel | afterGlide
		dental   = afterL | afterNasal | afterVoiced
		sonorant = afterVowel | afterGlide | afterL | afterNasal | afterVoiced
	)
	rules := map[rune][]suffixRule{}
	put := func(after, least int, list string) {
		for _, s := range strings.Fields(list) {
			spelt := []rune(s)
			folded := []rune(foldKazakh(spelt))
			last := folded[len(folded)-1]
			same := slices.Equal(spelt, folded)
			if i := slices.IndexFunc(rules[last], func(r suffixRule) bool { return slices.Equal(r.text, folded) }); i >= 0 {
				old := &rules[last][i] // one folded form of two suffixes: the wider condition
				old.after |= after
				old.min = min(old.min, least)
				old.strict = old.strict || same
				continue
			}
			rules[last] = append(rules[last], suffixRule{folded, after, least, same})
		}
	}
	// Plural.
	put(lateral, minStem, "лар лер")
	put(dental, minStem, "дар дер")
	put(afterUnvoiced, minStem, "тар тер")
	// Possessive: my, your, your (polite), his, our. The bare м and ң after a vowel are left alone: адам, қоғам, кең.
	put(afterConsonant, minStem, "ым ім ың ің ыңыз іңіз ы і ымыз іміз")
	put(afterVowel, minStem, "ңыз ңіз мыз міз")
	put(afterOpen, minStem, "сы сі")
	// Cases after a possessive.
	put(afterConsonant, minStem, "ын ін ына іне ында інде ынан інен ындағы індегі ыма іме ыңа іңе")
	put(afterOpen, minStem, "сын сін сына сіне сында сінде сынан сінен сындағы сіндегі")
	// Genitive, dative, accusative, locative, ablative, instrumental, and the adjective of the locative.
	put(afterVowel|afterNasal, minStem, "ның нің")
	put(afterGlide|afterL|afterVoiced, minStem, "дың дің")
	put(afterUnvoiced, minStem, "тың тің")
	put(sonorant, minStem, "ға ге да де дағы дегі")
	put(afterUnvoiced, minStem, "қа ке та те тағы тегі")
	put(afterVowel, minStem, "ны ні")
	put(afterGlide|dental, minStem, "ды ді")
	put(afterUnvoiced, minStem, "ты ті")
	put(afterVowel|afterGlide|afterL|afterVoiced, minStem, "дан ден")
	put(afterNasal, minStem, "нан нен")
	put(afterUnvoiced, minStem, "тан тен")
	put(afterVowel|afterGlide|afterL|afterNasal, minStem, "мен")
	put(afterVoiced, minStem, "бен")
	put(afterUnvoiced, minStem, "пен")
	// Derivation that keeps the subject: the one who does (оқушы), the quality or place (қалалық), having (балалы),
	// in the manner or language of (қазақша). What turns the meaning round is kept: -сыз (without) and negation.
	put(lateral, minStem, "лық лік")
	put(lateral, 4, "лы лі")
	put(dental, minStem, "дық дік")
	put(afterUnvoiced, minStem, "тық тік")
	put(lateral|dental|afterUnvoiced, minStem, "шы ші")
	put(afterConsonant, 4, "ша ше")
	// Verbs: infinitive and participles.
	put(afterConsonant, 4, "у")
	put(sonorant, minStem, "ған ген")
	put(afterUnvoiced, minStem, "қан кен")
	put(afterConsonant, minStem, "атын етін")
	put(afterVowel, minStem, "йтын йтін")
	for _, list := range rules {
		slices.SortStableFunc(list, func(a, b suffixRule) int { return len(b.text) - len(a.text) })
	}
	return rules
}

// shortRoots are the common roots of two letters that suffixes may leave.
var shortRoots = foldedSet("үй су ел іс")

// roots are kept whole where cutting them would merge them with another word, or part them from their own forms.
var roots = foldedSet(`
	қазақстан өзбекстан түркістан қырғызстан тәжікстан пәкістан ауғанстан түркменстан бостан дастан майдан
	білім ғылым бөлім жетім келін жақын алтын алты тері теңге бастық көрші жаңалық
	кеңес бизнес қатынас мирас атлас`)

func foldedSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[foldKazakh([]rune(w))] = true
	}
	return set
}

// elided are stems that lose the vowel of their last syllable before a vowel, with that vowel: халық, халқы.
var elided = map[string]rune{
	"халк": 'ы', "орн": 'ы', "ауз": 'ы', "мурн": 'ы', "мойн": 'ы', "карн": 'ы', "ерн": 'і', "корк": 'і', "ерк": 'і', "арп": 'і',
	"бурк": 'і', "курк": 'і',
}

// stem strips Kazakh suffixes from w until none is left, and gives a final б or г as п or к: what the suffix had voiced.
//
// It is a function of the letters that remain, not of how they were reached. So when stripping one word passes through
// another, both end alike: every form meets its shorter forms.
func stem(w []rune, l level) []rune {
	lazy := !slices.ContainsFunc(w, isKazakh)
	out := slices.Clone(w)
	folded := make([]rune, len(w))
	for i, r := range w {
		folded[i] = foldRune(r)
	}
	for {
		n := len(folded)
		if n == 0 {
			return out
		}
		switch folded[n-1] {
		case 'б':
			folded[n-1], out[n-1] = 'п', 'п'
		case 'г':
			folded[n-1] = 'к'
			if out[n-1] == 'ғ' {
				out[n-1] = 'қ'
			} else {
				out[n-1] = 'к'
			}
		}
		cut := strip(folded, l)
		if cut == n {
			return out
		}
		// An elided vowel comes back only where a suffix that begins with a vowel has gone.
		vowel := class(folded[cut:cut+1])&afterVowel != 0
		folded, out = folded[:cut], out[:cut]
		if v, ok := elided[string(folded)]; ok && vowel {
			shown := v
			if lazy {
				shown = foldRune(v)
			}
			folded = slices.Insert(folded, cut-1, foldRune(v))
			out = slices.Insert(out, cut-1, shown)
		}
	}
}

// strip returns the length that remains of w, written without Kazakh letters, when a suffix goes: one that leaves a known
// root if there is such, else the longest.
func strip(w []rune, l level) int {
	n := len(w)
	if n <= 2 || roots[string(w)] {
		return n
	}
	longest := n
	for _, s := range suffixes[w[n-1]] {
		rest := n - len(s.text)
		if rest < 2 || l == strict && !s.strict || !slices.Equal(w[rest:], s.text) || class(w[:rest])&s.after == 0 {
			continue
		}
		if rest < s.min && !(rest == 2 && shortRoots[string(w[:rest])]) {
			continue
		}
		if roots[string(w[:rest])] {
			return rest
		}
		if longest == n {
			longest = rest
		}
	}
	return longest
}
