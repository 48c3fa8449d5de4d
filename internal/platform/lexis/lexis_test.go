package lexis

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	_ "modernc.org/sqlite"
)

// engine is FTS5 as the package documentation says to use it.
type engine struct {
	t  testing.TB
	db *sql.DB
}

func newEngine(t testing.TB) engine {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(`CREATE VIRTUAL TABLE texts USING fts5(terms, tokenize = 'ascii')`); err != nil {
		t.Fatal(err)
	}
	return engine{t, db}
}

// finds reports whether the query q finds text. An error of the engine is an error of the test.
func (e engine) finds(text, q string) bool {
	e.t.Helper()
	return e.findsTerms(Analyse(text), q)
}

func (e engine) findsTerms(terms, q string) bool {
	e.t.Helper()
	if _, err := e.db.Exec(`DELETE FROM texts; INSERT INTO texts (terms) VALUES ($1)`, terms); err != nil {
		e.t.Fatalf("store %q: %v", terms, err)
	}
	return e.match(q)
}

func (e engine) findsQuery(terms string, q Query) bool {
	e.t.Helper()
	var n int
	if _, err := e.db.Exec(`DELETE FROM texts; INSERT INTO texts (terms) VALUES ($1)`, terms); err != nil {
		e.t.Fatal(err)
	}
	if err := e.db.QueryRow(`SELECT count(*) FROM texts WHERE texts MATCH $1`, q.FTS5()).Scan(&n); err != nil {
		e.t.Fatal(err)
	}
	return n > 0
}

func (e engine) match(q string) bool {
	e.t.Helper()
	query, ok := ParseQuery(q)
	var n int
	if err := e.db.QueryRow(`SELECT count(*) FROM texts WHERE texts MATCH $1`, query.FTS5()).Scan(&n); err != nil {
		e.t.Fatalf("query %q as %s: %v", q, query.FTS5(), err)
	}
	if !ok && n > 0 {
		e.t.Errorf("query %q has no words but finds something", q)
	}
	return n > 0
}

// kazakhForms: each line is a word and forms of it that a search for either must bring together.
// From the grammar: plural, possessive, the seven cases, and what the law and the register are written in.
const kazakhForms = `
мектеп мектептер мектепте мектептің мектепке мектепті мектептен мектеппен мектебі мектебінде мектебіміз мектептерімізде мектебіміздің мектептеріне
кітап кітабы кітаптар кітабымыз кітабына кітаптарды
көше көшесі көшеде көшенің көшеге көшені көшеден көшемен көшелер көшелерінде көшелеріміздің
қала қалада қаланың қалаға қаланы қаладан қаламен қалалар қаласы қаласында қаласының қалалық қаладағы қаламыз қалаларымыздан
бала балалар баланың балаларға балаларымыз балалардың балалары
жол жолдар жолы жолда жолдың жолға жолын жолдарын жолдары
үй үйлер үйде үйдің үйден
ел елдер елдің елде
су суды судың суға
іс істер іске істі
адам адамдар адамның адамға адамдарға адаммен
қоғам қоғамдық қоғамның қоғамға қоғамда
ұйым ұйымдар ұйымы ұйымның ұйымдарының ұйымдардың
кеңес кеңестер кеңесі кеңестің кеңеске кеңесінің кеңестердің
халық халықтың халыққа халқы халқының халықпен
орын орны орнында орындар
аудан ауданы ауданда аудандар ауданының аудандық
әкім әкімдік әкімдігі әкімдіктің әкімнің
тұрғын тұрғындар тұрғындардың тұрғындарға
жоба жобалар жобасы жобасын жобаларды жобаның
шешім шешімі шешімдер шешімнің
білім білімі білімнің білімге
жасақ жасақтар жасағы жасағына
аурухана ауруханада ауруханалар ауруханасы
кітапхана кітапханада кітапханасы кітапханалардың
балабақша балабақшалар балабақшаға балабақшасы
саябақ саябақтар саябағы саябақта саябағында
көлік көлігі көліктер көліктің
бюджет бюджеті бюджетте бюджеттің бюджетке бюджетінен
клуб клубтар клубы клубтың клубқа
педагог педагогтар педагогы
жастар жастардың жастарға
еріктілер еріктілердің
дауыс дауыстар дауысы дауысын
жұмыс жұмысы жұмыстар жұмысын
басшы басшысы басшылар басшылық
сайлау сайлауда сайлауы
оқушы оқушылар оқушының оқушыларға
Қазақстан Қазақстанның Қазақстанда Қазақстанға
Шымкент Шымкентте Шымкенттің Шымкентке
салынды салынған салынатын
заң заңы заңның заңдар заңға
жер жері жерде жердің жерге
тіл тілі тілінде тілдер тілдің
қыз қызы қыздар қызының
қазақ қазақша қазақтың қазақтар
волонтер волонтерлер волонтердің волонтерлік
конференция конференцияға конференциялар конференцияның
`

