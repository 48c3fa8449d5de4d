package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxWhole is the largest whole number that every JSON reader keeps exactly (RFC 8785, 3.2.2.3).
const maxWhole = 1<<53 - 1

// maxDepth bounds how deeply arrays and objects may be nested.
const maxDepth = 32

// Canonical writes v as JSON in the one form that RFC 8785 (JSON Canonicalization Scheme)
// gives it: no white space, members sorted by UTF-16 code units, the shortest escapes. Of
// its numbers only whole ones between −(2⁵³−1) and 2⁵³−1 are taken; others are refused,
// because readers differ in how they round them: write them as text. Text that is not
// UTF-8 becomes U+FFFD, as encoding/json does it.
func Canonical(v any) ([]byte, error) {
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("cannot be written as JSON: %w", err)
	}
	dec := json.NewDecoder(&raw)
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	return appendCanonical(nil, tree, 0)
}

func appendCanonical(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	var err error
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil || n > maxWhole || n < -maxWhole {
			return nil, fmt.Errorf("the number %s is not a whole one within ±(2^53−1): write it as text", v)
		}
		return strconv.AppendInt(b, n, 10), nil
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendCanonical(b, item, depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, compareUTF16)
		b = append(b, '{')
		for i, k := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, k), ':')
			if b, err = appendCanonical(b, v[k], depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}
	return nil, fmt.Errorf("cannot be written as JSON: %T", v)
}

const lowerHex = "0123456789abcdef"

// shortEscape is the letter of the two-character escape for a control character, or 0.
func shortEscape(c byte) byte {
	switch c {
	case '\b':
		return 'b'
	case '\t':
		return 't'
	case '\n':
		return 'n'
	case '\f':
		return 'f'
	case '\r':
		return 'r'
	}
	return 0
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch e := shortEscape(c); {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case e != 0:
			b = append(b, '\\', e)
		default:
			b = append(b, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

// compareUTF16 orders strings by their UTF-16 code units, as RFC 8785 (3.2.3) sorts names.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			return leadUnit(x) - leadUnit(y)
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

// leadUnit orders runes as their UTF-16 encodings are ordered: those beyond U+FFFF begin
// with a surrogate, which stands before U+E000 … U+FFFF. Two of those keep their own order.
func leadUnit(r rune) int {
	switch {
	case r > 0xffff:
		return 0xd800<<12 + int(r-0x10000) // 20 bits: less than 0xe000<<12
	default:
		return int(r) << 12
	}
}

var errNotCanonical = errors.New("is not canonical JSON")

// scanner walks canonical JSON and refuses anything else, without making a tree of it.
type scanner struct {
	b []byte
	i int
}

// CheckCanonical reports whether b is exactly what Canonical would write for its value.
func CheckCanonical(b []byte) error {
	s := scanner{b: b}
	if !s.value(0) || s.i != len(b) {
		return errNotCanonical
	}
	return nil
}

func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i >= len(w) && string(s.b[s.i:s.i+len(w)]) == w {
		s.i += len(w)
		return true
	}
	return false
}

func (s *scanner) value(depth int) bool {
	if s.i >= len(s.b) || depth > maxDepth {
		return false
	}
	switch c := s.b[s.i]; {
	case c == '"':
		_, ok := s.text()
		return ok
	case c == '{':
		return s.object(depth, nil)
	case c == '[':
		return s.array(depth, nil)
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.number()
}

// object walks an object and calls member, if there is one, with each name and raw value.
func (s *scanner) object(depth int, member func(name string, raw []byte)) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	last := ""
	for first := true; ; first = false {
		raw, ok := s.text()
		if !ok {
			return false
		}
		name := unquote(raw)
		if !first && compareUTF16(last, name) >= 0 || !s.take(':') {
			return false
		}
		last = name
		from := s.i
		if !s.value(depth + 1) {
			return false
		}
		if member != nil {
			member(name, s.b[from:s.i])
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *scanner) array(depth int, item func(raw []byte)) bool {
	if !s.take('[') {
		return false
	}
	if s.take(']') {
		return true
	}
	for {
		from := s.i
		if !s.value(depth + 1) {
			return false
		}
		if item != nil {
			item(s.b[from:s.i])
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// text walks a string and returns it with its quotes.
func (s *scanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	from := s.i
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[from-1 : s.i], utf8.Valid(s.b[from : s.i-1])
		case c < 0x20:
			return nil, false
		case c == '\\':
			if !s.escape() {
				return nil, false
			}
		default:
			s.i++
		}
	}
	return nil, false
}

func (s *scanner) escape() bool {
	rest := s.b[s.i+1:]
	if len(rest) == 0 {
		return false
	}
	if strings.IndexByte(`"\btnfr`, rest[0]) >= 0 {
		s.i += 2
		return true
	}
	if len(rest) < 5 || string(rest[:3]) != "u00" {
		return false
	}
	hi, lo := strings.IndexByte(lowerHex, rest[3]), strings.IndexByte(lowerHex, rest[4])
	if hi < 0 || hi > 1 || lo < 0 || shortEscape(byte(hi<<4|lo)) != 0 {
		return false
	}
	s.i += 6
	return true
}

func (s *scanner) number() bool {
	from := s.i
	s.take('-')
	digits := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	switch n := s.i - digits; {
	case n == 0 || n > 16:
		return false
	case s.b[digits] == '0':
		return n == 1 && digits == from // neither 01 nor −0
	}
	v, err := strconv.ParseInt(string(s.b[digits:s.i]), 10, 64)
	return err == nil && v <= maxWhole
}

// unquote reads a string that text has accepted.
func unquote(raw []byte) string {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(raw, &s) // text accepted it
	return s
}
