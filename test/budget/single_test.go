package main

import (
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

// Counting is one goroutine; what has a database, a server or parallel tests is not.
func TestPackagesThatRunInASingleGoroutine(t *testing.T) {
	alone, others, err := single(module+"tally", module+"internal/record/proof", module+"internal/city", module+"opinion")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(alone, []string{module + "tally"}) || len(others) != 3 {
		t.Errorf("alone %q, others %q", alone, others)
	}
}

func TestWhatTellsOfSeveralGoroutines(t *testing.T) {
	for source, want := range map[string]bool{
		`package p; func f() { g() }`:                          false,
		`package p; func f() { go g() }`:                       true,
		`package p; func f() { if x { go func() {}() } }`:      true,
		`package p; import "sync"; var m sync.Mutex`:           true,
		`package p; func TestA(t *testing.T) { t.Parallel() }`: true,
		`package p; func f() { time.AfterFunc(1, g) }`:         true,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if several(f) != want {
			t.Errorf("%s: %v", source, !want)
		}
	}
}
