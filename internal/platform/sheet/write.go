package sheet

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Writer writes a table row by row; the first row is its header. What is written is complete only after Close, which does
// not close the underlying writer. A Writer is for one goroutine.
type Writer interface {
	Write(cells []string) error
	Close() error
}

// CSVOptions for NewCSV. The zero value gives RFC 4180: commas, lines that end in CR LF, no byte order mark.
type CSVOptions struct {
	BOM   bool // a byte order mark, without which Excel takes UTF-8 for another encoding
	Comma rune // 0: comma
}

// lineBreaks makes every line break inside a cell a line feed, which is what reading gives.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

type csvWriter struct {
	w   *csv.Writer
	row []string
}

// NewCSV returns a Writer of CSV in UTF-8. Cells that a spreadsheet program would take for a formula get an apostrophe before
// them; Open takes it off. A line break inside a cell is read back as a line feed.
func NewCSV(w io.Writer, opts CSVOptions) (Writer, error) {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if opts.Comma != 0 {
		c.Comma = opts.Comma
	}
	if opts.BOM {
		if _, err := io.WriteString(w, "\uFEFF"); err != nil {
			return nil, err
		}
	}
	return &csvWriter{w: c}, nil
}

func (c *csvWriter) Write(cells []string) error {
	c.row = c.row[:0]
	for _, s := range cells {
		c.row = append(c.row, escapeFormula(strings.ToValidUTF8(lineBreaks.Replace(s), "\uFFFD")))
	}
	return c.w.Write(c.row)
}

func (c *csvWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

type xlsxWriter struct {
	dst  io.Writer
	file *excelize.File
	rows *excelize.StreamWriter
	line int
	row  []any
	err  error
}

// NewXLSX returns a Writer of a workbook with one sheet of that name (at most 31 characters, none of []:*?/\ ). Every cell
// is text, so no formula can come about and no leading zero is lost. Rows go to a temporary file; Close writes the workbook.
// A cell longer than Excel takes, 32,767 UTF-16 units, is an *Error, and so is a row beyond the last, 1,048,576.
func NewXLSX(w io.Writer, sheet string) (Writer, error) {
	file := excelize.NewFile()
	err := file.SetSheetName("Sheet1", sheet)
	var rows *excelize.StreamWriter
	if err == nil {
		rows, err = file.NewStreamWriter(sheet)
	}
	if err == nil {
		err = rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &xlsxWriter{dst: w, file: file, rows: rows}, nil
}

func (x *xlsxWriter) Write(cells []string) error {
	if x.err != nil {
		return x.err
	}
	x.line++
	x.row = x.row[:0]
	for i, s := range cells {
		if len(s) > excelize.TotalCellChars && len(utf16.Encode([]rune(s))) > excelize.TotalCellChars {
			x.err = fail(x.line, i+1, CodeCellTooLong, fmt.Sprint(excelize.TotalCellChars))
			return x.err
		}
		if s == "" {
			x.row = append(x.row, nil)
			continue
		}
		x.row = append(x.row, strings.ToValidUTF8(s, "\uFFFD"))
	}
	switch {
	case x.line > excelize.TotalRows:
		x.err = fail(x.line, 0, CodeTooManyRows, fmt.Sprint(excelize.TotalRows))
	case len(cells) > excelize.MaxColumns:
		x.err = fail(x.line, excelize.MaxColumns+1, CodeTooManyColumns, fmt.Sprint(excelize.MaxColumns))
	default:
		x.err = x.rows.SetRow(fmt.Sprintf("A%d", x.line), x.row)
	}
	return x.err
}

func (x *xlsxWriter) Close() error {
	if x.file == nil {
		return x.err
	}
	if x.err == nil {
		x.err = x.rows.Flush()
	}
	if x.err == nil {
		x.err = x.file.Write(x.dst)
	}
	x.err = errors.Join(x.err, x.file.Close())
	x.file = nil
	return x.err
}

type jsonWriter struct {
	w      *bufio.Writer
	header []string
	rows   int
	err    error
}

// NewJSON returns a Writer of an array with one object per row after the header, keys in the header's order, values strings. Cells
// beyond the header are refused, missing ones left out. Characters that HTML gives a meaning are escaped.
func NewJSON(w io.Writer) Writer { return &jsonWriter{w: bufio.NewWriter(w)} }

func (j *jsonWriter) Write(cells []string) error {
	if j.err != nil {
		return j.err
	}
	if j.header == nil {
		j.header = append([]string{}, cells...)
		seen := map[string]bool{}
		for _, h := range cells {
			if seen[h] {
				j.err = fmt.Errorf("sheet: two columns %q", h)
			}
			seen[h] = true
		}
		_, err := j.w.WriteString("[")
		j.err = errors.Join(j.err, err)
		return j.err
	}
	if len(cells) > len(j.header) {
		j.err = fmt.Errorf("sheet: %d cells under a header of %d", len(cells), len(j.header))
		return j.err
	}
	if j.rows++; j.rows > 1 {
		_ = j.w.WriteByte(',') // a bufio.Writer keeps its error; Flush reports it
	}
	_, _ = j.w.WriteString("\n{")
	for i, c := range cells {
		if i > 0 {
			_ = j.w.WriteByte(',')
		}
		key, err1 := json.Marshal(j.header[i])
		value, err2 := json.Marshal(c)
		if j.err = errors.Join(err1, err2); j.err != nil {
			return j.err
		}
		_, _ = j.w.Write(key)
		_ = j.w.WriteByte(':')
		_, _ = j.w.Write(value)
	}
	_ = j.w.WriteByte('}')
	return nil
}

func (j *jsonWriter) Close() error {
	if j.err != nil {
		return j.err
	}
	if j.header == nil {
		_, _ = j.w.WriteString("[")
	}
	_, _ = j.w.WriteString("\n]\n")
	return j.w.Flush()
}
