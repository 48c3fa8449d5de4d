// Package sheet reads and writes tables: CSV and XLSX as a stream of rows in bounded memory, JSON for writing.
//
// Open looks at the content, never at a file name. Text may be UTF-8 with or without a byte order mark, UTF-16 with one,
// or, where the caller says so, Windows-1251; the delimiter is found out. Of a workbook the first visible sheet is read, or
// a named one, each cell as the text a person sees in it: dates and numbers as formatted, formulas as their last result.
//
// What cannot be read is an *Error with the line, the column and a stable code, for others to put into words.
// Nothing is skipped silently: a workbook is checked to its end before the first row is given.
//
// A cell that a spreadsheet program would take for a formula is written to CSV with an apostrophe before it, and Open takes that
// apostrophe off again; in XLSX it is a text cell, in JSON a string.
package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Codes of Error. They are stable: texts are looked up by them.
const (
	CodeFileTooLarge   = "file_too_large"   // more than Limits.FileBytes; Value: the bound
	CodeUnzipTooLarge  = "unzip_too_large"  // a workbook that unfolds beyond Limits.UnzippedBytes or PartBytes; Value: the bound
	CodeTooManyRows    = "too_many_rows"    // Value: the bound
	CodeTooManyColumns = "too_many_columns" // Value: the bound
	CodeCellTooLong    = "cell_too_long"    // Value: the bound in bytes, or in writing XLSX in UTF-16 units
	CodeNotText        = "not_text"         // neither a workbook nor text: a picture, a PDF, …
	CodeNotWorkbook    = "not_workbook"     // a zip archive without an Excel workbook; LibreOffice's .ods, for one
	CodeOldExcel       = "old_excel"        // .xls of before 2007, or a workbook under a password: save as .xlsx without one
	CodeDamaged        = "damaged"          // a workbook that breaks the format; Value: how
	CodeNoSheet        = "no_sheet"         // no visible sheet, or none of the name asked for; Value: that name
	CodeInvalidUTF8    = "invalid_utf8"     // Value: the cell with U+FFFD for what is wrong
	CodeWindows1251    = "windows_1251"     // as invalid_utf8, but the bytes look like Windows-1251: offer to read it so
	CodeBareQuote      = "bare_quote"       // a quotation mark inside a cell that does not begin with one
	CodeOpenQuote      = "open_quote"       // a quoted cell that is not closed, or is followed by text
)

// Error says what in a file cannot be read.
type Error struct {
	Line   int    // of the file for CSV, of the sheet for XLSX, from 1; 0: the file as a whole
	Column int    // of the cell in its row, from 1; 0: not one cell
	Code   string // one of the Code constants
	Value  string // what was found or exceeded, cut to 200 bytes; see the codes
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("sheet: ")
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ", column %d", e.Column)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Code)
	if e.Value != "" {
		fmt.Fprintf(&b, " (%q)", e.Value)
	}
	return b.String()
}

// RowOnly reports whether only the row at Line cannot be read: [Rows.Next] then goes on with the one after it. (A workbook is
// checked before its first row is given; there such an error is one of the whole.)
func (e *Error) RowOnly() bool {
	switch e.Code {
	case CodeInvalidUTF8, CodeWindows1251, CodeCellTooLong, CodeTooManyColumns:
		return e.Line > 0
	}
	return false
}

func fail(line, column int, code, value string) *Error {
	if len(value) > 200 {
		value = strings.ToValidUTF8(value[:200], "")
	}
	return &Error{line, column, code, value}
}

// Limits bound what is read. A zero field has its default.
type Limits struct {
	Rows          int   // rows that are not empty, header included; 200,000
	Columns       int   // cells of a row; 256
	CellBytes     int   // bytes of a cell in UTF-8; 64 KiB, above Excel's own 32,767 characters of Cyrillic
	FileBytes     int64 // bytes of the file; 32 MiB
	UnzippedBytes int64 // bytes of what is read of a workbook; 512 MiB. It is unfolded to disk
	PartBytes     int64 // of these, all but cells and their texts, which are held in memory; 4 MiB
}

