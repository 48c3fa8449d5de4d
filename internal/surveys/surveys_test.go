package surveys_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/questions"
	. "github.com/birge-kz/birge/internal/surveys"
)

// town is a city whose akimat asks.
type town struct {
	*citytest.City
	*Service
	akimat  civic.ID
	officer *citytest.Person
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік")}
	t.officer = c.Officer(t.akimat)
	return t
}

func text(kk, ru string) civic.Text { return civic.Text{civic.Kazakh: kk, civic.Russian: ru} }

var transport = text("Қоғамдық көлік туралы", "Об общественном транспорте")

// asked is a survey that is open for ten days, with letters: sex (about the person), bus, and why not.
func (t *town) asked(audience Audience, letters int) (id civic.ID, codes []string) {
	t.T.Helper()
	a := t.officer.Actor
	id, err := t.Make(t.Ctx(), a, Survey{Title: transport, Purpose: transport, Drawn: text("Мекенжай тіркелімінен", "Из адресного регистра"), Body: t.akimat, Audience: audience, Days: 10})
	t.Must(err)
	t.Must(t.AddQuestion(t.Ctx(), a, id, questions.Question{Sort: questions.One, Label: text("Жынысыңыз", "Ваш пол"), Options: []questions.Option{{Key: "f", Label: text("Әйел", "Женский")}, {Key: "m", Label: text("Еркек", "Мужской")}}}, true))
	t.Must(t.AddQuestion(t.Ctx(), a, id, questions.Question{Sort: questions.YesNo, Label: text("Автобуспен жүресіз бе?", "Ездите на автобусе?"), Required: true}, false))
	t.Must(t.AddQuestion(t.Ctx(), a, id, questions.Question{Sort: questions.Words, Label: text("Неге жүрмейсіз?", "Почему не ездите?"), When: []questions.Condition{{Question: "q2", Is: []string{"no"}}}}, false))
	t.Must(t.SetMargins(t.Ctx(), a, id, Margins{Source: text("Санақ", "Перепись"), Of: map[string][]Category{"q1": {{Choice: "f", People: 520_000}, {Choice: "m", People: 480_000}}}}))
	if letters > 0 {
		_, codes, err = t.PrintLetters(t.Ctx(), a, id, letters)
		t.Must(err)
	}
	t.Must(t.Open(t.Ctx(), a, id))
	return id, codes
}

// says answers by a form's fields, "q2", "yes".
func says(pairs ...string) func(questions.Question) []string {
	return func(q questions.Question) (out []string) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == q.Key {
				out = append(out, pairs[i+1])
			}
		}
		return out
	}
}

// over ends the time of a survey, and counts it unless sheets are out.
func (t *town) over(id civic.ID) {
	t.T.Helper()
	v, err := t.Show(t.Ctx(), Who{}, id)
	t.Must(err)
	t.At(v.ClosesAt.Add(time.Minute))
	t.Must(t.Advance(t.Ctx()))
}

