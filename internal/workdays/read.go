package workdays

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// What a calendar's file may hold at most.
const (
	MaxBytes = 1 << 20
	MaxDays  = 20_000
)

// Faults of a file. They are stable: texts are looked up by them.
const (
	NotACalendar = "not_a_calendar" // none of the forms that Read knows
	WrongDate    = "wrong_date"     // Value is no date of the years 1900 to 2199
	TooLarge     = "too_large"      // more than MaxBytes or MaxDays
)

// Error says what in a file cannot be read.
type Error struct {
	File  string // its name, without the folder
	Line  int    // from 1; 0: not one line
	Fault string
	Value string
}

func (e *Error) Error() string {
	return fmt.Sprintf("workdays: %s, line %d: %s %q", e.File, e.Line, e.Fault, e.Value)
}

// Read reads a calendar: a file as [Parse] reads it, or the files of a folder, whose others are
// passed over. Swapped days count more than days off. Errors: *Error, and of the file system.
func Read(path string) (map[string]civic.Day, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return readFile(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	days, swaps := map[string]civic.Day{}, map[string]civic.Day{}
	for _, e := range entries {
		into := map[string]map[string]civic.Day{".json": days, ".csv": swaps}[filepath.Ext(e.Name())]
		if into == nil {
			continue
		}
		found, err := readFile(filepath.Join(path, e.Name()))
		if other := new(Error); errors.As(err, &other) && other.Fault == NotACalendar {
			continue
		}
		if err != nil {
			return nil, err
		}
		maps.Copy(into, found)
	}
	maps.Copy(days, swaps)
	if len(days) == 0 {
		return nil, &Error{File: filepath.Base(path), Fault: NotACalendar}
	}
	return days, nil
}

func readFile(path string) (map[string]civic.Day, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	return Parse(filepath.Base(path), content)
}

// Parse reads the content of a file in one of two forms: JSON, an object from the dates of days off
// to their names ({"2026-03-23": "Nauryz"}); or CSV with the columns "works" and "off" among others,
// the two dates of a swap in each row, of which one may be missing. The name is told in errors.
func Parse(name string, content []byte) (days map[string]civic.Day, err error) {
	if len(content) > MaxBytes {
		return nil, &Error{File: name, Fault: TooLarge}
	}
	content = bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\ufeff")))
	if bytes.HasPrefix(content, []byte("{")) {
		days, err = parseDays(name, content)
	} else {
		days, err = parseSwaps(name, content)
	}
	if err == nil && len(days) > MaxDays {
		err = &Error{File: name, Fault: TooLarge}
	}
	return days, err
}

func parseDays(file string, content []byte) (map[string]civic.Day, error) {
	var names map[string]string
	if json.Unmarshal(content, &names) != nil || len(names) == 0 {
		return nil, &Error{File: file, Fault: NotACalendar}
	}
	days := map[string]civic.Day{}
	for date, name := range names {
		if _, ok := ParseDate(date); !ok {
			line := 1 + bytes.Count(content[:max(0, bytes.Index(content, []byte(date)))], []byte("\n"))
			return nil, &Error{File: file, Line: line, Fault: WrongDate, Value: date}
		}
		days[date] = civic.Day{Name: civic.Everywhere(strings.TrimSpace(civic.CleanText(name)))}
	}
	return days, nil
}

func parseSwaps(file string, content []byte) (map[string]civic.Day, error) {
	r := csv.NewReader(bytes.NewReader(content))
	if first, _, _ := bytes.Cut(content, []byte("\n")); !bytes.Contains(first, []byte(",")) {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1
	heading, err := r.Read()
	works, off := slices.Index(heading, "works"), slices.Index(heading, "off")
	if err != nil || works < 0 || off < 0 {
		return nil, &Error{File: file, Fault: NotACalendar}
	}
	days := map[string]civic.Day{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return days, nil
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, &Error{File: file, Line: line, Fault: NotACalendar}
		}
		alone := max(works, off) < len(row) && (row[works] == "") != (row[off] == "")
		for _, column := range []int{works, off} {
			date := ""
			if column < len(row) {
				date = strings.TrimSpace(row[column])
			}
			if date == "" && alone {
				continue
			}
			if _, ok := ParseDate(date); !ok {
				return nil, &Error{File: file, Line: line, Fault: WrongDate, Value: date}
			}
			days[date] = civic.Day{Working: column == works}
		}
	}
}

// ParseDate reads a date of the years 1900 to 2199, like "2026-03-23".
func ParseDate(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil && t.Year() >= 1900 && t.Year() < 2200
}
