package appeals_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// town is a city with two bodies, an officer in each, and a moderator.
type town struct {
	*citytest.City
	*Service
	akimat, roads civic.ID
	officer       *citytest.Person // of the akimat
	moderator     *citytest.Person
}

func open(c *citytest.City) *town {
	t := &town{City: c, Service: citytest.Service[*Service](c), akimat: c.Body("Әкімдік"), roads: c.Body("Жол басқармасы")}
	t.officer, t.moderator = c.Officer(t.akimat), c.Moderator()
	return t
}

var pit = Appeal{Sort: Complaint, Open: true, Title: "Яма на улице Абая", Words: "У дома 14 глубокая яма, машины бьют колёса. Прошу заделать."}

// filed is an appeal of an account.
func (t *town) filed(who *citytest.Person, a Appeal) Appeal {
	t.T.Helper()
	filed, err := t.File(t.Ctx(), who.Actor, a, "", civic.Russian)
	t.Must(err)
	return filed
}

// caseOf is the only case of an appeal.
func (t *town) caseOf(id civic.ID) CaseView {
	t.T.Helper()
	v, err := t.Show(t.Ctx(), Who{Actor: t.officer.Actor}, id)
	t.Must(err)
	if len(v.Cases) != 1 {
		t.T.Fatalf("%d cases", len(v.Cases))
	}
	return v.Cases[0]
}

func (t *town) shown(id civic.ID) {
	t.T.Helper()
	t.Must(t.Decide(t.Ctx(), t.moderator.Actor, id, moderation.Choice{Approve: true}))
}

var said = civic.Text{"kk": "Шұңқыр бітелді", "ru": "Яма заделана"}

const clerk = "А. Жауапты, бөлім басшысы"

// toldOnce fails unless somebody was told that once.
func (t *town) toldOnce(who *citytest.Person, key string) {
	t.T.Helper()
	n := 0
	for _, told := range t.Told(who) {
		if told.Subject.Key == key {
			n++
		}
	}
	if n != 1 {
		t.T.Errorf("%s was told %d times", key, n)
	}
}

// mailed is the path of the page to which the last letter to an address leads.
func (t *town) mailed(to string) string {
	t.T.Helper()
	body := t.Letter(to).Text
	at := strings.Index(body, "/ru/appeals/")
	if at < 0 {
		t.T.Fatalf("no link in %q", body)
	}
	return strings.Fields(body[at:])[0]
}

