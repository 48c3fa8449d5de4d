package app_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/voices"
)

// campaignOf is a campaign of the people's budget that opens in some days; each of its stages lasts so long too.
func campaignOf(c *citytest.City, body civic.ID, days int) budgeting.Campaign {
	day := func(n int) string { return c.Now().AddDate(0, 0, n*days).Format(time.DateOnly) }
	plan := budgeting.Plan{Opens: day(1), Until: map[budgeting.Stage]string{}}
	for i, s := range budgeting.Stages() {
		plan.Until[s] = day(2 + i)
	}
	return budgeting.Campaign{Year: 2027, Body: body, Title: civic.Text{"kk": "Халық бюджеті", "ru": "Бюджет участия"}, About: civic.Text{"kk": "Аулалар үшін", "ru": "Для дворов"}, Plan: plan,
		Areas:      []budgeting.Area{{Code: "small", Name: civic.Text{"kk": "Шағын аулалар", "ru": "Малые дворы"}, Money: 1_000_000_00}, {Code: "large", Name: civic.Text{"kk": "Үлкен аулалар", "ru": "Большие дворы"}, Money: 2_000_000_00}},
		Categories: []budgeting.Entry{{Code: "sport", Name: civic.Text{"kk": "Спорт", "ru": "Спорт"}}},
		Prices:     []budgeting.UnitPrice{{Code: "bench", Name: civic.Text{"kk": "Орындық", "ru": "Скамья"}, Unit: "шт", Price: 85_000_00}},
		Rules: budgeting.Rules{PerPerson: 50, Vote: budgeting.Approval, Choices: 3, Reach: budgeting.OnePart, Revote: true, Refused: []budgeting.Entry{{Code: "papers", Name: civic.Text{"kk": "Құжат", "ru": "Проект"}}},
			Count: budgeting.Counting{Rule: "equal-shares", Utility: "cost", Completion: "add-one,greedy", Tie: "cost-votes", MinVotes: 5}}}
}

// proposalIn is one for two benches.
func proposalIn(campaign civic.ID, title string) budgeting.Proposal {
	return budgeting.Proposal{Campaign: campaign, Area: "large", Category: "sport", Title: title, What: "Поставить две скамьи", Why: "Негде сесть", Address: "Абая, 14", Land: budgeting.YardLand, Signed: "Асель", Point: places.Point{Lat: 42.3, Lon: 69.6},
		Estimate: []budgeting.Line{{Code: "bench", Quantity: 2, Price: 85_000_00}}}
}

