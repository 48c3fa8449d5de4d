package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const sampleBytes = 64 << 10

func (r *Rows) openCSV(src *io.SectionReader, head []byte, opts Options) error {
	r.Format = CSV
	var text io.Reader = src
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		text = transform.NewReader(src, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		if _, err := src.Seek(3, io.SeekStart); err != nil {
			return err
		}
	case opts.Windows1251:
		text = transform.NewReader(src, charmap.Windows1251.NewDecoder())
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
	r.Delimiter = opts.Delimiter
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
	parser := csv.NewReader(lineEnds)
	parser.Comma = r.Delimiter
	parser.FieldsPerRecord = -1
	parser.ReuseRecord = true
	r.next = func() (Row, error) { return readRow(parser, lines) }
	return nil
}

// readRow reads the next row. lines is how many the parser has not seen.
func readRow(parser *csv.Reader, lines int) (Row, error) {
	cells, err := parser.Read()
	if err != nil {
		return Row{}, csvError(err, lines)
	}
	line, _ := parser.FieldPos(0)
	for i, c := range cells {
		if !utf8.ValidString(c) {
			at, _ := parser.FieldPos(i)
			at += strings.Count(c[:firstInvalid(c)], "\n")
			code := CodeInvalidUTF8
			if looks1251(c) {
				code = CodeWindows1251
			}
			return Row{}, fail(at+lines, i+1, code, strings.ToValidUTF8(c, "\uFFFD"))
		}
		cells[i] = unescapeFormula(c)
	}
	return Row{line + lines, cells}, nil
}

func csvError(err error, lines int) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return err
	}
	if errors.Is(p.Err, csv.ErrBareQuote) {
		return fail(p.Line+lines, 0, CodeBareQuote, "")
	}
	// Where the quote was opened is where to look for it; where the parser gave up may be the end of the file.
	return fail(p.StartLine+lines, 0, CodeOpenQuote, "")
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
		p := csv.NewReader(bytes.NewReader(sample))
		p.Comma, p.FieldsPerRecord, p.ReuseRecord = d, -1, true
		width, same, records, trust := 0, 0, 0, 1.0
		for records < 50 {
			cells, err := p.Read()
			if err != nil {
				// With the wrong delimiter quotes are in the wrong places. A quote open at the end may be the sample's.
				if whole && !errors.Is(err, io.EOF) || errors.Is(err, csv.ErrBareQuote) {
					trust = 0.1
				}
				break
			}
			if records == 0 {
				width = len(cells)
			}
			records++
			if len(cells) == width {
				same++
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

func firstInvalid(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return len(s)
}

// looks1251 reports whether the bytes above ASCII are mostly where Windows-1251 has its Cyrillic letters.
func looks1251(s string) bool {
	letters, high := 0, 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			high++
			if s[i] >= 0xC0 || s[i] == 0xA8 || s[i] == 0xB8 {
				letters++
			}
		}
	}
	return high > 0 && letters*10 >= high*8
}

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
