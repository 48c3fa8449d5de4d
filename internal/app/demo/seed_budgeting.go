package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/ballots"
	"github.com/birge-kz/birge/internal/budgeting"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/delivery"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/voices"
)

// budgets are the people's budgets of the demonstration.
type budgets struct {
	*seeder
	*budgeting.Service
	Note     civic.Text
	Campaign []BudgetCampaign
	Proposal []BudgetProposal
	Past     []BudgetPast
	ids      map[string]civic.ID // of campaigns, by key
	plans    map[string]budgeting.Campaign
	filed    []civic.ID // proposals, by place in the content
}

// BudgetCampaign is one of the content. Days are the first day for proposals and the last of each stage, from now.
type BudgetCampaign struct {
	Key          string
	Title, About civic.Text
	Days         []int
	Voters       int
}

// BudgetPast is a vote of an earlier year, of the content. Each of 60 voters chose the projects in whose of their place goes.
type BudgetPast struct {
	Title, Part  civic.Text
	Years, Money int // ago; in tenge
	Public       bool
	Projects     []struct {
		Name     string
		Cost, Of int
	}
}

// BudgetProposal is one proposal of the content.
type BudgetProposal struct {
	Campaign, By       string // By is an account; "": somebody who never signs in
	Lang               civic.Lang
	District, Area     string
	Category, Title    string
	What, Why, Address string
	Items              map[string]int64
	Check              string // "feasible", "changes": signed; "waits" for its body; "sign": for the council
	Point, Freeze      civic.Text
	Into, Votes, Paper int
	Waits              bool
}

func (s *seeder) budgetEvents() ([]event, error) {
	b := &budgets{seeder: s, Service: app.Service[*budgeting.Service](s.App), ids: map[string]civic.ID{}, plans: map[string]budgeting.Campaign{}}
	if err := decode("content/budgeting.toml", b); err != nil {
		return nil, err
	}
	b.filed = make([]civic.ID, len(b.Proposal))
	var all []event
	add := func(days, hour int, do func(context.Context) error) {
		if at := dayOf(s.now.AddDate(0, 0, days)).Add(time.Duration(hour) * time.Hour); !at.After(s.now) {
			all = append(all, event{at: at, do: do})
		}
	}
	for _, p := range b.Past {
		add(-20, 11, func(ctx context.Context) error { return b.bring(ctx, p) })
	}
	for _, c := range b.Campaign {
		add(min(c.Days[0]-10, -1), 9, func(ctx context.Context) error { return b.announce(ctx, c) })
		for i, p := range b.Proposal {
			if p.Campaign != c.Key {
				continue
			}
			add(c.Days[0]+1, 10+i%8, func(ctx context.Context) error { return b.file(ctx, i) })
			switch {
			case c.Days[0] > -20:
				add(c.Days[0]+4, 10, func(ctx context.Context) error { return b.check(ctx, i, p.Check) })
			default:
				add(c.Days[1]+1, 10, func(ctx context.Context) error { return b.check(ctx, i, "feasible") })
			}
		}
		if c.Voters > 0 {
			add(c.Days[4]+1, 1, b.OpenVotes)
			add(c.Days[4]+3, 12, func(ctx context.Context) error { return b.vote(ctx, c) })
			add(c.Days[4]+4, 12, func(ctx context.Context) error { return b.freeze(ctx, c) })
		}
		if c.Voters > 0 && c.Days[5] < 0 {
			add(c.Days[5]+1, 1, func(ctx context.Context) error { return s.RunJobs(ctx) })
			add(c.Days[5]+6, 10, func(ctx context.Context) error { return b.sign(ctx, c) })
			add(c.Days[5]+20, 10, func(ctx context.Context) error { return b.build(ctx, c) })
		}
	}
	return all, nil
}

// bring takes a vote of an earlier year in from a file, as another system gave it.
func (b *budgets) bring(ctx context.Context, p BudgetPast) error {
	var projects, votes strings.Builder
	for i, project := range p.Projects {
		fmt.Fprintf(&projects, "%d;%d;%s\n", i+1, project.Cost, project.Name)
	}
	for voter := range 60 {
		var chosen []string
		for i, project := range p.Projects {
			if voter%project.Of == 0 {
				chosen = append(chosen, fmt.Sprint(i+1))
			}
		}
		if len(chosen) > 0 {
			fmt.Fprintf(&votes, "%d;%s\n", voter+1, strings.Join(chosen, ","))
		}
	}
	file := fmt.Sprintf("META\nkey;value\nbudget;%d\nvote_type;approval\nrule;greedy\ncurrency;KZT\nPROJECTS\nproject_id;cost;name\n%sVOTES\nvoter_id;vote\n%s", p.Money, projects.String(), votes.String())
	id, err := b.BringPast(ctx, b.administrator(), budgeting.Past{Year: b.now.Year() - p.Years, Body: b.organisations["transport"], Title: p.Title, Part: p.Part}, strings.NewReader(file), civic.Kazakh)
	if err != nil || !p.Public {
		return err
	}
	return b.PublishPast(ctx, b.administrator(), id)
}

