package rights_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	. "github.com/birge-kz/birge/internal/rights"
	"github.com/birge-kz/birge/internal/rights/guide"
)

// wages are answers that lead to a letter: unpaid since 16 February 2026, 250,000 tenge.
func wages() url.Values {
	return url.Values{"a": {"what=unpaid", "contract=written", "since=2026-02-16", "debt=25000000t"}}
}

func with(v url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, all := range v {
		out[k] = all
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = []string{pairs[i+1]}
	}
	return out
}

// Question by question to the outcome, and to a letter in two formats and an appeal with its words.
func TestFromWhatHappenedToALetter(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Jobs()
		b := c.Browser(nil)
		b.Get("/kk/rights").Want(200, "Жалақы бермей жатыр")
		b.Get("/kk/rights/wages").Want(200, "Бастау", "тексерген жоқ")
		b.Get("/kk/rights/wages/go").Want(200, "Не болды?", `method="get"`)
		b.Get("/kk/rights/wages/go?at=what").Want(200, "Жауаптардың бірін таңдаңыз")
		b.Get("/kk/rights/wages/go?at=what&v=unpaid").Want(200, "Еңбек шартыңыз", `value="what=unpaid"`)
		b.Get("/kk/rights/wages/go?a=what%3Dunpaid&at=contract&v=written").Want(200, "қай күні төленуі", `method="post"`) // a date stands in no address
		q := url.Values{"a": {"what=unpaid", "contract=written"}, "at": {"since"}, "v": {"2026-05-01"}}
		b.PostForm("/kk/rights/wages/go", q).Want(422, "әлі болған жоқ", `value="contract=written"`, `value="2026-05-01"`)
		q.Set("v", "2026-02-16")
		b.PostForm("/kk/rights/wages/go", q).Want(200, "Сізге қанша теңге қарыз?")
		q = url.Values{"a": {"what=unpaid", "contract=written", "since=2026-02-16"}, "at": {"debt"}, "v": {"250 000"}}
		end := b.PostForm("/kk/rights/wages/go", q).Want(200, "барлық қарызды", "15 жұмыс күні", "2026\u00a0жылғы 27\u00a0наурыз", "2027\u00a0жылғы 16\u00a0ақпан", "Наурыз мейрамы", "250", "Хатты толтыру", "тексерілмеген")
		if cc := end.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
			t.Errorf("the outcome may be kept: %s", cc)
		}
		// Changing an answer keeps the others; back leads to the question with its answer.
		b.PostForm("/kk/rights/wages/go", with(wages(), "edit", "since")).Want(200, "қай күні төленуі", `value="2026-02-16"`, `value="debt=25000000t"`)
		b.PostForm("/kk/rights/wages/go", with(wages(), "at", "contract", "v", "none")).Want(200, "Шарт болмаса да")

		b.PostForm("/ru/rights/wages/letter", with(wages(), "_again", "ru")).Want(200, "Название и адрес работодателя")
		filled := with(wages(), "tongue", "kk", "name", "Асель <i>Н.</i>", "address", "Тұран к., 5", "x_employer", "«Наурыз» ЖШС", "x_post", "сатушы")
		made := b.PostForm("/ru/rights/wages/letter", filled).Want(200, "«Наурыз» ЖШС", "сатушы", "250", "Асель &lt;i&gt;", "letter.pdf", "/ru/appeals/new")
		if pdf := b.PostForm("/ru/rights/wages/letter.pdf", filled).Want(200).Body; !strings.HasPrefix(pdf, "%PDF-") {
			t.Errorf("the PDF begins with %.20q", pdf)
		}
		document := b.PostForm("/ru/rights/wages/letter.docx", filled).Want(200).Body
		opens(t, document, "Мемлекеттік еңбек инспекциясы", "«Наурыз» ЖШС", "16\u00a0ақпан", "250", "ЖСН")
		_ = made

		dates := b.PostForm("/ru/rights/wages/dates.ics", wages()).Want(200, "BEGIN:VCALENDAR", "DTSTART:20260327T04", "DTSTART:20270216T04").Body
		if strings.Contains(dates, "250") {
			t.Errorf("the calendar says the amount: %s", dates)
		}
		b.PostForm("/en/rights/wages/judge", with(wages(), "word", "yes")).Want(303)
	}, Capability())
}

