package notifications_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/mail"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// testCity is a whole city with somebody who reads Russian and somebody who reads Kazakh.
type testCity struct {
	*citytest.City
	asan, aigul *citytest.Person
	read        int // how many letters the test has read
}

// answers is a capability that has something to tell.
func answers() capability.Capability {
	files := fstest.MapFS{}
	for lang, text := range map[string]string{
		"kk": "subject = \"«{{.Title}}» талқылауына жауап берілді\"\nbody = \"{{.Body}} {{.When}} күні жауап берді, {{.N}} ұсыныс.\"\n",
		"ru": "subject = \"Ответ на обсуждение «{{.Title}}»\"\nbody = \"{{.Body}} ответил {{.When}}, предложений: {{.N}}.\"\n",
		"en": "subject = \"The consultation {{.Title}} is answered\"\nbody = \"{{.Body}} answered on {{.When}}, {{.N}} proposals.\"\n",
	} {
		files[lang+".toml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return capability.Capability{
		Part: part.Part{Name: "test", Texts: files, Without: []part.Absence{part.No("a test's", part.PointSettings, part.PointKinds, part.PointActs,
			part.PointAudited, part.PointPersonal, part.PointHelp, part.PointNav, part.PointNow, part.PointCame, part.PointPromises, part.PointWeek, part.PointNumbers, part.PointDesk, part.PointMe)}},
		New: func(capability.City) part.Running { return part.Running{} },
	}
}

func each(t *testing.T, test func(t *testing.T, c *testCity)) {
	t.Helper()
	citytest.Each(t, func(t *testing.T, city *citytest.City) {
		c := &testCity{City: city}
		c.Again()
		c.At(time.Date(2026, 11, 22, 9, 0, 0, 0, citytest.Zone))
		c.asan, c.aigul = c.Resident(civic.Russian), c.Resident(civic.Kazakh)
		c.mails() // those that they signed up with
		test(t, c)
	}, answers())
}

// mails are those that were sent since the last look, the oldest first.
func (c *testCity) mails() []mail.Message {
	c.T.Helper()
	all := c.Letters() // the newest first
	if len(all) >= 50 {
		c.T.Fatal("more mails than the city remembers")
	}
	slices.Reverse(all)
	out := all[c.read:]
	c.read = len(all)
	return out
}

func (c *testCity) notify(account civic.ID, title string) {
	c.T.Helper()
	c.Pass(time.Millisecond) // or the order would be left to chance
	n := notifications.Notice{
		Subject: civic.Say("test.subject", "Title", civic.Text{civic.Kazakh: title, civic.Russian: title + " (ru)"}),
		Body:    civic.Say("test.body", "Body", "Akimat", "When", c.Now(), "N", 12345),
		Path:    "/consultations/x",
	}
	c.Write(func(tx *storage.Tx) error { return c.Notifications.Notify(tx, account, n) })
}

func TestANoticeComesAtOnceInTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.notify(c.asan.Account, "Саябақ")
		c.notify(c.aigul.Account, "Саябақ")
		got := c.mails()
		if len(got) != 2 || got[0].To != c.asan.Email || !strings.Contains(got[0].Subject, "Ответ на обсуждение «Саябақ (ru)»") || !strings.Contains(got[1].Subject, "«Саябақ» талқылауына жауап берілді") {
			t.Fatalf("mails %+v", got)
		}
		if b := got[0].Text; !strings.Contains(b, "22\u00a0ноября 2026") || !strings.Contains(b, "12\u00a0345") || !strings.Contains(b, citytest.Origin+"/ru/consultations/x") {
			t.Errorf("body %q", b)
		}
		// Mails stop after one click, and only after it. Notices on the page go on.
		off := got[0].Headers["List-Unsubscribe"]
		if got[0].Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" || !regexp.MustCompile(`^<http://city\.test/ru/unsubscribe/[0-9a-v]{32}>$`).MatchString(off) {
			t.Fatalf("headers %v", got[0].Headers)
		}
		path := strings.TrimSuffix(strings.TrimPrefix(off, "<"+citytest.Origin), ">")
		c.Browser(nil).Get(path).Want(200)
		c.notify(c.asan.Account, "Екінші")
		if n := len(c.mails()); n != 1 {
			t.Errorf("opening the link turned mails off (%d mails)", n)
		}
		c.Browser(nil).Post(path, "List-Unsubscribe", "One-Click").Want(200, "Писем больше не будет")
		c.notify(c.asan.Account, "Үшінші")
		c.notify(c.aigul.Account, "Үшінші")
		if got := c.mails(); len(got) != 1 || got[0].To != c.aigul.Email {
			t.Errorf("after turning off: %+v", got)
		}
		if n, _ := c.Notifications.Unread(c.Ctx(), c.asan.Account); n != 3 {
			t.Errorf("%d unread", n)
		}
		c.Browser(nil).Post("/ru/unsubscribe/" + civic.Token()).Want(404) // a made-up link
	})
}

