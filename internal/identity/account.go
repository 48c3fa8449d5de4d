package identity

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// mine is the visitor's own account. Codes: Unauthenticated when it was erased meanwhile.
func (s *Service) mine(tx *storage.Tx, v Visit) (Account, error) {
	a, found, err := accountByID(tx, v.Actor.Account)
	if err == nil && !found {
		err = civic.Fail(civic.Unauthenticated, "web.sign_in_first")
	}
	return a, err
}

// account is mine in a transaction of its own.
func (s *Service) account(ctx context.Context, v Visit) (a Account, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { a, err = s.mine(tx, v); return err })
	return a, err
}

// Overview is all that a person's own pages show.
type Overview struct {
	Account     Account
	Resident    Resident
	Sessions    []Session
	Passkeys    []Passkey
	Grants      []Granted
	Invitations []Invitation                // to roles, not accepted yet
	Titles      map[civic.Ref]part.Resolved // of the scopes of the roles
}

// Overview gathers the visitor's account.
func (s *Service) Overview(ctx context.Context, v Visit) (o Overview, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if o.Account, err = s.mine(tx, v); err != nil {
			return err
		}
		return s.gather(tx, &o, v.Session)
	})
	return o, err
}

func (s *Service) gather(tx *storage.Tx, o *Overview, current civic.ID) (err error) {
	if o.Resident, err = s.ResidentOf(tx, o.Account.ID); err != nil {
		return err
	}
	if o.Sessions, err = sessionsOf(tx, o.Account.ID); err != nil {
		return err
	}
	for i := range o.Sessions {
		o.Sessions[i].Current = o.Sessions[i].ID == current
	}
	keys, err := passkeysOf(tx, o.Account.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		o.Passkeys = append(o.Passkeys, k.Passkey)
	}
	if o.Grants, err = grantsOf(tx, o.Account.ID); err != nil {
		return err
	}
	if o.Invitations, err = invitationsTo(tx, o.Account.Email); err != nil {
		return err
	}
	var scopes []civic.Ref
	for _, g := range o.Grants {
		scopes = append(scopes, g.Scope)
	}
	o.Titles, err = s.declared.Titles(tx, civic.Actor{}, scopes)
	return err
}

// ChangeProfile sets the visitor's name and the language of mails. Codes: Invalid.
func (s *Service) ChangeProfile(ctx context.Context, v Visit, name string, lang civic.Lang) error {
	var problems civic.Problems
	name = cleanName(name, int(s.city.Value("identity.name_max")), &problems)
	if _, ok := civic.ParseLang(string(lang)); !ok {
		problems.Add("lang", "identity.lang_unknown")
	}
	if err := problems.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if _, err := s.mine(tx, v); err != nil {
			return err
		}
		tx.Touch(topic, TopicNames)
		return updateProfile(tx, v.Actor.Account, name, lang)
	})
}

// TopicNames changes whenever a name that is shown in public changes or goes. Cached pages
// that show names depend on it.
const TopicNames = "identity:names"

// ChangePassword sets a new password, and ends the account's other sessions. Codes: Forbidden
// (prove first), Invalid.
func (s *Service) ChangePassword(ctx context.Context, v Visit, password string) error {
	if err := s.fresh(v, s.db.Now()); err != nil {
		return err
	}
	a, err := s.account(ctx, v)
	if err != nil {
		return err
	}
	phc, err := s.hashNew(ctx, "account "+string(a.ID), password, a.Name, a.Email)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		a, err := s.mine(tx, v)
		if err != nil {
			return err
		}
		if err := updatePassword(tx, a.ID, phc); err != nil {
			return err
		}
		if err := deleteTokens(tx, a.ID, forRecovery); err != nil {
			return err
		}
		if err := s.endAll(tx, a.ID, v.Session); err != nil {
			return err
		}
		return s.tellChange(tx, a, "identity.change_password")
	})
}

