package browser_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

const (
	narrowWidth                 = 320
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

// choose sets a select, or picks a radio or checkbox, by name and value.
func (b *browser) choose(name, value string) {
	b.t.Helper()
	if !do(b, chromedp.Evaluate[bool](fmt.Sprintf(`(() => { for (const f of document.querySelectorAll('[name=%q]')) {
		if (f.tagName == "SELECT") { f.value = %q; return f.value == %q }
		if (f.value == %q) { f.checked = true; return true } } return false })()`, name, value, value, value))) {
		b.t.Fatalf("%s: no choice %s = %s", b.path(), name, value)
	}
}

// value reads a field or attribute by script.
func (b *browser) value(expression string) string {
	b.t.Helper()
	return do(b, chromedp.Evaluate[string](expression))
}

// A resident takes part and sees the result; the administrator appoints the officer, who
// opens, moderates, closes and answers in between. Everything happens on the pages.
func TestAConsultationFromQuestionToAnswer(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t).comes(desktopWidth, desktopHeight)
		officer := c.member(t, "officer@city.test", "Қызметкер").comes(desktopWidth, desktopHeight)
		resident := c.member(t, "resident@city.test", "Тұрғын").comes(phoneWidth, phoneHeight)

		// The administrator makes the officer one.
		admin.visit("/kk/desk/people?email=officer@city.test")
		if admin.value(`document.querySelector('form[action$="/grant"]') ? "yes" : "no"`) == "no" {
			admin.visit(admin.value(`[...document.querySelectorAll('main a')].find(a => /desk\/people\/[0-9a-z]{26}$/.test(a.href) && a.closest("tr,li,article").innerText.includes("officer@city.test")).href`))
		}
		admin.choose("role", "officer")
		admin.choose("scope", admin.value(`document.querySelector('select[name="scope"] option[value]:not([value=""])').value`))
		admin.accessible()
		admin.press(`form[action$="/grant"] button[type=submit]`)

		// The officer asks the city.
		officer.visit("/kk/desk/consultations/new")
		officer.accessible()
		officer.fill("question.kk", "Аулаға не керек?")
		officer.fill("question.ru", "Что нужно двору?")
		officer.fill("question.en", "What does the yard need?")
		officer.fill("context.kk", "Аулаларды *жөндеу* жоспары.")
		officer.fill("context.ru", "План ремонта дворов.")
		officer.fill("decision.kk", "Жөндеу жоспары")
		officer.fill("decision.ru", "План ремонта")
		officer.fill("opens_at", time.Now().Format(time.DateOnly))
		officer.fill("closes_at", time.Now().AddDate(0, 0, 30).Format(time.DateOnly))
		officer.choose("audience", "registered")
		officer.choose("moderation", "before")
		officer.fill("seeds.kk", "Аулаға жарық керек\nАулаға орындық керек\nБалалар алаңы ескірді\n")
		officer.fill("seeds.ru", "Двору нужен свет\nВо дворе нужны скамейки\nДетская площадка устарела\n")
		officer.shot("desk-new")
		officer.press(`main form.form button[type=submit]`)
		id := officer.value(`location.pathname.match(/[0-9a-v]{26}/)[0]`)
		officer.accessible()
		officer.press(`form[action$="/publish"] button[type=submit]`)
		officer.sees("Что нужно двору?") // the check page shows every language
		officer.accessible()
		officer.shot("check-publish")
		officer.press(`button[name=_sure]`)
		officer.shot("desk-published")

		// The resident votes on all, changes a vote, and adds a statement.
		page := "/kk/consultations/" + id
		resident.visit(page)
		resident.sees("Аулаға не керек?")
		resident.accessible()
		resident.fits()
		for _, vote := range []string{"agree", "disagree", "pass"} {
			resident.press(fmt.Sprintf(`form[action$="/vote"] button[value=%s]`, vote))
		}
		resident.visit(page + "/mine")
		resident.accessible()
		resident.press(`form[action$="/vote"] button[value=disagree]`)
		for _, text := range []string{"Велосипедке арналған тұрақ керек", "Мына <b>сайтты</b> көріңіз"} {
			resident.visit(page + "/add")
			resident.accessible()
			resident.fill("text", text)
			resident.press(`form[action$="/add"] button[type=submit]`)
			if resident.value(`document.querySelector('form[action$="/add"] input[name="compared"]') ? "yes" : "no"`) == "yes" {
				resident.press(`form[action$="/add"] button[type=submit]`) // it is none of those shown
			}
		}

		// Somebody without an account wants to be told the answer.
		const follower = "follower@city.test"
		follows := c.open(t, phoneWidth, phoneHeight)
		follows.visit(page)
		follows.press(`main a[href*="/follow/"]`)
		follows.accessible()
		follows.fits()
		follows.fill("email", follower)
		follows.press(`form[action*="/follow"] button[type=submit]`)
		follows.visit(c.post.waitFor(t, follower).link(t))
		follows.sees("Аулаға не керек?")
		follows.accessible()
		follows.fits()
		follows.press(`form[action$="/confirm"] button`)

		// The officer lets one in and removes the other, with a reason that its author learns.
		officer.visit("/kk/desk/moderation")
		officer.accessible()
		officer.fits()
		officer.sees("<b>сайтты</b>")
		officer.shot("desk-queue")
		// The keys work by their place: on a Kazakh and a Russian layout those of J, K, A and R write о, л, ф and к.
		ids := `[...document.querySelectorAll('[data-queue-item]')].indexOf(document.activeElement)`
		officer.key("KeyJ", "о")
		officer.key("KeyJ", "о")
		officer.key("KeyK", "л")
		if got := officer.value(`String(` + ids + `)`); got != "0" {
			t.Errorf("J, J and K lead to item %s", got)
		}
		officer.keyLeads("KeyA", "ф")
		officer.key("KeyJ", "о")
		officer.keyLeads("KeyR", "к")
		officer.accessible()
		officer.fits()
		officer.shot("desk-decision")
		officer.choose("rule", officer.value(`document.querySelector('select[name=rule] option[value]:not([value=""])').value`))
		officer.fill("reason", "Тақырыпқа қатысы жоқ сілтеме")
		officer.press(`form[action*="/statements/"] button[value=remove]`)
		officer.shot("check-removal")
		officer.press(`button[name=_sure]`)
		resident.visit("/kk/notices")
		resident.accessible()
		resident.sees("Тақырыпқа қатысы жоқ сілтеме")

		// Closing, answering.
		officer.visit("/kk/desk/consultations/" + id + "/close")
		officer.accessible()
		officer.fill("reason.kk", "Жоспар мерзімінен бұрын бекітіледі")
		officer.fill("reason.ru", "План утверждают раньше срока")
		officer.press(`main form.form button[type=submit]`)
		officer.accessible()
		officer.press(`button[name=_sure]`)
		officer.visit("/kk/desk/consultations/" + id + "/answer")
		officer.choose("outcome_1", "taken")
		officer.fill("reason_1.kk", "Жарық биыл орнатылады")
		officer.fill("reason_1.ru", "Освещение поставим в этом году")
		officer.fill("promised_1", time.Now().AddDate(0, 0, 40).Format(time.DateOnly))
		officer.accessible()
		officer.fits()
		officer.shot("desk-answer")
		officer.fill("text.kk", "Үш ұсыныстың біреуі осы жылғы жоспарға енді.")
		officer.fill("text.ru", "Одно предложение из трёх вошло в план этого года.")
		officer.fill("person", "Басқарма басшысының орынбасары")
		officer.press(`button[name=act][value=publish]`)
		officer.accessible()
		officer.shot("check-answer")
		officer.press(`button[name=_sure]`)

		// Whoever asked to be told gets a letter at the end and one with the answer, which leads to it.
		told := c.post.waitFor(t, follower)
		for !strings.Contains(told.subject, "Ресми жауап") {
			told = c.post.waitFor(t, follower)
		}
		follows.visit(told.link(t))
		follows.sees("Үш ұсыныстың біреуі осы жылғы жоспарға енді.")

		// Everybody sees it, in each language, without having signed in.
		visitor := c.open(t, phoneWidth, phoneHeight)
		visitor.visit(page)
		visitor.sees("Үш ұсыныстың біреуі осы жылғы жоспарға енді.")
		visitor.sees("Жарық биыл орнатылады")
		visitor.sees("1 қабылданды")
		visitor.shot("answered")
		visitor.accessible()
		visitor.fits()

		// What was promised is delivered, and one who asked confirms it.
		promise := visitor.value(`document.querySelector('main li a[href*="/answers/"]').getAttribute("href")`)
		visitor.visit(promise)
		visitor.sees("birge due --from")
		visitor.accessible()
		visitor.fits()
		visitor.shot("promise")
		officer.visit(strings.Replace(promise, "/answers/", "/desk/answers/", 1) + "/answer")
		officer.choose("outcome", "done")
		officer.fill("reason.kk", "Шамдар орнатылды")
		officer.fill("reason.ru", "Фонари поставлены")
		officer.fill("person", "Басқарма басшысының орынбасары")
		officer.accessible()
		officer.press(`main form.form button[type=submit]`)
		officer.accessible()
		officer.press(`button[name=_sure]`)
		resident.visit(promise)
		resident.accessible()
		resident.fits()
		resident.press(`form[action$="/reply"] button[value=confirm]`)
		resident.sees("1 адам растайды")
		for _, list := range []string{"/kk/answers?state=confirmed", "/kk/answers/bodies", "/ru/answers"} {
			visitor.visit(list)
			visitor.accessible()
			visitor.fits()
			visitor.shot("answers-" + strings.NewReplacer("/", "-", "?", "-").Replace(list))
		}
		visitor.visit("/ru/consultations/" + id + "/results?show=removed")
		visitor.sees("Тақырыпқа қатысы жоқ сілтеме")
		if strings.Contains(visitor.shows(), "сайтты") {
			t.Error("a removed statement is shown")
		}
		visitor.accessible()
		visitor.fits()
	})
}

