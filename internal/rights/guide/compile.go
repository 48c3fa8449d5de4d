package guide

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Errors is all that is wrong with a guide, in the order in which it was found.
type Errors []*Error

func (e Errors) Error() string {
	out := make([]string, len(e))
	for i, one := range e {
		out[i] = one.Error()
	}
	return strings.Join(out, "\n")
}

// maxErrors bounds how many are told at once.
const maxErrors = 50

type compiler struct {
	g      *Guide
	errors Errors
	at     lines
	texts  map[civic.Lang]lines
	used   map[string]bool // "law x", "term x" …
}

func (c *compiler) fail(file string, line int, f Fault, value string) {
	if len(c.errors) < maxErrors {
		c.errors = append(c.errors, &Error{file, line, f, value})
	}
}

func (c *compiler) bad(line int, f Fault, value string) { c.fail(File, line, f, value) }

var goodID = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Compile checks a guide and makes it ready to be walked. The error is Errors. on decides which version of a term is the first that must hold, and
// by which calendar its terms end.
func Compile(id string, src Source, on On) (*Guide, error) {
	c := &compiler{g: &Guide{ID: id, Source: src, Texts: map[civic.Lang]Texts{}}, texts: map[civic.Lang]lines{}, used: map[string]bool{}}
	var f file
	if c.at = c.decode(File, src.Guide, &f); len(c.errors) > 0 {
		return nil, c.errors
	}
	if !c.bounded(f) {
		return nil, c.errors
	}
	c.gather(f)
	c.connect(f)
	for _, lang := range civic.Languages() {
		var t Texts
		if src.Texts[lang] == "" {
			c.fail(string(lang)+".toml", 0, MissingText, string(lang))
			continue
		}
		c.texts[lang] = c.decode(string(lang)+".toml", src.Texts[lang], &t)
		c.g.Texts[lang] = t
	}
	if len(c.errors) > 0 {
		return nil, c.errors
	}
	c.checkTexts()
	c.checkGraph()
	if len(c.errors) == 0 {
		c.checkPaths(on)
	}
	if len(c.errors) > 0 {
		return nil, c.errors
	}
	return c.g, nil
}

// bounded says whether there is not too much of anything, before any of it is looked at.
func (c *compiler) bounded(f file) bool {
	for _, of := range []struct {
		name string
		n    int
	}{{"node", len(f.Node)}, {"outcome", len(f.Outcome)}, {"law", len(f.Law)}, {"term", len(f.Term)}, {"deadline", len(f.Deadline)}, {"figure", len(f.Figure)},
		{"body", len(f.Body)}, {"letter", len(f.Letter)}} {
		if of.n > MaxThings {
			c.bad(c.at.at(fmt.Sprintf("%s#%d", of.name, MaxThings)), TooMany, fmt.Sprintf("%s %d", of.name, MaxThings))
		}
	}
	for i, n := range f.Node {
		if len(n.Options) > MaxOptions || len(n.Next) > MaxOptions {
			c.bad(c.at.at(fmt.Sprintf("node#%d", i)), TooMany, fmt.Sprintf("%s %d", n.ID, MaxOptions))
		}
	}
	for i, l := range f.Letter {
		if len(l.Part) > maxList || len(l.Asks) > maxList {
			c.bad(c.at.at(fmt.Sprintf("letter#%d", i)), TooMany, fmt.Sprintf("%s %d", l.ID, maxList))
		}
	}
	return len(c.errors) == 0
}