// A letter is addressed to somebody, not to an explanation; a story takes more than a line; who goes back keeps what they typed; a day that has passed says so, and no
// calendar takes it in.
func TestWhatALetterAndAnEndSay(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.At(time.Date(2026, 4, 20, 12, 0, 0, 0, citytest.Zone))
		b := c.Browser(nil)
		silence := url.Values{"a": {"filed=2026-03-02", "came=nothing", "learnt=2026-03-28"}}
		b.PostForm("/ru/rights/silence/letter", with(silence, "tongue", "ru", "x_about_body", "Отдел ЖКХ", "x_number", "7")).Want(200, "В вышестоящий орган через: Отдел ЖКХ").Lacks("жалобу подают через орган")
		story := strings.Repeat("Шёл домой. ", 100)
		fine := url.Values{"a": {"got=2026-04-01", "guilty=dispute", "why=other"}}
		b.PostForm("/ru/rights/fine/letter", with(fine, "tongue", "ru", "x_whom", "Полиция", "x_what_happened", story)).Want(200, "Шёл домой.")
		b.PostForm("/ru/rights/fine/letter", with(fine, "tongue", "ru", "x_whom", story)).Want(422)
		b.PostForm("/ru/rights/wages/go", url.Values{"a": {"what=unpaid"}, "at": {"contract"}, "v": {"none"}, "edit": {"what"}}).Want(200, `value="contract=none"`)
		b.PostForm("/ru/rights/fine/go", fine).Want(200, "срок прошёл")
		b.PostForm("/ru/rights/fine/dates.ics", fine).Want(200, "BEGIN:VCALENDAR").Lacks("DTSTART:202604")
		b.Get("/ru/rights/disability/go?asof=2027-01-01").Want(200, "1\u00a0января\u00a02027")
		b.PostForm("/ru/rights/disability/dates.ics", url.Values{"a": {"stage=refused", "refused_on=2026-04-01", "refused_what=group"}}).Want(200, "BEGIN:VEVENT").Lacks("disability")
	}, Capability())
}

// opens lets LibreOffice read a document, where it is installed, and looks for words in it.
func opens(t *testing.T, document string, words ...string) {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	xml, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if !strings.Contains(string(xml), w) {
			t.Errorf("the DOCX lacks %q", w)
		}
	}
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Log("LibreOffice is not installed: the DOCX was not opened with it")
		return
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letter.docx"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", dir, filepath.Join(dir, "letter.docx")).CombinedOutput()
	if err != nil {
		t.Fatalf("LibreOffice: %v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "letter.txt"))
	if err != nil {
		t.Fatalf("LibreOffice wrote nothing: %v: %s", err, out)
	}
	for _, w := range words {
		if !strings.Contains(string(text), w) {
			t.Errorf("LibreOffice does not show %q: %s", w, text)
		}
	}
}

// What happened, in everyday words of three languages and of two alphabets, finds its guide.
func TestEverydayWords(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Jobs()
		s := citytest.Service[*Service](c)
		for text, want := range map[string]string{
			"жалақы бермей жатыр":               "wages",
			"не платят зарплату уже три месяца": "wages",
			"nachalnik ne platit zarplatu":      "wages",
			"jalaqy bermei jatyr":               "wages",
			"I was fired yesterday":             "wages",
			"дүкен ақшамды қайтармайды":         "refund",
			"магазин продал бракованный товар":  "refund",
			"у нас нет отопления":               "utilities",
			"jylu joq":                          "utilities",
			"хозяин выгоняет из квартиры":       "eviction",
			"акимат не отвечает на заявление":   "silence",
			"ақпарат бермейді":                  "information",
			"пришёл штраф с камеры":             "fine",
			"күйеуім ұрады":                     "violence",
			"муж меня бьёт":                     "violence",
			"бывший муж не платит алименты":     "maintenance",
			"aliment tolemeidi":                 "maintenance",
			"МСЭ не дала группу инвалидности":   "disability",
			"қоғамдық бірлестік ашқым келеді":   "ngo",
			"хотим провести митинг":             "assembly",
		} {
			found, err := s.Find(c.Ctx(), text)
			c.Must(err)
			if len(found) == 0 || found[0].ID != want {
				t.Errorf("%q finds %v, not %s first", text, found, want)
			}
		}
		if found, err := s.Find(c.Ctx(), "квантовая хромодинамика"); err != nil || len(found) > 0 {
			t.Errorf("nonsense finds %v, %v", found, err)
		}
		b := c.Browser(nil)
		b.Post("/ru/rights/find", "q", "не платят зарплату").Want(200, "Не платят зарплату или уволили")
		b.Post("/ru/rights/find", "q", "").Want(422, "Напишите в двух словах")
		b.Post("/ru/rights/find", "q", "хромодинамика").Want(200, "путеводителя пока нет")
		c.Jobs()
	}, Capability())
}