// kazakhApart are pairs of words. When both are written in full, a search for either must not
// find the other.
const kazakhApart = `
құрт күрт
ұн үн
бас бос
қала дала
көл қол
жол жыл
білім біл
бостандық бос
қару қар
қоғам қоғай
бөлім бөл
майдан май
қауіпсіздік қауіп
жұмыссыз жұмыс
алтын алты
Қазақстан қазақ
көрші көр
ғылым ғыл
мектеп мешіт
аудан ау
жаңалық жаңа
келін кел
теңге тең
тері тер
бастық бас
жетім жет
орман ор
өрт әрт
тұз түз
қан кән
`

func forms(table string) (lines [][]string) {
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 0 {
			lines = append(lines, f)
		}
	}
	return lines
}

// TestKazakhFormsMeet searches for every form in a text that holds the first of its line, and the other way round, as
// written and with the query typed without Kazakh letters.
func TestKazakhFormsMeet(t *testing.T) {
	e := newEngine(t)
	pairs := 0
	for _, line := range forms(kazakhForms) {
		root := line[0]
		for _, form := range line[1:] {
			pairs++
			// A full stop ends the word: what is tested is the stem, not the prefix match.
			for _, c := range [][2]string{{root, form}, {form, root}, {root, careless(form)}, {form, careless(root)},
				{careless(root), careless(form)}, {careless(form), careless(root)}} {
				if !e.finds("Бір сөз, "+c[0]+" деп.", c[1]+".") {
					t.Errorf("%q does not find %q: %q, terms %q", c[1], c[0], fts(c[1]+"."), Analyse(c[0]))
				}
			}
			// A comment typed without Kazakh letters is found by the proper word.
			if !e.finds(careless(form), root+".") {
				t.Errorf("%q does not find careless %q: %q, terms %q", root, careless(form), fts(root+"."), Analyse(careless(form)))
			}
		}
	}
	if pairs < 60 {
		t.Errorf("only %d pairs", pairs)
	}
	t.Logf("%d pairs", pairs)
}

func TestKazakhWordsStayApart(t *testing.T) {
	e := newEngine(t)
	for _, line := range forms(kazakhApart) {
		for _, c := range [][2]string{{line[0], line[1]}, {line[1], line[0]}} {
			if e.finds(c[0], c[1]+".") {
				t.Errorf("%q finds %q: %q, terms %q", c[1], c[0], fts(c[1]+"."), Analyse(c[0]))
			}
		}
	}
}

// careless is what a person types on a Russian keyboard.
func careless(s string) string {
	return strings.NewReplacer("ә", "а", "ғ", "г", "қ", "к", "ң", "н", "ө", "о", "ұ", "у", "ү", "у", "һ", "х", "і", "и",
		"Ә", "А", "Ғ", "Г", "Қ", "К", "Ң", "Н", "Ө", "О", "Ұ", "У", "Ү", "У", "Һ", "Х", "І", "И").Replace(s)
}

func fts(q string) string {
	query, _ := ParseQuery(q)
	return query.FTS5()
}

