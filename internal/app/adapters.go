package app

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// What stands here joins capabilities that do not know each other: each type gives one what
// it asks for by asking another.

// bodies is the register as others see it: the state bodies that answer here, and names.
type bodies struct {
	db       *storage.DB
	register *organisations.Service
}

// AddBody registers a state body by its name; see city.Bodies.
func (b *bodies) AddBody(ctx context.Context, actor civic.Actor, name civic.Text) error {
	typed := map[organisations.Field]string{"kind": organisations.StateBody}
	for lang, s := range name {
		typed[organisations.Field("name."+string(lang))] = s
	}
	_, err := b.register.Create(ctx, actor, typed, organisations.Public)
	return err
}

// BodyNames lists the state bodies; see city.Bodies.
func (b *bodies) BodyNames(ctx context.Context) ([]civic.Text, error) {
	var out []civic.Text
	err := b.db.Read(ctx, func(tx *storage.Tx) error {
		named, err := b.register.Bodies(tx)
		for _, n := range named {
			out = append(out, n.Name)
		}
		return err
	})
	return out, err
}

// Choices lists the things of a kind for which roles are held; see identity.Scopes.
func (b *bodies) Choices(tx *storage.Tx, kind string) ([]identity.Scope, error) {
	if kind != organisations.RefKind {
		return nil, nil
	}
	named, err := b.register.Bodies(tx)
	var out []identity.Scope
	for _, n := range named {
		out = append(out, identity.Scope{ID: n.ID, Title: n.Name})
	}
	return out, err
}

// Titles names organisations; see identity.Scopes.
func (b *bodies) Titles(tx *storage.Tx, refs []civic.Ref) (map[civic.Ref]civic.Text, error) {
	var ids []civic.ID
	for _, r := range refs {
		if r.Kind == organisations.RefKind {
			ids = append(ids, r.ID)
		}
	}
	names, err := b.register.Names(tx, ids)
	out := map[civic.Ref]civic.Text{}
	for id, name := range names {
		out[organisations.RefOf(id)] = name
	}
	return out, err
}

// StateBodies and Named are consultations.Organisations.
func (b *bodies) StateBodies(tx *storage.Tx) ([]consultations.Organisation, error) {
	named, err := b.register.Bodies(tx)
	var out []consultations.Organisation
	for _, n := range named {
		out = append(out, consultations.Organisation{ID: n.ID, Name: n.Name, Path: organisations.PathOf(n.ID)})
	}
	return out, err
}

func (b *bodies) Named(tx *storage.Tx, ids []civic.ID) (map[civic.ID]consultations.Organisation, error) {
	names, err := b.register.Names(tx, ids)
	out := map[civic.ID]consultations.Organisation{}
	for id, name := range names {
		out[id] = consultations.Organisation{ID: id, Name: name, Path: organisations.PathOf(id)}
	}
	return out, err
}

// titles gives the titles of any things, by the resolver of each kind.
func titles(resolvers map[string]part.Resolver) search.Titles {
	return func(tx *storage.Tx, _ civic.Actor, refs []civic.Ref) (map[civic.Ref]part.Resolved, error) {
		byKind := map[string][]civic.ID{}
		for _, r := range refs {
			byKind[r.Kind] = append(byKind[r.Kind], r.ID)
		}
		out := map[civic.Ref]part.Resolved{}
		for kind, ids := range byKind {
			found, err := resolvers[kind](tx.Context(), tx, ids)
			if err != nil {
				return nil, err
			}
			for id, t := range found {
				out[civic.Ref{Kind: kind, ID: id}] = t
			}
		}
		return out, nil
	}
}

// registerNotices tells people what became of their claims.
type registerNotices struct{ *notifications.Service }

func (n registerNotices) Notify(tx *storage.Tx, account civic.ID, m civic.Message, _ civic.Ref, path string) error {
	subject := civic.Say("app.notice_claim_approved")
	if m.Key == "organisations.notice_claim_rejected" {
		subject = civic.Say("app.notice_claim_rejected")
	}
	return n.Service.Notify(tx, account, notifications.Notice{Subject: subject, Body: m, Path: path})
}

// consultationNotices tells authors what became of their statements.
type consultationNotices struct{ *notifications.Service }

func (n consultationNotices) Notify(tx *storage.Tx, account civic.ID, m civic.Message, path string) error {
	subject := civic.Say("app.notice_statement_shown")
	if m.Key == "consultations.your_statement_removed" {
		subject = civic.Say("app.notice_statement_removed")
	}
	return n.Service.Notify(tx, account, notifications.Notice{Subject: subject, Body: m, Path: path})
}

// auditor is the audit list as consultations write it.
type auditor struct{}

func (auditor) Log(tx *storage.Tx, actor civic.Actor, act string, subject civic.Ref, detail map[string]string) error {
	return audit.Log(tx, actor, act, subject, detail)
}

// grants gives the role that an accepted claim brings.
type grants struct{ *identity.Service }

func (g grants) Grant(tx *storage.Tx, account civic.ID, grant civic.Grant, by civic.Actor) error {
	return g.Give(tx, by, account, grant)
}

// registerHolder hands over and erases what the register knows of a person: their claims.
type registerHolder struct{ *organisations.Service }

func (h registerHolder) Name() string { return "organisations" }

func (h registerHolder) Export(_ context.Context, tx *storage.Tx, account civic.ID) (any, error) {
	return h.PersonalData(tx, account)
}

func (h registerHolder) Erase(_ context.Context, tx *storage.Tx, account civic.ID) error {
	return h.ErasePerson(tx, account)
}
