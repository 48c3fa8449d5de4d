// Budget reads what `go test -json` says, shows it as `go test` would, and ends with a table
// of what every part took on each engine. It fails when a test fails, and when a part takes much more
// of the processor than its budget: twelve parts of 20 seconds on two engines are what a person waits for on two
// cores, and none may use up the time of the others.
//
//	go build -o /tmp/budget ./test/budget
//	go test -json -exec '/tmp/budget run' ./... | /tmp/budget
//
// With `-again FILE` it adds what failed to a file in few lines: a run of many groups says it once more at its end.
//
// `budget run` runs one test program and ends with a line that says how much of the processor it
// used, and how slow the machine was then. Their quotient is what the budget is held to, for it depends little on the machine and on
// what else it does.
// `budget whole` lists the packages that run again under the race detector, `budget together` the tests of others that do, with
// their packages, and `budget engines` the packages that do so on both engines.
// `budget slowness` says how slow the machine is now, to read a figure of a benchmark with.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// usual is the budget of a part on one engine, and of what it tests on none, in seconds of one
// processor.
const usual = 20

// budgets are those of packages that are not one part, for the whole of them, and why.
var budgets = map[string]float64{
	"cmd/birge":         50,  // hundreds of command lines, each of which starts the whole program with the texts and tables of all parts
	"internal/app":      260, // every route in every role, and every shown column of every table of all parts changed in turn
	"internal/app/demo": 140, // the whole demonstration city is made, and all its pages, forms and texts are walked in three languages
	"test/browser":      320, // every public page of all parts in Chromium, whose time counts too, and journeys on both engines
}

// slower is by how much the seconds of the clock may exceed the budget before that is said. PostgreSQL's own work,
// which is in no test program, shows only there; but so does whatever else the machine does, so it fails nothing.
const slower = 3

// spare is by how much the processor's seconds may exceed the budget before that fails. The same tests use a third more
// of them on the same machine when others work beside; what is meant to be caught is a part that became slow.
const spare = 1.5

// raceSlower is what the race detector costs on top: it slows SQLite, which is Go here, more
// than all else.
const raceSlower = 8

// processor begins the line with which `budget run` ends.
const processor = "seconds of the processor: "

// times is what follows in that line.
const times = ", times slower than the reference: "

const module = "github.com/birge-kz/birge/"

func main() {
	if len(os.Args) > 2 && os.Args[1] == "run" {
		os.Exit(measure(os.Args[2], os.Args[3:], os.Stdout))
	}
	if len(os.Args) == 2 && slices.Contains([]string{"whole", "together", "engines"}, os.Args[1]) {
		words, err := list(".", os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(strings.Join(words, "\n"))
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "slowness" {
		fmt.Printf("%.2f times slower than the reference\n", slowness())
		return
	}
	race := flag.Bool("race", false, "the tests run under the race detector")
	again := flag.String("again", "", "a file to which what failed is added in few lines, to be said at the end of the whole run")
	flag.Parse()
	cost := 1.0
	if *race {
		cost = raceSlower
	}
	failures := judge(os.Stdin, os.Stdout, cost)
	if err := add(*again, failures); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if len(failures) > 0 {
		os.Exit(1)
	}
}

// add adds lines to a file that need not be there. Without a name it does nothing.
func add(name string, lines []string) error {
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	for _, line := range lines {
		fmt.Fprintln(f, line) // what is lost here was said above
	}
	return f.Close()
}

// engines is the package in which SQLite and PostgreSQL differ.
const engines = "./internal/platform/storage"

// onlyPostgreSQL leaves out of what runs under the race detector what runs there on PostgreSQL too: SQLite lets one write
// after another, and with its locks puts in order what would meet on PostgreSQL.
const onlyPostgreSQL = "-skip=.*/^sqlite$"

// list is what the go command is to be given for one of the groups of tests under the race detector.
func list(root, group string) ([]string, error) {
	whole, names, packages, err := together(root)
	switch group {
	case "engines":
		return []string{engines}, err
	case "whole":
		return append([]string{onlyPostgreSQL}, slices.DeleteFunc(whole, func(name string) bool { return name == engines })...), err
	}
	return append([]string{onlyPostgreSQL, "-run=" + names}, packages...), err
}

// measure runs a test program, says at its end how much of the processor it and its children
// used and how slow the machine was before and after, and returns its exit code.
func measure(program string, args []string, out io.Writer) int {
	before := slowness()
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM) // the go command asks for a test's stacks so
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s) // one that has ended needs none
		}
	}()
	err := cmd.Wait()
	used := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	fmt.Fprintf(out, "%s%.2f%s%.2f\n", processor, used, times, (before+slowness())/2)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(1, exit.ExitCode())
	}
	return 0
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
	used    map[string]float64 // by package: of the processor, in seconds
	slow    map[string]float64 // by package: how slow the machine was
	tests   map[row][]timed
	failed  []string
}

