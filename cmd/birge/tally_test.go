package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const smallElection = "META\nkey;value\ndescription;Test\nbudget;100\nvote_type;approval\nnum_projects;3\nnum_votes;4\nPROJECTS\nproject_id;cost;name;category;district\na;50;Park;green;north\nb;60;Road;grey;north\nc;40;Tree;green;south\nVOTES\nvoter_id;vote;age\n1;a,b;20\n2;a;30\n3;b,c;40\n4;c;50\n"

// tallyOf runs the command on an election given as standard input. When the command fails, err
// holds its message.
func tallyOf(t *testing.T, in string, args ...string) (out, messages string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	if code := run(t.Context(), append([]string{"tally"}, args...), &streams{In: strings.NewReader(in), Out: &o, Err: &e}); code != 0 {
		err = errors.New(e.String())
	}
	return o.String(), e.String(), err
}

func saved(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func winners(t *testing.T, args ...string) []string {
	t.Helper()
	out, messages, err := tallyOf(t, smallElection, append([]string{"-", "--json"}, args...)...)
	if err != nil {
		t.Fatalf("%v: %v %s", args, err, messages)
	}
	var result struct{ Winners []string }
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatal(err)
	}
	return result.Winners
}

func TestTallyOptions(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"--rule greedy", "a c"},
		{"--rule greedy --tie lot:w", "b c"},
		{"--rule greedy --per-cost", "c a"},
		{"--rule greedy --no-skip", "a"}, // a leaves 50, b costs 60
		{"--rule greedy --tie votes", "a c"},
		{"--rule greedy --tie cost-votes", "c a"},
		{"--rule equal-shares", "a c"},
		{"--rule equal-shares --utility cardinality --completion add-one,greedy", "c a"},
		{"--rule equal-shares --completion add-opt", "a c"},
		{"--rule exact-equal-shares --completion greedy", "a c"},
		{"--rule phragmen", "c a"},
		{"--rule bounded-overspending", "a c"},
		{"--rule greedy --cap category:green=45", "b c"},
		{"--rule greedy --cap district:north=55 --min-votes 2", "a c"},
		{"--rule greedy --exclusive a,c", "a"},
		{"--rule greedy --funded b", "b c"},
		{"--rule greedy --funded-outside b", "b a c"},
	} {
		if got := strings.Join(winners(t, strings.Fields(c.args)...), " "); got != c.want {
			t.Errorf("%s: winners %q, want %q", c.args, got, c.want)
		}
	}
}

// Equal Shares fund b for three voters; six of ten want a for all the money, and greedy gives them that.
func TestTallyComparedWithGreedy(t *testing.T) {
	votes := "META\nkey;value\nbudget;100\nvote_type;approval\nPROJECTS\nproject_id;cost;name\na;100;Hall\nb;20;Swings\nc;20;Trees\nVOTES\nvoter_id;vote\n1;a\n2;a\n3;a\n4;a\n5;a\n6;a\n7;b,c\n8;b,c\n9;b,c\n10;\n"
	out, _, err := tallyOf(t, votes, "-", "--json", "--compare-greedy")
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		Winners    []string
		Comparison map[string]any
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"rule": "equal-shares", "prefer_rule": 3.0, "prefer_greedy": 6.0, "same": 1.0, "taken": "greedy"}
	if !reflect.DeepEqual(result.Comparison, want) || !slices.Equal(result.Winners, []string{"a"}) {
		t.Errorf("%+v", result)
	}
	for lang, words := range map[string]string{"kk": "3 адамға тиімдірек", "ru": "кому выгоднее «Равные доли»: 3", "en": "who gain more by “Equal Shares”: 3"} {
		if out, _, err := tallyOf(t, votes, "-", "--compare-greedy", "--lang", lang); err != nil || !strings.Contains(out, words) {
			t.Errorf("%s: %v\n%s", lang, err, out)
		}
	}
}

