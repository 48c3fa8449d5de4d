package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/birge-kz/birge/internal/civic"
)

// nodes are the program and every command of it.
func nodes(t *testing.T) []*kong.Node {
	t.Helper()
	p, err := kong.New(&commands{}, kong.Name("birge"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*kong.Node
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		list = append(list, n)
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(p.Model.Node)
	return list
}

// Checks what loadTexts does not: that each command, argument, flag and placeholder has a text,
// that the code asks for no text that is missing, and that every text is used. (loadTexts
// itself checks that all languages have the same keys and placeholders.)
func TestEveryTextIsThereAndUsed(t *testing.T) {
	catalog, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	known, used := map[string]bool{}, map[string]bool{}
	for _, key := range catalog.Keys() {
		if own, ours := strings.CutPrefix(key, "cli."); ours { // those of tables are used where tables are read
			known[own] = true
		}
	}
	need := func(key string) {
		if used[key] = true; !known[key] {
			t.Errorf("there is no text %q", key)
		}
	}
	for _, n := range nodes(t) {
		if n.Path() != "" {
			need(n.Path())
		}
		used[n.Path()+"_more"] = true
		if n.Help != "" || n.Detail != "" {
			t.Errorf("%s has its help in the code", n.Path())
		}
		for _, arg := range n.Positional {
			need(n.Path() + " <" + arg.Name + ">")
			if arg.Tag.PlaceHolder != "" {
				need("=" + arg.Tag.PlaceHolder)
			} else {
				need("=" + strings.ToUpper(arg.Name))
			}
		}
		for _, f := range n.Flags {
			if own := n.Path() + " --" + f.Name; known[own] {
				used[own] = true
			} else {
				need("--" + f.Name)
			}
			if f.Help != "" && f.Name != "help" {
				t.Errorf("%s --%s has its help in the code", n.Path(), f.Name)
			}
			switch {
			case f.PlaceHolder != "":
				need("=" + f.PlaceHolder)
			case !f.IsBool() && !f.HasDefault:
				t.Errorf("%s --%s has no placeholder", n.Path(), f.Name)
			}
		}
	}
	for prefix, file := range map[string]string{"finding_": "../../internal/record/proof/finding.go", "backup_": "../../internal/platform/storage/backup.go", "fault_": "../../internal/platform/storage/fault.go"} {
		for _, code := range codes(t, file) {
			need(prefix + code)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr: // words by their key
				at := map[string]int{"say": 0, "tell": 0, "fail": 0, "add": 0, "note": 2}
				name := ""
				switch f := n.Fun.(type) {
				case *ast.SelectorExpr:
					name = f.Sel.Name
				case *ast.Ident:
					name = f.Name
				}
				i, ok := at[name]
				if !ok || i >= len(n.Args) || file == "tally.go" {
					return true
				}
				if lit, ok := n.Args[i].(*ast.BasicLit); ok {
					key, _ := strconv.Unquote(lit.Value)
					need(key)
				}
			case *ast.BasicLit:
				if key, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
					used[key] = true
					if strings.HasSuffix(key, "_") { // only the beginning of a key
						for k := range known {
							used[k] = used[k] || strings.HasPrefix(k, key)
						}
					}
				}
			}
			return true
		})
	}
	for key := range known {
		if !used[key] {
			t.Errorf("the text %q is never used", key)
		}
	}
}

// codes are the values of all text constants in a file.
func codes(t *testing.T, file string) (list []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, spec := range g.Specs {
				for _, v := range spec.(*ast.ValueSpec).Values {
					if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						code, _ := strconv.Unquote(lit.Value)
						list = append(list, code)
					}
				}
			}
		}
	}
	if len(list) == 0 {
		t.Fatalf("%s has no codes", file)
	}
	return list
}

// helpWords are the headings of the help in each language. No English heading may be left in
// the help of another language. Names and values of flags, commands and variables are the same
// in every language.
var helpWords = map[civic.Lang]struct{ usage, flags, arguments, commands, first string }{
	"kk": {"Қолданылуы: birge", "Параметрлер:", "Аргументтер:", "Командалар:", "Birge — қаланың азаматтық платформасы."},
	"ru": {"Использование: birge", "Параметры:", "Аргументы:", "Команды:", "Birge — гражданская платформа города."},
	"en": {"Usage: birge", "Flags:", "Arguments:", "Commands:", "Birge, the civic platform of a city."},
}

