package projects

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) machineRoutes() []web.Route {
	return append([]web.Route{
		web.List(web.Reading{Pattern: "/projects", Summary: "Projects of several partners", Query: []web.Param{web.ByWords, {Name: "state", Means: "Only those that stand so", OneOf: web.Values(States()...)}, web.ByDistrict, web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: "/projects/{id}", Summary: "One project with its partners and milestones"}, s.apiOne),
		{Method: "GET", Pattern: "/projects-oc4ids.json", Access: web.Everyone, Handler: s.getPackage, Plain: true, Heavy: true},
		{Method: "GET", Pattern: onePattern + "/sheet.pdf", Query: []string{"lang"}, Access: web.Everyone, Handler: s.getSheet, Plain: true, Heavy: true},
	}, web.Tables(web.Route{Pattern: root, Query: narrowing, Access: web.Everyone}, s.getTable)...)
}

// apiProject is a project for machines, as everybody sees it. Names of fields do not change; money is in tenge.
type apiProject struct {
	ID       civic.ID     `json:"id"`
	URL      string       `json:"url"`
	State    State        `json:"state"`
	Title    civic.Text   `json:"title"`
	Problem  civic.Text   `json:"problem"`
	Goal     civic.Text   `json:"goal"`
	District string       `json:"district,omitempty"`
	Theme    string       `json:"theme,omitempty"`
	Starts   string       `json:"starts"`
	Ends     string       `json:"ends"`
	FirstEnd string       `json:"first_end"`
	Partners []apiPartner `json:"partners"`
	Steps    []apiStep    `json:"milestones"`
}

type apiPartner struct {
	ID   civic.ID   `json:"id"`
	Name civic.Text `json:"name"`
	Role Role       `json:"role"`
}

type apiStep struct {
	ID       civic.ID   `json:"id"`
	Name     civic.Text `json:"name"`
	Due      string     `json:"due"`
	FirstDue string     `json:"first_due"`
	Standing Standing   `json:"standing"`
}

func describe(origin string, l Listed) apiProject {
	out := apiProject{ID: l.ID, URL: origin + ui.Localized(civic.Kazakh, Path(l.ID)), State: l.State, Title: l.Title, Problem: l.Problem, Goal: l.Goal, District: l.District, Theme: l.Theme, Starts: l.Starts, Ends: l.Ends, FirstEnd: l.FirstEnd,
		Partners: []apiPartner{}, Steps: []apiStep{}}
	for _, of := range l.Partners {
		out.Partners = append(out.Partners, apiPartner{of.Organisation, l.Names[of.Organisation].Name, of.Role})
	}
	for _, m := range l.milestones {
		out.Steps = append(out.Steps, apiStep{m.ID, m.Name, m.Due, m.First, m.Standing()})
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiProject, string, error) {
	l, err := s.List(r.Context(), s.queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiProject
	for _, of := range l.Items {
		items = append(items, describe(web.Origin(r), of))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiProject, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiProject{}, err
	}
	return describe(web.Origin(r), v.Listed), nil
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "projects", Head: []string{"id", "title_kk", "title_ru", "state", "lead", "agency", "district", "theme", "starts", "ends", "first_end", "milestones", "reached", "contested"},
			Rows: func(write func([]string) error) error {
				return s.each(r.Context(), s.queryOf(r), func(l Listed) error {
					return write([]string{string(l.ID), l.Title[civic.Kazakh], l.Title[civic.Russian], string(l.State), l.Names[l.As(Lead).Organisation].Name.String(), l.Names[l.As(Agency).Organisation].Name.String(), l.District, l.Theme,
						l.Starts, l.Ends, l.FirstEnd, strconv.Itoa(l.Steps), strconv.Itoa(l.Reached), strconv.Itoa(l.Contested)})
				})
			}})
	}
}

func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Latest(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), root)
	feed := web.Feed{ID: self, Title: l.T("projects.nav"), Author: l.T("projects.nav"), Self: self + ".atom", Page: self}
	for _, of := range all {
		address := web.Origin(r) + ui.Localized(l.Lang(), Path(of.ID))
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + strconv.FormatInt(of.ChangedAt.UnixMilli(), 10), Title: of.Title, Updated: of.ChangedAt, Page: address,
			Summary: l.T("projects.state_"+string(of.State)) + ". " + l.T("projects.reached_of", "Reached", of.Reached, "Steps", of.Steps)})
	}
	return web.Atom(w, r, feed)
}

// getSheet is a project on one page, to hang up or to carry to a meeting, with the way to its page.
func (s *Service) getSheet(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	p := onePage{page: page{Page: web.NewPage(w, r, ""), City: s.city.Settings.Current()}, View: v}
	if lang, known := civic.ParseLang(r.URL.Query().Get("lang")); known {
		p.L = s.city.Catalog.For(lang)
	}
	l := p.L
	d := pdf.New(string(l.Lang()), l.Text(v.Title), l.T("projects.kind_project"), v.ChangedAt)
	d.Paragraph(l.T("projects.state_"+string(v.State)) + " · " + period(p.page, v.Project))
	d.Heading(l.T("projects.fact_goal"))
	d.Paragraph(l.Text(v.Goal))
	d.Heading(l.T("projects.partners"))
	for _, of := range v.Partners {
		d.Item(l.Text(v.name(of.Organisation)) + ": " + l.T("projects.role_"+string(of.Role)))
	}
	d.Heading(l.T("projects.milestones"))
	for _, m := range v.Milestones {
		d.Item(p.day(m.Due) + " · " + l.Text(m.Name) + " · " + l.T("projects.standing_"+string(m.Standing())))
	}
	if len(v.Goals) > 0 {
		d.Heading(l.T("projects.results"))
	}
	for _, i := range v.Goals {
		now := "–"
		if at, measured := i.Actual(); measured {
			now = figureWords(p.page, i, at)
		}
		d.Item(l.Text(i.Name) + ": " + figureWords(p.page, i, i.Baseline) + " → " + now + " → " + figureWords(p.page, i, i.Target))
	}
	if len(v.Lines) > 0 {
		d.Heading(l.T("projects.resources"))
		d.Paragraph(l.T("projects.given_of", "Given", l.Money(v.All.Given), "Promised", l.Money(v.All.Promised)))
	}
	if err := d.QR(web.Origin(r)+ui.Localized(l.Lang(), Path(v.ID)), l.T("projects.sheet_more")); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		return err
	}
	return web.Write(w, r, "application/pdf", b.Bytes())
}

// instant is a day as the standards write one, in the city's zone.
func (s *Service) instant(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, s.city.Settings.Zone())
	if err != nil {
		return ""
	}
	return t.Format(time.RFC3339)
}
