package consultations

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
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
			held, err := storage.All(tx, storage.Scalar[string], "SELECT account || words FROM answers_reply WHERE account = $1 OR words LIKE '%деревьев%'", asel.Account)
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