// After greedy has taken a and c of smallElection, ten are left of a hundred and b would come next.
func TestTallyPartial(t *testing.T) {
	out, _, err := tallyOf(t, smallElection, "-", "--rule", "greedy", "--partial", "--lang", "en")
	if err != nil || !strings.Contains(out, "Road (b) would come next by votes: 10 of its cost of 60") || !strings.Contains(out, "breaks what the rule promises") {
		t.Errorf("%v\n%s", err, out)
	}
	out, _, err = tallyOf(t, smallElection, "-", "--rule", "greedy", "--partial", "--json")
	if err != nil || !strings.Contains(strings.Join(strings.Fields(out), ""), `"partial":{"amount":10,"cost":60,"project":"b"}`) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTallyWritesReports(t *testing.T) {
	path := saved(t, "vote.pb", smallElection)
	page, copied := filepath.Join(filepath.Dir(path), "out.html"), filepath.Join(filepath.Dir(path), "copy.pb")
	out, _, err := tallyOf(t, "", path, "--html", page, "--pb", copied, "--explain", "--all-rules", "--ballot", "3", "--lang", "ru")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "Бюллетень 3") || !strings.Contains(out, "Все правила рядом") {
		t.Errorf("output %s", out)
	}
	html, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(html, []byte(`<html lang="ru">`)) {
		t.Errorf("page %v", err)
	}
	if again, err := os.ReadFile(copied); err != nil || string(again) != smallElection {
		t.Errorf("copy %v: %q", err, again)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 3 {
		t.Errorf("something is left over: %v", entries)
	}
}

func TestTallyInterruptedWritesNothing(t *testing.T) {
	path := saved(t, "vote.pb", smallElection)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var o, e bytes.Buffer
	code := run(ctx, []string{"tally", path, "--html", filepath.Join(filepath.Dir(path), "out.html"), "--lang", "en"}, &streams{Out: &o, Err: &e})
	if code != 130 || !strings.Contains(e.String(), "nterrupted") {
		t.Errorf("code %d: %s", code, e.String())
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 || o.Len() > 0 {
		t.Errorf("left %v, written %q", entries, o.String())
	}
}

func TestTallyCheck(t *testing.T) {
	if out, _, err := tallyOf(t, smallElection, "-", "--check", "--lang", "en"); err != nil {
		t.Errorf("a good file: %v\n%s", err, out)
	}
	broken := strings.Replace(smallElection, "4;c;50", "4;zzz;50\n4;c;50", 1)
	out, _, err := tallyOf(t, broken, "-", "--check", "--lang", "en")
	if err == nil {
		t.Error("a broken file gives no error")
	}
	for _, want := range []string{"line 18, vote", "«zzz»", "voter id occurs twice", "num_votes"} {
		if !strings.Contains(out, want) {
			t.Errorf("the list lacks %q:\n%s", want, out)
		}
	}
}

// The list of issues is cut. The report says in the reader's language how many more there are.
func TestTallyCheckCountsWhatIsNotListed(t *testing.T) {
	many := smallElection + strings.Repeat("1;a;20\n", 5000)
	for lang, want := range map[string][2]string{
		"en": {"4,000 more times, not listed", "5,007 issues found"},
		"ru": {"ещё 4000 раз, здесь не перечислено", "Найдено 5007 несоответствий"},
		"kk": {"тағы 4000 рет, мұнда көрсетілмеді", "5007 сәйкессіздік табылды"},
	} {
		out, _, err := tallyOf(t, many, "-", "--check", "--lang", lang)
		if !strings.Contains(out, want[0]) || err == nil || !strings.Contains(err.Error(), want[1]) {
			t.Errorf("%s: %v, the list ends in %q", lang, err, out[max(0, len(out)-200):])
		}
	}
}

// Without a budget nothing is counted; the check lists what else is wrong.
func TestTallyUnreadableBudget(t *testing.T) {
	broken := strings.NewReplacer("budget;100", "budget;1x", "4;c;50", "4;zzz;50").Replace(smallElection)
	if out, _, err := tallyOf(t, broken, "-", "--lenient", "--lang", "en"); err == nil || !strings.Contains(err.Error(), "line 4, budget") || out != "" {
		t.Errorf("lenient: %v, %q", err, out)
	}
	out, _, err := tallyOf(t, broken, "-", "--check", "--lang", "en")
	if err == nil || !strings.Contains(out, "line 4, budget") || !strings.Contains(out, "«zzz»") {
		t.Errorf("check: %v, %q", err, out)
	}
}

func TestTallyFileThreshold(t *testing.T) {
	with := func(value string) string {
		return strings.Replace(smallElection, "PROJECTS", "min_project_score_threshold;"+value+"\nPROJECTS", 1)
	}
	for value, want := range map[string]int{"2": 2, "3": 0, "3.0": 0} { // every project has two votes
		out, messages, err := tallyOf(t, with(value), "-", "--rule", "greedy", "--file-threshold", "--json")
		var result struct{ Winners []string }
		if err != nil || json.Unmarshal([]byte(out), &result) != nil || len(result.Winners) != want {
			t.Errorf("%s: %v %s %v", value, err, messages, result.Winners)
		}
	}
	if _, _, err := tallyOf(t, with("2.5"), "-", "--file-threshold", "--lang", "en"); err == nil || !strings.Contains(err.Error(), "line 8, min_project_score_threshold") {
		t.Errorf("2.5: %v", err)
	}
	if _, messages, err := tallyOf(t, smallElection, "-", "--file-threshold", "--lang", "en"); err != nil || !strings.Contains(messages, "states no threshold") {
		t.Errorf("none: %v, %q", err, messages)
	}
}

// A voter id that occurs twice has both its ballots explained.
func TestTallyBallotsOfOneVoter(t *testing.T) {
	out, messages, err := tallyOf(t, smallElection+"1;c;9\n", "-", "--ballot", "1", "--json")
	var result struct{ Ballots []struct{ Voter string } }
	if err != nil || json.Unmarshal([]byte(out), &result) != nil || len(result.Ballots) != 2 {
		t.Errorf("%v %s %+v", err, messages, result)
	}
}

// Lenient reading reports what it left out. A check does not, because it counts nothing.
func TestTallySaysWhatLenientReadingDid(t *testing.T) {
	broken := strings.Replace(smallElection, "4;c;50", "4;c;b;50", 1)
	for lang, want := range map[string]string{"en": "the ballot was left out", "ru": "бюллетень не учтён", "kk": "бюллетень есепке алынбады"} {
		if _, messages, err := tallyOf(t, broken, "-", "--lenient", "--lang", lang); err != nil || !strings.Contains(messages, want) {
			t.Errorf("%s: %v, %q", lang, err, messages)
		}
		if out, _, _ := tallyOf(t, broken, "-", "--check", "--lang", lang); strings.Contains(out, want) {
			t.Errorf("%s: the check says %q", lang, out)
		}
	}
}

func TestTallyErrors(t *testing.T) {
	broken := strings.Replace(smallElection, "4;c;50", "4;zzz;50", 1)
	if _, _, err := tallyOf(t, broken, "-", "--lang", "ru"); err == nil || !strings.Contains(err.Error(), "строка 18") {
		t.Errorf("strict reading: %v", err)
	}
	out, messages, err := tallyOf(t, broken, "-", "--lang", "en", "--lenient", "--rule", "greedy")
	if err != nil || !strings.Contains(messages, "line 18") || !strings.Contains(out, "Park") {
		t.Errorf("lenient reading: %v %s %s", err, messages, out)
	}
	for _, args := range [][]string{
		{"/nowhere/at/all.pb"}, {"-", "--completion", "magic"}, {"-", "--tie", "lot"}, {"-", "--cap", "district:moon=5"},
		{"-", "--utility", "points"}, {"-", "--exclusive", "a,zzz"}, {"-", "--ballot", "99"}, {"-", "--rule", "greedy", "--completion", "add-one"},
		{"-", "--html", "/nowhere/at/all/out.html"},
	} {
		out, _, err := tallyOf(t, smallElection, append(args, "--lang", "en")...)
		if err == nil {
			t.Errorf("%v: no error, output %q", args, out)
		}
	}
}

func TestTallyCSV(t *testing.T) {
	projects := saved(t, "projects.csv", "project_id,cost,name\na,50,Park\nb,60,Road\nc,40,Tree\n")
	ballots := saved(t, "ballots.csv", "voter_id,vote\n1,\"a,b\"\n2,a\n3,b|c\n4,c\n")
	out, _, err := tallyOf(t, "", projects, "--ballots", ballots, "--budget", "100", "--rule", "greedy", "--json")
	var result struct{ Winners []string }
	if err != nil || json.Unmarshal([]byte(out), &result) != nil || !slices.Equal(result.Winners, []string{"a", "c"}) {
		t.Errorf("%v: %s", err, out)
	}
	if _, _, err := tallyOf(t, "", projects, "--ballots", ballots, "--lang", "en"); err == nil || !strings.Contains(err.Error(), "--budget") {
		t.Errorf("without a budget: %v", err)
	}
	for _, option := range []string{"--budget", "--vote-type"} {
		if _, _, err := tallyOf(t, smallElection, "-", option, "100", "--lang", "en"); err == nil || !strings.Contains(err.Error(), option) {
			t.Errorf("%s with a .pb file: %v", option, err)
		}
	}
	foreign := saved(t, "foreign.csv", "project_id,cost,name\na,50,\xcf\xe0\xf0\xea\n")
	for lang, want := range map[string]string{"en": "projects file, line 2", "ru": "файл проектов, строка 2", "kk": "жобалар файлы, 2-жол"} {
		if _, _, err := tallyOf(t, "", foreign, "--ballots", ballots, "--budget", "100", "--lang", lang); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Windows-1251: %v", err)
		}
		if out, _, err := tallyOf(t, "", foreign, "--ballots", ballots, "--budget", "100", "--check", "--lang", lang); err == nil || !strings.Contains(out, want) {
			t.Errorf("Windows-1251, check: %v, %q", err, out)
		}
	}
}

// The line with which anyone can recount gives the same result when a shell runs it.
func TestTallyRecountLine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	awkward := strings.ReplaceAll(smallElection, "green", "green 'n $(x) \"wild\"")
	file := write("the vote's.pb", strings.Replace(awkward, "2;a;30", "2;a,zz;30", 1))
	projects := write("projects.csv", "project_id,cost,name\na,50,Park\nb,60,Road\nc,40,Tree\n")
	ballots := write("the ballots.csv", "voter_id,vote\n1,\"a,b\"\n2,a\n3,b|c\n4,c\n")
	for _, args := range [][]string{
		{file, "--lenient", "--tie", "lot:a b;c $HOME `x` \\ 'q'", "--cap", "category:green 'n $(x) \"wild\"=45", "--rule", "greedy"},
		{file, "--lenient", "--min-votes", "1", "--step", "0.5", "--completion", "add-one,greedy", "--exclusive", "a, c", "--funded-outside", "b"},
		{projects, "--ballots", ballots, "--budget", "100", "--vote-type", "approval", "--tie", "cost", "--funded", "b"},
		{projects, "--ballots", ballots, "--budget", "100", "--vote-type", "ordinal", "--borda", "ballot", "--rule", "greedy", "--no-skip", "--tie", "cost-votes"},
		{projects, "--ballots", ballots, "--budget", "60", "--compare-greedy", "--partial"},
	} {
		type result struct {
			Recount, Spent any
			Winners        []string
			Share          string
			Tie            string `json:"tie_seed"`
		}
		count := func(args []string) (r result) {
			t.Helper()
			out, _, err := tallyOf(t, "", append(args, "--json")...)
			if err == nil {
				err = json.Unmarshal([]byte(out), &r)
			}
			if err != nil {
				t.Fatalf("%q: %v", args, err)
			}
			return r
		}
		want := count(args)
		line := want.Recount.(string)
		if strings.Contains(line, dir) {
			t.Errorf("the line says where the files are: %s", line)
		}
		cmd := exec.Command("sh", "-c", `birge() { printf '%s\0' "$@"; }; `+line)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		t.Chdir(dir)
		got := count(words[1:])
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngives %v, want %v", line, got, want)
		}
	}
}

