package identity

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// actsPerPage bounds a page of the audit list.
const actsPerPage = 50

// scopeKind is the kind of what representatives and officers act for, as the register has it.
const scopeKind = "organisation"

// ActPage is a page of the audit list, the newest first, with names for what it mentions.
type ActPage struct {
	Entries  []audit.Entry
	Next     civic.ID // what to pass as Before for the next page; "" on the last
	Names    map[civic.ID]string
	Subjects map[civic.Ref]part.Resolved
}

// Acts reads the audit list. Only administrators. Codes: Forbidden.
func (s *Service) Acts(ctx context.Context, by civic.Actor, f audit.Filter) (page ActPage, err error) {
	if err := administrator(by); err != nil {
		return page, err
	}
	f.Limit = actsPerPage + 1
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if page.Entries, err = audit.List(tx, f); err != nil {
			return err
		}
		if len(page.Entries) > actsPerPage {
			page.Entries = page.Entries[:actsPerPage]
			page.Next = page.Entries[actsPerPage-1].ID
		}
		return s.nameActs(tx, &page)
	})
	return page, err
}

// nameActs finds the names of who acted, and the titles of what they acted on. Erased
// accounts have none.
func (s *Service) nameActs(tx *storage.Tx, page *ActPage) (err error) {
	var accounts []civic.ID
	byKind := map[string][]civic.ID{}
	for _, e := range page.Entries {
		accounts = append(accounts, e.Account)
		if e.Subject.Kind == "account" {
			accounts = append(accounts, e.Subject.ID)
		} else if e.Subject.ID != "" {
			byKind[e.Subject.Kind] = append(byKind[e.Subject.Kind], e.Subject.ID)
		}
		if scope, ok := civic.ParseRef(e.Detail["scope"]); ok {
			byKind[scope.Kind] = append(byKind[scope.Kind], scope.ID)
		}
	}
	if page.Names, err = namesOf(tx, accounts); err != nil || s.opts.Resolvers == nil {
		return err
	}
	page.Subjects = map[civic.Ref]part.Resolved{}
	resolvers := s.opts.Resolvers()
	for kind, ids := range byKind {
		resolve := resolvers[kind]
		if resolve == nil {
			continue
		}
		found, err := resolve(tx.Context(), tx, ids)
		if err != nil {
			return err
		}
		for id, r := range found {
			page.Subjects[civic.Ref{Kind: kind, ID: id}] = r
		}
	}
	return nil
}
