package browser_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// verbsInView says what is wrong with the verbs: one that is not in the window whole, whose word is
// cut off or touches the next, or that is too small for a finger.
const verbsInView = `(() => {
	scrollTo({top: 0, behavior: "instant"}); // the samples hold an error summary, which took the focus
	const wrong = [], verbs = [...document.querySelectorAll(".verbs > ul > li > a")];
	if (verbs.length !== 5) wrong.push(verbs.length + " verbs");
	let right = 0;
	for (const a of verbs) {
		const box = a.getBoundingClientRect(), range = document.createRange();
		range.selectNodeContents(a);
		const word = range.getBoundingClientRect(), name = a.innerText;
		if (box.width < 44 || box.height < 44) wrong.push(name + " is " + box.width + " by " + box.height);
		if (word.left < 0 || word.right > innerWidth || word.right > box.right + .5 || word.left < box.left - .5) wrong.push(name + " is cut off");
		if (word.left < right) wrong.push(name + " touches the verb before it");
		if (document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2)?.closest("a") !== a) wrong.push(name + " is covered");
		right = word.right;
	}
	return wrong;
})()`

// All five verbs are in view on the narrowest phone in every language; on a desktop they unfold
// under the pointer and for the keyboard, without scripts, and Escape folds them.
func TestVerbs(t *testing.T) {
	needBrowser(t)
	c := newCity(t, storagetest.SQLite(t))
	for _, width := range []int64{320, phoneWidth, 640, desktopWidth} {
		b := c.open(t, width, phoneHeight)
		for _, lang := range []string{"kk", "ru", "en"} {
			b.visit("/" + lang + "/_styleguide")
			for _, wrong := range do(b, chromedp.Evaluate[[]string](verbsInView)) {
				t.Errorf("%s at %d px: %s", lang, width, wrong)
			}
			b.fits()
		}
	}
	b := c.open(t, desktopWidth, desktopHeight)
	b.visit("/kk/_styleguide")
	shown := func() string {
		return do(b, chromedp.Evaluate[string](`[...document.querySelectorAll(".verbs li li a")].filter(a => a.offsetParent).map(a => a.innerText).join(", ")`))
	}
	if got := shown(); got != "" {
		t.Errorf("unfolded from the beginning: %s", got)
	}
	do(b, chromedp.Evaluate[chromedp.Void](`document.querySelector(".verbs a[href$='/decide']").focus()`))
	if got := shown(); got != "Халық бюджеті, Гранттар" {
		t.Errorf("under the focus: %q", got)
	}
	b.accessible()
	do(b, chromedp.Evaluate[chromedp.Void](`dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}))`))
	if got := shown(); got != "" {
		t.Errorf("Escape leaves %s", got)
	}
	do(b, chromedp.Evaluate[chromedp.Void](`dispatchEvent(new KeyboardEvent("keydown", {key: "Tab"})); document.querySelector(".verbs li li a[href$='/grants']").focus()`))
	if got := shown(); got != "Халық бюджеті, Гранттар" {
		t.Errorf("on an item: %q", got)
	}
}

// The home page is at most four and a half screens of a phone, also for those who are signed in; they and staff find
// their pages sound and short.
func TestPagesOfEverybody(t *testing.T) {
	c, logins := demoCity(t)
	short := func(b *browser, most int) {
		if high := do(b, chromedp.Evaluate[int](`document.documentElement.scrollHeight`)); high > most {
			t.Errorf("%s is %d px high, more than %d", b.path(), high, most)
		}
	}
	visitor := c.open(t, phoneWidth, phoneHeight)
	for _, lang := range []string{"kk", "ru", "en"} {
		visitor.visit("/" + lang)
		short(visitor, 4*phoneHeight+400)
		visitor.visit("/" + lang + "/help")
		visitor.sound("help")
		short(visitor, 5000)
	}
	for _, l := range logins {
		k := c.correspondent(t)
		k.post("/kk/sign-in", url.Values{"email": {l.Email}, "password": {l.Password}})
		b := k.comes(phoneWidth, phoneHeight)
		for _, page := range []string{"", "/me", "/notices", "/desk", "/administration", "/administration/jobs"} {
			if k.status("/kk"+page) == http.StatusForbidden {
				continue
			}
			for _, look := range []struct{ lang, scheme string }{{"kk", "light"}, {"ru", "dark"}} {
				b.prefers(look.scheme)
				b.visit("/" + look.lang + page)
				b.sound(page)
				if page == "" {
					short(b, 4*phoneHeight+400)
				} else {
					short(b, 5000)
				}
				b.shot("everybody-" + string(l.Role) + "-" + look.lang + url.PathEscape(page))
			}
		}
	}
}
