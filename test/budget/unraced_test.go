package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCallersOfUnraced(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "", `package p
func TestA(t *testing.T) { unraced.Test(t) }
func TestB(t *testing.T) { other.Test(t); Test(t) }
func TestC(t *testing.T) { each(t, func() { unraced.Test(t) }) }
`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := callers(f); !slices.Equal(got, []string{"TestA", "TestC"}) {
		t.Errorf("%q", got)
	}
}

func TestOnlyTestsCallUnraced(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a_test.go"), []byte("package p\nfunc each(t *testing.T) { unraced.Test(t) }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := unraced(dir); err == nil {
		t.Error("a test that calls it through each would run nowhere, and nobody is told")
	}
}
