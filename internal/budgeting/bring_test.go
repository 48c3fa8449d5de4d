package budgeting_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
)

// A table of another system becomes proposals: looked at first, then taken, each row by itself; a second time nothing changes. By hand: of seven rows three are good, and of the others each has one thing wrong.
func TestProposalsOfAnotherSystem(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		w := open(c)
		path := "/ru/desk/budget/" + string(w.campaign) + "/import"
		c.Browser(c.Officer(w.roads)).Get(path).Want(403)
		desk := c.Browser(w.officer)
		desk.Get("/ru/desk/budget/"+string(w.campaign)).Want(200, "/import")
		table := "Номер;Название;Описание;Зачем;Часть;Категория;Адрес;Стоимость;Поддержали;Автор;Широта;Долгота\n" +
			"7;Скамьи;Три скамьи;Негде сесть;small;sport;ул. Абая, 14;255000;12;Асель;42.34;69.59\n" +
			"8;Корт;Корт во дворе;Детям негде играть;Дворы больше 100 квартир;Спортплощадки;ул. Тұран, 5;9000000;;;;\n" +
			"9;Дорого;Мост;Нужен;small;sport;ул. Абая, 1;21000000;;;;\n" + // the part has twenty million
			"10;Без места;Урны;Грязно;small;sport;;5000;;;;\n" +
			"11;#REF!;Урны;Грязно;small;sport;ул. Абая, 2;5000;;;;\n" +
			"12;Урны;Урны у дома;Грязно;луна;sport;ул. Абая, 2;5000;;;;\n" +
			";Фонарь;Один фонарь;Темно;small;sport;ул. Абая, 3;400000;;;;\n"
		count := func() int64 {
			v, err := w.Campaign(c.Ctx(), w.officer.Actor, w.campaign)
			c.Must(err)
			return v.Count("")
		}
		desk.Upload(path, "file", "ideas.csv", []byte(table), "do", "look").Want(200, "ничего не сохранено. Будет внесено: 3", "Не будет внесено: 4")
		if n := count(); n != 0 {
			t.Fatalf("looking kept %d", n)
		}
		text := strings.Join(strings.Fields(desk.Upload(path, "file", "ideas.csv", []byte(table), "do", "take").Want(200, "Внесено: 3. Уже внесено раньше: 0. Не внесено: 4").Text()), " ")
		for _, line := range []string{"4 Дорого Сколько стоит:", "5 Без места Где:", "6 #REF! Коротко:", "7 Урны Часть бюджета:"} {
			if !strings.Contains(text, line) {
				t.Errorf("the report lacks %q: %s", line, text)
			}
		}
		desk.Upload(path, "file", "ideas.csv", []byte(table), "do", "take").Want(200, "Внесено: 0. Уже внесено раньше: 3. Не внесено: 4")
		if n := count(); n != 3 {
			t.Errorf("%d proposals", n)
		}
		l, err := w.List(c.Ctx(), Query{Campaign: w.campaign})
		c.Must(err)
		first := l.Items[2]
		if first.Title != "Скамьи" || first.Cost != 255_000*civic.Tenge || first.Supporters != 12 || first.Area != "small" || first.Text != Waiting || first.Author != "" || !first.Point.Known() {
			t.Errorf("the first row is %+v", first)
		}
		if l.Items[1].Area != "large" {
			t.Errorf("the part of the second is %q", l.Items[1].Area)
		}
		desk.Get("/ru"+Path(first.ID)).Want(200, "из другой системы").Lacks("подано на бумаге")
		c.Browser(nil).Get("/api/v1"+Path(first.ID)).Want(200, `"imported":true`, `"paper":false`)
		c.SkipActs()
		if report, _ := c.Verified(); report.Compared < 3 {
			t.Errorf("the record: %+v", report)
		}
		for table, says := range map[string]string{"Название;Описание\nа;б\n": "нет одного из столбцов", "Название;Описание;Зачем;Адрес;Стоимость\n": "", "Название;Описание;Зачем;Адрес;Стоимость\n" + strings.Repeat("а;б;в;г;1\n", 501): ""} {
			desk.Upload(path, "file", "ideas.csv", []byte(table), "do", "take").Want(422, says)
		}
		c.Pass(20 * 24 * time.Hour)
		c.Browser(w.officer).Upload(path, "file", "ideas.csv", []byte(table), "do", "take").Want(409)
	}, Capability())
}
