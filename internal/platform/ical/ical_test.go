package ical_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/platform/ical"
)

// A calendar is read back as RFC 5545 says: lines of at most 75 bytes that break within no letter, and texts that cannot
// begin a property of their own.
func TestACalendarReadsBack(t *testing.T) {
	title := "Қоғамдық кеңес; жылу, су\nBEGIN:VALARM " + strings.Repeat("ұзақ ", 40)
	start := time.Date(2026, 12, 3, 15, 30, 0, 0, time.FixedZone("", 5*3600))
	written := string(ical.Write("Кеңес", []ical.Event{{UID: "a@b", Start: start, Lasts: 2 * time.Hour, Title: title, Place: "Зал, 2", URL: "https://example.kz/m", Changed: start}}))
	for _, line := range strings.Split(strings.TrimSuffix(written, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("the line %q", line)
		}
	}
	unfolded := strings.ReplaceAll(written, "\r\n ", "")
	for _, want := range []string{"\r\nDTSTART:20261203T103000Z\r\nDTEND:20261203T123000Z\r\n", "\r\nSUMMARY:Қоғамдық кеңес\\; жылу\\, су\\nBEGIN:VALARM ұзақ", "\r\nLOCATION:Зал\\, 2\r\n", "\r\nURL:https://example.kz/m\r\n"} {
		if !strings.Contains(unfolded, want) {
			t.Errorf("%q is missing in\n%s", want, unfolded)
		}
	}
	if strings.Contains(written, "\r\nBEGIN:VALARM") {
		t.Error("a title began a component")
	}
}

// What was moved counts up under the name it always had, and what was called off stays in the calendar and says so: a calendar
// that only lost the entry would keep showing it (RFC 5545, sections 3.8.1.11 and 3.8.7.4).
func TestWhatMovedOrWasCalledOffIsReplaced(t *testing.T) {
	start := time.Date(2026, 12, 3, 10, 0, 0, 0, time.UTC)
	written := string(ical.Write("Кеңес", []ical.Event{
		{UID: "moved@b", Start: start, Lasts: time.Hour, Title: "A", Changed: start, Sequence: 2},
		{UID: "off@b", Start: start, Lasts: time.Hour, Title: "B", Changed: start, Sequence: 3, Canceled: true},
	}))
	moved, off, _ := strings.Cut(written, "END:VEVENT\r\n")
	if !strings.Contains(moved, "\r\nUID:moved@b\r\n") || !strings.Contains(moved, "\r\nSEQUENCE:2\r\n") || strings.Contains(moved, "STATUS") {
		t.Errorf("the moved one is\n%s", moved)
	}
	if !strings.Contains(off, "\r\nUID:off@b\r\n") || !strings.Contains(off, "\r\nSEQUENCE:3\r\n") || !strings.Contains(off, "\r\nSTATUS:CANCELLED\r\n") {
		t.Errorf("the one called off is\n%s", off)
	}
}
