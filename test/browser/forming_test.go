package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// newDrawn is a council that was formed by lot, without scripts and on a phone: an organisation nominates, people stand, the secretary checks them, publishes
// the list of panels and enters the number of the dice; whoever is drawn sits there once its term begins. It has no meeting yet.
func newDrawn(t *testing.T, c *city) (*sitting, *browser) {
	// Long: a journey is told from its beginning to its end.
	t.Helper()
	boss := civic.Actor{Account: "boss", Grants: []civic.Grant{{Role: civic.Administrator}}}
	s := &sitting{t: t, c: c, boss: boss, body: c.body(t)}
	var err error
	s.council, err = app.Service[*councils.Service](c.App).Found(t.Context(), boss, councils.Council{Form: "public_council", Name: civic.Text{"kk": "Қала кеңесі", "ru": "Городской совет"}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
		Body: s.body.ID, Law: "383-V", Size: 6, Since: c.DB.Now().AddDate(0, 0, 80), Until: c.DB.Now().AddDate(3, 0, 0)})
	s.must(err)
	secretary := c.holder(t, "secretary@city.test", "Хатшы", civic.Grant{Role: "councils.secretary", Scope: councils.Ref(s.council)}).comes(phoneWidth, phoneHeight)
	secretary.withoutScripts()

	secretary.visit("/ru/desk/forming")
	secretary.reads("Городской совет")
	secretary.enter(`main a[href$="/new"]`)
	do(secretary, chromedp.SendKeys(`input[name=method][value=lot]`, " "))
	do(secretary, chromedp.SetValue(`[name=seats]`, "4"))
	do(secretary, chromedp.SetValue(`[name=reserve]`, "1"))
	do(secretary, chromedp.SetValue(`[name=group]`, "А. Ақанов\nБ. Берік\nВ. Власов"))
	secretary.both("terms", "Қаланың тұрғыны болуы керек", "Нужно жить в городе")
	do(secretary, chromedp.SetValue(`[name=until]`, c.DB.Now().AddDate(0, 0, 20).Format(time.DateOnly)))
	secretary.enter(send)
	desk := secretary.path()
	secretary.enter(`form[action$="/announce"] button[type=submit]`)
	secretary.enter(sure)
	public := strings.TrimPrefix(strings.Replace(desk, "/ru/desk", "/ru", 1), "/ru")

	made, err := c.Organisations.Create(t.Context(), boss, map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active, "name.kk": "Үміт"}, organisations.Public)
	s.must(err)
	group := organisations.RefOf(made)
	ngo := c.holder(t, "group@city.test", "Ұйым өкілі", civic.Grant{Role: civic.Representative, Scope: group}).comes(phoneWidth, phoneHeight)
	ngo.withoutScripts()
	ngo.visit("/kk" + public)
	ngo.enter(`main a[href$="/stand"]`)
	do(ngo, chromedp.SendKeys(`input[name=by][value="`+group.String()+`"]`, " "))
	do(ngo, chromedp.SetValue(`[name=name]`, "Гүлнар Сәбит"))
	do(ngo, chromedp.SetValue(`[name=about]`, "Он жыл аулаларды абаттандырдық"))
	do(ngo, chromedp.SendKeys(`input[name=agrees]`, " "))
	ngo.enter(send)
	ngo.reads("Гүлнар Сәбит") // once more, before it is sent
	ngo.enter(sure)
	ngo.shot("forming-stood-kk")

	id := civic.ID(public[strings.LastIndexByte(public, '/')+1:])
	var all []civic.ID
	for i := range 5 {
		email := fmt.Sprintf("stands%d@city.test", i)
		c.member(t, email, "Үміткер")
		account, err := c.Identity.FindAccount(t.Context(), boss, email)
		s.must(err)
		d, err := c.Forming.Stand(t.Context(), civic.Actor{Account: account, Assurance: civic.EmailConfirmed}, forming.Candidacy{Competition: id, Name: fmt.Sprintf("Үміткер %c", 'А'+i), About: "Ауламды тазаладым"}, civic.Kazakh)
		s.must(err)
		all = append(all, d)
	}
	s.must(c.DB.Write(t.Context(), func(tx *storage.Tx) error { // the last day passes, for which one would have to wait
		tx.Touch(forming.Topic)
		_, err := tx.Exec("UPDATE forming_competition SET until = $1", storage.Millis(tx.Now().AddDate(0, 0, -2)))
		return err
	}))
	for _, d := range all {
		s.must(c.Forming.Check(t.Context(), boss, id, d, true, nil))
	}
	secretary.visit(desk)
	secretary.enter(`main a[href*="/candidacies/"]`)
	do(secretary, chromedp.SendKeys(`input[name=decision][value=admit]`, " "))
	secretary.enter(send)

	secretary.visit(desk)
	secretary.enter(`form[action$="/prepare"] button[type=submit]`)
	lot := secretary.path()
	for !strings.Contains(do(secretary, chromedp.Text("main")), "Опубликовать список") { // the list is computed by a worker
		secretary.visit(lot)
	}
	secretary.enter(`main a[href$="/announce"]`)
	secretary.enter(send)
	secretary.enter(sure)
	secretary.visit(lot)
	secretary.enter(`main a[href$="/number"]`)
	do(secretary, chromedp.SetValue(`[name=number]`, "143"))
	secretary.enter(send)
	secretary.enter(sure)
	secretary.visit(desk)
	secretary.enter(`main a[href$="/publish"]`)
	secretary.both("reasons", "Жеребе осылай шықты", "Так выпал жребий")
	secretary.enter(send)
	secretary.enter(sure)

	visitor := c.open(t, phoneWidth, phoneHeight)
	for _, lang := range []string{"kk", "ru"} {
		for _, page := range []string{public, strings.TrimPrefix(strings.Replace(lot, "/desk", "", 1), "/ru"), councils.Path(s.council), councils.Path(s.council) + "/members"} {
			visitor.visit("/" + lang + page)
			visitor.accessible()
			visitor.fits()
		}
		visitor.shot("forming-members-" + lang)
	}
	if n := do(visitor, chromedp.Evaluate[int](`document.querySelectorAll("main li strong").length`)); n != 4 {
		t.Errorf("%d members are on the page", n)
	}
	return s, secretary
}
