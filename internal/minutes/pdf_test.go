package minutes_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
)

var (
	streams = regexp.MustCompile(`(?s)stream\r?\n(.*?)\nendstream`) // what is packed can end with any byte, \r too
	shows   = regexp.MustCompile(`(?s)\(((?:\\.|[^\\()])*)\) ?Tj`)
	escapes = regexp.MustCompile(`(?s)\\(.)`)
)

// wordsOf reads the words of the first page of a PDF, in the order in which they are written. Its fonts take UTF-16, as internal/platform/pdf writes it.
func wordsOf(t *testing.T, file string) string {
	t.Helper()
	for _, m := range streams.FindAllStringSubmatch(file, -1) {
		r, err := zlib.NewReader(strings.NewReader(m[1]))
		if err != nil {
			continue // not packed: no page
		}
		page, err := io.ReadAll(r)
		if err != nil || !bytes.Contains(page, []byte("Tj")) {
			continue
		}
		var out []string
		for _, shown := range shows.FindAllStringSubmatch(string(page), -1) {
			raw := escapes.ReplaceAllStringFunc(shown[1], func(e string) string {
				if e[1] == 'r' {
					return "\r"
				}
				return e[1:]
			})
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			out = append(out, string(utf16.Decode(units)))
		}
		return strings.Join(out, " ")
	}
	t.Fatal("no page is found")
	return ""
}