func TestRussianAndEnglish(t *testing.T) {
	e := newEngine(t)
	for _, tt := range []struct {
		text, query string
		want        bool
	}{
		{"Школы города", "школа.", true},
		{"в школах", "школа.", true},
		{"школьный двор", "школьного.", true},
		{"ремонт дорог", "дороги.", true},
		{"ремонт дороги", "дорогу.", true},
		{"общественный совет", "общественного совета.", true},
		{"общественные советы", "общественный совет.", true},
		{"ёлка", "елки.", true},
		{"зеленые насаждения", "зелёных насаждений.", true},
		{"за́мок на горе", "замок.", true},
		{"организации города", "организация.", true},
		{"волонтёры помогли", "волонтеров.", true},
		{"детская площадка", "детские площадки.", true},
		{"бюджет народного участия", "бюджета.", true},
		{"ОРГАНИЗАЦИЯ", "организация.", true},
		{"площадка", "площадь.", false},
		{"страна", "страда.", false},
		{"школа", "шкала.", false},
		{"город", "горох.", false},
		{"дорога", "дорожить.", false},
		{"книга", "книжный шкаф.", false},
		{"звезда", "звезной.", false},
		{"orphans and large families", "orphan.", true},
		{"family", "families.", true},
		{"volunteering", "volunteers.", true},
		{"people's choice", "peoples.", true},
		{"running", "run.", true},
		{"Café Müller", "cafe muller.", true},
		{"university", "uniform.", false},
		{"organ", "organza.", false},
		{"Oʻzbekiston", "O'zbekiston.", true},
		{"Oʻzbekiston", "Oʼzbekiston.", true},
		{"ﬁnance ＦＵＮＤ", "finance fund.", true},
	} {
		if got := e.finds(tt.text, tt.query); got != tt.want {
			t.Errorf("query %q finds %q: %v, want %v; %s, terms %q", tt.query, tt.text, got, tt.want, fts(tt.query), Analyse(tt.text))
		}
	}
}

func TestQueries(t *testing.T) {
	e := newEngine(t)
	for _, tt := range []struct {
		text, query string
		want        bool
		why         string
	}{
		{"Шымкент қаласы", "Shymkent", true, "typed in Latin letters"},
		{"мектептерімізде", "mektep.", true, "typed in Latin letters"},
		{"Абай ауданы", "abay.", true, "y after a vowel"},
		{"жаңа көше", "koshe.", true, "Latin and without Kazakh letters"},
		{"жаңа көше", "коше", true, "without Kazakh letters"},
		{"жаңа кошеде жол", "көше", true, "the text is the careless one"},
		{"Бiздiң тiлiмiз", "тіл.", true, "Latin i inside a Cyrillic word, a common habit"},
		{"COVID-19", "covid19", true, "letters and digits part"},
		{"БСН 950440001673", "9504", true, "an unfinished number"},
		{"БСН 950440001673", "9504.", false, "a finished number"},
		{"ата-аналар жиналысы", "ата-ана", true, "a hyphen parts words"},
		{"мектеп", "мек", true, "the last word may be unfinished"},
		{"мектеп", "мек.", false, "but not when something follows"},
		{"мектеп", "мек жаңа", false, "nor when another word follows"},
		{"мектеп", "м", false, "one letter is too little"},
		{"жаңа мектеп", "мектеп жаңа", true, "order does not matter"},
		{"жаңа мектеп", "мектеп ескі", false, "all words are needed"},
		{"мектеп, балабақша", "мектеп және балабақша", true, "stop words are left out"},
		{"школы и сады", "и.", true, "unless nothing else remains"},
		{"школы, сады", "школы и сады", true, "Russian stop words"},
		{"schools", "the schools.", true, "English stop words"},
		{"мектеп", `мектеп" OR "x`, false, "operators are words"},
		{"мектеп or x", `мектеп" OR "x`, true, "operators are words"},
		{"٣ көше", "3 коше", true, "digits of other scripts"},
		{"東京", "東京", true, "other scripts as they are"},
		{"мектеп", "…!?", false, "no word"},
	} {
		if q, _ := ParseQuery(tt.query); q.Finds(tt.text) != tt.want {
			t.Errorf("%s: query %q compared with %q", tt.why, tt.query, tt.text)
		}
		if got := e.finds(tt.text, tt.query); got != tt.want {
			t.Errorf("%s: query %q finds %q: %v, want %v; %s, terms %q", tt.why, tt.query, tt.text, got, tt.want, fts(tt.query), Analyse(tt.text))
		}
	}
}

