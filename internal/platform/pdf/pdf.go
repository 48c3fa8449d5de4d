// Package pdf writes plain official documents as PDF: a header, headings, paragraphs and lists, in the letters of Kazakh, Russian
// and English. The same content gives the same bytes.
package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"codeberg.org/go-fonts/dejavu/dejavusansbold"
	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"
)

// All lengths are millimetres, sizes of letters points.
const (
	margin = 20.0
	line   = 5.4
	size   = 10.5
)

// Document is one that is being written.
type Document struct{ pdf *fpdf.Fpdf }

// New begins a document with a header: who issues it, and what it is.
func New(lang, issuer, title string, made time.Time) *Document {
	p := fpdf.New("P", "mm", "A4", "")
	p.AddUTF8FontFromBytes("dejavu", "", dejavusans.TTF)
	p.AddUTF8FontFromBytes("dejavu", "B", dejavusansbold.TTF)
	p.SetCatalogSort(true)
	p.SetCreationDate(made.UTC())
	p.SetModificationDate(made.UTC())
	p.SetTitle(title, true)
	p.SetProducer("Birge", true)
	p.SetLang(lang)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, margin)
	p.AliasNbPages("{pages}")
	p.SetFooterFunc(func() {
		p.SetY(-margin)
		p.SetFont("dejavu", "", 8.5)
		p.CellFormat(0, 5, strconv.Itoa(p.PageNo())+" / {pages}", "", 0, "C", false, 0, "")
	})
	d := &Document{p}
	d.Sheet(issuer, title)
	return d
}

// Sheet begins a new page with the header of a document of its own, as of many sheets that are printed at once.
func (d *Document) Sheet(issuer, title string) {
	p := d.pdf
	p.AddPage()
	p.SetFont("dejavu", "B", 12)
	p.MultiCell(0, 6, letters(issuer), "", "C", false)
	p.Ln(2)
	p.SetLineWidth(0.4)
	p.Line(margin, p.GetY(), 210-margin, p.GetY())
	p.Ln(4)
	p.SetFont("dejavu", "B", 15)
	p.MultiCell(0, 7.5, letters(title), "", "C", false)
	p.Ln(3)
}

// Choice is something that can be marked: a box and its text.
func (d *Document) Choice(text string) {
	const side = 4.5
	if _, height := d.pdf.GetPageSize(); d.pdf.GetY() > height-margin-2*line {
		d.pdf.AddPage()
	}
	d.pdf.SetFont("dejavu", "", size)
	d.pdf.Rect(margin, d.pdf.GetY()+0.5, side, side, "D")
	d.pdf.SetX(margin + side + 3)
	d.pdf.SetLeftMargin(margin + side + 3)
	d.pdf.MultiCell(0, line, letters(text), "", "L", false)
	d.pdf.SetLeftMargin(margin)
	d.pdf.SetX(margin)
	d.pdf.Ln(1.6)
}

// Lines leaves lines to write on.
func (d *Document) Lines(n int) {
	const height = 9.0
	for range n {
		if _, page := d.pdf.GetPageSize(); d.pdf.GetY() > page-margin-height {
			d.pdf.AddPage()
		}
		d.pdf.Ln(height)
		d.pdf.SetLineWidth(0.2)
		d.pdf.Line(margin, d.pdf.GetY(), 210-margin, d.pdf.GetY())
	}
}

// Grid is a table to be filled in by hand, with numbered rows.
func (d *Document) Grid(columns []string, rows int) {
	const height, first = 9.0, 10.0
	width := (210 - 2*margin - first) / float64(max(len(columns), 1))
	d.pdf.SetFont("dejavu", "B", 8.5)
	d.pdf.CellFormat(first, height, "№", "1", 0, "C", false, 0, "")
	for _, c := range columns {
		d.pdf.CellFormat(width, height, letters(c), "1", 0, "C", false, 0, "")
	}
	d.pdf.Ln(height)
	d.pdf.SetFont("dejavu", "", 8.5)
	for i := range rows {
		d.pdf.CellFormat(first, height, strconv.Itoa(i+1), "1", 0, "C", false, 0, "")
		for range columns {
			d.pdf.CellFormat(width, height, "", "1", 0, "L", false, 0, "")
		}
		d.pdf.Ln(height)
	}
}

// Heading begins a part of the document, on a new page when there is no room for what follows.
func (d *Document) Heading(text string) {
	if _, height := d.pdf.GetPageSize(); d.pdf.GetY() > height-2*margin-3*line {
		d.pdf.AddPage()
	}
	d.pdf.Ln(2)
	d.pdf.SetFont("dejavu", "B", 12)
	d.pdf.MultiCell(0, 6.2, letters(text), "", "L", false)
	d.pdf.Ln(1)
}

