package main

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
)

//go:embed texts/*.toml
var textFiles embed.FS

// loadTexts reads the texts of the command line. The key of a command, an argument or a flag is
// what one types: "backup", "backup <file>", "tally --json". A flag that means the same in
// every command has only its name: "--lang". The key of a placeholder is "=FILE".
func loadTexts() (*i18n.Catalog, error) {
	return i18n.Load(time.Local, i18n.Source{Name: "cli", Files: embedded.Folder(textFiles, "texts")}, i18n.Source{Name: "tables", Files: tables.Texts()})
}

// language is the language of all messages: --lang, else BIRGE_LANG, else the locale of the
// environment, else English. It is found before the arguments are parsed, because errors in the
// arguments are reported in that language too.
func language(args []string) civic.Lang {
	wish := ""
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			wish = value
		} else if arg == "--lang" && i+1 < len(args) {
			wish = args[i+1]
		}
	}
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
	if end := strings.IndexAny(locale, "_.@-"); end >= 0 { // kk_KZ.UTF-8@latin
		locale = locale[:end]
	}
	for _, s := range []string{wish, os.Getenv("BIRGE_LANG"), strings.ToLower(locale)} {
		if lang, ok := civic.ParseLang(s); ok {
			return lang
		}
	}
	return civic.English
}

// streams are where a command reads and writes: data goes to Out and messages to Err. words are
// the texts in the reader's language.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
	words    *i18n.Localizer
}

// lang is the reader's language.
func (s *streams) lang() civic.Lang { return s.words.Lang() }

// say is the text with the key in the reader's language; see i18n.Localizer.T.
func (s *streams) say(key string, args ...any) string { return s.words.T("cli."+key, args...) }

// tell writes a text on Err, on a line of its own.
func (s *streams) tell(key string, args ...any) { fmt.Fprintln(s.Err, s.say(key, args...)) }

// fail is the text as an error.
func (s *streams) fail(key string, args ...any) error { return errors.New(s.say(key, args...)) }

// explain puts what is wrong with a table into words; other errors it leaves as they are.
func (s *streams) explain(err error) error {
	var row *tables.RowError
	if errors.As(err, &row) {
		return errors.New(s.say("table_row", "Line", strconv.Itoa(row.Line), "Problem", s.words.Say(row.Message)))
	}
	var known *civic.Error
	if errors.As(err, &known) {
		return errors.New(s.words.Say(known.Message))
	}
	return err
}

// reason says why something failed. Common causes have our own words; other errors keep the
// words of the system or the package. What was being done when it failed, which whoever passed
// the error on wrote before it, stays in front.
func (s *streams) reason(err error) string {
	if errors.Is(err, storage.ErrInUse) {
		return inPlace(err, storage.ErrInUse.Error(), s.say("database_in_use"))
	}
	var open *storage.OpenError
	if errors.As(err, &open) {
		return inPlace(err, open.Error(), s.say("open_"+string(open.Engine), "Error", s.reason(open.Err)))
	}
	var newer *storage.NewerError
	if errors.As(err, &newer) {
		return inPlace(err, newer.Error(), s.say("database_newer", "Module", newer.Module, "Have", newer.Have, "Known", newer.Known))
	}
	var refused *storage.BackupFileError
	if errors.As(err, &refused) {
		return inPlace(err, refused.Error(), s.say("restore_refused", "File", refused.File, "Reason", s.say("backup_"+string(refused.Fault), "Detail", refused.Detail)))
	}
	if fault, words, known := storage.FaultOf(err); known {
		return inPlace(err, words, s.say("fault_"+string(fault), "Words", words))
	}
	var file *fs.PathError
	if errors.As(err, &file) && err.Error() == file.Error() { // the error says only this
		return file.Path + ": " + s.cause(file.Err)
	}
	return err.Error()
}

// inPlace puts words in the place of those of a cause, in the text of an error that wraps it.
func inPlace(err error, cause, words string) string {
	before, after, found := strings.Cut(err.Error(), cause)
	if !found { // whoever passed it on wrote other words
		return words
	}
	return before + words + after
}

// cause is the reason without the file's name.
func (s *streams) cause(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.say("file_missing")
	case errors.Is(err, fs.ErrPermission):
		return s.say("file_forbidden")
	case errors.Is(err, fs.ErrExist):
		return s.say("file_exists")
	}
	return err.Error()
}
