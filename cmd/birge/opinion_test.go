package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// park writes a small export of two camps and gives its directory.
func park(t *testing.T, change func(name, text string) string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "park")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	comments := "timestamp,datetime,comment-id,author-id,moderated,comment-body\n"
	votes := "timestamp,datetime,comment-id,voter-id,vote\n"
	for s := range 10 {
		comments += fmt.Sprintf("%d,,%d,0,%d,Тұжырым %d\n", 1_700_000_000_000+s, s, 1-2*(s/9), s)
		for p := range 60 {
			if (p*7+s*3)%5 == 0 {
				continue
			}
			v := 1 - 2*((p+s)%2)
			if s < 2 {
				v = 1
			}
			votes += fmt.Sprintf("%d,,%d,%d,%d\n", 1_700_000_000_000+p*1000+s, s, p, v)
		}
	}
	for name, text := range map[string]string{"comments.csv": comments, "votes.csv": votes, "summary.csv": "topic,Саябақ\nurl,https://example.org/park\n"} {
		if change != nil {
			text = change(name, text)
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inLanguage are streams that speak a language.
func inLanguage(t *testing.T, lang civic.Lang, out, messages io.Writer) *streams {
	t.Helper()
	texts, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	return &streams{Out: out, Err: messages, words: texts.For(lang)}
}

func runOpinion(t *testing.T, ctx context.Context, lang civic.Lang, c opinionCmd) (out, messages string, err error) {
	var o, e bytes.Buffer
	if c.Method == "" {
		c.Method = "birge"
	}
	err = c.Run(ctx, inLanguage(t, lang, &o, &e))
	return o.String(), e.String(), err
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestOpinionWritesAllOrNothing(t *testing.T) {
	dir := park(t, nil)
	out := filepath.Join(t.TempDir(), "out")
	text, messages, err := runOpinion(t, t.Context(), "kk", opinionCmd{Dir: dir, Out: out})
	if err != nil {
		t.Fatal(err, messages)
	}
	for _, want := range []string{"Саябақ", "A тобы", "B тобы", "birge opinion park", "SHA-256"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the words", want)
		}
	}
	if got := list(t, out); strings.Join(got, " ") != "map.json map.svg report.pdf" {
		t.Errorf("files %v", got)
	}
	if strings.Count(messages, "\n") != 3 {
		t.Errorf("messages %q", messages)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	other := filepath.Join(t.TempDir(), "other")
	if _, _, err := runOpinion(t, ctx, "kk", opinionCmd{Dir: dir, Out: other}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := os.Stat(other); err == nil && len(list(t, other)) > 0 {
		t.Errorf("cancelled, yet wrote %v", list(t, other))
	}
}

// With JSON on standard output nothing else goes there and no files are written. The order of
// the input lines does not matter.
func TestOpinionJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := park(t, nil)
	out, messages, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: dir, JSON: true})
	if err != nil || messages != "" {
		t.Fatal(err, messages)
	}
	var d struct {
		K            int
		Participants []struct {
			ID    int64
			Group *string
			X, Y  float64
		}
		Groups []struct {
			ID             string
			Size           int
			Representative []map[string]any
		}
		Consensus map[string][]map[string]any
		Digests   []any
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	if d.K != 2 || len(d.Participants) != 60 || len(d.Groups) != 2 || len(d.Groups[0].Representative) == 0 || len(d.Consensus["agree"]) != 2 || len(d.Digests) != 3 {
		t.Errorf("%+v", d)
	}
	if len(list(t, ".")) != 0 {
		t.Errorf("files %v", list(t, "."))
	}
	reversed := park(t, func(name, text string) string {
		if name != "votes.csv" {
			return text
		}
		lines := strings.Split(strings.TrimSpace(text), "\n")
		for i, j := 1, len(lines)-1; i < j; i, j = i+1, j-1 {
			lines[i], lines[j] = lines[j], lines[i]
		}
		return strings.Join(lines, "\n")
	})
	again, _, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: reversed, JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	cut := func(s string) string { i := strings.Index(s, `"digests"`); return s[:i] }
	if cut(out) != cut(again) {
		t.Error("the order of lines changes the map")
	}
	if _, _, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: dir, JSON: true, Method: "production"}); err != nil {
		t.Error(err)
	}
	few, _, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: dir, JSON: true, Exclude: []int64{3}})
	if err != nil || strings.Contains(few, `"id": 3,
   "group"`) {
		t.Error("participant 3 was to be left out", err)
	}
	if _, _, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: dir, JSON: true, Exclude: []int64{999}}); err == nil {
		t.Error("an unknown participant can be left out")
	}
}

func TestOpinionFlaws(t *testing.T) {
	t.Chdir(t.TempDir())
	broken := park(t, func(name, text string) string {
		if name == "votes.csv" {
			text += "1,,0,1,5\n1,,77,1,1\n"
		}
		return text
	})
	out, messages, err := runOpinion(t, t.Context(), "ru", opinionCmd{Dir: broken})
	if err == nil || err.Error() != "в выгрузке есть ошибки" || out != "" || len(list(t, ".")) != 0 {
		t.Errorf("%v, printed %q, wrote %v", err, out, list(t, "."))
	}
	for _, want := range []string{"votes.csv:482: \"vote\": должно быть 1", "votes.csv:483: \"comment-id\": такого мнения нет", "--skip-errors"} {
		if !strings.Contains(messages, want) {
			t.Errorf("%q is not in %q", want, messages)
		}
	}
	skipped, _, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: broken, JSON: true, SkipErrors: true})
	if err != nil {
		t.Fatal(err)
	}
	whole, _, _ := runOpinion(t, t.Context(), "en", opinionCmd{Dir: park(t, nil), JSON: true})
	cut := func(s string) string { i := strings.Index(s, `"digests"`); return s[:i] }
	if cut(skipped) != cut(whole) {
		t.Error("leaving out the bad lines does not give the map of the good ones")
	}
	if _, _, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: "nowhere"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, messages, err := runOpinion(t, t.Context(), "kk", opinionCmd{Dir: t.TempDir()}); err == nil || err.Error() != "экспортта қате бар" || !strings.Contains(messages, "votes.csv") {
		t.Errorf("empty directory: %v %q", err, messages)
	}
}

// Without comments.csv and summary.csv, and with participants-votes.csv only,
// there still is a map.
func TestOpinionMissingFiles(t *testing.T) {
	only := func(keep string) string {
		return park(t, func(name, text string) string {
			if name != keep {
				return ""
			}
			return text
		})
	}
	for _, method := range []string{"birge", "production"} {
		if _, messages, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: only("votes.csv"), JSON: true, Method: method}); err != nil {
			t.Error(err, messages)
		}
	}
	dir := only("nothing")
	if err := os.WriteFile(filepath.Join(dir, "participants-votes.csv"), []byte("participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1\n1,,0,2,1,1,1,-1\n2,,0,1,0,1,,-1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, messages, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: dir, JSON: true})
	if err != nil || !strings.Contains(out, `"votes": 3`) {
		t.Error(err, messages, out)
	}
}

func TestOpinionLeavesNothingHalfWritten(t *testing.T) {
	out := t.TempDir()
	if err := os.MkdirAll(filepath.Join(out, "map.json", "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: park(t, nil), Out: out}); err == nil {
		t.Error("a directory in the way is no error")
	}
	for _, name := range list(t, out) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("%s was left", name)
		}
	}
}
