package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file writes a file for a command.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The gifts of p1 and p2 in domain/algorithms.md, B7, with their raw values 34 and 54.
const someGifts = "project,donor,amount\np1,s1,1\np1,s2,4\np1,s3,1\np1,s4,9\np2,s1,1\np2,s2,1\np2,s3,1\np2,s4,1\np2,s5,1\np2,s6,1\np2,s7,4\n"

func TestAllocate(t *testing.T) {
	path := file(t, "gifts.csv", someGifts)
	for _, tc := range []struct {
		args, left string
		matched    map[string]string
	}{
		{"--rule quadratic --pool 100", "12", map[string]string{"p1": "34", "p2": "54"}},
		{"--rule quadratic --pool 44", "0", map[string]string{"p1": "17", "p2": "27"}},
		{"--rule quadratic --pool 50 --cap-project 20 --fill", "10", map[string]string{"p1": "20", "p2": "20"}},
		{"--pool 10", "0", map[string]string{"p1": "6", "p2": "4"}},
		{"--pool 1 --cap-gift 1", "0", map[string]string{"p1": "0.36", "p2": "0.64"}}, // 4 and 7 of 11
	} {
		r := birge(t, t.Context(), append(append([]string{"allocate", path}, strings.Fields(tc.args)...), "--json")...)
		var got allocateResult
		if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 0 {
			t.Errorf("%s: %+v", tc.args, r)
			continue
		}
		if got.Left != tc.left || got.Matched["p1"] != tc.matched["p1"] || got.Matched["p2"] != tc.matched["p2"] {
			t.Errorf("%s: %s", tc.args, r.out)
		}
	}
	if r := birge(t, t.Context(), "allocate", path, "--rule", "quadratic", "--pool", "44"); !strings.Contains(r.out, "p1: 17 (given 15, donors: 4, by the rule 34)") || !strings.Contains(r.out, "Left of 44: 0") {
		t.Errorf("in words: %+v", r)
	}
	for content, want := range map[string]string{
		"project;amount\np1;1\n":              "the column donor is missing",
		"project;donor;amount\np1;s1;1,5\n":   "line 2: “1,5” is no whole number",
		"project;donor;amount\n\np1;;1\n":     "line 3: the project or the donor is missing",
		"project;donor;amount\np1;s1;0\n":     "line 2: 0 cannot be given",
		"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR": "",
	} {
		if r := birge(t, t.Context(), "allocate", file(t, "gifts.csv", content), "--pool", "1"); r.code != 1 || !strings.Contains(r.err, want) || strings.Contains(r.err, "⟦") {
			t.Errorf("%q: %+v", content, r)
		}
	}
	if r := birge(t, t.Context(), "allocate", path, "--rule", "pairwise", "--pool", "1"); !strings.Contains(r.err, "needs --bound above 0") {
		t.Errorf("pairwise without a bound: %+v", r)
	}
	if r := birge(t, t.Context(), "allocate", path, "--pool=-1"); !strings.Contains(r.err, "--pool cannot be -1") {
		t.Errorf("a pool below 0: %+v", r)
	}
}

// Krippendorff's worked example, with his α, in the ways in which a table may be written.
func TestAgreement(t *testing.T) {
	const rows = "1,1,,1\n2,2,3,2\n3,3,3,3\n3,3,3,3\n2,2,2,2\n1,2,3,4\n4,4,4,4\n1,1,2,1\n2,2,2,2\n,5,5,5\n,,1,1\n,3,,\n"
	labelled := "unit,A,B,C,D\n"
	for i, row := range strings.Split(strings.TrimSpace(rows), "\n") {
		labelled += string(rune('a'+i)) + "," + row + "\n"
	}
	for name, content := range map[string]string{"bare": rows, "with a heading": "A,B,C,D\n" + rows, "with names of units": labelled, "for Russian Excel": "\ufeffА;Б;В;Г\r\n" + strings.ReplaceAll(rows, ",", ";")} {
		path := file(t, "scores.csv", content)
		for metric, want := range map[string]string{"nominal": "0.7434", "ordinal": "0.8154", "interval": "0.8491", "ratio": "0.7974"} {
			r := birge(t, t.Context(), "agreement", path, "--metric", metric, "--json")
			var got agreementResult
			if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 0 || got.Alpha == nil || got.Units != 11 || got.Values != 40 {
				t.Errorf("%s, %s: %+v", name, metric, r)
				continue
			}
			if words := birge(t, t.Context(), "agreement", path, "--metric", metric); !strings.Contains(words.out, "α = "+want) {
				t.Errorf("%s, %s: %s, want %s", name, metric, words.out, want)
			}
		}
	}
	if r := birge(t, t.Context(), "agreement", file(t, "themes.csv", "roads,water\nroads,roads\nwater,water\n"), "--metric", "nominal", "--json"); !strings.Contains(r.out, `"units": 3`) {
		t.Errorf("a first row of values is one: %+v", r)
	}
	if r := birge(t, t.Context(), "agreement", file(t, "same.csv", "3,3\n3,3\n"), "--json"); r.code != 0 || !strings.Contains(r.out, `"alpha": null`) {
		t.Errorf("all the same: %+v", r)
	}
	if r := birge(t, t.Context(), "agreement", file(t, "words.csv", "A,B\n3,good\n")); r.code != 1 || !strings.Contains(r.err, "row 2, column 2: “good” is no number") {
		t.Errorf("words: %+v", r)
	}
}
