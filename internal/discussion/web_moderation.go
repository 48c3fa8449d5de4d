package discussion

import (
	"cmp"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type judgePage struct {
	ui.Page
	ForModerator
	Back  string
	Rules []ui.Option
	Form  ui.Form
}

func (s *Service) judgePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	c, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := judgePage{Page: web.NewPage(w, r, web.L(r).T("discussion.judge_title")), ForModerator: c, Back: cmp.Or(f.Value(moderation.BackName), r.URL.Query().Get(moderation.BackName)), Form: f}
	p.NoIndex, p.Rules = true, s.moderation.RuleOptions(p.Page, moderation.Words)
	if c.Title.Path != "" {
		p.SetLedeName(c.Title.Title)
	}
	p.Crumbs = []ui.Link{{Text: p.T("moderation.title"), Path: moderation.Path}}
	return judgeView(p), nil
}

func (s *Service) judge(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return moderation.CarryOut(f, Path(pathID(r)), moderation.Decided{Shown: "discussion.decided_shown", Removed: "discussion.decided_removed"},
		func(c moderation.Choice) error { return s.Decide(r.Context(), web.Actor(r), pathID(r), c) },
		func(c moderation.Choice) error { return s.Uphold(r.Context(), web.Actor(r), pathID(r), c) })
}
