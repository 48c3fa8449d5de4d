package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts"
	"github.com/birge-kz/birge/internal/moderation"
)

// drafted are the demonstration's draft documents.
type drafted struct {
	*seeder `toml:"-"`
	Mark    civic.Text
	Draft   []draftContent
	drafts  *drafts.Service
}

// draftContent is one of them. Opened is how many days ago its discussion began, for so many working Days; 0: it is still prepared. Next is the text
// that came of it: then its report is out.
type draftContent struct {
	Body, Theme            string
	Sort                   drafts.Sort
	Opened, Days           int
	Title                  civic.Text
	Purpose, Touched, Cost civic.Text
	Text, Next             civic.Text
	Remark                 []draftRemark
}

// draftRemark is what somebody says. Looked says that a moderator has looked at it.
type draftRemark struct {
	Place, Support, Lands int
	Sort                  drafts.RemarkSort
	Quote, Words, Wording string
	Looked                bool
	Outcome               drafts.Outcome
	Because               civic.Text
}

// draftEvents lists all that happens to draft documents until now.
func (s *seeder) draftEvents() (all []event, err error) {
	d := &drafted{seeder: s, drafts: app.Service[*drafts.Service](s.App)}
	err = decode("content/drafts.toml", d)
	for _, c := range d.Draft {
		at := dayOf(s.now.AddDate(0, 0, -max(c.Opened, 2))).Add(10 * time.Hour)
		var id civic.ID
		all = append(all, event{at: at, do: func(ctx context.Context) (err error) { id, err = d.begin(ctx, c); return err }})
		if len(c.Remark) > 0 {
			all = append(all, event{at: at.AddDate(0, 0, 2), do: func(ctx context.Context) error { return d.discussed(ctx, id, c) }})
		}
		if closed := s.Settings.Calendar().Add(at, c.Days).Add(time.Hour); c.Opened > 0 && closed.Before(s.now) {
			all = append(all, event{at: closed, do: d.drafts.Advance})
			if !c.Next.Empty() {
				all = append(all, event{at: closed.AddDate(0, 0, 5), do: func(ctx context.Context) error { return d.report(ctx, id, c) }})
			}
		}
	}
	return all, err
}

func (d *drafted) begin(ctx context.Context, c draftContent) (civic.ID, error) {
	purpose := civic.Text{}
	for lang, text := range c.Purpose {
		purpose[lang] = text + d.Mark[lang]
	}
	officer := d.accounts["officer"]
	id, err := d.drafts.Make(ctx, officer, drafts.Draft{Sort: c.Sort, Title: c.Title, Purpose: purpose, Touched: c.Touched, Cost: c.Cost, Body: d.organisations[c.Body], Scope: city.Scope{Theme: c.Theme}})
	if err == nil {
		err = d.drafts.PutText(ctx, officer, id, []byte(c.Text[civic.Kazakh]), []byte(c.Text[civic.Russian]))
	}
	if err != nil || c.Opened == 0 {
		return id, err
	}
	return id, d.drafts.Open(ctx, officer, id, c.Days)
}

// discussed lets people remark on a draft and support each other: the first remark is the resident's whom one can sign in as.
func (d *drafted) discussed(ctx context.Context, id civic.ID, c draftContent) error {
	for i, r := range c.Remark {
		who := d.accounts["resident"]
		if i > 0 {
			who = madeUp(1, d.now)[0]
		}
		said, err := d.drafts.Say(ctx, who, id, drafts.Remark{Place: r.Place, Sort: r.Sort, Quote: r.Quote, Words: r.Words, Wording: r.Wording}, civic.Russian)
		if err != nil {
			return fmt.Errorf("remark %d on %s: %w", i+1, c.Title, err)
		}
		for _, fan := range madeUp(r.Support, d.now) {
			if _, err := d.drafts.Support(ctx, fan, said.ID, true); err != nil {
				return err
			}
		}
		if r.Looked {
			if err := d.drafts.Decide(ctx, d.administrator(), said.ID, moderation.Choice{Approve: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// report weighs all that was said, puts the next text in, and publishes the report.
func (d *drafted) report(ctx context.Context, id civic.ID, c draftContent) error {
	officer := d.accounts["officer"]
	if err := d.drafts.PutText(ctx, officer, id, []byte(c.Next[civic.Kazakh]), []byte(c.Next[civic.Russian])); err != nil {
		return err
	}
	work, err := d.drafts.ToWeigh(ctx, officer, id, true, 0)
	if err != nil {
		return err
	}
	for i, l := range work.Lines {
		r := c.Remark[i]
		if err := d.drafts.Weigh(ctx, officer, id, []civic.ID{l.Remark.ID}, drafts.Verdict{Outcome: r.Outcome, Reason: r.Because, Lands: r.Lands}); err != nil {
			return err
		}
	}
	return d.drafts.Report(ctx, officer, id)
}
