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
	Imported   bool      `json:"imported" doc:"It was brought from another system"`
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
		District: l.District, Supporters: l.Supporters, Paper: l.Paper, Imported: l.Origin != "", FiledAt: l.FiledAt, MergedInto: l.Into}
	if l.Readable() {
		out.Lang, out.Title, out.What, out.Why, out.Address, out.Land, out.Lat, out.Lon = l.Lang, l.Title, l.What, l.Why, l.Address, l.Land, l.Point.Lat, l.Point.Lon
	}
	return out
}

// apiCampaign is a year's people's budget for machines.
type apiCampaign struct {
	ID       civic.ID         `json:"id"`
	URL      string           `json:"url"`
	State    State            `json:"state"`
	Stage    Stage            `json:"stage"`
	Year     int              `json:"year"`
	Title    civic.Text       `json:"title"`
	About    civic.Text       `json:"about"`
	Body     civic.ID         `json:"body"`
	BodyName civic.Text       `json:"body_name"`
	Opens    string           `json:"opens" doc:"The first day of proposing"`
	Until    map[Stage]string `json:"until" doc:"The last day of each stage"`
	Parts    []apiArea        `json:"parts"`
}

type apiArea struct {
	Code     string     `json:"code"`
	Name     civic.Text `json:"name"`
	District string     `json:"district,omitempty"`
	Flats    string     `json:"flats,omitempty" doc:"Of the houses whose yards it is for: 41-100, or 101- without an end"`
	Money    string     `json:"money" doc:"Tenge"`
	Ideas    int64      `json:"ideas"`
}

func describeCampaign(origin string, v CampaignView) apiCampaign {
	c := v.Campaign
	out := apiCampaign{ID: c.ID, URL: origin + ui.Localized(civic.Kazakh, CampaignPath(c.ID)), State: c.State, Stage: v.Stage, Year: c.Year, Title: c.Title, About: c.About, Body: c.Body, BodyName: v.BodyName.Name,
		Opens: c.Plan.Opens, Until: c.Plan.Until}
	for _, a := range c.Areas {
		out.Parts = append(out.Parts, apiArea{a.Code, a.Name, a.District, a.Flats.String(), a.Money.String(), v.Count(a.Code)})
	}
	return out
}

func (s *Service) apiCampaigns(r *http.Request) (items []apiCampaign, next string, err error) {
	all, next, err := s.Campaigns(r.Context(), civic.Actor{}, r.URL.Query().Get("after"))
	for _, v := range all {
		items = append(items, describeCampaign(web.Origin(r), v))
	}
	return items, next, err
}

func (s *Service) apiCampaign(r *http.Request) (apiCampaign, error) {
	v, err := s.Campaign(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiCampaign{}, err
	}
	return describeCampaign(web.Origin(r), v), nil
}

// apiResult is what came of one part of a vote for machines.
type apiResult struct {
	Part    string    `json:"part"`
	Voters  int       `json:"voters" doc:"Who chose something of the part"`
	Spent   string    `json:"spent" doc:"Tenge"`
	Winners []int     `json:"winners" doc:"Numbers of proposals, as they were taken"`
	File    string    `json:"file" doc:"The ballots as .pb, with shuffled voters"`
	SHA256  string    `json:"sha256" doc:"Of the file; it stands in the public record"`
	Recount string    `json:"recount" doc:"The command that gives the same"`
	At      time.Time `json:"counted_at"`
}

func (s *Service) apiResults(r *http.Request) (items []apiResult, next string, err error) {
	all, err := s.Results(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return nil, "", err
	}
	for _, n := range all.Areas {
		items = append(items, apiResult{n.Area, n.Voters, n.Spent.String(), n.Winners, web.Origin(r) + resultsPath(all.ID) + "/" + n.Area + ".pb", n.Hash, all.Campaign.Rules.Command(n.Area+".pb", all.Groups[n.Area]), n.Counted.At})
	}
	return items, "", nil
}

func (s *Service) apiList(r *http.Request) ([]apiIdea, string, error) {
	if _, err := s.Campaign(r.Context(), civic.Actor{}, pathID(r)); err != nil { // as on the page, there is no list of one that nobody sees
		return nil, "", err
	}
	l, err := s.List(r.Context(), queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiIdea
	for _, of := range l.Items {
		items = append(items, describe(web.Origin(r), of))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiIdea, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiIdea{}, err
	}
	out := describe(web.Origin(r), v.Listed)
	out.Verdicts = v.Verdicts
	return out, nil
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
