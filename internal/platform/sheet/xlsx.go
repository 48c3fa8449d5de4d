package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// memoryPart is the size from which the cells and texts of a workbook are unfolded to a temporary file.
const memoryPart = 1 << 20

// openXLSX checks the workbook from end to end, which the library does not: it stops without a word where the XML is
// broken, and trusts row and column numbers. Then it hands the library only the parts that matter.
func (r *Rows) openXLSX(src io.ReaderAt, size int64, opts Options) (err error) {
	r.Format = XLSX
	book, err := findSheet(src, size, opts.Sheet, r.limits)
	if err != nil {
		return err
	}
	r.Sheet = book.name
	texts, err := book.checkTexts(r.limits)
	if err != nil {
		return err
	}
	last, err := book.checkCells(r.limits, texts)
	if err != nil {
		return err
	}
	if opts.ShortDate == "" {
		opts.ShortDate = "dd.mm.yyyy"
	}
	file, err := book.open(excelize.Options{
		UnzipSizeLimit: r.limits.UnzippedBytes + r.limits.PartBytes, UnzipXMLSizeLimit: memoryPart, ShortDatePattern: opts.ShortDate,
	})
	if err != nil {
		return err
	}
	var rows *excelize.Rows
	err = guard(func() (err error) { rows, err = file.Rows(book.name); return err })
	if err != nil {
		return errors.Join(err, file.Close())
	}
	r.close = func() error { return errors.Join(rows.Close(), file.Close()) }
	line := 0
	r.next = func() (row Row, err error) {
		err = guard(func() error {
			if !rows.Next() {
				if err := rows.Error(); err != nil {
					return err
				}
				if line < last {
					return fmt.Errorf("ends at row %d of %d", line, last)
				}
				return io.EOF
			}
			line++
			cells, err := rows.Columns()
			row = Row{line, cells}
			return err
		})
		var typed *Error
		if err != nil && err != io.EOF && !errors.As(err, &typed) {
			err = fail(line, 0, CodeDamaged, err.Error())
		}
		return row, err
	}
	return nil
}

// guard turns a panic of the library on a file nobody foresaw into an error about the file.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fail(0, 0, CodeDamaged, fmt.Sprint(p))
		}
	}()
	err = f()
	var typed *Error
	if err != nil && err != io.EOF && !errors.As(err, &typed) {
		return fail(0, 0, CodeDamaged, err.Error())
	}
	return err
}

// workbook is the part of an archive that is read.
type workbook struct {
	name  string // of the sheet
	cells *zip.File
	texts *zip.File // shared strings; nil: none
	parts []*zip.File
}

