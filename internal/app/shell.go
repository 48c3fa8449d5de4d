package app

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/search"
)

// menu lists the entries of a menu that the reader may open, in their order.
func (a *App) menu(r *http.Request, which part.Menu) []part.Nav {
	return a.entries(web.Actor(r), which)
}

func (a *App) entries(actor civic.Actor, which part.Menu) (entries []part.Nav) {
	for _, p := range a.parts {
		for _, n := range p.Nav {
			if n.Menu == which && (n.Access.Allow == nil || n.Access.Allow(actor)) {
				entries = append(entries, n)
			}
		}
	}
	slices.SortStableFunc(entries, func(x, y part.Nav) int { return cmp.Compare(x.Place, y.Place) })
	return entries
}

func links(p *ui.Page, entries []part.Nav) (out []ui.Link) {
	for _, n := range entries {
		out = append(out, ui.Link{Text: p.T(n.Text), Path: n.Path})
	}
	return out
}

// verbKey is the key of a verb's name.
func verbKey(verb part.Menu) string { return "ui.verb_" + string(verb) }

// shell fills what is the same on every page: the city, the navigation, and what the reader
// may open.
func (a *App) shell(r *http.Request, p *ui.Page) {
	s := a.Settings.Current()
	p.City, p.Demo, p.Langs, p.Search = s.Name, s.Demo, s.Languages, search.Path
	for _, verb := range part.Verbs() {
		entries := a.menu(r, verb)
		if len(entries) == 0 { // nothing of the kind can be done here
			continue
		}
		v := ui.Verb{Key: verbKey(verb), Path: "/" + string(verb), Items: links(p, entries)}
		if p.Path == v.Path || slices.ContainsFunc(entries, func(n part.Nav) bool { return n.Holds(p.Path) }) {
			p.Section = v.Key
		}
		p.Verbs = append(p.Verbs, v)
	}
	p.Footer = links(p, a.menu(r, part.Foot))
	p.SignOut = "/sign-out"
	if !p.Actor.SignedIn() {
		p.Account = []ui.Link{{Text: p.T("app.sign_in"), Path: "/sign-in"}}
		return
	}
	p.Account = []ui.Link{{Text: p.T("app.me_title"), Path: "/me"}}
	p.Account = append(p.Account, links(p, a.menu(r, part.Own))...)
	if a.hasDesk(p.Actor) {
		p.Account = append(p.Account, ui.Link{Text: p.T("app.desk_title"), Path: "/desk"})
	}
	if len(a.menu(r, part.Administration)) > 0 {
		p.Account = append(p.Account, ui.Link{Text: p.T("app.menu_administration"), Path: "/administration"})
	}
	unread, err := a.Notifications.Unread(r.Context(), p.Actor.Account)
	if err != nil {
		a.cfg.Log.Warn("unread notices cannot be counted", "error", err)
	}
	p.Unread = unread
}
