package indicators

import (
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/indicators/formula"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

type (
	apiIndicator struct {
		ID       string                `json:"id"`
		URL      string                `json:"url"`
		Name     civic.Text            `json:"name"`
		About    civic.Text            `json:"about"`
		Group    Group                 `json:"group"`
		Unit     Unit                  `json:"unit"`
		Formula  string                `json:"formula"`
		By       []formula.Granularity `json:"by"`
		Least    int64                 `json:"least"`
		Source   string                `json:"source,omitempty"`
		Owner    civic.Text            `json:"owner"`
		Revision int                   `json:"revision"`
		Computed *string               `json:"computed_at" doc:"null: not yet"`
		Inputs   []Input               `json:"inputs"`
		Lacks    string                `json:"lacks,omitempty"`
		Values   []apiValue            `json:"values"`
	}
	apiValue struct {
		Period   string  `json:"period"`
		District string  `json:"district"`
		Value    *string `json:"value" doc:"A decimal with at most six places; null: nothing to tell from, or too few"`
		Exact    string  `json:"exact,omitempty"`
		Few      bool    `json:"few,omitempty"`
		Part     int64   `json:"part,omitempty"`
		Of       int64   `json:"of,omitempty"`
		Low      string  `json:"low,omitempty"`
		High     string  `json:"high,omitempty"`
	}
)

func api(r *http.Request, s Shown) apiIndicator {
	out := apiIndicator{ID: s.ID, URL: web.Origin(r) + ui.Localized(civic.Kazakh, Path(s.ID)), Name: s.Name, About: s.About, Group: s.Group, Unit: s.Unit, Formula: s.Formula.Text,
		By: append([]formula.Granularity{}, s.Formula.By...), Least: s.Least, Source: s.Source, Owner: s.Owner, Revision: s.Revision(), Inputs: append([]Input{}, s.State.Inputs...), Lacks: s.State.Lacks, Values: []apiValue{}}
	if at := s.State.MadeAt; !at.IsZero() {
		made := at.UTC().Format("2006-01-02T15:04:05Z")
		out.Computed = &made
	}
	for _, v := range s.Values {
		out.Values = append(out.Values, v.api())
	}
	return out
}

func (v Value) api() apiValue {
	out := apiValue{Period: v.Period, District: v.District, Few: v.Few, Part: v.Part, Of: v.Of, Exact: asFraction(v.Number)}
	if v.Number != nil {
		written := v.Written()
		out.Value = &written
	}
	if v.High > 0 {
		out.Low, out.High = millionths(v.Low), millionths(v.High)
	}
	return out
}

// apiList is all indicators with their values for the whole city: so few that they are one page.
func (s *Service) apiList(r *http.Request) (items []apiIndicator, next string, err error) {
	all, err := s.Overview(r.Context())
	for _, one := range all {
		items = append(items, api(r, one))
	}
	return items, "", err
}

// apiOne is an indicator with all its values.
func (s *Service) apiOne(r *http.Request) (apiIndicator, error) {
	shown, err := s.Whole(r.Context(), r.PathValue("id"))
	if err != nil {
		return apiIndicator{}, err
	}
	return api(r, shown), nil
}