// gather makes the things of the file and the tables of their ids.
func (c *compiler) gather(f file) {
	g := c.g
	g.Theme, g.Sensitive, g.Leave, g.Minutes, g.Course, g.Checked, g.First = f.Theme, f.Sensitive || f.Leave, f.Leave, f.Minutes, f.Course, f.Checked, f.First
	if g.Checked != "" {
		c.day(c.at.at("checked"), g.Checked)
	}
	line := func(sort string, i int) int { return c.at.at(fmt.Sprintf("%s#%d", sort, i)) }
	for i, l := range f.Law {
		g.Laws = append(g.Laws, Law{l.ID, l.Act, l.Article, l.Redaction, l.Sure, line("law", i)})
	}
	for i, t := range f.Term {
		out := Term{ID: t.ID, line: line("term", i)}
		for j, v := range t.Version {
			out.Versions = append(out.Versions, Version{v.From, v.Count, v.Unit, v.Law, v.Redaction, c.at.at(fmt.Sprintf("term#%d.version#%d", i, j))})
		}
		g.Terms = append(g.Terms, out)
	}
	for i, d := range f.Deadline {
		g.Deadlines = append(g.Deadlines, Deadline{d.ID, d.Term, d.From, d.Before, line("deadline", i)})
	}
	for i, n := range f.Node {
		g.Nodes = append(g.Nodes, Node{ID: n.ID, Kind: n.Kind, Options: n.Options, Optional: n.Optional, Ahead: n.Ahead, Least: n.Least, Most: n.Most, Laws: n.Law, line: line("node", i)})
	}
	for i, x := range f.Figure {
		g.Figures = append(g.Figures, Figure{ID: x.ID, line: line("figure", i)})
	}
	for i, o := range f.Outcome {
		g.Outcomes = append(g.Outcomes, Outcome{o.ID, o.Law, o.Deadlines, o.Figures, o.Bodies, o.Letter, line("outcome", i)})
	}
	for i, b := range f.Body {
		g.Bodies = append(g.Bodies, Body{b.ID, b.Langs, b.Outside, b.Phone, line("body", i)})
	}
	for i, l := range f.Letter {
		g.Letters = append(g.Letters, Letter{ID: l.ID, To: l.To, Sort: l.Sort, Addressed: l.Addressed, Paper: l.Paper, Asks: l.Asks, Long: l.Long, line: line("letter", i)})
	}
	// Answers, figures, terms and deadlines are put into texts by their ids, so these share one space.
	shared := map[string]bool{"today": true}
	g.nodes = index(c, g.Nodes, shared, func(n *Node) (string, int) { return n.ID, n.line })
	g.outcomes = index(c, g.Outcomes, shared, func(o *Outcome) (string, int) { return o.ID, o.line })
	g.terms = index(c, g.Terms, shared, func(t *Term) (string, int) { return t.ID, t.line })
	g.deadlines = index(c, g.Deadlines, shared, func(d *Deadline) (string, int) { return d.ID, d.line })
	g.figures = index(c, g.Figures, shared, func(f *Figure) (string, int) { return f.ID, f.line })
	g.laws = index(c, g.Laws, map[string]bool{}, func(l *Law) (string, int) { return l.ID, l.line })
	g.bodies = index(c, g.Bodies, map[string]bool{}, func(b *Body) (string, int) { return b.ID, b.line })
	g.letters = index(c, g.Letters, map[string]bool{}, func(l *Letter) (string, int) { return l.ID, l.line })
}

func index[T any](c *compiler, all []T, space map[string]bool, of func(*T) (string, int)) map[string]*T {
	out := map[string]*T{}
	for i := range all {
		id, line := of(&all[i])
		switch {
		case !goodID.MatchString(id):
			c.bad(line, BadID, id)
		case space[id]:
			c.bad(line, Twice, id)
		}
		space[id] = true
		out[id] = &all[i]
	}
	return out
}

func (c *compiler) day(line int, s string) {
	if _, ok := parseDay(s); !ok {
		c.bad(line, BadDate, s)
	}
}

// refer notes that something is used, and says so where it does not exist.
func refer[T any](c *compiler, line int, sort string, table map[string]*T, ids ...string) {
	for _, id := range ids {
		if table[id] == nil {
			c.bad(line, UnknownID, sort+" "+id)
		}
		c.used[sort+" "+id] = true
	}
}