// On pages alone: an officer draws a survey up, tries it, looks at what will be public and opens it; people answer in two steps, once; the results come with
// files, and the body owes its answer.
func TestFromQuestionsToResults(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		officer := c.Browser(w.officer)
		made := []string{"title.kk", transport["kk"], "title.ru", transport["ru"], "purpose.kk", "Бағыт ашу үшін", "purpose.ru", "Чтобы открыть маршрут", "body", string(w.akimat), "audience", "anyone"}
		officer.Post("/ru/desk/surveys/new", append([]string{"days", "400"}, made...)...).Want(422, "от 7 до 90", "Чтобы открыть маршрут")
		list := officer.Post("/ru/desk/surveys/new", append([]string{"days", "10"}, made...)...).Want(303).Location[3:]
		desk := strings.TrimSuffix(list, "/questions")
		id := civic.ID(desk[strings.LastIndex(desk, "/")+1:])
		officer.Post("/ru"+desk+"/open").Want(422, "добавьте хотя бы один вопрос")
		officer.Post("/ru"+list, "sort", "one", "label.kk", "Ауданыңыз", "label.ru", "Ваш район", "options.kk", "Алатау", "options.ru", "Алатау", "background", "yes").Want(422, "хотя бы два варианта", "Ваш район")
		officer.Post("/ru"+list, "sort", "one", "label.kk", "Ауданыңыз", "label.ru", "Ваш район", "options.kk", "Алатау\nБайқоңыр", "options.ru", "Алатау\nБайконур\n", "background", "yes").Want(303)
		officer.Post("/ru"+list, "sort", "yes_no", "label.kk", "Автобуспен жүресіз бе?", "label.ru", "Ездите на автобусе?", "required", "yes").Want(303)
		officer.Post("/ru"+list, "sort", "words", "label.kk", "Неге жүрмейсіз?", "label.ru", "Почему не ездите?", "when", "q2=no", "background", "yes").Want(422, "один ответ из списка")
		officer.Post("/ru"+list, "sort", "words", "label.kk", "Неге жүрмейсіз?", "label.ru", "Почему не ездите?", "when", "q2=no").Want(303)
		officer.Post("/ru"+list, "sort", "line", "label.kk", "Артық", "label.ru", "Лишний").Want(303)
		officer.Post("/ru"+list+"/drop", "key", "q4").Want(303)
		officer.Get("/ru"+list).Want(200, "если «Ездите на автобусе?» — Нет").Lacks("Лишний")
		officer.Post("/ru"+desk+"/margins", "m.q1.o1", "100", "m.q1.o2", "x", "source.kk", "Санақ", "source.ru", "Перепись").Want(422, "целое число")
		officer.Post("/ru"+desk+"/margins", "m.q1.o1", "100", "m.q1.o2", "300", "source.kk", "Санақ", "source.ru", "Перепись").Want(303)

		officer.Get("/ru"+desk+"/try").Want(200, "Это проба", "Ездите на автобусе?").Lacks("Почему не ездите?")
		officer.Post("/ru"+desk+"/try", "page", "q1,q2", "q.q2", "yes").Want(200, "ничего не сохранится", "Закончить пробу")
		c.Browser(nil).Get("/ru" + Path(id)).Want(404)
		c.Browser(nil).Get("/ru" + Path(id) + "/answer").Want(404)
		officer.Post("/ru"+desk+"/open").Want(200, "Чтобы открыть маршрут", "Бағыт ашу үшін", "Байконур", "Байқоңыр")
		officer.Post("/ru"+desk+"/open", "_sure", "yes").Want(303)
		c.WantActs("record.log.opened", "organisations.organisation.registered", "surveys.survey.opened")
		officer.Get("/ru" + list).Want(409)

		one, other := c.Browser(nil), c.Browser(nil)
		one.Get("/kk"+Path(id)).Want(200, "Жауап беру (1 минут)")
		one.Get("/ru/surveys").Want(200, transport["ru"])
		one.Get("/ru/search?q=транспорт").Want(200, transport["ru"])
		page := "/ru" + Path(id) + "/answer"
		one.Get(page).Want(200, "Ездите на автобусе?").Lacks("Почему не ездите?", "Код из письма")
		one.Post(page, "page", "q1,q2", "q.q1", "o1").Want(422, "Ответьте на этот вопрос")
		next := one.Post(page, "page", "q1,q2", "q.q1", "o1", "q.q2", "no").Want(200, "Почему не ездите?").Lacks("Ездите на автобусе?")
		hidden := next.Hidden()
		if hidden.Get("q.q1") != "o1" || hidden.Get("seen") != "q1,q2" || hidden.Get("page") != "q3" {
			t.Errorf("carried along: %v", hidden)
		}
		said := []string{"page", "q3", "seen", "q1,q2", "q.q1", "o1", "q.q2", "no", "q.q3", "Далеко <b>идти</b> =1+1"}
		one.Post(page, said...).Want(200, "изменить их нельзя", "Далеко &lt;b&gt;идти")
		one.Post(page, append(said, "_again", "")...).Want(200, "Ездите на автобусе?", "Почему не ездите?")
		one.Post(page, append(said, "_sure", "yes")...).Want(303)
		one.Get("/ru"+Path(id)).Want(200, "Вы уже ответили", `href="/ru/me"`)
		one.Get("/ru/me").Want(200, transport["ru"])
		other.Get("/ru/me").Want(200).Lacks(transport["ru"])
		one.Post(page, append(said, "_sure", "yes")...).Want(409)
		asel := c.Resident(civic.Russian)
		c.Browser(asel).Post(page, "page", "q1,q2", "q.q1", "o2", "q.q2", "yes", "_sure", "yes").Want(303)
		c.Browser(asel).Get("/ru/me").Want(200, transport["ru"])
		c.Browser(asel).Get("/ru/account/download").Want(200, string(id))
		for range 12 {
			c.Browser(nil).Post(page, "page", "q1,q2", "q.q1", "o2", "q.q2", "yes", "_sure", "yes").Want(303)
		}
		other.Get("/ru" + Path(id) + "/results").Want(404)
		other.Get(Path(id) + "/data.csv").Want(404)
		other.Get("/api/v1"+Path(id)).Want(200, `"questions_sha256"`).Lacks("figures")

		w.over(id)
		c.WantActs("surveys.survey.closed", "answers.obligation.owed", "surveys.survey.counted")
		other.Post(page, "page", "q1,q2", "q.q2", "yes", "_sure", "yes").Want(409)
		other.Get("/ru"+Path(id)).Want(200, "Посмотреть результаты", "По своему желанию ответили 14 человек")
		other.Get("/ru"+Path(id)+"/results").Want(200, "Да — 93 %", "Ответов слишком мало", "погрешность для них не считают").Lacks("Случайная выборка")
		// One of the fourteen lives in Alatau: nothing tells what they said.
		other.Get("/ru"+Path(id)+"/results/q2?of=open").Want(200, "По группам: Ваш район", "«…» значит")
		other.Get("/ru"+Path(id)+"/results/q1?of=open").Want(200, "…")
		other.Get("/ru"+Path(id)+"/results/q3?of=open").Want(200, "Ответов слишком мало").Lacks("идти")
		other.Get(Path(id)+"/data.csv").Want(200, "source,q2", "open,no", "open,yes").Lacks("идти", "o1")
		other.Get(Path(id)+"/codebook.json").Want(200, `"tabular-data-package"`).Lacks("Ваш район")
		w.officer = c.SignIn(w.officer)
		c.Browser(w.officer).Get(desk+"/data.csv").Want(200, "source,weight,q1,q2", "open,,o1,no").Lacks("идти")
		c.Browser(c.Officer(c.Body("Басқа"))).Get(desk + "/data.csv").Want(403)
		other.Get("/api/v1"+Path(id)).Want(200, `"figures"`).Lacks("идти")

		owed, err := w.Show(c.Ctx(), Who{}, id)
		c.Must(err)
		c.Must(c.City.Answers.Answer(c.Ctx(), w.officer.Actor, owed.Owed.ID, answers.Verdict{Outcome: answers.Taken, Reason: transport}, "Ж. Әлі, басшы"))
		c.Browser(asel).Get("/ru"+Path(id)).Want(200, "Отве")
		c.Jobs()
		if report, _ := c.Verified(); report.Compared < 4 || len(report.Remarks) > 0 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// 400 by letter beside 5,000 who wanted to: two figures, never one; the letters weighted and with a margin, the others without either.
func TestSampleBesideOpenAnswers(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id, codes := w.asked(Anyone, 400)
		for i, code := range codes {
			if i%2 == 0 { // half of them answer: 150 women, 50 men; two thirds of the women and two of five men by bus
				sex, bus := "f", "yes"
				if i%8 == 0 {
					sex = "m"
				}
				if n := i / 8; sex == "f" && i%8 == 2 || sex == "m" && n%5 > 1 {
					bus = "no"
				}
				c.Must(w.Answer(c.Ctx(), id, Who{Code: code}, says("q1", sex, "q2", bus)))
			}
		}
		var many []questions.Answers
		for range 5_000 {
			many = append(many, questions.Answers{"q2": {"no"}})
		}
		c.Write(func(tx *storage.Tx) error { return Fill(tx, id, Free, many) })
		w.over(id)
		r, err := w.ResultOf(c.Ctx(), id, Sample, "q2")
		c.Must(err)
		f := r.Figures[0]
		// Women 150, of whom 100 ride; men 50, of whom 20. Weights 0.52/0.75 and 0.48/0.25: (100·0.6933 + 20·1.92)/200 = 53.87%.
		if f.People != 200 || f.Lines[0].People != 120 || f.Lines[0].Share != 6000 || *f.Lines[0].Weighted != 5387 {
			t.Errorf("the sample: %+v, %d weighted", f.Lines, *f.Lines[0].Weighted)
		}
		// deff = 200·(150·0.6933² + 50·1.92²)/200² = 1.282: as many as 156; Wilson 0.4605 to 0.6150.
		if w := r.Totals.Weights; w.Effect != 1282 || w.EffectivelyN != 156 || *f.Lines[0].Low < 4590 || *f.Lines[0].Low > 4620 || *f.Lines[0].High < 6140 || *f.Lines[0].High > 6170 {
			t.Errorf("how sure: %+v, %d to %d", w, *f.Lines[0].Low, *f.Lines[0].High)
		}
		free, err := w.ResultOf(c.Ctx(), id, Free, "q2")
		c.Must(err)
		if f := free.Figures[0]; f.People != 5_000 || f.Lines[1].People != 5_000 || f.Lines[1].Low != nil || f.Lines[1].Weighted != nil {
			t.Errorf("open answers: %+v", f.Lines)
		}
		visitor := c.Browser(nil)
		visitor.Get("/ru"+Path(id)+"/results").Want(200, "Получили письмо: 400, ответили: 50 %", "Погрешность: в 95 из 100", "Да — 54 %").Main().Lacks("Да — 2 %")
		visitor.Get("/ru"+Path(id)+"/results/q2?of=sample").Want(200, "54 %", "60 %", "(100)")
		visitor.Get("/ru"+Path(id)+"/results?of=open").Want(200, "Нет — 100 %").Lacks("Погрешность: в 95")

		// The next year: the same questions, and what was said then stands beside.
		again, err := w.Service.Again(c.Ctx(), w.officer.Actor, id)
		c.Must(err)
		w.officer = c.SignIn(w.officer)
		_, codes, err = w.PrintLetters(c.Ctx(), w.officer.Actor, again, 20)
		c.Must(err)
		c.Must(w.Open(c.Ctx(), w.officer.Actor, again))
		for i, code := range codes {
			c.Must(w.Answer(c.Ctx(), again, Who{Code: code}, says("q1", []string{"f", "m"}[i%2], "q2", "yes")))
		}
		w.over(again)
		then, err := w.ResultOf(c.Ctx(), again, Sample, "q2")
		c.Must(err)
		if len(then.Trends) != 1 || *then.Trends[0][0].Points[0] != 5387 || *then.Trends[0][0].Points[1] != 10_000 {
			t.Errorf("the trend: %+v", then.Trends)
		}
		visitor.Get("/ru"+Path(again)+"/results/q2").Want(200, "Сравнение с прошлыми опросами", "54 %")
		visitor.Get("/ru"+Path(again)).Want(200, "Повторяет опрос")
	}, Capability())
}

