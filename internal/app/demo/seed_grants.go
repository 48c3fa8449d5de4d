package demo

import (
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/review"
)

// grantContent is the calls of the demonstration. Days are from now, amounts whole tenge.
type grantContent struct {
	Note      civic.Text
	Criterion []struct {
		Weight            int64
		Label, Zero, Full civic.Text
	}
	Application []struct {
		Title, Summary, Need, Plan, People, Result, What string
		Amount, Own                                      int64
	}
	Call []struct {
		State, Funder, Theme string
		Kind                 grants.CallKind
		Opens, Closes        int
		Money, Most          int64
		Title, About         civic.Text
	}
}

// applicants are the keys of those who apply, the one that the demonstration's own account represents first.
var applicants = []string{"aryq", "jasyl-koshe", "kitap-ulesu"}

// granted is one call as it is put into the city.
type granted struct {
	*seeder
	grantContent
	of    int // which of the calls
	id    civic.ID
	panel civic.ID
	all   []civic.ID
}

// grantEvents lists all that happens in calls until now.
func (s *seeder) grantEvents() (all []event, err error) {
	var content grantContent
	if err := decode("content/grants.toml", &content); err != nil {
		return nil, err
	}
	for i, c := range content.Call {
		g := &granted{seeder: s, grantContent: content, of: i}
		all = append(all, event{at: s.now.AddDate(0, 0, min(c.Opens, 0)-1), do: g.announce}, event{at: s.now.AddDate(0, 0, min(c.Opens+2, 0)).Add(-time.Hour), do: g.apply},
			event{at: s.now.AddDate(0, 0, min(c.Closes+1, 0)).Add(-time.Minute), do: g.check})
		for days, do := range map[int]func(context.Context) error{2: g.handOver, 3: g.mark, 5: g.meet, 6: g.decide, 12: g.complain, 24: g.contract} {
			if c.Closes+days <= 0 {
				all = append(all, event{at: s.now.AddDate(0, 0, c.Closes+days), do: do})
			}
		}
	}
	return all, nil
}

func (g *granted) service() *grants.Service { return app.Service[*grants.Service](g.App) }

// clock is an hour of a day in the city.
func (g *granted) clock(days, hour int) time.Time {
	return time.Date(g.now.Year(), g.now.Month(), g.now.Day()+days, hour, 0, 0, 0, g.now.Location())
}

// speaker is whoever represents one of those who apply.
func (g *granted) speaker(i int) (civic.Actor, civic.ID) {
	id := g.organisations[applicants[i]]
	if i == 0 {
		return g.accounts["representative"], id
	}
	return civic.Actor{Account: civic.NewID(g.now.Add(time.Duration(-i) * time.Minute)), Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: organisations.RefOf(id)}}}, id
}

func (g *granted) announce(ctx context.Context) (err error) {
	c, admin := g.Call[g.of], g.administrator()
	about := civic.Text{}
	for lang, words := range c.About {
		about[lang] = words + " " + g.Note[lang]
	}
	g.id, err = g.service().Keep(ctx, admin, grants.Call{Funder: g.organisations[c.Funder], Kind: c.Kind, Title: c.Title, About: about, Money: civic.Money(c.Money) * civic.Tenge, Most: civic.Money(c.Most) * civic.Tenge, Own: 10,
		Window: grants.Window{Opens: g.clock(c.Opens, 9), Closes: g.clock(c.Closes, 18), Grace: 30 * time.Minute}, Rules: []grants.Rule{{Kind: grants.AtLeast, Years: 1}, {Kind: grants.NoDebt}},
		Rubric: review.Rubric{Scale: 5, Readers: 2, Pass: 250}, Theme: c.Theme})
	if err != nil {
		return err
	}
	for _, k := range g.Criterion {
		if err := g.service().AddCriterion(ctx, admin, g.id, review.Criterion{Label: k.Label, Zero: k.Zero, Full: k.Full, Weight: k.Weight}); err != nil {
			return err
		}
	}
	if c.State == "draft" {
		return nil
	}
	return g.service().Announce(ctx, admin, g.id)
}

