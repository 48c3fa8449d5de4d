package places

import (
	"context"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	mostAsked = 40  // things of each part that are looked at for an address
	mostFound = 6   // places among which somebody chooses
	maxTyped  = 200 // characters of an address that are looked for
)

// Answer is what the city knows of a typed address.
type Answer struct {
	Places []Found // the best first
	// Near says that none has the number of the house: they are on the same street, or in the same neighbourhood.
	Near bool
	// Sure says that there is one place, and that the words mean it: they have the number of its house, or are its whole name.
	Sure     bool
	District string // code of the one that the words name; "": they name none, or several
}

// Serve tells which parts know things at places. It is called once, before anybody asks.
func (s *Service) Serve(locate []part.Locate) { s.locate = locate }

// Find looks for a typed address among what the city itself knows: the names of its districts, and the addresses and names of public things that
// have a point. Nobody else is asked, and nothing is kept.
func (s *Service) Find(ctx context.Context, typed string) (a Answer, err error) {
	settings := s.city.Current()
	q := askedFor(typed, joined(settings.Name))
	if len(q.names) == 0 {
		return a, nil
	}
	var named []string
	for _, d := range settings.Districts {
		if len(q.names) == len(q.all) && hasWords(q.names, d.Name) { // a house is in no district's name
			named = append(named, d.Code)
		}
	}
	if len(named) == 1 {
		a.District = named[0]
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if a.Places, err = s.located(tx, q.all); err != nil || len(a.Places) > 0 || len(q.names) == len(q.all) {
			return err
		}
		a.Near = true
		a.Places, err = s.located(tx, q.names)
		return err
	})
	a.Near = a.Near && len(a.Places) > 0
	if len(a.Places) == 1 && !a.Near {
		a.Sure = len(q.names) < len(q.all) || wholeName(q.all, a.Places[0].Name)
	}
	a.Places = a.Places[:min(len(a.Places), mostFound)]
	return a, err
}

func (s *Service) located(tx *storage.Tx, words []string) ([]Found, error) {
	var things []part.Located
	for _, locate := range s.locate {
		some, err := locate(tx, whole(words), mostAsked)
		if err != nil {
			return nil, err
		}
		things = append(things, some...)
	}
	return matching(words, things, func(p Point) string { in, _ := s.Outlines().At(p); return in }), nil
}
