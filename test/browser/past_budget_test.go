package browser_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/civic"
)

// On a phone an officer brings a vote of an earlier year from its file, looks at it, publishes it, and everybody reads it; and brings proposals of another system, with a row that is no good.
func TestWhatOtherSystemsHave(t *testing.T) {
	eachEngine(t, func(t *testing.T, c *city) {
		desk := c.ready(t).comes(phoneWidth, phoneHeight)
		dir := t.TempDir()
		file := func(name, content string) []string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			return []string{path}
		}
		looked := func(b *browser, shot string) {
			b.accessible()
			b.fits()
			b.shot(shot)
		}
		desk.visit("/ru/desk/budget")
		desk.click(`main a[href$="/desk/past-budgets"]`)
		do(desk, chromedp.SetUploadFiles(`[name=file]`, file("2024.pb", "META\nkey;value\nbudget;10000000\nvote_type;approval\nrule;greedy\ncurrency;KZT\nPROJECTS\nproject_id;cost;name;selected\n"+
			"1;4000000;Фонари вдоль улицы Байтурсынова от школы до поликлиники;1\n2;5000000;Скамьи;1\n3;8000000;Корт;0\nVOTES\nvoter_id;age;vote\n1;30;1,2\n2;40;1,3\n3;50;1,2\n4;60;2,3\n")))
		desk.both("title", "Халық бюджеті 2024", "Бюджет участия 2024")
		desk.fill("year", "2024")
		desk.choose("body", string(c.body(t).ID))
		looked(desk, "past-bring")
		desk.press(sends)
		desk.sees("Это видит только ваш орган")
		looked(desk, "past-draft")
		page := desk.path()
		desk.press(`form[action$="/publish"] button[type=submit]`)
		desk.sees("останется навсегда")
		looked(desk, "past-check")
		desk.press(sures)
		reader := c.open(t, phoneWidth, phoneHeight)
		reader.visit("/kk/budget")
		reader.click(`main a[href$="/past-budgets"]`)
		looked(reader, "past-list")
		reader.click(`main a[href*="/past-budgets/"]`)
		reader.sees("Халық бюджеті 2024")
		looked(reader, "past-kk")
		reader.visit(page)
		reader.sees("При пересчёте файла побеждают те же проекты")
		looked(reader, "past-ru")

		y := &yards{collecting: newCollecting(t, c), s: app.Service[*budgeting.Service](c.App)}
		y.announce(budgeting.Rules{PerPerson: 5, Vote: budgeting.Approval, Choices: 1, Reach: budgeting.AllParts, Count: budgeting.Counting{Rule: "greedy", Utility: "cost", Completion: "none", Tie: "cost-votes"}})
		desk.visit("/ru/desk/budget/" + string(y.campaign) + "/import")
		do(desk, chromedp.SetUploadFiles(`[name=file]`, file("ideas.csv", "Название;Описание;Зачем;Категория;Адрес;Стоимость\nСкамьи;Три скамьи;Негде сесть;sport;Абай, 14;250000\nУрны;Урны;Грязно;sport;;5000\n")))
		desk.press(`main button[name=do][value=take]`)
		desk.sees("Внесено: 1. Уже внесено раньше: 0. Не внесено: 1")
		looked(desk, "ideas-brought")
	})
}

// announce publishes a campaign with one part, in which people can propose.
func (y *yards) announce(rules budgeting.Rules) {
	y.t.Helper()
	day := func(n int) string { return y.c.DB.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	typed := budgeting.Campaign{Year: 2027, Body: y.body.ID, Title: civic.Text{"kk": "Халық бюджеті", "ru": "Бюджет участия"}, About: civic.Text{"kk": "Аулалар үшін", "ru": "Для дворов"}, Plan: budgeting.Plan{Opens: day(2), Until: map[budgeting.Stage]string{}},
		Areas: []budgeting.Area{{Code: "all", Name: civic.Text{"kk": "Барлық аула", "ru": "Все дворы"}, Money: 1_000_000_00}}, Categories: []budgeting.Entry{{Code: "sport", Name: civic.Text{"kk": "Аулалар", "ru": "Дворы"}}}, Rules: rules}
	for i, stage := range budgeting.Stages() {
		typed.Plan.Until[stage] = day(3 + i)
	}
	var err error
	y.campaign, err = y.s.DrawUp(y.t.Context(), y.boss, typed)
	y.must(err)
	y.must(y.s.Publish(y.t.Context(), y.boss, y.campaign))
	y.stage(budgeting.Proposing)
}
