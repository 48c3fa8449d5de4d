package record_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
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

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record/proof"
)

// How long the record is now, and was at the beginning of an earlier day. Its own opening is
// not counted as long as it is the only act.
func TestLengthNowAndThen(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		opened := b.DB.Now()
		b.sequence(t)
		lengths := func(then time.Time) (now, before int64) {
			t.Helper()
			if err := b.DB.Read(t.Context(), func(tx *storage.Tx) error {
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
		b.Pass(24 * time.Hour)
		b.say(t, "Бір", "x")
		b.say(t, "Екі", "x")
		b.sequence(t)
		for then, want := range map[time.Time]int64{opened: 0, opened.AddDate(0, 0, 1): 0, opened.AddDate(0, 0, 2): 3} {
			if now, before := lengths(then); now != 3 || before != want {
				t.Errorf("at %s: %d, before %d; want 3, before %d", then, now, before, want)
			}
		}
		b.Pass(48 * time.Hour)
		b.say(t, "Үш", "x")
		b.sequence(t)
		if now, before := lengths(b.DB.Now()); now != 4 || before != 3 {
			t.Errorf("today: %d, before %d; want 4, before 3", now, before)
		}
	})
}

func TestTheStream(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.get(visitor, "/kk/record").Want(200, "Ештеңе табылмады")
		for i := range 120 {
			b.say(t, fmt.Sprintf("<b>Тақырып %d</b>", i), "x")
		}
		ref, _ := b.say(t, "Өшірілді", "x")
		b.mark(t, ref, true, "board.note.removed")
		b.sequence(t)
		body := b.get(visitor, "/kk/record").Want(200, "Қаланың ашық журналы", "&lt;b&gt;Тақырып 119&lt;/b&gt;", "Removed", "Қорлау немесе тіл тигізу", "Keeper of the board").Body
		if strings.Contains(body, "<b>Тақырып") || strings.Contains(body, "Өшірілді") || !strings.Contains(body, "жарияланбайды") {
			t.Error("markup passes, or a removed title shows")
		}
		b.get(visitor, "/ru/record").Want(200, "Открытый журнал города", "23 ноября 2026 года")
		b.get(visitor, "/en/record").Want(200, "The city&#39;s record")
		// All pages together show every entry once, forwards and backwards.
		numbers := regexp.MustCompile(`№ (\d+)`)
		seen, pages, path := map[string]bool{}, 0, "/en/record"
		var last string
		for path != "" && pages < 10 {
			body := b.get(visitor, path).Want(200).Body
			for _, m := range numbers.FindAllStringSubmatch(body, -1) {
				if seen[m[1]] {
					t.Errorf("entry %s twice", m[1])
				}
				seen[m[1]] = true
			}
			pages++
			last, path = body, link(body, "next")
		}
		if len(seen) != 123 || pages != 8 {
			t.Errorf("%d entries on %d pages", len(seen), pages)
		}
		if back := b.get(visitor, link(last, "prev")).Want(200).Body; len(numbers.FindAllString(back, -1)) != 16 {
			t.Error("backwards is no full page")
		}
		count := func(path string) int {
			t.Helper()
			return len(numbers.FindAllString(b.get(visitor, path).Want(200).Body, -1))
		}
		for path, want := range map[string]int{
			"/en/record?kind=board.note.removed": 1, "/en/record?kind=none": 0, "/en/record?from=2026-11-23&to=2026-11-23": 16, "/en/record?from=2026-11-24": 0, "/en/record?to=2026-11-22": 0,
			"/en/record?subject=board.note:" + string(ref.ID): 2, "/en/record?subject=nonsense&before=x&from=y": 16, "/en/record?kind=board.note.removed&from=2026-11-23": 1,
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
		atom := b.get(visitor, "/kk/record/feed.atom")
		if err := xml.Unmarshal([]byte(atom.Body), &feed); err != nil || len(feed.Entries) != 50 || feed.Entries[2].Title != "Said: <b>Тақырып 119</b>" ||
			!strings.HasPrefix(atom.Header.Get("Content-Type"), "application/atom+xml") {
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
	each(t, func(t *testing.T, b *board) {
		_, act := b.say(t, "Тақырып", "Менің <i>сөзім</i>")
		b.get(visitor, "/en/record/act/"+string(act)).Want(200, "Accepted.", "A personal text")
		b.sequence(t)
		if a := b.get(visitor, "/en/record/act/"+string(act)); a.Status != 303 || a.Location != "/en/record/1" {
			t.Errorf("%d %s", a.Status, a.Location)
		}
		body := b.get(visitor, "/en/record/1").Want(200, "Proven: it stands in the record of 2 acts", "Менің &lt;i&gt;сөзім&lt;/i&gt;", "/record/receipt/1").Body
		b.get(visitor, "/kk/record/1").Want(200, "Дәлелденді")
		b.get(visitor, "/ru/record/1").Want(200, "Доказано")
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
		b.get(visitor, "/en/record/1?h="+base64.RawURLEncoding.EncodeToString(h[:])).Want(200, "This is the act on your receipt")
		b.get(visitor, "/en/record/1?h=AAAA").Want(200, "This is NOT the act on your receipt")
		for _, path := range []string{"/en/record/2", "/en/record/-1", "/en/record/01", "/en/record/x", "/en/record/99999999999999999999", "/en/record/act/x", "/en/trace/board.note/x", "/en/trace/x/y"} {
			b.get(visitor, path).Want(404)
		}
		b.Tamper("UPDATE record_entry SET body = $1 WHERE idx = 1", []byte(strings.Replace(string(e.Raw), "Тақырып", "Такырып", 1)))
		b.get(visitor, "/en/record/1").Want(200, "The proof FAILS")
		if a := b.get(visitor, "/record/receipt/1"); a.Status != 409 {
			t.Errorf("a receipt for an altered entry: %d", a.Status)
		}
	})
}

// A removal names the rule, and leads to it and to the act that took it back.
func TestARemovalNamesItsRule(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		first, _ := b.say(t, "бір", "x")
		second, _ := b.say(t, "екі", "x")
		b.mark(t, first, true, "board.note.removed")
		b.mark(t, second, true, "board.note.removed")
		b.mark(t, second, false, "board.note.restored")
		b.sequence(t)
		b.get(visitor, "/en/record").Want(200, "Insult", "/en/moderation/rules/insult#v1")
		b.get(visitor, "/en/record/3").Want(200, "Insult").Lacks("Restored later")
		b.get(visitor, "/en/record/4").Want(200, "Restored later")
	})
}

func TestTheKeyPage(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		b.get(visitor, "/en/record/key").Want(503)
		b.sequence(t)
		keys, err := b.log.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.ReplaceAll(keys[0], "+", "&#43;")
		body := b.get(visitor, "/kk/record/key").Want(200, "Қаланың ашық кілті", "birge verify "+citytest.Origin).Body
		if !strings.Contains(body, keys[0]) && !strings.Contains(body, shown) {
			t.Error("no key")
		}
		if strings.Contains(body, "PRIVATE") {
			t.Error("the secret key is on the page")
		}
		b.post(officer, "/kk/record/key", url.Values{}).Want(403)
		b.post(admin, "/en/record/key", url.Values{}).Want(200, "This cannot be undone")
		sure := url.Values{ui.SureName: {"yes"}}
		b.post(admin, "/kk/record/key", sure).Want(303)
		b.post(admin, "/en/record/key", sure).Want(409, "being changed already")
		b.sequence(t)
		b.get(admin, "/en/record/key").Want(200, "Earlier keys", "Change the key")
		if a := b.get(visitor, "/record/key.txt"); len(strings.Fields(a.Body[strings.Index(a.Body, "\n"):])) != 2 {
			t.Errorf("%s", a.Body)
		}
	})
}

