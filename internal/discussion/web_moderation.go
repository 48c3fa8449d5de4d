package discussion

import (
	"cmp"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// The fields of a decision, which the queue over all kinds sends too.
const (
	actName  = moderation.ActName
	approve  = moderation.Approve
	seenName = moderation.SeenName
	backName = moderation.BackName
)

type judgePage struct {
	ui.Page
	Comment Comment
	Body    part.Resolved
	Back    string
	Rules   []ui.Option
	Form    ui.Form
}

func (s *Service) judgePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	c, title, err := s.ForModerator(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	p := judgePage{Page: web.NewPage(w, r, web.L(r).T("discussion.judge_title")), Comment: c, Back: cmp.Or(f.Value(backName), r.URL.Query().Get(backName)), Form: f}
	p.NoIndex, p.Rules = true, s.moderation.RuleOptions(p.Page, moderation.Words)
	if title.Path != "" {
		p.SetLedeName(title.Title)
	}
	p.Crumbs = []ui.Link{{Text: p.T("moderation.title"), Path: moderation.Path}}
	return judgeView(p), nil
}

func (s *Service) judge(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	d := moderation.ChoiceOf(f)
	if act := f.Value(actName); act != approve && act != moderation.RemoveIt {
		return web.Next{}, civic.Fail(civic.Invalid, "web.malformed")
	}
	if err := s.Decide(r.Context(), web.Actor(r), pathID(r), d); err != nil {
		return web.Next{}, err
	}
	to, fromQueue := moderation.BackTo(f.Value(backName))
	if !fromQueue {
		to = Path(pathID(r))
	}
	if d.Approve {
		return web.Done(to, "discussion.decided_shown"), nil
	}
	return web.Next{Path: to, Tone: ui.Info, Notice: "discussion.decided_removed"}, nil
}
