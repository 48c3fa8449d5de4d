package app

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// ownRoutes are the pages that belong to no single capability.
func (a *App) ownRoutes() []web.Route {
	routes := []web.Route{
		{Method: "GET", Pattern: "/{$}", Access: web.Everyone, Handler: a.home,
			Topics: func(*http.Request) []string { return homeTopics }},
		{Method: "GET", Pattern: "/robots.txt", Access: web.Everyone, Plain: true, Handler: a.robots},
	}
	if a.cfg.Dev {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/_styleguide", Access: web.Everyone, Handler: a.styleguide})
	}
	if a.outbox != nil && a.cfg.Demo {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/_mail", Access: web.Everyone, Handler: a.showOutbox})
	}
	return routes
}

// homeTopics are what the home page shows.
var homeTopics = []string{"consultations", "organisations"}

// homePage answers two questions: what can I take part in now, and what came of it.
type homePage struct {
	ui.Page
	Open    []consultations.Listed
	Changed []consultations.Listed // answered, and closed and waiting for an answer, the latest first
	Numbers []ui.Number
}

// The home page shows so many of each; the lists behind it show all.
const homeOpen, homeChanged = 4, 5

func (a *App) home(w http.ResponseWriter, r *http.Request) error {
	l, ctx := web.L(r), r.Context()
	p := homePage{Page: web.NewPage(w, r, l.T("app.home_title"))}
	p.Lede, p.HideHead = l.T("app.home_lede"), true
	content, err := web.Fragment(r, "home", homeTopics, func() (_ templ.Component, err error) {
		open, err := a.Consultations.List(ctx, consultations.Open, "")
		if err != nil {
			return nil, err
		}
		p.Open = open.Items[:min(homeOpen, len(open.Items))]
		latest, err := a.Consultations.Latest(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range latest {
			if len(p.Changed) < homeChanged && (c.Phase == consultations.Answered || c.Phase == consultations.Closed) {
				p.Changed = append(p.Changed, c)
			}
		}
		if p.Numbers, err = a.numbers(r); err != nil {
			return nil, err
		}
		return homeContent(p, a.City.Calendar()), nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, homeView(p, content))
}

// numbers are the city in numbers, each a link to what it counts.
func (a *App) numbers(r *http.Request) ([]ui.Number, error) {
	l := web.L(r)
	totals, err := a.Consultations.Numbers(r.Context())
	if err != nil {
		return nil, err
	}
	registered, err := a.Organisations.Count(r.Context())
	if err != nil {
		return nil, err
	}
	return []ui.Number{
		{Value: l.Number(registered), Label: l.T("app.number_organisations"), Path: "/organisations"},
		{Value: l.Number(totals.Participants), Label: l.T("app.number_participants"), Path: "/consultations"},
		{Value: l.Number(totals.Votes), Label: l.T("app.number_votes"), Path: "/consultations"},
		{Value: l.Number(totals.Answered), Label: l.T("app.number_answers"), Path: "/consultations?phase=answered"},
	}, nil
}

func (a *App) styleguide(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, ui.Styleguide(web.NewPage(w, r, "Styleguide")))
}

// showOutbox shows the mails that a demonstration city would have sent.
func (a *App) showOutbox(w http.ResponseWriter, r *http.Request) error {
	p := web.NewPage(w, r, web.L(r).T("app.outbox_title"))
	p.Lede, p.NoIndex = web.L(r).T("app.outbox_lede"), true
	return web.Render(w, r, http.StatusOK, outboxView(p, a.outbox.Outbox()))
}

// robots lets search engines read what is public and nothing else.
func (a *App) robots(w http.ResponseWriter, r *http.Request) error {
	return web.Write(w, r, "text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: /*/account\nDisallow: /*/settings\nDisallow: /*/sign-in\nDisallow: /*/language\n"))
}