// Somebody without an account files an appeal, confirms it by a button and not by opening a link, is answered, contests once,
// and closes the case; nobody reads it before a moderator has looked.
func TestAnAppealWithoutAnAccount(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		visitor := c.Browser(nil)
		visitor.Get("/ru/appeals").Want(200, "Обращений пока нет")
		visitor.Get("/ru").Want(200)
		form := []string{"sort", "complaint", "title", pit.Title, "words", pit.Words, "open", "yes", "body", string(w.akimat), "email", "saule@example.kz"}
		visitor.Post("/ru/appeals/new", "title", pit.Title).Want(422, "Выберите из списка", "Запишите адрес", pit.Title)
		visitor.Post("/ru/appeals/new", form...).Want(200, "После модератора всё это прочтёт любой", pit.Words, "saule@example.kz")
		visitor.Post("/ru/appeals/new", append(form, "_sure", "yes")...).Want(200, "Обращение ещё не подано")
		visitor.Get("/ru/appeals").Want(200, "Обращений пока нет")
		own := w.mailed("saule@example.kz")
		for range 2 { // programs that scan mails open links
			visitor.Get(own).Want(200, "Обращение ещё не подано", pit.Words, "этот браузер 30 дней помнит адрес")
		}
		c.WantActs("record.log.opened", "organisations.organisation.registered", "organisations.organisation.registered")
		visitor.Get("/ru/me").Want(200).Lacks(pit.Title) // who opens a link is not yet its reader
		visitor.Post(own + "/confirm").Want(303)
		// From now on the page of whoever has no account shows it in this browser, and leads there; until they have it forgotten.
		visitor.Get(own).Want(200, `href="/ru/me"`)
		visitor.Get("/ru/me").Want(200, pit.Title, `href="`+own+`"`, "Забыть адрес")
		c.Browser(nil).Get("/ru/me").Want(200).Lacks(pit.Title, "Забыть адрес")
		visitor.Post("/ru/me/forget").Want(303)
		visitor.Get("/ru/me").Want(200).Lacks(pit.Title, "Забыть адрес")
		visitor.Post(own + "/confirm").Want(303) // a second press files nothing
		visitor.Get("/ru/me").Want(200, pit.Title)
		visitor.Post("/ru/sign-out").Want(303) // who leaves a browser leaves nothing of theirs in it
		visitor.Get("/ru/me").Want(200).Lacks(pit.Title)
		c.WantActs("appeals.appeal.filed", "answers.obligation.owed", "appeals.case.registered")
		visitor.Get(own).Want(200, "Расписка: № 2026-000001", "data:image/png", pit.Words)

		page := own[:strings.Index(own, "/own/")]
		visitor.Get("/ru/appeals").Want(200, "Жалоба № 2026-000001", "Зарегистрировано").Lacks(pit.Title)
		visitor.Get(page).Want(200, "Текст смотрит модератор", "Әкімдік").Lacks(pit.Title, pit.Words)
		c.Browser(w.moderator).Get("/ru/desk/moderation").Want(200, pit.Words)
		id := civic.ID(page[strings.LastIndexByte(page, '/')+1:])
		c.Browser(w.moderator).Post("/ru/desk/appeals/words/"+string(id), "_act", "x").Want(422)
		w.shown(id)
		visitor.Get(page).Want(200, pit.Title, pit.Words)
		visitor.Get("/ru/search?q=ямы").Want(200, pit.Title)

		officer, desk := c.Browser(w.officer), "/ru/desk/appeals/cases/"+string(w.caseOf(id).ID)
		officer.Get("/ru/desk").Want(200, pit.Title)
		officer.Get("/ru/desk/appeals").Want(200, pit.Title)
		officer.Post(desk+"/take", "person", " ").Want(422, "Напишите, кто отвечает")
		officer.Post(desk+"/take", "person", clerk).Want(303)
		visitor.Get(page).Want(200, "Госорган работает", clerk)
		answer := []string{"outcome", "taken", "reason.kk", said["kk"], "reason.ru", said["ru"], "person", clerk}
		officer.Post(desk+"/answer", "outcome", "not_ours").Want(422, "передайте его")
		officer.Post(desk+"/answer", answer...).Want(200, "Ответ прочтут все", said["kk"])
		officer.Post(desk+"/answer", append(answer, "_sure", "yes")...).Want(303)
		officer.Post(desk+"/answer", append(answer, "_sure", "yes")...).Want(409)
		visitor.Get(page).Want(200, said["ru"], "Есть ответ, слово за тем, кто писал")
		c.Jobs()
		if text := c.Letter("saule@example.kz").Text; !strings.Contains(text, own) {
			t.Errorf("the mail with the answer does not lead to the own page: %s", text)
		}

		of := string(w.caseOf(id).ID)
		visitor.Post(page+"/own/nobodys", "case", of, "word", "done").Want(404)
		visitor.Post(own, "case", of).Want(422, "Выберите из списка")
		visitor.Post(own, "case", of, "word", "contested").Want(422, "Напишите, с чем не согласны")
		visitor.Post(own, "case", of, "word", "contested", "words", "Засыпали песком").Want(303)
		visitor.Get(page).Want(200, "Оспорено").Lacks("Засыпали песком")
		officer.Get(desk).Want(200, "Засыпали песком")
		officer.Post(desk+"/answer", append(answer, "_sure", "yes")...).Want(303)
		visitor.Get(own).Want(200, "Сделано частично").Lacks("пусть решит руководитель")
		visitor.Post(own, "case", of, "word", "contested", "words", "Опять").Want(409)
		visitor.Post(own, "case", of, "word", "partly").Want(303)
		visitor.Get(page).Want(200, "Закрыто: сделано частично")
		visitor.Get(own).Want(200, "вышестоящий госорган")
		visitor.Get("/ru").Want(200, "Закрыто: сделано частично")
		visitor.Get("/ru/answers?state=contested").Want(200, pit.Title)
		if report, _ := c.Verified(); report.Compared < 4 {
			t.Errorf("the record: %+v", report)
		}
	}, Capability())
}

