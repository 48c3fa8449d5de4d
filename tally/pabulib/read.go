package pabulib

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Mode says what to do about errors in a file.
type Mode uint8

const (
	// Strict stops at the first error.
	Strict Mode = iota
	// Lenient leaves out what cannot be understood and lists it.
	Lenient
)

// Parse reads the three sections. It returns the issues found so far even
// when it fails; the error, if any, is an [Issue] or an error of r.
func Parse(r io.Reader, mode Mode) (*File, []Issue, error) {
	text, err := readText(r)
	if err != nil {
		return nil, nil, err
	}
	return ParseString(text, mode)
}

// ParseString is [Parse] for text in memory. The file keeps parts of text.
func ParseString(text string, mode Mode) (*File, []Issue, error) {
	log := &issues{strict: mode == Strict}
	f := &File{}
	if rest, found := strings.CutPrefix(text, "\ufeff"); found {
		f.BOM, text = true, rest
	}
	if !utf8.ValidString(text) {
		line, value := firstInvalid(text)
		if log.add(Issue{Code: NotUTF8, Severity: Error, Line: line, Value: value}) {
			return nil, log.list, log.err()
		}
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	p := parser{file: f, log: log, lines: lines{text: text, quote: -1}}
	p.run()
	if end := strings.IndexByte(text, '\n'); end > 0 && text[end-1] == '\r' {
		f.CRLF = true
	}
	if err := log.err(); err != nil {
		return nil, log.list, err
	}
	return f, log.list, nil
}

func firstInvalid(text string) (line int, value string) {
	for l := range strings.Lines(text) {
		line++
		if !utf8.ValidString(l) {
			return line, strings.ToValidUTF8(strings.TrimRight(l, "\r\n"), "\ufffd")
		}
	}
	return line, ""
}

// lines cuts text into rows. A row ends at a line break outside quotes.
type lines struct {
	text   string
	at     int // start of the next row
	number int // lines before it
	quote  int // position of the next quotation mark at or after at, len(text) if none; −1 not searched yet
}

// next returns the next row without its line break. ok is false at the end.
func (l *lines) next() (r row, open bool, ok bool) {
	if l.at >= len(l.text) {
		return row{}, false, false
	}
	if l.quote < l.at {
		if i := strings.IndexByte(l.text[l.at:], '"'); i >= 0 {
			l.quote = l.at + i
		} else {
			l.quote = len(l.text)
		}
	}
	end, after := l.lineEnd(l.at)
	r = row{line: int32(l.number + 1)}
	count := 1
	if l.quote < end {
		r.quoted = true
		if e, a, n, closed := quotedRowEnd(l.text, l.at); closed {
			end, after, count = e, a, n
		} else {
			open = true // keep the first line only, so that one mark does not swallow the file
		}
	}
	r.raw = l.text[l.at:end]
	l.at = after
	l.number += count
	return r, open, true
}

func (l *lines) lineEnd(from int) (end, after int) {
	i := strings.IndexByte(l.text[from:], '\n')
	if i < 0 {
		end, after = len(l.text), len(l.text)
	} else {
		end, after = from+i, from+i+1
	}
	if end > from && l.text[end-1] == '\r' {
		end--
	}
	return end, after
}

// mostQuoted is the length in bytes at which a quoted field is taken to be never closed.
const mostQuoted = 1 << 16

// quotedRowEnd finds the end of a row that holds quotation marks: the first
// line break outside a quoted field. count is how many lines it spans.
func quotedRowEnd(text string, at int) (end, after, count int, closed bool) {
	i := at
	for {
		if i < len(text) && text[i] == '"' {
			limit := min(len(text), i+mostQuoted)
			i++
			for {
				j := strings.IndexByte(text[i:limit], '"')
				if j < 0 {
					return 0, 0, 0, false
				}
				i += j + 1
				if i < len(text) && text[i] == '"' {
					i++
					continue
				}
				if i == len(text) || text[i] == ';' || text[i] == '\n' || strings.HasPrefix(text[i:], "\r\n") {
					break
				}
				// A mark inside the field that is not doubled is text.
			}
		}
		j := strings.IndexAny(text[i:], ";\n")
		switch {
		case j < 0:
			end, after = len(text), len(text)
		case text[i+j] == ';':
			i += j + 1
			continue
		default:
			end, after = i+j, i+j+1
		}
		if end > at && text[end-1] == '\r' {
			end--
		}
		return end, after, max(1, strings.Count(text[at:after], "\n")), true
	}
}

func splitPlain(s string, dst []string) []string {
	for {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			return append(dst, s)
		}
		dst = append(dst, s[:i])
		s = s[i+1:]
	}
}

func plainField(s string, column int) string {
	for ; column > 0; column-- {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			return ""
		}
		s = s[i+1:]
	}
	if i := strings.IndexByte(s, ';'); i >= 0 {
		return s[:i]
	}
	return s
}

