package identity

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Venue is a place where many people take part behind one network address, such as a hall at
// a hearing. While it is open, the limits by network are those of so many people there.
type Venue struct {
	ID      civic.ID
	Network string // as Client.Address
	Name    string
	People  int // who are expected
	By      civic.ID
	Until   time.Time
}

// topicVenues changes with the venues.
const topicVenues = "identity:venues"

// triesEach is how often each person at a venue may do what is limited by network: to mistype a
// password twice is no attack.
const triesEach = 3

const longestVenue = 80 // letters of its name

// opensVenues tells who may open and close venues.
func opensVenues(a civic.Actor) error {
	if a.HasAny(civic.Officer, civic.Moderator, civic.Administrator) {
		return nil
	}
	return civic.Fail(civic.Forbidden, "web.forbidden")
}

// followVenues keeps the venues in memory: every limit asks for them.
func (s *Service) followVenues(ctx context.Context) error {
	return s.db.Follow(ctx, topicVenues, func(tx *storage.Tx) (func(), error) {
		all, err := allVenues(tx)
		return func() { s.venues.Store(&all) }, err
	})
}

// Venues lists those that are open now.
func (s *Service) Venues() []Venue {
	now := s.db.Now()
	return slices.DeleteFunc(slices.Clone(*s.venues.Load()), func(v Venue) bool { return !now.Before(v.Until) })
}

// VenueAt is the one that is open in a network.
func (s *Service) VenueAt(network string) (Venue, bool) {
	for _, v := range *s.venues.Load() {
		if v.Network == network {
			return v, s.db.Now().Before(v.Until)
		}
	}
	return Venue{}, false
}

// Crowd is how often something may be done from a network: usually so often, and at a venue as
// the people there need.
func (s *Service) Crowd(network string, usual int) int {
	if v, open := s.VenueAt(network); open {
		return max(usual, triesEach*v.People)
	}
	return usual
}

// OpenVenue opens a venue in the network for some hours. One that is open there already is replaced.
// Officers, moderators and administrators. Codes: Forbidden, Invalid.
func (s *Service) OpenVenue(ctx context.Context, by civic.Actor, network, name string, people, hours int) error {
	if err := opensVenues(by); err != nil {
		return err
	}
	var problems civic.Problems
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		problems.Add("name", "identity.venue_name_missing")
	} else if utf8.RuneCountInString(name) > longestVenue {
		problems.Add("name", "identity.venue_name_long", "Count", longestVenue)
	}
	if most := int(s.city.Value("identity.venue_people")); people < 2 || people > most {
		problems.Add("people", "identity.venue_people_range", "Count", most)
	}
	if most := int(s.city.Value("identity.venue_hours")); hours < 1 || hours > most {
		problems.Add("hours", "identity.venue_hours_range", "Count", most)
	}
	if err := problems.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		v := Venue{ID: civic.NewID(tx.Now()), Network: network, Name: name, People: people, By: by.Account, Until: tx.Now().Add(time.Duration(hours) * time.Hour)}
		tx.Touch(topicVenues)
		if err := deleteVenuesAt(tx, network); err != nil {
			return err
		}
		if err := insertVenue(tx, v); err != nil {
			return err
		}
		return s.trail.Note(tx, by, "identity.venue.open", civic.Ref{}, map[string]string{"venue": name, "people": strconv.Itoa(people), "ends": v.Until.UTC().Format(time.RFC3339)})
	})
}

// CloseVenue closes a venue before its time. Officers, moderators and administrators. Codes: Forbidden,
// NotFound.
func (s *Service) CloseVenue(ctx context.Context, by civic.Actor, id civic.ID) error {
	if err := opensVenues(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		v, found, err := deleteVenue(tx, id)
		if err == nil && !found {
			err = civic.Fail(civic.NotFound, "identity.venue_gone")
		}
		if err != nil {
			return err
		}
		tx.Touch(topicVenues)
		return s.trail.Note(tx, by, "identity.venue.close", civic.Ref{}, map[string]string{"venue": v.Name})
	})
}
