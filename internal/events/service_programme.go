package events

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// onProgramme runs a change of the programme of a draft, or of an announced event that is not over, records it, and tells who has places of its dates and who follows. Errors: civic.NotFound, civic.Forbidden, civic.Closed.
func (s *Service) onProgramme(ctx context.Context, a civic.Actor, event civic.ID, do func(tx *storage.Tx, e Event, all []Item) (of []civic.ID, err error)) error {
	return s.managed(ctx, a, event, func(tx *storage.Tx, e Event) error {
		if e.State != Draft && e.State != Announced {
			return notNow()
		}
		all, err := itemsOf(tx, e)
		if err != nil {
			return err
		}
		of, err := do(tx, e, all)
		if err != nil || e.State == Draft {
			return err
		}
		e.ChangedAt = tx.Now()
		if err := update(tx, e); err != nil {
			return err
		}
		tx.Touch(topic)
		if err := s.note(tx, actChanged, e, e.role(a)); err != nil {
			return err
		}
		// A programme is written in many small steps: who booked or follows the event is told once a day.
		once := "events.programme:" + string(e.ID) + ":" + tx.Now().In(s.city.Settings.Zone()).Format("2006-01-02")
		for _, date := range slices.Compact(slices.Sorted(slices.Values(of))) {
			if err := s.city.Booking.Tell(tx, DateRef(date), once, s.city.Catalog.Everywhere("events.new_programme")); err != nil {
				return err
			}
		}
		return s.city.Notifications.Tell(tx, notifications.Notice{Subject: civic.Say("events.told_programme", "Title", e.Title), Path: programmePath(e.ID), Thing: RefOf(e.ID), Event: once})
	})
}

// checked is an item that fits into the programme, with its date. Errors: civic.Invalid with the fields of the form.
func (s *Service) checked(tx *storage.Tx, e Event, all []Item, i Item) (Item, error) {
	i.clean()
	official, err := s.official(tx, e)
	if err != nil {
		return i, err
	}
	at, there, err := storage.Found(findDate(tx, i.Date))
	if err != nil {
		return i, err
	}
	if !there || at.ID != e.ID || at.Date.Off || !at.Date.Ends.After(tx.Now()) {
		return i, civic.Wrong("date", "events.choose_date")
	}
	p := i.check(official, at.Date)
	if len(p) == 0 {
		p = clash(all, i)
	}
	return i, p.Err()
}

// AddItem adds to the programme of an event. Errors: civic.NotFound, civic.Forbidden, civic.Closed, civic.Invalid with title, spot, speakers, date, from, until; civic.TooMany.
func (s *Service) AddItem(ctx context.Context, a civic.Actor, event civic.ID, i Item) (civic.ID, error) {
	err := s.onProgramme(ctx, a, event, func(tx *storage.Tx, e Event, all []Item) (of []civic.ID, err error) {
		if len(all) >= mostItems {
			return nil, civic.Fail(civic.TooMany, "events.too_many_items", "Most", mostItems)
		}
		i.ID, i.Off = civic.NewID(tx.Now()), false
		if i, err = s.checked(tx, e, all, i); err != nil {
			return nil, err
		}
		i.Of = i.Starts
		if err := tx.Lock("events_item"); err != nil {
			return nil, err
		}
		return []civic.ID{i.Date}, insertItem(tx, e, i)
	})
	return i.ID, err
}

// ofItem runs a change of one item that is not off; to is on which date it is then.
func (s *Service) ofItem(ctx context.Context, a civic.Actor, event, item civic.ID, do func(tx *storage.Tx, e Event, all []Item, was Item) (to civic.ID, err error)) error {
	return s.onProgramme(ctx, a, event, func(tx *storage.Tx, e Event, all []Item) ([]civic.ID, error) {
		at := slices.IndexFunc(all, func(i Item) bool { return i.ID == item })
		if at < 0 {
			return nil, notThere()
		}
		if all[at].Off || e.State != Draft && !all[at].Ends.After(tx.Now()) {
			return nil, notNow()
		}
		to, err := do(tx, e, all, all[at])
		return []civic.ID{all[at].Date, to}, err
	})
}

// ChangeItem writes an item anew. Once the event is announced, its programme goes on telling when the item was to be. Errors as AddItem.
func (s *Service) ChangeItem(ctx context.Context, a civic.Actor, event, item civic.ID, n Item) error {
	return s.ofItem(ctx, a, event, item, func(tx *storage.Tx, e Event, all []Item, was Item) (to civic.ID, err error) {
		n.no, n.ID, n.Off, n.Of = was.no, was.ID, false, was.Of
		if n, err = s.checked(tx, e, all, n); err != nil {
			return "", err
		}
		if e.State == Draft {
			n.Of = n.Starts
		}
		return n.Date, updateItem(tx, n)
	})
}

// DropItem takes an item off the programme: of a draft it goes, of what is announced it stays and says that it is off. Errors: civic.NotFound, civic.Forbidden, civic.Closed.
func (s *Service) DropItem(ctx context.Context, a civic.Actor, event, item civic.ID) error {
	return s.ofItem(ctx, a, event, item, func(tx *storage.Tx, e Event, _ []Item, was Item) (civic.ID, error) {
		if e.State == Draft {
			return was.Date, deleteItem(tx, was)
		}
		was.Off = true
		return was.Date, updateItem(tx, was)
	})
}

// moveProgramme moves the programme of a date with it. Errors: civic.Invalid with "until" where the date is now too short for it.
func moveProgramme(tx *storage.Tx, e Event, was, d Date) error {
	if err := shiftItems(tx, d.ID, d.Starts.Sub(was.Starts)); err != nil {
		return err
	}
	all, err := itemsOf(tx, e)
	for _, i := range all {
		if i.Date == d.ID && !i.Off && i.Ends.After(d.Ends) {
			return civic.Wrong("until", "events.too_short_for_programme", "Title", i.Title)
		}
	}
	return err
}
