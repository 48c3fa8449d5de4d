package browser_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

var appealLink = regexp.MustCompile(`https?://\S+/appeals/[0-9a-v]{26}/own/[0-9a-v]{32}`)

// On a phone, without scripts and without an account: one files an appeal and confirms it from the mail; a part of it is forwarded, the body
// asks something and is told, it answers, and whoever wrote closes the case with "partly". Once in Kazakh, once in Russian.
func TestAnAppealFromAPhoneToItsLastWord(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		service, body := app.Service[*appeals.Service](c.App), c.body(t)
		admin.post("/kk/settings/bodies", url.Values{"name.kk": {"Жарық басқармасы"}, "name.ru": {"Управление освещения"}})
		officer := civic.Actor{Account: "officer", Grants: []civic.Grant{{Role: civic.Officer, Scope: body}}}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		both := civic.Text{"kk": "Жартысы жасалды", "ru": "Половина сделана"}
		found, err := c.Organisations.List(t.Context(), civic.Actor{}, organisations.Query{Kind: organisations.StateBody})
		must(err)
		var other civic.ID
		for _, o := range found.Items {
			if o.ID != body.ID {
				other = o.ID
			}
		}
		for _, who := range []struct{ lang, email, title, words, question, told, closed string }{
			{"kk", "kk@city.test", "Аулада шам жанбайды", "Кешке жүру қорқынышты. Жөндеп беріңіздерші.", "Қай кіреберіс?", "Екінші кіреберіс", "Жабылды: жартылай орындалды"},
			{"ru", "ru@city.test", "Во дворе не горит фонарь", "Вечером страшно ходить. Прошу починить.", "Какой подъезд?", "Второй подъезд", "Закрыто: сделано частично"},
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
			b.click(`form:has([name=_sure]) button[type=submit]`)
			own := appealLink.FindString(c.post.waitFor(t, who.email).text)
			if own == "" {
				t.Fatal("the mail has no link")
			}
			b.visit(own)
			b.click(`form[action$="/confirm"] button`)
			b.reads(who.title)

			id := civic.ID(regexp.MustCompile(`/appeals/([0-9a-v]{26})/`).FindStringSubmatch(own)[1])
			v, err := service.Show(t.Context(), appeals.Who{Actor: officer}, id)
			must(err)
			of := v.Cases[0].ID
			must(service.Forward(t.Context(), officer, of, other, both, both))
			must(service.Take(t.Context(), officer, of, "А. Ахметов"))
			must(service.Ask(t.Context(), officer, of, who.question))
			b.visit(own)
			b.reads(both[civic.Lang(who.lang)])
			b.reads(who.question)
			b.fits()
			do(b, chromedp.SendKeys(`form[action$="/tell"] [name=words]`, who.told))
			b.click(`form[action$="/tell"] button[type=submit]`)
			must(service.Reply(t.Context(), officer, of, answers.Verdict{Outcome: answers.Taken, Reason: both}, "А. Ахметов"))
			b.visit(own)
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
