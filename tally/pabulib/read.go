package pabulib

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Mode says what to do about errors in a file.
type Mode uint8

const (
	// Strict stops at the first error.
	Strict Mode = iota
	// Lenient leaves out what cannot be understood and lists it. [Issue.Effect] says what was
	// done. Only a missing budget still ends reading.
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
	text, stop := checkText(text, log)
	if stop {
		return nil, log.finish(), log.err()
	}
	p := parser{file: f, log: log, lines: lines{text: text, quote: -1}, seen: map[string]bool{}, keys: map[string]bool{}}
	p.run()
	if end := strings.IndexByte(text, '\n'); end > 0 && text[end-1] == '\r' {
		f.CRLF = true
	}
	if err := log.err(); err != nil {
		return nil, log.finish(), err
	}
	return f, log.finish(), nil
}

// checkText reports text that is not UTF-8, and text whose lines end in CR alone, as on old
// Macs. It returns the text with both repaired.
func checkText(text string, log *issues) (mended string, stop bool) {
	if !utf8.ValidString(text) {
		if log.add(Issue{Code: NotUTF8, Severity: Error, Line: firstInvalid(text)}) {
			return text, true
		}
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	body := strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if strings.IndexByte(body, '\n') < 0 && strings.IndexByte(body, '\r') >= 0 {
		log.add(Issue{Code: OldLineEnds})
		text = strings.ReplaceAll(body, "\r", "\n") + "\n"
	}
	return text, false
}

// firstInvalid returns the 1-based line of the first bytes that are not UTF-8.
func firstInvalid(text string) (line int) {
	for l := range strings.Lines(text) {
		line++
		if !utf8.ValidString(l) {
			break
		}
	}
	return line
}

// lines cuts text into rows. A row ends at a line break outside quotes.
type lines struct {
	text   string
	at     int // start of the next row
	number int // lines before it
	quote  int // position of the next quotation mark at or after at, len(text) if none; −1 not searched yet
}

// next returns the next row without its line break. faulty says that its quotation marks make
// no sense. Such a row is one line, so that a stray mark does not swallow the lines after it.
// ok is false at the end.
func (l *lines) next() (r row, faulty bool, ok bool) {
	if l.at >= len(l.text) {
		return row{}, false, false
	}
	l.findQuote()
	end, after := l.lineEnd(l.at)
	r = row{line: int32(l.number + 1)}
	count := 1
	if l.quote < end {
		r.quoted = true
		if e, a, n, sound := quotedRowEnd(l.text, l.at); sound {
			end, after, count = e, a, n
		} else {
			faulty = true
		}
	}
	r.raw = l.text[l.at:end]
	l.at = after
	l.number += count
	return r, faulty, true
}

// numbered appends the next rows to dst as long as they start with a digit and hold no
// quotation mark. That is true of most rows of a file, and none of them is empty or the name of
// a section.
func (l *lines) numbered(dst []row) []row {
	l.findQuote()
	for l.at < len(l.text) && l.text[l.at]-'0' <= 9 {
		end, after := l.lineEnd(l.at)
		if l.quote < end {
			break
		}
		l.number++
		dst = append(dst, row{raw: l.text[l.at:end], line: int32(l.number)})
		l.at = after
	}
	return dst
}

func (l *lines) findQuote() {
	if l.quote >= l.at {
		return
	}
	if i := strings.IndexByte(l.text[l.at:], '"'); i >= 0 {
		l.quote = l.at + i
	} else {
		l.quote = len(l.text)
	}
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

// mostQuoted is the length in bytes from which a quoted field is taken as never closed.
const mostQuoted = 1 << 16

// quotedRowEnd finds the end of a row that holds quotation marks: the first
// line break outside a quoted field. count is how many lines it spans. It is
// not sound when a quoted field is never closed or text follows its closing mark.
func quotedRowEnd(text string, at int) (end, after, count int, sound bool) {
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
				if i == len(text) || text[i] == ';' || text[i] == '\n' || text[i:] == "\r" || strings.HasPrefix(text[i:], "\r\n") {
					break
				}
				return 0, 0, 0, false
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

// splitQuoted splits a sound row with quotation marks. A mark that does not
// start its field is text.
func splitQuoted(s string, dst []string) []string {
	for {
		if s == "" || s[0] != '"' {
			i := strings.IndexByte(s, ';')
			if i < 0 {
				return append(dst, s)
			}
			dst = append(dst, s[:i])
			s = s[i+1:]
			continue
		}
		n := quotedLength(s)
		dst = append(dst, strings.ReplaceAll(s[1:n-1], `""`, `"`))
		if n >= len(s) {
			return dst
		}
		s = s[n+1:]
	}
}

// quotedLength returns the length of the quoted field that s starts with, its
// marks included, 0 if it is never closed.
func quotedLength(s string) int {
	for i := 1; ; i += 2 {
		j := strings.IndexByte(s[i:], '"')
		if j < 0 {
			return 0
		}
		i += j
		if i+1 == len(s) || s[i+1] != '"' {
			return i + 1
		}
	}
}

// quoteFault finds the field at which the first line of an unsound row goes
// wrong: its number from 0, its text, and what is wrong.
func quoteFault(line string) (field int, text string, code Code) {
	for rest := line; ; field++ {
		end := strings.IndexByte(rest, ';')
		if rest != "" && rest[0] == '"' {
			n := quotedLength(rest)
			if n == 0 {
				return field, rest, OpenQuote
			}
			if n < len(rest) && rest[n] != ';' {
				if end = strings.IndexByte(rest[n:], ';'); end < 0 {
					end = len(rest) - n
				}
				return field, rest[:n+end], StrayQuote
			}
			end = n
		}
		if end < 0 || end >= len(rest) {
			return field, line, OpenQuote // the fault is on a later line
		}
		rest = rest[end+1:]
	}
}

type parser struct {
	file  *File
	log   *issues
	lines lines

	seen        map[string]bool // sections
	keys        map[string]bool // of META
	section     string
	again       bool   // the section was there before
	wantColumns bool   // the next line names the columns
	start       int    // line of the section's name
	table       *Table // nil in META
	spare       Table  // a second section with other columns
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
	for {
		r, faulty, ok := p.lines.next()
		if !ok {
			break
		}
		if p.row(r, faulty) {
			return
		}
		if p.table != nil && !p.wantColumns {
			p.table.rows = p.lines.numbered(p.table.rows)
		}
	}
	if p.endSection() {
		return
	}
	for _, name := range []string{"META", "PROJECTS", "VOTES"} {
		if !p.seen[name] && p.log.add(Issue{Code: MissingSection, Severity: Error, Value: name}) {
			return
		}
	}
}

// row takes in one row.
func (p *parser) row(r row, faulty bool) (stop bool) {
	line := int(r.line)
	switch {
	case faulty:
		field, text, code := quoteFault(r.raw)
		if p.log.add(Issue{Code: code, Severity: Error, Line: line, Column: p.columnName(r, field), Value: text, Effect: ReadAsText}) {
			return true
		}
		r = newRow(splitPlain(r.raw, nil))
		r.line = int32(line)
	case r.quoted:
		if n := strings.Count(r.raw, "\n"); n > 0 {
			p.log.add(Issue{Code: LongField, Line: line, Value: strconv.Itoa(n + 1)})
		}
	}
	if strings.TrimSpace(r.raw) == "" {
		return p.log.add(Issue{Code: EmptyLine, Line: line})
	}
	if name := sectionName(r.raw); name != "" {
		return p.endSection() || p.startSection(name, line)
	}
	switch {
	case p.section == "":
		return p.log.add(Issue{Code: TextBeforeMeta, Severity: Error, Line: line, Value: r.raw})
	case p.wantColumns:
		p.wantColumns = false
		if p.table != nil {
			return p.columns(r)
		} else if name, _, _ := strings.Cut(r.raw, ";"); strings.TrimSpace(name) != "key" {
			p.meta(r) // a file without the line "key;value" loses nothing
		}
	case p.table != nil:
		p.table.rows = append(p.table.rows, r)
	default:
		p.meta(r)
	}
	return false
}

// columnName gives the column or META key of a field of a row that cannot be split.
func (p *parser) columnName(r row, field int) string {
	switch {
	case p.wantColumns || p.section == "" || field == 0 && p.table == nil:
		return ""
	case p.table == nil:
		key, _, _ := strings.Cut(r.raw, ";")
		return strings.TrimSpace(key)
	case field < len(p.table.Columns):
		return p.table.Columns[field]
	}
	return ""
}

func (p *parser) startSection(name string, line int) (stop bool) {
	p.again = p.seen[name]
	p.seen[name] = true
	p.section, p.start, p.wantColumns = name, line, true
	switch name {
	case "PROJECTS":
		p.table = &p.file.Projects
	case "VOTES":
		p.table = &p.file.Votes
		if !p.again {
			// Ballots are most of a file; one allocation instead of twenty.
			p.table.rows = make([]row, 0, strings.Count(p.lines.text[p.lines.at:], "\n")+1)
		}
	default:
		p.table = nil
	}
	if !p.again {
		return false
	}
	issue := Issue{Code: RepeatedSection, Severity: Error, Line: line, Value: name}
	if p.table == nil {
		issue.Effect = LinesAdded
	} else if !p.log.strict {
		return false // reported when the columns are known
	}
	return p.log.add(issue)
}

// endSection reports a second section whose columns were never named or are
// not those of the first.
func (p *parser) endSection() (stop bool) {
	if !p.again || p.table == nil {
		return false
	}
	if p.wantColumns && p.log.add(Issue{Code: RepeatedSection, Severity: Error, Line: p.start, Value: p.section}) {
		return true
	}
	if p.table != &p.spare {
		return false
	}
	left := p.spare.Len()
	p.spare = Table{}
	return p.log.add(Issue{Code: SectionLeftOut, Severity: Error, Line: p.start, Column: p.section, Value: strconv.Itoa(left)})
}

func (p *parser) columns(r row) (stop bool) {
	t := Table{Line: int(r.line)}
	if r.quoted {
		t.Columns = splitQuoted(r.raw, nil)
	} else {
		t.Columns = splitPlain(r.raw, nil)
	}
	for len(t.Columns) > 1 && strings.TrimSpace(t.Columns[len(t.Columns)-1]) == "" {
		t.Columns = t.Columns[:len(t.Columns)-1]
	}
	for i := range t.Columns {
		t.Columns[i] = strings.TrimSpace(t.Columns[i])
		if slices.Contains(t.Columns[:i], t.Columns[i]) {
			p.log.add(Issue{Code: RepeatedColumn, Line: t.Line, Column: t.Columns[i]})
		}
	}
	if !p.again || p.table.Columns == nil {
		p.table.Columns, p.table.Line = t.Columns, t.Line
		return p.again && p.log.add(Issue{Code: RepeatedSection, Severity: Error, Line: p.start, Value: p.section})
	}
	issue := Issue{Code: RepeatedSection, Severity: Error, Line: p.start, Value: p.section, Effect: LinesAdded}
	if !slices.Equal(t.Columns, p.table.Columns) {
		issue.Effect = ""
		p.spare = t
		p.table = &p.spare
	}
	return p.log.add(issue)
}

func (p *parser) meta(r row) {
	var fields []string
	if r.quoted {
		fields = splitQuoted(r.raw, nil)
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
	if len(fields) != 2 {
		code := TooManyFields
		if len(fields) < 2 {
			code = TooFewFields
		}
		p.log.add(Issue{Code: code, Line: e.Line, Column: e.Key, Value: strconv.Itoa(len(fields)), Want: "2"})
	}
	if p.keys[e.Key] {
		p.log.add(Issue{Code: RepeatedKey, Line: e.Line, Column: e.Key, Value: e.Value})
	}
	p.keys[e.Key] = true
	p.file.Meta = append(p.file.Meta, e)
}
