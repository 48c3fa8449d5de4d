package identity

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// actsPerPage bounds a page of the audit list.
const actsPerPage = 18

// scopeKind is the kind of what representatives and officers act for, as the register has it.
const scopeKind = "organisations.organisation"

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
		entries, err := audit.List(tx, f)
		if err != nil {
			return err
		}
		entries, last := storage.Page(entries, actsPerPage)
		if last != nil {
			page.Next = last.ID
		}
		page.Entries = entries
		return s.nameActs(tx, by, &page)
	})
	return page, err
}

// named are the details that hold things, of which readers see the name.
var named = []string{"scope", "rule", "thing"}

// nameActs finds the names of who acted, and the titles of what they acted on as the reader may
// see it. Erased accounts have none.
func (s *Service) nameActs(tx *storage.Tx, reader civic.Actor, page *ActPage) (err error) {
	var accounts []civic.ID
	var refs []civic.Ref
	for _, e := range page.Entries {
		accounts = append(accounts, e.Account)
		if e.Subject.ID != "" {
			refs = append(refs, e.Subject)
		}
		for _, name := range named {
			if thing, ok := civic.ParseRef(e.Detail[name]); ok {
				refs = append(refs, thing)
			}
		}
	}
	if page.Names, err = namesOf(tx, accounts); err != nil {
		return err
	}
	page.Subjects, err = s.declared.Titles(tx, reader, refs)
	return err
}
