package browser_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// sitting is a council of three with its secretary, whose meeting begins within the hour.
type sitting struct {
	t       *testing.T
	c       *city
	boss    civic.Actor
	body    civic.Ref
	council civic.ID
	meeting civic.ID
}

func newSitting(t *testing.T, c *city) *sitting {
	t.Helper()
	s := &sitting{t: t, c: c, boss: civic.Actor{Account: "boss", Grants: []civic.Grant{{Role: civic.Administrator}}}, body: c.body(t)}
	service, now := app.Service[*councils.Service](c.App), c.DB.Now()
	var err error
	s.council, err = service.Found(t.Context(), s.boss, councils.Council{Form: "public_council", Name: civic.Text{"kk": "Қала кеңесі", "ru": "Городской совет"}, About: civic.Text{"kk": "Тыңдайды", "ru": "Слушает"},
		Body: s.body.ID, Law: "383-V", Size: 3, Since: now.AddDate(-1, 0, 0), Until: now.AddDate(2, 0, 0)})
	s.must(err)
	for _, name := range []string{"Айгүл Серікова", "Болат Ким", "Вера Ли"} {
		_, err := service.Seat(t.Context(), s.boss, councils.Seat{Council: s.council, Name: name, Post: councils.Member, Side: councils.Civil, Since: now.AddDate(0, -6, 0)})
		s.must(err)
	}
	s.meeting, err = c.Meetings.Plan(t.Context(), s.boss, meetings.Meeting{Body: councils.Ref(s.council), StartsAt: now.Add(50 * time.Minute), Place: civic.Text{"kk": "2-зал", "ru": "Зал 2"}})
	s.must(err)
	return s
}

func (s *sitting) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// both types a text in the two official languages.
func (b *browser) both(field, kk, ru string) {
	b.t.Helper()
	do(b, chromedp.SetValue(`[name="`+field+`.kk"]`, kk))
	do(b, chromedp.SetValue(`[name="`+field+`.ru"]`, ru))
}

func (b *browser) reads(words ...string) {
	b.t.Helper()
	got := do(b, chromedp.Text("main"))
	for _, w := range words {
		if !strings.Contains(got, w) {
			b.t.Fatalf("%s does not say %q:\n%s", b.path(), w, got)
		}
	}
}

// Without scripts, on a phone, in one piece: an organisation nominates, a council is drawn by lot and meets for the first time; a resident's question becomes
// a point, is voted on with one recused, and what is recommended is sent; an officer of the body answers late and delivers, the council confirms. The
// trace shows the whole way.
func TestFromANominationToDelivery(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		s, secretary := newDrawn(t, c)
		s.begins()
		starts := c.DB.Now().Add(50 * time.Minute).In(c.Settings.Zone())
		secretary.visit("/ru/desk" + councils.Path(s.council))
		secretary.enter(`main a[href$="/meetings/new"]`)
		do(secretary, chromedp.SetValue(`[name=day]`, starts.Format(time.DateOnly)))
		do(secretary, chromedp.SetValue(`[name=time]`, starts.Format("15:04")))
		secretary.both("place", "2-зал", "Зал 2")
		secretary.enter(send)
		secretary.reads("Готовится")
		s.meeting = civic.ID(secretary.path()[strings.LastIndexByte(secretary.path(), '/')+1:])
		s.fromAQuestionToDelivery(secretary, 4)
	})
}

// A council of three decides on what a resident asks, and what becomes of it: the second half of the way above.
func TestFromAQuestionToACouncilToDelivery(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		s := newSitting(t, c)
		secretary := c.holder(t, "secretary@city.test", "Хатшы", civic.Grant{Role: "councils.secretary", Scope: councils.Ref(s.council)}).comes(phoneWidth, phoneHeight)
		secretary.withoutScripts()
		s.fromAQuestionToDelivery(secretary, 3)
	})
}

const (
	send = `main form.form button[type=submit]`
	sure = `main form button[name=_sure], main form button[type=submit]`
)

