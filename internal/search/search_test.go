package search_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/search"
)

var libraryTexts = fstest.MapFS{
	"kk.toml": {Data: []byte("found_book = \"Кітаптар\"\nfound_note = \"Жазбалар\"\nkind_book = \"Book\"\nkind_note = \"Note\"\n")},
	"ru.toml": {Data: []byte("found_book = \"Книги\"\nfound_note = \"Заметки\"\nkind_book = \"Book\"\nkind_note = \"Note\"\n")},
	"en.toml": {Data: []byte("found_book = \"Books\"\nfound_note = \"Notes\"\nkind_book = \"Book\"\nkind_note = \"Note\"\n")},
}

// What is found stands here word by word, once for both engines.
func TestWhatIsFoundOnBothEngines(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		l.put(book, 1, "schools", true, search.Text{Title: "Мектептер тарихы\nИстория школ\nA history of schools", Rest: "Қала саябағы жанындағы мектеп"})
		l.put(book, 2, "parks", true, search.Text{Title: "Шымкент саябақтары\nПарки Шымкента\nParks of Shymkent", Rest: "Мектеп оқушыларына\nДля школьников"})
		l.put(book, 3, "roads", true, search.Text{Title: "Көшелер мен жолдар\nУлицы и дороги", Rest: "Пешеходы и ёлки"})
		l.put(note, 1, "bench", true, search.Text{Title: "Саябаққа орындық керек"})
		l.put(note, 2, "swing", true, search.Text{Title: "Балаларға әткеншек", Rest: "саябақтың шығысында"})
		for query, want := range map[string]string{
			// Any form of a word, in three languages; without Kazakh letters; in Latin letters.
			"мектептерімізде": "schools parks", "школами": "schools", "school": "schools",
			"саябаққа": "parks schools bench swing", "саябак": "parks schools bench swing", "sayabaq": "parks schools bench swing",
			"көшелерде": "roads", "кошелерде": "roads", "дорогами": "roads", "елка": "roads", "shymkent": "parks",
			// Every word must be found, in whatever order and language, the last by its beginning.
			"парки мектеп": "parks", "мектеп парк": "parks", "орындық саябақ": "bench", "мектеп көше": "", "шым": "parks", "әткен": "swing",
			// None of the words may be missing.
			"": "", "   ": "", "—": "", "қоян": "", "мектепші қоян": "",
		} {
			l.expect(visitor, query, want)
		}
	})
}

func TestTheTitleCountsMostThenTheLast(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		l.put(book, 10, "rest", true, search.Text{Title: "Басқа", Rest: "саябақ"})
		l.put(book, 20, "begins", true, search.Text{Title: "Саябақаралық жол"})
		l.put(book, 30, "title-early", true, search.Text{Title: "Саябақ"})
		l.put(book, 40, "rest-late", true, search.Text{Title: "Өзге", Rest: "саябақ"})
		l.put(book, 50, "title-late", true, search.Text{Title: "Үлкен саябақ", Rest: "саябақ"})
		l.expect(visitor, "саябақ", "title-late title-early begins rest-late rest")
		l.expect(visitor, "саябақ ", "title-late title-early rest-late rest") // a finished word is not the beginning of another
	})
}

func TestNumbersOfEverySpelling(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		l.put(book, 1, "atlas", true, search.Text{Title: "Атлас", Numbers: []string{"040340001234"}})
		l.put(book, 2, "other", true, search.Text{Title: "Атлас", Numbers: []string{"140340001234"}})
		for _, q := range []string{"040340001234", "40340001234", "KZ-BIN-040340001234", "БСН 0403 4000 1234", "бин: 040-340-001-234", "0403400", "атлас 040340001234"} {
			l.expect(visitor, q, "atlas")
		}
		for i, title := range []string{"Орындық керек", "Шам керек", "12 ағаш егу"} {
			l.put(note, int64(i+1), fmt.Sprint("note", i+1), true, search.Text{Title: title, No: int64(i + 11), Within: "Саябақ қандай болсын?\nКаким быть парку?"})
		}
		for query, want := range map[string]string{
			"№12 парк": "note2", "№ 12 саябақта": "note2", "#12 sayabaq": "note2", "N 12 парк": "note2", "парк №12": "note2",
			"№12": "note3 note2", // one has it in its text, the other is that number
			"12":  "note3", "12 парк": "", "парк": "", "№1 парк": "", "№14 парк": "", "№12 мектеп": "", "№ 12 шам": "note2",
		} {
			l.expect(visitor, query, want)
		}
	})
}

