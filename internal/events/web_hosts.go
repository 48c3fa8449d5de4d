package events

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func hostsDesk(id civic.ID) string { return deskOf(id) + "/hosts" }

// hostsPage is who hosts an event: whoever announced asks others there, and they answer.
type hostsPage struct {
	ui.Page
	Hosting
	Form  ui.Form
	Words string // by which another host is looked for
	Found []organisations.Named
	More  bool // there are others with these words
}

// mostHostsFound is how many organisations and bodies are shown with the words for which one looks.
const mostHostsFound = 10

func (s *Service) hostsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := hostsPage{Page: web.NewPage(w, r, web.L(r).T("events.fact_hosts")), Form: f}
	var err error
	if p.Hosting, err = s.Hosting(r.Context(), p.Actor, pathID(r)); err != nil {
		return nil, err
	}
	p.Words = strings.TrimSpace(r.URL.Query().Get("q"))
	if p.Words != "" && p.Leads && p.State.goesOn() {
		if p.Found, p.More, err = s.FindHosts(r.Context(), p.Hosting, p.Words); err != nil {
			return nil, err
		}
	}
	p.NoIndex = true
	p.SetLedeName(p.Event.Title)
	if p.Crumbs = []ui.Link{{Text: p.T("events.nav_desk"), Path: deskPath}}; p.Manages(p.Actor) {
		p.Crumbs = append(p.Crumbs, p.LinkTo(deskOf(p.ID), p.Event.Title))
	}
	return hostsView(p), nil
}

// mine reports whether the reader answers for a host.
func (p hostsPage) mine(o organisations.Named) bool { return hostsFor(p.Actor, o.ID) }

func (s *Service) askHost(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(hostsDesk(pathID(r)), "events.host_asked"), s.AskHost(r.Context(), web.Actor(r), pathID(r), addressed(f, "host"))
}

func (s *Service) agreeHost(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(hostsDesk(pathID(r)), "events.host_agreed"), s.AnswerHost(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("host")), true)
}

func (s *Service) declineHost(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath, "events.host_declined"), s.AnswerHost(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("host")), false)
}

func (s *Service) leaveHost(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath, "events.host_left"), s.LeaveHost(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("host")))
}