// Of many at once with one code, one account or one browser, one answer counts.
func TestManyAnswerAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id, codes := w.asked(Anyone, 1)
		asel := c.Resident(civic.Kazakh)
		for name, who := range map[string]Who{"a code": {Code: strings.ToLower(codes[0])}, "an account": {Actor: asel.Actor}, "a browser": {Token: strings.Repeat("a", 32)}} {
			var wg sync.WaitGroup
			results := make([]error, 20)
			for i := range results {
				wg.Go(func() { results[i] = w.Answer(c.Ctx(), id, who, says("q2", "yes")) })
			}
			wg.Wait()
			taken := 0
			for _, err := range results {
				if err == nil {
					taken++
				} else if civic.CodeOf(err) != civic.Conflict {
					t.Errorf("%s: %v", name, err)
				}
			}
			if taken != 1 {
				t.Errorf("%s: %d answers", name, taken)
			}
		}
		c.Refused(w.Answer(c.Ctx(), id, Who{Code: "AAAA-BBBB"}, says("q2", "yes")), civic.Invalid)
		v, err := w.Show(c.Ctx(), Who{}, id)
		c.Must(err)
		if v.Answers[Sample] != 1 || v.Answers[Free] != 2 {
			t.Errorf("kept: %v", v.Answers)
		}
		// Who has left, leaves no trace on the roll.
		c.Must(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { return Capability().Personal.Erase(tx, asel.Account) }))
		c.Read(func(tx *storage.Tx) error {
			held, err := Capability().Personal.Export(tx, asel.Account)
			if held != nil {
				t.Errorf("left behind: %v", held)
			}
			return err
		})
	}, Capability())
}