func TestWhatIsFoundIsAboutADistrictAndATheme(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		medeu, health := city.Scope{District: "medeu"}, city.Scope{Theme: "health"}
		both := city.Scope{District: "medeu", Theme: "health"}
		l.put(book, 1, "both", true, search.Text{Title: "Саябақ"}, both)
		l.put(book, 2, "medeu", true, search.Text{Title: "Мектеп", Rest: "саябақ"}, medeu)
		l.put(book, 3, "health", true, search.Text{Title: "Саябақаралық"}, health)
		l.put(book, 4, "nothing", true, search.Text{Title: "Саябақ"})
		l.put(book, 5, "several", true, search.Text{Title: "Кітап"}, health, city.Scope{District: "abay"}, medeu, medeu)
		l.put(book, 6, "draft", false, search.Text{Title: "Саябақ"}, both)
		l.shut["draft"] = true
		l.put(note, 1, "note", true, search.Text{Title: "Орындық", No: 7, Within: "Саябақ"}, medeu)
		l.put(note, 2, "other", true, search.Text{Title: "Орындық", No: 7, Within: "Саябақ"}, city.Scope{District: "abay"})
		finds := func(text string, about city.Scope, want string) {
			t.Helper()
			var ids []string
			for _, g := range l.find(visitor, search.Query{Text: text, About: about}) {
				ids = append(ids, idsOf(g)...)
				if int64(len(g.Hits)) != g.Total {
					t.Errorf("%q %+v: %d of %d", text, about, len(g.Hits), g.Total)
				}
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("%q about %+v finds [%s], want [%s]", text, about, got, want)
			}
		}
		finds("саябақ", city.Scope{}, "nothing both health medeu")
		finds("саябақ", medeu, "both medeu")
		finds("саябақ", health, "both health")
		finds("саябақ", both, "both")
		finds("№ 7 саябақ", medeu, "note")
		finds("", medeu, "several medeu both note") // without words: the newest first
		finds("", both, "several both")
		finds("", city.Scope{District: "me"}, "") // a code is no beginning of a word
		finds("", city.Scope{}, "")
		if got := l.found(librarian, ""); got != "" {
			t.Errorf("nothing asked for finds %s", got)
		}
		// What is no longer about it is not found by it.
		l.put(book, 1, "both", true, search.Text{Title: "Саябақ"}, health)
		finds("саябақ", medeu, "medeu")
		finds("саябақ", health, "both health")
	})
}

