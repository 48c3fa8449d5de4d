package appeals_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// A template is put behind what is there, in each language, and once.
func TestInsert(t *testing.T) {
	of := Template{Words: civic.Text{"kk": "Рақмет.", "ru": "Спасибо."}}
	for _, c := range []struct{ name, kk, ru, wantKK, wantRU string }{
		{"into nothing", "", "", "Рақмет.", "Спасибо."},
		{"behind words", "Шұңқыр бітелді.", "", "Шұңқыр бітелді.\n\nРақмет.", "Спасибо."},
		{"a second time", "Рақмет.", "Яма заделана.\n\nСпасибо.", "Рақмет.", "Яма заделана.\n\nСпасибо."},
	} {
		if got := of.Insert(civic.Text{"kk": c.kk, "ru": c.ru, "en": "Kept"}); got["kk"] != c.wantKK || got["ru"] != c.wantRU || got["en"] != "Kept" {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// Officers of a body share templates, put one into an answer that they can still change, and change and delete them; those of another body neither see
// nor use them.
func TestTemplatesOfAnswers(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		const path = "/ru/desk/appeals/templates"
		officer, colleague, roads := c.Browser(w.officer), c.Browser(c.Officer(w.akimat)), c.Browser(c.Officer(w.roads))
		officer.Get("/ru/desk/appeals").Want(200, "Заготовки ответов")
		officer.Get(path).Want(200, "Заготовок пока нет")
		officer.Post(path, "name", "О ямах", "words.ru", "Ямы заделываем за пять дней.").Want(422, "Ямы заделываем за пять дней.")
		officer.Post(path, "name", " ", "words.kk", "а", "words.ru", "б").Want(422, "Заполните")
		officer.Post(path, "name", "О ямах", "words.kk", strings.Repeat("ұ", 2_001), "words.ru", "б").Want(422)
		officer.Post(path, "name", "О ямах", "body", string(w.roads), "words.kk", "а", "words.ru", "б").Want(403)
		officer.Post(path, "name", "О ямах", "words.kk", "Шұңқырды бес күнде бітейміз.", "words.ru", "Ямы заделываем за пять дней.").Want(303)
		all, err := w.Templates(c.Ctx(), w.officer.Actor)
		c.Must(err)
		if len(all) != 1 || all[0].Body != w.akimat {
			t.Fatalf("%+v", all)
		}
		one := path + "/" + string(all[0].ID)
		colleague.Get(path).Want(200, "О ямах")
		roads.Get(path).Want(200).Lacks("О ямах")
		roads.Get(one).Want(403)
		roads.Post(one, "name", "Чужое", "words.kk", "а", "words.ru", "б").Want(403)
		roads.Post(one + "/delete").Want(403)

		to := pit
		to.Wished = w.akimat
		a := w.filed(c.Resident(civic.Russian), to)
		answer := "/ru/desk/appeals/cases/" + string(w.caseOf(a.ID).ID) + "/answer"
		officer.Get(answer).Want(200, "О ямах", "Начать с заготовки")
		put := officer.Post(answer, "outcome", "taken", "template", string(all[0].ID), "reason.ru", "Яму у дома 14 видели.", "person", clerk)
		put.Want(200, "Яму у дома 14 видели.", "Ямы заделываем за пять дней.", "Шұңқырды бес күнде бітейміз.", clerk)
		put.Lacks("Отправить ответ") // it can be changed, and is not yet checked
		officer.Post(answer, "outcome", "taken", "template", string(all[0].ID), "reason.kk", "Шұңқырды бес күнде бітейміз.", "reason.ru", "Ямы заделываем за пять дней.", "person", clerk).
			Want(200, "Отправить ответ") // it is there already
		officer.Post(answer, "outcome", "taken", "template", "nonsense", "reason.kk", "Көрдік", "reason.ru", "Видели", "person", clerk).Want(200, "Отправить ответ")

		colleague.Post(one, "name", "О ямах и люках", "words.kk", "Үш күнде.", "words.ru", "За три дня.").Want(303)
		officer.Get(one).Want(200, "О ямах и люках", "За три дня.")
		officer.Post(one + "/delete").Want(303)
		officer.Get(path).Want(200, "Заготовок пока нет")
		officer.Get(one).Want(404)
		for i := range 50 {
			_, err := w.KeepTemplate(c.Ctx(), w.officer.Actor, Template{Body: w.akimat, Name: fmt.Sprint("Заготовка ", i), Words: said})
			c.Must(err)
		}
		officer.Post(path, "name", "Лишняя", "words.kk", "а", "words.ru", "б").Want(422, "Заготовок не больше 50")
		c.SkipActs()
	}, Capability())
}
