package calendar

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// opens begins a component.
const opens = "BEGIN:"

// property is one line of a component.
type property struct {
	line   int
	name   string
	params map[string]string
	value  string
}

func (p property) problem(code Code) Problem {
	return Problem{Line: p.line, Field: p.name, Code: code, Value: beginning(p.value)}
}

// component is what stands between BEGIN and END.
type component struct {
	line       int
	name       string
	properties []property
	parts      []component
	problems   []Problem
}

// line is a line that was put together again from its folded parts, with the number of the first.
type line struct {
	number int
	text   string
}

// unfold puts folded lines together. They end as RFC 5545 says, or in a line feed alone.
func unfold(raw []byte) ([]line, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if i := bytes.IndexByte(raw, 0); i >= 0 || !utf8.Valid(raw) {
		return nil, &Error{Code: NotText, Line: 1 + bytes.Count(raw[:max(i, 0)], []byte("\n"))}
	}
	var lines []line
	var text strings.Builder
	number := 0
	keep := func() {
		if strings.TrimSpace(text.String()) != "" {
			lines = append(lines, line{number, text.String()})
		}
		text.Reset()
	}
	for i, part := range bytes.Split(raw, []byte("\n")) {
		part = bytes.TrimRight(part, "\r")
		if len(part) > 0 && (part[0] == ' ' || part[0] == '\t') && number > 0 {
			part = part[1:]
		} else {
			keep()
			number = i + 1
		}
		if text.Len()+len(part) > mostLineBytes {
			return nil, &Error{Code: TooLong, Line: number}
		}
		text.Write(part)
	}
	keep()
	return lines, nil
}

// components builds the tree of a file. A line that cannot be read is told in its component.
func components(lines []line) (*component, error) {
	open := []*component{{}}
	events := 0
	for _, l := range lines {
		top := open[len(open)-1]
		p, ok := parseLine(l)
		switch {
		case !ok:
			if len(top.problems) < mostProblems {
				top.problems = append(top.problems, Problem{Line: l.number, Code: BadLine, Value: beginning(l.text)})
			}
		case p.name+":" == opens:
			name := strings.ToUpper(strings.TrimSpace(p.value))
			if len(open) > mostDepth {
				return nil, &Error{Code: TooDeep, Line: l.number, Value: beginning(name)}
			}
			if name == "VEVENT" {
				events++
			}
			if events > MostEvents || name != "VEVENT" && len(top.parts) > MostEvents {
				return nil, &Error{Code: TooManyEvents, Line: l.number}
			}
			open = append(open, &component{line: l.number, name: name})
		case p.name == "END":
			name := strings.ToUpper(strings.TrimSpace(p.value))
			if len(open) == 1 || top.name != name {
				return nil, &Error{Code: ClosedOther, Line: l.number, Value: beginning(name)}
			}
			open = open[:len(open)-1]
			above := open[len(open)-1]
			above.parts = append(above.parts, *top)
		case len(top.properties) == mostProperties:
			return nil, &Error{Code: TooMany, Line: l.number, Value: top.name}
		default:
			top.properties = append(top.properties, p)
		}
	}
	if top := open[len(open)-1]; len(open) > 1 {
		return nil, &Error{Code: NotClosed, Line: top.line, Value: beginning(top.name)}
	}
	return open[0], nil
}

// parseLine takes apart NAME;PARAM=value;PARAM="quoted":value.
func parseLine(l line) (property, bool) {
	p := property{line: l.number, params: map[string]string{}}
	end := strings.IndexAny(l.text, ";:")
	if end <= 0 || strings.ContainsFunc(l.text, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return p, false
	}
	p.name = strings.ToUpper(strings.TrimSpace(l.text[:end]))
	if strings.Trim(p.name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || p.name == "" {
		return p, false
	}
	rest := l.text[end:]
	for rest[0] == ';' {
		name, after, ok := strings.Cut(rest[1:], "=")
		if !ok || name == "" || strings.ContainsAny(name, ";:\"") {
			return p, false
		}
		value, left, ok := parameter(after)
		if !ok {
			return p, false
		}
		p.params[strings.ToUpper(strings.TrimSpace(name))] = value
		rest = left
	}
	p.value = strings.TrimSpace(rest[1:])
	return p, true
}

// parameter reads a value, in which quotes protect : and ;, and gives what is left from the : or ; on.
func parameter(text string) (value, rest string, ok bool) {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case (c == ';' || c == ':') && !quoted:
			return strings.Trim(strings.TrimSpace(text[:i]), `"`), text[i:], true
		}
	}
	return "", "", false
}

var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";")
