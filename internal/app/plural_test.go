package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// counted finds a number and the word that it counts: a placeholder before a Russian word that
// is not a preposition or a conjunction.
var counted = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\} ([а-яё]+)`)

// notCounted are words after which nothing has to agree with the number in front of them, and abbreviations.
var notCounted = []string{"в", "во", "и", "из", "до", "от", "по", "на", "не", "за", "к", "с", "для", "или", "к", "уже", "нет", "байт", "мин"}

// notNumbers are the placeholders that hold words: names, days, texts.
var notNumbers = []string{"Name", "City", "Date", "Day", "Time", "When", "Seen", "Says", "Year", "Value", "Thing", "File", "Column", "Title", "Provider", "Email", "First", "Needs", "Allows",
	"Problem", "Field", "Source", "Text", "Path", "Address", "What", "Line", "Kind", "Device", "Until", "From", "To", "BIN", "Code", "Codes", "Sheet", "Job", "Zone", "Port", "Died", "Folder", "Host", "Number", "Index", "Before", "Witness"}

// A number agrees with the word that it counts only through the plural forms: "65 организаций",
// not "65 организации". Russian shows where they are missing, and all languages have the same
// forms.
func TestNumbersAgreeWithWhatTheyCount(t *testing.T) {
	for _, file := range languageFiles(t, "ru") {
		var texts map[string]any
		if _, err := toml.DecodeFile(file, &texts); err != nil {
			t.Fatal(err)
		}
		for key, text := range texts {
			forms, plural := text.(map[string]any)
			if !plural {
				forms = map[string]any{"other": text}
			}
			for _, form := range forms {
				text, _ := form.(string)
				for _, m := range counted.FindAllStringSubmatch(text, -1) {
					if slices.Contains(notNumbers, m[1]) || slices.Contains(notCounted, m[2]) || plural && m[1] == "Count" {
						continue
					}
					t.Errorf("%s: %s counts %q by %s without plural forms", file, key, m[2], m[1])
				}
			}
		}
	}
}

// bareDay finds a Kazakh word that wants the day before it in a case, after a placeholder that
// cannot take an ending: "12 қарашаға дейін", but "{{.Date}} күніне дейін".
var bareDay = regexp.MustCompile(`\{\{\.(Date|Day|Time|When|Until|From|To|Due)\}\} (дейін|бастап|бері|кейін|бұрын|қарай)`)

// partOf finds a part of a whole without the ending that says so: "12 пікірдің 9-ы", not "12 ішінен 9".
var partOf = regexp.MustCompile(`\{\{\.(All|Count|Of)\}\} ішінен \{\{`)

// A day or a number that stands in a Kazakh sentence has the ending that the sentence asks for.
func TestKazakhPlaceholdersTakeTheirEndings(t *testing.T) {
	for _, file := range languageFiles(t, "kk") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if bareDay.MatchString(line) || partOf.MatchString(line) {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
}

// languageFiles are all files of texts of a language.
func languageFiles(t *testing.T, lang string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), "internal", "*", "texts", lang+".toml"))
	more, err2 := filepath.Glob(filepath.Join(root(t), "internal", "platform", "*", "texts", lang+".toml"))
	files = append(append(files, more...), filepath.Join(root(t), "cmd", "birge", "texts", lang+".toml"))
	if err != nil || err2 != nil || len(files) < 9 {
		t.Fatal(files, err, err2)
	}
	return files
}
