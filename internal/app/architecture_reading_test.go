package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// longest is how many lines of a function fit on a screen together with what calls it.
const longest = 60

// A function that does not fit on a screen must be split, or say at its head why it is better
// whole:
//
//	// Long: one step after the other, and each needs what the one before found.
func TestLongFunctionsSayWhy(t *testing.T) {
	for _, dir := range []string{"cmd", "internal", "allocation", "opinion", "sortition", "tally", "test"} {
		err := filepath.WalkDir(filepath.Join(root(t), dir), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_templ.go") {
				return err
			}
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, declared := range parsed.Decls {
				f, ok := declared.(*ast.FuncDecl)
				if !ok || f.Body == nil {
					continue
				}
				lines := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1
				switch why := saysWhyLong(parsed, f); {
				case lines > longest && !why:
					t.Errorf("%s: %s has %d lines: split it, or say at its head why not", fset.Position(f.Pos()), f.Name.Name, lines)
				case lines <= longest && why:
					t.Errorf("%s: %s has %d lines and excuses itself for being long", fset.Position(f.Pos()), f.Name.Name, lines)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// saysWhyLong looks for the reason above the function and between its head and its first statement.
func saysWhyLong(file *ast.File, f *ast.FuncDecl) bool {
	from, to := f.Pos(), f.Body.End()
	if f.Doc != nil {
		from = f.Doc.Pos()
	}
	if len(f.Body.List) > 0 {
		to = f.Body.List[0].Pos()
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if reason, ok := strings.CutPrefix(c.Text, "// Long: "); ok && from <= c.Pos() && c.Pos() < to && strings.TrimSpace(reason) != "" {
				return true
			}
		}
	}
	return false
}
