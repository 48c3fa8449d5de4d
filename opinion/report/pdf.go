package report

import (
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"codeberg.org/go-fonts/dejavu/dejavusansbold"
	"codeberg.org/go-pdf/fpdf"

	"github.com/birge-kz/birge/opinion"
)

const (
	pageMargin = 18.0 // mm, as all lengths here
	textSize   = 10.5 // points
	lineHeight = 5.4
	rowHeight  = 4.6
)

// PDF writes the report as a document to print, A4, in kk, ru or en. The same
// report gives the same bytes.
func (r *Report) PDF(out io.Writer, lang string) error {
	d, err := r.Words(lang)
	if err != nil {
		return err
	}
	t, err := LoadTexts(lang)
	if err != nil {
		return err
	}
	p := &printer{Fpdf: fpdf.New("P", "mm", "A4", ""), t: t}
	p.AddUTF8FontFromBytes("dejavu", "", dejavusans.TTF)
	p.AddUTF8FontFromBytes("dejavu", "B", dejavusansbold.TTF)
	p.SetCatalogSort(true)
	made := r.Made
	if made.IsZero() {
		made = time.Unix(0, 0)
	}
	p.SetCreationDate(made.UTC())
	p.SetModificationDate(made.UTC())
	p.SetTitle(p.letters(d.Title+": "+d.Topic), true)
	p.SetCreator("Birge", true)
	p.SetProducer("Birge", true)
	p.SetLang(lang)
	p.SetMargins(pageMargin, pageMargin, pageMargin)
	p.SetAutoPageBreak(true, pageMargin+4)
	p.AliasNbPages("{pages}")
	p.SetFooterFunc(func() {
		p.SetY(-pageMargin)
		p.font("", 8.5, soft)
		p.CellFormat(0, 5, strings.ReplaceAll(t.Say("page", "pages", "{pages}"), "{page}", t.Int(p.PageNo())), "", 0, "C", false, 0, "")
	})
	p.AddPage()
	p.font("", 10, soft)
	p.CellFormat(0, 6, d.Title, "", 1, "L", false, 0, "")
	p.font("B", 19, ink)
	p.MultiCell(0, 8.5, p.letters(d.Topic), "", "L", false)
	p.Ln(1.5)
	p.rule()
	p.Ln(2)
	for _, s := range d.Sections {
		p.section(r.Map, s, d.Topic)
	}
	if p.lacking {
		p.font("", 8.5, soft)
		p.MultiCell(0, 4.4, t.Say("missing_letters"), "", "L", false)
	}
	return p.Output(out)
}

type printer struct {
	*fpdf.Fpdf
	t       *Texts
	lacking bool
}

func (p *printer) font(weight string, size float64, color string) {
	p.SetFont("dejavu", weight, size)
	r, g, b := rgb(color)
	p.SetTextColor(r, g, b)
}

func rgb(hex string) (r, g, b int) {
	digit := func(c byte) int {
		if c >= 'a' {
			return int(c-'a') + 10
		}
		return int(c - '0')
	}
	at := func(i int) int { return digit(hex[i])*16 + digit(hex[i+1]) }
	return at(1), at(3), at(5)
}

// letters replaces what the font has no letter for: Chinese, Japanese and
// Korean writing, and everything beyond the basic plane.
func (p *printer) letters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u200d' || r == '\ufe0f':
			return -1
		case r >= 0x2e80 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe4f, r >= 0xff00 && r <= 0xffef, r > 0xffff, r == utf8.RuneError:
			p.lacking = true
			return '□'
		}
		return r
	}, s)
}

func (p *printer) rule() {
	r, g, b := rgb(inks[0])
	p.SetDrawColor(r, g, b)
	p.SetLineWidth(0.5)
	y := p.GetY()
	p.Line(pageMargin, y, 210-pageMargin, y)
}

// room begins a new page unless this page has so much height left.
func (p *printer) room(height float64) {
	_, page := p.GetPageSize()
	if p.GetY()+height > page-pageMargin-6 {
		p.AddPage()
	}
}

func (p *printer) section(m *opinion.Map, s Section, topic string) {
	if s.Map {
		p.room(leastPicture + aroundPicture)
	} else {
		p.room(24)
	}
	p.Ln(2.5)
	size, color := 13.5, ink
	if s.Level > 2 {
		size = 11.5
		for _, g := range m.Groups {
			if s.ID == GroupID(g.Letter) {
				color, _ = style(g.Letter)
			}
		}
	}
	p.Bookmark(s.Heading, s.Level-2, -1)
	p.font("B", size, color)
	p.MultiCell(0, 6.5, s.Heading, "", "L", false)
	p.Ln(0.8)
	for i, text := range s.Paragraphs {
		if s.ID == "asked" && i == 0 && text == topic {
			continue // it is the title of the page
		}
		p.font("", textSize, ink)
		p.MultiCell(0, lineHeight, p.letters(text), "", "L", false)
		p.Ln(1)
	}
	if s.Map {
		p.picture(m)
	}
	for _, item := range s.Items {
		p.room(2 * lineHeight)
		p.font("", textSize, ink)
		p.SetX(pageMargin + 2)
		p.CellFormat(4.5, lineHeight, "•", "", 0, "L", false, 0, "")
		p.MultiCell(0, lineHeight, p.letters(item.Text), "", "L", false)
		p.Ln(0.6)
	}
	if s.Table != nil {
		p.table(s.Table)
	}
}

// leastPicture is the height, in mm, down to which a picture may be made smaller to fit on a
// page. aroundPicture is the height of its heading and words.
const (
	leastPicture  = 85.0
	aroundPicture = 32.0
)

