package discussion

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// The whole state machine, written once more by hand.
func TestStates(t *testing.T) {
	want := "held appear shown, held take_back taken_back, waiting let_in shown, waiting remove removed, waiting take_back taken_back, " +
		"shown let_in shown, shown remove removed, shown take_back taken_back, removed let_in shown"
	var got []string
	for _, s := range []State{Held, Waiting, Shown, Removed, TakenBack} {
		for _, step := range []Step{Appear, LetIn, Remove, TakeBack} {
			if to, ok := Next(s, step); ok {
				got = append(got, strings.Join([]string{string(s), string(step), string(to)}, " "))
			}
		}
	}
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("%s\nwant\n%s", all, want)
	}
}

// When the night ends, whether or not it goes over midnight; the same hour twice is no night.
func TestQuietHoursEnd(t *testing.T) {
	zone := time.FixedZone("UTC+5", 5*3600)
	for _, x := range []struct {
		q        quiet
		at, ends string
	}{
		{quiet{23, 7}, "2026-03-02 22:59", ""},
		{quiet{23, 7}, "2026-03-02 23:00", "2026-03-03 07:00"},
		{quiet{23, 7}, "2026-03-03 00:00", "2026-03-03 07:00"},
		{quiet{23, 7}, "2026-03-03 06:59", "2026-03-03 07:00"},
		{quiet{23, 7}, "2026-03-03 07:00", ""},
		{quiet{23, 7}, "2026-12-31 23:30", "2027-01-01 07:00"},
		{quiet{1, 6}, "2026-03-03 00:59", ""},
		{quiet{1, 6}, "2026-03-03 01:00", "2026-03-03 06:00"},
		{quiet{1, 6}, "2026-03-03 23:00", ""},
		{quiet{22, 0}, "2026-03-03 22:10", "2026-03-04 00:00"},
		{quiet{0, 0}, "2026-03-03 00:00", ""},
		{quiet{12, 12}, "2026-03-03 12:00", ""},
	} {
		const layout = "2006-01-02 15:04"
		at, _ := time.ParseInLocation(layout, x.at, zone)
		end, night := x.q.ends(at)
		if got := end.Format(layout); night != (x.ends != "") || night && got != x.ends {
			t.Errorf("%v at %s: %s, %v; want %q", x.q, x.at, got, night, x.ends)
		}
	}
}

// The many of one side lift nothing past what both find useful; one mark more never lowers a comment; and two sides
// that change places change nothing.
func TestBridge(t *testing.T) {
	if one, both := Bridge(90, 0), Bridge(30, 6); one >= both {
		t.Errorf("one side %d, both %d", one, both)
	}
	if nobody, one := Bridge(0, 0), Bridge(0, 1); nobody != 1 || one != 2 {
		t.Errorf("nobody %d, one %d", nobody, one)
	}
	for f := range int64(6) {
		for a := range int64(6) {
			if Bridge(f+1, a) <= Bridge(f, a) || Bridge(f, a) != Bridge(a, f) {
				t.Errorf("%d, %d", f, a)
			}
		}
	}
}

// Whatever is typed: what is taken is words that people can read, no longer than may be, in a known language, and
// reading it again changes nothing.
func FuzzWords(f *testing.F) {
	for _, text := range []string{"", "Сұрақ", " a \n\n\n\n b ", "\u202eабв", "#REF!", "\u3164", "a\r\nb\u2028c", strings.Repeat("ұ", 300), "\xff\xfeб", "1\u0301"} {
		f.Add(text, "")
		f.Add(text, "ru")
	}
	f.Fuzz(func(t *testing.T, typed, lang string) {
		d := Draft{Text: civic.CleanText(typed), Lang: civic.Lang(lang), Page: civic.Kazakh, Stance: For}
		words := d.words(false)
		if d.check(false, 280) != nil {
			return
		}
		if len(words) != 1 {
			t.Fatalf("%q: %v", typed, words)
		}
		for lang, text := range words {
			if _, known := civic.ParseLang(string(lang)); !known || civic.Junk(text, nil) != "" || utf8.RuneCountInString(text) > 280 || strings.Contains(text, "\n\n\n") {
				t.Fatalf("%q: %s %q", typed, lang, text)
			}
			if again := tidy(text); again != text {
				t.Fatalf("%q, and again %q", text, again)
			}
		}
	})
}