// connect resolves what things say of one another.
//
// Long: one short rule for each sort of thing, none of which needs another.
func (c *compiler) connect(f file) {
	g := c.g
	for _, l := range g.Laws {
		if l.Redaction == "" {
			c.bad(l.line, NoRedaction, l.ID)
		} else {
			c.day(l.line, l.Redaction)
		}
		if l.Sure != Found && l.Sure != SecondHand && l.Sure != Unverified {
			c.bad(l.line, WrongKind, string(l.Sure))
		}
	}
	for _, t := range g.Terms {
		c.term(t)
	}
	for _, d := range g.Deadlines {
		refer(c, d.line, "term", g.terms, d.Term)
		if d.From != "today" {
			refer(c, d.line, "node", g.nodes, d.From)
			if n := g.nodes[d.From]; n != nil && n.Kind != Date {
				c.bad(d.line, WrongKind, d.From)
			}
		}
	}
	for i := range g.Nodes {
		c.node(&g.Nodes[i], f, i)
	}
	for i, x := range f.Figure {
		parsed, problem := parse(x.Formula, g.nodes, g.deadlines, isNumber, isMoney)
		if problem != "" {
			c.bad(g.Figures[i].line, BadFormula, problem)
		}
		g.Figures[i].Formula = parsed
		c.ends(parsed)
	}
	for i := range g.Outcomes {
		o := &g.Outcomes[i]
		refer(c, o.line, "law", g.laws, o.Laws...)
		refer(c, o.line, "deadline", g.deadlines, o.Deadlines...)
		refer(c, o.line, "figure", g.figures, o.Figures...)
		refer(c, o.line, "body", g.bodies, o.Bodies...)
		if o.Letter != "" {
			refer(c, o.line, "letter", g.letters, o.Letter)
		}
		if len(o.Laws) == 0 {
			c.bad(o.line, NoSource, o.ID)
		}
	}
	for i := range g.Letters {
		l := &g.Letters[i]
		if !slices.Contains(l.Asks, l.To) {
			refer(c, l.line, "body", g.bodies, l.To)
		}
		for _, id := range l.Long {
			if !slices.Contains(l.Asks, id) {
				c.bad(l.line, UnknownID, "asks "+id)
			}
		}
		for j, p := range f.Letter[i].Part {
			line := c.at.at(fmt.Sprintf("letter#%d.part#%d", i, j))
			l.Parts = append(l.Parts, Part{p.ID, c.condition(line, p.When), line})
		}
		if len(l.Parts) == 0 {
			c.bad(l.line, WrongKind, l.ID)
		}
	}
	c.unused()
}

func (c *compiler) term(t Term) {
	if len(t.Versions) == 0 {
		c.bad(t.line, BadTerm, t.ID)
	}
	for _, v := range t.Versions {
		if v.From != "" {
			c.day(v.line, v.From)
		}
		days := map[Unit]int{Days: 1, WorkingDays: 1, Months: 31, Years: 366}[v.Unit] * v.Count
		if days < 1 || v.Count > civic.MaxTerm || days > civic.MaxTerm {
			c.bad(v.line, BadTerm, t.ID)
		}
		switch {
		case v.Law == "":
			c.bad(v.line, NoSource, t.ID)
		default:
			refer(c, v.line, "law", c.g.laws, v.Law)
		}
		switch v.Redaction {
		case "":
			c.bad(v.line, NoRedaction, t.ID)
		default:
			c.day(v.line, v.Redaction)
		}
	}
}

func (c *compiler) node(n *Node, f file, i int) {
	refer(c, n.line, "law", c.g.laws, n.Laws...)
	if sortOf[n.Kind] == "" {
		c.bad(n.line, WrongKind, string(n.Kind))
	}
	choice := n.Kind == Choice || n.Kind == Several
	switch {
	case n.Kind == Choice && len(n.Options) < 2, n.Kind == Several && len(n.Options) < 1:
		c.bad(n.line, NoOptions, n.ID)
	case !choice && len(n.Options) > 0:
		c.bad(n.line, WrongKind, n.ID)
	}
	seen := map[string]bool{}
	for _, o := range n.Options {
		if !goodID.MatchString(o) {
			c.bad(n.line, BadID, o)
		} else if seen[o] {
			c.bad(n.line, Twice, o)
		}
		seen[o] = true
	}
	if len(f.Node[i].Next) == 0 {
		c.bad(n.line, NoEnd, n.ID)
	}
	for j, r := range f.Node[i].Next {
		line := c.at.at(fmt.Sprintf("node#%d.next#%d", i, j))
		if c.g.nodes[r.To] == nil && c.g.outcomes[r.To] == nil {
			c.bad(line, UnknownID, r.To)
		}
		n.Next = append(n.Next, Rule{When: c.condition(line, r.When), To: r.To, line: line})
	}
}

func (c *compiler) condition(line int, source string) formula {
	if source == "" {
		return formula{}
	}
	f, problem := parse(source, c.g.nodes, c.g.deadlines, isBool)
	if problem != "" {
		c.bad(line, BadFormula, problem)
	}
	c.ends(f)
	return f
}

