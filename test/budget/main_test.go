package main

import (
	"strings"
	"testing"
)

// A run of the go command, shortened: one part within its budget, one on PostgreSQL over it.
const slow = `{"Action":"start","Package":"github.com/birge-kz/birge/internal/quick"}
{"Action":"output","Package":"github.com/birge-kz/birge/internal/quick","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/quick","Test":"TestA","Elapsed":2}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/quick","Elapsed":2}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB/sqlite","Elapsed":3}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB/postgresql/within","Elapsed":20}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB/postgresql","Elapsed":21}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestB","Elapsed":24}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestC/case/postgresql","Elapsed":22}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestC/case","Elapsed":22}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Test":"TestC","Elapsed":22}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/slow","Elapsed":46}
`

func TestAPartOverItsBudgetFailsAndNamesItsSlowestTests(t *testing.T) {
	var out strings.Builder
	if judge(strings.NewReader(slow), &out, 2) {
		t.Error("43 s pass where 40 are let pass")
	}
	for _, want := range []string{"internal/slow took 43.0 s on postgresql; its budget is 20 s", "TestC/case 22.0 s, TestB 21.0 s\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "chatter") || strings.Contains(out.String(), "on sqlite;") {
		t.Errorf("says too much:\n%s", out.String())
	}
	if out.Reset(); !judge(strings.NewReader(slow), &out, 3) {
		t.Errorf("43 s fail where 60 are let pass:\n%s", out.String())
	}
}

// Two tests of 40 s that ran side by side for 50 s took 25 s each.
func TestTestsSideBySideShareTheTime(t *testing.T) {
	events := `{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA/sqlite","Elapsed":40}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Test":"TestA/postgresql","Elapsed":40}
{"Action":"pass","Package":"github.com/birge-kz/birge/internal/x","Elapsed":50}
`
	var out strings.Builder
	if judge(strings.NewReader(events), &out, 1) || !strings.Contains(out.String(), "internal/x took 25.0 s on postgresql;") {
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
		if judge(strings.NewReader(events), &out, 1) || !strings.Contains(out.String(), "the reason") ||
			!strings.Contains(out.String(), "internal/x: FAILED") || strings.Contains(out.String(), "fine") {
			t.Errorf("%s:\n%s", name, out.String())
		}
	}
}