func TestWhoMaySeeAHit(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		text := search.Text{Title: "Құпия қор", Rest: "жоба"}
		l.put(book, 1, "open", true, text)
		l.put(book, 2, "draft", false, text)
		l.shut["draft"] = true
		// The flag only saves work. When it is wrong, the resolver still decides.
		l.put(book, 3, "wrong", true, text)
		l.put(book, 4, "gone", true, text)
		l.put(book, 5, "gone-draft", false, text)
		l.shut["wrong"], l.gone["gone"], l.gone["gone-draft"] = true, true, true
		l.expect(visitor, "құпия", "open")
		l.expect(civic.Actor{Account: "resident", Assurance: civic.Verified}, "құпия", "open")
		l.expect(stranger, "құпия", "open")
		l.expect(librarian, "құпия", "wrong draft open")
		// A number of results would reveal that something exists.
		for _, actor := range []civic.Actor{visitor, stranger} {
			if g := l.find(actor, search.Query{Text: "құпия"}); len(g) != 1 || g[0].Total != 1 || g[0].Next != "" {
				t.Errorf("%s is told of %+v", actor.Account, g)
			}
		}
		if g := l.find(visitor, search.Query{Text: "құпия", Kind: note}); len(g) != 0 {
			t.Errorf("notes: %+v", g)
		}
		// What is published is found by all, and once; what is withdrawn by few again.
		l.shut["draft"] = false
		l.put(book, 2, "draft", true, text)
		l.expect(visitor, "құпия", "draft open")
		l.expect(librarian, "құпия", "wrong draft open")
		l.put(book, 2, "draft", false, text)
		l.expect(visitor, "құпия", "open")
		l.expect(librarian, "құпия", "wrong draft open")
	})
}

func TestPutReplacesAndRemoveForgets(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		l.put(book, 7, "b", true, search.Text{Title: "Ескі атау", Rest: "ескі мәтін", Numbers: []string{"1234567"}})
		l.put(note, 7, "n", true, search.Text{Title: "Ескі жазба"})
		l.put(book, 7, "b", true, search.Text{Title: "Жаңа атау"})
		l.expect(visitor, "ескі", "n")
		l.expect(visitor, "1234567", "")
		l.expect(visitor, "жаңа", "b")
		l.Write(func(tx *storage.Tx) error { return l.Search.Remove(tx, book, 7, 8, 9) })
		l.expect(visitor, "жаңа", "")
		l.expect(visitor, "ескі", "n") // the note with the same number stays
		l.Write(func(tx *storage.Tx) error { return l.Search.Remove(tx, note) })
		l.expect(visitor, "ескі", "n")
	})
}

func TestOnlyWhatIsDeclaredIsPut(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		for name, d := range map[string]search.Document{
			"an undeclared kind": {Ref: civic.Ref{Kind: "library.shelf", ID: "s"}, Number: 1},
			"no number":          {Ref: civic.Ref{Kind: book, ID: "b"}},
			"a negative number":  {Ref: civic.Ref{Kind: book, ID: "b"}, Number: -1},
			"too large a number": {Ref: civic.Ref{Kind: book, ID: "b"}, Number: 1 << 42},
		} {
			err := l.DB.Write(context.Background(), func(tx *storage.Tx) error { return l.Search.Put(tx, d) })
			if err == nil {
				t.Errorf("%s is put", name)
			}
			if err := l.DB.Write(context.Background(), func(tx *storage.Tx) error { return l.Search.Remove(tx, d.Ref.Kind, d.Number) }); err == nil {
				t.Errorf("%s is removed", name)
			}
		}
		l.put(book, 1<<42-1, "last", true, search.Text{Title: "Соңғы кітап"})
		l.put(book, 1, "first", true, search.Text{Title: "Алғашқы кітап"})
		l.expect(visitor, "кітап", "last first")
	})
}

