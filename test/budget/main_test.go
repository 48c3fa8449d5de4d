package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A run of the go command, shortened: one part within its budget of the clock, one over it on
// PostgreSQL.
const slow = `{"Action":"start","Package":"github.com/birge-kz/birge/internal/quick"}
{"Action":"output","Package":"github.com/birge-kz/birge/internal/quick","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/quick","Test":"TestA","Elapsed":2}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/quick","Elapsed":2}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB/sqlite","Elapsed":3}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB/postgresql/within","Elapsed":30}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB/postgresql","Elapsed":31}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB","Elapsed":34}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestC/case/postgresql","Elapsed":32}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestC/case","Elapsed":32}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestC","Elapsed":32}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Elapsed":66}
`

func TestWhatIsSlowByTheClockIsSaidAndFailsNothing(t *testing.T) {
	var out strings.Builder
	if failures := judge(strings.NewReader(slow), &out, 1); failures != nil {
		t.Errorf("the clock fails: %q", failures)
	}
	for _, want := range []string{"(no failure) internal/slow took 63.0 s on postgresql, more than 3 times its budget of 20 s.", "TestC/case 32.0 s, TestB 31.0 s\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "chatter") || strings.Contains(out.String(), "on sqlite,") {
		t.Errorf("says too much:\n%s", out.String())
	}
	if out.Reset(); judge(strings.NewReader(slow), &out, 2) != nil || strings.Contains(out.String(), "more than 3 times its budget") {
		t.Errorf("63 s are said to be slow where 120 are not:\n%s", out.String())
	}
}

// The processor's budget, half more, is held to the second: 30 s for what is tested on no engine, and 30 s
// for each engine; as much more as the machine was slower than the reference, and no less on a faster one.
func TestTheBudgetOfTheProcessorIsHeld(t *testing.T) {
	for used, fits := range map[string]bool{"59.90": true, "60.10": false, "89.90" + times + "1.50": true, "90.10" + times + "1.50": false, "60.10" + times + "0.50": false} {
		events := `{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA/sqlite","Elapsed":9}
{"Action":"output","Package":"github.com/birge-kz/birge/internal/x","Output":"seconds of the processor: ` + used + `\n"}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Elapsed":10}
`
		var out strings.Builder
		if (judge(strings.NewReader(events), &out, 1) == nil) != fits {
			t.Errorf("%s s of 60: %s", used, out.String())
		}
		if used == "60.10" && !strings.Contains(out.String(), "internal/x used 60.1 s of the processor; its budget is 40 s. Its slowest tests:") {
			t.Error(out.String())
		}
	}
}

func TestMeasureSaysWhatWasUsedAndReturnsTheExitCode(t *testing.T) {
	var out strings.Builder
	if code := measure("sh", []string{"-c", "echo said; exit 3"}, &out); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	if said, used, _ := strings.Cut(out.String(), "\n"); said != "said" || !strings.HasPrefix(used, processor) || !strings.Contains(used, times) {
		t.Errorf("%q", out.String())
	}
	if code := measure("/no/such/program", nil, &out); code != 1 {
		t.Errorf("a program that is not there: exit code %d, want 1", code)
	}
}

// Two tests of 140 s that ran side by side for 150 s took 75 s each.
func TestTestsSideBySideShareTheTime(t *testing.T) {
	events := `{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA/sqlite","Elapsed":140}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA/postgresql","Elapsed":140}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Elapsed":150}
`
	var out strings.Builder
	if judge(strings.NewReader(events), &out, 1) != nil || !strings.Contains(out.String(), "internal/x took 75.0 s on postgresql,") {
		t.Error(out.String())
	}
}

func TestAFailureIsToldInFull(t *testing.T) {
	for name, events := range map[string]string{
		"test": `{"Action":"output","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA","Output":"fine\n"}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA","Elapsed":1}
{"Action":"output","Package":"github.com/birge-kz/birge/internal/x","Test":"TestB","Output":"the reason\n"}
{"Action":"fail","Package":"github.com/birge-kz/birge/internal/x","Test":"TestB","Elapsed":1}
{"Action":"fail","Package":"github.com/birge-kz/birge/internal/x","Elapsed":1}
`,
		"build": `{"Action":"build-output","ImportPath":"github.com/birge-kz/birge/internal/x","Output":"the reason\n"}
{"Action":"build-fail","ImportPath":"github.com/birge-kz/birge/internal/x"}
{"Action":"fail","Package":"github.com/birge-kz/birge/internal/x","Elapsed":0}
`,
		"panic": `{"Action":"run","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA"}
{"Action":"output","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA","Output":"the reason\n"}
{"Action":"fail","Package":"github.com/birge-kz/birge/internal/x","Elapsed":1}
`,
	} {
		var out strings.Builder
		if judge(strings.NewReader(events), &out, 1) == nil || !strings.Contains(out.String(), "the reason") ||
			!strings.Contains(out.String(), "internal/x: FAILED") || strings.Contains(out.String(), "fine") {
			t.Errorf("%s:\n%s", name, out.String())
		}
	}
}

// Who reads the end of a long run alone finds there what failed, cut short.
func TestWhatFailedIsSaidAgain(t *testing.T) {
	events := `{"Action":"output","Package":"github.com/birge-kz/birge/internal/x","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"github.com/birge-kz/birge/internal/x","Test":"TestB","Output":"    x_test.go:7: the reason\n"}
` + strings.Repeat(`{"Action":"output","Package":"github.com/birge-kz/birge/internal/x","Test":"TestB","Output":"more\n"}`+"\n", 100) +
		`{"Action":"fail","Package":"github.com/birge-kz/birge/internal/x","Test":"TestB","Elapsed":1}
{"Action":"fail","Package":"github.com/birge-kz/birge/internal/x","Elapsed":1}
`
	file := filepath.Join(t.TempDir(), "failed")
	for range 2 { // two groups of tests
		if err := add(file, judge(strings.NewReader(events), io.Discard, 1)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	one := "internal/x: FAILED\n      x_test.go:7: the reason\n" + strings.Repeat("  more\n", saidAgain-1)
	if err != nil || string(got) != one+one {
		t.Errorf("%v: %s", err, got)
	}
}
