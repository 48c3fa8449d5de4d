package consultations

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/markdown"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/opinion"
	"github.com/birge-kz/birge/opinion/report"
)

func (s *Service) mapRoutes() []web.Route {
	const leaveOut = "/desk/consultations/{id}/map/leave-out/{key}"
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/consultations/{id}/map", Heavy: true, Access: web.Everyone, Handler: s.showMap, Topics: topicsOfOne},
		{Method: "GET", Pattern: "/consultations/{id}/report.pdf", Query: []string{"lang"}, Heavy: true, Access: web.Everyone, Handler: s.getReport, Topics: topicsOfOne, Plain: true},
		web.One(web.Reading{Pattern: "/consultations/{id}/map", Summary: "The map of opinions of a consultation", Topics: topicsOfOne, Heavy: true}, s.apiMap),
		{Method: "GET", Pattern: "/desk/consultations/{id}/map", Access: web.Hosts, Handler: s.showPanel},
	}, web.Forms(
		web.Form{Pattern: leaveOut, Page: leaveOut, Access: web.Moderators, Show: s.leaveOutPage, Do: s.leaveOut},
		web.Form{Pattern: "/desk/consultations/{id}/map/count-again/{no}", Access: web.Moderators, Show: s.countAgainPage, Do: s.countAgain},
	), []web.Route{web.Page(leaveOut, web.Hosts, s.leaveOutPage)}) // hosts see it, moderators decide
}

// MapPath is the address of a consultation's map, without the language.
func MapPath(id civic.ID) string { return Path(id) + "/map" }

func reportPath(id civic.ID, lang civic.Lang) string {
	return Path(id) + "/report.pdf?lang=" + string(lang)
}

type mapPage struct {
	page
	View    MapView
	Picture templ.Component // nil when there is none
	Words   map[string]report.Section
	Groups  []report.Section
}

// The marks of what only one reader sees of the map's page: the words, and the dot on the picture.
const (
	markYou = "you"
	markDot = "you-dot"
)

// byGroupMost bounds the table of statements by group; the data has all.
const byGroupMost = 50

func (s *Service) showMap(w http.ResponseWriter, r *http.Request) error {
	own, err := s.PlaceOf(r.Context(), pathID(r), s.voterOf(r))
	if err != nil {
		return err
	}
	l := web.L(r)
	p := mapPage{page: s.newPage(w, r, l.T("consultations.map_title"))}
	p.SetLedeName(own.Question)
	p.under(own.Consultation)
	content, err := web.Fragment(r, "map", topicsOfOne(r), func() (templ.Component, error) {
		err := s.fillMap(r, &p)
		return mapView(p), err
	})
	if err != nil {
		return err
	}
	dot, err := own.dot(l.Lang())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, wholeView(p.page, web.Lay(web.Lay(content, markYou, you(p.page, own.You)), markDot, dot)))
}

// fillMap puts on the page what all its readers see.
func (s *Service) fillMap(r *http.Request, p *mapPage) (err error) {
	if p.View, err = s.MapOf(r.Context(), pathID(r), web.Actor(r)); err != nil || p.View.Map == nil {
		return err
	}
	rep := p.View.Report(p.L.Lang(), "")
	words, err := rep.Words(string(p.L.Lang()))
	if err != nil {
		return err
	}
	p.Words = map[string]report.Section{}
	for _, sec := range words.Sections {
		if sec.Level > 2 {
			p.Groups = append(p.Groups, sec)
		} else {
			p.Words[sec.ID] = sec
		}
	}
	if p.View.Map.Shows() {
		p.Picture, err = picture(rep, report.SVGOptions{Lang: string(p.L.Lang()), Links: true, ID: "map-", Over: web.Mark(markDot)})
	}
	return err
}

// dot is the reader on the picture, when they are in a group.
func (p *Place) dot(lang civic.Lang) (templ.Component, error) {
	if p.You == nil || p.You.Group == "" {
		return templ.NopComponent, nil
	}
	var b bytes.Buffer
	err := p.frame.You(&b, p.You.Point, string(lang))
	return templ.Raw(b.String()), err
}

// picture draws a map for a page.
func picture(rep *report.Report, opt report.SVGOptions) (templ.Component, error) {
	opt.Fragment = true
	var b bytes.Buffer
	if err := rep.SVG(&b, opt); err != nil {
		return nil, err
	}
	return templ.Raw(b.String()), nil // report escapes what people wrote
}