// Answers that somebody asks to be kept are sealed: the database has neither them nor the code, and forgets them in time.
func TestAnswersUnderACode(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := citytest.Service[*Service](c)
		code, _, err := s.Keep(c.Ctx(), Kept{Guide: "wages", Answers: map[string][]string{"what": {"unpaid"}, "debt": {"777t"}}})
		c.Must(err)
		typed := strings.ToUpper(strings.ReplaceAll(code, "-", " "))
		c.Browser(nil).Post("/en/rights/resume", "code", typed).Want(200, "Do you have a written contract?", `value="debt=777t"`)
		other := "0000" + code[4:]
		if other == code {
			other = "1111" + code[4:]
		}
		for _, wrong := range []string{"", "x", code[:20], other, strings.Repeat("z", 10_000)} {
			c.Browser(nil).Post("/en/rights/resume", "code", wrong).Want(422, "There is no such code")
		}
		c.Read(func(tx *storage.Tx) error {
			all, err := storage.All(tx, storage.Scalar[string], "SELECT id || ' ' || CAST(length(sealed) AS TEXT) FROM rights_kept")
			if len(all) != 1 || strings.Contains(all[0], code) {
				t.Errorf("kept: %v", all)
			}
			sealed, err2 := storage.One(tx, storage.Scalar[[]byte], "SELECT sealed FROM rights_kept")
			if err2 == nil && (strings.Contains(string(sealed), "unpaid") || strings.Contains(string(sealed), "wages")) {
				t.Error("the answers can be read")
			}
			return err
		})
		c.Pass(31 * 24 * time.Hour)
		c.Browser(nil).Post("/en/rights/resume", "code", code).Want(422)
		c.Jobs()
		c.Read(func(tx *storage.Tx) error {
			n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM rights_kept")
			if n != 0 {
				t.Error("what nobody can open any more is still there")
			}
			return err
		})
	}, Capability())
}

// The state that a page carries is bounded, and what is no answer is asked again.
func TestAHostileState(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		b := c.Browser(nil)
		var many []string
		for range 5_000 {
			many = append(many, "what=x")
		}
		for _, a := range [][]string{{"what=fired"}, {"=x"}, {"gone=1"}, {"what"}, many, {"what=<script>alert(1)</script>"}, {"what=unpaid", "what=dismissed"}} {
			if page := b.PostForm("/en/rights/wages/go", url.Values{"a": a}); page.Status != 200 || strings.Contains(page.Body, "<script>alert") {
				t.Errorf("%.60v: %d", a, page.Status)
			}
		}
		for _, path := range []string{"/en/rights/none", "/en/rights/none/go", "/api/v1/rights/none", "/en/rights/..%2fwages"} {
			b.Get(path).Want(404)
		}
		b.Get("/en/rights/wages?asof=2026-13-45").Want(200).Lacks("You see the law")
		b.Get("/api/v1/rights").Want(200, `"wages"`)
		b.Get("/api/v1/rights/wages").Want(200, "[[node]]")
		b.Get("/en/rights/wages/letter").Want(200, "What happened?")
	}, Capability())
}

