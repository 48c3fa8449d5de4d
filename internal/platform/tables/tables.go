// Package tables reads the table that a person brings to an import: it finds the sheet, the heading and what the columns mean,
// lets a person say otherwise, and puts into words what was found, what was left unread and what cannot be read. Every import
// reads through it, on a page and on the command line, with the same options and the same words.
package tables

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/embedded"
	"github.com/birge-kz/birge/internal/platform/sheet"
)

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the words of this package.
func Texts() fs.FS { return embedded.Folder(textFiles, "texts") }

// Options are what a person may say of a table. The zero value lets everything be found out.
type Options struct {
	Sheet    string         `json:"sheet,omitempty"`    // of a workbook; "": the one whose heading is known best
	Heading  int            `json:"heading,omitempty"`  // line of the heading; 0: found out
	Encoding string         `json:"encoding,omitempty"` // of CSV: sheet.UTF8 or sheet.Windows1251; "": found out
	Columns  map[int]string `json:"columns,omitempty"`  // what a column means, by its number from 1; "": it is not read
}

// Kind is what an import knows of its tables.
type Kind struct {
	// Column is what a heading means to the import, "" for nothing. It is given the heading's words in small letters with single
	// spaces and nothing else between them: see [Plain].
	Column func(heading string) string
	Limits sheet.Limits
	// Bare reports whether the first row is no heading but data already. May be nil.
	Bare func(cells []string) bool
}

// Look is what was found out of a table without reading it to its end.
type Look struct {
	Sheets   []string        `json:"sheets,omitempty"` // the visible ones of a workbook
	Sheet    string          `json:"sheet,omitempty"`  // the one that is read
	Heading  int             `json:"heading"`          // line of the heading; 0: there is none
	Encoding string          `json:"encoding,omitempty"`
	Header   []string        `json:"header"`           // the headings; without any as many as the first row has cells
	Columns  []string        `json:"columns"`          // what each column means, "" for nothing
	Sample   [][]string      `json:"sample,omitempty"` // some first rows
	Notes    []civic.Message `json:"notes,omitempty"`  // what was found out and what is not read
}

const (
	lookRows   = 40 // in which the heading is looked for
	lookSheets = 20
	sampleRows = 5
	sampleCell = 200 // characters of a cell in a sample
)

// Table is a table being read.
type Table struct {
	Look
	rows    *sheet.Rows
	pending []firstRow // read while the heading was looked for
}

// firstRow is one of the first rows, or what is wrong with it.
type firstRow struct {
	sheet.Row
	broken *sheet.Error
}

// RowError says why one row is not taken.
type RowError struct {
	Line, Column int // as in sheet.Error
	Value        string
	Aside        bool // it is no row of the table's matter: a total, a signature
	Message      civic.Message
}

func (e *RowError) Error() string {
	return "tables: line " + strconv.Itoa(e.Line) + ": " + e.Message.Key
}

// Open finds the table out and is ready to give its rows. The caller closes it. Errors that a person can mend have the code
// Invalid.
func Open(r io.ReaderAt, size int64, o Options, k Kind) (*Table, error) {
	if o.Encoding != "" && o.Encoding != sheet.UTF8 && o.Encoding != sheet.Windows1251 {
		return nil, civic.Fail(civic.Invalid, "tables.bad_encoding")
	}
	f, err := sheet.OpenFile(r, size, sheet.Options{Encoding: o.Encoding, Limits: k.Limits})
	if err != nil {
		return nil, InWords(err)
	}
	t := &Table{Look: Look{Sheets: f.Sheets, Encoding: f.Encoding}}
	found, err := t.choose(f, o, k)
	if err != nil {
		return nil, err
	}
	if f.Encoding == sheet.Windows1251 && o.Encoding == "" {
		t.note("tables.found_windows_1251")
	}
	if found.after > 0 && found.first > t.first() {
		t.note("tables.found_heading", "Line", strconv.Itoa(found.line))
	}
	t.Header, t.Columns, t.Heading = shortened(found.header), found.columns, found.line
	t.pending = t.pending[found.after:]
	if len(t.pending) > 0 && numbering(t.pending[0].Cells) {
		t.pending = t.pending[1:]
	}
	for column, means := range o.Columns {
		if column < 1 || column > len(t.Columns) {
			t.Close()
			return nil, civic.Fail(civic.Invalid, "tables.no_column", "Column", strconv.Itoa(column), "Count", len(t.Columns))
		}
		t.Columns[column-1] = means
	}
	for _, row := range t.pending[:min(sampleRows, len(t.pending))] {
		t.Sample = append(t.Sample, shortened(row.Cells))
	}
	return t, nil
}

