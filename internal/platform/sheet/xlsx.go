package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Bounds of the format itself, and of what no real workbook needs.
const (
	lastRow    = 1_048_576
	lastColumn = 16_384
	maxParts   = 10_000 // files in the archive
	maxSheets  = 1_000
	maxDepth   = 64 // elements inside each other
)

// workbook is an opened archive: which sheets there are, the texts they share, how they show numbers. All of it is read here,
// piece by piece, and no library sees the file: what it holds is counted before it is kept.
type workbook struct {
	sheets  []sheetPart
	texts   texts
	numbers *numbers
}

// sheetPart is a sheet with the file that holds its cells.
type sheetPart struct {
	name   string
	hidden bool
	cells  *zip.File
}

// texts are the strings that cells point to, in one piece of memory.
type texts struct {
	bytes []byte
	ends  []uint32 // where each ends; it begins where the one before ends
}

func (t *texts) at(i int) string {
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return string(t.bytes[from:t.ends[i]])
}

// relationship is how one part of a workbook finds another.
type relationship struct{ kind, target string }

// openWorkbook reads all but the cells.
func openWorkbook(src io.ReaderAt, size int64, opts Options, limits Limits) (*workbook, error) {
	files, err := archiveOf(src, size)
	if err != nil {
		return nil, err
	}
	bookPath := "xl/workbook.xml"
	if f := files["_rels/.rels"]; f != nil {
		rels, err := relationships(f, "", limits)
		if err != nil {
			return nil, err
		}
		for _, rel := range rels {
			if strings.HasSuffix(rel.kind, "/officeDocument") {
				bookPath = rel.target // some programs call it workbook22.xml
			}
		}
	}
	if files[bookPath] == nil {
		return nil, fail(0, 0, CodeNotWorkbook, "")
	}
	rels, err := relationships(files[path.Join(path.Dir(bookPath), "_rels", path.Base(bookPath)+".rels")], path.Dir(bookPath), limits)
	if err != nil {
		return nil, err
	}
	w := &workbook{}
	since1904, err := w.readSheets(files[bookPath], rels, files, limits)
	if err != nil {
		return nil, err
	}
	var stylesPath, textsPath string
	for _, rel := range rels {
		switch {
		case strings.HasSuffix(rel.kind, "/styles"):
			stylesPath = rel.target
		case strings.HasSuffix(rel.kind, "/sharedStrings"):
			textsPath = rel.target
		}
	}
	if w.numbers, err = readNumbers(files[stylesPath], since1904, opts, limits); err != nil {
		return nil, err
	}
	return w, w.readTexts(files[textsPath], limits)
}

