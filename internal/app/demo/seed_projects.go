package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/projects"
	"github.com/birge-kz/birge/internal/voices"
)

type projectContent struct {
	Key, District, Theme, Sponsor              string
	Starts, Ends                               int // days from now
	Title, Problem, Goal, Whom, Agreement, Why civic.Text
	Milestones                                 []struct {
		Due        int
		Kk, Ru, En string
	}
}

// jointProject is one joint project as it is put into the city.
type jointProject struct {
	*seeder
	projectContent
	id    civic.ID
	steps []civic.ID
}

// projectEvents lists all that happens in joint projects until now.
func (s *seeder) projectEvents() (all []event, err error) {
	var content struct{ Project []projectContent }
	if err := decode("content/projects.toml", &content); err != nil {
		return nil, err
	}
	for _, of := range content.Project {
		p := &jointProject{seeder: s, projectContent: of}
		at := func(days int, do func(context.Context) error) {
			all = append(all, event{at: s.now.AddDate(0, 0, days).Add(-time.Hour), do: do})
		}
		begins := min(of.Starts, -3)
		at(begins, p.write)
		switch of.Key {
		case "park":
			at(begins+1, p.agree)
			at(-22, p.claimTrees)
			at(-15, p.acceptTrees)
			at(-10, p.disputeTrees)
			at(-5, p.mendTrees)
			at(-2, p.askForMore)
		case "done":
			at(begins+1, p.agree)
			at(-490, p.finish)
		case "stopped":
			at(begins+1, p.agree)
			at(-40, p.stop)
		case "agreed":
			at(-2, p.sign)
		}
	}
	return all, nil
}

func (p *jointProject) service() *projects.Service { return app.Service[*projects.Service](p.App) }

func (p *jointProject) lead() civic.Actor { return p.accounts["representative"] }

func (p *jointProject) agency() civic.Actor { return p.accounts["officer"] }

func (p *jointProject) sponsor() civic.Actor {
	return civic.Actor{Account: "demo-sponsor", Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: organisations.RefOf(p.organisations[p.Sponsor])}}}
}

func (p *jointProject) day(days int) string { return p.now.AddDate(0, 0, days).Format(time.DateOnly) }

func (p *jointProject) write(ctx context.Context) error {
	w := projects.Written{Agreement: p.Agreement, Project: projects.Project{Title: p.Title, Problem: p.Problem, Goal: p.Goal, Whom: p.Whom, Scope: city.Scope{District: p.District, Theme: p.Theme}, Starts: p.day(p.Starts), Ends: p.day(p.Ends),
		Partners: []projects.Partner{{Organisation: p.organisations["aryq"], Role: projects.Lead}, {Organisation: p.organisations["transport"], Role: projects.Agency}}}}
	if p.Sponsor != "" {
		w.Partners = append(w.Partners, projects.Partner{Organisation: p.organisations[p.Sponsor], Role: projects.Sponsor})
	}
	s := p.service()
	id, err := s.Write(ctx, p.lead(), w)
	if err != nil {
		return err
	}
	p.id = id
	for _, m := range p.Milestones {
		if err := s.Plan(ctx, p.lead(), id, projects.Milestone{Name: civic.Text{"kk": m.Kk, "ru": m.Ru, "en": m.En}, Due: p.day(m.Due)}); err != nil {
			return err
		}
	}
	if p.Key == "park" {
		if err := p.promise(ctx); err != nil {
			return err
		}
	}
	v, err := s.Show(ctx, p.lead(), id)
	for _, m := range v.Milestones {
		p.steps = append(p.steps, m.ID)
	}
	return err
}

func spoken(kk, ru, en string) civic.Text { return civic.Text{"kk": kk, "ru": ru, "en": en} }