func (b *budgets) announce(ctx context.Context, c BudgetCampaign) error {
	day := func(n int) string { return b.now.AddDate(0, 0, n).Format(time.DateOnly) }
	typed := b.Usual()
	typed.Year, typed.Body, typed.Title, typed.About = b.now.AddDate(0, 0, c.Days[7]).Year(), b.organisations["transport"], c.Title, c.About
	typed.Plan = budgeting.Plan{Opens: day(c.Days[0]), Until: map[budgeting.Stage]string{}}
	for i, stage := range budgeting.Stages() {
		typed.Plan.Until[stage] = day(c.Days[i+1])
	}
	typed.Areas = []budgeting.Area{{Code: "small", Name: civic.Text{"kk": "40 пәтерге дейінгі аулалар", "ru": "Дворы до 40 квартир", "en": "Yards of up to 40 flats"}, Money: 12_000_000 * civic.Tenge},
		{Code: "large", Name: civic.Text{"kk": "Үлкен аулалар мен ортақ жерлер", "ru": "Большие дворы и общие места", "en": "Large yards and common places"}, Money: 20_000_000 * civic.Tenge}}
	typed.Rules.Verified, typed.Rules.PerPerson, typed.Rules.Reach = false, 5, budgeting.OneMore
	id, err := b.DrawUp(ctx, b.administrator(), typed)
	if b.ids[c.Key] = id; err != nil || c.Key == "draft" {
		return err
	}
	b.plans[c.Key] = typed
	return b.Publish(ctx, b.administrator(), id)
}

// who is somebody who never signs in, the same for the same number.
func (b *budgets) who(n int) civic.Actor {
	return civic.Actor{Account: civic.ID(fmt.Sprintf("budget-%d", n)), Assurance: civic.Verified, Grants: []civic.Grant{{Role: civic.Resident}}}
}

func (b *budgets) file(ctx context.Context, i int) error {
	p := b.Proposal[i]
	in := budgeting.Proposal{Campaign: b.ids[p.Campaign], Area: p.Area, Category: p.Category, Title: p.Title, What: p.What, Why: p.Why + "\n\n" + b.Note[p.Lang], District: p.District, Address: p.Address,
		Land: budgeting.CommonLand, Point: b.pointIn(p.District, p.Title), Paper: p.Paper > 0, PaperSupport: p.Paper}
	for _, code := range slices.Sorted(maps.Keys(p.Items)) {
		for _, u := range b.plans[p.Campaign].Prices {
			if u.Code == code {
				in.Estimate = append(in.Estimate, budgeting.Line{Code: code, Quantity: p.Items[code], Price: u.Price})
			}
		}
	}
	by := b.who(i)
	switch {
	case p.Paper > 0:
		by = b.administrator()
	case p.By != "":
		by = b.accounts[p.By]
	}
	filed, err := b.Propose(ctx, by, in, p.Lang)
	if b.filed[i] = filed.ID; err != nil || p.Waits {
		return err
	}
	if err := b.Decide(ctx, b.administrator(), filed.ID, moderation.Choice{Approve: true}); err != nil {
		return err
	}
	for n := range 3 + (i*7)%12 {
		if err := b.Support(ctx, b.who(100+n), filed.ID); err != nil {
			return err
		}
	}
	if p.Into > 0 {
		return b.AskMerge(ctx, by, filed.ID, p.Into, "")
	}
	return nil
}

// check takes a proposal as far as the content says.
func (b *budgets) check(ctx context.Context, i int, how string) error {
	p, id := b.Proposal[i], b.filed[i]
	if how == "" {
		return nil
	}
	if err := b.Assign(ctx, b.administrator(), id, []civic.ID{b.organisations["transport"]}); err != nil || how == "waits" {
		return err
	}
	v, err := b.Show(ctx, b.administrator(), id)
	if err != nil {
		return err
	}
	o := budgeting.Opinion{Outcome: budgeting.Feasible, Cost: v.Proposal.Cost * 105 / 100 / civic.Tenge * civic.Tenge, Person: inCharge, Reason: civic.Text{"kk": "Жері қала меншігінде, жүзеге асырса болады.", "ru": "Земля городская, сделать можно.", "en": "The land is the city's, and it can be made."}}
	if how == "changes" {
		o.Outcome, o.Points = budgeting.WithChanges, []civic.Text{p.Point}
		o.Reason = civic.Text{"kk": "Аула арқылы жылу құбыры өтеді.", "ru": "Через двор идёт теплотрасса.", "en": "A heating main runs through the yard."}
	}
	for _, k := range v.Checks {
		if err := b.Opine(ctx, b.accounts["officer"], k.ID, o); err != nil {
			return err
		}
	}
	if how == "sign" {
		return nil
	}
	return b.Sign(ctx, b.administrator(), id, budgeting.Verdict{Outcome: o.Outcome, Cost: o.Cost, Reason: o.Reason, Protocol: "№ 4"})
}