// Links stay and are followed. A device or a pipe is written to directly.
func TestTallyWritesThroughLinksAndPipes(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("target.html"), nil, 0o640); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link.html": "target.html", "new.html": "created.html"} {
		if err := os.Symlink(target, path(link)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := tallyOf(t, smallElection, "-", "--html", path(link)); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path(link)); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v %v", link, info, err)
		}
		if page, err := os.ReadFile(path(target)); err != nil || !bytes.Contains(page, []byte("</html>")) {
			t.Errorf("%s: %v, %d bytes", target, err, len(page))
		}
	}
	if info, err := os.Stat(path("target.html")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode: %v %v", info, err)
	}
	if _, _, err := tallyOf(t, smallElection, "-", "--html", os.DevNull); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s: %v %v", os.DevNull, info, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 4 {
		t.Errorf("something is left over: %v", entries)
	}
}

// Errors in options are reported in the reader's language, with how to correct them.
func TestTallyErrorsInThreeLanguages(t *testing.T) {
	points := "META\nkey;value\nbudget;100\nvote_type;scoring\nPROJECTS\nproject_id;cost\na;50\nVOTES\nvoter_id;vote;points\n1;a;3\n"
	for _, c := range []struct {
		in, args string
		want     string // in all languages
		kk       string
		ru       string
	}{
		{smallElection, "--rule greedy --completion add-one", "--rule equal-shares", "тең үлестерге", "равным долям"},
		{smallElection, "--completion add-one,add-opt", "none, add-one, add-opt", "түсініксіз", "Непонятно"},
		{smallElection, "--completion greedy,greedy", "none, add-one, add-opt", "түсініксіз", "Непонятно"},
		{smallElection, "--completion add-one,greedy,greedy", "none, add-one, add-opt", "түсініксіз", "Непонятно"},
		{smallElection, "--utility points", "--utility cost", "ұпай жоқ", "нет баллов"},
		{points, "--rule exact-equal-shares --utility points", "--utility cardinality", "ұпайды", "не учитывают баллы"},
		{smallElection, "--completion add-one --step 0", "--step", "нөлден үлкен", "больше нуля"},
		{smallElection, "--completion add-one --step 1e99999999", "0.5", "сан емес", "не число"},
		{smallElection, "--tie lot", "lot:2026", "жеребе", "жребий"},
		{smallElection, "--cap district:north", "category:", "түсініксіз", "Непонятно"},
		{smallElection, "--cap ward:north=5", "category:", "түсініксіз", "Непонятно"},
		{smallElection, "--cap district:north=much", "much", "сома емес", "не сумма"},
		{smallElection, "--cap district:moon=5", "district:moon", "жоба жоқ", "нет ни одного проекта"},
		{smallElection, "--funded a --funded a", "a", "екі рет", "дважды"},
		{smallElection, "--funded a --funded b", "--funded-outside", "бюджеттен көп", "больше бюджета"},
	} {
		for lang, want := range map[string]string{"kk": c.kk, "ru": c.ru, "en": ""} {
			_, _, err := tallyOf(t, c.in, append(strings.Fields(c.args), "-", "--lang", lang)...)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %s: %v", lang, c.args, err)
			} else if lang != "en" && strings.Contains(err.Error(), "option") {
				t.Errorf("%s %s is English: %v", lang, c.args, err)
			}
		}
	}
}

