package organisations

import (
	"net/http"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) machineRoutes(all, one func(*http.Request) []string) []web.Route {
	return []web.Route{
		web.List(web.Reading{Pattern: "/organisations", Summary: "The register of organisations", Topics: all, Heavy: true,
			Place: web.Param{Name: "after", Means: web.After.Means, Shape: web.AToken},
			Query: []web.Param{web.ByWords, {Name: "kind", Means: "Only organisations of this kind", OneOf: listedCodes(Kinds())}, {Name: "status", Means: "Only those of this status", OneOf: listedCodes(Statuses())},
				{Name: "form", Means: "Only those of this legal form", OneOf: listedCodes(Forms())}, web.ByTheme, web.ByDistrict, {Name: "year", Means: "Only those founded in this year", Shape: web.ANumber}}}, s.apiList),
		web.One(web.Reading{Pattern: "/organisations/{id}", Summary: "One organisation of the register", Topics: one}, s.apiOne),
	}
}

func listedCodes(all []Code) (out []string) {
	for _, c := range all {
		out = append(out, c.Code)
	}
	return out
}

// apiOrganisation is an entry of the register for machines, as lists have it. Names of fields do not change.
type apiOrganisation struct {
	ID        civic.ID   `json:"id"`
	URL       string     `json:"url"`
	Name      civic.Text `json:"name"`
	Kind      string     `json:"kind"`
	Status    string     `json:"status"`
	Themes    []string   `json:"themes"`
	Districts []string   `json:"districts"`
	Founded   Date       `json:"founded,omitempty" doc:"A year, a month or a day: as much as is known"`
	Point     string     `json:"point,omitempty" doc:"Latitude and longitude of the office"`
}

// apiEntry is an entry with all that its page says.
type apiEntry struct {
	apiOrganisation
	Identifier string     `json:"identifier" doc:"As org-id.guide writes it: KZ-BIN- and the number of the state register, or the city's own"`
	Form       string     `json:"form,omitempty"`
	Mission    civic.Text `json:"mission"`
	Address    civic.Text `json:"address"`
	Ended      Date       `json:"ended,omitempty"`
	Email      string     `json:"email,omitempty"`
	Phone      string     `json:"phone,omitempty"`
	Website    string     `json:"website,omitempty"`
	Links      []string   `json:"links"`
	ChangedAt  time.Time  `json:"changed_at"`
}

func (s *Service) apiList(r *http.Request) (items []apiOrganisation, next string, err error) {
	found, err := s.List(r.Context(), civic.Actor{}, queryOf(r.URL.Query()))
	for _, o := range found.Items {
		items = append(items, apiOrganisation{o.ID, web.Origin(r) + ui.Localized(civic.Kazakh, PathOf(o.ID)), o.Name, o.Kind, o.Status, o.Themes, o.Districts, o.Founded, o.Point})
	}
	return items, found.Next, err
}

func (s *Service) apiOne(r *http.Request) (apiEntry, error) {
	v, err := s.Get(r.Context(), civic.Actor{}, civic.ID(r.PathValue("id")))
	if err != nil {
		return apiEntry{}, err
	}
	o := v.Organisation
	return apiEntry{apiOrganisation{o.ID, web.Origin(r) + ui.Localized(civic.Kazakh, PathOf(o.ID)), o.Name, o.Kind, o.Status, o.Themes, o.Districts, o.Founded, o.Point},
		o.Identifier, o.Form, o.Mission, o.Address, o.Ended, o.Email, o.Phone, o.Website, o.Links, o.Changed}, nil
}