// vote casts the ballots of made-up people, who choose what the content says that many do.
func (b *budgets) vote(ctx context.Context, c BudgetCampaign) error {
	r := rand.New(rand.NewPCG(seed(c.Key), 7))
	number := 0
	var projects [][2]int // number, votes
	for _, p := range b.Proposal {
		if p.Campaign == c.Key {
			number++
			projects = append(projects, [2]int{number, p.Votes})
		}
	}
	for n := range c.Voters {
		var ballot ballots.Ballot
		for _, p := range projects {
			if len(ballot) < 3 && (p[1] == 0 && r.IntN(2) == 0 || r.IntN(c.Voters) < p[1]) {
				ballot = append(ballot, ballots.Mark{Option: fmt.Sprint(p[0])})
			}
		}
		if len(ballot) == 0 {
			ballot = ballots.Ballot{{Option: "1"}}
		}
		if err := b.Cast(ctx, b.who(1000+n), b.ids[c.Key], "", ballots.Cast{Ballot: ballot, Words: ballots.NewWords()}); err != nil {
			return err
		}
	}
	return nil
}

// won lists the works of what won, by the place of the proposal in the content.
func (b *budgets) won(ctx context.Context, c BudgetCampaign) (out []civic.ID, err error) {
	for i, p := range b.Proposal {
		if p.Campaign != c.Key {
			continue
		}
		v, err := b.Show(ctx, b.administrator(), b.filed[i])
		if err != nil {
			return nil, err
		}
		if v.Built.ID != "" {
			out = append(out, v.Built.ID)
		}
	}
	return out, nil
}

// sign notes contracts for all that won but the last, which has none yet.
func (b *budgets) sign(ctx context.Context, c BudgetCampaign) error {
	works, err := b.won(ctx, c)
	if err != nil {
		return err
	}
	d, admin, day := b.App.Delivery, b.administrator(), func(n int) string { return b.now.AddDate(0, 0, n).Format(time.DateOnly) }
	for i, id := range works[:max(0, len(works)-1)] {
		v, err := d.Show(ctx, admin, id)
		if err != nil {
			return err
		}
		signed := delivery.Contract{Number: fmt.Sprintf("%d-ХБ", 21+i), With: "«Үлгі құрылыс» ЖШС", BIN: "970740000838", Sum: v.Cost * 97 / 100, Signed: day(c.Days[5] + 6)}
		if i == 1 {
			signed.Sum = v.Cost * 108 / 100
		}
		steps := errors.Join(d.Contract(ctx, admin, id, signed, civic.Text{"kk": "Металл қымбаттады.", "ru": "Подорожал металл.", "en": "Metal became dearer."}),
			d.Plan(ctx, admin, id, delivery.Milestone{Name: civic.Text{"kk": "Негізі төселді", "ru": "Уложено основание", "en": "The ground is laid"}, Due: day(c.Days[5] + 18)}),
			d.Plan(ctx, admin, id, delivery.Milestone{Name: civic.Text{"kk": "Бәрі орнатылды", "ru": "Всё установлено", "en": "All is put up"}, Due: day(c.Days[5] + 40)}),
			d.Pay(ctx, admin, id, fmt.Sprintf("П-%d", 301+i), v.Cost/2))
		if steps != nil {
			return steps
		}
	}
	return nil
}

// build shows works in every state: the first is confirmed, the second disputed, the third late, and whoever comes by the fourth says whether it is there.
func (b *budgets) build(ctx context.Context, c BudgetCampaign) error {
	works, err := b.won(ctx, c)
	if err != nil {
		return err
	}
	d, admin := b.App.Delivery, b.administrator()
	for i, id := range works[:max(0, len(works)-1)] {
		v, err := d.Show(ctx, admin, id)
		if err == nil {
			err = d.Reach(ctx, admin, id, v.Milestones[0].ID)
		}
		if err == nil && i == 2 {
			err = d.Delay(ctx, admin, id, b.now.AddDate(0, 0, c.Days[7]+45).Format(time.DateOnly), civic.Text{"kk": "Жаңбырдан кейін жер кепкен жоқ.", "ru": "После дождей не просохла земля.", "en": "After the rain the ground is not dry."})
		}
		if err == nil && i != 2 {
			err = d.Finish(ctx, admin, id)
		}
		said, matter, people := voices.Agrees, "", 6
		if i == 1 {
			said, matter, people = voices.Disputes, "missing", 4
		}
		for n := range people {
			if err == nil && i < 2 {
				err = d.Say(ctx, b.who(1000+n), id, said, matter, true)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *budgets) freeze(ctx context.Context, c BudgetCampaign) error {
	for i, p := range b.Proposal {
		if p.Campaign == c.Key && !p.Freeze.Empty() {
			return b.Service.Freeze(ctx, b.administrator(), b.filed[i], p.Freeze)
		}
	}
	return nil
}
