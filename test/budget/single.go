package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// tested is what `go list -test -deps -json` says of a package; the tests of one are packages of their own.
type tested struct {
	ImportPath, ForTest, Dir string
	Deps, GoFiles            []string
	Standard                 bool
}

// single tells the packages whose tests run in a single goroutine, for which the race detector has nothing
// to watch, from the others. It is found out and not declared: nothing that is built into the test program
// may serve or call over a network or use a database, and no file of this project in it may start a
// goroutine or use what only those need who have several.
func single(patterns ...string) (alone, others []string, err error) {
	out, err := exec.Command("go", append([]string{"list", "-test", "-deps", "-json=ImportPath,ForTest,Dir,Deps,GoFiles,Standard"}, patterns...)...).Output()
	if err != nil {
		return nil, nil, err
	}
	var all []tested
	starts := map[string]bool{} // by package as it is tested
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p tested
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		switch ours := strings.HasPrefix(p.ImportPath, module); {
		case p.ImportPath == "net/http" || p.ImportPath == "database/sql":
			starts[p.ImportPath] = true
		case ours && !strings.HasSuffix(p.ImportPath, ".test"): // whose only file is the go command's
			if starts[p.ImportPath], err = startsGoroutines(p.Dir, p.GoFiles); err != nil {
				return nil, nil, err
			}
		}
		all = append(all, p)
	}
	for _, p := range all {
		path, isTest := strings.CutSuffix(p.ImportPath, ".test")
		switch {
		case !isTest || p.Standard:
		case slices.ContainsFunc(p.Deps, func(dep string) bool { return starts[dep] }):
			others = append(others, path)
		default:
			alone = append(alone, path)
		}
	}
	return alone, others, nil
}

func startsGoroutines(dir string, files []string) (bool, error) {
	for _, name := range files {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil || several(f) {
			return err == nil, err
		}
	}
	return false, nil
}

// several tells whether a file starts a goroutine, lets something else start one, or guards against others.
func several(f *ast.File) bool {
	for n := range ast.Preorder(f) {
		switch n := n.(type) {
		case *ast.GoStmt:
			return true
		case *ast.ImportSpec:
			if n.Path.Value == `"sync"` || n.Path.Value == `"sync/atomic"` {
				return true
			}
		case *ast.SelectorExpr:
			if slices.Contains([]string{"Parallel", "RunParallel", "AfterFunc"}, n.Sel.Name) {
				return true
			}
		}
	}
	return false
}