// promise says what each side of the park gives, and how they see whether it grows.
func (p *jointProject) promise(ctx context.Context) error {
	aryq, transport, sponsor := p.organisations["aryq"], p.organisations["transport"], p.organisations[p.Sponsor]
	for _, l := range []projects.Line{
		{Giver: sponsor, Sort: projects.Money, What: spoken("Орындықтар", "Скамейки", "Benches"), Amount: 750_000},
		{Giver: aryq, Sort: projects.Things, What: spoken("Көшеттер", "Саженцы", "Saplings"), Unit: spoken("дана", "штук", "pieces"), Amount: 40, Rate: 6_000 * civic.Tenge, Source: "https://example.kz/saplings"},
		{Giver: aryq, Sort: projects.Volunteers, What: spoken("Ағаш отырғызу", "Посадка деревьев", "Planting"), Amount: 60},
		{Giver: transport, Sort: projects.Hours, What: spoken("Шұңқыр қазу", "Рытьё ям", "Digging the pits"), Amount: 48},
	} {
		if err := p.service().Promise(ctx, p.lead(), p.id, l); err != nil {
			return err
		}
	}
	return p.service().Aim(ctx, p.lead(), p.id, projects.Indicator{Result: spoken("Аялдамада көлеңке бар", "На остановке есть тень", "There is shade at the stop"), Name: spoken("Тірі ағаштар", "Живые деревья", "Living trees"),
		How: spoken("Екінші адаммен бірге санаймыз", "Считаем вдвоём", "Two people count them"), By: aryq, Percent: true, Baseline: projects.Figure{Denominator: 40}, Target: projects.Figure{Numerator: 36, Denominator: 40}})
}

func (p *jointProject) sign(ctx context.Context) error {
	v, err := p.service().Show(ctx, p.lead(), p.id)
	sides := []civic.Actor{p.lead(), p.agency()}
	if p.Sponsor != "" {
		sides = append(sides, p.sponsor())
	}
	for _, a := range sides {
		if err == nil {
			err = p.service().SignIt(ctx, a, p.id, v.Agreement().No)
		}
	}
	return err
}

func (p *jointProject) agree(ctx context.Context) error {
	if err := p.sign(ctx); err != nil {
		return err
	}
	return p.service().Start(ctx, p.agency(), p.id)
}

func (p *jointProject) claimTrees(ctx context.Context) error {
	return p.service().Claim(ctx, p.lead(), p.steps[0], spoken("Қырық көшет отырғыздық, әрқайсысын суардық.", "Посадили сорок саженцев, каждый полили.", "We planted forty saplings and watered each."), nil)
}

func (p *jointProject) acceptTrees(ctx context.Context) error {
	return p.service().Judge(ctx, p.agency(), p.steps[0], projects.Accepted, spoken("Санадық: қырық.", "Посчитали: сорок.", "We counted forty."))
}

// disputeTrees lets people who live nearby say that trees have dried up; a moderator lets the words of one in, the other's wait.
func (p *jointProject) disputeTrees(ctx context.Context) error {
	var first civic.ID
	for n := range 4 {
		said := projects.Spoken{Voice: voices.Disputes, Matter: "poor", Near: true}
		if n == 0 {
			said.Words = "Жол жақтағы жеті ағаш қурап қалды."
		}
		word, err := p.service().Say(ctx, civic.Actor{Account: civic.ID(fmt.Sprintf("park-%d", n)), Assurance: civic.Verified, Lang: civic.Kazakh}, p.steps[0], said)
		if err != nil {
			return err
		}
		if n == 0 {
			first = word
		}
	}
	return p.service().Decide(ctx, p.administrator(), first, moderation.Choice{Approve: true})
}

// mendTrees claims them anew, which the agency accepts and people confirm; the demonstration's resident has a word of their own.
func (p *jointProject) mendTrees(ctx context.Context) error {
	s := p.service()
	if err := s.Claim(ctx, p.lead(), p.steps[0], spoken("Қураған жеті ағашты ауыстырдық, енді күн сайын суарамыз.", "Заменили семь засохших деревьев, теперь поливаем каждый день.", "We replaced the seven that dried up, and water daily now."), nil); err != nil {
		return err
	}
	if err := s.Judge(ctx, p.agency(), p.steps[0], projects.Accepted, nil); err != nil {
		return err
	}
	for n := range 6 {
		if _, err := s.Say(ctx, civic.Actor{Account: civic.ID(fmt.Sprintf("park-%d", n)), Assurance: civic.Verified, Lang: civic.Kazakh}, p.steps[0], projects.Spoken{Voice: voices.Agrees, Near: true}); err != nil {
			return err
		}
	}
	_, err := s.Say(ctx, p.accounts["resident"], p.steps[0], projects.Spoken{Voice: voices.Agrees, Words: "Енді бәрі жасыл, көлеңкесі де бар.", Near: true})
	return err
}