// picture draws the map over the width of the text, or smaller when that
// keeps it on the page.
func (p *printer) picture(m *opinion.Map) {
	pic := layout(m, p.t.Int)
	scale := (210 - 2*pageMargin) / sheetWidth
	_, page := p.GetPageSize()
	scale = min(scale, max(page-pageMargin-6-p.GetY()-5, leastPicture)/sheetHeight)
	width := sheetWidth * scale
	p.room(sheetHeight*scale + 4)
	x0, y0 := (210-width)/2, p.GetY()+1
	at := func(x, y float64) (float64, float64) { return x0 + x*scale, y0 + y*scale }
	r, g, b := rgb("#e3dccf")
	p.SetDrawColor(r, g, b)
	p.SetLineWidth(0.2)
	p.Rect(x0, y0, width, sheetHeight*scale, "D")
	for _, c := range pic.clusters {
		color, _ := style(c.letter)
		r, g, b := rgb(color)
		p.SetFillColor(r, g, b)
		if len(c.hull) > 2 {
			points := make([]fpdf.PointType, len(c.hull))
			for i, q := range c.hull {
				points[i].X, points[i].Y = at(q.X, q.Y)
			}
			p.SetAlpha(0.08, "Normal")
			p.Polygon(points, "F")
			p.SetAlpha(1, "Normal")
		}
	}
	r, g, b = rgb("#a9b0ba")
	p.SetFillColor(r, g, b)
	for _, d := range pic.few {
		x, y := at(d.x, d.y)
		p.Circle(x, y, 0.3, "F")
	}
	for _, c := range pic.clusters {
		color, s := style(c.letter)
		r, g, b := rgb(color)
		p.SetFillColor(r, g, b)
		for _, d := range c.dots {
			x, y := at(d.x, d.y)
			p.mark(s, x, y, dotRadius(d.size)*scale)
		}
	}
	for _, c := range pic.clusters {
		color, s := style(c.letter)
		r, g, b := rgb(color)
		x, y := at(c.label.x, c.label.y)
		p.SetDrawColor(r, g, b)
		p.SetFillColor(255, 255, 255)
		p.SetLineWidth(0.25)
		p.font("B", 10, ink)
		w := p.GetStringWidth(c.label.text)
		p.RoundedRect(x-2, y-5, w+9, 6.6, 2.5, "1234", "FD")
		p.SetFillColor(r, g, b)
		p.mark(s, x+1, y-1.7, 1.3)
		p.Text(x+4.5, y-0.5, c.label.text)
	}
	p.SetY(y0 + sheetHeight*scale + 3)
}

func (p *printer) mark(s shape, x, y, r float64) {
	corners := func(xy ...float64) {
		points := make([]fpdf.PointType, 0, 4)
		for i := 0; i < len(xy); i += 2 {
			points = append(points, fpdf.PointType{X: x + xy[i]*r, Y: y + xy[i+1]*r})
		}
		p.Polygon(points, "F")
	}
	switch s {
	case circle:
		p.Circle(x, y, r, "F")
	case squareShape:
		p.Rect(x-.9*r, y-.9*r, 1.8*r, 1.8*r, "F")
	case triangle:
		corners(0, -1.2, 1.2, .9, -1.2, .9)
	case triangleDown:
		corners(0, 1.2, 1.2, -.9, -1.2, -.9)
	case diamond:
		corners(0, -1.3, 1.3, 0, 0, 1.3, -1.3, 0)
	}
}

// table writes a table whose rows are as high as their text needs and whose
// head comes again on every page.
func (p *printer) table(t *Table) {
	const number = 30.0
	width := 210 - 2*pageMargin
	first := width - number*float64(len(t.Head)-1)
	if first < 50 {
		first = 50
	}
	rest := (width - first) / float64(max(1, len(t.Head)-1))
	p.room(4 * rowHeight)
	p.row(t.Head, first, rest, "B", soft)
	for _, cells := range t.Rows {
		if _, page := p.GetPageSize(); p.GetY()+p.rowHeight(cells, first, rest) > page-pageMargin-6 {
			p.AddPage()
			p.row(t.Head, first, rest, "B", soft)
		}
		p.row(cells, first, rest, "", ink)
	}
	p.Ln(2)
}

// cells breaks the cells of a row into lines; the first cell is as wide as
// first, the others as rest.
func (p *printer) cells(row []string, first, rest float64) (lines [][]string, most int) {
	lines = make([][]string, len(row))
	for i, text := range row {
		w := rest
		if i == 0 {
			w = first
		}
		lines[i] = p.SplitText(p.letters(text), w-2)
		most = max(most, len(lines[i]))
	}
	return lines, most
}

func (p *printer) rowHeight(row []string, first, rest float64) float64 {
	p.font("", 8.5, ink)
	_, most := p.cells(row, first, rest)
	return float64(most)*rowHeight + 1.2
}

func (p *printer) row(row []string, first, rest float64, weight, color string) {
	p.font(weight, 8.5, color)
	lines, most := p.cells(row, first, rest)
	x, y := pageMargin, p.GetY()
	for i := range row {
		w, align := rest, "R"
		if i == 0 {
			w, align = first, "L"
		}
		for n, text := range lines[i] {
			p.SetXY(x, y+0.6+float64(n)*rowHeight)
			p.CellFormat(w, rowHeight, text, "", 0, align, false, 0, "")
		}
		x += w
	}
	h := float64(most)*rowHeight + 1.2
	line, thick := "#e3dccf", 0.2
	if weight != "" {
		line, thick = inks[0], 0.4
	}
	r, g, b := rgb(line)
	p.SetDrawColor(r, g, b)
	p.SetLineWidth(thick)
	p.Line(pageMargin, y+h, 210-pageMargin, y+h)
	p.SetXY(pageMargin, y+h)
}
