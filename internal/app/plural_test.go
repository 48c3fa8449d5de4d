package app_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"
)

// counted finds a number and the word that it counts: a placeholder before a Russian word that
// is not a preposition or a conjunction.
var counted = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\} ([а-яё]+)`)

// notCounted are words after which nothing has to agree with the number in front of them.
var notCounted = []string{"в", "во", "и", "из", "до", "от", "по", "на", "не", "за", "к", "с", "для", "или", "к", "уже", "нет", "байт"}

// notNumbers are the placeholders that hold words: names, days, texts.
var notNumbers = []string{"Name", "City", "Date", "Day", "Time", "When", "Seen", "Says", "Year", "Value", "Thing", "File", "Column", "Title", "Provider", "Email", "First", "Needs", "Allows",
	"Problem", "Field", "Source", "Text", "Path", "Address", "What", "Line", "Kind", "Device", "Until", "From", "To", "BIN", "Code", "Codes", "Sheet", "Job", "Zone", "Port", "Died", "Folder", "Host"}

// A number agrees with the word that it counts only through the plural forms: "65 организаций",
// not "65 организации". Russian shows where they are missing, and all languages have the same
// forms.
func TestNumbersAgreeWithWhatTheyCount(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root(t), "internal", "*", "texts", "ru.toml"))
	more, err2 := filepath.Glob(filepath.Join(root(t), "internal", "platform", "*", "texts", "ru.toml"))
	files = append(append(files, more...), filepath.Join(root(t), "cmd", "birge", "texts", "ru.toml"))
	if err != nil || err2 != nil || len(files) < 9 {
		t.Fatal(files, err, err2)
	}
	for _, file := range files {
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