// fromAQuestionToDelivery lets a resident ask, the meeting that is planned decide, an officer answer late and the council confirm. members is how many sit.
func (s *sitting) fromAQuestionToDelivery(secretary *browser, members int) {
	t, c := s.t, s.c
	t.Helper()
	resident := c.member(t, "resident@city.test", "Тұрғын").comes(phoneWidth, phoneHeight)
	resident.withoutScripts()
	resident.visit("/kk" + councils.Path(s.council))
	resident.enter(`main a[href$="/ask"]`)
	do(resident, chromedp.SendKeys(`textarea[name=words]`, "Саябақта жарық қашан болады?"))
	resident.enter(send)
	resident.reads("Сұрағыңыз хатшыға жетті")

	secretary.visit("/ru/desk")
	secretary.reads("Саябақта жарық қашан болады?")
	secretary.visit("/ru/desk" + councils.Path(s.council))
	secretary.enter(`main a[href*="/questions/"]`)
	do(secretary, chromedp.SendKeys(`input[name=decision][value=take]`, " "))
	do(secretary, chromedp.SetValue(`select[name=meeting]`, string(s.meeting)))
	secretary.both("title", "Саябақ жарығы", "Освещение парка")
	do(secretary, chromedp.SetValue(`[name=minutes]`, "15"))
	secretary.enter(send)
	desk := "/ru/desk" + meetings.Path(s.meeting)
	secretary.visit(desk)
	secretary.reads("Предложен")
	secretary.enter(`form[action$="/convene"] button[type=submit]`)
	secretary.enter(sure)
	for i := range members {
		box := strconv.Itoa(i + 1)
		do(secretary, chromedp.SendKeys(`form[action$="/present"] label:nth-of-type(`+box+`) input, form[action$="/present"] li:nth-of-type(`+box+`) input, form[action$="/present"] div:nth-of-type(`+box+`) > input`, " "))
	}
	secretary.enter(`form[action$="/present"] button[type=submit]`)
	secretary.reads("кворум есть")
	secretary.enter(`main a[href$="/vote"]`)
	secretary.both("text", "Шам орнатылсын", "Поставить фонари")
	do(secretary, chromedp.Evaluate[bool](`(s => { s.forEach((one, i) => one.value = i + 1 < s.length ? 'for' : 'recused'); return true })(document.querySelectorAll('select[name^="choice."]'))`))
	do(secretary, chromedp.SetValue(`select[name=to]`, string(s.body.ID)))
	secretary.enter(send)
	counted := "За: " + strconv.Itoa(members-1) + " · против: 0"
	secretary.reads("итоги голосования увидят все", counted, "Шам орнатылсын")
	secretary.enter(`main form button.primary`)
	secretary.reads(counted, "Решение принято")
	secretary.enter(`form[action$="/close"] button[type=submit]`)
	secretary.enter(sure)
	secretary.visit("/ru/desk" + councils.Path(s.council))
	secretary.enter(`form[action$="/send"] button[type=submit]`)
	secretary.enter(sure)
	recommendation := strings.TrimPrefix(secretary.path(), "/ru")
	s.late()
	secretary.visit("/ru" + recommendation)
	secretary.reads("Ответ просрочен")
	s.answered(recommendation)
	secretary.visit("/ru" + recommendation)
	secretary.reads("Сообщено: выполнено")
	secretary.visit(do(secretary, chromedp.Evaluate[string](`[...document.querySelectorAll("main section.card h2 a")].at(-1).pathname`)))
	secretary.enter(`form[action$="/reply"] [name=act][value=confirm]`)

	visitor := c.open(t, phoneWidth, phoneHeight)
	visitor.visit("/ru" + recommendation)
	visitor.sees("Выполнено, совет подтвердил")
	s.traced(recommendation)
	for _, lang := range []string{"kk", "ru"} {
		for _, page := range []string{"/meetings", meetings.Path(s.meeting), meetings.OfPath(councils.Ref(s.council)), recommendation, councils.Path(s.council)} {
			visitor.visit("/" + lang + page)
			visitor.accessible()
			visitor.fits()
			visitor.shot("council" + strings.ReplaceAll(page[:min(len(page), 12)], "/", "-") + "-" + lang)
		}
	}
}