// All pages together show every thing once and in order, for a visitor and for somebody who
// sees more. Things added meanwhile do not disturb that.
func TestPagesShowEverythingOnce(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		var public, all []string
		for i := int64(60); i >= 1; i-- { // in the order to be found: the title, then the rest
			text := search.Text{Title: "Саябақ"}
			if i <= 30 {
				text = search.Text{Title: "Басқа", Rest: "саябақ"}
			}
			id := fmt.Sprint("b", i)
			l.shut[civic.ID(id)] = i%4 == 0
			l.put(book, i, id, i%4 != 0, text)
			if all = append(all, id); i%4 != 0 {
				public = append(public, id)
			}
			l.put(note, i, fmt.Sprint("n", i), true, text)
		}
		for _, walk := range []struct {
			actor civic.Actor
			want  []string
		}{{visitor, public}, {stranger, public}, {librarian, all}} {
			var seen []string
			q := search.Query{Text: "саябақ", Kind: book, Most: 7}
			for pages := 0; ; pages++ {
				groups := l.find(walk.actor, q)
				if len(groups) != 1 || pages > 40 || groups[0].Total != 45 && len(walk.want) == 45 {
					t.Fatalf("page %d: %+v", pages, groups)
				}
				seen = append(seen, idsOf(groups[0])...)
				if pages == 1 {
					l.put(book, 100+int64(len(seen)), "later", true, search.Text{Title: "Саябақ"})
					l.Write(func(tx *storage.Tx) error { return l.Search.Remove(tx, book, 100+int64(len(seen))) })
				}
				if q.After = groups[0].Next; q.After == "" {
					break
				}
			}
			if !slices.Equal(seen, walk.want) {
				t.Errorf("%s saw %v,\nwant %v", walk.actor.Account, seen, walk.want)
			}
		}
	})
}

