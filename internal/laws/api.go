package laws

import (
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiLaw is a law for machines. Names of fields do not change.
type apiLaw struct {
	ID      string     `json:"id" doc:"The code, as in the address of its page"`
	Code    string     `json:"code"`
	URL     string     `json:"url"`
	Title   civic.Text `json:"title"`
	Source  string     `json:"source,omitempty" doc:"Where the state publishes it"`
	Edition string     `json:"edition,omitempty" doc:"The day of the latest edition that the city has"`
}

func (s *Service) apiList(r *http.Request) (items []apiLaw, next string, err error) {
	all, err := s.listed(r.Context())
	for _, l := range all {
		items = append(items, l.api(r))
	}
	return items, "", err
}

func (l listed) api(r *http.Request) apiLaw {
	return apiLaw{l.Code, l.Code, web.Origin(r) + ui.Localized(civic.Kazakh, Path(l.Code)), l.Title, l.Address(), l.Latest}
}

func (s *Service) apiOne(r *http.Request) (apiLaw, error) {
	all, err := s.listed(r.Context())
	if err != nil {
		return apiLaw{}, err
	}
	for _, l := range all {
		if l.Code == r.PathValue("id") {
			return l.api(r), nil
		}
	}
	return apiLaw{}, notThere()
}
