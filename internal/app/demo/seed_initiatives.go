package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/initiatives"
	"github.com/birge-kz/birge/internal/moderation"
)

// initiated are the demonstration's initiatives.
type initiated struct {
	*seeder       `toml:"-"`
	Note, Because civic.Text
	Names         []string
	Initiative    []initiative
	initiatives   *initiatives.Service
	asked         int // addresses so far
}

// initiative is one of them. Days is from now; More sign once it is open, and Bots, which a moderator finds.
type initiative struct {
	Days                  int
	State                 initiatives.State
	Body, Theme, District string
	Lang                  civic.Lang
	Title, Words          string
	More, Bots            int
}

// initiativeEvents lists all that happens to initiatives until now.
func (s *seeder) initiativeEvents() (all []event, err error) {
	d := &initiated{seeder: s, initiatives: app.Service[*initiatives.Service](s.App)}
	err = decode("content/initiatives.toml", d)
	for _, i := range d.Initiative {
		at := dayOf(s.now.AddDate(0, 0, i.Days)).Add(10 * time.Hour)
		all = append(all, event{at: at, do: func(ctx context.Context) error { return d.begin(ctx, i) }})
	}
	return all, err
}

// begin writes one with three authors, and takes it as far as it has come.
func (d *initiated) begin(ctx context.Context, i initiative) error {
	s, first := d.initiatives, d.accounts["resident"]
	made, err := s.Write(ctx, first, initiatives.Initiative{Title: i.Title, Words: i.Words + "\n\n" + d.Note[i.Lang], Body: d.organisations[i.Body], Scope: city.Scope{District: i.District, Theme: i.Theme}}, i.Lang)
	if err != nil {
		return err
	}
	for _, other := range []string{"representative", "officer"} {
		if err := s.Agree(ctx, d.accounts[other], made.ID, initiatives.InviteOf(made)); err != nil {
			return err
		}
	}
	if i.State == initiatives.Draft {
		return nil
	}
	if err := s.Gather(ctx, first, made.ID); err != nil {
		return err
	}
	join := int(d.Settings.Value("initiatives.joinder_people"))
	if err := d.sign(ctx, made, join, "", i.District); err != nil || i.State != initiatives.Open {
		return err
	}
	if err := s.Decide(ctx, d.administrator(), made.ID, moderation.Choice{Approve: true}); err != nil {
		return err
	}
	if _, err := s.Sign(ctx, first, made.ID, "", initiatives.Signing{Name: first.Name, Network: "home"}); err != nil {
		return err
	}
	if err := d.sign(ctx, made, i.More, "", i.District); err != nil || i.Bots == 0 {
		return err
	}
	if err := d.sign(ctx, made, i.Bots, "Bot", ""); err != nil {
		return err
	}
	_, err = s.Invalidate(ctx, d.administrator(), made.ID, initiatives.Conditions{Name: "Bot *"}, d.Because)
	return err
}

// sign lets so many sign at addresses of their own, and counts them. pattern is what those are called who are nobody.
func (d *initiated) sign(ctx context.Context, i initiatives.Initiative, n int, pattern, district string) error {
	for k := range n {
		d.asked++
		email := fmt.Sprintf("qol-%d@demo.example", d.asked)
		in := initiatives.Signing{Name: d.Names[d.asked%len(d.Names)], Shown: k%4 == 0, District: []string{district, ""}[k%2], Email: email, Network: fmt.Sprint("home ", d.asked), Lang: civic.Kazakh}
		if pattern != "" {
			in.Name, in.Network, in.Shown = fmt.Sprint(pattern, " ", d.asked), "one", false
		}
		if _, err := d.initiatives.Sign(ctx, civic.Actor{}, i.ID, initiatives.KeyOf(i), in); err != nil {
			return err
		}
		letter, err := d.Letter(ctx, email)
		if err != nil {
			return err
		}
		if err := d.initiatives.Confirm(ctx, i.ID, mailedToken(letter, initiatives.Path(i.ID)+"/own/")); err != nil {
			return err
		}
	}
	return d.initiatives.Fold(ctx)
}
