package browser_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	settings "github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
)

// Without scripts, on a phone: a resident asks under a consultation that is announced, a moderator lets it in, the body
// replies in its name, and the resident is told, on the page and by mail.
func TestFromACommentToAnOfficialReply(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		boss := civic.Actor{Account: "boss", Grants: []civic.Grant{{Role: civic.Administrator}}}
		today := c.DB.Now().In(c.Settings.Zone()).Format(time.DateOnly)
		for _, key := range []string{"discussion.quiet_from", "discussion.quiet_until"} { // whatever time it is
			if err := c.Settings.SetValue(t.Context(), boss, settings.Value{Key: key, From: today, Value: 7, Source: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		body := c.body(t)
		id := c.announced(t, body)

		resident := c.member(t, "resident@city.test", "Тұрғын").comes(phoneWidth, phoneHeight)
		resident.withoutScripts()
		resident.visit("/kk" + consultations.Path(id))
		resident.enter(`main a[href$="/say"]`)
		resident.enter(`main form.form button[type=submit]`)
		if got := do(resident, chromedp.Text("main")); !strings.Contains(got, "Біреуін таңдаңыз") {
			t.Fatalf("nothing was missed in an empty form:\n%s", got)
		}
		do(resident, chromedp.SendKeys(`input[name=stance][value=question]`, " "))
		do(resident, chromedp.SendKeys(`textarea[name=text]`, "Қай аула туралы сұрап отырсыздар?"))
		resident.enter(`main form.form button[type=submit]`)
		one := resident.path()

		moderator := c.moderator(t, admin).comes(phoneWidth, phoneHeight)
		moderator.withoutScripts()
		moderator.visit("/kk/desk/moderation")
		moderator.enter(`button[name=act][value=approve]`)

		officer := c.holder(t, "officer@city.test", "Қызметкер", civic.Grant{Role: civic.Officer, Scope: body}).comes(phoneWidth, phoneHeight)
		officer.withoutScripts()
		officer.visit(one)
		officer.enter(`main a[href$="/reply"]`)
		do(officer, chromedp.SendKeys(`textarea[name="words.kk"]`, "Барлық аула туралы"))
		do(officer, chromedp.SendKeys(`textarea[name="words.ru"]`, "Обо всех дворах"))
		do(officer, chromedp.SendKeys(`input[name=post]`, "Бөлім басшысы А. Асқарова"))
		officer.shot("discussion-official")
		officer.enter(`main form.form button[type=submit]`)

		c.post.waitFor(t, "resident@city.test") // that the comment is shown
		letter := c.post.waitFor(t, "resident@city.test")
		if !strings.Contains(letter.subject, "ресми жауап") {
			t.Errorf("the letter says %q", letter.subject)
		}
		resident.visit(letter.link(t))
		for _, words := range []string{"Барлық аула туралы", "Бөлім басшысы А. Асқарова"} {
			if got := do(resident, chromedp.Text("main")); !strings.Contains(got, words) {
				t.Errorf("the resident does not see %q:\n%s", words, got)
			}
		}
		resident.visit("/kk/notices")
		if got := do(resident, chromedp.Text("main")); !strings.Contains(got, "ресми жауап") {
			t.Errorf("no notice:\n%s", got)
		}

		looks := c.open(t, phoneWidth, phoneHeight) // axe is a script
		for _, lang := range []string{"kk", "ru"} {
			for _, page := range []string{consultations.Path(id), strings.TrimPrefix(one, "/kk"), "/discussion"} {
				looks.visit("/" + lang + page)
				looks.accessible()
				looks.fits()
			}
		}
		looks.visit("/ru" + strings.TrimPrefix(one, "/kk"))
		looks.sees("Обо всех дворах")
		looks.shot("discussion-comment")
	})
}

// enter is click for somebody who has neither scripts nor a pointer: the link or button has the focus, and they press Enter.
func (b *browser) enter(selector string) {
	b.t.Helper()
	do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.RunResponse(ctx, chromedp.SendKeys(selector, "\r"))
		return chromedp.Void{}, err
	})
}

// announced is a consultation that opens in a week, whose comments a moderator looks at first.
func (c *city) announced(t *testing.T, body civic.Ref) civic.ID {
	t.Helper()
	service := app.Service[*consultations.Service](c.App)
	officer := civic.Actor{Account: "officer", Grants: []civic.Grant{{Role: civic.Officer, Scope: body}}}
	set := service.Defaults()
	set.Question, set.Context = civic.Text{"kk": "Аулаға не керек?", "ru": "Что нужно двору?"}, civic.Text{"kk": "Аулалар", "ru": "Дворы"}
	set.Audience, set.Moderation = consultations.Registered, consultations.Before
	set.Host, set.Body, set.OpensAt, set.ClosesAt = body.ID, body.ID, c.DB.Now().AddDate(0, 0, 7), c.DB.Now().AddDate(0, 0, 60)
	id, err := service.Create(t.Context(), officer, set)
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Publish(t.Context(), officer, id); err != nil {
		t.Fatal(err)
	}
	return id
}
