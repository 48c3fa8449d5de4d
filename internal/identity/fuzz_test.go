package identity

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// Mail can be sent to every address that is accepted, and reading it again gives the same
// address.
func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"a@example.kz", "A.B+c@пример.қаз", "\"a\"@b.kz", "a@b\r\nBcc: c@d.kz", "a@@b.kz", "a@[1.1.1.1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		email, ok := ParseEmail(s)
		if !ok {
			return
		}
		if again, ok := ParseEmail(email); !ok || again != email {
			t.Errorf("%q becomes %q, then %q", s, email, again)
		}
		if strings.ContainsAny(email, "\r\n<>, ") {
			t.Errorf("%q becomes %q", s, email)
		}
		if utf8.ValidString(email) {
			if err := (mail.Message{To: email}).Check(); err != nil {
				t.Errorf("%q cannot be mailed to: %v", email, err)
			}
		}
	})
}

// Whatever the file, reading it ends with marks or with problems.
func FuzzReadRoll(f *testing.F) {
	for _, s := range []string{"iin\n061211600012\n", "\ufeffx;hash\n1;" + strings.Repeat("ab", 32), "\"", "a,b\n", "iin,\"\n\n\"", strings.Repeat(";", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		marks, report, err := readRoll(strings.NewReader(s), int64(len(s)), tables.Options{}, make([]byte, 32), nil)
		if err != nil {
			return
		}
		if lines := strings.Count(s, "\n") + strings.Count(s, "\r") + 1; len(marks)+len(report.Problems) > lines {
			t.Errorf("%d marks and %d problems of %d lines", len(marks), len(report.Problems), lines)
		}
		for _, p := range report.Problems {
			if p.Line < 1 {
				t.Errorf("a problem in line %d", p.Line)
			}
		}
	})
}