// archiveOf lists the files of the archive by their keys. The count is bounded before the directory is read: what the end of
// the archive says of it may be a lie.
func archiveOf(src io.ReaderAt, size int64) (map[string]*zip.File, error) {
	entries, carried := 0, 0
	block := make([]byte, 64<<10)
	entry := []byte("PK\x01\x02")
	for at := int64(0); at < size; {
		n, err := src.ReadAt(block[carried:], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		at += int64(n)
		seen := block[:carried+n]
		if entries += bytes.Count(seen, entry); entries > maxParts {
			return nil, fail(0, 0, CodeTooManyParts, strconv.Itoa(maxParts))
		}
		carried = copy(block, seen[max(0, len(seen)-len(entry)+1):])
		if n == 0 {
			break
		}
	}
	archive, err := zip.NewReader(src, size)
	if err != nil {
		return nil, damaged(0, 0, err.Error())
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		key := partKey("", f.Name)
		if files[key] != nil {
			return nil, damaged(0, 0, "two parts "+f.Name)
		}
		files[key] = f
	}
	return files, nil
}

func damaged(line, column int, how string) *Error { return fail(line, column, CodeDamaged, how) }

// partKey gives the name of a part, relative to dir unless it begins with a slash, as archiveOf lists it: names are compared
// without case.
func partKey(dir, name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if !strings.HasPrefix(name, "/") {
		name = path.Join(dir, name)
	}
	return strings.ToLower(strings.TrimPrefix(path.Clean(name), "/"))
}

// relationships reads a part that names others; dir is where their names begin.
func relationships(f *zip.File, dir string, limits Limits) (map[string]relationship, error) {
	if f == nil {
		return nil, damaged(0, 0, "no relationships")
	}
	out := map[string]relationship{}
	err := walkPart(f, limits, func(tok xml.Token) error {
		if t, ok := tok.(xml.StartElement); ok && t.Name.Local == "Relationship" {
			if len(out) == maxParts {
				return fail(0, 0, CodeTooManyParts, strconv.Itoa(maxParts))
			}
			out[attr(t, "Id")] = relationship{attr(t, "Type"), partKey(dir, attr(t, "Target"))}
		}
		return nil
	})
	return out, err
}

// attr is the value of an attribute, whatever its name space; "" without it.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readSheets lists the sheets, and tells whether days count from 1904.
func (w *workbook) readSheets(f *zip.File, rels map[string]relationship, files map[string]*zip.File, limits Limits) (since1904 bool, err error) {
	err = walkPart(f, limits, func(tok xml.Token) error {
		t, ok := tok.(xml.StartElement)
		switch {
		case ok && t.Name.Local == "workbookPr":
			v := attr(t, "date1904")
			since1904 = v == "1" || v == "true"
		case ok && t.Name.Local == "sheet":
			rel := rels[attr(t, "id")]
			if !strings.HasSuffix(rel.kind, "/worksheet") || files[rel.target] == nil {
				return nil // a chart, or a sheet that is not there
			}
			if len(w.sheets) == maxSheets {
				return fail(0, 0, CodeTooManyParts, strconv.Itoa(maxSheets))
			}
			cells, state := files[rel.target], attr(t, "state")
			if cells.UncompressedSize64 > uint64(limits.UnzippedBytes) {
				return fail(0, 0, CodeUnzipTooLarge, fmt.Sprint(limits.UnzippedBytes))
			}
			w.sheets = append(w.sheets, sheetPart{attr(t, "name"), state == "hidden" || state == "veryHidden", cells})
		}
		return nil
	})
	return since1904, err
}

// readTexts keeps the texts that cells point to.
func (w *workbook) readTexts(f *zip.File, limits Limits) error {
	if f == nil {
		return nil
	}
	if f.UncompressedSize64 > uint64(limits.UnzippedBytes) {
		return fail(0, 0, CodeUnzipTooLarge, fmt.Sprint(limits.UnzippedBytes))
	}
	w.texts.bytes = make([]byte, 0, min(int(f.UncompressedSize64), limits.TextBytes)) // so that it need not be moved as it grows
	var item cellText
	return walk(f, limits, func() int { return 0 }, func(tok xml.Token) error {
		if t, ok := tok.(xml.StartElement); ok && t.Name.Local == "si" {
			if len(w.texts.ends) == limits.Texts {
				return fail(0, 0, CodeTooManyTexts, strconv.Itoa(limits.Texts))
			}
			item.reset()
			return nil
		}
		if t, ok := tok.(xml.EndElement); ok && t.Name.Local == "si" {
			text := unescape(item.String())
			if len(w.texts.bytes)+len(text) > limits.TextBytes {
				return fail(0, 0, CodeTextsTooLarge, strconv.Itoa(limits.TextBytes))
			}
			w.texts.bytes = append(w.texts.bytes, text...)
			w.texts.ends = append(w.texts.ends, uint32(len(w.texts.bytes)))
			return nil
		}
		if item.token(tok); item.Len() > 2*limits.CellBytes {
			return fail(0, 0, CodeCellTooLong, fmt.Sprint(limits.CellBytes))
		}
		return nil
	})
}

// cellText gathers a text that may come in runs of different looks; phonetic hints are not part of it.
type cellText struct {
	strings.Builder
	taking, hint bool
}

func (c *cellText) reset() {
	c.Reset()
	c.taking, c.hint = false, false
}

func (c *cellText) token(tok xml.Token) {
	switch t := tok.(type) {
	case xml.StartElement:
		switch t.Name.Local {
		case "t":
			c.taking = true
		case "rPh":
			c.hint = true
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "t":
			c.taking = false
		case "rPh":
			c.hint = false
		}
	case xml.CharData:
		if c.taking && !c.hint {
			c.Write(t)
		}
	}
}

// unescape undoes _x000D_, which is how the format writes what XML cannot hold.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || i+7 > len(s) {
			b.WriteString(s)
			return b.String()
		}
		code, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' || utf16.IsSurrogate(rune(code)) {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteRune(rune(code))
		s = s[i+7:]
	}
}

