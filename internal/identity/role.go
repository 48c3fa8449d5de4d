package identity

import (
	"context"
	"slices"
	"time"

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

// mayGive is nil when the actor may give and take the role of a grant.
func (s *Service) mayGive(by civic.Actor, g civic.Grant) error {
	if role, _ := s.declared.Roles().Get(g.Role); role.MayGive(by, g.Scope) {
		return nil
	}
	return civic.Fail(civic.Forbidden, "web.forbidden")
}

// Grant gives an account a role: for a thing of the kind that the table of roles says, and for
// a term or without end. Whoever the table names may. Giving a role again changes its term.
// Codes: Forbidden, Invalid, NotFound, Conflict (the last lasting administrator gets an end).
func (s *Service) Grant(ctx context.Context, by civic.Actor, account civic.ID, g civic.Grant) error {
	if err := s.mayGive(by, g); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.scopeIsThere(tx, g.Scope); err != nil {
			return err
		}
		return s.Give(tx, by, account, g)
	})
}

// scopeIsThere refuses a role for a thing that nobody knows or sees.
func (s *Service) scopeIsThere(tx *storage.Tx, scope civic.Ref) error {
	if scope == (civic.Ref{}) {
		return nil
	}
	known, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{scope})
	if err == nil && len(known) == 0 {
		err = civic.Wrong("scope", "identity.scope_unknown")
	}
	return err
}

// Give is Grant within another capability's transaction, for a decision of its own (a claim
// accepted by a moderator). It checks no permission: the caller has. Codes: Invalid, NotFound,
// Conflict.
func (s *Service) Give(tx *storage.Tx, by civic.Actor, account civic.ID, g civic.Grant) error {
	var problems civic.Problems
	checkGrant(&problems, s.declared.Roles(), g, tx.Now())
	if err := problems.Err(); err != nil {
		return err
	}
	if g.Role == civic.Administrator && (!g.Until.IsZero() || !g.InForce(tx.Now())) {
		if err := s.keepAnAdministrator(tx, account); err != nil {
			return err
		}
	}
	if _, found, err := accountByID(tx, account); err != nil || !found {
		if err == nil {
			err = civic.Fail(civic.NotFound, "identity.account_missing")
		}
		return err
	}
	changed, err := putGrant(tx, account, g, by.Account)
	if err != nil || !changed {
		return err
	}
	tx.Touch(topic)
	return s.trail.Note(tx, by, "identity.role.grant", about(account), grantDetail(g))
}

// grantDetail is what the audit list says of a role with its term.
func grantDetail(g civic.Grant) map[string]string {
	detail := map[string]string{"role": string(g.Role), "scope": g.Scope.String()}
	for name, at := range map[string]time.Time{"from": g.From, "until": g.Until} {
		if !at.IsZero() {
			detail[name] = at.UTC().Format(time.RFC3339)
		}
	}
	return detail
}

// CarryRoles gives whoever holds a role for one thing the same role, with the same term, for the thing
// that stands for it from now on. What they hold stays: what was done under the old name is still
// theirs. It checks no permission: the caller has.
func (s *Service) CarryRoles(tx *storage.Tx, by civic.Actor, from, to civic.Ref) error {
	held, err := grantsFor(tx, from)
	if err != nil {
		return err
	}
	for _, h := range held {
		g := h.Grant
		g.Scope = to
		there, err := hasGrant(tx, h.account, g)
		if err == nil && !there && !g.Ended(tx.Now()) {
			err = s.Give(tx, by, h.account, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Revoke takes a role away, whatever its term; never that of the last administrator. Whoever
// may give it may. It holds from the next request on. Codes: Forbidden, NotFound, Conflict.
func (s *Service) Revoke(ctx context.Context, by civic.Actor, account civic.ID, g civic.Grant) error {
	if err := s.mayGive(by, g); err != nil {
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
	return s.trail.Note(tx, by, "identity.role.revoke", about(account), map[string]string{"role": string(g.Role), "scope": g.Scope.String()})
}

// keepAnAdministrator refuses to go on when the account is the only administrator whose role has
// no end. Those who would leave at the same time wait for one another.
func (s *Service) keepAnAdministrator(tx *storage.Tx, leaving civic.ID) error {
	if err := tx.Lock("identity_administrators"); err != nil {
		return err
	}
	all, err := lastingHolders(tx, civic.Administrator)
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
		all, err := listAccounts(tx, before, accountsPerPage+1)
		accounts, last := storage.Page(all, accountsPerPage)
		if last != nil {
			page.Next = last.ID
		}
		page.Accounts = accounts
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
			err = civic.Wrong("email", "identity.account_missing")
		}
		id = a.ID
		return err
	})
	return id, err
}

// Person is an account as an administrator sees it.
type Person struct {
	Overview
	Scopes []ScopesOf // what roles can be held for
}

// ScopesOf are the things of one kind for which roles can be held.
type ScopesOf struct {
	Kind   string
	Roles  []civic.Role // that are held for one of them
	Things []part.Choice
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
		p.Scopes, err = s.scopes(tx)
		return err
	})
	return p, err
}

// scopes lists what roles can be held for, by kind.
func (s *Service) scopes(tx *storage.Tx) (out []ScopesOf, err error) {
	for _, r := range s.declared.Roles().Given() {
		at := slices.IndexFunc(out, func(of ScopesOf) bool { return of.Kind == r.Scope })
		switch {
		case r.Scope == "":
		case at >= 0:
			out[at].Roles = append(out[at].Roles, r.Name)
		default:
			of := ScopesOf{Kind: r.Scope, Roles: []civic.Role{r.Name}}
			kind, _ := s.declared.Kind(r.Scope)
			if of.Things, err = kind.Choices(tx); err != nil {
				return nil, err
			}
			out = append(out, of)
		}
	}
	return out, nil
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