var englishWords = regexp.MustCompile(`\b(Usage|[Ff]lags?|Arguments?|[Cc]ommands?|COMMAND|Run|Show|more|the|a|of|and|or|is|to|for|with|by|FILE|DIR|NAME|ADDRESS|ID|KEY|AMOUNT|PATH|TARGET|LANG|ARG)\b`)

func TestHelpOfEveryCommandInEveryLanguage(t *testing.T) {
	for lang, want := range helpWords {
		for _, width := range []string{"80", "120"} {
			t.Setenv("COLUMNS", width)
			limit, _ := strconv.Atoi(width)
			for _, n := range nodes(t) {
				args := append(strings.Fields(n.Path()), "--help", "--lang", string(lang))
				r := birge(t, t.Context(), args...)
				lines := strings.Split(r.out, "\n")
				if r.code != 0 || r.err != "" || !strings.HasPrefix(lines[0], strings.TrimSpace(want.usage+" "+n.Path())) {
					t.Fatalf("birge %v: %d\n%s%s", args, r.code, r.out, r.err)
				}
				has := func(line string) bool { return slices.Contains(lines, line) }
				if !has(want.flags) || has(want.arguments) != (len(n.Positional) > 0) || has(want.commands) != (len(n.Children) > 0) {
					t.Errorf("birge %v lacks a heading:\n%s", args, r.out)
				}
				if n.Path() == "" && !strings.Contains(r.out, want.first) {
					t.Errorf("birge %v: no %q in\n%s", args, want.first, r.out)
				}
				if word := englishWords.FindString(r.out); word != "" && lang != "en" {
					t.Errorf("birge %v is left in English: %q in\n%s", args, word, r.out)
				}
				if strings.ContainsAny(r.out, "⟦⟧{}") {
					t.Errorf("birge %v shows a hole:\n%s", args, r.out)
				}
				for _, line := range lines {
					if utf8.RuneCountInString(line) > limit {
						t.Errorf("birge %v at %d: too wide: %s", args, limit, line)
					}
				}
			}
		}
	}
	if r := birge(t, t.Context()); r.code != 0 || !strings.Contains(r.out, "  serve ") {
		t.Errorf("birge alone: %d\n%s", r.code, r.out)
	}
}

func TestLanguageOfTheCommandLine(t *testing.T) {
	for _, tc := range []struct {
		args string
		env  string // NAME=value …
		want civic.Lang
	}{
		{"", "", "en"},
		{"", "LANG=kk_KZ.UTF-8", "kk"},
		{"", "LANG=ru", "ru"},
		{"", "LANG=C.UTF-8", "en"},
		{"", "LANG=rue_UA.UTF-8", "en"}, // Rusyn
		{"", "LANG=kk_KZ.UTF-8 LC_MESSAGES=ru_RU.UTF-8", "ru"},
		{"", "LANG=kk_KZ.UTF-8 LC_ALL=C", "en"},
		{"", "LC_ALL=ru_RU.UTF-8 BIRGE_LANG=kk", "kk"},
		{"", "LC_ALL=ru_RU.UTF-8 BIRGE_LANG=xx", "ru"},
		{"config --lang ru", "BIRGE_LANG=kk", "ru"},
		{"config --lang=kk --lang en", "BIRGE_LANG=ru", "en"},
		{"config --lang xx", "BIRGE_LANG=ru", "ru"},
		{"tally -- --lang ru", "", "en"},
		{"config --lang", "LANG=kk", "kk"},
	} {
		for _, name := range []string{"BIRGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
			t.Setenv(name, "")
		}
		for pair := range strings.FieldsSeq(tc.env) {
			name, value, _ := strings.Cut(pair, "=")
			t.Setenv(name, value)
		}
		if got := language(strings.Fields(tc.args)); got != tc.want {
			t.Errorf("%q with %q: %s, want %s", tc.args, tc.env, got, tc.want)
		}
	}
}

// Every command that makes a report writes it in the language of the command line.
func TestReportsAreInTheLanguageOfTheCommandLine(t *testing.T) {
	for lang, title := range map[string]string{"kk": "Қаржы алған жобалар", "ru": "Бюллетени", "en": "Ballots"} {
		t.Setenv("BIRGE_LANG", lang)
		if out, _, err := tallyOf(t, smallElection, "-"); err != nil || !strings.Contains(out, title) {
			t.Errorf("%s: %v\n%s", lang, err, out)
		}
	}
	t.Setenv("BIRGE_LANG", "")
	t.Setenv("LC_ALL", "ru_RU.UTF-8")
	if out, _, err := tallyOf(t, smallElection, "-"); err != nil || !strings.Contains(out, "Бюллетени") {
		t.Errorf("locale: %v\n%s", err, out)
	}
	file := saved(t, "birge.toml", "lang = \"kk\"\n")
	t.Setenv("LC_ALL", "")
	if r := birge(t, t.Context(), "--config", file, "config"); !strings.Contains(r.out, "lang = \"kk\"\n") {
		t.Errorf("from the file: %s%s", r.out, r.err)
	}
}

