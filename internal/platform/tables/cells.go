package tables

import (
	"slices"
	"strings"
	"unicode"
)

// placeholders are what people write where there is nothing to write, by [Plain].
var placeholders = []string{"", "нет", "нет данных", "не имеется", "не имеет", "не указано", "не указан", "отсутствует", "н д", "нд",
	"жоқ", "мәлімет жоқ", "деректер жоқ", "көрсетілмеген", "none", "no", "no data", "n a", "na", "null", "nil", "x", "х"}

// Placeholder reports whether a cell says that there is nothing: it is empty, a dash, or a word such as "нет". Where a no is an
// answer, do not ask.
func Placeholder(cell string) bool { return slices.Contains(placeholders, Plain(cell)) }

// asideWords begin a row that closes a table: a total, a signature, a note.
var asideWords = []string{"итого", "всего", "барлығы", "жиыны", "жиынтығы", "total", "исполнитель", "орындаушы", "орындаған", "исп",
	"директор", "руководитель", "басшы", "бөлім басшысы", "подпись", "қолы", "мп", "м п", "примечание", "ескертпе", "note", "составил", "құрастырған", "источник"}

// aside recognises a row that is none of the table's matter by its first words. A word alone may be the beginning of a name, so
// it must end there, or with a colon or a number; and no other cell may hold a number that stands for somebody.
func aside(cells []string) (text string, yes bool) {
	first := slices.IndexFunc(cells, func(c string) bool { return c != "" })
	if first < 0 {
		return "", false
	}
	text = cells[first]
	worded := false
	for _, c := range cells[first+1:] {
		if len(c) >= 9 && strings.Trim(c, "0123456789") == "" {
			return "", false
		}
		worded = worded || strings.ContainsFunc(c, unicode.IsLetter)
	}
	for _, word := range asideWords {
		rest, ok := strings.CutPrefix(strings.ToLower(text), word)
		if rest = strings.TrimSpace(rest); !ok {
			continue
		}
		if strings.HasPrefix(rest, ":") || !worded && (rest == "" || strings.ContainsAny(rest[:1], ".-0123456789")) {
			return text, true
		}
	}
	return "", false
}
