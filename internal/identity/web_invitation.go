package identity

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const invitationsPath = "/desk/people/invitations"

// invitationsView is what the page of invitations shows.
type invitationsView struct {
	InvitationPage
	Later  bool // there is a page before
	NoMail bool
}

func (s *Service) invitationsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	list, err := s.Invitations(r.Context(), web.Actor(r), before)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("lang", string(web.L(r).Lang()))
	}
	p := page(w, r, "identity.invitations_title")
	p.Lede = p.T("identity.invitations_lede", "Count", s.city.Value("identity.invitation_days"))
	p.Crumbs = []ui.Link{{Text: p.T("identity.people_title"), Path: "/desk/people"}}
	return invitationsPage(p, s.declared.Roles(), f, invitationsView{list, before != "", s.opts.NoMail}), nil
}

func (s *Service) invite(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	g, err := s.grantOf(r, f)
	if err == nil {
		err = s.Invite(r.Context(), web.Actor(r), f.Value("email"), civic.Lang(f.Value("lang")), g)
	}
	return web.Done(invitationsPath, "identity.invited"), err
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, ok := civic.ParseID(r.PathValue("id"))
	if !ok {
		return web.Next{}, civic.Fail(civic.NotFound, "identity.invitation_gone")
	}
	return web.Done(invitationsPath, "identity.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), id)
}

// invitationView is an invitation as whoever has an account sees it.
type invitationView struct {
	Token, Email, Offer string
	Mine                bool // whoever reads is signed in with the address that is invited
}

// invitationPage asks whoever has no account at the invited address to make one, and others to
// accept with theirs.
func (s *Service) invitationPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	token := r.PathValue("token")
	o, err := s.LookInvitation(r.Context(), token)
	if err != nil {
		return nil, dead(err, "ui.to_home", "/")
	}
	p := page(w, r, "identity.invitation_title")
	offer := p.L.Say(s.offer(o.Grant, o.Titles))
	if !o.HasAccount {
		return newKeyPage(p, f, newKey{Path: "/invitation/" + token, Kind: "invitation", Token: token, Email: o.Email, Offer: offer, AskName: true,
			Lede: "identity.invitation_new", Send: "identity.new_account_send", Shortest: s.shortest()}), nil
	}
	x := invitationView{Token: token, Email: o.Email, Offer: offer}
	if p.Actor.SignedIn() {
		mine, err := s.overview(r)
		if err != nil {
			return nil, err
		}
		x.Mine = mine.Account.Email == o.Email
	}
	return invitationPage(p, f, x), nil
}

func (s *Service) acceptInvitation(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	token := r.PathValue("token")
	o, err := s.LookInvitation(r.Context(), token)
	if err != nil {
		return web.Next{}, dead(err, "ui.to_home", "/")
	}
	if !o.HasAccount {
		in, err := s.SignUpInvited(r.Context(), s.client(r), token, NewAccount{Name: f.Value("name"), Password: f.Value("password"), Passkey: answerOf(f)})
		if err != nil {
			return web.Next{}, dead(err, "ui.to_home", "/")
		}
		return s.welcome(w, r, in, "identity.invitation_accepted")
	}
	v, err := s.visit(r)
	if err != nil {
		return web.Next{}, err
	}
	if err := s.Accept(r.Context(), v, token); err != nil {
		return web.Next{}, dead(err, "ui.to_home", "/")
	}
	v, err = s.visit(r) // with the new role
	return web.Done(s.begin(v.Actor, "/"), "identity.invitation_accepted"), err
}
