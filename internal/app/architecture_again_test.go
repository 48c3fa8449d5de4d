package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What a transaction does may be run again after a conflict with another writer. So the function given to Write leaves nothing behind that its
// next run would begin with: no cursor that it moved, no list that it added to, no sum. What works through a list does it with storage.WriteInSteps.
func TestATransactionRunAgainBeginsAsBefore(t *testing.T) {
	found := 0
	for _, f := range goFiles(t) {
		if f.test || strings.HasPrefix(f.path, "test/") {
			continue
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, filepath.Join(root(t), f.path), nil, 0) // whose variable a name is, is asked here
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			fn, is := written(n)
			if is {
				found++
				for _, name := range movedOutside(fn) {
					t.Errorf("%s: run again, the transaction begins with what its first run made of %s", f.at(n), name)
				}
			}
			return true
		})
	}
	if found < 200 {
		t.Errorf("only %d transactions are looked at", found)
	}
}

// Examples of what a run again would do otherwise, and of what it would not.
func TestWhatARunAgainChanges(t *testing.T) {
	for body, want := range map[string]string{
		"rows := list(after); after = last(rows)": "after",
		"out = append(out, 1)":                    "out",
		"n++":                                     "n",
		"n += 2":                                  "n",
		"out, n = nil, 0; n++; out = append(out, n)": "",
		"out = list(1); n = len(out)":                "",
		"n := 0; n++":                                "",
	} {
		src := "package p; func f() { var after, n int; var out []int; db.Write(ctx, func(tx *Tx) error { " + body + "; return nil }); _, _, _ = after, n, out }"
		tree, err := parser.ParseFile(token.NewFileSet(), "p.go", src, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if fn, is := written(n); is {
				if got := strings.Join(movedOutside(fn), " "); got != want {
					t.Errorf("%s: %q, want %q", body, got, want)
				}
			}
			return true
		})
	}
}

// written is the function that is given to a Write.
func written(n ast.Node) (*ast.FuncLit, bool) {
	call, is := n.(*ast.CallExpr)
	if !is || len(call.Args) == 0 {
		return nil, false
	}
	if of, is := call.Fun.(*ast.SelectorExpr); !is || of.Sel.Name != "Write" {
		return nil, false
	}
	fn, is := call.Args[len(call.Args)-1].(*ast.FuncLit)
	return fn, is
}

// movedOutside are the variables from outside a function that it sets to something after it has asked what they were.
func movedOutside(fn *ast.FuncLit) (names []string) {
	outside := func(e ast.Expr) *ast.Ident {
		id, is := e.(*ast.Ident)
		if !is || id.Obj == nil || id.Obj.Kind != ast.Var || fn.Pos() <= id.Obj.Pos() && id.Obj.Pos() <= fn.End() {
			return nil
		}
		return id
	}
	// By where a variable is declared: within one function the parser's own resolution tells variables apart.
	set := map[token.Pos]token.Pos{} // until where it is set first
	targets, moved, called := map[*ast.Ident]bool{}, map[token.Pos]bool{}, map[token.Pos]string{}
	assign := func(target ast.Expr, until token.Pos, asks bool) {
		id := outside(target)
		if id == nil {
			return
		}
		targets[id] = true
		if _, before := set[id.Obj.Pos()]; !before {
			set[id.Obj.Pos()], called[id.Obj.Pos()] = until, id.Name
			moved[id.Obj.Pos()] = asks
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, target := range n.Lhs {
				assign(target, n.End(), n.Tok != token.ASSIGN && n.Tok != token.DEFINE)
			}
		case *ast.IncDecStmt:
			assign(n.X, n.End(), true)
		}
		return true
	})
	ast.Inspect(fn, func(n ast.Node) bool {
		if e, is := n.(ast.Expr); is {
			if id := outside(e); id != nil && !targets[id] && id.Pos() < set[id.Obj.Pos()] {
				moved[id.Obj.Pos()] = true
			}
		}
		return true
	})
	for of := range set {
		if moved[of] {
			names = append(names, called[of])
		}
	}
	return names
}
