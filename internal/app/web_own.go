package app

import (
	"net/http"
	"regexp"

	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// ownRoutes are the pages that belong to no single capability.
func (a *App) ownRoutes() []web.Route {
	all := func(*http.Request) []string { return a.topics() }
	routes := []web.Route{
		{Method: "GET", Pattern: "/{$}", Access: web.Everyone, Handler: a.home, Topics: all},
		{Method: "GET", Pattern: "/help", Access: web.Everyone, Handler: a.showHelp, Topics: func(*http.Request) []string { return nil }},
		{Method: "GET", Pattern: "/me", Access: web.Everyone, Handler: a.showMe},
		{Method: "GET", Pattern: "/desk", Access: web.Access{Name: "staff", Allow: a.hasDesk}, Handler: a.showDesk},
		{Method: "GET", Pattern: "/administration", Access: web.Moderators, Handler: a.showMenu(part.Administration, "app.menu_administration")},
		{Method: "GET", Pattern: "/robots.txt", Access: web.Everyone, Plain: true, Handler: a.robots},
	}
	routes = append(routes, a.jobRoutes()...)
	routes = append(routes, web.Forms(web.Form{Pattern: "/me/forget", Page: "/me", Access: web.Everyone, Button: true, Do: func(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
		notifications.Forget(w, r)
		return web.Done("/me", "app.me_forgotten"), nil
	}})...)
	for _, verb := range part.Verbs() {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/" + string(verb), Access: web.Everyone, Handler: a.showMenu(verb, verbKey(verb)), Topics: all})
	}
	return append(routes, a.lookedAt()...)
}

// lookedAt are the pages for whoever develops Birge or tries it out.
func (a *App) lookedAt() (routes []web.Route) {
	if a.cfg.Dev {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/_styleguide", Access: web.Everyone, Handler: a.styleguide})
	}
	if a.outbox != nil && a.cfg.Demo {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/_mail", Access: web.Everyone, Handler: a.showOutbox})
	}
	return routes
}

func (a *App) styleguide(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, ui.Styleguide(web.NewPage(w, r, "Styleguide")))
}

type helpPage struct {
	ui.Page
	Topics []part.Help
}

// showHelp answers what people ask most, as far as the parts say it.
func (a *App) showHelp(w http.ResponseWriter, r *http.Request) error {
	p := helpPage{Page: web.NewPage(w, r, web.L(r).T("app.help_title")), Topics: a.Declared.Help()}
	p.Lede = web.L(r).T("app.help_lede")
	return web.Render(w, r, http.StatusOK, helpView(p))
}

// showOutbox shows the mails that a demonstration city would have sent.
func (a *App) showOutbox(w http.ResponseWriter, r *http.Request) error {
	p := web.NewPage(w, r, web.L(r).T("app.outbox_title"))
	p.Lede, p.NoIndex = web.L(r).T("app.outbox_lede"), true
	sent := a.outbox.Messages()
	return web.Render(w, r, http.StatusOK, outboxView(p, sent[:min(len(sent), 50)]))
}

// address is an address in the text of a mail.
var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// linked cuts the text of a mail into its addresses, which can be followed, and what is between them.
func linked(text string) (pieces []ui.Link) {
	from := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		pieces = append(pieces, ui.Link{Text: text[from:at[0]]}, ui.Link{Text: text[at[0]:at[1]], Path: text[at[0]:at[1]]})
		from = at[1]
	}
	return append(pieces, ui.Link{Text: text[from:]})
}

// robots lets search engines read what is public and nothing else.
func (a *App) robots(w http.ResponseWriter, r *http.Request) error {
	return web.Write(w, r, "text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: /*/account\nDisallow: /*/me\nDisallow: /*/desk\nDisallow: /*/administration\nDisallow: /*/settings\nDisallow: /*/sign-in\n"))
}
