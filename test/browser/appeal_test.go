package browser_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

var appealLink = regexp.MustCompile(`https?://\S+/appeals/[0-9a-v]{26}/own/[0-9a-v]{32}`)

// On a phone, without scripts and without an account: one files an appeal with a picture and confirms it, in Kazakh by the button of the mail, in
// Russian by its digits. At a desk with a keyboard an officer finds it, forwards a part of it, asks something and answers; whoever wrote tells what was
// asked and closes the case with "partly".
func TestAnAppealFromAPhoneToItsLastWord(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		body := c.body(t)
		admin.post("/kk/settings/bodies", url.Values{"name.kk": {"Жарық басқармасы"}, "name.ru": {"Управление освещения"}})
		found, err := c.Organisations.List(t.Context(), civic.Actor{}, organisations.Query{Kind: organisations.StateBody})
		if err != nil {
			t.Fatal(err)
		}
		var other civic.ID
		for _, o := range found.Items {
			if o.ID != body.ID {
				other = o.ID
			}
		}
		officer := c.holder(t, "officer@city.test", "А. Ахметов", civic.Grant{Role: civic.Officer, Scope: body}).comes(1280, 900)
		painted := photos(t, 1)
		const send, sure = `main form.form button[type=submit]`, `form:has([name=_sure]) button[type=submit]`
		for _, who := range []struct{ lang, email, title, words, picture, question, told, half, closed string }{
			{"kk", "kk@city.test", "Аулада шам жанбайды", "Кешке жүру қорқынышты. Жөндеп беріңіздерші.", "Жанбай тұрған шам", "Қай кіреберіс?", "Екінші кіреберіс", "Жартысы жасалды", "Жабылды: жартылай орындалды"},
			{"ru", "ru@city.test", "Во дворе не горит фонарь", "Вечером страшно ходить. Прошу починить.", "Фонарь, который не горит", "Какой подъезд?", "Второй подъезд", "Половина сделана", "Закрыто: сделано частично"},
		} {
			b := c.open(t, phoneWidth, phoneHeight)
			b.withoutScripts()
			b.visit("/" + who.lang + "/appeals/new")
			do(b, chromedp.Click(`[name=sort][value=complaint]`))
			do(b, chromedp.SendKeys(`[name=title]`, who.title))
			do(b, chromedp.SendKeys(`[name=words]`, who.words))
			do(b, chromedp.SendKeys(`[name=email]`, who.email))
			do(b, chromedp.SetValue(`[name=body]`, string(body.ID)))
			b.click(`form[action$="/appeals/new"] .actions button[type=submit]`)
			b.reads(who.words)
			b.click(sure)
			b.fits()
			b.click(`main a[href$="/pictures"]`)
			do(b, chromedp.SetUploadFiles(`input[name=file]`, painted))
			do(b, chromedp.SendKeys(`[name=words]`, who.picture))
			b.click(send)
			b.reads(who.picture)
			b.fits()
			b.shot("appeal-pictures-" + who.lang)
			b.click(`main .actions a.quiet`)
			b.fits()
			b.shot("appeal-digits-" + who.lang)
			mailed := c.post.waitFor(t, who.email).text
			if who.lang == "kk" {
				own := appealLink.FindString(mailed)
				if own == "" {
					t.Fatal("the mail has no link")
				}
				b.visit(own)
				b.click(`form[action$="/confirm"] button`)
			} else {
				do(b, chromedp.SendKeys(`[name=code]`, regexp.MustCompile(`: (\d{6})\s`).FindStringSubmatch(mailed)[1]))
				b.click(send)
			}
			own := appealLink.FindString(c.post.waitFor(t, who.email).text)
			b.visit(own)
			b.reads(who.title)
			if src := do(b, chromedp.AttributeValue(`main .gallery img`, "src")); !strings.Contains(src.Value, "/own/") {
				t.Fatalf("the picture on one's own page: %q", src.Value)
			}

			// The keys are told by their place: those of J, F, I, Q, A and L write other letters on both layouts.
			officer.visit("/" + who.lang + "/desk/appeals")
			officer.fits()
			officer.key("KeyJ", "о")
			if at := officer.value(`document.activeElement.textContent.trim()`); at != who.title {
				t.Fatalf("J leads to %q", at)
			}
			officer.enter(`[data-queue-item]:focus`)
			officer.reads(who.words)
			officer.fits()
			officer.shot("appeal-case-" + who.lang)
			officer.key("KeyI", "ш")
			if at := officer.value(`document.activeElement.name`); at != "note" {
				t.Fatalf("I leads to the field %q", at)
			}
			officer.value(`(document.activeElement.blur(), "")`)
			officer.keyLeads("KeyF", "а")
			officer.choose("whose", string(other))
			officer.fill("what.kk", "Бағана")
			officer.fill("what.ru", "Столб")
			officer.fill("reason.kk", "Бағана олардікі")
			officer.fill("reason.ru", "Столб их")
			officer.press(send)
			officer.key("KeyT", "е")
			if at := officer.value(`document.activeElement.name`); at != "chosen" {
				t.Fatalf("T leads to the field %q", at)
			}
			officer.choose("chosen", "А. Ахметов")
			officer.press(`form[action$="/take"] button[type=submit]`)
			officer.keyLeads("KeyQ", "й")
			officer.fill("question", who.question)
			officer.press(send)

			b.visit(own)
			b.reads(map[string]string{"kk": "Бағана олардікі", "ru": "Столб их"}[who.lang], who.question)
			b.fits()
			do(b, chromedp.SendKeys(`form[action$="/tell"] [name=words]`, who.told))
			b.click(`form[action$="/tell"] button[type=submit]`)

			officer.keyLeads("KeyL", "д")
			officer.key("KeyJ", "о")
			officer.enter(`[data-queue-item]:focus`)
			officer.reads(who.told)
			officer.keyLeads("KeyA", "ф")
			officer.choose("outcome", "taken")
			officer.fill("reason.kk", "Жартысы жасалды")
			officer.fill("reason.ru", "Половина сделана")
			officer.fill("person", "А. Ахметов")
			officer.press(send)
			officer.press(sure)

			b.visit(own)
			b.reads(who.half)
			do(b, chromedp.Click(`[name=word][value=partly]`))
			b.click(`form:has([name=word]) button[type=submit]`)
			b.reads(who.closed)
			b.shot("appeal-closed-" + who.lang)

			looks := c.open(t, phoneWidth, phoneHeight) // axe is a script
			looks.visit(own)
			looks.accessible()
			looks.fits()
		}
	})
}
