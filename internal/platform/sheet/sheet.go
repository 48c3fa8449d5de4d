// Package sheet reads and writes tables: CSV and XLSX as a stream of rows in bounded memory, JSON for writing.
//
// Open looks at the content, never at a file name. Text may be UTF-8 with or without a byte order mark, UTF-16 with one, or
// Windows-1251, which is found out where it is certain; so is the delimiter. Of a workbook the first visible sheet is read, or
// a named one, each cell as the text a person sees in it: dates and numbers as formatted, formulas as their last result.
//
// Every count and every size is bounded, see Limits, and whatever is beyond a bound ends the reading before it is kept. A file
// is read once, from its beginning to its end. What cannot be read is an *Error with the line, the column and a stable code, for
// others to put into words. Nothing is skipped silently: take what was read only after io.EOF.
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

// Codes of Error. They are stable: texts are looked up by them. Of those about a bound, Value is the bound.
const (
	CodeFileTooLarge   = "file_too_large"   // more than Limits.FileBytes
	CodeUnzipTooLarge  = "unzip_too_large"  // a workbook that unfolds beyond Limits.UnzippedBytes or PartBytes
	CodeTooManyRows    = "too_many_rows"    // more than Limits.Rows
	CodeTooManyColumns = "too_many_columns" // more than Limits.Columns
	CodeTooManyCells   = "too_many_cells"   // of a sheet, more than Limits.Cells
	CodeTooManyTexts   = "too_many_texts"   // of a workbook, more than Limits.Texts
	CodeTextsTooLarge  = "texts_too_large"  // of a workbook, more than Limits.TextBytes
	CodeTooManyParts   = "too_many_parts"   // files in a workbook, looks of cells, formats of numbers: more than Excel writes
	CodeCellTooLong    = "cell_too_long"    // bytes, or in writing XLSX UTF-16 units
	CodeRowTooLong     = "row_too_long"     // of CSV, more than Limits.RowBytes
	CodeNotText        = "not_text"         // neither a workbook nor text: a picture, a PDF, …
	CodeNotWorkbook    = "not_workbook"     // a zip archive without an Excel workbook; LibreOffice's .ods, for one
	CodeOldExcel       = "old_excel"        // .xls of before 2007, or a workbook under a password: save as .xlsx without one
	CodeDamaged        = "damaged"          // a workbook that breaks the format; Value: how
	CodeNoSheet        = "no_sheet"         // no visible sheet, or none of the name asked for; Value: that name
	CodeInvalidUTF8    = "invalid_utf8"     // Value: the cell with U+FFFD for what is wrong
	CodeWindows1251    = "windows_1251"     // as invalid_utf8, but the bytes look like Windows-1251: offer to read it so
	CodeOpenQuote      = "open_quote"       // a quoted cell that is not closed, or is followed by text
)

