package organisations

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// clean reads typed values; the problems carry the names of the fields.
func (s *Service) clean(now time.Time, typed map[Field]string) (map[Field]string, error) {
	var p civic.Problems
	values := map[Field]string{}
	districts := newCodeList(s.districts())
	for f, raw := range typed {
		v, _, problem := Clean(f, raw, districts, s.today(now))
		if problem != nil {
			p = append(p, civic.FieldError{Field: string(f), Message: *problem})
			continue
		}
		values[f] = v
	}
	slices.SortFunc(p, func(a, b civic.FieldError) int {
		return slices.Index(fields, Field(a.Field)) - slices.Index(fields, Field(b.Field))
	})
	return values, p.Err()
}

// provenanceOf says by whom the actor's values come in.
func provenanceOf(actor civic.Actor, o *Organisation, at time.Time) Provenance {
	if Speaks(actor, o) {
		return Provenance{Way: Stated, At: storage.Millis(at)}
	}
	return Provenance{Way: Entered, At: storage.Millis(at)}
}

// Create adds an entry, published at once or as a draft. Moderators only (Forbidden).
// Invalid names the fields; Conflict says that the identifier is in the register.
func (s *Service) Create(ctx context.Context, actor civic.Actor, typed map[Field]string, state State) (civic.ID, error) {
	if !Moderates(actor) {
		return "", civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if state != Public {
		state = Draft
	}
	values, err := s.clean(s.db.Now(), typed)
	if err != nil {
		return "", err
	}
	if values[fieldIdentifier] == "" {
		delete(values, fieldIdentifier) // without a BIN it gets one of the register's own
	}
	var id civic.ID
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil {
			return err
		}
		from := Provenance{Way: Entered, At: storage.Millis(tx.Now())}
		o, _, _ := Merge(incoming{Values: values}.begin(tx.Now(), ""), values, from)
		o.State, id = state, o.ID
		if err := o.Check(); err != nil {
			return err
		}
		if err := s.free(tx, o.Identifier, ""); err != nil {
			return err
		}
		if err := bodyIsNew(tx, &o); err != nil {
			return err
		}
		c := counts{}
		if err := s.insert(tx, []indexed{index(o)}, c); err != nil {
			return err
		}
		if err := insertRevisions(tx, []Revision{{ID: civic.NewID(tx.Now()), Organisation: o.ID, At: storage.Millis(tx.Now()), Way: Entered, Created: true}}); err != nil {
			return err
		}
		tx.Touch(Topic)
		if err := c.flush(tx); err != nil {
			return err
		}
		if err := errors.Join(s.recordChanges(tx, actsAs(actor, o.ID), stateChange{"", &o, nil}), s.tellNew(tx, &o)); err != nil {
			return err
		}
		return s.trail.Note(tx, actor, "organisations.entry.create", RefOf(o.ID), nil)
	})
	return id, err
}

// bodyIsNew makes sure that no working state body has the same name: a form sent twice is one body.
func bodyIsNew(tx *storage.Tx, o *Organisation) error {
	if o.Kind != StateBody {
		return nil
	}
	bodies, err := publicBodies(tx)
	if err != nil {
		return err
	}
	var p civic.Problems
	for _, lang := range civic.Languages() {
		name := o.Name[lang]
		if name != "" && slices.ContainsFunc(bodies, func(b part.Choice) bool { return strings.EqualFold(name, b.Title[lang]) }) {
			p.Add("name."+string(lang), "organisations.body_taken", "Name", name)
		}
	}
	return p.Err()
}

// free makes sure that no other entry has the identifier.
func (s *Service) free(tx *storage.Tx, identifier string, but civic.ID) error {
	found, err := findByIdentifiers(tx, []string{identifier})
	if err != nil {
		return err
	}
	if other, taken := found[identifier]; taken && other.ID != but {
		var p civic.Problems
		p.Add(string(fieldIdentifier), "organisations.identifier_taken", "Name", other.Name)
		return p.Err()
	}
	return nil
}

