package consultations

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Listed is a consultation in a list.
type Listed struct {
	Consultation
	BodyName organisations.Named
}

// named adds the names of the bodies, all looked up at once.
func (s *Service) named(tx *storage.Tx, cs []Consultation) ([]Listed, error) {
	var ids []civic.ID
	for _, c := range cs {
		if c.Body != "" {
			ids = append(ids, c.Body)
		}
	}
	names, err := s.city.Organisations.Named(tx, ids)
	if err != nil {
		return nil, err
	}
	if err := s.owed(tx, cs); err != nil {
		return nil, err
	}
	out := make([]Listed, len(cs))
	for i, c := range cs {
		out[i] = Listed{c, names[c.Body]}
	}
	return out, nil
}

// List is a page of the published consultations in a phase.
type List struct {
	Items  []Listed
	Next   string // cursor of the next page; "" on the last
	Counts map[Phase]int64
}

const pageSize = 20

// List returns the consultations of one public phase that are about a scope, after a cursor of its own making. Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, phase Phase, about city.Scope, after string) (list List, err error) {
	from, err := cursor(after)
	if err != nil {
		return list, err
	}
	if _, ok := ParsePhase(string(phase)); !ok {
		return list, civic.Fail(civic.NotFound, "web.not_found")
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		cs, err := listPhase(tx, phase, about, from, pageSize+1)
		if err != nil {
			return err
		}
		cs, last := storage.Page(cs, pageSize)
		if last != nil {
			list.Next = storage.PlaceAt(storage.Millis(last.sortAt()), last.no).String()
		}
		if list.Counts, err = countPhases(tx); err != nil {
			return err
		}
		list.Items, err = s.named(tx, onlyVisible(cs))
		return err
	})
	return list, err
}

// Search returns the published consultations about a scope in which the words are found, the best first, at most fifty. Anybody may ask.
func (s *Service) Search(ctx context.Context, words string, about city.Scope) (items []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		cs, err := found(tx, words, 50)
		if err != nil {
			return err
		}
		elsewhere := func(c Consultation) bool { return !about.Holds(c.Scope) }
		items, err = s.named(tx, slices.DeleteFunc(onlyVisible(cs), elsewhere))
		return err
	})
	return items, err
}

// Latest returns what was published, closed or answered last: the feed.
func (s *Service) Latest(ctx context.Context) (items []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		cs, err := latestChanged(tx, 50)
		if err != nil {
			return err
		}
		items, err = s.named(tx, onlyVisible(cs))
		return err
	})
	return items, err
}

// onlyVisible keeps what everybody may see. Queries look for public phases already; this is
// the rule itself, so that a query that forgets lets nothing out.
func onlyVisible(cs []Consultation) []Consultation {
	out := cs[:0]
	for _, c := range cs {
		if c.Visible(civic.Actor{}) {
			out = append(out, c)
		}
	}
	return out
}

func cursor(s string) (storage.Place, error) {
	p, ok := storage.ParsePlace(s)
	if !ok {
		return p, civic.Fail(civic.Invalid, "consultations.bad_cursor")
	}
	return p, nil
}
