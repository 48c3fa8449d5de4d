package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/matching"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/sponsorship"
)

type campaignContent struct {
	State, By, Theme, Receiver, IBAN       string
	Begins, Ends                           int
	Keep                                   sponsorship.Keep
	Title, About, LeftOver, Clause, Thanks civic.Text
	Report                                 civic.Text
	Required, Wished                       []struct {
		Amount int64
		What   string
	}
}

// sponsored is one campaign as it is put into the city.
type sponsored struct {
	*seeder
	campaignContent
	id civic.ID
}

func (g *sponsored) service() *sponsorship.Service { return app.Service[*sponsorship.Service](g.App) }

// sponsorshipEvents lists all that happens with gifts: of the campaign that runs one came, one was nobody's, one went back; one is closed.
func (s *seeder) sponsorshipEvents() (all []event, err error) {
	var content struct {
		Campaign []campaignContent
		Pool     []poolContent
	}
	if err := decode("content/sponsorship.toml", &content); err != nil {
		return nil, err
	}
	var campaigns []*sponsored
	for _, c := range content.Campaign {
		g := &sponsored{seeder: s, campaignContent: c}
		campaigns = append(campaigns, g)
		begins := s.now.AddDate(0, 0, c.Begins).Add(-time.Hour)
		all = append(all, event{at: begins, do: g.begin})
		switch c.State {
		case "running":
			all = append(all, event{at: begins.AddDate(0, 0, 2), do: g.run})
		case "closed":
			all = append(all, event{at: begins.AddDate(0, 0, 2), do: g.finish}, event{at: s.now.AddDate(0, 0, c.Ends+5), do: g.close})
		}
	}
	for _, p := range content.Pool {
		all = append(all, campaigns[p.Campaign].match(p)...)
	}
	return all, nil
}

type poolContent struct {
	By                     string
	Campaign, Begins, Ends int
	Money, Donor           int64
	Title, About           civic.Text
}

// match lets a sponsor add to the gifts of the campaign, and divides it when its time is over.
func (g *sponsored) match(p poolContent) (all []event) {
	fund := g.organisations[p.By]
	sponsor := civic.Actor{Account: civic.NewID(g.now.AddDate(0, 0, p.Begins)), Assurance: civic.EmailConfirmed, Grants: []civic.Grant{{Role: civic.Representative, Scope: organisations.RefOf(fund)}}}
	var id civic.ID
	all = append(all, event{at: g.now.AddDate(0, 0, p.Begins), do: func(ctx context.Context) (err error) {
		if id, err = g.Matching.Announce(ctx, sponsor, matching.Pool{Sponsor: fund, Title: p.Title, About: p.About, Rule: allocation.Linear, Money: p.Money, CapDonor: p.Donor, Ends: g.now.AddDate(0, 0, p.Ends)}); err != nil {
			return err
		}
		return g.Matching.Join(ctx, g.accounts["representative"], id, g.id)
	}})
	if p.Ends < 0 {
		all = append(all, event{at: g.now.AddDate(0, 0, p.Ends+1), do: func(ctx context.Context) error { return g.Matching.Close(ctx, sponsor, id) }})
	}
	return all
}

func (g *sponsored) begin(ctx context.Context) error {
	var lines []sponsorship.Line
	for _, l := range g.Required {
		lines = append(lines, sponsorship.Line{Amount: civic.Money(l.Amount) * civic.Tenge, Required: true, What: l.What})
	}
	for _, l := range g.Wished {
		lines = append(lines, sponsorship.Line{Amount: civic.Money(l.Amount) * civic.Tenge, What: l.What})
	}
	speaker := g.accounts["representative"]
	ends := g.now.AddDate(0, 0, g.Ends)
	var err error
	g.id, err = g.service().Keep(ctx, speaker, sponsorship.Campaign{Organisation: g.organisations[g.By], Title: g.Title, About: g.About, Keep: g.Keep, Lines: lines, Scope: city.Scope{Theme: g.Theme}, LeftOver: g.LeftOver, Clause: g.Clause, Thanks: g.Thanks,
		Pay: sponsorship.Payee{Receiver: g.Receiver, IBAN: g.IBAN, Bank: "Үлгі Банк"}, Ends: time.Date(ends.Year(), ends.Month(), ends.Day()+1, 0, 0, 0, 0, ends.Location())})
	if err != nil || g.State == "draft" {
		return err
	}
	if err := g.service().Send(ctx, speaker, g.id); err != nil || g.State == "checking" {
		return err
	}
	return g.service().Decide(ctx, g.administrator(), g.id, moderation.Choice{Approve: true})
}