// What pages do not show because too few answered it, the file has not either: neither a source of three, nor a question that three of many answered.
func TestTheDataFileHidesWhatPagesHide(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		a := w.officer.Actor
		id, err := w.Make(c.Ctx(), a, Survey{Title: transport, Purpose: transport, Drawn: transport, Body: w.akimat, Audience: Anyone, Days: 10})
		c.Must(err)
		for _, label := range []string{"Автобус", "Такси"} {
			c.Must(w.AddQuestion(c.Ctx(), a, id, questions.Question{Sort: questions.YesNo, Label: text(label, label)}, false))
		}
		_, codes, err := w.PrintLetters(c.Ctx(), a, id, 3)
		c.Must(err)
		c.Must(w.Open(c.Ctx(), a, id))
		for i := range 20 {
			said := says("q1", []string{"yes", "no"}[i%2])
			if i < 3 {
				said = says("q1", "yes", "q2", "no")
				c.Must(w.Answer(c.Ctx(), id, Who{Code: codes[i]}, said))
			}
			c.Must(w.Answer(c.Ctx(), id, Who{Token: fmt.Sprintf("%032d", i)}, said))
		}
		w.over(id)
		data := c.Browser(nil).Get(Path(id)+"/data.csv").Want(200, "source,q1,q2").Lacks("sample", ",no,no", ",yes,no").Body
		if rows, yes := strings.Count(data, "\nopen,"), strings.Count(data, "open,yes,\r\n")+strings.Count(data, "open,yes,\n"); rows != 20 || yes != 11 {
			t.Errorf("%d rows, %d of them yes, in\n%s", rows, yes, data)
		}
	}, Capability())
}

