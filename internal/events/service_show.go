package events

import (
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	pageSize    = 20
	mostRunning = 5
)

// Listed is a page of dates.
type Listed struct {
	Items   []Dated
	Running []Dated // of more than a day, which began before: on the first page
	Next    string
	More    bool // more events have the words than are looked at
	Names   map[civic.ID]organisations.Named
}

// List lists the dates that a filter lets through, the earliest first; of what is over the latest.
func (s *Service) List(ctx context.Context, f Filter, after string) (l Listed, err error) {
	from, ok := storage.ParsePlace(after)
	if !ok {
		return l, civic.Fail(civic.Invalid, "web.malformed")
	}
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		f, more, err := f.worded(tx)
		if err != nil {
			return err
		}
		all, err := list(tx, f, from, pageSize+1)
		if err != nil {
			return err
		}
		l.More = more
		page, last := storage.Page(all, pageSize)
		if l.Items = page; last != nil {
			l.Next = storage.PlaceAt(storage.Millis(last.Date.Starts), last.Date.no).String()
		}
		if after == "" && !f.Standing.past() && f.Standing != Off {
			if l.Running, err = running(tx, f, f.From, mostRunning); err != nil {
				return err
			}
		}
		var hosts []civic.ID
		for _, d := range slices.Concat(l.Items, l.Running) {
			hosts = append(hosts, d.Hosts...)
		}
		l.Names, err = s.city.Organisations.Named(tx, hosts)
		return err
	})
	return l, err
}

// Month counts on each day of a time how many dates begin.
func (s *Service) Month(ctx context.Context, f Filter) (counts map[string]int, err error) {
	counts = map[string]int{}
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		f, _, err := f.worded(tx)
		if err != nil {
			return err
		}
		all, err := begins(tx, f)
		for _, t := range all {
			counts[t.In(s.city.Settings.Zone()).Format(time.DateOnly)]++
		}
		return err
	})
	return counts, err
}

// Shown is an event with what its page shows.
type Shown struct {
	Event
	Dates   []Date
	Items   []Item // the programme, the earliest first
	Hosts   []organisations.Named
	Places  map[civic.ID]booking.Offering // of dates of which places can be booked
	Counts  map[civic.ID]booking.Counts   // of those who came
	Files   map[string][]files.File
	Heard   part.Resolved
	Grant   part.Resolved     // what paid for it
	Booked  map[civic.ID]bool // dates for which the actor has places
	Came    []Date            // dates for which the actor gets a certificate
	After   After             // for those who look after the event: who came, and what they said
	Manages bool
	Fate    moderation.Fate
}

// Next is the next date that takes place, or the last one that did.
func (v Shown) Next(now time.Time) (out Date) {
	for i, d := range v.Dates {
		if i == 0 || !d.Off {
			out = d
		}
		if !d.Off && d.Ends.After(now) {
			return d
		}
	}
	return out
}

// Show returns an event that everybody sees, or that the actor looks after. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v Shown, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		e, err := find(tx, id)
		if err != nil {
			return err
		}
		if v.Event, v.Manages = e, e.Manages(a); !e.State.Public() && !v.Manages {
			return notThere()
		}
		if v.Dates, err = datesOf(tx, e); err != nil {
			return err
		}
		if v.Items, err = itemsOf(tx, e); err != nil {
			return err
		}
		names, err := s.city.Organisations.Named(tx, e.Hosts)
		if err != nil {
			return err
		}
		for _, h := range e.Hosts {
			if n, there := names[h]; there {
				v.Hosts = append(v.Hosts, n)
			}
		}
		if v.Files, err = s.city.Files.Of(tx, a, RefOf(id)); err != nil {
			return err
		}
		heard, grant := civic.Ref{Kind: heardKind, ID: e.Heard}, civic.Ref{Kind: contracts.Kind, ID: e.Grant}
		titles, err := s.city.Declared.Titles(tx, civic.Actor{}, slices.DeleteFunc([]civic.Ref{heard, grant}, func(r civic.Ref) bool { return r.ID == "" }))
		if err != nil {
			return err
		}
		v.Heard, v.Grant = titles[heard], titles[grant]
		if e.State == Refused {
			if v.Fate, err = s.city.Moderation.Fate(tx, RefOf(id)); err != nil {
				return err
			}
			v.Fate.MayContest = v.Fate.MayContest && e.Author == a.Account // whoever wrote it
		}
		return s.places(tx, a, &v)
	})
	return v, err
}

// places fills in how many places of the next dates are free, and of which the actor has some.
func (s *Service) places(tx *storage.Tx, a civic.Actor, v *Shown) error {
	v.Places, v.Counts, v.Booked = map[civic.ID]booking.Offering{}, map[civic.ID]booking.Counts{}, map[civic.ID]bool{}
	if v.Terms.Places.Total() == 0 {
		return nil
	}
	if err := cameTo(tx, a, v); err != nil {
		return err
	}
	if v.Manages {
		var err error
		if v.After, err = after(tx, v.Dates); err != nil {
			return err
		}
	}
	n := 0
	for _, d := range v.Dates {
		if n == mostDatesShown {
			break
		}
		over := !d.Ends.After(tx.Now())
		if d.Off || over && !v.Manages {
			continue
		}
		o, there, err := booking.Of(tx, DateRef(d.ID))
		if err != nil {
			return err
		}
		if there {
			v.Places[d.ID] = o
			n++
		}
		if v.Manages {
			if v.Counts[d.ID], err = booking.CountsOf(tx, DateRef(d.ID)); err != nil {
				return err
			}
		}
		if a.SignedIn() {
			if v.Booked[d.ID], err = booking.Has(tx, DateRef(d.ID), a.Account); err != nil {
				return err
			}
		}
	}
	return nil
}

const mostDatesShown = 12

// ForModerator is an event as a moderator sees it.
type ForModerator struct {
	Event
	Dates   []Date
	Contest *moderation.Contest
}

// ForModerator returns an event for the page on which a moderator decides. Errors: civic.NotFound, civic.Forbidden, civic.Closed.
func (s *Service) ForModerator(ctx context.Context, a civic.Actor, id civic.ID) (f ForModerator, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if f.Event, err = find(tx, id); err != nil {
			return err
		}
		if !f.mayModerate(a) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if !f.decidable() {
			return notNow()
		}
		if f.Dates, err = datesOf(tx, f.Event); err != nil {
			return err
		}
		fate, err := s.city.Moderation.Fate(tx, RefOf(id))
		f.Contest = fate.Contest
		return err
	})
	return f, err
}

// cameTo fills in for which dates the actor gets a certificate.
func cameTo(tx *storage.Tx, a civic.Actor, v *Shown) error {
	var over []civic.Ref
	for _, d := range v.Dates {
		if v.Terms.Certificate && a.SignedIn() && !d.Off && !d.Ends.After(tx.Now()) {
			over = append(over, DateRef(d.ID))
		}
	}
	came, err := booking.CameTo(tx, a.Account, over)
	for _, d := range v.Dates {
		if came[DateRef(d.ID)] {
			v.Came = append(v.Came, d)
		}
	}
	return err
}
