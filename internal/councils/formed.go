package councils

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/forming"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// formed is how councils come by their members through competitions: see internal/forming.
func (s *Service) formed() forming.Owner {
	return forming.Owner{
		Body: func(tx *storage.Tx, id civic.ID) (forming.Body, error) {
			c, err := find(tx, id)
			if err != nil {
				return forming.Body{}, err
			}
			return s.bodyToForm(tx, c)
		},
		Begin: s.toForm,
		Seat: func(tx *storage.Tx, a civic.Actor, id civic.ID, m forming.Member) (civic.ID, error) {
			c, err := find(tx, id)
			if err != nil {
				return "", err
			}
			tx.Touch(topic)
			seat := Seat{Council: id, Name: m.Name, Post: Member, Side: Civil, Organisation: m.Organisation, Sex: Sex(m.Sex), Born: m.Born, District: m.District, Since: firstDay(c, s.today(tx.Now()))}
			err = s.sitDown(tx, a, c, &seat)
			return seat.ID, err
		},
	}
}

// today is when the day of an instant began in the city.
func (s *Service) today(now time.Time) time.Time {
	day := now.In(s.city.Settings.Zone())
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
}

// firstDay is when somebody who is chosen today begins to sit: at once, or with the council's term.
func firstDay(c Council, today time.Time) time.Time {
	if today.Before(c.Since) {
		return c.Since
	}
	return today
}

// bodyToForm is a council as a competition for its seats sees it: who sits there on the day on which those chosen begin to.
func (s *Service) bodyToForm(tx *storage.Tx, c Council) (forming.Body, error) {
	all, err := seats(tx, c.ID)
	b := forming.Body{Ref: Ref(c.ID), Name: c.Name, Path: Path(c.ID), Desk: deskPath(c.ID), Since: c.Since, Until: c.Until, Size: c.Size, MayBeState: s.rules().MayBeState(c.Size), Told: []civic.Ref{bodyRef(c.Body)}}
	for _, seat := range sitting(all, firstDay(c, tx.Now())) {
		b.Sitting = append(b.Sitting, seat.ID)
	}
	return b, err
}

// toForm lists the councils whose term is still to begin and that have free seats.
func (s *Service) toForm(tx *storage.Tx, a civic.Actor, most int) (out []forming.Body, err error) {
	all, err := byIDs(tx, a.Scopes(secretary))
	if a.Has(civic.Administrator) {
		var found search.Page[Council]
		found, err = listed(tx, Query{State: Forming}, offered)
		all = found.Items
	}
	for _, c := range all {
		if err != nil {
			return nil, err
		}
		if c.At(tx.Now(), 0) != Forming || len(out) == most {
			continue
		}
		var b forming.Body
		b, err = s.bodyToForm(tx, c)
		if len(b.Sitting) < c.Size {
			out = append(out, b)
		}
	}
	return out, err
}
