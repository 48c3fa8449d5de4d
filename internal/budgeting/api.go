package budgeting

import (
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiIdea is a proposal for machines, as everybody sees it. Names of fields do not change; money is in tenge.
type apiIdea struct {
	ID         civic.ID  `json:"id"`
	URL        string    `json:"url"`
	Campaign   civic.ID  `json:"campaign"`
	Number     int       `json:"number"`
	Part       string    `json:"part"`
	Category   string    `json:"category"`
	State      Standing  `json:"state"`
	Cost       string    `json:"cost"`
	District   string    `json:"district,omitempty"`
	Supporters int64     `json:"supporters"`
	Paper      bool      `json:"paper"`
	FiledAt    time.Time `json:"filed_at"`
	MergedInto civic.ID  `json:"merged_into,omitempty"`

	// Only of one whose words everybody reads.
	Lang    civic.Lang `json:"lang,omitempty"`
	Title   string     `json:"title,omitempty"`
	What    string     `json:"what,omitempty"`
	Why     string     `json:"why,omitempty"`
	Address string     `json:"address,omitempty"`
	Land    Land       `json:"land,omitempty"`
	Lat     float64    `json:"lat,omitempty"`
	Lon     float64    `json:"lon,omitempty"`

	Verdicts []Verdict `json:"verdicts,omitempty"`
}

func describe(origin string, l Listed) apiIdea {
	out := apiIdea{ID: l.ID, URL: origin + ui.Localized(civic.Kazakh, Path(l.ID)), Campaign: l.Campaign, Number: l.Number, Part: l.Area, Category: l.Category, State: l.State, Cost: l.Cost.String(),
		District: l.District, Supporters: l.Supporters, Paper: l.Paper, FiledAt: l.FiledAt, MergedInto: l.Into}
	if l.Readable() {
		out.Lang, out.Title, out.What, out.Why, out.Address, out.Land, out.Lat, out.Lon = l.Lang, l.Title, l.What, l.Why, l.Address, l.Land, l.Point.Lat, l.Point.Lon
	}
	return out
}

func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	l, err := s.List(r.Context(), queryOf(r))
	if err != nil {
		return err
	}
	var items []apiIdea
	for _, of := range l.Items {
		items = append(items, describe(web.Origin(r), of))
	}
	return web.JSONList(w, r, items, l.Next)
}

func (s *Service) apiOne(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	out := describe(web.Origin(r), v.Listed)
	out.Verdicts = v.Verdicts
	return web.JSON(w, r, out)
}

// tables are the routes of the list as files.
func (s *Service) tables(pattern string) (out []web.Route) {
	for _, form := range web.TableForms() {
		out = append(out, web.Route{Method: "GET", Pattern: pattern + string(form), Access: web.Everyone, Plain: true, Query: narrowing, Handler: func(w http.ResponseWriter, r *http.Request) error {
			return web.WriteTable(w, r, web.Table{Form: form, Name: "ideas",
				Head: []string{"id", "number", "part", "category", "state", "cost", "district", "supporters", "paper", "filed", "merged_into", "lang", "title", "what", "why", "address", "land", "lat", "lon"},
				Rows: func(write func([]string) error) error {
					return s.Each(r.Context(), queryOf(r), func(l Listed) error { return write(tableRow(l, s.zone())) })
				}})
		}})
	}
	return out
}

func tableRow(l Listed, zone *time.Location) []string {
	a := describe("", l)
	degrees := func(d float64) string {
		if d == 0 {
			return ""
		}
		return strconv.FormatFloat(d, 'f', 6, 64)
	}
	return []string{string(a.ID), strconv.Itoa(a.Number), a.Part, a.Category, string(a.State), a.Cost, a.District, strconv.FormatInt(a.Supporters, 10), strconv.FormatBool(a.Paper), a.FiledAt.In(zone).Format(time.DateOnly),
		string(a.MergedInto), string(a.Lang), a.Title, a.What, a.Why, a.Address, string(a.Land), degrees(a.Lat), degrees(a.Lon)}
}
