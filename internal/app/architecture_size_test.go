package app_test

import (
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mostLines is how many lines of Go a part may have without a reason.
const mostLines = 3_500

// aboutThis is how far a part may lie below the lines that its reason gives it.
const aboutThis = 250

// Every part has at most 3,500 lines of Go, or as many as the decision about its size says, and not many fewer than that.
func TestPartsHaveTheirSize(t *testing.T) {
	decision, err := os.ReadFile("../../docs/adr/0017-how-large-a-part-may-be.md")
	if err != nil {
		t.Fatal(err)
	}
	most := map[string]int{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\| ([0-9,]+) \\| .+ \\|$").FindAllStringSubmatch(string(decision), -1) {
		most[row[1]], _ = strconv.Atoi(strings.ReplaceAll(row[2], ",", "")) // digits
	}
	if len(most) == 0 {
		t.Fatal("the decision names no part")
	}
	lines := map[string]int{}
	for _, f := range goFiles(t) {
		if name, inside := strings.CutPrefix(path.Dir(f.path), "internal/"); inside && !f.test && !strings.Contains(name, "/") {
			lines[name] += f.set.File(f.tree.FileStart).LineCount()
		}
	}
	for name, lines := range lines {
		switch said, named := most[name]; {
		case !named && lines > mostLines:
			t.Errorf("internal/%s has %d lines of Go, more than %d: what two parts want, or what shares no transaction, leaves it; or say in docs/adr/0017 what holds it together", name, lines, mostLines)
		case named && lines > said:
			t.Errorf("internal/%s has %d lines of Go, and docs/adr/0017 gives it %d", name, lines, said)
		case named && (lines <= mostLines || lines < said-aboutThis):
			t.Errorf("internal/%s has only %d lines of Go: lower what docs/adr/0017 gives it, or take it out there", name, lines)
		}
		delete(most, name)
	}
	for name := range most {
		t.Errorf("docs/adr/0017 speaks of internal/%s, which is not there", name)
	}
}
