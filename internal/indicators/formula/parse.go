package formula

import (
	"slices"
	"strings"
)

type kind int

const (
	word kind = iota
	text
	number
	sign
	end
)

type token struct {
	kind kind
	text string
	at   int
}

// scan cuts a text into words, texts in quotation marks, whole numbers and signs.
func scan(s string) (all []token, err error) {
	if len(s) > MostText {
		return nil, &Error{Code: TooLong, At: MostText}
	}
	for i := 0; i < len(s); {
		from := i
		run := func(in func(byte) bool) string {
			for i < len(s) && in(s[i]) {
				i++
			}
			return s[from:i]
		}
		switch c := s[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		case isLetter(c):
			all = append(all, token{word, run(func(c byte) bool { return isLetter(c) || isDigit(c) }), from})
		case isDigit(c):
			all = append(all, token{number, run(isDigit), from})
			if i < len(s) && isLetter(s[i]) {
				return nil, &Error{Code: BadLetter, At: i, What: s[i : i+1]}
			}
		case c == '"':
			closing := strings.IndexByte(s[i+1:], '"')
			if closing < 0 {
				return nil, &Error{Code: OpenText, At: i}
			}
			i += closing + 2
			all = append(all, token{text, s[from+1 : i-1], from})
		case strings.HasPrefix(s[i:], "!="), strings.HasPrefix(s[i:], "<="), strings.HasPrefix(s[i:], ">="):
			i += 2
			all = append(all, token{sign, s[from:i], from})
		case strings.IndexByte("(),+=<>", c) >= 0:
			i++
			all = append(all, token{sign, s[from:i], from})
		default:
			bad := []rune(s[i:])[0]
			return nil, &Error{Code: BadLetter, At: i, What: string(bad)}
		}
	}
	return append(all, token{end, "", len(s)}), nil
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// reserved words name no column and no table.
var reserved = []string{"of", "by", "dated", "placed", "where", "and", "or", "not", "in", "has", "is", "empty"}

type parser struct {
	tokens []token
	depth  int
	leaves []*leaf
}

// failure leaves the parser by panic; Parse catches it and nothing else.
type failure struct{ err *Error }

// Parse reads a formula. Errors are *Error.
func Parse(s string) (f *Formula, err error) {
	tokens, err := scan(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	defer func() {
		if r := recover(); r != nil {
			left, is := r.(failure)
			if !is {
				panic(r)
			}
			f, err = nil, left.err
		}
	}()
	f = &Formula{Text: s, root: p.expression()}
	if p.take("by") {
		for {
			g := Granularity(p.peek().text)
			if !slices.Contains([]Granularity{Month, Quarter, Year}, g) || slices.Contains(f.By, g) {
				p.fail("month, quarter, year")
			}
			p.next()
			f.By = append(f.By, g)
			if !p.take(",") {
				break
			}
		}
	}
	if last := p.peek(); last.kind != end {
		return nil, &Error{Code: Trailing, At: last.at, What: last.text}
	}
	f.leaves = p.leaves
	if len(f.By) > 0 && !slices.ContainsFunc(f.leaves, func(l *leaf) bool { return l.dated.text != "" }) {
		return nil, &Error{Code: NoPeriod, At: len(s)}
	}
	return f, nil
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

// take goes on when the next is the word or sign.
func (p *parser) take(s string) bool {
	if t := p.peek(); t.text == s && (t.kind == word || t.kind == sign) {
		p.next()
		return true
	}
	return false
}

func (p *parser) fail(expected string) {
	panic(failure{&Error{Code: Expected, At: p.peek().at, What: expected}})
}

func (p *parser) must(s string) {
	if !p.take(s) {
		p.fail(s)
	}
}

func (p *parser) name() place {
	t := p.peek()
	if t.kind != word || slices.Contains(reserved, t.text) {
		p.fail("a name")
	}
	p.next()
	return place{t.text, t.at}
}

func (p *parser) deeper() func() {
	if p.depth++; p.depth > MostDepth {
		panic(failure{&Error{Code: TooDeep, At: p.peek().at}})
	}
	return func() { p.depth-- }
}

func (p *parser) expression() node {
	defer p.deeper()()
	terms := []node{p.term()}
	for p.take("+") {
		terms = append(terms, p.term())
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return &plus{terms}
}

func (p *parser) term() node {
	if p.take("ratio") {
		p.must("(")
		over := p.expression()
		p.must(",")
		under := p.expression()
		p.must(")")
		return &ratio{over, under}
	}
	t := p.peek()
	l := &leaf{sort: sortOf(t.text)}
	if t.kind != word || !slices.Contains([]sortOf{count, distinct, sum, median, share, concentration}, l.sort) {
		p.fail("count, distinct, sum, median, share, concentration, ratio")
	}
	p.next()
	if p.leaves = append(p.leaves, l); len(p.leaves) > MostTerms {
		panic(failure{&Error{Code: TooMany, At: t.at}})
	}
	p.must("(")
	switch l.sort {
	case count:
	case share:
		l.which = p.condition()
		p.must("of")
	default:
		l.of = p.operand()
		if l.of.isLiteral() {
			panic(failure{&Error{Code: Expected, At: t.at, What: "a name"}})
		}
		if l.sort == concentration {
			p.must("by")
			l.by = p.name()
		}
		p.must("of")
	}
	table := p.name()
	l.table, l.tableAt = table.text, table.at
	for {
		switch {
		case l.dated.text == "" && p.take("dated"):
			l.dated = p.name()
		case l.placed.text == "" && p.take("placed"):
			l.placed = p.name()
		case l.where == nil && p.take("where"):
			l.where = p.condition()
		default:
			p.must(")")
			return l
		}
	}
}

func (p *parser) condition() condition {
	defer p.deeper()()
	all := []condition{p.conjunction()}
	for p.take("or") {
		all = append(all, p.conjunction())
	}
	if len(all) == 1 {
		return all[0]
	}
	return &either{all}
}

func (p *parser) conjunction() condition {
	all := []condition{p.negation()}
	for p.take("and") {
		all = append(all, p.negation())
	}
	if len(all) == 1 {
		return all[0]
	}
	return &both{all}
}

func (p *parser) negation() condition {
	defer p.deeper()()
	if p.take("not") {
		return &not{p.negation()}
	}
	if p.take("(") {
		c := p.condition()
		p.must(")")
		return c
	}
	left := p.operand()
	plain := !left.isLiteral() && left.until.text == ""
	switch {
	case plain && p.take("is"):
		isNot := p.take("not")
		p.must("empty")
		return &empty{left.column, isNot}
	case plain && p.take("in"):
		return &among{left.column, p.list()}
	case plain && p.take("has"):
		t := p.peek()
		if t.kind != text || t.text == "" {
			p.fail("a text")
		}
		p.next()
		return &holding{left.column, t.text}
	}
	t := p.peek()
	if !slices.Contains([]string{"=", "!=", "<", "<=", ">", ">="}, t.text) || t.kind != sign {
		p.fail("=, !=, <, <=, >, >=, in, has, is")
	}
	p.next()
	return &compare{left, p.operand(), t.text, t.at}
}

func (p *parser) list() (values []string) {
	p.must("(")
	for {
		t := p.peek()
		if t.kind != text && t.kind != number {
			p.fail("a text")
		}
		p.next()
		if values = append(values, t.text); !p.take(",") {
			p.must(")")
			return values
		}
	}
}

func (p *parser) operand() operand {
	t := p.peek()
	switch {
	case t.kind == text || t.kind == number:
		p.next()
		return operand{literal: place{t.text, t.at}, quoted: t.kind == text}
	case t.kind == word && t.text == "days" && p.tokens[1].text == "(":
		p.next()
		p.must("(")
		from := p.name()
		p.must(",")
		until := p.name()
		p.must(")")
		return operand{column: from, until: until}
	}
	return operand{column: p.name()}
}
