package document

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// readDOCX reads the body of a document as Word shows it with tracked changes accepted.
func (c *container) readDOCX() (d Document, err error) {
	if err := c.checkRelations(&d); err != nil {
		return d, err
	}
	r := docx{d: &d, styles: map[string]style{}, lists: map[string]*list{}, notes: map[string]string{}}
	for _, part := range []struct {
		name string
		read func(*tokens) error
	}{{"word/styles.xml", r.readStyles}, {"word/numbering.xml", r.readLists}, {"word/footnotes.xml", r.readNotes}, {"word/endnotes.xml", r.readNotes}, {"word/document.xml", r.readBody}} {
		t, err := c.part(part.name)
		if err == nil && t != nil {
			err = part.read(t)
		}
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

// checkRelations refuses what is fetched from elsewhere: pictures, templates, objects. A link in the text that somebody may follow is none of these.
func (c *container) checkRelations(d *Document) error {
	for name := range c.files {
		if strings.HasPrefix(name, "word/header") || strings.HasPrefix(name, "word/footer") {
			d.left(Headers)
		}
		if !strings.HasSuffix(name, ".rels") {
			continue
		}
		t, err := c.part(name)
		if err != nil {
			return err
		}
		err = t.each(func(e xml.StartElement) error {
			if strings.EqualFold(attribute(e, "TargetMode"), "External") && !strings.HasSuffix(attribute(e, "Type"), "/hyperlink") {
				return refuse(Outside, attribute(e, "Target"))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// style is what a named style says of a paragraph.
type style struct {
	heading int    // 1–9; 0: none
	list    string // the list and the depth in it
	depth   int
	based   string
}

// list counts the numbers of one list.
type list struct {
	levels [9]struct {
		format, text string
		start        int
	}
	counts [9]int
}

type docx struct {
	d      *Document
	styles map[string]style
	lists  map[string]*list
	notes  map[string]string

	abstract map[string]*list
}

func (r *docx) readStyles(t *tokens) error {
	id, now := "", style{}
	return t.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "style":
			id, now = attribute(e, "styleId"), style{}
		case "name":
			if n, ok := strings.CutPrefix(strings.ToLower(attribute(e, "val")), "heading "); ok {
				now.heading, _ = strconv.Atoi(n)
			}
			if strings.EqualFold(attribute(e, "val"), "title") {
				now.heading = 1
			}
		case "basedOn":
			now.based = attribute(e, "val")
		case "outlineLvl":
			if n, err := strconv.Atoi(attribute(e, "val")); err == nil && n < 9 && now.heading == 0 {
				now.heading = n + 1
			}
		case "numId":
			now.list = attribute(e, "val")
		case "ilvl":
			now.depth, _ = strconv.Atoi(attribute(e, "val"))
		default:
			return nil
		}
		r.styles[id] = now
		return nil
	})
}

// style follows what a style is based on.
func (r *docx) style(id string) style {
	s := r.styles[id]
	for range 10 {
		under, there := r.styles[s.based]
		if !there {
			break
		}
		if s.heading == 0 {
			s.heading = under.heading
		}
		if s.list == "" {
			s.list, s.depth = under.list, under.depth
		}
		s.based = under.based
	}
	return s
}

func (r *docx) readLists(t *tokens) error {
	r.abstract = map[string]*list{}
	var l *list
	level, num := 0, ""
	return t.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "abstractNum":
			l = &list{}
			r.abstract[attribute(e, "abstractNumId")] = l
		case "lvl":
			level, _ = strconv.Atoi(attribute(e, "ilvl"))
			if l == nil || level < 0 || level > 8 {
				level = 0
			}
			if l != nil {
				l.levels[level].start = 1
			}
		case "start":
			if l != nil {
				l.levels[level].start, _ = strconv.Atoi(attribute(e, "val"))
			}
		case "numFmt":
			if l != nil {
				l.levels[level].format = attribute(e, "val")
			}
		case "lvlText":
			if l != nil {
				l.levels[level].text = attribute(e, "val")
			}
		case "num":
			num, l = attribute(e, "numId"), nil // what it overrides is left as it is
		case "abstractNumId":
			if from := r.abstract[attribute(e, "val")]; from != nil && num != "" {
				own := *from
				r.lists[num] = &own
			}
		}
		return nil
	})
}

// next is the number of the next paragraph of a list at a depth; "" for a bullet.
func (l *list) next(depth int) string {
	if l == nil || depth < 0 || depth > 8 {
		return ""
	}
	l.counts[depth]++
	for i := depth + 1; i < len(l.counts); i++ {
		l.counts[i] = 0
	}
	if f := l.levels[depth].format; f == "bullet" || f == "none" || f == "" {
		return ""
	}
	text := l.levels[depth].text
	for i := range 9 {
		count := max(l.counts[i], 1) - 1 + l.levels[i].start
		text = strings.ReplaceAll(text, fmt.Sprintf("%%%d", i+1), shown(count, l.levels[i].format))
	}
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}

// shown is a number as a list writes it.
func shown(n int, format string) string {
	const latin, cyrillic = "abcdefghijklmnopqrstuvwxyz", "абвгдежзиклмнопрстуфхцчшщэюя"
	letter := func(alphabet string) string {
		letters := []rune(alphabet)
		return string(letters[(max(n, 1)-1)%len(letters)])
	}
	switch format {
	case "lowerLetter":
		return letter(latin)
	case "upperLetter":
		return strings.ToUpper(letter(latin))
	case "russianLower":
		return letter(cyrillic)
	case "russianUpper":
		return strings.ToUpper(letter(cyrillic))
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	}
	return strconv.Itoa(n)
}

func roman(n int) string {
	var b strings.Builder
	for _, d := range []struct {
		value int
		text  string
	}{{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= d.value && b.Len() < 20; n -= d.value {
			b.WriteString(d.text)
		}
	}
	return b.String()
}

// readNotes keeps the text of each footnote by its number.
func (r *docx) readNotes(t *tokens) error {
	var id string
	var b strings.Builder
	for {
		tok, err := t.next()
		if err != nil || tok == nil {
			return err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "footnote", "endnote":
				id = e.Name.Local + attribute(e, "id")
				b.Reset()
			case "t", "tab", "br":
				text, err := t.words(e)
				if err != nil {
					return err
				}
				b.WriteString(text)
			case "del":
				if err := t.skip(); err != nil {
					return err
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "p":
				b.WriteByte(' ')
			case "footnote", "endnote":
				r.notes[id] = b.String()
			}
		}
	}
}

// words is what a run says: its text, or the space that a tab or a line break makes.
func (t *tokens) words(e xml.StartElement) (string, error) {
	if e.Name.Local != "t" {
		return " ", nil
	}
	var text string
	err := t.d.DecodeElement(&text, &e)
	t.depth--
	if err != nil {
		return "", refuse(Broken, t.name)
	}
	return text, nil
}

// readBody reads paragraphs and the rows of tables. What stands in a cell is one text; a table in a table is read as part of the cell.
func (r *docx) readBody(t *tokens) error {
	p := paragraph{docx: r, t: t}
	for {
		tok, err := t.next()
		if err != nil || tok == nil {
			return err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if err := p.begin(e); err != nil {
				return err
			}
		case xml.EndElement:
			p.end(e.Name.Local)
		}
		if len(r.d.Paragraphs) > MaxParagraphs {
			return refuse(TooLarge, "")
		}
	}
}

// paragraph is what is read of the paragraph or the row that is open.
type paragraph struct {
	*docx
	t       *tokens
	text    strings.Builder
	style   style
	outline int
	notes   []string
	tables  int // how many tables are open, one in another
	cells   []string
	hidden  bool // the run that is open
}

// leftOut are the elements that are skipped whole.
var leftOut = map[string]string{"del": Deleted, "moveFrom": Deleted, "txbxContent": Boxes, "oMath": Formulas, "object": Objects, "pict": Pictures, "drawing": Pictures, "commentReference": Comments, "instrText": Fields,
	"Fallback": ""}

func (p *paragraph) begin(e xml.StartElement) error {
	if what, out := leftOut[e.Name.Local]; out {
		if what != "" {
			p.d.left(what)
		}
		return p.t.skip()
	}
	switch e.Name.Local {
	case "p":
		if p.tables == 0 {
			p.text.Reset()
		}
		p.style, p.outline, p.notes = style{}, 0, nil
	case "pStyle":
		p.style = p.docx.style(attribute(e, "val"))
	case "outlineLvl":
		if n, err := strconv.Atoi(attribute(e, "val")); err == nil && n < 9 {
			p.style.heading = n + 1
		}
	case "numId":
		p.style.list = attribute(e, "val")
	case "ilvl":
		p.style.depth, _ = strconv.Atoi(attribute(e, "val"))
	case "r":
		p.hidden = false
	case "vanish":
		if v := attribute(e, "val"); v != "0" && v != "false" {
			p.hidden = true
			p.d.left(Hidden)
		}
	case "t", "tab", "br":
		return p.say(e)
	case "footnoteReference", "endnoteReference":
		p.notes = append(p.notes, strings.TrimSuffix(e.Name.Local, "Reference")+attribute(e, "id"))
	case "tbl":
		p.tables++
	case "tr":
		if p.tables == 1 {
			p.cells = nil
		}
	case "tc":
		if p.tables == 1 {
			p.text.Reset()
		}
	}
	return nil
}

func (p *paragraph) say(e xml.StartElement) error {
	if e.Name.Local == "tab" && (attribute(e, "pos") != "" || attribute(e, "leader") != "") { // where a tab stops, and no tab
		return nil
	}
	text, err := p.t.words(e)
	if err == nil && !p.hidden {
		p.text.WriteString(text)
	}
	return err
}

func (p *paragraph) end(name string) {
	switch name {
	case "p":
		if p.tables > 0 {
			p.text.WriteByte(' ')
			return
		}
		p.whole()
	case "tc":
		if p.tables == 1 {
			p.cells = append(p.cells, strings.ReplaceAll(p.text.String(), "\t", " "))
		}
	case "tr":
		if p.tables == 1 {
			p.d.add(Paragraph{Kind: Row, Text: strings.Join(p.cells, "\t")})
		}
	case "tbl":
		p.tables--
		p.text.Reset()
	}
}

// whole adds the paragraph that has ended, and the notes to it.
func (p *paragraph) whole() {
	out := Paragraph{Kind: Text, Text: p.text.String()}
	if l := p.lists[p.style.list]; l != nil && strings.TrimSpace(out.Text) != "" {
		out.Kind, out.Level, out.Number = Item, p.style.depth+1, l.next(p.style.depth)
	}
	if p.style.heading > 0 {
		out.Kind, out.Level = Heading, p.style.heading
	}
	p.d.add(out)
	for _, id := range p.notes {
		p.d.add(Paragraph{Kind: Note, Text: p.docx.notes[id]})
	}
}