// askForMore leaves one thing waiting for each side: a claim, a measure and a gift to be confirmed, a change to be agreed to.
func (p *jointProject) askForMore(ctx context.Context) error {
	s := p.service()
	if err := s.Claim(ctx, p.lead(), p.steps[1], spoken("Бес орындық қойдық.", "Поставили пять скамеек.", "We put up five benches."), nil); err != nil {
		return err
	}
	v, err := s.Show(ctx, p.lead(), p.id)
	if err != nil {
		return err
	}
	why := spoken("Су құбыры жөнделіп жатыр, ол бір айға созылады.", "Водопровод ремонтируют, это займёт ещё месяц.", "The water main is being repaired, which takes another month.")
	for _, do := range []func() error{
		func() error {
			return s.Give(ctx, p.sponsor(), p.id, v.Lines[0].ID, projects.Given{Amount: 400_000, Paper: "№ 118"})
		},
		func() error {
			return s.Give(ctx, p.lead(), p.id, v.Lines[1].ID, projects.Given{Amount: 40, Paper: "Акт 3"})
		},
		func() error {
			return s.Measure(ctx, p.lead(), p.id, v.Goals[0].ID, projects.Update{Day: p.day(-20), Figure: projects.Figure{Numerator: 33, Denominator: 40}, Words: spoken("Екі адам санады.", "Считали двое.", "Two people counted.")})
		},
		func() error {
			return s.Measure(ctx, p.lead(), p.id, v.Goals[0].ID, projects.Update{Day: p.day(-3), Figure: projects.Figure{Numerator: 40, Denominator: 40}, Words: spoken("Ауыстырғаннан кейін.", "После замены.", "After they were replaced.")})
		},
		func() error {
			return s.Change(ctx, p.lead(), p.id, projects.Change{Kind: projects.Duration, New: p.day(90), Why: why})
		},
	} {
		if err := do(); err != nil {
			return err
		}
	}
	if v, err = s.Show(ctx, p.lead(), p.id); err != nil {
		return err
	}
	for _, a := range []civic.Actor{p.agency(), p.sponsor()} {
		if err := s.Agree(ctx, a, p.id, v.Changes[0].ID); err != nil {
			return err
		}
	}
	if err := s.Change(ctx, p.agency(), p.id, projects.Change{Kind: projects.Duration, Target: p.steps[2], New: p.day(70), Why: why}); err != nil { // within the new end
		return err
	}
	if err := s.Confirm(ctx, p.lead(), p.id, v.Given[0].ID, true, nil); err != nil {
		return err
	}
	return s.Review(ctx, p.agency(), p.id, v.Goals[0].Updates[0].ID, true, nil)
}

func (p *jointProject) finish(ctx context.Context) error {
	s := p.service()
	if err := s.Claim(ctx, p.lead(), p.steps[0], spoken("Өткел сызылды, белгілер тұр.", "Переход размечен, знаки стоят.", "The crossing is marked and the signs are up."), nil); err != nil {
		return err
	}
	if err := s.Judge(ctx, p.agency(), p.steps[0], projects.Accepted, nil); err != nil {
		return err
	}
	for n := range 5 { // as many as make a milestone confirmed: nobody waits for more words then
		if _, err := s.Say(ctx, civic.Actor{Account: civic.ID(fmt.Sprintf("crossing-%d", n)), Assurance: civic.Verified, Lang: civic.Kazakh}, p.steps[0], projects.Spoken{Voice: voices.Agrees, Near: true}); err != nil {
			return err
		}
	}
	return s.Finish(ctx, p.agency(), p.id)
}

func (p *jointProject) stop(ctx context.Context) error {
	return p.service().Stop(ctx, p.lead(), p.id, p.Why)
}