// late lets the date of the answer pass, for which one would have to wait.
func (s *sitting) late() {
	s.t.Helper()
	s.must(s.c.DB.Write(s.t.Context(), func(tx *storage.Tx) error {
		tx.Touch(answers.Topic)
		_, err := tx.Exec("UPDATE answers_obligation SET due = 1 WHERE state = 'running'")
		return err
	}))
}

// answered is what an officer of the body does without scripts: they answer with a promise, and say that it was kept.
func (s *sitting) answered(recommendation string) {
	s.t.Helper()
	officer := s.c.holder(s.t, "officer@city.test", "Қызметкер", civic.Grant{Role: civic.Officer, Scope: s.body}).comes(phoneWidth, phoneHeight)
	officer.withoutScripts()
	for _, owes := range []struct {
		outcome answers.Outcome
		waits   string
	}{{answers.Taken, "Шам орнатылсын"}, {answers.Done, "Уәде: Шамдарды қоямыз"}} {
		officer.visit("/kk/desk")
		officer.reads(owes.waits)
		officer.visit("/kk" + recommendation)
		owed := do(officer, chromedp.Evaluate[string](`[...document.querySelectorAll("main section.card h2 a")].at(-1).pathname`))
		officer.visit("/kk/desk" + strings.TrimPrefix(owed, "/kk") + "/answer")
		do(officer, chromedp.SendKeys(`input[name=outcome][value="`+string(owes.outcome)+`"]`, " "))
		officer.both("reason", "Шамдарды қоямыз", "Фонари поставим")
		if owes.outcome == answers.Taken {
			do(officer, chromedp.SetValue(`[name=promised]`, s.c.DB.Now().AddDate(0, 1, 0).Format(time.DateOnly)))
		}
		do(officer, chromedp.SetValue(`[name=person]`, "А. Жауапты"))
		officer.enter(send)
		officer.reads("Шамдарды қоямыз", "Фонари поставим", "А. Жауапты")
		officer.enter(sure)
	}
}

// begins lets the term of a council begin, for which one would have to wait.
func (s *sitting) begins() {
	s.t.Helper()
	s.must(s.c.DB.Write(s.t.Context(), func(tx *storage.Tx) error {
		tx.Touch("councils")
		since := storage.Millis(tx.Now().AddDate(0, 0, -2))
		if _, err := tx.Exec("UPDATE councils_seat SET since = $1", since); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE councils_council SET since = $1", since)
		return err
	}))
}

// traced fails unless the trace leads from the question to the deed.
func (s *sitting) traced(recommendation string) {
	s.t.Helper()
	_, err := s.c.Record.Sequence(s.t.Context())
	s.must(err)
	b := s.c.open(s.t, phoneWidth, phoneHeight)
	id := recommendation[strings.LastIndexByte(recommendation, '/')+1:]
	b.visit("/kk/trace/" + councils.KindRecommendation + "/" + id)
	at, chain := 0, do(b, chromedp.Text("main"))
	for _, words := range []string{"Тұрғынның сұрағы күн тәртібіне алынды", "Саябақта жарық қашан болады?", "Мәселе күн тәртібіне енді", "Саябақ жарығы", "Дауыс беру өтті", "Ұсыным қабылданды", "Шам орнатылсын", "Ұсыным жіберілді",
		"Міндет туды", "Жауап берілді немесе орындалды", "Уәде: Шамдарды қоямыз", "Сұрағандар растады"} { // in this order
		i := strings.Index(chain[at:], words)
		if i < 0 {
			s.t.Errorf("the trace does not say %q in its place:\n%s", words, chain)
			break
		}
		at += i
	}
	b.shot("council-trace")
}

