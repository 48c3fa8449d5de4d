package moderation

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Path is the address of the queue over all kinds, without the language.
const Path = "/desk/moderation"

func (s *Service) routes() []web.Route {
	return append([]web.Route{web.Page(Path, web.Hosts, s.queuePage)}, web.Forms(
		web.Form{Pattern: Path + "/take", Page: Path, Access: web.Hosts, Do: s.take, Button: true},
		web.Form{Pattern: Path + "/give-back", Page: Path, Access: web.Hosts, Do: s.giveBack, Button: true},
	)...)
}

// The fields of the form that an owner takes at ToModerate.Decide: what is done, where it leads, and
// when the page was made on which it was decided.
const (
	ActName  = "act"
	Approve  = "approve"
	BackName = "back"
	Back     = "moderation"
	SeenName = "seen"
)

type queuePage struct {
	Minutes int64

	ui.Page
	Queue
	Form ui.Form
}

func (s *Service) queuePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	q, err := s.Queue(r.Context(), web.Actor(r))
	l := web.L(r)
	p := queuePage{Page: web.NewPage(w, r, l.T("moderation.title")), Queue: q, Form: f, Minutes: int64(s.value("claim_minutes"))}
	p.NoIndex = true
	return queueView(p), err
}

func (s *Service) take(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	mine, err := s.Take(r.Context(), web.Actor(r))
	if mine == 0 {
		return web.Next{Path: Path, Tone: ui.Info, Notice: "moderation.none_free"}, err
	}
	return web.Done(Path, "moderation.taken"), err
}

func (s *Service) giveBack(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path, "moderation.given_back"), s.GiveBack(r.Context(), web.Actor(r))
}