// Nothing of what somebody answers in a sensitive guide is in an address, in the log, in the record, in a cache or in the database's files.
func TestNothingOfAnswersStays(t *testing.T) {
	var log bytes.Buffer
	dir := t.TempDir()
	c := citytest.Open(t, filepath.Join(dir, "city.db"), app.Config{Capabilities: []capability.Capability{Capability()}, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	const secret = "Құпиясөз-7f3a"
	c.Jobs()
	b := c.Browser(nil)
	pages := []*citytest.Page{
		b.Get("/kk/rights/violence").Want(200, "Тез шығу", `rel="noreferrer noopener"`),
		b.Get("/kk/rights/violence/go?a=danger%3Dsafe_now&at=what&v=beaten").Want(200, "Дәл қазір сізге қауіп"), // from an address nothing is taken
	}
	q := url.Values{"a": {"danger=safe_now", "what=beaten", "children=yes"}, "at": {"want"}, "v": {"stay_away"}}
	end := url.Values{"a": {"danger=safe_now", "what=beaten", "children=yes", "want=stay_away"}}
	letter := with(end, "tongue", "kk", "x_what_happened", secret, "name", secret)
	files := []*citytest.Page{
		b.PostForm("/kk/rights/violence/letter.pdf", letter).Want(200),
		b.PostForm("/kk/rights/violence/letter.docx", letter).Want(200),
		b.PostForm("/kk/rights/violence/dates.ics", end).Want(200, "BEGIN:VCALENDAR").Lacks("зорлық", "violence"),
	}
	pages = append(pages, b.PostForm("/kk/rights/violence/go", q).Want(200, "жақындауға тыйым"), b.PostForm("/kk/rights/violence/go", with(q, "v", secret)).Want(422),
		b.PostForm("/kk/rights/violence/letter", with(end, "_again", "kk")).Want(200), b.PostForm("/kk/rights/violence/letter", letter).Want(200, secret),
		b.PostForm("/kk/rights/violence/keep", end).Want(200), b.PostForm("/kk/rights/find", url.Values{"q": {"күйеуім " + secret}}).Want(200))
	code := b.PostForm("/kk/rights/violence/keep", with(end, "a", "children="+secret)).Want(200).Body
	code = codeInPage.FindString(code)
	pages = append(pages, b.Post("/kk/rights/resume", "code", code).Want(200))
	// The hidden fields of a page are the one place where answers are: no address has them.
	address := regexp.MustCompile(`(href|action|src|content)="[^"]*(safe_now|stay_away|beaten|%D2%9A)[^"]*"`)
	for _, p := range slices.Concat(pages, files) {
		if found := address.FindString(p.Body); found != "" {
			t.Errorf("an address tells: %s", found)
		}
		if strings.Contains(p.Body, `method="get" action="/kk/rights/violence/go"`) {
			t.Error("a sensitive answer is sent in an address")
		}
		if cc := p.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") && p != pages[0] {
			t.Errorf("a cache may keep it: %q", cc)
		}
		if got := p.Header.Get("Referrer-Policy"); got != "same-origin" && got != "no-referrer" {
			t.Errorf("other sites are told where one comes from: %q", got)
		}
		if strings.Contains(p.Header.Get("Content-Disposition")+p.Header.Get("Set-Cookie"), "violence") {
			t.Errorf("the name of a file or a cookie tells: %v", p.Header)
		}
	}
	b.PostForm("/kk/rights/violence/judge", with(end, "word", "yes")).Want(303)
	c.Jobs()
	for _, act := range c.Acts() {
		if line, _ := json.Marshal(act); strings.Contains(string(line), "safe_now") {
			t.Errorf("the record has %s", line)
		}
	}
	if code == "" || len(pages) < 8 {
		t.Fatal("nothing was walked")
	}
	c.Must(c.Close())
	files2, err := filepath.Glob(filepath.Join(dir, "*"))
	c.Must(err)
	for _, what := range []string{secret, strings.ReplaceAll(code, "-", ""), "safe_now", "stay_away"} {
		if strings.Contains(log.String(), what) || strings.Contains(log.String(), url.QueryEscape(what)) {
			t.Errorf("the log has %q", what)
		}
		for _, file := range files2 {
			if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte(what)) {
				t.Errorf("%s has %q", filepath.Base(file), what)
			}
		}
	}
	if log.Len() == 0 {
		t.Error("nothing was logged: the test sees nothing")
	}
}

var codeInPage = regexp.MustCompile(`[0-9a-v]{4}(-[0-9a-v]{4}){4}`)

// What is counted is added up, from many at once, by question and day.
func TestCounts(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				c.Browser(nil).Get("/en/rights/wages/go?at=what&v=unpaid").Want(200)
			})
		}
		all.Wait()
		c.Jobs()
		c.Browser(nil).Get("/en/rights/wages/go?at=what&v=unpaid").Want(200)
		c.Jobs()
		c.Jobs()
		c.Read(func(tx *storage.Tx) error {
			got, err := storage.Map[string, int64](tx, "SELECT place || ' ' || what || ' ' || day, n FROM rights_count")
			want := map[string]int64{"what answered 2026-03-02": 21, "contract shown 2026-03-02": 21}
			if !maps.Equal(got, want) {
				t.Errorf("counted %v, want %v", got, want)
			}
			return err
		})
	}, Capability())
}

