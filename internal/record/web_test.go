package record_test

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"encoding/base64"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

type answer struct {
	*httptest.ResponseRecorder
	body string
}

// ask sends a request as the actor.
func (b *board) ask(t testing.TB, actor civic.Actor, method, path string, form url.Values, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.server(t, actor).ServeHTTP(w, r)
	return answer{w, strings.ReplaceAll(w.Body.String(), "\u00a0", " ")}
}

// expect asks for a page and expects status and words, and no key without words.
func (b *board) expect(t testing.TB, actor civic.Actor, method, path string, form url.Values, status int, words ...string) string {
	t.Helper()
	a := b.ask(t, actor, method, path, form)
	if a.Code != status || strings.Contains(a.body, "⟦") {
		t.Errorf("%s %s: %d, want %d\n%.3000s", method, path, a.Code, status, a.body)
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			t.Errorf("%s %s lacks %q\n%.6000s", method, path, word, a.body)
		}
	}
	return a.body
}

var visitor = civic.Actor{}

// How long the record is now and was at the beginning of an earlier day; its own opening is not
// counted while nothing else stands in it.
func TestLengthNowAndThen(t *testing.T) {
	each(t, func(t *testing.T, b *board, c *clock) {
		opened := b.db.Now()
		b.sequence(t)
		lengths := func(then time.Time) (now, before int64) {
			t.Helper()
			if err := b.db.Read(t.Context(), func(tx *storage.Tx) error {
				n, err := b.log.Running().Numbers(tx, then)
				now, before = n[0].Value, *n[0].Then
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return now, before
		}
		if now, before := lengths(opened); now != 0 || before != 0 {
			t.Errorf("a record with nothing but its opening: %d, before %d", now, before)
		}
		c.ms.Add((24 * time.Hour).Milliseconds())
		b.say(t, "Бір", "x")
		b.say(t, "Екі", "x")
		b.sequence(t)
		for then, want := range map[time.Time]int64{opened: 0, opened.AddDate(0, 0, 1): 0, opened.AddDate(0, 0, 2): 3} {
			if now, before := lengths(then); now != 3 || before != want {
				t.Errorf("at %s: %d, before %d; want 3, before %d", then, now, before, want)
			}
		}
		c.ms.Add((48 * time.Hour).Milliseconds())
		b.say(t, "Үш", "x")
		b.sequence(t)
		if now, before := lengths(b.db.Now()); now != 4 || before != 3 {
			t.Errorf("today: %d, before %d; want 4, before 3", now, before)
		}
	})
}

func TestTheStream(t *testing.T) {
	each(t, func(t *testing.T, b *board, c *clock) {
		b.expect(t, visitor, "GET", "/kk/record", nil, 200, "Ештеңе табылмады")
		for i := range 120 {
			b.say(t, fmt.Sprintf("<b>Тақырып %d</b>", i), "x")
		}
		ref, _ := b.say(t, "Өшірілді", "x")
		b.mark(t, ref, true, "board.note.removed")
		b.sequence(t)
		body := b.expect(t, visitor, "GET", "/kk/record", nil, 200, "Қаланың ашық шежіресі", "&lt;b&gt;Тақырып 119&lt;/b&gt;", "Removed", "No insults", "Keeper of the board")
		if strings.Contains(body, "<b>Тақырып") || strings.Contains(body, "Өшірілді") || !strings.Contains(body, "жарияланбайды") {
			t.Error("markup passes, or a removed title shows")
		}
		b.expect(t, visitor, "GET", "/ru/record", nil, 200, "Реестр действий города", "23 ноября 2026 года")
		b.expect(t, visitor, "GET", "/en/record", nil, 200, "The city&#39;s record")
		// All pages together show every entry once, forwards and backwards.
		numbers := regexp.MustCompile(`№ (\d+)`)
		seen, pages, path := map[string]bool{}, 0, "/en/record"
		var last string
		for path != "" && pages < 10 {
			body := b.expect(t, visitor, "GET", path, nil, 200)
			for _, m := range numbers.FindAllStringSubmatch(body, -1) {
				if seen[m[1]] {
					t.Errorf("entry %s twice", m[1])
				}
				seen[m[1]] = true
			}
			pages++
			last, path = body, link(body, "next")
		}
		if len(seen) != 123 || pages != 3 {
			t.Errorf("%d entries on %d pages", len(seen), pages)
		}
		if back := b.expect(t, visitor, "GET", link(last, "prev"), nil, 200); len(numbers.FindAllString(back, -1)) != 50 {
			t.Error("backwards is no full page")
		}
		count := func(path string) int {
			t.Helper()
			return len(numbers.FindAllString(b.expect(t, visitor, "GET", path, nil, 200), -1))
		}
		for path, want := range map[string]int{
			"/en/record?kind=board.note.removed": 1, "/en/record?kind=none": 0, "/en/record?from=2026-11-23&to=2026-11-23": 50, "/en/record?from=2026-11-24": 0, "/en/record?to=2026-11-22": 0,
			"/en/record?subject=board.note:" + string(ref.ID): 2, "/en/record?subject=nonsense&before=x&from=y": 50, "/en/record?kind=board.note.removed&from=2026-11-23": 1,
		} {
			if got := count(path); got != want {
				t.Errorf("%s: %d, want %d", path, got, want)
			}
		}
		var feed struct {
			XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
			Entries []struct {
				ID    string `xml:"id"`
				Title string `xml:"title"`
			} `xml:"entry"`
		}
		atom := b.ask(t, visitor, "GET", "/kk/record/feed.atom", nil)
		if err := xml.Unmarshal(atom.Body.Bytes(), &feed); err != nil || len(feed.Entries) != 50 || feed.Entries[2].Title != "Said: <b>Тақырып 119</b>" ||
			!strings.HasPrefix(atom.Header().Get("Content-Type"), "application/atom+xml") {
			t.Errorf("%v %+v", err, feed)
		}
	})
}

func link(body, rel string) string {
	m := regexp.MustCompile(`rel="` + rel + `" href="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return strings.ReplaceAll(m[1], "&amp;", "&")
}

func TestAnEntrysPageSaysHowItIsProven(t *testing.T) {
	each(t, func(t *testing.T, b *board, c *clock) {
		_, act := b.say(t, "Тақырып", "Менің <i>сөзім</i>")
		b.expect(t, visitor, "GET", "/en/record/act/"+string(act), nil, 200, "Accepted.", "A personal text")
		b.sequence(t)
		if a := b.ask(t, visitor, "GET", "/en/record/act/"+string(act), nil); a.Code != 303 || a.Header().Get("Location") != "/en/record/1" {
			t.Errorf("%d %s", a.Code, a.Header().Get("Location"))
		}
		body := b.expect(t, visitor, "GET", "/en/record/1", nil, 200, "Proven: it stands in the record of 2 acts", "Менің &lt;i&gt;сөзім&lt;/i&gt;", "/record/receipt/1")
		b.expect(t, visitor, "GET", "/kk/record/1", nil, 200, "Дәлелденді")
		b.expect(t, visitor, "GET", "/ru/record/1", nil, 200, "Доказано")
		picture := regexp.MustCompile(`src="data:image/png;base64,([^"]+)"`).FindStringSubmatch(body)
		raw, err := base64.StdEncoding.DecodeString(picture[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
			t.Error(err)
		}
		e, err := b.log.ByIndex(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		h := proof.LeafHash(e.Raw)
		b.expect(t, visitor, "GET", "/en/record/1?h="+base64.RawURLEncoding.EncodeToString(h[:]), nil, 200, "This is the act on your receipt")
		b.expect(t, visitor, "GET", "/en/record/1?h=AAAA", nil, 200, "This is NOT the act on your receipt")
		for _, path := range []string{"/en/record/2", "/en/record/-1", "/en/record/01", "/en/record/x", "/en/record/99999999999999999999", "/en/record/act/x", "/en/trace/board.note/x", "/en/trace/x/y"} {
			b.expect(t, visitor, "GET", path, nil, 404)
		}
		tamper(t, b.db, "UPDATE record_entry SET body = $1 WHERE idx = 1", []byte(strings.Replace(string(e.Raw), "Тақырып", "Такырып", 1)))
		b.expect(t, visitor, "GET", "/en/record/1", nil, 200, "The proof FAILS")
		if a := b.ask(t, visitor, "GET", "/record/receipt/1", nil); a.Code != 503 {
			t.Errorf("a receipt for an altered entry: %d", a.Code)
		}
	})
}

func TestModerationIsPublic(t *testing.T) {
	each(t, func(t *testing.T, b *board, c *clock) {
		b.expect(t, visitor, "GET", "/ru/record/moderation", nil, 200, "Ничего не удаляли")
		first, _ := b.say(t, "бір", "x")
		second, _ := b.say(t, "екі", "x")
		b.mark(t, first, true, "board.note.removed")
		b.mark(t, second, true, "board.note.removed")
		c.ms.Add(10 * 24 * 3600_000) // the next month
		b.mark(t, second, false, "board.note.restored")
		b.sequence(t)
		body := b.expect(t, visitor, "GET", "/en/record/moderation", nil, 200, "2026-11", "2026-12", "No insults", "Restored later", "Not restored", "Put back")
		if !regexp.MustCompile(`(?s)2026-11.*?Removed.*?2\s*</span>`).MatchString(body) {
			t.Errorf("no total of 2 removals\n%.5000s", body)
		}
		b.expect(t, visitor, "GET", "/en/record/3", nil, 200, "No insults", "Not restored")
		b.expect(t, visitor, "GET", "/en/record/4", nil, 200, "Restored later")
	})
}

func TestTheKeyPage(t *testing.T) {
	each(t, func(t *testing.T, b *board, c *clock) {
		b.expect(t, visitor, "GET", "/en/record/key", nil, 503)
		b.sequence(t)
		keys, err := b.log.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.ReplaceAll(keys[0], "+", "&#43;")
		body := b.expect(t, visitor, "GET", "/kk/record/key", nil, 200, "Қаланың ашық кілті", "birge verify http://localhost")
		if !strings.Contains(body, keys[0]) && !strings.Contains(body, shown) {
			t.Error("no key")
		}
		if strings.Contains(body, "PRIVATE") {
			t.Error("the secret key is on the page")
		}
		b.expect(t, officer, "POST", "/kk/record/key", url.Values{}, 403)
		b.expect(t, admin, "POST", "/kk/record/key", url.Values{}, 303)
		b.expect(t, admin, "POST", "/en/record/key", url.Values{}, 409, "being changed already")
		b.sequence(t)
		b.expect(t, admin, "GET", "/en/record/key", nil, 200, "Earlier keys", "Change the key")
		if a := b.ask(t, visitor, "GET", "/record/key.txt", nil); len(strings.Fields(a.body[strings.Index(a.body, "\n"):])) != 2 {
			t.Errorf("%s", a.body)
		}
	})
}

func TestTraceAndLinks(t *testing.T) {
	each(t, func(t *testing.T, b *board, c *clock) {
		voice, _ := b.say(t, "Дауыс", "x")
		answerRef, _ := b.say(t, "Жауап", "x", voice.ID)
		deed, _ := b.say(t, "Іс", "x", answerRef.ID)
		lone, _ := b.say(t, "Мектеп туралы кеңес", "x")
		b.sequence(t)
		body := b.expect(t, visitor, "GET", "/kk/trace/board.note/"+string(answerRef.ID), nil, 200, "Жолы: Жауап", "Дауыс", "Іс")
		if strings.Index(body, "Дауыс") > strings.Index(body, ">Іс") || strings.Contains(body, "Мектеп") || strings.Contains(body, "/record/link") {
			t.Error("the order is wrong, something strange is in it, or a visitor may link")
		}
		about := "board.note:" + string(deed.ID)
		b.expect(t, visitor, "GET", "/en/record/link?subject="+about, nil, 401)
		b.expect(t, civic.Actor{Account: "r", Assurance: civic.Verified}, "GET", "/en/record/link?subject="+about, nil, 403)
		b.expect(t, officer, "GET", "/en/record/link?subject=board.note:x", nil, 404)
		b.expect(t, officer, "GET", "/en/record/link?q=жоқ&subject="+about, nil, 200, "Nothing found")
		b.expect(t, officer, "GET", "/en/record/link?q=мектептегі&subject="+about, nil, 200, "Мектеп туралы кеңес", "board.note:"+string(lone.ID))
		b.mark(t, answerRef, true, "")
		if body := b.expect(t, officer, "GET", "/en/record/link?q=жауап&subject="+about, nil, 200, "Nothing found"); strings.Contains(body, ">Жауап<") {
			t.Error("a hidden note can be linked")
		}
		b.mark(t, answerRef, false, "")
		// How far back the record last spoke of a thing does not matter, nor whether it ever did.
		silent := civic.Ref{Kind: "board.note", ID: civic.NewID(b.db.Now())}
		if err := b.db.Write(t.Context(), func(tx *storage.Tx) error { return b.write(tx, silent, "Көпірді жөндеу", "x") }); err != nil {
			t.Fatal(err)
		}
		b.expect(t, officer, "GET", "/en/record/link?q=копирди&subject="+about, nil, 200, "board.note:"+string(silent.ID))
		form := url.Values{"subject": {about}, "from": {"board.note:" + string(lone.ID)}}
		b.expect(t, visitor, "POST", "/en/record/link", form, 401)
		b.expect(t, officer, "POST", "/en/record/link", form, 303)
		b.sequence(t)
		b.expect(t, officer, "POST", "/en/record/link", form, 422, "This link is there already")
		b.expect(t, officer, "POST", "/en/record/link", url.Values{"subject": {about}, "from": {about}}, 422, "cannot follow from itself")
		b.expect(t, officer, "POST", "/en/record/link", url.Values{"subject": {about}, "from": {"note:x"}}, 422, "no such public thing")
		b.expect(t, visitor, "GET", "/en/trace/board.note/"+string(voice.ID), nil, 200, "Linked")
		b.expect(t, visitor, "GET", "/en/trace/board.note/"+string(deed.ID), nil, 200, "Мектеп туралы кеңес")
		form.Set("take_back", "yes")
		b.expect(t, officer, "POST", "/en/record/link", form, 303)
		b.sequence(t)
		if body := b.expect(t, visitor, "GET", "/en/trace/board.note/"+string(voice.ID), nil, 200, "Link taken back"); strings.Contains(body, "Мектеп") {
			t.Error("the link taken back still leads there")
		}
		b.holds(t, proof.Options{}) // links are acts like any other
	})
}

func TestFilesForPrograms(t *testing.T) {
	each(t, func(t *testing.T, b *board, c *clock) {
		for _, path := range []string{"/checkpoint", "/record/receipt/0", "/tile/0/000.p/1"} {
			if a := b.ask(t, visitor, "GET", path, nil); a.Code != 404 {
				t.Errorf("%s before the record was opened: %d", path, a.Code)
			}
		}
		for i := range 299 {
			b.say(t, fmt.Sprint(i), "x")
		}
		b.sequence(t)
		for path, want := range map[string][3]string{
			"/checkpoint":            {"text/plain; charset=utf-8", "public, max-age=1", ""},
			"/tile/0/000":            {"application/octet-stream", "public, max-age=31536000, immutable", "8192"},
			"/tile/0/000.p/7":        {"application/octet-stream", "public, max-age=31536000, immutable", "224"},
			"/tile/0/001.p/44":       {"application/octet-stream", "public, max-age=31536000, immutable", "1408"},
			"/tile/1/000.p/1":        {"application/octet-stream", "public, max-age=31536000, immutable", "32"},
			"/tile/entries/001.p/44": {"application/octet-stream", "public, max-age=31536000, immutable", ""},
			"/record/pages/001":      {"application/x-ndjson; charset=utf-8", "no-cache", ""},
			"/record/receipt/5":      {"text/plain; charset=utf-8", "no-cache", ""},
		} {
			a := b.ask(t, visitor, "GET", path, nil)
			if a.Code != 200 || a.Header().Get("Content-Type") != want[0] || a.Header().Get("Cache-Control") != want[1] || want[2] != "" && fmt.Sprint(a.Body.Len()) != want[2] {
				t.Errorf("%s: %d %v, %d bytes", path, a.Code, a.Header(), a.Body.Len())
			}
		}
		for _, path := range []string{"/tile/0/001", "/tile/0/001.p/45", "/tile/0/002.p/1", "/tile/1/000.p/2", "/tile/1/000", "/tile/2/000.p/1", "/tile/entries/001", "/tile/entries/x001/000.p/1",
			"/tile/0/0", "/tile/", "/tile/entries/000.p/256", "/record/pages/002", "/record/pages/2", "/record/receipt/300", "/record/receipt/-1", "/tile/0/x999/x999/x999/x999/x999/999"} {
			if a := b.ask(t, visitor, "GET", path, nil); a.Code != 404 {
				t.Errorf("%s: %d", path, a.Code)
			}
		}
		zipped := b.ask(t, visitor, "GET", "/tile/entries/000", nil, "Accept-Encoding", "gzip")
		z, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(plain, b.ask(t, visitor, "GET", "/tile/entries/000", nil).Body.Bytes()) {
			t.Errorf("compressed differently: %v", err)
		}
	})
}