// budgeted runs a people's budget up to the check: of its proposals one was refused, reworked and accepted, one merged into it, one removed, one came on paper.
func budgeted(c *citytest.City, body civic.ID, officer, moderator civic.Actor) {
	s, text := citytest.Service[*budgeting.Service](c), civic.Text{"kk": "Кабель бар", "ru": "Там кабель"}
	asel, dauren, fan := c.Resident(civic.Russian).Actor, c.Resident(civic.Russian).Actor, c.Resident("").Actor
	expert := c.With(c.Resident(""), civic.Grant{Role: "budgeting.expert"}).Actor
	typed := campaignOf(c, body, 2)
	campaign, err := s.DrawUp(c.Ctx(), officer, typed)
	c.Must(err)
	c.Must(s.Publish(c.Ctx(), officer, campaign))
	typed.Rules.Count.MinVotes = 6
	c.Must(s.Change(c.Ctx(), officer, campaign, typed, civic.Text{"kk": "Аз болды", "ru": "Было мало"}))
	c.Pass(3 * 24 * time.Hour)
	file := func(who civic.Actor, p budgeting.Proposal, d moderation.Choice) civic.ID {
		filed, err := s.Propose(c.Ctx(), who, p, civic.Russian)
		c.Must(err)
		c.Must(s.Decide(c.Ctx(), moderator, filed.ID, d))
		return filed.ID
	}
	paper := proposalIn(campaign, "Лавка с бумаги")
	paper.Paper, paper.PaperSupport = true, 12
	id := file(asel, proposalIn(campaign, "Скамьи во дворе"), moderation.Choice{Approve: true})
	other := file(dauren, proposalIn(campaign, "Лавочки во дворе"), moderation.Choice{Approve: true})
	file(officer, paper, moderation.Choice{Approve: true})
	file(dauren, proposalIn(campaign, "Телефон 8 777"), moderation.Choice{Rule: "personal_data.1", Reason: "Телефон нөмірі"})
	for _, of := range []civic.ID{id, other} {
		c.Must(s.Support(c.Ctx(), fan, of))
	}
	c.Must(s.AskMerge(c.Ctx(), dauren, other, 1, "Бір нәрсе"))
	c.Must(s.AnswerMerge(c.Ctx(), asel, id, other, true))
	say := func(o budgeting.Opinion) {
		c.Must(s.Assign(c.Ctx(), officer, id, []civic.ID{body}))
		v, err := s.Show(c.Ctx(), officer, id)
		c.Must(err)
		o.Cost, o.Reason, o.Person = 200_000_00, text, "Б. Инженер"
		c.Must(s.Opine(c.Ctx(), officer, v.Checks[0].ID, o))
		c.Must(s.Sign(c.Ctx(), expert, id, budgeting.Verdict{Outcome: o.Outcome, Cost: o.Cost, Reason: text, Protocol: "№ 1"}))
	}
	say(budgeting.Opinion{Outcome: budgeting.WithChanges, Points: []civic.Text{{"kk": "Жылжыту", "ru": "Сдвинуть"}}})
	c.Must(s.Rework(c.Ctx(), asel, id, proposalIn(campaign, "Скамьи у забора"), []string{"Сдвинули"}))
	c.Must(s.Decide(c.Ctx(), moderator, id, moderation.Choice{Approve: true})) // its new words
	say(budgeting.Opinion{Outcome: budgeting.Feasible, Answers: []budgeting.Answered{{Met: true, Words: civic.Text{"kk": "Жарайды", "ru": "Годится"}}}})
	waits := file(asel, proposalIn(campaign, "Качели во дворе"), moderation.Choice{Approve: true})
	c.Must(s.Assign(c.Ctx(), officer, waits, []civic.ID{body}))
	merging := file(dauren, proposalIn(campaign, "Качели и горка"), moderation.Choice{Approve: true})
	c.Must(s.AskMerge(c.Ctx(), dauren, merging, 1, "Қосайық"))

	past, err := s.BringPast(c.Ctx(), officer, budgeting.Past{Year: 2024, Body: body, Title: civic.Text{"kk": "Халық бюджеті 2024", "ru": "Бюджет участия 2024"}, Part: civic.Text{"kk": "Шағын аулалар", "ru": "Малые дворы"}},
		strings.NewReader("META\nkey;value\nbudget;10\nvote_type;approval\nrule;greedy\nPROJECTS\nproject_id;cost;name;selected\n1;7;Скамьи;1\n2;8;Корт;0\nVOTES\nvoter_id;vote\n1;1\n2;1,2\n"), civic.Russian)
	c.Must(err)
	c.Must(s.PublishPast(c.Ctx(), officer, past))
	_, err = s.BringPast(c.Ctx(), officer, budgeting.Past{Year: 2023, Body: body, Title: civic.Text{"kk": "Халық бюджеті 2023", "ru": "Бюджет участия 2023"}},
		strings.NewReader("META\nkey;value\nbudget;10\nvote_type;approval\nPROJECTS\nproject_id;cost;name\n1;7;Фонари\nVOTES\nvoter_id;vote\n1;1\n"), civic.Russian) // nobody else has seen it yet
	c.Must(err)

	c.Pass(8 * 24 * time.Hour) // people vote
	c.Jobs()
	for i := range 6 {
		who := c.Known(civic.Actor{Account: civic.ID(fmt.Sprint("votes-", i)), Assurance: civic.Verified})
		c.Must(s.Cast(c.Ctx(), who.Actor, campaign, "", ballots.Cast{Ballot: ballots.Ballot{{Option: "1"}}, Words: ballots.NewWords()}))
	}
	c.Pass(3 * 24 * time.Hour)
	c.Jobs()
}

// delivered builds what won a people's budget: it became dearer and later, was disputed, and is built anew; something else will not be built.
func delivered(c *citytest.City, body civic.ID, officer civic.Actor) {
	both := func(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }
	d, day := c.Delivery, c.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	begin := func(of civic.Ref) (id civic.ID) {
		c.Write(func(tx *storage.Tx) error {
			err := d.Begin(tx, delivery.Promise{Of: of, Body: organisations.RefOf(body), District: "abay", Point: places.Point{Lat: 42.3, Lon: 69.6}, Cost: 500_000_00, Due: day})
			if err == nil {
				var g delivery.Glance
				g, _, err = d.OfThing(tx, of)
				id = g.ID
			}
			return err
		})
		return id
	}
	id, other := begin(organisations.RefOf(body)), begin(organisations.RefOf(c.Body("Саябақ")))
	c.Must(d.Drop(c.Ctx(), officer, other, both("Құбыр", "Труба")))
	c.Must(d.Contract(c.Ctx(), officer, id, delivery.Contract{Number: "7", With: "ТОО «Құрылыс»", BIN: "970740000838", Sum: 600_000_00, Signed: c.Now().Format(time.DateOnly)}, both("Қымбаттады", "Подорожало")))
	for _, name := range []string{"Негіз", "Шам"} {
		c.Must(d.Plan(c.Ctx(), officer, id, delivery.Milestone{Name: both(name, name), Due: day}))
	}
	v, err := d.Show(c.Ctx(), officer, id)
	c.Must(err)
	c.Must(d.Reach(c.Ctx(), officer, id, v.Milestones[0].ID))
	c.Must(d.Delay(c.Ctx(), officer, id, c.Now().AddDate(0, 0, 60).Format(time.DateOnly), both("Жаңбыр", "Дожди")))
	c.Must(d.Pay(c.Ctx(), officer, id, "П-1", 100_000_00))
	c.Must(d.Finish(c.Ctx(), officer, id))
	for range 3 {
		c.Must(d.Say(c.Ctx(), c.Resident("").Actor, id, voices.Disputes, "poor", true))
	}
	c.Must(d.Mend(c.Ctx(), officer, id, both("Түзетілді", "Исправлено")))
	c.Must(d.Say(c.Ctx(), c.Resident("").Actor, id, voices.Doubts, "unsafe", true))
}