// Who may answer: the audience is asked, and a code is enough whatever it is.
func TestWhoMayAnswer(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		yes := says("q2", "yes")
		visitor, resident := Who{Token: strings.Repeat("b", 32)}, Who{Actor: c.Resident(civic.Kazakh).Actor}
		registered, _ := w.asked(Registered, 0)
		c.Refused(w.Answer(c.Ctx(), registered, visitor, yes), civic.Unauthenticated)
		c.Must(w.Answer(c.Ctx(), registered, resident, yes))
		verified, codes := w.asked(Verified, 1)
		c.Refused(w.Answer(c.Ctx(), verified, resident, yes), civic.Forbidden)
		visitor.Code = codes[0]
		c.Must(w.Answer(c.Ctx(), verified, visitor, yes))
		letters, _ := w.asked(Nobody, 1)
		c.Refused(w.Answer(c.Ctx(), letters, resident, yes), civic.Invalid)
		c.Must(w.Withdraw(c.Ctx(), w.officer.Actor, letters, text("Қате бар", "Есть ошибка")))
		c.Browser(nil).Get("/ru"+Path(letters)).Want(200, "Есть ошибка")
		c.Refused(w.Answer(c.Ctx(), letters, Who{Code: codes[0]}, yes), civic.Closed)
	}, Capability())
}