func TestAnalyse(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{" \x00 \xff… ", ""},
		{"Мектептерімізде", "мектептерімізде мектеп fмектептеримизде fмектеп"},
		{"школы", "школы школ lшкол"},
		{"Қаладан", "қаладан қала fкаладан fкала"},
		{"families 2024", "families famili 2024"},
	} {
		if got := Analyse(tt.text); got != tt.want {
			t.Errorf("Analyse(%.80q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("мектептерімізде ", 100_000)
	if n := len(Analyse(long)); n > MaxDocumentBytes || n < MaxDocumentBytes/2 {
		t.Errorf("Analyse gives %d bytes", n)
	}
	if n := len(Analyse(strings.Repeat("ә", 1<<20))); n > maxWordBytes {
		t.Errorf("one word gives %d bytes", n)
	}
	e := newEngine(t)
	if word := strings.Repeat("ә", 1000); !e.finds(word, word) {
		t.Error("a word longer than a term does not find itself")
	}
	if !e.finds("мектеп", "мектеп") || e.match(strings.Repeat("мектеп ", 10)+strings.Repeat("көше ", 100_000)) {
		t.Error("a long query is not read up to its bound")
	}
	for words, want := range map[int]int{0: DefaultMaxWords, 3: 3} {
		q, _ := Parser{MaxWords: words}.Parse("a1b2c3d4e5f6g7h8i9j10k11l12")
		if len(q.words) != want {
			t.Errorf("MaxWords %d: %d words", words, len(q.words))
		}
	}
	if q, ok := (Parser{MaxBytes: 7}).Parse("көше көше2"); !ok || len(q.words) != 1 {
		t.Errorf("MaxBytes cuts to %v", q)
	}
	var zero Query
	if e.match("") || zero.TSQuery() != "" {
		t.Error("the zero query finds something")
	}
}

// hostile are queries and texts that have broken search boxes.
var hostile = []string{
	"a#0000000",
	"", " ", "\x00", "мек\x00теп", `"`, `""`, `"""`, `'`, `''`, `\`, `\'`, "`", "(", ")", "((", "())(", "*", "**", "a*", "*a", "^a", "-a", "+a", "a:b",
	"terms:a", "{terms}:a", "- terms : a", "NEAR(a b, 5)", "NEAR", "AND", "OR", "NOT", "a AND", "OR b", "NOT NOT", "a NOT b", `a" OR 1=1 --`,
	"'; DROP TABLE texts; --", "a & b", "a | b", "!a", "a <-> b", "a:*", ":*", "a:A", "<2>", "& |", "!", "a\\", "'a''b'", "$1", "?1", ":a", "@a",
	"\xff\xfe", "\xc3\x28", "а\xcc", "\xed\xa0\x80", "\u202e\u200f\u200b", "\ufeffа", "\ufffd", "😀", "😀мектеп😀", "𝕄𝕖𝕜", "𐐷𐐷", "𒀀", "\U0010ffff", "é́́́́",
	"a\u0300\u0301", "İstanbul", "ǅ", "ß", "ﷺ", "ﬀ", "㎞", "½", "²", "Ⅷ", "१२३", "𞥐", "ー", "'''a'''", "a'", "'a", "o'o'o", "-", "_", "a_b", "a.b@c.d",
	"https://a.b/c?d=e", "1e5", "0x1f", "-1.5", "1,000", "2024-01-31", "a\tb\nc\rd", "%", "%s%n", "<script>", "../../etc/passwd", "ъ", "ь", "ы", "ый", "й́",
	"fмектеп", "lмектеп", "qқ", "aа", "аaаaа", strings.Repeat("(", 2000), strings.Repeat("a ", 5000), strings.Repeat("\u0301", 3000), strings.Repeat(`"`, 999),
}

func TestHostileQueries(t *testing.T) {
	e := newEngine(t)
	e.finds("мектеп a b c", "мектеп")
	for _, q := range hostile {
		checkAny(t, e, q)
	}
	checkAny(t, e, strings.Repeat("мектеп'\"\x00", 1<<16))
}

// checkAny checks what holds for every string, as a text and as a query.
func checkAny(t *testing.T, e engine, s string) {
	t.Helper()
	doc := Analyse(s)
	if !utf8.ValidString(doc) || len(doc) > MaxDocumentBytes {
		t.Errorf("Analyse(%.80q) = %q", s, doc)
	}
	if doc != "" {
		for term := range strings.SplitSeq(doc, " ") {
			if !validTerm(term) {
				t.Errorf("Analyse(%q) holds %q", s, term)
			}
		}
	}
	q, ok := ParseQuery(s)
	if ok != (len(q.words) > 0) {
		t.Errorf("ParseQuery(%q) = %v, %v", s, q, ok)
	}
	for _, w := range q.words {
		for _, term := range append(w.terms, w.prefixes...) {
			if !validTerm(term) {
				t.Errorf("ParseQuery(%q) holds %q", s, term)
			}
		}
	}
	if err := parseTSQuery(q.TSQuery()); err != nil {
		t.Errorf("ParseQuery(%q).TSQuery() = %s: %v", s, q.TSQuery(), err)
	}
	// A query made from the text finds the text, even when the query was cut short.
	if found := e.finds(s, s); found != ok {
		t.Errorf("%.80q finds itself: %v, want %v", s, found, ok)
	}
}

func validTerm(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= MaxTermRunes+2 &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && (r < '0' || r > '9') })
}

