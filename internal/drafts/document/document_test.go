package document_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/drafts/document"
)

// lines writes a document as one line for each paragraph, for comparing.
func lines(d document.Document) (out []string) {
	for _, p := range d.Paragraphs {
		out = append(out, fmt.Sprintf("%s %d [%s] %s", p.Kind, p.Level, p.Number, strings.ReplaceAll(p.Text, "\t", " | ")))
	}
	return out
}

func want(t *testing.T, d document.Document, err error, all ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(d); !slices.Equal(got, all) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(all, "\n"))
	}
}

func TestReadText(t *testing.T) {
	d, err := document.Read([]byte("\uFEFF# 1. Жалпы ережелер\n\nБағдарлама  қала\nтұрғындарына арналған.\n1.1. Мақсаты\n1.2. Міндеттері:\n- аула\n  - орындық\n\nа) біріншісі\n2026 жылы 5 млн.\n\n| Жыл | Сома |\n|---|:-:|\n| 2026 | 5 |\n\n![сурет](a.png)\n"))
	want(t, d, err, "heading 1 [1] Жалпы ережелер", "text 0 [] Бағдарлама қала тұрғындарына арналған.", "item 2 [1.1] Мақсаты", "item 2 [1.2] Міндеттері:", "item 1 [] аула", "item 2 [] орындық",
		"item 1 [а)] біріншісі 2026 жылы 5 млн.", "row 0 [] Жыл | Сома", "row 0 [] 2026 | 5")
	if len(d.Left) != 1 || d.Left[0] != (document.Left{What: document.Pictures, Count: 1}) {
		t.Errorf("left out %+v", d.Left)
	}
}

const w = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

