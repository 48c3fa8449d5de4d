package gift

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	idMark   = regexp.MustCompile(`\[id:([^\[\]\s]+)\]`)
	tagMark  = regexp.MustCompile(`\[tag:([^\[\]\n]+)\]`)
	format   = regexp.MustCompile(`^\[(html|markdown|plain|moodle)\]`)
	number   = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)
	truth    = regexp.MustCompile(`^(TRUE|T|FALSE|F)\s*(#|$)`)
	folded   = regexp.MustCompile(`[ \t]*\n[ \t]*`)
	weighted = regexp.MustCompile(`^%(-?[0-9]{1,3}(?:\.[0-9]{1,9})?)%`)
)

// Read reads all questions that can be read, and names the others by their lines. Its only error is ErrTooLarge.
func Read(data []byte) ([]Question, []Problem, error) {
	if len(data) > MaxBytes {
		return nil, nil, ErrTooLarge
	}
	entries := split(cleaned(data))
	if len(entries) > MaxQuestions {
		return nil, nil, ErrTooLarge
	}
	questions, problems := []Question{}, []Problem{}
	for _, e := range entries {
		if q, wrong := e.question(); wrong != "" {
			problems = append(problems, Problem{e.line, wrong})
		} else {
			questions = append(questions, q)
		}
	}
	return questions, problems, nil
}

// cleaned is a file without what no database keeps as text and nobody sees: NUL and the other control characters. What is
// not UTF-8 is shown as such.
func cleaned(data []byte) string {
	s := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// entry is the text of one question, and what comments said before it.
type entry struct {
	line int
	id   string
	tags []string
	text string
}

// splitter goes through the lines of a file.
type splitter struct {
	all   []entry
	next  entry
	lines []string
	depth int // of braces
	blank bool
}

// split parts a file at its blank lines, which count as text inside braces. A brace that nobody closed ends where
// a title or a category begins after a blank line, so that it takes along one question and not all that follow.
func split(file string) []entry {
	var s splitter
	for i, line := range strings.Split(file, "\n") {
		s.take(i+1, line)
	}
	s.end()
	return s.all
}

func (s *splitter) take(no int, line string) {
	t := strings.TrimSpace(line)
	category := strings.HasPrefix(t, "$CATEGORY:")
	if s.blank && (category || strings.HasPrefix(t, "::")) {
		s.end()
	}
	s.blank = t == ""
	switch {
	case strings.HasPrefix(t, "//"):
		s.comment(t)
		return
	case t == "" && s.depth == 0:
		s.end()
		return
	case category && s.depth == 0:
		s.end()
		s.all = append(s.all, entry{line: no, text: t})
		return
	}
	if len(s.lines) == 0 {
		s.next.line = no
	}
	s.lines = append(s.lines, line)
	for at := find(line, "{", "}"); at >= 0; at = find(line, "{", "}") {
		if line[at] == '{' {
			s.depth++
		} else if s.depth > 0 {
			s.depth--
		}
		line = line[at+1:]
	}
}

func (s *splitter) comment(t string) {
	if m := idMark.FindStringSubmatch(t); m != nil {
		s.next.id = m[1]
	}
	for _, m := range tagMark.FindAllStringSubmatch(t, -1) {
		s.next.tags = append(s.next.tags, m[1])
	}
}

func (s *splitter) end() {
	if len(s.lines) > 0 {
		s.next.text = strings.Join(s.lines, "\n")
		s.all = append(s.all, s.next)
	}
	s.next, s.lines, s.depth = entry{}, nil, 0
}

// find is where the first of the signs begins that no backslash escapes, or -1.
func find(s string, signs ...string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		for _, sign := range signs {
			if strings.HasPrefix(s[i:], sign) {
				return i
			}
		}
	}
	return -1
}

// cut parts s at the first sign that is not escaped.
func cut(s, sign string) (before, after string, found bool) {
	if i := find(s, sign); i >= 0 {
		return s[:i], s[i+len(sign):], true
	}
	return s, "", false
}

