package consultations

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// A vote becomes an answer with a promise, and a statement that is another body's. What was promised is
// delivered, contested by one who asked, delivered again and confirmed. Nobody else has a say, and who leaves
// is named nowhere.
func TestWhatAnAnswerLeavesToDo(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, nil, "Ағаш керек", "Скамейки", "Трамвай керек")
		asel, dauren := c.Resident(civic.Russian), c.Resident(civic.Kazakh)
		for _, p := range []*citytest.Person{asel, dauren} {
			c.must(c.Vote(c.ctx(), id, Voter{Actor: p.Actor}, 1, Agree))
		}
		c.at(start.AddDate(0, 0, 30))
		c.Jobs()
		promised := c.Now().AddDate(0, 0, 20)
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: both("Рақмет"), Person: "А. Жауапты", Items: []AnswerItem{
			{Statement{No: 1}, answers.Verdict{Outcome: answers.Taken, Reason: both("Отырғызамыз"), Promised: promised}},
			{Statement{No: 2}, answers.Verdict{Outcome: answers.NotTaken, Reason: both("Орын жоқ")}},
			{Statement{No: 3}, answers.Verdict{Outcome: answers.NotOurs, Whose: organisations.RefOf(police), Reason: both("Полицияға")}},
		}}, true))
		c.Jobs()
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		if len(v.Further[1]) != 1 || len(v.Further[2]) != 0 || len(v.Further[3]) != 1 || v.Further[3][0].Body != organisations.RefOf(police) || v.Further[3][0].Term.Days != v.AnswerDays {
			t.Fatalf("left to do: %+v", v.Further)
		}
		c.Browser(nil).Get("/ru"+Path(id)).Want(http.StatusOK, "1 мнение принято, 1 не принято, 1 относится к другому госоргану", "Обещано к")
		deed := v.Further[1][0]
		if deed.Owed != answers.Deed || deed.Due.Before(promised) {
			t.Errorf("the promise: %+v", deed)
		}

		page := "/ru" + answers.Path(deed.ID)
		deliver := func() {
			c.pass(time.Hour)
			c.must(c.Answers.Answer(c.ctx(), officer(akimat), deed.ID, answers.Verdict{Outcome: answers.Done, Reason: both("Отырғызылды")}, "А. Жауапты"))
			c.Jobs()
		}
		said := func(p *citytest.Person, act, words string) *citytest.Page {
			return c.Browser(c.SignIn(p)).Post(page+"/reply", "act", act, "words", words)
		}
		said(asel, "contest", "Нет деревьев").Want(http.StatusConflict)
		deliver()
		for _, p := range []*citytest.Person{asel, dauren} {
			if told := c.Told(p); told[0].Subject.Key != "answers.told_delivered" || told[0].Path != answers.Path(deed.ID) {
				t.Errorf("told %+v", told[0])
			}
		}
		stranger := c.Resident(civic.Russian)
		c.Browser(nil).Get(page).Want(http.StatusOK, "Сделано", "Войти")
		c.Browser(stranger).Get(page).Want(http.StatusOK).Lacks("Да, сделано")
		said(stranger, "contest", "Нет").Want(http.StatusForbidden)
		said(asel, "contest", "").Want(http.StatusUnprocessableEntity, "Напишите, чего не хватает")
		said(asel, "contest", "Нет деревьев").Want(http.StatusSeeOther)
		said(dauren, "confirm", "").Want(http.StatusSeeOther)
		c.Browser(nil).Get(page).Want(http.StatusOK, "Оспорено", "1 человек оспаривает", "1 человек подтверждает").Lacks("Нет деревьев")
		c.Browser(c.Officer(akimat)).Get("/ru/desk/answers/"+string(deed.ID)).Want(http.StatusOK, "Нет деревьев", "Сообщить, что сделано")
		c.Browser(c.Officer(police)).Get("/ru/desk/answers/" + string(deed.ID)).Want(http.StatusForbidden)

		deliver() // and each has a word on that
		said(asel, "confirm", "").Want(http.StatusSeeOther)
		c.Browser(nil).Get(page).Want(http.StatusOK, "Подтверждено", "1 человек подтверждает").Lacks("Оспорено")
		leaving := c.Browser(c.SignIn(asel))
		leaving.Get("/ru/account/download").Want(http.StatusOK, "Нет деревьев")
		leaving.Post("/ru/account/delete", "sure", "yes", "password", citytest.Password).Want(http.StatusSeeOther)
		c.Read(func(tx *storage.Tx) error {
			held, err := storage.All(tx, storage.Scalar[string], "SELECT who || words FROM answers_reply WHERE who = $1 OR words LIKE '%деревьев%'", asel.Account)
			if len(held) > 0 {
				t.Errorf("left behind: %s", strings.Join(held, ", "))
			}
			return err
		})
		c.Browser(nil).Get(page).Want(http.StatusOK, "1 человек подтверждает")
		c.pass(40 * 24 * time.Hour)
		said(dauren, "contest", "Поздно").Want(http.StatusConflict)
	})
}

