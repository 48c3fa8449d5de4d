package polis

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// records reads comma-separated records (RFC 4180) one at a time. Unlike
// encoding/csv it keeps line ends inside quoted fields as they are, knows the
// line of every fault and goes on after one.
type records struct {
	r       *bufio.Reader
	max     int
	line    int // lines read so far
	first   int // line on which the current record began, from 1
	buf     []byte
	fields  [][]byte
	crlf    bool // the last record read ended with CR LF
	openEnd bool // the last record read ended with the file, not a line end
	bom     bool
	started bool
}

func newRecords(r io.Reader, maxRecord int) *records {
	return &records{r: bufio.NewReaderSize(r, 64<<10), max: maxRecord}
}

// fault is a flaw of one record. It is fatal when nothing after it can be read.
type fault struct {
	line    int
	problem Problem
	fatal   bool
	err     error
}

// next returns the fields of the next record, valid until the following call.
// The second result is false at the end of the file.
func (s *records) next() ([][]byte, bool, *fault) {
	for {
		raw, flt := s.readRecord()
		if flt != nil {
			return nil, false, flt
		}
		if raw == nil {
			return nil, false, nil
		}
		if !s.started {
			s.started = true
			if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
				return nil, false, &fault{line: 1, problem: UTF16, fatal: true}
			}
			if rest, ok := bytes.CutPrefix(raw, []byte("\xef\xbb\xbf")); ok {
				s.bom, raw = true, rest
			}
		}
		raw, s.crlf, s.openEnd = trimEnd(raw)
		if len(raw) == 0 {
			continue
		}
		if !utf8.Valid(raw) {
			return nil, true, &fault{line: s.first + bytes.Count(raw[:firstInvalid(raw)], []byte{'\n'}), problem: InvalidUTF8}
		}
		if i := bytes.IndexByte(raw, 0); i >= 0 {
			return nil, true, &fault{line: s.first + bytes.Count(raw[:i], []byte{'\n'}), problem: NUL}
		}
		if p := s.split(raw); p != "" {
			return nil, true, &fault{line: s.first, problem: p}
		}
		return s.fields, true, nil
	}
}

// readRecord returns the bytes of one record with its line end; nil at the end
// of the file.
func (s *records) readRecord() ([]byte, *fault) {
	s.first = s.line + 1
	s.buf = s.buf[:0]
	quotes := 0
	for {
		part, err := s.r.ReadSlice('\n')
		if len(s.buf)+len(part) > s.max {
			return nil, &fault{line: s.first, problem: s.tooLong(quotes), fatal: true}
		}
		switch {
		case err == nil:
			s.line++
			quotes += bytes.Count(part, []byte{'"'})
			if quotes%2 == 0 {
				if len(s.buf) == 0 {
					return part, nil
				}
				s.buf = append(s.buf, part...)
				return s.buf, nil
			}
			s.buf = append(s.buf, part...)
		case errors.Is(err, bufio.ErrBufferFull):
			quotes += bytes.Count(part, []byte{'"'})
			s.buf = append(s.buf, part...)
		case errors.Is(err, io.EOF):
			quotes += bytes.Count(part, []byte{'"'})
			s.buf = append(s.buf, part...)
			if quotes%2 == 1 {
				return nil, &fault{line: s.first, problem: OpenQuote, fatal: true}
			}
			if len(s.buf) == 0 {
				return nil, nil
			}
			s.line++
			return s.buf, nil
		default:
			return nil, &fault{line: s.line + 1, problem: Unreadable, fatal: true, err: err}
		}
	}
}

func (s *records) tooLong(quotes int) Problem {
	if quotes%2 == 1 {
		return OpenQuote // most often a quote that was never closed
	}
	return RecordTooLong
}

func trimEnd(raw []byte) (line []byte, crlf, open bool) {
	rest, ok := bytes.CutSuffix(raw, []byte{'\n'})
	if !ok {
		return raw, false, true
	}
	if cut, ok := bytes.CutSuffix(rest, []byte{'\r'}); ok {
		return cut, true, false
	}
	return rest, false, false
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// split cuts a record into s.fields, undoing quotes in place.
func (s *records) split(raw []byte) Problem {
	s.fields = s.fields[:0]
	for {
		if len(raw) > 0 && raw[0] == '"' {
			out, in := 0, 1
			for {
				i := bytes.IndexByte(raw[in:], '"')
				if i < 0 {
					return OpenQuote
				}
				copy(raw[out:], raw[in:in+i])
				out, in = out+i, in+i+1
				if in < len(raw) && raw[in] == '"' {
					raw[out] = '"'
					out, in = out+1, in+1
					continue
				}
				break
			}
			s.fields = append(s.fields, raw[:out:out])
			if in == len(raw) {
				return ""
			}
			if raw[in] != ',' {
				return AfterQuote
			}
			raw = raw[in+1:]
			continue
		}
		i := bytes.IndexByte(raw, ',')
		field := raw
		if i >= 0 {
			field = raw[:i:i]
		}
		if bytes.IndexByte(field, '"') >= 0 {
			return BareQuote
		}
		s.fields = append(s.fields, field)
		if i < 0 {
			return ""
		}
		raw = raw[i+1:]
	}
}

// recordWriter writes records with quotes only where they are needed.
type recordWriter struct {
	w     *bufio.Writer
	end   string
	open  bool // leave the last record without a line end
	begun bool
	buf   []byte
	n     int
}

func newRecordWriter(w io.Writer, l Layout) *recordWriter {
	rw := &recordWriter{w: bufio.NewWriterSize(w, 64<<10), end: "\n", open: l.OpenEnd}
	if l.CRLF {
		rw.end = "\r\n"
	}
	if l.BOM {
		rw.w.WriteString("\ufeff") // an error stays in the bufio.Writer until flush
	}
	return rw
}

func (w *recordWriter) begin() {
	if w.begun {
		w.w.WriteString(w.end)
	}
	w.begun, w.n = true, 0
}

func (w *recordWriter) field(b []byte) {
	if w.n > 0 {
		w.w.WriteByte(',')
	}
	w.n++
	if bytes.IndexByte(b, ',') < 0 && bytes.IndexByte(b, '"') < 0 && bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		w.w.Write(b)
		return
	}
	w.w.WriteByte('"')
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			break
		}
		w.w.Write(b[:i+1])
		w.w.WriteByte('"')
		b = b[i+1:]
	}
	w.w.Write(b)
	w.w.WriteByte('"')
}

func (w *recordWriter) text(s string) {
	w.buf = append(w.buf[:0], s...)
	w.field(w.buf)
}

func (w *recordWriter) flush() error {
	if w.begun && !w.open {
		w.w.WriteString(w.end)
	}
	return w.w.Flush()
}
