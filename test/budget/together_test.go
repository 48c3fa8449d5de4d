package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWhatIsWatchedTogether(t *testing.T) {
	root := t.TempDir()
	for name, source := range map[string]string{
		"alone/a.go":                          "package p\nfunc f() { g() }\n",
		"alone/a_test.go":                     "package p\nfunc TestOne(t *testing.T) { f() }\n",
		"mixed/a_test.go":                     "package p\nfunc TestGo(t *testing.T) { go f() }\nfunc TestGroup(t *testing.T) { each(t, func() { wg.Go(f) }) }\nfunc TestSlow(t *testing.T) { f() }\n",
		"mixed/b_test.go":                     "package p\nfunc TestThroughTwo(t *testing.T) { c.crowd() }\nfunc (c c) crowd() { many() }\nfunc many() { time.AfterFunc(1, f) }\nfunc BenchmarkGo(b *testing.B) { go f() }\nfunc TestMain(m *testing.M) { go f() }\n",
		"parallel/a.go":                       "package p\nfunc f() { go g() }\n",
		"parallel/a_test.go":                  "package p\nfunc TestF(t *testing.T) { f() }\n",
		"untested/a.go":                       "package p\nfunc f() { go g() }\n",
		"internal/platform/sheet/a.go":        "package p\n",
		"internal/platform/s_test.go":         "package p\n",
		"internal/platform/x/a_test.go":       "package p\n",
		"internal/app/a.go":                   "package p\nfunc f() { go g() }\n",
		"internal/app/a_test.go":              "package p\nfunc TestWalk(t *testing.T) { f() }\nfunc TestCrowd(t *testing.T) { go f() }\n",
		"internal/platform/storage/a.go":      "package p\nfunc f() { go g() }\n",
		"internal/platform/storage/a_test.go": "package p\n",
		"test/browser/journey_test.go":        "package p\nfunc TestJourney(t *testing.T) { go f() }\n",
		"browser/node_modules/x/a.go":         "no Go at all",
		"test/browser/node_modules/a.go":      "no Go at all",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole, names, packages, err := together(root)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(whole, []string{"./internal/platform/storage", "./internal/platform/x", "./parallel"}) {
		t.Errorf("whole: %q", whole)
	}
	if names != "^(TestCrowd|TestGo|TestGroup|TestThroughTwo)$" || !slices.Equal(packages, []string{"./internal/app", "./mixed"}) {
		t.Errorf("%s in %q", names, packages)
	}
	// What differs between the engines is watched on both, all else on PostgreSQL alone.
	for group, want := range map[string][]string{
		"engines":  {"./internal/platform/storage"},
		"whole":    {"-skip=.*/^sqlite$", "./internal/platform/x", "./parallel"},
		"together": {"-skip=.*/^sqlite$", "-run=" + names, "./internal/app", "./mixed"},
	} {
		if got, err := list(root, group); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", group, got, err)
		}
	}
}
