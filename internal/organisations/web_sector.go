package organisations

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type sectorPage struct {
	ui.Page
	Sector Sector
	Chart  ui.Chart
	Themes ui.Chart
	Admin  bool
}

func (s *Service) pageSector(w http.ResponseWriter, r *http.Request) error {
	sector, err := s.Sector(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	p := sectorPage{Page: web.NewPage(w, r, l.T("organisations.sector_title")), Sector: sector}
	p.Crumbs, p.Lede, p.Admin = s.crumbs(l), l.T("organisations.sector_lede"), p.Actor.Has(civic.Administrator)
	p.Chart = ui.Chart{Title: l.T("organisations.sector_chart"), Unit: l.T("organisations.sector_unit"), Axis: l.T("organisations.year")}
	founded, ended := ui.Series{Name: l.T("organisations.series_founded")}, ui.Series{Name: l.T("organisations.series_ended")}
	for _, y := range sector.Years {
		p.Chart.X = append(p.Chart.X, strconv.Itoa(y))
		founded.Values = append(founded.Values, float64(sector.Founded[y]))
		ended.Values = append(ended.Values, float64(sector.Ended[y]))
	}
	p.Chart.Series = []ui.Series{founded, ended}
	for _, m := range sector.Milestones {
		title, lang := p.Words(m.Title)
		p.Chart.Marks = append(p.Chart.Marks, ui.Milestone{X: strconv.Itoa(m.Date.Year()), Text: title, Lang: lang})
	}
	p.Themes = ui.Chart{Title: l.T("organisations.theme_chart"), Unit: l.T("organisations.sector_unit"), Axis: l.T("organisations.year"), X: p.Chart.X}
	for _, t := range themes {
		row := ui.Series{Name: l.Text(t.Name)}
		sum := 0.0
		for _, y := range sector.Years {
			n := float64(sector.ByTheme[t.Code][y])
			row.Values, sum = append(row.Values, n), sum+n
		}
		if sum > 0 {
			p.Themes.Series = append(p.Themes.Series, row)
		}
	}
	return web.Render(w, r, http.StatusOK, sectorView(p))
}

func (p sectorPage) milestones() []ui.TimelineItem {
	var out []ui.TimelineItem
	for _, m := range p.Sector.Milestones {
		title, lang := p.Words(m.Title)
		out = append(out, ui.TimelineItem{When: dateText(p.L, m.Date), Title: title, Lang: lang, URL: m.Source, Tone: ui.Info})
	}
	return out
}

type milestonesPage struct {
	ui.Page
	Form       ui.Form
	Milestones []Milestone
}

func (s *Service) pageMilestones(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	sector, err := s.Sector(r.Context())
	if err != nil {
		return nil, err
	}
	l := web.L(r)
	p := milestonesPage{Page: web.NewPage(w, r, l.T("organisations.milestones_title")), Form: f, Milestones: sector.Milestones}
	p.NoIndex = true
	p.Crumbs = s.crumbs(l, ui.Link{Text: l.T("organisations.sector_title"), Path: "/organisations/sector"})
	return milestoneDesk(p), nil
}

func (s *Service) addMilestone(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	m := Milestone{Date: Date(f.Value("date")), Title: f.Text("title"), Source: f.Value("source")}
	return web.Done("/organisations/milestones", "organisations.saved"), s.AddMilestone(r.Context(), web.Actor(r), m)
}

func (s *Service) removeMilestone(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done("/organisations/milestones", "organisations.saved"), s.RemoveMilestone(r.Context(), web.Actor(r), civic.ID(f.Value("milestone")))
}
