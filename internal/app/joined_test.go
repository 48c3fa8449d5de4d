package app_test

import (
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/projects"
	"github.com/birge-kz/birge/internal/voices"
)

// joined lets an organisation and a body do everything with projects of theirs: one is done and looked back at, one stopped, one goes on with
// everything in it waiting for the body, one is still written.
func joined(c *citytest.City, body, ngo civic.ID, officer, speaker, moderator civic.Actor) {
	s := citytest.Service[*projects.Service](c)
	both := func(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }
	day := func(n int) string { return c.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	begin := func() (id civic.ID, v projects.View) {
		id, err := s.Write(c.Ctx(), speaker, projects.Written{Agreement: both("Бірге", "Вместе"), Project: projects.Project{Title: both("Бақ", "Парк"), Problem: both("Көлеңке жоқ", "Нет тени"), Goal: both("Бақ отырғызу", "Посадить парк"), Whom: both("Көршілер", "Соседи"),
			Starts: day(0), Ends: day(100), Evidence: []projects.Evidence{{Of: organisations.RefOf(body)}, {Page: "https://example.kz/a"}}, Partners: []projects.Partner{{Organisation: ngo, Role: projects.Lead}, {Organisation: body, Role: projects.Agency}}}})
		c.Must(err)
		c.Must(s.Plan(c.Ctx(), speaker, id, projects.Milestone{Name: both("Ағаш", "Деревья"), Due: day(20)}))
		c.Must(s.Promise(c.Ctx(), speaker, id, projects.Line{Giver: ngo, Sort: projects.Things, What: both("Көшет", "Саженцы"), Unit: both("дана", "штук"), Amount: 40, Rate: 5_000_00, Source: "https://example.kz/price"}))
		c.Must(s.Aim(c.Ctx(), speaker, id, projects.Indicator{Result: both("Көлеңке", "Тень"), Name: both("Өскені", "Прижилось"), How: both("Санаймыз", "Считаем"), By: ngo, Percent: true, Baseline: projects.Figure{Denominator: 40}, Target: projects.Figure{Numerator: 36, Denominator: 40}}))
		v, err = s.Show(c.Ctx(), speaker, id)
		c.Must(err)
		return id, v
	}
	agree := func() (civic.ID, projects.View) {
		id, v := begin()
		for _, a := range []civic.Actor{speaker, officer} {
			c.Must(s.SignIt(c.Ctx(), a, id, v.Agreement().No))
		}
		c.Must(s.Start(c.Ctx(), officer, id))
		return id, v
	}
	begin()
	stopped, _ := agree()
	c.Must(s.Stop(c.Ctx(), speaker, stopped, both("Су жоқ", "Нет воды")))

	running, waits := agree()
	c.Must(s.Claim(c.Ctx(), speaker, waits.Milestones[0].ID, both("Бітті", "Готово"), nil))
	c.Must(s.Measure(c.Ctx(), speaker, running, waits.Goals[0].ID, projects.Update{Day: day(0), Figure: projects.Figure{Numerator: 9, Denominator: 40}, Words: both("Санадық", "Посчитали")}))
	c.Must(s.Give(c.Ctx(), speaker, running, waits.Lines[0].ID, projects.Given{Amount: 10, Paper: "Акт 8"}))
	c.Must(s.Change(c.Ctx(), speaker, running, projects.Change{Kind: projects.ScopeOf, NewGoal: both("Гүлзар", "Сквер"), Why: both("Орын аз", "Мало места")}))

	id, v := agree()
	step := v.Milestones[0].ID
	c.Must(s.Claim(c.Ctx(), speaker, step, both("Бітті", "Готово"), []string{"https://example.kz/photo"}))
	c.Must(s.Judge(c.Ctx(), officer, step, projects.Partly, both("Аз", "Мало")))
	c.Must(s.Claim(c.Ctx(), speaker, step, both("Қостық", "Добавили"), nil))
	c.Must(s.Judge(c.Ctx(), officer, step, projects.Accepted, nil))
	for i, words := range []string{"Ағаштар бар", "Плохие слова"} {
		word, err := s.Say(c.Ctx(), c.Resident("").Actor, step, projects.Spoken{Voice: voices.Doubts, Matter: "poor", Words: words, Near: true})
		c.Must(err)
		choice := moderation.Choice{Approve: i == 0}
		if i > 0 {
			choice.Rule, choice.Reason = "personal_data.1", "Ереже"
		}
		c.Must(s.Decide(c.Ctx(), moderator, word, choice))
	}
	c.Must(s.Measure(c.Ctx(), speaker, id, v.Goals[0].ID, projects.Update{Day: day(0), Figure: projects.Figure{Numerator: 18, Denominator: 40}, Words: both("Санадық", "Посчитали")}))
	c.Must(s.Give(c.Ctx(), speaker, id, v.Lines[0].ID, projects.Given{Amount: 40, Paper: "Акт 7"}))
	c.Must(s.Change(c.Ctx(), speaker, id, projects.Change{Kind: projects.ScopeOf, NewGoal: both("Гүлзар", "Сквер"), Why: both("Орын аз", "Мало места")}))
	v, err := s.Show(c.Ctx(), speaker, id)
	c.Must(err)
	c.Must(s.Review(c.Ctx(), officer, id, v.Goals[0].Updates[0].ID, true, nil))
	c.Must(s.Confirm(c.Ctx(), officer, id, v.Given[0].ID, false, both("Акт жоқ", "Нет акта")))
	c.Must(s.Agree(c.Ctx(), officer, id, v.Changes[0].ID))
	c.Must(s.Lock(c.Ctx(), officer, id, day(0)))
	c.Set("projects.finish_days", 0)
	c.Must(s.Finish(c.Ctx(), officer, id))
	c.Set("projects.look_months", 0)
	c.Must(s.LookBack(c.Ctx(), officer, id, both("Өсті", "Выросло")))
}
