package events

import (
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// After is what is known of the dates of an event that are over.
type After struct {
	Places, Came int
	Said         booking.Opinions
}

func after(tx *storage.Tx, dates []Date) (a After, err error) {
	for _, d := range dates {
		if d.Off || d.Ends.After(tx.Now()) {
			continue
		}
		o, there, err := booking.Of(tx, DateRef(d.ID))
		if err != nil {
			return a, err
		}
		if !there {
			continue
		}
		counts, err := booking.CountsOf(tx, DateRef(d.ID))
		if err != nil {
			return a, err
		}
		said, err := booking.OpinionsOf(tx, DateRef(d.ID))
		if err != nil {
			return a, err
		}
		a.Places, a.Came, a.Said = a.Places+o.Capacity.Total(), a.Came+counts.Entered, a.Said.And(said)
	}
	return a, nil
}

// figures are the numbers of a report that is told now.
func (s *Service) figures(tx *storage.Tx, dates []Date, visitors int) (Figures, error) {
	a, err := after(tx, dates)
	return figuresOf(dates, tx.Now(), a.Places, a.Came, visitors, a.Said, int(s.city.Settings.Value("events.opinions_least"))), err
}

// Certify gives a certificate to whoever came to a date that is over, when the event gives one: to each one for each date, however often it is asked for. Errors: civic.NotFound; civic.Closed.
func (s *Service) Certify(ctx context.Context, a civic.Actor, event, date civic.ID, lang civic.Lang) (id civic.ID, err error) {
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		d, err := findDate(tx, date)
		if err == nil && (d.ID != event || !d.State.Public()) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		came, err := booking.CameTo(tx, a.Account, []civic.Ref{DateRef(date)})
		if err != nil {
			return err
		}
		if !d.Terms.Certificate || d.Date.Off || d.Date.Ends.After(tx.Now()) || !came[DateRef(date)] {
			return civic.Fail(civic.Closed, "events.no_certificate")
		}
		holder, found, err := s.city.Identity.Holder(tx, a.Account)
		if err != nil || !found {
			return notThere()
		}
		claims, err := s.claims(tx, d, lang)
		if err != nil {
			return err
		}
		claims.Holder = holder.Name
		c, err := s.city.Credentials.Issue(tx, credentials.Order{Account: a.Account, About: RefOf(event), Once: fmt.Sprintf("events %s %s", a.Account, date), Lang: lang, Claims: claims})
		id = c.ID
		return err
	})
	return id, err
}

// claims are what a certificate says of a date.
func (s *Service) claims(tx *storage.Tx, d Dated, lang civic.Lang) (c credentials.Claims, err error) {
	l := s.city.Catalog.For(lang)
	c = credentials.Claims{Sort: credentials.OfTakingPart, Name: l.Text(d.Title), Description: l.T("events.certificate_about", "Time", timesOn(l, d.Date)), Criteria: l.T("events.certificate_how"), Path: Path(d.ID), By: d.Group, ByPath: Path(d.ID),
		From: d.Date.Starts, To: d.Date.Ends, Figures: []credentials.Figure{{Name: l.T("events.certificate_lasts"), Value: lasting(d.Date.Ends.Sub(d.Date.Starts)), Sort: "Result"}}}
	names, err := s.city.Organisations.Named(tx, d.Hosts)
	for _, h := range d.Hosts {
		if n, there := names[h]; there {
			c.By, c.ByPath = l.Text(n.Name), n.Path
			break
		}
	}
	return c, err
}

// lasting writes a time as hours and minutes: "2:30".
func lasting(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Hours()), int(d.Minutes())%60)
}
