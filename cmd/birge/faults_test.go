package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// faulty is a copy of an export that an earlier version read wrongly. Without the shared data
// the test is skipped.
func faulty(t *testing.T, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	rest := filepath.Join(append([]string{"data", "faults"}, elem...)...)
	from := filepath.Join(os.Getenv("BIRGE_SHARED"), rest)
	for ; os.Getenv("BIRGE_SHARED") == "" && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if from = filepath.Join(dir, "..", "shared", rest); exists(from) {
			break
		}
	}
	if !exists(from) {
		t.Skip("the collection of faulty files is not here; set BIRGE_SHARED")
	}
	to := filepath.Join(t.TempDir(), filepath.Base(from))
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// birge runs a command line in English on a database of its own.
func (d database) birge(args ...string) (code int, out, messages string) {
	var o, e bytes.Buffer
	code = run(d.t.Context(), append(args, "--lang=en", "--database="+d.path), &streams{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

type database struct {
	t    *testing.T
	path string
}

func newDatabase(t *testing.T) database { return database{t, filepath.Join(t.TempDir(), "city.db")} }

// The files of a Polis download bear a date and a report's name; two downloads in one folder are told apart.
func TestAPolisDownloadIsFound(t *testing.T) {
	dir := faulty(t, "A01-polis-download-names", "datednames")
	d := newDatabase(t)
	if code, out, messages := d.birge("import", "polis", dir); code != 0 || !strings.Contains(out, "26 participants") {
		t.Fatalf("%d %q %q", code, out, messages)
	}
	if _, messages, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: dir, JSON: true}); err != nil {
		t.Error(err, messages)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(strings.Replace(f, "2025-06-19-1201-3phdex2kjf", "2025-07-01-0900-other", 1), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, _, messages := d.birge("import", "polis", dir)
	for _, want := range []string{"2025-06-19-1201-3phdex2kjf", "2025-07-01-0900-other", "--export"} {
		if code == 0 || !strings.Contains(messages, want) {
			t.Errorf("%d, %q is not in %q", code, want, messages)
		}
	}
	if code, out, messages := d.birge("import", "polis", dir, "--export=2025-07-01-0900-other"); code != 0 {
		t.Errorf("%d %q %q", code, out, messages)
	}
	if code, _, _ := d.birge("import", "polis", dir, "--export=no-such"); code == 0 {
		t.Error("an export that is not there was found")
	}
}

// When the files of an export contradict each other, every command that reads them says so. It
// stops unless it was told to go on.
func TestContradictionsStop(t *testing.T) {
	dir := faulty(t, "A02-polis-sign-flip", "flip")
	d := newDatabase(t)
	code, out, messages := d.birge("import", "polis", dir)
	if code == 0 || out != "" || !strings.Contains(messages, "participants-votes.csv:3") || !strings.Contains(messages, "--accept-differences") {
		t.Errorf("import: %d %q %q", code, out, messages)
	}
	if _, messages, err := runOpinion(t, t.Context(), "en", opinionCmd{Dir: dir, JSON: true}); err == nil || !strings.Contains(messages, "comments.csv:2") {
		t.Errorf("opinion: %v %q", err, messages)
	}
	if code, out, _ := d.birge("import", "polis", dir, "--accept-differences"); code != 0 || !strings.Contains(out, "consultation ") {
		t.Errorf("accepted: %d %q", code, out)
	}
	accepted := opinionCmd{Dir: dir, JSON: true}
	accepted.AcceptDifferences = true
	if _, messages, err := runOpinion(t, t.Context(), "en", accepted); err != nil || !strings.Contains(messages, "What votes.csv says was taken") {
		t.Errorf("accepted: %v %q", err, messages)
	}
}

// An export comes out as it went in, byte for byte, into files that nobody else can read.
func TestAPolisExportComesBackAsItWas(t *testing.T) {
	dir := faulty(t, "A03-polis-roundtrip", "london.youth.policing")
	d := newDatabase(t)
	_, out, messages := d.birge("import", "polis", dir)
	id, _, _ := strings.Cut(strings.TrimPrefix(out, "consultation "), " ")
	back := filepath.Join(t.TempDir(), "back")
	if code, out, more := d.birge("export", "polis", "--consultation", id, back); code != 0 {
		t.Fatal(code, out, messages, more)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		want, err1 := os.ReadFile(filepath.Join(dir, e.Name()))
		got, err2 := os.ReadFile(filepath.Join(back, e.Name()))
		info, err3 := os.Stat(filepath.Join(back, e.Name()))
		if err1 != nil || err2 != nil || err3 != nil || !bytes.Equal(got, want) {
			t.Errorf("%s does not come back: %v %v %v", e.Name(), err1, err2, err3)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", e.Name(), info.Mode())
		}
	}
	if info, err := os.Stat(back); err != nil || info.Mode().Perm() != fs.FileMode(0o700) {
		t.Errorf("the folder: %v %v", info.Mode(), err)
	}
}

// Without a topic the consultation gets the name of the folder, and the report says so.
// --question gives another name.
func TestAPolisExportWithoutATopic(t *testing.T) {
	dir := faulty(t, "A05-import-no-topic", "no-summary")
	d := newDatabase(t)
	if code, out, messages := d.birge("import", "polis", dir); code != 0 || !strings.Contains(out, "(no-summary)") || !strings.Contains(out, "--question") {
		t.Errorf("%d %q %q", code, out, messages)
	}
	if code, out, messages := d.birge("import", "polis", dir, "--question=Who watches?"); code != 0 || strings.Contains(out, "no-summary") {
		t.Errorf("%d %q %q", code, out, messages)
	}
}

// The command line reads a table with the same options as the page.
func TestTableOptions(t *testing.T) {
	d := newDatabase(t)
	two := filepath.Join(faulty(t, "B04-second-sheet"), "in.xlsx")
	code, out, messages := d.birge("import", "organisations", two)
	if code != 0 || !strings.Contains(out, "1 new") || !strings.Contains(out, "СМИ") || !strings.Contains(out, "--sheet") {
		t.Errorf("%d %q %q", code, out, messages)
	}
	code, out, messages = d.birge("import", "organisations", two, "--sheet=СМИ", "--kind=media", "--column", "4=", "--column", "3=founded")
	if code != 0 || !strings.Contains(out, "1 new") || strings.Contains(out, "--sheet") {
		t.Errorf("%d %q %q", code, out, messages)
	}
	if code, _, messages = d.birge("import", "organisations", two, "--sheet=Нет"); code == 0 || !strings.Contains(messages, "НПО, СМИ") {
		t.Errorf("%d %q", code, messages)
	}
	cyrillic := filepath.Join(faulty(t, "B01-windows1251"), "in.csv")
	if code, out, messages = d.birge("import", "organisations", cyrillic, "--dry-run"); code != 0 || !strings.Contains(out, "3 rows") {
		t.Errorf("%d %q %q", code, out, messages)
	}
	if code, _, messages = d.birge("import", "organisations", cyrillic, "--encoding=utf-8"); code == 0 || !strings.Contains(messages, "--encoding windows-1251") {
		t.Errorf("%d %q", code, messages)
	}
	roll := faulty(t, "B14-roll-zeros")
	if code, out, messages = d.birge("import", "residents", filepath.Join(roll, "x.xlsx")); code == 0 || !strings.Contains(messages, "--column") {
		t.Errorf("%d %q %q", code, out, messages)
	}
	if code, out, messages = d.birge("import", "residents", filepath.Join(roll, "lostzero.csv")); code != 0 || !strings.Contains(out, "5 people") {
		t.Errorf("%d %q %q", code, out, messages)
	}
}

func TestTheConfigurationFileHasABound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "big.toml")
	if err := os.WriteFile(file, bytes.Repeat([]byte("# x\n"), 300_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, messages := newDatabase(t).birge("import", "organisations", "none.csv", "--config="+file); code != 2 || !strings.Contains(messages, "1,048,576 bytes") {
		t.Errorf("%d %q", code, messages)
	}
}

// What a database or a configuration file refuses is said in the reader's language, with the place, and
// what was being done stays in front.
func TestWhatTheSystemRefusesIsToldInEveryLanguage(t *testing.T) {
	dir := t.TempDir()
	foreign, config := filepath.Join(dir, "foreign.db"), filepath.Join(dir, "birge.toml")
	if err := os.WriteFile(foreign, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("listen = \"127.0.0.1:1\"\nurl = https://city.kz\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		lang, place string
		args        []string
		want        string
	}{
		{"kk", "(", []string{"backup", "--database", foreign, filepath.Join(dir, "copy")}, "бұл файл дерекқор емес"},
		{"ru", "(", []string{"backup", "--database", foreign, filepath.Join(dir, "copy")}, "этот файл не база данных"},
		{"en", "(", []string{"backup", "--database", foreign, filepath.Join(dir, "copy")}, "the file is not a database"},
		{"kk", "2-жол", []string{"config", "--config", config}, "url = https://city.kz"},
		{"ru", "строка 2", []string{"config", "--config", config}, "url = https://city.kz"},
		{"en", "line 2", []string{"config", "--config", config}, "url = https://city.kz"},
	} {
		r := birge(t, t.Context(), append(tc.args, "--lang", tc.lang)...)
		if r.code == 0 || !strings.Contains(r.err, tc.want) || !strings.Contains(r.err, tc.place) {
			t.Errorf("%v: %d %s", tc.args, r.code, r.err)
		}
	}

	std := inLanguage(t, "ru", io.Discard, io.Discard)
	_, err := storage.Open(t.Context(), foreign, storage.Options{})
	if got := std.reason(fmt.Errorf("copying the register: %w", err)); !strings.HasPrefix(got, "copying the register: файл базы данных использовать нельзя: ") || !strings.Contains(got, "этот файл не база данных") {
		t.Errorf("%s", got)
	}
	// Where there are figures they are told too.
	shrunk := &proof.Finding{Code: proof.Shrunk, Index: -1, Text: "the record has 5 entries, but had 1200", Detail: "shrunk_now", Figures: []any{"Had", int64(1200), "Has", int64(5)}}
	doubled := &proof.Finding{Code: proof.DoubledEntry, Index: 1012, Text: "entry 1012 is entry 7 once more", Detail: "doubled", Figures: []any{"Index", int64(1012), "Before", int64(7)}}
	for lang, want := range map[string][2]string{"kk": {"жаңа ғана 1\u00a0200 жазба болған, енді 5", "№ 1012 жазба № 7 жазбаны қайталайды"}, "ru": {"записей 5, а только что было 1\u00a0200", "запись № 1012: повтор записи № 7"}} {
		std := inLanguage(t, civic.Lang(lang), io.Discard, io.Discard)
		if a, b := std.findingDetail(shrunk), std.findingDetail(doubled); strings.ReplaceAll(a, "\u00a0", " ") != strings.ReplaceAll(want[0], "\u00a0", " ") || b != want[1] {
			t.Errorf("%s: %q, %q", lang, a, b)
		}
	}
}

// findingMade is where the checker of records makes a finding: its detail and its figures.
var findingMade = regexp.MustCompile(`found\(\w+, [\w.-]+, "(\w+)", (?:nil|\[\]any\{("\w+", .*)\}),\s`)

// Whatever a checker finds is told in every language with all of its figures: none leaves a place where one has
// to look up the English words.
func TestEveryFindingIsToldWithItsFigures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "internal", "record", "proof", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		all := findingMade.FindAllStringSubmatch(string(source), -1)
		if sites := strings.Count(string(source), " found("); len(all)+strings.Count(string(source), "func found(") != sites {
			t.Errorf("%s: %d findings, of which %d say which they are", file, sites, len(all))
		}
		made += len(all)
		for _, m := range all {
			var figures []any
			for i, name := range figureName.FindAllStringSubmatch(m[2], -1) {
				figures = append(figures, name[1], int64(700+i))
			}
			for _, lang := range civic.Languages() {
				std := inLanguage(t, lang, io.Discard, io.Discard)
				told := std.say("finding_detail_"+m[1], plainFigures(figures)...)
				for i := 1; i < len(figures); i += 2 {
					if figures[i-1] != "Day" && !strings.Contains(told, fmt.Sprint(figures[i])) {
						t.Errorf("%s, %s: %q does not tell %s", m[1], lang, told, figures[i-1])
					}
				}
				if told == "" || strings.Contains(told, "no value") || strings.Contains(told, "finding_detail_") {
					t.Errorf("%s, %s: %q", m[1], lang, told)
				}
			}
		}
	}
	if made < 30 {
		t.Errorf("only %d findings were looked at", made)
	}
}

// figureName is the name of a figure: a word in quotation marks before its value.
var figureName = regexp.MustCompile(`"([A-Z]\w+)", `)

// A configuration file that is no TOML is refused with what is wrong with it, in the reader's language.
func TestWhatIsWrongWithAConfigurationFileIsTold(t *testing.T) {
	config := filepath.Join(t.TempDir(), "birge.toml")
	for text, want := range map[string][3]string{
		"listen = \"a\"\nlisten = \"b\"":  {"бұл атау осының алдында жазылып қойған", "это имя уже задано выше", "this name is set above already"},
		"url = https://city.kz":           {"мәтін тырнақшасыз жазылған", "текст стоит без кавычек", "a text without quotes"},
		"url = ":                          {"мән жоқ", "нет значения", "there is no value"},
		"url = \"https://city.kz":         {"тырнақша жабылмаған", "кавычка не закрыта", "a quotation mark is not closed"},
		"url = \"https://city.kz\n\"":     {"тырнақша жабылмаған", "кавычка не закрыта", "a quotation mark is not closed"},
		"url = 'https://city.kz":          {"тырнақша жабылмаған", "кавычка не закрыта", "a quotation mark is not closed"},
		"url \"https://city.kz\"":         {"атаудан кейін «=» жоқ", "после имени нет «=»", "there is no = after the name"},
		"url":                             {"атаудан кейін «=» жоқ", "после имени нет «=»", "there is no = after the name"},
		"= \"a\"":                         {"«=» алдында атау жоқ", "перед «=» нет имени", "there is no name before ="},
		"url = \"a\" \"b\"":               {"мәннен кейін артық таңба тұр", "после значения стоит лишнее", "something follows the value"},
		"database = \"C:\\birge\\city\"":  {"белгісінен кейін танылмайтын таңба", "в кавычках стоит непонятный знак", "in quotes is not known"},
		"url = \"\xcf\xf0\"":              {"файл UTF-8 емес", "файл не в UTF-8", "the file is not UTF-8"},
		"trusted-proxies = [\"a\" \"b\"]": {"тізімде үтір немесе жақша", "в списке не на месте", "of a list is out of place"},
		"[\n":                             {"[бөлім] атауы", "имя [раздела]", "the name of a [section]"},
		"most = 0123":                     {"сан не күн дұрыс жазылмаған", "неверно записано число", "a number or date is not"},
	} {
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, lang := range []string{"kk", "ru", "en"} {
			r := birge(t, t.Context(), "config", "--config", config, "--lang", lang)
			if r.code == 0 || !strings.Contains(r.err, want[i]) {
				t.Errorf("%q in %s: %d %s", text, lang, r.code, r.err)
			}
		}
	}
}
