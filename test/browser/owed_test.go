package browser_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var replyLink = regexp.MustCompile(`https?://\S+/answers/[0-9a-v]{26}/mail/[0-9a-v]{32}`)

// Without an account and without scripts: one votes, asks to be told, confirms the address, hears that
// the body has answered, later that it kept its promise, and says whether that is so. One does it in
// Kazakh and confirms, the other in Russian and contests.
func TestFromAVoteWithoutAnAccountToADeed(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		service := app.Service[*consultations.Service](c.App)
		body := c.body(t)
		officer := civic.Actor{Account: "officer", Grants: []civic.Grant{{Role: civic.Administrator}, {Role: civic.Officer, Scope: body}}}
		set := service.Defaults()
		set.Question, set.Context = civic.Text{"kk": "Аулаға не керек?", "ru": "Что нужно двору?"}, civic.Text{"kk": "Аулалар", "ru": "Дворы"}
		set.Decision, set.Audience = civic.Text{"kk": "Жоспар", "ru": "План"}, consultations.Anyone
		set.Host, set.Body, set.OpensAt, set.ClosesAt = body.ID, body.ID, c.DB.Now(), c.DB.Now().AddDate(0, 0, 30)
		set.Seeds = []civic.Text{{"kk": "Жарық керек", "ru": "Нужен свет"}}
		id, err := service.Create(t.Context(), officer, set)
		if err != nil {
			t.Fatal(err)
		}
		if err := service.Publish(t.Context(), officer, id); err != nil {
			t.Fatal(err)
		}

		people := []struct{ lang, email, act, vote, question, promise, result string }{
			{"kk", "kk@city.test", "confirm", "agree", "Бұл жауап па?", "Фонарьлар қойылды", "Сіз растадыңыз"},
			{"ru", "ru@city.test", "contest", "pass", "Это ответ?", "Фонари поставлены", "Вы оспорили"},
		}
		windows := map[string]*browser{}
		for _, who := range people {
			b := c.open(t, phoneWidth, phoneHeight)
			windows[who.lang] = b
			b.withoutScripts()
			b.visit("/" + who.lang + consultations.Path(id))
			b.click(fmt.Sprintf(`form[action$="/vote"] button[value=%s]`, who.vote))
			b.click(`main a[href*="/follow/"]`)
			do(b, chromedp.SendKeys(`[name=email]`, who.email))
			b.click(`form[action*="/follow"] button[type=submit]`)
			b.visit(c.post.waitFor(t, who.email).link(t))
			b.click(`form[action$="/confirm"] button`)
		}
		if err := service.Close(t.Context(), officer, id, civic.Text{"kk": "Бәрі айтылды", "ru": "Всё сказано"}); err != nil {
			t.Fatal(err)
		}
		both := func(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }
		err = service.SaveAnswer(t.Context(), officer, id, consultations.Answer{Text: both("Рақмет", "Спасибо"), Person: "А. Ахметов, басшы", Items: []consultations.AnswerItem{
			{Statement: consultations.Statement{No: 1}, Verdict: answers.Verdict{Outcome: answers.Taken, Reason: both("Жарық болады", "Свет будет"), Promised: c.DB.Now().AddDate(0, 0, 20)}}}}, true)
		if err != nil {
			t.Fatal(err)
		}
		asked := func(email string) string {
			t.Helper()
			for {
				if link := replyLink.FindString(c.post.waitFor(t, email).text); link != "" {
					return link
				}
			}
		}
		for _, who := range people {
			b := windows[who.lang]
			b.visit(asked(who.email))
			if got := do(b, chromedp.Text("main")); !strings.Contains(got, who.question) {
				t.Fatalf("the page on the answer:\n%s", got)
			}
			b.click(`button[name=act][value=confirm]`)
		}
		owed, err := c.Answers.List(t.Context(), answers.Query{State: answers.FilterOwed})
		if err != nil || len(owed.Items) != 1 {
			t.Fatal(len(owed.Items), err)
		}
		deed := owed.Items[0].ID
		if err := c.Answers.Answer(t.Context(), officer, deed, answers.Verdict{Outcome: answers.Done, Reason: both("Фонарьлар қойылды", "Фонари поставлены")}, "А. Ахметов, басшы"); err != nil {
			t.Fatal(err)
		}
		for _, who := range people {
			b := windows[who.lang]
			b.visit(asked(who.email))
			if got := do(b, chromedp.Text("main")); !strings.Contains(got, who.promise) {
				t.Fatalf("what was done is not said:\n%s", got)
			}
			b.shot("reply-by-mail-" + who.lang)
			if who.act == "contest" {
				do(b, chromedp.SendKeys(`[name=words]`, "Фонари не горят"))
			}
			b.click(fmt.Sprintf(`button[name=act][value=%s]`, who.act))
			if got := do(b, chromedp.Text("main")); !strings.Contains(got, who.result) {
				t.Fatalf("%s: %s", who.lang, got)
			}
		}
		looks := c.open(t, phoneWidth, phoneHeight) // axe is a script
		for _, lang := range []string{"kk", "ru"} {
			looks.visit(windows[lang].path())
			looks.accessible()
			looks.fits()
			looks.visit("/" + lang + answers.Path(deed))
			looks.accessible()
			looks.fits()
		}
		looks.sees("Оспорено")
	})
}

// A working day that the administrator swaps moves the due date of what is owed; its page says from when
// to when and why, and how to count it again.
func TestASwappedWorkingDayIsSeen(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t).comes(phoneWidth, phoneHeight)
		admin.withoutScripts()
		body := c.body(t)
		var o answers.Obligation
		err := c.DB.Write(t.Context(), func(tx *storage.Tx) (err error) {
			o, err = c.Answers.Owe(tx, answers.Obligation{Subject: body, Owed: answers.Answer, Body: body, Source: "answers.source_promise", Start: tx.Now(), Term: civic.Term{Days: 15, Working: true}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		before := c.Settings.Calendar().Due(o.Deadline()).Date
		off := c.DB.Now().In(c.Settings.Zone()).AddDate(0, 0, 3)
		for ; !c.Settings.Calendar().Working(off); off = off.AddDate(0, 0, 1) {
		}
		admin.visit("/kk/settings/days")
		do(admin, chromedp.SendKeys(`[name=days]`, off.Format(time.DateOnly)+" Қала күні; Мәслихаттың № 7 шешімі"))
		admin.enter(`main form.form button[type=submit]`)
		for _, b := range c.Answers.Running().Background { // or whenever the process comes to it
			if err := b.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		after := c.Settings.Calendar().Due(o.Deadline()).Date
		if after <= before {
			t.Fatalf("from %s to %s", before, after)
		}
		for lang, moved := range map[string]string{"kk": "күні өзгерді", "ru": "сдвинулся"} {
			visitor := c.open(t, phoneWidth, phoneHeight)
			visitor.withoutScripts()
			visitor.visit("/" + lang + answers.Path(o.ID))
			page := do(visitor, chromedp.Text("main"))
			for _, words := range []string{moved, "№ 7 шешімі", "--holidays days.csv"} {
				if !strings.Contains(page, words) {
					t.Errorf("%s: no %q in\n%s", lang, words, page)
				}
			}
			looks := c.open(t, phoneWidth, phoneHeight) // axe is a script
			looks.visit("/" + lang + answers.Path(o.ID))
			looks.accessible()
			looks.fits()
			looks.shot("moved-" + lang)
		}
	})
}
