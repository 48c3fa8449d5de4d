package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const origin = "http://city.test"

var zone = time.FixedZone("UTC+5", 5*3600)

const asan, aigul = civic.ID("asan"), civic.ID("aigul")

type letter struct {
	to, subject, body string
	headers           map[string]string
}

type testCity struct {
	*Service
	t      *testing.T
	db     *storage.DB
	sent   *mail.Outbox
	worker *jobs.Worker
	server *web.Server
	mu     sync.Mutex
	now    time.Time
}

func (c *testCity) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testCity) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// mails are those that have left since the last look, the oldest first.
func (c *testCity) mails() (out []letter) {
	c.t.Helper()
	before := len(c.sent.Messages())
	if err := c.worker.Drain(context.Background()); err != nil {
		c.t.Fatal(err)
	}
	all := c.sent.Messages() // the latest first
	for _, m := range slices.Backward(all[:len(all)-before]) {
		out = append(out, letter{m.To, m.Subject, m.Text, m.Headers})
	}
	return out
}

// parts are notices and what they stand on.
func parts() []part.Part {
	people := identity.Part()
	people.Roles = nil // they are held for organisations, which are not here
	return []part.Part{city.Part(), people, Part()}
}

// answered is a capability's texts.
var answered = func() fstest.MapFS {
	files := fstest.MapFS{}
	for lang, text := range map[string]string{
		"kk": "subject = \"«{{.Title}}» талқылауына жауап берілді\"\nbody = \"{{.Body}} {{.When}} күні жауап берді, {{.N}} ұсыныс.\"\n",
		"ru": "subject = \"Ответ на обсуждение «{{.Title}}»\"\nbody = \"{{.Body}} ответил {{.When}}, предложений: {{.N}}.\"\n",
		"en": "subject = \"The consultation {{.Title}} is answered\"\nbody = \"{{.Body}} answered on {{.When}}, {{.N}} proposals.\"\n",
	} {
		files[lang+".toml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}()

func each(t *testing.T, test func(t *testing.T, c *testCity)) {
	t.Helper()
	c := &testCity{now: time.Date(2026, 11, 22, 9, 0, 0, 0, zone)}
	schemas := []storage.Schema{jobs.Schema(), audit.Schema()}
	sources := []i18n.Source{{Name: "web", Files: web.Texts()}, {Name: "ui", Files: ui.Texts()}, {Name: "test", Files: answered}}
	for _, p := range parts() {
		schemas = append(schemas, storage.Schema{Module: p.Name, Files: p.Schema})
		sources = append(sources, i18n.Source{Name: p.Name, Files: p.Texts})
	}
	storagetest.EachWith(t, schemas, storage.Options{Clock: c.clock}, func(t *testing.T, db *storage.DB) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		words, err := i18n.Load(zone, sources...)
		must(err)
		declared, err := part.Declare(words, parts()...)
		must(err)
		trail := audit.New(declared.Audited)
		settings, err := city.New(t.Context(), db, zone, declared.Settings(), trail)
		must(err)
		admin := civic.Actor{Account: "setup", Grants: []civic.Grant{{Role: civic.Administrator}}}
		must(settings.Describe(t.Context(), admin, civic.Text{civic.Kazakh: "Шымкент"}, []civic.Lang{civic.Kazakh}))
		must(db.Write(t.Context(), func(tx *storage.Tx) error { // one who reads Russian, one who reads Kazakh
			_, err := tx.Exec(`INSERT INTO identity_account (id, email, name, lang, password, verified_at, verified_by, created_at, erased_at)
				VALUES ('asan', 'asan@example.kz', '', 'ru', '', 0, '', 1, 0), ('aigul', 'aigul@example.kz', '', 'kk', '', 0, '', 1, 0)`)
			return err
		}))
		people, err := identity.New(db, settings, mail.Post{Catalog: words}, declared, trail, identity.Options{Origin: origin})
		must(err)
		c.t, c.db, c.sent = t, db, mail.NewOutbox(slog.New(slog.DiscardHandler), 1000)
		c.worker = jobs.New(db, []jobs.Kind{mail.Kind(c.sent)}, nil, slog.New(slog.DiscardHandler), jobs.WorkerOptions{AtOnce: 1})
		c.Service = New(db, settings, people, mail.Post{Catalog: words}, origin)
		c.server, err = web.NewServer(web.Config{Catalog: words, Routes: c.Running().Routes, Versions: db.Version, Clock: c.clock,
			Authenticate: func(r *http.Request) (civic.Actor, error) {
				if who := r.Header.Get("Test-Account"); who != "" {
					return civic.Actor{Account: civic.ID(who), Assurance: civic.EmailConfirmed}, nil
				}
				return civic.Actor{}, nil
			}})
		if err != nil {
			t.Fatal(err)
		}
		test(t, c)
	})
}

func (c *testCity) notify(account civic.ID, title string) {
	c.t.Helper()
	c.pass(time.Millisecond) // or the order would be left to chance
	n := Notice{
		Subject: civic.Say("test.subject", "Title", civic.Text{civic.Kazakh: title, civic.Russian: title + " (ru)"}),
		Body:    civic.Say("test.body", "Body", "Akimat", "When", c.clock(), "N", 12345),
		Path:    "/consultations/x",
	}
	if err := c.db.Write(context.Background(), func(tx *storage.Tx) error { return c.Notify(tx, account, n) }); err != nil {
		c.t.Fatal(err)
	}
}

func (c *testCity) ask(method, path string, who civic.ID, pairs ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(method, origin+path, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if who != "" {
		r.Header.Set("Test-Account", string(who))
	}
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	if strings.Contains(w.Body.String(), "⟦") {
		c.t.Errorf("%s: an unknown message key", path)
	}
	return w
}

func TestMessagesSurviveStorage(t *testing.T) {
	when := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	m := civic.Say("a.b", "Text", civic.Text{civic.Kazakh: "қ"}, "N", int64(1<<53+1), "When", when, "S", `"{<`, "Inner", civic.Say("c.d", "X", "1"), "Empty", "")
	s, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(s)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestANoticeComesAtOnceInTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.notify(asan, "Саябақ")
		c.notify(aigul, "Саябақ")
		got := c.mails()
		if len(got) != 2 || got[0].to != "asan@example.kz" || !strings.Contains(got[0].subject, "Ответ на обсуждение «Саябақ (ru)»") || !strings.Contains(got[1].subject, "«Саябақ» талқылауына жауап берілді") {
			t.Fatalf("mails %+v", got)
		}
		if b := got[0].body; !strings.Contains(b, "22\u00a0ноября 2026") || !strings.Contains(b, "12\u00a0345") || !strings.Contains(b, origin+"/ru/consultations/x") {
			t.Errorf("body %q", b)
		}
		// One click, and only after it, mails stop; the page stays.
		off := got[0].headers["List-Unsubscribe"]
		if got[0].headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" || !regexp.MustCompile(`^<http://city\.test/ru/unsubscribe/[0-9a-v]{32}>$`).MatchString(off) {
			t.Fatalf("headers %v", got[0].headers)
		}
		path := strings.TrimSuffix(strings.TrimPrefix(off, "<"+origin), ">")
		if w := c.ask("GET", path, ""); w.Code != 200 {
			t.Fatalf("status %d", w.Code)
		}
		c.notify(asan, "Екінші")
		if n := len(c.mails()); n != 1 {
			t.Errorf("opening the link turned mails off (%d mails)", n)
		}
		if w := c.ask("POST", path, "", "List-Unsubscribe", "One-Click"); w.Code != 200 || !strings.Contains(w.Body.String(), "Писем больше не будет") {
			t.Fatalf("status %d", w.Code)
		}
		c.notify(asan, "Үшінші")
		c.notify(aigul, "Үшінші")
		if got := c.mails(); len(got) != 1 || got[0].to != "aigul@example.kz" {
			t.Errorf("after turning off: %+v", got)
		}
		if n, _ := c.Unread(context.Background(), asan); n != 3 {
			t.Errorf("%d unread", n)
		}
		if w := c.ask("POST", "/ru/unsubscribe/"+civic.Token(), ""); w.Code != 404 {
			t.Errorf("made-up link: %d", w.Code)
		}
	})
}

