package places

import (
	"slices"
	"strings"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/lexis"
)

// Found is a place that a typed address may mean.
type Found struct {
	Name     civic.Text // of the thing that is there
	Address  civic.Text
	At       Point
	District string // code; "": outside all, or not known
}

// maxAddress bounds the words of an address that are looked for.
const maxAddress = 8

// announced are the words in an address that only say what sort of name or number is beside them, as people write them in
// Kazakh, Russian and English: everybody leaves out or shortens others.
var announced = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(`көше көшесі коше кошеси даңғыл даңғылы дангыл дангылы тұйық тұйығы ықшамаудан ықшамауданы мөлтекаудан мөлтекауданы мкр үй уй пәтер патер қала қаласы
		ул улица улице улицы пр просп проспект проспекте проспекта переулок пер бульвар бул шоссе тракт мкрн микрорайон микрорайоне микрорайона д дом доме кв квартира г гор город городе корпус стр строение
		st str street ave avenue road rd house building bldg apt flat city microdistrict`) {
		out[w] = true
	}
	return out
}()

// wordsOf are the words of an address that tell it apart from others: the names and numbers, without what announces them and without the
// words that every address of the city may have.
func wordsOf(typed string, everywhere string) (out []string) {
	for _, w := range strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !announced[w] && !slices.Contains(strings.Fields(strings.ToLower(everywhere)), w) && !slices.Contains(out, w) && len(out) < maxAddress {
			out = append(out, w)
		}
	}
	return out
}

// names reports whether a word is more than the number of a house.
func names(word string) bool {
	return !strings.ContainsFunc(word, unicode.IsDigit) && len([]rune(word)) > 1
}

// asked is an address as it is looked for.
type asked struct {
	all   []string // its words
	names []string // those that are no numbers of houses
}

func askedFor(typed, everywhere string) asked {
	a := asked{all: wordsOf(typed, everywhere)}
	for _, w := range a.all {
		if names(w) {
			a.names = append(a.names, w)
		}
	}
	return a
}

// whole is a query in which the last word is finished too.
func whole(words []string) string { return strings.Join(words, " ") + " " }

// hasWords reports whether texts, in any of their languages, have all of some words.
func hasWords(words []string, texts ...civic.Text) bool {
	query, asks := lexis.ParseQuery(whole(words))
	return asks && query.Finds(joined(texts...))
}

// joined is texts in all their languages.
func joined(texts ...civic.Text) string {
	var b strings.Builder
	for _, t := range texts {
		for _, lang := range civic.Languages() {
			b.WriteString(t[lang] + "\n")
		}
	}
	return b.String()
}

// matching are the places among things whose address or name has all of some words, each place once: those whose address has them first.
func matching(words []string, things []part.Located, in func(Point) string) (out []Found) {
	for _, byAddress := range []bool{true, false} {
		for _, t := range things {
			at, known := ParsePoint(t.Point)
			if !known || hasWords(words, t.Address) != byAddress || !byAddress && !hasWords(words, t.Name, t.Address) {
				continue
			}
			f := Found{Name: t.Name, Address: t.Address, At: at, District: in(at)}
			if f.District == "" {
				f.District = t.District
			}
			if !slices.ContainsFunc(out, func(o Found) bool { return o.At.Metres(f.At) < same }) {
				out = append(out, f)
			}
		}
	}
	return out
}

// same is how far apart two points are that mean one house, in metres.
const same = 30

// wholeName reports whether words are all that a name has, in one of its languages.
func wholeName(words []string, name civic.Text) bool {
	for _, n := range name {
		if own := wordsOf(n, ""); len(own) > 0 && len(own) == len(words) && !slices.ContainsFunc(own, func(w string) bool { return !slices.Contains(words, w) }) {
			return true
		}
	}
	return false
}