// A booklet with the code of a letter is entered by two people and counts as the letter; the same code then answers nowhere else. The survey waits for its
// sheets.
func TestBookletsCount(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id, codes := w.asked(Anyone, 2)
		second := c.Officer(w.akimat)
		run, layout, sheets, err := c.Paper.Print(c.Ctx(), w.officer.Actor, Ref(id), paper.Booklets, 3, civic.Russian)
		c.Must(err)
		if len(layout.Sections) != 4 || layout.Sections[2].Text != "2. Ездите на автобусе?" || layout.Sections[2].Choices[1] != "2. Нет" {
			t.Errorf("the booklet: %+v", layout.Sections)
		}
		c.Must(c.Paper.Give(c.Ctx(), w.officer.Actor, run.ID, "Кітапхана", 3))
		enter := func(sheet int, content string) {
			t.Helper()
			for _, who := range []*citytest.Person{w.officer, second} {
				_, err := c.Paper.Enter(c.Ctx(), who.Actor, run.ID, sheets[sheet], content)
				c.Must(err)
			}
		}
		enter(0, "0: "+codes[0]+"\n1: 1\n2: 2\n3: Алыс")
		c.Refused(w.Answer(c.Ctx(), id, Who{Code: codes[0]}, says("q2", "yes")), civic.Conflict)
		// Whoever got the letter answers on the phone while the booklet waits for a second person: it is accounted for, and does not count.
		_, err = c.Paper.Enter(c.Ctx(), w.officer.Actor, run.ID, sheets[2], "0: "+codes[1]+"\n2: 1")
		c.Must(err)
		c.Must(w.Answer(c.Ctx(), id, Who{Code: codes[1]}, says("q2", "yes")))
		state, err := c.Paper.Enter(c.Ctx(), second.Actor, run.ID, sheets[2], "0: "+codes[1]+"\n2: 1")
		if c.Must(err); state != paper.Void {
			t.Errorf("a booklet whose code was used meanwhile is %q", state)
		}
		for _, table := range []string{"paper_sheet", "paper_entry"} {
			c.Read(func(tx *storage.Tx) error {
				kept, err := storage.All(tx, storage.Scalar[string], "SELECT content FROM "+table+" WHERE content <> ''")
				if len(kept) > 0 {
					t.Errorf("%s keeps answers beside their code: %q", table, kept)
				}
				return err
			})
		}
		w.over(id)
		v, err := w.Show(c.Ctx(), Who{}, id)
		c.Must(err)
		if v.State != Closed || v.Answers[Sample] != 2 {
			t.Errorf("counted before its sheets are in: %s %v", v.State, v.Answers)
		}
		enter(1, "2: 1") // after the time, on paper
		c.Must(c.Paper.TakeBack(c.Ctx(), w.officer.Actor, run.ID, 1, paper.Back{Returned: 3, Spoilt: 0, Unused: 0}))
		_, err = c.Paper.Reconcile(c.Ctx(), w.officer.Actor, run.ID, "", false)
		c.Must(err)
		c.Must(w.Advance(c.Ctx()))
		v, err = w.Show(c.Ctx(), Who{}, id)
		c.Must(err)
		if v.State != Counted || v.Answers[Sample] != 2 || v.Answers[Free] != 1 {
			t.Errorf("%s %v", v.State, v.Answers)
		}
	}, Capability())
}

// Two people put what was written into themes, each alone; a third may not, and nobody reads it outside the body.
func TestTwoPutAnswersIntoThemes(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		id, _ := w.asked(Anyone, 0)
		for i := range 20 {
			c.Must(w.Answer(c.Ctx(), id, Who{Token: fmt.Sprintf("%032d", i)}, says("q1", "f", "q2", "no", "q3", fmt.Sprint("Аялдама алыс ", i%2))))
		}
		w.over(id)
		w.officer = c.SignIn(w.officer)
		path := "/ru/desk/surveys/" + string(id)
		officers := []*citytest.Person{w.officer, c.Officer(w.akimat), c.Officer(w.akimat)}
		first := c.Browser(officers[0])
		first.Get(path+"/coding/q3").Want(200, "Сначала назовите темы")
		first.Post(path+"/themes/q3", "themes.kk", "Алыс", "themes.ru", "Далеко").Want(422, "хотя бы две темы")
		first.Post(path+"/themes/q3", "themes.kk", "Алыс\nБасқа", "themes.ru", "Далеко\nДругое").Want(303)
		for n, who := range officers[:2] {
			for after := ""; ; {
				work, err := w.Coding(c.Ctx(), who.Actor, id, "q3", after)
				c.Must(err)
				var fields []string
				for _, written := range work.Written {
					theme := "1"
					if strings.HasSuffix(written.Text, "1") && n == 0 { // where they read otherwise
						theme = "2"
					}
					fields = append(fields, "theme."+written.ID, theme)
				}
				c.Browser(who).Post(path+"/coding/q3", fields...).Want(303)
				if after = work.Next; after == "" {
					break
				}
			}
		}
		c.Browser(officers[2]).Get(path+"/coding/q3").Want(200, "Эти ответы разносят двое других")
		defer func() { // once one of the two has left, another goes on in their place
			c.Must(c.DB.Write(c.Ctx(), func(tx *storage.Tx) error { return Capability().Personal.Erase(tx, officers[0].Account) }))
			c.Browser(officers[2]).Get(path + "/coding/q3").Want(200).Lacks("Эти ответы разносят двое других")
		}()
		c.Browser(officers[2]).Post(path + "/coding/q3").Want(403)
		first.Post(path+"/themes/q3", "themes.kk", "А\nБ", "themes.ru", "А\nБ").Want(409)
		c.Browser(c.Officer(c.Body("Басқа"))).Get(path + "/coding/q3").Want(403)
		// Ten alike and ten apart, where one uses the second theme for half: α = 1 − (39·10/2)/(30·10) … = −0.3 by Krippendorff's formula: D_o = 20/40, D_e = 2·30·10/(40·39).
		c.Browser(nil).Get("/ru"+Path(id)+"/results/q3").Want(200, "Далеко", "α Криппендорфа = −0,3", "Для выводов этого мало").Lacks("Аялдама алыс")
	}, Capability())
}