// archive packs entries; the parts that every DOCX has are added when it has a body.
func archive(t testing.TB, entries map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range entries {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func word(body string) string {
	return `<?xml version="1.0"?><w:document ` + w + `><w:body>` + body + `</w:body></w:document>`
}

func TestReadDOCX(t *testing.T) {
	para := func(props, runs string) string { return "<w:p><w:pPr>" + props + "</w:pPr>" + runs + "</w:p>" }
	run := func(text string) string { return `<w:r><w:t xml:space="preserve">` + text + `</w:t></w:r>` }
	num := func(id, level int) string {
		return fmt.Sprintf(`<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, level, id)
	}
	entries := map[string]string{
		"word/document.xml": word(para(`<w:pStyle w:val="a1"/>`, run("Общие ")+run("положения")) +
			para(num(1, 0), run("Цель")) + para(num(1, 1), run("первая")) + para(num(1, 1), run("вторая")+`<w:r><w:footnoteReference w:id="2"/></w:r>`) + para(num(1, 0), run("Срок")) +
			para(`<w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs>`, run("Было ")+`<w:del><w:r><w:delText>старое</w:delText></w:r></w:del><w:ins>`+run("новое")+`</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>тайное</w:t></w:r>`) +
			`<w:tbl><w:tr><w:tc>` + para("", run("Год")) + `</w:tc><w:tc>` + para("", run("Сумма")) + para("", run("тенге")) + `</w:tc></w:tr></w:tbl>` +
			para("", `<w:r><w:drawing><x>надпись</x></w:drawing></w:r>`+run("3.2. Явный номер"))),
		"word/styles.xml":    `<w:styles ` + w + `><w:style w:styleId="a1"><w:name w:val="Мой"/><w:basedOn w:val="h"/></w:style><w:style w:styleId="h"><w:name w:val="heading 2"/></w:style></w:styles>`,
		"word/numbering.xml": `<w:numbering ` + w + `><w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num></w:numbering>`,
		"word/footnotes.xml": `<w:footnotes ` + w + `><w:footnote w:id="2"><w:p>` + run("По данным акимата.") + `</w:p></w:footnote></w:footnotes>`,
		"word/header1.xml":   `<w:hdr ` + w + `/>`,
	}
	d, err := document.Read(archive(t, entries))
	want(t, d, err, "heading 2 [] Общие положения", "item 1 [1] Цель", "item 2 [1.1] первая", "item 2 [1.2] вторая", "note 0 [] По данным акимата.", "item 1 [2] Срок", "text 0 [] Было новое", "row 0 [] Год | Сумма тенге",
		"item 2 [3.2] Явный номер")
	for _, what := range []string{document.Deleted, document.Hidden, document.Pictures, document.Headers} {
		if !slices.Contains(d.Left, document.Left{What: what, Count: 1}) {
			t.Errorf("%s is not said: %+v", what, d.Left)
		}
	}
}

func TestReadODT(t *testing.T) {
	content := `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:xlink="x"><office:body><office:text>
		<text:h text:outline-level="1">Жалпы ережелер</text:h><text:p>1.1. Мақсат<text:s/>пен <text:a xlink:href="https://example.kz">міндет</text:a><text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Дерек</text:p></text:note-body></text:note> анық</text:p>
		<text:list><text:list-item><text:p>аула</text:p><text:list><text:list-item><text:p>ағаш</text:p></text:list-item></text:list></text:list-item></text:list>
		<table:table><table:table-row><table:table-cell><text:p>Жыл</text:p></table:table-cell><table:table-cell><text:p>Сома</text:p></table:table-cell></table:table-row></table:table>
		</office:text></office:body></office:document-content>`
	d, err := document.Read(archive(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content}))
	want(t, d, err, "heading 1 [] Жалпы ережелер", "item 2 [1.1] Мақсат пен міндет анық", "note 0 [] Дерек", "item 1 [] аула", "item 2 [] ағаш", "row 0 [] Жыл | Сома")
}

// Lists of ODT are numbered by their style.
func TestListsOfODT(t *testing.T) {
	content := `<document-content xmlns:text="t" xmlns:style="s"><automatic-styles><text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="1" text:display-levels="2" style:num-suffix="."/></text:list-style></automatic-styles><body><text>
		<text:list text:style-name="L1"><text:list-item><text:p>бір</text:p><text:p>жалғасы</text:p><text:list><text:list-item><text:p>ішкі</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>екі</text:p></text:list-item></text:list>
		<text:list text:style-name="L1" text:continue-numbering="true"><text:list-item><text:p>үш</text:p></text:list-item></text:list><text:list text:style-name="L1"><text:list-item><text:p>тағы бір</text:p></text:list-item></text:list></text></body></document-content>`
	d, err := document.Read(archive(t, map[string]string{"content.xml": content}))
	want(t, d, err, "item 1 [1] бір", "item 1 [] жалғасы", "item 2 [1.1] ішкі", "item 1 [2] екі", "item 1 [3] үш", "item 1 [1] тағы бір")
}

func TestRefused(t *testing.T) {
	body := word(`<w:p><w:r><w:t>a</w:t></w:r></w:p>`)
	rels := func(kind string) string {
		return `<Relationships><Relationship Id="r" Type="http://x/` + kind + `" Target="https://evil.example/t.dotm" TargetMode="External"/></Relationships>`
	}
	for name, c := range map[string]struct {
		raw  []byte
		want document.Code
	}{
		"macros":              {archive(t, map[string]string{"word/document.xml": body, "word/vbaProject.bin": "x"}), document.Macros},
		"macros of ODT":       {archive(t, map[string]string{"content.xml": "<a/>", "Basic/Standard/Module1.xml": "x"}), document.Macros},
		"a script of ODT":     {archive(t, map[string]string{"content.xml": `<a><event-listener href="vnd.sun.star.script:x"/></a>`}), document.Macros},
		"a template":          {archive(t, map[string]string{"word/document.xml": body, "word/_rels/settings.xml.rels": rels("attachedTemplate")}), document.Outside},
		"a picture elsewhere": {archive(t, map[string]string{"word/document.xml": body, "word/_rels/document.xml.rels": rels("image")}), document.Outside},
		"a picture of ODT":    {archive(t, map[string]string{"content.xml": `<a><image href="https://evil.example/a.png"/></a>`}), document.Outside},
		"an entity":           {archive(t, map[string]string{"word/document.xml": `<!DOCTYPE x [<!ENTITY a "b">]>` + body}), document.Entities},
		"a bomb":              {archive(t, map[string]string{"word/document.xml": word(strings.Repeat(`<w:p/>`, 12<<20))}), document.TooLarge},
		"depth":               {archive(t, map[string]string{"word/document.xml": word(strings.Repeat("<w:p>", 300))}), document.TooLarge},
		"many paragraphs":     {[]byte(strings.Repeat("a\n\n", document.MaxParagraphs+1)), document.TooLarge},
		"a long paragraph":    {[]byte(strings.Repeat("ab ", document.MaxLength)), document.TooLong},
		"half of it":          {archive(t, map[string]string{"word/document.xml": body[:60]}), document.Broken},
		"an archive":          {archive(t, map[string]string{"a.txt": "a"}), document.Unknown},
		"an old document":     {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1xxxx"), document.Encrypted},
		"PDF":                 {[]byte("%PDF-1.7"), document.Unknown},
		"Latin 1":             {[]byte("caf\xe9"), document.Unknown},
		"nothing":             {nil, document.Empty},
		"nothing seen":        {[]byte("\u200b \u202e"), document.Empty},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := document.Read(c.raw)
			var e *document.Error
			if !errors.As(err, &e) || e.Code != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	if _, err := document.Read(archive(t, map[string]string{"word/document.xml": body, "word/_rels/document.xml.rels": rels("hyperlink")})); err != nil {
		t.Errorf("a link that may be followed: %v", err)
	}
}

func TestSideBySide(t *testing.T) {
	read := func(text string) []document.Paragraph {
		d, err := document.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d.Paragraphs
	}
	kk := read("# Мақсат\n\n1. Аула\n\nә) ағаш\n")
	if d, ok := document.SideBySide(kk, read("# Цель\n\n1. Двор\n\nб) дерево\n")); !ok {
		t.Errorf("they do stand side by side: %+v", d)
	}
	for _, ru := range []string{"# Цель\n\n2. Двор\n\nб) дерево\n", "# Цель\n\n1. Двор\n", "Цель\n\n1. Двор\n\nб) дерево", "# Цель\n\n1. Двор\n\nб) дерево\n\nещё"} {
		if _, ok := document.SideBySide(kk, read(ru)); ok {
			t.Errorf("%q is taken for the same", ru)
		}
	}
	if d, _ := document.SideBySide(kk, read("# Цель\n\n2. Двор\n\nб) дерево\n")); d.At != 1 || d.B.Number != "2" {
		t.Errorf("the place: %+v", d)
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     []document.Piece
	}{
		{"в парке две скамьи", "в парке пять скамей", []document.Piece{{document.Same, "в парке "}, {document.Dropped, "две скамьи"}, {document.Added, "пять скамей"}}},
		{"a b c", "a b c", []document.Piece{{document.Same, "a b c"}}},
		{"", "a", []document.Piece{{document.Added, "a"}}},
		{"меньше двух метров.", "меньше двух метров, без ступеней.", []document.Piece{{document.Same, "меньше двух метров"}, {document.Added, ", без ступеней"}, {document.Same, "."}}},
		{"за десять рабочих дней.", "за три рабочих дня.", []document.Piece{{document.Same, "за "}, {document.Dropped, "десять"}, {document.Added, "три"}, {document.Same, " рабочих "}, {document.Dropped, "дней"}, {document.Added, "дня"}, {document.Same, "."}}},
		{"a b", "a x b", []document.Piece{{document.Same, "a "}, {document.Added, "x "}, {document.Same, "b"}}},
	} {
		if got := document.Words(c.from, c.to); !slices.Equal(got, c.want) {
			t.Errorf("%q → %q: %+v", c.from, c.to, got)
		}
	}
}

func TestPairs(t *testing.T) {
	p := func(texts ...string) (out []document.Paragraph) {
		for _, text := range texts {
			out = append(out, document.Paragraph{Kind: document.Text, Text: text})
		}
		return out
	}
	got := document.Pairs(p("начало", "поставить две скамьи у моста", "лишнее", "конец"), p("начало", "новое слово", "поставить пять скамей у моста", "конец"))
	if !slices.Equal(got, []document.Pair{{0, 0}, {-1, 1}, {1, 2}, {2, -1}, {3, 3}}) {
		t.Errorf("%+v", got)
	}
}

// What pieces say together is both texts, whatever they are; and pairs go through both versions in order.
func FuzzCompare(f *testing.F) {
	f.Add("a b  c", "b c d")
	f.Fuzz(func(t *testing.T, from, to string) {
		a, b := "", ""
		for _, p := range document.Words(from, to) {
			if p.Op != document.Added {
				a += p.Text
			}
			if p.Op != document.Dropped {
				b += p.Text
			}
		}
		if a != from && len(from) > 0 || b != to && len(to) > 0 {
			t.Errorf("%q %q from %q %q", a, b, from, to)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("# a\n\n1. b"))
	f.Add(archive(f, map[string]string{"word/document.xml": word(`<w:p><w:pPr><w:numPr><w:ilvl w:val="3"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>`)}))
	f.Add(archive(f, map[string]string{"content.xml": `<a><p>b<note><p>c</p></note></p><table><table-row><table-cell><p>d</p></table-cell></table-row></table></a>`}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := document.Read(raw)
		if err != nil {
			return
		}
		for _, p := range d.Paragraphs {
			if strings.TrimSpace(p.Text) == "" || p.Level < 0 || p.Level > 9 {
				t.Errorf("%+v", p)
			}
		}
	})
}

// Text costs memory in proportion to its length, however it is broken into lines and paragraphs.
func TestTextIsReadInProportion(t *testing.T) {
	for name, of := range map[string]struct {
		raw  string
		code document.Code
	}{
		"one paragraph of many lines": {strings.Repeat("ab\n", 60_000), document.TooLong},
		"many paragraphs":             {strings.Repeat("a\n\n", 300_000), document.TooLarge},
		"many items":                  {strings.Repeat("- a\n", 300_000), document.TooLarge},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := document.Read([]byte(of.raw))
		runtime.ReadMemStats(&after)
		if wrong := new(document.Error); !errors.As(err, &wrong) || wrong.Code != of.code {
			t.Errorf("%s: %v", name, err)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) / uint64(len(of.raw)); used > 60 {
			t.Errorf("%s: %d bytes of memory for each that is read", name, used)
		}
	}
}
