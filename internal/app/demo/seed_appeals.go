package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/appeals"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/places"
)

// Appeal is one of the demonstration's. Days is from now; each later step is so many days after the one before.
type Appeal struct {
	By                    string // an account; "": somebody without one, at an address
	Days                  int
	Sort                  appeals.Sort
	Open                  bool
	Body                  string // "": nobody knows whose it is
	Theme, District       string
	Place                 bool // a made-up point in the district
	Lang                  civic.Lang
	Title, Words, Address string
	Waits                 bool // for a moderator
	Unconfirmed           bool
	Joins                 string   // what the demonstration's resident adds, whose it is too
	Rule                  civic.ID // by which its words are removed
	Because               string
	Taken                 int      // 0: not yet
	Forward               struct { // on the day on which it is taken
		Whose        string
		What, Reason civic.Text
	}
	Same        string // the title of another: two days after it was taken the body asks whether it is about the same
	Asks, Tells string // of the applicant, a day after it was taken, and what they say two days later
	Reply       []struct {
		Days, Promised int
		Outcome        answers.Outcome
		Reason         civic.Text
	}
	Contest string // of the first reply
	Word    appeals.Word
}

// appealed is an appeal as it is put into the city.
type appealed struct {
	*seeder
	*appeals.Service
	Appeal
	note   civic.Text
	email  string // of who has no account
	who    appeals.Who
	id, of civic.ID
	others map[string]*appealed // by title
}

// appealEvents lists all that happens to appeals until now.
func (s *seeder) appealEvents() (all []event, err error) {
	var content struct {
		Note     civic.Text
		Appeal   []Appeal
		Template []appeals.Template // of the officer's body
	}
	err = decode("content/appeals.toml", &content)
	service, byTitle := app.Service[*appeals.Service](s.App), map[string]*appealed{}
	for _, t := range content.Template {
		all = append(all, event{at: dayOf(s.now.AddDate(0, 0, -70)).Add(9 * time.Hour), do: func(ctx context.Context) error {
			t.Body = s.organisations["transport"]
			_, err := service.KeepTemplate(ctx, s.accounts["officer"], t)
			return err
		}})
	}
	for i, a := range content.Appeal {
		p := &appealed{email: fmt.Sprintf("turgyn-%d@demo.example", i+1), seeder: s, Service: service, Appeal: a, note: content.Note, others: byTitle}
		byTitle[a.Title] = p
		all = append(all, p.events()...)
	}
	return all, err
}

func (p *appealed) events() []event {
	at := dayOf(p.now.AddDate(0, 0, p.Days)).Add(10 * time.Hour)
	all := []event{{at: at, do: p.file}}
	if p.Body == "" || p.Unconfirmed {
		return all
	}
	if p.Joins != "" {
		all = append(all, event{at: at.Add(2 * time.Hour), do: func(ctx context.Context) error { return p.Join(ctx, p.accounts["resident"], p.id, p.Joins) }})
	}
	if p.Taken > 0 {
		at = at.AddDate(0, 0, p.Taken)
		all = append(all, event{at: at, do: func(ctx context.Context) error { return p.Take(ctx, p.accounts["officer"], p.of, inCharge) }})
	}
	if p.Appeal.Forward.Whose != "" {
		all = append(all, event{at: at.Add(time.Hour), do: func(ctx context.Context) error {
			return p.Service.Forward(ctx, p.accounts["officer"], p.of, p.organisations[p.Appeal.Forward.Whose], p.Appeal.Forward.What, p.Appeal.Forward.Reason)
		}})
	}
	if p.Asks != "" {
		all = append(all, event{at: at.AddDate(0, 0, 1), do: func(ctx context.Context) error { return p.Ask(ctx, p.accounts["officer"], p.of, p.Asks) }})
	}
	if p.Same != "" {
		all = append(all, event{at: at.AddDate(0, 0, 2), do: func(ctx context.Context) error {
			return p.AskSame(ctx, p.accounts["officer"], p.of, p.others[p.Same].of)
		}})
	}
	if p.Tells != "" {
		at = at.AddDate(0, 0, 3)
		all = append(all, event{at: at, do: func(ctx context.Context) error { return p.Tell(ctx, p.who, p.id, p.of, p.Tells) }})
	}
	for i, r := range p.Appeal.Reply {
		said := at.AddDate(0, 0, r.Days)
		at = said.Add(5 * time.Hour)
		all = append(all, event{at: said, do: func(ctx context.Context) error {
			v := answers.Verdict{Outcome: r.Outcome, Reason: behind(r.Reason, " ", p.note), Promised: in(said, r.Promised)}
			return p.Service.Reply(ctx, p.accounts["officer"], p.of, v, inCharge)
		}})
		switch {
		case i == 0 && p.Contest != "":
			all = append(all, p.says(at, appeals.Says{Contest: true, Words: p.Contest}))
		case i == len(p.Appeal.Reply)-1 && p.Word != "":
			all = append(all, p.says(at, appeals.Says{Word: p.Word}))
		}
	}
	return all
}

// inCharge is who answers for the made-up body.
const inCharge = "М. Сейдахметов, бөлім басшысы / начальник отдела"

func (p *appealed) says(at time.Time, says appeals.Says) event {
	return event{at: at, do: func(ctx context.Context) error {
		return p.Judge(ctx, p.who, p.id, p.of, says)
	}}
}

func (p *appealed) file(ctx context.Context) error {
	a := appeals.Appeal{Sort: p.Sort, Open: p.Open, Title: p.Title, Words: p.Words + "\n\n" + p.note[p.Lang], Address: p.Address, Scope: city.Scope{District: p.District, Theme: p.Theme}, Wished: p.organisations[p.Body]}
	if p.Place {
		a.Point = p.pointIn(p.District, p.Title)
	}
	filed, err := p.File(ctx, p.accounts[p.By], a, p.email, p.Lang)
	if err != nil {
		return err
	}
	p.id, p.who.Actor = filed.ID, p.accounts[p.By]
	if filed.ByMail && !p.Unconfirmed {
		err = p.confirmByMail(ctx)
	}
	if err != nil || p.Unconfirmed {
		return err
	}
	if p.Open && !p.Waits {
		if err := p.Decide(ctx, p.administrator(), p.id, moderation.Choice{Approve: p.Appeal.Rule == "", Rule: p.Appeal.Rule, Reason: p.Because}); err != nil {
			return err
		}
	}
	v, err := p.Show(ctx, p.who, p.id)
	for _, c := range v.Cases {
		p.of = c.ID
	}
	return err
}

// confirmByMail files what somebody without an account wrote, by the link of the mail.
func (p *appealed) confirmByMail(ctx context.Context) error {
	letter, err := p.Letter(ctx, p.email)
	if err != nil {
		return err
	}
	p.who.Token = mailedToken(letter, appeals.Path(p.id)+"/own/")
	return p.Service.Confirm(ctx, p.id, p.who.Token)
}

// pointIn is a made-up point in a district, the same for the same words.
func (s *seeder) pointIn(district, words string) places.Point {
	b, _ := s.Places.Outlines().Bound(district)
	r := rand.New(rand.NewPCG(seed(words), 1))
	for {
		p := places.Point{Lat: b.Min.Lat() + r.Float64()*(b.Max.Lat()-b.Min.Lat()), Lon: b.Min.Lon() + r.Float64()*(b.Max.Lon()-b.Min.Lon())}
		if in, _ := s.Places.Outlines().At(p); in == district {
			return p
		}
	}
}
