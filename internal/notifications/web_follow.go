package notifications

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) followRoutes() []web.Route {
	const own = "/following/{token}"
	return append(web.Forms(
		web.Form{Pattern: "/follow/{kind}/{id}", Access: web.Everyone, Show: s.followForm, Do: s.follow},
		web.Form{Pattern: "/following/stop", Page: "/following", Access: web.SignedIn, Do: s.stopOwn, Button: true},
		web.Form{Pattern: own + "/confirm", Page: own, Access: web.Everyone, Do: s.confirm, Button: true},
		web.Form{Pattern: own + "/stop", Page: own, Access: web.Everyone, Do: s.stop, Button: true},
		web.Form{Pattern: own, Access: web.Everyone, Show: s.showFollowing, Do: s.savePaceOf},
	),
		web.Page("/following", web.SignedIn, s.showOwn))
}

// named is the thing that a form or an address names.
func named(value func(string) string) civic.Ref {
	return civic.Ref{Kind: value("kind"), ID: civic.ID(value("id"))}
}

type followPage struct {
	ui.Page
	Form  ui.Form
	Thing civic.Ref
	part.Resolved
	Already bool // the account follows it
}

func (s *Service) followForm(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := followPage{Form: f, Thing: named(r.PathValue)}
	account := web.Actor(r).Account
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if p.Resolved, err = s.Followable(tx, p.Thing); err != nil || account == "" {
			return err
		}
		p.Already, err = followed(tx, account, p.Thing)
		return err
	})
	if err != nil {
		return nil, err
	}
	l := web.L(r)
	p.Page = web.NewPage(w, r, l.T("notifications.follow_title"))
	p.NoIndex = true
	if !f.Sent {
		f.Values.Set("pace", string(Now))
	}
	return followView(p), nil
}

// follow follows with an account; without one it only sends a mail that asks.
func (s *Service) follow(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	thing := named(r.PathValue)
	if account := web.Actor(r).Account; account != "" {
		return web.Done("/following", "notifications.followed"), s.Follow(r.Context(), account, thing)
	}
	if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
		return web.Next{}, err
	}
	if err := s.FollowByMail(r.Context(), f.Value("email"), web.L(r).Lang(), Pace(f.Value("pace")), thing); err != nil {
		return web.Next{}, err
	}
	p := web.NewPage(w, r, web.L(r).T("notifications.look_title"))
	p.NoIndex = true
	return web.Instead(lookView(p, f.Value("email"))), nil
}

type followingPage struct {
	ui.Page
	Form ui.Form
	Following
	Base string // of the addresses of its forms
}

func (s *Service) newFollowing(w http.ResponseWriter, r *http.Request, f ui.Form, of Following, base string) followingPage {
	p := followingPage{Page: web.NewPage(w, r, web.L(r).T("notifications.following_title")), Form: f, Following: of, Base: base}
	p.NoIndex = true
	if !f.Sent {
		f.Values.Set("pace", string(of.Pace))
	}
	return p
}

func (s *Service) showOwn(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	of, err := s.OfAccount(r.Context(), web.Actor(r).Account)
	if err != nil {
		return nil, err
	}
	return followingView(s.newFollowing(w, r, f, of, "/following")), nil
}

func (s *Service) stopOwn(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done("/following", "notifications.stopped"), s.StopOf(r.Context(), web.Actor(r).Account, named(f.Value))
}

func (s *Service) showFollowing(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	token := r.PathValue("token")
	of, err := s.OfToken(r.Context(), token)
	if err != nil {
		return nil, err
	}
	return followingView(s.newFollowing(w, r, f, of, "/following/"+token)), nil
}

func (s *Service) confirm(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	token := r.PathValue("token")
	if err := s.Confirm(r.Context(), token, named(f.Value)); err != nil {
		return web.Next{}, err
	}
	Remember(w, r, token)
	return web.Done("/following/"+token, "notifications.followed"), nil
}

func (s *Service) stop(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	token := r.PathValue("token")
	return web.Done("/following/"+token, "notifications.stopped"), s.Stop(r.Context(), token, named(f.Value))
}

func (s *Service) savePaceOf(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	token := r.PathValue("token")
	return web.Done("/following/"+token, "notifications.pace_saved"), s.SetPaceOf(r.Context(), token, Pace(f.Value("pace")))
}
