package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// readAll returns all rows as "line: cell|cell", and the error that ended them.
func readAll(data []byte, opts Options) (lines []string, err error) {
	rows, err := Open(bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		return nil, err
	}
	for {
		row, err := rows.Next()
		if err != nil {
			var broken *Error
			if errors.As(err, &broken) && broken.RowOnly() {
				if _, again := rows.Next(); again == err {
					return lines, errors.New("Next repeats what was wrong with one row")
				}
			} else if _, again := rows.Next(); again == nil {
				return lines, errors.New("Next goes on after an error")
			}
			if err == io.EOF {
				err = nil
			}
			return lines, errors.Join(err, rows.Close())
		}
		lines = append(lines, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Cells, "|")))
	}
}

// A row that cannot be read does not stop the others.
func TestReadingGoesOnAfterABrokenRow(t *testing.T) {
	src := "a,b\n1,\x80\n2,12345\n3,x,y\n4,x\n"
	rows, err := Open(strings.NewReader(src), int64(len(src)), Options{Limits: Limits{CellBytes: 4, Columns: 2}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		row, err := rows.Next()
		var broken *Error
		if errors.As(err, &broken) && broken.RowOnly() {
			got = append(got, fmt.Sprintf("%d %s", broken.Line, broken.Code))
			continue
		}
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		got = append(got, fmt.Sprintf("%d %s", row.Line, strings.Join(row.Cells, "|")))
	}
	want := []string{"1 a|b", "2 invalid_utf8", "3 cell_too_long", "4 too_many_columns", "5 4|x"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReadCSV(t *testing.T) {
	cp1251, _ := charmap.Windows1251.NewEncoder().String("аты;жылы\nМектеп;1999\n")
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("аты\tжылы\nҚала\t1999\n")
	for _, tt := range []struct {
		name, src string
		opts      Options
		want      []string
		err       *Error
	}{
		{name: "empty"},
		{name: "plain", src: "a,b\n1,2\n", want: []string{"1: a|b", "2: 1|2"}},
		{name: "no last line end", src: "a,b\n1,2", want: []string{"1: a|b", "2: 1|2"}},
		{name: "byte order mark", src: "\xEF\xBB\xBFаты,жылы\nҚала,1999\n", want: []string{"1: аты|жылы", "2: Қала|1999"}},
		{name: "CR LF and semicolons", src: "a;b\r\n1,5;2\r\n", want: []string{"1: a|b", "2: 1,5|2"}},
		{name: "tabs", src: "a\tb\n1,5;x\t2\n", want: []string{"1: a|b", "2: 1,5;x|2"}},
		{name: "delimiters inside quotes do not count", src: "a;\"b,c,d\"\n1;\"2,3,4\"\n", want: []string{"1: a|b,c,d", "2: 1|2,3,4"}},
		{name: "commas in every text, semicolons between", src: "name;text\nx;a, b, c\ny;d\nz;e, f\n",
			want: []string{"1: name|text", "2: x|a, b, c", "3: y|d", "4: z|e, f"}},
		{name: "given delimiter", src: "a;b,c\n", opts: Options{Delimiter: ','}, want: []string{"1: a;b|c"}},
		{name: "Excel's hint", src: "sep=;\r\na,x;b\r\n1;2\r\n", want: []string{"2: a,x|b", "3: 1|2"}},
		{name: "one column", src: "a\nb\n", want: []string{"1: a", "2: b"}},
		{name: "lines of quoted cells", src: "a,b\n\"1\n2\",3\n4,5\n", want: []string{"1: a|b", "2: 1\n2|3", "4: 4|5"}},
		{name: "doubled quotes", src: "a\n\"x \"\"y\"\"\"\n", want: []string{"1: a", "2: x \"y\""}},
		{name: "empty lines and trailing cells", src: "a,b,,\n\n,,\n1,2\n", want: []string{"1: a|b", "4: 1|2"}},
		{name: "old Macintosh", src: "a,b\r1,2\r", want: []string{"1: a|b", "2: 1|2"}},
		{name: "UTF-16", src: utf16, want: []string{"1: аты|жылы", "2: Қала|1999"}},
		{name: "apostrophes of formulas", src: "a\n'=1+1\n'a\n''=x\n'\n", want: []string{"1: a", "2: =1+1", "3: 'a", "4: '=x", "5: '"}},
		{name: "Windows-1251 as such", src: cp1251, opts: Options{Encoding: Windows1251}, want: []string{"1: аты|жылы", "2: Мектеп|1999"}},
		{name: "Windows-1251 found out", src: cp1251, want: []string{"1: аты|жылы", "2: Мектеп|1999"}},
		{name: "Windows-1251 not wanted", src: cp1251, opts: Options{Encoding: UTF8}, err: &Error{Line: 1, Column: 1, Code: CodeWindows1251, Value: "\uFFFD"}},
		{name: "some letters of Windows-1251 in UTF-8", src: "аты\n" + cp1251, want: []string{"1: аты"}, err: &Error{Line: 2, Column: 1, Code: CodeWindows1251}},
		{name: "invalid UTF-8", src: "a,b\nx,\"y\nz\xff\"\n", want: []string{"1: a|b"}, err: &Error{Line: 3, Column: 2, Code: CodeWindows1251, Value: "y\nz\uFFFD"}},
		{name: "cut UTF-8", src: "a,b\nx,y\xe2\x82\n", want: []string{"1: a|b"}, err: &Error{Line: 2, Column: 2, Code: CodeInvalidUTF8, Value: "y\uFFFD"}},
		{name: "quotes inside a cell", src: "a,b\nx \"y\",2\"\n", want: []string{"1: a|b", "2: x \"y\"|2\""}},
		{name: "a title over the table", src: "Реестр, том 1;;\na;b;c\n1,5;2;3\n", want: []string{"1: Реестр, том 1", "2: a|b|c", "3: 1,5|2|3"}},
		{name: "open quote", src: "a,b\n1,\"2\n3,4\n5,6\n", want: []string{"1: a|b"}, err: &Error{Line: 2, Code: CodeOpenQuote}},
		{name: "text after a quote", src: "a,b\n1,\"2\"x\n", want: []string{"1: a|b"}, err: &Error{Line: 2, Code: CodeOpenQuote}},
		{name: "a picture", src: "\x89PNG\r\n\x1a\n\x00\x00", err: &Error{Code: CodeNotText}},
		{name: "old Excel", src: "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", err: &Error{Code: CodeOldExcel}},
		{name: "file too large", src: "abcdef", opts: Options{Limits: Limits{FileBytes: 5}}, err: &Error{Code: CodeFileTooLarge, Value: "5"}},
		{name: "too many rows", src: "a\n\n1\n2\n", opts: Options{Limits: Limits{Rows: 2}}, want: []string{"1: a", "3: 1"}, err: &Error{Line: 4, Column: 0, Code: CodeTooManyRows, Value: "2"}},
		{name: "too many columns", src: "a,b,\n1,2,3\n", opts: Options{Limits: Limits{Columns: 2}}, want: []string{"1: a|b"}, err: &Error{Line: 2, Column: 3, Code: CodeTooManyColumns, Value: "2"}},
		{name: "cell too long", src: "a,b\n1,1234\n", opts: Options{Limits: Limits{CellBytes: 3}}, want: []string{"1: a|b"}, err: &Error{Line: 2, Column: 2, Code: CodeCellTooLong, Value: "3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readAll([]byte(tt.src), tt.opts)
			if !slices.Equal(got, tt.want) {
				t.Errorf("rows\n got %q\nwant %q", got, tt.want)
			}
			checkError(t, err, tt.err)
		})
	}
}

func checkError(t *testing.T, err error, want *Error) {
	t.Helper()
	var got *Error
	switch {
	case want == nil && err == nil:
	case want == nil || !errors.As(err, &got):
		t.Errorf("error %v, want %v", err, want)
	case got.Line != want.Line || got.Column != want.Column || got.Code != want.Code || !strings.HasPrefix(got.Value, want.Value):
		t.Errorf("error %+v, want %+v", got, want)
	}
}

// workbookOf makes a workbook with the library, as other programs would.
func workbookOf(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, cell string, v any) {
	t.Helper()
	if err := f.SetCellValue("Sheet1", cell, v); err != nil {
		t.Fatal(err)
	}
}

func TestReadXLSX(t *testing.T) {
	data := workbookOf(t, func(f *excelize.File) {
		set(t, f, "A1", "аты")
		set(t, f, "C1", "БСН")
		set(t, f, "A3", "Қала & <ауыл>")
		set(t, f, "C3", 950440001673)
		set(t, f, "D3", 0.1+0.2)
		set(t, f, "E3", true)
		set(t, f, "F3", -12.5)
		style := func(cell string, s *excelize.Style) {
			id, err := f.NewStyle(s)
			if err == nil {
				err = f.SetCellStyle("Sheet1", cell, cell, id)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		iso := "yyyy-mm-dd"
		day := time.Date(2024, 3, 31, 0, 0, 0, 0, time.UTC)
		set(t, f, "A4", day)
		style("A4", &excelize.Style{NumFmt: 14})
		set(t, f, "B4", day)
		style("B4", &excelize.Style{CustomNumFmt: &iso})
		set(t, f, "C4", 0.255)
		style("C4", &excelize.Style{NumFmt: 10})
		set(t, f, "D4", 1234567.5)
		style("D4", &excelize.Style{NumFmt: 4})
		zeros := "000000000000"
		set(t, f, "E4", 640002067)
		style("E4", &excelize.Style{CustomNumFmt: &zeros})
		set(t, f, "A5", "=1+1")
		if err := f.SetCellFormula("Sheet1", "B5", "1+1"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.NewSheet("Екінші"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellValue("Екінші", "B2", "x"); err != nil {
			t.Fatal(err)
		}
	})
	want := []string{
		"1: аты||БСН",
		"3: Қала & <ауыл>||950440001673|0.3|TRUE|-12.5",
		"4: 31.03.2024|2024-03-31|25.50%|1,234,567.50|000640002067",
		"5: =1+1",
	}
	got, err := readAll(data, Options{})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	got, err = readAll(data, Options{Sheet: "Екінші"})
	if err != nil || !slices.Equal(got, []string{"2: |x"}) {
		t.Errorf("second sheet: %q, %v", got, err)
	}
	_, err = readAll(data, Options{Sheet: "Үшінші"})
	checkError(t, err, &Error{Code: CodeNoSheet, Value: "Үшінші"})
	hidden := workbookOf(t, func(f *excelize.File) {
		if _, err := f.NewSheet("B"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellValue("B", "A1", "seen"); err != nil {
			t.Fatal(err)
		}
		f.SetActiveSheet(1)
		if err := f.SetSheetVisible("Sheet1", false); err != nil {
			t.Fatal(err)
		}
	})
	if got, err = readAll(hidden, Options{}); err != nil || !slices.Equal(got, []string{"1: seen"}) {
		t.Errorf("first sheet hidden: %q, %v", got, err)
	}
	for name, tt := range map[string]struct {
		limits Limits
		want   Error
	}{
		"rows":    {Limits{Rows: 2}, Error{Line: 4, Column: 0, Code: CodeTooManyRows, Value: "2"}},
		"columns": {Limits{Columns: 4}, Error{Line: 3, Column: 5, Code: CodeTooManyColumns, Value: "4"}},
		"cell":    {Limits{CellBytes: 20}, Error{Line: 3, Column: 1, Code: CodeCellTooLong, Value: "20"}},
		"cells":   {Limits{CellBytes: 2}, Error{Line: 0, Column: 0, Code: CodeCellTooLong, Value: "2"}},
		"unzip":   {Limits{UnzippedBytes: 100}, Error{Line: 0, Column: 0, Code: CodeUnzipTooLarge, Value: "100"}},
		"parts":   {Limits{PartBytes: 100}, Error{Line: 0, Column: 0, Code: CodeUnzipTooLarge, Value: "100"}},
		"file":    {Limits{FileBytes: 100}, Error{Line: 0, Column: 0, Code: CodeFileTooLarge, Value: "100"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(data, Options{Limits: tt.limits})
			checkError(t, err, &tt.want)
		})
	}
}

// edit calls a function with each part of a workbook. The function returns the changed part, or
// nil to drop it.
func edit(t testing.TB, data []byte, change func(name string, content []byte) []byte) []byte {
	t.Helper()
	return editAndRename(t, data, change, nil)
}

func editAndRename(t testing.TB, data []byte, change func(name string, content []byte) []byte, rename map[string]string) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if content = change(f.Name, content); content == nil {
			continue
		}
		name := f.Name
		if renamed, ok := rename[name]; ok {
			name = renamed
		}
		w, err := zw.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func smallWorkbook(t testing.TB) []byte {
	return workbookOf(t, func(f *excelize.File) {
		for row := 1; row <= 3; row++ {
			for _, col := range []string{"A", "B"} {
				set(t, f, fmt.Sprint(col, row), fmt.Sprint(col, row, " мәтін"))
			}
		}
	})
}

// TestDamagedXLSX: what the library would silently cut short or put in the wrong place must be
// an error.
func TestDamagedXLSX(t *testing.T) {
	data := smallWorkbook(t)
	if got, err := readAll(data, Options{}); err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	sheetXML := func(f func(s string) string) func(string, []byte) []byte {
		return func(name string, content []byte) []byte {
			if name == "xl/worksheets/sheet1.xml" {
				changed := f(string(content))
				if changed == string(content) {
					t.Error("nothing changed")
				}
				return []byte(changed)
			}
			return content
		}
	}
	for name, tt := range map[string]struct {
		change func(string, []byte) []byte
		want   Error
	}{
		"sheet cut":      {sheetXML(func(s string) string { return s[:strings.Index(s, `r="B3"`)] }), Error{Line: 3, Code: CodeDamaged}},
		"unknown entity": {sheetXML(func(s string) string { return strings.Replace(s, "<v>4</v>", "<v>&x;</v>", 1) }), Error{Line: 3, Code: CodeDamaged}},
		"unclosed tag":   {sheetXML(func(s string) string { return strings.Replace(s, "</c></row>", "</row>", 1) }), Error{Line: 1, Code: CodeDamaged}},
		"rows out of order": {sheetXML(func(s string) string { return strings.Replace(s, `<row r="2"`, `<row r="1"`, 1) }),
			Error{Line: 1, Code: CodeDamaged, Value: "row 1"}},
		"cells out of order": {sheetXML(func(s string) string { return strings.Replace(s, `r="B2"`, `r="A2"`, 1) }),
			Error{Line: 2, Code: CodeDamaged, Value: "cell A2"}},
		"cell of another row": {sheetXML(func(s string) string { return strings.Replace(s, `r="B2"`, `r="B9"`, 1) }),
			Error{Line: 2, Code: CodeDamaged, Value: "cell B9"}},
		"text that is not there": {sheetXML(func(s string) string { return strings.Replace(s, "<v>4</v>", "<v>99</v>", 1) }),
			Error{Line: 3, Column: 1, Code: CodeDamaged, Value: "text 99"}},
		"row beyond the last": {sheetXML(func(s string) string { return strings.Replace(s, `<row r="3"`, `<row r="1048577"`, 1) }),
			Error{Line: 2, Code: CodeDamaged, Value: "row 1048577"}},
		"texts cut": {func(name string, c []byte) []byte {
			if name == "xl/sharedStrings.xml" {
				return c[:len(c)/2]
			}
			return c
		}, Error{Code: CodeDamaged}},
		"no workbook": {func(name string, c []byte) []byte {
			if name == "xl/workbook.xml" {
				return nil
			}
			return c
		}, Error{Code: CodeNotWorkbook}},
		"no sheet": {func(name string, c []byte) []byte {
			if name == "xl/worksheets/sheet1.xml" {
				return nil
			}
			return c
		}, Error{Code: CodeNoSheet}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(edit(t, data, tt.change), Options{})
			checkError(t, err, &tt.want)
		})
	}
	for name, cut := range map[string][]byte{"half": data[:len(data)/2], "start": data[:4], "trailer": data[:len(data)-10]} {
		_, err := readAll(cut, Options{})
		t.Log(name)
		checkError(t, err, &Error{Code: CodeDamaged})
	}
}

// TestOtherNames reads a workbook whose parts are not called as usual; Excel on the web does so.
func TestOtherNames(t *testing.T) {
	data := editAndRename(t, smallWorkbook(t), func(_ string, c []byte) []byte {
		c = bytes.ReplaceAll(c, []byte("workbook.xml"), []byte("workbook22.xml"))
		return bytes.ReplaceAll(c, []byte("sheet1.xml"), []byte("sheet7.xml"))
	}, map[string]string{
		"xl/workbook.xml": "xl/workbook22.xml", "xl/_rels/workbook.xml.rels": "xl/_rels/workbook22.xml.rels",
		"xl/worksheets/sheet1.xml": "xl/worksheets/sheet7.xml",
	})
	got, err := readAll(data, Options{})
	if err != nil || !slices.Equal(got, []string{"1: A1 мәтін|B1 мәтін", "2: A2 мәтін|B2 мәтін", "3: A3 мәтін|B3 мәтін"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestZipBomb: a megabyte that unpacks to a gigabyte is refused before it is unpacked, also
// when it states a smaller size.
func TestZipBomb(t *testing.T) {
	bomb := edit(t, smallWorkbook(t), func(name string, c []byte) []byte {
		if name == "xl/worksheets/sheet1.xml" {
			row := []byte(`<row><c t="inlineStr"><is><t>` + strings.Repeat("a", 1000) + `</t></is></c></row>`)
			return slices.Concat([]byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`), bytes.Repeat(row, 64<<10),
				[]byte(`</sheetData></worksheet>`))
		}
		return c
	})
	limits := Limits{UnzippedBytes: 16 << 20}
	_, err := readAll(bomb, Options{Limits: limits})
	checkError(t, err, &Error{Code: CodeUnzipTooLarge, Value: fmt.Sprint(16 << 20)})

	// The size in the directory, and in the local header, says 1,000 bytes.
	zr, err := zip.NewReader(bytes.NewReader(bomb), int64(len(bomb)))
	if err != nil {
		t.Fatal(err)
	}
	var lying bytes.Buffer
	zw := zip.NewWriter(&lying)
	for _, f := range zr.File {
		h := f.FileHeader
		if f.Name == "xl/worksheets/sheet1.xml" {
			h.UncompressedSize64 = 1000
		}
		raw, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		w, err := zw.CreateRaw(&h)
		if err == nil {
			_, err = io.Copy(w, raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = readAll(lying.Bytes(), Options{Limits: limits})
	checkError(t, err, &Error{Code: CodeDamaged})

	endless := edit(t, smallWorkbook(t), func(name string, c []byte) []byte {
		if name == "xl/worksheets/sheet1.xml" {
			return []byte(`<worksheet><sheetData><row><c t="inlineStr"><is><t>` + strings.Repeat("a", 8<<20) + `</t></is></c></row></sheetData></worksheet>`)
		}
		return c
	})
	_, err = readAll(endless, Options{})
	checkError(t, err, &Error{Line: 1, Column: 1, Code: CodeCellTooLong})

	// A comment is not a cell, but the parser would keep all of it in memory.
	comment := edit(t, smallWorkbook(t), func(name string, c []byte) []byte {
		if name == "xl/worksheets/sheet1.xml" {
			return []byte(`<worksheet><sheetData><row/><!--` + strings.Repeat("a<", 4<<20) + `--></sheetData></worksheet>`)
		}
		return c
	})
	_, err = readAll(comment, Options{})
	checkError(t, err, &Error{Line: 1, Code: CodeCellTooLong})
}

// tricky are cells that do not survive careless writing.
var tricky = []string{"", "a", "=1+1", "+7 700", "-5", "@x", "\tx", "\nx", "'=1", "''=1", "'", "''", "'a", "=", "＝1", "＋", "a=b", "\"", "\"\"", "a\"b", "a,b", "a;b",
	"line\nbreak", " space ", "000640002067", "950440001673", "1e5", "TRUE", "2024-03-31", "Әділет & <b>", "😀", "_x0041_", "_x000D_", "=HYPERLINK(\"http://a\")", "=cmd|' /C calc'!A0"}

func TestRoundTrip(t *testing.T) {
	rows := [][]string{{"id", "text", "after"}}
	for i, c := range tricky {
		rows = append(rows, []string{fmt.Sprint(i), c, "."})
	}
	for name, open := range map[string]func(w io.Writer) (Writer, error){
		"csv":       func(w io.Writer) (Writer, error) { return NewCSV(w, CSVOptions{}) },
		"csv excel": func(w io.Writer) (Writer, error) { return NewCSV(w, CSVOptions{BOM: true, Comma: ';'}) },
		"xlsx":      func(w io.Writer) (Writer, error) { return NewXLSX(w, "Ұйымдар") },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w, err := open(&b)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				if err := w.Write(row); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for _, want := range rows {
				row, err := r.Next()
				if err != nil || !slices.Equal(row.Cells, want) {
					t.Errorf("got %q, %v; want %q", row.Cells, err, want)
				}
			}
			if _, err := r.Next(); err != io.EOF {
				t.Errorf("after the last row: %v", err)
			}
		})
	}
}

// TestLineBreaks: CSV has one line break inside cells, whatever the cell had; none is lost.
func TestLineBreaks(t *testing.T) {
	var b bytes.Buffer
	w, err := NewCSV(&b, CSVOptions{})
	if err == nil {
		err = errors.Join(w.Write([]string{"a\rb", "a\r\nb", "a\nb", "a\r\rb"}), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(b.Bytes(), Options{})
	if err != nil || !slices.Equal(got, []string{"1: a\nb|a\nb|a\nb|a\n\nb"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFormulas reads what was written by other means: no cell of the CSV begins like a formula, no cell of the workbook is one.
func TestFormulas(t *testing.T) {
	var b bytes.Buffer
	w, err := NewCSV(&b, CSVOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(tricky, "\rx", "\r\nx") {
		if err := w.Write([]string{c}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(b.String(), "\r\n") {
		if cell := strings.TrimPrefix(line, `"`); cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
			t.Errorf("line %q", line)
		}
	}
	b.Reset()
	if w, err = NewXLSX(&b, "A"); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(tricky); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, b.Bytes(), func(name string, c []byte) []byte {
		if strings.HasPrefix(name, "xl/worksheets/") {
			if n := bytes.Count(c, []byte(`t="inlineStr"`)); n != len(tricky)-1 || bytes.Contains(c, []byte("<f")) {
				t.Errorf("%d text cells of %d: %s", n, len(tricky)-1, c)
			}
		}
		return c
	})
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	w := NewJSON(&b)
	for _, row := range [][]string{{"аты", "b"}, {"</script>\"\n", "=1"}, {"x"}} {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var got []map[string]string
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0]["аты"] != "</script>\"\n" || got[0]["b"] != "=1" || got[1]["аты"] != "x" || len(got[1]) != 1 || strings.Contains(b.String(), "</") {
		t.Errorf("%s", b.String())
	}
	b.Reset()
	if err := NewJSON(&b).Close(); err != nil || json.Unmarshal(b.Bytes(), &got) != nil || len(got) != 0 {
		t.Errorf("empty: %v, %q", err, b.String())
	}
	w = NewJSON(io.Discard)
	if err := w.Write([]string{"a", "a"}); err == nil || w.Close() == nil {
		t.Error("two columns of one name are accepted")
	}
	w = NewJSON(io.Discard)
	if err := errors.Join(w.Write([]string{"a"}), w.Write([]string{"1", "2"})); err == nil || w.Close() == nil {
		t.Error("a cell without a column is accepted")
	}
}

func TestXLSXBounds(t *testing.T) {
	w, err := NewXLSX(io.Discard, "A")
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write([]string{"a", strings.Repeat("ә", 32768)})
	checkError(t, err, &Error{Line: 1, Column: 2, Code: CodeCellTooLong, Value: "32767"})
	checkError(t, w.Close(), &Error{Line: 1, Column: 2, Code: CodeCellTooLong, Value: "32767"})
	if _, err := NewXLSX(io.Discard, "a/b"); err == nil {
		t.Error("a sheet name that Excel refuses is accepted")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteErrors(t *testing.T) {
	csv, _ := NewCSV(failing{}, CSVOptions{})
	xlsx, _ := NewXLSX(failing{}, "A")
	for name, w := range map[string]Writer{"csv": csv, "xlsx": xlsx, "json": NewJSON(failing{})} {
		_ = w.Write([]string{"a"})
		if err := w.Close(); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,2\n", "a;b\r\n\"1\n2\";3", "\xEF\xBB\xBFa", "\xFF\xFEa\x00", "sep=;\na;b", "a\rb", "\"", "a\"b", "'=1", "\xd0\xd1,b", "PK\x03\x04"} {
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, cp1251 bool) {
		fuzzOne(t, data, Options{Encoding: map[bool]string{true: Windows1251}[cp1251], Limits: Limits{Rows: 100, Columns: 20, CellBytes: 1000}})
	})
}

// FuzzRecords: what the standard library reads as CSV is read the same here.
func FuzzRecords(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a,\"b\nc\"\r\n\r\n\"\"\"\",", "\"a\r\nb\"", ",\n,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		std := csv.NewReader(strings.NewReader(s))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil || !utf8.ValidString(s) || strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\r") {
			return
		}
		ours := newRecords(strings.NewReader(s), ',', 0, Limits{}.withDefaults())
		for _, w := range want {
			for i := range w {
				w[i] = unescapeFormula(w[i])
			}
			row, err := ours.next()
			for err == nil && len(row.Cells) == 1 && row.Cells[0] == "" && !slices.Equal(row.Cells, w) { // an empty line
				row, err = ours.next()
			}
			if err != nil || !slices.Equal(row.Cells, w) {
				t.Fatalf("%q: %q, %v; want %q", s, row.Cells, err, w)
			}
		}
	})
}

// FuzzXLSX changes the sheet and the texts of a small workbook, and the bytes of the archive.
func FuzzXLSX(f *testing.F) {
	data := smallWorkbook(f)
	edit(f, data, func(name string, c []byte) []byte {
		if name == "xl/worksheets/sheet1.xml" || name == "xl/sharedStrings.xml" || name == "xl/styles.xml" {
			f.Add(name, c, uint16(0), byte(0))
		}
		return c
	})
	f.Add("xl/worksheets/sheet1.xml", []byte(`<worksheet><sheetData><row><c t="inlineStr" s="1"><is><t>a</t></is></c><c t="s"><v>0</v></c><c t="b"><v>1</v></c><c t="d"><v>2024-01-01</v></c></row></sheetData></worksheet>`), uint16(9), byte(1))
	f.Add("xl/workbook.xml", []byte(`<workbook/>`), uint16(99), byte(7))
	f.Fuzz(func(t *testing.T, part string, content []byte, at uint16, with byte) {
		if len(content) > 1<<16 {
			return
		}
		changed := edit(t, data, func(name string, c []byte) []byte {
			if name == part {
				return append([]byte{}, content...)
			}
			return c
		})
		changed[int(at)%len(changed)] ^= with
		fuzzOne(t, changed, Options{Limits: Limits{Rows: 100, Columns: 20, CellBytes: 1000, UnzippedBytes: 1 << 20, PartBytes: 1 << 18}})
	})
}

func fuzzOne(t *testing.T, data []byte, opts Options) {
	rows, err := Open(bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		var typed *Error
		if !errors.As(err, &typed) {
			t.Errorf("Open: %v", err)
		}
		return
	}
	defer rows.Close()
	last, n := 0, 0
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			var typed *Error
			if !errors.As(err, &typed) {
				t.Errorf("Next: %v", err)
			}
			return
		}
		n++
		if row.Line <= last || n > opts.Limits.Rows || len(row.Cells) == 0 || len(row.Cells) > opts.Limits.Columns {
			t.Errorf("row %+v after %d, the %dth", row, last, n)
		}
		last = row.Line
		for _, c := range row.Cells {
			if len(c) > opts.Limits.CellBytes || rows.Format == CSV && !utf8.ValidString(c) {
				t.Errorf("cell %q", c)
			}
		}
	}
}

// benchRows are 50,000 rows of 20 cells, as a national register of organisations might give.
func benchRows(write func([]string) error) error {
	row := make([]string, 20)
	for i := range 50_000 {
		for j := range row {
			row[j] = fmt.Sprintf("«Жастар қауымдастығы» %d-%d", i, j)
		}
		if err := write(row); err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkSheet(b *testing.B) {
	formats := map[string]func(w io.Writer) (Writer, error){
		"csv":  func(w io.Writer) (Writer, error) { return NewCSV(w, CSVOptions{}) },
		"xlsx": func(w io.Writer) (Writer, error) { return NewXLSX(w, "A") },
		"json": func(w io.Writer) (Writer, error) { return NewJSON(w), nil },
	}
	for name, open := range formats {
		var out bytes.Buffer
		b.Run("write/"+name, func(b *testing.B) {
			peak := watchHeap(b)
			for b.Loop() {
				out.Reset()
				w, err := open(&out)
				if err == nil && name == "json" { // its first row is the header
					header := make([]string, 20)
					for i := range header {
						header[i] = fmt.Sprint(i)
					}
					err = w.Write(header)
				}
				if err == nil {
					err = benchRows(w.Write)
				}
				if err = errors.Join(err, w.Close()); err != nil {
					b.Fatal(err)
				}
			}
			peak()
			b.ReportMetric(float64(out.Len())/1e6, "file-MB")
		})
		if name == "json" {
			continue
		}
		b.Run("read/"+name, func(b *testing.B) {
			peak := watchHeap(b)
			for b.Loop() {
				r, err := Open(bytes.NewReader(out.Bytes()), int64(out.Len()), Options{Limits: Limits{FileBytes: 256 << 20}})
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for ; err == nil; n++ {
					_, err = r.Next()
				}
				if err != io.EOF || n != 50_001 {
					b.Fatal(n, err)
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
			peak()
		})
	}
}

// watchHeap samples the heap until the function it returns is called, which reports the peak.
func watchHeap(b *testing.B) func() {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		var m runtime.MemStats
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				done <- peak
				return
			case <-tick.C:
				runtime.ReadMemStats(&m)
				peak = max(peak, m.Sys-m.HeapReleased)
			}
		}
	}()
	return func() {
		close(stop)
		b.ReportMetric(float64(<-done)/(1<<20), "peak-MiB")
	}
}