// A private appeal is read by who filed it, the body and who registers it; everybody sees what sort it is, whose and what came of it.
func TestAPrivateAppeal(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel, other := c.Resident(civic.Russian), c.Officer(w.roads)
		secret := Appeal{Sort: Information, Title: "Справка о моём пособии", Words: "Почему мне не назначили пособие?"}
		a := w.filed(asel, secret)
		page := "/ru" + Path(a.ID)
		reads := func(p *citytest.Person, yes bool) {
			t.Helper()
			if got := c.Browser(p).Get(page).Want(200); yes {
				got.Want(200, secret.Words)
			} else {
				got.Want(200, "Запрос информации № 2026-000001").Lacks(secret.Words, secret.Title)
			}
		}
		reads(nil, false)
		reads(w.officer, false)
		reads(asel, true)
		reads(c.Administrator(), true)
		reads(w.moderator, false)
		c.Refused(w.Register(c.Ctx(), w.officer.Actor, a.ID, w.akimat), civic.Forbidden)
		clerk := c.With(c.Resident(civic.Russian), civic.Grant{Role: "appeals.registrar"})
		c.Browser(clerk).Get("/ru/desk").Want(200, secret.Title)
		c.Browser(clerk).Post("/ru/desk/appeals/register/"+string(a.ID)).Want(422, "Выберите из списка")
		c.Browser(clerk).Post("/ru/desk/appeals/register/"+string(a.ID), "body", string(w.akimat)).Want(303)
		c.Refused(w.Register(c.Ctx(), clerk.Actor, a.ID, w.roads), civic.Closed)
		reads(w.officer, true)
		reads(other, false)
		of := w.caseOf(a.ID)
		if days := of.Owed.Term; days.Days != 15 || days.Working { // calendar days, by the law on access to information
			t.Errorf("the term is %+v", days)
		}
		c.Refused(w.Take(c.Ctx(), other.Actor, of.ID, "Б."), civic.Forbidden)
		c.Refused(w.Decide(c.Ctx(), w.moderator.Actor, a.ID, moderation.Choice{Approve: true}), civic.Forbidden)
		c.Must(w.Reply(c.Ctx(), w.officer.Actor, of.ID, answers.Verdict{Outcome: answers.Partly, Reason: said, Promised: c.Now().AddDate(0, 1, 0)}, "А. Жауапты"))
		c.Browser(nil).Get(page).Want(200, "Ответ читает только тот, кто писал").Lacks(said["ru"])
		c.Browser(asel).Get(page).Want(200, said["ru"])
		for _, path := range []string{"/ru/answers", "/ru/answers?state=answered", "/ru/answers/" + string(of.Owed.ID), "/ru/record"} {
			c.Browser(nil).Get(path).Want(200).Main().Lacks("пособи", said["ru"])
		}
		c.Browser(nil).Get("/ru/search?q=пособие").Want(200, "Ничего не нашлось")
		c.Refused(w.Judge(c.Ctx(), Who{Actor: other.Actor}, a.ID, of.ID, Says{Word: Done}), civic.Forbidden)
		c.Must(w.Judge(c.Ctx(), Who{Actor: asel.Actor}, a.ID, of.ID, Says{Word: Done, Words: "Спасибо"}))
		c.Refused(w.Judge(c.Ctx(), Who{Actor: asel.Actor}, a.ID, of.ID, Says{Word: Done}), civic.Closed)
		c.Browser(asel).Get("/ru/me").Want(200, secret.Title, "Закрыто: сделано")

		c.Browser(asel).Get("/ru/account/download").Want(200, "пособие", "Спасибо")
		c.Browser(asel).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		c.Read(func(tx *storage.Tx) error {
			held, err := Capability().Personal.Export(tx, asel.Account)
			if left, _ := json.Marshal(held); string(left) != "null" {
				t.Errorf("left behind: %s", left)
			}
			return err
		})
		reads(c.Administrator(), false)
		c.Browser(nil).Get(page).Want(200, "Закрыто: сделано")
	}, Capability())
}

