package files

import (
	"bytes"
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Whatever a browser calls a file, the name is short, of one line, turns no direction of reading, names no folder and has the ending
// of the type; and browsers read in the header what we meant. (mime reads it here.)
func FuzzNames(f *testing.F) {
	for _, name := range []string{"жарғы.pdf", "a\u202efdp.exe", "../../x", `C:\a\b.doc`, "\r\nX: y", "", ".", "..", "a/", strings.Repeat("я", 500), "%41.pdf", "a\x00b", "\xff\xfe"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		name := cleanName(sent, PDF)
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName+4 || !strings.HasSuffix(name, ".pdf") || len(name) < 5 || strings.ContainsAny(name, "/\\<>:\"|?*\r\n\t") ||
			strings.ContainsFunc(name, func(c rune) bool { return unicode.In(c, unicode.Cc, unicode.Cf) }) {
			t.Fatalf("%q becomes %q", sent, name)
		}
		if again := cleanName(name, PDF); again != name {
			t.Fatalf("%q, cleaned again %q", name, again)
		}
		how, params, err := mime.ParseMediaType(disposition("attachment", name))
		if err != nil || how != "attachment" || params["filename"] != name {
			t.Fatalf("%q is read as %q, %v", name, params["filename"], err)
		}
	})
}

// Whatever a document is made of, recognising it neither panics nor takes what begins as nothing that is taken.
func FuzzRecognise(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n%%EOF"))
	f.Add([]byte("PK\x03\x04" + strings.Repeat("\x00", 60) + "PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, err := recognise(bytes.NewReader(data), int64(len(data)))
		if err == nil && !bytes.HasPrefix(data, []byte("%PDF-")) && !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
			t.Fatalf("taken for %s", kind)
		}
	})
}
