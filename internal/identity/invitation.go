package identity

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Invitation offers a role to whoever reads the mails to an address, whether they have an account
// or not. It waits until the link in the mail is used, somebody withdraws it, or it expires.
type Invitation struct {
	ID    civic.ID
	Email string
	Lang  civic.Lang // of the mail, and of an account that is made by it
	civic.Grant
	By      civic.ID
	At      time.Time
	Expires time.Time
}

// invitationsPerPage bounds a page of the list of invitations.
const invitationsPerPage = 20

// Invite offers a role to an address: a mail with a link that works once. It gives what Grant gives,
// to whoever Grant allows it. The same offer again, as of a form that was sent twice, changes
// nothing. Whether the address has an account cannot be told from the answer. Codes: Forbidden,
// Invalid, Conflict (the role is offered to that address with another term), TooMany, Unavailable
// (no mail leaves the city).
func (s *Service) Invite(ctx context.Context, by civic.Actor, typed string, lang civic.Lang, g civic.Grant) error {
	if err := s.mayGive(by, g); err != nil {
		return err
	}
	var problems civic.Problems
	email, ok := ParseEmail(typed)
	if !ok {
		problems.Add("email", "identity.email_invalid")
	}
	if _, ok := civic.ParseLang(string(lang)); !ok {
		problems.Add("lang", "identity.lang_unknown")
	}
	checkGrant(&problems, s.declared.Roles(), g, s.db.Now())
	if err := problems.Err(); err != nil {
		return err
	}
	if s.opts.NoMail {
		return civic.Fail(civic.Unavailable, "identity.no_mail")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := s.scopeIsThere(tx, g.Scope); err != nil {
			return err
		}
		token := civic.Token()
		wanted := Invitation{ID: civic.NewID(tx.Now()), Email: email, Lang: lang, Grant: g, By: by.Account, At: tx.Now(), Expires: tx.Now().Add(s.days("identity.invitation_days"))}
		if !g.Until.IsZero() && g.Until.Before(wanted.Expires) {
			wanted.Expires = g.Until
		}
		kept, isNew, err := insertInvitation(tx, wanted, s.hashToken(forInvitation, token))
		switch {
		case err != nil:
			return err
		case !isNew && kept.From.Equal(g.From) && kept.Until.Equal(g.Until):
			return nil
		case !isNew:
			return civic.Fail(civic.Conflict, "identity.invited_already").At("email")
		}
		if err := s.limits.allow(mailsTo, "invitation "+email); err != nil {
			return err
		}
		if err := s.mailInvitation(tx, wanted, token); err != nil {
			return err
		}
		return s.trail.Note(tx, by, "identity.invitation.send", civic.Ref{}, grantDetail(g))
	})
}

// mailInvitation tells the holder of an address what is offered, in the language of their account
// or, when they have none, of the invitation.
func (s *Service) mailInvitation(tx *storage.Tx, i Invitation, token string) error {
	lang := i.Lang
	a, known, err := accountByEmail(tx, i.Email)
	if err != nil {
		return err
	}
	if known {
		lang = a.Lang
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, []civic.Ref{i.Scope})
	if err != nil {
		return err
	}
	return s.letter(tx, i.Email, lang, "identity.mail_invitation_subject", "identity.mail_invitation",
		"Offer", s.offer(i.Grant, titles), "Link", s.link(lang, "/invitation/"+token), "Until", i.Expires.Add(-time.Nanosecond))
}

// termMessage says when a role begins and which day is its last; false when it has neither.
func termMessage(from, until time.Time) (civic.Message, bool) {
	last := until.Add(-time.Nanosecond)
	switch {
	case from.IsZero() && until.IsZero():
		return civic.Message{}, false
	case until.IsZero():
		return civic.Say("identity.term_from", "From", from), true
	case from.IsZero():
		return civic.Say("identity.term_until", "Until", last), true
	}
	return civic.Say("identity.term", "From", from, "Until", last), true
}

// offer says in words which role is offered, for what and for how long.
func (s *Service) offer(g civic.Grant, titles map[civic.Ref]part.Resolved) civic.Message {
	m := civic.Say(s.declared.Roles().NameKey(g.Role))
	if g.Scope != (civic.Ref{}) {
		m = civic.Say("identity.offer_scope", "Role", m, "Scope", titles[g.Scope].Title)
	}
	if term, ok := termMessage(g.From, g.Until); ok {
		m = civic.Say("identity.offer_term", "Offer", m, "Term", term)
	}
	return m
}

// offered finds the invitation behind a link. One that is gone, has expired, or was made by
// somebody who may not give the role any more, is an error of code civic.Closed.
func (s *Service) offered(tx *storage.Tx, token string) (Invitation, error) {
	i, found, err := selectInvitation(tx, s.hashToken(forInvitation, token))
	if err != nil {
		return i, err
	}
	holds := false
	if found {
		_, holds, err = s.inviter(tx, i)
	}
	if err == nil && !holds {
		err = civic.Fail(civic.Closed, "identity.link_dead")
	}
	return i, err
}

