package main

import (
	"go/parser"
	"go/token"
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