// ends notes the deadlines that a formula asks about.
func (c *compiler) ends(f formula) {
	for _, id := range f.ends {
		c.used["deadline "+id] = true
	}
}

// unused names what nothing refers to: it is forgotten, or something else is misspelt.
func (c *compiler) unused() {
	check := func(sort, id string, line int) {
		if !c.used[sort+" "+id] {
			c.bad(line, Unused, sort+" "+id)
		}
	}
	for _, l := range c.g.Laws {
		check("law", l.ID, l.line)
	}
	for _, b := range c.g.Bodies {
		check("body", b.ID, b.line)
	}
	for _, l := range c.g.Letters {
		check("letter", l.ID, l.line)
	}
	for _, d := range c.g.Deadlines {
		check("deadline", d.ID, d.line)
	}
	for _, x := range c.g.Figures {
		check("figure", x.ID, x.line)
	}
}

// checkGraph finds cycles, and what no rule leads to.
func (c *compiler) checkGraph() {
	g := c.g
	if g.nodes[g.First] == nil {
		c.bad(c.at.at("first"), UnknownID, "first "+g.First)
		return
	}
	const under, done = 1, 2
	state := map[string]int{}
	var way []string
	var visit func(id string)
	visit = func(id string) {
		state[id] = under
		way = append(way, id)
		if n := g.nodes[id]; n != nil {
			for _, r := range n.Next {
				switch state[r.To] {
				case under:
					c.bad(r.line, Cycle, strings.Join(append(slices.Clone(way[slices.Index(way, r.To):]), r.To), " → "))
				case 0:
					visit(r.To)
				}
			}
		}
		way = way[:len(way)-1]
		state[id] = done
	}
	visit(g.First)
	for _, n := range g.Nodes {
		if state[n.ID] == 0 {
			c.bad(n.line, Unreachable, n.ID)
		}
	}
	for _, o := range g.Outcomes {
		if state[o.ID] == 0 {
			c.bad(o.line, Unreachable, o.ID)
		}
	}
}

// checkPaths walks every path on every date on which the law changes, and names what no answers lead to.
func (c *compiler) checkPaths(from On) {
	g := c.g
	for _, t := range g.Terms {
		if _, ok := t.At(from.Day); !ok {
			c.bad(t.line, NoVersion, t.ID+" "+from.Day.Format(time.DateOnly))
		}
	}
	met := map[string]bool{}
	for _, day := range g.Boundaries(from.Day) {
		on := On{day, from.Calendar}
		over := g.Paths(on, func(p Path) bool {
			for i, id := range p.Visited {
				met[id] = true
				met[fmt.Sprintf("%s %d", id, p.Taken[i])] = true
			}
			met[p.End] = true
			if p.Fault != "" {
				n := g.nodes[p.End]
				value := n.ID
				if p.Fault == Order {
					value = p.Unmet
				}
				c.bad(n.line, p.Fault, value)
				return len(c.errors) < 5
			}
			c.checkEnd(p, on)
			return len(c.errors) < 5
		})
		if over {
			c.bad(1, TooManyPaths, fmt.Sprint(MaxPaths))
		}
		if len(c.errors) > 0 {
			return
		}
	}
	for _, n := range g.Nodes {
		for i, r := range n.Next {
			if !met[fmt.Sprintf("%s %d", n.ID, i)] {
				c.bad(r.line, Unreachable, n.ID+" → "+r.To)
			}
		}
	}
}

// checkEnd says whether all that an outcome computes from has been answered on this path.
func (c *compiler) checkEnd(p Path, on On) {
	g, o := c.g, c.g.outcomes[p.End]
	for _, id := range o.Deadlines {
		if d := g.deadlines[id]; d.From != "today" && !slices.Contains(p.Visited, d.From) {
			c.bad(o.line, Order, id+" "+d.From)
		}
	}
	for _, id := range o.Figures {
		if _, unmet := g.compute(g.figures[id].Formula, p.Answers, p.Visited, on); unmet != "" {
			c.bad(o.line, Order, id+" "+unmet)
		}
	}
	if l := g.letters[o.Letter]; l != nil {
		for _, part := range l.Parts {
			if _, unmet := g.compute(part.When, p.Answers, p.Visited, on); unmet != "" {
				c.bad(part.line, Order, unmet)
			}
		}
	}
}
