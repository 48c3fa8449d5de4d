package organisations

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Bodies lists the public state bodies that work, by name; at most 1,000.
func (s *Service) Bodies(tx *storage.Tx) ([]Named, error) {
	found, err := publicBodies(tx)
	var out []Named
	for _, c := range found {
		out = append(out, Named{c.ID, c.Title, PathOf(c.ID)})
	}
	return out, err
}

// BodiesOf lists those of Bodies for which the actor is an officer; all of them to an administrator.
func (s *Service) BodiesOf(tx *storage.Tx, a civic.Actor) ([]Named, error) {
	all, err := s.Bodies(tx)
	return slices.DeleteFunc(all, func(b Named) bool { return !a.Has(civic.Administrator) && !a.ActsFor(civic.Officer, RefOf(b.ID)) }), err
}

// Among reports whether one of them has an id.
func Among(all []Named, id civic.ID) bool {
	return slices.ContainsFunc(all, func(n Named) bool { return n.ID == id })
}

// AddBody registers a state body by its name. Moderators only (Forbidden); Invalid names the
// field.
func (s *Service) AddBody(ctx context.Context, actor civic.Actor, name civic.Text) error {
	typed := map[Field]string{fieldKind: StateBody}
	for lang, s := range name {
		typed[Field("name."+string(lang))] = s
	}
	_, err := s.Create(ctx, actor, typed, Public)
	return err
}

// Named is an entry as others show it.
type Named struct {
	ID   civic.ID
	Name civic.Text
	Path string // without the language
}

// Named gives the names of public entries. Others are missing from the answer.
func (s *Service) Named(tx *storage.Tx, ids []civic.ID) (map[civic.ID]Named, error) {
	found, err := titles(tx, civic.Actor{}, ids)
	out := make(map[civic.ID]Named, len(found))
	for id, r := range found {
		out[id] = Named{id, r.Title, r.Path}
	}
	return out, err
}

// titles is the register's part.Resolver: who may see an entry may see its name.
func titles(tx *storage.Tx, actor civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	found, err := namesOf(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, n := range found {
		if Visible(n.state, actor) {
			out[n.ID] = part.Resolved{Title: n.Title, Path: PathOf(n.page)}
		}
	}
	return out, err
}