// Nothing said in time closes a case with that word; what is not needed any more is not owed any more; what nobody confirmed is gone.
func TestSilenceAndWithdrawal(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel := c.Resident(civic.Russian)
		to := pit
		to.Wished = w.akimat
		silent, gone, unknown := w.filed(asel, to), w.filed(asel, to), w.filed(asel, pit)
		draft, err := w.File(c.Ctx(), civic.Actor{}, pit, "dauren@example.kz", civic.Russian)
		c.Must(err)
		c.Must(w.Reply(c.Ctx(), w.officer.Actor, w.caseOf(silent.ID).ID, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk))
		of := w.caseOf(gone.ID)
		c.Must(w.Judge(c.Ctx(), Who{Actor: asel.Actor}, gone.ID, of.ID, Says{Word: NotNeeded}))
		c.Refused(w.Reply(c.Ctx(), w.officer.Actor, of.ID, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk), civic.Closed)
		if of = w.caseOf(gone.ID); of.Owed.State != answers.Dropped || of.Word != NotNeeded {
			t.Errorf("%s, %s", of.Owed.State, of.Word)
		}
		c.Browser(nil).Get("/ru/answers/"+string(of.Owed.ID)).Want(200, "Больше не нужно")
		page := "/ru" + Path(unknown.ID)
		c.Browser(c.Resident("")).Post(page+"/withdraw", "case", "").Want(403)
		c.Browser(asel).Post(page+"/withdraw", "case", "").Want(200, "Вернуть нельзя")
		c.Browser(asel).Post(page+"/withdraw", "case", "", "_sure", "yes").Want(303)
		c.Browser(nil).Get("/ru"+Path(unknown.ID)).Want(200, "Закрыто: больше не нужно")

		c.Pass(15 * 24 * time.Hour)
		c.Jobs()
		if of = w.caseOf(silent.ID); of.State != Answered {
			t.Errorf("closed a day too early: %s", of.State)
		}
		c.Pass(3 * 24 * time.Hour)
		c.Jobs()
		if of = w.caseOf(silent.ID); of.State != Closed || of.Word != Silent {
			t.Errorf("%s, %s", of.State, of.Word)
		}
		w.toldOnce(asel, "appeals.told_silent")
		if _, err := w.Show(c.Ctx(), Who{Actor: w.officer.Actor}, draft.ID); civic.CodeOf(err) != civic.NotFound {
			t.Errorf("the draft: %v", err)
		}
		c.SkipActs()
	}, Capability())
}

// Numbers are given once, however many file at once; of two words for one case, one counts.
func TestAtOnce(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		to := pit
		to.Wished = w.akimat
		const n = 16
		var people [n]*citytest.Person
		for i := range people {
			people[i] = c.Resident(civic.Russian)
		}
		numbers, ids := [n]string{}, [n]civic.ID{}
		together(n, func(i int) {
			a, err := w.File(c.Ctx(), people[i].Actor, to, "", civic.Russian)
			if err != nil {
				t.Error(err)
			}
			numbers[i], ids[i] = a.Number(), a.ID
		})
		seen := map[string]bool{}
		for _, number := range numbers {
			if seen[number] || number < "2026-000001" || number > "2026-000016" {
				t.Errorf("the number %s", number)
			}
			seen[number] = true
		}
		of := w.caseOf(ids[0])
		c.Must(w.Reply(c.Ctx(), w.officer.Actor, of.ID, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk))
		var mu sync.Mutex
		taken := 0
		together(n, func(i int) {
			err := w.Judge(c.Ctx(), Who{Actor: people[0].Actor}, ids[0], of.ID, Says{Word: []Word{Done, NotDone}[i%2]})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken++
			} else if civic.CodeOf(err) != civic.Closed {
				t.Error(err)
			}
		})
		if taken != 1 {
			t.Errorf("%d words were taken", taken)
		}
		c.Acts()
	}, Capability())
}

