package sponsorship

import (
	"net/http"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) machineRoutes() []web.Route {
	return []web.Route{
		web.List(web.Reading{Pattern: root, Summary: "Campaigns for which organisations collect money", Query: []web.Param{web.ByWords, {Name: "state", Means: "Only those that stand so", OneOf: web.Values(Running, Closed)}, web.ByDistrict, web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: onePattern, Summary: "One campaign with what was given and spent"}, s.apiOne),
	}
}

// apiCampaign is a campaign for machines, as everybody sees it. Names of fields do not change; money is in tenge.
type apiCampaign struct {
	ID           civic.ID   `json:"id"`
	URL          string     `json:"url"`
	State        State      `json:"state"`
	Title        civic.Text `json:"title"`
	About        civic.Text `json:"about"`
	Organisation civic.ID   `json:"organisation"`
	Name         civic.Text `json:"organisation_name"`
	District     string     `json:"district,omitempty"`
	Theme        string     `json:"theme,omitempty"`
	Minimum      string     `json:"minimum"`
	Optimum      string     `json:"optimum"`
	Raised       string     `json:"raised"`
	Spent        string     `json:"spent"`
	Fees         string     `json:"fees"`
	Givers       int64      `json:"givers"`
	Ends         time.Time  `json:"ends_at"`
	Report       civic.Text `json:"report,omitempty"`
}

func describe(origin string, l Listed) apiCampaign {
	return apiCampaign{l.ID, origin + ui.Localized(civic.Kazakh, Path(l.ID)), l.State, l.Title, l.About, l.Organisation, l.By.Name, l.District, l.Theme, l.Minimum().String(), l.Optimum().String(),
		l.Raised.String(), l.Spent.String(), l.Fees.String(), l.Givers, l.Ends, l.Report}
}

func (s *Service) apiList(r *http.Request) (items []apiCampaign, next string, err error) {
	all, next, err := s.List(r.Context(), s.query(r))
	for _, l := range all {
		items = append(items, describe(web.Origin(r), l))
	}
	return items, next, err
}

func (s *Service) apiOne(r *http.Request) (apiCampaign, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiCampaign{}, err
	}
	return describe(web.Origin(r), v.Listed), nil
}
