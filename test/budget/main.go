// Budget reads what `go test -json` says, shows it as `go test` would, and ends with a table
// of the seconds that every part took on each engine. It fails when a test fails, and when a
// part takes longer than its budget: twelve parts of 20 seconds on two engines are what a
// person waits for on two cores, and none may use up the time of the others.
//
//	go test -json ./... | go run ./test/budget
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// usual is the budget of a part on one engine, and of what it tests on none, in seconds on two
// cores that do nothing else.
const usual = 20

// budgets are those of packages that are not one part, for the whole of them, and why.
var budgets = map[string]float64{
	"test/browser": 90, // every public page of all parts in Chromium, and journeys on both engines side by side
}

// slower is by how much a part may exceed its budget before it fails. The clock is the wall's,
// for the work of PostgreSQL and Chromium counts and no test process sees it; so whatever else
// the machine does counts too. What is meant to be caught is a part that became many times
// slower, not one that met a busy minute.
const slower = 3

// raceSlower is what the race detector costs on top: it slows SQLite, which is Go here, more
// than all else.
const raceSlower = 8

const module = "github.com/birge-kz/birge/"

func main() {
	race := flag.Bool("race", false, "the tests run under the race detector")
	flag.Parse()
	factor := float64(slower)
	if *race {
		factor *= raceSlower
	}
	if !judge(os.Stdin, os.Stdout, factor) {
		os.Exit(1)
	}
}

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// row is a part on one engine, or on none.
type row struct{ part, engine string }

type timed struct {
	test    string
	seconds float64
}

// run is what is known of the tests so far.
type run struct {
	out     io.Writer
	said    map[string][]event // by package, what its tests printed that have not passed
	seconds map[row]float64
	tests   map[row][]timed
	failed  []string
}

// judge copies the events to out and tells whether all passed, within factor times the budgets.
func judge(in io.Reader, out io.Writer, factor float64) bool {
	r := &run{out: out, said: map[string][]event{}, seconds: map[row]float64{}, tests: map[row][]timed{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		if json.Unmarshal([]byte(line), &e) == nil {
			r.take(e)
		} else {
			io.WriteString(out, line) // of the go command itself
		}
		if err != nil {
			break
		}
	}
	over := r.table(factor)
	for _, words := range over {
		fmt.Fprintln(out, words)
	}
	for _, part := range r.failed {
		fmt.Fprintf(out, "%s: FAILED\n", part)
	}
	return len(over) == 0 && len(r.failed) == 0
}

func (r *run) take(e event) {
	part := strings.TrimPrefix(e.Package, module)
	ended := e.Action == "pass" || e.Action == "fail" || e.Action == "skip"
	switch {
	case e.Action == "build-output":
		io.WriteString(r.out, e.Output)
	case e.Action == "output":
		r.said[part] = append(r.said[part], e)
	case ended && e.Test != "":
		r.testEnded(part, e)
	case ended:
		r.partEnded(part, e)
	}
}

func (r *run) testEnded(part string, e event) {
	if e.Action != "fail" {
		r.said[part] = slices.DeleteFunc(r.said[part], func(o event) bool { return o.Test == e.Test })
	}
	path := strings.Split(e.Test, "/")
	for i, name := range path {
		if name == "sqlite" || name == "postgresql" {
			if i == len(path)-1 { // the tests within are in its time
				at := row{part, name}
				r.seconds[at] += e.Elapsed
				r.tests[at] = append(r.tests[at], timed{strings.Join(path[:i], "/"), e.Elapsed})
			}
			return
		}
	}
	if len(path) == 1 {
		r.tests[row{part, ""}] = append(r.tests[row{part, ""}], timed{e.Test, e.Elapsed})
	}
}

func (r *run) partEnded(part string, e event) {
	r.seconds[row{part, ""}] = e.Elapsed
	r.share(part, e.Elapsed)
	if e.Action == "fail" {
		r.failed = append(r.failed, part)
		for _, o := range r.said[part] {
			io.WriteString(r.out, o.Output)
		}
	}
	delete(r.said, part)
	fmt.Fprintf(r.out, "%-4s %-34s %6.1f s\n", map[string]string{"pass": "ok", "fail": "FAIL", "skip": "-"}[e.Action], part, e.Elapsed)
}

// share divides the time of a part among its engines where their tests ran side by side, each
// with a clock of its own.
func (r *run) share(part string, whole float64) {
	lite, postgres := row{part, "sqlite"}, row{part, "postgresql"}
	if sum := r.seconds[lite] + r.seconds[postgres]; sum > whole {
		for _, at := range []row{lite, postgres} {
			if _, has := r.seconds[at]; has {
				r.seconds[at] *= whole / sum
			}
		}
	}
}

// table prints what took a second or more, and returns a sentence for each row over its budget.
func (r *run) table(factor float64) (over []string) {
	rows := slices.SortedFunc(maps.Keys(r.seconds), func(a, b row) int { return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.engine, b.engine)) })
	fmt.Fprintf(r.out, "\n%-34s %-11s %8s %8s\n", "part", "engine", "seconds", "budget")
	for _, at := range rows {
		took, budget := r.seconds[at], float64(usual)
		if whole := budgets[at.part]; whole > 0 {
			if at.engine != "" {
				continue
			}
			budget = whole
		} else if at.engine == "" { // its tests on each engine, and on none
			budget *= float64(1 + r.engines(at.part))
		}
		if took >= 1 {
			fmt.Fprintf(r.out, "%-34s %-11s %8.1f %8.0f\n", at.part, cmp.Or(at.engine, "all"), took, budget)
		}
		if took > budget*factor {
			over = append(over, fmt.Sprintf("%s took %.1f s%s; its budget is %.0f s, and %.0f times that are let pass. Its slowest tests: %s",
				at.part, took, map[bool]string{true: " on " + at.engine}[at.engine != ""], budget, factor, r.slowest(at)))
		}
	}
	fmt.Fprintf(r.out, "More than %.0f times the budget fails.\n", factor)
	return over
}

func (r *run) engines(part string) (n int) {
	for _, engine := range []string{"sqlite", "postgresql"} {
		if _, has := r.seconds[row{part, engine}]; has {
			n++
		}
	}
	return n
}

func (r *run) slowest(at row) string {
	slices.SortStableFunc(r.tests[at], func(a, b timed) int { return cmp.Compare(b.seconds, a.seconds) })
	var words []string
	for _, t := range r.tests[at][:min(3, len(r.tests[at]))] {
		words = append(words, fmt.Sprintf("%s %.1f s", t.test, t.seconds))
	}
	return strings.Join(words, ", ")
}
