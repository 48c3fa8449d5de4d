package organisations

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Pair is two entries of one organisation, and what becomes of them when the second goes.
type Pair struct {
	Values []Compared
	// How much of the double's goes over.
	Revisions, Posts, Filings int
	Claims                    int64 // that wait
	Years                     []int // on which both filed: the kept entry's report stays

	kept, double stored
}

// Alike lists entries that may be doubles of one: those of the same name. Moderators only (Forbidden).
func (s *Service) Alike(ctx context.Context, actor civic.Actor, id civic.ID) (out []Item, err error) {
	if !Moderates(actor) {
		return nil, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		o, err := seen(tx, actor, id)
		if err != nil {
			return err
		}
		found := map[civic.ID]Item{}
		for _, name := range o.Name {
			page, err := list(tx, Query{Text: name})
			if err != nil {
				return err
			}
			for _, it := range page.Items {
				if other := (Organisation{Name: it.Name}); it.ID != id && namedAlike(&o.Organisation, &other) {
					found[it.ID] = it
				}
			}
		}
		out = slices.SortedFunc(maps.Values(found), func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
		return nil
	})
	return out, err
}

// Pair shows what Unite would do. typed names the double: its address, its id or its BIN. Moderators
// only (Forbidden); Invalid at the field "double".
func (s *Service) Pair(ctx context.Context, actor civic.Actor, id civic.ID, typed string) (p Pair, err error) {
	if !Moderates(actor) {
		return p, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if p, err = s.pair(tx, actor, id, typed); err != nil {
			return err
		}
		history, err := revisions(tx, p.double.ID, "", 50)
		if err != nil {
			return err
		}
		posts, err := memberships(tx, p.double.ID)
		if err != nil {
			return err
		}
		goes, err := filings(tx, p.double.ID)
		if err != nil {
			return err
		}
		stays, err := filings(tx, p.kept.ID)
		if err != nil {
			return err
		}
		for _, f := range goes {
			if slices.ContainsFunc(stays, func(k Filing) bool { return k.Year == f.Year && k.FiledAt > 0 }) {
				p.Years = append(p.Years, f.Year)
			}
		}
		p.Revisions, p.Posts, p.Filings = len(history), len(posts), len(goes)-len(p.Years)
		p.Claims, err = claimsWaitingFor(tx, p.double.ID)
		return err
	})
	return p, err
}

// pair finds both entries and checks that they can be one.
func (s *Service) pair(tx *storage.Tx, actor civic.Actor, id civic.ID, typed string) (p Pair, err error) {
	if p.kept, err = seen(tx, actor, id); err != nil {
		return p, err
	}
	if p.double, err = s.typedEntry(tx, actor, typed); err != nil {
		return p, err
	}
	if err := checkDouble(&p.kept.Organisation, &p.double.Organisation); err != nil {
		return p, err
	}
	p.Values = compare(&p.kept.Organisation, &p.double.Organisation)
	return p, nil
}

// typedEntry finds the entry that somebody names by its address, its id or its BIN.
func (s *Service) typedEntry(tx *storage.Tx, actor civic.Actor, typed string) (stored, error) {
	typed = strings.TrimSpace(typed)
	unknown := civic.Wrong("double", "organisations.double_unknown")
	if typed == "" {
		return stored{}, civic.Wrong("double", "organisations.double_needed")
	}
	if id, ok := civic.ParseID(strings.Trim(typed[strings.LastIndexByte(strings.TrimRight(typed, "/"), '/')+1:], "/")); ok {
		o, err := seen(tx, actor, id)
		if civic.CodeOf(err) == civic.NotFound {
			err = unknown
		}
		return o, err
	}
	identifier, _, problem := cleanIdentifier(typed)
	if problem != nil {
		return stored{}, unknown
	}
	found, err := findByIdentifiers(tx, []string{identifier})
	if o, there := found[identifier]; there || err != nil {
		return o, err
	}
	return stored{}, unknown
}

// Unite makes one entry of two of the same organisation: the double's better values, its history,
// posts, filings, claims, links and representatives go to the kept one, and its address leads there.
// It cannot be taken back. Moderators only (Forbidden); Invalid at the field "double".
func (s *Service) Unite(ctx context.Context, actor civic.Actor, id civic.ID, typed string) error {
	if !Moderates(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil {
			return err
		}
		p, err := s.pair(tx, actor, id, typed)
		if err != nil {
			return err
		}
		kept, double := p.kept, p.double
		next, changes := unite(&kept.Organisation, &double.Organisation)
		if err := next.Check(); err != nil {
			return err
		}
		next.Changed = tx.Now()
		c := counts{}
		if err := s.retire(tx, double, c); err != nil { // first: the other may take its identifier
			return err
		}
		if err := s.update(tx, kept, index(next), c); err != nil {
			return err
		}
		if err := moveToKept(tx, kept.ID, double.ID); err != nil {
			return err
		}
		if err := keepNames(tx, &next, &double.Organisation); err != nil {
			return err
		}
		if len(changes) > 0 {
			if err := insertRevisions(tx, []Revision{{ID: civic.NewID(tx.Now()), Organisation: kept.ID, At: storage.Millis(tx.Now()), Way: Entered, Changes: changes}}); err != nil {
				return err
			}
		}
		if err := s.noteUnited(tx, actor, &next, &double.Organisation, kept.State); err != nil {
			return err
		}
		if err := s.identity.CarryRoles(tx, actor, RefOf(double.ID), RefOf(kept.ID)); err != nil {
			return err
		}
		tx.Touch(Topic, topicOf(kept.ID), topicOf(double.ID))
		return c.flush(tx)
	})
}

// noteUnited writes into the record that a double went into another entry, what that shows now, and
// its links; and into the audit list who did it.
func (s *Service) noteUnited(tx *storage.Tx, actor civic.Actor, next, double *Organisation, was State) error {
	role := actsAs(actor, next.ID)
	if double.State == Public {
		if err := s.noteAct(tx, actUnited, double.ID, role, map[string]any{"into": string(next.ID)}); err != nil {
			return err
		}
	}
	if was == Public {
		if err := s.noteShown(tx, role, map[*Organisation]string{next: actChanged}); err != nil {
			return err
		}
	}
	if err := s.record.CarryLinks(tx, role, RefOf(double.ID), RefOf(next.ID)); err != nil {
		return err
	}
	return s.trail.Note(tx, actor, "organisations.entry.unite", RefOf(next.ID), map[string]string{"double": string(double.ID)})
}

// movedTo is the entry that stands for a former double.
func (s *Service) movedTo(ctx context.Context, double civic.ID) (kept civic.ID, moved bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { kept, moved, err = keptFor(tx, double); return err })
	return kept, moved, err
}