// inviter is who made an invitation as they are now; false when they may not give the role any more.
func (s *Service) inviter(tx *storage.Tx, i Invitation) (civic.Actor, bool, error) {
	a, found, err := accountByID(tx, i.By)
	if err != nil || !found {
		return civic.Actor{}, false, err
	}
	held, err := grantsOf(tx, a.ID)
	by := civic.Actor{Account: a.ID, Name: a.Name, Lang: a.Lang, Assurance: a.Assurance()}
	for _, g := range held {
		if g.InForce(tx.Now()) {
			by.Grants = append(by.Grants, g.Grant)
		}
	}
	_, declared := s.declared.Roles().Get(i.Role)
	return by, declared && s.mayGive(by, i.Grant) == nil, err
}

// Offer is an invitation as whoever holds its link sees it.
type Offer struct {
	Invitation
	Titles     map[civic.Ref]part.Resolved
	HasAccount bool // the address has one
}

// LookInvitation tells what a link offers. Codes: Closed.
func (s *Service) LookInvitation(ctx context.Context, token string) (o Offer, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if o.Invitation, err = s.offered(tx, token); err != nil {
			return err
		}
		if _, o.HasAccount, err = accountByEmail(tx, o.Email); err != nil {
			return err
		}
		o.Titles, err = s.declared.Titles(tx, civic.Actor{}, []civic.Ref{o.Scope})
		return err
	})
	return o, err
}

// SignUpInvited makes the account of an invited address, with the role, and signs in: who has the
// link reads the mails to the address. The link works once. Codes: Invalid, Closed, Conflict (the
// address got an account meanwhile), TooMany.
func (s *Service) SignUpInvited(ctx context.Context, from Client, token string, in NewAccount) (out Signed, err error) {
	o, err := s.LookInvitation(ctx, token)
	if err != nil {
		return out, err
	}
	fresh, err := s.prepare(ctx, from, in, o.Email)
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		i, err := s.offered(tx, token)
		if err != nil {
			return err
		}
		if out, err = s.create(tx, from, fresh, tokenData{Email: i.Email, Lang: i.Lang, Next: "/"}, tx.Now()); err != nil {
			return err
		}
		return s.redeem(tx, i, out.Account.ID)
	})
	return out, err
}

// Accept gives the visitor's account the role that a link offers to its address. Codes: Closed,
// Forbidden (it is offered to another address).
func (s *Service) Accept(ctx context.Context, v Visit, token string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		i, err := s.offered(tx, token)
		if err != nil {
			return err
		}
		a, err := s.mine(tx, v)
		if err == nil && a.Email != i.Email {
			err = civic.Fail(civic.Forbidden, "identity.invitation_other", "Email", i.Email)
		}
		if err != nil {
			return err
		}
		if err := confirm(tx, a); err != nil {
			return err
		}
		return s.redeem(tx, i, a.ID)
	})
}

// redeem uses an invitation up: the role is given as whoever invited would give it by hand.
func (s *Service) redeem(tx *storage.Tx, i Invitation, account civic.ID) error {
	_, there, err := deleteInvitation(tx, i.ID)
	if err != nil {
		return err
	}
	by, holds, err := s.inviter(tx, i)
	if err != nil {
		return err
	}
	if !there || !holds { // meanwhile
		return civic.Fail(civic.Closed, "identity.link_dead")
	}
	return s.Give(tx, by, account, i.Grant)
}

// InvitationPage is a page of the invitations that wait, the newest first, with what a new one can
// be for.
type InvitationPage struct {
	Waiting []Waiting
	Titles  map[civic.Ref]part.Resolved
	Names   map[civic.ID]string // of who invited
	Next    civic.ID            // what to pass as before for the next page; "" on the last
	Scopes  []ScopesOf
}

// Waiting is an invitation that was not accepted yet.
type Waiting struct {
	Invitation
	Void bool // whoever made it may not give the role any more
}

// Invitations lists those that wait, before a given one. Only administrators. Codes: Forbidden.
func (s *Service) Invitations(ctx context.Context, by civic.Actor, before civic.ID) (page InvitationPage, err error) {
	if err := administrator(by); err != nil {
		return page, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := listInvitations(tx, before, invitationsPerPage+1)
		if err != nil {
			return err
		}
		all, last := storage.Page(all, invitationsPerPage)
		if last != nil {
			page.Next = last.ID
		}
		var scopes []civic.Ref
		var inviters []civic.ID
		for _, i := range all {
			_, holds, err := s.inviter(tx, i)
			if err != nil {
				return err
			}
			page.Waiting = append(page.Waiting, Waiting{i, !holds})
			scopes, inviters = append(scopes, i.Scope), append(inviters, i.By)
		}
		if page.Titles, err = s.declared.Titles(tx, civic.Actor{}, scopes); err != nil {
			return err
		}
		if page.Names, err = namesOf(tx, inviters); err != nil {
			return err
		}
		page.Scopes, err = s.scopes(tx)
		return err
	})
	return page, err
}

// Withdraw ends an invitation: its link is dead. Whoever may give the role may. Codes: Forbidden,
// NotFound (it was accepted or withdrawn, or has expired).
func (s *Service) Withdraw(ctx context.Context, by civic.Actor, id civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		i, found, err := deleteInvitation(tx, id)
		if err == nil && !found {
			err = civic.Fail(civic.NotFound, "identity.invitation_gone")
		}
		if err == nil {
			err = s.mayGive(by, i.Grant)
		}
		if err != nil {
			return err
		}
		return s.trail.Note(tx, by, "identity.invitation.withdraw", civic.Ref{}, grantDetail(i.Grant))
	})
}