func TestTraceAndLinks(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		voice, _ := b.say(t, "Дауыс", "x")
		answerRef, _ := b.say(t, "Жауап", "x", voice.ID)
		deed, _ := b.say(t, "Іс", "x", answerRef.ID)
		lone, _ := b.say(t, "Мектеп туралы кеңес", "x")
		b.sequence(t)
		body := b.get(visitor, "/kk/trace/board.note/"+string(answerRef.ID)).Want(200, "Жолы: Жауап", "Дауыс", "Іс").Body
		if strings.Index(body, "Дауыс") > strings.Index(body, ">Іс") || strings.Contains(body, "Мектеп") || strings.Contains(body, "/record/link") {
			t.Error("the order is wrong, something strange is in it, or a visitor may link")
		}
		about := "board.note:" + string(deed.ID)
		b.get(visitor, "/en/record/link?subject="+about).Want(401)
		b.get(civic.Actor{Account: "r", Assurance: civic.Verified}, "/en/record/link?subject="+about).Want(403)
		b.get(officer, "/en/record/link?subject=board.note:x").Want(404)
		b.get(officer, "/en/record/link?q=жоқ&subject="+about).Want(200, "Nothing found")
		b.get(officer, "/en/record/link?q=мектептегі&subject="+about).Want(200, "Мектеп туралы кеңес", "board.note:"+string(lone.ID))
		b.mark(t, answerRef, true, "")
		if body := b.get(officer, "/en/record/link?q=жауап&subject="+about).Want(200, "Nothing found").Body; strings.Contains(body, ">Жауап<") {
			t.Error("a hidden note can be linked")
		}
		b.mark(t, answerRef, false, "")
		// A lookup does not depend on how long ago the record last named a thing, or whether it
		// ever did.
		silent := civic.Ref{Kind: "board.note", ID: civic.NewID(b.DB.Now())}
		if err := b.DB.Write(t.Context(), func(tx *storage.Tx) error { return b.write(tx, silent, "Көпірді жөндеу", "x") }); err != nil {
			t.Fatal(err)
		}
		b.get(officer, "/en/record/link?q=копирди&subject="+about).Want(200, "board.note:"+string(silent.ID))
		form := url.Values{"subject": {about}, "from": {"board.note:" + string(lone.ID)}}
		b.post(visitor, "/en/record/link", form).Want(401)
		b.post(officer, "/en/record/link", form).Want(303)
		b.sequence(t)
		b.post(officer, "/en/record/link", form).Want(422, "This link is there already")
		b.post(officer, "/en/record/link", url.Values{"subject": {about}, "from": {about}}).Want(422, "cannot follow from itself")
		b.post(officer, "/en/record/link", url.Values{"subject": {about}, "from": {"note:x"}}).Want(422, "no such public thing")
		b.get(visitor, "/en/trace/board.note/"+string(voice.ID)).Want(200, "Linked")
		b.get(visitor, "/en/trace/board.note/"+string(deed.ID)).Want(200, "Мектеп туралы кеңес")
		form.Set("take_back", "yes")
		b.post(officer, "/en/record/link", form).Want(303)
		b.sequence(t)
		if body := b.get(visitor, "/en/trace/board.note/"+string(voice.ID)).Want(200, "Link taken back").Body; strings.Contains(body, "Мектеп") {
			t.Error("the link taken back still leads there")
		}
		b.holds(t, proof.Options{}) // links are acts like any other
	})
}