var errTokenTooLong = errors.New("token too long")

// meter stops a reader that gives more than max bytes between two resets, so that no single piece of XML grows in memory.
type meter struct {
	r      io.Reader
	n, max int
}

func (m *meter) Read(p []byte) (int, error) {
	if m.n > m.max {
		return 0, errTokenTooLong
	}
	n, err := m.r.Read(p)
	m.n += n
	return n, err
}

// tokens are the pieces of one part's XML, well formed and not too deep.
type tokens struct {
	limits Limits
	file   io.ReadCloser
	meter  *meter
	xml    *xml.Decoder
	depth  int
}

func openTokens(f *zip.File, limits Limits) (*tokens, error) {
	r, err := f.Open()
	if err != nil {
		return nil, damaged(0, 0, err.Error())
	}
	// A character may be written as an entity of up to ten bytes.
	m := &meter{r: r, max: 10*limits.CellBytes + 64<<10}
	return &tokens{limits, r, m, xml.NewDecoder(m), 0}, nil
}

// next returns the next piece, io.EOF after the last. line is that of the sheet, for errors.
func (t *tokens) next(line int) (xml.Token, error) {
	tok, err := t.xml.Token()
	switch {
	case err == io.EOF:
		return nil, err
	case errors.Is(err, errTokenTooLong):
		return nil, fail(line, 0, CodeCellTooLong, fmt.Sprint(t.limits.CellBytes))
	case err != nil:
		return nil, damaged(line, 0, err.Error())
	}
	t.meter.n = 0
	switch tok.(type) {
	case xml.StartElement:
		if t.depth++; t.depth > maxDepth {
			return nil, damaged(line, 0, "too deep")
		}
	case xml.EndElement:
		t.depth--
	}
	return tok, nil
}

// walk gives every piece of f to visit. It ends with an error unless f is well formed to its end.
func walk(f *zip.File, limits Limits, line func() int, visit func(xml.Token) error) error {
	t, err := openTokens(f, limits)
	if err != nil {
		return err
	}
	defer t.file.Close()
	for {
		tok, err := t.next(line())
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = visit(tok)
		}
		if err != nil {
			return err
		}
	}
}

// walkPart is walk for a part that is neither cells nor texts.
func walkPart(f *zip.File, limits Limits, visit func(xml.Token) error) error {
	if f.UncompressedSize64 > uint64(limits.PartBytes) {
		return fail(0, 0, CodeUnzipTooLarge, fmt.Sprint(limits.PartBytes))
	}
	return walk(f, limits, func() int { return 0 }, visit)
}

// sheetReader reads the rows of one sheet.
type sheetReader struct {
	*tokens
	book   *workbook
	row    int // number of the row being read
	column int // of the cell being read, from 1
	cells  int // so far, empty ones too
	width  int // of the row, up to its last cell with a text
	out    []string
}

// openCells begins to read a sheet.
func (w *workbook) openCells(s sheetPart, limits Limits) (*sheetReader, error) {
	t, err := openTokens(s.cells, limits)
	if err != nil {
		return nil, err
	}
	return &sheetReader{tokens: t, book: w}, nil
}

// next returns the next row, which may be without cells; io.EOF after the last, when the rest of the sheet is well formed too.
func (s *sheetReader) next() (Row, error) {
	for {
		tok, err := s.tokens.next(s.row)
		if err != nil {
			return Row{}, err
		}
		t, ok := tok.(xml.StartElement)
		if !ok || t.Name.Local != "row" {
			continue
		}
		if err := s.beginRow(t); err != nil {
			return Row{}, err
		}
		if err := s.readRow(); err != nil {
			return Row{}, err
		}
		return Row{s.row, s.out[:s.width]}, nil
	}
}