// Peek is Open for who only wants to look.
func Peek(r io.ReaderAt, size int64, o Options, k Kind) (Look, error) {
	t, err := Open(r, size, o, k)
	if err != nil {
		return Look{}, err
	}
	return t.Look, t.Close()
}

func (t *Table) note(key string, args ...any) { t.Notes = append(t.Notes, civic.Say(key, args...)) }

// first is the line of the first row that is not empty.
func (t *Table) first() int { return t.pending[0].Line }

func shortened(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		if r := []rune(civic.CleanText(c)); len(r) > sampleCell {
			out[i] = string(r[:sampleCell]) + "…"
		} else {
			out[i] = string(r)
		}
	}
	return out
}

// heading is a row, or two, taken for the heading.
type heading struct {
	first   int // line where it begins
	line    int // line of its (last) row; 0: there is none
	after   int // how many of the looked-at rows come before the data
	header  []string
	columns []string
	score   int
}

// choose settles the sheet and the heading, and leaves the first rows in t.pending.
func (t *Table) choose(f *sheet.File, o Options, k Kind) (best heading, err error) {
	candidates := []string{o.Sheet}
	if o.Sheet == "" && len(f.Sheets) > 1 {
		candidates = f.Sheets[:min(lookSheets, len(f.Sheets))]
	}
	if o.Sheet != "" && !slices.Contains(f.Sheets, o.Sheet) {
		return best, civic.Fail(civic.Invalid, "tables.no_such_sheet", "Sheet", o.Sheet, "Sheets", strings.Join(f.Sheets, ", "))
	}
	chosen := false
	var unread []string
	for _, name := range candidates {
		rows, err := f.Rows(name)
		if err != nil {
			return best, InWords(err)
		}
		seen, err := firstRows(rows)
		if err != nil {
			rows.Close()
			return best, InWords(err)
		}
		if len(seen) == 0 {
			rows.Close()
			continue
		}
		h, err := findHeading(seen, o.Heading, k)
		if err != nil && len(candidates) == 1 {
			rows.Close()
			return best, err
		}
		if err != nil || chosen && h.score <= best.score {
			unread = append(unread, rows.Sheet)
			rows.Close()
			continue
		}
		if chosen {
			unread = append(unread, t.Sheet)
			t.rows.Close()
		}
		chosen, best, t.rows, t.pending, t.Sheet = true, h, rows, seen, rows.Sheet
	}
	if !chosen {
		return best, civic.Fail(civic.Invalid, "tables.empty")
	}
	if len(unread) > 0 {
		t.note("tables.found_sheet", "Sheet", t.Sheet, "Others", strings.Join(unread, ", "))
	}
	return best, nil
}

// firstRows reads the rows in which a heading is looked for.
func firstRows(rows *sheet.Rows) (out []firstRow, err error) {
	for len(out) < lookRows {
		row, err := rows.Next()
		var broken *sheet.Error
		switch {
		case errors.As(err, &broken) && broken.RowOnly():
			row = sheet.Row{Line: broken.Line}
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, err
		}
		out = append(out, firstRow{sheet.Row{Line: row.Line, Cells: slices.Clone(row.Cells)}, broken})
	}
	return out, nil
}

// findHeading looks for the row, or the two rows, of which most words are known. Where none is, it is the first row with more
// than one cell.
func findHeading(rows []firstRow, asked int, k Kind) (heading, error) {
	if asked > 0 {
		for i, row := range rows {
			if row.Line == asked {
				return headingOf(rows, i, 1, k), nil
			}
		}
		return heading{}, civic.Fail(civic.Invalid, "tables.no_heading_row", "Line", strconv.Itoa(asked), "Last", strconv.Itoa(rows[len(rows)-1].Line))
	}
	if rows[0].broken == nil && k.Bare != nil && k.Bare(rows[0].Cells) {
		n := len(rows[0].Cells)
		return heading{first: rows[0].Line, header: make([]string, n), columns: make([]string, n)}, nil
	}
	var best heading
	for height := 1; height <= 2; height++ { // two rows only where one says less
		for i := range rows[:len(rows)-height+1] {
			if height == 2 && slices.ContainsFunc(rows[i+1].Cells, hasDigit) {
				continue
			}
			if h := headingOf(rows, i, height, k); h.score > best.score {
				best = h
			}
		}
	}
	if best.score > 0 {
		return best, nil
	}
	if rows[0].broken != nil { // it may be the heading, in another encoding
		return heading{}, InWords(rows[0].broken)
	}
	for i, row := range rows {
		if filled(row.Cells) > 1 {
			return headingOf(rows, i, 1, k), nil
		}
	}
	return headingOf(rows, 0, 1, k), nil
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }

