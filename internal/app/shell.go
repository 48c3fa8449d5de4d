package app

import (
	"net/http"
	"strings"

	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/search"
)

// shell fills what is the same on every page: the city, the navigation, and what the reader
// may open.
func (a *App) shell(r *http.Request, p *ui.Page) {
	s := a.City.Settings()
	p.City, p.Demo, p.Langs, p.Search = s.Name, s.Demo, s.Languages, search.Path
	p.Verbs = []ui.Verb{
		{Key: "ui.verb_speak", Path: "/consultations"},
		{Key: "ui.verb_check", Path: "/organisations", Items: []ui.Link{
			{Text: p.T("app.nav_organisations"), Path: "/organisations"},
			{Text: p.T("app.nav_filings"), Path: "/organisations/filings"},
			{Text: p.T("app.nav_sector"), Path: "/organisations/sector"},
			{Text: p.T("app.nav_record"), Path: "/record"},
			{Text: p.T("app.nav_rules"), Path: "/rules"},
		}},
	}
	for path, section := range sections {
		if p.Path == path || strings.HasPrefix(p.Path, path+"/") || strings.HasPrefix(p.Path, path+"?") {
			p.Section = section
		}
	}
	p.Footer = []ui.Link{{Text: p.T("app.nav_record"), Path: "/record"}, {Text: p.T("app.nav_rules"), Path: "/rules"}, {Text: p.T("app.nav_organisations"), Path: "/organisations"}, {Text: p.T("app.nav_consultations"), Path: "/consultations"}}
	p.SignOut = "/sign-out"
	if p.Actor.SignedIn() {
		p.Account = a.accountLinks(*p)
		unread, err := a.Notifications.Unread(r.Context(), p.Actor.Account)
		if err != nil {
			a.cfg.Log.Warn("unread notices cannot be counted", "error", err)
		}
		p.Unread = unread
	} else {
		p.Account = []ui.Link{{Text: p.T("app.sign_in"), Path: "/sign-in"}}
	}
}

// sections tells which verb of the navigation a page belongs to, by its address.
var sections = map[string]string{
	"/consultations": "ui.verb_speak",
	"/organisations": "ui.verb_check",
	"/rules":         "ui.verb_check",
	"/record":        "ui.verb_check",
	"/trace":         "ui.verb_check",
}

// accountLinks are what the signed-in person can open. Each page checks again.
func (a *App) accountLinks(p ui.Page) []ui.Link {
	all := []struct {
		key, path string
		access    web.Access
	}{
		{"app.account_me", "/account", web.SignedIn},
		{"app.account_notices", "/notices", web.SignedIn},
		{"app.account_desk", "/desk/consultations", web.Hosts},
		{"app.account_claims", "/claims", web.Moderators},
		{"app.account_import", "/organisations/import", web.Moderators},
		{"app.account_verify", "/desk/verification", web.Officers},
		{"app.account_people", "/desk/people", web.Administrators},
		{"app.account_audit", "/desk/audit", web.Administrators},
		{"app.account_settings", "/settings", web.Administrators},
	}
	var out []ui.Link
	for _, l := range all {
		if l.access.Allow(p.Actor) {
			out = append(out, ui.Link{Text: p.T(l.key), Path: l.path})
		}
	}
	return out
}
