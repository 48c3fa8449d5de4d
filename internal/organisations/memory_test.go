package organisations_test

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/citytest"

	. "github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/memorytest"
)

// The largest tables that are admitted are uploaded, checked and looked at again. They have
// nearly as many bytes as a file may have, and a workbook has nearly as much text.
func TestAnUploadKeepsToItsMemory(t *testing.T) {
	for name, tc := range map[string]struct {
		rows  int
		write func(f *os.File) error
	}{
		"text": {150_000, func(f *os.File) error {
			b := bufio.NewWriterSize(f, 1<<20)
			fmt.Fprintln(b, "Наименование;Адрес;Цели") // it keeps its error until Flush
			for i := range 150_000 {
				fmt.Fprintf(b, "Общественный фонд %d;г. Шымкент, ул. %d, дом %d;Поддержка жителей района и его школ, больниц, дворов, номер %d\n", i, i, i, i)
			}
			return b.Flush()
		}},
		"workbook": {190_000, func(f *os.File) error {
			zw := zip.NewWriter(f)
			part := func(name string, write func(b *bufio.Writer)) error {
				w, err := zw.Create(name)
				if err != nil {
					return err
				}
				b := bufio.NewWriter(w)
				write(b)
				return b.Flush()
			}
			random := rand.New(rand.NewPCG(1, 2))
			return errors.Join(
				part("xl/workbook.xml", func(b *bufio.Writer) {
					b.WriteString(`<workbook><sheets><sheet name="S" r:id="a"/></sheets></workbook>`)
				}),
				part("xl/_rels/workbook.xml.rels", func(b *bufio.Writer) {
					b.WriteString(`<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/><Relationship Id="b" Type="x/sharedStrings" Target="t.xml"/></Relationships>`)
				}),
				part("xl/t.xml", func(b *bufio.Writer) {
					b.WriteString("<sst><si><t>Наименование</t></si><si><t>Адрес</t></si>")
					for range 190_000 {
						fmt.Fprintf(b, "<si><t>%016x</t></si><si><t>%0256d%032x</t></si>", random.Uint64(), 0, random.Uint64())
					}
					b.WriteString("</sst>")
				}),
				part("xl/s.xml", func(b *bufio.Writer) {
					b.WriteString("<worksheet><sheetData>")
					for i := range 190_001 {
						fmt.Fprintf(b, `<row><c t="s"><v>%d</v></c><c t="s"><v>%d</v></c></row>`, 2*i, 2*i+1)
					}
					b.WriteString("</sheetData></worksheet>")
				}), zw.Close())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			memorytest.Within(t, tc.write, func(t *testing.T, path string) {
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				w := sqlite(t)
				id, err := w.SaveUpload(w.Ctx(), moderator, "реестр", data)
				w.Must(err)
				data = nil
				w.Must(w.RunUpload(w.Ctx(), moderator, id, &Mapping{}, true))
				u, err := w.UploadOf(w.Ctx(), moderator, id)
				w.Must(err)
				if u.Report.Rows != tc.rows || u.Report.Rejected != 0 {
					t.Error(u.Report)
				}
			})
		})
	}
}

// A form field as large as only files may be, and a file in countless pieces.
func TestTheFormOfAnUploadKeepsToItsMemory(t *testing.T) {
	const mib = 1 << 20
	for name, tc := range map[string]struct{ kind, begin, repeat string }{
		"one field again and again": {"application/x-www-form-urlencoded", "", "a=&"},
		"fields without number":     {"application/x-www-form-urlencoded", "", "&%61"},
		"one endless field":         {"application/x-www-form-urlencoded", "a=", "%61"},
		"parts without number":      {"multipart/form-data; boundary=x", "", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"},
		"headers without number":    {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n", "A: b\r\n"},
		"one endless text":          {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n", "aaaaaaaa"},
		"one endless file":          {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n", "aaaaaaaa"},
	} {
		t.Run(name, func(t *testing.T) {
			memorytest.Within(t, nil, func(t *testing.T, _ string) {
				w := sqlite(t)
				body := io.MultiReader(strings.NewReader(tc.begin), strings.NewReader(strings.Repeat(tc.repeat, 32*mib/len(tc.repeat))))
				r := httptest.NewRequest("POST", citytest.Origin+"/ru/organisations/import", body)
				r.Header.Set("Content-Type", tc.kind)
				if got := w.as(moderator).Do(r); got.Status != 400 && got.Status != 413 && got.Status != 422 {
					t.Errorf("answered %d", got.Status)
				}
			})
		})
	}
}
