package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Where SQL may stand beside store*.go, with the reason.
var sqlElsewhere = map[string]string{
	"internal/platform/storage/":             "it is the store: transactions, versions, upgrades, backups",
	"internal/platform/storage/storagetest/": "makes and drops the schemas of tests",
}

// Where a context may be made from nothing, with the reason. Everywhere else it is the
// caller's, and in a transaction the transaction's. A context made from nothing is not
// cancelled with the request, and hides from storage that a transaction is under way.
var contextFromNowhere = map[string]string{
	"internal/cities/host.go":                              "the work of cities outlives every request, and ends with the host",
	"internal/app/web_operate.go":                          "the collector of metrics is given none",
	"internal/platform/storage/writer.go":                  "a commit is of all requests that share it, and of none",
	"internal/platform/storage/storagetest/storagetest.go": "the database of a test is closed after the test's context has ended",
	"internal/record/sequencer.go":                         "a lease is given back after the context of the work has ended",
}

// goFile is a parsed file of the project.
type goFile struct {
	path string // from the root
	test bool
	set  *token.FileSet
	tree *ast.File
}

func (f goFile) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.set.Position(n.Pos()).Line)
}

// goFiles are the files that people wrote.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.go")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goFile
	for path := range strings.FieldsSeq(string(out)) {
		if strings.HasSuffix(path, "_templ.go") {
			continue
		}
		f := goFile{path: path, test: strings.HasSuffix(path, "_test.go"), set: token.NewFileSet()}
		if f.tree, err = parser.ParseFile(f.set, filepath.Join(root(t), path), nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// stale reports the rows of a table that were not needed.
func stale[V any](t *testing.T, table map[string]V, used map[string]bool) {
	t.Helper()
	for _, row := range slices.Sorted(maps.Keys(table)) {
		if !used[row] {
			t.Errorf("the table lists %s in vain", row)
		}
	}
}

var sqlText = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|INSERT OR|UPDATE \w+ SET|DELETE FROM|WITH \w+ AS|CREATE|ALTER|DROP|TRUNCATE|PRAGMA|COMMIT|SAVEPOINT|ROLLBACK|VACUUM)\b|^\s*BEGIN(\s|;|$)` +
	`|\b(FROM|JOIN|WHERE|ORDER BY|GROUP BY|ON CONFLICT|RETURNING) [a-z(]`)

func TestSQLStandsInStoreFiles(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		dir, name := filepath.Split(f.path)
		if f.test || strings.HasPrefix(name, "store") {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if s, _ := strconv.Unquote(lit.Value); sqlText.MatchString(s) {
				used[dir] = true
				if sqlElsewhere[dir] == "" {
					t.Errorf("%s: SQL belongs in a store*.go", f.at(lit))
				}
			}
			return true
		})
	}
	stale(t, sqlElsewhere, used)
}

// Rows are scanned by storage.Into and storage.Scalar. In `return v, r.Scan(&v.X)` Go does not
// say whether v is copied before Scan fills it.
func TestRowsAreScannedByOneHelper(t *testing.T) {
	for _, f := range goFiles(t) {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) > 1 && slices.ContainsFunc(ret.Results, scans) {
				t.Errorf("%s: returns a value beside the Scan that fills it", f.at(ret))
			}
			if e, ok := n.(ast.Expr); ok && !f.test && scans(e) && !strings.HasPrefix(f.path, "internal/platform/storage/") {
				t.Errorf("%s: scan through storage.Into", f.at(e))
			}
			return true
		})
	}
}

// scans reports whether an expression is a call of Scan that fills something.
func scans(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	return ok && method.Sel.Name == "Scan"
}

// A function that runs in a transaction has only the context tx.Context(). With a second
// context it could begin a second transaction, which waits for a connection while holding one.
func TestTheTransactionsContextIsTheOnlyOne(t *testing.T) {
	for _, f := range goFiles(t) {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			fn, ok := n.(*ast.FuncType)
			if !ok {
				return true
			}
			var ctx, tx bool
			for _, p := range fn.Params.List {
				switch typeName(p.Type) {
				case "context.Context":
					ctx = true
				case "*storage.Tx", "*Tx":
					tx = true
				}
			}
			if ctx && tx {
				t.Errorf("%s: takes a context beside the transaction", f.at(fn))
			}
			return true
		})
	}
}

// What is called in a transaction is given the transaction, or its context: a transaction that is begun inside it with the context of
// the request would not be known for one inside another, wait for a second connection, and be ended by the clock alone.
func TestATransactionTakesNoOuterContext(t *testing.T) {
	found := 0
	for _, f := range goFiles(t) {
		if f.test || strings.HasPrefix(f.path, "test/") {
			continue
		}
		for n := range ast.Preorder(f.tree) {
			if fn, is := inTransaction(n); is {
				found++
				for _, name := range contextsWithin(fn) {
					t.Errorf("%s: within a transaction, %s is the context of what is around it", f.at(n), name)
				}
			}
		}
	}
	if found < 600 {
		t.Errorf("only %d transactions are looked at", found)
	}
}

// Examples of contexts that come from outside a transaction, and of its own.
func TestWhatIsAnOuterContext(t *testing.T) {
	for body, want := range map[string]string{
		"return s.Show(ctx, id)":          "ctx",
		"return s.Show(r.Context(), id)":  "r.Context()",
		"return s.Show(tx.Context(), id)": "",
		"return s.show(tx, id)":           "",
	} {
		tree, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p; func f() { db.Read(ctx, func(tx *storage.Tx) error { "+body+" }) }", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for n := range ast.Preorder(tree) {
			if fn, is := inTransaction(n); is {
				if got := strings.Join(contextsWithin(fn), " "); got != want {
					t.Errorf("%s: %q, want %q", body, got, want)
				}
			}
		}
	}
}

// inTransaction is a function that runs in one: its first parameter is the transaction, and it stands where it is called from.
func inTransaction(n ast.Node) (*ast.FuncLit, bool) {
	fn, is := n.(*ast.FuncLit)
	if !is || len(fn.Type.Params.List) == 0 {
		return nil, false
	}
	return fn, typeName(fn.Type.Params.List[0].Type) == "*storage.Tx"
}

// contextsWithin are the contexts that a function in a transaction takes from around it.
func contextsWithin(fn *ast.FuncLit) (names []string) {
	for n := range ast.Preorder(fn.Body) {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "ctx" {
				names = append(names, n.Name)
			}
		case *ast.CallExpr:
			of, is := n.Fun.(*ast.SelectorExpr)
			if !is || of.Sel.Name != "Context" {
				continue
			}
			if from, is := of.X.(*ast.Ident); is && from.Name != "tx" {
				names = append(names, from.Name+".Context()")
			}
		}
	}
	return names
}

func TestContextsComeFromSomewhere(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test || !strings.HasPrefix(f.path, "internal/") {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && (typeName(e) == "context.Background" || typeName(e) == "context.TODO") {
				used[f.path] = true
				if contextFromNowhere[f.path] == "" {
					t.Errorf("%s: a context from nowhere", f.at(e))
				}
			}
			return true
		})
	}
	stale(t, contextFromNowhere, used)
}

// typeName writes a name as it stands in the source: Tx, storage.Tx, *storage.Tx.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return "*" + typeName(e.X)
	case *ast.SelectorExpr:
		return typeName(e.X) + "." + e.Sel.Name
	}
	return ""
}
