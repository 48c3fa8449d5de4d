package app

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/pulse"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const jobsPath = "/administration/jobs"

// deadShown is how many of the jobs that were given up the page shows, the latest.
const deadShown = 20

type jobsPage struct {
	ui.Page
	Form    ui.Form
	Doubted *pulse.State // of the clock; nil: it is right
	Kinds   []JobKind
	Dead    []jobs.Dead
}

func (a *App) jobRoutes() []web.Route {
	form := func(act string, f web.Form) web.Form {
		f.Pattern, f.Page, f.Access, f.Show, f.Button = jobsPath+"/{id}/"+act, jobsPath, web.Administrators, a.jobsPage, true
		return f
	}
	return append(web.Forms(
		form("retry", web.Form{Do: a.retryJob}),
		form("discard", web.Form{Check: a.discardPage, Do: a.discardJob}),
		web.Form{Pattern: jobsPath + "/clock", Page: jobsPath, Access: web.Administrators, Fresh: true, Show: a.jobsPage, Do: a.confirmClock, Button: true},
	), web.Page(jobsPath, web.Administrators, a.jobsPage))
}

// jobsPage shows how much background work there is, and what was given up.
func (a *App) jobsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := jobsPage{Page: web.NewPage(w, r, web.L(r).T("app.jobs_title")), Form: f}
	p.Lede, p.NoIndex, p.Crumbs = web.L(r).T("app.jobs_lede"), true, administrationCrumb(p.Page)
	var err error
	if p.Doubted, err = a.clockState(r.Context()); err != nil {
		return nil, err
	}
	p.Kinds, p.Dead, err = a.Jobs(r.Context())
	return jobsView(p), err
}

func (a *App) confirmClock(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(jobsPath, "app.clock_confirmed"), a.ConfirmClock(r.Context(), web.Actor(r))
}

func (a *App) retryJob(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(jobsPath, "app.job_retried"), a.RetryJob(r.Context(), web.Actor(r), jobID(r))
}

// discardPage says what will never be done.
func (a *App) discardPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := web.NewPage(w, r, web.L(r).T("app.discard_title"))
	p.Lede, p.NoIndex, p.Crumbs = p.T("app.discard_lede"), true, append(administrationCrumb(p), ui.Link{Text: p.T("app.jobs_title"), Path: jobsPath})
	var j jobs.Dead
	err := a.DB.Read(r.Context(), func(tx *storage.Tx) (err error) { j, err = findDead(tx, jobID(r)); return err })
	if err != nil {
		return nil, err
	}
	return discardView(p, f, j), nil
}

func (a *App) discardJob(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(jobsPath, "app.job_discarded"), a.DiscardJob(r.Context(), web.Actor(r), jobID(r))
}

func jobID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

func administrationCrumb(p ui.Page) []ui.Link {
	return []ui.Link{{Text: p.T("app.menu_administration"), Path: "/administration"}}
}