// What is wrong with a command line is said in our words and not in kong's. The English row
// checks that each pattern still fits the message of kong: if not, kong's own words would
// appear.
func TestUsageErrorsInEveryLanguage(t *testing.T) {
	for _, tc := range []struct {
		args       []string
		kk, ru, en string
	}{
		{[]string{"serve", "--port", "1"}, "--port деген параметр жоқ (анықтама: birge serve --help)", "нет такого параметра: --port (справка: birge serve --help)", "there is no flag --port (see birge serve --help)"},
		{[]string{"serve", "--listn", "1"}, "--listn деген параметр жоқ; мүмкін, мынау: --listen (анықтама: birge serve --help)", "нет такого параметра: --listn; возможно, имелось в виду: --listen (справка: birge serve --help)", "there is no flag --listn; did you mean --listen? (see birge serve --help)"},
		{[]string{"fly"}, "fly деген команда жоқ (анықтама: birge --help)", "нет такой команды: fly (справка: birge --help)", "there is no command fly (see birge --help)"},
		{[]string{"import", "poils"}, "poils деген команда жоқ; мүмкін, мынау: polis (анықтама: birge import --help)", "нет такой команды: poils; возможно, имелось в виду: polis (справка: birge import --help)", "there is no command poils; did you mean polis? (see birge import --help)"},
		{[]string{"import", "organisations"}, "аргумент жетіспейді: ФАЙЛ (анықтама: birge import organisations --help)", "не хватает аргумента: ФАЙЛ (справка: birge import organisations --help)", "an argument is missing: FILE (see birge import organisations --help)"},
		{[]string{"backup", "a", "b"}, "«b» деген аргумент артық (анықтама: birge backup --help)", "лишний аргумент: b (справка: birge backup --help)", "b is one argument too many (see birge backup --help)"},
		{[]string{"export"}, `команданы көрсетіңіз: "organisations", "data", "polis", "record" (анықтама: birge export --help)`, `укажите команду: "organisations", "data", "polis", "record" (справка: birge export --help)`, `name a command: "organisations", "data", "polis", "record" (see birge export --help)`},
		{[]string{"export", "polis", "d"}, "міндетті параметр жоқ: --consultation=НӨМІР (анықтама: birge export polis --help)", "не хватает обязательного параметра: --consultation=НОМЕР (справка: birge export polis --help)", "a flag is missing: --consultation=ID (see birge export polis --help)"},
		{[]string{"serve", "--log-format", "xml"}, `--log-format: "xml" жарамайды, мыналардың бірі болуы керек: "text", "json" (анықтама: birge serve --help)`, `--log-format: "xml" не подходит, допустимо одно из: "text", "json" (справка: birge serve --help)`, `--log-format: "xml" is none of "text", "json" (see birge serve --help)`},
		{[]string{"serve", "--cache-mb", "much"}, `--cache-mb: "much" бүтін сан емес (анықтама: birge serve --help)`, `--cache-mb: "much" — не целое число (справка: birge serve --help)`, `--cache-mb: "much" is not a whole number (see birge serve --help)`},
		{[]string{"serve", "--dev=maybe"}, `--dev: "maybe" орнына true не false жазыңыз (анықтама: birge serve --help)`, `--dev: вместо "maybe" напишите true или false (справка: birge serve --help)`, `--dev: write true or false instead of "maybe" (see birge serve --help)`},
		{[]string{"serve", "--listen"}, "--listen параметрінің мәні жоқ (анықтама: birge serve --help)", "у параметра --listen нет значения (справка: birge serve --help)", "--listen needs a value (see birge serve --help)"},
		{[]string{"serve", "--listen", "--dev"}, "--listen параметрінің мәні жоқ (анықтама: birge serve --help)", "у параметра --listen нет значения (справка: birge serve --help)", "--listen needs a value (see birge serve --help)"},
		{[]string{"--config", "/nowhere.toml", "config"}, "/nowhere.toml: ондай файл не қалта жоқ (анықтама: birge config --help)", "/nowhere.toml: нет такого файла или каталога (справка: birge config --help)", "/nowhere.toml: there is no such file or directory (see birge config --help)"},
	} {
		for lang, want := range map[string]string{"kk": tc.kk, "ru": tc.ru, "en": tc.en} {
			t.Setenv("BIRGE_LANG", lang)
			if r := birge(t, t.Context(), tc.args...); r.code != 2 || r.err != "birge: "+want+"\n" {
				t.Errorf("%v: code %d\n%swant %s", tc.args, r.code, r.err, want)
			}
		}
	}
	t.Setenv("BIRGE_LANG", "")
	if r := birge(t, t.Context(), "config", "--lang", "xx"); r.err != "birge: --lang: \"xx\" is none of \"kk\", \"ru\", \"en\" (see birge config --help)\n" {
		t.Error(r.err)
	}
}