var hostile = []string{
	`"`, `'`, `*`, `' OR 1=1 --`, `") OR title : ("`, `{title rest} : a`, `NEAR(a b)`, `a AND`, `-a`, `^a`, `a:*`, `k12 & a`, `\`, `%_`, "\x00", "a\x00b", "\xff\xfe",
	"<script>alert(1)</script>", "№", "# # #", "№№№ 1 2 3", "000000000000", strings.Repeat("а", 5000), strings.Repeat("а б ", 3000), strings.Repeat("(", 500), strings.Repeat("1 ", 400),
	"\u202eabc", "😀", "n12", "f", "l көше", "ﷺ",
}

func TestHostileQueries(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		l.put(book, 1, "b", true, search.Text{Title: "Кітап", Numbers: []string{"12345"}})
		for _, s := range hostile {
			l.find(librarian, search.Query{Text: s})
			l.find(librarian, search.Query{Text: "кітап", Kind: book, After: s})
			l.put(note, 1, "n", true, search.Text{Title: s, Rest: s, Numbers: []string{s}, No: 3, Within: s})
			if words := search.Analyse(search.Text{Title: s}); words != (search.Words{}) && len(s) < 100 && l.found(visitor, s) == "" {
				t.Errorf("%q does not find itself", s)
			}
		}
		for _, after := range []string{"0.zzzzzzzzzzzzz", "-1.1", "9.1", "1.-5", "0.", ".1", "1e9.1"} {
			if g := l.find(visitor, search.Query{Text: "кітап", Kind: book, After: after}); len(g) != 1 || len(g[0].Hits) != 1 {
				t.Errorf("a place that is none, %q, is no beginning: %+v", after, g)
			}
		}
	})
}

func FuzzFind(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s)
	}
	f.Add("№ 12 парк", "0.1")
	l := newLibrary(f, storagetest.SQLite(f))
	f.Fuzz(func(t *testing.T, text, after string) {
		l.T = t
		l.put(book, 1, "b", true, search.Text{Title: text, Rest: after, Numbers: []string{text}, No: 12, Within: after})
		l.find(librarian, search.Query{Text: text, Kind: book, After: after})
		l.find(visitor, search.Query{Text: after})
	})
}

func TestThePage(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		body := l.page(visitor, "/kk/search", "Іздеу", "Сөз немесе нөмір", `content="noindex"`)
		if strings.Contains(body, "Ештеңе табылмады") || strings.Contains(body, `class="find"`) {
			t.Error("nothing was looked for, or there are two boxes")
		}
		l.page(visitor, "/ru/search?q=+++", "Слово или номер")
		l.page(visitor, "/ru/search?q=%D1%81%D0%BB%D0%BE%D0%BD", "Ничего не нашлось", "Проверьте, как написано", `value="слон"`)
		for i := range int64(50) {
			l.put(book, i+1, fmt.Sprint("b", i+1), true, search.Text{Title: fmt.Sprintf("Саябақ <i>%d</i>", i+1)})
		}
		l.put(note, 1, "n1", true, search.Text{Title: "Саябақ туралы"})
		body = l.page(visitor, "/kk/search?q=саябақ&utm=1&page=7", "Кітаптар", ">50<", "Жазбалар", ">1<", "Бәрін көрсету: 50", "Саябақ &lt;i&gt;50&lt;/i&gt;", `href="/kk/library/b50"`)
		if strings.Contains(body, "<i>") || strings.Contains(body, "utm") || strings.Contains(body, "library/b45\"") || strings.Count(body, "/kk/library/") != 6 {
			t.Errorf("markup, a strange parameter, or more than the first five of each\n%s", body)
		}
		l.page(visitor, "/en/search?q=sayabak", "Books", "Notes", "Show all: 50", `<span lang="kk">Саябақ туралы</span>`)
		// All of one kind, page by page.
		seen, path := []string{}, "/kk/search?q=саябақ&kind="+book+"&utm=1"
		hit, next := regexp.MustCompile(`/kk/library/(\w+)"`), regexp.MustCompile(`rel="next" href="([^"]+)"`)
		for pages := 0; path != "" && pages < 5; pages++ {
			body = l.page(visitor, path, "Кітаптар", "Табылды: 50")
			for _, m := range hit.FindAllStringSubmatch(body, -1) {
				seen = append(seen, m[1])
			}
			path = ""
			if m := next.FindStringSubmatch(body); m != nil {
				path = strings.ReplaceAll(m[1], "&amp;", "&")
			}
			if strings.Contains(path, "utm") || pages > 0 && !strings.Contains(body, `rel="prev"`) {
				t.Errorf("page %d: %s\n%s", pages, path, body)
			}
		}
		if len(seen) != 50 || seen[0] != "b50" || seen[49] != "b1" {
			t.Errorf("all pages: %v", seen)
		}
		if status, _ := l.ask(visitor, "/kk/search?q=a&kind=library.shelf"); status != 404 {
			t.Errorf("a kind that is none: %d", status)
		}
		for _, s := range hostile {
			l.Pass(time.Hour)
			for _, name := range []string{"q", "after"} {
				path := "/ru/search?kind=" + book + "&" + name + "=" + escape(s) + "&q=саябақ"
				if status, _ := l.ask(librarian, path); status != 200 && status != 404 { // 404: what is no text
					t.Errorf("%s: %d", path, status)
				}
			}
		}
		long := strings.Repeat("ұ", 500)
		if body := l.page(visitor, "/kk/search?q="+long, "Ештеңе табылмады"); strings.Contains(body, strings.Repeat("ұ", 201)) {
			t.Error("more is shown again than the box takes")
		}
	})
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

func TestCommonWordsAreCountedToABound(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		var many []search.Document
		words := search.Analyse(search.Text{Title: "Қала"})
		for i := range int64(1010) {
			ref := civic.Ref{Kind: book, ID: civic.ID(fmt.Sprint("b", i+1))}
			l.titles[ref] = civic.Text{"kk": "Қала"}
			many = append(many, search.Document{Ref: ref, Number: i + 1, Public: true, Words: words})
		}
		l.Write(func(tx *storage.Tx) error { return l.Search.Put(tx, many...) })
		l.page(visitor, "/ru/search?q=қала", "1 000+")
	})
}

// A program that keeps asking is told to come back later. People are not.
func TestSearchesAreLimited(t *testing.T) {
	each(t, func(t *testing.T, l *library) {
		asked := 0
		for ; asked < 1000; asked++ {
			if status, _ := l.ask(visitor, "/kk/search?q=a"); status == 429 {
				break
			}
		}
		if asked != 300 {
			t.Errorf("%d searches at once, then refused", asked)
		}
		l.page(visitor, "/kk/search") // the empty page costs nothing
		l.Pass(time.Minute)
		l.page(visitor, "/kk/search?q=a")
	})
}
