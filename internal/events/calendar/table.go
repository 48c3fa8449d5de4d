package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/platform/sheet"
)

// columns are the headings of a table of events, and what each is in a calendar. Only title and start must be there.
var columns = map[string]string{"uid": "UID", "title": "SUMMARY", "start": "DTSTART", "end": "DTEND", "place": "LOCATION", "text": "DESCRIPTION", "url": "URL",
	"rule": "RRULE", "also": "RDATE", "except": "EXDATE", "status": "STATUS"}

// readTable reads rows as events with the same fields, so that both forms are held to the same rules.
func readTable(r io.ReaderAt, size int64, city *time.Location) (*File, error) {
	table, err := sheet.Open(r, size, sheet.Options{Limits: sheet.Limits{Rows: MostEvents + 1, FileBytes: MostBytes}})
	if err != nil {
		return nil, err
	}
	defer table.Close()
	heading, err := table.Next()
	if errors.Is(err, io.EOF) {
		return nil, &Error{Code: NoCalendar, Line: 1}
	} else if err != nil {
		return nil, err
	}
	var names []string
	for _, cell := range heading.Cells {
		names = append(names, columns[strings.ToLower(strings.TrimSpace(cell))])
	}
	if !slices.Contains(names, "SUMMARY") || !slices.Contains(names, "DTSTART") {
		return nil, &Error{Code: NoCalendar, Line: heading.Line, Value: beginning(strings.Join(heading.Cells, ", "))}
	}
	var rows []component
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		rows = append(rows, component{line: row.Line, name: "VEVENT", properties: fields(names, row)})
	}
	f := &File{}
	if err := f.join(rows, zonesOf(nil, city)); err != nil {
		return nil, err
	}
	f.nameColumns()
	return f, nil
}

// nameColumns says in problems what the table calls its fields.
func (f *File) nameColumns() {
	for _, e := range f.Events {
		for i, p := range e.Problems {
			for column, name := range columns {
				if p.Field == name {
					e.Problems[i].Field = column
				}
			}
		}
	}
}

func fields(names []string, row sheet.Row) (list []property) {
	known := false
	for i, cell := range row.Cells {
		p := property{line: row.Line, value: strings.TrimSpace(cell)}
		if i >= len(names) || names[i] == "" || p.value == "" {
			continue
		}
		switch p.name = names[i]; p.name {
		case "UID":
			known = true
		case "DTSTART", "DTEND":
			p.value = digits(p.value)
		case "RDATE", "EXDATE":
			times := strings.FieldsFunc(p.value, func(c rune) bool { return c == ',' || c == ';' })
			for i := range times {
				times[i] = digits(strings.TrimSpace(times[i]))
			}
			p.value = strings.Join(times, ",")
		case "SUMMARY", "LOCATION", "DESCRIPTION":
			p.value = strings.ReplaceAll(p.value, `\`, `\\`)
		}
		list = append(list, p)
	}
	if !known { // the same row has the same name whenever it is read
		sum := sha256.Sum256([]byte(strings.Join(row.Cells, "\x00")))
		list = append(list, property{line: row.Line, name: "UID", value: "row-" + hex.EncodeToString(sum[:12])})
	}
	return list
}

// digits writes a time as calendars do; what is no time stays, and is refused as it stands.
func digits(text string) string {
	for _, day := range []string{"2006-01-02", "02.01.2006"} {
		if t, err := time.Parse(day, text); err == nil {
			return t.Format("20060102")
		}
		for _, hour := range []string{" 15:04", "T15:04", " 15:04:05", "T15:04:05"} {
			if t, err := time.Parse(day+hour, text); err == nil {
				return t.Format("20060102T150405")
			}
		}
	}
	return text
}