// With scripts, by keyboard alone and on a line that breaks: what is entered is kept, sent again by itself, and counted once.
func TestASecretaryOnABadLine(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		s := newSitting(t, c)
		item, err := c.Meetings.AddItem(t.Context(), s.boss, meetings.Item{Meeting: s.meeting, Title: civic.Text{"kk": "Жарық", "ru": "Свет"}, Minutes: 10})
		s.must(err)
		s.must(c.Meetings.Convene(t.Context(), s.boss, s.meeting))
		v, err := c.Meetings.Show(t.Context(), s.boss, s.meeting)
		s.must(err)
		var seats []civic.ID
		for _, m := range v.Of.Sitting() {
			seats = append(seats, m.ID)
		}
		s.must(c.Meetings.SetPresent(t.Context(), s.boss, s.meeting, seats))
		b := c.holder(t, "secretary@city.test", "Хатшы", civic.Grant{Role: "councils.secretary", Scope: councils.Ref(s.council)}).comes(1280, 800)
		vote := "/kk/desk" + meetings.Path(s.meeting) + "/items/" + string(item) + "/vote"
		b.visit(vote)
		press := func(key, code string) {
			do(b, chromedp.Evaluate[bool](`document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '`+key+`', code: '`+code+`', ctrlKey: '`+code+`' === 'Enter', bubbles: true, cancelable: true}))`))
		}
		do(b, chromedp.Focus(`select[name^="choice."]`))
		for _, key := range [][2]string{{"ә", "Digit1"}, {"і", "Digit2"}, {"1", "Digit1"}} { // of a Kazakh layout, and of a Russian one
			press(key[0], key[1])
		}
		chosen := `[...document.querySelectorAll('select[name^="choice."]')].map(s => s.value).join()`
		if got := do(b, chromedp.Evaluate[string](chosen)); got != "for,against,for" {
			t.Fatalf("the keys chose %s", got)
		}
		b.shot("council-vote-keys")

		do(b, chromedp.Evaluate[bool](`(() => { window.line = window.fetch; window.fetch = () => Promise.reject(new Error('no line')); return true })()`))
		do(b, chromedp.Focus(`select[name^="choice."]`))
		press("Enter", "Enter")
		b.waits(`document.body.innerText.includes("Байланыс жоқ")`)
		b.visit(vote) // and the browser was closed meanwhile
		b.sees("жіберілмей қалған")
		if got := do(b, chromedp.Evaluate[string](chosen)); got != "for,against,for" {
			t.Fatalf("kept was %s", got)
		}
		do(b, chromedp.Focus(`select[name^="choice."]`))
		press("Enter", "Enter")
		do(b, chromedp.WaitVisible(`form:has(input[name="_sure"]) button.primary`)) // of the page that comes
		b.sees("Тексеріңіз: осыдан кейін")
		do(b, chromedp.Evaluate[bool](`(() => { // the answer of the first is lost on the way, though it was taken
			const line = window.fetch; let first = true
			window.fetch = async (...a) => { const answer = await line(...a); if (first) { first = false; throw new Error('lost') } return answer }
			return true })()`))
		do(b, chromedp.Focus(`main form button.primary`))
		press("Enter", "Enter")
		b.waits(`document.body.innerText.includes("Байланыс жоқ")`)
		do(b, chromedp.Evaluate[bool](`dispatchEvent(new Event('online'))`)) // rather than in five seconds
		do(b, chromedp.WaitVisible(`form[action$="/close"]`))
		b.reads("Шешім қабылданды")
		if v, err = c.Meetings.Show(t.Context(), s.boss, s.meeting); err != nil || v.Agenda[0].Vote == nil || v.Agenda[0].Vote.For != 2 {
			t.Errorf("%+v, %v", v.Agenda[0].Vote, err)
		}
		if kept := do(b, chromedp.Evaluate[int](`Object.keys(localStorage).filter(k => k.startsWith('live:')).length`)); kept != 0 {
			t.Errorf("%v drafts are left", kept)
		}
	})
}

