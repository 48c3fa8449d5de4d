// Package docx writes plain official documents as DOCX (Office Open XML, ECMA-376): a header, headings, paragraphs, lists and tables, which people
// then change in the program they have. The same content gives the same bytes. Its documents read like those of platform/pdf.
package docx

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Document is one that is being written.
type Document struct {
	lang, title string
	made        time.Time
	body        strings.Builder
}

// New begins a document with a header: who issues it, and what it is.
func New(lang, issuer, title string, made time.Time) *Document {
	d := &Document{lang: lang, title: title, made: made.UTC()}
	d.paragraph("Subtitle", issuer)
	d.paragraph("Title", title)
	return d
}

// Heading begins a part of the document; it stays on the page of what follows.
func (d *Document) Heading(text string) { d.paragraph("Heading1", text) }

// Paragraph writes a text of one or many lines; nothing for an empty one.
func (d *Document) Paragraph(text string) {
	if text != "" {
		d.paragraph("Normal", text)
	}
}

// Item is one of a list.
func (d *Document) Item(text string) { d.paragraph("ListParagraph", "•\t"+text) }

// Sign leaves a line for a signature, with whose it is.
func (d *Document) Sign(who string) { d.paragraph("Sign", who+"  ______________________") }

// tableWidth is what stands between the margins, in twentieths of a point, as are all lengths of the format.
const tableWidth = 9638

// Table writes rows under a heading, which is repeated on every page. A row that is shorter than the heading ends with empty cells.
func (d *Document) Table(head []string, rows [][]string) {
	if len(head) == 0 {
		return
	}
	width := tableWidth / len(head)
	fmt.Fprintf(&d.body, `<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="%d" w:type="dxa"/></w:tblPr><w:tblGrid>`, width*len(head))
	d.body.WriteString(strings.Repeat(fmt.Sprintf(`<w:gridCol w:w="%d"/>`, width), len(head)) + `</w:tblGrid>`)
	row := func(properties, style string, cells []string) {
		d.body.WriteString("<w:tr>" + properties)
		for i := range head {
			text := ""
			if i < len(cells) {
				text = cells[i]
			}
			fmt.Fprintf(&d.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, width)
			d.paragraph(style, text)
			d.body.WriteString("</w:tc>")
		}
		d.body.WriteString("</w:tr>")
	}
	row("<w:trPr><w:tblHeader/></w:trPr>", "TableHead", head)
	for _, cells := range rows {
		row("", "TableText", cells)
	}
	d.body.WriteString("</w:tbl>")
	d.paragraph("Normal", "") // two tables that touch would be one
}

// paragraph writes one in a style. Lines of the text stay lines, tabs stay tabs.
func (d *Document) paragraph(style, text string) {
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr>`, style)
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		d.body.WriteString("<w:r>")
		if i > 0 {
			d.body.WriteString("<w:br/>")
		}
		for j, part := range strings.Split(line, "\t") {
			if j > 0 {
				d.body.WriteString("<w:tab/>")
			}
			d.body.WriteString(`<w:t xml:space="preserve">` + escaped(part) + `</w:t>`)
		}
		d.body.WriteString("</w:r>")
	}
	d.body.WriteString("</w:p>")
}

// escaped is a text as XML has it; what no XML may have becomes a replacement character.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder refuses nothing
	return b.String()
}

// Write ends the document.
func (d *Document) Write(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, entry := range []struct{ name, content string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", relations},
		{"docProps/core.xml", d.core()},
		{"word/document.xml", d.document()},
		{"word/styles.xml", fmt.Sprintf(styles, escaped(d.lang))},
		{"word/_rels/document.xml.rels", documentRelations},
	} {
		// Without a time of its own an entry has the same bytes whenever it is written.
		f, err := z.CreateHeader(&zip.FileHeader{Name: entry.name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(f, xml.Header+entry.content)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

func (d *Document) core() string {
	made := d.made.Format(time.RFC3339)
	return `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + escaped(d.title) + `</dc:title><dc:language>` + escaped(d.lang) + `</dc:language>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + made + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + made + `</dcterms:modified></cp:coreProperties>`
}

func (d *Document) document() string {
	const a4 = `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>`
	return `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + d.body.String() + a4 + `</w:body></w:document>`
}

const (
	contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`
	relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`
	documentRelations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`

	// styles names fonts that have the letters of Kazakh on every system; headings are real ones, so that readers of a page aloud can walk by them.
	styles = `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/><w:sz w:val="24"/><w:lang w:val="%s"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Subtitle"><w:name w:val="Subtitle"/><w:basedOn w:val="Normal"/><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="6" w:space="6" w:color="auto"/></w:pBdr><w:jc w:val="center"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:before="240" w:after="240"/><w:jc w:val="center"/></w:pPr><w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="240"/><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="28"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/><w:basedOn w:val="Normal"/><w:pPr><w:tabs><w:tab w:val="left" w:pos="567"/></w:tabs><w:ind w:left="567" w:hanging="283"/></w:pPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="Sign"><w:name w:val="Sign"/><w:basedOn w:val="Normal"/><w:pPr><w:keepLines/><w:spacing w:before="480"/></w:pPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="TableText"><w:name w:val="Table Text"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:after="0"/></w:pPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="TableHead"><w:name w:val="Table Head"/><w:basedOn w:val="TableText"/><w:rPr><w:b/></w:rPr></w:style>` +
		`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders><w:top w:val="single" w:sz="4" w:space="0" w:color="auto"/><w:left w:val="single" w:sz="4" w:space="0" w:color="auto"/><w:bottom w:val="single" w:sz="4" w:space="0" w:color="auto"/>` +
		`<w:right w:val="single" w:sz="4" w:space="0" w:color="auto"/><w:insideH w:val="single" w:sz="4" w:space="0" w:color="auto"/><w:insideV w:val="single" w:sz="4" w:space="0" w:color="auto"/></w:tblBorders></w:tblPr></w:style></w:styles>`
)
