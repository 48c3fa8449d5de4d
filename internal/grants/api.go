package grants

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) machineRoutes() []web.Route {
	return []web.Route{
		web.List(web.Reading{Pattern: root, Summary: "Calls for applications for grants, the latest first", Query: []web.Param{{Name: "state", Means: "Only those that stand so", OneOf: web.Values(shownStates()...)},
			{Name: "funder", Means: "Only those of this organisation: its id", Shape: web.AnID},
			web.ByDistrict}}, s.apiList),
		web.One(web.Reading{Pattern: onePattern, Summary: "One call for applications"}, s.apiOne),
	}
}

// apiCall is a call for machines. Names of fields do not change.
type apiCall struct {
	ID         civic.ID   `json:"id"`
	URL        string     `json:"url"`
	Kind       CallKind   `json:"kind"`
	State      CallState  `json:"state"`
	Title      civic.Text `json:"title"`
	About      civic.Text `json:"about"`
	Funder     civic.ID   `json:"funder"`
	FunderName civic.Text `json:"funder_name"`
	Money      string     `json:"money" doc:"Tenge, in all"`
	Most       string     `json:"most" doc:"Tenge that one gets at most"`
	Own        int        `json:"own_per_cent"`
	Opens      time.Time  `json:"opens_at"`
	Closes     time.Time  `json:"closes_at"`
	District   string     `json:"district,omitempty"`
	Theme      string     `json:"theme,omitempty"`
	DecidedAt  *time.Time `json:"decided_at,omitempty"`
	Reasons    civic.Text `json:"reasons,omitempty"`
}

func describe(origin string, l Listed) apiCall {
	c := l.Call
	out := apiCall{ID: c.ID, URL: origin + ui.Localized(civic.Kazakh, Path(c.ID)), Kind: c.Kind, State: c.State, Title: c.Title, About: c.About, Funder: c.Funder, FunderName: l.Funder.Name, Money: c.Money.String(), Most: c.Most.String(), Own: c.Own,
		Opens: c.Opens, Closes: c.Closes, District: c.District, Theme: c.Theme, Reasons: c.Reasons}
	if !c.DecidedAt.IsZero() {
		out.DecidedAt = &c.DecidedAt
	}
	return out
}

// stateOf is the state to which a list is narrowed down; "": to none.
func stateOf(r *http.Request) CallState {
	if state := CallState(r.URL.Query().Get("state")); slices.Contains(shownStates(), state) {
		return state
	}
	return ""
}

func (s *Service) apiList(r *http.Request) (items []apiCall, next string, err error) {
	q := r.URL.Query()
	below, _ := strconv.ParseInt(q.Get("after"), 10, 64) // nonsense is the beginning
	all, more, err := s.List(r.Context(), Narrow{civic.ID(q.Get("funder")), stateOf(r), s.city.Settings.Current().Known(city.Scope{District: q.Get("district")}).District}, below)
	for _, l := range all {
		items = append(items, describe(web.Origin(r), l))
	}
	return items, web.Number(more), err
}

func (s *Service) apiOne(r *http.Request) (apiCall, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiCall{}, err
	}
	return describe(web.Origin(r), Listed{Call: v.Call, Funder: v.Funder}), nil
}