func TestTheDailyMail(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		ctx := context.Background()
		start := c.clock()
		defer func() { c.pass(start.Sub(c.clock())) }() // the engines share the clock
		c.ask("POST", "/ru/notices", asan, "pace", "daily")
		for i := range 33 {
			c.notify(asan, fmt.Sprintf("№%d.", i))
		}
		send := func() []letter {
			t.Helper()
			if err := c.SendDigests(ctx); err != nil {
				t.Fatal(err)
			}
			return c.mails()
		}
		if got := send(); len(got) != 0 {
			t.Fatalf("before the hour: %+v", got)
		}
		c.pass(9 * time.Hour) // 18:00
		got := send()
		if len(got) != 1 || !strings.Contains(got[0].subject, "33 уведомления") || !strings.Contains(got[0].body, "и ещё 3 уведомления") || got[0].headers["List-Unsubscribe"] == "" {
			t.Fatalf("mails %+v", got)
		}
		if b := got[0].body; strings.Index(b, "№32.") > strings.Index(b, "№31.") || strings.Contains(b, "№2.") || strings.Contains(b, "⟦") {
			t.Errorf("not the newest first, or not cut: %q", b)
		}
		c.notify(asan, "кеш")
		c.pass(time.Hour)
		if got := send(); len(got) != 0 {
			t.Errorf("a second daily mail on one day: %+v", got)
		}
		c.pass(24 * time.Hour)
		if got := send(); len(got) != 1 || !strings.Contains(got[0].body, "кеш") {
			t.Errorf("the next day: %+v", got)
		}
		// Turned off, what waits is not sent, not even after turning on again.
		c.pass(23 * time.Hour)
		c.notify(asan, "ескі")
		c.ask("POST", "/ru/notices", asan, "pace", "none")
		if got := send(); len(got) != 0 {
			t.Errorf("after turning off: %+v", got)
		}
		c.ask("POST", "/ru/notices", asan, "pace", "daily")
		if got := send(); len(got) != 0 {
			t.Errorf("old notices by mail: %+v", got)
		}
		c.notify(asan, "кешегі")
		c.ask("POST", "/ru/notices", asan, "pace", "none")
		c.ask("POST", "/ru/notices", asan, "pace", "daily")
		if got := send(); len(got) != 0 {
			t.Errorf("turning on again brought old notices back: %+v", got)
		}
	})
}

