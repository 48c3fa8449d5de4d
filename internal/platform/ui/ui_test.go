package ui

import (
	"context"
	"slices"
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
		Now: time.Date(2026, 11, 23, 9, 30, 0, 0, testZone), Path: "/_styleguide",
		Feed: Link{Text: "Atom", Path: "/feed.atom"},
	}
	p.Title = say(p, "Құрамдас бөліктер", "Компоненты", "Components")
	p.Lede = say(p, "Бір бөлік — бір жерде. Осында жоқ нәрсе бетке де шықпайды.", "Каждый компонент — один раз. Чего здесь нет, того нет и на страницах.", "Each once. What is not here is on no page.")
	p.Crumbs = []Link{{Text: l.T("ui.birge"), Path: "/"}, {Text: say(p, "Тексеру", "Проверить", "Check"), Path: "/check"}}
	p.Account = []Link{{Text: say(p, "Кіру", "Войти", "Sign in"), Path: "/sign-in"}}
	p = withVerbs(p)
	p.Footer = []Link{{Text: say(p, "Ашық жазба", "Открытый журнал", "Open record"), Path: "/record"}, {Text: say(p, "Деректер", "Данные", "Data"), Path: "/data"}, {Text: "API", Path: "/api"}, {Text: say(p, "Қолжетімділік", "Доступность", "Accessibility"), Path: "/accessibility"}}
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

func TestOneItemOfTheSubNavigationIsCurrent(t *testing.T) {
	items := []Link{{Text: "Register", Path: "/organisations"}, {Text: "Filings", Path: "/organisations/filings"}, {Text: "Rules", Path: "/rules"}}
	for path, want := range map[string]string{
		"/organisations": "Register", "/organisations?q=a": "Register", "/organisations/01/history": "Register",
		"/organisations/filings": "Filings", "/organisations/filings?year=2025": "Filings", "/rules": "Rules", "/rulesets": "",
	} {
		p := testPage(t, civic.English)
		p.Path, p.Section, p.Verbs = path, "ui.verb_check", []Verb{{Key: "ui.verb_check", Path: "/organisations", Items: items}}
		_, sub, _ := strings.Cut(render(t, Layout(p)), `class="sub wrap"`)
		sub, _, _ = strings.Cut(sub, "</nav>")
		var current []string
		for _, part := range strings.Split(sub, "<li>") {
			if strings.Contains(part, "aria-current") {
				_, text, _ := strings.Cut(part, `">`)
				text, _, _ = strings.Cut(text, "</a>")
				current = append(current, text)
			}
		}
		if got := strings.Join(current, ", "); got != want {
			t.Errorf("%s marks %q, want %q", path, got, want)
		}
	}
}

// All five verbs are links of one list. What is under a verb unfolds below it, but only where
// there is a choice. The browser tests check that all five fit on a phone.
func TestVerbs(t *testing.T) {
	for _, lang := range civic.Languages() {
		page := render(t, Layout(testPage(t, lang)))
		var verbs, items []string
		for _, n := range parseHTML(t, page) {
			switch {
			case n.Data != "a" || n.Parent.Data != "li":
			case strings.HasPrefix(attribute(n.Parent, "class"), "k-"):
				verbs = append(verbs, attribute(n, "href"))
			case strings.HasPrefix(attribute(n.Parent.Parent.Parent, "class"), "k-"):
				items = append(items, attribute(n, "href"))
			}
		}
		l := "/" + string(lang)
		if want := []string{l + "/speak", l + "/decide", l + "/learn", l + "/join", l + "/check"}; !slices.Equal(verbs, want) {
			t.Errorf("verbs %v, want %v", verbs, want)
		}
		want := []string{l + "/_styleguide", l + "/appeals", l + "/councils", l + "/budget", l + "/grants", l + "/events", l + "/volunteering", l + "/organisations", l + "/record"}
		if !slices.Equal(items, want) { // with one page under it, the verb itself leads there
			t.Errorf("below them %v, want %v", items, want)
		}
	}
}
