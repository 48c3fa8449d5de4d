package city

import (
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiCity is what the other answers refer to. Names of fields do not change.
type apiCity struct {
	Name      civic.Text   `json:"name"`
	Languages []civic.Lang `json:"languages"`
	Zone      string       `json:"time_zone" doc:"IANA name"`
	Districts []apiNamed   `json:"districts"`
	Themes    []apiNamed   `json:"themes"`
}

type apiNamed struct {
	Key  string     `json:"key"`
	Name civic.Text `json:"name"`
}

func (s *Service) machineRoutes() []web.Route {
	return []web.Route{web.One(web.Reading{Pattern: "/city", Summary: "The city: its name, languages, time zone, districts and themes", Topics: func(*http.Request) []string { return []string{Topic} }}, s.apiCity)}
}

func (s *Service) apiCity(*http.Request) (apiCity, error) {
	set := s.Current()
	out := apiCity{Name: set.Name, Languages: set.Languages, Zone: s.Zone().String()}
	for _, d := range set.Districts {
		out.Districts = append(out.Districts, apiNamed{d.Code, d.Name})
	}
	for _, t := range Themes() {
		out.Themes = append(out.Themes, apiNamed{t.Code, t.Name})
	}
	return out, nil
}
