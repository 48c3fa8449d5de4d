// Package document reads the text of an official document as paragraphs that can be discussed one by one: from Markdown or plain
// text, DOCX (ECMA-376, transitional and strict) and ODT (OpenDocument 1.2 and 1.3). It sets two languages side by side, tells how
// two versions differ, and imports nothing of the city.
//
// What cannot be read is counted and said, never lost in silence. A file that could do more than be read (macros, parts that are
// fetched from elsewhere, entities, bombs) is refused by name.
package document

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is what a paragraph is.
type Kind string

const (
	Heading Kind = "heading"
	Text    Kind = "text"
	Item    Kind = "item" // of a list, or a numbered paragraph
	Row     Kind = "row"  // of a table; its cells are parted by tabs
	Note    Kind = "note" // a footnote, behind the paragraph that refers to it
)

// Paragraph is the least that people discuss.
type Paragraph struct {
	Kind   Kind
	Level  int    // of a heading, from 1; of an item, how deep, from 1; 0 of others
	Number string // as it stands in the text, without the dot behind it: "3.2", "1)", "а)"; "" when there is none
	Text   string // without the number; cells of a row parted by tabs
}

// Document is a text with what could not be read of it.
type Document struct {
	Paragraphs []Paragraph
	Left       []Left
}

// Left is what was left out.
type Left struct {
	What  string // one of LeftOut
	Count int
}

// LeftOut lists all that may be left out of a document.
func LeftOut() []string {
	return []string{Pictures, Boxes, Formulas, Comments, Deleted, Hidden, Objects, Headers, Fields}
}

const (
	Pictures = "pictures"
	Boxes    = "boxes" // text in a frame
	Formulas = "formulas"
	Comments = "comments"
	Deleted  = "deleted" // words that a tracked change deletes; those that it inserts are read
	Hidden   = "hidden"  // words marked as hidden
	Objects  = "objects"
	Headers  = "headers" // what stands at the top and the bottom of pages
	Fields   = "fields"  // what the program would compute, such as a table of contents
)

func (d *Document) left(what string) {
	for i := range d.Left {
		if d.Left[i].What == what {
			d.Left[i].Count++
			return
		}
	}
	d.Left = append(d.Left, Left{What: what, Count: 1})
}

// Bounds of what is read.
const (
	MaxBytes      = 10 << 20 // of a file
	MaxParagraphs = 5_000
	MaxLength     = 8_000    // characters of a paragraph
	maxUnpacked   = 32 << 20 // of all that is read of an archive: ten times a long law
	maxEntries    = 5_000
	maxDepth      = 200
	maxLevel      = 9
)

// Code says why a document is not read.
type Code string

const (
	Unknown   Code = "unknown"   // neither text nor one of the formats
	Empty     Code = "empty"     // there are no words in it
	TooLarge  Code = "too_large" // more than the bounds
	TooLong   Code = "too_long"  // a paragraph of more than MaxLength characters
	Macros    Code = "macros"
	Outside   Code = "outside" // it fetches something from elsewhere
	Entities  Code = "entities"
	Broken    Code = "broken"
	Encrypted Code = "encrypted"
)

// Codes lists them.
func Codes() []Code {
	return []Code{Unknown, Empty, TooLarge, TooLong, Macros, Outside, Entities, Broken, Encrypted}
}

// Error is why a document is not read.
type Error struct {
	Code Code
	Near string // what stands at the place, shortened; "" when the whole file is meant
}

func (e *Error) Error() string { return fmt.Sprintf("document: %s %s", e.Code, e.Near) }

func refuse(code Code, near string) error {
	const most = 60
	if r := []rune(near); len(r) > most {
		near = string(r[:most]) + "…"
	}
	return &Error{code, near}
}

