package moderation

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// ContestPath is where the author of a removed thing asks for another decision, of any kind that says
// part.Moderated.Removed. Without the language.
func ContestPath(thing civic.Ref) string {
	return LogPath + "/contest/" + thing.Kind + "/" + url.PathEscape(string(thing.ID))
}

func (s *Service) contestRoutes() []web.Route {
	return web.Forms(web.Form{Pattern: LogPath + "/contest/{kind}/{id}", Access: web.SignedIn, Show: s.contestPage, Do: s.contest})
}

// thingOfPath is the thing that an address names.
func thingOfPath(r *http.Request) civic.Ref {
	return civic.Ref{Kind: r.PathValue("kind"), ID: civic.ID(r.PathValue("id"))}
}

type contestPage struct {
	ui.Page
	ToContest
	Action string
	Form   ui.Form
}

func (s *Service) contestPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := contestPage{Page: web.NewPage(w, r, web.L(r).T("moderation.contest_ask")), Action: ContestPath(thingOfPath(r)), Form: f}
	p.NoIndex = true
	var err error
	if p.ToContest, err = s.BeforeAsk(r.Context(), web.Actor(r), thingOfPath(r)); err != nil && !f.Sent {
		return nil, err
	}
	return contestView(p), nil
}

func (s *Service) contest(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	path, err := s.Ask(r.Context(), web.Actor(r), thingOfPath(r), f.Value(WordsName))
	return web.Done(path, "moderation.contest_sent"), err
}