// An administrator imports a list with a broken row: looks, is told which, and applies.
func TestImportOfOrganisations(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		admin := c.ready(t).comes(desktopWidth, desktopHeight)
		list := filepath.Join(t.TempDir(), "тізім.csv")
		// Public test vectors of the numbering rules; the last has a wrong check digit.
		text := "БИН;Атауы;Наименование;Құрылған күні\n950440001673;Бірінші қор;Первый фонд;1995-04-01\n990940003030;Екінші қор;Второй фонд;1999\n950440001674;Үшінші қор;Третий фонд;2001\n"
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		admin.visit("/kk/organisations/import")
		admin.accessible()
		do(admin, chromedp.SetUploadFiles(`input[type=file]`, []string{list}))
		admin.press(`form[enctype] button[type=submit]`)
		admin.accessible()
		admin.press(`form[action$="/check"] button[type=submit]`)
		admin.sees("950440001674")
		admin.shot("import-check")
		admin.accessible()
		admin.press(`form[action$="/apply"] button`)
		admin.accessible()
		visitor := c.open(t, phoneWidth, phoneHeight)
		visitor.visit("/kk/organisations?q=екинши") // typed without Kazakh letters
		visitor.sees("Екінші қор")
		visitor.accessible()
		visitor.fits()
		if strings.Contains(visitor.shows(), "Үшінші қор") {
			t.Error("the broken row came in")
		}
	})
}

// key presses a key at a place of the keyboard, where the person's layout writes text.
func (b *browser) key(code, text string) {
	b.t.Helper()
	do(b, stroke(code, text))
}

// keyLeads is key, and waits until the next page is there.
func (b *browser) keyLeads(code, text string) {
	b.t.Helper()
	do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.RunResponse(ctx, stroke(code, text))
		return chromedp.Void{}, err
	})
}

func stroke(code, text string) func(context.Context, *chromedp.Target) (chromedp.Void, error) {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Code: code, Key: text}); err != nil {
				return chromedp.Void{}, err
			}
		}
		return chromedp.Void{}, nil
	}
}