// Read reads a file of any of the formats; it is told by content. Errors: *Error.
func Read(raw []byte) (d Document, err error) {
	switch {
	case len(raw) > MaxBytes:
		return d, refuse(TooLarge, "")
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		d, err = readContainer(raw)
	case bytes.HasPrefix(raw, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")): // a compound file: an old document, or one with a password
		return d, refuse(Encrypted, "")
	case !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 || bytes.HasPrefix(raw, []byte("%PDF")) || bytes.HasPrefix(raw, []byte(`{\rtf`)):
		return d, refuse(Unknown, "")
	default:
		d = readText(string(bytes.TrimPrefix(raw, []byte("\uFEFF"))))
	}
	if err != nil {
		return Document{}, err
	}
	return d, d.check()
}

func (d *Document) check() error {
	words := false
	for i := range d.Paragraphs {
		p := &d.Paragraphs[i]
		if utf8.RuneCountInString(p.Text) > MaxLength {
			return refuse(TooLong, p.Text)
		}
		words = words || p.Text != ""
	}
	switch {
	case !words:
		return refuse(Empty, "")
	case len(d.Paragraphs) > MaxParagraphs:
		return refuse(TooLarge, "")
	}
	return nil
}

// numbered finds the number with which a paragraph begins: 3. 3.2 3.2. 1) IV. а) a).
var numbered = regexp.MustCompile(`^(\d{1,3}(?:\.\d{1,3}){0,5}[.)]?|[IVXLC]{1,6}\.|\p{L}\))[\s\x{A0}]+(\S.*)$`)

// split parts the number from a paragraph. A year or a sum alone is none: "2026 жыл" has neither dot nor bracket.
func split(text string) (number, rest string) {
	m := numbered.FindStringSubmatch(text)
	if m == nil || !strings.ContainsAny(m[1], ".)") {
		return "", text
	}
	return strings.TrimSuffix(m[1], "."), m[2]
}

// add appends a paragraph with words; its number is parted from them unless the format gave one.
func (d *Document) add(p Paragraph) {
	if len(d.Paragraphs) > MaxParagraphs {
		return // it is refused; no more is kept
	}
	p.Text = tidy(p.Text, p.Kind == Row)
	if p.Text == "" {
		return
	}
	p.Level = min(max(p.Level, 0), maxLevel)
	if p.Number == "" && p.Kind != Row && p.Kind != Note {
		p.Number, p.Text = split(p.Text)
		if p.Number != "" && p.Kind == Text {
			p.Kind, p.Level = Item, 1+strings.Count(p.Number, ".")
		}
	}
	d.Paragraphs = append(d.Paragraphs, p)
}

// tidy makes runs of white space one space, and takes what nobody sees out; the tabs between the cells of a row stay.
func tidy(text string, row bool) string {
	if row {
		cells := strings.Split(text, "\t")
		for i := range cells {
			cells[i] = tidy(cells[i], false)
		}
		if strings.Join(cells, "") == "" {
			return ""
		}
		return strings.Join(cells, "\t")
	}
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r == '\u00AD' || r >= '\u200B' && r <= '\u200F' || r >= '\u202A' && r <= '\u202E' || r >= '\u2060' && r <= '\u2069' || r == '\uFEFF':
			return -1 // soft hyphens, joiners and marks of direction
		case r < ' ' && r != '\n' && r != '\t' && r != '\r':
			return -1
		}
		return r
	}, text)), " ")
}

// readText reads Markdown and plain text: a blank line ends a paragraph, and so does a line that begins a heading, an item or a row.
func readText(text string) (d Document) {
	var open Paragraph
	var lines []string // of it; joined once, for there may be very many
	flush := func() {
		open.Text = strings.Join(lines, " ")
		d.add(open)
		open, lines = Paragraph{Kind: Text}, lines[:0]
	}
	flush()
	for line := range strings.Lines(text) {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		line = strings.TrimSpace(line)
		level := len(line) - len(strings.TrimLeft(line, "#"))
		switch {
		case line == "":
			flush()
		case level > 0 && level <= 6 && strings.HasPrefix(line[level:], " "):
			flush()
			d.add(Paragraph{Kind: Heading, Level: level, Text: strings.Trim(line[level:], " #")})
		case strings.HasPrefix(line, "|"):
			flush()
			if cells := strings.Split(strings.Trim(line, "|"), "|"); !slices.ContainsFunc(cells, ruled) {
				d.add(Paragraph{Kind: Row, Text: strings.Join(cells, "\t")})
			}
		case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "* "), strings.HasPrefix(line, "• "), strings.HasPrefix(line, "– "):
			flush()
			_, rest, _ := strings.Cut(line, " ")
			open, lines = Paragraph{Kind: Item, Level: 1 + indent/2}, append(lines, rest)
		case strings.HasPrefix(line, "!["):
			flush()
			d.left(Pictures)
		default:
			if number, _ := split(line); number != "" {
				flush()
			}
			lines = append(lines, line)
		}
	}
	flush()
	return d
}

// ruled reports whether a cell belongs to the line under the head of a table in Markdown.
func ruled(cell string) bool {
	cell = strings.TrimSpace(cell)
	return cell != "" && strings.Trim(cell, "-:") == ""
}