func (s *sheetReader) beginRow(t xml.StartElement) error {
	next := s.row + 1
	if r := attr(t, "r"); r != "" {
		n, err := strconv.Atoi(r)
		if err != nil || n < next || n > lastRow {
			return damaged(s.row, 0, "row "+r)
		}
		next = n
	}
	if next > lastRow {
		return damaged(s.row, 0, "rows")
	}
	s.row, s.column, s.width = next, 0, 0
	return nil
}

// readRow reads the cells up to the end of the row.
func (s *sheetReader) readRow() error {
	for {
		tok, err := s.tokens.next(s.row)
		if err == io.EOF {
			err = damaged(s.row, 0, "cut")
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if t.Name.Local == "c" {
				if err := s.readCell(t); err != nil {
					return err
				}
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				return nil
			}
		}
	}
}

// readCell reads one cell, up to its end, into its place in the row.
func (s *sheetReader) readCell(c xml.StartElement) error {
	next := s.column + 1
	if r := attr(c, "r"); r != "" {
		if next = columnOf(r, s.row); next <= s.column {
			return damaged(s.row, 0, "cell "+r)
		}
	}
	if next > lastColumn {
		return damaged(s.row, 0, "cells")
	}
	s.column = next
	if s.cells++; s.cells > s.limits.Cells {
		return fail(s.row, 0, CodeTooManyCells, strconv.Itoa(s.limits.Cells))
	}
	var value strings.Builder // of <v>
	var inline cellText       // of <is>
	inValue, size := false, 0
	for {
		tok, err := s.tokens.next(s.row)
		if err == io.EOF {
			err = damaged(s.row, s.column, "cut")
		}
		if err != nil {
			return err
		}
		inline.token(tok)
		switch t := tok.(type) {
		case xml.StartElement:
			inValue = t.Name.Local == "v"
		case xml.CharData:
			if size += len(t); size > 2*s.limits.CellBytes { // a formula and its result
				return fail(s.row, s.column, CodeCellTooLong, fmt.Sprint(s.limits.CellBytes))
			}
			if inValue {
				value.Write(t)
			}
		case xml.EndElement:
			inValue = false
			if t.Name.Local == "c" {
				return s.place(c, value.String(), inline.String())
			}
		}
	}
}

// place puts what a cell shows into the row.
func (s *sheetReader) place(c xml.StartElement, value, inline string) error {
	text, err := s.shown(c, value, inline)
	if text == "" || err != nil {
		return err
	}
	for len(s.out) < s.column {
		s.out = append(s.out, "")
	}
	clear(s.out[s.width : s.column-1])
	s.out[s.column-1], s.width = text, s.column
	return nil
}

// shown is what a person sees in a cell.
func (s *sheetReader) shown(c xml.StartElement, value, inline string) (string, error) {
	switch attr(c, "t") {
	case "s":
		if value = strings.TrimSpace(value); value == "" {
			return "", nil
		}
		i, err := strconv.Atoi(value)
		if err != nil || i < 0 || i >= len(s.book.texts.ends) {
			return "", damaged(s.row, s.column, "text "+value)
		}
		return s.book.texts.at(i), nil
	case "inlineStr":
		return unescape(inline), nil
	case "str":
		return unescape(value), nil
	case "b":
		if strings.TrimSpace(value) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "e", "d":
		return value, nil
	}
	style, _ := strconv.Atoi(attr(c, "s")) // without one, the first
	text, err := s.book.numbers.show(strings.TrimSpace(value), style)
	if e, ok := err.(*Error); ok {
		e.Line, e.Column = s.row, s.column
	}
	return text, err
}

// columnOf returns the column of a reference such as "AB12", from 1; 0 when it is not one of this row.
func columnOf(ref string, row int) int {
	column, i := 0, 0
	for ; i < len(ref) && ref[i]|0x20 >= 'a' && ref[i]|0x20 <= 'z' && i < 4; i++ {
		column = column*26 + int(ref[i]|0x20-'a') + 1
	}
	if n, err := strconv.Atoi(ref[i:]); err != nil || n != row {
		return 0
	}
	return column
}
