package matching

import (
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiPool is a pool that matches gifts, for machines. Names of fields do not change; money is in tenge.
type apiPool struct {
	ID       civic.ID   `json:"id"`
	URL      string     `json:"url"`
	State    State      `json:"state"`
	Title    civic.Text `json:"title"`
	About    civic.Text `json:"about"`
	Sponsor  civic.ID   `json:"sponsor"`
	Name     civic.Text `json:"sponsor_name"`
	Rule     string     `json:"rule"`
	Money    string     `json:"money"`
	District string     `json:"district,omitempty"`
	Theme    string     `json:"theme,omitempty"`
	Opens    time.Time  `json:"opens_at"`
	Ends     time.Time  `json:"ends_at"`
}

func (s *Service) apiList(r *http.Request) (items []apiPool, next string, err error) {
	below, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // nonsense is the beginning
	all, more, err := s.List(r.Context(), s.district(r), below)
	for _, v := range all {
		items = append(items, v.api(r))
	}
	return items, web.Number(more), err
}

func (v View) api(r *http.Request) apiPool {
	p := v.Pool
	return apiPool{p.ID, web.Origin(r) + ui.Localized(civic.Kazakh, Path(p.ID)), p.State, p.Title, p.About, p.Sponsor, v.By.Title, string(p.Rule), (civic.Money(p.Money) * civic.Tenge).String(), p.District, p.Theme, p.Opens, p.Ends}
}

func (s *Service) apiOne(r *http.Request) (apiPool, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	return v.api(r), err
}