// apply lets all apply; where applications are still taken, the demonstration's own account has only begun.
func (g *granted) apply(ctx context.Context) error {
	c := g.Call[g.of]
	if c.State == "draft" || c.State == "cancelled" {
		return nil
	}
	for i, a := range g.Application {
		who, organisation := g.speaker(i)
		id, err := g.service().Begin(ctx, who, g.id, organisation)
		if err != nil {
			return err
		}
		g.all = append(g.all, id)
		f := ui.Form{Values: map[string][]string{}}
		for key, said := range map[string]string{"title": a.Title, "summary": a.Summary, "need": a.Need, "plan": a.Plan, "people": a.People, "result": a.Result} {
			f.Values["q."+key], f.Values["seen."+key] = []string{said}, []string{"0"}
		}
		begun := i == 0 && c.State == "open"
		if begun {
			delete(f.Values, "seen.result")
		}
		if err := g.service().Answer(ctx, who, id, f); err != nil {
			return err
		}
		if err := g.service().SetPlan(ctx, who, id, 0, grants.Plan{Budget: []grants.Line{{What: a.What, Amount: civic.Money(a.Amount) * civic.Tenge, Own: civic.Money(a.Own) * civic.Tenge}}}); err != nil {
			return err
		}
		if begun {
			continue
		}
		if _, err := g.service().Submit(ctx, who, id); err != nil {
			return err
		}
	}
	return nil
}