func filled(cells []string) (n int) {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// headingOf takes height rows from i as the heading. Over two rows a cell above stands for all those under it up to the next.
func headingOf(rows []firstRow, i, height int, k Kind) heading {
	upper := rows[i].Cells
	h := heading{first: rows[i].Line, line: rows[i+height-1].Line, after: i + height, header: upper}
	var lower []string
	if height == 2 {
		lower = rows[i+1].Cells
		h.header = make([]string, max(len(upper), len(lower)))
		above := ""
		for j := range h.header {
			if j < len(upper) && upper[j] != "" {
				above = upper[j]
			}
			switch {
			case j < len(lower) && lower[j] != "":
				h.header[j] = strings.TrimSpace(above + " " + lower[j])
			case j < len(upper):
				h.header[j] = upper[j]
			}
		}
	}
	h.columns = make([]string, len(h.header))
	for j, text := range h.header {
		means := meaning(text, k)
		if means == "" && j < len(lower) {
			means = meaning(lower[j], k)
		}
		if means == "" && j < len(upper) {
			means = meaning(upper[j], k)
		}
		if means != "" && !slices.Contains(h.columns, means) {
			h.columns[j] = means
			h.score++
		}
	}
	return h
}

func meaning(text string, k Kind) string {
	const longest = 200
	if len(text) > longest {
		return ""
	}
	return k.Column(Plain(text))
}

// Plain brings a text to small letters and single spaces, for comparing.
func Plain(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// numbering recognises the row "1 2 3 4" that official tables have under their heading.
func numbering(cells []string) bool {
	n := 0
	for _, c := range cells {
		if c = strings.TrimSpace(c); c == "" {
			continue
		}
		if n++; c != strconv.Itoa(n) {
			return false
		}
	}
	return n > 2
}

// Next returns the next row, each cell as it stands there but for the ends. An error that is a *RowError stands for one row:
// call Next again. io.EOF follows the last.
func (t *Table) Next() (sheet.Row, error) {
	row, err := t.nextRow()
	var broken *sheet.Error
	switch {
	case errors.As(err, &broken) && broken.RowOnly():
		return row, &RowError{Line: broken.Line, Column: broken.Column, Value: broken.Value, Message: message(broken)}
	case err == io.EOF:
		return row, err
	case err != nil:
		return row, InWords(err)
	}
	for i, c := range row.Cells {
		row.Cells[i] = strings.TrimSpace(civic.CleanText(c))
	}
	if text, yes := aside(row.Cells); yes {
		return row, &RowError{Line: row.Line, Value: text, Aside: true, Message: civic.Say("tables.row_aside")}
	}
	if n := len(row.Cells); n > len(t.Columns) {
		if len(t.Columns) > 0 {
			if extra := slices.IndexFunc(row.Cells[len(t.Columns):], func(c string) bool { return c != "" }); extra >= 0 {
				at := len(t.Columns) + extra
				return row, &RowError{Line: row.Line, Column: at + 1, Value: row.Cells[at], Message: civic.Say("tables.row_too_wide", "Columns", len(t.Columns))}
			}
		}
		row.Cells = row.Cells[:min(n, len(t.Columns))]
	}
	return row, nil
}

func (t *Table) nextRow() (sheet.Row, error) {
	if len(t.pending) == 0 {
		return t.rows.Next()
	}
	first := t.pending[0]
	if t.pending = t.pending[1:]; first.broken != nil {
		return first.Row, first.broken
	}
	return first.Row, nil
}

// Close ends the reading.
func (t *Table) Close() error { return t.rows.Close() }
