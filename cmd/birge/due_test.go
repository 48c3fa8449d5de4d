package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The dates were counted by hand on a calendar of 2026.
func TestDue(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("days.json", `{"2026-03-06": "A day of our own"}`)
	write("swaps.csv", "works,off\n2026-03-07,2026-03-10\n")
	write("other.json", `{"cases": []}`)
	for _, tc := range []struct {
		args    []string
		want    string
		skipped []string
	}{
		{[]string{"--from", "2026-03-05", "--days", "3", "--working"}, "2026-03-11", []string{"2026-03-07", "2026-03-08", "2026-03-09"}},
		{[]string{"--from", "2026-03-05", "--days", "3", "--calendar"}, "2026-03-10", []string{"2026-03-08", "2026-03-09"}},
		{[]string{"--from", "2026-03-05", "--days", "3", "--working", "--holidays", folder}, "2026-03-11", []string{"2026-03-06", "2026-03-08", "2026-03-10"}},
		{[]string{"--from", "2026-03-05", "--days", "1", "--working", "--pause", "2026-03-06..2026-03-10", "--extend", "1"}, "2026-03-12",
			[]string{"2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09", "2026-03-10"}},
	} {
		r := birge(t, t.Context(), append([]string{"due", "--json"}, tc.args...)...)
		var got dueResult
		if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 0 {
			t.Errorf("%v: %+v", tc.args, r)
			continue
		}
		var skipped []string
		for _, s := range got.Skipped {
			skipped = append(skipped, s.Date)
		}
		if got.Due != tc.want || !slices.Equal(skipped, tc.skipped) {
			t.Errorf("%v: %s", tc.args, r.out)
		}
	}
	for _, tc := range []struct {
		args string
		code int
		want string
	}{
		{"due --from 2026-03-05 --days 3", 2, "--working or --calendar"},
		{"due --from 2026-03-05 --days 3 --working --calendar", 2, ""},
		{"due --from 2026-02-30 --days 3 --working", 2, "“2026-02-30” is not a date"},
		{"due --from 2026-03-05 --days=-1 --working", 2, "a number of days from 0 to 3,660"},
		{"due --from 2026-03-05 --days 3 --working --holidays " + filepath.Join(folder, "other.json"), 1, "no calendar was found"},
		{"due --from 2026-03-05 --days 3 --working --holidays " + write("bad.csv", "works,off\n2026-03-07,soon\n"), 1, "line 2"},
		{"due --from 2026-03-05 --days 3 --working --lang kk", 0, "Халықаралық әйелдер күні, 08.03.2026 орнына; «Қазақстан Республикасындағы мерекелер туралы» Заңның 5-бабы"},
	} {
		if r := birge(t, t.Context(), strings.Fields(tc.args)...); r.code != tc.code || !strings.Contains(r.out+r.err, tc.want) {
			t.Errorf("%s: %+v", tc.args, r)
		}
	}
}
