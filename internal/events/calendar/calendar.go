// Package calendar reads events out of iCalendar files and tables. Files come from anybody: every size is bounded, and what cannot
// be read is refused with its line, its field and a code, never skipped silently.
package calendar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/birge-kz/birge/internal/events/recurrence"
)

// The bounds of a file.
const (
	MostBytes      = 8 << 20
	MostEvents     = 5000
	MostTimes      = 100_000   // of all events together
	mostZones      = 200       // different names of zones
	mostLineBytes  = 256 << 10 // of one property, unfolded: pictures stand in such lines
	mostProperties = 1000      // of one component
	mostDepth      = 4         // VCALENDAR, VEVENT, VALARM, and one more
	mostTimes      = 1000      // of one RDATE or EXDATE
	mostTitle      = 500       // bytes of a title or a place
	mostText       = 20 << 10  // bytes of a description
	mostProblems   = 50        // of one event, and of the file
	mostLength     = 366 * 24 * time.Hour
)

// Code says what is wrong, for others to put into words.
type Code string

const (
	// Of the whole file, which is then refused.
	TooLarge      Code = "too_large"
	NotText       Code = "not_text"
	NoCalendar    Code = "no_calendar"
	NotClosed     Code = "not_closed"
	ClosedOther   Code = "closed_other"
	TooDeep       Code = "too_deep"
	TooLong       Code = "too_long"
	TooMany       Code = "too_many"
	TooManyEvents Code = "too_many_events"
	TooManyTimes  Code = "too_many_times"

	// Of a line or an event; the others are read.
	BadLine     Code = "bad_line"
	Missing     Code = "missing"
	Twice       Code = "twice"
	BadTime     Code = "bad_time"
	BadLength   Code = "bad_length"
	BadNumber   Code = "bad_number"
	UnknownZone Code = "unknown_zone"
	MixedDays   Code = "mixed_days"
	EndsBefore  Code = "ends_before"
	Lasts       Code = "lasts_too_long"
	Period      Code = "period"
	AndFuture   Code = "and_future"
	NoSeries    Code = "no_series"
	NotInSeries Code = "not_in_series"
	NoTimes     Code = "no_times"

	// Told, and no reason against taking the event.
	Cut Code = "cut"
)

// Codes lists every code, with those of rules, so that a test can ask for their words.
func Codes() []Code {
	codes := []Code{TooLarge, NotText, NoCalendar, NotClosed, ClosedOther, TooDeep, TooLong, TooMany, TooManyEvents, TooManyTimes, BadLine, Missing, Twice, BadTime, BadLength,
		BadNumber, UnknownZone, MixedDays, EndsBefore, Lasts, Period, AndFuture, NoSeries, NotInSeries, NoTimes, Cut}
	for _, code := range recurrence.Codes() {
		codes = append(codes, Code(code))
	}
	return codes
}

// Problem is one thing that is wrong.
type Problem struct {
	Line  int    `json:"line"`
	Field string `json:"field,omitempty"`
	Code  Code   `json:"code"`
	Value string `json:"value,omitempty"` // as it stands, its beginning
}

// Error refuses a whole file.
type Error Problem

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s %q", e.Line, e.Code, e.Value) }

// Event is one event with all its times.
type Event struct {
	Line        int
	UID         string
	Title       string
	Text        string
	Place       string
	URL         string
	Rule        string // as it stands
	Sequence    int
	AllDay      bool
	Cancelled   bool
	Occurrences []recurrence.Occurrence // in the city's time
	Problems    []Problem
}

// Fit says whether the event can be taken: whether nothing is wrong but what is only told.
func (e Event) Fit() bool {
	for _, p := range e.Problems {
		if p.Code != Cut {
			return false
		}
	}
	return true
}

// File is what was read.
type File struct {
	Events   []Event
	Problems []Problem // of lines that belong to no event
}

// Read reads an iCalendar file or a table with headings of columns. Times without a zone are the city's. Errors: *Error, and
// those of sheet.
func Read(r io.ReaderAt, size int64, city *time.Location) (*File, error) {
	if size > MostBytes {
		return nil, &Error{Code: TooLarge}
	}
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if !begins(head) {
		return readTable(r, size, city)
	}
	raw, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	return readCalendar(raw, city)
}

func begins(head []byte) bool {
	return len(head) >= len(opens) && bytes.EqualFold(head[:len(opens)], []byte(opens))
}

func beginning(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	runes := []rune(s[:most])
	return string(runes[:len(runes)-1]) + "…"
}
