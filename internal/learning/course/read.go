package course

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The bounds of a page.
const (
	MaxBytes   = 256 << 10
	MaxModules = 40
	MaxLaws    = 20
)

// Code says what is wrong with a line.
type Code string

// What can be wrong.
const (
	TooLong    Code = "bytes"    // more than MaxBytes
	NoFront    Code = "front"    // the page does not begin with "---", or nothing ends what begins there
	Unknown    Code = "unknown"  // a key that is none
	Twice      Code = "twice"    // a key or a law named twice
	NoTitle    Code = "title"    // no title
	BadMinutes Code = "minutes"  // not a whole number from 5 to 40
	BadNeed    Code = "need"     // not "4 of 5"
	BadLaw     Code = "law"      // not a code, a day or "?", and a title
	BadCite    Code = "cites"    // not "code article", or a law that the page does not name
	BadKind    Code = "kind"     // no kind of module
	BadLink    Code = "link"     // a video without an https address, or with no transcript
	BeforeAll  Code = "heading"  // text before the first heading
	Empty      Code = "empty"    // a heading without words, or a module without text
	TooMany    Code = "modules"  // more than MaxModules
	NoModule   Code = "nothing"  // no module at all
	TooManyLaw Code = "manylaws" // more than MaxLaws
)

// Problem is what is wrong with a line, counted from 1.
type Problem struct {
	Line int
	Code Code
}

var (
	lawCode = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	need    = regexp.MustCompile(`^([0-9]{1,2}) of ([0-9]{1,2})$`)
)

type reader struct {
	page     Page
	problems []Problem
	seen     map[string]bool
	head     bool // the lines right below a heading, which may say what the module is
	begun    int  // the line of the last heading
	text     []string
}

// Read reads a page of Markdown: between two lines "---" one "key: value" a line, then a module for each heading of the second
// level, of which the lines right below the heading may be keys too. Everything that is wrong is named; the page is then as far
// as it could be read.
func Read(data []byte) (Page, []Problem) {
	if len(data) > MaxBytes {
		return Page{}, []Problem{{1, TooLong}}
	}
	r := reader{page: Page{Right: 4, Of: 5}, seen: map[string]bool{}}
	lines := strings.Split(clean(data), "\n")
	end := slices.Index(lines[1:], "---") + 1
	if lines[0] != "---" || end == 0 {
		return r.page, []Problem{{1, NoFront}}
	}
	for i, line := range lines[1:end] {
		if strings.TrimSpace(line) != "" {
			key, value, _ := strings.Cut(line, ":")
			r.front(i+2, strings.TrimSpace(key), strings.TrimSpace(value))
		}
	}
	if r.page.Title == "" {
		r.fault(1, NoTitle)
	}
	if r.page.Minutes == 0 {
		r.fault(1, BadMinutes)
	}
	for i, line := range lines[end+1:] {
		r.body(end+2+i, line)
	}
	r.close()
	if len(r.page.Modules) == 0 {
		r.fault(end+1, NoModule)
	}
	return r.page, r.problems
}

// clean leaves out what nobody sees and no database keeps.
func clean(data []byte) string {
	s := string(bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\r\n"), []byte("\n")))
	return strings.Map(func(c rune) rune {
		if c != '\n' && c != '\t' && unicode.IsControl(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, s)
}

func (r *reader) fault(line int, code Code) { r.problems = append(r.problems, Problem{line, code}) }

func (r *reader) front(line int, key, value string) {
	if key != "law" && r.seen[key] {
		r.fault(line, Twice)
		return
	}
	r.seen[key] = true
	switch key {
	case "title":
		r.page.Title = value
	case "summary":
		r.page.Summary = value
	case "audience":
		r.page.Audience = value
	case "theme":
		r.page.Theme = value
	case "minutes":
		n, err := strconv.Atoi(value)
		if r.page.Minutes = n; err != nil || n < 5 || n > 40 {
			r.fault(line, BadMinutes)
		}
	case "need":
		m := need.FindStringSubmatch(value)
		if m == nil {
			r.fault(line, BadNeed)
			return
		}
		r.page.Right, _ = strconv.Atoi(m[1])
		if r.page.Of, _ = strconv.Atoi(m[2]); r.page.Right == 0 || r.page.Right > r.page.Of {
			r.fault(line, BadNeed)
		}
	case "law":
		r.law(line, value)
	default:
		r.fault(line, Unknown)
	}
}

// law reads "appk 2026-07-01 The code of administrative procedure", or "?" for a redaction that nobody has checked.
func (r *reader) law(line int, value string) {
	code, rest, _ := strings.Cut(value, " ")
	day, title, _ := strings.Cut(strings.TrimSpace(rest), " ")
	title = strings.TrimSpace(title)
	_, err := time.Parse(time.DateOnly, day)
	switch {
	case !lawCode.MatchString(code) || err != nil && day != "?" || title == "":
		r.fault(line, BadLaw)
	case slices.ContainsFunc(r.page.Laws, func(l Law) bool { return l.Code == code }):
		r.fault(line, Twice)
	case len(r.page.Laws) == MaxLaws:
		r.fault(line, TooManyLaw)
	default:
		if day == "?" {
			day = ""
		}
		r.page.Laws = append(r.page.Laws, Law{code, day, title})
	}
}

func (r *reader) body(line int, text string) {
	if heading, ok := strings.CutPrefix(text, "## "); ok {
		r.close()
		if len(r.page.Modules) == MaxModules {
			r.fault(line, TooMany)
		}
		if heading = strings.TrimSpace(heading); heading == "" {
			r.fault(line, Empty)
		}
		r.begun, r.head = line, true
		r.page.Modules = append(r.page.Modules, Module{Heading: heading, Kind: Text})
		return
	}
	if len(r.page.Modules) == 0 {
		if strings.TrimSpace(text) != "" && r.begun == 0 {
			r.begun = line
			r.fault(line, BeforeAll)
		}
		return
	}
	if r.head = r.head && r.key(line, text); !r.head {
		r.text = append(r.text, text)
	}
}

// key takes a line right below a heading, and reports whether it was a key of the module.
func (r *reader) key(line int, text string) bool {
	key, value, found := strings.Cut(text, ":")
	m, value := &r.page.Modules[len(r.page.Modules)-1], strings.TrimSpace(value)
	switch {
	case !found:
		return false
	case key == "kind":
		if m.Kind = Kind(value); !slices.Contains([]Kind{Text, Example, Video}, m.Kind) {
			m.Kind = Text
			r.fault(line, BadKind)
		}
	case key == "link":
		m.Link = value
	case key == "cites":
		for _, one := range strings.Split(value, ",") {
			law, article, _ := strings.Cut(strings.TrimSpace(one), " ")
			if article == "" || !slices.ContainsFunc(r.page.Laws, func(l Law) bool { return l.Code == law }) {
				r.fault(line, BadCite)
				continue
			}
			m.Cites = append(m.Cites, Cite{law, strings.TrimSpace(article)})
		}
	default:
		return false
	}
	return true
}

// close ends the module that is being read.
func (r *reader) close() {
	if len(r.page.Modules) == 0 {
		return
	}
	m := &r.page.Modules[len(r.page.Modules)-1]
	m.Text = strings.TrimSpace(strings.Join(r.text, "\n"))
	switch {
	case (m.Kind == Video) != strings.HasPrefix(m.Link, "https://"), m.Kind == Video && m.Text == "":
		r.fault(r.begun, BadLink)
	case m.Text == "":
		r.fault(r.begun, Empty)
	}
	r.text, r.head = nil, false
}