// wagesSource is the guide on wages as anybody reads it.
func wagesSource(c *citytest.City) guide.Source {
	g, err := citytest.Service[*Service](c).Guide(c.Ctx(), "wages")
	c.Must(err)
	return guide.Source{Guide: g.Source.Guide, Texts: maps.Clone(g.Source.Texts)}
}

// changed is the guide on wages in which an inspection has ten days from tomorrow on.
func changed(c *citytest.City) guide.Source {
	src := wagesSource(c)
	src.Guide = strings.Replace(src.Guide, "law = \"appeal\"\nredaction = \"2021-07-01\"\n\n[[deadline]]", "law = \"appeal\"\nredaction = \"2021-07-01\"\n[[term.version]]\nfrom = \"2026-03-03\"\ncount = 10\nunit = \"working_days\"\nlaw = \"appeal\"\nredaction = \"2026-03-03\"\n\n[[deadline]]", 1)
	src.Texts[civic.Russian] = strings.Replace(src.Texts[civic.Russian], "Не платят зарплату или уволили", "Не платят зарплату, уволили", 1)
	return src
}

func lawyerIn(c *citytest.City) *citytest.Person {
	return c.With(c.Resident(civic.Russian), civic.Grant{Role: "rights.lawyer"})
}

// The law changes tomorrow: one lawyer writes it, another publishes, readers see both days, kept pages change, and the record says what was published.
func TestALawyerChangesAGuide(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Jobs()
		s := citytest.Service[*Service](c)
		author, reviewer := lawyerIn(c), lawyerIn(c)
		c.Browser(nil).Get("/ru/rights").Want(200, "Не платят зарплату или уволили")
		c.Browser(nil).Get("/ru/rights/wages").Want(200).Lacks("вступает в силу")
		c.SkipActs()

		src := changed(c)
		fields := func(src guide.Source, why string) []string {
			return []string{"guide", src.Guide, "kk", src.Texts["kk"], "ru", src.Texts["ru"], "en", src.Texts["en"], "why", why}
		}
		broken := src
		broken.Guide = strings.Replace(src.Guide, `to = "debt"`, `to = "dept"`, 1)
		b := c.Browser(author)
		b.Get("/ru/desk/rights/wages").Want(200, "[[node]]", "Тексты на казахском")
		b.Post("/ru/desk/rights/wages", fields(broken, "")...).Want(422, "guide.toml, строка", "такого имени нигде нет (dept)", "Напишите, что изменилось", "dept")
		review := b.Post("/ru/desk/rights/wages", fields(src, "Статья 76 меняется с 3 марта")...).Want(303).Location
		b.Get(review).Want(200, "2026-03-03", "Не платят зарплату, уволили", "46 путей", "другой юрист").Lacks("Опубликовать")
		b.Post(review, "do", "publish").Want(403)
		c.Browser(c.Resident("")).Post(review, "do", "publish").Want(403)
		if got := s.Publish(c.Ctx(), author.Actor, 1); civic.CodeOf(got) != civic.Forbidden {
			t.Errorf("the author publishes: %v", got)
		}
		c.Browser(reviewer).Get("/ru/desk").Want(200, "Ждёт проверки вторым человеком")
		c.Browser(reviewer).Get("/ru/desk/rights").Want(200, "Статья 76 меняется")
		c.WantActs()
		c.Browser(reviewer).Post(review, "do", "publish").Want(303)
		acts := c.WantActs("rights.guide.published")
		v, err := s.VersionOf(c.Ctx(), 1)
		c.Must(err)
		if payload := string(acts[0].Payload); !strings.Contains(payload, Digest(v.Kept)) {
			t.Errorf("the record does not say what was published: %s", payload)
		}
		c.Browser(reviewer).Post(review, "do", "drop").Want(409)

		c.Browser(nil).Get("/ru/rights").Want(200, "Не платят зарплату, уволили")
		c.Browser(nil).Get("/ru/rights/wages").Want(200, "3\u00a0марта 2026\u00a0года вступает в силу", "Версия № 1", "asof=2026-03-03")
		c.Browser(nil).Get("/ru/search?q=уволили").Want(200, "Не платят зарплату, уволили")
		c.Browser(nil).PostForm("/ru/rights/wages/go", wages()).Want(200, "15 рабочих дней", "27\u00a0марта")
		c.Browser(nil).PostForm("/ru/rights/wages/go", with(wages(), "asof", "2026-03-03")).Want(200, "10 рабочих дней", "18\u00a0марта", "Показан закон на")
		c.Browser(author).Get("/ru/account/download").Want(200, "Статья 76 меняется")
		c.Pass(24 * time.Hour)
		c.Jobs()
		c.Browser(nil).PostForm("/ru/rights/wages/go", wages()).Want(200, "10 рабочих дней", "18\u00a0марта").Lacks("Показан закон на")
		c.Browser(nil).PostForm("/ru/rights/wages/go", with(wages(), "asof", "2026-03-02")).Want(200, "15 рабочих дней")
		if report, _ := c.Verified(); report.Compared == 0 {
			t.Errorf("the record: %+v", report)
		}

		c.Browser(c.SignIn(author)).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		v, err = s.VersionOf(c.Ctx(), 1)
		if err != nil || v.Author != "" || v.Why != "" {
			t.Errorf("the author has left, and is still named: %+v, %v", v, err)
		}
	}, Capability())
}

