package guide

import (
	"math"
	"slices"
	search "sort"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Answers are what somebody answered, by question: the values as Clean makes them. An empty list is a question that was skipped.
type Answers map[string][]string

// Trip is where somebody's answers lead.
type Trip struct {
	Answers Answers  // those on the way, clean
	Visited []string // the questions that they answer, in their order
	Node    *Node    // the question to be answered next; nil at an end
	Outcome *Outcome // nil on the way
}

// Go follows the answers as of a date. Answers to questions beside the way stay unused; one that is no answer to its question is asked again.
func (g *Guide) Go(a Answers, on On) Trip {
	t := Trip{Answers: Answers{}}
	id := g.First
	for {
		if o := g.outcomes[id]; o != nil {
			t.Outcome = o
			return t
		}
		n := g.nodes[id]
		given, answered := a[id]
		clean, problem := n.Clean(given, on.Day)
		if !answered || problem != "" {
			t.Node = n
			return t
		}
		t.Visited, t.Answers[id] = append(t.Visited, id), clean
		to, _, _ := g.next(n, t.Answers, t.Visited, on)
		if to == "" { // no rule holds; Compile has walked all samples, not all that people type
			t.Node, t.Visited = n, t.Visited[:len(t.Visited)-1]
			delete(t.Answers, id)
			return t
		}
		id = to
	}
}

// next is where the answers lead from a question, and by which of its rules.
func (g *Guide) next(n *Node, a Answers, visited []string, on On) (to string, rule int, unmet string) {
	for i, r := range n.Next {
		if r.When.root == nil {
			return r.To, i, ""
		}
		v, missing := g.compute(r.When, a, visited, on)
		if missing != "" {
			return "", 0, missing
		}
		if v.n == 1 {
			return r.To, i, ""
		}
	}
	return "", 0, ""
}

// compute evaluates a formula; the zero one is true. unmet is a question it asks for that was not visited.
func (g *Guide) compute(f formula, a Answers, visited []string, on On) (v value, unmet string) {
	if f.root == nil {
		return truth(true), ""
	}
	return f.root.eval(env{today: dayNumber(on.Day), unmet: &unmet, passed: func(id string) bool {
		w, known := g.when(id, a, on)
		return known && w.Passed(on.Day)
	}, answer: func(id string) (value, bool) {
		if !slices.Contains(visited, id) {
			return value{}, false
		}
		return g.nodes[id].value(a[id]), true
	}}), unmet
}

// value is an answer to compute with.
func (n *Node) value(given []string) value {
	out := value{sort: sortOf[n.Kind]}
	if len(given) == 0 {
		out.unknown = n.Kind != Several
		return out
	}
	switch n.Kind {
	case Several:
		out.set = given
	case Date:
		day, _ := parseDay(given[0])
		out.n = dayNumber(day)
	case Money, Number:
		out.n, _ = strconv.ParseInt(given[0], 10, 64)
	default:
		out.text = given[0]
	}
	return out
}

// Bounds of answers.
const (
	MaxText   = 1_000          // characters of words
	maxMoney  = int64(1) << 46 // tiyn, some seven hundred billion tenge
	maxNumber = int64(1) << 40
)

// Problems of an answer, as keys of messages of the part.
const (
	ProblemChoose = "choose"
	ProblemDate   = "date"
	ProblemMoney  = "money"
	ProblemNumber = "number"
	ProblemEmpty  = "empty"
	ProblemLong   = "long"
	ProblemPast   = "past"  // a date that is later than today
	ProblemAhead  = "ahead" // one that is earlier than today, or more than ten years later
)

// Clean reads an answer as somebody typed it, or as Clean returned it: money as the tenge that people write, with a "t" behind it as tiyn.
//
// Long: one case for each kind of answer.
func (n *Node) Clean(typed []string, today time.Time) (clean []string, problem string) {
	var given []string
	for _, t := range typed {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(given, t) {
			given = append(given, t)
		}
	}
	if n.Kind == Several {
		for _, t := range given {
			if !slices.Contains(n.Options, t) {
				return nil, ProblemChoose
			}
		}
		return append([]string{}, given...), ""
	}
	if len(given) == 0 {
		switch {
		case n.Optional:
			return []string{}, ""
		case n.Kind == Choice || n.Kind == Place:
			return nil, ProblemChoose
		case n.Kind == Date:
			return nil, ProblemDate
		}
		return nil, ProblemEmpty
	}
	t := given[0]
	switch n.Kind {
	case Choice:
		if !slices.Contains(n.Options, t) {
			return nil, ProblemChoose
		}
	case Date:
		day, ok := parseDay(t)
		if !ok {
			return nil, ProblemDate
		}
		switch ahead := dayNumber(day) - dayNumber(today); {
		case n.Ahead && (ahead < 0 || ahead > 3660):
			return nil, ProblemAhead
		case !n.Ahead && ahead > 0:
			return nil, ProblemPast
		}
	case Number:
		v, err := strconv.ParseInt(strings.ReplaceAll(strings.ReplaceAll(t, " ", ""), " ", ""), 10, 64)
		if err != nil || v < n.Least || v > most(n.Most, maxNumber) {
			return nil, ProblemNumber
		}
		t = strconv.FormatInt(v, 10)
	case Money:
		v, ok := civic.Money(0), false
		if plain, isTiyn := strings.CutSuffix(t, "t"); isTiyn {
			n, err := strconv.ParseInt(plain, 10, 64)
			v, ok = civic.Money(n), err == nil
		} else {
			v, ok = civic.ParseMoney(t)
		}
		if !ok || int64(v) < n.Least || int64(v) > most(n.Most, maxMoney) {
			return nil, ProblemMoney
		}
		t = strconv.FormatInt(int64(v), 10) + "t"
	case Place, Text:
		if len([]rune(t)) > MaxText {
			return nil, ProblemLong
		}
	}
	return []string{t}, ""
}

func most(own, program int64) int64 {
	if own > 0 {
		return min(own, program)
	}
	return program
}

// Path is one way through a guide, with answers that lead along it.
type Path struct {
	Answers Answers
	Visited []string
	Taken   []int  // which rule led on from each
	End     string // the outcome; of a path with a fault the question where it stops
	Fault   Fault
	Unmet   string
}

// Paths walks all paths as of a date, with answers from both sides of every bound that a formula names, until visit returns false. It reports
// whether there are more than MaxPaths.
func (g *Guide) Paths(on On, visit func(Path) bool) (over bool) {
	samples := map[string][][]string{}
	for _, n := range g.Nodes {
		samples[n.ID] = g.samples(n, on)
	}
	count := 0
	a := Answers{}
	var visited []string
	var taken []int
	var step func(id string) bool
	step = func(id string) bool {
		end := func(p Path) bool {
			p.End, p.Answers, p.Visited, p.Taken = id, Answers{}, slices.Clone(visited), slices.Clone(taken)
			for _, v := range visited {
				p.Answers[v] = a[v]
			}
			if count++; count > MaxPaths {
				over = true
				return false
			}
			return visit(p)
		}
		n := g.nodes[id]
		if n == nil {
			return end(Path{})
		}
		for _, given := range samples[id] {
			a[id] = given
			visited = append(visited, id)
			to, rule, unmet := g.next(n, a, visited, on)
			taken = append(taken, rule)
			var more bool
			switch {
			case unmet != "":
				more = end(Path{Fault: Order, Unmet: unmet})
			case to == "":
				more = end(Path{Fault: NoEnd})
			default:
				more = step(to)
			}
			visited, taken = visited[:len(visited)-1], taken[:len(taken)-1]
			if !more {
				return false
			}
		}
		delete(a, id)
		return true
	}
	step(g.First)
	return over
}

// formulas are all of the guide.
func (g *Guide) formulas() (out []formula) {
	for _, n := range g.Nodes {
		for _, r := range n.Next {
			out = append(out, r.When)
		}
	}
	for _, l := range g.Letters {
		for _, p := range l.Parts {
			out = append(out, p.When)
		}
	}
	for _, x := range g.Figures {
		out = append(out, x.Formula)
	}
	return out
}

// samples are answers to a question that between them make every comparison with it hold and not hold.
func (g *Guide) samples(n Node, on On) (out [][]string) {
	var consts []value
	var ends []string
	asked := false
	for _, f := range g.formulas() {
		if slices.Contains(f.asks, n.ID) {
			asked = true
			consts, ends = append(consts, f.consts...), append(ends, f.ends...)
		}
	}
	switch n.Kind {
	case Choice:
		for _, o := range n.Options {
			out = append(out, []string{o})
		}
		if !asked {
			out = out[:1]
		}
	case Several:
		out = [][]string{{}, n.Options}
		for _, o := range n.Options {
			if asked && len(n.Options) > 1 {
				out = append(out, []string{o})
			}
		}
	case Place:
		out = [][]string{{"x"}}
	case Text:
		out = [][]string{{strings.Repeat("Ә", 60)}}
	default:
		out = g.around(n, consts, ends, on)
	}
	if n.Optional && n.Kind != Several {
		out = append(out, []string{})
	}
	return out
}

// around are dates, amounts and numbers beside those that formulas name.
func (g *Guide) around(n Node, consts []value, ends []string, on On) (out [][]string) {
	today := dayNumber(on.Day)
	var ns []int64
	for _, id := range ends {
		if g.deadlines[id].From == n.ID {
			at := g.turns(id, on)
			ns = append(ns, at-1, at, at+1)
		}
	}
	for _, c := range consts {
		switch {
		case n.Kind == Date && c.sort == isDate:
			ns = append(ns, c.n-1, c.n, c.n+1)
		case n.Kind == Date && c.sort == isNumber:
			ns = append(ns, today-c.n-1, today-c.n, today-c.n+1, today+c.n-1, today+c.n, today+c.n+1)
		case n.Kind == Money && c.sort == isMoney, n.Kind == Number && c.sort == isNumber:
			ns = append(ns, c.n-1, c.n, c.n+1)
		}
	}
	switch n.Kind {
	case Date:
		ns = append(ns, today-5, today+5)
	case Money:
		ns = append(ns, max(n.Least, 100_000_00))
	default:
		ns = append(ns, max(n.Least, 1))
	}
	slices.Sort(ns)
	for _, v := range slices.Compact(ns) {
		text := strconv.FormatInt(v, 10)
		switch n.Kind {
		case Date:
			text = dayOf(v).Format(time.DateOnly)
		case Money:
			text += "t"
		}
		if clean, problem := n.Clean([]string{text}, dayOf(today)); problem == "" {
			out = append(out, clean)
		}
	}
	return out
}

// turns is the first day from which a deadline can be counted without having passed.
func (g *Guide) turns(id string, on On) int64 {
	today := dayNumber(on.Day)
	const far = 3 * civic.MaxTerm // days: more than a term of working days takes
	return today - far + int64(search.Search(2*far, func(i int) bool {
		w, known := g.when(id, Answers{g.deadlines[id].From: {dayOf(today - far + int64(i)).Format(time.DateOnly)}}, on)
		return known && !w.Passed(on.Day)
	}))
}

// Boundaries are the dates on which the guide is another: today, the day on which each version of a term begins and the day before, and those that
// formulas compare with today. The earliest comes first.
func (g *Guide) Boundaries(today time.Time) (out []time.Time) {
	days := []int64{dayNumber(today)}
	for _, t := range g.Terms {
		for _, v := range t.Versions {
			if day, ok := parseDay(v.From); ok {
				days = append(days, dayNumber(day)-1, dayNumber(day))
			}
		}
	}
	for _, f := range g.formulas() {
		for _, c := range f.consts {
			if c.sort == isDate && slices.Contains(f.asks, "today") {
				days = append(days, c.n-1, c.n, c.n+1)
			}
		}
	}
	slices.Sort(days)
	for _, d := range slices.Compact(days) {
		if d > math.MinInt32 {
			out = append(out, dayOf(d))
		}
	}
	return out
}
