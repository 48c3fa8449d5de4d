package guide

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// formula is a condition or a computation over answers:
//
//	what = "dismissed" and today - since > 90
//	harm has "child" or not given(income)
//	income * 33 / 100
//	passed(complain_by)
//
// Operators, the loosest first: or; and; not; = != < <= > >= has; + -; * /. Money is written 5000₸, a date 2026-03-01. Division is by a whole number
// that is not 0 and rounds down. A comparison with an answer that was skipped does not hold. passed(deadline) holds from the day after the last one, as the
// city's calendar counts it: a condition that counts days itself would tell people another day than the one that is shown to them.
type formula struct {
	source string
	root   expr
	asks   []string // ids of the questions
	ends   []string // ids of the deadlines of which it asks whether they have passed
	consts []value
}

// sort of a value.
type sort string

const (
	isBool   sort = "yes or no"
	isNumber sort = "number"
	isMoney  sort = "money"
	isDate   sort = "date"
	isOption sort = "option"
	isSet    sort = "options"
	isOther  sort = "text"
)

var sortOf = map[Kind]sort{Choice: isOption, Several: isSet, Date: isDate, Money: isMoney, Number: isNumber, Place: isOther, Text: isOther}

// value is what a formula computes with. A date is the number of its day; unknown is an answer that was skipped.
type value struct {
	sort    sort
	n       int64 // also 0 or 1 of yes or no
	text    string
	set     []string
	unknown bool
}

type expr interface {
	sort() sort
	eval(e env) value
}

// env is where a formula finds answers. Of a question that was not asked on the way it notes the id.
type env struct {
	today  int64
	answer func(id string) (value, bool)
	unmet  *string
	passed func(deadline string) bool
}

func dayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

func dayOf(n int64) time.Time { return time.Unix(n*86400, 0).UTC() }

type constant struct{ v value }

func (c constant) sort() sort     { return c.v.sort }
func (c constant) eval(env) value { return c.v }

type asked struct {
	id   string
	kind sort
}

func (a asked) sort() sort { return a.kind }
func (a asked) eval(e env) value {
	v, met := e.answer(a.id)
	if !met {
		*e.unmet = a.id
		return value{sort: a.kind, unknown: true}
	}
	return v
}

type todays struct{}

func (todays) sort() sort       { return isDate }
func (todays) eval(e env) value { return value{sort: isDate, n: e.today} }

type given struct{ of asked }

func (given) sort() sort { return isBool }
func (g given) eval(e env) value {
	v, met := e.answer(g.of.id)
	return truth(met && !v.unknown)
}

// passed is whether the last day of a deadline is over; it does not hold when the answer from which it is counted was skipped.
type passed struct {
	id   string
	from asked
}

func (passed) sort() sort { return isBool }
func (p passed) eval(e env) value {
	if v := p.from.eval(e); v.unknown {
		return truth(false)
	}
	return truth(e.passed(p.id))
}

type binary struct {
	op   string
	l, r expr
	is   sort
}

func (b binary) sort() sort { return b.is }

func truth(b bool) value {
	if b {
		return value{sort: isBool, n: 1}
	}
	return value{sort: isBool}
}

func (b binary) eval(e env) value {
	l := b.l.eval(e)
	switch {
	case b.op == "and" && l.n == 0:
		return truth(false)
	case b.op == "or" && l.n == 1:
		return truth(true)
	}
	r := b.r.eval(e)
	if b.is == isBool && b.op != "and" && b.op != "or" {
		if l.unknown || r.unknown {
			return truth(false)
		}
		return truth(compare(b.op, l, r))
	}
	if b.is == isBool {
		return r
	}
	if l.unknown || r.unknown {
		return value{sort: b.is, unknown: true}
	}
	n, ok := arithmetic(b.op, l.n, r.n)
	return value{sort: b.is, n: n, unknown: !ok}
}

// arithmetic reports false for what is beyond the numbers that the program counts with.
func arithmetic(op string, l, r int64) (int64, bool) {
	switch op {
	case "+":
		return l + r, (r <= 0 || l <= math.MaxInt64-r) && (r >= 0 || l >= math.MinInt64-r)
	case "-":
		return l - r, (r >= 0 || l <= math.MaxInt64+r) && (r <= 0 || l >= math.MinInt64+r)
	case "*":
		n := l * r
		return n, l == 0 || n/l == r && (l != -1 || r != math.MinInt64)
	}
	return l / r, r != 0
}