var unescape = strings.NewReplacer(`\\`, `\`, `\:`, ":", `\~`, "~", `\=`, "=", `\#`, "#", `\{`, "{", `\}`, "}", `\[`, "[", `\]`, "]", `\n`, "\n")

func plain(s string) string { return unescape.Replace(strings.TrimSpace(s)) }

// marked reads a text that may say its format, which is otherwise that of the question. Lines of a file are one
// line of a text, but for Markdown, to which they matter.
func marked(s string, otherwise Format) Text {
	s = strings.TrimSpace(s)
	if m := format.FindStringSubmatch(s); m != nil {
		otherwise, s = Format(m[1]), s[len(m[0]):]
	}
	if otherwise != Markdown {
		s = folded.ReplaceAllString(s, " ")
	}
	return Text{otherwise, plain(s)}
}

// feedback is a text that may be missing.
func feedback(s string, otherwise Format) *Text {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	t := marked(s, otherwise)
	return &t
}

func (e entry) question() (Question, Code) {
	q := Question{ID: e.id, Tags: e.tags}
	s := strings.TrimSpace(e.text)
	if path, ok := strings.CutPrefix(s, "$CATEGORY:"); ok {
		path = strings.TrimSpace(path)
		return Question{Kind: Category, Title: &path}, ""
	}
	if rest, ok := strings.CutPrefix(s, "::"); ok {
		title, rest, ok := cut(rest, "::")
		if !ok {
			return q, NoTitleEnd
		}
		title = plain(title)
		q.Title, s = &title, strings.TrimSpace(rest)
	}
	stem, s, ok := cut(s, "{")
	if find(stem, "}") >= 0 {
		return q, BadBrace
	}
	if !ok {
		q.Kind, q.Stem = Description, marked(stem, Moodle)
		return q, ""
	}
	answers, after, ok := cut(s, "}")
	if !ok || find(answers, "{") >= 0 {
		return q, BadBrace
	}
	if find(after, "{", "}") >= 0 {
		return q, TwoBlocks
	}
	if after = strings.TrimSpace(after); after != "" {
		q.Embedded, stem = true, strings.TrimSpace(stem)+" _____ "+after
	}
	q.Stem = marked(stem, Moodle)
	return q, q.answers(strings.TrimSpace(answers))
}

func (q *Question) answers(s string) Code {
	if before, after, ok := cut(s, "####"); ok {
		q.Global, s = feedback(after, q.Stem.Format), strings.TrimSpace(before)
	}
	switch {
	case s == "":
		q.Kind = Essay
	case s[0] == '#':
		return q.numerical(strings.TrimSpace(s[1:]))
	case truth.MatchString(s):
		q.Kind, q.True = TrueFalse, s[0] == 'T'
		_, said, _ := cut(s, "#")
		wrong, right, _ := cut(said, "#") // in Moodle's order
		q.TrueFeedback, q.FalseFeedback = feedback(wrong, q.Stem.Format), feedback(right, q.Stem.Format)
		if q.True {
			q.TrueFeedback, q.FalseFeedback = q.FalseFeedback, q.TrueFeedback
		}
	default:
		return q.choices(parts(s))
	}
	return ""
}

// parts are the answers between braces, each with the sign before it; a lone answer needs none.
func parts(s string) (all []string) {
	if s[0] != '=' && s[0] != '~' {
		return []string{"=" + s}
	}
	for {
		i := find(s[1:], "=", "~")
		if i < 0 {
			return append(all, s)
		}
		all, s = append(all, s[:i+1]), s[i+1:]
	}
}

func (q *Question) choices(all []string) Code {
	if len(all) > MaxAnswers {
		return TooMany
	}
	q.Kind = Short
	pairs := 0
	for _, p := range all {
		if p[0] == '~' {
			q.Kind = Choices
		}
		if find(p, "->") >= 0 {
			pairs++
		}
	}
	if q.Kind == Short && pairs == len(all) {
		return q.pairs(all)
	}
	for _, p := range all {
		c, text, wrong := q.choice(p)
		if c.Text = marked(text, q.Stem.Format); wrong == "" && c.Text.Text == "" {
			wrong = NoAnswer
		}
		if wrong != "" {
			return wrong
		}
		q.Choices = append(q.Choices, c)
	}
	return q.someRight()
}

// choice reads sign, weight and feedback of an answer, and leaves what stands between.
func (q *Question) choice(p string) (c Choice, text string, wrong Code) {
	c.Right, text = p[0] == '=', strings.TrimSpace(p[1:])
	if m := weighted.FindStringSubmatch(text); m != nil {
		c.Weight, text = tidy(m[1]), text[len(m[0]):]
		if percent, _ := strconv.ParseFloat(m[1], 64); percent < -100 || percent > 100 {
			wrong = BadWeight
		}
	}
	text, said, _ := cut(text, "#")
	c.Feedback = feedback(said, q.Stem.Format)
	return c, text, wrong
}

// someRight says whether anybody can answer the question.
func (q *Question) someRight() Code {
	for _, c := range q.Choices {
		if percent, _ := c.Weight.Float64(); c.Right || percent > 0 {
			return ""
		}
	}
	return NoneRight
}

func (q *Question) pairs(all []string) Code {
	q.Kind = Matching
	for _, p := range all {
		left, right, _ := cut(p[1:], "->")
		pair := Pair{marked(left, q.Stem.Format), plain(right)}
		if pair.Right == "" {
			return NoAnswer
		}
		q.Pairs = append(q.Pairs, pair)
	}
	if len(q.Pairs) < 2 {
		return OnePair
	}
	return ""
}

func (q *Question) numerical(s string) Code {
	q.Kind = Numerical
	if s == "" {
		return BadNumber
	}
	if n, ok := parseNumber(s); ok {
		q.Single = &n
		return ""
	}
	all := parts(s)
	if len(all) > MaxAnswers {
		return TooMany
	}
	for _, p := range all {
		c, text, wrong := q.choice(p)
		if wrong != "" {
			return wrong
		}
		if n, ok := parseNumber(text); ok {
			c.Number = &n
		} else if !c.Right && strings.TrimSpace(text) == "" {
			c.Text = Text{q.Stem.Format, AnyOther}
		} else {
			return BadNumber
		}
		q.Choices = append(q.Choices, c)
	}
	return q.someRight()
}

func parseNumber(s string) (n Number, ok bool) {
	s = strings.TrimSpace(s)
	a, b, kind := s, "0", "simple"
	if low, high, found := strings.Cut(s, ".."); found {
		a, b, kind = low, high, "high-low"
	} else if value, off, found := strings.Cut(s, ":"); found {
		a, b, kind = value, off, "range"
	}
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if !number.MatchString(a) || !number.MatchString(b) {
		return n, false
	}
	switch n.Type = kind; kind {
	case "simple":
		n.Number = tidy(a)
	case "range":
		n.Number, n.Range = tidy(a), tidy(b)
	case "high-low":
		n.Low, n.High = tidy(a), tidy(b)
	}
	return n, true
}

// tidy is a number as JSON writes it: ".5", "+5", "05" and "5." are not.
func tidy(s string) json.Number {
	sign := ""
	if s[0] == '-' {
		sign = "-"
	}
	s, power, _ := strings.Cut(strings.ToLower(strings.TrimLeft(s, "+-")), "e")
	whole, rest, _ := strings.Cut(s, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if rest != "" {
		whole += "." + rest
	}
	if power != "" {
		whole += "e" + power
	}
	return json.Number(sign + whole)
}