// Edit changes values of an entry: representatives and the body's officers what they may
// state, moderators everything (Forbidden for a field beyond that). What was before is kept.
func (s *Service) Edit(ctx context.Context, actor civic.Actor, id civic.ID, typed map[Field]string) error {
	values, err := s.clean(s.db.Now(), typed)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, id, func(tx *storage.Tx, o *Organisation) ([]Change, error) {
		for f := range values {
			if !MayEdit(actor, o, f) {
				return nil, civic.Fail(civic.Forbidden, "web.forbidden")
			}
		}
		if values[fieldIdentifier] == "" {
			delete(values, fieldIdentifier) // an entry is never without one
		}
		next, changes, _ := Merge(*o, values, provenanceOf(actor, o, tx.Now()))
		if err := next.Check(); err != nil {
			return nil, err
		}
		if next.Identifier != o.Identifier {
			if err := s.free(tx, next.Identifier, o.ID); err != nil {
				return nil, err
			}
		}
		*o = next
		return changes, nil
	})
}

// change loads an entry, lets mutate change it, stores it with its history and touches its
// pages. No changes: nothing is stored. Entries the actor may not see are NotFound.
func (s *Service) change(ctx context.Context, actor civic.Actor, id civic.ID, mutate func(*storage.Tx, *Organisation) ([]Change, error)) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil {
			return err
		}
		old, err := find(tx, id)
		if err != nil {
			return err
		}
		if old.State == United || !Visible(old.State, actor) && !Speaks(actor, &old.Organisation) {
			return notFound()
		}
		next := old.Organisation
		changes, err := mutate(tx, &next)
		if err != nil || len(changes) == 0 && next.State == old.State {
			return err
		}
		next.Changed = tx.Now()
		c := counts{}
		if err := s.update(tx, old, index(next), c); err != nil {
			return err
		}
		if len(changes) > 0 {
			from := provenanceOf(actor, &next, tx.Now())
			if err := insertRevisions(tx, []Revision{{ID: civic.NewID(tx.Now()), Organisation: id, At: from.At, Way: from.Way, Changes: changes}}); err != nil {
				return err
			}
		}
		if err := s.recordChanges(tx, actsAs(actor, next.ID), stateChange{old.State, &next, changes}); err != nil {
			return err
		}
		if old.State == Draft {
			if err := s.tellNew(tx, &next); err != nil {
				return err
			}
		}
		tx.Touch(Topic, topicOf(id))
		return c.flush(tx)
	})
}

// Verify notes that values were checked, today and by the moderators. Moderators only.
func (s *Service) Verify(ctx context.Context, actor civic.Actor, id civic.ID, verified []Field) error {
	if !Moderates(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := lockRegister(tx); err != nil {
			return err
		}
		o, err := find(tx, id)
		if err != nil {
			return err
		}
		for _, f := range verified {
			provenance, known := o.Provenance[f]
			if known && o.Get(f) != "" {
				provenance.VerifiedAt, provenance.VerifiedBy = storage.Millis(tx.Now()), "moderator"
				o.Provenance[f] = provenance
			}
		}
		if err := saveProvenance(tx, &o.Organisation); err != nil {
			return err
		}
		if err := s.notePage(tx, actVerified, &o.Organisation, actsAs(actor, id), false); err != nil {
			return err
		}
		tx.Touch(topicOf(id))
		return s.trail.Note(tx, actor, "organisations.entry.verify", RefOf(id), nil)
	})
}

// SetState publishes, hides or withdraws an entry. Moderators only.
func (s *Service) SetState(ctx context.Context, actor civic.Actor, id civic.ID, state State) error {
	if !Moderates(actor) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	if state != Public && state != Hidden && state != Draft {
		return civic.Fail(civic.Invalid, "web.malformed")
	}
	return s.change(ctx, actor, id, func(tx *storage.Tx, o *Organisation) ([]Change, error) {
		if err := o.Check(); err != nil && state == Public {
			return nil, err
		}
		o.State = state
		return nil, s.trail.Note(tx, actor, "organisations.entry.state", RefOf(id), map[string]string{"state": string(state)})
	})
}