// check takes the call as far as it has come.
func (g *granted) check(ctx context.Context) error {
	switch admin := g.administrator(); g.Call[g.of].State {
	case "cancelled":
		return g.service().Cancel(ctx, admin, g.id, civic.Text{"kk": "Бірде-бір өтінім түспеді.", "ru": "Не поступило ни одной заявки.", "en": "Nobody applied."})
	case "checking":
		if err := g.service().Check(ctx, admin, g.all[0], grants.Lacking, civic.Text{"kk": "Жоспарда мамырдағы жұмыс жазылмаған.", "ru": "В плане не сказано, что будет в мае.", "en": "The plan does not say what happens in May."}); err != nil {
			return err
		}
		return g.service().Check(ctx, admin, g.all[1], grants.Admitted, nil)
	case "declaring", "meeting", "decided":
		for _, id := range g.all {
			if err := g.service().Check(ctx, admin, id, grants.Admitted, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// readers are the demonstration's own accounts that read; the last is recused from the first application.
var readers = []string{"resident", "secretary", "member"}

func (g *granted) past(states ...string) bool { return slices.Contains(states, g.Call[g.of].State) }

// handOver gives the applications to readers, who declare; where that is the stage, the first has not yet.
func (g *granted) handOver(ctx context.Context) error {
	if !g.past("declaring", "meeting", "decided") {
		return nil
	}
	if err := g.service().Read(ctx, g.administrator(), g.id); err != nil {
		return err
	}
	err := g.DB.Read(ctx, func(tx *storage.Tx) error {
		p, _, err := g.Review.PanelOf(tx, civic.Ref{Kind: grants.Kind, ID: g.id})
		g.panel = p.ID
		return err
	})
	if err != nil {
		return err
	}
	for i, key := range readers {
		actor := g.accounts[key]
		if err := g.DB.Read(ctx, func(tx *storage.Tx) error {
			email, _, _, err := g.Identity.Contact(tx, actor.Account)
			actor.Name = email
			return err
		}); err != nil {
			return err
		}
		var belongs []civic.ID
		if i == 2 && g.past("declaring") { // the register finds what they must not read
			belongs = append(belongs, g.organisations[applicants[1]])
		}
		if err := g.Review.AddReader(ctx, g.administrator(), g.panel, review.NewReader{Email: actor.Name, Belongs: belongs, Langs: []civic.Lang{civic.Kazakh, civic.Russian}}); err != nil {
			return err
		}
		if i == 0 && g.past("declaring") {
			continue
		}
		v, err := g.Review.ShowReading(ctx, actor, g.panel)
		if err != nil {
			return err
		}
		var ticks []string
		for _, e := range v.List {
			if i == 2 && e.Thing.ID == g.all[0] {
				ticks = append(ticks, e.Tick)
			}
		}
		if err := g.Review.Declare(ctx, actor, g.panel, ticks); err != nil {
			return err
		}
	}
	return nil
}

// mark gives everything to readers, who mark it.
func (g *granted) mark(ctx context.Context) error {
	if !g.past("meeting", "decided") {
		return nil
	}
	if err := g.Review.Begin(ctx, g.administrator(), g.panel, 3, g.Clock.Now().AddDate(0, 0, 2)); err != nil {
		return err
	}
	for i, key := range readers {
		v, err := g.Review.ShowReading(ctx, g.accounts[key], g.panel)
		if err != nil {
			return err
		}
		for _, given := range v.Given {
			k := int64(slices.Index(g.all, given.Entry.Thing.ID))
			m := review.Mark{Marks: []int64{5 - k, 4 - k, 4}, Reasons: []string{"Сан келтірілген.", "План по месяцам есть.", "Бағасы түсінікті."}, Comment: "Напишите, кто отвечает за каждый месяц."}
			m.Marks[2] -= int64(i) // one is stricter than the other
			if err := g.Review.Mark(ctx, g.accounts[key], g.panel, given.Entry.ID, m, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *granted) meet(ctx context.Context) error {
	if !g.past("meeting", "decided") {
		return nil
	}
	return g.Review.Meet(ctx, g.administrator(), g.panel, g.Clock.Now(), civic.Text{"kk": "Әкімдік, 3-зал, тікелей эфир сайтта", "ru": "Акимат, зал 3, трансляция на сайте", "en": "Akimat, hall 3, streamed on the site"})
}

// decide decides as the means say, and publishes.
func (g *granted) decide(ctx context.Context) error {
	if !g.past("decided") {
		return nil
	}
	v, err := g.Review.ShowRunning(ctx, g.administrator(), g.panel)
	if err != nil {
		return err
	}
	var present []civic.ID
	votes := map[civic.ID]review.Vote{}
	for _, r := range v.Readers {
		present, votes[r.ID] = append(present, r.ID), review.Yes
	}
	if err := g.Review.Sit(ctx, g.administrator(), g.panel, present, civic.Text{"kk": "Отырыс бір сағатқа созылды, әр өтінім талқыланды.", "ru": "Заседание шло час, обсудили каждую заявку.", "en": "It took an hour; each application was discussed."}); err != nil {
		return err
	}
	for _, one := range v.Ranking.List {
		e := v.Entries[one.Application]
		d := review.Deciding{Votes: votes, Verdict: review.OnReserve, Feedback: v.Draft(e.ID), Talk: "Орташа баға бойынша шештік.", Why: civic.Text{"kk": "Орташа бағасы бойынша ақша жетпеді.", "ru": "По средней оценке денег не хватило.", "en": "By its mean the money did not reach it."}}
		if one.Outcome == review.Funded || one.Outcome == review.Partial {
			d.Verdict, d.Award, d.Why = review.InFull, one.Offered, civic.Text{"kk": "Мәселе санмен көрсетілген, жоспары анық.", "ru": "Проблема показана в цифрах, план ясен.", "en": "The problem is shown in numbers and the plan is clear."}
		}
		if one.Outcome == review.Partial {
			d.Verdict = review.InPart
		}
		if err := g.Review.Decide(ctx, g.administrator(), g.panel, e.ID, d); err != nil {
			return err
		}
	}
	return g.Review.Publish(ctx, g.administrator(), g.panel)
}

func (g *granted) complain(ctx context.Context) error {
	if !g.past("decided") {
		return nil
	}
	who, _ := g.speaker(2)
	return g.service().Complain(ctx, who, g.all[2], "Бағаның үшінші критерий бойынша неге төмен екенін түсінбедік.")
}

// contract signs the contract of the first application, whose first report is in; the second one's is still a draft.
func (g *granted) contract(ctx context.Context) error {
	if !g.past("decided") {
		return nil
	}
	var all []contracts.Contract
	err := g.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		all, err = contracts.Of(tx, civic.Ref{Kind: grants.Kind, ID: g.id})
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.About.ID != g.all[0] {
			continue
		}
		half := c.Amount / 2
		if err := g.Contracts.Sign(ctx, g.administrator(), c.ID, []contracts.Instalment{{What: "Құрал-сайман алынды", Amount: half}, {What: "40 көшеде су жүреді", Amount: c.Amount - half}}, []time.Time{g.now.AddDate(0, 1, 0), g.now.AddDate(0, 3, 0)}); err != nil {
			return err
		}
		if err := g.Contracts.Pay(ctx, g.administrator(), c.ID, 0); err != nil {
			return err
		}
		v, err := g.Contracts.Show(ctx, g.administrator(), c.ID)
		if err != nil {
			return err
		}
		who, _ := g.speaker(0)
		return g.Contracts.File(ctx, who, c.ID, v.Reports[0].ID, contracts.Filed{Said: "Құрал-сайман алдық, он көшені араладық.", Spent: 400_000 * civic.Tenge, Helped: 1200})
	}
	return nil
}