func TestThePage(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		start := c.clock()
		defer func() { c.pass(start.Sub(c.clock())) }()
		if w := c.ask("GET", "/kk/notices", ""); w.Code != 401 && w.Code != 403 {
			t.Errorf("a visitor: %d", w.Code)
		}
		if w := c.ask("GET", "/kk/notices", aigul); w.Code != 200 || !strings.Contains(w.Body.String(), "Әзірге хабарлама жоқ") {
			t.Errorf("empty: %d", w.Code)
		}
		c.notify(aigul, "бірінші")
		c.pass(24 * time.Hour)
		c.notify(aigul, "<script>alert(1)</script>")
		body := c.ask("GET", "/kk/notices", aigul).Body.String()
		if strings.Contains(body, "<script>alert") || !strings.Contains(body, "&lt;script&gt;") {
			t.Error("a title became HTML")
		}
		first, second := strings.Index(body, "23\u00a0қараша"), strings.Index(body, "22\u00a0қараша")
		if first < 0 || second < first {
			t.Error("not by day, the newest first")
		}
		if body := c.ask("GET", "/en/notices", aigul).Body.String(); !strings.Contains(body, "The consultation бірінші is answered") {
			t.Error("not in the language of the page")
		}
		id := regexp.MustCompile(`/kk/notices/([0-9a-v]{26})`).FindStringSubmatch(body)[1]
		if w := c.ask("GET", "/kk/notices/"+id, asan); w.Code != 404 {
			t.Errorf("another's notice: %d", w.Code)
		}
		if w := c.ask("GET", "/kk/notices/"+id, aigul); w.Code != 303 || w.Header().Get("Location") != "/kk/consultations/x" {
			t.Errorf("opening: %d %s", w.Code, w.Header().Get("Location"))
		}
		unread := func() int {
			n, err := c.Unread(context.Background(), aigul)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := unread(); n != 1 {
			t.Errorf("%d unread", n)
		}
		c.ask("POST", "/kk/notices/read", aigul)
		if n := unread(); n != 0 {
			t.Errorf("%d unread", n)
		}
		if w := c.ask("POST", "/kk/notices", aigul, "pace", "hourly"); w.Code != 422 {
			t.Errorf("unknown pace: %d", w.Code)
		}
		for range 120 {
			c.notify(aigul, "көп")
		}
		body = c.ask("GET", "/kk/notices", aigul).Body.String()
		next := regexp.MustCompile(`\?before=([0-9a-v]{26})`).FindStringSubmatch(body)
		if n := strings.Count(body, "<li>"); next == nil || n < noticesPerPage {
			t.Fatalf("%d on a page", n)
		}
		if n := unread(); n != unreadShown {
			t.Errorf("%d unread shown", n)
		}
	})
}

