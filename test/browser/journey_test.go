package browser_test

import (
	"testing"
)

const (
	phoneWidth, phoneHeight     = 360, 740
	desktopWidth, desktopHeight = 1280, 800
	password                    = "қой үстіне бозторғай жұмыртқалаған"
)

// setUp makes the first administrator by the printed link and walks through the set-up.
func (c *city) setUp(t *testing.T) *browser {
	t.Helper()
	link, err := c.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := c.open(t, desktopWidth, desktopHeight)
	b.visit(link)
	b.accessible()
	b.fill("email", "admin@city.test")
	b.fill("name", "Демо-әкімші")
	b.fill("password", password)
	b.press(`main form button[type=submit]`)
	b.visit("/kk/settings")
	b.shot("setup-city")
	b.accessible()
	b.fill("name.kk", "Шымкент қаласы")
	b.fill("name.ru", "город Шымкент")
	b.fill("name.en", "city of Shymkent")
	b.press(`main form button[type=submit]`)
	b.fill("districts", "Абай; Абайский; Abai\nТұран; Туранский; Turan\n")
	b.accessible()
	b.press(`main form button[type=submit]`)
	b.fill("name.kk", "Тұрғын үй басқармасы")
	b.fill("name.ru", "Управление жилищного хозяйства")
	b.accessible()
	b.press(`main form[action$="/settings/bodies"] button[type=submit]`)
	b.sees("Тұрғын үй басқармасы")
	b.press(`main form[action$="/settings/finish"] button[type=submit]`)
	b.sees("Шымкент қаласы")
	return b
}

// signUp makes an account by the link in a real mail.
func (c *city) signUp(t *testing.T, email, name string, width, height int64) *browser {
	t.Helper()
	b := c.open(t, width, height)
	b.visit("/kk/sign-up")
	b.accessible()
	b.fill("email", email)
	b.press(`main form button[type=submit]`)
	b.accessible()
	b.visit(c.post.waitFor(t, email).link(t))
	b.fill("name", name)
	b.fill("password", password)
	b.accessible()
	b.press(`main form button[type=submit]`)
	return b
}

func TestSetUpAndSignUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.setUp(t)
		b := c.signUp(t, "resident@city.test", "Тұрғын", phoneWidth, phoneHeight)
		b.visit("/kk/account")
		b.sees("resident@city.test")
		b.shot("account")
		b.accessible()
		b.fits()
	})
}