func compare(op string, l, r value) bool {
	switch {
	case op == "has":
		for _, s := range l.set {
			if s == r.text {
				return true
			}
		}
		return false
	case l.sort == isOption && op == "=":
		return l.text == r.text
	case l.sort == isOption:
		return l.text != r.text
	}
	switch op {
	case "=":
		return l.n == r.n
	case "!=":
		return l.n != r.n
	case "<":
		return l.n < r.n
	case "<=":
		return l.n <= r.n
	case ">":
		return l.n > r.n
	}
	return l.n >= r.n
}

type not struct{ of expr }

func (not) sort() sort         { return isBool }
func (n not) eval(e env) value { return truth(n.of.eval(e).n == 0) }

// Bounds of a formula.
const (
	maxFormula = 500 // bytes
	maxDepth   = 30  // of parentheses
)

// parser reads a formula once, from its beginning to its end.
type parser struct {
	rest      string
	nodes     map[string]*Node
	deadlines map[string]*Deadline
	f         *formula
	depth     int
}

// wrong is a fault of a formula; parse catches it.
type wrong string

// parse reads a formula whose value is to be of a sort.
func parse(source string, nodes map[string]*Node, deadlines map[string]*Deadline, want ...sort) (f formula, problem string) {
	if len(source) > maxFormula {
		return f, fmt.Sprintf("longer than %d bytes", maxFormula)
	}
	f.source = source
	p := &parser{rest: source, nodes: nodes, deadlines: deadlines, f: &f}
	defer func() {
		if r := recover(); r != nil {
			w, ours := r.(wrong)
			if !ours {
				panic(r)
			}
			problem = string(w)
		}
	}()
	f.root = p.any()
	if p.peek() != "" {
		return f, "unexpected " + strconv.Quote(p.peek())
	}
	for _, s := range want {
		if f.root.sort() == s {
			return f, ""
		}
	}
	return f, "it is of the sort " + string(f.root.sort())
}

// peek is the next word or sign; "" at the end.
func (p *parser) peek() string {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
	if p.rest == "" {
		return ""
	}
	switch c := p.rest[0]; {
	case c == '"':
		if i := strings.IndexByte(p.rest[1:], '"'); i >= 0 {
			return p.rest[:i+2]
		}
		panic(wrong("a quotation mark is not closed"))
	case c >= '0' && c <= '9':
		i := strings.IndexFunc(p.rest, func(c rune) bool { return (c < '0' || c > '9') && c != '-' })
		if i < 0 {
			i = len(p.rest)
		}
		if word := p.rest[:i]; !isDateWord(word) {
			i, _, _ = digits(p.rest)
		}
		if strings.HasPrefix(p.rest[i:], "₸") {
			i += len("₸")
		}
		return p.rest[:i]
	case word(c):
		i := 0
		for i < len(p.rest) && (word(p.rest[i]) || p.rest[i] >= '0' && p.rest[i] <= '9') {
			i++
		}
		return p.rest[:i]
	}
	for _, two := range []string{"<=", ">=", "!="} {
		if strings.HasPrefix(p.rest, two) {
			return two
		}
	}
	_, size := utf8.DecodeRuneInString(p.rest)
	return p.rest[:size]
}