// parseTSQuery is the part of PostgreSQL's grammar that TSQuery promises: (term | term:* | (…)) & (…).
func parseTSQuery(s string) error {
	if s == "" {
		return nil
	}
	rest, err := parseGroups(s)
	if err == nil && rest != "" {
		err = fmt.Errorf("end %s", rest)
	}
	return err
}

func parseGroups(s string) (rest string, err error) {
	for {
		if s, err = parseGroup(s); err != nil {
			return s, err
		}
		next, more := strings.CutPrefix(s, " & ")
		if !more {
			return s, nil
		}
		s = next
	}
}

func parseGroup(s string) (rest string, err error) {
	s, ok := strings.CutPrefix(s, "(")
	if !ok {
		return s, fmt.Errorf("group %s", s)
	}
	for {
		if strings.HasPrefix(s, "((") { // the pieces of a number
			if s, err = parseGroups(s[1:]); err != nil {
				return s, err
			}
			if s, ok = strings.CutPrefix(s, ")"); !ok {
				return s, fmt.Errorf("pieces %s", s)
			}
		} else {
			end := strings.IndexAny(s, " )")
			if end < 0 {
				return s, fmt.Errorf("group %s", s)
			}
			term := strings.TrimSuffix(s[:end], ":*")
			if len(term) < 3 || term[0] != '\'' || term[len(term)-1] != '\'' || !validTerm(term[1:len(term)-1]) {
				return s, fmt.Errorf("term %s", term)
			}
			s = s[end:]
		}
		next, more := strings.CutPrefix(s, " | ")
		if !more {
			break
		}
		s = next
	}
	if s, ok = strings.CutPrefix(s, ")"); !ok {
		return s, fmt.Errorf("group %s", s)
	}
	return s, nil
}

