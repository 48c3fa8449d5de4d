package budgeting

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type bringIdeasPage struct {
	draftPage
	Brought Brought
	Done    bool
	Looked  bool // nothing was kept
	More    int  // rows that are left beside those that are named
}

// leftShown is how many rows that were not taken the page names.
const leftShown = 50

func (s *Service) bringIdeasPageOf(w http.ResponseWriter, r *http.Request, f ui.Form) (p bringIdeasPage, err error) {
	d, err := s.deskCampaign(w, r, f, Announced)
	if err != nil {
		return p, err
	}
	p = bringIdeasPage{draftPage: d}
	if p.Stage != Proposing {
		err = civic.Fail(civic.Closed, "budgeting.no_proposals_now")
	}
	p.SetTitle("budgeting.bring_title")
	p.Lede = p.T("budgeting.bring_lede", "Max", mostBrought)
	return p, err
}

func (s *Service) bringIdeasPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.bringIdeasPageOf(w, r, f)
	return bringIdeasView(p), err
}

// bringIdeas says of each row what becomes of it; with the other button, it becomes that.
func (s *Service) bringIdeas(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	p, err := s.bringIdeasPageOf(w, r, f)
	if err != nil {
		return web.Next{}, err
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return web.Next{}, civic.Wrong("file", "budgeting.file_needed")
	}
	defer file.Close()
	p.Looked = f.Value("do") != "take"
	if p.Brought, err = s.Bring(r.Context(), p.Actor, p.ID, file, header.Size, p.L.Lang(), p.Looked); err != nil {
		return web.Next{}, err
	}
	p.Done = true
	if p.More = len(p.Brought.Left) - leftShown; p.More > 0 {
		p.Brought.Left = p.Brought.Left[:leftShown]
	}
	return web.Instead(bringIdeasView(p)), nil
}
