package places

import (
	"context"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

const (
	pageAsked = 100   // things of each part that are looked at in one go
	mostAsked = 2_000 // and in all: a street of which more is told is known by many of them
	mostFound = 6     // places among which somebody chooses
	maxTyped  = 200   // characters of an address that are looked for
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
	q := parseAddress(typed, joined(settings.Name))
	if !q.somewhere() {
		return a, nil
	}
	var inWords []string
	for _, d := range settings.Districts {
		if len(q.names) == len(q.words) && named(q.names, joined(d.Name)) { // a house is in no district's name
			inWords = append(inWords, d.Code)
		}
	}
	if len(inWords) == 1 {
		a.District = inWords[0]
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if a.Places, err = s.located(tx, q); err != nil || len(a.Places) > 0 || len(q.houses) == 0 {
			return err
		}
		a.Near = true
		a.Places, err = s.located(tx, q.street())
		return err
	})
	a.Near = a.Near && len(a.Places) > 0
	if len(a.Places) == 1 && !a.Near {
		a.Sure = len(q.houses) > 0 || wholeName(q, a.Places[0].Name)
	}
	a.Places = a.Places[:min(len(a.Places), mostFound)]
	return a, err
}

// located are the places that say an address, those that say it with their own address first. What has its words somewhere is looked through until
// there are enough of these; in the other language's form only when nothing has it as it was typed.
func (s *Service) located(tx *storage.Tx, q address) ([]Found, error) {
	var byAddress, byName []part.Located
	for _, words := range q.asked() {
		for _, locate := range s.locate {
			here, called, err := q.amongAll(tx, locate, words)
			if err != nil {
				return nil, err
			}
			byAddress, byName = append(byAddress, here...), append(byName, called...)
		}
		if len(byAddress) > 0 {
			break
		}
	}
	return placesOf(append(byAddress, byName...), func(p Point) string { in, _ := s.Outlines().At(p); return in }), nil
}

// amongAll are the things of one part that have some words and say the address, with their own or with their name.
func (a address) amongAll(tx *storage.Tx, locate part.Locate, words string) (byAddress, byName []part.Located, err error) {
	after, houses := "", map[string]bool{} // by their points
	for seen := 0; seen < mostAsked && len(houses) <= mostFound; seen += pageAsked {
		some, next, err := locate(tx, words, after, pageAsked)
		if err != nil {
			return nil, nil, err
		}
		here, called := a.among(some)
		byAddress, byName = append(byAddress, here...), append(byName, called...)
		for _, t := range here {
			houses[t.Point] = true
		}
		if after = next; after == "" {
			break
		}
	}
	return byAddress, byName, nil
}
