package browser_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/learning"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A course on a phone in Kazakh: it is stored, the city is out of reach, and its questions are answered twice, before and after the page was
// opened anew. The session ends before there is a line again: both attempts wait, and reach the city once whoever gave them has signed in.
func TestACourseWithoutNet(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t)
		service, writer := app.Service[*learning.Service](c.App), func(name civic.ID) civic.Actor {
			return civic.Actor{Account: name, Grants: []civic.Grant{{Role: civic.Administrator}}}
		}
		src := learning.Source{Pages: map[civic.Lang]string{"kk": "---\ntitle: Өтініш\nminutes: 5\nneed: 2 of 2\n---\n## Мерзім\nОн бес күн.\n", "ru": "---\ntitle: Обращение\nminutes: 5\nneed: 2 of 2\n---\n## Срок\nПятнадцать дней.\n"},
			Questions: map[civic.Lang]string{"kk": "Неше күн? {#15}\n\nСәйкестендіріңіз {=бір -> 1 =екі -> 2}\n", "ru": "Сколько дней? {#15}\n\nСопоставьте {=один -> 1 =два -> 2}\n"}}
		id, err := service.SaveDraft(t.Context(), writer("writer"), "", c.body(t).ID, src, "")
		if err == nil {
			err = service.Ask(t.Context(), writer("writer"), id)
		}
		if err == nil {
			err = service.Publish(t.Context(), writer("reader"), id, learning.Mark(src))
		}
		if err != nil {
			t.Fatal(err)
		}
		b := admin.comes(phoneWidth, phoneHeight)
		until := func(script string) {
			t.Helper()
			do(b, chromedp.Poll[bool](script))
		}
		const waiting = `JSON.parse(localStorage.getItem("birge-answers") || "[]").length`
		attempts := func() (n int) {
			t.Helper()
			err := c.DB.Read(t.Context(), func(tx *storage.Tx) (err error) {
				n, err = storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM learning_attempt")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		page := "/kk" + learning.Path(id)
		b.visit(page)
		until(`!document.querySelector("[data-offline]").hidden`)
		do(b, chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-put]").click(); 0`))
		until(`!document.querySelector("[data-drop]").hidden`)
		b.shot("course-stored")

		c.down.Store(true)
		send := `document.querySelector("form[data-quiz]").requestSubmit(); 0`
		for try := range 2 {
			b.visit(page + "/quiz")
			until(`!!document.getElementById("quiz-key")`)
			b.fill("q0", "15")
			do(b, chromedp.Evaluate[chromedp.Void](`document.getElementById("f-q1").value = "1"; `+send)) // of two pairs one
			until(`document.querySelector("[data-missing][role=alert]")?.textContent === "Осы сұраққа жауап беріңіз"`)
			do(b, chromedp.Evaluate[chromedp.Void](`document.getElementById("f-q1-1").value = "2"; `+send))
			until(`document.querySelector("[data-marked] strong").textContent === "2 / 2"`)
			until(waiting + map[int]string{0: ` === 1`, 1: ` === 2`}[try])
		}
		b.shot("course-offline")

		cookies := do(b, func(ctx context.Context, _ *chromedp.Target) ([]*network.Cookie, error) {
			all, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{c.base}})
			if err == nil {
				_, err = chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
			}
			return all.Cookies, err
		})
		c.down.Store(false)
		b.visit(page)
		until(`!document.querySelector("[data-sign]").hidden && ` + waiting + ` === 2`)
		b.shot("course-sign-in")
		b.fits()
		if n := attempts(); n != 0 {
			t.Errorf("%d attempts of nobody", n)
		}
		for _, k := range cookies {
			do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
				_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: k.Name, Value: k.Value, URL: c.base})
				return chromedp.Void{}, err
			})
		}
		b.visit(page)
		until(`document.querySelector("[data-waiting]").hidden && ` + waiting + ` === 0`)
		if n := attempts(); n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
		b.visit(page + "/quiz") // with net, and with the key
		until(`!!document.getElementById("quiz-key")`)
	})
}
