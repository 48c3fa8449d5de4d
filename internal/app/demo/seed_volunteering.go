package demo

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/volunteering"
)

type volunteeringContent struct {
	By, Place, Contact string
	District           int // which of the city's
	Title, About       civic.Text
	Shifts             []struct{ Days, From, Until, Needed int }
}

// volunteeringEvents lists all that happens with volunteers: an action is announced ten days before its first shift.
func (s *seeder) volunteeringEvents() (all []event, err error) {
	var content struct{ Action []volunteeringContent }
	if err := decode("content/volunteering.toml", &content); err != nil {
		return nil, err
	}
	service := app.Service[*volunteering.Service](s.App)
	for _, a := range content.Action {
		var id civic.ID
		first := s.now.AddDate(0, 0, min(a.Shifts[0].Days-10, -1))
		all = append(all, event{at: first, do: func(ctx context.Context) (err error) {
			id, err = service.Announce(ctx, s.administrator(), volunteering.Action{Organisation: s.organisations[a.By], Title: a.Title, About: a.About, Place: a.Place, Contact: a.Contact,
				District: s.Settings.Current().Districts[a.District].Code}, s.shiftOn(a, 0))
			return err
		}})
		for n := range a.Shifts[1:] {
			all = append(all, event{at: first.Add(time.Hour), do: func(ctx context.Context) error {
				return service.AddShift(ctx, s.administrator(), id, s.shiftOn(a, n+1))
			}})
		}
		all = append(all, event{at: first.Add(2 * time.Hour), do: func(ctx context.Context) error { return s.comes(ctx, service, id) }})
		if over := a.Shifts[0].Days; over < 0 { // the last of those that are over was three days ago
			all = append(all, event{at: s.now.AddDate(0, 0, -2), do: func(ctx context.Context) error { return s.stateHours(ctx, service, id) }})
		}
	}
	return all, nil
}

func (s *seeder) shiftOn(a volunteeringContent, n int) volunteering.Shift {
	sh := a.Shifts[n]
	day := s.now.AddDate(0, 0, sh.Days)
	at := func(hour int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, s.now.Location())
	}
	return volunteering.Shift{Starts: at(sh.From), Ends: at(sh.Until), Needed: sh.Needed}
}

// comes signs the resident up for the shifts of an action that are over by now, or for the first.
func (s *seeder) comes(ctx context.Context, service *volunteering.Service, action civic.ID) error {
	shifts, err := service.Shifts(ctx, action)
	if err != nil {
		return err
	}
	for n, sh := range shifts {
		if n > 0 && sh.Ends.After(s.now) {
			break
		}
		if err := service.Come(ctx, s.accounts["resident"], sh.ID, volunteering.SignUp{}); err != nil {
			return err
		}
	}
	return nil
}

// stateHours lets the resident say how long they worked in the first two shifts; the first is signed, the second waits for the coordinator,
// and of the third nothing was said yet.
func (s *seeder) stateHours(ctx context.Context, service *volunteering.Service, action civic.ID) error {
	shifts, err := service.Shifts(ctx, action)
	if err != nil {
		return err
	}
	for _, sh := range shifts[:2] {
		if err := service.State(ctx, s.accounts["resident"], sh.ID, 150); err != nil {
			return err
		}
	}
	return service.ConfirmHours(ctx, s.administrator(), action, s.accounts["resident"].Account, map[civic.ID]int{shifts[0].ID: 150})
}
