package browser_test

import (
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

// Without scripts, on a phone: a resident asks a council; its secretary puts the question on the agenda of its first meeting, counts who is there and
// enters a vote in which one is recused; the recommendation is sent, the body answers late and delivers, the council confirms. The trace shows the whole way.
func TestFromAQuestionToACouncilToDelivery(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		c.ready(t)
		s := newSitting(t, c)
		const send = `main form.form button[type=submit]`
		resident := c.member(t, "resident@city.test", "Тұрғын").comes(phoneWidth, phoneHeight)
		resident.withoutScripts()
		resident.visit("/kk" + councils.Path(s.council))
		resident.enter(`main a[href$="/ask"]`)
		do(resident, chromedp.SendKeys(`textarea[name=words]`, "Саябақта жарық қашан болады?"))
		resident.enter(send)
		resident.reads("Сұрағыңыз хатшыға жетті")

		secretary := c.holder(t, "secretary@city.test", "Хатшы", civic.Grant{Role: "councils.secretary", Scope: councils.Ref(s.council)}).comes(phoneWidth, phoneHeight)
		secretary.withoutScripts()
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
		secretary.enter(`main form button[name=_sure], main form button[type=submit]`)
		for _, box := range []string{"1", "2", "3"} {
			do(secretary, chromedp.SendKeys(`form[action$="/present"] label:nth-of-type(`+box+`) input, form[action$="/present"] li:nth-of-type(`+box+`) input, form[action$="/present"] div:nth-of-type(`+box+`) > input`, " "))
		}
		secretary.enter(`form[action$="/present"] button[type=submit]`)
		secretary.reads("кворум есть")
		secretary.enter(`main a[href$="/vote"]`)
		secretary.both("text", "Шам орнатылсын", "Поставить фонари")
		do(secretary, chromedp.Evaluate[bool](`(s => { s[0].value = 'for'; s[1].value = 'for'; s[2].value = 'recused'; return true })(document.querySelectorAll('select[name^="choice."]'))`))
		do(secretary, chromedp.SetValue(`select[name=to]`, string(s.body.ID)))
		secretary.enter(send)
		secretary.reads("итоги голосования увидят все", "За: 2 · против: 0", "Шам орнатылсын")
		secretary.enter(`main form button.primary`)
		secretary.reads("За: 2 · против: 0", "Решение принято")
		secretary.enter(`form[action$="/close"] button[type=submit]`)
		secretary.enter(`main form button[name=_sure], main form button[type=submit]`)
		secretary.visit("/ru/desk" + councils.Path(s.council))
		secretary.enter(`form[action$="/send"] button[type=submit]`)
		secretary.enter(`main form button[name=_sure], main form button[type=submit]`)
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
	})
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

// answered is what the body does: it answers with a promise, and keeps it.
func (s *sitting) answered(recommendation string) {
	s.t.Helper()
	officer := civic.Actor{Account: "officer", Grants: []civic.Grant{{Role: civic.Officer, Scope: s.body}}}
	ref := civic.Ref{Kind: councils.KindRecommendation, ID: civic.ID(recommendation[strings.LastIndexByte(recommendation, '/')+1:])}
	reason := civic.Text{"kk": "Қоямыз", "ru": "Поставим"}
	for i, v := range []answers.Verdict{{Outcome: answers.Taken, Reason: reason, Promised: s.c.DB.Now().AddDate(0, 1, 0)}, {Outcome: answers.Done, Reason: reason}} {
		var owed []answers.Obligation
		s.must(s.c.DB.Read(s.t.Context(), func(tx *storage.Tx) error {
			all, err := s.c.Answers.Further(tx, []civic.Ref{ref})
			owed = all[ref]
			return err
		}))
		s.must(s.c.Answers.Answer(s.t.Context(), officer, owed[i].ID, v, "А. Жауапты"))
	}
}

// traced fails unless the trace leads from the question to the deed.
func (s *sitting) traced(recommendation string) {
	s.t.Helper()
	_, err := s.c.Record.Sequence(s.t.Context())
	s.must(err)
	b := s.c.open(s.t, phoneWidth, phoneHeight)
	id := recommendation[strings.LastIndexByte(recommendation, '/')+1:]
	b.visit("/kk/trace/" + councils.KindRecommendation + "/" + id)
	for _, words := range []string{"Саябақта жарық қашан болады?", "Саябақ жарығы", "Шам орнатылсын"} {
		b.sees(words)
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
