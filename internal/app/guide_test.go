package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var snippet = regexp.MustCompile("(?ms)^```(go|templ|sql)\n(.*?)^```$")

// The guide's made-up part compiles, with its tests and its demonstration, as it stands on the page: it is laid
// over the tree for the go command alone. What its texts say is not on the page, so it is not run.
func TestTheGuidesPartCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a part")
	}
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root(t), "docs", "add-a-capability.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := guidesFiles(t, string(page))
	dir, overlay := t.TempDir(), map[string]string{}
	for name, text := range files {
		at := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(root(t), "internal", name)] = at
		if generated, isTempl := strings.CutSuffix(name, ".templ"); isTempl {
			goes(t, "tool", "templ", "generate", "-f", at)
			overlay[filepath.Join(root(t), "internal", generated+"_templ.go")] = strings.TrimSuffix(at, ".templ") + "_templ.go"
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(at, list, 0o600); err != nil {
		t.Fatal(err)
	}
	goes(t, "list", "-export", "-test", "-overlay", at, "./internal/outings", "./internal/app/demo") // compiles tests too, and links nothing
}

// goes runs the go command and fails with what it says.
func goes(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// guidesFiles are the files below internal/ that somebody makes who copies the guide's snippets.
func guidesFiles(t *testing.T, page string) map[string]string {
	t.Helper()
	files := map[string]string{"outings/texts/en.toml": ""}
	paths := importPaths(t)
	for i, m := range snippet.FindAllStringSubmatch(page, -1) {
		kind, text := m[1], m[2]
		name, clause := fmt.Sprintf("outings/guide%d.%s", i, kind), "package outings\n\n"
		switch {
		case kind == "sql":
			name, clause = "outings/schema/0001_outings.sql", ""
		case kind == "templ":
			clause += "import \"" + modulePath + "/internal/platform/ui\"\n\n"
		case strings.HasPrefix(text, "package "):
			clause = ""
		case strings.Contains(text, "*testing.T"):
			name, clause = "outings/outings_test.go", "package outings_test\n\n"
		case strings.Contains(text, "*seeder"):
			name, clause = "app/demo/seed_outings.go", "package demo\n\n"
		case !strings.Contains(text, "\n\treturn ") && !strings.HasPrefix(text, "func ") && !strings.HasPrefix(text, "type "):
			continue // a line that is talked about
		}
		if kind == "go" && clause != "" {
			text = withImports(t, clause, text, paths)
		} else {
			text = clause + text
		}
		files[name] = text
	}
	if len(files) < 8 {
		t.Errorf("only %d snippets of the guide are looked at", len(files))
	}
	return files
}

// importPaths are the packages that a part may import, by name; of two, ours and then the shorter.
func importPaths(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-test", "-f", "{{.Name}} {{.ImportPath}}", "./internal/consultations", "./internal/app/demo")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{"outings": modulePath + "/internal/outings"}
	for line := range strings.Lines(string(out)) {
		name, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		ours, was := strings.HasPrefix(path, modulePath), paths[name]
		hidden := strings.ContainsAny(path, " ") || !ours && strings.Contains(path, "internal/") || strings.HasPrefix(path, "vendor/")
		if !hidden && (was == "" || !strings.HasPrefix(was, modulePath) && (ours || len(path) < len(was))) {
			paths[name] = path
		}
	}
	return paths
}

// withImports adds what an editor adds: the packages whose names the text uses and does not declare.
func withImports(t *testing.T, clause, text string, paths map[string]string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", clause+text, 0)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	free := map[*ast.Ident]bool{}
	for _, name := range file.Unresolved {
		free[name] = true
	}
	used := map[string]bool{}
	for n := range ast.Preorder(file) {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if name, ok := sel.X.(*ast.Ident); ok && free[name] && paths[name.Name] != "" {
				used[paths[name.Name]] = true
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(clause)
	for _, path := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(&b, "import %q\n", path)
	}
	return b.String() + "\n" + text
}