// relationships are how one part of a workbook finds the others.
type relationships struct {
	Rels []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// findSheet opens the archive and finds the sheet called name, or the first visible one.
func findSheet(src io.ReaderAt, size int64, name string, limits Limits) (*workbook, error) {
	archive, err := zip.NewReader(src, size)
	if err != nil {
		return nil, fail(0, 0, CodeDamaged, err.Error())
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		key := partKey("", f.Name)
		if files[key] != nil {
			return nil, fail(0, 0, CodeDamaged, "two parts "+f.Name)
		}
		files[key] = f
	}
	bookPath, err := findBook(files, limits)
	if err != nil {
		return nil, err
	}
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels relationships
	if err := decode(files[bookPath], &book, limits); err != nil {
		return nil, err
	}
	if err := decode(files[path.Join(path.Dir(bookPath), "_rels", path.Base(bookPath)+".rels")], &rels, limits); err != nil {
		return nil, err
	}
	targets := map[string]string{} // relationship id to the archive's key, of all sheets
	for _, rel := range rels.Rels {
		if strings.HasSuffix(rel.Type, "/worksheet") {
			targets[rel.ID] = partKey(path.Dir(bookPath), rel.Target)
		}
	}
	w := &workbook{texts: files["xl/sharedstrings.xml"]}
	for _, s := range book.Sheets {
		if s.Name != name && (name != "" || s.State == "hidden" || s.State == "veryHidden") {
			continue
		}
		for _, a := range s.Attrs {
			if a.Name.Local == "id" && targets[a.Value] != "" {
				w.name, w.cells = s.Name, files[targets[a.Value]]
			}
		}
		if w.cells != nil {
			break
		}
	}
	if w.cells == nil {
		return nil, fail(0, 0, CodeNoSheet, name)
	}
	return w, w.keepParts(files, slices.Collect(maps.Values(targets)), limits)
}

// findBook finds the part that lists the sheets.
func findBook(files map[string]*zip.File, limits Limits) (key string, err error) {
	key = "xl/workbook.xml"
	if f := files["_rels/.rels"]; f != nil {
		var root relationships
		if err := decode(f, &root, limits); err != nil {
			return "", err
		}
		for _, rel := range root.Rels {
			if strings.HasSuffix(rel.Type, "/officeDocument") {
				key = partKey("", rel.Target) // some programs call it workbook22.xml
			}
		}
	}
	if files[key] == nil {
		return "", fail(0, 0, CodeNotWorkbook, "")
	}
	return key, nil
}

// keepParts notes the files of the archive that reading the sheet opens, and refuses those
// that would unpack to more than the limits. sheets are the keys of all its sheets.
func (w *workbook) keepParts(files map[string]*zip.File, sheets []string, limits Limits) error {
	var parts, cells uint64
	for key, f := range files {
		switch {
		case f == w.cells, f == w.texts:
			cells += f.UncompressedSize64
		case slices.Contains(sheets, key), !strings.HasSuffix(key, ".xml") && !strings.HasSuffix(key, ".rels"), unread(key):
			continue
		default:
			parts += f.UncompressedSize64
		}
		w.parts = append(w.parts, f)
	}
	if parts > uint64(limits.PartBytes) {
		return fail(0, 0, CodeUnzipTooLarge, fmt.Sprint(limits.PartBytes))
	}
	if cells > uint64(limits.UnzippedBytes) {
		return fail(0, 0, CodeUnzipTooLarge, fmt.Sprint(limits.UnzippedBytes))
	}
	return nil
}

// partKey gives the name of a part, relative to dir unless it begins with a slash, as files knows it: names are compared without case.
func partKey(dir, name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if !strings.HasPrefix(name, "/") {
		name = path.Join(dir, name)
	}
	return strings.ToLower(strings.TrimPrefix(path.Clean(name), "/"))
}

// unread reports whether a part has nothing to do with what cells show.
func unread(key string) bool {
	for _, p := range []string{"docprops/", "customxml/", "xl/drawings/", "xl/charts/", "xl/media/", "xl/externallinks/", "xl/pivot",
		"xl/comments", "xl/threadedcomments/", "xl/persons/", "xl/tables/", "xl/querytables/", "xl/calcchain", "xl/worksheets/_rels/", "xl/ctrlprops/",
		"xl/slicer", "xl/timeline", "xl/connections", "xl/metadata", "xl/richdata/", "xl/revisions/", "xl/model/"} {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

// decode reads a small part.
func decode(f *zip.File, v any, limits Limits) error {
	if f == nil {
		return fail(0, 0, CodeDamaged, "no relationships")
	}
	if f.UncompressedSize64 > uint64(limits.PartBytes) {
		return fail(0, 0, CodeUnzipTooLarge, fmt.Sprint(limits.PartBytes))
	}
	r, err := f.Open()
	if err != nil {
		return fail(0, 0, CodeDamaged, err.Error())
	}
	defer r.Close()
	if err := xml.NewDecoder(r).Decode(v); err != nil {
		return fail(0, 0, CodeDamaged, f.Name+": "+err.Error())
	}
	return nil
}

// open hands the library an archive of the wanted parts only, still compressed, so that pictures and other sheets cost nothing.
func (w *workbook) open(opts excelize.Options) (*excelize.File, error) {
	pr, pw := io.Pipe()
	go func() {
		zw := zip.NewWriter(pw)
		for _, f := range w.parts {
			if err := zw.Copy(f); err != nil {
				pw.CloseWithError(err)
				return
			}
		}
		pw.CloseWithError(zw.Close())
	}()
	var file *excelize.File
	err := guard(func() (err error) { file, err = excelize.OpenReader(pr, opts); return err })
	pr.Close()
	if err != nil && file != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, err
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

// walk gives every token of f to visit. It ends with an error unless f is well formed to its end.
func walk(f *zip.File, limits Limits, visit func(xml.Token) error, line func() int) error {
	r, err := f.Open()
	if err != nil {
		return fail(0, 0, CodeDamaged, err.Error())
	}
	defer r.Close()
	// A character may be written as an entity of up to ten bytes.
	m := &meter{r: r, max: 10*limits.CellBytes + 64<<10}
	d := xml.NewDecoder(m)
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if errors.Is(err, errTokenTooLong) {
			return fail(line(), 0, CodeCellTooLong, fmt.Sprint(limits.CellBytes))
		}
		if err != nil {
			return fail(line(), 0, CodeDamaged, err.Error())
		}
		m.n = 0
		if err := visit(tok); err != nil {
			return err
		}
	}
}

// checkTexts returns the number of shared strings.
func (w *workbook) checkTexts(limits Limits) (count int, err error) {
	if w.texts == nil {
		return 0, nil
	}
	size := 0
	err = walk(w.texts, limits, func(tok xml.Token) error {
		switch t := tok.(type) {
		case xml.StartElement:
			if t.Name.Local == "si" {
				count++
				size = 0
			}
		case xml.CharData:
			if size += len(t); size > 2*limits.CellBytes { // a little more than is shown: phonetic hints
				return fail(0, 0, CodeCellTooLong, fmt.Sprint(limits.CellBytes))
			}
		}
		return nil
	}, func() int { return 0 })
	return count, err
}

// checkCells returns the number of the last row. texts is the number of shared strings that cells may point to.
func (w *workbook) checkCells(limits Limits, texts int) (row int, err error) {
	damaged := func(column int, how string) error { return fail(row, column, CodeDamaged, how) }
	column, size := 0, 0
	var shared, value bool
	err = walk(w.cells, limits, func(tok xml.Token) error {
		switch t := tok.(type) {
		case xml.StartElement:
			value = false
			switch t.Name.Local {
			case "row":
				next := row + 1
				for _, a := range t.Attr {
					if a.Name.Local == "r" {
						if next, err = strconv.Atoi(a.Value); err != nil || next <= row || next > excelize.TotalRows {
							return damaged(0, "row "+a.Value)
						}
					}
				}
				row, column = next, 0
			case "c":
				next := column + 1
				shared, size = false, 0
				for _, a := range t.Attr {
					switch a.Name.Local {
					case "r":
						if next = columnOf(a.Value, row); next <= column || next > excelize.MaxColumns {
							return damaged(0, "cell "+a.Value)
						}
					case "t":
						shared = a.Value == "s"
					}
				}
				if column = next; column > excelize.MaxColumns {
					return damaged(0, "cells")
				}
			case "v":
				value = true
			}
		case xml.CharData:
			if size += len(t); size > 2*limits.CellBytes && column > 0 { // a formula and its result
				return fail(row, column, CodeCellTooLong, fmt.Sprint(limits.CellBytes))
			}
			if value && shared {
				if i, err := strconv.Atoi(strings.TrimSpace(string(t))); err != nil || i < 0 || i >= texts {
					return damaged(column, "text "+string(t))
				}
			}
		case xml.EndElement:
			value = false
			if t.Name.Local == "c" {
				size = 0
			}
		}
		return nil
	}, func() int { return row })
	return row, err
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
