package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// platform is the folder whose packages are watched whole: everything stands on them.
const platform = "./internal/platform/"

// oneByOne are packages whose own code starts goroutines, and of which the race detector still watches only the tests that do so
// too, with the reason.
var oneByOne = map[string]string{
	"./cmd/birge":         "commands run one after another; those that serve are asked by tests that start goroutines",
	"./internal/app":      "it starts what other packages have; most of its tests walk every route of every role, one after another",
	"./internal/app/demo": "it makes one city, thing by thing",
	"./test/budget":       "it waits for one program",
}

// never are packages whose tests only start goroutines for what stands around the program.
var never = map[string]string{
	"./test/browser": "a person clicks one thing after another, and the detector doubles what Chromium takes",
	"./test/attack":  "it attacks the program as it is built for a city",
}

// together finds what is to run again under the race detector: whole packages, whose own code starts goroutines or on which all
// others stand; and of the others the tests that start goroutines themselves or through a function of their package's tests, as
// a pattern for -run, with their packages. It is found out and not declared, so that nobody can forget it. The rest does one
// thing at a time, and the detector would make it five times slower for nothing.
func together(root string) (whole []string, names string, packages []string, err error) {
	folders := map[string]*folder{}
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return filepath.SkipDir
		case !strings.HasSuffix(file, ".go"):
			return nil
		}
		at, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		name := "./" + path.Clean(filepath.ToSlash(at))
		if folders[name] == nil {
			folders[name] = &folder{starts: map[string]bool{}, calls: map[string][]string{}}
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		folders[name].read(parsed, strings.HasSuffix(file, "_test.go"))
		return nil
	})
	var tests []string
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		f := folders[name]
		if never[name] != "" {
			continue
		}
		if oneByOne[name] == "" && f.tested && (f.itself || strings.HasPrefix(name, platform)) {
			whole = append(whole, name)
		} else if found := f.together(); len(found) > 0 {
			tests, packages = append(tests, found...), append(packages, name)
		}
	}
	return whole, "^(" + strings.Join(tests, "|") + ")$", packages, err
}

// folder is what the files of a folder say of goroutines.
type folder struct {
	itself bool                // its own code starts some
	tested bool                // it has tests
	starts map[string]bool     // functions of its tests that start some
	calls  map[string][]string // what those functions call, by name
}

func (f *folder) read(file *ast.File, test bool) {
	f.tested = f.tested || test
	for _, d := range file.Decls {
		fn, isFunc := d.(*ast.FuncDecl)
		if !isFunc {
			continue
		}
		for n := range ast.Preorder(fn) {
			switch n := n.(type) {
			case *ast.GoStmt:
				f.found(fn.Name.Name, test)
			case *ast.CallExpr:
				name := called(n)
				if name == "Go" || name == "AfterFunc" {
					f.found(fn.Name.Name, test)
				}
				if test {
					f.calls[fn.Name.Name] = append(f.calls[fn.Name.Name], name)
				}
			}
		}
	}
}

func (f *folder) found(function string, test bool) {
	if test {
		f.starts[function] = true
	} else {
		f.itself = true
	}
}

func called(c *ast.CallExpr) string {
	switch fun := c.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// together are the tests that start goroutines, through whichever function of the tests.
func (f *folder) together() (tests []string) {
	for again := true; again; {
		again = false
		for name, calls := range f.calls {
			if !f.starts[name] && slices.ContainsFunc(calls, func(c string) bool { return f.starts[c] }) {
				f.starts[name], again = true, true
			}
		}
	}
	for name := range f.starts {
		if strings.HasPrefix(name, "Test") && name != "TestMain" {
			tests = append(tests, name)
		}
	}
	slices.Sort(tests)
	return tests
}