// The codebook is a data package of Frictionless, by its own schema, and fits the file.
func TestCodebookIsADataPackage(t *testing.T) {
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: []capability.Capability{Capability()}})
	w := open(c)
	id, _ := w.asked(Anyone, 0)
	for i := range 6 {
		c.Must(w.Answer(c.Ctx(), id, Who{Token: fmt.Sprintf("%032d", i)}, says("q2", "yes")))
	}
	w.over(id)
	body := c.Browser(nil).Get(Path(id) + "/codebook.json").Want(200).Body
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"datapackage.json", "dataresource.json", "tableschema.json", "tabledialect.json"} {
		raw, err := os.ReadFile(citytest.Shared(t, "data", "frictionless", name))
		c.Must(err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		c.Must(err)
		c.Must(compiler.AddResource("file:///"+name, doc))
	}
	schema, err := compiler.Compile("file:///datapackage.json")
	c.Must(err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	c.Must(err)
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	var book struct {
		Resources []struct {
			Schema struct {
				Fields []struct {
					Name        string
					Constraints struct{ Enum []string }
				}
			}
		}
	}
	c.Must(json.Unmarshal([]byte(body), &book))
	var names []string
	for _, f := range book.Resources[0].Schema.Fields {
		names = append(names, f.Name)
	}
	data := c.Browser(nil).Get(Path(id) + "/data.csv").Want(200).Body
	if head, _, _ := strings.Cut(strings.TrimPrefix(data, "\ufeff"), "\n"); strings.TrimSpace(head) != strings.Join(names, ",") {
		t.Errorf("the file has %q, the codebook %v", head, names)
	}
}

// Nobody but officers of its body works on a survey, whatever state it is in: each form of the desk refuses another body's officer, and nothing changes.
func TestOnlyItsBodyWorksOnASurvey(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		prepared, err := w.Make(c.Ctx(), w.officer.Actor, Survey{Title: transport, Purpose: transport, Drawn: transport, Body: w.akimat, Audience: Anyone, Days: 10})
		c.Must(err)
		c.Must(w.AddQuestion(c.Ctx(), w.officer.Actor, prepared, questions.Question{Sort: questions.YesNo, Label: transport}, true))
		asked, _ := w.asked(Anyone, 0)
		counted, _ := w.asked(Anyone, 0)
		c.Must(w.Answer(c.Ctx(), counted, Who{Token: strings.Repeat("c", 32)}, says("q2", "no", "q3", "Алыс")))
		w.over(counted)
		stranger := c.Browser(c.Officer(c.Body("Басқа")))
		for path, form := range map[string][]string{
			string(prepared) + "/edit":           {"title.kk", "Қ", "title.ru", "К", "days", "10", "audience", "anyone"},
			string(prepared) + "/questions":      {"sort", "yes_no", "label.kk", "Қ", "label.ru", "К"},
			string(prepared) + "/questions/drop": {"key", "q1"},
			string(prepared) + "/margins":        {"m.q1.yes", "1"},
			string(prepared) + "/try":            {"page", "q1", "q.q1", "yes"},
			string(prepared) + "/letters":        {"letters", "1"},
			string(prepared) + "/open":           {"_sure", "yes"},
			string(asked) + "/withdraw":          {"reason.kk", "Қ", "reason.ru", "К"},
			string(counted) + "/again":           {},
			string(counted) + "/themes/q3":       {"themes.kk", "А\nБ", "themes.ru", "А\nБ"},
			string(counted) + "/coding/q3":       {"theme.x", "1"},
		} {
			stranger.Post("/kk/desk/surveys/"+path, form...).Want(403)
		}
		for _, path := range []string{string(prepared), string(prepared) + "/questions", string(counted) + "/coding/q3"} {
			stranger.Get("/kk/desk/surveys/" + path).Want(403)
		}
		work, err := w.Work(c.Ctx(), w.officer.Actor, prepared)
		c.Must(err)
		if len(work.Form) != 1 || work.Invited != 0 || work.State != Preparing {
			t.Errorf("changed: %+v", work)
		}
	}, Capability())
}