// AskEmail sends a link to a new address; opening it moves the account there. An address that
// has another account gets a mail that says so instead: the caller sees no difference. Codes:
// Forbidden (prove first), Invalid, TooMany.
func (s *Service) AskEmail(ctx context.Context, from Client, v Visit, typed string) error {
	if err := s.fresh(v, s.db.Now()); err != nil {
		return err
	}
	email, err := s.mayMail(from, typed)
	if err != nil {
		return err
	}
	if err := s.limits.allow(mailsTo, "account "+string(v.Actor.Account)); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		a, err := s.mine(tx, v)
		if err != nil {
			return err
		}
		other, taken, err := accountByEmail(tx, email)
		if err != nil {
			return err
		}
		if err := deleteTokens(tx, a.ID, forEmail); err != nil { // the newest wish counts
			return err
		}
		life := s.hours("identity.sign_up_hours")
		token, err := s.issue(tx, forEmail, a.ID, tokenData{Email: email}, life)
		if err != nil {
			return err
		}
		if taken && other.ID != a.ID {
			return s.letter(tx, email, other.Lang, "identity.mail_known_subject", "identity.mail_taken")
		}
		return s.letter(tx, email, a.Lang, "identity.mail_email_subject", "identity.mail_email",
			"Link", s.link(a.Lang, "/account/email/"+token), "Count", int64(life/time.Hour))
	})
}

// AskConfirmation mails a link to the address of an account whose holder has not yet shown that it is
// theirs. Codes: Conflict (it is confirmed), Unavailable (no mail leaves the city), TooMany.
func (s *Service) AskConfirmation(ctx context.Context, v Visit) error {
	if s.opts.NoMail {
		return civic.Fail(civic.Unavailable, "identity.no_mail")
	}
	if err := s.limits.allow(mailsTo, "account "+string(v.Actor.Account)); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		a, err := s.mine(tx, v)
		if err == nil && !a.ConfirmedAt.IsZero() {
			err = civic.Fail(civic.Conflict, "identity.email_confirmed")
		}
		if err != nil {
			return err
		}
		return s.mailConfirmation(tx, a)
	})
}

// mailConfirmation sends the link with which an address is confirmed; one sent before dies.
func (s *Service) mailConfirmation(tx *storage.Tx, a Account) error {
	if err := deleteTokens(tx, a.ID, forEmail); err != nil {
		return err
	}
	life := s.hours("identity.sign_up_hours")
	token, err := s.issue(tx, forEmail, a.ID, tokenData{Email: a.Email}, life)
	if err != nil {
		return err
	}
	return s.letter(tx, a.Email, a.Lang, "identity.mail_confirm_subject", "identity.mail_confirm",
		"Link", s.link(a.Lang, "/account/email/"+token), "Until", tx.Now().Add(life))
}

// LookEmail tells which address a link would move the visitor's account to. Codes: Closed.
func (s *Service) LookEmail(ctx context.Context, v Visit, token string) (email string, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		id, data, err := s.look(tx, forEmail, token)
		if err == nil && id != v.Actor.Account {
			err = civic.Fail(civic.Closed, "identity.link_dead")
		}
		email = data.Email
		return err
	})
	return email, err
}

// ChangeEmail moves the visitor's account to the address that the link was sent to, and tells
// the old one; or confirms the address that the account has. Codes: Closed (dead, or of another
// account).
func (s *Service) ChangeEmail(ctx context.Context, v Visit, token string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		id, data, err := s.take(tx, forEmail, token)
		if err != nil {
			return err
		}
		a, err := s.mine(tx, v)
		if err != nil {
			return err
		}
		if id != a.ID {
			return civic.Fail(civic.Closed, "identity.link_dead")
		}
		if ok, err := updateEmail(tx, a.ID, data.Email); !ok {
			if err == nil || storage.IsUnique(err) { // somebody signed up with the address meanwhile
				err = civic.Fail(civic.Closed, "identity.link_dead").Because(err)
			}
			return err
		}
		tx.Touch(topic) // with a confirmed address one may do more
		if a.Email == data.Email {
			return nil
		}
		if err := deleteTokens(tx, a.ID, forRecovery); err != nil { // they were sent to the old address
			return err
		}
		return s.tellChange(tx, a, "identity.change_email")
	})
}

