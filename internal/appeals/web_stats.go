package appeals

import (
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const statsPath = "/appeals/statistics"

// dimensions are the sides in the order in which pages and files have them.
func dimensions() []Dimension { return []Dimension{ByMonth, BySort, ByBody, ByDistrict} }

func (s *Service) statsRoutes(topics func(*http.Request) []string) []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: statsPath, Access: web.Everyone, Heavy: true, Handler: s.showStats, Topics: topics},
		{Method: "GET", Pattern: statsPath + ".csv", Access: web.Everyone, Heavy: true, Handler: s.getStats, Topics: topics, Plain: true},
		web.One(web.Reading{Pattern: "/appeals/statistics", Summary: "How many appeals there were and how they were answered: by month, body, theme and district", Topics: topics, Heavy: true}, s.apiStats),
	}
}

type statsPage struct {
	page
	Statistics
}

func (s *Service) showStats(w http.ResponseWriter, r *http.Request) (err error) {
	p := statsPage{page: s.pageOf(w, r, web.L(r).T("appeals.stats"))}
	p.Lede, p.Crumbs = p.T("appeals.stats_lede"), []ui.Link{p.listLink()}
	if p.Statistics, err = s.Count(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, statsView(p))
}

// heat is how many cases each district has, for the map.
func (p statsPage) heat() map[string]int64 {
	out := map[string]int64{}
	for _, t := range p.By[ByDistrict] {
		out[t.Key] = t.Cases
	}
	return out
}

// label names a row, and says where its appeals are listed, if they are.
func (p statsPage) label(by Dimension, key string) ui.Link {
	switch by {
	case BySort:
		return ui.Link{Text: p.T("appeals.sort_" + key), Path: "/appeals?sort=" + key}
	case ByBody:
		return p.LinkTo("/appeals?body="+key, p.Names[civic.ID(key)].Name)
	case ByMonth:
		at, _ := time.ParseInLocation("2006-01", key, p.L.Zone())
		return ui.Link{Text: p.L.Month(at)}
	}
	if d, known := p.City.District(key); known {
		return p.LinkTo("/appeals?district="+key, d.Name)
	}
	return ui.Link{Text: p.T("appeals.no_district")}
}

// chart is the months: of each what was answered, and what not.
func (p statsPage) chart() ui.Chart {
	c := ui.Chart{Title: p.T("appeals.stats_by_month"), Unit: p.T("appeals.col_cases"), Axis: p.T("appeals.stats_month"), Series: []ui.Series{{Name: p.T("appeals.col_answered")}, {Name: p.T("appeals.col_open")}}}
	for _, t := range p.By[ByMonth] {
		c.X = append(c.X, t.Key)
		c.Series[0].Values = append(c.Series[0].Values, float64(t.Answered))
		c.Series[1].Values = append(c.Series[1].Values, float64(t.Cases-t.Answered))
	}
	return c
}

func (s *Service) getStats(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Count(r.Context())
	if err != nil {
		return err
	}
	return web.WriteTable(w, r, web.Table{Form: web.CSV, Name: "appeals-statistics", Head: []string{"by", "key", "cases", "answered", "done", "partly", "not_done", "contested"},
		Rows: func(write func([]string) error) error {
			for _, by := range dimensions() {
				for _, t := range all.By[by] {
					row := []string{string(by), t.Key}
					for _, n := range []int64{t.Cases, t.Answered, t.Done, t.Partly, t.NotDone, t.Contested} {
						row = append(row, strconv.FormatInt(n, 10))
					}
					if err := write(row); err != nil {
						return err
					}
				}
			}
			return nil
		}})
}

func (s *Service) apiStats(r *http.Request) (map[Dimension][]Tally, error) {
	all, err := s.Count(r.Context())
	return all.By, err
}
