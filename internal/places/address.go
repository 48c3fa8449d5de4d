package places

import (
	"cmp"
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

// Words in addresses that say what sort of name or number is beside them, as people write them in Kazakh, Russian and English: everybody leaves out
// or shortens others.
var (
	announced = wordSet(`көше көшесі коше кошеси даңғыл даңғылы д-лы к-сі дангыл дангылы тұйық тұйығы үй уй қала қаласы
		ул улица улице улицы пр пр-т пр-кт пр-те просп проспект проспекте проспекта переулок пер бульвар бул б-р шоссе тракт д дом доме г гор город городе корпус стр строение
		st str street ave avenue road rd house building bldg city`)
	// Beside these is the number of a part of a house, which nobody needs to find it.
	rooms = wordSet(`пәтер пәтері патер кеңсе кенсе бөлме болме қабат кабат кіреберіс кв квартира оф офис комн комната каб кабинет этаж подъезд apt apartment flat office room floor suite unit`)
	// Beside these is the name of a neighbourhood, also if it is a number.
	quarters = wordSet(`шағынауданы шағынаудан шагынаудан шагынауданы ықшамаудан ықшамауданы мөлтекаудан мөлтекауданы ш/а мкр мкр-н мкрн микрорайон микрорайоне микрорайона mkr microdistrict`)
	// ordinals are written behind a number: "3-й".
	ordinals = wordSet("й я ый ой ая ий ші шы st nd rd th")
	// written are words that stand in two, or in signs, and mean one.
	written = strings.NewReplacer("шағын аудан", "шағынаудан", "шагын аудан", "шагынаудан", "ықшам аудан", "ықшамаудан", "мөлтек аудан", "мөлтекаудан")
)

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// address is what tells an address apart from others.
type address struct {
	words    []string // all below, as they were written
	names    []string // of streets, neighbourhoods, things
	houses   []string // numbers of houses
	quarters []string // neighbourhoods that have a number for a name: "16"
}

// token is a word or number of an address, with what stands in front of it.
type token struct{ gap, word string }

func (t token) number() bool { return t.word != "" && unicode.IsDigit([]rune(t.word)[0]) }

// tokensOf cuts an address into words and numbers. Short forms with a sign inside are one word: "ш/а", "р-н".
func tokensOf(text string) (out []token) {
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for text = written.Replace(strings.ToLower(text)); text != ""; {
		start := strings.IndexFunc(text, letter)
		if start < 0 {
			break
		}
		gap, rest := text[:start], text[start:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !letter(r) })
		if end < 0 {
			end = len(rest)
		}
		out, text = append(out, token{gap, rest[:end]}), rest[end:]
		last := len(out) - 1
		if last == 0 || gap != "-" && gap != "/" {
			continue
		}
		before := &out[last-1]
		switch one := before.word + gap + out[last].word; {
		case announced[one], quarters[one]:
			before.word, out = one, out[:last]
		case strings.HasPrefix(one, "р-н"):
			before.word, out = "район", out[:last]
		case before.number() && ordinals[out[last].word]:
			out = out[:last]
		}
	}
	return out
}

// beside is the place of the number that belongs to the word at i; -1: none. In front of the word it stands by a hyphen ("3-пәтер") or, when
// inFront is set, by a space ("16 мкр"); behind it by anything but a comma ("кв. 3"), and in front of it by a space after all.
func beside(all []token, i int, inFront bool) int {
	front := i > 0 && all[i-1].number() && !strings.Contains(all[i].gap, ",")
	behind := i+1 < len(all) && all[i+1].number() && !strings.Contains(all[i+1].gap, ",")
	switch {
	case front && (all[i].gap == "-" || inFront || !behind):
		return i - 1
	case behind:
		return i + 1
	}
	return -1
}

// parseAddress reads an address, without the words that every address of the city may have.
func parseAddress(text, everywhere string) (a address) {
	all, own := tokensOf(text), strings.Fields(strings.ToLower(everywhere))
	room, quarter := map[int]bool{}, map[int]bool{}
	for i, t := range all {
		switch {
		case rooms[t.word]:
			room[beside(all, i, false)] = true
		case quarters[t.word]:
			if before := all[max(i-1, 0)]; i > 0 && !before.number() && !announced[before.word] && !slices.Contains(own, before.word) && !strings.Contains(t.gap, ",") {
				continue // it has a name: "Нұрсат ш/а 12"
			}
			quarter[beside(all, i, true)] = true
		}
	}
	for i, t := range all {
		w, into := t.word, &a.names
		switch {
		case room[i] || rooms[w] || quarters[w] || announced[w] || slices.Contains(own, w):
			continue
		case quarter[i]:
			into = &a.quarters
		case strings.ContainsFunc(w, unicode.IsDigit):
			into = &a.houses
		case len([]rune(w)) == 1:
			continue
		}
		if !slices.Contains(*into, w) && len(a.words) < maxAddress {
			*into, a.words = append(*into, w), append(a.words, w)
		}
	}
	return a
}

