package councils

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/councils/popolo"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Imported is what an import of members did.
type Imported struct {
	DryRun      bool   `json:"dry_run"`
	Memberships int    `json:"memberships"` // of that organisation in the file
	Seated      int    `json:"seated"`
	There       int    `json:"there"` // that had the seat before
	Left        []Left `json:"left,omitempty"`
}

// Left is a membership that was not taken over.
type Left struct {
	Index int    `json:"index"` // among the memberships of the file, from 0
	Name  string `json:"name"`
	Why   error  `json:"-"` // civic.Invalid
	Words string `json:"why"`
}

// Import seats those who are members of one organisation of a Popolo file in a council; "" is the only one there is. Who has a seat from
// the same day under the same name for the same organisation is there already, so that a file taken over twice changes nothing. A membership that breaks a rule of
// composition is left, and the others are not. A member on behalf of a state body is of the state's side; of whom the register does not know the organisation, none is taken.
// A member without a first day sits from the council's. No permission is asked: it is for the operator. Errors: civic.NotFound; civic.Invalid with "organization".
func (s *Service) Import(ctx context.Context, council civic.ID, f popolo.File, organization string, dryRun bool) (out Imported, err error) {
	if organization == "" && len(f.Organizations) == 1 {
		for organization = range f.Organizations {
		}
	}
	if _, known := f.Organizations[organization]; !known {
		return out, civic.Wrong("organization", "councils.import_which", "Count", len(f.Organizations))
	}
	if out.DryRun = dryRun; dryRun {
		ctx = storage.Rehearsal(ctx)
	}
	err = s.locked(ctx, council, func(tx *storage.Tx, c Council) error {
		tx.Touch(topic)
		all, err := seats(tx, c.ID)
		if err != nil {
			return err
		}
		bodies, err := s.city.Organisations.Bodies(tx)
		if err != nil {
			return err
		}
		for i, m := range f.Memberships {
			if m.Organization != organization {
				continue
			}
			out.Memberships++
			seat := s.seatFrom(c, f.Persons[m.Person], m)
			if slices.ContainsFunc(all, seat.same) {
				out.There++
				continue
			}
			for _, b := range bodies {
				if b.ID == seat.Organisation {
					seat.Side = StateSide
				}
			}
			err := s.takeOver(tx, c, &seat)
			var wrong *civic.Error
			switch {
			case errors.As(err, &wrong) && wrong.Code == civic.Invalid:
				out.Left = append(out.Left, Left{Index: i, Name: seat.Name, Why: err})
			case err != nil:
				return err
			default:
				out.Seated++
				all = append(all, seat)
			}
		}
		return nil
	})
	return out, err
}

// takeOver seats somebody whose organisation the register knows.
func (s *Service) takeOver(tx *storage.Tx, c Council, seat *Seat) error {
	if seat.Organisation != "" {
		known, err := s.city.Organisations.Named(tx, []civic.ID{seat.Organisation})
		if err != nil {
			return err
		}
		if _, there := known[seat.Organisation]; !there {
			return civic.Wrong("organisation", "councils.organisation_wrong")
		}
	}
	if key := civic.Junk(seat.Name, civic.Seen{}); key != "" {
		return civic.Wrong("name", key)
	}
	return s.sitDown(tx, civic.System(), c, seat)
}

// seatFrom is the seat that a membership says.
func (s *Service) seatFrom(c Council, name string, m popolo.Membership) Seat {
	seat := Seat{Council: c.ID, Name: strings.TrimSpace(name), Post: postOf(m.Role), Side: Civil, Organisation: civic.ID(m.OnBehalfOf), Since: s.dayOf(m.Start, false), Until: s.dayOf(m.End, true)}
	if seat.Since.IsZero() {
		seat.Since = c.Since
	}
	return seat
}

// postOf reads a role, which the specification leaves free: its own words for posts, or a member.
func postOf(role string) Post {
	role = strings.ToLower(strings.TrimSpace(role))
	for post, words := range map[Post][]string{
		Chair:     {"chair", "chairperson", "chairman", "chairwoman", "president", "председатель", "төраға"},
		Deputy:    {"deputy", "deputy chair", "deputy chairperson", "vice-president", "заместитель председателя", "төраға орынбасары"},
		Secretary: {"secretary", "секретарь", "хатшы"},
	} {
		if slices.Contains(words, role) {
			return post
		}
	}
	return Member
}

// dayOf reads "2025", "2025-03" or "2025-03-07": the first day of that time, or its last.
func (s *Service) dayOf(date string, last bool) time.Time {
	for _, form := range []struct {
		layout        string
		years, months int
	}{{time.DateOnly, 0, 0}, {"2006-01", 0, 1}, {"2006", 1, 0}} {
		day, err := time.ParseInLocation(form.layout, date, s.city.Settings.Zone())
		if err != nil {
			continue
		}
		if last && form.years+form.months > 0 {
			day = day.AddDate(form.years, form.months, -1)
		}
		return day
	}
	return time.Time{}
}
