package app_test

import (
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/review"
)

// granted lets a body announce two calls: an organisation has applied to one, the other is cancelled.
func granted(c *citytest.City, body, ngo civic.ID) {
	s, admin, speaker := citytest.Service[*grants.Service](c), c.Administrator().Actor, c.Representative(ngo).Actor
	text := func(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }
	announce := func(kind grants.CallKind) civic.ID {
		id, err := s.Keep(c.Ctx(), admin, grants.Call{Funder: body, Kind: kind, Title: text("Аула гранттары", "Гранты для дворов"), About: text("Аула тазалығы", "Чистые дворы"), Money: 3_000_000 * civic.Tenge, Most: 1_000_000 * civic.Tenge, Own: 10,
			Window: grants.Window{Opens: c.Now(), Closes: c.Now().AddDate(0, 0, 30), Grace: 30 * time.Minute}, Rules: []grants.Rule{{Kind: grants.NoDebt}}, Rubric: review.Rubric{Scale: 5, Readers: 3, Pass: 250},
			District: "medeu", Theme: "environment", Anonymous: true})
		c.Must(err)
		c.Must(s.AddCriterion(c.Ctx(), admin, id, review.Criterion{Label: text("Қажеттілік", "Нужность"), Zero: text("Жоқ", "Нет"), Full: text("Иә", "Да"), Weight: 2}))
		c.Must(s.Announce(c.Ctx(), admin, id))
		return id
	}
	id := announce(grants.Grant)
	applied, err := s.Begin(c.Ctx(), speaker, id, ngo)
	c.Must(err)
	f := ui.Form{Values: map[string][]string{}}
	for _, key := range []string{"title", "summary", "mission", "need", "plan", "people", "result"} {
		f.Values["q."+key], f.Values["seen."+key] = []string{"12"}, []string{"0"}
	}
	c.Must(s.Answer(c.Ctx(), speaker, applied, f))
	c.Must(s.SetPlan(c.Ctx(), speaker, applied, 0, grants.Plan{Budget: []grants.Line{{What: "Жәшік", Amount: 500_000 * civic.Tenge, Own: 100_000 * civic.Tenge}}, People: []string{"А. Ақан"}}))
	_, err = s.Submit(c.Ctx(), speaker, applied)
	c.Must(err)
	c.Must(s.Cancel(c.Ctx(), admin, announce(grants.Micro), text("Ақша жоқ", "Денег нет")))
	c.Jobs()
	c.Acts()
}
