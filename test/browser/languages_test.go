package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A text in several languages opens where somebody goes on: at the language that has the error, else at
// the one that was typed when the page's own is empty.
func TestATextOpensAtTheLanguageThatMatters(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		b := c.setUp(t)
		open := func() string {
			return do(b, chromedp.Evaluate[string](`document.querySelector("main form .multi-tabs [aria-selected=true]").lang`))
		}
		b.visit("/kk/organisations/new")
		if lang := open(); lang != "kk" {
			t.Errorf("an empty text opens at %s on a Kazakh page", lang)
		}
		b.fill("name.ru", "Зелёный город")
		b.press(`main form[action$="/organisations/new"] button[type=submit]`)
		edit := do(b, chromedp.Evaluate[string](`location.pathname`)) + "/edit"
		b.visit(edit)
		if lang := open(); lang != "ru" {
			t.Errorf("a text that is there in Russian alone opens at %s", lang)
		}
		b.visit("/kk/settings/bodies")
		b.fill("name.ru", "Управление жилищного хозяйства") // which is taken: the error is Russian's
		b.press(`main form[action$="/settings/bodies"] button[type=submit]`)
		if lang := open(); lang != "ru" {
			t.Errorf("with an error in the Russian text the form opens at %s", lang)
		}
	})
}
