package sheet

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/platform/memorytest"
)

// hostileParts is a workbook made of the given parts. Each part is a beginning, something
// repeated, and an end.
type hostileParts map[string]struct {
	begin, repeat string
	times         int
	end           string
}

func (parts hostileParts) write(f *os.File) error {
	zw := zip.NewWriter(f)
	zw.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	usual := map[string]string{
		"_rels/.rels": `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/>
			<Relationship Id="b" Type="x/sharedStrings" Target="t.xml"/><Relationship Id="c" Type="x/styles" Target="n.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook><sheets><sheet name="S" r:id="a"/></sheets></workbook>`,
		"xl/s.xml":        `<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`,
		"xl/t.xml":        `<sst><si><t>x</t></si></sst>`,
		"xl/n.xml":        `<styleSheet/>`,
	}
	for name, part := range parts {
		delete(usual, name)
		w, err := zw.Create(name)
		if err != nil {
			return err
		}
		b := bufio.NewWriterSize(w, 1<<20)
		b.WriteString(part.begin) // a bufio.Writer keeps its error until Flush
		for range part.times {
			b.WriteString(part.repeat)
		}
		b.WriteString(part.end)
		if err := b.Flush(); err != nil {
			return err
		}
	}
	for name, text := range usual {
		w, err := zw.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return zw.Close()
}

// repeated is a text file.
func repeated(begin, repeat string, times int) func(f *os.File) error {
	return func(f *os.File) error {
		b := bufio.NewWriterSize(f, 1<<20)
		b.WriteString(begin)
		for range times {
			b.WriteString(repeat)
		}
		return b.Flush()
	}
}

// TestMemory reads files that were made to exhaust the reader, each in a process of its own.
func TestMemory(t *testing.T) {
	const mib = 1 << 20
	for name, tt := range map[string]struct {
		write func(f *os.File) error
		want  string // code of the error; "": it is read
	}{
		"empty texts without number":     {hostileParts{"xl/t.xml": {"<sst>", "<si/>", 50_000_000, "</sst>"}}.write, CodeTooManyTexts},
		"texts beyond the unfolded size": {hostileParts{"xl/t.xml": {"<sst>", "<si/>", 90_000_000, "</sst>"}}.write, CodeUnzipTooLarge},
		"as much text as is admitted":    {hostileParts{"xl/t.xml": {"<sst>", "<si><t>" + strings.Repeat("ә", 512) + "</t></si>", 64<<10 - 1, "</sst>"}}.write, ""},
		"more text than is admitted":     {hostileParts{"xl/t.xml": {"<sst>", "<si><t>" + strings.Repeat("ә", 512) + "</t></si>", 64<<10 + 1, "</sst>"}}.write, CodeTextsTooLarge},
		"empty cells without number":     {hostileParts{"xl/s.xml": {"<worksheet><sheetData>", "<row>" + strings.Repeat("<c/>", 16_384) + "</row>", 3_000, "</sheetData></worksheet>"}}.write, CodeTooManyCells},
		"empty rows":                     {hostileParts{"xl/s.xml": {"<worksheet><sheetData>", "<row/>", 2_000_000, "</sheetData></worksheet>"}}.write, CodeDamaged},
		"wide rows":                      {hostileParts{"xl/s.xml": {"<worksheet><sheetData>", "<row>" + strings.Repeat(`<c t="s"><v>0</v></c>`, 16_384) + "</row>", 30, "</sheetData></worksheet>"}}.write, ""},
		"elements inside each other":     {hostileParts{"xl/s.xml": {"<worksheet>", "<a>", 60_000_000, ""}}.write, CodeDamaged},
		"one endless attribute":          {hostileParts{"xl/s.xml": {`<worksheet a="`, "aaaa", 50_000_000, `"/>`}}.write, CodeCellTooLong},
		"attributes without number":      {hostileParts{"xl/s.xml": {`<worksheet `, `a="" `, 50_000_000, `/>`}}.write, CodeCellTooLong},
		"sheets without number":          {hostileParts{"xl/workbook.xml": {"<workbook><sheets>", `<sheet name="S" r:id="a"/>`, 300_000, "</sheets></workbook>"}}.write, CodeTooManyParts},
		"relationships":                  {hostileParts{"xl/_rels/workbook.xml.rels": {"<Relationships>", `<Relationship Id="a" Target="s.xml"/>`, 200_000, "</Relationships>"}}.write, CodeNoSheet},
		"styles":                         {hostileParts{"xl/n.xml": {"<styleSheet><cellXfs>", "<xf/>", 1_500_000, "</cellXfs></styleSheet>"}}.write, CodeTooManyParts},
		"a part beyond its size":         {hostileParts{"xl/n.xml": {"<styleSheet>", "<xf/>", 20_000_000, "</styleSheet>"}}.write, CodeUnzipTooLarge},
		"files without number": {func(f *os.File) error {
			zw := zip.NewWriter(f)
			for i := range 200_000 {
				if _, err := zw.CreateRaw(&zip.FileHeader{Name: fmt.Sprint(i)}); err != nil {
					return err
				}
			}
			return zw.Close()
		}, CodeTooManyParts},
		"delimiters in one line":         {repeated("a,b\n", ",", 32*mib-8), ""},
		"lines of delimiters":            {repeated("a,b\n", strings.Repeat(",", 1000)+"\n", 32_000), ""},
		"one line without end":           {repeated("a,b\n", "x", 32*mib-8), ""},
		"a quotation mark never closed":  {repeated("a,b\n1,\"", "x\n", 16*mib-8), CodeTooManyRows},
		"quotation marks opened anew":    {repeated("a,b\n\"", "x\",\"\n", 5*mib), CodeOpenQuote},
		"empty lines":                    {repeated("a,b\n", "\n", 32*mib-8), ""},
		"short rows":                     {repeated("a,b\n", "x,y\n", 8*mib-8), CodeTooManyRows},
		"Windows-1251 without a line":    {repeated("", "\xe0", 32*mib), ""},
		"one line without end in UTF-16": {repeated("\xff\xfe", "x\x00", 16*mib-8), ""},
	} {
		t.Run(name, func(t *testing.T) {
			memorytest.Within(t, tt.write, func(t *testing.T, path string) {
				f, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				info, err := f.Stat()
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				var last *Error
				if errors.As(drain(f, info.Size()), &last) {
					got = last.Code
				}
				if got != tt.want {
					t.Errorf("%v, want %q", last, tt.want)
				}
			})
		})
	}
}

// drain reads to the end and returns what ended it, nil at the end of the file.
func drain(f io.ReaderAt, size int64) error {
	rows, err := Open(f, size, Options{})
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		_, err := rows.Next()
		var broken *Error
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &broken) && broken.RowOnly():
		case err != nil:
			return err
		}
	}
}
