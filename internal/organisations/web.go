package organisations

import (
	"net/http"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// routes are the register's pages, feeds and files.
func (s *Service) routes() []web.Route {
	all := func(*http.Request) []string { return []string{Topic} }
	mapped := func(*http.Request) []string { return []string{Topic, places.Topic} }
	one := func(r *http.Request) []string {
		id := civic.ID(r.PathValue("id"))
		return []string{topicImports, topicOf(id), record.TopicOf(RefOf(id))}
	}
	exports := &web.Limiter{Burst: func(string) int { return 20 }, Per: 10 * time.Minute, Clock: s.db.Now}
	return slices.Concat(s.machineRoutes(all, one), []web.Route{
		{Method: "GET", Pattern: "/organisations", Query: append(narrowing, "q", "after", "before"), Heavy: true, Access: web.Everyone, Topics: all, Handler: s.pageList},
		{Method: "GET", Pattern: "/organisations/map", Query: append(narrowing, "q", "after", "before"), Heavy: true, Access: web.Everyone, Topics: mapped, Handler: s.pageMap},
		{Method: "GET", Pattern: "/organisations/{id}", Access: web.Everyone, Topics: one, Handler: s.led(s.pageShow)},
		{Method: "GET", Pattern: "/organisations/{id}/history", Query: []string{"before"}, Access: web.Everyone, Topics: one, Handler: s.led(s.pageHistory)},
		{Method: "GET", Pattern: "/organisations/{id}/feed", Access: web.Everyone, Topics: one, Handler: s.led(s.feedOfOne)},
		{Method: "GET", Pattern: "/organisations/changes", Query: []string{"before"}, Access: web.Everyone, Topics: all, Handler: s.pageChanges},
		{Method: "GET", Pattern: "/organisations/feed", Access: web.Everyone, Topics: all, Handler: s.feedOfAll},
		{Method: "GET", Pattern: "/organisations/export/{format}", Query: append(narrowing, "q"), Heavy: true, Access: web.Everyone, Plain: true, Timeout: 5 * time.Minute, Handler: s.export(exports)},

		{Method: "GET", Pattern: "/organisations/desk", Query: []string{"state", "after", "before"}, Access: web.Moderators, Handler: s.pageDesk},
		{Method: "GET", Pattern: "/claims", Query: []string{"after"}, Access: web.Moderators, Handler: s.pageClaims},
		{Method: "GET", Pattern: "/claims/mine", Access: web.SignedIn, Handler: s.pageMyClaims},
		web.Page("/claims/{claim}", web.SignedIn, s.pageClaim),
		{Method: "GET", Pattern: "/organisations/import", Query: []string{"upload", "columns"}, Access: web.Moderators, Handler: s.pageImport},
		{Method: "GET", Pattern: "/organisations/filings", Query: []string{"year", "show", "after"}, Access: web.Everyone, Topics: all, Handler: s.pageFilings},
		{Method: "GET", Pattern: "/organisations/{id}/filings/{year}", Access: web.Everyone, Topics: one, Handler: s.led(s.pageFiling)},
		{Method: "GET", Pattern: "/organisations/sector", Heavy: true, Access: web.Everyone, Topics: all, Handler: s.pageSector},
	}, web.Forms(
		web.Form{Pattern: "/organisations/new", Access: web.Moderators, Show: s.pageNew, Do: s.create},
		web.Form{Pattern: "/organisations/{id}/edit", Access: web.Hosts, Show: s.pageEdit, Do: s.edit},
		web.Form{Pattern: "/organisations/{id}/people", Page: "/organisations/{id}/edit", Access: web.Hosts, Show: s.pagePeople, Do: s.addPerson},
		web.Form{Pattern: "/organisations/{id}/people/remove", Page: "/organisations/{id}/edit", Access: web.Hosts, Do: s.removePerson, Button: true},
		web.Form{Pattern: "/organisations/{id}/verify", Page: "/organisations/{id}", Access: web.Moderators, Do: s.verify, Button: true},
		web.Form{Pattern: "/organisations/{id}/state", Page: "/organisations/{id}", Access: web.Moderators, Do: s.setState, Button: true},
		web.Form{Pattern: "/organisations/{id}/hide", Page: "/organisations/{id}/history", Access: web.Moderators, Do: s.hide, Button: true},
		web.Form{Pattern: "/organisations/{id}/double", Access: web.Moderators, Show: s.pageDouble, Check: s.checkUnite, Do: s.unite, Field: "double"},
		web.Form{Pattern: "/organisations/{id}/claim", Access: web.Residents, Show: s.pageNewClaim, Do: s.makeClaim},
		web.Form{Pattern: "/claims/{claim}/decide", Page: "/claims/{claim}", Access: web.Moderators, Show: s.pageClaim, Check: s.decisionCheck, Do: s.decide},
		web.Form{Pattern: "/claims/{claim}/withdraw", Page: "/claims/{claim}", Access: web.SignedIn, Do: s.withdraw, Button: true},
		web.Form{Pattern: "/organisations/import", Page: "/organisations/import", Access: web.Moderators, Show: s.pageFile, Do: s.upload, Field: "file",
			MaxBody: maxUpload + 4<<10, Timeout: 5 * time.Minute},
		web.Form{Pattern: "/organisations/import/check", Page: "/organisations/import", Access: web.Moderators, Show: s.pageColumns, Do: s.check, Timeout: 5 * time.Minute},
		web.Form{Pattern: "/organisations/import/apply", Page: "/organisations/import", Access: web.Moderators, Do: s.applyUpload, Button: true, Timeout: 5 * time.Minute},
		web.Form{Pattern: "/organisations/{id}/filings/{year}/edit", Access: web.Hosts, Show: s.pageFilingForm, Do: s.file},
		web.Form{Pattern: "/organisations/milestones", Access: web.Administrators, Show: s.pageMilestones, Do: s.addMilestone},
		web.Form{Pattern: "/organisations/milestones/remove", Page: "/organisations/milestones", Access: web.Administrators, Do: s.removeMilestone, Button: true},
		web.Form{Pattern: "/settings/bodies", Access: web.Administrators, Show: s.bodiesPage, Do: s.addBody},
	))
}

func (s *Service) crumbs(l *i18n.Localizer, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: l.T("organisations.title"), Path: "/organisations"}}, more...)
}

// idOf reads an identifier from the path; what is none is not found.
func idOf(r *http.Request, name string) (civic.ID, error) {
	id, ok := civic.ParseID(r.PathValue(name))
	if !ok {
		return "", notFound()
	}
	return id, nil
}