// Of two who publish one version at once, one does.
func TestOnePublishes(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		s := citytest.Service[*Service](c)
		no, err := s.Propose(c.Ctx(), lawyerIn(c).Actor, "wages", changed(c), "Себебі")
		c.Must(err)
		var all sync.WaitGroup
		var done atomic.Int32
		for range 6 {
			who := lawyerIn(c).Actor
			all.Go(func() {
				if s.Publish(c.Ctx(), who, no) == nil {
					done.Add(1)
				}
			})
		}
		all.Wait()
		if len(c.Acts("rights.guide.published")) != 1 || done.Load() != 1 {
			t.Errorf("%d published it", done.Load())
		}
	}, Capability())
}

// What changed between two texts, with the numbers of its lines.
func TestDiff(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"a\nb\nc", "a\nb\nc", ""},
		{"a\nb\nc", "a\nx\nc", " a1-b2+x2 c3"},
		{"", "a", "+a1"},
		{"a", "", "-a1"},
		{"1\n2\n3\n4\n5\n6\n7", "1\n2\n3\n4\n5\n6\n7\n8", " 66 77+88"},
		{"a\nb\nc\nd\n", "b\r\nc\r\nd\r\ne", "-a1 b1 c2 d3+e4"},
		{"a\nb\nc\nd\ne\nf", "x\nb\nc\nd\ne\ny", "-a1+x1 b2 c3 d4 e5-f6+y6"},
	} {
		var got strings.Builder
		for _, d := range Diff(c.old, c.new) {
			fmt.Fprintf(&got, "%s%s%d", d.Sign, d.Line, cmp.Or(d.New, d.Old))
		}
		if got.String() != c.want {
			t.Errorf("%q → %q: %q, not %q", c.old, c.new, got.String(), c.want)
		}
	}
	var a, b strings.Builder
	for i := range 5_000 {
		a.WriteString(strings.Repeat("a", i%7) + "\n")
		b.WriteString(strings.Repeat("b", i%7+1) + "\n")
	}
	if n := len(Diff(a.String(), b.String())); n != 10_000 {
		t.Errorf("all lines differ, and %d are told", n)
	}
}

// Lawyers see counts by question; a number that could be one person's is hidden. Everybody has the graph, the booklet, and the door for other sites.
func TestWhatIsAroundAGuide(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		b := c.Browser(nil)
		for range 6 {
			b.Get("/en/rights/wages/go?at=what&v=unpaid").Want(200)
		}
		b.PostForm("/en/rights/wages/judge", with(wages(), "word", "no")).Want(303)
		c.Jobs()
		c.Browser(lawyerIn(c)).Get("/en/desk/rights/counts/wages").Want(200, "Do you have a written contract?", "Stopped here: 6", "No: fewer than 5")
		b.Get("/kk/rights/wages/graph").Want(200, "<svg", "agree = &#34;unfair&#34;", "әйтпесе")
		for _, lang := range []string{"kk", "ru", "en"} {
			if pdf := b.Get("/rights/wages/booklet.pdf?lang=" + lang).Want(200).Body; !strings.HasPrefix(pdf, "%PDF-") {
				t.Errorf("%s: %.20q", lang, pdf)
			}
		}
		if door := b.Get("/ru/embed/rights/wages").Want(200, "/ru/rights/wages"); !strings.Contains(door.Header.Get("Content-Security-Policy"), "frame-ancestors *") {
			t.Error("other sites may not show it")
		}
		if page := b.Get("/ru/rights/wages"); !strings.Contains(page.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Error("other sites may show the guide itself")
		}
	}, Capability())
}
