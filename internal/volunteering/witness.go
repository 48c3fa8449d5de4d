package volunteering

import (
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/booking"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Door is what the door of an event saw of a volunteer on the day of a shift: evidence, no hours.
type Door struct {
	At    time.Time
	Title civic.Text // of the event
	Helps bool       // the action says that it helps there
}

// WitnessOf is the earliest of what doors saw of somebody that speaks of a shift of an action: on its day, or until it ended, at an event that the action's organiser hosts. Of two on a day that at which
// the action helps counts. zone is the city's, in which days begin.
func WitnessOf(x Action, sh Shift, seen []booking.Seen, zone *time.Location) (found booking.Seen, helps, there bool) {
	from, to := dayOf(sh.Starts, zone), dayOf(sh.Starts, zone).AddDate(0, 0, 1)
	if sh.Ends.After(to) {
		to = sh.Ends
	}
	for _, v := range seen {
		here := x.Helps != "" && v.Of.ID == x.Helps
		if v.At.Before(from) || !v.At.Before(to) || !slices.Contains(v.Runs, x.Organisation) || there && (helps || !here) {
			continue
		}
		found, helps, there = v, here, true
	}
	return found, helps, there
}

// seenOf is what doors saw of accounts on the days of shifts, of each account.
func (s *Service) seenOf(tx *storage.Tx, accounts []civic.ID, shifts []Shift) (map[civic.ID][]booking.Seen, error) {
	out := map[civic.ID][]booking.Seen{}
	if len(shifts) == 0 {
		return out, nil
	}
	zone := s.city.Settings.Zone()
	from, to := dayOf(shifts[0].Starts, zone), shifts[0].Ends
	for _, sh := range shifts {
		if day := dayOf(sh.Starts, zone); day.Before(from) {
			from = day
		}
		for _, end := range []time.Time{dayOf(sh.Starts, zone).AddDate(0, 0, 1), sh.Ends} {
			if end.After(to) {
				to = end
			}
		}
	}
	all, err := s.city.Booking.SeenAtDoors(tx, accounts, from, to)
	for _, v := range all {
		out[v.Account] = append(out[v.Account], v)
	}
	return out, err
}

// doorOf names the event at the door of which somebody was seen; nil: no door speaks of the shift.
func (s *Service) doorOf(tx *storage.Tx, x Action, sh Shift, seen []booking.Seen) (*Door, error) {
	v, helps, there := WitnessOf(x, sh, seen, s.city.Settings.Zone())
	if !there {
		return nil, nil
	}
	titles, err := s.city.Declared.Titles(tx, civic.Actor{}, []civic.Ref{v.Of})
	if event, public := titles[v.Of]; public {
		return &Door{v.At, event.Title, helps}, err
	}
	return nil, err
}

// proposed are the minutes that a volunteer may state with one button, in a shift of an action that helps at the event: from when the door let them in until the planned end, as nobody sees who leaves. 0: none.
func (d *Door) proposed(sh Shift) int {
	if d == nil || !d.Helps {
		return 0
	}
	minutes, _ := Witnessed(sh, Visit{In: d.At}, 0)
	return minutes
}
