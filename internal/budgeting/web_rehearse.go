package budgeting

import (
	"io"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/tally/pabulib"
)

// maxRehearsal bounds a file that somebody brings: larger elections are counted by the command line.
const maxRehearsal = 4 << 20

// rehearsalRows bounds how many projects the page explains.
const rehearsalRows = 40

type rehearsalPage struct {
	campaignPage
	Told   Told
	Done   bool
	More   int // projects beside those that are shown
	Issues int // remarks on the file
}

func (s *Service) rehearsalPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p rehearsalPage, err error) {
	c, err := s.campaignPageOf(w, r)
	if err == nil && c.State == Draft && !c.MayRun {
		err = notThere()
	}
	if err != nil {
		return p, err
	}
	p = rehearsalPage{campaignPage: c}
	p.SetTitle("budgeting.rehearsal")
	p.Lede = p.T("budgeting.rehearsal_lede")
	p.Form, p.NoIndex = f, f.Sent
	p.Crumbs = append(p.Crumbs, p.LinkTo(CampaignPath(c.ID), c.CampaignView.Campaign.Title))
	return p, nil
}

func (s *Service) rehearsalPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.rehearsalPageOf(w, r, f)
	return rehearsalView(p), err
}

// rehearse counts somebody's file by the rules of the campaign. Nothing of it is kept.
func (s *Service) rehearse(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	p, err := s.rehearsalPageOf(w, r, f)
	if err != nil {
		return web.Next{}, err
	}
	file, _, err := r.FormFile("file")
	if err != nil {
		return web.Next{}, civic.Wrong("file", "budgeting.file_needed")
	}
	defer file.Close()
	_, e, issues, err := pabulib.Read(io.LimitReader(file, maxRehearsal), pabulib.Lenient)
	if err != nil || e == nil {
		return web.Next{}, civic.Wrong("file", "budgeting.file_wrong")
	}
	x, err := rehearsed(r.Context(), e, p.Campaign.Rules.Count)
	if err != nil {
		if r.Context().Err() != nil {
			return web.Next{}, err
		}
		return web.Next{}, civic.Wrong("file", "budgeting.file_unfit", "Why", problem(err, p.L.Lang()))
	}
	compared, err := others(r.Context(), x)
	if err != nil {
		return web.Next{}, err
	}
	p.Done, p.Told, p.Issues = true, tell(x, compared, p.L.Lang()), len(issues)
	if more := len(p.Told.Rows) - rehearsalRows; more > 0 {
		p.Told.Rows, p.More = p.Told.Rows[:rehearsalRows], more
	}
	return web.Instead(rehearsalView(p)), nil
}