// Who voted without an account and asked to be told has a word on the answer and on what was promised, with the
// link of a mail: where the link of the consultation was enough to vote, and who asked before the body spoke.
func TestWhoAskedWithoutAnAccount(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(s *Settings) { s.Audience = Anyone }, "Ағаш керек")
		visitor := c.Browser(nil)
		follow := "/ru" + part.FollowPath(civic.Ref{Kind: Kind, ID: id})
		// link finds the address in the newest letter of somebody.
		link := func(to, shape string) string {
			t.Helper()
			c.Jobs()
			found := regexp.MustCompile(`/ru/` + shape).FindString(c.Letter(to).Text)
			if found == "" {
				t.Fatalf("no link %s in the mail to %s:\n%s", shape, to, c.Letter(to).Text)
			}
			return found
		}
		asks := func(email string) {
			visitor.Post(follow, "email", email, "pace", "now").Want(http.StatusOK)
			visitor.Post(link(email, "following/[0-9a-v]{32}")+"/confirm", "kind", Kind, "id", string(id)).Want(http.StatusSeeOther)
		}
		asks("a@example.kz")
		asks("b@example.kz")
		c.at(start.AddDate(0, 0, 30))
		c.Jobs()
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: both("Рақмет"), Person: "А. Жауапты", Items: []AnswerItem{
			{Statement{No: 1}, answers.Verdict{Outcome: answers.Taken, Reason: both("Отырғызамыз"), Promised: c.Now().AddDate(0, 0, 20)}},
		}}, true))
		visitor.Get(strings.TrimSuffix(link("b@example.kz", "consultations/"+string(id)+"#answer"), "#answer")).Want(http.StatusOK, `<div id="answer">`)
		const mailPage = "answers/[0-9a-v]{26}/mail/[0-9a-v]{32}"
		visitor.Get(link("a@example.kz", mailPage)).Want(http.StatusOK, "Это ответ?", "Да, это ответ")
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		deed := v.Further[1][0].ID
		c.pass(time.Hour)
		asks("late@example.kz")
		c.must(c.Answers.Answer(c.ctx(), officer(akimat), deed, answers.Verdict{Outcome: answers.Done, Reason: both("Отырғызылды")}, "А. Жауапты"))

		a, b, late, page := link("a@example.kz", mailPage), link("b@example.kz", mailPage), link("late@example.kz", mailPage), "/ru"+answers.Path(deed)
		visitor.Get(a).Want(http.StatusOK, "Отырғызылды", "Нет, не сделано")
		visitor.Get(page).Want(http.StatusOK).Lacks("1 человек")
		visitor.Post(a, "act", "contest").Want(http.StatusUnprocessableEntity, "Напишите, чего не хватает")
		visitor.Post(a, "act", "contest", "words", "Деревьев нет").Want(http.StatusSeeOther)
		visitor.Get(a).Want(http.StatusOK, "Вы оспорили")
		visitor.Get(page).Want(http.StatusOK, "Оспорено", "1 человек оспаривает").Lacks("Деревьев нет")
		c.Browser(c.Officer(akimat)).Get("/ru/desk/answers/"+string(deed)).Want(http.StatusOK, "Деревьев нет")
		visitor.Post(a, "act", "confirm").Want(http.StatusSeeOther) // one word each, the last
		visitor.Post(b, "act", "confirm").Want(http.StatusSeeOther)
		visitor.Get(page).Want(http.StatusOK, "Подтверждено", "2 человека подтверждают").Lacks("оспаривает")

		// The promise was made before the late one asked, its delivery after; who asked after both has no say.
		visitor.Post(late, "act", "contest", "words", "Нет").Want(http.StatusSeeOther)
		answer := answers.MailPath(v.Owed.ID)
		visitor.Post("/ru"+answer+a[strings.LastIndex(a, "/"):], "act", "confirm").Want(http.StatusSeeOther)
		visitor.Get("/ru"+answer+late[strings.LastIndex(late, "/"):]).Want(http.StatusForbidden, "до ответа госоргана")
		visitor.Get("/ru" + answer + "/" + civic.Token()).Want(http.StatusNotFound)
		// Who deletes the address stays counted, and nothing leads from the word to them.
		visitor.Post("/ru/unsubscribe" + a[strings.LastIndex(a, "/"):]).Want(http.StatusOK)
		visitor.Get(a).Want(http.StatusNotFound)
		visitor.Get(page).Want(http.StatusOK, "2 человека подтверждают")
		c.Read(func(tx *storage.Tx) error {
			left, err := storage.One(tx, storage.Scalar[int], "SELECT COUNT(*) FROM answers_reply WHERE who NOT IN ('', (SELECT id FROM notifications_reader WHERE email = 'b@example.kz'), (SELECT id FROM notifications_reader WHERE email = 'late@example.kz'))")
			if left != 0 {
				t.Errorf("%d words still lead to an address that is gone", left)
			}
			return err
		})
		c.SkipActs()
	})
}

