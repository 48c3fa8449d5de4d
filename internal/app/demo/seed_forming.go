package demo

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/sortition/draw"
)

// formingContent is the councils that are being formed in the demonstration. Days are from now.
type formingContent struct {
	Group          []string
	Terms, Reasons civic.Text
	Competition    []struct {
		Name         civic.Text
		Body, State  string
		Method       forming.Method
		Since, Until int
		Panel        bool // a citizens' panel, no public council
	}
	Candidate []struct {
		Name, About, Sex string
		Born             int
		By               string // the organisation that nominates them
	}
}

// formed is one competition as it is put into the city.
type formed struct {
	*seeder
	formingContent
	of      int // which of the competitions
	council civic.ID
	id      civic.ID
	all     []civic.ID
}

// openFor is for how many days people could stand.
const openFor = 16

// formingEvents lists all that happens in competitions until now.
func (s *seeder) formingEvents() (all []event, err error) {
	var content formingContent
	if err := decode("content/forming.toml", &content); err != nil {
		return nil, err
	}
	for i, c := range content.Competition {
		f := &formed{seeder: s, formingContent: content, of: i}
		announced := min(c.Until-openFor, -1)
		all = append(all, event{at: s.now.AddDate(0, 0, announced), do: f.announce}, event{at: s.now.AddDate(0, 0, min(announced+3, 0)).Add(-time.Hour), do: f.stand},
			event{at: s.now.AddDate(0, 0, min(c.Until+2, 0)).Add(-time.Minute), do: f.choose})
	}
	return all, nil
}

func (f *formed) announce(ctx context.Context) (err error) {
	c, admin := f.Competition[f.of], f.administrator()
	since := dayOf(f.now.AddDate(0, 0, c.Since))
	kind := councils.Form("public_council")
	if c.Panel {
		kind = "panel"
	}
	f.council, err = app.Service[*councils.Service](f.App).Found(ctx, admin, councils.Council{Form: kind, Name: c.Name, About: f.Terms, Body: f.organisations[c.Body], Law: law,
		Size: 4, Since: since, Until: since.AddDate(3, 0, 0)})
	if err != nil {
		return err
	}
	f.id, err = f.Forming.DrawUp(ctx, admin, forming.Competition{Body: councils.Ref(f.council), Method: c.Method, Seats: 3, Reserve: 1, Group: f.Group, Terms: f.Terms, Until: dayOf(f.now.AddDate(0, 0, c.Until))})
	if err != nil {
		return err
	}
	if c.Method == forming.ByLot {
		if err := f.Forming.SetQuotas(ctx, admin, f.id, []forming.Quota{{Category: "sex", Feature: forming.Woman, Min: 1, Max: 2}, {Category: "age", Feature: "young", Min: 1, Max: 2}}); err != nil {
			return err
		}
	}
	if c.State == "draft" {
		return nil
	}
	return f.Forming.Announce(ctx, admin, f.id)
}

// stand lets everybody stand: the first with the demonstration's own account, the others with accounts that nobody signs in with.
func (f *formed) stand(ctx context.Context) error {
	c := f.Competition[f.of]
	if c.State == "draft" || c.State == "failed" {
		return nil
	}
	for i, p := range f.Candidate {
		who := civic.Actor{Account: civic.NewID(f.now.Add(time.Duration(-i) * time.Minute)), Name: p.Name, Assurance: civic.EmailConfirmed}
		if i == 0 && (c.State == "open" || c.State == "published") {
			who = f.accounts["resident"]
		}
		by := civic.Ref{}
		if p.By != "" {
			by = organisations.RefOf(f.organisations[p.By])
			who.Grants = []civic.Grant{{Role: civic.Representative, Scope: by}}
		}
		id, err := f.Forming.Stand(ctx, who, forming.Candidacy{Competition: f.id, By: by, Name: p.Name, About: p.About, Sex: p.Sex, Born: p.Born}, civic.Kazakh)
		if err != nil {
			return err
		}
		f.all = append(f.all, id)
		if c.State == "open" && i == 2 { // they wait for the check
			return nil
		}
		last := i == len(f.Candidate)-1
		if err := f.Forming.Check(ctx, f.administrator(), f.id, id, !last, map[bool]civic.Text{true: {"kk": "Үміткер мемлекеттік қызметте.", "ru": "Кандидат на государственной службе."}}[last]); err != nil {
			return err
		}
	}
	return nil
}

// choose takes the competition as far as it has come.
func (f *formed) choose(ctx context.Context) error {
	c, admin := f.Competition[f.of], f.administrator()
	switch state := c.State; {
	case state == "failed":
		return f.Forming.Fail(ctx, admin, f.id, civic.Text{"kk": "Ешкім өтінім берген жоқ.", "ru": "Никто не подал заявку."})
	case state == "draft" || state == "open" || state == "checked":
		return nil
	case c.Method == forming.ByVote:
		return f.Forming.EnterVotes(ctx, admin, f.id, map[civic.ID][]int{f.all[0]: {0, 1, 2}, f.all[1]: {0, 1}, f.all[2]: {1, 2}, f.all[3]: {0}})
	}
	list := func(purpose forming.Purpose) (civic.ID, error) {
		d, err := f.Forming.Prepare(ctx, admin, f.id, purpose)
		if err != nil {
			return d, err
		}
		if err := f.RunJobs(ctx); err != nil || c.State == "ready" {
			return d, err
		}
		return d, f.Forming.List(ctx, admin, f.id, d, draw.Source{Kind: draw.Dice})
	}
	for _, purpose := range []forming.Purpose{forming.ForSeats, forming.ForReserve} {
		d, err := list(purpose)
		if err != nil || c.State != "published" {
			return err
		}
		if err := f.Forming.Throw(ctx, admin, f.id, d, 417); err != nil {
			return err
		}
	}
	return f.Forming.Publish(ctx, admin, f.id, f.Reasons)
}
