package budgeting

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// pastRoot is where the votes of earlier years are; pastDesk where one is brought.
const (
	pastRoot = "/past-budgets"
	pastDesk = "/desk/past-budgets"
)

func pastPath(id civic.ID) string { return pastRoot + "/" + string(id) }

func (s *Service) pastRoutes() []web.Route {
	topics := func(*http.Request) []string { return []string{topic} }
	traced := func(r *http.Request) []string {
		return []string{topic, record.TopicOf(pastRef(pathID(r)))}
	}
	return append([]web.Route{
		{Method: "GET", Pattern: pastRoot, Access: web.Everyone, Handler: s.showPasts, Topics: topics, Query: []string{"after"}},
		{Method: "GET", Pattern: pastRoot + "/{id}", Access: web.Everyone, Handler: s.showPast, Topics: traced, Query: []string{"from"}},
		{Method: "GET", Pattern: pastRoot + "/{id}/votes.pb", Access: web.Everyone, Handler: s.getPastFile, Plain: true, Heavy: true},
		web.List(web.Reading{Pattern: pastRoot, Summary: "Votes on people's budgets of earlier years, the latest first, with the file that anybody counts again"}, s.apiPast),
	}, web.Forms(
		web.Form{Pattern: pastDesk, Access: web.Officers, Show: s.bringPage, Do: s.bringPast, Field: "file", Heavy: true, MaxBody: maxPast + 64<<10},
		web.Form{Pattern: pastDesk + "/{id}/publish", Page: pastRoot + "/{id}", Access: web.Officers, Check: s.pastCheck, Do: s.publishPast, Button: true},
		web.Form{Pattern: pastDesk + "/{id}/drop", Page: pastRoot + "/{id}", Access: web.Officers, Check: s.dropCheck, Do: s.dropPast, Button: true},
	)...)
}

type pastsPage struct {
	page
	Items  []PastView
	NextTo string
}

func (s *Service) showPasts(w http.ResponseWriter, r *http.Request) error {
	p := pastsPage{page: s.pageOf(w, r, web.L(r).T("budgeting.past"))}
	p.Crumbs = []ui.Link{p.listLink()}
	items, next, err := s.PastVotes(r.Context(), r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	if p.Items = items; next != "" {
		p.NextTo = p.With("after", next)
	}
	return web.Render(w, r, http.StatusOK, pastsView(p))
}

type pastPage struct {
	page
	PastView
	Rows       Told // the projects that the page tells of
	More       int  // winners that are not named
	Prev, Next string
}

func (s *Service) pastPageOf(w http.ResponseWriter, r *http.Request) (p pastPage, err error) {
	p = pastPage{page: s.pageOf(w, r, "")}
	if p.PastView, err = s.PastOne(r.Context(), web.Actor(r), pathID(r)); err != nil {
		return p, err
	}
	p.SetName(p.PastView.Title)
	p.NoIndex, p.Crumbs = !p.Public(), []ui.Link{p.listLink(), {Text: p.T("budgeting.past"), Path: pastRoot}}
	p.Rows = p.PastView.Told(p.L.Lang())
	first, _ := strconv.Atoi(r.URL.Query().Get("from"))
	first = max(0, min(first, len(p.Rows.Rows)))
	last := min(first+storiesShown, len(p.Rows.Rows))
	if first > 0 {
		p.Prev = p.With("from", strconv.Itoa(max(0, first-storiesShown)))
	}
	if last < len(p.Rows.Rows) {
		p.Next = p.With("from", strconv.Itoa(last))
	}
	p.Rows.Rows = p.Rows.Rows[first:last]
	if p.More = len(p.Winners) - storiesShown; p.More > 0 {
		p.Winners = p.Winners[:storiesShown]
	}
	return p, nil
}

func (s *Service) showPast(w http.ResponseWriter, r *http.Request) error {
	p, err := s.pastPageOf(w, r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pastView(p))
}

func (s *Service) getPastFile(w http.ResponseWriter, r *http.Request) error {
	file, err := s.PastFile(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return web.WriteCompressed(w, r, "text/plain; charset=utf-8", []byte(file))
}

type bringPage struct {
	page
	Bodies []ui.Option
	Drafts []PastView
}

func (s *Service) bringPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := bringPage{page: s.pageOf(w, r, web.L(r).T("budgeting.past_bring"))}
	p.Form, p.NoIndex, p.Crumbs, p.Lede = f, true, []ui.Link{p.deskLink()}, p.T("budgeting.past_lede")
	var err error
	if p.Drafts, err = s.PastDrafts(r.Context(), p.Actor); err != nil {
		return nil, err
	}
	p.Bodies, err = s.bodyOptions(r, p.Page, true, "budgeting.choose_body")
	return bringView(p), err
}

func (s *Service) bringPast(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	file, _, err := r.FormFile("file")
	if err != nil {
		return web.Next{}, civic.Wrong("file", "budgeting.file_needed")
	}
	defer file.Close()
	id, err := s.BringPast(r.Context(), web.Actor(r), Past{Year: f.Whole("year"), Body: civic.ID(f.Value("body")), Title: f.Text("title"), Part: f.Text("part")}, file, web.L(r).Lang())
	return web.On(pastPath(id)), err
}

func (s *Service) pastCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.pastPageOf(w, r)
	p.Form = f
	return pastPublishView(p), err
}

func (s *Service) publishPast(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(pastPath(pathID(r)), "budgeting.past_published"), s.PublishPast(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) dropCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.pastPageOf(w, r)
	p.Form = f
	return pastDropView(p), err
}

func (s *Service) dropPast(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(pastDesk, "budgeting.past_dropped"), s.DropPast(r.Context(), web.Actor(r), pathID(r))
}

// apiPastVote is a past vote for machines.
type apiPastVote struct {
	ID        civic.ID     `json:"id"`
	URL       string       `json:"url"`
	Year      int          `json:"year"`
	Body      civic.ID     `json:"body"`
	Title     civic.Text   `json:"title"`
	Part      civic.Text   `json:"part,omitempty"`
	Money     string       `json:"money" doc:"Tenge"`
	Spent     string       `json:"spent" doc:"Tenge"`
	Voters    int          `json:"voters"`
	Winners   []PastWinner `json:"winners"`
	Announced bool         `json:"announced" doc:"The file says who won; else they are counted"`
	Agrees    bool         `json:"agrees" doc:"Counted again, the same projects win"`
	File      string       `json:"file" doc:"The ballots as .pb, with nothing that is said of voters"`
	SHA256    string       `json:"sha256" doc:"Of the file; it stands in the public record"`
	Recount   string       `json:"recount" doc:"The command that counts it again"`
	At        time.Time    `json:"published_at"`
}

func (s *Service) apiPast(r *http.Request) (items []apiPastVote, next string, err error) {
	all, next, err := s.PastVotes(r.Context(), r.URL.Query().Get("after"))
	for _, v := range all {
		items = append(items, apiPastVote{v.ID, web.Origin(r) + ui.Localized(civic.Kazakh, pastPath(v.ID)), v.Year, v.Body, v.Title, v.Part, v.Money.String(), v.Spent.String(), v.Voters, v.Winners, v.Announced, v.Agrees,
			web.Origin(r) + pastPath(v.ID) + "/votes.pb", v.Hash, v.Command, v.PublishedAt})
	}
	return items, next, err
}