// Where votes need an account, an address alone asked nothing.
func TestAnAddressAloneAskedNothing(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(s *Settings) { s.Audience = Registered }, "Ағаш керек")
		kind, _ := c.Declared.Kind(Kind)
		c.Read(func(tx *storage.Tx) error {
			open, err := kind.Asking.Open(tx, id)
			if open != (civic.Ref{}) {
				t.Errorf("%v", open)
			}
			return err
		})
	})
}

// Who follows a consultation learns of each step of what is owed about it and about its statements, also where votes need an
// account, in which they took no part; of what those who asked say, once for each verdict.
func TestFollowersLearnOfEachStep(t *testing.T) {
	each(t, func(t *testing.T, c *testCity) {
		id := opened(c, func(s *Settings) { s.Audience = Registered }, "Ағаш керек", "Трамвай керек")
		voted, reader := c.Resident(civic.Russian), c.Resident(civic.Russian)
		c.must(c.Vote(c.ctx(), id, Voter{Actor: voted.Actor}, 1, Agree))
		c.must(c.Notifications.Follow(c.ctx(), reader.Account, civic.Ref{Kind: Kind, ID: id}))
		// wants reads what the follower was told since it was asked last, the oldest first.
		seen := 0
		wants := func(keys ...string) {
			t.Helper()
			c.Jobs()
			all := c.Told(reader)
			var got []string
			for i := len(all) - seen - 1; i >= 0; i-- {
				got = append(got, all[i].Subject.Key)
			}
			if seen = len(all); strings.Join(got, " ") != strings.Join(keys, " ") {
				t.Errorf("told %s, want %s", got, keys)
			}
			c.pass(time.Hour)
		}
		step := func(body civic.ID, of civic.ID, step string, form ...string) {
			t.Helper()
			c.Browser(c.Officer(body)).Post("/ru/desk/answers/"+string(of)+"/"+step, append(form, "reason.kk", "Себебі бар", "reason.ru", "Есть причина")...).Want(http.StatusSeeOther)
		}
		c.at(start.AddDate(0, 0, 30).Add(9 * time.Hour))
		wants("consultations.news_closed")
		v, err := c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		whole := v.Owed.ID
		step(akimat, whole, "pause")
		wants("answers.told_pause")
		step(akimat, whole, "resume")
		wants("answers.told_resume")
		step(akimat, whole, "extend", "days", "2")
		wants("answers.told_extend")
		c.must(c.SaveAnswer(c.ctx(), officer(akimat), id, Answer{Text: both("Рақмет"), Person: "А. Жауапты", Items: []AnswerItem{
			{Statement{No: 1}, answers.Verdict{Outcome: answers.Taken, Reason: both("Отырғызамыз"), Promised: c.Now().AddDate(0, 0, 20)}},
			{Statement{No: 2}, answers.Verdict{Outcome: answers.NotOurs, Whose: organisations.RefOf(police), Reason: both("Полицияға")}},
		}}, true))
		wants("consultations.news_answered")
		v, err = c.View(c.ctx(), id, Voter{}, 0)
		c.must(err)
		deed, other := v.Further[1][0].ID, v.Further[2][0].ID
		step(police, other, "pause")
		wants("answers.told_pause")
		step(police, other, "resume")
		wants("answers.told_resume")
		step(police, other, "pass", "whose", organisations.RefOf(akimat).String())
		wants("answers.told_pass")
		c.must(c.Answers.Answer(c.ctx(), officer(akimat), deed, answers.Verdict{Outcome: answers.Done, Reason: both("Отырғызылды")}, "А. Жауапты"))
		wants("answers.told_delivered")
		said := func(act string) {
			t.Helper()
			c.Browser(c.SignIn(voted)).Post("/ru"+answers.Path(deed)+"/reply", "act", act, "words", "Көрдім").Want(http.StatusSeeOther)
		}
		said("contest")
		wants("answers.told_contest")
		said("confirm")
		wants("answers.told_confirm")
		said("contest") // turned to and fro, it is told once
		said("confirm")
		wants()
		if n := c.Told(reader)[0]; n.Path != answers.Path(deed) {
			t.Errorf("it leads to %s", n.Path)
		}
		c.SkipActs()
	})
}