// gives promises a gift of the resident's.
func (g *sponsored) gives(ctx context.Context, tenge int64, shown sponsorship.Shown, clause bool) (civic.ID, error) {
	return g.service().Pledge(ctx, g.accounts["resident"], g.id, sponsorship.Gift{Name: "Үлгі Тұрғын", Shown: shown, Clause: clause, Amount: civic.Money(tenge) * civic.Tenge})
}

// moved is a movement of the bank: tenge, with whom, what for, and what the organisation says it is; no meaning leaves it waiting.
type moved struct {
	tenge     int64
	with, why string
	is        sponsorship.Answer
}

// bank reads a statement and settles its lines.
func (g *sponsored) bank(ctx context.Context, all ...moved) error {
	var b strings.Builder
	b.WriteString("Дата;Контрагент;Сумма;Назначение платежа\n")
	for _, m := range all {
		fmt.Fprintf(&b, "%s;%s;%d;%s\n", g.Clock.Now().Format("02.01.2006"), m.with, m.tenge, m.why)
	}
	speaker, of := g.accounts["representative"], g.organisations[g.By]
	if _, err := g.service().Import(ctx, speaker, of, g.IBAN, []byte(b.String())); err != nil {
		return err
	}
	w, err := g.service().Work(ctx, speaker, of)
	if err != nil {
		return err
	}
	for _, m := range all {
		for _, l := range w.Lines {
			if l.Amount == civic.Money(m.tenge)*civic.Tenge && m.is.Meaning != "" {
				if err := g.service().Settle(ctx, speaker, l.ID, m.is); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// run lets three gifts come: one is booked, one goes back, and one line is nobody's yet; a fourth is only promised.
func (g *sponsored) run(ctx context.Context) error {
	named, err := g.gives(ctx, 50_000, sponsorship.Named, true)
	if err != nil {
		return err
	}
	back, err := g.gives(ctx, 7_000, sponsorship.Anonymous, false)
	if err != nil {
		return err
	}
	if _, err := g.gives(ctx, 12_000, sponsorship.FirstName, false); err != nil {
		return err
	}
	if err := g.bank(ctx, moved{50_000, "ҮЛГІ ТҰРҒЫН", "Ағашқа", sponsorship.Answer{Meaning: sponsorship.AsGift, Of: named}}, moved{7_000, "ҮЛГІ ТҰРҒЫН", "Ағашқа", sponsorship.Answer{Meaning: sponsorship.AsGift, Of: back}},
		moved{3_500, "Белгісіз жіберуші", "Көмек", sponsorship.Answer{}}); err != nil {
		return err
	}
	if err := g.service().AskBack(ctx, g.accounts["representative"], back, 7_000*civic.Tenge, "Екі рет аударылған"); err != nil {
		return err
	}
	return g.bank(ctx, moved{-7_000, "ҮЛГІ ТҰРҒЫН", "Қайтару", sponsorship.Answer{Meaning: sponsorship.AsRefund, Of: back}},
		moved{-18_000, "Үлгі питомник", "Көшет", sponsorship.Answer{Meaning: sponsorship.AsSpent, Of: g.id, What: "Он көшет"}})
}

// finish lets enough come, and spends it.
func (g *sponsored) finish(ctx context.Context) error {
	gift, err := g.gives(ctx, 25_000, sponsorship.FirstName, false)
	if err != nil {
		return err
	}
	return g.bank(ctx, moved{25_000, "ҮЛГІ ТҰРҒЫН", "Кітапқа", sponsorship.Answer{Meaning: sponsorship.AsGift, Of: gift}}, moved{11_000, "Белгісіз жіберуші", "Сөреге", sponsorship.Answer{Meaning: sponsorship.AsWalkIn, Of: g.id}},
		moved{-30_000, "Үлгі шеберхана", "Сөре", sponsorship.Answer{Meaning: sponsorship.AsSpent, Of: g.id, What: "Кітап сөресі"}}, moved{-250, "Үлгі Банк", "Комиссия", sponsorship.Answer{Meaning: sponsorship.AsFee, Of: g.id}})
}

func (g *sponsored) close(ctx context.Context) error {
	return g.service().Close(ctx, g.accounts["representative"], g.id, g.Report)
}