func together(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

// A case that is forwarded by a step that is run again, as after a conflict, is the next body's whole: the first owes it no more.
func TestForwardingIsRunAgain(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		to := pit
		to.Wished = w.akimat
		asel := c.Resident(civic.Russian)
		a := w.filed(asel, to)
		w.shown(a.ID)
		first := w.caseOf(a.ID)
		c.Must(w.Take(c.Ctx(), w.officer.Actor, first.ID, "А. Б."))
		c.Must(w.Forward(storage.Again(c.Ctx()), w.officer.Actor, first.ID, w.roads, nil, said))
		v, err := w.Show(c.Ctx(), Who{Actor: asel.Actor}, a.ID)
		c.Must(err)
		if len(v.Cases) != 2 || v.Cases[0].State != Forwarded {
			t.Errorf("%+v", v.Cases)
		}
		c.SkipActs()
	}, Capability())
}

// A part is another body's: it has a clock of its own, and both are told. The body asks, and its clock stands until the applicant says
// it, or the time for that is over; only the two read what was asked.
func TestForwardedInPartAndPaused(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel, roads := c.Resident(civic.Russian), c.Officer(w.roads)
		to := pit
		to.Wished = w.akimat
		a := w.filed(asel, to)
		w.shown(a.ID)
		page, visitor := "/ru"+Path(a.ID), c.Browser(nil)
		visitor.Get(page).Want(200, "Зарегистрировано")
		first := w.caseOf(a.ID)
		officer, desk := c.Browser(w.officer), "/ru/desk/appeals/cases/"+string(first.ID)
		officer.Get(desk).Want(200, "Передать другому госоргану").Lacks("Спросить того, кто писал") // nobody works on it yet
		c.Refused(w.Forward(c.Ctx(), roads.Actor, first.ID, w.roads, nil, said), civic.Forbidden)
		officer.Post(desk+"/forward", "whose", string(w.akimat)).Want(422, "Выберите из списка")
		officer.Post(desk+"/forward", "whose", string(w.roads), "what.kk", "Белгі", "what.ru", "Дорожный знак", "reason.kk", "Біздікі емес", "reason.ru", "Знаки не наши").Want(303)
		visitor.Get(page).Want(200, "Әкімдік", "Жол басқармасы", "Дорожный знак", "Знаки не наши")
		v, err := w.Show(c.Ctx(), Who{Actor: asel.Actor}, a.ID)
		c.Must(err)
		second := v.Cases[1]
		if second.Origin != first.ID || second.Owed.State != answers.Running || v.Cases[0].State != Registered || second.Body != w.roads {
			t.Errorf("%+v", second)
		}
		c.Browser(roads).Get("/ru/desk").Want(200, "Дорожный знак")
		c.Jobs()
		w.toldOnce(asel, "appeals.told_forwarded")
		c.SkipActs() // and opens the record
		w.paused(t, asel, first, second)
	}, Capability())
}

// paused goes on with an appeal of which a part was forwarded.
func (w *town) paused(t *testing.T, asel *citytest.Person, first, second CaseView) {
	id := first.Appeal
	page, desk := "/ru"+Path(id), "/ru/desk/appeals/cases/"+string(first.ID)
	visitor, officer := w.Browser(nil), w.Browser(w.officer)
	w.Must(w.Take(w.Ctx(), w.officer.Actor, first.ID, clerk))
	officer.Post(desk+"/ask", "question", " ").Want(422, "Заполните это поле")
	officer.Post(desk+"/ask", "question", "У какого именно дома?").Want(303)
	visitor.Get(page).Want(200, "Приостановлено").Lacks("У какого именно дома")
	visitor.Get("/ru/answers/"+string(first.Owed.ID)).Want(200, "Госорган запросил сведения")
	w.Refused(w.Answers.GoOn(w.Ctx(), w.officer.Actor, first.Owed.ID), civic.Closed) // the page of answers would leave the appeal behind
	w.Pass(5 * 24 * time.Hour)
	w.Browser(asel).Post(page+"/tell", "case", string(first.ID), "words", "У дома 14, со двора").Want(303)
	w.Browser(asel).Post(page+"/tell", "case", string(first.ID), "words", "Ещё раз").Want(409)
	officer.Get(desk).Want(200, "У дома 14, со двора")
	v, err := w.Show(w.Ctx(), Who{}, id)
	w.Must(err)
	if !v.Cases[0].Owed.Due.After(first.Owed.Due) || len(v.Cases[0].Talk) != 0 {
		t.Errorf("due %v, then %v; %d words", first.Owed.Due, v.Cases[0].Owed.Due, len(v.Cases[0].Talk))
	}
	w.Refused(w.Forward(w.Ctx(), w.officer.Actor, first.ID, w.roads, nil, said), civic.Closed) // it is too late

	w.Must(w.Ask(w.Ctx(), w.officer.Actor, first.ID, "И ещё: когда?"))
	w.Pass(30 * 24 * time.Hour)
	w.Jobs()
	visitor.Get(page).Want(200, "Госорган работает")
	w.Must(w.Reply(w.Ctx(), w.officer.Actor, first.ID, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk))
	visitor.Get("/ru/appeals").Want(200, "Зарегистрировано") // the other body has not answered
	w.Must(w.Judge(w.Ctx(), Who{Actor: asel.Actor}, id, first.ID, Says{Word: Done}))
	w.Must(w.Judge(w.Ctx(), Who{Actor: asel.Actor}, id, second.ID, Says{Word: NotNeeded}))
	visitor.Get("/ru/appeals?state=closed").Want(200, pit.Title)
	if report, _ := w.Verified(); report.Compared < 3 {
		t.Errorf("the record: %+v", report)
	}
	w.SkipActs()
}

