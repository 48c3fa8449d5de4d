package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
)

var testZone = time.FixedZone("UTC+5", 5*3600)

func testPage(t testing.TB, lang civic.Lang) Page {
	t.Helper()
	c, err := i18n.Load(testZone, i18n.Source{Name: "ui", Files: Texts()})
	if err != nil {
		t.Fatal(err)
	}
	l := c.For(lang)
	p := Page{
		L: l, City: civic.Text{"kk": "Шымкент қаласы", "ru": "город Шымкент", "en": "City of Shymkent"}, Demo: true,
		Now: time.Date(2026, 11, 23, 9, 30, 0, 0, testZone), Path: "/_styleguide", Section: "ui.verb_speak",
		Feed: Link{"Atom", "/feed.atom"},
	}
	p.Title = say(p, "Құрамдас бөліктер", "Компоненты", "Components")
	p.Lede = say(p, "Бір бөлік — бір жерде. Осында жоқ нәрсе бетке де шықпайды.", "Каждый компонент — один раз. Чего здесь нет, того нет и на страницах.", "Each once. What is not here is on no page.")
	p.Crumbs = []Link{{l.T("ui.birge"), "/"}, {say(p, "Тексеру", "Проверить", "Check"), "/check"}}
	p.Account = []Link{{say(p, "Кіру", "Войти", "Sign in"), "/sign-in"}}
	for _, k := range []string{"ui.verb_speak", "ui.verb_decide", "ui.verb_learn", "ui.verb_join", "ui.verb_fund", "ui.verb_check"} {
		p.Verbs = append(p.Verbs, Verb{Key: k, Path: "/" + strings.TrimPrefix(k, "ui.verb_")})
	}
	p.Verbs[0].Items = []Link{{say(p, "Талқылаулар", "Обсуждения", "Consultations"), "/_styleguide"}, {say(p, "Өтініштер", "Обращения", "Appeals"), "/appeals"}, {say(p, "Қоғамдық кеңестер", "Общественные советы", "Councils"), "/councils"}}
	p.Footer = []Link{{say(p, "Ашық жазба", "Открытый журнал", "Open record"), "/record"}, {say(p, "Деректер", "Данные", "Data"), "/data"}, {"API", "/api"}, {say(p, "Қолжетімділік", "Доступность", "Accessibility"), "/accessibility"}}
	return p
}

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
