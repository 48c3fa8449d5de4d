package civic

import (
	"slices"
	"strings"
	"unicode"
)

// Seen are the texts that came through a door before, by what is left of them when they are compared.
type Seen map[string]bool

// Junk says why a text is none, as the key of a message; "" for one that people can read. It is the
// one rule of what may become public, and every door asks it: forms, first statements, imports and
// interfaces. Where the same text twice is one too many, the door hands over what it has seen, which
// the text is then added to; nil: nothing is compared.
//
// A long word is no junk: there are such names, and breaking the line is the page's business.
func Junk(text string, among Seen) (key string) {
	switch {
	case !strings.ContainsFunc(text, Visible):
		return "web.junk_unseen"
	case strings.ContainsFunc(text, turns):
		return "web.junk_turned"
	case FailedFormula(text):
		return "web.junk_formula"
	}
	same := compared(text)
	if among[same] {
		return "web.junk_twice"
	}
	if among != nil {
		among[same] = true
	}
	return ""
}

// Visible reports whether a character shows something by itself: a mark that needs a letter under it
// does not, nor do the letters that are blank by their definition, such as U+3164 and U+2800.
func Visible(c rune) bool {
	const brailleBlank = 0x2800
	return unicode.IsGraphic(c) && !unicode.IsSpace(c) && !unicode.Is(unicode.M, c) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c) &&
		c != brailleBlank
}

// compared is what two texts that look the same have in common.
func compared(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.Map(func(c rune) rune {
		if Visible(c) || unicode.IsSpace(c) || unicode.Is(unicode.M, c) {
			return c
		}
		return -1
	}, text))), " ")
}

// spreadsheetErrors are what a formula that failed shows, in the languages of Excel that people here use.
var spreadsheetErrors = []string{"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!",
	"#ССЫЛКА!", "#Н/Д", "#ЗНАЧ!", "#ИМЯ?", "#ДЕЛ/0!", "#ЧИСЛО!", "#ПУСТО!", "#ПЕРЕНОС!"}

// FailedFormula reports whether a text is a spreadsheet's error and nothing else.
func FailedFormula(text string) bool {
	return slices.Contains(spreadsheetErrors, strings.ToUpper(strings.TrimSpace(text)))
}