// Who filed an appeal asks, once, for another decision on its words, with an account or by the link of a mail; another moderator decides,
// and the body has worked on it all the time.
func TestWordsThatWereRemoved(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel, other, visitor := c.Resident(civic.Russian), c.Moderator(), c.Browser(nil)
		to := pit
		to.Wished = w.akimat
		a := w.filed(asel, to)
		mailed, err := w.File(c.Ctx(), civic.Actor{}, to, "saule@example.kz", civic.Russian)
		c.Must(err)
		own := w.mailed("saule@example.kz")
		visitor.Post(own + "/confirm").Want(303)
		c.Browser(asel).Get("/ru" + Path(a.ID) + "/contest").Want(404) // nothing was removed
		remove := moderation.Choice{Rule: "personal_data.1", Reason: "Номер телефона"}
		c.Must(w.Decide(c.Ctx(), w.moderator.Actor, a.ID, remove))
		c.Must(w.Decide(c.Ctx(), w.moderator.Actor, mailed.ID, remove))
		page := "/ru" + Path(a.ID)
		visitor.Get(page).Want(200, "Текст скрыт", "Номер телефона").Lacks(pit.Words)
		c.Browser(w.officer).Get("/ru/desk/appeals/cases/"+string(w.caseOf(a.ID).ID)).Want(200, pit.Words, "Ответить")
		c.Browser(other).Post(page+"/contest", "words", "Я не писал").Want(403)
		c.Browser(asel).Post(page+"/contest", "words", " ").Want(422)
		c.Browser(asel).Post(page+"/contest", "words", "Там нет телефона").Want(303)
		c.Browser(asel).Post(page+"/contest", "words", "Ещё раз").Want(409)
		visitor.Post(own+"/contest", "words", "Это номер дома").Want(303)
		c.Refused(w.Decide(c.Ctx(), w.moderator.Actor, a.ID, moderation.Choice{Approve: true, Reason: "Верно"}), civic.Forbidden)
		c.Browser(other).Get("/ru/desk/appeals/words/"+string(a.ID)).Want(200, "Там нет телефона")
		c.Must(w.Decide(c.Ctx(), other.Actor, a.ID, moderation.Choice{Approve: true, Reason: "Номера нет"}))
		c.Must(w.Uphold(c.Ctx(), other.Actor, mailed.ID, moderation.Choice{Reason: "Номер есть"}))
		visitor.Get(page).Want(200, pit.Words)
		visitor.Get(own).Want(200, "Номер есть")
		w.toldOnce(asel, "moderation.told_restored")
		c.SkipActs()
	}, Capability())
}