// The number of a thing is found however it is typed, and other numbers are not.
func TestNumbersOfEverySpelling(t *testing.T) {
	e := newEngine(t)
	bin := Analyse("Жасыл қала") + " " + Number("040340001234")
	for _, q := range []string{
		"040340001234", "40340001234", "KZ-BIN-040340001234", "kz-bin-40340001234", "БИН 040340001234", "БСН: 040340001234", "0403 4000 1234", "040-340-001-234",
		"040\u00a0340\u00a0001\u00a0234", "٠٤٠٣٤٠٠٠١٢٣٤", "04034000", "жасыл 040340001234", "040340001234 қала", "040340001234 жасыл қала",
	} {
		if !e.findsTerms(bin, q) {
			t.Errorf("%q does not find the BIN", q)
		}
	}
	for _, q := range []string{"040340001235", "4034", "340001234", "040340001234 0", "№ 4", "қызыл 040340001234"} {
		if e.findsTerms(bin, q) {
			t.Errorf("%q finds another's BIN", q)
		}
	}
	statement := Analyse("Жаңа саябақ керек пе?") + " " + Number("12")
	for _, q := range []string{"№12 саябақ", "№ 12 саябак", "#12 саябақ", "# 12 саябақ", "N 12 саябақ", "no. 12 саябақ", "саябақ №12", "№12"} {
		query, _ := ParseQuery(q)
		own, numbered := query.ByNumber()
		if !numbered || !e.findsTerms(statement, q) || !e.findsQuery(statement, own) {
			t.Errorf("%q does not find the statement by its number", q)
		}
		if e.findsQuery(Analyse("12 саябақ"), own) || !e.findsTerms(Analyse("12 саябақ"), q) {
			t.Errorf("%q takes a number in a text for the number of a thing, or does not find it", q)
		}
	}
	for _, q := range []string{"№1 саябақ", "№ 2 саябақ", "№120", "12 саябақ", "саябақ 12", "саябақ 012"} {
		if e.findsTerms(statement, q) {
			t.Errorf("%q finds the statement", q)
		}
	}
	// A number in a text is found as before, whatever is typed before it in the query.
	school := Analyse("№ 45 мектеп-гимназиясы, лицей№46, 2024 жылғы 31 қаңтар")
	for _, q := range []string{"45 мектеп", "№45 мектеп", "мектеп №45", "лицей 46", "лицей№46", "лицей#46", "№46лицей", "n45", "45", "2024", "2024 қаңтар 31", "31 2024", "№ 2024"} {
		if !e.findsTerms(school, q) {
			t.Errorf("%q does not find the number in the text", q)
		}
	}
	query, _ := ParseQuery("no parks")
	if _, numbered := query.ByNumber(); numbered || !e.finds(Analyse("There are no parks"), "no parks") {
		t.Error("a word that may announce a number is none without one")
	}
}

func FuzzQuery(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	for _, line := range forms(kazakhForms) {
		f.Add(strings.Join(line, " "))
	}
	e := newEngine(f)
	f.Fuzz(func(t *testing.T, s string) {
		e.t = t
		checkAny(t, e, s)
	})
}

// FuzzStem checks what the documentation says of the stemmer: it ends, it is idempotent, it keeps the beginning of the word,
// and it gives the same whether the word is written with Kazakh letters or without.
func FuzzStem(f *testing.F) {
	for _, line := range forms(kazakhForms) {
		for _, w := range line {
			f.Add(w)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		for w := range words(s) {
			if w.script != cyrillic && w.script != kazakh {
				continue
			}
			for _, l := range []level{full, strict} {
				once := stem(w.runes, l)
				if twice := stem(once, l); string(twice) != string(once) {
					t.Errorf("stem(%q) = %q, again %q", string(w.runes), string(once), string(twice))
				}
				if len(once) == 0 || len(once) > len(w.runes) || once[0] != w.runes[0] && len(once) > 1 {
					t.Errorf("stem(%q) = %q", string(w.runes), string(once))
				}
				if a, b := foldKazakh(once), string(stem([]rune(foldKazakh(w.runes)), l)); a != b {
					t.Errorf("%q: folded stem %q, stem of folded %q", string(w.runes), a, b)
				}
			}
		}
	})
}

func BenchmarkAnalyse(b *testing.B) {
	for name, text := range map[string]string{
		"kk": "Шымкент қаласының тұрғындары мектептерімізде және балабақшаларда өткен қоғамдық тыңдауларға қатысты. ",
		"ru": "Жители города приняли участие в общественных слушаниях по вопросам ремонта дорог и строительства школ. ",
		"en": "Residents of the city took part in public hearings about repairing roads and building new schools. ",
	} {
		text = strings.Repeat(text, 20)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Analyse(text)
			}
		})
	}
}

func BenchmarkParseQuery(b *testing.B) {
	for b.Loop() {
		q, _ := ParseQuery("мектептерімізде жаңа кітапхана салу")
		_, _ = q.FTS5(), q.TSQuery()
	}
}