// Export gathers everything that the city holds about the visitor, by capability. Codes:
// Forbidden (prove first).
func (s *Service) Export(ctx context.Context, v Visit) (map[string]any, error) {
	if err := s.fresh(v, s.db.Now()); err != nil {
		return nil, err
	}
	out := map[string]any{}
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		var o Overview
		var err error
		if o.Account, err = s.mine(tx, v); err != nil {
			return err
		}
		if err := s.gather(tx, &o, v.Session); err != nil {
			return err
		}
		out["account"] = exportOf(o)
		for _, p := range s.declared.Parts() {
			if p.Personal.Export == nil {
				continue
			}
			if out[p.Name], err = p.Personal.Export(tx, v.Actor.Account); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

type exported struct {
	ID          civic.ID             `json:"id"`
	Email       string               `json:"email"`
	Name        string               `json:"name"`
	Language    civic.Lang           `json:"language"`
	Password    bool                 `json:"has_password"`
	CreatedAt   time.Time            `json:"created_at"`
	ConfirmedAt *time.Time           `json:"email_confirmed_at,omitempty"`
	VerifiedAt  *time.Time           `json:"verified_at,omitempty"`
	VerifiedBy  Method               `json:"verified_by,omitempty"`
	District    string               `json:"district,omitempty"`
	Born        string               `json:"born,omitempty"`
	Roles       []exportedGrant      `json:"roles"`
	Invitations []exportedInvitation `json:"invitations"`
	Passkeys    []exportedPasskey    `json:"passkeys"`
	Sessions    []exportedSession    `json:"sessions"`
}

type exportedInvitation struct {
	Role    civic.Role `json:"role"`
	Scope   civic.Ref  `json:"scope,omitzero"`
	Invited time.Time  `json:"invited"`
	Expires time.Time  `json:"expires"`
}

type exportedGrant struct {
	Role  civic.Role `json:"role"`
	Scope civic.Ref  `json:"scope,omitzero"`
	From  time.Time  `json:"from,omitzero"`
	Until time.Time  `json:"until,omitzero"`
	Given time.Time  `json:"given"`
}

type exportedPasskey struct {
	Device    string     `json:"device"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"used_at,omitempty"`
}

type exportedSession struct {
	Device    string    `json:"device"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
}

func exportOf(o Overview) exported {
	set := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	a := o.Account
	e := exported{a.ID, a.Email, a.Name, a.Lang, a.HasPassword, a.CreatedAt, set(a.ConfirmedAt), set(a.VerifiedAt), a.VerifiedBy, o.Resident.District, o.Resident.Born,
		[]exportedGrant{}, []exportedInvitation{}, []exportedPasskey{}, []exportedSession{}}
	for _, i := range o.Invitations {
		e.Invitations = append(e.Invitations, exportedInvitation{i.Role, i.Scope, i.At, i.Expires})
	}
	for _, g := range o.Grants {
		e.Roles = append(e.Roles, exportedGrant{g.Role, g.Scope, g.From, g.Until, g.At})
	}
	for _, p := range o.Passkeys {
		e.Passkeys = append(e.Passkeys, exportedPasskey{p.Name, p.CreatedAt, set(p.UsedAt)})
	}
	for _, x := range o.Sessions {
		e.Sessions = append(e.Sessions, exportedSession{x.Device, x.CreatedAt, x.SeenAt})
	}
	return e
}

// Erase deletes the visitor's account: every capability forgets the person, public
// contributions stay without the name, all sessions end. An account with a password is erased
// only with it. The last administrator cannot leave. Codes: Forbidden (prove first), Invalid,
// Conflict, TooMany.
func (s *Service) Erase(ctx context.Context, v Visit, password string) error {
	if err := s.fresh(v, s.db.Now()); err != nil {
		return err
	}
	a, err := s.account(ctx, v)
	if err != nil {
		return err
	}
	if a.HasPassword {
		if err := s.Prove(ctx, v, password); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		a, err := s.mine(tx, v)
		if err != nil {
			return err
		}
		if err := s.keepAnAdministrator(tx, a.ID); err != nil {
			return err
		}
		if err := s.declared.Erase(tx, a.ID); err != nil {
			return err
		}
		if err := eraseAccount(tx, a.ID); err != nil {
			return err
		}
		tx.Touch(topic, TopicNames)
		if err := s.trail.Note(tx, v.Actor, "identity.account.erase", about(a.ID), nil); err != nil {
			return err
		}
		return s.letter(tx, a.Email, a.Lang, "identity.mail_erased_subject", "identity.mail_erased")
	})
}
