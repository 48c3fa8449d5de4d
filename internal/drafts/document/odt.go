package document

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// readODT reads the text of an OpenDocument file.
func (c *container) readODT() (d Document, err error) {
	r := odt{d: &d, styles: map[string]*list{}}
	for _, name := range []string{"styles.xml", "content.xml"} {
		t, err := c.part(name)
		if err == nil && t != nil {
			err = r.readLists(t)
		}
		if err != nil {
			return d, err
		}
	}
	t, err := c.part("content.xml")
	if err != nil {
		return d, err
	}
	r.t = t
	for {
		tok, err := t.next()
		if err != nil || tok == nil {
			return d, err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			if err := r.begin(e); err != nil {
				return d, err
			}
		case xml.EndElement:
			r.end(e.Name.Local)
		case xml.CharData:
			if r.open > 0 {
				r.text.Write(e)
			}
		}
		if len(d.Paragraphs) > MaxParagraphs {
			return d, refuse(TooLarge, "")
		}
	}
}

type odt struct {
	d      *Document
	t      *tokens
	open   int // paragraphs that are open: one in another in a frame
	text   strings.Builder
	level  int      // of the heading; 0: no heading
	lists  []*list  // that are open, one in another; nil for one without numbers
	style  []string // by name
	item   bool     // it was begun, and nothing of it was read yet
	styles map[string]*list
	notes  []string
	table  int
	cells  []string
	kept   []string // the text around a note
}

// readLists reads how lists are numbered: a level's number stands with those of the levels above it, as many as it displays.
func (r *odt) readLists(t *tokens) error {
	var l *list
	return t.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "list-style":
			l = &list{}
			r.styles[attribute(e, "name")] = l
		case "list-level-style-number":
			level, err := strconv.Atoi(attribute(e, "level"))
			if l == nil || err != nil || level < 1 || level > 9 || attribute(e, "num-format") == "" {
				return nil
			}
			at := &l.levels[level-1]
			at.format, at.start = odtFormats[attribute(e, "num-format")], 1
			if n, err := strconv.Atoi(attribute(e, "start-value")); err == nil {
				at.start = n
			}
			display, err := strconv.Atoi(attribute(e, "display-levels"))
			if err != nil {
				display = 1
			}
			numbers := []string{}
			for i := max(1, level-display+1); i <= level; i++ {
				numbers = append(numbers, "%"+strconv.Itoa(i))
			}
			at.text = attribute(e, "num-prefix") + strings.Join(numbers, ".") + attribute(e, "num-suffix")
		}
		return nil
	})
}

var odtFormats = map[string]string{"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "а": "russianLower", "А": "russianUpper"}

var odtLeftOut = map[string]string{"frame": Pictures, "tracked-changes": Deleted, "annotation": Comments, "object": Objects, "custom-shape": Boxes, "table-of-content": Fields, "hidden-text": Hidden, "hidden-paragraph": Hidden,
	"note-citation": "", "forms": "", "scripts": ""}

func (r *odt) begin(e xml.StartElement) error {
	for _, a := range e.Attr {
		if a.Name.Local == "href" && e.Name.Local != "a" && strings.Contains(a.Value, "://") {
			return refuse(Outside, a.Value)
		}
	}
	if e.Name.Local == "event-listener" {
		return refuse(Macros, attribute(e, "href"))
	}
	if what, out := odtLeftOut[e.Name.Local]; out {
		if what != "" {
			r.d.left(what)
		}
		return r.t.skip()
	}
	switch e.Name.Local {
	case "p", "h":
		if r.open++; r.open == 1 && r.table == 0 && len(r.kept) == 0 {
			r.text.Reset()
			r.notes = nil
		}
		if e.Name.Local == "h" {
			r.level = 1
			if n, err := strconv.Atoi(attribute(e, "outline-level")); err == nil && n > 0 && n < 10 {
				r.level = n
			}
		}
	case "s", "tab", "line-break":
		r.text.WriteByte(' ')
	case "list":
		r.beginList(e)
	case "list-item":
		r.item = true
	case "note":
		r.kept = append(r.kept, r.text.String())
		r.text.Reset()
	case "table":
		r.table++
	case "table-row":
		if r.table == 1 {
			r.cells = nil
		}
	case "table-cell":
		if r.table == 1 {
			r.text.Reset()
		}
	}
	return nil
}

// beginList opens a list. One without a style of its own has that of the list around it; one that does not go on counts from the beginning.
func (r *odt) beginList(e xml.StartElement) {
	name := attribute(e, "style-name")
	if n := len(r.style); name == "" && n > 0 {
		name = r.style[n-1]
	}
	l := r.styles[name]
	if l != nil && len(r.lists) == 0 && attribute(e, "continue-numbering") != "true" && attribute(e, "continue-list") == "" {
		l.counts = [9]int{}
	}
	r.lists, r.style = append(r.lists, l), append(r.style, name)
}

func (r *odt) end(name string) {
	switch name {
	case "p", "h":
		if r.open--; r.table > 0 || len(r.kept) > 0 || r.open > 0 {
			r.text.WriteByte(' ')
			return
		}
		p := Paragraph{Kind: Text, Text: r.text.String()}
		switch {
		case r.level > 0:
			p.Kind, p.Level = Heading, r.level
		case len(r.lists) > 0:
			p.Kind, p.Level = Item, len(r.lists)
			if r.item { // what follows in the same item has no number of its own
				p.Number = r.lists[len(r.lists)-1].next(len(r.lists) - 1)
			}
			r.item = false
		}
		r.level = 0
		r.d.add(p)
		for _, n := range r.notes {
			r.d.add(Paragraph{Kind: Note, Text: n})
		}
		r.notes = nil
	case "list":
		if n := len(r.lists); n > 0 {
			r.lists, r.style = r.lists[:n-1], r.style[:n-1]
		}
	case "note":
		if n := len(r.kept); n > 0 {
			r.notes = append(r.notes, r.text.String())
			r.text.Reset()
			r.text.WriteString(r.kept[n-1])
			r.kept = r.kept[:n-1]
		}
	case "table-cell":
		if r.table == 1 {
			r.cells = append(r.cells, strings.ReplaceAll(r.text.String(), "\t", " "))
		}
	case "table-row":
		if r.table == 1 {
			r.d.add(Paragraph{Kind: Row, Text: strings.Join(r.cells, "\t")})
		}
	case "table":
		r.table--
		r.text.Reset()
	}
}
