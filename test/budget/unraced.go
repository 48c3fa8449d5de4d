package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// unraced finds the tests below a folder that call unraced.Test: their names as a pattern for -run, and
// their packages. A test that calls it through another function would run nowhere, so that is an error.
func unraced(root string) (names string, packages []string, err error) {
	var tests []string
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		found := callers(parsed)
		for _, name := range found {
			if !strings.HasPrefix(name, "Test") {
				return fmt.Errorf("%s: %s calls unraced.Test; only a test itself may, as its first line", file, name)
			}
		}
		tests = append(tests, found...)
		if folder := "./" + path.Dir(filepath.ToSlash(file)); len(found) > 0 && !slices.Contains(packages, folder) {
			packages = append(packages, folder)
		}
		return nil
	})
	return "^(" + strings.Join(tests, "|") + ")$", packages, err
}

// callers are the functions of a file that call unraced.Test themselves.
func callers(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		fn, isFunc := d.(*ast.FuncDecl)
		if !isFunc {
			continue
		}
		for n := range ast.Preorder(fn) {
			call, isCall := n.(*ast.CallExpr)
			if !isCall {
				continue
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Test" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "unraced" {
					names = append(names, fn.Name.Name)
					break
				}
			}
		}
	}
	return names
}
