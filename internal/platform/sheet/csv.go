package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const sampleBytes = 64 << 10

// encodingOf finds out how a text is written. Without a byte order mark it is UTF-8, unless it is asked for otherwise or nothing
// but Windows-1251 can be meant: no character that UTF-8 would write, and Cyrillic letters enough to be sure.
func encodingOf(src io.ReaderAt, size int64, head []byte, asked string) (string, error) {
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16, nil
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return UTF8, nil
	case asked != "":
		return asked, nil
	}
	const enough = 8 // letters
	letters, high := 0, 0
	text := bufio.NewReaderSize(io.NewSectionReader(src, 0, size), sampleBytes)
	for {
		r, n, err := text.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			if letters >= enough && letters*10 >= high*8 {
				return Windows1251, nil
			}
			return UTF8, nil
		case err != nil:
			return "", err
		case n > 1:
			return UTF8, nil
		case r == utf8.RuneError:
			if err := text.UnreadRune(); err != nil {
				return "", err
			}
			b, err := text.ReadByte()
			if err != nil {
				return "", err
			}
			high++
			if letter1251(b) {
				letters++
			}
		}
	}
}

func (r *Rows) openCSV(f *File) error {
	src := io.NewSectionReader(f.src, 0, f.size)
	var text io.Reader = src
	switch f.Encoding {
	case UTF16:
		text = transform.NewReader(src, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	case Windows1251:
		text = transform.NewReader(src, charmap.Windows1251.NewDecoder())
	default:
		if bytes.HasPrefix(f.head, []byte("\xEF\xBB\xBF")) {
			if _, err := src.Seek(3, io.SeekStart); err != nil {
				return err
			}
		}
	}
	buf := bufio.NewReaderSize(text, sampleBytes)
	sample, err := buf.Peek(sampleBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	whole := err != nil
	if bytes.ContainsFunc(sample, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' }) {
		return fail(0, 0, CodeNotText, "")
	}
	lines := 0 // taken away before the parser sees the text
	r.Delimiter = f.opts.Delimiter
	if first, _, _ := bytes.Cut(sample, []byte("\n")); r.Delimiter == 0 && bytes.HasPrefix(first, []byte("sep=")) {
		// Excel's own hint, as in "sep=;".
		if d := bytes.TrimRight(first[4:], "\r"); len(d) == 1 && strings.IndexByte(",;\t|", d[0]) >= 0 {
			r.Delimiter, lines = rune(d[0]), 1
			n, err := buf.Discard(min(len(first)+1, len(sample)))
			if err != nil {
				return err
			}
			sample = sample[n:]
		}
	}
	var lineEnds io.Reader = buf
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
		lineEnds = oldMac{buf}
		sample = bytes.ReplaceAll(sample, []byte{'\r'}, []byte{'\n'})
	}
	if r.Delimiter == 0 {
		r.Delimiter = sniff(sample, whole)
	}
	r.next = newRecords(lineEnds, byte(r.Delimiter), lines, r.limits).next
	return nil
}

// records reads rows of CSV one at a time. Unlike encoding/csv it holds no more than Limits.RowBytes, takes a quotation mark
// inside a cell that does not begin with one for what it is, as spreadsheet programs do, and goes on after a broken row: a
// quoted cell that never ends costs the line in which it begins, and what follows is read anew.
type records struct {
	text   *bufio.Reader
	comma  byte
	limits Limits
	line   int // the last one handed out

	back   []byte // lines to be read anew, from backAt
	backAt int
	again  int // bytes that were given back, so far

	record []byte // its lines
	first  int    // bytes of the first of them
	at     int    // how far the record is cut into cells
	quoted bool   // inside a quoted cell, of which cell is what has been read
	cell   []byte
	cells  []string
}

// maxAgain bounds what is read anew, so that no text takes time without end.
const maxAgain = 64 << 20

func newRecords(r io.Reader, comma byte, line int, limits Limits) *records {
	return &records{text: bufio.NewReaderSize(r, sampleBytes), comma: comma, limits: limits, line: line}
}

// addLine appends the next line with its end to the record, and tells how many bytes that were; none at the end of the text.
// Of a line beyond the bound it appends a part that is beyond it too.
func (s *records) addLine() (int, error) {
	before := len(s.record)
	if rest := s.back[s.backAt:]; len(rest) > 0 {
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			rest = rest[:i+1]
		}
		s.backAt += len(rest)
		s.record = append(s.record, rest...)
		s.line++
		return len(rest), nil
	}
	s.back, s.backAt = nil, 0
	for {
		part, err := s.text.ReadSlice('\n')
		if len(s.record) <= s.limits.RowBytes {
			s.record = append(s.record, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if len(s.record) > before {
			s.line++
		}
		return len(s.record) - before, nil
	}
}

// next returns the next row; one without cells for an empty line.
func (s *records) next() (Row, error) {
	s.record, s.cells, s.at, s.quoted = s.record[:0], s.cells[:0], 0, false
	n, err := s.addLine()
	if err != nil {
		return Row{}, err
	}
	if n == 0 {
		return Row{}, io.EOF
	}
	line := s.line
	s.first = n
	for {
		if len(s.record) > s.limits.RowBytes {
			if s.first < len(s.record) { // most often a quotation mark that was never closed
				return Row{}, s.giveBack(line)
			}
			return Row{}, failRow(line, 0, CodeRowTooLong, strconv.Itoa(s.limits.RowBytes))
		}
		switch s.split() {
		case good:
			return s.row(line)
		case broken:
			return Row{}, s.giveBack(line)
		}
		if n, err = s.addLine(); err != nil {
			return Row{}, err
		}
		if n == 0 {
			return Row{}, s.giveBack(line)
		}
	}
}

// giveBack lets all lines of the record but the first be read anew, and says what is wrong with that one.
func (s *records) giveBack(line int) error {
	rest := s.record[s.first:]
	if s.again += len(rest); s.again > maxAgain {
		return fail(line, 0, CodeOpenQuote, "")
	}
	if s.backAt >= len(rest) && s.backAt < len(s.back) || len(rest) == 0 {
		s.backAt -= len(rest) // they came from there
	} else {
		s.back, s.backAt = bytes.Clone(rest), 0
	}
	s.line = line
	return failRow(line, 0, CodeOpenQuote, "")
}

// What split makes of a record so far.
type splitState int

const (
	good   splitState = iota
	open              // a quoted cell goes on in the next line
	broken            // text after a closing quotation mark
)

// split cuts what has been added to the record into cells.
func (s *records) split() splitState {
	end := len(bytes.TrimSuffix(bytes.TrimSuffix(s.record, []byte{'\n'}), []byte{'\r'}))
	for len(s.cells) <= lastColumn { // beyond that, whoever counts them says so
		rest := s.record[min(s.at, end):end]
		if !s.quoted && len(rest) > 0 && rest[0] == '"' {
			s.quoted, s.cell, s.at = true, s.cell[:0], s.at+1
			continue
		}
		if !s.quoted {
			cell, _, more := bytes.Cut(rest, []byte{s.comma})
			s.cells = append(s.cells, string(cell))
			if s.at += len(cell) + 1; !more {
				return good
			}
			continue
		}
		i := bytes.IndexByte(rest, '"')
		if i < 0 {
			s.cell = append(s.cell, s.record[min(s.at, len(s.record)):]...)
			s.at = len(s.record)
			return open
		}
		s.cell = append(s.cell, rest[:i]...)
		s.at += i + 1
		switch {
		case i+1 == len(rest):
			s.closeCell()
			return good
		case rest[i+1] == '"':
			s.cell = append(s.cell, '"')
			s.at++
		case rest[i+1] == s.comma:
			s.closeCell()
			s.at++
		default:
			return broken
		}
	}
	return good
}

func (s *records) closeCell() {
	s.cells = append(s.cells, strings.ReplaceAll(string(s.cell), "\r\n", "\n"))
	s.quoted = false
}

// row checks the cells and takes what protects formulas off them.
func (s *records) row(first int) (Row, error) {
	line := first
	for i, c := range s.cells {
		if !utf8.ValidString(c) {
			code := CodeInvalidUTF8
			if looks1251(c) {
				code = CodeWindows1251
			}
			valid, _, _ := strings.Cut(strings.ToValidUTF8(c, "\uFFFD"), "\uFFFD")
			return Row{}, failRow(line+strings.Count(valid, "\n"), i+1, code, strings.ToValidUTF8(c, "\uFFFD"))
		}
		line += strings.Count(c, "\n")
		s.cells[i] = unescapeFormula(c)
	}
	return Row{first, s.cells}, nil
}

// oldMac reads text whose lines end in a lone carriage return.
type oldMac struct{ r io.Reader }

func (o oldMac) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// sniff chooses the delimiter that cuts the first records into the same number of cells, more than one; of several, the
// one that gives more cells.
func sniff(sample []byte, whole bool) rune {
	if !whole { // the last line may be cut
		if i := bytes.LastIndexByte(sample, '\n'); i >= 0 {
			sample = sample[:i]
		}
	}
	best, bestScore := ',', 0.0
	for _, d := range ",;\t" {
		p := newRecords(bytes.NewReader(sample), byte(d), 0, Limits{}.withDefaults())
		widths, records, trust := map[int]int{}, 0, 1.0
		for records < 50 {
			row, err := p.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil { // with the wrong delimiter quotation marks are in the wrong places
				trust = 0.1
				continue
			}
			if len(row.Cells) == 1 && row.Cells[0] == "" {
				continue
			}
			if slices.ContainsFunc(row.Cells, func(c string) bool { return strings.Count(c, `"`)%2 == 1 }) {
				trust = 0.1 // it cut through a quoted cell
			}
			records++
			widths[len(row.Cells)]++
		}
		width, same := 0, 0 // the most frequent: a title above the table has one cell
		for w, n := range widths {
			if w > 1 && (n > same || n == same && w > width) {
				width, same = w, n
			}
		}
		if width < 2 {
			continue
		}
		share := float64(same) / float64(records)
		if score := trust * (share*share*10 + min(float64(width), 50)/50); score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// looks1251 reports whether the bytes above ASCII are mostly where Windows-1251 has its Cyrillic letters.
func looks1251(s string) bool {
	letters, high := 0, 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			high++
			if letter1251(s[i]) {
				letters++
			}
		}
	}
	return high > 0 && letters*10 >= high*8
}

// letter1251 reports whether a byte is a Cyrillic letter of Windows-1251.
func letter1251(b byte) bool { return b >= 0xC0 || b == 0xA8 || b == 0xB8 }

// formulaStart are the characters by which spreadsheet programs know a formula, or skip to reach one.
const formulaStart = "=+-@\t\r\n＝＋－＠"

// escapeFormula puts an apostrophe before a cell that would be taken for a formula, and before one that looks as if this
// had been done to it, so that unescapeFormula gives back exactly what was written.
func escapeFormula(s string) string {
	if startsFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func unescapeFormula(s string) string {
	if strings.HasPrefix(s, "'") && startsFormula(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func startsFormula(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && r != utf8.RuneError && strings.ContainsRune(formulaStart, r)
}