// saidAgain is how many lines of a part that failed are said again at the end of a long run.
const saidAgain = 12

// judge copies the events to out and returns what failed, in few lines: nothing if all passed within cost times the budgets.
func judge(in io.Reader, out io.Writer, cost float64) []string {
	r := &run{out: out, said: map[string][]event{}, seconds: map[row]float64{}, used: map[string]float64{}, slow: map[string]float64{}, tests: map[row][]timed{}}
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
	over, slow := r.table(cost)
	for _, words := range slow {
		fmt.Fprintln(out, "(no failure) "+words)
	}
	failures := append(over, r.failed...)
	for _, words := range failures {
		fmt.Fprintln(out, words)
	}
	return failures
}

func (r *run) take(e event) {
	part := strings.TrimPrefix(e.Package, module)
	ended := e.Action == "pass" || e.Action == "fail" || e.Action == "skip"
	switch {
	case e.Action == "build-output":
		io.WriteString(r.out, e.Output)
	case e.Action == "output" && strings.HasPrefix(e.Output, processor):
		used, slowness, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(e.Output, processor)), times)
		r.used[part], _ = strconv.ParseFloat(used, 64)
		r.slow[part], _ = strconv.ParseFloat(slowness, 64)
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
		words, lines := part+": FAILED", 0
		for _, o := range r.said[part] {
			io.WriteString(r.out, o.Output)
			if !strings.HasPrefix(o.Output, "=== ") && lines < saidAgain {
				words, lines = words+"\n  "+strings.TrimRight(o.Output, "\n"), lines+1
			}
		}
		r.failed = append(r.failed, words)
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

// table prints what took a second or more, and returns a sentence for each row over its budget, and for each that is only slow by the clock or nearly over.
func (r *run) table(cost float64) (over, slow []string) {
	rows := slices.SortedFunc(maps.Keys(r.seconds), func(a, b row) int { return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.engine, b.engine)) })
	fmt.Fprintf(r.out, "\n%-34s %-11s %8s %10s %8s\n", "part", "engine", "seconds", "processor", "budget")
	for _, at := range rows {
		machine := max(1, r.slow[at.part])
		took, used, budget := r.seconds[at], r.used[at.part], cost*usual*machine
		if whole := budgets[at.part]; whole > 0 {
			budget = cost * whole * machine
		} else if at.engine == "" { // its tests on each engine, and on none
			budget *= float64(1 + r.engines(at.part))
		}
		if at.engine != "" {
			used = 0 // one program tests on all engines
		}
		if took >= 1 || used >= 1 {
			fmt.Fprintf(r.out, "%-34s %-11s %8.1f %10s %8.0f\n", at.part, cmp.Or(at.engine, "all"), took, map[bool]string{true: fmt.Sprintf("%.1f", used)}[at.engine == ""], budget)
		}
		where := map[bool]string{true: " on " + at.engine}[at.engine != ""]
		words := fmt.Sprintf("%s used %.1f s of the processor; its budget is %.0f s. Its slowest tests: %s", at.part, used, budget, r.slowest(at))
		switch {
		case used > budget*spare:
			over = append(over, words)
		case used > budget:
			slow = append(slow, words)
		case took > budget*slower:
			slow = append(slow, fmt.Sprintf("%s took %.1f s%s, more than %d times its budget of %.0f s. Its slowest tests: %s", at.part, took, where, slower, budget, r.slowest(at)))
		}
	}
	fmt.Fprintf(r.out, "A budget is as much longer as the machine was slower than the reference while the part was tested.\nMore than %.1f times the budget of the processor fails; more than %d times as much of the clock is only said.\n", spare, slower)
	return over, slow
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