// splitQuoted splits a row with quotation marks. A mark that does not start
// its field is text; so is one inside a quoted field that is not doubled (stray).
func splitQuoted(s string, dst []string) (fields []string, stray bool) {
	for {
		if s == "" || s[0] != '"' {
			i := strings.IndexByte(s, ';')
			if i < 0 {
				return append(dst, s), stray
			}
			dst = append(dst, s[:i])
			s = s[i+1:]
			continue
		}
		var b strings.Builder
		i, closed := 1, false
		for i < len(s) {
			c := s[i]
			if c != '"' {
				b.WriteByte(c)
				i++
				continue
			}
			if i+1 == len(s) || s[i+1] == ';' {
				i++
				closed = true
				break
			}
			if s[i+1] == '"' {
				i++
			} else {
				stray = true
			}
			b.WriteByte('"')
			i++
		}
		if !closed { // only for a row whose last field is never closed
			return append(dst, b.String()), true
		}
		dst = append(dst, b.String())
		if i == len(s) {
			return dst, stray
		}
		s = s[i+1:]
	}
}

type parser struct {
	file  *File
	log   *issues
	lines lines
}

// sectionName recognises a section line, also as spreadsheets write it: "VOTES;;;".
func sectionName(raw string) string {
	if len(raw) == 0 || len(raw) > 40 {
		return ""
	}
	switch raw[0] {
	case 'M', 'm', 'P', 'p', 'V', 'v', ' ', '\t':
		name := strings.ToUpper(strings.TrimSpace(strings.TrimRight(raw, "; \t")))
		switch name {
		case "META", "PROJECTS", "VOTES":
			return name
		}
	}
	return ""
}

func (p *parser) run() {
	seen := map[string]bool{}
	section, wantColumns := "", false
	var table *Table
	for {
		r, open, ok := p.lines.next()
		if !ok {
			break
		}
		line := int(r.line)
		if open && p.log.add(Issue{Code: OpenQuote, Severity: Error, Line: line, Value: r.raw}) {
			return
		}
		if strings.TrimSpace(r.raw) == "" {
			if p.log.add(Issue{Code: EmptyLine, Line: line}) {
				return
			}
			continue
		}
		if name := sectionName(r.raw); name != "" {
			if seen[name] && p.log.add(Issue{Code: RepeatedSection, Severity: Error, Line: line, Value: name}) {
				return
			}
			seen[name] = true
			section, wantColumns = name, true
			table = nil
			if name == "PROJECTS" {
				table = &p.file.Projects
			} else if name == "VOTES" {
				table = &p.file.Votes
				// Ballots are most of a file; one allocation instead of twenty.
				table.rows = make([]row, 0, strings.Count(p.lines.text[p.lines.at:], "\n")+1)
			}
			continue
		}
		switch {
		case section == "":
			if p.log.add(Issue{Code: TextBeforeMeta, Severity: Error, Line: line, Value: r.raw}) {
				return
			}
		case wantColumns:
			wantColumns = false
			if table != nil {
				p.columns(table, r)
			} else if name, _, _ := strings.Cut(r.raw, ";"); strings.TrimSpace(name) != "key" {
				p.meta(r) // a file without the line "key;value" loses nothing
			}
		case table != nil:
			if r.quoted {
				if _, stray := splitQuoted(r.raw, nil); stray && !open &&
					p.log.add(Issue{Code: StrayQuote, Severity: Error, Line: line, Value: r.raw}) {
					return
				}
			}
			table.rows = append(table.rows, r)
		default:
			p.meta(r)
		}
	}
	for _, name := range []string{"META", "PROJECTS", "VOTES"} {
		if !seen[name] && p.log.add(Issue{Code: MissingSection, Severity: Error, Value: name}) {
			return
		}
	}
}

func (p *parser) columns(t *Table, r row) {
	t.Line = int(r.line)
	if r.quoted {
		t.Columns, _ = splitQuoted(r.raw, nil)
	} else {
		t.Columns = splitPlain(r.raw, nil)
	}
	for len(t.Columns) > 1 && strings.TrimSpace(t.Columns[len(t.Columns)-1]) == "" {
		t.Columns = t.Columns[:len(t.Columns)-1]
	}
	for i := range t.Columns {
		t.Columns[i] = strings.TrimSpace(t.Columns[i])
		for _, before := range t.Columns[:i] {
			if before == t.Columns[i] {
				p.log.add(Issue{Code: RepeatedColumn, Line: t.Line, Column: before})
			}
		}
	}
}

func (p *parser) meta(r row) {
	var fields []string
	if r.quoted {
		fields, _ = splitQuoted(r.raw, nil)
	} else {
		fields = splitPlain(r.raw, nil)
	}
	for len(fields) > 2 && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	e := Entry{Key: strings.TrimSpace(fields[0]), Line: int(r.line)}
	if len(fields) > 1 {
		e.Value = strings.Join(fields[1:], ";")
	}
	if len(fields) > 2 {
		p.log.add(Issue{Code: TooManyFields, Line: e.Line, Column: e.Key, Value: strconv.Itoa(len(fields)), Want: "2"})
	}
	if p.file.MetaValue(e.Key) != "" {
		p.log.add(Issue{Code: RepeatedKey, Line: e.Line, Column: e.Key, Value: e.Value})
	}
	p.file.Meta = append(p.file.Meta, e)
}