// Who is present, what becomes of a point and what was said survive a bad line as votes do: what was entered is kept while there is no line, also when the
// browser is closed, and counts once when there is one.
func TestPresencePointsAndMinutesOnABadLine(t *testing.T) {
	for lang, says := range map[string][2]string{"kk": {"Байланыс жоқ", "жіберілмей қалған"}, "ru": {"Связи нет", "не было отправлено"}} {
		t.Run(lang, func(t *testing.T) {
			eachEngine(t, func(t *testing.T, c *city) {
				c.ready(t)
				s := newSitting(t, c)
				item, err := c.Meetings.AddItem(t.Context(), s.boss, meetings.Item{Meeting: s.meeting, Title: civic.Text{"kk": "Жарық", "ru": "Свет"}, Minutes: 10})
				s.must(err)
				s.must(c.Meetings.Convene(t.Context(), s.boss, s.meeting))
				b := c.holder(t, "secretary@city.test", "Хатшы", civic.Grant{Role: "councils.secretary", Scope: councils.Ref(s.council)}).comes(phoneWidth, phoneHeight)
				desk := "/" + lang + "/desk" + meetings.Path(s.meeting)
				// enters fills in a form while there is no line; kept is what is to be there when one comes again, and then stands where it leads to.
				enters := func(path, form, fill, kept, then string) {
					t.Helper()
					b.visit(path)
					do(b, chromedp.Evaluate[bool](`(() => { const form = document.querySelector('`+form+`'); `+fill+`; form.dispatchEvent(new Event('input', {bubbles: true}));
						window.fetch = () => Promise.reject(new Error('no line')); form.requestSubmit(); return true })()`))
					b.waits(`document.body.innerText.includes("` + says[0] + `")`)
					b.visit(path) // the browser was closed meanwhile
					b.sees(says[1])
					if !do(b, chromedp.Evaluate[bool](`(() => { const form = document.querySelector('`+form+`'); return `+kept+` })()`)) {
						t.Fatalf("what was entered on %s is lost", path)
					}
					do(b, chromedp.Evaluate[bool](`(document.querySelector('`+form+`').requestSubmit(), true)`))
					do(b, chromedp.WaitVisible(then))
				}
				enters(desk, `form[action$="/present"]`, `form.querySelectorAll('[name=present]').forEach(e => e.checked = true)`, `form.querySelectorAll('[name=present]:checked').length === 3`, `main a[href$="/vote"]`)
				enters(desk+"/items/"+string(item), `main form.form`, `form.querySelector('[name=what][value=discuss]').checked = true`, `form.querySelector('[value=discuss]').checked`, `form[action$="/present"]`)
				said := `[name="heard.` + string(item) + `.`
				enters(desk+"/minutes", `main form.form`, `form.querySelector('`+said+`kk"]').value = 'Талқыланды'; form.querySelector('`+said+`ru"]').value = 'Обсудили'`, `form.querySelector('`+said+`ru"]').value === 'Обсудили'`, `.notice.t-good`)

				v, err := c.Minutes.Show(t.Context(), s.boss, s.meeting)
				s.must(err)
				if len(v.Present) != 3 || v.Agenda[0].Item.State != meetings.Discussed || v.Minutes.Of(item)["kk"] != "Талқыланды" || v.Minutes.Of(item)["ru"] != "Обсудили" {
					t.Errorf("%d are present, the point is %s, %v was said", len(v.Present), v.Agenda[0].Item.State, v.Minutes.Heard)
				}
				if kept := do(b, chromedp.Evaluate[int](`Object.keys(localStorage).filter(k => k.startsWith('live:')).length`)); kept != 0 {
					t.Errorf("%v drafts are left", kept)
				}
			})
		})
	}
}