// What is taken away holds what everybody reads, and no more.
func TestFilesAndTheInterface(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel := c.Resident(civic.Russian)
		to := pit
		to.Wished, to.Theme = w.akimat, "environment"
		shown := w.filed(asel, to)
		w.shown(shown.ID)
		private := w.filed(asel, Appeal{Sort: Information, Title: "Тайна", Words: "Моё пособие"})
		c.Must(w.Reply(c.Ctx(), w.officer.Actor, w.caseOf(shown.ID).ID, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk))
		visitor := c.Browser(nil)
		for _, path := range []string{"/appeals.csv", "/appeals-excel.csv", "/api/v1/appeals", "/ru/appeals.atom"} {
			visitor.Get(path).Want(200, pit.Title, "2026-000002").Lacks("Тайна", "пособие")
		}
		visitor.Get("/appeals.xlsx").Want(200)
		visitor.Get("/appeals.csv?theme=health").Want(200).Lacks(pit.Title)
		visitor.Get("/api/v1/appeals?sort=information").Want(200, "2026-000002").Lacks(pit.Title)
		visitor.Get("/api/v1/appeals/"+string(shown.ID)).Want(200, said["kk"], `"outcome":"taken"`)
		visitor.Get("/api/v1/appeals/"+string(private.ID)).Want(200, `"state":"filed"`).Lacks("Тайна")
		visitor.Get("/ru/appeals?theme=environment").Want(200, pit.Title).Lacks("2026-000002")
	}, Capability())
}

// Before filing, what is already there in like words nearby is shown, and a body that may be asked; who joins keeps their voice and is told,
// and their note is for the body.
func TestAlike(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		asel, dauren, visitor := c.Resident(civic.Russian), c.Resident(civic.Russian), c.Browser(nil)
		to := pit
		to.Wished = w.akimat
		a := w.filed(asel, to)
		secret := w.filed(asel, Appeal{Sort: Complaint, Title: pit.Title, Words: pit.Words, Wished: w.akimat})
		form := []string{"sort", "complaint", "title", "Ямы на улице Абая, дом 14", "words", "Глубокую яму никто не заделал", "open", "yes", "email", "a@example.kz"}
		visitor.Post("/ru/appeals/new", form...).Want(200).Lacks("Похожее уже есть") // nobody has looked at it
		w.shown(a.ID)
		visitor.Post("/ru/appeals/new", form...).Want(200, "Похожее уже есть", pit.Title, Path(a.ID)).Lacks(secret.Number())
		visitor.Post("/ru/appeals/new", "sort", "proposal", "title", "Концерт в парке", "words", "Пусть играет оркестр", "open", "yes", "email", "a@example.kz").Want(200).Lacks("Похожее уже есть")
		visitor.Post("/ru/appeals/new", "sort", "proposal", "title", "Жол жабылды", "words", "Басқарма қарасын", "open", "yes", "email", "a@example.kz").Want(200, "Возможно, это дело", "Жол басқармасы").Lacks("Әкімдік")

		page := "/ru" + Path(a.ID)
		visitor.Get(page).Want(200, "У меня так же")
		c.Browser(asel).Post(page+"/join", "note", "").Want(403)
		c.Browser(dauren).Post("/ru"+Path(secret.ID)+"/join", "note", "").Want(404)
		for range 2 {
			c.Browser(dauren).Post(page+"/join", "note", "И у нас, двор 16").Want(303)
		}
		visitor.Get(page).Want(200, "То же говорит ещё 1 человек").Lacks("двор 16")
		c.Browser(w.officer).Get("/ru/desk/appeals/cases/"+string(w.caseOf(a.ID).ID)).Want(200, "И у нас, двор 16")
		c.Must(w.Reply(c.Ctx(), w.officer.Actor, w.caseOf(a.ID).ID, answers.Verdict{Outcome: answers.Taken, Reason: said}, clerk))
		c.Jobs()
		w.toldOnce(dauren, "appeals.told_answered")
		c.Browser(dauren).Get("/ru/account/download").Want(200, "двор 16")
		c.Browser(dauren).Post(page + "/leave").Want(303)
		visitor.Get(page).Want(200).Lacks("То же говорит")
		c.Must(w.Join(c.Ctx(), dauren.Actor, a.ID, "Снова"))
		c.Browser(dauren).Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(303)
		visitor.Get(page).Want(200).Lacks("То же говорит")
		c.Must(w.Judge(c.Ctx(), Who{Actor: asel.Actor}, a.ID, w.caseOf(a.ID).ID, Says{Word: Done}))
		c.Refused(w.Join(c.Ctx(), c.Resident("").Actor, a.ID, ""), civic.Closed)
		c.SkipActs()
	}, Capability())
}
