package app_test

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// What only the outermost layer may know: whose cookie it is, and after how long to try again.
var edgeOnly = map[string]string{
	"http.SetCookie":                "use web.SetCookie, which binds a cookie to the host",
	"http.Cookie":                   "use web.SetCookie, which binds a cookie to the host",
	"http.StatusTooManyRequests":    "return an error of code civic.TooMany, with After",
	"http.StatusServiceUnavailable": "return an error of code civic.Unavailable, with After",
}

func TestCookiesAndWaitsAreTheEdges(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || !strings.HasPrefix(f.path, "internal/") || strings.HasPrefix(f.path, "internal/platform/web/") ||
			strings.HasPrefix(f.path, "internal/citytest/") || f.path == "internal/cities/host.go" || // which is an edge before the cities' own
			f.path == "internal/record/proof/web_source.go" { // which asks another city
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if e, ok := n.(*ast.SelectorExpr); ok && edgeOnly[typeName(e)] != "" {
				t.Errorf("%s: %s: %s", f.at(e), typeName(e), edgeOnly[typeName(e)])
			}
			return true
		})
	}
}

// A changed setting takes effect without a restart. So the functions that make a service, or
// declare what it supplies, must not read a setting's value: they make a function that reads it
// later.
func TestSettingsAreAskedForWhenTheyAreNeeded(t *testing.T) {
	asks := map[string]bool{"Value": true, "value": true, "Bounds": true, "bounds": true, "days": true, "hours": true, "minutes": true}
	made := 0
	for _, f := range goFiles(t) {
		if f.test || !strings.HasPrefix(f.path, "internal/") || strings.HasPrefix(f.path, "internal/app/demo/") {
			continue
		}
		for _, d := range f.tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || fn.Name.Name != "New" && !strings.HasPrefix(fn.Name.Name, "new") && fn.Name.Name != "Running" && !strings.HasSuffix(strings.ToLower(fn.Name.Name), "routes") {
				continue
			}
			made++
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if _, later := n.(*ast.FuncLit); later {
					return false
				}
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 1 {
					return true
				}
				method, ok := call.Fun.(*ast.SelectorExpr)
				key, isText := call.Args[0].(*ast.BasicLit)
				if ok && asks[method.Sel.Name] && isText && key.Kind == token.STRING && perRequest(fn) == "" {
					t.Errorf("%s: %s asks for the setting %s once, when the program starts", f.at(call), fn.Name.Name, key.Value)
				}
				return true
			})
		}
	}
	if made < 20 {
		t.Errorf("only %d functions make something", made)
	}
}

// perRequest names the parameter that makes a function one of a request: it asks when it is called.
func perRequest(fn *ast.FuncDecl) string {
	for _, p := range fn.Type.Params.List {
		switch name := typeName(p.Type); name {
		case "*http.Request", "*storage.Tx", "ui.Form", "context.Context", "ui.Page":
			return name
		}
	}
	return ""
}