// somewhere reports whether there is more than the number of a house.
func (a address) somewhere() bool { return len(a.names)+len(a.quarters) > 0 }

// street is the address without its house.
func (a address) street() address {
	return address{words: slices.Concat(a.names, a.quarters), names: a.names, quarters: a.quarters}
}

// in reports whether texts, in any of their languages, say the address.
func (a address) in(texts ...civic.Text) bool {
	whole := joined(texts...)
	var there address
	for line := range strings.Lines(whole) {
		is := parseAddress(line, "")
		there.houses, there.quarters = append(there.houses, is.houses...), append(there.quarters, is.quarters...)
	}
	has := func(all, some []string) bool {
		return !slices.ContainsFunc(some, func(w string) bool { return !slices.Contains(all, w) })
	}
	return has(there.houses, a.houses) && has(there.quarters, a.quarters) && (len(a.names) == 0 || named(a.names, whole) || a.likenedTo(whole))
}

// likenedTo reports whether a text has all names of the address, each in the form in which it is typed or in that of the other language.
func (a address) likenedTo(text string) bool {
	there := map[string]bool{}
	for _, t := range tokensOf(text) {
		there[likened(t.word)] = true
	}
	rest := slices.DeleteFunc(slices.Clone(a.names), func(name string) bool { return there[likened(name)] })
	return len(rest) == 0 || len(rest) < len(a.names) && named(rest, text)
}

// likened is the form in which the name of a street meets itself: as it is called in Kazakh (Абай, Байтұрсынов, Республика) and as a Russian address
// has it, "of" somebody or something (Абая, Байтурсынова, Республики); Горький and Горького. It is no word, and only compared.
func likened(name string) string {
	w := []rune(lexis.Folded(name))
	n := len(w)
	if n < 4 { // "би" and "ата" are themselves
		return string(w)
	}
	last, afterVowel := w[n-1], vowel(w[n-2])
	switch end := string(w[n-2:]); {
	case n > 4 && (end == "го") && (w[n-3] == 'о' || w[n-3] == 'е'):
		return string(w[:n-3]) + "ий"
	case end == "ый" || end == "ой":
		return string(w[:n-2]) + "ий"
	case afterVowel && (last == 'я' || last == 'и'):
		return string(w[:n-1]) + "й"
	case !afterVowel && strings.ContainsRune("аяыиь", last):
		return string(w[:n-1])
	}
	return string(w)
}

func vowel(r rune) bool { return strings.ContainsRune("аеиоуыэюя", r) }

// asked are the words by which things are looked for that may have the address: as they were typed and, when nothing has these, the longest
// name in the forms of both languages, for which the search of words knows no stem in common.
func (a address) asked() []string {
	out := []string{whole(a.words)}
	if len(a.names) == 0 {
		return out
	}
	longest := slices.MaxFunc(a.names, func(x, y string) int { return cmp.Compare(len([]rune(x)), len([]rune(y))) })
	of := likened(longest)
	forms := []string{of}
	switch w := []rune(of); {
	case len(w) > 1 && w[len(w)-1] == 'й':
		forms = append(forms, string(w[:len(w)-1])+"я")
	case len(w) > 0 && !vowel(w[len(w)-1]):
		forms = append(forms, of+"а")
	}
	for _, form := range forms {
		if words := whole(slices.Concat([]string{form}, a.houses, a.quarters)); words != out[0] {
			out = append(out, words)
		}
	}
	return out
}

// whole is a query in which the last word is finished too.
func whole(words []string) string { return strings.Join(words, " ") + " " }

// named reports whether a text has all of some words, in any of their forms.
func named(words []string, text string) bool {
	query, asks := lexis.ParseQuery(whole(words))
	return asks && query.Finds(text)
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

// placesOf are the places of things, each once.
func placesOf(things []part.Located, in func(Point) string) (out []Found) {
	for _, t := range things {
		f := Found{Name: t.Name, Address: t.Address, District: t.District}
		f.At, _ = ParsePoint(t.Point)
		f.District = cmp.Or(in(f.At), f.District)
		if !slices.ContainsFunc(out, func(o Found) bool { return o.At.Metres(f.At) < same }) {
			out = append(out, f)
		}
	}
	return out
}

// among are the things with a point whose address says the address, and those that say it with their name.
func (a address) among(things []part.Located) (byAddress, byName []part.Located) {
	for _, t := range things {
		switch _, known := ParsePoint(t.Point); {
		case known && a.in(t.Address):
			byAddress = append(byAddress, t)
		case known && a.in(t.Name, t.Address):
			byName = append(byName, t)
		}
	}
	return byAddress, byName
}

// same is how far apart two points are that mean one house, in metres.
const same = 30

// wholeName reports whether an address is all that a name has, in one of its languages.
func wholeName(a address, name civic.Text) bool {
	for _, n := range name {
		own := parseAddress(n, "").words
		if len(own) > 0 && len(own) == len(a.words) && !slices.ContainsFunc(own, func(w string) bool { return !slices.Contains(a.words, w) }) {
			return true
		}
	}
	return false
}