// getReport is the map on paper, for the body that must answer. The language is in the
// address, for the answer is kept by it.
func (s *Service) getReport(w http.ResponseWriter, r *http.Request) error {
	lang := civic.Lang(r.URL.Query().Get("lang"))
	if !slices.Contains(report.Languages, string(lang)) {
		lang = civic.Kazakh
	}
	v, err := s.MapOf(r.Context(), pathID(r), web.Actor(r))
	if err != nil {
		return err
	}
	if v.Map == nil {
		return civic.Fail(civic.NotFound, "consultations.map_none")
	}
	var b bytes.Buffer
	rep := v.Report(lang, web.Origin(r)+ui.Localized(lang, Path(v.ID)))
	view, err := s.View(r.Context(), pathID(r), Voter{Actor: web.Actor(r)}, 0)
	if err != nil {
		return err
	}
	if context, _ := view.Context.In(lang); context != "" {
		rep.Asked.Description = markdown.Plain(context)
	}
	if err := rep.PDF(&b, string(lang)); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="consultation-%s-%s.pdf"`, v.ID, lang))
	return web.Write(w, r, "application/pdf", b.Bytes())
}

// apiMap is the map for machines: package report's data, with dots on a grid in the place of
// participants. Names of fields do not change.
type apiMap struct {
	Consultation civic.ID   `json:"consultation"`
	AsOf         *time.Time `json:"as_of"` // null: there is no map yet
	TooLarge     bool       `json:"too_large,omitempty"`
	*report.Data
	Participants *struct{}      `json:"participants,omitempty"` // hides those of Data
	Voters       int            `json:"voters"`
	Hidden       bool           `json:"hidden"`
	Dots         []Dot          `json:"dots"`
	LeftOut      report.LeftOut `json:"left_out"`
}

func (s *Service) apiMap(r *http.Request) (apiMap, error) {
	v, err := s.MapOf(r.Context(), pathID(r), web.Actor(r))
	if err != nil {
		return apiMap{}, err
	}
	out := apiMap{Consultation: v.ID, AsOf: when(v.AsOf), TooLarge: v.TooLarge, Dots: []Dot{}}
	if v.Map != nil {
		rep := v.Report(civic.Kazakh, "")
		out.Data, out.Voters, out.Hidden, out.LeftOut = rep.Data(), v.Map.Voters, v.Map.Hidden, v.Map.LeftOut
		out.Data.Topic = ""
		if len(v.Map.Dots) > 0 {
			out.Dots = v.Map.Dots
		}
	}
	return out, nil
}

// The desk.

type panelPage struct {
	page
	Panel
}

func (s *Service) showPanel(w http.ResponseWriter, r *http.Request) error {
	panel, err := s.MapPanel(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return err
	}
	p := panelPage{page: s.deskPage(w, r, web.L(r).T("consultations.map_panel_title")), Panel: panel}
	p.Lede = p.T("consultations.map_panel_lede")
	p.underDesk(panel.Consultation)
	return web.Render(w, r, http.StatusOK, panelView(p))
}

type leaveOutPage struct {
	page
	Panel
	Burst        Burst
	Now, Without templ.Component // nil when there is no picture
	Changes      []statementChange
}

// statementChange is a statement's counts on the map now and without a burst.
type statementChange struct {
	Statement
	Now, Without opinion.Counts
}

func (c statementChange) shift() float64 {
	share := func(n opinion.Counts) float64 { return float64(n.Agree) / float64(max(1, n.Answered())) }
	return math.Abs(share(c.Without) - share(c.Now))
}

// changes are the statements whose share of agreement would change most.
func (p *leaveOutPage) changes(most int) []statementChange {
	without := map[int64]opinion.Counts{}
	for _, st := range p.Burst.Without.Map.Statements {
		without[st.ID] = st.Counts
	}
	var out []statementChange
	for _, st := range p.Map.Map.Statements {
		if c := (statementChange{p.Statements[st.ID], st.Counts, without[st.ID]}); c.State == Shown && c.Now != c.Without {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b statementChange) int { return cmp.Compare(b.shift(), a.shift()) })
	return out[:min(len(out), most)]
}

func (s *Service) leaveOutPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	panel, err := s.MapPanel(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(panel.Bursts, func(b Burst) bool { return b.Key == r.PathValue("key") && b.Without != nil })
	if i < 0 || panel.Map == nil {
		return nil, civic.Fail(civic.NotFound, "consultations.map_burst_changed")
	}
	l := web.L(r)
	p := leaveOutPage{page: s.deskPage(w, r, l.T("consultations.map_preview_title")), Panel: panel, Burst: panel.Bursts[i]}
	p.underDesk(panel.Consultation)
	p.Form = f
	p.Changes = p.changes(12)
	if panel.Map.Shows() {
		if p.Now, err = picture(panel.Report(l.Lang(), ""), report.SVGOptions{Lang: string(l.Lang()), ID: "map-now-"}); err != nil {
			return nil, err
		}
	}
	if p.Burst.Without.Shows() {
		v := panel.MapView
		v.Map = p.Burst.Without
		if p.Without, err = picture(v.Report(l.Lang(), ""), report.SVGOptions{Lang: string(l.Lang()), ID: "map-without-"}); err != nil {
			return nil, err
		}
	}
	return leaveOutView(p), nil
}

func (s *Service) leaveOut(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.LeaveOut(r.Context(), web.Actor(r), pathID(r), r.PathValue("key"), f.Text("reason"))
	return web.Done(panelPath(pathID(r)), "consultations.map_left_out"), err
}

func panelPath(id civic.ID) string { return deskPath(id) + "/map" }

type countAgainPage struct {
	page
	Panel
	Exclusion Exclusion
}

func (s *Service) countAgainPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	no, err := pathNo(r)
	if err != nil {
		return nil, err
	}
	panel, err := s.MapPanel(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(panel.Exclusions, func(e Exclusion) bool { return e.No == no && e.ReversedAt.IsZero() })
	if i < 0 {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	p := countAgainPage{page: s.deskPage(w, r, web.L(r).T("consultations.map_count_again")), Panel: panel, Exclusion: panel.Exclusions[i]}
	p.underDesk(panel.Consultation)
	p.Form = f
	return countAgainView(p), nil
}

func (s *Service) countAgain(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	no, err := pathNo(r)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(panelPath(pathID(r)), "consultations.map_counted_again"), s.CountAgain(r.Context(), web.Actor(r), pathID(r), no, f.Text("reason"))
}

// byGroup are the statements with most votes, as the table by group shows them.
func (p mapPage) byGroup() []int {
	m := &p.View.Map.Map
	var out []int
	for i, st := range m.Statements {
		if !st.Out && st.Counts.Answered() > 0 {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int {
		return cmp.Compare(m.Statements[b].Counts.Answered(), m.Statements[a].Counts.Answered())
	})
	return out[:min(len(out), byGroupMost)]
}

func letterClass(id string) string { return "om-" + id[len(id)-1:] }

func noText(no int64) string { return strconv.FormatInt(no, 10) }
