package identity

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// accountsPerPage bounds a page of the list of accounts.
const accountsPerPage = 50

func administrator(a civic.Actor) error {
	if a.Has(civic.Administrator) {
		return nil
	}
	return civic.Fail(civic.Forbidden, "web.forbidden")
}

// Grant gives an account a role, for an organisation or state body where the role has a
// scope. Only administrators. Giving what is held already changes nothing. Codes: Forbidden,
// Invalid, NotFound.
func (s *Service) Grant(ctx context.Context, by civic.Actor, account civic.ID, g civic.Grant) error {
	if err := administrator(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if scoped(g.Role) && g.Scope != "" {
			known, err := s.scopeTitles(tx, []civic.ID{g.Scope})
			if err != nil {
				return err
			}
			if len(known) == 0 {
				var p civic.Problems
				p.Add("scope", "identity.scope_unknown")
				return p.Err()
			}
		}
		return s.Give(tx, by, account, g)
	})
}

// Give is Grant within another capability's transaction, for a decision of its own (a claim
// accepted by a moderator). It checks no permission: the caller has. Codes: Invalid, NotFound.
func (s *Service) Give(tx *storage.Tx, by civic.Actor, account civic.ID, g civic.Grant) error {
	if err := validGrant(g); err != nil {
		return err
	}
	if _, found, err := accountByID(tx, account); err != nil || !found {
		if err == nil {
			err = civic.Fail(civic.NotFound, "identity.account_missing")
		}
		return err
	}
	added, err := insertGrant(tx, account, g, by.Account)
	if err != nil || !added {
		return err
	}
	tx.Touch(topic)
	return s.trail.Note(tx, by, "identity.role.grant", about(account), map[string]string{"role": string(g.Role), "scope": string(g.Scope)})
}

// scopeTitles names the organisations and state bodies for which roles are held; unknown ones
// are missing.
func (s *Service) scopeTitles(tx *storage.Tx, ids []civic.ID) (map[civic.ID]civic.Text, error) {
	var refs []civic.Ref
	for _, id := range ids {
		refs = append(refs, civic.Ref{Kind: scopeKind, ID: id})
	}
	found, err := s.declared.Titles(tx, civic.Actor{}, refs)
	out := map[civic.ID]civic.Text{}
	for ref, r := range found {
		out[ref.ID] = r.Title
	}
	return out, err
}

// Revoke takes a role away; never that of the last administrator. Only administrators. It
// holds from the next request on. Codes: Forbidden, NotFound, Conflict.
func (s *Service) Revoke(ctx context.Context, by civic.Actor, account civic.ID, g civic.Grant) error {
	if err := administrator(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error { return s.Take(tx, by, account, g) })
}

// Take is Revoke within another capability's transaction. It checks no permission: the caller
// has. Codes: NotFound, Conflict.
func (s *Service) Take(tx *storage.Tx, by civic.Actor, account civic.ID, g civic.Grant) error {
	if g.Role == civic.Administrator {
		if err := s.keepAnAdministrator(tx, account); err != nil {
			return err
		}
	}
	held, err := deleteGrant(tx, account, g)
	if err == nil && !held {
		err = civic.Fail(civic.NotFound, "identity.grant_gone")
	}
	if err != nil {
		return err
	}
	tx.Touch(topic)
	return s.trail.Note(tx, by, "identity.role.revoke", about(account), map[string]string{"role": string(g.Role), "scope": string(g.Scope)})
}

// keepAnAdministrator refuses to go on when the account is the only administrator. Those who
// would leave at the same time wait for one another.
func (s *Service) keepAnAdministrator(tx *storage.Tx, leaving civic.ID) error {
	if err := tx.Lock("identity administrators"); err != nil {
		return err
	}
	all, err := holdersOf(tx, civic.Grant{Role: civic.Administrator})
	if err != nil {
		return err
	}
	if len(all) == 1 && all[0] == leaving {
		return civic.Fail(civic.Conflict, "identity.last_administrator")
	}
	return nil
}

// AccountPage is a page of accounts, the newest first.
type AccountPage struct {
	Accounts []Account
	Next     civic.ID // what to pass as before for the next page; "" on the last
}

// Accounts lists accounts before a given one. Only administrators. Codes: Forbidden.
func (s *Service) Accounts(ctx context.Context, by civic.Actor, before civic.ID) (page AccountPage, err error) {
	if err := administrator(by); err != nil {
		return page, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		page.Accounts, err = listAccounts(tx, before, accountsPerPage+1)
		if len(page.Accounts) > accountsPerPage {
			page.Accounts = page.Accounts[:accountsPerPage]
			page.Next = page.Accounts[accountsPerPage-1].ID
		}
		return err
	})
	return page, err
}

// FindAccount finds the account with exactly that address. Only administrators. Codes:
// Forbidden, Invalid (there is none).
func (s *Service) FindAccount(ctx context.Context, by civic.Actor, typed string) (id civic.ID, err error) {
	if err := administrator(by); err != nil {
		return "", err
	}
	email, _ := ParseEmail(typed)
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		a, found, err := accountByEmail(tx, email)
		if err == nil && !found {
			var p civic.Problems
			p.Add("email", "identity.account_missing")
			err = p.Err()
		}
		id = a.ID
		return err
	})
	return id, err
}

// Person is an account as an administrator sees it.
type Person struct {
	Overview
	Bodies []part.Choice // that an officer can act for
}

// Person shows one account. Only administrators. Codes: Forbidden, NotFound.
func (s *Service) Person(ctx context.Context, by civic.Actor, id civic.ID) (p Person, err error) {
	if err := administrator(by); err != nil {
		return p, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		var found bool
		if p.Account, found, err = accountByID(tx, id); err != nil || !found {
			if err == nil {
				err = civic.Fail(civic.NotFound, "identity.account_missing")
			}
			return err
		}
		if err := s.gather(tx, &p.Overview, ""); err != nil {
			return err
		}
		if kind, _ := s.declared.Kind(scopeKind); kind.Choices != nil {
			p.Bodies, err = kind.Choices(tx)
		}
		return err
	})
	return p, err
}

// SignOutPerson ends all sessions of an account: for when its holder reports it stolen. Only
// administrators. Codes: Forbidden.
func (s *Service) SignOutPerson(ctx context.Context, by civic.Actor, account civic.ID) error {
	if err := administrator(by); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.endAll(tx, account, ""); err != nil {
			return err
		}
		return s.trail.Note(tx, by, "identity.sessions.end", about(account), nil)
	})
}