func TestFilesForPrograms(t *testing.T) {
	each(t, func(t *testing.T, b *board) {
		for _, path := range []string{"/checkpoint", "/record/receipt/0", "/tile/0/000.p/1"} {
			if a := b.Browser(nil).Get(path); a.Status != 404 {
				t.Errorf("%s before the record was opened: %d", path, a.Status)
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
			a := b.Browser(nil).Get(path)
			if a.Status != 200 || a.Header.Get("Content-Type") != want[0] || a.Header.Get("Cache-Control") != want[1] || want[2] != "" && fmt.Sprint(len(a.Body)) != want[2] {
				t.Errorf("%s: %d %v, %d bytes", path, a.Status, a.Header, len(a.Body))
			}
		}
		for _, path := range []string{"/tile/0/001", "/tile/0/001.p/45", "/tile/0/002.p/1", "/tile/1/000.p/2", "/tile/1/000", "/tile/2/000.p/1", "/tile/entries/001", "/tile/entries/x001/000.p/1",
			"/tile/0/0", "/tile/", "/tile/entries/000.p/256", "/record/pages/002", "/record/pages/2", "/record/receipt/300", "/record/receipt/-1", "/tile/0/x999/x999/x999/x999/x999/999"} {
			if a := b.Browser(nil).Get(path); a.Status != 404 {
				t.Errorf("%s: %d", path, a.Status)
			}
		}
		asked := httptest.NewRequest("GET", citytest.Origin+"/tile/entries/000", nil)
		asked.Header.Set("Accept-Encoding", "gzip")
		z, err := gzip.NewReader(strings.NewReader(b.Browser(nil).Do(asked).Body))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || string(plain) != b.Browser(nil).Get("/tile/entries/000").Body {
			t.Errorf("compressed differently: %v", err)
		}
	})
}

// Whoever follows what happens in the city from its beginning is told the first act too; behind a number, what comes after it.
func TestChangesBeginWithTheFirstAct(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		c.Organisation("Жасыл қала")
		c.SkipActs()
		for address, want := range map[string]string{"/api/v1/changes": `"items":[{"number":0,`, "/api/v1/changes?since=0": `"items":[{"number":1,`} {
			if got := strings.Join(strings.Fields(c.Browser(nil).Get(address).Want(200).Body), ""); !strings.Contains(got, want) {
				t.Errorf("%s: %.300s lacks %s", address, got, want)
			}
		}
	})
}