func TestTheDailyMail(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		c.Browser(c.asan).Post("/ru/notices", "pace", "daily").Want(303)
		for i := range 33 {
			c.notify(c.asan.Account, fmt.Sprintf("№%d.", i))
		}
		send := func() []mail.Message {
			t.Helper()
			if err := c.Notifications.SendDigests(c.Ctx()); err != nil {
				t.Fatal(err)
			}
			return c.mails()
		}
		if got := send(); len(got) != 0 {
			t.Fatalf("before the hour: %+v", got)
		}
		c.Pass(9 * time.Hour) // 18:00
		got := send()
		if len(got) != 1 || !strings.Contains(got[0].Subject, "33 уведомления") || !strings.Contains(got[0].Text, "и ещё 3 уведомления") || got[0].Headers["List-Unsubscribe"] == "" {
			t.Fatalf("mails %+v", got)
		}
		if b := got[0].Text; strings.Index(b, "№32.") > strings.Index(b, "№31.") || strings.Contains(b, "№2.") || strings.Contains(b, "⟦") {
			t.Errorf("not the newest first, or not cut: %q", b)
		}
		c.notify(c.asan.Account, "кеш")
		c.Pass(time.Hour)
		if got := send(); len(got) != 0 {
			t.Errorf("a second daily mail on one day: %+v", got)
		}
		c.Pass(24 * time.Hour)
		if got := send(); len(got) != 1 || !strings.Contains(got[0].Text, "кеш") {
			t.Errorf("the next day: %+v", got)
		}
		// After mails are turned off, what waits is not sent, not even when they are turned on
		// again.
		c.Pass(23 * time.Hour)
		c.notify(c.asan.Account, "ескі")
		c.Browser(c.asan).Post("/ru/notices", "pace", "none").Want(303)
		if got := send(); len(got) != 0 {
			t.Errorf("after turning off: %+v", got)
		}
		c.Browser(c.asan).Post("/ru/notices", "pace", "daily").Want(303)
		if got := send(); len(got) != 0 {
			t.Errorf("old notices by mail: %+v", got)
		}
		c.notify(c.asan.Account, "кешегі")
		c.Browser(c.asan).Post("/ru/notices", "pace", "none").Want(303)
		c.Browser(c.asan).Post("/ru/notices", "pace", "daily").Want(303)
		if got := send(); len(got) != 0 {
			t.Errorf("turning on again brought old notices back: %+v", got)
		}
	})
}