// Paragraph writes a text of one or many lines; nothing for an empty one.
func (d *Document) Paragraph(text string) {
	if text == "" {
		return
	}
	d.pdf.SetFont("dejavu", "", size)
	d.pdf.MultiCell(0, line, letters(text), "", "L", false)
	d.pdf.Ln(1)
}

// Item is one of a list.
func (d *Document) Item(text string) {
	d.pdf.SetFont("dejavu", "", size)
	d.pdf.SetX(margin + 2)
	d.pdf.CellFormat(4.5, line, "•", "", 0, "L", false, 0, "")
	d.pdf.MultiCell(0, line, letters(text), "", "L", false)
}

// Title writes one line in the middle of the page, in large letters: whom a certificate is for.
func (d *Document) Title(text string) {
	d.pdf.Ln(4)
	d.pdf.SetFont("dejavu", "B", 18)
	d.pdf.MultiCell(0, 9, letters(text), "", "C", false)
	d.pdf.Ln(3)
}

// QR draws a code that holds the text, with words beside it. The error is that of a text too long for a code.
func (d *Document) QR(text, words string) error {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return err
	}
	const side, gap = 32.0, 5.0
	if _, height := d.pdf.GetPageSize(); d.pdf.GetY() > height-2*margin-side {
		d.pdf.AddPage()
	}
	d.pdf.Ln(4)
	x, y := d.pdf.GetX(), d.pdf.GetY()
	cell := side / float64(code.Size)
	for row := range code.Size {
		for column := range code.Size {
			if code.Black(column, row) {
				d.pdf.Rect(x+float64(column)*cell, y+float64(row)*cell, cell, cell, "F")
			}
		}
	}
	d.pdf.SetFont("dejavu", "", 8.5)
	d.pdf.SetXY(x+side+gap, y)
	d.pdf.SetLeftMargin(x + side + gap)
	d.pdf.MultiCell(0, 4.6, letters(words), "", "L", false)
	d.pdf.SetLeftMargin(margin)
	d.pdf.SetXY(margin, max(d.pdf.GetY(), y+side)+2)
	return nil
}

// Picture draws a picture, a JPEG or a PNG, as wide as half the page at most, with words below it. The error is that of bytes that are no such picture.
func (d *Document) Picture(data []byte, words string) error {
	const widest, tallest, dpi = 100.0, 70.0, 96
	kind := "JPG"
	if bytes.HasPrefix(data, []byte("\x89PNG")) {
		kind = "PNG"
	}
	sum := sha256.Sum256(data)
	options := fpdf.ImageOptions{ImageType: kind}
	info := d.pdf.RegisterImageOptionsReader(hex.EncodeToString(sum[:]), options, bytes.NewReader(data))
	if info == nil || d.pdf.Err() {
		return d.pdf.Error()
	}
	info.SetDpi(dpi)
	shrunk := min(widest/info.Width(), tallest/info.Height(), 1)
	w, h := info.Width()*shrunk, info.Height()*shrunk
	if _, height := d.pdf.GetPageSize(); d.pdf.GetY() > height-2*margin-h {
		d.pdf.AddPage()
	}
	d.pdf.Ln(2)
	d.pdf.ImageOptions(hex.EncodeToString(sum[:]), d.pdf.GetX(), d.pdf.GetY(), w, h, true, options, 0, "")
	d.pdf.Ln(1)
	d.pdf.SetFont("dejavu", "", 8.5)
	d.pdf.MultiCell(0, 4.6, letters(words), "", "L", false)
	d.pdf.Ln(2)
	return d.pdf.Error()
}

// Sign leaves a line for a signature, with whose it is.
func (d *Document) Sign(who string) {
	d.pdf.Ln(8)
	d.pdf.SetFont("dejavu", "", size)
	d.pdf.CellFormat(0, line, letters(who)+"  ______________________", "", 1, "L", false, 0, "")
}

// Write ends the document.
func (d *Document) Write(w io.Writer) error { return d.pdf.Output(w) }

// letters replaces what the font has no letter for.
func letters(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r == '\u200d' || r == '\ufe0f':
			continue
		case r >= 0x2e80 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe4f, r >= 0xff00 && r <= 0xffef, r > 0xffff, r == utf8.RuneError:
			r = '□'
		}
		out = append(out, r)
	}
	return string(out)
}
