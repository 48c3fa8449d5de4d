package appeals_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// textOf is what a reader of DOCX finds in a document, without its marks.
func textOf(t *testing.T, document string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for d := xml.NewDecoder(bytes.NewReader(content)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if words, ok := token.(xml.CharData); ok {
			out.Write(words)
		}
	}
}

// Who filed an appeal takes it elsewhere as a letter, in the language in which it was written; nobody else gets it, neither of an open one.
func TestALetterForTheOfficialChannel(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel := c.Resident(civic.Kazakh)
		to := pit
		to.Wished, to.Words = w.akimat, pit.Words+"\n<b>Ң & Ү</b>"
		a := w.filed(asel, to)
		path := Path(a.ID) + "/letter."
		letter := textOf(t, c.Browser(asel).Get(path+"docx").Want(200).Body)
		for _, want := range []string{"Әкімдік", "Шағым", "ЖСН", pit.Title, "<b>Ң & Ү</b>", "№ 2026-000001"} {
			if !strings.Contains(letter, want) {
				t.Errorf("the letter lacks %q: %s", want, letter)
			}
		}
		if pdf := c.Browser(asel).Get(path + "pdf").Want(200).Body; !strings.HasPrefix(pdf, "%PDF-") {
			t.Errorf("the PDF begins with %.20q", pdf)
		}
		w.shown(a.ID)
		for who, person := range map[string]*citytest.Person{"the officer": w.officer, "a resident": c.Resident("")} {
			for _, ending := range []string{"docx", "pdf"} {
				if got := c.Browser(person).Get(path + ending); got.Status != 403 {
					t.Errorf("%s gets the %s: %d", who, ending, got.Status)
				}
			}
		}

		_, err := w.File(c.Ctx(), civic.Actor{}, pit, "saule@example.kz", civic.Russian)
		c.Must(err)
		own := w.mailed("saule@example.kz")
		visitor := c.Browser(nil)
		visitor.Post(own + "/confirm").Want(303)
		visitor.Get(own).Want(200, "letter.docx", "юридическую силу")
		if letter := textOf(t, visitor.Get(strings.TrimPrefix(own, "/ru")+"/letter.docx").Want(200).Body); !strings.Contains(letter, "________") || !strings.Contains(letter, "№ 2026-000002") {
			t.Errorf("without a body and an account: %s", letter)
		}
		visitor.Get(strings.TrimPrefix(own[:strings.LastIndexByte(own, '/')], "/ru") + "/nobodys/letter.docx").Want(404)
	}, Capability())
}
