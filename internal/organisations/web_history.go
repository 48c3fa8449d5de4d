package organisations

import (
	"net/http"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type historyPage struct {
	ui.Page
	Of        *Organisation // nil: the whole register
	Revisions []Revision
	Files     []files.Change // of the same time; none in the history of the whole register
	Districts []District
	NextPath  string
	Moderator bool
}

const historySize = 20

func (s *Service) pageHistory(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r, "id")
	if err != nil {
		return err
	}
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	o, revisions, err := s.History(r.Context(), web.Actor(r), id, before, historySize+1)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := historyPage{Page: web.NewPage(w, r, ""), Of: &o}
	p.SetTitle("organisations.history_of", "Name", o.Name)
	p.Crumbs = s.crumbs(l, p.LinkTo(PathOf(id), o.Name))
	p.Feed = ui.Link{Text: l.T("organisations.feed_one", "Name", o.Name), Path: p.URL(PathOf(id) + "/feed")}
	var from time.Time // of the last revision on this page, unless it is the first of all
	if page, last := storage.Page(revisions, historySize); last != nil {
		from = storage.Time(page[len(page)-1].At)
	}
	if p.Files, err = s.FileHistory(r.Context(), p.Actor, id, from, before.MadeAt()); err != nil {
		return err
	}
	return s.renderHistory(w, r, p, revisions)
}

func (s *Service) pageChanges(w http.ResponseWriter, r *http.Request) error {
	before, _ := civic.ParseID(r.URL.Query().Get("before"))
	revisions, err := s.Revisions(r.Context(), web.Actor(r), before, historySize+1)
	if err != nil {
		return err
	}
	l := web.L(r)
	p := historyPage{Page: web.NewPage(w, r, l.T("organisations.changes_title"))}
	p.Crumbs, p.Lede = s.crumbs(l), l.T("organisations.changes_lede")
	p.Feed = ui.Link{Text: l.T("organisations.feed_title"), Path: p.URL("/organisations/feed")}
	return s.renderHistory(w, r, p, revisions)
}

func (s *Service) renderHistory(w http.ResponseWriter, r *http.Request, p historyPage, revisions []Revision) error {
	p.Districts, p.Moderator = s.districts(), Moderates(p.Actor)
	page, last := storage.Page(revisions, historySize)
	if last != nil {
		p.NextPath = p.With("before", string(last.ID))
	}
	p.Revisions = page
	return web.Render(w, r, http.StatusOK, history(p))
}

func (p historyPage) title(rev Revision) string {
	if rev.Created {
		return p.T("organisations.was_added")
	}
	var labels []string
	for _, c := range rev.Changes {
		labels = append(labels, fieldLabel(p.L, c.Field))
	}
	return strings.Join(labels, ", ")
}

// wayText says how a revision's values came into the register.
func wayText(l *i18n.Localizer, rev Revision) string {
	switch {
	case rev.Way == Stated:
		return l.T("organisations.way_stated")
	case rev.Way == Entered:
		return l.T("organisations.way_entered")
	case rev.Source != "":
		return l.T("organisations.way_imported", "Source", rev.Source)
	}
	return l.T("organisations.way_imported_unnamed")
}