func word(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' }

func digits(s string) (i int, n int64, ok bool) {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	return i, n, err == nil
}

func isDateWord(s string) bool {
	_, ok := parseDay(s)
	return ok
}

func (p *parser) take() string {
	t := p.peek()
	p.rest = p.rest[len(t):]
	return t
}

func (p *parser) accept(words ...string) (string, bool) {
	t := p.peek()
	for _, w := range words {
		if t == w {
			return p.take(), true
		}
	}
	return "", false
}

func (p *parser) need(sign string) {
	if _, ok := p.accept(sign); !ok {
		panic(wrong("a " + sign + " is missing"))
	}
}

func (p *parser) any() expr {
	if p.depth++; p.depth > maxDepth {
		panic(wrong("too many parentheses"))
	}
	defer func() { p.depth-- }()
	l := p.all()
	for {
		if _, ok := p.accept("or"); !ok {
			return l
		}
		l = p.logic("or", l, p.all())
	}
}

func (p *parser) all() expr {
	l := p.negated()
	for {
		if _, ok := p.accept("and"); !ok {
			return l
		}
		l = p.logic("and", l, p.negated())
	}
}

func (p *parser) logic(op string, l, r expr) expr {
	if l.sort() != isBool || r.sort() != isBool {
		panic(wrong(op + " stands between conditions"))
	}
	return binary{op, l, r, isBool}
}

func (p *parser) negated() expr {
	if _, ok := p.accept("not"); ok {
		if p.depth++; p.depth > maxDepth {
			panic(wrong("too many parentheses"))
		}
		defer func() { p.depth-- }()
		of := p.negated()
		if of.sort() != isBool {
			panic(wrong("not stands before a condition"))
		}
		return not{of}
	}
	l := p.sum()
	op, ok := p.accept("=", "!=", "<=", ">=", "<", ">", "has")
	if !ok {
		return l
	}
	r := p.sum()
	p.comparable(op, l, r)
	return binary{op, l, r, isBool}
}

func (p *parser) comparable(op string, l, r expr) {
	a, isAsked := l.(asked)
	c, isConst := r.(constant)
	switch {
	case op == "has" && l.sort() == isSet && isConst && r.sort() == isOption, l.sort() == isOption && r.sort() == isOption && isConst && (op == "=" || op == "!="):
		if isAsked && !contains(p.nodes[a.id].Options, c.v.text) {
			panic(wrong(a.id + " has no option " + strconv.Quote(c.v.text)))
		}
	case op != "has" && l.sort() == r.sort() && (l.sort() == isNumber || l.sort() == isMoney || l.sort() == isDate):
	default:
		panic(wrong(fmt.Sprintf("%s cannot stand between %s and %s", op, l.sort(), r.sort())))
	}
}

func contains(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}

func (p *parser) sum() expr {
	l := p.product()
	for {
		op, ok := p.accept("+", "-")
		if !ok {
			return l
		}
		r := p.product()
		a, b := l.sort(), r.sort()
		switch {
		case a == b && (a == isNumber || a == isMoney):
			l = binary{op, l, r, a}
		case a == isDate && b == isDate && op == "-":
			l = binary{op, l, r, isNumber}
		case a == isDate && b == isNumber:
			l = binary{op, l, r, isDate}
		default:
			panic(wrong(fmt.Sprintf("%s cannot stand between %s and %s", op, a, b)))
		}
	}
}

func (p *parser) product() expr {
	l := p.one()
	for {
		op, ok := p.accept("*", "/")
		if !ok {
			return l
		}
		r := p.one()
		c, isConst := r.(constant)
		switch {
		case (l.sort() != isNumber && l.sort() != isMoney) || r.sort() != isNumber:
			panic(wrong(fmt.Sprintf("%s cannot stand between %s and %s", op, l.sort(), r.sort())))
		case op == "/" && (!isConst || c.v.n == 0):
			panic(wrong("one divides by a number that is not 0"))
		}
		l = binary{op, l, r, l.sort()}
	}
}

func (p *parser) constant(v value) expr {
	p.f.consts = append(p.f.consts, v)
	return constant{v}
}

func (p *parser) one() expr {
	t := p.take()
	switch {
	case t == "(":
		e := p.any()
		p.need(")")
		return e
	case t == "today":
		p.f.asks = append(p.f.asks, "today")
		return todays{}
	case t == "given":
		p.need("(")
		of, ok := p.asked(p.take())
		p.need(")")
		if !ok {
			panic(wrong("given asks about a question"))
		}
		return given{of}
	case t == "passed":
		p.need("(")
		d := p.deadlines[p.take()]
		p.need(")")
		if d == nil || d.From == "today" {
			panic(wrong("passed asks about a deadline that is counted from a question"))
		}
		from, ok := p.asked(d.From)
		if !ok || from.kind != isDate {
			panic(wrong("passed asks about a deadline that is counted from a date"))
		}
		p.f.asks, p.f.ends = append(p.f.asks, "today"), append(p.f.ends, d.ID)
		return passed{d.ID, from}
	case strings.HasPrefix(t, `"`):
		return p.constant(value{sort: isOption, text: strings.Trim(t, `"`)})
	case t != "" && t[0] >= '0' && t[0] <= '9':
		if day, ok := parseDay(t); ok {
			return p.constant(value{sort: isDate, n: dayNumber(day)})
		}
		_, n, ok := digits(t)
		if !ok || n > math.MaxInt64/1000 {
			panic(wrong("a number is too large"))
		}
		if strings.HasSuffix(t, "₸") {
			return p.constant(value{sort: isMoney, n: n * 100})
		}
		return p.constant(value{sort: isNumber, n: n})
	}
	if a, ok := p.asked(t); ok {
		return a
	}
	if t == "" {
		panic(wrong("it ends too early"))
	}
	panic(wrong("no question is called " + strconv.Quote(t)))
}

func (p *parser) asked(id string) (asked, bool) {
	n, ok := p.nodes[id]
	if !ok {
		return asked{}, false
	}
	p.f.asks = append(p.f.asks, id)
	return asked{id, sortOf[n.Kind]}, true
}

func parseDay(s string) (time.Time, bool) {
	if len(s) != len(time.DateOnly) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil && t.Year() >= 1900 && t.Year() < 2200
}
