package rights_test

import (
	"archive/zip"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage"
	. "github.com/birge-kz/birge/internal/rights"
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
		for _, path := range []string{"/en/rights/none", "/en/rights/none/go", "/api/rights/none", "/en/rights/..%2fwages"} {
			b.Get(path).Want(404)
		}
		b.Get("/en/rights/wages?asof=2026-13-45").Want(200).Lacks("You see the law")
		b.Get("/api/rights").Want(200, `"wages"`)
		b.Get("/api/rights/wages").Want(200, "[[node]]")
		b.Get("/en/rights/wages/letter").Want(200, "What happened?")
	}, Capability())
}