// Needs are computed only where they are shown.
func TestTallyNeedsOnlyWhereShown(t *testing.T) {
	for args, want := range map[string]bool{"--json": false, "--json --explain": true} {
		out, _, err := tallyOf(t, smallElection, append(strings.Fields(args), "-")...)
		if err != nil || strings.Contains(out, "winning_cost") != want {
			t.Errorf("%s: %v %s", args, err, out)
		}
	}
	for _, c := range []struct {
		cmd     tallyCmd
		noNeeds bool
	}{{tallyCmd{JSON: true}, true}, {tallyCmd{AllRules: true}, true}, {tallyCmd{Explain: true}, false}, {tallyCmd{HTML: "x"}, false}} {
		if got := c.cmd.asked(); got.NoNeeds != c.noNeeds {
			t.Errorf("%+v: needs left out %v, want %v", c.cmd, got.NoNeeds, c.noNeeds)
		}
	}
	page := filepath.Join(t.TempDir(), "page.html")
	if _, _, err := tallyOf(t, smallElection, "-", "--html", page, "--lang", "en"); err != nil {
		t.Fatal(err)
	}
	if html, err := os.ReadFile(page); err != nil || !bytes.Contains(html, []byte("it would have won")) || !bytes.Contains(html, []byte("birge tally FILE.pb --rule=equal-shares")) {
		t.Errorf("%v %s", err, html)
	}
}