// Error says what in a file cannot be read.
type Error struct {
	Line   int    // of the file for CSV, of the sheet for XLSX, from 1; 0: the file as a whole
	Column int    // of the cell in its row, from 1; 0: not one cell
	Code   string // one of the Code constants
	Value  string // what was found or exceeded, cut to 200 bytes; see the codes

	rowOnly bool
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

// RowOnly reports whether only the row at Line cannot be read: [Rows.Next] then goes on with the one after it.
func (e *Error) RowOnly() bool { return e.rowOnly }

func fail(line, column int, code, value string) *Error {
	if len(value) > 200 {
		value = strings.ToValidUTF8(value[:200], "")
	}
	return &Error{Line: line, Column: column, Code: code, Value: value}
}

// failRow is fail for one row of many.
func failRow(line, column int, code, value string) *Error {
	e := fail(line, column, code, value)
	e.rowOnly = true
	return e
}

// Limits bound what is read. A zero field has its default. With the defaults reading takes less than 150 MiB of memory,
// whatever the file; a test measures it.
type Limits struct {
	Rows          int   // rows that are not empty, header included; 200,000
	Columns       int   // cells of a row; 256
	Cells         int   // cells of a sheet, empty ones too: they take time; 5,000,000
	CellBytes     int   // bytes of a cell in UTF-8; 64 KiB, above Excel's own 32,767 characters of Cyrillic
	RowBytes      int   // bytes of a row of CSV; 1 MiB
	Texts         int   // different texts of a workbook, which are held in memory; 1,000,000
	TextBytes     int   // bytes of them; 64 MiB
	FileBytes     int64 // bytes of the file; 32 MiB
	UnzippedBytes int64 // bytes of a workbook's cells, and of its texts with their XML; 256 MiB each
	PartBytes     int64 // bytes of each other part of a workbook that is read; 8 MiB
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
	or(&l.Cells, 5_000_000)
	or(&l.CellBytes, 64<<10)
	or(&l.RowBytes, 1<<20)
	or(&l.Texts, 1_000_000)
	or(&l.TextBytes, 64<<20)
	or64(&l.FileBytes, 32<<20)
	or64(&l.UnzippedBytes, 256<<20)
	or64(&l.PartBytes, 8<<20)
	return l
}

// Encodings of text.
const (
	UTF8        = "utf-8"
	UTF16       = "utf-16" // never asked for: a byte order mark says it
	Windows1251 = "windows-1251"
)

// Options for Open. The zero value suits most files.
type Options struct {
	Limits    Limits
	Delimiter rune   // of CSV, in ASCII; 0: found out among comma, semicolon and tab
	Encoding  string // of CSV without a byte order mark: UTF8 or Windows1251; "": found out
	Sheet     string // of a workbook; "": the first visible one
	ShortDate string // how Excel's locale-dependent short date is shown; "": "dd.mm.yyyy"
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

// File is a file with one or more tables. It is for one goroutine.
type File struct {
	Format   Format
	Encoding string   // of CSV: how it is read
	Sheets   []string // of a workbook: the visible ones, in order

	src    io.ReaderAt
	size   int64
	head   []byte
	opts   Options
	limits Limits
	book   *workbook
}

// OpenFile finds out what r is. Errors are *Error, or those of r.
func OpenFile(r io.ReaderAt, size int64, opts Options) (*File, error) {
	f := &File{Format: CSV, src: r, size: size, opts: opts, limits: opts.Limits.withDefaults()}
	if size > f.limits.FileBytes {
		return nil, fail(0, 0, CodeFileTooLarge, fmt.Sprint(f.limits.FileBytes))
	}
	f.head = make([]byte, min(size, 64<<10))
	if n, err := r.ReadAt(f.head, 0); err != nil && (!errors.Is(err, io.EOF) || n < len(f.head)) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(f.head, []byte("PK\x03\x04")), bytes.HasPrefix(f.head, []byte("PK\x05\x06")):
		f.Format = XLSX
		var err error
		if f.book, err = openWorkbook(r, size, opts, f.limits); err != nil {
			return nil, err
		}
		for _, s := range f.book.sheets {
			if !s.hidden {
				f.Sheets = append(f.Sheets, s.name)
			}
		}
	case bytes.HasPrefix(f.head, []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}):
		return nil, fail(0, 0, CodeOldExcel, "")
	default:
		var err error
		if f.Encoding, err = encodingOf(r, size, f.head, opts.Encoding); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Rows begins to read a table: the sheet of that name, "" for the first visible one; of CSV its only one. The caller closes it.
func (f *File) Rows(sheet string) (*Rows, error) {
	rows := &Rows{Format: f.Format, limits: f.limits, close: func() error { return nil }}
	if f.Format == CSV {
		return rows, rows.openCSV(f)
	}
	for _, s := range f.book.sheets {
		if s.name != sheet && (sheet != "" || s.hidden) {
			continue
		}
		cells, err := f.book.openCells(s, f.limits)
		if err != nil {
			return nil, err
		}
		rows.Sheet, rows.next, rows.close = s.name, cells.next, cells.file.Close
		return rows, nil
	}
	return nil, fail(0, 0, CodeNoSheet, sheet)
}

// Open is OpenFile and its Rows for who wants one table.
func Open(r io.ReaderAt, size int64, opts Options) (*Rows, error) {
	f, err := OpenFile(r, size, opts)
	if err != nil {
		return nil, err
	}
	rows, err := f.Rows(opts.Sheet)
	if err != nil {
		return nil, err
	}
	return rows, nil
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
			err = fail(broken.Line, 0, CodeTooManyRows, fmt.Sprint(r.limits.Rows))
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
			return Row{}, failRow(row.Line, r.limits.Columns+1, CodeTooManyColumns, fmt.Sprint(r.limits.Columns))
		default:
			for i, c := range row.Cells {
				if len(c) > r.limits.CellBytes {
					return Row{}, failRow(row.Line, i+1, CodeCellTooLong, fmt.Sprint(r.limits.CellBytes))
				}
			}
			return row, nil
		}
	}
	return Row{}, r.err
}

// Close frees what reading needed. It does not close the file given to Open.
func (r *Rows) Close() error {
	if r.err == nil {
		r.err = io.ErrClosedPipe
	}
	closing := r.close
	r.close = func() error { return nil }
	return closing()
}