// What an operator sees first contains no English sentence when the language is Kazakh or
// Russian.
func TestCommandsSpeakTheLanguage(t *testing.T) {
	dir := t.TempDir()
	dsn := filepath.Join(dir, "city.db")
	table := saved(t, "list.csv", "БИН;Атауы;Наименование\n950440001673;Бірінші қор;Первый фонд\n950440001674;Үшінші қор;Третий фонд\n")
	for _, tc := range []struct {
		args   []string
		code   int
		kk, ru string
	}{
		{[]string{"backup", "--database", dsn, filepath.Join(dir, "none")}, 1, "көшіретін дерекқор жоқ", "базы данных нет"},
		{[]string{"import", "organisations", "--database", dsn, table}, 1, "1 жол қабылданбады", "1 строка не принята"},
		{[]string{"export", "organisations", "--database", dsn, filepath.Join(dir, "LANG.csv")}, 0, "1 ұйым", "1 организация записана"},
		{[]string{"doctor", "--database", dsn, "--listen", "0.0.0.0:0", "--zone", "Mars/Base"}, 1, "деген уақыт белдеуі белгісіз", "часовой пояс \"Mars/Base\" неизвестен"},
		{[]string{"backup", "--database", dsn, filepath.Join(dir, "LANG.backup")}, 0, "сақтық көшірме жазылды", "резервная копия записана"},
		{[]string{"backup", "--database", dsn, filepath.Join(dir, "LANG.backup")}, 1, "бұрыннан бар", "уже существует"},
		{[]string{"restore", "--database", dsn, filepath.Join(dir, "LANG.backup")}, 0, "қалпына келтірілді", "восстановлено из"},
		{[]string{"restore", "--database", dsn, filepath.Join(dir, "missing")}, 1, "ондай файл не қалта жоқ", "нет такого файла"},
		{[]string{"export", "record", "--database", dsn, filepath.Join(dir, "LANG.record")}, 1, "журнал әлі ашылмаған", "журнал ещё не открыт"},
		{[]string{"restore", "--database", dsn, table}, 1, "SQLite дерекқоры да, PostgreSQL дампы да емес", "это не база SQLite и не дамп PostgreSQL"},
		{[]string{"serve", "--database", dsn, "--tls-cert", "x"}, 1, "бірге беріледі", "задаются вместе"},
		{[]string{"verify", filepath.Join(dir, "nothing")}, 1, "ондай файл не қалта жоқ", "нет такого файла"},
		{[]string{"tally", filepath.Join(dir, "nothing.pb")}, 1, "ондай файл не қалта жоқ", "нет такого файла"},
	} {
		for lang, want := range map[string]string{"kk": tc.kk, "ru": tc.ru} {
			args := append([]string{"--lang", lang}, tc.args...)
			for i := range args {
				args[i] = strings.Replace(args[i], "LANG", lang, 1)
			}
			r := birge(t, t.Context(), args...)
			said := r.out + r.err
			if r.code != tc.code || !strings.Contains(said, want) {
				t.Errorf("birge %v: %d, want %d with %q\n%s", args, r.code, tc.code, want, said)
			}
			if word := englishWords.FindString(strings.ReplaceAll(said, "127.0.0.1", "")); word != "" {
				t.Errorf("birge %v is left in English: %q in\n%s", args, word, said)
			}
		}
	}
	os.Remove(dsn)
	for lang, want := range map[string]string{"kk": "Бұл қаланың әкімшісі әлі жоқ.", "ru": "У этого города ещё нет администратора."} {
		_, messages, stop := serving(t, "--database", filepath.Join(dir, lang+".db"), "--lang", lang)
		if !strings.Contains(messages(), want) {
			t.Errorf("%s: %s", lang, messages())
		}
		stop()
	}
}