func (l Limits) withDefaults() Limits {
	or := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	or64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	or(&l.Rows, 200_000)
	or(&l.Columns, 256)
	or(&l.CellBytes, 64<<10)
	or64(&l.FileBytes, 32<<20)
	or64(&l.UnzippedBytes, 512<<20)
	or64(&l.PartBytes, 4<<20)
	return l
}

// Options for Open. The zero value suits most files.
type Options struct {
	Limits      Limits
	Delimiter   rune   // of CSV; 0: found out among comma, semicolon and tab
	Windows1251 bool   // read CSV as Windows-1251
	Sheet       string // of a workbook; "": the first visible one
	ShortDate   string // how Excel's locale-dependent short date is shown; "": "dd.mm.yyyy"
}

// Format is what Open found a file to be.
type Format string

const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Row is one row that is not empty.
type Row struct {
	Line  int      // line of the file where it begins, or row number of the sheet; from 1
	Cells []string // without trailing empty ones; valid until the next call of Next
}

// Rows is a table being read. It is for one goroutine.
type Rows struct {
	Format    Format
	Delimiter rune   // of CSV
	Sheet     string // name, of XLSX

	limits Limits
	next   func() (Row, error)
	close  func() error
	count  int
	err    error
}

// Open finds out what r is and returns its rows. The caller closes them. Errors are *Error, or those of r.
func Open(r io.ReaderAt, size int64, opts Options) (*Rows, error) {
	limits := opts.Limits.withDefaults()
	if size > limits.FileBytes {
		return nil, fail(0, 0, CodeFileTooLarge, fmt.Sprint(limits.FileBytes))
	}
	head := make([]byte, min(size, 64<<10))
	if n, err := r.ReadAt(head, 0); err != nil && (!errors.Is(err, io.EOF) || n < len(head)) {
		return nil, err
	}
	rows := &Rows{limits: limits, close: func() error { return nil }}
	var err error
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		err = rows.openXLSX(r, size, opts)
	case bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}):
		err = fail(0, 0, CodeOldExcel, "")
	default:
		err = rows.openCSV(io.NewSectionReader(r, 0, size), head, opts)
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Next returns the next row that is not empty, io.EOF after the last. An *Error that is RowOnly stands for one row: call Next
// again. Any other error ends the reading: Next repeats it.
func (r *Rows) Next() (Row, error) {
	for r.err == nil {
		row, err := r.next()
		var broken *Error
		if errors.As(err, &broken) && broken.RowOnly() {
			if r.count++; r.count <= r.limits.Rows {
				return Row{}, err
			}
		}
		if err != nil {
			r.err = err
			break
		}
		for n := len(row.Cells); n > 0 && row.Cells[n-1] == ""; n-- {
			row.Cells = row.Cells[:n-1]
		}
		if len(row.Cells) == 0 {
			continue
		}
		r.count++
		switch {
		case r.count > r.limits.Rows:
			r.err = fail(row.Line, 0, CodeTooManyRows, fmt.Sprint(r.limits.Rows))
		case len(row.Cells) > r.limits.Columns:
			return Row{}, fail(row.Line, r.limits.Columns+1, CodeTooManyColumns, fmt.Sprint(r.limits.Columns))
		default:
			for i, c := range row.Cells {
				if len(c) > r.limits.CellBytes {
					return Row{}, fail(row.Line, i+1, CodeCellTooLong, fmt.Sprint(r.limits.CellBytes))
				}
			}
			return row, nil
		}
	}
	return Row{}, r.err
}

// Close frees what reading needed, temporary files among it. It does not close the file given to Open.
func (r *Rows) Close() error {
	if r.err == nil {
		r.err = io.ErrClosedPipe
	}
	closing := r.close
	r.close = func() error { return nil }
	return closing()
}
