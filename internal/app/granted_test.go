package app_test

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/platform/storage"
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
	apply(c, s, id, ngo, speaker)
	decided(c, s, announce(grants.Award), ngo, speaker)
	c.Must(s.Cancel(c.Ctx(), admin, announce(grants.Micro), text("Ақша жоқ", "Денег нет")))
	c.Jobs()
	c.Acts()
}

// apply hands an application of an organisation in.
func apply(c *citytest.City, s *grants.Service, id, ngo civic.ID, speaker civic.Actor) civic.ID {
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
	return applied
}

// decided lets two people read an application, one of them recused, and a meeting fund a part of it.
func decided(c *citytest.City, s *grants.Service, id, ngo civic.ID, speaker civic.Actor) {
	admin := c.Administrator().Actor
	applied := apply(c, s, id, ngo, speaker)
	c.Write(func(tx *storage.Tx) error { // the time for applications has passed
		_, err := tx.Exec("UPDATE grants_call SET closes = opens + 1000, grace = 0 WHERE id = $1", id)
		return err
	})
	c.Pass(2 * time.Second)
	c.Must(s.Check(c.Ctx(), admin, applied, grants.Admitted, nil))
	c.Must(s.Read(c.Ctx(), admin, id))
	var panel, entry civic.ID
	c.Read(func(tx *storage.Tx) error {
		p, _, err := c.Review.PanelOf(tx, civic.Ref{Kind: grants.Kind, ID: id})
		panel = p.ID
		return err
	})
	text := func(kk, ru string) civic.Text { return civic.Text{"kk": kk, "ru": ru} }
	var readers []*citytest.Person
	for range 4 {
		p := c.Resident(civic.Russian)
		c.Must(c.Review.AddReader(c.Ctx(), admin, panel, review.NewReader{Email: p.Email, Langs: []civic.Lang{civic.Kazakh}}))
		readers = append(readers, p)
	}
	for i, p := range readers {
		v, err := c.Review.ShowReading(c.Ctx(), p.Actor, panel)
		c.Must(err)
		var ticks []string
		if i == 3 {
			ticks = []string{v.List[0].Tick}
		}
		entry = v.List[0].ID
		c.Must(c.Review.Declare(c.Ctx(), p.Actor, panel, ticks))
	}
	c.Must(c.Review.Begin(c.Ctx(), admin, panel, 5, c.Now().AddDate(0, 0, 5)))
	for i, p := range readers[:3] {
		c.Must(c.Review.Mark(c.Ctx(), p.Actor, panel, entry, review.Mark{Marks: []int64{int64(3 + i%2)}, Reasons: []string{"12"}, Comment: "12"}, ""))
	}
	c.Must(c.Review.Meet(c.Ctx(), admin, panel, c.Now(), text("Әкімдік", "Акимат")))
	v, err := c.Review.ShowRunning(c.Ctx(), admin, panel)
	c.Must(err)
	votes := map[civic.ID]review.Vote{}
	var present []civic.ID
	for _, r := range v.Readers {
		present, votes[r.ID] = append(present, r.ID), review.Yes
	}
	slices.Reverse(present) // who is recused stands last, and does not count
	c.Must(c.Review.Sit(c.Ctx(), admin, panel, present, text("Өтті", "Прошло")))
	c.Must(c.Review.Decide(c.Ctx(), admin, panel, entry, review.Deciding{Votes: votes, Verdict: review.InPart, Award: 300_000 * civic.Tenge, Why: text("Жақсы", "Хорошо"), Talk: "12", Feedback: "12"}))
	c.Must(c.Review.Publish(c.Ctx(), admin, panel))
	c.Read(func(tx *storage.Tx) error {
		all, err := contracts.Of(tx, civic.Ref{Kind: grants.Kind, ID: id})
		entry = all[0].ID
		return err
	})
	c.Must(c.Contracts.Sign(c.Ctx(), admin, entry, []contracts.Instalment{{What: "12", Amount: 100_000 * civic.Tenge}, {What: "12", Amount: 200_000 * civic.Tenge}}, []time.Time{c.Now().AddDate(0, 1, 0), c.Now().AddDate(0, 2, 0)}))
	c.Pass(21 * 24 * time.Hour) // nobody can complain any more
	c.Must(c.Contracts.Pay(c.Ctx(), admin, entry, 0))
	k, err := c.Contracts.Show(c.Ctx(), admin, entry)
	c.Must(err)
	c.Must(c.Contracts.File(c.Ctx(), speaker, entry, k.Reports[0].ID, contracts.Filed{Said: "12", Spent: 50_000 * civic.Tenge, Helped: 12}))
	c.Must(c.Contracts.Return(c.Ctx(), admin, entry, 10_000*civic.Tenge, "12", "1"))
}
