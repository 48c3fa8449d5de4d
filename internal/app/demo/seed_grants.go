package demo

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/grants"
	"github.com/birge-kz/birge/internal/organisations"
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
	of  int // which of the calls
	id  civic.ID
	all []civic.ID
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
		Rubric: review.Rubric{Scale: 5, Readers: 3, Pass: 250}, Theme: c.Theme})
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
		return g.service().Cancel(ctx, admin, g.id, civic.Text{"kk": "Бірде-бір өтініш түспеді.", "ru": "Не поступило ни одной заявки.", "en": "Nobody applied."})
	case "checking":
		if err := g.service().Check(ctx, admin, g.all[0], grants.Lacking, civic.Text{"kk": "Жоспарда мамырдағы жұмыс жазылмаған.", "ru": "В плане не сказано, что будет в мае.", "en": "The plan does not say what happens in May."}); err != nil {
			return err
		}
		return g.service().Check(ctx, admin, g.all[1], grants.Admitted, nil)
	}
	return nil
}