func TestHoldingAndForgetting(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		start := c.clock()
		defer func() { c.pass(start.Sub(c.clock())) }()
		ctx := context.Background()
		c.notify(asan, "бірінші")
		c.notify(aigul, "басқа")
		err := c.db.Write(ctx, func(tx *storage.Tx) error {
			held, err := exportNotices(tx, asan)
			if err != nil {
				return err
			}
			b, err := json.Marshal(held)
			if s := string(b); !strings.Contains(s, "бірінші") || strings.Contains(s, "басқа") {
				t.Errorf("export %s", s)
			}
			return errors.Join(err, deleteAll(tx, asan))
		})
		if err != nil {
			t.Fatal(err)
		}
		if page, _ := c.Notices(ctx, asan, ""); len(page.Notices) != 0 {
			t.Error("not forgotten")
		}
		if page, _ := c.Notices(ctx, aigul, ""); len(page.Notices) != 1 {
			t.Error("somebody else forgotten")
		}
		c.mails()
		c.notify("erased", "ешкім") // an erased account is told nothing
		if got := c.mails(); len(got) != 0 {
			t.Errorf("mails %+v", got)
		}
		c.pass(366 * 24 * time.Hour)
		if err := c.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if page, _ := c.Notices(ctx, aigul, ""); len(page.Notices) != 0 {
			t.Error("kept for ever")
		}
	})
}

func TestNoticesLeadNowhereElse(t *testing.T) {
	for _, path := range []string{"", "https://evil.test", "//evil.test", `/\evil`, "x", "/\n"} {
		if (Notice{Subject: civic.Say("test.subject"), Path: path}).check() == nil {
			t.Errorf("path %q is taken", path)
		}
	}
}

func TestPostPutsWordsIntoTheQueue(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		err := c.db.Write(context.Background(), func(tx *storage.Tx) error {
			return c.mail.Send(tx, "a@example.kz", civic.English, civic.Say("test.subject", "Title", "Park"), civic.Say("notifications.title"), map[string]string{"List-Unsubscribe": "<x>"})
		})
		if err != nil {
			t.Fatal(err)
		}
		var m mail.Message
		err = c.db.Read(context.Background(), func(tx *storage.Tx) error {
			payload, err := storage.One(tx, storage.Scalar[string], "SELECT payload FROM job")
			if err != nil {
				return err
			}
			return json.Unmarshal([]byte(payload), &m)
		})
		if err != nil || m.To != "a@example.kz" || m.Subject != "The consultation Park is answered" || m.Text != "Notices" || m.Headers["List-Unsubscribe"] != "<x>" {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
