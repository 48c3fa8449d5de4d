package organisations

import (
	"io"
	"net/http"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) feedOfAll(w http.ResponseWriter, r *http.Request) error {
	revisions, err := s.Revisions(r.Context(), civic.Actor{}, "", historySize)
	if err != nil {
		return err
	}
	return s.feed(w, r, web.L(r).T("organisations.feed_title"), "/organisations/changes", revisions)
}

// feedOfOne is read by programs: it is made for nobody in particular, so what only moderators
// see is never in it.
func (s *Service) feedOfOne(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r, "id")
	if err != nil {
		return err
	}
	o, revisions, err := s.History(r.Context(), civic.Actor{}, id, "", historySize)
	if err != nil {
		return err
	}
	return s.feed(w, r, web.L(r).T("organisations.feed_one", "Name", o.Name), PathOf(id)+"/history", revisions)
}

func (s *Service) feed(w http.ResponseWriter, r *http.Request, title, page string, revisions []Revision) error {
	l, origin := web.L(r), web.Origin(r)
	address := func(path string) string { return origin + "/" + string(l.Lang()) + path }
	f := web.Feed{Title: title, Author: l.T("ui.birge"), Self: address(r.URL.Path), Page: address(page)}
	for _, rev := range revisions {
		f.Entries = append(f.Entries, web.FeedEntry{ID: "urn:birge:revision:" + string(rev.ID), Title: rev.Name,
			Updated: storage.Time(rev.At), Page: address(PathOf(rev.Organisation)), Summary: s.summary(l, rev)})
	}
	return web.Atom(w, r, f)
}

// summary tells a change in one plain text.
func (s *Service) summary(l *i18n.Localizer, rev Revision) string {
	parts := []string{}
	if rev.Created {
		parts = append(parts, l.T("organisations.was_added"))
	}
	districts := s.districts()
	for _, c := range rev.Changes {
		part := fieldLabel(l, c.Field)
		if !rev.Hidden && c.Field != fieldPeople {
			part += ": " + civic.Shortened(valueText(l, districts, c.Field, c.Old), 200) + " → " + civic.Shortened(valueText(l, districts, c.Field, c.New), 200)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ") + ". " + wayText(l, rev) + "."
}

// export sends the register as a file. It streams, so it is not cached; a reader who asks too
// often is asked to wait.
func (s *Service) export(limit *web.Limiter) web.Handler {
	types := map[string]string{FormatCSV: "text/csv; charset=utf-8", FormatJSON: "application/json",
		FormatXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	return func(w http.ResponseWriter, r *http.Request) error {
		format := r.PathValue("format")
		if types[format] == "" {
			return notFound()
		}
		if err := limit.Allow(web.ClientNetwork(r)); err != nil {
			return err
		}
		w.Header().Set("Content-Type", types[format])
		w.Header().Set("Content-Disposition", `attachment; filename="organisations.`+format+`"`)
		w.Header().Set("Cache-Control", "no-store")
		return s.Export(r.Context(), io.Writer(w), format, queryOf(r.URL.Query()))
	}
}