func TestThePage(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		asan, aigul := c.Browser(c.asan), c.Browser(c.aigul)
		c.Browser(nil).Get("/kk/notices").Want(401)
		aigul.Get("/kk/notices").Want(200, "Әзірге хабарлама жоқ")
		c.notify(c.aigul.Account, "бірінші")
		c.Pass(24 * time.Hour)
		c.notify(c.aigul.Account, "<script>alert(1)</script>")
		body := aigul.Get("/kk/notices").Want(200, "&lt;script&gt;").Lacks("<script>alert").Body
		first, second := strings.Index(body, "23\u00a0қараша"), strings.Index(body, "22\u00a0қараша")
		if first < 0 || second < first {
			t.Error("not by day, the newest first")
		}
		aigul.Get("/en/notices").Want(200, `The consultation <span lang="kk">бірінші</span> is answered`)
		id := regexp.MustCompile(`/kk/notices/([0-9a-v]{26})`).FindStringSubmatch(body)[1]
		asan.Get("/kk/notices/" + id).Want(404) // another's
		if to := aigul.Get("/kk/notices/" + id).Want(303).Location; to != "/kk/consultations/x" {
			t.Errorf("opening leads to %s", to)
		}
		unread := func() int {
			n, err := c.Notifications.Unread(c.Ctx(), c.aigul.Account)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := unread(); n != 1 {
			t.Errorf("%d unread", n)
		}
		aigul.Post("/kk/notices/read").Want(303)
		if n := unread(); n != 0 {
			t.Errorf("%d unread", n)
		}
		aigul.Post("/kk/notices", "pace", "hourly").Want(422)
		for range 120 {
			c.notify(c.aigul.Account, "көп")
		}
		body = aigul.Get("/kk/notices").Want(200).Main().Body // the menus of the head are lists too
		next := regexp.MustCompile(`\?before=([0-9a-v]{26})`).FindStringSubmatch(body)
		if n := strings.Count(body, "<li>"); next == nil || n < notifications.NoticesPerPage {
			t.Fatalf("%d on a page", n)
		}
		if n := unread(); n != notifications.UnreadShown {
			t.Errorf("%d unread shown", n)
		}
	})
}

func TestHoldingAndForgetting(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		personal := notifications.Part().Personal
		c.notify(c.asan.Account, "бірінші")
		c.notify(c.aigul.Account, "басқа")
		err := c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
			held, err := personal.Export(tx, c.asan.Account)
			if err != nil {
				return err
			}
			b, err := json.Marshal(held)
			if s := string(b); !strings.Contains(s, "бірінші") || strings.Contains(s, "басқа") {
				t.Errorf("export %s", s)
			}
			return errors.Join(err, personal.Erase(tx, c.asan.Account))
		})
		if err != nil {
			t.Fatal(err)
		}
		if page, _ := c.Notifications.Notices(c.Ctx(), c.asan.Account, ""); len(page.Notices) != 0 {
			t.Error("not forgotten")
		}
		if page, _ := c.Notifications.Notices(c.Ctx(), c.aigul.Account, ""); len(page.Notices) != 1 {
			t.Error("somebody else forgotten")
		}
		c.mails()
		c.notify("erased", "ешкім") // an erased account is told nothing
		if got := c.mails(); len(got) != 0 {
			t.Errorf("mails %+v", got)
		}
		c.Pass(366 * 24 * time.Hour)
		if err := c.Notifications.Sweep(c.Ctx()); err != nil {
			t.Fatal(err)
		}
		if page, _ := c.Notifications.Notices(c.Ctx(), c.aigul.Account, ""); len(page.Notices) != 0 {
			t.Error("kept for ever")
		}
	})
}

func TestPostPutsWordsIntoTheQueue(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		err := c.DB.Write(c.Ctx(), func(tx *storage.Tx) error {
			return mail.Post{Catalog: c.Catalog}.Send(tx, "a@example.kz", civic.English, civic.Say("test.subject", "Title", "Park"), civic.Say("notifications.title"), map[string]string{"List-Unsubscribe": "<x>"})
		})
		if err != nil {
			t.Fatal(err)
		}
		var m mail.Message
		err = c.DB.Read(c.Ctx(), func(tx *storage.Tx) error {
			payload, err := storage.One(tx, storage.Scalar[string], "SELECT payload FROM job WHERE kind = $1", mail.KindName)
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
